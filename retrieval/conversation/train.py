"""Learns a `model.Learned` from a catalogue, its past conversations and its interactions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import Catalogue
from retrieval.conversation import cases as past
from retrieval.conversation.facts import Facts, portrait
from retrieval.conversation.features import NAMES, features
from retrieval.conversation.memory import Case
from retrieval.conversation.model import Learned
from retrieval.conversation.net import build, network_of
from retrieval.conversation.network import Floats
from retrieval.conversation.talk import MOST, VIEWS, asked
from retrieval.embeddings import Embedder
from retrieval.index import VectorCache, embedded, vectors_of
from retrieval.schema import fold

_EDGES = (1, 1970, 1980, 1990, 1995, 2000, 2005, 2010, 2013, 2015, 2016, 2017, 2018, 2100)
"""Periods that the net tells apart."""

_REPORTED = 500
"""Cases between two reports."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how hard to train; results hardly change within a factor of two.

    Attributes:
        seeds: nets side by side.
        negatives: items that every batch compares the right ones with.
        asker: what an item that the user names counts, against one that the assistant names.
        free_decay: weight decay of what is learned freely of an item, which overfits first.
        cells: so many feature values are kept at most (2 bytes each); beyond it items are drawn.
    """

    seeds: int = 2
    epochs: int = 5
    batch: int = 256
    rate: float = 1.5e-3
    decay: float = 0.1
    free_decay: float = 1.0
    negatives: int = 1000
    asker: float = 0.5
    folds: int = 5
    cells: int = 500_000_000


@dataclass(frozen=True)
class _Table:
    """All cases made ready.

    Attributes:
        inputs: name → (cases, …) arrays.
        features: (cases, rows, features).
        rows: (r,) places that features are kept for, all targets among them.
        chance: (r,) with what chance each came in.
        hidden: by place, the places of the same title.
    """

    cases: Sequence[Case]
    inputs: Mapping[str, NDArray[Any]]
    features: NDArray[np.float16]
    rows: NDArray[np.int64]
    chance: Floats
    hidden: Sequence[NDArray[np.int64]]


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
    counts = np.zeros(len(ids), dtype=np.float32)
    for case in cases:
        counts[list(case.targets)] += 1.0 if case.recommends else plan.asker
    content = _content(facts, documents, ratings)
    nets = []
    for number in range(plan.seeds):
        progress("networks", number, plan.seeds)
        net = build(content, counts, requests[0].size, int(rng.integers(1 << 31)))
        _fit(net, table, counts, plan, rng)
        nets.append(net)
    nobody = np.zeros(len(cases), dtype=np.bool_)
    memory = past.memory_without(talks, places, cases, requests, near, nobody)
    return Learned(ids, embedder.name, portraits, memory, network_of(nets))


def _table(
    catalogue: Catalogue, facts: Facts, cases: Sequence[Case], plan: Plan, rng: np.random.Generator
) -> _Table:
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
    return _Table(cases, inputs, kept, rows, chance[rows], hidden)


def _content(facts: Facts, documents: Floats, ratings: Any) -> Floats:
    """(n, c) what a net may know of an item: text, kinds, period, how it was rated."""
    years = np.nan_to_num(facts.years)
    period = [(years >= a) & (years < b) for a, b in pairwise(_EDGES)]
    count = np.bincount(ratings.indices, minlength=len(years)).astype(np.float32)
    mean = np.asarray(ratings.sum(axis=0)).ravel() / np.maximum(count, 1)
    middle = float(ratings.data.mean()) if ratings.nnz else 0.0
    rated = [np.log1p(count) / 5, (mean - middle) * (count > 0), count == 0]
    columns = np.stack([*period, years > 0, *rated], axis=1)
    return np.concatenate([facts.meta, documents, facts.kinds, columns], axis=1).astype(np.float32)


def _fit(net: Any, table: _Table, counts: Floats, plan: Plan, rng: np.random.Generator) -> None:
    """Softmax over the catalogue, its sum estimated on items drawn by how often they are named."""
    import torch

    chance = (counts[table.rows] + 0.5) ** 0.75
    for _ in range(30):
        chance = np.minimum(1, chance * plan.negatives / chance.sum())
    column = np.full(len(counts), -1)
    column[table.rows] = np.arange(table.rows.size)
    optimiser = torch.optim.AdamW(_groups(net, plan), lr=plan.rate)
    steps = plan.epochs * -(-len(table.cases) // plan.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, plan.rate, total_steps=steps + 1, pct_start=0.15
    )
    net.train()
    for _ in range(plan.epochs):
        order = rng.permutation(len(table.cases))
        for start in range(0, len(order), plan.batch):
            batch = np.sort(order[start : start + plan.batch])
            loss = _loss(net, table, batch, chance, column, plan, rng)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimiser.step()
            schedule.step()


def _groups(net: Any, plan: Plan) -> list[dict[str, Any]]:
    free, none = ("named.", "shown.", "item_bias"), ("wide", "gate", "prior", "age", "mine")
    named = list(net.named_parameters())
    rest = [p for name, p in named if not name.startswith((*free, *none))]
    return [
        {
            "params": [p for name, p in named if name.startswith(free)],
            "weight_decay": plan.free_decay,
        },
        {"params": [p for name, p in named if name.startswith(none)], "weight_decay": 0.0},
        {"params": rest, "weight_decay": plan.decay},
    ]


def _loss(
    net: Any, table: _Table, batch: NDArray[np.int64], chance: Floats, column: NDArray[np.int64],
    plan: Plan, rng: np.random.Generator,
) -> Any:  # fmt: skip
    """Mean of minus the log chance of what was named, for one batch of cases."""
    import torch

    cases = [table.cases[at] for at in batch]
    drawn = rng.random(table.rows.size) < chance
    targets = [target for case in cases for target in case.targets]
    taken = drawn.copy()
    taken[column[targets]] = True
    chosen = np.flatnonzero(taken)
    place = np.full(table.rows.size + 1, -1)
    place[chosen] = np.arange(chosen.size)
    known = -np.log(chance[chosen] * table.chance[chosen])
    shift = np.tile(np.where(drawn[chosen], known, -1e4).astype(np.float32), (len(cases), 1))
    for line, case in enumerate(cases):
        seen = [other for one in case.seen for other in table.hidden[one]]
        gone = place[column[seen]] if seen else np.zeros(0, dtype=np.int64)
        shift[line, gone[gone >= 0]] = -1e4
        shift[line, place[column[list(case.targets)]]] = 0
    inputs = {name: torch.from_numpy(values[batch]) for name, values in table.inputs.items()}
    inputs["rows"] = inputs.pop("named")
    kept = torch.from_numpy(table.features[np.ix_(batch, chosen)].astype(np.float32))
    logit = net(inputs, kept, torch.from_numpy(table.rows[chosen])) + torch.from_numpy(shift)
    lines = [line for line, case in enumerate(cases) for _ in case.targets]
    weight = torch.tensor([1.0 if cases[at].recommends else plan.asker for at in lines])
    found = torch.log_softmax(logit, 1)[lines, place[column[targets]]]
    return -(found * weight).sum() / weight.sum()
