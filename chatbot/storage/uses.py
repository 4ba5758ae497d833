"""What a turn leaves for learning: the list it showed, how that came about, what was said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Use:
    """One turn as learning needs it. No words of the user are in it.

    Attributes:
        items: ids shown, in their order; empty where the turn showed no list.
        strategy: the way to rank that made the list, one of `retrieval.strategies`.
        probabilities: strategy → its chance when it was chosen; they add up to 1.
        rivals: strategy → the ids it would have shown; for every strategy that had a chance.
        context: what the chance depended on, as `retrieval.strategies.context` gives it.
        signals: for each item, field of the weights → what it was multiplied by.
        reactions: item id → "love", "like", "dislike" or "seen", said in words in this turn about
            an item shown before. Buttons are kept as `Feedback`.
    """

    items: tuple[str, ...] = ()
    strategy: str = "steady"
    probabilities: Mapping[str, float] = field(default_factory=dict)
    rivals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    context: tuple[float, ...] = ()
    signals: tuple[Mapping[str, float], ...] = ()
    reactions: Mapping[str, str] = field(default_factory=dict)

    def propensity(self, place: int) -> float:
        """The chance that this item stood at this place: of all strategies that put it there."""
        item = self.items[place]
        return sum(
            self.probabilities.get(name, 0.0)
            for name, ids in self.rivals.items()
            if place < len(ids) and ids[place] == item
        )


@dataclass(frozen=True, slots=True)
class Used:
    """A use, and where it happened."""

    session: str
    turn: int
    use: Use
