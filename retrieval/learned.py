"""Weights learned from lists that people reacted to: pairs within a list, one multiplier a signal.

An item somebody liked should stand above one of the same list they passed over or did not want.
The loss is the logistic one over such pairs (RankNet without hidden layers, Burges et al., ICML
2005); multipliers are drawn to 1, so that few lists change little. What was asked for (wishes,
people, words, numbers) keeps its weight: a log must not teach the product to listen less.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval import metrics
from retrieval.metrics import Interval
from retrieval.rerank import Weights

Array = NDArray[np.float64]
FORMAT = 1

LEARNABLE = tuple(
    f.name
    for f in fields(Weights)
    if f.name
    not in ("wish", "person", "term", "number", "rare", "avoid", "focus", "fame", "novelty")
)
"""Fields that a log may change."""

FEWEST = 300
"""Lists with a pair to learn from, below which weights are left alone."""

FEWEST_PEOPLE = 30
"""So many conversations at least must have given them."""

MOST = 3.0
"""A learned weight is at most so many times what it was."""

_PRIOR = 2.0
"""How strongly multipliers are drawn to 1, in lists."""

_FOLDS = 5


@dataclass(frozen=True)
class Judged:
    """One list that was shown, in the order shown.

    Attributes:
        signals: (n, len(LEARNABLE)) what each learnable weight was multiplied by.
        rest: (n,) the other contributions to the score, as they were.
        gains: (n,) how good each item turned out; 0 = passed over; NaN = nobody can say.
        person: whose list it was.
    """

    signals: Array
    rest: Array
    gains: Array
    person: Hashable


def judged(
    signals: Sequence[Mapping[str, float]],
    gains: Sequence[float | None],
    person: Hashable,
    weights: Weights,
) -> Judged:
    """A list from what the log keeps of it.

    Args:
        signals: for each item, field of the weights → what it was multiplied by.
        gains: for each item; None = no reaction. Such an item counts as passed over where something
            at its place or below got a reaction (or directly above): further down nobody may have
            looked.
        person: whose list it was.
        weights: the ones that the fields which are not learned still have.
    """
    columns = [[s.get(name, 0.0) for name in LEARNABLE] for s in signals]
    others = [
        sum(getattr(weights, f, 0.0) * v for f, v in s.items() if f not in LEARNABLE)
        for s in signals
    ]
    last = max((at for at, gain in enumerate(gains) if gain is not None), default=-2)
    known = [
        gain if gain is not None else 0.0 if at <= last + 1 else float("nan")
        for at, gain in enumerate(gains)
    ]
    return Judged(
        np.array(columns, dtype=np.float64).reshape(len(signals), len(LEARNABLE)),
        np.array(others, dtype=np.float64),
        np.array(known, dtype=np.float64),
        person,
    )


def telling(lists: Sequence[Judged]) -> list[Judged]:
    """Those in which something turned out better than something else."""
    return [one for one in lists if np.nanmax(one.gains, initial=-np.inf) > _least(one)]


def _least(one: Judged) -> float:
    return float(np.nanmin(one.gains, initial=np.inf))


def fit(lists: Sequence[Judged], base: Weights, *, prior: float = _PRIOR) -> Weights:
    """`base` with the learnable fields multiplied by what explains the lists best."""
    from scipy.optimize import minimize

    own = np.array([getattr(base, name) for name in LEARNABLE])
    pairs, rest, weight = _pairs(lists, own)
    if not len(weight):
        return base
    total = float(weight.sum())

    def loss(x: Array) -> tuple[float, Array]:
        heat, times = np.exp(x[0]), x[1:]
        gap = pairs @ times + rest
        wrong = 1 / (1 + np.exp(np.clip(heat * gap, -40, 40)))
        value = float(weight @ np.logaddexp(0, -heat * gap)) + prior * float(
            ((times - 1) ** 2).sum()
        )
        slope = -weight * wrong
        to_heat = heat * float(slope @ gap)
        to_times = heat * (pairs.T @ slope) + 2 * prior * (times - 1)
        return value / total, np.concatenate([[to_heat], to_times]) / total

    start = np.concatenate([[0.0], np.ones(own.size)])
    bounds = [(-3.0, 3.0), *[(0.0, MOST)] * own.size]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    learned = np.round(own * found.x[1:], 4)
    return replace(base, **{n: float(w) for n, w in zip(LEARNABLE, learned, strict=True)})


def _pairs(lists: Sequence[Judged], own: Array) -> tuple[Array, Array, Array]:
    """(m, fields) and (m,) how much more the better item of each pair has, and (m,) its weight.

    Every list weighs 1 in all.
    """
    found: list[Array] = []
    others: list[Array] = []
    weights: list[Array] = []
    for one in lists:
        better, worse = np.nonzero(one.gains[:, None] > one.gains[None, :])
        if not better.size:
            continue
        gap = one.gains[better] - one.gains[worse]
        found.append((one.signals[better] - one.signals[worse]) * own)
        others.append(one.rest[better] - one.rest[worse])
        weights.append(gap / gap.sum())
    if not found:
        return np.zeros((0, own.size)), np.zeros(0), np.zeros(0)
    return np.concatenate(found), np.concatenate(others), np.concatenate(weights)


def quality(one: Judged, weights: Weights) -> float:
    """NDCG of a list as `weights` would order it; what nobody can judge is left out.

    Gains are taken from the worst of the list upwards. NaN where all turned out alike.
    """
    own = np.array([getattr(weights, name) for name in LEARNABLE])
    known = np.flatnonzero(~np.isnan(one.gains))
    scores = one.signals[known] @ own + one.rest[known]
    gains = one.gains[known] - one.gains[known].min(initial=np.inf)
    # Stable: what is told apart by nothing keeps the order in which it was shown.
    ranked = [int(at) for at in np.argsort(-scores, kind="stable")]
    return metrics.ndcg(ranked, {at: float(g) for at, g in enumerate(gains) if g > 0})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a training came to.

    Attributes:
        weights: the ones to serve: learned, or `base` where they are not better.
        better: whether the learned ones serve.
        gain: NDCG of learned minus base on lists of people neither was learned from, with a paired
            interval over people; None where there was too little to learn from.
        lists, people: how much there was to learn from.
    """

    weights: Weights
    better: bool
    gain: Interval | None
    lists: int
    people: int


