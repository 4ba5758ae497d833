"""Labelled utterances: a linear classifier on sentence embeddings, fitted when they are imported.

Knows no dialogue. Nothing is pickled: what is kept are the utterances and one row of numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.embeddings import Vectors

Floats = NDArray[np.float32]

_STRENGTH = 1e-4
"""Of the penalty on weights, per utterance."""

_NEIGHBOURS = 8


@dataclass(frozen=True)
class Labels:
    """Which label an utterance belongs to, and how sure that is.

    A multinomial logistic regression; sure is the lower of its probability and of how near the
    nearest utterances of that label are, so that what resembles none of them is no label's.

    Attributes:
        names: (labels,) what `fit` was given.
        weights: (dimensions, labels) float32.
        bias: (labels,) float32.
        vectors: (utterances, dimensions) float32, of all utterances.
        owners: (utterances,) their labels as positions in `names`.
    """

    names: NDArray[np.int32]
    weights: Floats
    bias: Floats
    vectors: Vectors
    owners: NDArray[np.int32]

    @classmethod
    def fit(cls, vectors: Vectors, labels: NDArray[np.int32]) -> Labels:
        """Learn from (n, dimensions) unit vectors and their n labels. Deterministic."""
        from scipy.optimize import minimize

        names, owners = np.unique(labels, return_inverse=True)
        n, d = vectors.shape
        k = len(names)
        target = np.zeros((n, k), dtype=np.float32)
        target[np.arange(n), owners] = 1.0

        def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            w = flat.reshape(d + 1, k).astype(np.float32)
            z = vectors @ w[:-1] + w[-1]
            z -= z.max(axis=1, keepdims=True)
            p = np.exp(z)
            p /= p.sum(axis=1, keepdims=True)
            value = -np.log(np.maximum(p[np.arange(n), owners], 1e-12)).mean()
            value += _STRENGTH * float((w[:-1] ** 2).sum()) / 2
            error = (p - target) / n
            gradient = np.vstack([vectors.T @ error + _STRENGTH * w[:-1], error.sum(axis=0)])
            return float(value), gradient.astype(np.float64).ravel()

        found = minimize(
            loss, np.zeros((d + 1) * k), jac=True, method="L-BFGS-B",
            options={"maxiter": 120, "maxfun": 200},
        ).x.reshape(d + 1, k)  # fmt: skip
        return cls(
            names.astype(np.int32),
            found[:-1].astype(np.float32),
            found[-1].astype(np.float32),
            vectors,
            owners.astype(np.int32),
        )

    @property
    def learned(self) -> Floats:
        """Everything that was fitted, as one row; see `of`."""
        return np.vstack([self.weights, self.bias[None, :]]).ravel()

    @classmethod
    def of(cls, learned: Floats, vectors: Vectors, labels: NDArray[np.int32]) -> Labels:
        """What `fit` gave for the same vectors and labels, from its `learned`.

        Raises:
            ValueError: it was learned from others.
        """
        names, owners = np.unique(labels, return_inverse=True)
        found = learned.reshape(vectors.shape[1] + 1, len(names))
        return cls(names.astype(np.int32), found[:-1], found[-1], vectors, owners.astype(np.int32))

    def predict(self, vectors: Vectors) -> tuple[NDArray[np.int32], Floats]:
        """(label, probability) of each of (n, dimensions) unit vectors."""
        z = vectors @ self.weights + self.bias
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z)
        p /= p.sum(axis=1, keepdims=True)
        best = p.argmax(axis=1)
        return self.names[best], p[np.arange(len(best)), best].astype(np.float32)

    def best(self, vector: Vectors) -> tuple[int, float]:
        """(label, chance in [0, 1] that this utterance means it)."""
        names, chance = self.predict(vector[None, :])
        cosines = self.vectors @ vector
        top = np.argsort(-cosines)[:_NEIGHBOURS]
        agree = float(np.mean(self.names[self.owners[top]] == names[0]))
        near = float(np.clip((cosines[top[0]] - 0.35) / 0.35, 0.0, 1.0))
        return int(names[0]), float(min(chance[0], 1.0) ** 0.5 * near * (0.4 + 0.6 * agree))
