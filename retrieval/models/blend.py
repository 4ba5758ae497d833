"""Several models together: each made comparable, weighed and added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from retrieval.arrays import Arrays
from retrieval.catalogue import Rows
from retrieval.models.contract import Learned, Likes
from retrieval.stores import Scores

PARTS: Mapping[str, float] = {"ease": 1.0, "als": 1.0, "propagation": 1.0}
"""What is blended, with the weights where there are too few people to choose them by. Neighbours
among people gain a little more, but keep what each person liked in the file."""

TRIED = (0.0, 0.5, 1.0)
"""Weights of every part but the first."""

ENOUGH = 200
"""People from which on some are held out to choose the weights by."""

HELD_OUT = 0.2, 400
"""Which share of them, and how many at most."""


class Blend:
    """A weighed sum of models.

    Each answer is brought to mean 0 and deviation 1 over the items outside the history first.

    Args:
        names: of the parts, as `retrieval.models.NAMES` has them.
        parts: the models, over the same columns.
        weights: (parts,) how much each counts.
    """

    def __init__(
        self, names: Sequence[str], parts: Sequence[Learned], weights: Sequence[float]
    ) -> None:
        if not len(names) == len(parts) == len(weights) > 0:
            raise ValueError("a blend needs as many names and weights as models, and one at least")
        self.names = tuple(names)
        self.parts = tuple(parts)
        self.weights = tuple(weights)

    def scores(self, history: Rows, weights: Scores) -> Scores:
        """See `Learned.scores`."""
        total: Scores | None = None
        for part, weight in zip(self.parts, self.weights, strict=True):
            column = even(part.scores(history, weights), history) * np.float32(weight)
            total = column if total is None else total + column
        assert total is not None
        return total

    def arrays(self) -> Arrays:
        """See `Learned.arrays`."""
        found = {"names": np.array(self.names), "weights": np.array(self.weights)}
        for name, part in zip(self.names, self.parts, strict=True):
            found |= {f"{name}.{key}": value for key, value in part.arrays().items()}
        return found

    @classmethod
    def restored(cls, arrays: Arrays) -> Blend:
        """From `arrays`."""
        from retrieval.models import rebuilt

        names = [str(name) for name in arrays["names"]]
        parts = [
            rebuilt(
                name,
                {k[len(name) + 1 :]: v for k, v in arrays.items() if k.startswith(f"{name}.")},
            )
            for name in names
        ]
        return cls(names, parts, [float(w) for w in arrays["weights"]])


def even(scores: Scores, history: Rows) -> Scores:
    """Scores with mean 0 and deviation 1 over what is known outside the history."""
    outside = ~np.isnan(scores)
    outside[history] = False
    if not outside.any():
        return scores
    mean, spread = float(scores[outside].mean()), float(scores[outside].std())
    return np.asarray((scores - np.float32(mean)) / np.float32(max(spread, 1e-9)), np.float32)


def learn_blend(likes: Likes, rng: np.random.Generator) -> Blend:
    """The parts of `PARTS`, weighed as people who were held out for it like best; then learned
    again from everybody.
    """
    from retrieval.models import learned

    weights = chosen(likes, rng) if likes.matrix.shape[0] >= ENOUGH else dict(PARTS)
    names = [name for name, weight in weights.items() if weight]
    parts = [learned(name, likes, rng) for name in names]
    return Blend(names, parts, [weights[name] for name in names])


def chosen(likes: Likes, rng: np.random.Generator) -> dict[str, float]:
    """The weights of `PARTS` with the best NDCG@100 on held-out people, one part after another."""
    from retrieval.heldout import split, values
    from retrieval.models import learned

    share, most = HELD_OUT
    count = min(round(share * likes.matrix.shape[0]), most)
    here = split(likes, rng, 0, count)
    if not here.validation or not here.learned.matrix.nnz:
        return dict(PARTS)
    columns = []
    for name in PARTS:
        model = learned(name, here.learned, rng)
        rows = [model.scores(c.known, np.ones(c.known.size, "f4")) for c in here.validation]
        columns.append([even(r, c.known) for r, c in zip(rows, here.validation, strict=True)])

    def good(weights: Sequence[float]) -> float:
        lists = []
        for at, case in enumerate(here.validation):
            total = sum(np.float32(w) * c[at] for w, c in zip(weights, columns, strict=True))
            scores = np.where(np.isnan(total), -np.inf, total)
            scores[case.known] = -np.inf
            lists.append([int(column) for column in np.argsort(-scores, kind="stable")[:100]])
        return float(values(lists, here.validation, ("NDCG@100",))["NDCG@100"].mean())

    best = [1.0] + [0.0] * (len(PARTS) - 1)
    for part in range(1, len(PARTS)):
        tried = [[*best[:part], weight, *best[part + 1 :]] for weight in TRIED]
        best = max(tried, key=good)
    return dict(zip(PARTS, best, strict=True))
