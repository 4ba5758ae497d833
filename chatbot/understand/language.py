"""Which language to answer in. Script decides; a text without letters keeps the language before."""

from __future__ import annotations

import re

from chatbot.values import Language

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_QUOTED = re.compile(r"《[^》]*》|\"[^\"]*\"|“[^”]*”")
_CARRYING = frozenset(
    "i im ive id me my we you he she they it is are was do does did dont want like liked love "
    "loved show give find recommend something anything please not no any some what which who how "
    "why have has seen watched can could would with about but for similar".split()
)
"""English words that carry a sentence; names and borrowed terms have none of them."""


def detect(text: str, before: Language | None = None) -> Language:
    """The language of `text`; mixed texts follow the language that carries the sentence.

    >>> detect("想看一些 sci-fi films"), detect("I loved 活着"), detect("123", "zh")
    ('zh', 'en', 'zh')
    """
    bare = _QUOTED.sub(" ", text)
    han, latin = len(_HAN.findall(bare)), _LATIN.findall(bare)
    if not han and not latin:
        han, latin = len(_HAN.findall(text)), _LATIN.findall(text)
    if not han and not latin:
        return before or "en"
    if not han:
        return "zh" if before == "zh" and len(latin) == 1 and latin[0].lower() == "ok" else "en"
    carrying = sum(word.lower() in _CARRYING for word in latin)
    return "en" if carrying and carrying * 4 >= han else "zh"
