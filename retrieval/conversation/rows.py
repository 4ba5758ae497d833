"""Rows of sparse matrices, picked and added up: what a few named items say of all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.stores import Scores


def csr(cells: Sequence[tuple[int, int, float]], shape: tuple[int, int]) -> Any:
    """CSR float32 from (row, column, value)."""
    from scipy import sparse

    rows, columns, values = np.array(cells, dtype=np.float64).reshape(-1, 3).T
    entries = values.astype(np.float32), (rows.astype(np.int64), columns.astype(np.int64))
    return sparse.csr_matrix(entries, shape=shape)


@dataclass(frozen=True, slots=True)
class Picked:
    """Some rows of a CSR matrix, one after the other.

    Attributes:
        sizes: (rows,) entries of each.
        indices, data: (entries,) column and value.
        columns: of the matrix.
    """

    sizes: NDArray[np.int64]
    indices: NDArray[np.int32]
    data: NDArray[np.float32]
    columns: int


def picked(matrix: Any, rows: NDArray[Any]) -> Picked:
    """Rows of a scipy CSR matrix; its own indexing takes ten times as long for a few of them."""
    starts = matrix.indptr[rows].astype(np.int64)
    sizes = matrix.indptr[rows + 1] - starts
    ends = np.cumsum(sizes)
    at = np.repeat(starts - ends + sizes, sizes) + np.arange(sizes.sum())
    return Picked(sizes, matrix.indices[at], matrix.data[at], matrix.shape[1])


def weighted(rows: Picked, weights: NDArray[Any], data: NDArray[Any] | None = None) -> Scores:
    """(columns,) sum of rows, each times its weight; `data` in place of their own values."""
    values = (rows.data if data is None else data) * np.repeat(weights, rows.sizes)
    return np.bincount(rows.indices, values, rows.columns).astype(np.float32)
