"""Facets of a whole catalogue as columns: which rows record a value, how near a number is.

Built once per catalogue, read-only; everything the reranker needs per wish is one array lookup.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import Catalogue, Mask, Rows
from retrieval.constraints import Interval
from retrieval.documents import vocabulary
from retrieval.schema import Facet, fold
from retrieval.stores import Scores

_SHARED_WEIGHT = {"language": 0.2, "country": 0.3, "certificate": 0.1}
"""How much a shared value says about two items being alike; 1 for what is not named here."""

_PERSON_WEIGHT = 0.7

_MUTE = 0.2
"""Facets up to this weight count a little, but nobody calls two items alike for them."""

_REMEMBERED = 5000

_TABLE = 3000
"""Up to so many items, what all pairs have in common is kept (36 MB at most)."""


class Facets:
    """Columns over the category and number facets of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        from scipy import sparse

        self.catalogue = catalogue
        self._columns: dict[tuple[str, str], int] = {}
        self.values: list[tuple[str, str]] = []
        rows: list[int] = []
        columns: list[int] = []
        strengths: list[float] = []
        folded: dict[str, str] = {}
        for facet in catalogue.schema.facets.values():
            if facet.kind not in ("category", "flag"):
                continue
            for row, item in enumerate(catalogue.items):
                seen: set[int] = set()
                for position, value in enumerate(item.values(facet.name)):
                    key = folded.get(value)
                    if key is None:
                        key = folded[value] = fold(value)
                    column = self._columns.setdefault((facet.name, key), len(self.values))
                    if column == len(self.values):
                        self.values.append((facet.name, value))
                    if column not in seen:
                        seen.add(column)
                        rows.append(row)
                        columns.append(column)
                        strengths.append(prominence(position))
        self.matrix: Any = sparse.csc_matrix(
            (np.array(strengths, dtype=np.float32), (rows, columns)),
            shape=(len(catalogue), len(self.values)),
        )
        self._known: dict[str, Mask] = {}
        self._words: dict[int, frozenset[str]] = {}
        self._contents: dict[int, dict[int, float]] = {}

    def words(self, row: int) -> frozenset[str]:
        """Every token that the item of a row records; kept for the rows that come up often."""
        found = self._words.get(row)
        if found is None:
            if len(self._words) >= _REMEMBERED:
                self._words.clear()
            found = vocabulary(self.catalogue.items[row], self.catalogue.schema)
            self._words[row] = found
        return found

    def column(self, facet: str, value: str) -> tuple[Rows, Scores] | None:
        """Rows that record `value`, with its prominence in each; None where no item does."""
        at = self._columns.get((facet, fold(value)))
        if at is None:
            return None
        start, end = self.matrix.indptr[at], self.matrix.indptr[at + 1]
        return self.matrix.indices[start:end], self.matrix.data[start:end]

    def known(self, facet: str) -> Mask:
        """(items,) bool: where the facet is recorded."""
        found = self._known.get(facet)
        if found is None:
            found = self._known[facet] = self.catalogue.known(facet)
        return found

    def match(self, facet: str, value: str) -> Scores:
        """(items,) in [0, 1]: how prominently each row records `value`; NaN = nothing recorded."""
        out = np.where(self.known(facet), np.float32(0), np.float32(np.nan))
        found = self.column(facet, value)
        if found is not None:
            out[found[0]] = found[1]
        return out

    def near(self, facet: str, interval: Interval) -> Scores:
        """(items,) in [0, 1]: 1 inside the interval, falling to 1/e one `scale` outside it."""
        column = self.catalogue.numbers(facet)
        low, high = interval
        off = np.where(np.isnan(column), np.float32(np.nan), np.float32(0))
        if low is not None:
            off = np.fmax(off, np.float32(low) - column)
        if high is not None:
            off = np.fmax(off, column - np.float32(high))
        return np.exp(-off / np.float32(self.scale(facet))).astype(np.float32)

    def scale(self, facet: str) -> float:
        """A distance that people notice on this facet: a quarter of its middle half."""
        column = self.catalogue.numbers(facet)
        if np.isnan(column).all():
            return 1.0
        low, high = np.nanpercentile(column, [25, 75])
        return max(float(high - low) / 4, 1e-6)

    def rarity(self, facet: str, value: str) -> float:
        """How telling a value is, in [0, 1]: 0 = every item has it, 1 = one item has it."""
        found = self.column(facet, value)
        total = len(self.catalogue)
        if found is None or total < 2:
            return 1.0
        return math.log(total / found[0].size) / math.log(total)

    @cached_property
    def content(self) -> Any:
        """(items, values) sparse rows of unit length, rare shared values weighing most.

        A dot product of two rows is how much they have in common, in [0, 1].
        """
        from scipy import sparse

        total = max(len(self.catalogue), 1)
        counts = np.diff(self.matrix.indptr)
        weight = np.log((1 + total) / (1 + counts)).astype(np.float32)
        for column, (name, _) in enumerate(self.values):
            weight[column] *= shared_weight(self.catalogue.schema.facets[name])
        rows = sparse.csr_matrix(self.matrix.multiply(weight[None, :]), dtype=np.float32)
        norms = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
        scale = 1.0 / np.maximum(norms, 1e-12)
        return sparse.csr_matrix(rows.multiply(scale[:, None]), dtype=np.float32)

    def overlap(self, rows: Rows, others: Rows) -> NDArray[np.float32]:
        """(len(rows), len(others)) in [0, 1]: what items have in common."""
        if len(self.catalogue) <= _TABLE:
            return self._table[rows[:, None], others[None, :]]
        mine = self.content[rows]
        common = mine @ (mine if rows is others else self.content[others]).T
        return np.asarray(common.toarray(), dtype=np.float32)

    @cached_property
    def _table(self) -> NDArray[np.float32]:
        """`overlap` of all items, where they are few."""
        return np.asarray((self.content @ self.content.T).toarray(), dtype=np.float32)

    def telling(self, facet: str) -> bool:
        """Whether a shared value of this facet is worth calling two items alike."""
        return shared_weight(self.catalogue.schema.facets[facet]) >= 0.5

    def shared(self, row: int, other: int) -> dict[str, list[str]]:
        """Facet → telling values that both rows record, the most telling first."""
        mine, others = (self._content_of(at) for at in (row, other))
        found: dict[str, list[str]] = {}
        common = mine.keys() & others.keys()
        for column in sorted(common, key=lambda c: (-mine[c] * others[c], c)):
            name, value = self.values[column]
            if shared_weight(self.catalogue.schema.facets[name]) > _MUTE:
                found.setdefault(name, []).append(value)
        return found

    def _content_of(self, row: int) -> dict[int, float]:
        found = self._contents.get(row)
        if found is None:
            if len(self._contents) >= _REMEMBERED:
                self._contents.clear()
            found = self._contents[row] = self._read_content(row)
        return found

    def _read_content(self, row: int) -> dict[int, float]:
        span = slice(self.content.indptr[row], self.content.indptr[row + 1])
        columns, values = self.content.indices[span], self.content.data[span]
        return dict(zip(columns.tolist(), values.tolist(), strict=True))


def prominence(position: int) -> float:
    """How strongly the value at `position` of an item's list speaks: the first says most.

    >>> [round(prominence(i), 2) for i in (0, 1, 5)]
    [1.0, 0.94, 0.7]
    """
    return max(0.7, 1.0 - 0.06 * position)


def shared_weight(facet: Facet) -> float:
    """See `_SHARED_WEIGHT`."""
    if facet.role == "person":
        return _PERSON_WEIGHT
    return _SHARED_WEIGHT.get(facet.name, 1.0)
