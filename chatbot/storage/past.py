"""Conversations of the past, one after the other, for everything that learns from them."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from chatbot.storage import codec
from chatbot.storage.database import Database
from chatbot.storage.tables import sessions, turns
from chatbot.values import Turn


def conversations(database: Database, catalogue: str) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    """(session id, its turns in order) of one catalogue, oldest conversation first."""
    with database.read() as c:
        ids = c.execute(
            sa.select(sessions.c.id)
            .where(sessions.c.catalogue == catalogue)
            .order_by(sessions.c.created, sessions.c.id)
        ).scalars()
        names = list(ids)
    for name in names:
        with database.read() as c:
            rows = c.execute(
                sa.select(turns.c.data).where(turns.c.session == name).order_by(turns.c.number)
            ).scalars()
            found = tuple(codec.load(Turn, row) for row in rows)
        if found:
            yield name, found
