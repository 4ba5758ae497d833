# ruff: noqa: E501  (patterns and word lists read best on one line)
"""Subjects that no facet of a catalogue has: "films about fishing", 「校园题材」, "set in the 1950s"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from chatbot.understand import abroad
from chatbot.understand.cues import Cue
from chatbot.understand.ranges import plays_in
from chatbot.understand.spans import Span

Term = tuple[str, Literal["like", "forbid"], tuple[int, int]]
"""A subject that no facet has, its stance, and where it stands."""

_PERIOD = re.compile(
    r"\b(?:early |mid |late )?(?:(?:1[0-9]|20)\d\d(?:'?s)?|\d0'?s|\d{1,2}(?:st|nd|rd|th) century|twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties)\b|(?:[一二十]+世纪)?[二三四五六七八九]十年代|\d{2,4}年代|民国|唐朝|清朝|明朝|宋朝"
)
_ABOUT = re.compile(
    r"(?:\b(?:movies?|films?|something|anything|stor(?:y|ies)|books?|documentar(?:y|ies)|one|ones|courses?) (?:about|involving|set in|on|featuring) (?:the |a |an )?(?P<what>[a-z][a-z'-]+(?: [a-z][a-z'-]+)?))(?=\s*(?:$|[.,!?;]|\band\b|\bor\b|\bbut\b|\bwith\b|\bfrom\b|\bplease\b|\bfor\b))"
)
_WORD_ZH = r"(?:(?![什哪这那一几别其他好看老新大推荐想要有的是我你她它不没很太最更些点部个名照图烂正后来讲了过吗呢啥])[\u4e00-\u9fff])"
_ABOUT_ZH = (
    re.compile(
        rf"(?:关于|讲述?的?是?|描写|涉及|发生在|围绕|反映)(?P<what>{_WORD_ZH}{{2,6}}?)(?:的|题材|故事|为背景|$|[，。！？,.!?])"
    ),
    re.compile(rf"(?:跟|和|与)(?P<what>{_WORD_ZH}{{1,6}}?)(?:有关|相关)"),
    re.compile(rf"(?P<what>{_WORD_ZH}{{2,3}}?)(?:题材|主题|为背景)"),
    re.compile(
        rf"(?:^|[^\u4e00-\u9fff]|(?!{_WORD_ZH}).)(?P<what>{_WORD_ZH}{{2,3}})片(?!子|段|名|长|头|尾|刻|面)"
    ),
)
_NO_TERMS = frozenset(
    "it that this them you me which what us him her these those anything something".split()
)


def subjects(text: str, low: str, spans: Sequence[Span], cues: Sequence[Cue]) -> list[Term]:
    """Subjects of a text that no facet has, in no particular order."""
    found: list[Term] = []
    for m in _ABOUT.finditer(low):
        start, end = m.span("what")
        if any(s.start < end and start < s.end for s in spans):
            continue
        term = text[start:end].strip(" .,!?")
        if term and term.lower() not in _NO_TERMS:
            found.append((term, "like", (start, end)))
    for m in _PERIOD.finditer(low):
        free = not any(s.start < m.end() and m.start() < s.end for s in spans)
        if free and plays_in(low, m.start()):
            found.append((text[m.start() : m.end()], "like", m.span()))
    found.extend(_chinese(low, spans, cues))
    taken = abroad.places(low)
    kept = {(t[0], t[1]): t for t in reversed(found)}
    return [
        t for t in reversed(kept.values()) if not any(t[2][0] < e and s < t[2][1] for s, e in taken)
    ]


def _chinese(low: str, spans: Sequence[Span], cues: Sequence[Cue]) -> Iterator[Term]:
    """Subjects that name no facet: 「关于钓鱼的电影」, 「贺岁片」, 「校园题材」."""
    for pattern in _ABOUT_ZH:
        for m in pattern.finditer(low):
            start, end = m.span("what")
            if any(s.start < end and start < s.end for s in spans):
                continue
            if any(c.start < end and start < c.end for c in cues if c.kind != "good"):
                continue
            before = low[:start]
            refused = re.search(r"(?:不要|不想看|别|不看|讨厌)[^，。！？,]{0,4}$", before)
            yield m["what"], "forbid" if refused else "like", (start, end)
