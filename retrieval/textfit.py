"""Learns a `textadapter.TextAdapter` from what was said and what was chosen after it.

A softmax over sampled items: what was chosen stands against items drawn evenly and against what
others of the batch chose, never against what had been named before. Whole conversations, one run
of them (neighbours often are by the same people), are kept out to say when to stop and whether
it was worth it. In numpy: the gradients of a linear map are short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from retrieval.conversation.memory import Case
from retrieval.embeddings import Vectors
from retrieval.metrics import Interval, difference
from retrieval.textadapter import Floats, TextAdapter

Ints = NDArray[np.int64]

FEWEST = 200
"""Pairs below which nothing is learned."""

AT = 10

READ = 0, 2
"""Of `talk.views`: the last two turns, and the user's turns."""

_STEPS = 30
"""Steps of an epoch at least: batches are smaller where there are few pairs."""

_BETAS = 0.9, 0.999


@dataclass(frozen=True, slots=True)
class Plan:
    """What to learn and how hard; ranks from 16 to 64 hardly differ.

    Attributes:
        diagonal: whether dimensions get weights of their own.
        rank: of the other part; 0 = none.
        scale: cosines are multiplied by it before the softmax.
        sampled: items drawn for each batch.
        held: share of the conversations that is kept out.
    """

    diagonal: bool = False
    rank: int = 32
    epochs: int = 8
    batch: int = 256
    rate: float = 2e-3
    decay: float = 0.05
    scale: float = 20.0
    sampled: int = 1000
    held: float = 0.2


@dataclass(frozen=True)
class Pairs:
    """What was said, and what was chosen after it. One line a pair.

    Attributes:
        vectors: (n, dimensions) of what was said.
        chosen: (n,) rows of items.
        talks: (n,) numbers of the conversations; neighbours in time have neighbouring numbers.
        passed: rows that cannot be the answer, such as what had been named before; never `chosen`.
    """

    vectors: Vectors
    chosen: Ints
    talks: Ints
    passed: Sequence[Ints]

    def __len__(self) -> int:
        return len(self.chosen)

    def of(self, lines: Ints) -> Pairs:
        """Some of them."""
        passed = [self.passed[line] for line in lines]
        return Pairs(self.vectors[lines], self.chosen[lines], self.talks[lines], passed)


def pairs_of(cases: Sequence[Case], said: Vectors) -> Pairs:
    """Pairs of past cases: each item that was named next, after the last turns and after all that
    its user said.

    Args:
        said: (len(cases), `talk.VIEWS`, dimensions) from `cases.requests_of`.
    """
    vectors, chosen, talks, passed = [], [], [], []
    for case, views in zip(cases, said, strict=True):
        for target in case.targets:
            others = {*case.seen, *case.targets} - {target}
            for view in READ:
                if views[view].any():
                    vectors.append(views[view])
                    chosen.append(target)
                    talks.append(case.dialogue)
                    passed.append(np.array(sorted(others), dtype=np.int64))
    shape = (len(vectors), said.shape[2])
    stacked = np.array(vectors, dtype=np.float32).reshape(shape)
    return Pairs(stacked, np.array(chosen, np.int64), np.array(talks, np.int64), passed)


@dataclass(frozen=True, slots=True)
class Fitted:
    """What came of it.

    Attributes:
        adapter: learned from every pair, for as long as was best for those kept out.
        before, after: recall@10 over the whole catalogue on the pairs kept out, without it and
            with one learned from the others.
        gain: of the discounted rank (nDCG) of what was chosen, by conversations.
        pairs: how many there were; `held` of them were kept out.
    """

    adapter: TextAdapter
    before: float
    after: float
    gain: Interval
    pairs: int
    held: int

    @property
    def better(self) -> bool:
        """Whether it finds more, and that is more than luck."""
        return self.after > self.before and self.gain.low > 0


