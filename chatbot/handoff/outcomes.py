"""How support conversations went: solved or not, and what visitors thought of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from chatbot.errors import InputError
from chatbot.handoff import Resolution
from chatbot.storage.database import Database
from chatbot.storage.tables import outcomes, sessions
from chatbot.storage.writing import upsert
from chatbot.values import Session

RETURN_S = 24 * 3600.0
"""A conversation left alone for this long without a word of failure is assumed to be resolved."""

_MOST_COMMENT = 1000


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one support conversation went. `csat`: 1 to 5, 0 = declined, None = not asked yet."""

    session: str
    site: str
    catalogue: str
    resolution: Resolution
    csat: int | None
    comment: str
    created: float
    updated: float


class Outcomes:
    """Outcomes in the database, one a support conversation."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._db = database
        self._clock = clock

    def get(self, session: str) -> Outcome | None:
        """How a conversation goes; None where it asked for no support."""
        with self._db.read() as c:
            row = c.execute(sa.select(outcomes).where(outcomes.c.session == session)).first()
        return self._aged(Outcome(**row._mapping)) if row is not None else None

    def latest(self, since: float = 0.0, limit: int = 100_000) -> tuple[Outcome, ...]:
        """Outcomes of conversations that went on after `since`, latest first."""
        with self._db.read() as c:
            rows = c.execute(
                sa.select(outcomes)
                .where(outcomes.c.updated >= since)
                .order_by(outcomes.c.updated.desc())
                .limit(limit)
            )
            return tuple(self._aged(Outcome(**row._mapping)) for row in rows)

    def _aged(self, found: Outcome) -> Outcome:
        if found.resolution != "open" or self._clock() - found.updated < RETURN_S:
            return found
        values = {f: getattr(found, f) for f in Outcome.__dataclass_fields__}
        return Outcome(**{**values, "resolution": "assumed"})

    def note(self, session: Session, resolution: Resolution = "open") -> None:
        """Note how a conversation goes now.

        A person who was called stays called: only the visitor's word that it is solved ends that.
        What a person solved stays so until the visitor says otherwise or calls again.
        A conversation taken up again is open again, unless it is one of these.
        """
        now = self._clock()
        with self._db.write() as c:
            row = c.execute(sa.select(outcomes).where(outcomes.c.session == session.id)).first()
            old = row._mapping if row is not None else None
            resolution = _after(old["resolution"] if old is not None else None, resolution)
            values = {
                "session": session.id,
                "site": session.site,
                "catalogue": session.catalogue,
                "resolution": resolution,
                "csat": old["csat"] if old is not None else None,
                "comment": old["comment"] if old is not None else "",
                "created": old["created"] if old is not None else now,
                "updated": now,
            }
            upsert(c, outcomes, [values])

    def settle(self, session: str, resolution: Resolution) -> None:
        """Note how a person ended it; a visitor's own word that it is solved stands."""
        with self._db.write() as c:
            c.execute(
                outcomes.update()
                .where(outcomes.c.session == session, outcomes.c.resolution != "confirmed")
                .values(resolution=resolution, updated=self._clock())
            )

    def rate(self, session: Session, csat: int, comment: str = "") -> None:
        """Keep what the visitor thought: 1 to 5, or 0 where they would not say.

        The first answer counts; a rating may follow a refusal.

        Raises:
            InputError: not a rating, or the conversation was no support.
        """
        if not 0 <= csat <= 5:
            raise InputError("a rating goes from 1 to 5.")
        with self._db.write() as c:
            row = c.execute(
                sa.select(outcomes.c.csat).where(outcomes.c.session == session.id)
            ).first()
            if row is None:
                raise InputError("this conversation did not ask for support.")
            if row.csat:
                raise InputError("this conversation was rated already.")
            c.execute(
                outcomes.update()
                .where(outcomes.c.session == session.id)
                .values(csat=csat, comment=comment.strip()[:_MOST_COMMENT])
            )

    def erase(self, user: str) -> int:
        """Delete what a person's conversations came to."""
        mine = sa.select(sessions.c.id).where(sessions.c.user == user)
        with self._db.write() as c:
            gone = c.execute(outcomes.delete().where(outcomes.c.session.in_(mine)))
            return int(gone.rowcount)


def _after(old: Resolution | None, new: Resolution) -> Resolution:
    """What is kept where `new` is noted over `old`."""
    if old == "escalated" and new != "confirmed":
        return "escalated"
    return "by_person" if old == "by_person" and new in ("open", "confirmed") else new
