"""Popularity, the baseline: the same for everybody, and the only model that needs no history."""

from __future__ import annotations

import numpy as np

from retrieval.arrays import Arrays
from retrieval.catalogue import Rows
from retrieval.collaborative import Popularity
from retrieval.models.contract import Likes
from retrieval.stores import Scores


class Popular(Popularity):
    """`Popularity` that can be kept."""

    def __init__(self, counts: Scores) -> None:
        super().__init__(counts)
        self.counts = counts

    def scores(self, history: Rows, weights: Scores) -> Scores:
        """See `Learned.scores`; the history is not looked at."""
        return super().scores(history, weights)

    def arrays(self) -> Arrays:
        """See `Learned.arrays`."""
        return {"counts": self.counts}

    @classmethod
    def restored(cls, arrays: Arrays) -> Popular:
        """From `arrays`."""
        return cls(arrays["counts"])


def learn_popularity(likes: Likes, rng: np.random.Generator) -> Popular:
    """How many liked each item; unknown where nobody did."""
    counts = likes.counts
    return Popular(np.where(counts > 0, counts, np.nan).astype(np.float32))
