"""The bandit on worlds whose best arm is known by construction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from retrieval.bandit import Posterior

ARMS = ("a", "b", "c")
TRUE = np.array([[0.2, 0.6], [0.5, 0.0], [0.1, 0.1]])
"""Arm "a" is best where the second number of the context is above one half, "b" elsewhere."""


def contexts(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.column_stack([np.ones(n), rng.random(n)])


def played(rng: np.random.Generator, n: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    x = contexts(rng, n)
    arms = rng.integers(0, 3, n)
    rewards = (x * TRUE[arms]).sum(axis=1) + 0.1 * rng.normal(size=n)
    return [ARMS[a] for a in arms], x, rewards


def test_one_by_one_and_all_at_once_are_the_same(rng: np.random.Generator) -> None:
    arms, x, rewards = played(rng, 60)
    at_once = Posterior.prior(ARMS, 2).learned(arms, x, rewards)
    one_by_one = Posterior.prior(ARMS, 2)
    for arm, context, reward in zip(arms, x, rewards, strict=True):
        one_by_one = one_by_one.updated(arm, context, float(reward))
    np.testing.assert_allclose(at_once.precision, one_by_one.precision, rtol=1e-12)
    np.testing.assert_allclose(at_once.moment, one_by_one.moment, rtol=1e-12)
    np.testing.assert_array_equal(at_once.count, one_by_one.count)


def test_means_come_near_the_truth_and_doubt_falls(rng: np.random.Generator) -> None:
    before = Posterior.prior(ARMS, 2)
    after = before.learned(*played(rng, 3000))
    for context in ([1.0, 0.1], [1.0, 0.9]):
        np.testing.assert_allclose(after.means(context), TRUE @ context, atol=0.03)
        assert (after.deviations(context) < before.deviations(context) / 5).all()


def test_chances_add_up_keep_a_floor_and_follow_the_context(rng: np.random.Generator) -> None:
    learned = Posterior.prior(ARMS, 2).learned(*played(rng, 3000))
    for context, best in (([1.0, 0.05], 1), ([1.0, 0.95], 0)):
        p = learned.probabilities(context, rng, floor=0.12)
        assert p.sum() == pytest.approx(1)
        assert p.min() >= 0.04 - 1e-12
        assert p.argmax() == best
        assert p[best] > 0.85


def test_nothing_known_means_all_alike(rng: np.random.Generator) -> None:
    p = Posterior.prior(ARMS, 2).probabilities([1.0, 0.5], rng, draws=20_000)
    np.testing.assert_allclose(p, 1 / 3, atol=0.02)


def test_the_file_holds_no_pickle_and_comes_back(tmp_path: Path, rng: np.random.Generator) -> None:
    learned = Posterior.prior(ARMS, 2, noise=0.3).learned(*played(rng, 50))
    path = tmp_path / "bandit.npz"
    learned.save(path)
    with np.load(path, allow_pickle=False) as file:
        assert all(file[name].dtype != object for name in file.files)
    back = Posterior.load(path)
    assert (back.arms, back.noise) == (learned.arms, learned.noise)
    np.testing.assert_array_equal(back.precision, learned.precision)
    path.write_bytes(path.read_bytes()[:80])
    with pytest.raises(ValueError, match="damaged"):
        Posterior.load(path)


def test_what_cannot_be_learned_from_is_refused() -> None:
    prior = Posterior.prior(ARMS, 2)
    with pytest.raises(ValueError, match="unknown arms: d"):
        prior.updated("d", [1.0, 0.0], 1.0)
    with pytest.raises(ValueError, match="finite"):
        prior.updated("a", [1.0, 0.0], float("nan"))
    with pytest.raises(ValueError, match="one length"):
        prior.learned(["a", "b"], [[1.0, 0.0]], [1.0])
    with pytest.raises(ValueError, match="at least one arm"):
        Posterior.prior((), 2)
    with pytest.raises(ValueError, match="above 0"):
        Posterior.prior(ARMS, 2, ridge=0)
