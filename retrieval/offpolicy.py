"""What another policy would have got, from what this one logged: before anything goes live.

A log holds, for every decision, the chance of each action; a target says its own chances. Inverse
propensity scoring (Horvitz and Thompson 1952), its self-normalised form (Swaminathan and Joachims,
NIPS 2015) and the doubly robust estimate (Dudík, Langford and Li, ICML 2011) with cross-fitted
regressions. Intervals are studentised (bootstrap-t): a few large weights make plain percentiles too
narrow. They draw whole clusters (people, conversations) with replacement.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FEWEST = 50.0
"""Effective decisions below which no estimate is given."""

_FOLDS = 5
_RIDGE = 1.0


class OverlapError(ValueError):
    """The log cannot answer: the target does what the logging policy never did, or hardly ever."""


@dataclass(frozen=True)
class Log:
    """n decisions of a logging policy.

    Attributes:
        contexts: (n, d) what was known when it decided.
        actions: (n,) which of k actions it took.
        chances: (n, k) the chance it gave each action; every row adds up to 1.
        rewards: (n,) what became of it.
        clusters: (n,) whose decision it was; decisions of one cluster are not independent.
    """

    contexts: Array
    actions: NDArray[np.int64]
    chances: Array
    rewards: Array
    clusters: Sequence[Hashable]

    def __post_init__(self) -> None:
        n = len(self.actions)
        if not n == len(self.contexts) == len(self.chances) == len(self.rewards):
            raise ValueError("a log's columns must be of one length")
        if len(self.clusters) != n:
            raise ValueError("a log's columns must be of one length")
        if n and not np.allclose(self.chances.sum(axis=1), 1.0, atol=1e-6):
            raise ValueError("the chances of every decision must add up to 1")
        if n and (self.taken <= 0).any():
            raise ValueError("an action was taken that had no chance: the log is wrong")

    @property
    def taken(self) -> Array:
        """(n,) the chance that the action taken had."""
        return np.asarray(self.chances[np.arange(len(self.actions)), self.actions])


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimate of a target's mean reward.

    Attributes:
        low, high: bounds of the interval at `level`.
        effective: how many decisions of the target's own the log is worth (Kish).
        clipped: share of decisions whose weight was cut.
    """

    method: str
    mean: float
    low: float
    high: float
    effective: float
    clipped: float
    level: float = 0.95


def estimates(
    log: Log,
    target: Array,
    rng: np.random.Generator,
    *,
    clip: float | None = None,
    rounds: int = 1000,
    level: float = 0.95,
) -> tuple[Estimate, ...]:
    """IPS, SNIPS and doubly robust ("dr") estimates of the target's mean reward.

    Args:
        log: what happened.
        target: (n, k) the chance the target gives each action in each context; rows add up to 1.
        rng: the only source of chance.
        clip: weights above it are cut to it: less noise, and an estimate drawn to the middle.
        rounds: of the bootstrap.

    Raises:
        OverlapError: see `check`.
    """
    check(log, target)
    weights, clipped = _weights(log, target, clip)
    effective = size(weights)
    model = _crossfit(log)
    taken = np.arange(len(log.actions))
    base = (target * model).sum(axis=1)
    robust = base + weights * (log.rewards - model[taken, log.actions])
    ones = np.ones_like(weights)
    found = []
    for method, top, bottom in (
        ("ips", weights * log.rewards, ones),
        ("snips", weights * log.rewards, weights),
        ("dr", robust, ones),
    ):
        low, high = _interval(top, bottom, log.clusters, rng, rounds, level)
        mean = float(top.sum() / bottom.sum())
        found.append(Estimate(method, mean, low, high, effective, clipped, level))
    return tuple(found)


def check(log: Log, target: Array) -> None:
    """Whether the log can say anything about the target.

    Raises:
        OverlapError: it is empty, the target would do what the log had no chance to do, or fewer
            than `FEWEST` effective decisions are left.
    """
    if not len(log.actions):
        raise OverlapError("the log is empty")
    if target.shape != log.chances.shape:
        raise ValueError(f"the target's shape is {target.shape}, the log's {log.chances.shape}")
    if not np.allclose(target.sum(axis=1), 1.0, atol=1e-6):
        raise ValueError("the target's chances of every decision must add up to 1")
    never = int(((target > 1e-9) & (log.chances <= 0)).any(axis=1).sum())
    if never:
        raise OverlapError(
            f"in {never} of {len(target)} decisions the target would do what had no "
            "chance when they were logged"
        )
    effective = size(_weights(log, target, None)[0])
    if effective < FEWEST:
        raise OverlapError(
            f"the log is worth {effective:.1f} decisions of the target; at least {FEWEST:g} are "
            "needed"
        )


def size(weights: Array) -> float:
    """Kish's effective sample size, (Σw)² / Σw²; 0 where all weights are 0."""
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def _weights(log: Log, target: Array, clip: float | None) -> tuple[Array, float]:
    weights = target[np.arange(len(log.actions)), log.actions] / log.taken
    if clip is None:
        return weights, 0.0
    return np.minimum(weights, clip), float((weights > clip).mean())


def _crossfit(log: Log) -> Array:
    """(n, k) rewards that a ridge regression for each action expects.

    Every cluster is predicted by what was learned from the others.
    """
    places: dict[Hashable, int] = {}
    where = np.array([places.setdefault(c, len(places)) for c in log.clusters])
    folds = where % min(_FOLDS, max(len(places), 1))
    k = log.chances.shape[1]
    x = np.column_stack([np.ones(len(log.actions)), log.contexts])
    found = np.zeros((len(x), k))
    ridge = _RIDGE * np.eye(x.shape[1])
    for fold in np.unique(folds):
        held, rest = folds == fold, folds != fold
        middle = float(log.rewards[rest].mean()) if rest.any() else 0.0
        for action in range(k):
            mine = rest & (log.actions == action)
            gram = x[mine].T @ x[mine] + ridge
            weights = np.linalg.solve(gram, x[mine].T @ (log.rewards[mine] - middle))
            found[held, action] = middle + x[held] @ weights
    return found


def _interval(
    top: Array,
    bottom: Array,
    clusters: Sequence[Hashable],
    rng: np.random.Generator,
    rounds: int,
    level: float,
) -> tuple[float, float]:
    """Bootstrap-t interval of Σ top / Σ bottom, drawing clusters (Efron and Tibshirani 1993)."""
    places: dict[Hashable, int] = {}
    where = np.array([places.setdefault(c, len(places)) for c in clusters])
    tops, bottoms = np.bincount(where, top), np.bincount(where, bottom)
    mean = float(tops.sum() / bottoms.sum())
    error = float(np.sqrt(((tops - mean * bottoms) ** 2).sum()) / bottoms.sum())
    if error == 0:
        return mean, mean
    ratios = np.empty(rounds)
    for start in range(0, rounds, 100):  # bounded memory
        drawn = rng.integers(0, tops.size, (min(100, rounds - start), tops.size))
        some, whole = tops[drawn], bottoms[drawn]
        total = np.maximum(whole.sum(axis=1), 1e-12)
        means = some.sum(axis=1) / total
        errors = np.sqrt(((some - means[:, None] * whole) ** 2).sum(axis=1)) / total
        # A draw in which all came out alike knows no error of its own.
        errors = np.where(errors > 1e-3 * error, errors, error)
        ratios[start : start + len(drawn)] = (means - mean) / errors
    low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2])
    return mean - float(high) * error, mean - float(low) * error
