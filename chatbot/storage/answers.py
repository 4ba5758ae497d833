"""Answers kept for a day, so that a request sent twice with one idempotency key is done once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from chatbot.storage.database import Database
from chatbot.storage.tables import answers

KEPT_S = 24 * 3600.0
ABANDONED_S = 120.0
"""An answer that is under way for longer was lost with its process: it may be begun again."""

MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a key: `status` 0 while its first request is being answered.

    `request` is a digest of what was asked.
    """

    request: str
    status: int = 0
    media: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Answers(Protocol):
    """Keeps answers by user and key."""

    def begin(self, user: str, key: str, request: str) -> Answer | None:
        """What was answered, or is being answered, under this key; None = begin now."""
        ...

    def finish(self, user: str, key: str, answer: Answer) -> None:
        """Keep the answer that `begin` allowed."""
        ...

    def abandon(self, user: str, key: str) -> None:
        """It was not answered after all: the key may be used again."""
        ...


class StoredAnswers:
    """Answers in the database: they survive a restart."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._db = database
        self._clock = clock

    def begin(self, user: str, key: str, request: str) -> Answer | None:
        """See `Answers.begin`."""
        now = self._clock()
        here = (answers.c.user == user) & (answers.c.key == key)
        stale = (answers.c.created < now - KEPT_S) | (
            (answers.c.status == 0) & (answers.c.created < now - ABANDONED_S)
        )
        try:
            with self._db.write() as c:
                c.execute(answers.delete().where(stale))
                row = c.execute(sa.select(answers).where(here)).mappings().first()
                if row is None:
                    c.execute(
                        answers.insert().values(
                            user=user, key=key, request=request, status=0, media="",
                            headers="{}", body=b"", created=now,
                        )
                    )  # fmt: skip
                    return None
        except IntegrityError:
            return Answer(request)  # another process began in the same moment
        return Answer(
            row["request"], row["status"], row["media"], json.loads(row["headers"]), row["body"]
        )

    def finish(self, user: str, key: str, answer: Answer) -> None:
        """See `Answers.finish`."""
        here = (answers.c.user == user) & (answers.c.key == key)
        with self._db.write() as c:
            c.execute(
                answers.update()
                .where(here)
                .values(
                    status=answer.status,
                    media=answer.media,
                    headers=json.dumps(dict(answer.headers)),
                    body=answer.body[:MOST_BYTES],
                )
            )

    def abandon(self, user: str, key: str) -> None:
        """See `Answers.abandon`."""
        with self._db.write() as c:
            c.execute(
                answers.delete().where(
                    answers.c.user == user, answers.c.key == key, answers.c.status == 0
                )
            )

    def erase(self, user: str) -> int:
        """Delete what was answered to a user; returns how many answers there were."""
        if not user:
            return 0
        with self._db.write() as c:
            return int(c.execute(answers.delete().where(answers.c.user == user)).rowcount)

    def of(self, user: str) -> tuple[dict[str, object], ...]:
        """What is kept about a user, as JSON-ready values, oldest first."""
        with self._db.read() as c:
            rows = c.execute(
                sa.select(answers).where(answers.c.user == user).order_by(answers.c.created)
            ).mappings()
            return tuple(
                {
                    "key": row["key"],
                    "status": row["status"],
                    "created": row["created"],
                    "body": bytes(row["body"]).decode("utf-8", "replace"),
                }
                for row in rows
            )


class MemoryAnswers:
    """Answers of one process, for callers without an identity: theirs hold a new secret, and
    secrets are not stored.
    """

    def __init__(
        self, *, most: int = 1000, kept: float = 600.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._kept = kept
        self._clock = clock
        self._found: dict[tuple[str, str], tuple[float, Answer]] = {}
        self._lock = threading.Lock()

    def begin(self, user: str, key: str, request: str) -> Answer | None:
        """See `Answers.begin`."""
        now = self._clock()
        with self._lock:
            created, answer = self._found.get((user, key), (-self._kept, Answer("")))
            if now - created < (self._kept if answer.status else ABANDONED_S):
                return answer
            self._found.pop((user, key), None)
            while len(self._found) >= self._most:
                del self._found[next(iter(self._found))]
            self._found[user, key] = (now, Answer(request))
            return None

    def finish(self, user: str, key: str, answer: Answer) -> None:
        """See `Answers.finish`."""
        with self._lock:
            if (user, key) in self._found:
                self._found[user, key] = (self._found[user, key][0], answer)

    def abandon(self, user: str, key: str) -> None:
        """See `Answers.abandon`."""
        with self._lock:
            if (user, key) in self._found and not self._found[user, key][1].status:
                del self._found[user, key]
