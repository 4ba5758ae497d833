"""How ordinary English words are in talk about films, music and books.

`data/common_en.txt` holds words and how often they occur in 312,043 words of talk about films (the
training dialogues of ReDial, CC BY 4.0, counted by `benchmarks/count_words.py`). Only the counts
are kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

_TOTAL = 312_043


@cache
def counts() -> Mapping[str, int]:
    """Word → occurrences; words rarer than 4 are absent."""
    text = resources.files("chatbot.understand").joinpath("data/common_en.txt").read_text("utf-8")
    pairs = (line.split() for line in text.splitlines())
    return {word: int(count) for word, count in pairs}


def surprise(words: Iterable[str]) -> float:
    """How unlikely these words are to stand together by chance, in decimal digits; ≥ 0.

    >>> surprise(["it"]) < surprise(["her"]) < surprise(["spirited", "away"])
    True
    """
    known = counts()
    return sum(math.log10(_TOTAL / known.get(word, 1)) for word in words)


def ordinary(word: str, least: int = 25) -> bool:
    """Whether `word` is everyday talk."""
    return counts().get(word, 0) >= least
