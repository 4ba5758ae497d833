"""Likes spread over the graph of people and items, with points of the items learned for it.

LightGCN (He et al., SIGIR 2020): what is learned is one point an item; a point's mean over steps
along the graph is what scores. Here people have no point of their own: theirs is what reaches them
from their items, so that a newcomer is folded in exactly as those who were learned from. The loss
is a softmax over items (sampled where there are many), which is stronger than pairs (Wu et al.,
"On the Effectiveness of Sampled Softmax Loss for Item Recommendation", TOIS 2024). Learned by
torch, served without it; `propagation` is the closed form of the same idea.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.arrays import Arrays
from retrieval.catalogue import Rows
from retrieval.models.contract import Likes, answer, silence, within
from retrieval.stores import Scores
from retrieval.threads import alone

LAYERS = 2
WIDTH = 64
BATCH = 256
RATE = 0.005
DECAY = 1e-4
POWER = 0.25
"""A person or item counts by the number of its likes to the power of minus this: 0.5, as the
paper has it, gave .38 NDCG@100 against .41 on validation people of MovieLens-1M."""

CALM = 0.6
"""Deviation of the first scores that go into the softmax; it is learned from there."""

KEPT = 0.5, 0.9
"""Which share of a person's likes is given in a step, drawn anew; the others are to be found."""

STEPS = 300
HELD_OUT = 20
"""One person in so many is not learned from: they say when to stop. Nobody below `ENOUGH`."""

ENOUGH = 200
LOOK = 10
PATIENCE = 4
"""After so many steps the held-out people are looked at; so often may nothing get better."""

FEW_STEPS = 60
"""Where nobody is held out."""

SAMPLED = 8192
"""Items in the softmax: all of them up to so many, beyond it those wanted and some drawn."""

_DENSE = 40
"""Items² up to so many times the likes: one dense product is quicker than several sparse ones."""


class LightGCN:
    """A history is the mean of its items' points; its scores are products with all items' points.

    Args:
        given: (items, width) float32, what an item of the history adds to a person.
        found: (items, width) float32, what a person is multiplied by.
        known: (items,) bool: whether anybody liked it.
    """

    def __init__(
        self,
        given: NDArray[np.float32],
        found: NDArray[np.float32],
        known: NDArray[np.bool_],
    ) -> None:
        self.given = given
        self.found = found
        self.known = known

    def scores(self, history: Rows, weights: Scores) -> Scores:
        """See `Learned.scores`; linear in the weights of the history."""
        history, weights = within(self.known, history, weights)
        if not history.size:
            return silence(self.known)
        person = weights @ self.given[history] / np.float32(history.size**0.5)
        return answer(self.found @ person, self.known)

    def arrays(self) -> Arrays:
        """See `Learned.arrays`."""
        return {"given": self.given, "found": self.found, "known": self.known}

    @classmethod
    def restored(cls, arrays: Arrays) -> LightGCN:
        """From `arrays`."""
        return cls(arrays["given"], arrays["found"], arrays["known"])


@dataclass(frozen=True)
class _Graph:
    """Two steps along the graph, from items to the people who like them and back.

    Attributes:
        likes: (people, items) CSR, each like over powers of both numbers of likes, so that no
            direction grows.
        scale: (items,) what an item's likes are over.
        whole: (items, items) of both steps at once, None where that would be too large.
        layers: how often both steps are taken.
    """

    likes: Any
    scale: NDArray[np.float32]
    whole: Any
    layers: int

    def step(self, points: Any) -> NDArray[np.float32]:
        """(items, width) after both steps; symmetric, so that it is its own derivative."""
        if self.whole is not None:
            return np.asarray(self.whole @ points)
        return np.asarray(self.likes.T @ (self.likes @ points))


def _graph(likes: Likes, layers: int) -> _Graph:
    from scipy import sparse
    from scipy.sparse.linalg import svds

    given = np.maximum(np.asarray(likes.matrix.sum(axis=1), dtype=np.float64).ravel(), 1.0)
    scale = np.maximum(likes.counts, 1.0) ** -POWER
    even = sparse.diags(given**-POWER) @ likes.matrix @ sparse.diags(scale)
    if min(even.shape) > 1:
        largest = svds(even, k=1, v0=np.ones(min(even.shape)), return_singular_vectors=False)[0]
        even = even / max(largest, 1e-9)
    even = even.tocsr().astype(np.float32)
    small = scale.size**2 <= _DENSE * likes.matrix.nnz
    whole = np.asarray((even.T @ even).todense()) if small else None
    return _Graph(even, scale.astype(np.float32), whole, layers)


def learn_lightgcn(
    likes: Likes, rng: np.random.Generator, *, layers: int = LAYERS, width: int = WIDTH
) -> LightGCN:
    """Find the likes of people from others of theirs.

    Args:
        likes: who liked what; people with fewer than two likes shape the graph only.
        rng: where the points start, batches, and what is given of each person.
        layers: steps along the graph, there and back.
        width: numbers a point has.
    """
    with alone():
        return _learned(likes, rng, layers, width)


