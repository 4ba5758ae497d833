"""Several models together: each made comparable, weighed and added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from retrieval.arrays import Arrays
from retrieval.catalogue import Rows
from retrieval.models.contract import Learned, Likes
from retrieval.stores import Scores

PARTS: Mapping[str, float] = {"ease": 1.0, "als": 1.0, "propagation": 1.0}
"""Chosen on held-out people, not those it is reported for; see `benchmarks.interactions`.
Neighbours among people gain a little more, but keep what each person liked in the file."""


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
    """The parts of `PARTS`."""
    from retrieval.models import learned

    parts = [learned(name, likes, rng) for name in PARTS]
    return Blend(tuple(PARTS), parts, tuple(PARTS.values()))
