"""What people did with what they were shown: reactions to places, lists and conversations.

From the stored log alone. Nobody who is shown little on purpose should conclude anything from few
lists: intervals draw whole conversations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from chatbot.errors import InputError
from chatbot.evaluation import pictures
from chatbot.evaluation.pages import Section, page
from chatbot.evaluation.report import cell, shown, table
from chatbot.learning.log import Listed, listed
from chatbot.storage.sessions import SessionStore
from retrieval.metrics import bootstrap

PLACES = 10
"""Places beyond this are left out of the figures by place."""

POSITIVE = frozenset({"love", "like"})
_VERDICTS = ("love", "like", "dislike", "seen")

Figure = dict[str, float | None]


def evaluate(sessions: SessionStore, catalogue: str, seed: int) -> dict[str, Any]:
    """Rates of reactions: by item shown, by place, by way to rank, and by conversation.

    Raises:
        InputError: nothing was ever shown from this catalogue.
    """
    lists = listed(sessions, catalogue)
    if not lists:
        raise InputError(
            f"no list from {catalogue!r} was ever shown.", hint="Let people use it, then ask again."
        )
    strategies = sorted({one.used.use.strategy for one in lists})
    conversations = _conversations(lists)
    ids = list(conversations)
    return {
        "catalogue": catalogue,
        "conversations": len(conversations),
        "lists": len(lists),
        "items_shown": sum(len(one.verdicts) for one in lists),
        "verdicts": {v: n for v, n in _counted(lists).items() if n},
        "seed": seed,
        "items": _rates(lists, seed),
        "lists_with": _of_lists(lists, seed),
        "conversations_with": {
            name: _interval([test(conversations[i]) for i in ids], ids, seed)
            for name, test in _SATISFIED.items()
        },
        "by_place": {
            str(place + 1): _rates(lists, seed, place)
            for place in range(min(PLACES, max(len(one.verdicts) for one in lists)))
        },
        "by_strategy": {
            name: _rates([x for x in lists if x.used.use.strategy == name], seed)
            | {"lists": float(sum(x.used.use.strategy == name for x in lists))}
            for name in strategies
        },
    }


def _counted(lists: Sequence[Listed]) -> dict[str, int]:
    found = Counter(v for one in lists for v in one.verdicts)
    return {name: found[name] for name in _VERDICTS}


def _conversations(lists: Sequence[Listed]) -> dict[str, list[str]]:
    """Session → every verdict in it."""
    found: dict[str, list[str]] = {}
    for one in lists:
        found.setdefault(one.used.session, []).extend(v for v in one.verdicts if v)
    return found


def _satisfied(verdicts: Sequence[str]) -> float:
    """1 for more liked than disliked, else 0; unknown where nobody said anything."""
    good = sum(v in POSITIVE for v in verdicts)
    bad = sum(v == "dislike" for v in verdicts)
    return float("nan") if good + bad == 0 else float(good > bad)


_SATISFIED: Mapping[str, Callable[[Sequence[str]], float]] = {
    "any reaction": lambda verdicts: float(bool(verdicts)),
    "something liked": lambda verdicts: float(any(v in POSITIVE for v in verdicts)),
    "more liked than not, of those who said": _satisfied,
}


def _rates(lists: Sequence[Listed], seed: int, place: int | None = None) -> dict[str, Any]:
    """Shares of items shown: with any reaction (click-through), liked, disliked, seen before."""
    tests: Mapping[str, Callable[[str], bool]] = {
        "click-through": lambda v: bool(v),
        "liked": lambda v: v in POSITIVE,
        "disliked": lambda v: v == "dislike",
        "seen before": lambda v: v == "seen",
    }
    pairs = [
        (verdict, one.used.session)
        for one in lists
        for at, verdict in enumerate(one.verdicts)
        if place is None or at == place
    ]
    clusters = [session for _, session in pairs]
    return {
        name: _interval([float(test(verdict)) for verdict, _ in pairs], clusters, seed)
        for name, test in tests.items()
    }


def _of_lists(lists: Sequence[Listed], seed: int) -> dict[str, Figure]:
    clusters = [one.used.session for one in lists]
    liked = [float(any(v in POSITIVE for v in one.verdicts)) for one in lists]
    first = [
        next((1 / (at + 1) for at, v in enumerate(one.verdicts) if v in POSITIVE), 0.0)
        for one in lists
    ]
    return {
        "something liked": _interval(liked, clusters, seed),
        "reciprocal place of the first liked": _interval(first, clusters, seed),
    }


def _interval(values: Sequence[float], clusters: Sequence[str], seed: int) -> Figure:
    return shown(bootstrap(values, clusters, np.random.default_rng(seed)))


def _head(figures: Mapping[str, Any]) -> str:
    return (
        f"{figures['items_shown']:,} items in {figures['lists']:,} lists of "
        f"{figures['conversations']:,} conversations over {figures['catalogue']}"
    )


def _overall(figures: Mapping[str, Any]) -> list[list[str]]:
    rows = [[f"items: {name}", cell(v)] for name, v in figures["items"].items()]
    rows += [[f"lists: {name}", cell(v)] for name, v in figures["lists_with"].items()]
    told = figures["conversations_with"]
    return rows + [[f"conversations: {name}", cell(v)] for name, v in told.items()]


def _by(figures: Mapping[str, Any], key: str) -> tuple[list[str], list[list[str]]]:
    found = figures[key]
    names = [n for n in next(iter(found.values())) if n != "lists"]
    return names, [[label, *(cell(row[n]) for n in names)] for label, row in found.items()]


def readable(figures: Mapping[str, Any]) -> str:
    """The figures as tables."""
    parts = [_head(figures), table(["share of", ""], _overall(figures))]
    for key, label in (("by_place", "place"), ("by_strategy", "way to rank")):
        names, rows = _by(figures, key)
        parts.append(table([label, *names], rows))
    return "\n\n".join(parts)


def report(figures: Mapping[str, Any]) -> str:
    """The figures as a page."""
    places, place_rows = _by(figures, "by_place")
    ways, way_rows = _by(figures, "by_strategy")
    xs = [float(p) for p in figures["by_place"]]
    by_place = {name: [row[name] for row in figures["by_place"].values()] for name in places[:3]}
    liked = {name: row["liked"] for name, row in figures["by_strategy"].items()}
    return page(
        f"Usage: {figures['catalogue']}",
        f"{_head(figures)}. A reaction is a button pressed or something said of an item. "
        "Intervals: 95%, drawing conversations. Who does not react may be pleased or gone.",
        [
            Section("Altogether", "", ["share of", ""], _overall(figures)),
            Section(
                "By place",
                "People look at the first places first, so a lower place is no fair test of its "
                "item.",
                ["place", *places],
                place_rows,
                [pictures.lines("Reactions by place", xs, by_place, "place", "share")],
            ),
            Section(
                "By way to rank",
                "Only ways that chance chose between can be compared; see evaluate policy.",
                ["way to rank", *ways],
                way_rows,
                [pictures.bars("Items liked, by way to rank", liked, "share of items shown")],
            ),
        ],
    )
