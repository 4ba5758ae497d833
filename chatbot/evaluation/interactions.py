"""Top-N from interactions with strong generalisation: people the models have never seen.

The protocol is `retrieval.heldout`'s. Every model stands beside popularity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import InputError
from chatbot.evaluation.report import shown
from chatbot.likes import LIKED
from chatbot.storage.catalogues import Interaction
from retrieval import heldout, metrics
from retrieval.catalogue import Catalogue
from retrieval.heldout import ACCURACY, Case
from retrieval.models import NAMES, learned
from retrieval.models.contract import Likes

FEWEST = 5
"""Likes that a person needs to be held out or learned from."""

MODELS = ("ease", "items", "people", "propagation")
"""What is measured unless others are named."""

CUTS = (5, 10, 20, 50, 100)
TOP = 10
"""Places that figures beyond accuracy look at."""

_MOST_ITEMS = 12_000
_MOST_PEOPLE = 1_000
_BASE = "popularity"

Progress = Callable[[str, int, int], None]
Times = dict[str, dict[str, float]]


def likes(interactions: Iterable[Interaction]) -> Times:
    """Person → item they liked → when: ratings in the upper part of the scale, or any interaction
    where all ratings are the same. People with fewer than `FEWEST` are left out.
    """
    given = list(interactions)
    if not given:
        return {}
    low, high = min(x.rating for x in given), max(x.rating for x in given)
    edge = low + LIKED * (high - low)
    found: Times = {}
    for number, one in enumerate(given):
        if one.rating >= edge:
            when = float(number) if one.timestamp is None else one.timestamp
            found.setdefault(one.user, {})[one.item] = when
    return {user: items for user, items in found.items() if len(items) >= FEWEST}


def evaluate(
    liked: Times,
    seed: int,
    *,
    models: Sequence[str] = MODELS,
    catalogue: Catalogue | None = None,
    progress: Progress = lambda what, done, total: None,
) -> dict[str, Any]:
    """Accuracy with intervals, figures beyond it and gaps between groups, for every model.

    Args:
        liked: from `likes`.
        seed: of the split, the models and the resampling.
        models: names from `retrieval.models`; popularity is added.
        catalogue: gives kinds of items for calibration; without it calibration is left out.

    Raises:
        InputError: too few people liked enough to hold some out, or there is no such model.
    """
    unknown = [name for name in models if name not in NAMES]
    if unknown:
        hint = f"Use some of {', '.join(NAMES)}."
        raise InputError(f"there is no model {unknown[0]!r}.", hint=hint)
    people = sorted(liked)
    if len(people) < 20:
        raise InputError(
            "there are too few interactions to hold people out.",
            hint=f"At least 20 people who liked {FEWEST} items are needed; import interactions.",
        )
    rng = np.random.default_rng(seed)
    items, everything = _matrix([liked[p] for p in people])
    count = min(_MOST_PEOPLE, max(5, len(people) // 10))
    here = heldout.split(everything, rng, count)
    items = [items[int(c)] for c in here.columns]
    known = here.learned.counts / here.learned.matrix.shape[0]
    kinds = _kinds(catalogue, items)
    names = list(dict.fromkeys([*models, _BASE]))
    lists: dict[str, list[list[int]]] = {}
    for at, name in enumerate(names):
        progress(f"learn {name}", at, len(names))
        model = learned(name, here.learned, np.random.default_rng(seed))
        lists[name] = heldout.ranked(model, here.test)
    progress("rank", len(names), len(names))
    usual = lists[_BASE]
    return {
        "people": len(people),
        "held_out": len(here.test),
        "items": len(items),
        "likes": sum(map(len, liked.values())),
        "seed": seed,
        "systems": {
            name: _accuracy(found, here.test, seed)
            | _beyond(found, here.test, usual, known, kinds)
            for name, found in lists.items()
        },
        "recall_at": {
            name: {
                str(k): _mean([metrics.recall(r, c.wanted, k, capped=True)
                               for r, c in zip(found, here.test, strict=True)], seed)
                for k in CUTS
            }
            for name, found in lists.items()
        },
        "groups": _groups(lists, here.test, known, seed),
        "ahead_of_popularity": _ahead(lists, here.test, seed),
    }  # fmt: skip


def _matrix(liked: Sequence[Mapping[str, float]]) -> tuple[list[str], Likes]:
    """(item ids by column, likes), the most liked items where there are too many."""
    from scipy import sparse

    counts = Counter(item for one in liked for item in one)
    items = sorted(counts, key=lambda i: (-counts[i], i))[:_MOST_ITEMS]
    place = {item: at for at, item in enumerate(items)}
    rows = [sorted((place[i], t) for i, t in one.items() if i in place) for one in liked]
    starts = np.cumsum([0, *(len(row) for row in rows)]).astype(np.int32)
    across = np.array([column for row in rows for column, _ in row], dtype=np.int32)
    times = np.array([time for row in rows for _, time in row], dtype=np.float64)
    shape = len(rows), len(items)
    return items, Likes(sparse.csr_matrix((np.ones(across.size), across, starts), shape), times)


def _kinds(catalogue: Catalogue | None, items: Sequence[str]) -> list[tuple[str, ...]] | None:
    """The kinds of each item by the catalogue's first facet of many values, None without any."""
    if catalogue is None:
        return None
    facets = catalogue.schema.facets.values()
    names = [f.name for f in facets if f.kind == "category" and f.many and f.role != "person"]
    if not names:
        return None
    rows = catalogue.row_of
    return [tuple(catalogue.items[rows[i]].values(names[0])) if i in rows else () for i in items]


