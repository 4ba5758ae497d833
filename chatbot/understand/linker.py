"""Links a text to one catalogue: titles, people, facet values and ranges. Holds all the indexes.

Every candidate is scored by what it is and where it stands; a set without overlaps is kept. Words
that only look like titles ("up", "her", "happy holidays") need something that speaks for them:
quotes, capitals, a cue such as "have you seen", or being too rare to be chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from chatbot.understand.index import PhraseIndex
from chatbot.understand.near import Near
from chatbot.understand.people import PeopleIndex, Person
from chatbot.understand.plausible import CLEAR, KINDS, person_fits, value_fits
from chatbot.understand.ranges import Ranges
from chatbot.understand.spans import Reading, Span
from chatbot.understand.surroundings import Surroundings
from chatbot.understand.text import Token, key, lowered, tokens, unpossessed
from chatbot.understand.titlehood import title_fits
from chatbot.understand.titles import Name, TitleIndex, title_key
from chatbot.understand.vocabulary import phrases
from retrieval.catalogue import Catalogue

_QUOTED = re.compile(
    r"《([^《》]{1,80})》|“([^“”]{1,80})”|\"([^\"]{1,80})\"|「([^「」]{1,40})」|(?<!\w)'([^']{2,60})'(?!\w)"
)
_SMALL = 5000
_YEAR_AFTER = re.compile(r"\s*[(（]?\s*((?:19|20)\d\d)\s*[)）]?")


class Linker:
    """Finds what a text names in `catalogue`. Built lazily, read-only afterwards.

    Args:
        catalogue: what is linked to.
        now: the current year, see `Ranges`.
    """

    def __init__(self, catalogue: Catalogue, now: int | None = None) -> None:
        self.catalogue = catalogue
        self.ranges = Ranges(catalogue, now)

    @cached_property
    def titles(self) -> TitleIndex:
        """All names of items."""
        return TitleIndex(self.catalogue)

    @cached_property
    def people(self) -> PeopleIndex:
        """All names of people."""
        known = self.titles.popularity(0) is not None if len(self.catalogue) else False
        fame = (lambda row: self.titles.popularity(row) or 0.0) if known else None
        return PeopleIndex(self.catalogue, fame)

    @cached_property
    def values(self) -> PhraseIndex[tuple[Reading, ...]]:
        """All words for facet values."""
        return PhraseIndex(
            phrases(self.catalogue), longest=24
        )  # a Chinese hotel has many characters

    @cached_property
    def _titles(self) -> PhraseIndex[Name]:
        return PhraseIndex(self.titles.names)

    @cached_property
    def _people(self) -> PhraseIndex[Person]:
        return PhraseIndex(self.people.names, longest=12)  # 「海伦娜·伯翰·卡特」 is seven

    @cached_property
    def _near(self) -> Near:
        return Near(self.titles, self.people, self.values)

    def warm(self) -> None:
        """Build every index now; otherwise the first text does."""
        _ = self._titles, self._people, self.values, self._near

    def spans(self, text: str, answering: str = "") -> tuple[Span, ...]:
        """What `text` names, in order, without overlaps.

        Args:
            text: the user's words.
            answering: the facet the user has just been asked about, "" if none.
        """
        found = tokens(text)
        around = Surroundings(text, lowered(text), found, answering)
        quoted, named = self._quoted(text, found)
        candidates = [
            *((200.0, s) for s in quoted),
            *((40.0 + (s.end - s.start) * 0.1, s) for s in self.ranges.find(around.low)),
            *self._people_in(around),
            *self._owners(around),
            *self._titles_in(around),
            *self._values_in(around),
        ]
        kept = _apart(candidates)
        fresh = self._near.find(around, [*kept, *named])
        kept = _apart([*((100.0, s) for s in kept), *((1.0, s) for s in [*fresh, *named])])
        dated = [self._dated(s, text) for s in kept]
        names = [s for s in dated if s.kind == "title"]
        free = [s for s in dated if s.kind != "range" or not any(s.overlaps(n) for n in names)]
        return tuple(sorted(free, key=lambda s: s.start))

    def _quoted(self, text: str, found: tuple[Token, ...]) -> tuple[list[Span], list[Span]]:
        """Titles in quotes, and quoted words that name nothing here."""
        known, unknown = [], []
        for match in _QUOTED.finditer(text):
            group = next(i for i in range(1, 6) if match.group(i) is not None)
            inside = match.group(group)
            phrase = title_key(inside)
            if not phrase:
                continue
            name = self.titles.names.get(phrase)
            confidence = 1.0
            if name is None:
                near = self.titles.near(phrase, 84.0 if group == 1 else 90.0)
                if near is not None:
                    name, alike = near
                    confidence = alike / 100
            if name is not None and group != 1 and inside[:1].islower():
                first = next((i for i, t in enumerate(found) if t.start >= match.start(group)), 0)
                count = sum(match.start(group) <= t.start < match.end(group) for t in found)
                around = Surroundings(text, lowered(text), found)
                if (
                    title_fits(around, first, first + count, name.form, self._popularity(name))
                    < -2.5
                ):
                    name = None
            if name is not None:
                span = self._title(match.start(), match.end(), name, confidence)
                known.append(replace(span, sure=True))
            elif group == 1 or (inside[:1].isupper() and self.values.get(key(inside)) is None):
                unknown.append(Span(match.start(), match.end(), "unknown", inside, sure=True))
        return known, unknown

    def _titles_in(self, around: Surroundings) -> Iterable[tuple[float, Span]]:
        for first, last, name in (*self._titles.along(around.tokens), *self._run_together(around)):
            fit = title_fits(around, first, last, name.form, self._popularity(name))
            if fit <= 0 and self._year_confirms(name, around, last):
                fit = 5.0
            if fit <= 0:
                continue
            start, end = around.chars(first, last)
            span = self._title(start, end, name, min(1.0, 0.6 + fit / 10))
            score = 18.0 + 4.0 * (last - first) + min(fit, 10.0) + (name.form == "full")
            yield score, replace(span, sure=fit >= 3)

    def _year_confirms(self, name: Name, around: Surroundings, last: int) -> bool:
        """Whether a year in brackets behind the words is that of an item so called."""
        match = _YEAR_AFTER.match(around.text, around.tokens[last - 1].end)
        if match is None or "(" not in match.group().replace("（", "("):
            return False
        year = float(match.group(1))
        return any(self.catalogue.items[row].number("year") == year for row in name.rows)

    def _run_together(self, around: Surroundings) -> Iterable[tuple[int, int, Name]]:
        """Names written with other spaces: "spiderman", "jo jo rabbit"."""
        for first in range(len(around.tokens)):
            phrase = ""
            for last in range(first, min(len(around.tokens), first + 6)):
                word = around.tokens[last].word
                if not word.isascii():
                    break
                phrase += word
                if (
                    len(phrase) >= 6
                    and " ".join(t.word for t in around.tokens[first : last + 1])
                    not in self.titles.names
                ):
                    name = self.titles.compact(phrase)
                    if name is not None:
                        yield first, last + 1, name

    def _popularity(self, name: Name) -> float | None:
        known = self.titles.popularity(name.rows[0])
        # In a small catalogue nearly every title is well known, and few are everyday words.
        return known if known is not None else 0.95 if len(self.catalogue) <= _SMALL else None

    def _title(self, start: int, end: int, name: Name, confidence: float) -> Span:
        items = self.catalogue.items
        ids = tuple(items[row].id for row in name.rows[:50])
        clear = len(ids) < 2 or name.form in ("part", "initials") or self.titles.dominant(name.rows)
        others = () if clear else ids
        return Span(
            start, end, "title", items[name.rows[0]].title, items=ids,
            confidence=confidence, others=others,
        )  # fmt: skip

    def _owners(self, around: Surroundings) -> Iterable[tuple[float, Span]]:
        """People named by what is theirs: "Nolan's films"; a title of those words wins."""
        bare = unpossessed(around.tokens, around.low)
        if bare == around.tokens:
            return
        for score, span in self._people_in(replace(around, tokens=bare)):
            if around.low.startswith("'s", span.end):
                yield score, span

    def _people_in(self, around: Surroundings) -> Iterable[tuple[float, Span]]:
        for first, last, person in self._people.along(around.tokens):
            fit = person_fits(around, first, last, person)
            if fit > 0:
                start, end = around.chars(first, last)
                score = (
                    22.0
                    + 4.0 * (last - first)
                    + min(fit, 8.0)
                    - (6.0 if person.weight < 0.3 else 0)
                )
                yield score, _person(start, end, person.name, 1.0)
        for place, token in enumerate(around.tokens):
            surname = self.people.surnames.get(token.word)
            fit = person_fits(around, place, place + 1, surname) if surname else -1.0
            if fit <= 0:
                surname = self.people.given.get(token.word)
                if surname is None or surname.share < 0.8 or surname.weight < 1.5:
                    continue
                fit = person_fits(around, place, place + 1, surname) - 0.7
            if surname is not None and fit > 0:
                start, end = around.chars(place, place + 1)
                yield 20.0 + fit, _person(start, end, surname.name, 0.6 + 0.4 * surname.share)

    def _values_in(self, around: Surroundings) -> Iterable[tuple[float, Span]]:
        found = tuple(self.values.along(around.tokens))
        kinds = {f for f, _, readings in found if all(r.facet in KINDS for r in readings)}
        for first, last, readings in found:
            fit = value_fits(around, first, last, readings)
            if fit <= 0 and last in kinds and around.tokens[first].word.isascii():
                fit = 0.5  # "warm gloves": what stands before a kind of thing describes it
            if fit <= 0:
                continue
            if around.proper(first, last) and not any(r.facet in CLEAR for r in readings):
                fit -= 0.5  # a capital speaks for a name: "like Bridesmaids"
            start, end = around.chars(first, last)
            name = next((r.values[0] for r in readings if r.values), "")
            yield 20.0 + 4.0 * (last - first) + fit, Span(start, end, "value", name, readings)

    def _dated(self, span: Span, text: str) -> Span:
        """A title with the year that stands behind it taken in; homonyms settled by it."""
        if span.kind != "title":
            return span
        match = _YEAR_AFTER.match(text, span.end)
        if match is None:
            return span
        year = float(match.group(1))
        same = tuple(i for i in span.items if self.catalogue[i].number("year") == year)
        if same:
            return replace(span, items=same, end=match.end(), sure=True, confidence=1.0, others=())
        return span


def _person(start: int, end: int, name: str, confidence: float) -> Span:
    return Span(start, end, "person", name, (Reading("person", (name,)),), confidence=confidence)


def _apart(candidates: Iterable[tuple[float, Span]]) -> list[Span]:
    """The best candidates that do not overlap; ties by place."""
    kept: list[Span] = []
    for _, span in sorted(candidates, key=lambda c: (-c[0], c[1].start, c[1].end)):
        if not any(span.overlaps(other) for other in kept):
            kept.append(span)
    return kept
