"""Learns a `model.Learned` from a catalogue, its past conversations and its interactions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import Catalogue
from retrieval.conversation import cases as past
from retrieval.conversation.closer import Best, best, compared
from retrieval.conversation.facts import Facts, portrait
from retrieval.conversation.features import NAMES, features
from retrieval.conversation.fit import Plan, Table, fitted
from retrieval.conversation.memory import Case, Memory
from retrieval.conversation.model import Learned
from retrieval.conversation.net import network_of
from retrieval.conversation.network import Floats, Network
from retrieval.conversation.talk import MOST, VIEWS, Asked, asked
from retrieval.conversation.trees import Trees, grow
from retrieval.embeddings import Embedder
from retrieval.index import VectorCache, embedded, vectors_of
from retrieval.schema import fold

_EDGES = (1, 1970, 1980, 1990, 1995, 2000, 2005, 2010, 2013, 2015, 2016, 2017, 2018, 2100)
"""Periods that the net tells apart."""

_FIRST, _SHARE = 60, 0.3
"""Of a list, trees learn from the first so many, from such a share of the rest, and the right."""

_REPORTED = 500
"""Cases between two reports."""


def train(
    catalogue: Catalogue,
    dialogues: Iterable[Mapping[str, object]],
    interactions: Iterable[tuple[str, str, float]],
    embedder: Embedder,
    rng: np.random.Generator,
    plan: Plan | None = None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    cache: VectorCache | None = None,
) -> Learned:
    """A model of everything that was said and chosen.

    Args:
        catalogue: the items.
        dialogues: as stored: "id", "messages" of "role", "content" and "items" (ids).
        interactions: (user, item, rating).
        embedder: what will also serve.
        plan: how.
        progress: called with (what is done, how much of it, of how much).
        cache: vectors of items, such as those of the index.

    Raises:
        ValueError: no conversation names any item after its first message.
    """
    plan = plan or Plan()
    ids = [item.id for item in catalogue.items]
    places = catalogue.row_of
    talks = past.in_order(dialogues)
    cases = past.cases_of(talks, places)
    if not cases:
        raise ValueError("no conversation names an item of the catalogue")
    likes, ratings = past.likes_of(interactions, places)
    progress("neighbours", 0, 1)
    near = past.neighbours(likes)
    told = partial(progress, "items")
    sketches = [portrait(item, catalogue.schema) for item in catalogue.items]
    portraits = vectors_of(sketches, embedder, cache, told)
    documents = embedded(catalogue, embedder, cache, told)
    facts = Facts(catalogue.items, catalogue.schema, portraits)
    requests = past.requests_of(cases, embedder, partial(progress, "what was said"))
    fold_of = past.folds_of(cases, len(talks), plan.folds)
    memories = [
        past.memory_without(talks, places, cases, requests, near, fold_of == number)
        for number in range(plan.folds)
    ]
    table = _table(catalogue, facts, cases, plan, rng)
    asks = [
        asked(case.turns, text, recommends=case.recommends)
        for case, text in zip(cases, requests, strict=True)
    ]
    for at, ask in enumerate(asks):
        if at % _REPORTED == 0:
            progress("comparisons", at, len(asks))
        table.features[at] = features(ask, facts, memories[fold_of[at]])[table.rows]
        for name in ("named", "ages", "mine"):
            table.inputs[name][at, : ask.named.size] = getattr(ask, name)
        table.inputs["context"][at] = ask.context
    table.inputs["text"][:] = requests.reshape(len(cases), -1)
    rated = _rated(ratings, len(ids))
    content = _content(facts, documents, rated)
    everyone = np.arange(len(cases))
    trees = _second_look(
        table, asks, fold_of, memories, facts, rated, content, plan, rng, progress
    )  # fmt: skip
    nets = []
    for number in range(plan.seeds):
        progress("networks", number, plan.seeds)
        nets.append(fitted(content, table, everyone, plan, rng))
    nobody = np.zeros(len(cases), dtype=np.bool_)
    memory = past.memory_without(talks, places, cases, requests, near, nobody)
    return Learned(ids, embedder.name, portraits, memory, network_of(nets), rated, trees)


def _second_look(
    table: Table, asks: Sequence[Asked], fold_of: NDArray[np.int64], memories: Sequence[Memory],
    facts: Facts, rated: Floats, content: Floats, plan: Plan, rng: np.random.Generator,
    progress: Callable[[str, int, int], None],
) -> Trees:  # fmt: skip
    """Trees for the best of nets that had not seen the case; of what the assistant named only."""
    if sum(case.recommends for case in table.cases) < plan.fewest:
        return Trees.none()
    tables: list[Floats] = []
    right: list[NDArray[np.bool_]] = []
    for number, memory in enumerate(memories):
        progress("second look", number, len(memories))
        out = fold_of == number
        if not out.any() or out.all():
            continue
        net = fitted(content, table, np.flatnonzero(~out), plan, rng)
        network = network_of([net]).of(table.rows)
        for at in np.flatnonzero(out).tolist():
            if not table.cases[at].recommends:
                continue
            found, own = _candidates(table, at, network, asks[at])
            true = np.isin(found.places, table.cases[at].targets)
            if true.any():
                ranks = np.arange(true.size)
                kept = true | (ranks < _FIRST) | (rng.random(true.size) < _SHARE)
                tables.append(compared(asks[at], found, own, facts, memory, rated)[kept])
                right.append(true[kept])
    if not tables:
        return Trees.none()
    sizes = [len(one) for one in tables]
    seed = int(rng.integers(1 << 31))
    return grow(np.concatenate(tables), np.concatenate(right), sizes, seed, plan.trees)


def _candidates(table: Table, at: int, network: Network, ask: Asked) -> tuple[Best, Floats]:
    """The best for a case by a network over the kept rows, and their features."""
    case = table.cases[at]
    features = table.features[at].astype(np.float32)
    seen = {int(other) for one in case.seen for other in table.hidden[one]} - set(case.targets)
    gone = np.flatnonzero(np.isin(table.rows, list(seen)))
    found = best(network.scores(ask, features), gone, np.float32(1) / table.chance)
    return Best(table.rows[found.places], found.chances), features[found.places]


def _table(
    catalogue: Catalogue, facts: Facts, cases: Sequence[Case], plan: Plan, rng: np.random.Generator
) -> Table:
    """Room for all cases; filled by `train`."""
    total, dimensions = facts.meta.shape
    room = max(2000, plan.cells // (len(cases) * len(NAMES)))
    chance = np.full(total, min(1.0, room / total), dtype=np.float32)
    chance[[target for case in cases for target in case.targets]] = 1
    rows = np.flatnonzero(rng.random(total) < chance)
    same: dict[str, list[int]] = {}
    for place, item in enumerate(catalogue.items):
        same.setdefault(fold(item.title), []).append(place)
    hidden = [np.array(same[fold(item.title)]) for item in catalogue.items]
    inputs: dict[str, NDArray[Any]] = {
        "named": np.full((len(cases), MOST), -1, dtype=np.int64),
        "ages": np.zeros((len(cases), MOST), dtype=np.float32),
        "mine": np.zeros((len(cases), MOST), dtype=np.float32),
        "context": np.zeros((len(cases), 5), dtype=np.float32),
        "text": np.zeros((len(cases), VIEWS * dimensions), dtype=np.float32),
    }
    kept = np.zeros((len(cases), rows.size, len(NAMES)), dtype=np.float16)
    return Table(cases, inputs, kept, rows, chance[rows], hidden)


def _rated(ratings: Any, n: int) -> Floats:
    """(n, 2) how often an item was rated, a logarithm, and by how much better than the mean."""
    count = np.bincount(ratings.indices, minlength=n).astype(np.float32)
    mean = np.asarray(ratings.sum(axis=0)).ravel() / np.maximum(count, 1)
    middle = float(ratings.data.mean()) if ratings.nnz else 0.0
    return np.stack([np.log1p(count) / 5, (mean - middle) * (count > 0)], axis=1).astype(np.float32)


def _content(facts: Facts, documents: Floats, rated: Floats) -> Floats:
    """(n, c) what a net may know of an item: text, kinds, period, how it was rated."""
    years = np.nan_to_num(facts.years)
    period = [(years >= a) & (years < b) for a, b in pairwise(_EDGES)]
    columns = np.stack([*period, years > 0, *rated.T, rated[:, 0] == 0], axis=1)
    return np.concatenate([facts.meta, documents, facts.kinds, columns], axis=1).astype(np.float32)
