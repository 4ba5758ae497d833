"""How well regarded and how well known items are, where somebody recorded it. Unknown is NaN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from retrieval.arrays import read, unpacked
from retrieval.catalogue import Catalogue
from retrieval.stores import Scores

_PRIOR = 10.0
"""A mean counts as if so many average ratings had been given besides."""

_FEWEST = 5
"""A mean of fewer ratings is not known."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What many people thought of each item.

    Attributes:
        rating: (items,) float32, for ranking: the mean, shrunk to the overall mean where few rated.
        mean: (items,) float32, for telling: the mean as it is; NaN = unknown, in both.
        count: (items,) float32, how many gave it; NaN = unknown.
        source: who counted ("movielens", "catalogue").
        top: the highest rating possible.
        middle: the rating that half of the items reach; follows from `rating`.
    """

    rating: Scores
    mean: Scores
    count: Scores
    source: str = ""
    top: float = 5.0
    middle: float = field(init=False, default=float("nan"))

    def __post_init__(self) -> None:
        known = self.rating[~np.isnan(self.rating)]
        if known.size:
            object.__setattr__(self, "middle", float(np.median(known)))

    def detail(self, row: int) -> Mapping[str, object]:
        """The facts a reason may rest on: "rating" of "top", "count", "source", where known."""
        found: dict[str, object] = {"source": self.source}
        if not np.isnan(self.mean[row]):
            found["rating"] = round(float(self.mean[row]), 2)
            found["top"] = self.top
        if not np.isnan(self.count[row]):
            found["count"] = int(self.count[row])
        return found

    def good(self, row: int) -> bool:
        """Whether the item is rated at least as well as the middle one."""
        return bool(self.rating[row] >= self.middle)


def unknown(items: int) -> Quality:
    """Nobody recorded anything."""
    nothing = np.full(items, np.nan, dtype=np.float32)
    return Quality(nothing, nothing, nothing)


def recorded(catalogue: Catalogue) -> Quality:
    """What the catalogue itself says in "rating" and "votes" (or "rating_count")."""
    mean = catalogue.numbers("rating")
    votes = catalogue.numbers("votes")
    if np.isnan(votes).all():
        votes = catalogue.numbers("rating_count")
    if np.isnan(mean).all():
        return unknown(len(catalogue))
    high = float(np.nanmax(mean))
    top = 5.0 if high <= 5 else 10.0 if high <= 10 else 100.0
    return Quality(shrunk(mean, votes), mean, votes, "catalogue", top)


def shipped(path: Path, catalogue: Catalogue) -> Quality:
    """Ratings kept beside collaborative weights: arrays "ids", "rating_sum" and "rating_count".

    Raises:
        OSError, ValueError: the file is missing, damaged or holds no ratings.
    """
    file = read(path)
    if not file.keys() >= {"ids", "rating_sum", "rating_count"}:
        raise ValueError(f"{path} holds no ratings")
    mean = np.full(len(catalogue), np.nan, dtype=np.float32)
    count = mean.copy()
    rated = zip(unpacked(file["ids"]), file["rating_sum"], file["rating_count"], strict=True)
    for item_id, total, number in rated:
        row = catalogue.row_of.get(item_id)
        if row is not None and number >= _FEWEST:
            mean[row], count[row] = total / number, number
    return Quality(shrunk(mean, count), mean, count, "movielens")


def shrunk(mean: Scores, count: Scores) -> Scores:
    """Means drawn to the overall mean the more, the fewer ratings they rest on."""
    if np.isnan(mean).all() or np.isnan(count).all():
        return mean
    number = np.nan_to_num(count, nan=1.0)
    overall = float(np.nansum(mean * number) / number[~np.isnan(mean)].sum())
    return np.asarray((mean * number + overall * _PRIOR) / (number + _PRIOR), dtype=np.float32)
