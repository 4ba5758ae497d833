"""Sessions: kept in the database, or in memory for `replay` and tests. One contract, two stores."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import sqlalchemy as sa

from chatbot.errors import BusyError, InputError, NotFoundError
from chatbot.storage import codec
from chatbot.storage.database import Database
from chatbot.storage.tables import feedback, impressions, sessions, turns, uses
from chatbot.storage.uses import Use, Used
from chatbot.values import Session, Turn

Verdict = Literal["love", "like", "dislike", "seen"]


@dataclass(frozen=True, slots=True)
class Impression:
    """One item shown at one place, with the probability that the policy put it there."""

    item: str
    position: int
    propensity: float = 1.0
    strategy: str = "ranked"


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a user did with one item that was shown."""

    id: str
    session: str
    catalogue: str
    turn: int
    item: str
    verdict: Verdict
    created: float = 0.0


class SessionStore(Protocol):
    """Keeps sessions. Every method returns only after its change is safe."""

    def create(self, session: Session) -> None:
        """Keep a new session; its turns are kept one by one with `save`.

        Raises:
            InputError: there is a session with this id.
        """
        ...

    def get(self, session_id: str, *, turns: int = 20) -> Session | None:
        """The session with its last `turns` turns, or None."""
        ...

    def save(
        self,
        session: Session,
        turn: Turn | None,
        shown: Sequence[Impression] = (),
        use: Use | None = None,
    ) -> None:
        """Keep the session's state and, where given, its new turn: all or nothing.

        `shown` and `use` belong to the turn: what was shown, and what learning needs of it.

        Raises:
            NotFoundError: there is no such session.
            BusyError: the session has a turn of this number already.
        """
        ...

    def record(self, entry: Feedback) -> None:
        """Keep one verdict."""
        ...

    def undo(self, feedback_id: str) -> Feedback | None:
        """Delete a verdict; returns it, or None where there is none."""
        ...

    def feedback(self, session_id: str) -> tuple[Feedback, ...]:
        """Verdicts of one session, oldest first."""
        ...

    def verdicts(self, catalogue: str) -> tuple[Feedback, ...]:
        """Verdicts of everybody on items of one catalogue, oldest first."""
        ...

    def uses(self, catalogue: str, session_id: str | None = None) -> tuple[Used, ...]:
        """What everybody's turns, or one session's, left for learning, by session and turn."""
        ...

    def list(self, user: str, limit: int = 50) -> tuple[Session, ...]:
        """A user's sessions without turns, latest first; none for "" (nobody's sessions)."""
        ...

    def erase(self, user: str) -> int:
        """Delete for good everything kept of a user; returns the number of sessions.

        Sessions of "" belong to nobody in particular: they are never erased in a heap.
        """
        ...


def new_id() -> str:
    """An unguessable id."""
    return uuid.uuid4().hex


