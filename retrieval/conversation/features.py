"""How a conversation and an item go together, in numbers that any catalogue can give."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retrieval.conversation.facts import Facts
from retrieval.conversation.memory import Memory
from retrieval.conversation.rows import picked, weighted
from retrieval.conversation.talk import VIEWS, Asked

NAMES = (
    "ease", "together", "lift", "together_last", "people", "like_named", "text_last", "text_all",
    "series", "kind", "alike_all", "alike_last", "words_last", "words_all", "person_said",
    "kind_last", "kind_all", "year_mean", "year_last", "sequel", "text_mine",
)  # fmt: skip
"""Order of the columns of `features`."""

_PRIOR = 5.0
"""Conversations that are counted in before an item's share is believed."""

_YEARLESS = 0.3
"""How near the years of two items are where one is unknown."""

Table = NDArray[np.float32]


def features(asked: Asked, facts: Facts, memory: Memory) -> Table:
    """(n, len(`NAMES`)); 0 where a feature has nothing to say."""
    out = np.zeros((len(NAMES), len(facts.years)), dtype=np.float32)
    # One product for all that is compared with the portraits: reading them costs most.
    near = 3 * (facts.meta @ np.concatenate([asked.text, facts.meta[asked.named]]).T)
    if asked.named.size:
        _others(out, asked, memory)
        _likeness(out, asked, facts)
        _years(out, asked, facts)
        out[5] = near[:, VIEWS:].max(axis=1)
    out[[6, 7, 20]] = near[:, :VIEWS].T
    out[10] = np.log1p(100 * memory.alike(1, asked.text[1]))
    out[11] = np.log1p(100 * memory.alike(0, asked.text[0]))
    out[12] = 4 * facts.words.match(asked.late)
    out[13] = 4 * facts.words.match(asked.whole)
    out[14] = facts.asked_people(asked.late) + 0.5 * facts.asked_people(asked.whole)
    out[15] = facts.asked_kinds(asked.late)
    out[16] = facts.asked_kinds(asked.whole)
    return out.T


def _others(out: Table, asked: Asked, memory: Memory) -> None:
    """What is liked by the same people, and named in the same conversations."""
    named = asked.named
    even, root = np.ones(named.size), np.sqrt(named.size)
    pairs = picked(memory.pairs, named)
    out[0] = weighted(picked(memory.ease, named), even) * 4 / root
    share = 1 / (memory.counts[named] + _PRIOR)
    out[1] = np.log1p(20 * weighted(pairs, share) / root)
    expected = np.repeat(memory.counts[named] + 3, pairs.sizes)
    expected = expected * (memory.counts[pairs.indices] + 3)
    lifted = np.log1p(pairs.data * memory.dialogues / expected / 3)
    out[2] = weighted(pairs, even, lifted) / root
    out[3] = np.log1p(20 * share[-1] * weighted(picked(memory.pairs, named[-1:]), even[:1]))


def _likeness(out: Table, asked: Asked, facts: Facts) -> None:
    """What the catalogue says is like what was named."""
    named = asked.named
    for place in named:
        shared = np.minimum(facts.kin(int(place)), 3)
        shared[place] = 0
        out[4] += shared
    out[4] = np.log1p(out[4])
    series = facts.series[named]
    out[8] = np.isin(facts.series, series[series >= 0])
    others = np.array([np.isin(series, s).sum() > 1 for s in series])
    out[8, named] *= others
    out[9] = facts.rare_kinds @ (facts.rare_kinds[named].sum(axis=0) / np.sqrt(named.size))


def _years(out: Table, asked: Asked, facts: Facts) -> None:
    """How near in time, and the next part of a series."""
    years = facts.years
    known = years[asked.named]
    known = known[~np.isnan(known)]
    if known.size:
        each, which = facts.each_year
        near = np.exp(-np.abs(each[:, None] - known[None]) / 5).mean(axis=1)[which]
        last = np.exp(-np.abs(each - known[-1]) / 4)[which]
        out[17] = np.where(np.isnan(years), _YEARLESS, near)
        out[18] = np.where(np.isnan(years), _YEARLESS, last)
    for place in asked.named:
        later = np.flatnonzero((facts.series == facts.series[place]) & (years > years[place]))
        if later.size:
            out[19, later[years[later].argmin()]] = 1
