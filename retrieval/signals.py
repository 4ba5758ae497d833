"""Each signal by itself: raw scores over candidate rows. Nothing is blended or weighed here.

Every function returns (n,) float32 over the pool's rows; NaN = the signal knows nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import Rows
from retrieval.embeddings import Vectors
from retrieval.facets import Facets
from retrieval.lexical import Lexical
from retrieval.query import Query, Wish
from retrieval.stores import Scores, VectorStore


class Signal(Protocol):
    """A further signal, such as a learned model that reads the conversation."""

    @property
    def name(self) -> str:
        """What evidence calls it."""
        ...

    def scores(self, query: Query, rows: Rows) -> Scores:
        """(len(rows),) float32, higher is better, any scale; NaN = unknown."""
        ...

    def detail(self, query: Query, row: int) -> Mapping[str, object]:
        """Recorded facts behind the score of one row, for evidence."""
        ...


@dataclass(frozen=True)
class Pool:
    """The candidates of one query and what their signals share.

    Attributes:
        query: what was asked.
        rows: (n,) catalogue rows that may be shown.
        vector: embedding of the query's text, None when there is no text.
        liked, disliked, ignored: (row, weight) of history items the catalogue has.
        turned: whether `vector` was turned towards what people chose after such words.
    """

    query: Query
    rows: Rows
    vector: Vectors | None
    liked: tuple[tuple[int, float], ...]
    disliked: tuple[tuple[int, float], ...]
    facets: Facets
    store: VectorStore
    ignored: tuple[tuple[int, float], ...] = ()
    turned: bool = False

    @cached_property
    def vectors(self) -> Vectors:
        """(n, dimensions) of the candidates."""
        return self.store.vectors(self.rows)

    def alike(self, others: Sequence[int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(n, len(others)) twice: how alike candidates and other rows are, and the cosine in it."""
        rows = np.array(others, dtype=np.int32)
        cosine = self.vectors @ self.store.vectors(rows).T
        common = self.facets.overlap(self.rows, rows)
        return np.asarray((cosine + common) / 2, dtype=np.float32), cosine


@dataclass(frozen=True, slots=True)
class Match:
    """How candidates match one wish.

    Attributes:
        scores: (n,) in [0, 1], NaN = not recorded.
        facet: (n,) index into `names` of the facet that matched best.
        names: facets the wish may be about ("person" is several); ("term",) for free words.
        rarity: how telling the wish is, in [0, 1].
        person: whether the wish is about a person.
    """

    wish: Wish
    scores: Scores
    facet: NDArray[np.int8]
    names: tuple[str, ...]
    rarity: float
    person: bool = False


def text(pool: Pool) -> Scores:
    """Cosine of the request and each item."""
    if pool.vector is None:
        return np.full(pool.rows.size, np.nan, dtype=np.float32)
    return np.asarray(pool.vectors @ pool.vector, dtype=np.float32)


def words(pool: Pool, lexical: Lexical | None) -> Scores:
    """BM25 of the request's words."""
    if lexical is None or not pool.query.text:
        return np.full(pool.rows.size, np.nan, dtype=np.float32)
    return lexical.scores(pool.query.text)[pool.rows]


def match(facets: Facets, wish: Wish, lexical: Lexical | None) -> Match | None:
    """How every row of the catalogue matches one wish; None where the wish means nothing here."""
    if wish.facet == "term":
        if lexical is None or not wish.value:
            return None
        found = lexical.presence(wish.value)
        return Match(wish, found, np.zeros(found.size, dtype=np.int8), ("term",), _telling(found))
    names = facets.catalogue.schema.expand(wish.facet)
    if not names:
        return None
    if wish.interval is not None:
        interval = wish.interval
        columns = [facets.near(name, interval) for name in names]
        rarity = 0.5
    else:
        columns = [facets.match(name, wish.value) for name in names]
        rarity = min(facets.rarity(name, wish.value) for name in names)
    person = wish.facet == "person" or wish.facet in facets.catalogue.schema.people()
    if len(columns) == 1:
        best = np.zeros(columns[0].size, dtype=np.int8)
        return Match(wish, columns[0], best, names, rarity, person)
    stack = np.stack(columns)
    scores = np.fmax.reduce(stack)
    facet = np.argmax(np.where(np.isnan(stack), -1, stack), axis=0).astype(np.int8)
    return Match(wish, scores, facet, names, rarity, person)


def _telling(presence: Scores) -> float:
    hits = int((presence > 0).sum())
    total = presence.size
    if not hits or total < 2:
        return 1.0
    return float(np.log(total / hits) / np.log(total))


def similar(alike: NDArray[np.float32], weights: Sequence[float]) -> Scores:
    """(n,): nearness to a set of items, half to the nearest and half to all of them.

    Args:
        alike: (n, m) from `Pool.alike`.
        weights: (m,) how much each of the items counts.
    """
    weighed = alike * np.array(weights, dtype=np.float32)
    total = max(float(np.sum(weights)), 1e-9)
    return np.asarray((weighed.max(axis=1) + weighed.sum(axis=1) / total) / 2, dtype=np.float32)
