"""What every model takes and gives. Knows no model, no catalogue and no person.

A model speaks of columns, 0 to n - 1, in the order of the matrix it was learned from;
`served.Served` turns it into a `CollaborativeModel` of a catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.arrays import Arrays
from retrieval.catalogue import Rows
from retrieval.stores import Scores


@dataclass(frozen=True, slots=True)
class Likes:
    """Who liked what.

    Attributes:
        matrix: (people, items) scipy CSR, sorted indices; 1 = liked, 0 = nothing known.
        when: of each stored entry of `matrix`, the time of it; None where no time is recorded.
    """

    matrix: Any
    when: NDArray[np.float64] | None = None

    @property
    def counts(self) -> NDArray[np.float64]:
        """(items,) how many liked each."""
        return np.asarray(self.matrix.sum(axis=0), dtype=np.float64).ravel()

    def sequences(self) -> Iterator[NDArray[np.int32]]:
        """The columns each person liked, oldest first; in column order where times are unknown."""
        starts = self.matrix.indptr
        for first, last in pairwise(starts):
            columns = self.matrix.indices[first:last]
            if self.when is not None:
                columns = columns[np.argsort(self.when[first:last], kind="stable")]
            yield columns.astype(np.int32)


class Learned(Protocol):
    """A model that folds a new person's history in, without being learned again."""

    def scores(self, history: Rows, weights: Scores) -> Scores:
        """What people with this history like besides.

        Args:
            history: (n,) columns, oldest first, may be empty.
            weights: (n,) in [-1, 1]; negative for what was disliked.

        Returns:
            (items,) float32, the caller's to change; higher is better, any scale, items of the
            history included. NaN = nobody in the data liked the item. All NaN where nothing is
            known of any item of the history, save for models that need no history.
        """
        ...

    def arrays(self) -> Arrays:
        """Everything that must be kept, none of it objects; the class has `restored(arrays)`."""
        ...


def within(known: NDArray[np.bool_], history: Rows, weights: Scores) -> tuple[Rows, Scores]:
    """The part of a history that a model knows."""
    kept = known[history]
    return history[kept], weights[kept]


def answer(scores: NDArray[Any], known: NDArray[np.bool_]) -> Scores:
    """Scores as they are given: float32, NaN where nothing is known."""
    return np.where(known, scores, np.nan).astype(np.float32)


def silence(known: NDArray[np.bool_]) -> Scores:
    """The answer to a history of which nothing is known."""
    return np.full(known.size, np.nan, dtype=np.float32)
