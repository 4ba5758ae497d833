"""Strong generalisation: people the model has never seen, each given in part and to be completed.

Some people are held out. A model learned from the others gets 80% of a held-out person's likes,
ranks all other items, and the rest should come first (Liang et al., "Variational Autoencoders for
Collaborative Filtering", WWW 2018). Knows arrays only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval import metrics
from retrieval.catalogue import Rows
from retrieval.models.contract import Learned, Likes

LIST = 100
GIVEN = 0.8


@dataclass(frozen=True, slots=True)
class Case:
    """A held-out person: columns that are given, oldest first, and those to be found."""

    known: Rows
    wanted: frozenset[int]


@dataclass(frozen=True, slots=True)
class Split:
    """What is learned from, and two groups of held-out people.

    `columns` are the columns of the whole matrix that anybody in `learned` liked, in order: what
    only held-out people liked cannot be learned, so it is neither given nor asked for.
    """

    learned: Likes
    columns: NDArray[np.int64]
    validation: tuple[Case, ...]
    test: tuple[Case, ...]


def split(
    likes: Likes,
    rng: np.random.Generator,
    test: int,
    validation: int = 0,
    *,
    by_time: bool = False,
    people: NDArray[np.int64] | None = None,
) -> Split:
    """Hold people out.

    Args:
        likes: of everybody.
        rng: the only source of chance.
        test: how many are held out to be reported.
        validation: how many more to choose settings by.
        by_time: the last likes are to be found, instead of any.
        people: an order of all rows, the held-out first; drawn where None.
    """
    order = rng.permutation(likes.matrix.shape[0]) if people is None else people
    rest = np.sort(order[test + validation :])
    inside = likes.matrix[rest]
    columns = np.flatnonzero(np.asarray(inside.sum(axis=0)).ravel() > 0)
    place = np.full(likes.matrix.shape[1], -1, dtype=np.int32)
    place[columns] = np.arange(columns.size, dtype=np.int32)
    learned = _reduced(likes, rest, columns)
    sequences = list(likes.sequences())

    def cases(rows: NDArray[np.int64]) -> tuple[Case, ...]:
        found = (_case(place[sequences[int(row)]], rng, by_time) for row in rows)
        return tuple(case for case in found if case is not None)

    return Split(learned, columns, cases(order[test : test + validation]), cases(order[:test]))


def _reduced(likes: Likes, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Likes:
    """These people and items only, times kept."""
    from scipy import sparse

    matrix = likes.matrix[rows][:, columns].tocsr()
    if likes.when is None:
        return Likes(matrix)
    source = likes.matrix  # times travel as values; shifted, since sparse matrices drop zeros
    low = float(likes.when.min(initial=0.0)) - 1.0
    times = sparse.csr_matrix((likes.when - low, source.indices, source.indptr), source.shape)
    kept = times[rows][:, columns].tocsr()
    kept.sort_indices()
    matrix.sort_indices()
    return Likes(matrix, kept.data + low)


def _case(columns: Rows, rng: np.random.Generator, by_time: bool) -> Case | None:
    columns = columns[columns >= 0]
    if columns.size < 2:
        return None
    count = min(columns.size - 1, max(1, round(GIVEN * columns.size)))
    if by_time:
        return Case(columns[:count], frozenset(columns[count:].tolist()))
    given = np.zeros(columns.size, dtype=np.bool_)
    given[rng.permutation(columns.size)[:count]] = True
    return Case(columns[given], frozenset(columns[~given].tolist()))


def ranked(model: Learned, cases: Sequence[Case], length: int = LIST) -> list[list[int]]:
    """The first `length` columns for each case, best first, without what is given or unknown."""
    return [top(model, case.known, length) for case in cases]


def top(model: Learned, known: Rows, length: int = LIST) -> list[int]:
    """The first columns for one history; ties by column."""
    scores = model.scores(known, np.ones(known.size, dtype=np.float32))
    scores = np.where(np.isnan(scores), -np.inf, scores)
    scores[known] = -np.inf
    length = min(length, scores.size)
    edge = np.partition(scores, scores.size - length)[scores.size - length]
    some = np.flatnonzero((scores >= edge) & (scores > -np.inf))
    return [int(c) for c in some[np.argsort(-scores[some], kind="stable")][:length]]


Metric = Callable[[Sequence[int], frozenset[int]], float]

ACCURACY: Mapping[str, Metric] = {
    "NDCG@100": lambda r, t: metrics.ndcg(r, t, 100),
    "recall@20": lambda r, t: metrics.recall(r, t, 20, capped=True),
    "recall@50": lambda r, t: metrics.recall(r, t, 50, capped=True),
    "NDCG@10": lambda r, t: metrics.ndcg(r, t, 10),
    "hit@10": lambda r, t: metrics.hit(r, t, 10),
    "F1@10": lambda r, t: metrics.f1(r, t, 10),
    "MRR": lambda r, t: metrics.reciprocal_rank(r, t),
}
"""Recall is divided by min(k, items to be found), so that 1 can be reached."""


def values(
    lists: Sequence[Sequence[int]], cases: Sequence[Case], names: Sequence[str] = tuple(ACCURACY)
) -> dict[str, NDArray[np.float64]]:
    """(cases,) of each metric of accuracy."""
    pairs = list(zip(lists, cases, strict=True))
    return {n: np.array([ACCURACY[n](found, c.wanted) for found, c in pairs]) for n in names}
