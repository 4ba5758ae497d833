"""Handoffs as people work on them: who has the conversation, and what was said from the desk.

A case begins with a handoff (`waiting`), is `held` from a person's first words on, and ends when
the person closes it, when the visitor goes back to the assistant, or by itself when it is left
alone. While it is held the assistant does not answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import sqlalchemy as sa

from chatbot.errors import InputError, NotFoundError
from chatbot.importing.rows import clean
from chatbot.storage.database import Database
from chatbot.storage.tables import desk_cases as cases
from chatbot.storage.tables import desk_messages as messages
from chatbot.storage.tables import sessions, turns

CaseState = Literal["waiting", "held", "closed"]
ClosedBy = Literal["", "desk", "visitor", "time", "again"]
Verdict = Literal["", "solved", "unsolved"]
Said = Literal["person", "closed", "back"]

LEFT_S = 24 * 3600.0
"""A held case in which nobody said anything for so long is over: the assistant answers again."""

WAITS_S = 7 * LEFT_S
"""A case that nobody took for so long is over too: not every desk answers here."""

MOST_TEXT = 4000
MOST_NAME = 80


@dataclass(frozen=True, slots=True)
class Case:
    """One handoff as people work on it; its id is the handoff's.

    Attributes:
        person: who wrote last, "" before anybody did.
        closed_by: the desk, the visitor, the time, or another handoff of the same conversation.
        resolution: what the person said of it at the end.
    """

    id: str
    session: str
    site: str
    state: CaseState
    person: str = ""
    closed_by: ClosedBy = ""
    resolution: Verdict = ""
    created: float = 0.0
    updated: float = 0.0

    @property
    def open(self) -> bool:
        """Whether it is not closed."""
        return self.state != "closed"


@dataclass(frozen=True, slots=True)
class DeskMessage:
    """What came from the desk: a person's words, or a notice that the case is over.

    `number` counts within the session from 1; `turn` is the visitor's turn after which it came.
    """

    number: int
    kind: Said
    person: str
    text: str
    turn: int
    created: float

    def shape(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class Cases:
    """Cases and their messages in the database. Safe to share between threads and processes."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._db = database
        self._clock = clock

    def begin(self, case_id: str, session: str, site: str) -> Case:
        """Begin the case of a handoff; an earlier one of the same conversation ends."""
        now = self._clock()
        made = Case(case_id, session, site, "waiting", created=now, updated=now)
        with self._db.write() as c:
            c.execute(
                cases.update()
                .where(cases.c.session == session, cases.c.state != "closed")
                .values(state="closed", closed_by="again", updated=now)
            )
            c.execute(cases.insert().values(**asdict(made)))
        return made

    def get(self, case_id: str) -> Case:
        """A case by id.

        Raises:
            NotFoundError: there is none.
        """
        with self._db.read() as c:
            row = c.execute(sa.select(cases).where(cases.c.id == case_id)).first()
        if row is None:
            raise NotFoundError("there is no such handoff.", hint="List the open ones.")
        return Case(**row._mapping)

    def current(self, session: str) -> Case | None:
        """The latest case of a conversation; one that was left alone for long is closed first."""
        with self._db.read() as c:
            row = c.execute(
                sa.select(cases)
                .where(cases.c.session == session)
                .order_by(cases.c.created.desc())
                .limit(1)
            ).first()
        if row is None:
            return None
        found = Case(**row._mapping)
        left = self._clock() - found.updated
        if found.open and left > (LEFT_S if found.state == "held" else WAITS_S):
            return self.close(found.id, "time")
        return found

    def listed(
        self, *, open_only: bool = True, site: str = "", limit: int = 200
    ) -> tuple[Case, ...]:
        """Cases: open ones with the longest wait first, or all of them, latest first."""
        query = sa.select(cases).limit(limit)
        if open_only:
            since = self._clock() - WAITS_S
            query = query.where(cases.c.state != "closed", cases.c.updated >= since)
            query = query.order_by(cases.c.created)
        else:
            query = query.order_by(cases.c.created.desc())
        if site:
            query = query.where(cases.c.site == site)
        with self._db.read() as c:
            return tuple(Case(**row._mapping) for row in c.execute(query))

    def say(self, case_id: str, text: str, person: str = "") -> DeskMessage:
        """A person's words to the visitor; from the first on the person has the conversation.

        Raises:
            InputError: no words, too many, or the case is closed.
            NotFoundError: there is no such case.
        """
        text, person = _words(text), _name(person)
        found = self.get(case_id)
        if not found.open:
            raise InputError(
                "this handoff is closed.", hint="The visitor is with the assistant again."
            )
        now = self._clock()
        with self._db.write() as c:
            taken = c.execute(
                cases.update()
                .where(cases.c.id == case_id, cases.c.state != "closed")
                .values(state="held", person=person or found.person, updated=now)
            )
            if not taken.rowcount:
                raise InputError("this handoff was closed a moment ago.")
            return _put(c, found, "person", person or found.person, text, now)

    def touch(self, case_id: str) -> None:
        """Note that the visitor said something."""
        with self._db.write() as c:
            c.execute(cases.update().where(cases.c.id == case_id).values(updated=self._clock()))

    def close(self, case_id: str, by: ClosedBy, resolution: Verdict = "", person: str = "") -> Case:
        """End a case and leave a notice of it, unless it ends by itself; one that is closed
        already stays as it is.

        Raises:
            NotFoundError: there is no such case.
        """
        found = self.get(case_id)
        now = self._clock()
        ended = replace(
            found,
            state="closed",
            closed_by=by,
            resolution=resolution,
            person=_name(person) or found.person,
            updated=now,
        )
        with self._db.write() as c:
            changed = c.execute(
                cases.update()
                .where(cases.c.id == case_id, cases.c.state != "closed")
                .values(
                    state="closed",
                    closed_by=by,
                    resolution=resolution,
                    person=ended.person,
                    updated=now,
                )
            )
            if changed.rowcount and by != "time":
                _put(c, found, "back" if by == "visitor" else "closed", ended.person, "", now)
        return ended if changed.rowcount else self.get(case_id)

    def said(self, session: str, after: int = 0) -> tuple[DeskMessage, ...]:
        """What came from the desk in a conversation after message number `after`."""
        with self._db.read() as c:
            rows = c.execute(
                sa.select(messages)
                .where(messages.c.session == session, messages.c.number > after)
                .order_by(messages.c.number)
            ).mappings()
            return tuple(_message(row) for row in rows)

    def export(self, of: Sequence[str]) -> list[dict[str, Any]]:
        """Cases of these conversations with what was said, for a person's export."""
        found = []
        for session in of:
            with self._db.read() as c:
                rows = c.execute(sa.select(cases).where(cases.c.session == session)).all()
            found += [asdict(Case(**row._mapping)) for row in rows]
            found += [{"session": session, **m.shape()} for m in self.said(session)]
        return found

    def erase(self, user: str) -> None:
        """Delete the cases of a person's conversations, and what was said in them."""
        mine = sa.select(sessions.c.id).where(sessions.c.user == user)
        with self._db.write() as c:
            for table in (messages, cases):
                c.execute(table.delete().where(table.c.session.in_(mine)))


