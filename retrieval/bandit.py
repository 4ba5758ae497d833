"""Choosing among strategies by what became of earlier lists: Thompson sampling, linear and exact.

Every arm has a Bayesian linear regression of the reward on the context (Agrawal and Goyal, ICML
2013). The arm is drawn from the probabilities that `probabilities` returns, so that what is logged
as the propensity is exactly the chance the arm had. Knows neither items nor conversations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from retrieval.arrays import packed, read, unpacked, write

Array = NDArray[np.float64]
FORMAT = 1

DRAWS = 512
"""Draws from the posterior behind one set of probabilities."""


@dataclass(frozen=True)
class Posterior:
    """What is believed about the reward of each arm: weights ~ N(P⁻¹m, noise · P⁻¹).

    The sums that it holds do not depend on the order of what was learned: learning one by one and
    all at once give the same.

    Attributes:
        arms: names, at least one, all different.
        precision: (arms, d, d) P: ridge · I + Σ x xᵀ.
        moment: (arms, d) m: Σ x · reward.
        count: (arms,) how many rewards each arm got.
        noise: variance of a reward around its mean.
    """

    arms: tuple[str, ...]
    precision: Array
    moment: Array
    count: Array
    noise: float = 0.1

    @classmethod
    def prior(
        cls, arms: Sequence[str], dimensions: int, *, ridge: float = 1.0, noise: float = 0.1
    ) -> Posterior:
        """Before anything was seen: every arm alike, rewards about 0.

        Raises:
            ValueError: no arms, one of them twice, or `ridge` or `noise` not above 0.
        """
        if not arms or len(set(arms)) < len(arms):
            raise ValueError("a bandit needs at least one arm, and no name twice")
        if not (ridge > 0 and noise > 0):
            raise ValueError("ridge and noise must be above 0")
        precision = np.tile(ridge * np.eye(dimensions), (len(arms), 1, 1))
        nothing = np.zeros((len(arms), dimensions))
        return cls(tuple(arms), precision, nothing, np.zeros(len(arms)), noise)

    @property
    def dimensions(self) -> int:
        """Numbers in a context."""
        return int(self.moment.shape[1])

    def updated(self, arm: str, context: ArrayLike, reward: float) -> Posterior:
        """After one more reward."""
        return self.learned([arm], np.asarray(context, dtype=np.float64)[None, :], [reward])

    def learned(self, arms: Sequence[str], contexts: ArrayLike, rewards: ArrayLike) -> Posterior:
        """After n more rewards.

        Args:
            arms: (n,) which arm was played.
            contexts: (n, dimensions).
            rewards: (n,).

        Raises:
            ValueError: an unknown arm, other shapes, or a number that is not finite.
        """
        x = np.asarray(contexts, dtype=np.float64).reshape(-1, self.dimensions)
        y = np.asarray(rewards, dtype=np.float64).ravel()
        if not len(arms) == len(x) == len(y):
            raise ValueError("arms, contexts and rewards must be of one length")
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise ValueError("contexts and rewards must be finite")
        place = {name: at for at, name in enumerate(self.arms)}
        if unknown := set(arms) - set(place):
            raise ValueError(f"unknown arms: {', '.join(sorted(unknown))}")
        which = np.array([place[name] for name in arms], dtype=np.int64)
        precision, moment, count = self.precision.copy(), self.moment.copy(), self.count.copy()
        for arm in range(len(self.arms)):
            mine = which == arm
            precision[arm] += x[mine].T @ x[mine]
            moment[arm] += x[mine].T @ y[mine]
            count[arm] += mine.sum()
        return replace(self, precision=precision, moment=moment, count=count)

    def means(self, context: ArrayLike) -> Array:
        """(arms,) the expected reward of each arm."""
        weights = np.linalg.solve(self.precision, self.moment[..., None])[..., 0]
        return np.asarray(weights @ np.asarray(context, dtype=np.float64))

    def deviations(self, context: ArrayLike) -> Array:
        """(arms,) how unsure the expected rewards are, one standard deviation."""
        x = np.asarray(context, dtype=np.float64)
        spread = np.linalg.solve(self.precision, np.tile(x, (len(self.arms), 1))[..., None])[..., 0]
        return np.asarray(np.sqrt(self.noise * (spread @ x)))

    def probabilities(
        self,
        context: ArrayLike,
        rng: np.random.Generator,
        *,
        draws: int = DRAWS,
        floor: float = 0.05,
    ) -> Array:
        """(arms,) the chance with which each arm is to be played, adding up to 1.

        The share of draws from the posterior in which an arm is best; of the whole, `floor` is
        given to all arms alike, so that every arm stays possible and can be judged later.
        """
        values = rng.normal(
            self.means(context), self.deviations(context), size=(draws, len(self.arms))
        )
        best = np.bincount(values.argmax(axis=1), minlength=len(self.arms)) / draws
        return np.asarray((1 - floor) * best + floor / len(self.arms))

    def save(self, path: Path) -> None:
        """Write to an `.npz` without pickles."""
        write(
            path,
            {
                "format": np.array(FORMAT),
                "arms": packed(self.arms),
                "precision": self.precision,
                "moment": self.moment,
                "count": self.count,
                "noise": np.array(self.noise),
            },
        )

    @classmethod
    def load(cls, path: Path) -> Posterior:
        """Read what `save` wrote.

        Raises:
            OSError, ValueError: the file is missing, damaged or of another version.
        """
        file = read(path)
        try:
            if file["format"] != FORMAT:
                raise ValueError(f"{path} does not hold a bandit of format {FORMAT}")
            arms = tuple(unpacked(file["arms"]))
            found = cls(
                arms, file["precision"], file["moment"], file["count"], float(file["noise"])
            )
        except KeyError as error:
            raise ValueError(f"{path} lacks {error}") from error
        d = found.dimensions
        if found.precision.shape != (len(arms), d, d) or found.moment.shape != (len(arms), d):
            raise ValueError(f"{path} holds arrays of different shapes")
        return found
