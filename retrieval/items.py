"""The item: one row of a catalogue. Knows no schema, no storage and no ranking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FacetValue = str | float | bool | tuple[str, ...]
"""One recorded fact: text, a number, a flag, or a list of texts."""


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a catalogue.

    `facets` maps canonical facet names (see `retrieval.schema`) to recorded facts. What is not
    recorded is absent, never empty: `item.get("year") is None` means nobody knows.
    """

    id: str
    title: str
    facets: Mapping[str, FacetValue] = field(default_factory=dict)
    aka: tuple[str, ...] = ()

    def get(self, facet: str) -> FacetValue | None:
        """The recorded fact, or None where the catalogue is silent."""
        return self.facets.get(facet)

    def number(self, facet: str) -> float | None:
        """The fact as a number, or None where it is absent or not a number."""
        value = self.facets.get(facet)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value)

    def values(self, facet: str) -> tuple[str, ...]:
        """The fact as a tuple of texts, `()` where it is absent.

        >>> Item("1", "Alien", {"genre": ("Horror", "Sci-Fi"), "year": 1979.0}).values("genre")
        ('Horror', 'Sci-Fi')
        >>> Item("1", "Alien", {"year": 1979.0}).values("year")
        ('1979',)
        """
        value = self.facets.get(facet)
        if value is None:
            return ()
        if isinstance(value, tuple):
            return value
        if isinstance(value, bool):
            return ("yes",) if value else ("no",)
        if isinstance(value, float) and value.is_integer():
            return (str(int(value)),)
        return (str(value),)

    def text(self, facet: str) -> str:
        """The fact as one text, `""` where it is absent."""
        return ", ".join(self.values(facet))
