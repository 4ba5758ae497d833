"""Writes to catalogues inside one transaction that the caller opened. Knows no files.

`CatalogueStore.writing()` hands out a writer; all it did is committed together or not at all.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from chatbot.storage import codec
from chatbot.storage.tables import catalogues, dialogues, interactions, items, meta
from retrieval.items import Item
from retrieval.schema import Schema

CHUNK = 2000
# SQLite before 3.32 takes at most 999 parameters in one statement.
BATCH = 500

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Interaction:
    """One user's rating of one item; `timestamp` in Unix seconds or None."""

    user: str
    item: str
    rating: float
    timestamp: float | None = None


class CatalogueWriter:
    """Writes into one open transaction. Create with `CatalogueStore.writing`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def put_schema(self, name: str, schema: Schema) -> str:
        """Store the schema, creating the catalogue where needed; returns its new revision.

        Call it with every change of items too: the revision tells indexes that they are stale.
        """
        now = time.time()
        revision = uuid.uuid4().hex
        values = {"schema": codec.dump(schema), "revision": revision, "updated": now}
        changed = self._c.execute(
            catalogues.update().where(catalogues.c.name == name).values(**values)
        )
        if changed.rowcount == 0:
            self._c.execute(catalogues.insert().values(name=name, created=now, **values))
        return revision

    def put_items(self, name: str, changed: Iterable[Item]) -> int:
        """Insert or replace items by id; a replaced item keeps its position. Returns how many.

        Within `changed` the last item with an id wins.
        """
        top = self._c.execute(
            sa.select(sa.func.max(items.c.position)).where(items.c.catalogue == name)
        ).scalar()
        position = -1 if top is None else int(top)
        total = 0
        for chunk in chunks(changed, CHUNK):
            latest = {item.id: item for item in chunk}
            known = self._positions(name, list(latest))
            self.delete_items(name, list(known))
            rows = []
            for item in latest.values():
                if item.id not in known:
                    position += 1
                rows.append(
                    {
                        "catalogue": name,
                        "id": item.id,
                        "position": known.get(item.id, position),
                        "title": item.title,
                        "data": data_of(item),
                    }
                )
            self._c.execute(items.insert(), rows)
            total += len(rows)
        return total

    def _positions(self, name: str, ids: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for start in range(0, len(ids), BATCH):
            rows = self._c.execute(
                sa.select(items.c.id, items.c.position).where(
                    items.c.catalogue == name, items.c.id.in_(ids[start : start + BATCH])
                )
            )
            found.update({row.id: row.position for row in rows})
        return found

    def delete_items(self, name: str, ids: Sequence[str]) -> int:
        """Delete items by id; unknown ids are ignored. Returns how many were there."""
        total = 0
        for start in range(0, len(ids), BATCH):
            total += self._c.execute(
                items.delete().where(
                    items.c.catalogue == name, items.c.id.in_(ids[start : start + BATCH])
                )
            ).rowcount
        return total

    def clear_items(self, name: str) -> int:
        """Delete all items of a catalogue; returns how many there were."""
        return int(self._c.execute(items.delete().where(items.c.catalogue == name)).rowcount)

    def put_interactions(self, name: str, rows: Iterable[Interaction]) -> int:
        """Insert or replace interactions by (user, item); returns how many were written."""
        total = 0
        for chunk in chunks(rows, CHUNK):
            latest = {(r.user, r.item): r for r in chunk}
            values = [
                {
                    "catalogue": name,
                    "user": r.user,
                    "item": r.item,
                    "rating": r.rating,
                    "timestamp": r.timestamp,
                }
                for r in latest.values()
            ]
            upsert(self._c, interactions, values)
            total += len(values)
        return total

    def put_dialogues(self, name: str, rows: Iterable[Mapping[str, object]]) -> int:
        """Insert or replace past conversations by id; returns how many were written."""
        total = 0
        for chunk in chunks(rows, CHUNK):
            latest = {str(r["id"]): r for r in chunk}
            values = [
                {"catalogue": name, "id": key, "data": json.dumps(r, ensure_ascii=False)}
                for key, r in latest.items()
            ]
            upsert(self._c, dialogues, values)
            total += len(values)
        return total

    def note(self, key: str, value: str) -> None:
        """Remember a text under a key, replacing what was there; see `CatalogueStore.noted`."""
        upsert(self._c, meta, [{"key": key, "value": value}])


def data_of(item: Item) -> str:
    """What is stored of an item besides id and title; the same item gives the same text."""
    return json.dumps({"facets": dict(item.facets), "aka": item.aka}, ensure_ascii=False)


def upsert(c: sa.Connection, table: sa.Table, values: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, replacing those with the same primary key."""
    if not values:
        return
    keys = [column.name for column in table.primary_key.columns]
    rest = [column.name for column in table.columns if column.name not in keys]
    if c.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_pg

        pg = insert_pg(table)
        c.execute(
            pg.on_conflict_do_update(index_elements=keys, set_={n: pg.excluded[n] for n in rest}),
            values,
        )
        return
    from sqlalchemy.dialects.sqlite import insert as insert_lite

    lite = insert_lite(table)
    c.execute(
        lite.on_conflict_do_update(index_elements=keys, set_={n: lite.excluded[n] for n in rest}),
        values,
    )


def chunks(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size` rows, in order; none is empty."""
    chunk: list[T] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
