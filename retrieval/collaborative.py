"""What the same people liked. Scores come from others' choices; unknown is NaN, never 0."""

from __future__ import annotations

from typing import Protocol

from retrieval.catalogue import Rows
from retrieval.stores import Scores


class CollaborativeModel(Protocol):
    """Folds a session's history into scores over all items."""

    def scores(self, history: Rows, weights: Scores) -> Scores:
        """What people with this history liked besides.

        Args:
            history: (n,) rows, in the order they came up, may be empty.
            weights: (n,) in [-1, 1]; negative for what was disliked.

        Returns:
            (items,) float32; NaN = nothing is known about the item or about the history.
        """
        ...

    def because(self, row: int, history: Rows) -> tuple[int, float, str] | None:
        """The history item that speaks most for `row`, its weight (> 0) and the source.

        None where no item of the history speaks for it.
        """
        ...
