"""Help pages in the database, changed by difference: what stays the same keeps its id."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from chatbot.errors import NotFoundError
from chatbot.knowledge import Document, Passage
from chatbot.knowledge.split import passages
from chatbot.storage import codec
from chatbot.storage.database import Database
from chatbot.storage.tables import knowledge_documents as documents
from chatbot.storage.tables import knowledge_passages as kept
from chatbot.storage.tables import meta
from chatbot.storage.writing import upsert

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """What an import changes, as passages; `before` holds the former text of changed ones."""

    added: tuple[Passage, ...] = ()
    changed: tuple[Passage, ...] = ()
    removed: tuple[Passage, ...] = ()
    unchanged: int = 0
    documents: int = 0
    gone: tuple[str, ...] = ()
    before: Mapping[str, str] = field(default_factory=dict)


class KnowledgeStore:
    """Reads and writes the help pages of catalogues."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def revision(self, catalogue: str) -> str:
        """Changes with every change of a catalogue's help pages; "" where it has none."""
        with self._db.read() as c:
            found = c.execute(sa.select(meta.c.value).where(meta.c.key == _key(catalogue))).scalar()
        return str(found or "")

    def passages(self, catalogue: str) -> tuple[Passage, ...]:
        """All passages, by document and place."""
        with self._db.read() as c:
            rows = c.execute(
                sa.select(kept.c.data)
                .where(kept.c.catalogue == catalogue)
                .order_by(kept.c.source, kept.c.position)
            )
            return tuple(codec.load(Passage, data) for data in rows.scalars())

    def of_document(self, catalogue: str, source: str) -> tuple[Passage, ...]:
        """The passages of one document, by place."""
        with self._db.read() as c:
            rows = c.execute(
                sa.select(kept.c.data)
                .where(kept.c.catalogue == catalogue, kept.c.source == source)
                .order_by(kept.c.position)
            )
            return tuple(codec.load(Passage, data) for data in rows.scalars())

    def documents(self, catalogue: str) -> tuple[Document, ...]:
        """All documents without their sections, by source."""
        with self._db.read() as c:
            rows = c.execute(
                sa.select(
                    documents.c.source, documents.c.title, documents.c.language, documents.c.url,
                    documents.c.digest,
                )
                .where(documents.c.catalogue == catalogue)
                .order_by(documents.c.source)
            )  # fmt: skip
            return tuple(
                Document(
                    r.source, r.title, "zh" if r.language == "zh" else "en", r.url, (), (), r.digest
                )
                for r in rows
            )

    def count(self, catalogue: str) -> int:
        """Number of passages of a catalogue."""
        with self._db.read() as c:
            query = sa.select(sa.func.count()).where(kept.c.catalogue == catalogue)
            return int(c.execute(query).scalar() or 0)

    def difference(
        self, catalogue: str, read: Sequence[Document], roots: Sequence[str] = ()
    ) -> Difference:
        """What storing `read` would change.

        Args:
            catalogue: whose help pages.
            read: documents; each replaces the stored one with the same source.
            roots: folders that were read whole: stored documents below them that are not in
                `read` are gone.
        """
        new = {p.id: p for document in read for p in passages(document)}
        sources = {document.source for document in read}
        gone = [
            d.source
            for d in self.documents(catalogue)
            if d.source not in sources and d.source.startswith(tuple(f"{root}/" for root in roots))
        ]
        touched = sources | set(gone)
        same_file = {
            d.source
            for d in self.documents(catalogue)
            if any(d.source == r.source and d.digest == r.digest for r in read)
        }
        old, edited = self._stored(catalogue, touched)
        for key in edited:  # the operator's hand wins until the file changes
            if key in old and old[key].source in same_file:
                new[key] = old[key]
        added = [p for key, p in new.items() if key not in old]
        changed = [p for key, p in new.items() if key in old and old[key] != p]
        removed = [p for key, p in old.items() if key not in new]
        return Difference(
            tuple(added),
            tuple(changed),
            tuple(removed),
            len(new) - len(added) - len(changed),
            len(read),
            tuple(gone),
            {p.id: old[p.id].text for p in changed},
        )

    def _stored(
        self, catalogue: str, sources: Iterable[str]
    ) -> tuple[dict[str, Passage], frozenset[str]]:
        found: dict[str, Passage] = {}
        edited: set[str] = set()
        wanted = sorted(sources)
        with self._db.read() as c:
            for start in range(0, len(wanted), _BATCH):
                rows = c.execute(
                    sa.select(kept.c.id, kept.c.data, kept.c.edited).where(
                        kept.c.catalogue == catalogue,
                        kept.c.source.in_(wanted[start : start + _BATCH]),
                    )
                )
                for row in rows:
                    found[row.id] = codec.load(Passage, row.data)
                    if row.edited:
                        edited.add(row.id)
        return found, frozenset(edited)

    def save(self, catalogue: str, read: Sequence[Document], difference: Difference) -> str:
        """Write a difference in one transaction; returns the new revision."""
        places = {p.id: number for document in read for number, p in enumerate(passages(document))}
        with self._db.write() as c:
            for document in read:
                upsert(c, documents, [_row(catalogue, document)])
            for source in difference.gone:
                c.execute(
                    documents.delete().where(
                        documents.c.catalogue == catalogue, documents.c.source == source
                    )
                )
            ids = [p.id for p in difference.removed]
            for start in range(0, len(ids), _BATCH):
                c.execute(
                    kept.delete().where(
                        kept.c.catalogue == catalogue, kept.c.id.in_(ids[start : start + _BATCH])
                    )
                )
            changed = (*difference.added, *difference.changed)
            for start in range(0, len(changed), _BATCH):
                upsert(
                    c,
                    kept,
                    [
                        _kept(catalogue, p, places.get(p.id, 0))
                        for p in changed[start : start + _BATCH]
                    ],
                )
            moved = [{"of": key, "at": at} for key, at in places.items()]
            if moved:
                c.execute(
                    kept.update()
                    .where(kept.c.catalogue == catalogue, kept.c.id == sa.bindparam("of"))
                    .values(position=sa.bindparam("at")),
                    moved,
                )
            return _renew(c, catalogue)

    def passage(self, catalogue: str, passage_id: str) -> Passage:
        """One passage.

        Raises:
            NotFoundError: there is none with this id.
        """
        with self._db.read() as c:
            found = c.execute(
                sa.select(kept.c.data).where(kept.c.catalogue == catalogue, kept.c.id == passage_id)
            ).scalar()
        if found is None:
            raise NotFoundError(
                f"there is no passage {passage_id[:40]!r}.", hint="List them to see their ids."
            )
        return codec.load(Passage, found)

    def edit(self, catalogue: str, passage_id: str, text: str) -> Passage:
        """Put other words into a passage. An import keeps them until its document changes.

        Raises:
            NotFoundError: there is no such passage.
        """
        changed = replace(self.passage(catalogue, passage_id), text=text)
        with self._db.write() as c:
            c.execute(
                kept.update()
                .where(kept.c.catalogue == catalogue, kept.c.id == passage_id)
                .values(data=codec.dump(changed), edited=True)
            )
            _renew(c, catalogue)
        return changed

    def put(self, catalogue: str, document: Document) -> Difference:
        """Add or replace one document, an answer written by hand for instance."""
        found = self.difference(catalogue, [document])
        self.save(catalogue, [document], found)
        return found

    def delete(self, catalogue: str, source: str) -> int:
        """Delete a document; returns the number of its passages."""
        with self._db.write() as c:
            c.execute(
                documents.delete().where(
                    documents.c.catalogue == catalogue, documents.c.source == source
                )
            )
            gone = c.execute(
                kept.delete().where(kept.c.catalogue == catalogue, kept.c.source == source)
            ).rowcount
            _renew(c, catalogue)
        return int(gone)


def _key(catalogue: str) -> str:
    return f"k:{catalogue}"[:64]


def _renew(c: sa.Connection, catalogue: str) -> str:
    """A new revision, "" when nothing is left."""
    left = c.execute(sa.select(sa.func.count()).where(kept.c.catalogue == catalogue)).scalar()
    revision = f"{time.time_ns():x}" if left else ""
    upsert(c, meta, [{"key": _key(catalogue), "value": revision}])
    return revision


def _row(catalogue: str, document: Document) -> dict[str, object]:
    return {
        "catalogue": catalogue,
        "source": document.source[:500],
        "title": document.title,
        "language": document.language,
        "url": document.url,
        "digest": document.digest,
        "updated": time.time(),
    }


def _kept(catalogue: str, passage: Passage, position: int) -> dict[str, object]:
    return {
        "catalogue": catalogue,
        "id": passage.id,
        "source": passage.source[:500],
        "position": position,
        "data": codec.dump(passage),
        "edited": False,
    }
