"""How much of a draft is somebody else's wording: shared runs of words, and nearness in meaning.

A draft is original when no run of `RUN` words (English) or `RUN_ZH` characters (Chinese) is also in
a description, and at most `SHARE` of its runs of five are. Titles do not count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatbot.studio.claims import masked
from chatbot.studio.draft import Draft, split
from chatbot.studio.facets import TEXT_FACETS
from chatbot.studio.register import Register
from chatbot.values import Language
from retrieval.items import Item
from retrieval.schema import fold

RUN = 7
RUN_ZH = 12
SHARE = 0.03
NEAR = 0.9
_GRAM = {"en": 5, "zh": 8}

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to unit vectors, one row each."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a draft shares with descriptions.

    Attributes:
        runs: (item id, shared wording) at or over the limit of its language.
        share: part of the draft's runs of five words (eight characters) found in descriptions.
        near: (item id, sentence, cosine) of sentences that say the same as a description's.
    """

    runs: tuple[tuple[str, str], ...] = ()
    share: float = 0.0
    near: tuple[tuple[str, str, float], ...] = ()

    @property
    def original(self) -> bool:
        """Whether the draft keeps below every threshold."""
        return not self.runs and self.share <= SHARE and not self.near


def tokens(text: str, language: Language) -> list[str]:
    """Folded words, or characters of Chinese."""
    text = fold(text)
    return text.split() if language == "en" else [c for c in text if not c.isspace()]


def compare(draft: Draft, register: Register, embed: Embed | None = None) -> Overlap:
    """The overlap of a draft with the descriptions of its items; with `embed` also in meaning."""
    language = draft.brief.language
    items = [i for x in draft.brief.items if (i := register.catalogue.get(x)) is not None]
    texts = [
        masked(s.text, items)
        for b in draft.blocks
        if b.shape not in ("facts", "table", "image")
        for s in b.sentences
        if s.nature != "note"
    ]
    size = _GRAM[language]
    grams = [g for t in texts for g in _grams(tokens(t, language), size)]
    runs: list[tuple[str, str]] = []
    known: set[tuple[str, ...]] = set()
    for item in items:
        words = tokens(_description(item), language)
        known.update(_grams(words, size))
        runs.extend((item.id, run) for t in texts for run in shared(t, words, language))
    share = sum(g in known for g in grams) / len(grams) if grams else 0.0
    near = _near(texts, items, embed) if embed is not None else ()
    return Overlap(tuple(runs), share, near)


def shared(text: str, words: Sequence[str], language: Language) -> list[str]:
    """Runs of a text, at the limit or longer, that also stand in `words`."""
    limit = RUN if language == "en" else RUN_ZH
    known = set(_grams(words, limit))
    mine = tokens(text, language)
    found, at = [], 0
    while at + limit <= len(mine):
        if tuple(mine[at : at + limit]) not in known:
            at += 1
            continue
        end = at + limit
        while end < len(mine) and tuple(mine[end - limit + 1 : end + 1]) in known:
            end += 1
        found.append((" " if language == "en" else "").join(mine[at:end]))
        at = end
    return found


def _grams(words: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + size]) for i in range(len(words) - size + 1)]


def _description(item: Item) -> str:
    return " ".join(item.text(name) for name in TEXT_FACETS)


def _near(
    texts: Sequence[str], items: Sequence[Item], embed: Embed
) -> tuple[tuple[str, str, float], ...]:
    theirs = [
        (item.id, s)
        for item in items
        for name in TEXT_FACETS
        for s in split(item.text(name), "zh" if name.endswith("_zh") else "en")
        if len(s) > 12
    ]
    mine = [t for t in texts if len(re.sub(r"\W", "", t)) > 20]
    if not theirs or not mine:
        return ()
    cosines = embed(mine) @ embed([s for _, s in theirs]).T
    found = []
    for row, text in enumerate(mine):
        column = int(cosines[row].argmax())
        if cosines[row, column] >= NEAR:
            found.append((theirs[column][0], text, float(cosines[row, column])))
    return tuple(found)
