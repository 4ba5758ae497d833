"""Beginnings that prompts share are computed once: instructions, examples, the same catalogue."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from chatbot.models.slots import Runner

_SHORTEST = 32
"""Shorter shared beginnings are not worth a copy, in tokens."""


class Prefixes:
    """Remembers what the runner computed for shared beginnings. Used by one thread.

    A beginning is kept once two prompts were seen to share it; what is kept depends on these
    tokens alone, so sharing it reveals nothing of what either prompt says after them.
    """

    def __init__(self, runner: Runner, kept: int = 4, recent: int = 8) -> None:
        self._runner = runner
        self._kept: deque[tuple[Any, Any]] = deque(maxlen=kept)
        self._recent: deque[Any] = deque(maxlen=recent)

    def restore(self, row: int, tokens: Sequence[int]) -> int:
        """Give `row` the longest kept beginning of `tokens`; returns its length, 0 = none.

        At least one token is always left to run.
        """
        if len(tokens) <= _SHORTEST:
            return 0
        wanted = np.asarray(tokens[:-1])
        best = max(
            ((_shared(a, wanted), kept) for a, kept in self._kept), key=_length, default=None
        )
        if best is None or best[0] < _SHORTEST:
            return 0
        self._runner.restore(row, best[1], best[0])
        return best[0]

    def learn(self, row: int, prompt: Sequence[int]) -> None:
        """Note a prompt that `row` has just finished, and keep what it shares with recent ones."""
        tokens = np.asarray(prompt)
        length = max((_shared(other, tokens) for other in self._recent), default=0)
        length = min(length, len(tokens) - 1)
        self._recent.append(tokens)
        if length < _SHORTEST or any(_shared(a, tokens) >= length for a, _ in self._kept):
            return
        kept = self._runner.snapshot(row, length)
        if kept is not None:
            self._kept.append((tokens[:length], kept))

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._recent.clear()


def _length(found: tuple[int, Any]) -> int:
    return found[0]


def _shared(a: Any, b: Any) -> int:
    """How many tokens two sequences begin with in common."""
    n = min(len(a), len(b))
    differ = np.flatnonzero(a[:n] != b[:n])
    return int(differ[0]) if len(differ) else n
