"""What the same people liked. Scores come from others' choices; unknown is NaN, never 0.

`CollaborativeModel` is the seam. `ItemWeights` serves: a few weighted neighbours an item, learned
by `ease` or anything else. `Popularity` is the baseline every model has to beat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.arrays import packed, read, unpacked, write
from retrieval.catalogue import Catalogue, Rows
from retrieval.stores import Scores

FORMAT = 1
_ARRAYS = ("indptr", "indices", "data", "source", "people", "lift", "known")


@dataclass(frozen=True, slots=True)
class Because:
    """Why a collaborative score is high.

    Attributes:
        row: the history item that speaks most for the candidate.
        weight: how much it does, > 0.
        source: whose choices say so ("movielens", "redial", "feedback").
        people: how many liked both.
        lift: how many times likelier somebody who liked the one is to like the other.
        through: None where this was said of the candidate itself, else the item it was said of,
            which the candidate is like: nobody said it of the candidate.
    """

    row: int
    weight: float
    source: str
    people: int
    lift: float
    through: int | None = None


class CollaborativeModel(Protocol):
    """Folds a session's history into scores over all items."""

    def scores(self, history: Rows, weights: Scores) -> Scores:
        """What people with this history liked besides.

        Args:
            history: (n,) rows, in the order they came up, may be empty.
            weights: (n,) in [-1, 1]; negative for what was disliked.

        Returns:
            (items,) float32; NaN = nothing is known about the item. All NaN where nothing is known
            about any item of the history.
        """
        ...

    def because(self, row: int, history: Rows) -> Because | None:
        """The history item that speaks most for `row`, None where nobody can say so."""
        ...

    def support(self) -> Scores:
        """(items,) float32: how many liked each, 0 = nobody; infinite where known but not counted.
        The caller's to change.
        """
        ...


@dataclass(frozen=True)
class Neighbours:
    """Sparse item-to-item weights over `ids`, from a history item (row) to candidates (columns).

    Attributes:
        ids: item ids the weights speak of.
        indptr, indices, data: CSR; every weight is > 0.
        source: (weights,) index into `sources`.
        people, lift: (weights,) see `Because`; where `people` is 0 the weight counts in scores but
            too few people stand behind it to give it as a reason.
        known: (ids,) bool: whether anything is known about the item at all.
    """

    ids: Sequence[str]
    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]
    data: NDArray[np.float32]
    source: NDArray[np.uint8]
    people: NDArray[np.int32]
    lift: NDArray[np.float32]
    known: NDArray[np.bool_]
    sources: Sequence[str] = ("movielens", "redial", "feedback")

    def save(self, path: Path, **more: NDArray[Any]) -> None:
        """Write to an `.npz` without pickles; `more` arrays are kept beside."""
        mine = {name: getattr(self, name) for name in _ARRAYS}
        mine |= {"format": np.array(FORMAT), "ids": packed(self.ids)}
        write(path, mine | {"sources": packed(self.sources)} | more, compress=True)

    @classmethod
    def load(cls, path: Path) -> Neighbours:
        """Read what `save` wrote.

        Raises:
            OSError, ValueError: the file is missing, damaged or of another format.
        """
        file = read(path)
        if file.get("format", np.array(0)) != FORMAT or not file.keys() >= {*_ARRAYS, "sources"}:
            raise ValueError(f"{path} does not hold weights of format {FORMAT}")
        arrays = {name: file[name] for name in _ARRAYS}
        return cls(unpacked(file["ids"]), **arrays, sources=unpacked(file["sources"]))


