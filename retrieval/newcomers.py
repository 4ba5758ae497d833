"""Collaborative scores for items that nobody has touched yet, from the items they are most like.

What is written about an item says which known items the same people are likely to like. Such a
score is an estimate: it never becomes the reason that people liked the item (`Because.through`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import Rows
from retrieval.collaborative import Because, CollaborativeModel
from retrieval.facets import Facets
from retrieval.stores import Scores, VectorStore, best

NEAREST = 10
"""Known items that an estimate is the mean of."""

FEW = 10.0
"""Likes from which on an item speaks for itself. Below it the estimate has a share of 1 minus the
square of the part that is there: models draw the scores of items with few likes towards nothing."""

_DONORS = 4000
"""At most so many known items are looked at, the most liked ones."""

_CHUNK = 512


class Newcomers:
    """A model, completed: unknown items get the mean of their nearest known items' scores.

    Nearness is half shared facts, half cosine; the nearer counts for more. Fewer than `NEAREST`
    known items say nothing of others: then the answer is the model's own.

    Args:
        model: what is known.
        facets, store: of the same catalogue.
    """

    def __init__(self, model: CollaborativeModel, facets: Facets, store: VectorStore) -> None:
        self.model = model
        support = model.support()
        self._new = np.flatnonzero(support < FEW).astype(np.int32)
        self._share = (1 - (support[self._new] / FEW) ** 2).astype(np.float32)
        self._near, self._order = _nearest(support, self._new, facets, store)
        self._place = np.full(support.size, -1, dtype=np.int32)
        self._place[self._new] = np.arange(self._new.size, dtype=np.int32)

    def scores(self, history: Rows, weights: Scores) -> Scores:
        """See `CollaborativeModel.scores`; NaN only where the model knows nothing to go by."""
        found = self.model.scores(history, weights)
        if not self._order.size or np.isnan(found).all():
            return found
        guess = self._near @ np.nan_to_num(found)
        own = np.where(np.isnan(found[self._new]), guess, found[self._new])
        found[self._new] = own + self._share * (guess - own)
        return found

    def because(self, row: int, history: Rows) -> Because | None:
        """See `CollaborativeModel.because`; where nobody can say so of the item itself, what they
        say of an item like it, which then is `through`.
        """
        found = self.model.because(row, history)
        if found is not None or self._place[row] < 0 or not self._order.size:
            return found
        for other in self._order[self._place[row]]:
            if other not in history and (about := self.model.because(int(other), history)):
                return replace(about, through=int(other))
        return None

    def support(self) -> Scores:
        """See `CollaborativeModel.support`: estimates are nobody's likes."""
        return self.model.support()


def _nearest(
    support: Scores, new: Rows, facets: Facets, store: VectorStore
) -> tuple[Any, NDArray[np.int32]]:
    """(new, items) scipy CSR of shares that sum to one, and (new, NEAREST) rows, nearest first;
    nothing where too few items are known.
    """
    from scipy import sparse

    donors = np.sort(best(np.where(support >= FEW, support, np.nan), _DONORS)[0])
    if donors.size < NEAREST or not new.size:
        return None, np.zeros((0, NEAREST), dtype=np.int32)
    theirs = store.vectors(donors)
    order = np.zeros((new.size, NEAREST), dtype=np.int32)
    shares = np.zeros((new.size, NEAREST), dtype=np.float32)
    for start in range(0, new.size, _CHUNK):
        rows = new[start : start + _CHUNK]
        alike = np.maximum(store.vectors(rows) @ theirs.T, 0) + facets.overlap(rows, donors)
        alike[rows[:, None] == donors[None, :]] = 0
        some = np.argpartition(-alike, NEAREST - 1, axis=1)[:, :NEAREST]
        values = np.take_along_axis(alike, some, axis=1)
        by = np.lexsort((some, -values), axis=1)
        span = slice(start, start + rows.size)
        order[span] = donors[np.take_along_axis(some, by, axis=1)]
        values = np.take_along_axis(values, by, axis=1)
        shares[span] = values / np.maximum(values.sum(axis=1, keepdims=True), 1e-9)
    starts = np.arange(0, order.size + 1, NEAREST)
    near = sparse.csr_matrix((shares.ravel(), order.ravel(), starts), (new.size, support.size))
    return near, order
