"""What the catalogue itself says, arranged for comparing a conversation with every item.

Nothing here is learned. Columns are indexed by place: the position of an item in the model.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.conversation.rows import picked
from retrieval.documents import searchable, tokens
from retrieval.embeddings import Vectors
from retrieval.items import Item
from retrieval.schema import Facet, Schema, fold
from retrieval.stores import Scores

_KINDS = 40
"""Most frequent kinds (genres) that are told apart."""

_PEOPLE = 4
"""Leading people of each facet that make two items alike."""

_COMMON = 0.15
"""Words in a larger share of the items say nothing."""

_YEAR = re.compile(r"\(\d{4}\)")
_TITLE = re.compile(r"[^(]{0,60}\(\d{4}\)")
_CHAT = frozenset(
    "hi hello hey yes no ok okay thank thanks great loved love liked enjoy enjoyed think thought "
    "seen see watched watching know sure nice movie film best favorite favourite maybe way".split()
)
"""Words people say to each other, not about items."""


def series_of(title: str) -> str:
    """What a sequel's title shares with that of the first part; "" where too little is left.

    >>> [series_of(t) for t in ("Toy Story 3", "John Wick: Chapter 2", "The Matrix Reloaded", "Up")]
    ['toy story', 'john wick', 'matrix reloaded', '']
    """
    head = re.split(r"[:(：（]| - |–", title.lower())[0]
    head = re.sub(r"\b(part|chapter|vol\.?|volume|episode)\b.*", "", head).strip()
    head = re.sub(r"\s*(\d+|\b(?:i{2,3}|iv|v|vi))\s*$", "", head).strip()
    head = fold(re.sub(r"^(the|a)\s+", "", head))
    return head if len(head) > 2 else ""


def portrait(item: Item, schema: Schema) -> str:
    """What is embedded of an item for likeness: name, kinds and people, no prose."""
    year = item.number("year")
    parts = [item.title if year is None else f"{item.title} ({year:.0f})"]
    for facet in schema.facets.values():
        if facet.kind == "category":
            parts.append(", ".join(item.values(facet.name)[: _PEOPLE if facet.role else 9]))
    return ". ".join(part for part in parts if part)


def terms(text: str) -> list[str]:
    """Telling words, and pairs of neighbours."""
    words = [word for word in tokens(_YEAR.sub(" ", text)) if word not in _CHAT]
    return words + [f"{a} {b}" for a, b in pairwise(words)]


@dataclass(frozen=True)
class Words:
    """Tf-idf of every item's own words.

    Attributes:
        column: term → column.
        idf: (terms,).
        columns: (n, terms) CSC, rows of unit length.
    """

    column: dict[str, int]
    idf: NDArray[np.float32]
    columns: Any

    @classmethod
    def build(cls, texts: Sequence[str]) -> Words:
        """Over `texts`, one an item; terms that two or more of them use, and not too many."""
        from scipy import sparse

        bags = [Counter(terms(text)) for text in texts]
        seen = Counter(term for bag in bags for term in bag)
        most = max(2.0, _COMMON * len(texts))
        column = {t: at for at, t in enumerate(t for t, c in seen.items() if 2 <= c <= most)}
        counts = np.array([seen[t] for t in column], dtype=np.float32)
        idf = (np.log((1 + len(texts)) / (1 + counts)) + 1).astype(np.float32)
        cells = [
            (at, column[t], c) for at, bag in enumerate(bags) for t, c in bag.items() if t in column
        ]
        rows, columns, times = np.array(cells, dtype=np.int64).reshape(-1, 3).T
        values = ((1 + np.log(times)) * idf[columns]).astype(np.float32)
        norms = np.sqrt(np.bincount(rows, values**2, len(texts)))
        shape = (len(texts), len(column))
        matrix = sparse.csc_matrix((values / norms[rows], (rows, columns)), shape, dtype=np.float32)
        return cls(column, idf, matrix)

    def match(self, text: str) -> Scores:
        """(n,) cosine of the words of `text` and of each item."""
        counts = Counter(c for t in terms(text) if (c := self.column.get(t)) is not None)
        out = np.zeros(self.columns.shape[0], dtype=np.float32)
        if not counts:
            return out
        at = np.fromiter(counts, np.int64)
        weights = (1 + np.log(np.fromiter(counts.values(), np.float32))) * self.idf[at]
        weights /= np.linalg.norm(weights)
        for column, weight in zip(at, weights, strict=True):
            span = slice(*self.columns.indptr[column : column + 2])
            out[self.columns.indices[span]] += weight * self.columns.data[span]
        return out


class Facts:
    """Columns over a model's items.

    Args:
        items: by place.
        schema: the catalogue's.
        meta: (n, dimensions) vectors of each `portrait`.

    Attributes:
        years: (n,), NaN = unknown.
        kinds: (n, kinds) 0/1; rare_kinds the same, rare ones weighing most, rows of unit length.
        people: (n, people) CSR 0/1, people of two or more items.
        series: (n,) number of the series, negative and unique where there is none.
    """

    def __init__(self, items: Sequence[Item], schema: Schema, meta: Vectors) -> None:
        self.meta = meta
        self.years = np.array(
            [np.nan if (y := item.number("year")) is None else y for item in items], np.float32
        )
        facet = kind_facet(schema)
        self.kinds, self._spoken = _kinds(items, facet)
        rarity = np.log(max(len(items), 1) / np.maximum(self.kinds.sum(axis=0), 5))
        self.rare_kinds = _unit(self.kinds * np.sqrt(np.maximum(rarity, 0)))
        self._even_kinds = _unit(self.kinds)
        self._genre = _pattern(self._spoken)
        self.people, self._names = _people(items, schema)
        self.peers = self.people.T.tocsr()
        self.series = -1 - np.arange(len(items))
        heads: dict[str, list[int]] = {}
        for place, item in enumerate(items):
            if head := series_of(item.title):
                heads.setdefault(head, []).append(place)
        for number, places in enumerate(p for p in heads.values() if len(p) > 1):
            self.series[places] = number
        self.words = Words.build([" . ".join(searchable(item, schema)) for item in items])

    def kin(self, place: int) -> Scores:
        """(n,) how many of an item's people each item has."""
        folk = self.people.indices[slice(*self.people.indptr[place : place + 2])]
        others = picked(self.peers, folk).indices
        return np.bincount(others, minlength=len(self.years)).astype(np.float32)

    @cached_property
    def each_year(self) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
        """Every year there is, once, and (n,) which of them an item has."""
        each, which = np.unique(self.years, return_inverse=True)
        return each, which

    def asked_kinds(self, text: str) -> Scores:
        """(n,) how far an item is of the kinds named in `text`."""
        found = self._genre.findall(fold(_TITLE.sub(" ", text)))
        columns = sorted({self._spoken[word] for word in found})
        return np.asarray(self._even_kinds[:, columns].sum(axis=1), dtype=np.float32)

    def asked_people(self, text: str) -> Scores:
        """(n,) 1 where somebody named in `text` takes part."""
        out = np.zeros(len(self.years), dtype=np.float32)
        words = fold(text).split()
        for pair in pairwise(words):
            out[list(self._names.get(pair, ()))] = 1
        return out