def _mean(values: Sequence[float] | NDArray[np.float64], seed: int) -> dict[str, float | None]:
    column = [float(v) for v in values]
    return shown(metrics.bootstrap(column, range(len(column)), np.random.default_rng(seed)))


def _accuracy(
    lists: Sequence[Sequence[int]], cases: Sequence[Case], seed: int
) -> dict[str, dict[str, float | None]]:
    found = heldout.values(lists, cases)
    return {name: _mean(found[name], seed) for name in ACCURACY}


def _beyond(
    lists: Sequence[Sequence[int]],
    cases: Sequence[Case],
    usual: Sequence[Sequence[int]],
    known: NDArray[np.float64],
    kinds: Sequence[tuple[str, ...]] | None,
) -> dict[str, float | None]:
    """Figures of the first places that accuracy does not tell."""
    shares = {at: float(share) for at, share in enumerate(known)}
    top = [found[:TOP] for found in lists]
    exposure = np.bincount([c for found in top for c in found], minlength=known.size)
    columns: dict[str, list[float]] = {
        f"novelty@{TOP}": [metrics.novelty(found, shares) for found in top],
        f"serendipity@{TOP}": [
            metrics.serendipity(found, case.wanted, common[:TOP], TOP)
            for found, case, common in zip(lists, cases, usual, strict=True)
        ],
        f"popularity lift@{TOP}": [
            metrics.popularity_lift(found, [int(c) for c in case.known], shares)
            for found, case in zip(top, cases, strict=True)
        ],
    }
    if kinds is not None:
        columns[f"miscalibration@{TOP}"] = [
            metrics.miscalibration(_counted(case.known.tolist(), kinds), _counted(found, kinds))
            for found, case in zip(top, cases, strict=True)
        ]
    figures: dict[str, float | None] = {
        f"coverage@{TOP}": round(metrics.coverage(top, known.size), 4),
        f"gini@{TOP}": round(metrics.gini(exposure.astype(np.float64)), 4),
    }
    for name, column in columns.items():
        real = [x for x in column if not np.isnan(x)]
        figures[name] = round(float(np.mean(real)), 4) if real else None
    return figures


def _counted(columns: Sequence[int], kinds: Sequence[tuple[str, ...]]) -> dict[str, float]:
    return {k: float(n) for k, n in Counter(v for c in columns for v in kinds[c]).items()}


def _groups(
    lists: Mapping[str, Sequence[Sequence[int]]],
    cases: Sequence[Case],
    known: NDArray[np.float64],
    seed: int,
) -> dict[str, Any]:
    """NDCG@100 of thirds of the people, by how popular what they like is, and the gap."""
    taste = np.array([known[case.known].mean() for case in cases])
    order = np.argsort(taste, kind="stable")
    thirds = dict(zip(("niche", "middle", "mainstream"), np.array_split(order, 3), strict=True))
    found: dict[str, Any] = {}
    for name, ranked in lists.items():
        column = heldout.values(ranked, cases, ("NDCG@100",))["NDCG@100"]
        row: dict[str, Any] = {k: _mean(column[at], seed) for k, at in thirds.items()}
        row["gap"] = _gap(column[thirds["mainstream"]], column[thirds["niche"]], seed)
        found[name] = row
    return found


def _gap(
    ours: NDArray[np.float64], theirs: NDArray[np.float64], seed: int
) -> dict[str, float | None]:
    """How much better the first group is served, with an interval over people."""
    rng = np.random.default_rng(seed)
    drawn = [
        float(rng.choice(ours, ours.size).mean() - rng.choice(theirs, theirs.size).mean())
        for _ in range(1000)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    mean = float(ours.mean() - theirs.mean())
    return shown(metrics.Interval(mean, float(low), float(high)))


def _ahead(
    lists: Mapping[str, Sequence[Sequence[int]]], cases: Sequence[Case], seed: int
) -> dict[str, dict[str, float | None]]:
    """Paired difference of NDCG@100 to popularity."""
    columns = {
        name: heldout.values(found, cases, ("NDCG@100",))["NDCG@100"].tolist()
        for name, found in lists.items()
    }
    return {
        name: shown(
            metrics.difference(
                column, columns[_BASE], range(len(cases)), np.random.default_rng(seed)
            )
        )
        for name, column in columns.items()
        if name != _BASE
    }
