# ruff: noqa: E501  (patterns read best on one line)
"""Numbers with a meaning: the facet of a catalogue that a year, length, age or price speaks of.

Which facets exist and what they are measured in comes from the schema; nothing here knows films.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from chatbot.understand.measures import amounts, measures
from chatbot.understand.numerals import Found
from chatbot.understand.quantities import ages, durations, labelled, prices, scores
from chatbot.understand.spans import Reading, Span
from chatbot.understand.years import years
from retrieval.catalogue import Catalogue
from retrieval.schema import Facet

SETTING = re.compile(
    r"\b(?:set|takes? place|taking place|happens?|happening|plays?|stor(?:y|ies)) (?:in|during|around) (?:the |a )?$|\babout (?:the|life in(?: the)?) $|(?:发生在|背景是|背景在|设定在|讲述?的?是?)$"
)
"""Words before a year in which a story plays."""


def plays_in(low: str, start: int) -> bool:
    """Whether the year or decade at `start` is when a story plays.

    >>> plays_in("a film set in the 1950s", 18), plays_in("films about the sixties", 12)
    (True, True)
    """
    before = low[:start]
    about = before.endswith("about ") and low.startswith("the ", start)
    return about or SETTING.search(before) is not None


class Ranges:
    """Finds ranges for the number facets of one catalogue.

    Args:
        catalogue: its schema says which facets there are, its rows which years are real.
        now: the current year; "last ten years" counts from it. The newest row's year by default.
    """

    def __init__(self, catalogue: Catalogue, now: int | None = None) -> None:
        self._catalogue = catalogue
        self._now = now

    @cached_property
    def now(self) -> int:
        """The year that "this year" means."""
        if self._now is not None:
            return self._now
        facet = self._sorts.get("year")
        if facet is None:
            return 2026
        column = self._catalogue.numbers(facet)
        known = column[column == column]
        return int(known.max()) if len(known) else 2026

    @cached_property
    def _sorts(self) -> dict[str, str]:
        """Sort of range → facet."""
        found: dict[str, str] = {}
        for facet in self._catalogue.schema.facets.values():
            if facet.kind == "number":
                for sort in sorts_of(facet):
                    found.setdefault(sort, facet.name)
        return found

    def find(self, low: str) -> tuple[Span, ...]:
        """Ranges in the lowered text, earliest first; longer ones win."""
        found: list[Found] = []
        for hit in sorted(self._all(low), key=lambda f: (f.start - f.end, f.start)):
            if not any(hit.start < f.end and f.start < hit.end for f in found):
                found.append(hit)
        spans = []
        for hit in sorted(found, key=lambda f: f.start):
            facet = self._sorts.get(hit.sort)
            if hit.sort == "year" and plays_in(low, hit.start):
                continue  # when the story plays, not when it was made
            if facet is not None:
                reading = Reading(facet, interval=hit.interval)
                spans.append(
                    Span(
                        hit.start,
                        hit.end,
                        "range",
                        low[hit.start : hit.end],
                        (reading,),
                        firm=hit.firm,
                    )
                )
        return tuple(spans)

    def _all(self, low: str) -> Iterator[Found]:
        if "year" in self._sorts:
            yield from years(low, self.now)
        if "minutes" in self._sorts:
            yield from durations(low)
        if "age" in self._sorts:
            yield from ages(low)
        if "money" in self._sorts:
            yield from prices(low)
            yield from amounts(low)
        if "score" in self._sorts:
            yield from scores(low)
        for facet in self._catalogue.schema.facets.values():
            if facet.kind == "number":
                yield from labelled(low, facet)
                yield from measures(low, facet)


def sorts_of(facet: Facet) -> tuple[str, ...]:
    """The sorts of range that may speak of a number facet, by its name and unit."""
    name, unit = facet.name.casefold(), facet.unit.casefold()
    found = [facet.name]
    if name in ("year", "published", "release_year", "publication_year"):
        found.append("year")
    if unit in ("minutes", "minute", "min", "分钟") or name in ("runtime", "duration", "length"):
        found.append("minutes")
    if name in ("age", "min_age", "minimum_age"):
        found.append("age")
    if unit in ("usd", "eur", "gbp", "cny", "rmb", "元", "$", "€", "£", "¥", "yuan") or name in (
        "price", "cost", "average_cost", "price_per_person", "人均消费", "人均", "价格", "门票",
    ):  # fmt: skip
        found.append("money")
    if name in ("rating", "score", "stars", "评分", "average_rating"):
        found.append("score")
    return tuple(found)
