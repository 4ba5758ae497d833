"""Hard limits: what an item must or must not be. Enforced by code, after any model.

An item whose facet is unknown does not satisfy a requirement on it (nobody can say it holds)
and does not break a prohibition (nobody can say it is broken).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from retrieval.items import Item
from retrieval.schema import Schema, fold

Interval = tuple[float | None, float | None]
"""Closed on both ends; None leaves an end open."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One requirement or prohibition on one facet.

    Exactly one of `values` (any of them, compared folded) and `interval` is given. `strength` in
    [0, 1] says how firmly it was asked for: when nothing fits, the weakest is named for relaxing
    first. `source` keeps the user's words.
    """

    facet: str
    mode: Literal["require", "forbid"]
    values: tuple[str, ...] = ()
    interval: Interval | None = None
    strength: float = 1.0
    source: str = ""

    def __post_init__(self) -> None:
        if bool(self.values) == (self.interval is not None):
            raise ValueError(
                f"a limit on {self.facet!r} needs either values or an interval, not both or none"
            )

    def holds(self, item: Item, schema: Schema) -> bool:
        """Whether `item` keeps this limit."""
        found = [self._matches(item, name) for name in schema.expand(self.facet)]
        if self.mode == "require":
            return any(match is True for match in found)
        return not any(match is True for match in found)

    def _matches(self, item: Item, facet: str) -> bool | None:
        """True or False where the fact is recorded, None where it is not."""
        if self.interval is not None:
            number = item.number(facet)
            if number is None:
                return None
            low, high = self.interval
            return (low is None or number >= low) and (high is None or number <= high)
        recorded = item.values(facet)
        if not recorded:
            return None
        wanted = {fold(value) for value in self.values}
        return any(fold(value) in wanted for value in recorded)


@dataclass(frozen=True, slots=True)
class Constraints:
    """All hard limits of one query. `exclude` holds item ids: seen, rejected, already shown."""

    limits: tuple[Limit, ...] = ()
    exclude: frozenset[str] = frozenset()

    def admits(self, item: Item, schema: Schema) -> bool:
        """Whether `item` may be shown.

        >>> from retrieval.schema import Facet
        >>> schema = Schema({"year": Facet("year", "number")})
        >>> new = Constraints((Limit("year", "require", interval=(2000.0, None)),))
        >>> new.admits(Item("1", "Up", {"year": 2009.0}), schema)
        True
        >>> new.admits(Item("2", "Undated"), schema)
        False
        """
        return item.id not in self.exclude and all(x.holds(item, schema) for x in self.limits)

    def without(self, limit: Limit) -> Constraints:
        """These constraints with `limit` given up."""
        return Constraints(tuple(x for x in self.limits if x != limit), self.exclude)
