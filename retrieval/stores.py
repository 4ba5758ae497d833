"""Where item vectors are searched. `VectorStore` is the seam; `ExactStore` is the weightless truth.

Vectors are unit length, so a dot product is a cosine. Rows are catalogue rows.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import Mask, Rows
from retrieval.constraints import Constraints
from retrieval.embeddings import Vectors

Scores = NDArray[np.float32]


class VectorStore(Protocol):
    """Nearest items by cosine."""

    def __len__(self) -> int:
        """Number of items held."""
        ...

    def search(
        self,
        vector: Vectors,
        k: int,
        *,
        allowed: Mask | None = None,
        constraints: Constraints | None = None,
    ) -> tuple[Rows, Scores]:
        """The nearest items that may be shown.

        Args:
            vector: (dimensions,) unit length. A vector that is not finite is an error.
            k: at most this many; 0 gives nothing.
            allowed: (len(self),) bool, the law: no other row is ever returned.
            constraints: the limits behind `allowed`, a hint for stores that filter inside.

        Returns:
            (rows, cosines), best first, ties by row, both of length min(k, allowed rows); an
            approximate store may miss some of the best but returns nothing that is not allowed.

        Raises:
            ValueError: `vector` has another length than the stored ones, or is not finite.
        """
        ...

    def vectors(self, rows: Rows) -> Vectors:
        """(len(rows), dimensions) float32 of the given rows, in that order."""
        ...


class ExactStore:
    """Exact search over vectors in memory (or mapped into it).

    Args:
        vectors: (items, dimensions) float32, unit length, in catalogue order.
    """

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def __len__(self) -> int:
        return int(self._vectors.shape[0])

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._vectors.shape[1])

    def search(
        self,
        vector: Vectors,
        k: int,
        *,
        allowed: Mask | None = None,
        constraints: Constraints | None = None,
    ) -> tuple[Rows, Scores]:
        """See `VectorStore.search`."""
        vector = checked(vector, self.dimensions)
        if allowed is None:
            return best(self._vectors @ vector, k)
        rows = np.flatnonzero(allowed)
        if 4 * rows.size > len(self):  # gathering most rows costs more than scoring all
            scores = (self._vectors @ vector)[rows]
        else:
            scores = self._vectors[rows] @ vector
        order, found = best(scores, k)
        return rows[order].astype(np.int32), found

    def vectors(self, rows: Rows) -> Vectors:
        """See `VectorStore.vectors`."""
        return np.asarray(self._vectors[rows], dtype=np.float32)


def checked(vector: Vectors, dimensions: int) -> Vectors:
    """`vector` as (dimensions,) float32.

    Raises:
        ValueError: another shape, or values that are not finite.
    """
    vector = np.asarray(vector, dtype=np.float32)
    if vector.shape != (dimensions,):
        raise ValueError(f"a query vector of shape {vector.shape} in a store of {dimensions}")
    if not np.isfinite(vector).all():
        raise ValueError("the query vector holds values that are not finite")
    return vector


def best(scores: Scores, k: int) -> tuple[Rows, Scores]:
    """Positions and values of the k highest scores, best first, ties by position; NaN never.

    >>> best(np.array([1, 3, 2, 3], dtype=np.float32), 3)
    (array([1, 3, 2], dtype=int32), array([3., 3., 2.], dtype=float32))
    """
    rows = np.flatnonzero(~np.isnan(scores))
    if k <= 0 or rows.size == 0:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
    if k < rows.size:
        edge = np.partition(scores[rows], rows.size - k)[rows.size - k]
        rows = rows[scores[rows] >= edge]
    rows = rows[np.lexsort((rows, -scores[rows]))][:k].astype(np.int32)
    return np.asarray(rows, dtype=np.int32), np.asarray(scores[rows], dtype=np.float32)
