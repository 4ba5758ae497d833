"""Fits the small networks of `net` to cases that were made ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.conversation.memory import Case
from retrieval.conversation.net import build
from retrieval.conversation.network import Floats


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how hard to train; results hardly change within a factor of two.

    Attributes:
        seeds: nets side by side.
        negatives: items that every batch compares the right ones with.
        asker: what an item that the user names counts, against one that the assistant names.
        free_decay: weight decay of what is learned freely of an item, which overfits first.
        cells: so many feature values are kept at most (2 bytes each); beyond it items are drawn.
        trees: grown for the second look; fewer than `fewest` cases teach it nothing.
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
    trees: int = 200
    fewest: int = 500


@dataclass(frozen=True)
class Table:
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


def fitted(
    content: Floats, table: Table, only: NDArray[np.int64], plan: Plan, rng: np.random.Generator
) -> Any:
    """A net that learned from some cases."""
    counts = np.zeros(len(content), dtype=np.float32)
    for at in only:
        case = table.cases[at]
        counts[list(case.targets)] += 1.0 if case.recommends else plan.asker
    net = build(content, counts, table.inputs["text"].shape[1], int(rng.integers(1 << 31)))
    _fit(net, table, only, counts, plan, rng)
    return net


def _fit(
    net: Any, table: Table, only: NDArray[np.int64], counts: Floats, plan: Plan,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Softmax over the catalogue, its sum estimated on items drawn by how often they are named."""
    import torch

    chance = (counts[table.rows] + 0.5) ** 0.75
    for _ in range(30):
        chance = np.minimum(1, chance * plan.negatives / chance.sum())
    column = np.full(len(counts), -1)
    column[table.rows] = np.arange(table.rows.size)
    optimiser = torch.optim.AdamW(_groups(net, plan), lr=plan.rate)
    steps = plan.epochs * -(-len(only) // plan.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, plan.rate, total_steps=steps + 1, pct_start=0.15
    )
    net.train()
    for _ in range(plan.epochs):
        order = rng.permutation(only)
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
    net: Any, table: Table, batch: NDArray[np.int64], chance: Floats, column: NDArray[np.int64],
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
