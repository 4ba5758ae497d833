"""A catalogue in memory: items by row, facets by column. Read-only once built.

Knows no files and no database. The row of an item is its position; every array in `retrieval`
that speaks of items is indexed by this row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.constraints import Constraints, Limit
from retrieval.items import Item
from retrieval.schema import Schema, fold

Mask = NDArray[np.bool_]
Rows = NDArray[np.int32]


class Catalogue:
    """All items of one catalogue with indexes over their facets.

    Args:
        name: what the operator calls it ("films").
        items: unique ids, any order; the order given becomes the row order.
        schema: facets and words of the domain.

    Raises:
        ValueError: two items share an id.
    """

    def __init__(self, name: str, items: Iterable[Item], schema: Schema) -> None:
        self.name = name
        self.schema = schema
        self.items: Sequence[Item] = tuple(items)
        self.row_of: Mapping[str, int] = {item.id: row for row, item in enumerate(self.items)}
        if len(self.row_of) != len(self.items):
            raise ValueError(f"catalogue {name!r} holds two items with the same id")
        self._numbers: dict[str, NDArray[np.float32]] = {}
        self._postings: dict[str, dict[str, Rows]] = {}

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, item_id: object) -> bool:
        return item_id in self.row_of

    def __getitem__(self, item_id: str) -> Item:
        return self.items[self.row_of[item_id]]

    def get(self, item_id: str) -> Item | None:
        """The item with this id, or None."""
        row = self.row_of.get(item_id)
        return None if row is None else self.items[row]

    def numbers(self, facet: str) -> NDArray[np.float32]:
        """(len(self),) float32; NaN = unknown."""
        column = self._numbers.get(facet)
        if column is None:
            values = (item.number(facet) for item in self.items)
            column = np.array([np.nan if v is None else v for v in values], dtype=np.float32)
            self._numbers[facet] = column
        return column

    def postings(self, facet: str) -> Mapping[str, Rows]:
        """Folded value → ascending rows of the items that record it."""
        index = self._postings.get(facet)
        if index is None:
            rows: dict[str, list[int]] = {}
            for row, item in enumerate(self.items):
                for value in set(map(fold, item.values(facet))):
                    rows.setdefault(value, []).append(row)
            index = {value: np.array(found, dtype=np.int32) for value, found in rows.items()}
            self._postings[facet] = index
        return index

    def known(self, facet: str) -> Mask:
        """(len(self),) bool: where the facet is recorded."""
        return np.array([item.get(facet) is not None for item in self.items], dtype=np.bool_)

    @cached_property
    def spellings(self) -> Mapping[str, Mapping[str, str]]:
        """Category facet → folded value → the spelling most items use."""
        found: dict[str, dict[str, str]] = {}
        for facet in self.schema.facets.values():
            if facet.kind != "category":
                continue
            counts: dict[str, dict[str, int]] = {}
            for item in self.items:
                for value in item.values(facet.name):
                    spelled = counts.setdefault(fold(value), {})
                    spelled[value] = spelled.get(value, 0) + 1
            found[facet.name] = {
                key: max(spelled, key=lambda v, s=spelled: (s[v], v))  # type: ignore[misc]
                for key, spelled in counts.items()
            }
        return found

    def matching(self, limit: Limit) -> Mask:
        """(len(self),) bool: rows that keep `limit`; the same rule as `Limit.holds`, by column."""
        found = np.zeros(len(self), dtype=np.bool_)
        for facet in self.schema.expand(limit.facet):
            if limit.interval is not None:
                low, high = limit.interval
                column = self.numbers(facet)
                with np.errstate(invalid="ignore"):
                    hit = ~np.isnan(column)
                    if low is not None:
                        hit &= column >= np.float32(low)
                    if high is not None:
                        hit &= column <= np.float32(high)
                found |= hit
            else:
                postings = self.postings(facet)
                for value in limit.values:
                    rows = postings.get(fold(value))
                    if rows is not None:
                        found[rows] = True
        return found if limit.mode == "require" else ~found

    def allowed(self, constraints: Constraints) -> Mask:
        """(len(self),) bool: rows that may be shown under all limits and exclusions; what is
        excluded takes its twins along.
        """
        mask = np.ones(len(self), dtype=np.bool_)
        for limit in constraints.limits:
            mask &= self.matching(limit)
        return mask & ~self.among(constraints.exclude)

    def among(self, ids: Iterable[str]) -> Mask:
        """(len(self),) bool: the rows of these items and of their twins; unknown ids are none."""
        mask = np.zeros(len(self), dtype=np.bool_)
        rows = [self.row_of[i] for i in ids if i in self.row_of]
        mask[rows] = True
        if self.twins is not None and rows:
            mask |= np.isin(self.twins, self.twins[rows])
        return mask

    @cached_property
    def twins(self) -> Rows | None:
        """(len(self),) the first row of the same title and year, which is the same thing entered
        twice; None where there are no such. Without a year nothing is taken for a twin: products
        of one name are made in many colours.
        """
        first: dict[tuple[str, float], int] = {}
        found = np.arange(len(self), dtype=np.int32)
        for row, item in enumerate(self.items):
            year = item.number("year")
            if year is not None:
                found[row] = first.setdefault((fold(item.title), year), row)
        return found if len(np.unique(found)) < len(self) else None
