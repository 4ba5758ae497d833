import itertools

import numpy as np
import pytest

from retrieval.diversify import USUAL, boldness, determinantal, mmr, variety

# Two twins and a stranger: relevance 1.0, 0.9, 0.5.
RELEVANCE = np.array([1.0, 0.9, 0.5], dtype=np.float32)
ALIKE = np.array([[1, 0.95, 0.1], [0.95, 1, 0.0], [0.1, 0.0, 1]], dtype=np.float32)


def test_mmr_without_diversity_keeps_the_order_of_relevance() -> None:
    chosen, values = mmr(RELEVANCE, ALIKE, 3, 0.0)
    assert chosen.tolist() == [0, 1, 2]
    assert values == pytest.approx([1.0, 0.9, 0.5])


def test_mmr_by_hand() -> None:
    # Second step: twin 0.5*0.9 - 0.5*0.95 = -0.025, stranger 0.5*0.5 - 0.5*0.1 = 0.2.
    chosen, values = mmr(RELEVANCE, ALIKE, 3, 0.5)
    assert chosen.tolist() == [0, 2, 1]
    assert values == pytest.approx([0.5, 0.2, -0.025])


def test_mmr_values_never_rise_and_ties_go_by_position(rng: np.random.Generator) -> None:
    for diversity in (0.1, 0.5, 1.0):
        vectors = rng.normal(size=(30, 5))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        alike = np.maximum(vectors @ vectors.T, 0).astype(np.float32)
        chosen, values = mmr(rng.random(30).astype(np.float32), alike, 30, diversity)
        assert sorted(chosen) == list(range(30))
        assert np.all(np.diff(values) <= 1e-6)
    same = mmr(np.ones(4, dtype=np.float32), np.zeros((4, 4), dtype=np.float32), 4, 0.5)[0]
    assert same.tolist() == [0, 1, 2, 3]


def test_mmr_of_nothing() -> None:
    nothing = np.zeros(0, dtype=np.float32)
    assert mmr(nothing, np.zeros((0, 0), dtype=np.float32), 5, 0.5)[0].size == 0


def test_determinantal_by_hand() -> None:
    # Volumes after the first pick: twin 1 - 0.95**2 = 0.0975, stranger 1 - 0.1**2 = 0.99;
    # at sharpness 0 only the volume counts.
    assert determinantal(RELEVANCE, ALIKE, 2, sharpness=0.0).tolist() == [0, 2]
    # Very sharp: relevance outweighs any volume.
    assert determinantal(RELEVANCE, ALIKE, 3, sharpness=50.0).tolist() == [0, 1, 2]


def test_determinantal_steps_maximise_the_determinant(rng: np.random.Generator) -> None:
    vectors = rng.normal(size=(8, 6))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = (vectors @ vectors.T).astype(np.float32)
    relevance = rng.random(8).astype(np.float32)
    q = np.exp(relevance / 2)
    kernel = q[:, None] * alike * q
    chosen = determinantal(relevance, alike, 4).tolist()
    for step in range(1, 4):
        best = max(
            set(range(8)) - set(chosen[:step]),
            key=lambda i: np.linalg.det(kernel[np.ix_([*chosen[:step], i], [*chosen[:step], i])]),
        )
        assert chosen[step] == best


def test_determinantal_never_takes_a_copy() -> None:
    alike = np.ones((3, 3), dtype=np.float32)
    assert determinantal(np.ones(3, dtype=np.float32), alike, 3).tolist() == [0]
    assert list(itertools.chain(determinantal(RELEVANCE[:0], ALIKE[:0, :0], 2))) == []


def test_the_dial_asks_for_more_at_every_step() -> None:
    dials = np.linspace(0, 1, 101)
    assert np.all(np.diff([boldness(float(d)) for d in dials]) > 0)
    assert np.all(np.diff([variety(float(d)) for d in dials]) > 0)
    assert boldness(USUAL) == 0 and variety(0) == 0 and boldness(1) == pytest.approx(1)
