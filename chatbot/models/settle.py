"""Links what a model has read to the catalogue, and settles where the embedded reading differs.

The rule, in order:
1. What the model heard counts only with the words it heard it in: they have to stand in the
   message (for a wish, its value may stand there instead). A value counts only when the linker
   finds it in the catalogue; what it cannot find is a free word if it was wished for, and nothing
   otherwise.
2. Of two opposite readings of one value the refusing one holds: ours always, the model's where
   the words it quotes refuse something ("no", "zero", 不要).
3. Limits heard by either side hold. A limit stated by the model on a facet of taste (moods, themes)
   is a wish, as it is for the embedded reader.
4. Where both heard the same value or range, the embedded reading stands: strength, group, numbers.
5. Titles: the embedded reading stands where it is sure; one it is unsure of (confidence below 0.7)
   that the model did not hear is dropped. Titles that only the model heard are added when the
   linker knows them.
6. A range that only the model heard needs a number in the words.
7. Taking something back is believed of the model only where the profile holds it.
8. The intent is the embedded one where that is sure (0.8) and the model's otherwise; but nothing is
   reset, drafted or handed off because of a model alone.
9. Positions, aspect and count are the embedded ones where it found any. Language, critiques and
   homonyms are always the embedded ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from chatbot.models.reading import ModelReading, Named, Want
from chatbot.understand import Context
from chatbot.understand.spans import Reading, Span
from chatbot.understand.vocabulary import soft
from chatbot.values import (
    Assert,
    Intent,
    Mention,
    Preference,
    Stance,
    Understanding,
    Update,
    Withdraw,
)
from prompts import literal
from retrieval.catalogue import Catalogue
from retrieval.constraints import Interval
from retrieval.schema import fold

SURE = 0.8
UNSURE_TITLE = 0.7
REFUSING: frozenset[Stance] = frozenset({"avoid", "forbid"})

_ACTS: frozenset[Intent] = frozenset({"reset", "draft", "support", "handoff"})
_STRENGTH = {"require": 1.0, "forbid": 1.0, "like": 0.7, "avoid": 0.6}
_REFUSAL = re.compile(
    r"\b(?:no|not|non|never|nothing|without|zero|less|hates?|dislikes?|except|avoid|skip|"
    r"anything but|tired of|sick of|enough|cannot|stop)\b|n['’]t\b|"
    r"[不没别无少免非]|讨厌|除了|受够|够了",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    r"\d|[一二两三四五六七八九十百千半]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|"
    r"twenty|thirty|sixty|ninety|hundred|half|hours?|nineties|eighties|seventies|sixties)\b",
    re.IGNORECASE,
)


class Linker(Protocol):
    """What is needed of `chatbot.understand.linker.Linker`."""

    @property
    def catalogue(self) -> Catalogue:
        """What is linked to."""
        ...

    def spans(self, text: str, answering: str = "") -> tuple[Span, ...]:
        """What `text` names."""
        ...


def settle(
    text: str, context: Context, ours: Understanding, theirs: ModelReading, linker: Linker
) -> Understanding:
    """One understanding of `text` from the embedded reading and the model's; see the module."""
    heard = _Heard(text, context, linker)
    updates, unknown = _beliefs(heard, ours, theirs)
    intent, confidence, also = _intent(ours, theirs)
    items = ours.items or _pointed(theirs.items, context.listed)
    mentions = (*ours.mentions, *_mentions(updates, ours, text))
    terms = [
        u.preference.value
        for u in updates
        if isinstance(u, Assert) and u.preference.facet == "term" and u not in ours.updates
    ]
    return replace(
        ours,
        intent=intent,
        also=also,
        confidence=confidence,
        updates=() if intent in _ACTS else tuple(updates),
        mentions=mentions,
        items=items,
        aspect=ours.aspect
        or (fold(theirs.aspect).replace(" ", "_") if intent == "ask_item" else ""),
        count=ours.count or (theirs.count if 1 <= theirs.count <= 20 else None),
        terms=tuple(dict.fromkeys((*ours.terms, *map(str, terms)))),
        unknown=tuple(dict.fromkeys((*ours.unknown, *unknown))),
    )


