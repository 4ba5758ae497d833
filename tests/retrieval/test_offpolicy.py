"""Off-policy estimates on logs whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.offpolicy import Log, OverlapError, check, estimates, size

TRUE = np.array([0.2, 0.5, 0.8])
"""Mean reward of three actions, whatever the context."""


def logged(rng: np.random.Generator, n: int, chances: tuple[float, ...] = (0.6, 0.3, 0.1)) -> Log:
    actions = rng.choice(3, n, p=chances)
    rewards = (rng.random(n) < TRUE[actions]).astype(float)
    return Log(rng.random((n, 2)), actions, np.tile(chances, (n, 1)), rewards, range(n))


def always(action: int, n: int) -> np.ndarray:
    return np.tile(np.eye(3)[action], (n, 1))


def test_estimates_are_near_the_truth_and_better_than_the_logged_mean(
    rng: np.random.Generator,
) -> None:
    log = logged(rng, 4000)
    assert abs(log.rewards.mean() - TRUE[2]) > 0.3
    for found in estimates(log, always(2, 4000), rng, rounds=500, level=0.99):
        assert found.mean == pytest.approx(TRUE[2], abs=0.08)
        assert found.low < TRUE[2] < found.high
        assert found.effective == pytest.approx((log.actions == 2).sum())


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    covered = {"ips": 0, "snips": 0, "dr": 0}
    target = np.tile([0.1, 0.3, 0.6], (400, 1))
    for seed in range(120):
        rng = np.random.default_rng(seed)
        for found in estimates(logged(rng, 400), target, rng, rounds=200):
            covered[found.method] += found.low <= TRUE @ target[0] <= found.high
    for method, times in covered.items():
        assert times >= 0.87 * 120, (method, times)


def test_the_logging_policy_itself_gives_the_logged_mean(rng: np.random.Generator) -> None:
    log = logged(rng, 500)
    ips, snips, dr = estimates(log, log.chances, rng, rounds=100)
    assert ips.mean == pytest.approx(log.rewards.mean())
    assert snips.mean == pytest.approx(log.rewards.mean())
    assert dr.mean == pytest.approx(log.rewards.mean(), abs=0.02)
    assert ips.effective == pytest.approx(500)


def test_doubly_robust_is_less_noisy_where_contexts_explain_rewards(
    rng: np.random.Generator,
) -> None:
    n = 800
    x = rng.random((n, 2))
    actions = rng.choice(3, n, p=(0.6, 0.3, 0.1))
    rewards = 2 * x[:, 0] + TRUE[actions]
    log = Log(x, actions, np.tile((0.6, 0.3, 0.1), (n, 1)), rewards, range(n))
    ips, _, dr = estimates(log, always(2, n), rng, rounds=200)
    assert dr.high - dr.low < 0.5 * (ips.high - ips.low)
    assert dr.low <= 1.8 <= dr.high or dr.mean == pytest.approx(1.8, abs=0.1)


def test_clipping_cuts_weights_and_says_so(rng: np.random.Generator) -> None:
    log = logged(rng, 1000)
    whole, cut = (estimates(log, always(2, 1000), rng, clip=c, rounds=50)[0] for c in (None, 5.0))
    assert whole.clipped == 0
    assert cut.clipped == pytest.approx((log.actions == 2).mean())
    assert cut.mean == pytest.approx(whole.mean / 2)


def test_clusters_widen_intervals(rng: np.random.Generator) -> None:
    one = logged(rng, 200)
    doubled = Log(
        np.repeat(one.contexts, 10, 0), np.repeat(one.actions, 10), np.repeat(one.chances, 10, 0),
        np.repeat(one.rewards, 10), np.repeat(np.arange(200), 10).tolist(),
    )  # fmt: skip
    blind = Log(doubled.contexts, doubled.actions, doubled.chances, doubled.rewards, range(2000))
    target = np.tile([0.1, 0.3, 0.6], (2000, 1))
    right, wrong = (estimates(log, target, rng, rounds=300)[0] for log in (doubled, blind))
    assert right.high - right.low > 2 * (wrong.high - wrong.low)


def test_missing_overlap_is_refused(rng: np.random.Generator) -> None:
    log = logged(rng, 300, (0.7, 0.3, 0.0))
    with pytest.raises(OverlapError, match="300 of 300 decisions"):
        estimates(log, always(2, 300), rng)
    with pytest.raises(OverlapError, match="worth"):
        check(logged(rng, 60, (0.9, 0.05, 0.05)), always(2, 60))
    with pytest.raises(OverlapError, match="empty"):
        check(logged(rng, 0), np.zeros((0, 3)))


def test_wrong_logs_and_targets_are_refused(rng: np.random.Generator) -> None:
    log = logged(rng, 50)
    with pytest.raises(ValueError, match="add up"):
        check(log, 2 * log.chances)
    with pytest.raises(ValueError, match="no chance"):
        Log(log.contexts, np.full(50, 2), np.tile((0.5, 0.5, 0), (50, 1)), log.rewards, range(50))
    with pytest.raises(ValueError, match="one length"):
        Log(log.contexts, log.actions, log.chances, log.rewards, range(49))


def test_effective_size() -> None:
    assert size(np.ones(7)) == pytest.approx(7)
    assert size(np.array([1.0, 0, 0])) == pytest.approx(1)
    assert size(np.zeros(3)) == 0
