# ruff: noqa: E501  (patterns and word lists read best on one line)
"""Facets called by their names: "forget the genre", 「年代不限」, "any language is fine"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot.understand.cues import Cue
from chatbot.understand.spans import Span
from chatbot.values import Update, Withdraw
from retrieval.schema import Schema

_ALSO: dict[str, tuple[str, ...]] = {
    "genre": ("genres", "kind of film", "type of film", "种类", "题材", "类别"),
    "year": ("years", "decade", "decades", "era", "age of the film", "release date", "period", "年代", "年份", "时代", "新旧", "上映时间"),
    "runtime": ("runtime", "running time", "duration", "time limit", "how long", "时长", "长度", "片长", "时间长短"),
    "country": ("countries", "nationality", "where it's from", "origin", "国家", "地区", "产地", "国别"),
    "language": ("languages", "语言", "字幕", "subtitles", "subtitled", "foreign language", "foreign films", "foreign movies"),
    "director": ("directors", "filmmaker"),
    "cast": ("actors", "actor", "actress", "stars", "演员", "明星"),
    "price": ("prices", "cost", "budget", "价钱", "预算"),
    "age": ("age limit", "kids part", "年龄", "孩子"),
    "mood": ("moods", "心情", "气氛", "风格"),
    "theme": ("themes", "topic"),
    "certificate": ("rating", "age rating", "分级"),
}  # fmt: skip
_BEFORE = r"(?:forget(?: about)?|never ?mind(?: about)?|drop|ignore|remove|lift|undo|no (?:need|requirement|restriction|preference|limits?) (?:for|on|about)?(?: a specific)?|(?:don't|do not) (?:really )?(?:care|mind|worry) (?:about|what|which)|not (?:fussy|picky|bothered) about|any|不介意|不限(?:制)?|不管|不用管|不考虑|不在乎|不在意|别管|忘(?:了|掉)|取消|去掉|不限定|随便什么|什么)"
_AFTER = r"(?:(?:is|are|was) (?:fine|ok|okay|good|irrelevant|not (?:important|a (?:problem|concern|must)))|doesn't matter|does not matter|don't matter|no longer matters?|(?:is|are)n't important|不限(?:制)?|无所谓|不重要|随便|都(?:可以|行|好)|没(?:有)?(?:要求|关系|所谓|限制)|不用管|不要求|忽略|取消|也(?:可以|行)|没问题|限制(?:可以)?(?:取消|去掉))"


class FacetWords:
    """Finds facets that a text frees from every limit."""

    def __init__(self, schema: Schema) -> None:
        self._patterns: list[tuple[str, re.Pattern[str], re.Pattern[str]]] = []
        for facet in schema.facets.values():
            if facet.kind == "link" or facet.name in ("title_zh", "overview"):
                continue
            labels = {
                *facet.labels.values(),
                facet.name.replace("_", " "),
                *_ALSO.get(facet.name, ()),
            }
            words = "|".join(
                sorted((re.escape(x.casefold()) for x in labels if x), key=len, reverse=True)
            )
            before = re.compile(
                rf"{_BEFORE}\s*(?:the |my |a |an |any |of |about |specific |that )*(?:{words})(?:s|(?:的)?(?:限制|要求|条件))?(?!\w*(?:er|ed)\b)"
            )
            after = re.compile(
                rf"(?:{words})(?:s)?(?:的)?(?:限制|要求|方面|上|limits?|requirements?|restrictions?)?\s*(?:就|也|都|is |are |of any kind )?\s*{_AFTER}"
            )
            self._patterns.append((facet.name, before, after))
        self._people = schema.people()

    def withdrawn(
        self, low: str, text: str, cues: Sequence[Cue], spans: Sequence[Span]
    ) -> tuple[list[Update], list[tuple[int, int]]]:
        """Withdrawals of whole facets, and the characters they cover."""
        found: list[Update] = []
        covered: list[tuple[int, int]] = []
        if not any(
            c.kind in ("forget", "allow", "no", "dislike", "skip", "want") for c in cues
        ) and not re.search(r"any |fine|matter|care|mind|不限|无所谓|随便|都|什么", low):
            return found, covered
        for facet, before, after in self._patterns:
            for pattern in (before, after):
                match = pattern.search(low)
                if match is None or any(match.start() < e and s < match.end() for s, e in covered):
                    continue
                source = text[match.start() : match.end()].strip()
                found.append(Withdraw(facet, source=source))
                if facet in self._people:
                    found.append(Withdraw("person", source=source))
                covered.append(match.span())
        return found, covered
