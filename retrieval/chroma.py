"""Items in a Chroma collection on disk, behind `VectorStore`. The only module that knows Chroma.

When which search is used, from measurements (100,000 x 384 on two cores): unfiltered Chroma 0.5 ms,
exact 3 ms; with a filter Chroma 50 to 170 ms, exact 3 ms and less the fewer rows are left. So:

* no filter: Chroma, with more rows asked for than needed, as the graph may miss some;
* a filter that leaves at most `exact_rows`: exact search over those rows;
* a filter that leaves more: Chroma with the limits as its `where`, and what comes back checked
  against `allowed`. Exclusions are never pushed into `where`; more rows are asked for instead;
* Chroma failed once, or found too few: exact search. After a failure Chroma is not asked again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from retrieval.catalogue import Catalogue, Mask, Rows
from retrieval.constraints import Constraints, Limit
from retrieval.embeddings import Vectors
from retrieval.items import Item
from retrieval.schema import Schema, fold
from retrieval.stores import ExactStore, Scores, checked

log = logging.getLogger(__name__)

EXACT_ROWS = 200_000
"""Exact search over so many rows takes less time than Chroma's filter."""

_NAME = "items"
_SPARE = 20
_LOOKED_AT = 10
"""Neighbours among which an item has to find itself."""

_SAME = 1e-4
_MOST = 20_000
"""More rows than this are not asked of Chroma at once."""


