"""Catalogues in the database: items, schema, interactions, past dialogues, cached vectors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from chatbot.errors import NotFoundError
from chatbot.storage import codec
from chatbot.storage.database import Database
from chatbot.storage.tables import (
    catalogues,
    dialogues,
    interactions,
    items,
    knowledge_documents,
    knowledge_passages,
    meta,
    vectors,
)
from chatbot.storage.writing import BATCH, CatalogueWriter, Interaction, upsert
from retrieval.catalogue import Catalogue
from retrieval.embeddings import Vectors
from retrieval.items import FacetValue, Item
from retrieval.lingua import bilingual
from retrieval.schema import Schema

__all__ = ["CatalogueStore", "Interaction", "item_of"]


class CatalogueStore:
    """Reads and writes catalogues. Values in, values out."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @property
    def database(self) -> Database:
        """Where it is kept; other parts of a catalogue are kept there too."""
        return self._db

    @property
    def folder(self) -> Path | None:
        """Where temporary files of this store belong; None where the database is elsewhere."""
        return self._db.folder

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
        """The whole catalogue, rows in the order they were first imported; common values have names
        in both languages.
        """
        schema = self.schema(name)
        with self._db.read() as c:
            rows = c.execute(
                sa.select(items.c.id, items.c.title, items.c.data)
                .where(items.c.catalogue == name)
                .order_by(items.c.position)
            )
            found = [item_of(*row) for row in rows]
        return Catalogue(name, found, bilingual(schema, found))

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
        with self.writing() as writer:
            if replace:
                writer.clear_items(name)
            elif deleted:
                writer.delete_items(name, deleted)
            writer.put_items(name, changed)
            return writer.put_schema(name, schema)

    @contextmanager
    def writing(self) -> Iterator[CatalogueWriter]:
        """Several writes as one: committed together on a clean exit, none of them otherwise."""
        with self._db.write() as c:
            yield CatalogueWriter(c)

    def noted(self, key: str) -> str | None:
        """What `CatalogueWriter.note` remembered under `key`, or None."""
        with self._db.read() as c:
            found = c.execute(sa.select(meta.c.value).where(meta.c.key == key)).scalar()
        return None if found is None else str(found)

    def stored(self, name: str, ids: Sequence[str]) -> dict[str, Item]:
        """The items of a catalogue with these ids, by id; unknown ids are absent."""
        found: dict[str, Item] = {}
        with self._db.read() as c:
            for start in range(0, len(ids), BATCH):
                rows = c.execute(
                    sa.select(items.c.id, items.c.title, items.c.data).where(
                        items.c.catalogue == name, items.c.id.in_(ids[start : start + BATCH])
                    )
                )
                found.update({row.id: item_of(*row) for row in rows})
        return found

    def ids(self, name: str) -> tuple[str, ...]:
        """Ids of all items of a catalogue, in catalogue order; none where it does not exist."""
        with self._db.read() as c:
            rows = c.execute(
                sa.select(items.c.id).where(items.c.catalogue == name).order_by(items.c.position)
            )
            return tuple(rows.scalars())

    def count(self, name: str) -> int:
        """Number of items of a catalogue; 0 where it does not exist."""
        with self._db.read() as c:
            query = sa.select(sa.func.count()).where(items.c.catalogue == name)
            return int(c.execute(query).scalar() or 0)

    def delete(self, name: str) -> None:
        """Delete a catalogue with its items, interactions, dialogues and help pages."""
        with self._db.write() as c:
            for table in (
                items, interactions, dialogues, knowledge_documents, knowledge_passages
            ):  # fmt: skip
                c.execute(table.delete().where(table.c.catalogue == name))
            c.execute(catalogues.delete().where(catalogues.c.name == name))

    def add_interactions(self, name: str, rows: Iterable[Interaction]) -> int:
        """Insert or replace interactions by (user, item); returns how many were written."""
        with self.writing() as writer:
            return writer.put_interactions(name, rows)

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
        with self.writing() as writer:
            return writer.put_dialogues(name, rows)

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
            for start in range(0, len(digests), BATCH):
                rows = c.execute(
                    sa.select(vectors.c.digest, vectors.c.vector).where(
                        vectors.c.digest.in_(digests[start : start + BATCH])
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
            upsert(c, vectors, values)

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