def decide(lists: Sequence[Judged], base: Weights, rng: np.random.Generator) -> Verdict:
    """Learn from the lists, and keep `base` unless the learned weights are better for sure.

    Every person's lists are judged by weights learned from other people. What serves afterwards is
    learned from all lists.
    """
    useful = telling(lists)
    persons = sorted({one.person for one in useful}, key=repr)
    if len(useful) < FEWEST or len(persons) < FEWEST_PEOPLE:
        return Verdict(base, False, None, len(useful), len(persons))
    order = rng.permutation(len(persons))
    fold = {persons[int(at)]: place % _FOLDS for place, at in enumerate(order)}
    ours: list[float] = []
    theirs: list[float] = []
    clusters: list[Hashable] = []
    for held in range(_FOLDS):
        learned = fit([one for one in useful if fold[one.person] != held], base)
        for one in useful:
            if fold[one.person] == held:
                ours.append(quality(one, learned))
                theirs.append(quality(one, base))
                clusters.append(one.person)
    gain = metrics.difference(ours, theirs, clusters, rng)
    better = gain.low > 0
    weights = fit(useful, base) if better else base
    return Verdict(weights, better, gain, len(useful), len(persons))


def save(weights: Weights, path: Path, note: Mapping[str, object]) -> None:
    """Write the weights as JSON, whole or not at all, with a note on where they come from."""
    partial = path.with_name("partial-" + path.name)
    content = {"format": FORMAT, "weights": asdict(weights), **note}
    partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def load(path: Path, base: Weights) -> Weights:
    """`base` with the learnable fields as `save` wrote them.

    Raises:
        OSError, ValueError: the file is missing, damaged or of another version.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"{path} does not hold weights of format {FORMAT}")
    kept = content.get("weights")
    if not isinstance(kept, dict):
        raise ValueError(f"{path} holds no weights")
    found: dict[str, float] = {}
    for name in LEARNABLE:
        value = kept.get(name, getattr(base, name))
        if not isinstance(value, int | float) or not 0 <= value < 100:
            raise ValueError(f"{path}: the weight of {name} is {value!r}")
        found[name] = float(value)
    return replace(base, **found)
