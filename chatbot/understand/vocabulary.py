"""The words for facet values of one catalogue: spellings, labels, synonyms, plurals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from chatbot.understand.spans import Reading
from chatbot.understand.text import key
from retrieval.catalogue import Catalogue
from retrieval.constraints import Interval
from retrieval.schema import Facet, fold

_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)?\.\.(-?\d+(?:\.\d+)?)?")
_LONGEST = 6
_SOFT_NAMES = frozenset(
    "mood theme keyword tag style topic tone atmosphere occasion feature vibe dish".split()
)


def soft(facet: Facet, catalogue: Catalogue) -> bool:
    """Whether naming a value of `facet` states a taste rather than a limit.

    Moods and themes are recorded sparsely and by opinion; so are all many-valued facets with a
    vocabulary that is wide for the catalogue. Scales of at most five steps are tastes too.
    """
    if facet.role == "person":
        return False
    if facet.kind == "number":
        return scale(facet, catalogue)
    if facet.name in _SOFT_NAMES:
        return True
    return facet.many and len(catalogue.spellings.get(facet.name, {})) > 300


def scale(facet: Facet, catalogue: Catalogue) -> bool:
    """Whether a number facet is an intensity, such as 0 to 3."""
    if facet.kind != "number" or facet.unit:
        return False
    column = catalogue.numbers(facet.name)
    known = column[column == column]
    return (
        bool(len(known))
        and 0 <= float(known.min())
        and float(known.max()) <= 5
        and bool((known == known.round()).all())
    )


def interval_of(text: str) -> Interval | None:
    """A range written as `low..high`.

    >>> interval_of("..100"), interval_of("2.."), interval_of("China")
    ((None, 100.0), (2.0, None), None)
    """
    match = _RANGE.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return None
    low, high = (None if g is None else float(g) for g in match.groups())
    return (low, high)


def phrases(catalogue: Catalogue) -> Mapping[str, tuple[Reading, ...]]:
    """Phrase key → readings, over every category and number facet that is not of people."""
    nouns = {key(w) for by in (catalogue.schema.noun, catalogue.schema.nouns) for w in by.values()}
    found: dict[str, list[Reading]] = {}
    for facet in catalogue.schema.facets.values():
        if facet.role == "person" or facet.kind in ("text", "link"):
            continue
        for phrase, reading in _of_facet(facet, catalogue):
            if phrase in nouns:
                continue  # "courses" is what there is, not a kind of it
            readings = found.setdefault(phrase, [])
            if reading not in readings:
                readings.append(reading)
    return {phrase: _settled(readings) for phrase, readings in found.items()}


def _settled(readings: list[Reading]) -> tuple[Reading, ...]:
    """Per facet the composite reading, if there is one, else the first."""
    best: dict[str, Reading] = {}
    for reading in readings:
        if reading.facet not in best or len(reading.values) > len(best[reading.facet].values):
            best[reading.facet] = reading
    return tuple(best.values())


def _of_facet(facet: Facet, catalogue: Catalogue) -> Iterator[tuple[str, Reading]]:
    spelled = catalogue.spellings.get(facet.name, {})
    if facet.kind == "category":
        for folded, value in spelled.items():
            for phrase in _forms(value, plural=len(folded) > 2):
                yield phrase, Reading(facet.name, (value,))
        for value, labels in facet.value_labels.items():
            known = spelled.get(fold(value))
            for label in labels.values() if known else ():
                yield key(label), Reading(facet.name, (known or value,))
    if facet.kind == "flag":
        for label in facet.labels.values():
            yield key(label), Reading(facet.name, ("yes",))
    for name, synonyms in facet.synonyms.items():
        meant = _meant(name, facet, spelled)
        if meant is None:
            continue
        for synonym in synonyms:
            phrase = key(synonym)
            if phrase:
                yield phrase, meant


def _meant(name: str, facet: Facet, spelled: Mapping[str, str]) -> Reading | None:
    if facet.kind == "number":
        interval = interval_of(name)
        return None if interval is None else Reading(facet.name, interval=interval)
    if facet.kind == "flag":
        return Reading(facet.name, (name,))
    every = "+" in name and fold(name) not in spelled
    parts = [name] if fold(name) in spelled else re.split(r"[|+]", name)
    values = tuple(spelled[fold(part)] for part in parts if fold(part) in spelled)
    if not values or (every and len(values) < len(parts)):
        return None
    return Reading(facet.name, values, every=every, spoken=True)


def _forms(value: str, *, plural: bool) -> Iterator[str]:
    phrase = key(value)
    if not phrase or (phrase.count(" ") >= _LONGEST and value.isascii()):
        return
    yield phrase
    if plural and phrase[-1].isascii() and phrase[-1].isalpha():
        if phrase.endswith("y") and phrase[-2:-1] not in "aeiou":
            yield phrase[:-1] + "ies"
        elif not phrase.endswith("s"):
            yield phrase + "s"
