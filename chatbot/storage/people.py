"""What an operator recorded about people: attributes by person and catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from chatbot.storage.database import Database
from chatbot.storage.tables import interactions, people
from chatbot.storage.writing import CHUNK, chunks, upsert

Attributes = Mapping[str, str]

SITE = "site:"
"""Visitors a site vouches for are kept as `site:SITE:NAME`; the site's own files say `NAME`."""


def names_of(user: str) -> tuple[str, ...]:
    """The names under which an operator's files may know a user.

    >>> names_of("site:shop:customer-42"), names_of("ann"), names_of("")
    (('site:shop:customer-42', 'customer-42'), ('ann',), ())
    """
    if not user:
        return ()
    parts = user.split(":", 2)
    own = (parts[2],) if user.startswith(SITE) and len(parts) == 3 and parts[2] else ()
    return (user, *own)


class StoredPeople:
    """Attributes and interactions of people who are in an operator's files."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def put(self, catalogue: str, rows: Iterable[tuple[str, Attributes]]) -> int:
        """Insert or replace what is recorded about each user; returns how many were written."""
        total = 0
        with self._db.write() as c:
            for chunk in chunks(rows, CHUNK):
                latest = dict(chunk)
                upsert(
                    c,
                    people,
                    [
                        {
                            "catalogue": catalogue,
                            "user": user,
                            "data": json.dumps(dict(about), ensure_ascii=False, sort_keys=True),
                        }
                        for user, about in latest.items()
                    ],
                )
                total += len(latest)
        return total

    def of(self, catalogue: str, user: str) -> dict[str, str]:
        """What is recorded about a user, the exact name first; nothing for nobody."""
        for name in names_of(user):
            with self._db.read() as c:
                found = c.execute(
                    sa.select(people.c.data).where(
                        people.c.catalogue == catalogue, people.c.user == name
                    )
                ).scalar()
            if found is not None:
                return dict(json.loads(found))
        return {}

    def everybody(self, catalogue: str) -> dict[str, dict[str, str]]:
        """User → attributes."""
        with self._db.read() as c:
            rows = c.execute(
                sa.select(people.c.user, people.c.data).where(people.c.catalogue == catalogue)
            )
            return {user: json.loads(data) for user, data in rows}

    def export(self, user: str, catalogue: str = "") -> dict[str, list[dict[str, object]]]:
        """Everything of a user from an operator's files; see `erase` for `catalogue`."""
        found: dict[str, list[dict[str, object]]] = {"attributes": [], "interactions": []}
        with self._db.read() as c:
            for row in c.execute(sa.select(people).where(self._mine(people, user, catalogue))):
                found["attributes"].append(
                    {"catalogue": row.catalogue, "user": row.user, "about": json.loads(row.data)}
                )
            mine = self._mine(interactions, user, catalogue)
            for row in c.execute(sa.select(interactions).where(mine)):
                found["interactions"].append(dict(row._mapping))
        return found

    def erase(self, user: str, catalogue: str = "") -> int:
        """Delete it for good; returns the number of rows.

        Args:
            user: whose rows.
            catalogue: the site's own, for a visitor a site vouches for: there the name the site
                gave counts too. Another site's customer of the same name is somebody else.
        """
        gone = 0
        with self._db.write() as c:
            for table in (people, interactions):
                gone += c.execute(table.delete().where(self._mine(table, user, catalogue))).rowcount
        return gone

    @staticmethod
    def _mine(table: sa.Table, user: str, catalogue: str) -> sa.ColumnElement[bool]:
        exact = sa.and_(table.c.user == user, sa.literal(bool(user)))
        own = names_of(user)[1:]
        if not own or not catalogue:
            return exact
        return sa.or_(exact, sa.and_(table.c.user == own[0], table.c.catalogue == catalogue))
