"""What others said and chose: neighbours, pairs named together, past requests and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.conversation.rows import csr, picked, weighted
from retrieval.conversation.talk import Turn
from retrieval.embeddings import Vectors
from retrieval.stores import Scores

_NEAR, _HEAT = 150, 14.0
"""So many past requests answer a new one; how much more the most alike of them count."""

_COARSE, _WIDE = 96, 600
"""Requests are compared along so many principal directions first, then the best of them exactly:
a quarter of the memory to read. What is missed carries less than a thousandth of the weight."""

_STAY = 10.0
"""Steps that lead nowhere are counted in: what was named once or twice tells little."""


@dataclass(frozen=True, slots=True)
class Case:
    """A message of a past conversation that named something new, and what came before it.

    Attributes:
        dialogue: number of the conversation.
        turns: what had been said.
        targets: places named for the first time.
        seen: places that had been named before.
        recommends: whether the assistant named them.
    """

    dialogue: int
    turns: tuple[Turn, ...]
    targets: tuple[int, ...]
    seen: tuple[int, ...]
    recommends: bool


@dataclass(frozen=True)
class Memory:
    """Kept of the data; places as in `Facts`.

    Attributes:
        ease: (n, n) CSR item-to-item weights from ratings.
        pairs: (n, n) CSR: in how many conversations both were named; zero diagonal.
        counts: (n,) in how many conversations an item was named.
        given: (n,) how often the assistant named it as something new.
        dialogues: how many conversations there are.
        requests: (cases, 2, dimensions) float16 first two views of past requests.
        answers: (cases, n) CSR what was named next; rows sum to 1.
    """

    ease: Any
    pairs: Any
    counts: NDArray[np.float32]
    given: NDArray[np.float32]
    dialogues: int
    requests: NDArray[np.float16]
    answers: Any

    @cached_property
    def _requests(self) -> Vectors:
        """(2, cases, dimensions)."""
        return np.ascontiguousarray(self.requests.astype(np.float32).transpose(1, 0, 2))

    @cached_property
    def _coarse(self) -> tuple[Vectors, Vectors]:
        """(dimensions, d) principal directions, and (2, cases, d) requests along them."""
        past = self._requests
        whole = past.reshape(-1, past.shape[2])
        _, axes = np.linalg.eigh(whole.T @ whole)
        leading = np.ascontiguousarray(axes[:, ::-1][:, :_COARSE])
        return leading, np.asarray(past @ leading, dtype=np.float32)

    @cached_property
    def _steps(self) -> Any:
        """(n, n) CSR chance of a step from an item to one that was named with it."""
        rows = np.repeat(np.arange(self.pairs.shape[0]), np.diff(self.pairs.indptr))
        steps = self.pairs.copy()
        steps.data = steps.data / (np.asarray(self.pairs.sum(axis=1)).ravel()[rows] + _STAY)
        return steps

    def walked(self, named: NDArray[np.int64]) -> Scores:
        """(n,) chance of being reached from one of `named` in two steps."""
        once = weighted(picked(self._steps, named), np.full(named.size, 1 / named.size))
        return np.asarray(once @ self._steps, dtype=np.float32)

    def alike(self, which: int, vector: Vectors) -> Scores:
        """(n,) what was answered to the past requests most alike; sums to 1, or zeros.

        Args:
            which: 0 compares the last two turns, 1 the whole.
            vector: (dimensions,) of the request.
        """
        past = self._requests[which]
        size = self.answers.shape[1]
        if not len(past) or not vector.any():
            return np.zeros(size, dtype=np.float32)
        leading, coarse = self._coarse
        near = _top(coarse[which] @ (vector @ leading), _WIDE)
        likeness = past[near] @ vector
        top = _top(likeness, _NEAR)
        weight = np.exp(_HEAT * (likeness[top] - likeness[top].max()))
        return weighted(picked(self.answers, near[top]), weight / weight.sum())


def _top(values: Scores, count: int) -> NDArray[np.intp]:
    """Places of the highest, in no order."""
    if len(values) <= count:
        return np.arange(len(values))
    return np.argpartition(-values, count - 1)[:count]


def remembered(
    dialogues: Sequence[Sequence[int]], cases: Sequence[Case], requests: Vectors, ease: Any
) -> Memory:
    """Memory of some conversations.

    Args:
        dialogues: places named in each.
        cases: theirs.
        requests: (cases, at least 2, dimensions) views.
        ease: (n, n) CSR.
    """
    n = ease.shape[0]
    cells = [(at, place, 1.0) for at, named in enumerate(dialogues) for place in set(named)]
    named = csr(cells, (len(dialogues), n))
    pairs = (named.T @ named).tocsr()
    counts = np.asarray(pairs.diagonal(), dtype=np.float32)
    pairs.setdiag(0)
    pairs.eliminate_zeros()
    said = [int(at) for at in np.flatnonzero(requests.any(axis=(1, 2)))]
    found = [
        (at, target, 1 / len(cases[case].targets))
        for at, case in enumerate(said)
        for target in cases[case].targets
    ]
    answers = csr(found, (len(said), n))
    kept = requests[said, :2].astype(np.float16)
    targets = [target for case in cases if case.recommends for target in case.targets]
    given = np.bincount(np.array(targets, dtype=np.int64), minlength=n).astype(np.float32)
    return Memory(ease, pairs, counts, given, len(dialogues), kept, answers)
