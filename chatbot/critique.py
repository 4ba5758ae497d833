"""Critiques of a list: "shorter", "funnier", "more like the second". Pure functions, any catalogue.

`apply` turns one critique into updates of the profile and wishes of this turn; `suggested` offers
critiques that would really change the list. Which facets can be criticised, and by which words,
comes from the schema.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from chatbot.values import Assert, Critique, Language, Preference, Update, Withdraw
from retrieval.catalogue import Catalogue
from retrieval.constraints import Interval
from retrieval.items import Item
from retrieval.query import Wish
from retrieval.schema import Facet, fold

POPULARITY = ("popularity", "votes", "rating_count", "ratings_count", "num_ratings", "reviews")
"""Number facets that say how well known an item is; the first one recorded is used."""
NOVELTY = "novelty"
"""Facet of the wish for less or better known items where the catalogue records no popularity."""

LESSER, BETTER = "lesser known", "better known"
"""Its two values; a later one replaces the earlier."""

_FIRM = 0.8
_ALIKE = ("genre", "mood", "theme", "category", "keyword")
_MOST = 4


@dataclass(frozen=True, slots=True)
class Change:
    """What a critique asks for.

    Attributes:
        updates: beliefs that last beyond this turn.
        wishes: soft wishes of this turn only.
        items: items the list should come closer to (their ids).
        blocked: whether nothing in the catalogue lies further in that direction; `updates` then
            keep to the end of the scale that exists.
    """

    updates: tuple[Update, ...] = ()
    wishes: tuple[Wish, ...] = ()
    items: tuple[str, ...] = ()
    blocked: bool = False


def apply(
    critique: Critique, listed: Sequence[str], catalogue: Catalogue, *, turn: int = 0
) -> Change:
    """What `critique` of the list `listed` (item ids) asks for.

    A number or an ordered category becomes a requirement beyond the item referred to, or beyond
    the median of the list; a category value a taste; "like" and "unlike" a taste for items.

    Args:
        critique: what was said.
        listed: ids of the last list, in the order shown; may be empty.
        catalogue: where facets and their ranges come from.
        turn: number of the user turn, kept as provenance.
    """
    if critique.direction in ("like", "unlike"):
        return _towards_items(critique, catalogue, turn)
    if critique.facet == "popularity":
        return _popularity(critique, listed, catalogue, turn)
    facet = catalogue.schema.facet(critique.facet)
    if facet is None:
        return Change()
    if critique.value:
        return _value(critique, facet, turn)
    facet = _recorded(critique, facet, listed, catalogue)
    if facet.kind == "number":
        return _number(critique, facet.name, listed, catalogue, turn)
    if facet.order:
        return _ordered(critique, facet, listed, catalogue, turn)
    return Change()


def _recorded(
    critique: Critique, facet: Facet, listed: Sequence[str], catalogue: Catalogue
) -> Facet:
    """The facet that was meant: "bigger" of tents is their room, of bottles their litres.

    Where the items spoken of do not record the facet, another one with the same word takes its
    place, if they record that.
    """
    items = _items(critique.items or listed, catalogue)
    if not items or any(item.get(facet.name) is not None for item in items):
        return facet
    said = f" {fold(critique.source)} "
    for other in catalogue.schema.facets.values():
        words = other.more if critique.direction == "more" else other.less
        if any(_stands(fold(w), said) for w in words) and any(
            item.get(other.name) is not None for item in items
        ):
            return other
    return facet


def _stands(word: str, said: str) -> bool:
    return bool(word) and (f" {word} " in said if word.isascii() else word in said)


def _belief(
    critique: Critique, stance: str, facet: str, value: str | Interval, turn: int, group: str = ""
) -> Assert:
    return Assert(
        Preference(
            stance,  # type: ignore[arg-type]
            facet,
            value,
            strength=_FIRM,
            source=critique.source,
            turn=turn,
            group=group,
        )
    )


def _towards_items(critique: Critique, catalogue: Catalogue, turn: int) -> Change:
    known = tuple(i for i in critique.items if i in catalogue)
    stance = "like" if critique.direction == "like" else "avoid"
    weight = 0.6 if critique.direction == "like" else -0.6
    wishes: list[Wish] = []
    for item_id in known:
        for name in _ALIKE:
            if catalogue.schema.facet(name) is not None:
                for value in catalogue[item_id].values(name)[:4]:
                    wishes.append(Wish(name, value, weight=weight, source=critique.source))
    unique = tuple(dict.fromkeys(wishes))
    updates = tuple(_belief(critique, stance, "title", item_id, turn) for item_id in known)
    return Change(updates, unique, known if critique.direction == "like" else ())


def _popularity(
    critique: Critique, listed: Sequence[str], catalogue: Catalogue, turn: int
) -> Change:
    for name in POPULARITY:
        if catalogue.schema.facet(name) is not None:
            return _number(critique, name, listed, catalogue, turn)
    value = LESSER if critique.direction == "less" else BETTER
    return Change((_belief(critique, "like", NOVELTY, value, turn),))


def _value(critique: Critique, facet: Facet, turn: int) -> Change:
    stance = "like" if critique.direction == "more" else "avoid"
    return Change((_belief(critique, stance, facet.name, critique.value, turn),))


def _items(ids: Iterable[str], catalogue: Catalogue) -> list[Item]:
    return [catalogue[i] for i in ids if i in catalogue]


def _numbers(items: Iterable[Item], facet: str) -> list[float]:
    return [n for item in items if (n := item.number(facet)) is not None]


def _number(
    critique: Critique, facet: str, listed: Sequence[str], catalogue: Catalogue, turn: int
) -> Change:
    reference = _reference(critique, facet, listed, catalogue)
    column = catalogue.numbers(facet)
    known = column[column == column]
    if reference is None or not len(known):
        return Change()
    whole = bool((known == known.round()).all())
    least, most = float(known.min()), float(known.max())
    if critique.direction == "less":
        bound = math.ceil(reference) - 1.0 if whole else reference - _sliver(least, most)
        blocked = bound < least
        interval: Interval = (None, max(bound, least))
    else:
        bound = math.floor(reference) + 1.0 if whole else reference + _sliver(least, most)
        blocked = bound > most
        interval = (min(bound, most), None)
    # Merging keeps earlier bounds where both can hold, and lets this one stand where they cannot.
    return Change((_belief(critique, "require", facet, interval, turn),), blocked=blocked)


def _sliver(least: float, most: float) -> float:
    return max((most - least) * 1e-3, 1e-6)


def _reference(
    critique: Critique, facet: str, listed: Sequence[str], catalogue: Catalogue
) -> float | None:
    """The number to go beyond: the item's, else the list's median, else the catalogue's."""
    if named := _numbers(_items(critique.items, catalogue), facet):
        return min(named) if critique.direction == "less" else max(named)
    if shown := _numbers(_items(listed, catalogue), facet):
        return float(median(shown))
    column = catalogue.numbers(facet)
    known = column[column == column]
    return float(median(known.tolist())) if len(known) else None


