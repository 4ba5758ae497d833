"""What is measured about rankings. Pure functions; `ranked` is always best first.

Where nothing is relevant a metric of accuracy is NaN: such a case says nothing and is left out of
means. Sources: Järvelin and Kekäläinen 2002 (NDCG); Castells, Hurley and Vargas 2015 (novelty,
diversity); Steck 2018 (calibration); Abdollahpouri et al. 2019 (popularity lift).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
K = TypeVar("K", bound=Hashable)


def recall(ranked: Sequence[K], relevant: Collection[K], k: int, *, capped: bool = False) -> float:
    """Share of what is relevant among the first `k`.

    `capped` divides by min(k, relevant) instead, so that 1 can be reached.

    >>> recall(["a", "b", "c"], {"a", "c", "d"}, 2)
    0.3333333333333333
    """
    wanted = set(relevant)
    if not wanted:
        return float("nan")
    hits = len(wanted & set(ranked[:k]))
    return hits / (min(k, len(wanted)) if capped else len(wanted))


def precision(ranked: Sequence[K], relevant: Collection[K], k: int) -> float:
    """Share of the first `k` places that hold something relevant; empty places count as wrong."""
    if not relevant or k <= 0:
        return float("nan")
    return len(set(relevant) & set(ranked[:k])) / k


def f1(ranked: Sequence[K], relevant: Collection[K], k: int) -> float:
    """Harmonic mean of precision and recall; 0 where both are."""
    p, r = precision(ranked, relevant, k), recall(ranked, relevant, k)
    return 0.0 if p + r == 0 else 2 * p * r / (p + r)


def hit(ranked: Sequence[K], relevant: Collection[K], k: int) -> float:
    """1 where anything relevant is among the first `k`, else 0. Its mean is the hit rate."""
    if not relevant:
        return float("nan")
    return float(bool(set(relevant) & set(ranked[:k])))


def reciprocal_rank(ranked: Sequence[K], relevant: Collection[K], k: int | None = None) -> float:
    """1 / place of the first relevant item, 0 where there is none. Its mean is the MRR."""
    if not relevant:
        return float("nan")
    wanted = set(relevant)
    for place, item in enumerate(ranked[:k], start=1):
        if item in wanted:
            return 1.0 / place
    return 0.0


def ndcg(
    ranked: Sequence[K], relevant: Collection[K] | Mapping[K, float], k: int | None = None
) -> float:
    """Discounted gain over the best possible one: gain / log2(place + 1), summed.

    `relevant` may map items to gains > 0; otherwise every gain is 1.
    """
    gains = dict(relevant) if isinstance(relevant, Mapping) else dict.fromkeys(relevant, 1.0)
    if not gains:
        return float("nan")
    cut = len(ranked) if k is None else k
    found = [gains.get(item, 0.0) for item in ranked[:cut]]
    best = sorted(gains.values(), reverse=True)[:cut]
    ideal = _discounted(best)
    return _discounted(found) / ideal if ideal > 0 else 0.0


def _discounted(gains: Sequence[float]) -> float:
    places = np.arange(2, len(gains) + 2)
    return float((np.asarray(gains, dtype=np.float64) / np.log2(places)).sum())


def diversity(vectors: NDArray[np.floating]) -> float:
    """Intra-list diversity: mean of 1 - cosine over all pairs of a list's items.

    Args:
        vectors: (n, dimensions) unit length. NaN for fewer than two items.
    """
    n = len(vectors)
    if n < 2:
        return float("nan")
    total = np.asarray(vectors, dtype=np.float64).sum(axis=0)
    squares = float((np.asarray(vectors, dtype=np.float64) ** 2).sum())
    return 1.0 - (float(total @ total) - squares) / (n * (n - 1))


def novelty(ranked: Sequence[K], popularity: Mapping[K, float]) -> float:
    """Mean self-information, -log2 p, of the items; `popularity` holds p in (0, 1].

    Items whose popularity nobody knows are left out; NaN where none is known.
    """
    known = [popularity[item] for item in ranked if popularity.get(item, 0.0) > 0]
    return float(-np.log2(known).mean()) if known else float("nan")


def serendipity(
    ranked: Sequence[K], relevant: Collection[K], expected: Collection[K], k: int
) -> float:
    """Share of the first `k` places that are relevant and not what everybody would be shown.

    >>> serendipity(["a", "b", "c"], {"a", "b"}, {"a"}, 2)
    0.5
    """
    if not relevant or k <= 0:
        return float("nan")
    return len((set(relevant) & set(ranked[:k])) - set(expected)) / k


def coverage(lists: Sequence[Sequence[K]], catalogue: int) -> float:
    """Share of the catalogue that appears in any list."""
    return len({item for ranked in lists for item in ranked}) / catalogue if catalogue else 0.0


def gini(counts: Sequence[float] | Array) -> float:
    """Inequality of exposure: 0 = every item is shown alike often, near 1 = one item only.

    >>> gini([1, 1, 1, 1]), gini([0, 0, 0, 4])
    (0.0, 0.75)
    """
    x = np.sort(np.asarray(counts, dtype=np.float64))
    total = x.sum()
    if total == 0:
        return 0.0
    n = len(x)
    return float((2 * np.arange(1, n + 1) - n - 1) @ x / (n * total))


def popularity_lift(
    ranked: Sequence[K], history: Sequence[K], popularity: Mapping[K, float]
) -> float:
    """How much more popular than the history the list is: (mean of list - history) / history."""
    before = [popularity[item] for item in history if item in popularity]
    after = [popularity[item] for item in ranked if item in popularity]
    if not before or not after or np.mean(before) == 0:
        return float("nan")
    return float((np.mean(after) - np.mean(before)) / np.mean(before))


def miscalibration(
    target: Mapping[str, float], shown: Mapping[str, float], smoothing: float = 0.01
) -> float:
    """KL(target || shown) in nats between distributions over genres; 0 = perfectly calibrated.

    Both are scaled to sum to 1; `shown` is mixed with `smoothing` parts of the target, so that a
    genre never shown is costly but not infinitely so.
    """
    total, seen = sum(target.values()), sum(shown.values())
    if total <= 0 or seen <= 0:
        return float("nan")
    found = 0.0
    for genre, weight in target.items():
        p = weight / total
        q = (1 - smoothing) * shown.get(genre, 0.0) / seen + smoothing * p
        if p > 0:
            found += p * float(np.log(p / q))
    return found


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and where it lies in `level` of resamplings."""

    mean: float
    low: float
    high: float
    level: float = 0.95


