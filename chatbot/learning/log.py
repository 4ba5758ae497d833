"""The stored log as learning needs it: lists with the verdicts they got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chatbot.storage.sessions import SessionStore
from chatbot.storage.uses import Used
from retrieval import learned
from retrieval.offpolicy import Log
from retrieval.rerank import Weights
from retrieval.strategies import CONTEXT, NAMES

GAINS: Mapping[str, float] = {"love": 1.0, "like": 0.6, "seen": 0.0, "dislike": -0.4}
"""What a verdict is worth."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One list that was shown; `verdicts` has one for each item, "" = no reaction."""

    used: Used
    verdicts: tuple[str, ...]

    @property
    def reward(self) -> float:
        """What the list was worth, in [-1, 1]: its verdicts added up; 0 without any."""
        return float(np.clip(sum(GAINS.get(v, 0.0) for v in self.verdicts), -1.0, 1.0))

    @property
    def chosen(self) -> bool:
        """Whether chance had a say in the strategy."""
        return len(self.used.use.probabilities) > 1


def listed(sessions: SessionStore, catalogue: str) -> list[Listed]:
    """Every list shown from a catalogue. A button says more than words, what was said last more
    than what was said before; a verdict belongs to the latest list the item was in by then.
    """
    buttons: dict[str, list[tuple[int, str, str]]] = {}
    for f in sessions.verdicts(catalogue):
        buttons.setdefault(f.session, []).append((f.turn, f.item, f.verdict))
    by_session: dict[str, list[Used]] = {}
    for used in sessions.uses(catalogue):
        by_session.setdefault(used.session, []).append(used)
    found: list[Listed] = []
    for session, uses in by_session.items():
        said = [(u.turn, i, v) for u in uses for i, v in u.use.reactions.items()]
        found += _of_session(uses, [*said, *buttons.get(session, ())])
    return found


def _of_session(uses: Sequence[Used], said: Sequence[tuple[int, str, str]]) -> list[Listed]:
    lists = [u for u in uses if u.use.items]
    verdicts: dict[tuple[int, str], str] = {}
    for turn, item, verdict in said:
        holding = [u.turn for u in lists if item in u.use.items and u.turn <= turn]
        if holding:
            verdicts[holding[-1], item] = verdict
    return [Listed(u, tuple(verdicts.get((u.turn, i), "") for i in u.use.items)) for u in lists]


def judged(lists: Sequence[Listed], weights: Weights) -> list[learned.Judged]:
    """Lists to learn weights from; `seen` says nothing about how good an item is."""
    found = []
    for one in lists:
        use = one.used.use
        if len(use.signals) != len(use.items):
            continue
        told = [at for at, verdict in enumerate(one.verdicts) if verdict != "seen"]
        gains = [GAINS.get(one.verdicts[at]) for at in told]
        signals = [use.signals[at] for at in told]
        found.append(learned.judged(signals, gains, one.used.session, weights))
    return found


def decisions(lists: Sequence[Listed]) -> tuple[list[Listed], Log]:
    """The lists that chance had a say in, and the log of those decisions.

    Lists made before there were today's strategies are left out.
    """
    kept = [
        one
        for one in lists
        if one.chosen
        and set(one.used.use.probabilities) == set(NAMES)
        and len(one.used.use.context) == len(CONTEXT)
    ]
    uses = [one.used.use for one in kept]
    chances = [[u.probabilities[name] for name in NAMES] for u in uses]
    return kept, Log(
        np.array([u.context for u in uses], dtype=np.float64).reshape(-1, len(CONTEXT)),
        np.array([NAMES.index(u.strategy) for u in uses], dtype=np.int64),
        np.array(chances, dtype=np.float64).reshape(-1, len(NAMES)),
        np.array([one.reward for one in kept], dtype=np.float64),
        [one.used.session for one in kept],
    )
