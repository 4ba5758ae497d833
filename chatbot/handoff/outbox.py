"""What is to be sent to a desk, in the database: kept before anybody is told that it is queued.

Delivery is at least once: a process that is killed between sending and noting it sends again after
its lease, under the same id, which receivers use as the idempotency key.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from chatbot.handoff import Why
from chatbot.storage.database import Database
from chatbot.storage.sessions import new_id
from chatbot.storage.tables import handoffs, sessions

Kind = Literal["handoff", "contact", "message", "closed", "test"]
Kept = Literal["queued", "delivered", "failed"]

LEASE_S = 60.0
"""How long a sender has a message for itself; longer than any attempt takes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One message for a desk and how its delivery goes; `note` says what happened last."""

    id: str
    session: str
    site: str
    kind: Kind
    why: Why
    language: str
    state: Kept
    attempts: int
    due: float
    note: str
    created: float
    updated: float
    message: Mapping[str, Any]


class Outbox:
    """Messages in the database. Safe to share between threads and processes."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._db = database
        self._clock = clock

    def put(
        self,
        message: Mapping[str, Any],
        *,
        session: str,
        site: str,
        kind: Kind,
        why: Why,
        language: str,
        entry_id: str = "",
    ) -> Entry:
        """Keep a message; it is on disk when this returns. Its id is put into it as `id`."""
        now = self._clock()
        entry_id = entry_id or new_id()
        full = {**message, "id": entry_id}
        values: dict[str, Any] = {
            "id": entry_id,
            "session": session,
            "site": site,
            "kind": kind,
            "why": why,
            "language": language,
            "state": "queued",
            "attempts": 0,
            "due": now,
            "leased": 0.0,
            "note": "",
            "created": now,
            "updated": now,
            "message": json.dumps(full, ensure_ascii=False),
        }
        with self._db.write() as c:
            c.execute(handoffs.insert().values(**values))
        return _entry(values)

    def claim(self, entry_id: str | None = None) -> Entry | None:
        """The message that is due longest, or the named one if it is due, leased to the caller."""
        now = self._clock()
        query = (
            sa.select(handoffs)
            .where(handoffs.c.state == "queued", handoffs.c.due <= now, handoffs.c.leased <= now)
            .order_by(handoffs.c.due)
            .limit(1)
        )
        if entry_id is not None:
            query = query.where(handoffs.c.id == entry_id)
        with self._db.write() as c:
            row = c.execute(query).mappings().first()
            if row is None:
                return None
            changed = {"leased": now + LEASE_S, "attempts": int(row["attempts"]) + 1}
            taken = c.execute(
                handoffs.update()
                .where(handoffs.c.id == row["id"], handoffs.c.leased == row["leased"])
                .values(**changed)
            )
            return _entry({**row, **changed}) if taken.rowcount else None

    def settle(self, entry_id: str, state: Kept, note: str, *, due: float | None = None) -> None:
        """Note the end of an attempt; a message that stays queued is due again at `due`."""
        now = self._clock()
        with self._db.write() as c:
            c.execute(
                handoffs.update()
                .where(handoffs.c.id == entry_id)
                .values(state=state, note=note[:500], leased=0.0, due=due or now, updated=now)
            )

    def retry(self, entry_id: str) -> bool:
        """Queue a failed message anew; False where there is none."""
        now = self._clock()
        with self._db.write() as c:
            found = c.execute(
                handoffs.update()
                .where(handoffs.c.id == entry_id, handoffs.c.state == "failed")
                .values(state="queued", attempts=0, due=now, leased=0.0, created=now)
            )
            return bool(found.rowcount)

    def next_due(self) -> float | None:
        """Unix seconds when something may be claimed next, or None."""
        with self._db.read() as c:
            rows = c.execute(
                sa.select(handoffs.c.due, handoffs.c.leased).where(handoffs.c.state == "queued")
            ).all()
        return min((max(float(due), float(leased)) for due, leased in rows), default=None)

    def get(self, entry_id: str) -> Entry | None:
        """A message by id."""
        with self._db.read() as c:
            row = c.execute(sa.select(handoffs).where(handoffs.c.id == entry_id)).mappings().first()
        return _entry(row) if row is not None else None

    def of_session(self, session: str) -> tuple[Entry, ...]:
        """All messages about a conversation, oldest first."""
        with self._db.read() as c:
            rows = c.execute(
                sa.select(handoffs)
                .where(handoffs.c.session == session)
                .order_by(handoffs.c.created)
            ).mappings()
            return tuple(_entry(row) for row in rows)

    def latest(self, limit: int = 100) -> tuple[Entry, ...]:
        """The latest messages, latest first."""
        with self._db.read() as c:
            rows = c.execute(
                sa.select(handoffs).order_by(handoffs.c.created.desc()).limit(limit)
            ).mappings()
            return tuple(_entry(row) for row in rows)

    def export(self, sessions_of: Sequence[str]) -> list[dict[str, Any]]:
        """What was kept to be sent about these conversations, for a person's export."""
        return [dict(e.message) for one in sessions_of for e in self.of_session(one)]

    def erase(self, user: str) -> int:
        """Delete every message about a person's conversations, sent or not."""
        mine = sa.select(sessions.c.id).where(sessions.c.user == user)
        with self._db.write() as c:
            gone = c.execute(handoffs.delete().where(handoffs.c.session.in_(mine)))
            return int(gone.rowcount)


def _entry(row: Mapping[str, Any] | sa.RowMapping) -> Entry:
    return Entry(
        id=row["id"],
        session=row["session"],
        site=row["site"],
        kind=row["kind"],
        why=row["why"],
        language=row["language"],
        state=row["state"],
        attempts=int(row["attempts"]),
        due=float(row["due"]),
        note=row["note"],
        created=float(row["created"]),
        updated=float(row["updated"]),
        message=json.loads(row["message"]),
    )
