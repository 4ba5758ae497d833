"""Drafts in the database: every version is kept, and kept before anybody hears of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from chatbot.errors import InputError, NotFoundError
from chatbot.storage import codec
from chatbot.storage.database import Database
from chatbot.storage.sessions import new_id
from chatbot.storage.tables import draft_versions, drafts
from chatbot.studio.draft import Draft, plain

Fate = Literal["kept", "edited", "thrown"]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a draft. `parent` 0 for the first; `change` says what made it."""

    number: int
    parent: int
    change: str
    created: float


@dataclass(frozen=True, slots=True)
class Record:
    """A stored draft without its text."""

    id: str
    user: str
    catalogue: str
    title: str
    kind: str
    language: str
    created: float
    updated: float
    current: int
    fate: str = ""


class DraftStore:
    """Keeps drafts. What a method returned from is on disk."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def create(self, draft: Draft, *, user: str = "", catalogue: str = "") -> Record:
        """Keep a new draft as its version 1."""
        now = time.time()
        record = Record(
            new_id(), user, catalogue or draft.brief.catalogue, draft.title, draft.brief.kind,
            draft.brief.language, now, now, 1,
        )  # fmt: skip
        with self._db.write() as c:
            values = {f: getattr(record, f) for f in Record.__slots__}
            c.execute(drafts.insert().values(**values))
            self._insert(c, record.id, 1, 0, "new", draft, now)
        return record

    def _insert(
        self, c: sa.Connection, draft_id: str, number: int, parent: int, change: str, draft: Draft,
        now: float,
    ) -> None:  # fmt: skip
        c.execute(
            draft_versions.insert().values(
                draft=draft_id,
                number=number,
                parent=parent,
                change=change,
                created=now,
                data=codec.dump(draft),
                text=searchable(draft),
            )
        )

    def add(self, draft_id: str, draft: Draft, change: str) -> Version:
        """Keep a new version, made from the current one, and show it from now on.

        Raises:
            NotFoundError: there is no such draft.
        """
        now = time.time()
        with self._db.write() as c:
            record = self._record(c, draft_id)
            last = c.execute(
                sa.select(sa.func.max(draft_versions.c.number)).where(
                    draft_versions.c.draft == draft_id
                )
            ).scalar()
            number = int(last or 0) + 1
            self._insert(c, draft_id, number, record.current, change, draft, now)
            c.execute(
                drafts.update()
                .where(drafts.c.id == draft_id)
                .values(
                    current=number,
                    updated=now,
                    title=draft.title,
                    kind=draft.brief.kind,
                    language=draft.brief.language,
                )
            )
        return Version(number, record.current, change, now)

    def _record(self, c: sa.Connection, draft_id: str) -> Record:
        row = c.execute(sa.select(drafts).where(drafts.c.id == draft_id)).mappings().first()
        if row is None:
            raise NotFoundError(f"there is no draft {draft_id[:64]!r}.", hint="It may be deleted.")
        return Record(**row)

    def record(self, draft_id: str, *, user: str | None = None) -> Record:
        """What is known of a draft.

        Raises:
            NotFoundError: there is none, or it is another user's.
        """
        with self._db.read() as c:
            found = self._record(c, draft_id)
        if user is not None and found.user != user:
            raise NotFoundError(f"there is no draft {draft_id[:64]!r}.", hint="It may be deleted.")
        return found

    def get(self, draft_id: str, number: int | None = None) -> Draft:
        """A version of a draft, the current one unless a number is given.

        Raises:
            NotFoundError: there is no such draft or version.
        """
        with self._db.read() as c:
            record = self._record(c, draft_id)
            wanted = record.current if number is None else number
            data = c.execute(
                sa.select(draft_versions.c.data).where(
                    draft_versions.c.draft == draft_id, draft_versions.c.number == wanted
                )
            ).scalar()
        if data is None:
            raise NotFoundError(f"this draft has no version {wanted}.")
        return codec.load(Draft, data)

    def versions(self, draft_id: str) -> tuple[Version, ...]:
        """All versions, oldest first."""
        with self._db.read() as c:
            self._record(c, draft_id)
            rows = c.execute(
                sa.select(
                    draft_versions.c.number,
                    draft_versions.c.parent,
                    draft_versions.c.change,
                    draft_versions.c.created,
                )
                .where(draft_versions.c.draft == draft_id)
                .order_by(draft_versions.c.number)
            )
            return tuple(Version(*row) for row in rows)

    def undo(self, draft_id: str) -> Draft:
        """Go back to the version the current one was made from.

        Raises:
            InputError: it is the first.
        """
        current = self.record(draft_id).current
        parent = next(v.parent for v in self.versions(draft_id) if v.number == current)
        if not parent:
            raise InputError("this is the first version; there is nothing to undo.")
        return self.show(draft_id, parent)

    def redo(self, draft_id: str) -> Draft:
        """Go forward to the latest version made from the current one.

        Raises:
            InputError: there is none.
        """
        current = self.record(draft_id).current
        after = [v.number for v in self.versions(draft_id) if v.parent == current]
        if not after:
            raise InputError("there is nothing to redo.")
        return self.show(draft_id, max(after))

    def show(self, draft_id: str, number: int) -> Draft:
        """Make a version the current one."""
        found = self.get(draft_id, number)
        with self._db.write() as c:
            c.execute(
                drafts.update()
                .where(drafts.c.id == draft_id)
                .values(current=number, title=found.title, updated=time.time())
            )
        return found

    def list(self, user: str = "", text: str = "", limit: int = 50) -> tuple[Record, ...]:
        """A user's drafts, latest first; with `text` those whose current text holds every word."""
        query = sa.select(drafts).where(drafts.c.user == user).order_by(drafts.c.updated.desc())
        if text.strip():
            now = sa.and_(
                draft_versions.c.draft == drafts.c.id, draft_versions.c.number == drafts.c.current
            )
            query = query.join(draft_versions, now)
            for word in text.casefold().split()[:10]:
                query = query.where(draft_versions.c.text.contains(word, autoescape=True))
        with self._db.read() as c:
            rows = c.execute(query.limit(max(1, min(limit, 500)))).mappings()
            return tuple(Record(**{f: row[f] for f in Record.__slots__}) for row in rows)

    def judge(self, draft_id: str, fate: Fate) -> None:
        """Remember what became of a draft."""
        with self._db.write() as c:
            self._record(c, draft_id)
            c.execute(drafts.update().where(drafts.c.id == draft_id).values(fate=fate))

    def delete(self, draft_id: str) -> None:
        """Delete a draft with all its versions.

        Raises:
            NotFoundError: there is none.
        """
        with self._db.write() as c:
            self._record(c, draft_id)
            c.execute(draft_versions.delete().where(draft_versions.c.draft == draft_id))
            c.execute(drafts.delete().where(drafts.c.id == draft_id))

    def erase(self, user: str) -> int:
        """Delete for good all drafts of a user; returns how many there were.

        Raises:
            InputError: the user is empty.
        """
        if not user:
            raise InputError("say whose drafts are to be erased.")
        with self._db.write() as c:
            mine = sa.select(drafts.c.id).where(drafts.c.user == user)
            c.execute(draft_versions.delete().where(draft_versions.c.draft.in_(mine)))
            gone = c.execute(drafts.delete().where(drafts.c.user == user)).rowcount
        self._db.forget()
        return int(gone)


def searchable(draft: Draft) -> str:
    """The text of a draft for searching."""
    language = draft.brief.language
    parts = [draft.title, draft.summary, *(b.text(language) for b in draft.blocks)]
    return plain("\n".join(parts)).casefold()
