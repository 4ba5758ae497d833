"""Weights learned from lists that people reacted to: pairs within a list, one multiplier a signal.

An item somebody liked should stand above one of the same list they passed over or did not want.
The loss is the logistic one over such pairs (RankNet without hidden layers, Burges et al., ICML
2005), in which standing higher in the list may have helped by itself; otherwise the order of the
past would look better than it was. Multipliers are drawn to 1, so that few lists change little.
What was asked for (wishes, people, words, numbers) keeps its weight: a log must not teach the
product to listen less.
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

WORTH = 0.002
"""Less than this is no reason to change how everybody's lists are ranked, however sure it is."""

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


@dataclass(frozen=True)
class _Fit:
    """What explains pairs: multipliers of the learnable fields, how sharply the score decides, and
    how much a place nearer the top is worth by itself: people look there first.
    """

    times: Array
    heat: float
    place: float

    def explained(self, lists: Sequence[Judged], own: Array) -> Array:
        """(lists,) how likely their pairs are, mean logarithm; NaN where there is no pair."""
        found = np.full(len(lists), np.nan)
        for at, one in enumerate(lists):
            pairs, rest, place, weight = _pairs([one], own)
            if weight.size:
                gap = self.heat * (pairs @ self.times + rest) + self.place * place
                found[at] = -float(weight @ np.logaddexp(0, -gap))
        return found


def fit(lists: Sequence[Judged], base: Weights, *, prior: float = _PRIOR) -> Weights:
    """`base` with the learnable fields multiplied by what explains the lists best."""
    own = _own(base)
    found = _fitted(lists, own, prior)
    learned = np.round(own * found.times, 4)
    return replace(base, **{n: float(w) for n, w in zip(LEARNABLE, learned, strict=True)})


def _own(weights: Weights) -> Array:
    return np.array([getattr(weights, name) for name in LEARNABLE])


def _fitted(
    lists: Sequence[Judged], own: Array, prior: float = _PRIOR, *, free: bool = True
) -> _Fit:
    """The likeliest fit; with `free` False the multipliers stay 1."""
    from scipy.optimize import minimize

    pairs, rest, place, weight = _pairs(lists, own)
    if not weight.size:
        return _Fit(np.ones(own.size), 1.0, 0.0)
    total = float(weight.sum())

    def loss(x: Array) -> tuple[float, Array]:
        heat, top, times = np.exp(x[0]), x[1], x[2:]
        gap = pairs @ times + rest
        whole = heat * gap + top * place
        slope = -weight / (1 + np.exp(np.clip(whole, -40, 40)))
        value = float(weight @ np.logaddexp(0, -whole)) + prior * float(((times - 1) ** 2).sum())
        to_times = heat * (pairs.T @ slope) + 2 * prior * (times - 1)
        steps = [[heat * float(slope @ gap), float(slope @ place)], to_times]
        return value / total, np.concatenate(steps) / total

    start = np.concatenate([[0.0, 0.0], np.ones(own.size)])
    most = MOST if free else 1.0
    bounds = [(-3.0, 3.0), (0.0, 5.0), *[(0.0 if free else 1.0, most)] * own.size]
    x = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return _Fit(x[2:], float(np.exp(x[0])), float(x[1]))


def _pairs(lists: Sequence[Judged], own: Array) -> tuple[Array, Array, Array, Array]:
    """(m, fields), (m,) and (m,) how much more the better item of each pair has, how much higher it
    stood, and (m,) the pair's weight.

    Every list weighs 1 in all.
    """
    found: list[Array] = []
    others: list[Array] = []
    places: list[Array] = []
    weights: list[Array] = []
    for one in lists:
        better, worse = np.nonzero(one.gains[:, None] > one.gains[None, :])
        if not better.size:
            continue
        gap = one.gains[better] - one.gains[worse]
        found.append((one.signals[better] - one.signals[worse]) * own)
        others.append(one.rest[better] - one.rest[worse])
        places.append(np.log2((worse + 2) / (better + 2)))
        weights.append(gap / gap.sum())
    if not found:
        return np.zeros((0, own.size)), np.zeros(0), np.zeros(0), np.zeros(0)
    return tuple(np.concatenate(x) for x in (found, others, places, weights))  # type: ignore[return-value]


def quality(one: Judged, weights: Weights) -> float:
    """NDCG of a list as `weights` would order it; what nobody can judge is left out.

    Gains are taken from the worst of the list upwards. NaN where all turned out alike.
    """
    own = _own(weights)
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
        gain: how much likelier the learned weights make what people did, in the mean logarithm of
            the chance of a pair, on lists of people nothing was learned from; with an interval over
            people; None where there was too little to learn from.
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
    own = _own(base)
    gained: list[float] = []
    clusters: list[Hashable] = []
    for held in range(_FOLDS):
        known = [one for one in useful if fold[one.person] != held]
        asked = [one for one in useful if fold[one.person] == held]
        ours = _fitted(known, own).explained(asked, own)
        theirs = _fitted(known, own, free=False).explained(asked, own)
        gained += (ours - theirs).tolist()
        clusters += [one.person for one in asked]
    gain = metrics.bootstrap(gained, clusters, rng)
    better = gain.low > 0 and gain.mean >= WORTH
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