def _learned(likes: Likes, rng: np.random.Generator, layers: int, width: int) -> LightGCN:
    import torch

    matrix = likes.matrix.tocsr()
    able = rng.permutation(np.flatnonzero(np.diff(matrix.indptr) > 1))
    held = able.size // HELD_OUT if able.size >= ENOUGH else 0
    teaching = able[held:]
    # Who says when to stop is no part of the graph: they are as new as people will be.
    shaping = np.setdiff1d(np.arange(matrix.shape[0]), able[:held])
    graph = _graph(Likes(matrix[shaping]), layers)
    points = torch.from_numpy(_start(graph, width, rng)).requires_grad_()
    loud = torch.zeros(()).requires_grad_()
    judges = _parts(matrix[able[:held]], rng)
    best, kept, idle = np.inf, points.detach().clone(), 0
    optimiser = torch.optim.AdamW([points, loud], lr=RATE, weight_decay=DECAY)
    propagate = _propagation(graph)

    def scores(read: Any, given: Any, found: Any) -> Any:
        size = read.sum(dim=1, keepdim=True).clamp(min=1)
        return (read @ given / size.sqrt()) @ found.T

    def loss(read: Any, wanted: Any, columns: Any) -> Any:
        given, found = propagate(points)
        logits = scores(read, given, found[columns]) * loud.exp()
        logits = logits.masked_fill(read[:, columns] > 0, -1e9)
        share = wanted[:, columns] / wanted.sum(dim=1, keepdim=True).clamp(min=1)
        return -(share * logits.log_softmax(dim=1)).sum(dim=1).mean()

    everything = torch.arange(matrix.shape[1])
    for step in range((STEPS if held else FEW_STEPS) if teaching.size else 0):
        people = rng.choice(teaching, min(BATCH, teaching.size), replace=False)
        read, wanted = _parts(matrix[people], rng)
        if not step:
            with torch.no_grad():
                first = float(scores(read, *propagate(points)).std())
                loud += float(np.log(CALM / max(first, 1e-9)))
        optimiser.zero_grad()
        loss(read, wanted, _columns(wanted, rng)).backward()
        optimiser.step()
        if held and (step + 1) % LOOK == 0:
            with torch.no_grad():
                now = float(loss(*judges, everything))
            if now < best:
                best, kept, idle = now, points.detach().clone(), 0
            elif (idle := idle + 1) == PATIENCE:
                break
    with torch.no_grad():
        given, found = (x.numpy().copy() for x in propagate(kept if held else points))
    return LightGCN(given, found, likes.counts > 0)


def _start(graph: _Graph, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """(items, width) points along the smoothest directions of the graph, each so long that all
    count alike after the steps: before anything is learned it is `propagation`.
    """
    from scipy.sparse.linalg import svds

    items, least = graph.likes.shape[1], min(graph.likes.shape)
    points = rng.normal(scale=0.1, size=(items, width))
    if least > 2:
        kept = min(width, least // 2)
        _, size, smooth = svds(graph.likes.astype(np.float64), k=kept, v0=rng.normal(size=least))
        powers = (size**2)[None, :] ** np.arange(graph.layers + 1)[:, None]
        length = powers[:-1].mean(axis=0) * powers.mean(axis=0)
        points[:, :kept] = smooth.T / np.sqrt(np.maximum(length, 1e-9)) * (items / kept) ** 0.5
    return points.astype(np.float32)


def _propagation(graph: _Graph) -> Any:
    """Points to (what an item gives to people, what it is found by), with derivatives.

    People are reached from the items of the layer before theirs; so what items give ends one layer
    earlier than what they are found by.
    """
    import torch

    scale = torch.from_numpy(graph.scale[:, None])

    class Step(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, points: Any) -> Any:
            return torch.from_numpy(np.ascontiguousarray(graph.step(points.detach().numpy())))

        @staticmethod
        def backward(ctx: Any, slope: Any) -> Any:
            return torch.from_numpy(np.ascontiguousarray(graph.step(slope.numpy())))

    def propagate(points: Any) -> tuple[Any, Any]:
        total = points
        for _ in range(graph.layers - 1):
            points = Step.apply(points)
            total = total + points
        found = (total + Step.apply(points)) / (graph.layers + 1)
        return total / graph.layers * scale, found / scale

    return propagate


def _parts(rows: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    """(people, items) of ones twice: what is given and what is to be found; both have something."""
    import torch

    read = np.zeros(rows.shape, dtype=np.float32)
    wanted = np.zeros(rows.shape, dtype=np.float32)
    for at in range(rows.shape[0]):
        liked = rng.permutation(rows.indices[rows.indptr[at] : rows.indptr[at + 1]])
        count = min(max(1, round(rng.uniform(*KEPT) * liked.size)), liked.size - 1)
        read[at, liked[:count]] = 1
        wanted[at, liked[count:]] = 1
    return torch.from_numpy(read), torch.from_numpy(wanted)


def _columns(wanted: Any, rng: np.random.Generator) -> Any:
    """Items of one step's softmax, ascending."""
    import torch

    items = wanted.shape[1]
    if items <= SAMPLED:
        return torch.arange(items)
    here = np.flatnonzero(wanted.numpy().any(axis=0))
    return torch.from_numpy(np.union1d(here, rng.choice(items, SAMPLED, replace=False)))
