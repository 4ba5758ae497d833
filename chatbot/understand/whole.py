# ruff: noqa: E501  (patterns read best on one line)
"""Whole bodies of work that were seen: "I've seen everything by Nolan except Tenet", 「诺兰的我都看过」."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot.understand import Context
from chatbot.understand.spans import Span
from chatbot.values import Assert, Preference, Update
from retrieval.catalogue import Catalogue

MOST = 60
"""Items that one sentence may mark as seen."""

_EN = re.compile(
    r"\b(?:seen|watched|read|finished|been through) (?:just about |almost |nearly |pretty much )?(?:everything|all(?: of)?(?: the)?(?: (?:films|movies|books|stuff|work|works|ones))?|every(?: single)?(?: (?:film|movie|book|thing))?|(?:his|her|their) (?:entire|whole|complete) (?:work|filmography))\b"
)
_BY = re.compile(
    r"\b(?:by|of|from|with|starring|directed by)\s+$|\b(?:every|all)(?: of)?(?: the)? $"
)
_ZH = re.compile(r"(?:都|全|全都|全部)(?:已经)?(?:看过|看完|看了|刷过|读过)")
_BUT = re.compile(r"\b(?:except|but|apart from|other than|besides|save)\b(?: for)?|除了|除去")


class Whole:
    """What was marked as seen at once: the updates, and the spans they use up."""

    def __init__(self, updates: tuple[Update, ...] = (), spans: tuple[Span, ...] = ()) -> None:
        self.updates = updates
        self.spans = spans


def seen(
    low: str, text: str, spans: Sequence[Span], catalogue: Catalogue, context: Context
) -> Whole:
    """Every item of a person that was seen, without the titles that were excepted."""
    people = [s for s in spans if s.kind == "person" and s.readings]
    english, chinese = _EN.search(low), _ZH.search(low)
    if not people or not (english or chinese):
        return Whole()
    if english:
        named = [s for s in people if s.start >= english.end() and _BY.search(low[: s.start])] or [
            s for s in people if low[english.start() : english.end() + 3].rstrip() and _owns(low, s)
        ]
    else:
        assert chinese is not None
        named = [s for s in people if s.end <= chinese.start() and not _BUT.search(low[: s.start])]
    if not named:
        return Whole()
    but = _BUT.search(low)
    excepted = [s for s in spans if s.kind == "title" and but and s.start >= but.end()]
    kept = {i for s in excepted for i in s.items}
    values = {v for s in named for r in s.readings for v in r.values}
    facets = catalogue.schema.people()
    rows = [
        item
        for item in catalogue.items
        if item.id not in kept and any(v in values for f in facets for v in item.values(f))
    ]
    updates: list[Update] = [
        Assert(Preference("seen", "title", item.id, source=text.strip(), turn=context.turn))
        for item in rows[:MOST]
    ]
    pointed = [s for s in spans if s.kind == "reference"]
    return Whole(tuple(updates), (*named, *excepted, *pointed))


def _owns(low: str, span: Span) -> bool:
    """Whether a person's work is meant: "every Nolan film", "Nolan's films"."""
    return bool(re.match(r"(?:'s)? (?:films?|movies?|books?|work)", low[span.end :]))