def _intent(ours: Understanding, theirs: ModelReading) -> tuple[Intent, float, tuple[Intent, ...]]:
    if theirs.intent == ours.intent:
        return ours.intent, max(ours.confidence, 0.9), ours.also
    alone = theirs.intent in _ACTS and theirs.intent not in ours.also
    sure = ours.confidence >= SURE and ours.intent != "unclear"
    if alone or sure or theirs.intent == "unclear":
        return ours.intent, ours.confidence, ours.also
    also = tuple(i for i in (ours.intent, *ours.also) if i not in (theirs.intent, "unclear"))
    return theirs.intent, 0.75, also


def _beliefs(
    heard: _Heard, ours: Understanding, theirs: ModelReading
) -> tuple[list[Update], list[str]]:
    """(updates, names the catalogue does not have)."""
    model = {p.key: p for want in theirs.wants for p in heard.wished(want)}
    unknown: list[str] = []
    for named in theirs.titles:
        believed, missing = heard.titled(named)
        model.update((p.key, p) for p in believed)
        unknown.extend(missing)
    doubted = _doubted(ours) - {f"title:{i}" for n in theirs.titles for i in heard.items(n.title)}
    kept: list[Update] = []
    for update in ours.updates:
        if not isinstance(update, Assert):
            kept.append(update)
        elif update.preference.key not in doubted:
            kept.append(_one(update, model.pop(update.preference.key, None)))
    asserted = {u.preference.key for u in kept if isinstance(u, Assert)}
    for want in theirs.wants:
        freed = heard.withdrawn(want) if want.stance == "withdraw" else ()
        kept.extend(w for w in freed if f"{w.facet}:{w.value}" not in asserted)
    kept.extend(Assert(p) for p in model.values())
    return kept, unknown


def _doubted(ours: Understanding) -> set[str]:
    """Keys of titles that the embedded reading is unsure of."""
    return {
        f"title:{i}"
        for m in ours.mentions
        if m.facet == "title" and m.confidence < UNSURE_TITLE
        for i in m.item_ids
    }


def _one(mine: Assert, other: Preference | None) -> Assert:
    """Which of two beliefs about the same value holds: ours, unless the model quotes a refusal."""
    if other is None or isinstance(other.value, tuple) or mine.preference.stance == "seen":
        return mine
    refused = (
        other.stance in REFUSING
        and mine.preference.stance not in REFUSING
        and _REFUSAL.search(other.source) is not None
    )
    return Assert(other) if refused else mine