class MemorySessions:
    """Sessions of one process; nothing is written."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._feedback: dict[str, Feedback] = {}
        self._uses: dict[str, list[Used]] = {}

    def create(self, session: Session) -> None:
        """See `SessionStore.create`."""
        if session.id in self._sessions:
            raise _taken(session.id)
        self._sessions[session.id] = replace(session, turns=())

    def get(self, session_id: str, *, turns: int = 20) -> Session | None:
        """See `SessionStore.get`."""
        found = self._sessions.get(session_id)
        if found is None:
            return None
        return replace(found, turns=found.turns[-turns:] if turns > 0 else ())

    def save(
        self,
        session: Session,
        turn: Turn | None,
        shown: Sequence[Impression] = (),
        use: Use | None = None,
    ) -> None:
        """See `SessionStore.save`."""
        if session.id not in self._sessions:
            raise _missing(session.id)
        earlier = self._sessions[session.id].turns
        if turn is not None and any(t.number == turn.number for t in earlier):
            raise _twice(session.id, turn.number)
        del self._sessions[session.id]  # the latest saved comes last
        self._sessions[session.id] = replace(
            session, turns=(*earlier, turn) if turn is not None else earlier
        )
        if turn is not None and use is not None:
            self._uses.setdefault(session.id, []).append(Used(session.id, turn.number, use))

    def record(self, entry: Feedback) -> None:
        """See `SessionStore.record`."""
        self._feedback[entry.id] = replace(entry, created=entry.created or time.time())

    def undo(self, feedback_id: str) -> Feedback | None:
        """See `SessionStore.undo`."""
        return self._feedback.pop(feedback_id, None)

    def feedback(self, session_id: str) -> tuple[Feedback, ...]:
        """See `SessionStore.feedback`."""
        return tuple(f for f in self._feedback.values() if f.session == session_id)

    def verdicts(self, catalogue: str) -> tuple[Feedback, ...]:
        """See `SessionStore.verdicts`."""
        return tuple(f for f in self._feedback.values() if f.catalogue == catalogue)

    def uses(self, catalogue: str, session_id: str | None = None) -> tuple[Used, ...]:
        """See `SessionStore.uses`."""
        mine = (s for s, kept in self._sessions.items() if kept.catalogue == catalogue)
        wanted = sorted(s for s in mine if session_id in (None, s))
        return tuple(used for s in wanted for used in self._uses.get(s, ()))

    def list(self, user: str, limit: int = 50) -> tuple[Session, ...]:
        """See `SessionStore.list`."""
        mine = (s for s in self._sessions.values() if user and s.user == user)
        found = [replace(s, turns=()) for s in mine]
        return tuple(reversed(found))[:limit]

    def erase(self, user: str) -> int:
        """See `SessionStore.erase`."""
        gone = {s.id for s in self._sessions.values() if user and s.user == user}
        self._feedback = {k: f for k, f in self._feedback.items() if f.session not in gone}
        for key in gone:
            del self._sessions[key]
            self._uses.pop(key, None)
        return len(gone)


class StoredSessions:
    """Sessions in the database; they survive a restart and a kill."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def create(self, session: Session) -> None:
        """See `SessionStore.create`."""
        now = time.time()
        with self._db.write() as c:
            if c.execute(sa.select(sessions.c.id).where(sessions.c.id == session.id)).first():
                raise _taken(session.id)
            c.execute(
                sessions.insert().values(
                    id=session.id,
                    catalogue=session.catalogue,
                    user=session.user,
                    created=now,
                    updated=now,
                    data=codec.dump(replace(session, turns=())),
                )
            )

    def get(self, session_id: str, *, turns: int = 20) -> Session | None:
        """See `SessionStore.get`."""
        with self._db.read() as c:
            data = c.execute(sa.select(sessions.c.data).where(sessions.c.id == session_id)).scalar()
            if data is None:
                return None
            rows = c.execute(
                sa.select(_turns.c.data)
                .where(_turns.c.session == session_id)
                .order_by(_turns.c.number.desc())
                .limit(turns)
            ).scalars()
            recent = tuple(codec.load(Turn, row) for row in rows)[::-1]
        return replace(codec.load(Session, data), turns=recent)

    def save(
        self,
        session: Session,
        turn: Turn | None,
        shown: Sequence[Impression] = (),
        use: Use | None = None,
    ) -> None:
        """See `SessionStore.save`."""
        now = time.time()
        with self._db.write() as c:
            changed = c.execute(
                sessions.update()
                .where(sessions.c.id == session.id)
                .values(
                    updated=now,
                    user=session.user,
                    catalogue=session.catalogue,
                    data=codec.dump(replace(session, turns=())),
                )
            )
            if changed.rowcount == 0:
                raise _missing(session.id)
            if turn is None:
                return
            same = (_turns.c.session == session.id) & (_turns.c.number == turn.number)
            if c.execute(sa.select(_turns.c.number).where(same)).first():
                raise _twice(session.id, turn.number)
            c.execute(
                _turns.insert().values(
                    session=session.id, number=turn.number, created=now, data=codec.dump(turn)
                )
            )
            if use is not None:
                c.execute(
                    _uses.insert().values(
                        session=session.id,
                        turn=turn.number,
                        catalogue=session.catalogue,
                        created=now,
                        data=codec.dump(use),
                    )
                )
            if shown:
                c.execute(
                    impressions.insert(),
                    [
                        {
                            "session": session.id,
                            "turn": turn.number,
                            "item": x.item,
                            "catalogue": session.catalogue,
                            "position": x.position,
                            "propensity": x.propensity,
                            "strategy": x.strategy,
                            "created": now,
                        }
                        for x in shown
                    ],
                )

    def record(self, entry: Feedback) -> None:
        """See `SessionStore.record`."""
        with self._db.write() as c:
            c.execute(
                feedback.insert().values(
                    id=entry.id,
                    session=entry.session,
                    catalogue=entry.catalogue,
                    turn=entry.turn,
                    item=entry.item,
                    verdict=entry.verdict,
                    created=entry.created or time.time(),
                )
            )

    def undo(self, feedback_id: str) -> Feedback | None:
        """See `SessionStore.undo`."""
        with self._db.write() as c:
            row = c.execute(sa.select(feedback).where(feedback.c.id == feedback_id)).first()
            if row is None:
                return None
            c.execute(feedback.delete().where(feedback.c.id == feedback_id))
        return Feedback(**row._mapping)

    def feedback(self, session_id: str) -> tuple[Feedback, ...]:
        """See `SessionStore.feedback`."""
        with self._db.read() as c:
            rows = c.execute(
                sa.select(feedback)
                .where(feedback.c.session == session_id)
                .order_by(feedback.c.created)
            )
            return tuple(Feedback(**row._mapping) for row in rows)

    def verdicts(self, catalogue: str) -> tuple[Feedback, ...]:
        """See `SessionStore.verdicts`."""
        with self._db.read() as c:
            rows = c.execute(
                sa.select(feedback)
                .where(feedback.c.catalogue == catalogue)
                .order_by(feedback.c.created)
            )
            return tuple(Feedback(**row._mapping) for row in rows)

    def uses(self, catalogue: str, session_id: str | None = None) -> tuple[Used, ...]:
        """See `SessionStore.uses`."""
        asked = sa.select(_uses.c.session, _uses.c.turn, _uses.c.data)
        asked = asked.where(_uses.c.catalogue == catalogue)
        if session_id is not None:
            asked = asked.where(_uses.c.session == session_id)
        with self._db.read() as c:
            rows = c.execute(asked.order_by(_uses.c.session, _uses.c.turn))
            return tuple(Used(s, number, codec.load(Use, data)) for s, number, data in rows)

    def list(self, user: str, limit: int = 50) -> tuple[Session, ...]:
        """See `SessionStore.list`."""
        if not user:
            return ()
        with self._db.read() as c:
            rows = c.execute(
                sa.select(sessions.c.data)
                .where(sessions.c.user == user)
                .order_by(sessions.c.updated.desc())
                .limit(limit)
            ).scalars()
            return tuple(codec.load(Session, row) for row in rows)

    def erase(self, user: str) -> int:
        """See `SessionStore.erase`. Afterwards the text is in no page of a SQLite file either."""
        if not user:
            return 0
        with self._db.write() as c:
            mine = sa.select(sessions.c.id).where(sessions.c.user == user)
            for table in (_turns, impressions, feedback, _uses):
                c.execute(table.delete().where(table.c.session.in_(mine)))
            gone = c.execute(sessions.delete().where(sessions.c.user == user)).rowcount
        self._db.forget()
        return int(gone)


_turns = turns  # the tables; these are also names of arguments and methods
_uses = uses


def _taken(session_id: str) -> InputError:
    return InputError(f"there is a session {session_id!r} already.", hint="Choose another id.")


def _twice(session_id: str, number: int) -> BusyError:
    return BusyError(
        f"turn {number} of session {session_id!r} was answered already.",
        hint="Another request came first; read the session again.",
    )


def _missing(session_id: str) -> NotFoundError:
    return NotFoundError(
        f"there is no session {session_id!r}.", hint="Create one first, or check the id."
    )
