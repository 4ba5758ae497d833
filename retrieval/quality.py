"""How well regarded and how well known items are, where somebody recorded it. Unknown is NaN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from retrieval.catalogue import Catalogue
from retrieval.stores import Scores


@dataclass(frozen=True, slots=True)
class Quality:
    """What many people thought of each item.

    Attributes:
        rating: (items,) float32, a mean on any one scale, small counts shrunk to the overall mean;
            NaN = unknown.
        count: (items,) float32, how many opinions it rests on; NaN = unknown.
        source: who counted ("movielens", "catalogue").
        scale: lowest and highest rating possible, for wording.
    """

    rating: Scores
    count: Scores
    source: str = ""
    scale: tuple[float, float] = field(default=(0.0, 5.0))

    def detail(self, row: int) -> Mapping[str, object]:
        """The facts a reason may rest on."""
        found: dict[str, object] = {"source": self.source}
        if not np.isnan(self.rating[row]):
            found["rating"] = round(float(self.rating[row]), 2)
            found["scale"] = self.scale
        if not np.isnan(self.count[row]):
            found["count"] = int(self.count[row])
        return found


def unknown(items: int) -> Quality:
    """Nobody recorded anything."""
    nothing = np.full(items, np.nan, dtype=np.float32)
    return Quality(nothing, nothing)


def recorded(catalogue: Catalogue) -> Quality:
    """What the catalogue itself says in "rating" and "votes" (or "rating_count")."""
    rating = catalogue.numbers("rating")
    votes = catalogue.numbers("votes")
    if np.isnan(votes).all():
        votes = catalogue.numbers("rating_count")
    if np.isnan(rating).all():
        return unknown(len(catalogue))
    high = float(np.nanmax(rating))
    top = 5.0 if high <= 5 else 10.0 if high <= 10 else 100.0
    return Quality(rating, votes, "catalogue", (0.0, top))
