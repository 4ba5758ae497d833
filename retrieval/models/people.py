"""Neighbours among people: what those who liked the same like besides.

What is kept are the rows of likes themselves, without any name; whoever has a person erased should
train again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from retrieval.arrays import Arrays
from retrieval.catalogue import Rows
from retrieval.models.contract import Likes, answer, silence, within
from retrieval.stores import Scores

NEAREST = 100
SHARPNESS = 3.0
RARITY = 0.2


class People:
    """Cosine between people over items weighed by rarity; the nearest speak, the nearer the louder.

    Args:
        matrix: (people, items) scipy CSR of likes.
        nearest: so many people are asked.
        sharpness: power of the cosine in their votes.
        rarity: an item counts by its popularity to the power of minus this, in cosines and votes.
    """

    def __init__(
        self,
        matrix: Any,
        nearest: int = NEAREST,
        sharpness: float = SHARPNESS,
        rarity: float = RARITY,
    ) -> None:
        from scipy import sparse

        counts = np.asarray(matrix.sum(axis=0), dtype=np.float64).ravel()
        self.matrix = matrix.tocsr().astype(np.float32)
        self.settings = nearest, sharpness, rarity
        self._known = counts > 0
        self._rare = (np.maximum(counts, 1.0) ** -rarity).astype(np.float32)
        weighed = self.matrix @ sparse.diags(self._rare)
        size = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
        self._unit = (sparse.diags(1 / np.maximum(size, 1e-9)) @ weighed).tocsc()

    def scores(self, history: Rows, weights: Scores) -> Scores:
        """See `Learned.scores`."""
        history, weights = within(self._known, history, weights)
        if not history.size:
            return silence(self._known)
        nearest, sharpness, _ = self.settings
        own = self._rare[history] * weights
        cosine = self._unit[:, history] @ own / max(float(np.linalg.norm(own)), 1e-9)
        if nearest < cosine.size:
            edge = np.partition(cosine, cosine.size - nearest)[cosine.size - nearest]
            cosine = np.where(cosine >= edge, cosine, 0)
        votes = np.maximum(cosine, 0) ** sharpness
        return answer((votes @ self.matrix) * self._rare, self._known)

    def arrays(self) -> Arrays:
        """See `Learned.arrays`."""
        return {
            "indptr": self.matrix.indptr,
            "indices": self.matrix.indices,
            "shape": np.array(self.matrix.shape),
            "settings": np.array(self.settings, dtype=np.float64),
        }

    @classmethod
    def restored(cls, arrays: Arrays) -> People:
        """From `arrays`."""
        from scipy import sparse

        ones = np.ones(arrays["indices"].size, dtype=np.float32)
        people, items = (int(x) for x in arrays["shape"])
        matrix = sparse.csr_matrix((ones, arrays["indices"], arrays["indptr"]), (people, items))
        nearest, sharpness, rarity = (float(x) for x in arrays["settings"])
        return cls(matrix, int(nearest), sharpness, rarity)


def learn_people(likes: Likes, rng: np.random.Generator) -> People:
    """Nothing is learned: the likes are the model."""
    return People(likes.matrix.sign())
