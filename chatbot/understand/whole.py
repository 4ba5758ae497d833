# ruff: noqa: E501  (patterns read best on one line)
"""Whole bodies of work that were seen: "I've seen everything by Nolan except Tenet", 「诺兰的我都看过」,
"they've seen all the Toy Story films", 「玩具总动员系列都看过」.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot.understand import Context, common
from chatbot.understand.spans import Span
from chatbot.values import Assert, Preference, Update
from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.schema import fold

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


_SERIES = re.compile(
    r"\b(?:seen|watched|read|finished|been through|know) (?:just about |almost |nearly |pretty much )?(?:all|every(?: single)?|the (?:whole|entire|complete))(?: of)?(?: the)? [\"'“‘]?(?P<head>[\w:&'. -]{2,40}?)[\"'”’]?(?:'s)? (?:films?|movies?|books?|series|franchise|trilogy|saga|ones|parts|instal?lments)\b"
)
_SERIES_ZH = re.compile(
    r"(?:^|[，。,;；！!\s《]|我们?|他们?|她们?|孩子们?|小朋友们?)(?P<head>[\u4e00-\u9fff·\dA-Za-z]{2,12}?)》?的?(?:整个)?(?:系列|三部曲|全集|几部|每一?部)?的?(?:电影|片子|书)?(?:我们?|他们?|她们?|孩子们?)?(?:都|全|全都|全部)(?:已经)?(?:看过|看完|看了|刷过|读过)"
)
_EVERYDAY = 2
"""Uses in recorded talk from which on a word alone is no sure sign of a series."""
_NEXT = re.compile(r"\s*(?:[:：\d·-]|(?:part|vol|chapter|episode|[ivx]+)\b|[一二三四五六七八九])")


class Whole:
    """What was marked as seen at once: the updates, and the spans they use up."""

    def __init__(self, updates: tuple[Update, ...] = (), spans: tuple[Span, ...] = ()) -> None:
        self.updates = updates
        self.spans = spans


def seen(
    low: str, text: str, spans: Sequence[Span], catalogue: Catalogue, context: Context
) -> Whole:
    """Every item of a person, or of a series, that was seen, without the titles that were excepted."""
    if (series := _series(low, text, spans, catalogue, context)) is not None:
        return series
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


def _series(
    low: str, text: str, spans: Sequence[Span], catalogue: Catalogue, context: Context
) -> Whole | None:
    """All items of the series that a name opens; None where no series was marked."""
    found = _SERIES.search(low) or _SERIES_ZH.search(low)
    if found is None:
        return None
    start, end = found.span("head")
    inside = [s for s in spans if s.start < end and start < s.end]
    if any(s.kind == "person" for s in inside):
        return None
    heads = {fold(found["head"]), *(fold(s.name) for s in inside if s.kind == "title")}
    rows = [
        item
        for item in catalogue.items
        if _maybe(heads, names := _names(item)) and _opens(heads, names)
    ]
    if len(rows) < 2:
        return None
    excepted = [s for s in spans if s.kind == "title" and s not in inside and _BUT.search(low)]
    kept = {i for s in excepted for i in s.items}
    updates = tuple(
        Assert(Preference("seen", "title", item.id, source=text.strip(), turn=context.turn))
        for item in rows[:MOST]
        if item.id not in kept
    )
    pointed = [s for s in spans if s.kind == "reference"]
    return Whole(updates, (*inside, *excepted, *pointed))


def _names(item: Item) -> tuple[str, ...]:
    return (item.title, *item.aka, *item.values("title_zh"))


def _maybe(heads: set[str], names: Sequence[str]) -> bool:
    """Whether a name may open like a head; cheap, and asked of every item."""
    starts = tuple({head[:2] for head in heads})
    return any(name.casefold().lstrip(" '\"“¡¿").startswith(starts) for name in names)


def _opens(heads: set[str], names: Sequence[str]) -> bool:
    """Whether one of the names is a head, or goes on from it as the parts of a series do: by a
    number or a colon, or by anything where the head is not a single everyday word.

    >>> _opens({"toy story"}, ["Toy Story 3"]), _opens({"up"}, ["Up in the Air"])
    (True, False)
    """
    for name in map(_bare, names):
        for head in map(_bare, heads):
            if name == head:
                return True
            if name.startswith(head) and not name[len(head)].isalpha():
                rare = " " in head or not common.ordinary(head, _EVERYDAY)
                if rare or _NEXT.match(name, len(head)):
                    return True
            elif name.startswith(head) and not head.isascii() and len(head) > 2:
                return True
    return False


def _bare(name: str) -> str:
    return fold(name).replace("·", "")


def _owns(low: str, span: Span) -> bool:
    """Whether a person's work is meant: "every Nolan film", "Nolan's films"."""
    return bool(re.match(r"(?:'s)? (?:films?|movies?|books?|work)", low[span.end :]))
