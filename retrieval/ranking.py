"""How candidates for an answer are judged: learned weights, one head for each kind of evidence.

`data/support.npz` holds them; `benchmarks/train_support.py` made them and names its sources. The
weights of an embedder that has none rest on words alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.kinds import KINDS
from retrieval.overlap import COLUMNS

Floats = NDArray[np.float32]

FEATURES = (
    "title cosine",
    "body cosine",
    "best cosine",
    *COLUMNS,
    "no title",
    *(f"both ask {kind}" for kind in KINDS),
    "asked, not in title",
    "in title, not asked",
    "title length",
    "body length",
    "standing by title",
    "standing by body",
    "standing by words",
    "cosines beside",
    "best cosine beside",
    "translated",
)
"""What a candidate is judged by."""

_VECTORS = ("title cosine", "body cosine", "best cosine", "standing by title", "standing by body",
            "cosines beside", "best cosine beside")  # fmt: skip

DENSE = tuple(FEATURES.index(name) for name in _VECTORS)
"""Features that rest on vectors; a head on words alone gives them no weight."""


def standing(scores: Floats) -> Floats:
    """(len(scores),) 1 for the highest score, 1/2 for the next, 1/3, …; ties in their order."""
    places = np.empty(len(scores), dtype=np.float32)
    places[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return np.asarray(1.0 / places, dtype=np.float32)


@dataclass(frozen=True)
class Head:
    """A linear ranking and a logistic calibration.

    Attributes:
        rank: (features,) weights of the ranking.
        sure: (features + 2,) weights of the chance that the best candidate answers: its features,
            its score, its margin to the next.
        bias: of that chance.
        foreign: taken off the score of a passage in another language than the question.
    """

    rank: Floats
    sure: Floats
    bias: float
    foreign: float = 0.2

    def scores(self, features: Floats) -> Floats:
        """(candidates,) float32; higher is better."""
        found: Floats = (features @ self.rank).astype(np.float32)
        return found

    def chance(self, features: Floats, score: float, margin: float) -> float:
        """Probability in [0, 1] that the best candidate answers."""
        seen = np.append(features, [score, min(margin, 3.0)])
        logit = float(seen @ self.sure) + self.bias
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))


@dataclass(frozen=True)
class Weights:
    """Heads for questions in English and in Chinese."""

    en: Head
    zh: Head

    def head(self, *, chinese: bool) -> Head:
        """The head for a question's language."""
        return self.zh if chinese else self.en


def weights_for(embedder: str) -> Weights:
    """The weights that ship for an embedder; those on words alone for any other."""
    stored = _stored()
    model = str(stored["model"])
    if embedder == model:
        return Weights(_head(stored, "en"), _head(stored, "zh"))
    return Weights(_head(stored, "en_words"), _head(stored, "zh_words"))


def _head(stored: Mapping[str, Any], name: str) -> Head:
    sure = stored[f"{name}_sure"].astype(np.float32)
    return Head(stored[f"{name}_rank"].astype(np.float32), sure[:-1], float(sure[-1]))


@cache
def _stored() -> Mapping[str, Any]:
    path = resources.files("retrieval").joinpath("data/support.npz")
    with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
        return {name: found[name] for name in found.files}