def _put(
    c: sa.Connection, case: Case, kind: Said, person: str, text: str, now: float
) -> DeskMessage:
    """Write a message; the transaction it stands in makes its number the next one."""
    last = c.execute(
        sa.select(sa.func.max(messages.c.number)).where(messages.c.session == case.session)
    ).scalar()
    turn = c.execute(
        sa.select(sa.func.max(turns.c.number)).where(turns.c.session == case.session)
    ).scalar()
    made = DeskMessage(int(last or 0) + 1, kind, person, text, int(turn or 0), now)
    c.execute(messages.insert().values(session=case.session, case=case.id, **made.shape()))
    return made


def _message(row: Mapping[str, Any] | sa.RowMapping) -> DeskMessage:
    return DeskMessage(
        int(row["number"]),
        row["kind"],
        row["person"],
        row["text"],
        int(row["turn"]),
        float(row["created"]),
    )


def _words(text: str) -> str:
    if len(text) > MOST_TEXT:
        raise InputError(f"a message has at most {MOST_TEXT:,} characters.", hint="Send it in two.")
    text = text.replace("\r\n", "\n")
    cleaned = "\n".join(clean(line) for line in text.split("\n")).strip()
    if not cleaned:
        raise InputError("the message is empty.", hint="Write to the visitor.")
    return cleaned


def _name(person: str) -> str:
    return " ".join(clean(person).split())[:MOST_NAME]
