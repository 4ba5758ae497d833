"""Matrix factorisation: a person and an item are points, their product is the score.

Learned by `implicit`; folding a new person in is one small system of equations without it.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from retrieval.arrays import Arrays
from retrieval.catalogue import Rows
from retrieval.models.contract import Likes, answer, silence, within
from retrieval.stores import Scores

FACTORS = 64
ROUNDS = 15
CONFIDENCE = 5.0
RIDGE = 0.6
"""Times the root of the number of people; see `linear.RIDGE`."""


class Factors:
    """Item factors; a new person's are those that explain the history best.

    They minimise the weighted square error over all items (Hu, Koren and Volinsky, ICDM 2008): an
    item of the history is 1 with confidence `confidence`, a disliked one 0 with the same, every
    other 0 with confidence 1. A weight in between moves the confidence towards 1.

    Args:
        items: (items, factors) float32.
        bias: (items,) float32, added to every score.
        known: (items,) bool: whether anybody liked it.
        confidence: >= 1.
        ridge: > 0.
    """

    def __init__(
        self,
        items: NDArray[np.float32],
        bias: NDArray[np.float32],
        known: NDArray[np.bool_],
        confidence: float,
        ridge: float,
    ) -> None:
        self.items = items
        self.bias = bias
        self.known = known
        self.confidence = confidence
        self.ridge = ridge
        wide = items.astype(np.float64)
        self._gram = wide.T @ wide + ridge * np.eye(items.shape[1])

    def person(self, history: Rows, weights: Scores) -> NDArray[np.float64]:
        """(factors,) of a person with this history, whose items must be known."""
        own = self.items[history].astype(np.float64)
        sure = 1 + (self.confidence - 1) * np.abs(weights).astype(np.float64)
        left = self._gram + (own.T * (sure - 1)) @ own
        return np.asarray(np.linalg.solve(left, own.T @ (sure * (weights > 0))), dtype=np.float64)

    def scores(self, history: Rows, weights: Scores) -> Scores:
        """See `Learned.scores`."""
        history, weights = within(self.known, history, weights)
        if not history.size:
            return silence(self.known)
        person = self.person(history, weights).astype(np.float32)
        return answer(self.items @ person + self.bias, self.known)

    def arrays(self) -> Arrays:
        """See `Learned.arrays`."""
        return {
            "items": self.items,
            "bias": self.bias,
            "known": self.known,
            "fold_in": np.array([self.confidence, self.ridge]),
        }

    @classmethod
    def restored(cls, arrays: Arrays) -> Factors:
        """From `arrays`."""
        confidence, ridge = (float(x) for x in arrays["fold_in"])
        return cls(arrays["items"], arrays["bias"], arrays["known"], confidence, ridge)


def learn_als(
    likes: Likes,
    rng: np.random.Generator,
    *,
    factors: int = FACTORS,
    confidence: float = CONFIDENCE,
    ridge: float | None = None,
    rounds: int = ROUNDS,
) -> Factors:
    """Alternating least squares; the ridge follows from the number of people where it is None."""
    from threadpoolctl import threadpool_limits

    if ridge is None:
        ridge = RIDGE * float(np.sqrt(likes.matrix.shape[0]))
    with warnings.catch_warnings(), threadpool_limits(1, "blas"):
        warnings.simplefilter("ignore")  # it warns of the number of threads of BLAS, set above
        from implicit.als import AlternatingLeastSquares

        model = AlternatingLeastSquares(
            factors=factors,
            regularization=ridge,
            alpha=confidence,
            iterations=rounds,
            random_state=_seed(rng),
        )
        model.fit(likes.matrix.astype(np.float32).tocsr(), show_progress=False)
    items = np.asarray(model.item_factors, dtype=np.float32)
    return Factors(items, np.zeros(len(items), np.float32), likes.counts > 0, confidence, ridge)


def learn_bpr(
    likes: Likes,
    rng: np.random.Generator,
    *,
    factors: int = FACTORS,
    ridge: float = 0.01,
    rate: float = 0.05,
    rounds: int = 150,
) -> Factors:
    """Bayesian personalised ranking (Rendle et al., UAI 2009).

    One thread: several would write over one another in an order nobody can repeat.
    """
    from threadpoolctl import threadpool_limits

    with warnings.catch_warnings(), threadpool_limits(1, "blas"):
        warnings.simplefilter("ignore")
        from implicit.bpr import BayesianPersonalizedRanking

        model = BayesianPersonalizedRanking(
            factors=factors,
            learning_rate=rate,
            regularization=ridge,
            iterations=rounds,
            num_threads=1,
            random_state=_seed(rng),
        )
        model.fit(likes.matrix.astype(np.float32).tocsr(), show_progress=False)
    found = np.asarray(model.item_factors, dtype=np.float32)
    return Factors(found[:, :-1].copy(), found[:, -1].copy(), likes.counts > 0, 10.0, 10.0)


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31 - 1))
