import math

import numpy as np
import pytest

from retrieval.metrics import (
    bootstrap,
    coverage,
    difference,
    diversity,
    f1,
    gini,
    hit,
    means,
    miscalibration,
    ndcg,
    novelty,
    popularity_lift,
    precision,
    recall,
    reciprocal_rank,
)

RANKED = ["a", "b", "c", "d", "e"]


def test_accuracy_by_hand() -> None:
    relevant = {"b", "e", "x"}
    assert recall(RANKED, relevant, 2) == pytest.approx(1 / 3)
    assert recall(RANKED, relevant, 2, capped=True) == pytest.approx(1 / 2)
    assert recall(RANKED, relevant, 5) == pytest.approx(2 / 3)
    assert precision(RANKED, relevant, 2) == pytest.approx(1 / 2)
    assert precision(RANKED, relevant, 10) == pytest.approx(2 / 10)
    assert f1(RANKED, relevant, 2) == pytest.approx(2 * (1 / 2) * (1 / 3) / (5 / 6))
    assert f1(RANKED, {"x"}, 5) == 0
    assert [hit(RANKED, relevant, k) for k in (1, 2)] == [0, 1]
    assert reciprocal_rank(RANKED, relevant) == pytest.approx(1 / 2)
    assert reciprocal_rank(RANKED, relevant, 1) == 0


def test_ndcg_by_hand() -> None:
    # relevant at places 2 and 5 of 3 relevant: (1/log2 3 + 1/log2 6) / (1 + 1/log2 3 + 1/2)
    gain = 1 / math.log2(3) + 1 / math.log2(6)
    assert ndcg(RANKED, {"b", "e", "x"}) == pytest.approx(gain / (1 + 1 / math.log2(3) + 0.5))
    assert ndcg(RANKED, {"a"}, 1) == 1
    # graded: 1 at place 1, 3 at place 2; best is the other way round
    graded = (1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3))
    assert ndcg(["a", "b"], {"a": 1.0, "b": 3.0}) == pytest.approx(graded)
    assert ndcg([], {"a"}, 5) == 0


def test_a_case_without_anything_relevant_says_nothing() -> None:
    for metric in (recall, precision, f1, hit):
        assert math.isnan(metric(RANKED, set(), 3))
    assert math.isnan(reciprocal_rank(RANKED, set())) and math.isnan(ndcg(RANKED, set()))
    cases = [(RANKED, {"a"}), (RANKED, set()), (RANKED, {"b"})]
    assert means(cases, {"hit": lambda r, x: hit(r, x, 1)}) == {"hit": 0.5}


def test_diversity_by_hand() -> None:
    vectors = np.array([[1, 0], [0, 1], [1, 0]], dtype=np.float32)
    assert diversity(vectors) == pytest.approx(2 / 3)  # cosines 0, 1, 0
    assert diversity(np.array([[1, 0], [-1, 0]])) == pytest.approx(2)
    assert math.isnan(diversity(vectors[:1]))


def test_novelty_by_hand() -> None:
    assert novelty(["a", "b", "?"], {"a": 0.5, "b": 0.125}) == pytest.approx(2)
    assert math.isnan(novelty(["?"], {}))


def test_exposure_by_hand() -> None:
    assert coverage([["a", "b"], ["b", "c"]], 6) == 0.5
    # sorted 1 2 3: sum((2i - 4) x) / (3 * 6) = (-2 + 0 + 6) / 18
    assert gini([3, 1, 2]) == pytest.approx(4 / 18)
    assert gini([0, 0]) == 0


def test_popularity_lift_by_hand() -> None:
    popularity = {"a": 0.4, "b": 0.2, "c": 0.1}
    assert popularity_lift(["a", "?"], ["b", "c"], popularity) == pytest.approx(0.25 / 0.15)
    assert math.isnan(popularity_lift(["a"], [], popularity))


def test_miscalibration_by_hand() -> None:
    assert miscalibration({"Drama": 2, "War": 2}, {"Drama": 1, "War": 1}) == pytest.approx(0)
    expected = 0.5 * math.log(0.5 / (0.99 * 1 + 0.005)) + 0.5 * math.log(0.5 / 0.005)
    assert miscalibration({"Drama": 1, "War": 1}, {"Drama": 3}) == pytest.approx(expected)
    assert math.isnan(miscalibration({}, {"Drama": 1}))


def test_the_bootstrap_is_about_the_mean(rng: np.random.Generator) -> None:
    values = [1.0, 0.0, 1.0, 1.0, float("nan")]
    found = bootstrap(values, ["a", "a", "b", "c", "d"], rng)
    assert found.mean == 0.75
    assert 0 <= found.low <= found.mean <= found.high <= 1
    weighted = bootstrap([1.0, 0.0], ["a", "b"], rng, weights=[3, 1])
    assert weighted.mean == 0.75
    assert math.isnan(bootstrap([], [], rng).mean)
    with pytest.raises(ValueError, match="one length"):
        bootstrap([1.0], [], rng)


def test_alike_cases_of_one_cluster_are_no_further_evidence(rng: np.random.Generator) -> None:
    truth = rng.random(40)
    values = np.repeat(truth, 10)
    clustered = bootstrap(values, np.repeat(np.arange(40), 10), rng)
    pretended = bootstrap(values, np.arange(400), rng)
    assert clustered.high - clustered.low > 2 * (pretended.high - pretended.low)
    known = 1.96 * truth.std() / np.sqrt(40)
    assert (clustered.high - clustered.low) / 2 == pytest.approx(known, rel=0.15)


def test_a_real_difference_excludes_zero(rng: np.random.Generator) -> None:
    theirs = rng.random(300)
    better = difference(theirs + 0.1, theirs, list(range(300)), rng)
    assert better.low > 0 and better.mean == pytest.approx(0.1)
    same = difference(theirs + rng.normal(0, 0.1, 300), theirs, list(range(300)), rng)
    assert same.low < 0.02 and same.high > -0.02