class ItemWeights:
    """Scores by weighted neighbours: the sum over the history of weight times neighbour weight.

    Args:
        catalogue: gives rows to ids; ids that it does not have are left out.
        neighbours: the weights.
    """

    def __init__(self, catalogue: Catalogue, neighbours: Neighbours) -> None:
        rows = np.array([catalogue.row_of.get(i, -1) for i in neighbours.ids], dtype=np.int32)
        starts = rows.repeat(np.diff(neighbours.indptr))
        ends = rows[neighbours.indices]
        kept = (starts >= 0) & (ends >= 0)
        order = np.lexsort((ends[kept], starts[kept]))
        self._starts = starts[kept][order]
        self._ends = ends[kept][order]
        self._weights = neighbours.data[kept][order]
        self._which = np.flatnonzero(kept)[order]
        self._neighbours = neighbours
        self._first = np.searchsorted(self._starts, np.arange(len(catalogue) + 1))
        self._known = np.zeros(len(catalogue), dtype=np.bool_)
        self._known[rows[(rows >= 0) & neighbours.known]] = True

    @classmethod
    def load(cls, path: Path, catalogue: Catalogue) -> ItemWeights:
        """From a file of `Neighbours.save`; raises what `Neighbours.load` raises."""
        return cls(catalogue, Neighbours.load(path))

    def scores(self, history: Rows, weights: Scores) -> Scores:
        """See `CollaborativeModel.scores`."""
        out = np.full(self._known.size, np.nan, dtype=np.float32)
        if not self._known[history].any():
            return out
        out[self._known] = 0.0
        for row, weight in zip(history, weights, strict=True):
            span = slice(self._first[row], self._first[row + 1])
            out[self._ends[span]] += np.float32(weight) * self._weights[span]
        return out

    def because(self, row: int, history: Rows) -> Because | None:
        """See `CollaborativeModel.because`."""
        found: tuple[float, int, int] | None = None
        for other in history:
            span = slice(self._first[other], self._first[other + 1])
            at = int(np.searchsorted(self._ends[span], row)) + span.start
            if at < span.stop and self._ends[at] == row:
                weight = float(self._weights[at])
                if not self._neighbours.people[self._which[at]]:
                    continue
                if found is None or weight > found[0]:
                    found = (weight, int(other), int(self._which[at]))
        if found is None:
            return None
        weight, other_row, entry = found
        n = self._neighbours
        source = n.sources[int(n.source[entry])]
        return Because(other_row, weight, source, int(n.people[entry]), float(n.lift[entry]))

    def support(self) -> Scores:
        """See `CollaborativeModel.support`; what is not known is liked by nobody."""
        return np.where(self._known, np.inf, 0).astype(np.float32)


class Popularity:
    """The baseline: everybody gets what most people liked. It knows no reason.

    Args:
        counts: (items,) float32, how many liked each; NaN = unknown.
    """

    def __init__(self, counts: Scores) -> None:
        self._scores = np.log1p(counts).astype(np.float32)

    def scores(self, history: Rows, weights: Scores) -> Scores:
        """See `CollaborativeModel.scores`; known without any history, unlike other models."""
        return self._scores.copy()

    def because(self, row: int, history: Rows) -> Because | None:
        """Nobody in particular."""
        return None

    def support(self) -> Scores:
        """See `CollaborativeModel.support`."""
        return np.nan_to_num(np.expm1(self._scores))


def ease(interactions: Any, ridge: float | NDArray[np.float64]) -> NDArray[np.float32]:
    """Item-to-item weights in closed form (Steck, "Embarrassingly Shallow Autoencoders", WWW 2019).

    B minimises |X - XB|² + the sum of ridge times B² with a zero diagonal: with
    P = (XᵀX + diag(ridge))⁻¹, B = I - P / diag(P). Where there are fewer people than items, P comes
    from the smaller system of the people (Woodbury).

    Args:
        interactions: (users, items) scipy sparse or dense X, 0 = nothing known.
        ridge: > 0, for all items or (items,); larger means weights rest on more people.

    Returns:
        (items, items) float32; the score of item j for history x is x @ B[:, j].

    Raises:
        ValueError: `ridge` is not positive.
    """
    from scipy import linalg, sparse

    x = sparse.csr_matrix(interactions, dtype=np.float64)
    people, items = x.shape
    weight = np.broadcast_to(np.asarray(ridge, dtype=np.float64), (items,))
    if items and weight.min() <= 0:
        raise ValueError(f"ridge must be positive, not {weight.min()}")
    if people < items:
        scaled = x @ sparse.diags(1 / weight)
        small = np.asarray((scaled @ x.T).todense())
        small[np.diag_indices_from(small)] += 1.0
        half = linalg.solve_triangular(
            linalg.cholesky(small, lower=True), scaled.toarray(), lower=True
        )
        inverse = -(half.T @ half)
        inverse[np.diag_indices_from(inverse)] += 1 / weight
    else:
        gram = np.asarray((x.T @ x).todense())
        gram[np.diag_indices_from(gram)] += weight
        inverse = linalg.inv(gram, overwrite_a=True, check_finite=False)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return np.asarray(weights, dtype=np.float32)


def strongest(weights: NDArray[np.float32], keep: NDArray[np.bool_], count: int) -> Any:
    """The `count` largest positive weights of each row where `keep` holds, as scipy CSR."""
    from scipy import sparse

    found = np.where(keep & (weights > 0), weights, 0)
    if 0 < count < found.shape[1]:
        edge = np.partition(found, found.shape[1] - count, axis=1)[:, -count][:, None]
        found = np.where(found >= edge, found, 0)
    return sparse.csr_matrix(found.astype(np.float32))
