"""Top-N from interactions with strong generalisation: people the model has never seen.

Some people are held out. A model learned from the others gets 80% of a held-out person's likes
and ranks everything else; the remaining 20% should come first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import InputError
from chatbot.evaluation.report import cell, shown, table
from chatbot.storage.catalogues import Interaction
from retrieval import metrics

LIST = 100
FEWEST = 5
"""Likes that a person needs to be held out or learned from."""

_MOST_ITEMS = 12_000
_MOST_PEOPLE = 1_000

Matrix = NDArray[np.float32]


def likes(interactions: Iterable[Interaction]) -> dict[str, list[str]]:
    """Person → items they liked: ratings in the upper part of the scale, or any interaction where
    all ratings are the same.
    """
    given = [(x.user, x.item, x.rating) for x in interactions]
    if not given:
        return {}
    low, high = min(r for *_, r in given), max(r for *_, r in given)
    edge = low + 0.7 * (high - low)
    found: dict[str, list[str]] = {}
    for user, item, rating in given:
        if rating >= edge:
            found.setdefault(user, []).append(item)
    return {u: sorted(set(items)) for u, items in found.items() if len(set(items)) >= FEWEST}


def evaluate(
    liked: Mapping[str, Sequence[str]],
    seed: int,
    *,
    ridge: float = 200.0,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> dict[str, Any]:
    """Accuracy with intervals and beyond-accuracy figures, item-to-item beside popularity.

    Raises:
        InputError: too few people liked enough to hold some out.
    """
    from scipy import sparse

    from retrieval.collaborative import ease

    rng = np.random.default_rng(seed)
    people = sorted(liked)
    if len(people) < 20:
        raise InputError(
            "there are too few interactions to hold people out.",
            hint=f"At least 20 people who liked {FEWEST} items are needed; import interactions.",
        )
    order = rng.permutation(len(people))
    held = [people[int(at)] for at in order[: min(_MOST_PEOPLE, max(5, len(people) // 10))]]
    out = set(held)
    rest = [p for p in people if p not in out]
    counts: dict[str, int] = {}
    for person in rest:
        for item in liked[person]:
            counts[item] = counts.get(item, 0) + 1
    items = sorted(counts, key=lambda i: (-counts[i], i))[:_MOST_ITEMS]
    place = {item: at for at, item in enumerate(items)}
    pairs = np.array(
        [(row, place[i]) for row, p in enumerate(rest) for i in liked[p] if i in place]
    )
    learned = sparse.csr_matrix(
        (np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(rest), len(items))
    )
    progress("learn", 0, 2)
    weights = ease(learned, ridge)
    progress("rank", 1, 2)
    popular = np.array([counts[i] for i in items], dtype=np.float32)
    cases = [c for c in (_split(liked[p], place, rng) for p in held) if c is not None]
    systems = {
        "item-to-item": _figures(cases, lambda known: weights[known].sum(0), popular, rest, seed),
        "popularity": _figures(cases, lambda known: popular.copy(), popular, rest, seed),
    }
    progress("rank", 2, 2)
    return {
        "people": len(people),
        "held_out": len(cases),
        "items": len(items),
        "likes": int(sum(map(len, liked.values()))),
        "ridge": ridge,
        "seed": seed,
        "systems": systems,
    }


Case = tuple[NDArray[np.int64], frozenset[int]]
"""(columns that are known of a person, columns that are to be found)."""


def _split(liked: Sequence[str], place: Mapping[str, int], rng: np.random.Generator) -> Case | None:
    columns = [place[i] for i in liked if i in place]
    if len(columns) < 2:
        return None
    order = [columns[int(at)] for at in rng.permutation(len(columns))]
    cut = min(len(order) - 1, max(1, round(0.8 * len(order))))
    return np.array(order[:cut], dtype=np.int64), frozenset(order[cut:])


def _figures(
    cases: Sequence[Case],
    score: Callable[[NDArray[np.int64]], Matrix],
    popular: Matrix,
    rest: Sequence[str],
    seed: int,
) -> dict[str, Any]:
    lists: list[list[int]] = []
    for known, _ in cases:
        scores = score(known)
        scores[known] = -np.inf
        lists.append([int(c) for c in np.argsort(-scores, kind="stable")[:LIST]])
    rng = np.random.default_rng(seed)
    ids = range(len(cases))
    figures: dict[str, Any] = {}
    wanted: dict[str, Callable[[list[int], frozenset[int]], float]] = {
        "recall@20": lambda r, t: metrics.recall(r, t, 20, capped=True),
        "recall@50": lambda r, t: metrics.recall(r, t, 50, capped=True),
        "NDCG@100": lambda r, t: metrics.ndcg(r, t, 100),
        "hit@10": lambda r, t: metrics.hit(r, t, 10),
        "MRR": lambda r, t: metrics.reciprocal_rank(r, t),
    }
    for name, metric in wanted.items():
        values = [metric(found, case[1]) for found, case in zip(lists, cases, strict=True)]
        figures[name] = shown(metrics.bootstrap(values, ids, rng))
    shares = {at: float(n) / len(rest) for at, n in enumerate(popular)}
    top = [found[:10] for found in lists]
    exposure = np.bincount([c for found in top for c in found], minlength=len(popular))
    figures["coverage@10"] = round(metrics.coverage(top, len(popular)), 4)
    figures["gini@10"] = round(metrics.gini(exposure.astype(np.float64)), 4)
    novelty = [metrics.novelty(found, shares) for found in top]
    figures["novelty@10"] = round(float(np.nanmean(novelty)), 4)
    return figures


def readable(figures: dict[str, Any]) -> str:
    """The figures as a table, a column a system."""
    systems = figures["systems"]
    names = list(next(iter(systems.values())))
    rows = [[name, *(cell(found[name]) for found in systems.values())] for name in names]
    head = (
        f"{figures['held_out']:,} of {figures['people']:,} people held out, "
        f"{figures['items']:,} items, {figures['likes']:,} likes"
    )
    return f"{head}\n\n{table(['', *systems], rows)}"
