"""Catalogues in the database: items, schema, interactions, past dialogues, cached vectors."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import sqlalchemy as sa

from chatbot.errors import NotFoundError
from chatbot.storage import codec
from chatbot.storage.database import Database, catalogues, dialogues, interactions, items, vectors
from retrieval.catalogue import Catalogue
from retrieval.embeddings import Vectors
from retrieval.items import FacetValue, Item
from retrieval.schema import Schema

_CHUNK = 2000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Interaction:
    """One user's rating of one item; `timestamp` in Unix seconds or None."""

    user: str
    item: str
    rating: float
    timestamp: float | None = None


class CatalogueStore:
    """Reads and writes catalogues. Values in, values out."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def names(self) -> tuple[str, ...]:
        """All catalogues, by name."""
        with self._db.read() as c:
            return tuple(
                c.execute(sa.select(catalogues.c.name).order_by(catalogues.c.name)).scalars()
            )

    def revision(self, name: str) -> str:
        """Changes with every change of the items or schema.

        Raises:
            NotFoundError: there is no such catalogue.
        """
        with self._db.read() as c:
            found = c.execute(
                sa.select(catalogues.c.revision).where(catalogues.c.name == name)
            ).scalar()
        if found is None:
            raise self._missing(name)
        return str(found)

    def schema(self, name: str) -> Schema:
        """The stored schema of a catalogue."""
        with self._db.read() as c:
            found = c.execute(
                sa.select(catalogues.c.schema).where(catalogues.c.name == name)
            ).scalar()
        if found is None:
            raise self._missing(name)
        return codec.load(Schema, found)

    def load(self, name: str) -> Catalogue:
        """The whole catalogue, rows in the order they were first imported."""
        schema = self.schema(name)
        with self._db.read() as c:
            rows = c.execute(
                sa.select(items.c.id, items.c.title, items.c.data)
                .where(items.c.catalogue == name)
                .order_by(items.c.position)
            )
            return Catalogue(name, [item_of(*row) for row in rows], schema)

    def save(
        self,
        name: str,
        schema: Schema,
        changed: Iterable[Item],
        *,
        deleted: Sequence[str] = (),
        replace: bool = False,
    ) -> str:
        """Insert or replace items by id and delete others, in one transaction.

        Args:
            name: created when it does not exist.
            schema: replaces the stored schema.
            changed: streamed; an id seen before replaces the stored item and keeps its position.
            deleted: ids to delete; unknown ones are ignored.
            replace: delete every item that is not in `changed`.

        Returns:
            The new revision.
        """
        now = time.time()
        revision = uuid.uuid4().hex
        with self._db.write() as c:
            if replace:
                c.execute(items.delete().where(items.c.catalogue == name))
            elif deleted:
                for start in range(0, len(deleted), 500):
                    c.execute(
                        items.delete().where(
                            items.c.catalogue == name,
                            items.c.id.in_(deleted[start : start + 500]),
                        )
                    )
            top = c.execute(
                sa.select(sa.func.max(items.c.position)).where(items.c.catalogue == name)
            ).scalar()
            position = -1 if top is None else int(top)
            for chunk in _chunks(changed, _CHUNK):
                position = self._upsert(c, name, chunk, position)
            existing = c.execute(
                sa.select(catalogues.c.name).where(catalogues.c.name == name)
            ).scalar()
            values = {"schema": codec.dump(schema), "revision": revision, "updated": now}
            if existing is None:
                c.execute(catalogues.insert().values(name=name, created=now, **values))
            else:
                c.execute(catalogues.update().where(catalogues.c.name == name).values(**values))
        return revision

    def _upsert(self, c: sa.Connection, name: str, chunk: Sequence[Item], position: int) -> int:
        by_id = {item.id: item for item in chunk}
        known: dict[str, int] = {}
        ids = list(by_id)
        for start in range(0, len(ids), 500):
            rows = c.execute(
                sa.select(items.c.id, items.c.position).where(
                    items.c.catalogue == name, items.c.id.in_(ids[start : start + 500])
                )
            )
            known.update({row.id: row.position for row in rows})
        for start in range(0, len(known), 500):
            c.execute(
                items.delete().where(
                    items.c.catalogue == name, items.c.id.in_(list(known)[start : start + 500])
                )
            )
        rows_in = []
        for item in by_id.values():
            if item.id not in known:
                position += 1
            rows_in.append(
                {
                    "catalogue": name,
                    "id": item.id,
                    "position": known.get(item.id, position),
                    "title": item.title,
                    "data": _data_of(item),
                }
            )
        if rows_in:
            c.execute(items.insert(), rows_in)
        return position

    def count(self, name: str) -> int:
        """Number of items of a catalogue; 0 where it does not exist."""
        with self._db.read() as c:
            query = sa.select(sa.func.count()).where(items.c.catalogue == name)
            return int(c.execute(query).scalar() or 0)

    def delete(self, name: str) -> None:
        """Delete a catalogue with its items, interactions and dialogues."""
        with self._db.write() as c:
            for table in (items, interactions, dialogues):
                c.execute(table.delete().where(table.c.catalogue == name))
            c.execute(catalogues.delete().where(catalogues.c.name == name))

    def add_interactions(self, name: str, rows: Iterable[Interaction]) -> int:
        """Insert or replace interactions by (user, item); returns how many were written."""
        total = 0
        with self._db.write() as c:
            for chunk in _chunks(rows, _CHUNK):
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
                _replace(c, interactions, values)
                total += len(values)
        return total

    def interactions(self, name: str) -> Iterator[Interaction]:
        """All interactions of a catalogue, by user and item."""
        with self._db.read() as c:
            rows = c.execution_options(yield_per=10_000).execute(
                sa.select(
                    interactions.c.user,
                    interactions.c.item,
                    interactions.c.rating,
                    interactions.c.timestamp,
                )
                .where(interactions.c.catalogue == name)
                .order_by(interactions.c.user, interactions.c.item)
            )
            for row in rows:
                yield Interaction(*row)

    def add_dialogues(self, name: str, rows: Iterable[Mapping[str, object]]) -> int:
        """Insert or replace past conversations by id (shape: see docs/data.md)."""
        total = 0
        with self._db.write() as c:
            for chunk in _chunks(rows, _CHUNK):
                latest = {str(r["id"]): r for r in chunk}
                values = [
                    {"catalogue": name, "id": key, "data": json.dumps(r, ensure_ascii=False)}
                    for key, r in latest.items()
                ]
                _replace(c, dialogues, values)
                total += len(values)
        return total

    def dialogues(self, name: str) -> Iterator[dict[str, object]]:
        """All past conversations of a catalogue, by id."""
        with self._db.read() as c:
            for data in (
                c.execution_options(yield_per=1000)
                .execute(
                    sa.select(dialogues.c.data)
                    .where(dialogues.c.catalogue == name)
                    .order_by(dialogues.c.id)
                )
                .scalars()
            ):
                yield json.loads(data)

    def cached_vectors(self, digests: Sequence[bytes]) -> dict[bytes, Vectors]:
        """Digest → (dimensions,) float32, for those that are cached."""
        found: dict[bytes, Vectors] = {}
        with self._db.read() as c:
            for start in range(0, len(digests), 500):
                rows = c.execute(
                    sa.select(vectors.c.digest, vectors.c.vector).where(
                        vectors.c.digest.in_(digests[start : start + 500])
                    )
                )
                for digest, blob in rows:
                    found[bytes(digest)] = np.frombuffer(blob, dtype=np.float32)
        return found

    def cache_vectors(self, found: Mapping[bytes, Vectors]) -> None:
        """Keep vectors for later builds."""
        with self._db.write() as c:
            values = [
                {"digest": key, "vector": np.asarray(v, dtype=np.float32).tobytes()}
                for key, v in found.items()
            ]
            _replace(c, vectors, values)

    def _missing(self, name: str) -> NotFoundError:
        known = ", ".join(self.names()) or "none yet"
        return NotFoundError(
            f"there is no catalogue {name!r} (known: {known}).",
            hint="Import one with `python app.py import FILE --name NAME`.",
        )


def item_of(item_id: str, title: str, data: str) -> Item:
    """An item from its stored columns."""
    raw = json.loads(data)
    facets: dict[str, FacetValue] = {
        key: tuple(value)
        if isinstance(value, list)
        else float(value)
        if isinstance(value, int) and not isinstance(value, bool)
        else value
        for key, value in raw["facets"].items()
    }
    return Item(item_id, title, facets, tuple(raw.get("aka", ())))


def _data_of(item: Item) -> str:
    return json.dumps({"facets": dict(item.facets), "aka": item.aka}, ensure_ascii=False)


def _replace(c: sa.Connection, table: sa.Table, values: Sequence[Mapping[str, object]]) -> None:
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


def _chunks(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    chunk: list[T] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
