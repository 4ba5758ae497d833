"""Likes spread over the graph of people and items, in closed form.

LightGCN (He et al., SIGIR 2020) averages what is learned over steps along that graph, which keeps
its smooth part; the limit of many steps is an ideal low-pass filter (Shen et al., "How Powerful is
Graph Convolution for Recommendation?", CIKM 2021). It needs no training but one decomposition.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retrieval.arrays import Arrays
from retrieval.catalogue import Rows
from retrieval.models.contract import Likes, answer, silence, within
from retrieval.stores import Scores

SMOOTH = 64
POWER = 0.25
_SMALL = 16
"""Below so many people or items the whole decomposition is as quick."""


class Propagation:
    """A history filtered: only its part along the smoothest directions of the graph is kept.

    Args:
        directions: (items, directions) float32, orthonormal.
        scale: (items,) float32, what an item of the history counts; its score is divided by it.
        known: (items,) bool: whether anybody liked it.
    """

    def __init__(
        self,
        directions: NDArray[np.float32],
        scale: NDArray[np.float32],
        known: NDArray[np.bool_],
    ) -> None:
        self.directions = directions
        self.scale = scale
        self.known = known

    def scores(self, history: Rows, weights: Scores) -> Scores:
        """See `Learned.scores`; linear in the weights of the history."""
        history, weights = within(self.known, history, weights)
        if not history.size:
            return silence(self.known)
        inside = (weights * self.scale[history]) @ self.directions[history]
        return answer(self.directions @ inside / self.scale, self.known)

    def arrays(self) -> Arrays:
        """See `Learned.arrays`."""
        return {"directions": self.directions, "scale": self.scale, "known": self.known}

    @classmethod
    def restored(cls, arrays: Arrays) -> Propagation:
        """From `arrays`."""
        return cls(arrays["directions"], arrays["scale"], arrays["known"])


def learn_propagation(
    likes: Likes, rng: np.random.Generator, *, smooth: int = SMOOTH, power: float = POWER
) -> Propagation:
    """The `smooth` strongest right singular vectors of the likes, rows and columns normalised.

    Args:
        likes: who liked what.
        rng: where the iteration starts.
        smooth: how many directions are kept, at most a quarter of all: all would be no filter.
        power: a person or item counts by the number of its likes to the power of minus this.
    """
    from scipy import sparse
    from scipy.sparse.linalg import svds

    counts = likes.counts
    given = np.maximum(np.asarray(likes.matrix.sum(axis=1), dtype=np.float64).ravel(), 1.0)
    scale = np.maximum(counts, 1.0) ** -power
    graph = (sparse.diags(given**-power) @ likes.matrix @ sparse.diags(scale)).tocsr()
    smooth = max(1, min(smooth, min(graph.shape) // 4))
    if min(graph.shape) < _SMALL:
        directions = np.linalg.svd(graph.toarray(), full_matrices=False)[2][:smooth]
    else:
        start = rng.normal(size=min(graph.shape))
        _, _, directions = svds(graph.astype(np.float64), k=smooth, v0=start)
    return Propagation(
        np.ascontiguousarray(directions.T, dtype=np.float32),
        scale.astype(np.float32),
        counts > 0,
    )
