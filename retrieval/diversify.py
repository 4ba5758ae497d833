"""Variety: choosing a list whose items are good and not all alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retrieval.stores import Scores

Similarity = NDArray[np.float32]

USUAL = 0.3
"""Where the dial stands by default: neither known nor unknown items are favoured."""

_VARIETY = 0.6
"""Weight of variety with the dial at 1."""


def variety(dial: float) -> float:
    """Weight of variety in `mmr` for a position of the dial in [0, 1]."""
    return _VARIETY * dial


def boldness(dial: float) -> float:
    """How much lesser known items are favoured, from -0.09 (dial 0) by 0 (`USUAL`) to 1 (dial 1).

    It bends upwards: variety alone draws in well-known items of other kinds, so novelty must be
    asked for from the start, but no more than costs a few per cent of accuracy at the middle.

    >>> [round(boldness(dial), 2) for dial in (0, 0.3, 0.5, 1)]
    [-0.09, 0.0, 0.08, 1.0]
    """
    above = max(0.0, dial - USUAL)
    return 0.3 * (dial - USUAL) + 0.79 * (above / (1 - USUAL)) ** 3


def mmr(
    relevance: Scores, similarity: Similarity, k: int, diversity: float
) -> tuple[NDArray[np.int32], Scores]:
    """Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998).

    Each step takes the item with the highest (1 - diversity) * relevance - diversity * similarity
    to its nearest already chosen item.

    Args:
        relevance: (n,) finite.
        similarity: (n, n) symmetric, on the scale of `relevance`.
        k: how many to choose, at most n.
        diversity: 0 keeps the order of relevance, 1 looks at variety only.

    Returns:
        (positions, marginal values), in the order chosen; values never rise. Ties by position.
    """
    k = min(k, relevance.size)
    chosen = np.zeros(k, dtype=np.int32)
    values = np.zeros(k, dtype=np.float32)
    gain = ((1.0 - diversity) * relevance).astype(np.float64)
    nearest = np.zeros(relevance.size, dtype=np.float64)
    open_ = np.ones(relevance.size, dtype=np.bool_)
    for step in range(k):
        worth = np.where(open_, gain - diversity * nearest, -np.inf)
        pick = int(np.argmax(worth))
        chosen[step], values[step] = pick, worth[pick]
        open_[pick] = False
        nearest = np.maximum(nearest, similarity[pick])
    return chosen, values


def determinantal(
    relevance: Scores, similarity: Similarity, k: int, sharpness: float = 1.0
) -> NDArray[np.int32]:
    """Greedy most probable set of a determinantal point process (Chen, Zhang and Zhou, 2018).

    The kernel is L = diag(q) S diag(q) with q = exp(sharpness * relevance / 2): a set is likely
    when its items are relevant and their vectors span a large volume.

    Args:
        relevance: (n,) finite.
        similarity: (n, n) positive semi-definite, ones on the diagonal.
        k: how many to choose; fewer come back when the rest adds no volume.
        sharpness: weight of relevance against variety.

    Returns:
        Positions in the order chosen; ties by position.
    """
    quality = np.exp(sharpness * (relevance - relevance.max(initial=0.0)) / 2).astype(np.float64)
    volume = quality**2 * np.diag(similarity).astype(np.float64)
    k = min(k, relevance.size)
    factors = np.zeros((k, relevance.size))
    chosen: list[int] = []
    for step in range(k):
        pick = int(np.argmax(volume))
        if volume[pick] <= 1e-10 * quality[pick] ** 2 or not np.isfinite(volume[pick]):
            break
        row = quality[pick] * similarity[pick].astype(np.float64) * quality
        factor = (row - factors[:step, pick] @ factors[:step]) / np.sqrt(volume[pick])
        factors[step] = factor
        volume = volume - factor**2
        chosen.append(pick)
        volume[chosen] = -np.inf
    return np.array(chosen, dtype=np.int32)