class _Heard:
    """Turns entries of a model's reading into beliefs about one catalogue."""

    def __init__(self, text: str, context: Context, linker: Linker) -> None:
        self._text = text
        self._folded = fold(text).replace(" ", "")
        self._context = context
        self._linker = linker
        self._catalogue = linker.catalogue

    def _quoted(self, want: Want) -> str:
        """The words, where they stand in the message; for a wish its value will do; else ""."""
        wish = want.stance in ("like", "require")
        return self._standing(want.words, *([want.value] if wish else []))

    def _standing(self, *texts: str) -> str:
        """The first of `texts` that stands in the message, else ""."""
        for found in map(literal, texts):
            folded = fold(found).replace(" ", "")
            if folded and folded in self._folded:
                return found.strip()
        return ""

    def wished(self, want: Want) -> Iterator[Preference]:
        """The beliefs that a wish amounts to."""
        source = self._quoted(want)
        if not source or want.stance == "withdraw":
            return
        facet = self._catalogue.schema.facet(want.facet)
        if facet is not None and facet.kind == "number":
            interval = interval_of(want.value)
            if interval is not None and _NUMERIC.search(source):
                yield self._belief(want.stance, facet.name, interval, source)
            return
        link = self._linked(want)
        if link is None:
            if want.facet in ("term", "mood", "theme", "keyword") and want.stance == "like":
                yield self._belief("like", "term", literal(want.value).strip(), source)
            return
        stance: Stance = want.stance
        found = self._catalogue.schema.facet(link.facet)
        if found is not None and soft(found, self._catalogue) and stance == "require":
            stance = "like"
        values: Sequence[str] = link.values if link.every else link.values[:1]
        for value in values:
            yield self._belief(stance, link.facet, value, source)

    def _linked(self, want: Want) -> Reading | None:
        """How the linker reads a value: under the facet the model named, else under any."""
        value = literal(want.value)
        spelled = self._catalogue.spellings.get(want.facet, {}).get(fold(value))
        if spelled is not None:
            return Reading(want.facet, (spelled,))
        readings = [
            reading
            for span in self._linker.spans(value)
            if span.kind in ("value", "person") and 2 * (span.end - span.start) >= len(value)
            for reading in span.readings
            if reading.values
        ]
        wanted = self._catalogue.schema.expand(want.facet)
        same = [r for r in readings if r.facet == want.facet or r.facet in wanted]
        return next(iter(same or readings), None)

    def withdrawn(self, want: Want) -> Iterator[Withdraw]:
        """What is taken back, if the profile holds it."""
        source = self._quoted(want)
        if not source:
            return
        link = self._linked(want)
        for belief in self._context.profile.preferences:
            held = link is not None and belief.facet == link.facet and belief.value in link.values
            number = isinstance(belief.value, tuple) and belief.facet == want.facet
            if held or number:
                yield Withdraw(belief.facet, belief.value, source=source)

    def items(self, title: str) -> tuple[str, ...]:
        """Ids of the items with this title, likeliest first."""
        for span in self._linker.spans(f"《{literal(title)}》"):
            if span.kind == "title":
                return span.items
        return ()

    def titled(self, named: Named) -> tuple[list[Preference], list[str]]:
        """(beliefs about a title, the title if the catalogue does not have it)."""
        source = self._standing(named.words, named.title)
        title = literal(named.title)
        if not source or fold(title).replace(" ", "") not in self._folded:
            return [], []
        items = self.items(title)
        if not items:
            return [], [title]
        if named.stance == "about":
            return [], []
        return [self._belief(named.stance, "title", items[0], source)], []

    def _belief(self, stance: Stance, facet: str, value: str | Interval, source: str) -> Preference:
        strength = _STRENGTH.get(stance, 0.8)
        return Preference(stance, facet, value, strength, source, self._context.turn)


def interval_of(text: str) -> Interval | None:
    """A range as a model writes it.

    >>> interval_of("<=120"), interval_of("1980-1989"), interval_of("soon")
    ((None, 120.0), (1980.0, 1989.0), None)
    """
    match = re.fullmatch(
        r"\s*(<=|>=|<|>)?\s*(\d+(?:\.\d+)?)(?:\s*[-–]\s*(\d+(?:\.\d+)?))?\s*", text
    )
    if match is None:
        return None
    sign, low, high = match[1], float(match[2]), match[3]
    if high is not None:
        return (low, float(high)) if low <= float(high) and not sign else None
    if sign in ("<=", "<"):
        return None, low
    return (low, None) if sign else (low, low)


def _pointed(places: Sequence[int], listed: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(listed[p - 1] for p in places if 1 <= p <= len(listed)))


def _mentions(updates: Sequence[Update], ours: Understanding, text: str) -> Iterator[Mention]:
    """Mentions of what only the model heard, placed where its words stand."""
    known = {(m.facet, m.value) for m in ours.mentions}
    low = text.lower()
    for update in updates:
        if not isinstance(update, Assert) or update in ours.updates:
            continue
        p = update.preference
        if not isinstance(p.value, str) or (p.facet, p.value) in known:
            continue
        start = max(0, low.find(p.source.lower()))
        ids = (p.value,) if p.facet == "title" else ()
        sentiment = -0.8 if p.stance in REFUSING else 0.6
        yield Mention(p.facet, p.value, start, start + len(p.source), ids, sentiment, 0.7)
