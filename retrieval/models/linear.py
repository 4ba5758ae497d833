"""Item-to-item weights: the score of an item is the sum over the history of the weights to it.

`learn_ease` is the closed form, `learn_items` the cosine of item neighbours.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.arrays import Arrays
from retrieval.catalogue import Rows
from retrieval.collaborative import ease
from retrieval.models.contract import Likes, answer, silence, within
from retrieval.stores import Scores

RIDGE = 6.0
"""Times the root of the number of people: 400 for the 4,434 of MovieLens-1M, 130 for the 480 of
MovieLens-small, which is about what held-out people chose there."""
PEOPLE = 0.25
ITEMS = 0.2
NOISE = 0.2
NEAREST = 200
KEPT = 400
"""Weights of an item that are kept, by their size: beyond it nothing is gained on MovieLens-1M."""


class Linear:
    """Weights between items.

    Args:
        weights: (items, items) float32, from an item of the history (row) to a candidate (column),
            dense or scipy CSR.
        known: (items,) bool: whether anybody liked it.
    """

    def __init__(self, weights: Any, known: NDArray[np.bool_]) -> None:
        from scipy import sparse

        self.weights = sparse.csr_matrix(weights)
        self.known = known

    def scores(self, history: Rows, weights: Scores) -> Scores:
        """See `Learned.scores`; linear in the weights of the history."""
        history, weights = within(self.known, history, weights)
        if not history.size:
            return silence(self.known)
        return answer(weights.astype(np.float32) @ self.weights[history], self.known)

    def arrays(self) -> Arrays:
        """See `Learned.arrays`."""
        return {
            "indptr": self.weights.indptr,
            "indices": self.weights.indices,
            "data": self.weights.data,
            "known": self.known,
        }

    @classmethod
    def restored(cls, arrays: Arrays) -> Linear:
        """From `arrays`."""
        from scipy import sparse

        known = arrays["known"]
        parts = arrays["data"], arrays["indices"], arrays["indptr"]
        return cls(sparse.csr_matrix(parts, shape=(known.size, known.size)), known)


def weighed_ease(
    matrix: Any,
    ridge: float,
    *,
    people: float = PEOPLE,
    items: float = ITEMS,
    noise: float = NOISE,
) -> NDArray[np.float32]:
    """EASE where busy people and popular items count for less, and inputs are noisy.

    With D the diagonal of item popularity to the power -`items` and A that of the likes a person
    gave (over their mean) to the power -`people`, EASE (Steck, WWW 2019) is solved for A X D, and
    its weights are brought back to the scale of X: D B D⁻¹. Dropping a share of the input at random
    adds `noise` times the diagonal of the Gram matrix to the ridge (Steck, "Autoencoders that
    don't overfit towards the identity", NeurIPS 2020). All three at 0 give EASE itself.

    Args:
        matrix: (people, items) scipy sparse, 0 = nothing known.
        ridge: > 0, in likes: scaled with the Gram matrix as `items` scales it.

    Returns:
        (items, items) float32 with a zero diagonal.
    """
    from scipy import sparse

    counts = np.asarray(matrix.sum(axis=0), dtype=np.float64).ravel()
    given = np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()
    given[given == 0] = 1.0
    alike = np.maximum(counts, 1.0)
    scale = alike**-items
    calm = (given / given.mean()) ** -people
    weighed = sparse.diags(calm) @ matrix @ sparse.diags(scale)
    mean = max(float(counts.mean()), 1e-9)
    size = np.asarray(weighed.multiply(weighed).sum(axis=0)).ravel()
    weights = ease(weighed, noise * size + ridge * float((counts * scale**2).mean()) / mean)
    weights *= (scale[:, None] / scale[None, :]).astype(np.float32)
    return weights


def learn_ease(likes: Likes, rng: np.random.Generator, ridge: float | None = None) -> Linear:
    """`weighed_ease` of all likes, the `KEPT` largest weights an item; chance plays no part.

    The ridge follows from the number of people where it is None.
    """
    if ridge is None:
        ridge = RIDGE * float(np.sqrt(likes.matrix.shape[0]))
    weights = weighed_ease(likes.matrix, ridge)
    if weights.shape[1] > KEPT:
        size = np.abs(weights)
        edge = np.partition(size, size.shape[1] - KEPT, axis=1)[:, size.shape[1] - KEPT]
        weights[size < edge[:, None]] = 0.0
    return Linear(weights, likes.counts > 0)


def learn_items(likes: Likes, rng: np.random.Generator, nearest: int = NEAREST) -> Linear:
    """Cosine between items, the `nearest` of each candidate (Deshpande and Karypis, TOIS 2004)."""
    counts = likes.counts
    both = np.asarray((likes.matrix.T @ likes.matrix).todense(), dtype=np.float32)
    size = np.sqrt(np.maximum(counts, 1.0)).astype(np.float32)
    cosine = both / size[:, None] / size[None, :]
    np.fill_diagonal(cosine, 0.0)
    if nearest < counts.size:
        edge = np.partition(cosine, counts.size - nearest, axis=0)[counts.size - nearest]
        cosine[cosine < edge[None, :]] = 0.0
    return Linear(cosine, counts > 0)
