"""An understanding as the JSON that a reader should have written for it: `settle`, backwards."""

from __future__ import annotations

from collections.abc import Mapping

from chatbot.models.reading import (
    MOST_ITEMS,
    MOST_TITLES,
    MOST_WANTS,
    VALUE,
    WORDS,
    Heard,
    OfTitle,
    dump,
)
from chatbot.understand import Context
from chatbot.values import Assert, Preference, Understanding, Withdraw
from retrieval.catalogue import Catalogue
from retrieval.constraints import Interval

_OF_TITLE: Mapping[str, OfTitle] = {
    "like": "like", "require": "like", "avoid": "avoid", "forbid": "avoid", "seen": "seen",
}  # fmt: skip
_HEARD: Mapping[str, Heard] = {
    "like": "like", "require": "require", "avoid": "avoid", "forbid": "forbid",
}  # fmt: skip


def reading_of(u: Understanding, context: Context, catalogue: Catalogue) -> str:
    """One line of JSON, as `chatbot.models.reading.schema_for` has it, that says what `u` says.

    What the JSON has no room for (strength, groups, critiques) is left to the embedded reader.
    """
    wants: list[dict[str, str]] = []
    titles: list[dict[str, str]] = []
    for update in u.updates:
        if isinstance(update, Withdraw):
            wants.extend(_withdrawn(update, catalogue))
        elif isinstance(update, Assert) and update.preference.facet == "title":
            titles.extend(_titled(update.preference, catalogue))
        elif isinstance(update, Assert):
            wants.extend(_wanted(update.preference, catalogue))
    places = [context.listed.index(i) + 1 for i in u.items if i in context.listed]
    return dump(
        {
            "language": u.language,
            "intent": u.intent,
            "wants": wants[:MOST_WANTS],
            "titles": titles[:MOST_TITLES],
            "items": [p for p in places if p <= 20][:MOST_ITEMS],
            "aspect": u.aspect[:20] if u.intent == "ask_item" else "",
            "count": u.count if u.count is not None and 0 < u.count <= 20 else 0,
        }
    )


def _wanted(p: Preference, catalogue: Catalogue) -> list[dict[str, str]]:
    facet = _facet(p.facet, catalogue)
    value = _range(p.value) if isinstance(p.value, tuple) else p.value
    if not facet or not value or p.stance not in _HEARD:
        return []
    return [_entry(_HEARD[p.stance], p.source, facet=facet, value=value[:VALUE])]


def _titled(p: Preference, catalogue: Catalogue) -> list[dict[str, str]]:
    if not isinstance(p.value, str) or p.value not in catalogue or p.stance not in _OF_TITLE:
        return []
    return [_entry(_OF_TITLE[p.stance], p.source, title=catalogue[p.value].title[:VALUE])]


def _withdrawn(update: Withdraw, catalogue: Catalogue) -> list[dict[str, str]]:
    facet = _facet(update.facet, catalogue)
    value = _range(update.value) if isinstance(update.value, tuple) else update.value
    if not facet or not value:
        return []
    return [_entry("withdraw", update.source, facet=facet, value=value[:VALUE])]


def _entry(stance: str, source: str, **what: str) -> dict[str, str]:
    return {"stance": stance, **what, "words": source[:WORDS]}


def _facet(name: str, catalogue: Catalogue) -> str:
    """The facet as models are told of it; "" for one they are not."""
    if name in ("term", "person"):
        return name
    facet = catalogue.schema.facet(name)
    if facet is None or facet.kind == "text":
        return ""
    return "person" if facet.role == "person" else name if not facet.role else ""


def _range(interval: Interval) -> str:
    """An interval as models write it.

    >>> _range((None, 120.0)), _range((1980.0, 1989.0)), _range((1994.0, 1994.0))
    ('<=120', '1980-1989', '1994')
    """
    low, high = interval
    if low is None:
        return "" if high is None else f"<={high:g}"
    if high is None:
        return f">={low:g}"
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"