def bootstrap(
    values: Sequence[float],
    clusters: Sequence[Hashable],
    rng: np.random.Generator,
    *,
    weights: Sequence[float] | None = None,
    rounds: int = 2000,
    level: float = 0.95,
) -> Interval:
    """Percentile interval of the mean of `values`, drawing whole clusters with replacement.

    Cases of one dialogue or user are alike; drawing them one by one would pretend to more evidence
    than there is. NaN values are left out.

    Args:
        values: one a case.
        clusters: the dialogue or user of each case.
        rng: the only source of chance.
        weights: of each case, such as its number of targets for a mean over targets.
    """
    sums, sizes = _clustered(values, clusters, weights)
    if sizes.size == 0:
        return Interval(float("nan"), float("nan"), float("nan"), level)
    means = np.empty(rounds)
    for start in range(0, rounds, 200):  # bounded memory
        drawn = rng.integers(0, sizes.size, (min(200, rounds - start), sizes.size))
        means[start : start + len(drawn)] = sums[drawn].sum(1) / sizes[drawn].sum(1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(sums.sum() / sizes.sum()), float(low), float(high), level)


def difference(
    ours: Sequence[float],
    theirs: Sequence[float],
    clusters: Sequence[Hashable],
    rng: np.random.Generator,
    *,
    rounds: int = 2000,
    level: float = 0.95,
) -> Interval:
    """`bootstrap` of the paired difference, case by case; it is real where 0 lies outside."""
    pairs = [a - b for a, b in zip(ours, theirs, strict=True)]
    return bootstrap(pairs, clusters, rng, rounds=rounds, level=level)


def _clustered(
    values: Sequence[float], clusters: Sequence[Hashable], weights: Sequence[float] | None
) -> tuple[Array, Array]:
    """Weighted sum and weight of each cluster that has any."""
    position: dict[Hashable, int] = {}
    where = np.array([position.setdefault(c, len(position)) for c in clusters], dtype=np.int64)
    x = np.asarray(values, dtype=np.float64)
    w = np.ones(x.size) if weights is None else np.asarray(weights, dtype=np.float64)
    if not x.size == where.size == w.size:
        raise ValueError("values, clusters and weights must be of one length")
    kept = ~np.isnan(x)
    sums = np.bincount(where[kept], x[kept] * w[kept], len(position))
    sizes = np.bincount(where[kept], w[kept], len(position))
    used = sizes > 0
    return sums[used].astype(np.float64), sizes[used].astype(np.float64)


def means(
    cases: Sequence[tuple[Sequence[K], Collection[K]]],
    metrics: Mapping[str, Callable[[Sequence[K], Collection[K]], float]],
) -> dict[str, float]:
    """Mean of each metric over (ranked, relevant) cases, leaving NaN out."""
    found = {}
    for name, metric in metrics.items():
        values = np.array([metric(ranked, relevant) for ranked, relevant in cases])
        known = values[~np.isnan(values)]
        found[name] = float(known.mean()) if known.size else float("nan")
    return found
