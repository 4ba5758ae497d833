"""A simulated user with an agenda: knows what it wants, never which titles would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chatbot.evaluation.goals import Desire, Goal
from chatbot.evaluation.words import Words
from chatbot.values import Reply
from retrieval.constraints import Constraints
from retrieval.items import Item
from retrieval.schema import Schema


@dataclass(frozen=True, slots=True)
class Said:
    """One message; `ends` when the user has chosen and leaves with it."""

    text: str
    ends: bool = False


class SimulatedUser:
    """Speaks by an agenda: opens vaguely, then a wish a turn; answers, criticises and accepts.

    The user looks at the facts of the items it is shown, as a person would at the cards, and knows
    nothing else of the catalogue. Lives for one dialogue.

    Args:
        goal: what it wants.
        words: how it says it.
        rng: the only source of chance.
    """

    def __init__(self, goal: Goal, words: Words, rng: np.random.Generator) -> None:
        self.goal = goal
        self._words = words
        self._rng = rng
        self._agenda = list(goal.desires)
        self.said: list[Desire] = []
        self._detour = goal.detour
        self._complained: set[Desire] = set()
        self._may_have_seen = bool(rng.random() < 0.15)

    @property
    def _schema(self) -> Schema:
        return self._words.catalogue.schema

    def required(self) -> tuple[Desire, ...]:
        """What has been said and still stands, without tastes."""
        return tuple(d for d in self.said if d.kind != "taste")

    def pleased(self, item: Item) -> bool:
        """Whether an item satisfies the whole goal and everything said so far."""
        wanted = tuple(d.limit for d in (*self.goal.firm, *self.required()))
        return Constraints(wanted).admits(item, self._schema)

    def opening(self) -> Said:
        """The first message: vague, mostly with a first wish in it."""
        parts = [self._words.opening(self._rng)]
        if self._rng.random() < 0.7:
            parts.append(self._tell(self._agenda[0]))
        return Said(self._words.joined(parts))

    def answer(self, reply: Reply, items: Sequence[Item]) -> Said:
        """The next message, after `reply` showed `items`."""
        for place, item in enumerate(items):
            if self.pleased(item):
                nth = self._words.nth(place)
                return Said(self._words.line("accept", self._rng, nth=nth), ends=True)
        parts: list[str] = []
        if items and self._may_have_seen and self._rng.random() < 0.5:
            self._may_have_seen = False
            parts.append(self._words.line("seen", self._rng, nth=self._words.nth(0)))
        wrong = self._wrong(items)
        if wrong is not None:
            self._complained.add(wrong)
            parts.append(self._words.complaint(wrong, self._rng))
            return Said(self._words.joined(parts))
        parts.extend(self._next(reply))
        return Said(self._words.joined(parts))

    def _next(self, reply: Reply) -> list[str]:
        """Answer to a question, a change of mind, the next wish, or a wish for others."""
        asked = reply.question.facet if reply.question is not None else ""
        mine = next((d for d in self._agenda if d.facet == asked), None)
        if mine is not None:
            return [self._tell(mine)]
        parts = []
        if asked and asked != "open" and self._rng.random() < 0.4:
            parts.append(self._words.line("skip", self._rng))
        if self._detour is not None and self._detour in self.said:
            value = self._words.value(self._detour, self._rng)
            parts.append(self._words.line("back", self._rng, v=value))
            self.said.remove(self._detour)
            self._detour = None
        elif self._detour is not None and len(self.said) == 1:
            return [*parts, self._tell(self._detour)]
        if self._agenda:
            parts.append(self._tell(self._agenda[0]))
        if not parts:
            parts.append(self._words.line("more", self._rng))
        return parts

    def _tell(self, desire: Desire) -> str:
        if desire in self._agenda:
            self._agenda.remove(desire)
        self.said.append(desire)
        return self._words.wish(desire, self._rng)

    def _wrong(self, items: Sequence[Item]) -> Desire | None:
        """A wish that was said and that the list breaks, or misses altogether."""
        for desire in self.required():
            if desire in self._complained or not items:
                continue
            kept = [desire.limit.holds(item, self._schema) for item in items]
            if (desire.kind == "want" and not any(kept)) or (
                desire.kind != "want" and not all(kept)
            ):
                return desire
        return None