class ChromaStore:
    """See the module. Read-only; one process may write the folder, see `retrieval.index`.

    Args:
        collection: an open collection whose ids are item ids.
        catalogue: gives rows to ids and meaning to limits.
        exact: the same vectors in memory or mapped into it.
        close: called by `close`.
        exact_rows: see `EXACT_ROWS`.
    """

    def __init__(
        self,
        collection: Any,
        catalogue: Catalogue,
        exact: ExactStore,
        *,
        close: Callable[[], None] = lambda: None,
        exact_rows: int = EXACT_ROWS,
    ) -> None:
        self._collection = collection
        self._catalogue = catalogue
        self._exact = exact
        self._close = close
        self._exact_rows = exact_rows
        self._lock = Lock()
        self.healthy = True

    @classmethod
    def write(
        cls,
        folder: Path,
        catalogue: Catalogue,
        vectors: Vectors,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Make a new collection in `folder`, which must not hold one.

        Raises:
            OSError: Chroma could not write, for whatever reason.
        """
        total = len(catalogue)
        client = _client(folder)
        try:
            collection = client.create_collection(
                _NAME, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )
            size = min(int(client.get_max_batch_size()), 2000)
            for start in range(0, total, size):
                items = catalogue.items[start : start + size]
                collection.add(
                    ids=[item.id for item in items],
                    embeddings=vectors[start : start + len(items)],
                    metadatas=[metadata(item, catalogue.schema) or None for item in items],
                )
                if progress is not None:
                    progress(start + len(items), total)
        except _failures() as error:
            raise OSError(f"Chroma could not write {folder}: {error}") from error
        finally:
            client.close()

    @classmethod
    def open(
        cls, folder: Path, catalogue: Catalogue, exact: ExactStore, exact_rows: int = EXACT_ROWS
    ) -> ChromaStore:
        """Open what `write` made for this catalogue.

        Raises:
            OSError: there is none, it is damaged, or it holds another number of items.
        """
        if not (folder / "chroma.sqlite3").is_file():
            raise OSError(f"{folder} holds no Chroma collection")
        try:
            client = _client(folder)
            collection = client.get_collection(_NAME, embedding_function=None)
            count = collection.count()
        except _failures() as error:
            raise OSError(f"Chroma cannot read {folder}: {error}") from error
        if count != len(catalogue):
            client.close()
            raise OSError(f"{folder} holds {count} items instead of {len(catalogue)}")
        return cls(collection, catalogue, exact, close=client.close, exact_rows=exact_rows)

    def __len__(self) -> int:
        return len(self._exact)

    def close(self) -> None:
        """Let go of the files. Searches afterwards are exact."""
        self.healthy = False
        self._close()

    def search(
        self,
        vector: Vectors,
        k: int,
        *,
        allowed: Mask | None = None,
        constraints: Constraints | None = None,
    ) -> tuple[Rows, Scores]:
        """See `VectorStore.search`; approximate where Chroma answers."""
        vector = checked(vector, self._exact.dimensions)
        left = len(self) if allowed is None else int(allowed.sum())
        filtered = left < len(self)
        if (
            not self.healthy
            or k <= 0
            or not vector.any()
            or (filtered and left <= self._exact_rows)
        ):
            return self._exact.search(vector, k, allowed=allowed)
        where = None
        ask = min(k, left) + _SPARE
        if filtered:
            where = None if constraints is None else where_of(constraints, self._catalogue.schema)
            dropped = len(self) - left if where is None else len(constraints.exclude)  # type: ignore[union-attr]
            ask += dropped
        if ask > _MOST:
            return self._exact.search(vector, k, allowed=allowed)
        found = self._ask(vector, min(ask, len(self)), where)
        if found is None:
            return self._exact.search(vector, k, allowed=allowed)
        rows, scores = found
        if allowed is not None:
            keep = allowed[rows]
            rows, scores = rows[keep], scores[keep]
        if rows.size < min(k, left):
            return self._exact.search(vector, k, allowed=allowed)
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order]

    def vectors(self, rows: Rows) -> Vectors:
        """See `VectorStore.vectors`."""
        return self._exact.vectors(rows)

    def finds(self, rows: Rows) -> bool:
        """Whether each of these items, asked for by its own vector, is among what Chroma finds.

        An item whose vector another one shares may be found as the other. The search is
        approximate: asking for one alone now and then misses it in a large catalogue.
        """
        vectors = self._exact.vectors(rows)
        kept = np.flatnonzero(vectors.any(axis=1))
        if kept.size == 0:
            return True
        try:
            with self._lock:
                answer = self._collection.query(
                    query_embeddings=vectors[kept],
                    n_results=min(_LOOKED_AT, len(self._exact)),
                    include=["distances"],
                )
            found = [item for ids in answer["ids"] for item in ids]
            distances = [min(far) for far in answer["distances"]]
        except _failures() as error:
            log.warning("Chroma does not answer: %s", error)
            return False
        # Distance near zero: the item itself, or one with the same vector.
        known = all(item in self._catalogue.row_of for item in found)
        return known and all(far < _SAME for far in distances)

    def _ask(
        self, vector: Vectors, count: int, where: dict[str, Any] | None
    ) -> tuple[Rows, Scores] | None:
        """Rows and exact cosines of what Chroma finds; None where it fails."""
        try:
            with self._lock:
                answer = self._collection.query(
                    query_embeddings=vector[None, :], n_results=count, where=where, include=[]
                )
            row_of = self._catalogue.row_of
            rows = np.array([row_of[i] for i in answer["ids"][0]], dtype=np.int32)
        except _failures() as error:
            self.healthy = False
            log.warning("Chroma failed and is not asked again, exact search goes on: %s", error)
            return None
        return rows, np.asarray(self._exact.vectors(rows) @ vector, dtype=np.float32)


def metadata(item: Item, schema: Schema) -> dict[str, Any]:
    """What limits may be put on, in Chroma's form: numbers, and lists of folded values."""
    found: dict[str, Any] = {}
    for facet in schema.facets.values():
        if facet.kind == "number":
            number = item.number(facet.name)
            if number is not None:
                found[facet.name] = float(np.float32(number))
        elif facet.kind in ("category", "flag"):
            values = sorted({fold(value) for value in item.values(facet.name)})
            if values:
                found[facet.name] = values
    return found


def where_of(constraints: Constraints, schema: Schema) -> dict[str, Any] | None:
    """The limits as Chroma's `where`, None where there is none it can express.

    It never leaves out an item that the limits admit: a limit that Chroma cannot express exactly
    (a forbidden interval must spare the unknown) is left to the check afterwards.

    >>> from retrieval.schema import Facet
    >>> schema = Schema({"genre": Facet("genre", "category")})
    >>> where_of(Constraints((Limit("genre", "forbid", ("Horror",)),)), schema)
    {'genre': {'$not_contains': 'horror'}}
    """
    clauses = [clause for limit in constraints.limits for clause in _clauses(limit, schema)]
    return _joined("$and", clauses)


def _clauses(limit: Limit, schema: Schema) -> Iterator[dict[str, Any]]:
    names = schema.expand(limit.facet)
    kinds = {schema.facets[name].kind for name in names}
    if limit.interval is not None:
        if limit.mode == "require" and len(names) == 1 and kinds == {"number"}:
            for operator, bound in zip(("$gte", "$lte"), limit.interval, strict=True):
                if bound is not None:
                    yield {names[0]: {operator: float(np.float32(bound))}}
        return
    if not names or not kinds <= {"category", "flag"}:
        return
    values = sorted({fold(value) for value in limit.values})
    if limit.mode == "forbid":
        yield from ({name: {"$not_contains": value}} for name in names for value in values)
        return
    wanted = [{name: {"$contains": value}} for name in names for value in values]
    joined = _joined("$or", wanted)
    if joined is not None:
        yield joined


def _joined(operator: str, clauses: list[dict[str, Any]]) -> dict[str, Any] | None:
    """One clause: Chroma refuses empty filters and lists of one."""
    if len(clauses) < 2:
        return clauses[0] if clauses else None
    return {operator: clauses}


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    return chromadb.PersistentClient(str(folder), settings=settings)


def _failures() -> tuple[type[BaseException], ...]:
    """What Chroma raises when its files or its native part are in a bad state."""
    from chromadb.errors import ChromaError

    return (ChromaError, RuntimeError, OSError, ValueError, LookupError, AttributeError, TypeError)