def learn(
    pairs: Pairs,
    items: Vectors,
    embedder: str,
    rng: np.random.Generator,
    plan: Plan | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Fitted:
    """The adapter that finds what was chosen, and how well it does on conversations kept out.

    Args:
        items: (items, dimensions) vectors of the whole catalogue.
        embedder: name of what made all vectors.
        progress: called with (epochs done, epochs to do).

    Raises:
        ValueError: there are fewer than `FEWEST` pairs, or all are of one conversation.
    """
    plan = plan or Plan()
    kept_out = _held(pairs.talks, plan.held)
    if len(pairs) < FEWEST or not kept_out.any() or kept_out.all():
        raise ValueError(f"{len(pairs)} pairs are too few to learn from")
    held = pairs.of(np.flatnonzero(kept_out))
    seed = int(rng.integers(1 << 31))
    learned = pairs.of(np.flatnonzero(~kept_out))
    start = places(held.vectors, held, items)
    best, after = 0, start
    for epoch, adapter in enumerate(_epochs(learned, items, embedder, plan, seed), 1):
        found = places(adapter.turned(held.vectors), held, items)
        if _gains(found).mean() > _gains(after).mean():
            best, after = epoch, found
        progress(epoch, plan.epochs + best)
    course = islice(_epochs(pairs, items, embedder, plan, seed), best)
    last = _nothing(embedder, items.shape[1])
    for epoch, adapter in enumerate(course, 1):
        last = adapter
        progress(plan.epochs + epoch, plan.epochs + best)
    gain = difference(_gains(after).tolist(), _gains(start).tolist(), held.talks.tolist(), rng)
    recall = [float((found < AT).mean()) for found in (start, after)]
    return Fitted(last, recall[0], recall[1], gain, len(pairs), len(held))


def places(vectors: Vectors, pairs: Pairs, items: Vectors) -> Ints:
    """(n,) where each chosen item stands among all that could be, from 0; ties go against it."""
    found = np.empty(len(pairs), dtype=np.int64)
    for start in range(0, len(pairs), 512):
        scores = vectors[start : start + 512] @ items.T
        for line, column in enumerate(scores, start):
            right = column[pairs.chosen[line]]
            column[pairs.passed[line]] = -np.inf
            found[line] = np.count_nonzero(column >= right) - 1
    return found


def _gains(found: Ints) -> NDArray[np.float64]:
    return np.asarray(1 / np.log2(2 + found), dtype=np.float64)


def _held(talks: Ints, share: float) -> NDArray[np.bool_]:
    """The first conversations: every later one shares people with its neighbours on both sides."""
    numbers = np.unique(talks)
    return np.asarray(np.isin(talks, numbers[: max(1, round(share * numbers.size))]))


def _nothing(embedder: str, size: int) -> TextAdapter:
    """The adapter that changes nothing."""
    none = np.zeros((size, 0), dtype=np.float32)
    return TextAdapter(embedder, np.zeros(size, dtype=np.float32), none, none.T)


def _epochs(
    pairs: Pairs, items: Vectors, embedder: str, plan: Plan, seed: int
) -> Iterator[TextAdapter]:
    """The adapter as it stands after each epoch; the same seed takes the same course."""
    rng = np.random.default_rng(seed)
    size = items.shape[1]
    down = rng.standard_normal((size, plan.rank)).astype(np.float32) / np.float32(np.sqrt(size))
    up = np.zeros((plan.rank, size), dtype=np.float32)
    adapter = TextAdapter(embedder, np.zeros(size, dtype=np.float32), down, up)
    learner = _Adam([adapter.diagonal, down, up], plan.decay)
    each = max(1, min(plan.batch, len(pairs) // _STEPS))
    steps = plan.epochs * -(-len(pairs) // each)
    done = 0
    for _ in range(plan.epochs):
        order = rng.permutation(len(pairs))
        for start in range(0, len(order), each):
            batch = pairs.of(order[start : start + each])
            drawn = rng.choice(len(items), min(plan.sampled, len(items)), replace=False)
            slopes = _slopes(adapter, batch, items, drawn, plan)
            warm, cool = 10 * (done + 1) / steps, (steps - done) / (0.9 * steps)
            learner.step(slopes, plan.rate * min(1.0, warm, cool))
            done += 1
        own, low, high = (part.copy() for part in learner.parts)
        yield TextAdapter(embedder, own, low, high)


def _slopes(
    adapter: TextAdapter, batch: Pairs, items: Vectors, drawn: Ints, plan: Plan
) -> list[Floats]:
    """Gradients of the mean of minus the log chance of what was chosen: diagonal, down, up."""
    rows = np.unique(np.concatenate([batch.chosen, drawn]))
    right = np.searchsorted(rows, batch.chosen)
    said, shown = batch.vectors, items[rows]
    low = said @ adapter.down
    logits = plan.scale * ((said + said * adapter.diagonal + low @ adapter.up) @ shown.T)
    for line, passed in enumerate(batch.passed):
        logits[line, np.isin(rows, passed)] = -np.inf
    logits -= logits.max(axis=1, keepdims=True)
    chance = np.exp(logits)
    chance /= chance.sum(axis=1, keepdims=True)
    chance[np.arange(len(batch)), right] -= 1
    slope = (chance @ shown) * np.float32(plan.scale / len(batch))
    own = (slope * said).sum(axis=0) if plan.diagonal else np.zeros_like(adapter.diagonal)
    return [own, said.T @ (slope @ adapter.up.T), low.T @ slope]


class _Adam:
    """Kingma and Ba 2015, with decoupled weight decay. Changes `parts` in place."""

    def __init__(self, parts: Sequence[Floats], decay: float) -> None:
        self.parts = tuple(parts)
        self._decay = decay
        self._mean = [np.zeros_like(part) for part in parts]
        self._square = [np.zeros_like(part) for part in parts]
        self._steps = 0

    def step(self, slopes: Sequence[Floats], rate: float) -> None:
        """One step down."""
        self._steps += 1
        first, second = (np.float32(1 - beta**self._steps) for beta in _BETAS)
        for part, slope, mean, square in zip(
            self.parts, slopes, self._mean, self._square, strict=True
        ):
            mean += np.float32(1 - _BETAS[0]) * (slope - mean)
            square += np.float32(1 - _BETAS[1]) * (slope * slope - square)
            move = (mean / first) / (np.sqrt(square / second) + np.float32(1e-8))
            part -= np.float32(rate) * (move + np.float32(self._decay) * part)
