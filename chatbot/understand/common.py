"""How ordinary English words are in talk about films, music and books.

`data/common_en.txt` holds words and how often they occur in about 485,000 words of conversation
(counted over the training parts of ReDial, CC BY 4.0, and INSPIRED; capitalised words inside a
sentence left out). Only these counts are kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

_TOTAL = 485_000


@cache
def counts() -> Mapping[str, int]:
    """Word → occurrences; words rarer than 6 are absent."""
    text = resources.files("chatbot.understand").joinpath("data/common_en.txt").read_text("utf-8")
    pairs = (line.split() for line in text.splitlines())
    return {word: int(count) for word, count in pairs}


def surprise(words: Iterable[str]) -> float:
    """How unlikely these words are to stand together by chance, in decimal digits; ≥ 0.

    >>> surprise(["it"]) < surprise(["her"]) < surprise(["spirited", "away"])
    True
    """
    known = counts()
    return sum(math.log10(_TOTAL / known.get(word, 2)) for word in words)


def ordinary(word: str, least: int = 25) -> bool:
    """Whether `word` is everyday talk."""
    return counts().get(word, 0) >= least