def kind_facet(schema: Schema) -> Facet | None:
    """The facet that says what kind of thing an item is: "genre", else the first many-valued."""
    found = [f for f in schema.facets.values() if f.kind == "category" and f.many and not f.role]
    return schema.facet("genre") or (found[0] if found else None)


def _kinds(
    items: Sequence[Item], facet: Facet | None
) -> tuple[NDArray[np.float32], dict[str, int]]:
    """((n, kinds) 0/1, how people call a kind → its column)."""
    values = [item.values(facet.name) if facet else () for item in items]
    counts = Counter(value for some in values for value in set(some))
    kinds = sorted(counts, key=lambda k: (-counts[k], k))[:_KINDS]
    column = {kind: at for at, kind in enumerate(kinds)}
    out = np.zeros((len(items), len(kinds)), dtype=np.float32)
    for place, some in enumerate(values):
        out[place, [column[v] for v in some if v in column]] = 1
    spoken = {fold(kind): at for kind, at in column.items()}
    for kind, words in (facet.synonyms if facet else {}).items():
        if (at := spoken.get(fold(kind))) is not None:
            for word in words:
                spoken.setdefault(fold(word), at)
    spoken.pop("", None)
    return out, spoken


def _pattern(words: dict[str, int]) -> re.Pattern[str]:
    """Finds the longest of `words` in folded text; those of the Latin alphabet stand alone."""
    ordered = sorted(words, key=len, reverse=True)
    # A plural is found too; the lookahead keeps the ending out of the match.
    singles = [rf"\b{re.escape(w)}(?=s?\b)" if w.isascii() else re.escape(w) for w in ordered]
    return re.compile("|".join(singles) or r"(?!)")


def _people(items: Sequence[Item], schema: Schema) -> tuple[Any, dict[tuple[str, str], set[int]]]:
    """((n, people) CSR, (first, last name) → places)."""
    from scipy import sparse

    places: dict[str, set[int]] = {}
    names: dict[tuple[str, str], set[int]] = {}
    for place, item in enumerate(items):
        for facet in schema.people():
            values = item.values(facet)
            for person in values[:_PEOPLE]:
                places.setdefault(person, set()).add(place)
            for person in values[: _PEOPLE + 2]:
                if len(parts := fold(person).split()) >= 2:
                    names.setdefault((parts[0], parts[-1]), set()).add(place)
    shared = [found for found in places.values() if len(found) > 1]
    cells = [(place, at) for at, found in enumerate(shared) for place in found]
    rows, columns = np.array(cells, dtype=np.int64).reshape(-1, 2).T
    shape = (len(items), len(shared))
    ones = np.ones(rows.size, dtype=np.float32)
    return sparse.csr_matrix((ones, (rows, columns)), shape), names


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    size = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return np.asarray(rows / size, dtype=np.float32)