def _ordered(
    critique: Critique, facet: Facet, listed: Sequence[str], catalogue: Catalogue, turn: int
) -> Change:
    place = {fold(value): n for n, value in enumerate(facet.order)}
    source = critique.items or tuple(listed)
    known = [
        place[fold(value)]
        for item in _items(source, catalogue)
        for value in item.values(facet.name)
        if fold(value) in place
    ]
    if not known:
        return Change()
    reference = median(known)
    if critique.direction == "less":
        wanted = [v for v in facet.order if place[fold(v)] < reference] or [facet.order[0]]
        blocked = reference <= 0
    else:
        wanted = [v for v in facet.order if place[fold(v)] > reference] or [facet.order[-1]]
        blocked = reference >= len(facet.order) - 1
    group = f"t{turn}.{facet.name}"
    updates = tuple(_belief(critique, "require", facet.name, v, turn, group) for v in wanted)
    freed: Update = Withdraw(facet.name, None, ("require", "like"), critique.source)
    return Change((freed, *updates), blocked=blocked)


# --- what could be said next ---------------------------------------------------------------


def suggested(
    candidates: Sequence[str],
    catalogue: Catalogue,
    language: Language,
    *,
    shown: int = 5,
    most: int = _MOST,
) -> tuple[str, ...]:
    """Utterances that would really change the list, most telling first.

    A suggestion is offered when some of the candidates that are not shown fit it and at least two
    of those shown do not.

    Args:
        candidates: item ids, best first; the first `shown` are the list.
        catalogue: where they come from.
        language: of the utterances.
        shown: how many of the candidates the user sees.
        most: how many suggestions at most.
    """
    items = _items(candidates, catalogue)
    head, tail = items[:shown], items[shown:]
    if len(head) < 2 or not tail:
        return ()
    scored = [*_numeric(head, tail, catalogue, language), *_valued(head, tail, catalogue, language)]
    scored.sort(key=lambda s: (-s[0], s[2]))
    kept: dict[str, str] = {}
    numeric = 0
    for _, facet, text in scored:
        if facet in kept or (numeric >= most // 2 and ":" not in facet):
            continue
        numeric += ":" not in facet
        kept[facet] = text
    return tuple(kept.values())[:most]


def _words(facet: Facet, direction: str, language: Language) -> str:
    """The first word for more or less of a facet in this language, "" if there is none."""
    table = facet.more if direction == "more" else facet.less
    return next((w for w in table if w.isascii() == (language == "en")), "")


def _numeric(
    head: Sequence[Item], tail: Sequence[Item], catalogue: Catalogue, language: Language
) -> list[tuple[float, str, str]]:
    found = []
    for facet in catalogue.schema.facets.values():
        if facet.kind != "number":
            continue
        shown, others = _numbers(head, facet.name), _numbers(tail, facet.name)
        if len(shown) < 2 or not others:
            continue
        middle = float(median(shown))
        high = sum(map(float, facet.levels)) / len(facet.levels) if facet.levels else None
        for direction in ("less", "more"):
            word = _words(facet, direction, language)
            if high is not None and sum(n > high for n in _moved(shown, others, direction)) < 2:
                continue  # nobody wants comedies scarier that are all hardly scary
            gain = _gain(shown, others, middle, direction)
            if word and gain > 0:
                found.append((gain, facet.name, word[:1].upper() + word[1:]))
    return found


def _moved(shown: Sequence[float], others: Sequence[float], direction: str) -> Sequence[float]:
    """What a change is about: the shown items that would have less, the others that have more."""
    return shown if direction == "less" else others


def _gain(shown: Sequence[float], others: Sequence[float], middle: float, direction: str) -> float:
    """How far the list would change: share of candidates that fit × share of the list that goes."""

    def fits(n: float) -> bool:
        return n < middle if direction == "less" else n > middle

    leaving = sum(not fits(n) for n in shown)
    fitting = sum(fits(n) for n in others)
    if leaving < 2 or fitting < 2:
        return 0.0
    return (leaving / len(shown)) * min(1.0, fitting / max(len(others) / 2, 1))


_PHRASES: Mapping[Language, tuple[str, str]] = {
    "en": ("More {}", "No {}"),
    "zh": ("更{}一点", "不要{}"),
}


def _valued(
    head: Sequence[Item], tail: Sequence[Item], catalogue: Catalogue, language: Language
) -> list[tuple[float, str, str]]:
    """More of a value that few shown items have; none of one that most have."""
    found = []
    more, none = _PHRASES[language]
    for name in ("mood", "genre", "category"):
        facet = catalogue.schema.facet(name)
        if facet is None or facet.kind != "category":
            continue
        shown = _counted(head, name)
        others = _counted(tail, name)
        for value, count in others.items():
            share = shown.get(value, 0) / len(head)
            rest = count / len(tail)
            text = facet.show(value, language)
            if not _speakable(text, language):
                continue
            if name == "mood" and share <= 0.4 and 0.15 <= rest:
                found.append((rest * (1 - share), f"{name}:more", more.format(text)))
            if name != "mood" and share >= 0.4 and rest <= 0.8 and count < len(tail) - 1:
                word = text if language == "zh" else text.lower() if text.isascii() else text
                found.append((share * (1 - rest) * 0.6, f"{name}:none", none.format(word)))
    return found


def _speakable(text: str, language: Language) -> bool:
    return language == "en" or not text.isascii()


def _counted(items: Sequence[Item], facet: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for item in items:
        for value in item.values(facet):
            counts[value] = counts.get(value, 0) + 1
    return counts
