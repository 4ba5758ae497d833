"""Learning from use while a conversation runs: which strategy makes a list, and what is logged.

What is learned from the log lies in `chatbot.learning.train`; nothing here writes anything.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from chatbot.storage.sessions import Impression
from chatbot.storage.uses import Use
from chatbot.values import Profile, Session, Understanding
from retrieval.bandit import Posterior
from retrieval.query import Query, Ranking
from retrieval.strategies import CONTEXT, NAMES, STEADY, context

IGNORED_AFTER = 2
"""Lists without a word on an item before its kind loses a little for the rest of the session."""

LEAST = 0.0125
"""The chance that every strategy has at least, so that each can be judged from the log later: an
estimate never weighs a list more than eighty times."""

_CHOSEN = "love"
"""What taking an item ("I'll watch the second one") says about it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A strategy, and the chance every strategy had when it was chosen."""

    strategy: str = STEADY
    probabilities: Mapping[str, float] = field(default_factory=lambda: {STEADY: 1.0})


class Chooser:
    """Chooses the strategy of a list. Safe to share between threads.

    Args:
        share: of lists a bandit chooses for, in [0, 1]; the others are steady. At 0 nothing is
            left to chance.
        rng: the only source of chance.
    """

    def __init__(self, share: float, rng: np.random.Generator) -> None:
        self._share = share
        self._rng = rng
        self._guard = threading.Lock()

    def choose(self, query: Query, posterior: Posterior | None) -> Choice:
        """A strategy for `query`; without a posterior (nothing learned yet) all are alike."""
        if self._share <= 0:
            return Choice()
        believed = posterior if posterior is not None else start()
        floor = min(1.0, LEAST * len(NAMES) / self._share)
        with self._guard:
            chances = believed.probabilities(context(query), self._rng, floor=floor)
            chances *= self._share
            drawn = self._rng.random()
        chances[believed.arms.index(STEADY)] += 1 - self._share
        place = min(int(np.searchsorted(np.cumsum(chances), drawn, side="right")), len(NAMES) - 1)
        probabilities = {n: float(p) for n, p in zip(believed.arms, chances, strict=True)}
        return Choice(believed.arms[place], probabilities)


def start() -> Posterior:
    """What is believed about the strategies before anybody used any."""
    return Posterior.prior(NAMES, len(CONTEXT))


def known(strategy: str) -> bool:
    """Whether there is such a strategy today."""
    return strategy in NAMES


def fits(posterior: Posterior) -> bool:
    """Whether a stored posterior speaks of today's strategies and contexts."""
    return posterior.arms == NAMES and posterior.dimensions == len(CONTEXT)


def ranked(
    rank: Callable[[Query], Ranking], query: Query, choice: Choice, shown: int
) -> tuple[Ranking, Use]:
    """The list of the chosen strategy, and what is to be logged of it.

    Where there was a choice, every strategy that had a chance ranks too: only so is it known how
    likely each item was to stand where it stands.
    """
    rankings = {
        name: rank(replace(query, strategy=name))
        for name, chance in choice.probabilities.items()
        if chance > 0
    }
    found = rankings[choice.strategy]
    places = found.candidates[:shown]
    use = Use(
        items=tuple(c.item_id for c in places),
        strategy=choice.strategy,
        probabilities=dict(choice.probabilities),
        rivals={
            name: tuple(c.item_id for c in ranking.candidates[:shown])
            for name, ranking in rankings.items()
        },
        context=tuple(round(float(x), 4) for x in context(query)),
        signals=tuple(c.signals for c in places),
    )
    return found, use


def impressions(use: Use) -> list[Impression]:
    """Each place of a list with the chance that its item stood there."""
    return [
        Impression(item, place, use.propensity(place), use.strategy)
        for place, item in enumerate(use.items)
    ]


def ignored(session: Session, profile: Profile) -> tuple[tuple[str, float], ...]:
    """(item id, weight) of what was shown in `IGNORED_AFTER` lists or more without any reaction.

    The user's words and buttons about an item end up in the profile, so what the profile does not
    name was passed over. Starting over forgets it.
    """
    lists: list[tuple[str, ...]] = []
    for turn in session.turns:
        if turn.understanding.intent == "reset":
            lists.clear()
        if turn.reply.action == "recommend" and turn.reply.cards and turn.reply.id:
            lists.append(tuple(card.id for card in turn.reply.cards))
    if len(lists) < IGNORED_AFTER:
        return ()
    named = {p.value for p in profile.preferences if p.facet == "title"}
    passed = (i for one in lists for i in one if i in session.shown and i not in named)
    return tuple((item, 1.0) for item in dict.fromkeys(passed))


def reactions(
    session: Session, understanding: Understanding, profile: Profile, turn: int
) -> dict[str, str]:
    """What this turn's words say about items shown before: item id → verdict."""
    shown = set(session.shown)
    found: dict[str, str] = {}
    for p in profile.preferences:
        if p.facet != "title" or p.turn != turn or p.value not in shown:
            continue
        verdict = {"like": "like", "require": "like", "seen": "seen"}.get(p.stance, "dislike")
        if found.get(str(p.value)) in (None, "seen"):  # a title may be seen and liked
            found[str(p.value)] = verdict
    if understanding.intent == "accept":
        found.update({item: _CHOSEN for item in understanding.items if item in shown})
    return found
