"""A second look at the best: a few hundred items are compared once more, and trees weigh it all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.conversation.facts import Facts
from retrieval.conversation.features import NAMES, Table
from retrieval.conversation.memory import Memory
from retrieval.conversation.rows import picked, weighted
from retrieval.conversation.talk import Asked
from retrieval.conversation.trees import Trees
from retrieval.stores import Scores

MANY = 300
"""Items that are looked at twice."""

WEIGHT = 2.0
"""What a point of the trees counts against one of the logits. Trees alone order the first places as
well, and are coarse further down."""

SCALE = 0.5
"""Of what comes out: trees spread the scores, and other signals are added to them later."""

_LAST = 50
"""The last of those looked at twice stay level with those that are not."""

_FADING = 0.8
"""What was named a turn earlier counts so much less."""

CLOSER = (
    "chance", "place", *NAMES, "together_late", "together_user", "together_assistant", "walk",
    "ease_last", "ease_late", "people_last", "kind_last_named", "like_last", "lift_last",
    "recommended", "rated", "rating", "year", "kinds",
    "long", "many", "recommends", "short", "none",
)  # fmt: skip
"""Order of the columns of `compared`; the last five are the situation."""


@dataclass(frozen=True, slots=True)
class Best:
    """The items of the highest logits, best first.

    Attributes:
        places: (m,), m at most `MANY`.
        chances: (m,) log of the chance that the logits give.
    """

    places: NDArray[np.int64]
    chances: Scores


def best(logits: Scores, without: NDArray[np.int64], weight: Scores | None = None) -> Best:
    """The best of all but some places.

    Args:
        logits: (n,).
        without: places that cannot be named next.
        weight: (n,) how many items each stands for, where some were left out by chance.
    """
    open_ = logits.copy()
    open_[without] = -np.inf
    count = min(MANY, int(np.isfinite(open_).sum()))
    top = np.argpartition(-open_, max(count - 1, 0))[:count]
    top = top[np.argsort(-open_[top], kind="stable")]
    if not count:
        return Best(top, np.zeros(0, dtype=np.float32))
    peak = open_[top[0]]
    mass = np.exp(open_ - peak)
    total = float((mass if weight is None else mass * weight).sum())
    return Best(top, np.asarray(open_[top] - peak - np.log(total), dtype=np.float32))


def compared(
    ask: Asked, found: Best, table: Table, facts: Facts, memory: Memory, rated: Table
) -> Table:
    """(m, len(`CLOSER`)) of the best; 0 where nothing is to be said.

    Args:
        ask: the conversation.
        found: the best.
        table: (m, len(`NAMES`)) their features.
        facts, memory: as `features.features` takes them.
        rated: (n, 2) how often and how well each item was rated.
    """
    at = found.places
    out = np.zeros((len(CLOSER), at.size), dtype=np.float32)
    out[0] = found.chances
    out[1] = np.log1p(np.arange(at.size))
    after = 2 + len(NAMES)
    out[2:after] = table.T
    if ask.named.size:
        _named(out[after : after + 10], ask, at, facts, memory)
    out[after + 10] = np.log1p(memory.given[at])
    out[after + 11 : after + 13] = rated[at].T
    out[after + 13] = (np.nan_to_num(facts.years[at], nan=1990.0) - 1990) / 20
    out[after + 14] = facts.kinds[at].sum(axis=1)
    out[after + 15 :] = ask.context[:, None]
    return np.ascontiguousarray(out.T)


def _named(out: Table, ask: Asked, at: NDArray[np.int64], facts: Facts, memory: Memory) -> None:
    """What was named, by whom and when: fading, and the last of all by itself."""
    named, last = ask.named, ask.named[-1:]
    mine = ask.mine > 0
    fade = np.float32(_FADING) ** (ask.ages - ask.ages.min())
    pairs, near = picked(memory.pairs, named), picked(memory.ease, named)
    share = 1 / (memory.counts[named] + 5)
    for row, weight in enumerate((fade, mine, ~mine)):
        if weight.any():
            found = weighted(pairs, share * weight)[at]
            out[row] = np.log1p(20 * found / np.sqrt(weight.sum()))
    out[3] = np.log1p(1000 * memory.walked(named)[at])
    out[4] = 4 * weighted(picked(memory.ease, last), np.ones(1))[at]
    out[5] = 4 * weighted(near, fade)[at] / np.sqrt(fade.sum())
    out[6] = np.log1p(facts.kin(int(last[0]))[at])
    out[7] = facts.rare_kinds[at] @ facts.rare_kinds[last[0]]
    out[8] = 3 * (facts.meta[at] @ facts.meta[last[0]])
    expected = (memory.counts[last[0]] + 3) * (memory.counts[at] + 3)
    together = weighted(picked(memory.pairs, last), np.ones(1))[at]
    out[9] = np.log1p(together * memory.dialogues / expected / 3)


def moved(logits: Scores, found: Best, table: Table, trees: Trees) -> Scores:
    """The logits after the second look; `table` from `compared`."""
    out = logits.copy()
    if found.places.size:
        value = trees.scores(table)
        out[found.places] += np.float32(WEIGHT) * (value - value[-_LAST:].mean())
    return out * np.float32(SCALE)
