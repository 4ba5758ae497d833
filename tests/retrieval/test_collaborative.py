"""One contract for every collaborative model, on a checkerboard.

Even people like even items, odd people odd ones, each all but one; so whoever liked two even items
should be given an even one, and nothing odd.
"""

from pathlib import Path

import numpy as np
import pytest

from retrieval.catalogue import Catalogue
from retrieval.collaborative import (
    CollaborativeModel,
    ItemWeights,
    Neighbours,
    Popularity,
    ease,
    strongest,
)
from retrieval.items import Item
from retrieval.quality import recorded, shipped, shrunk, unknown
from retrieval.schema import Schema

ITEMS, PEOPLE = 10, 40


def checkerboard() -> np.ndarray:
    x = np.zeros((PEOPLE, ITEMS))
    for person in range(PEOPLE):
        x[person, person % 2 :: 2] = 1
        x[person, (person % 2 + 2 * (person // 2)) % ITEMS] = 0
    return x


@pytest.fixture
def things() -> Catalogue:
    """In another order than the weights, with an item they do not know."""
    names = ["new", *(f"i{n}" for n in reversed(range(ITEMS)))]
    return Catalogue("things", [Item(name, name) for name in names], Schema({}))


def neighbours(weights: np.ndarray) -> Neighbours:
    kept = strongest(weights, np.ones_like(weights, dtype=bool), 6)
    ones = np.ones(kept.nnz)
    return Neighbours(
        [f"i{n}" for n in range(ITEMS)],
        kept.indptr.astype("i4"),
        kept.indices.astype("i4"),
        kept.data,
        (0 * ones).astype("u1"),
        (16 * ones).astype("i4"),
        ones.astype("f4"),
        np.ones(ITEMS, dtype=bool),
    )


@pytest.fixture(params=["ease", "cosine", "loaded"])
def model(request, things: Catalogue, tmp_path: Path) -> CollaborativeModel:
    x = checkerboard()
    if request.param == "cosine":
        weights = (x.T @ x / np.outer(*[np.linalg.norm(x, axis=0)] * 2)).astype("f4")
        np.fill_diagonal(weights, 0)
    else:
        weights = ease(x, 1.0)
    if request.param == "loaded":
        neighbours(weights).save(tmp_path / "w.npz", rating_sum=np.ones(3))
        return ItemWeights.load(tmp_path / "w.npz", things)
    return ItemWeights(things, neighbours(weights))


def rows(catalogue: Catalogue, *ids: str) -> np.ndarray:
    return np.array([catalogue.row_of[i] for i in ids], dtype=np.int32)


def ones(*weights: float) -> np.ndarray:
    return np.array(weights, dtype=np.float32)


def test_the_same_colour_comes_first(model: CollaborativeModel, things: Catalogue) -> None:
    scores = model.scores(rows(things, "i0", "i2"), ones(1, 1))
    assert scores.shape == (len(things),) and scores.dtype == np.float32
    even = scores[rows(things, "i4", "i6", "i8")]
    odd = scores[rows(things, "i1", "i3", "i5", "i7", "i9")]
    assert even.min() > odd.max()


def test_disliking_turns_it_round(model: CollaborativeModel, things: Catalogue) -> None:
    scores = model.scores(rows(things, "i0", "i1"), ones(1, -1))
    assert scores[things.row_of["i4"]] > 0 > scores[things.row_of["i5"]]


def test_weights_of_the_history_are_linear(model: CollaborativeModel, things: Catalogue) -> None:
    whole, half = (model.scores(rows(things, "i0"), ones(w)) for w in (1.0, 0.5))
    assert np.allclose(whole, 2 * half, equal_nan=True)


def test_the_unknown_is_nan(model: CollaborativeModel, things: Catalogue) -> None:
    scores = model.scores(rows(things, "i0"), ones(1))
    assert np.isnan(scores[things.row_of["new"]]) and np.isnan(scores).sum() == 1
    assert np.isnan(model.scores(rows(things, "new"), ones(1))).all()
    assert np.isnan(model.scores(rows(things), ones())).all()


def test_because_names_the_strongest_of_the_history(
    model: CollaborativeModel, things: Catalogue
) -> None:
    because = model.because(things.row_of["i4"], rows(things, "i1", "i0", "new"))
    assert because is not None
    assert because.row == things.row_of["i0"] and because.weight > 0
    assert because.source == "movielens" and because.people == 16
    assert model.because(things.row_of["i4"], rows(things, "i1")) is None
    assert model.because(things.row_of["new"], rows(things, "i0")) is None


def test_a_weight_few_stand_behind_scores_but_is_no_reason(things: Catalogue) -> None:
    silent = neighbours(ease(checkerboard(), 1.0))
    silent.people[:] = 0
    model, history = ItemWeights(things, silent), rows(things, "i0")
    assert model.scores(history, ones(1))[things.row_of["i4"]] > 0
    assert model.because(things.row_of["i4"], history) is None


def test_scores_are_the_callers_to_change(model: CollaborativeModel, things: Catalogue) -> None:
    history = rows(things, "i0")
    before = model.scores(history, ones(1)).copy()
    model.scores(history, ones(1))[:] = 7
    assert np.array_equal(model.scores(history, ones(1)), before, equal_nan=True)


def test_ease_is_the_minimum_it_claims_to_be(rng: np.random.Generator) -> None:
    x = (rng.random((30, 6)) < 0.4).astype(float)
    best = ease(x, 2.0).astype(float)

    def loss(b: np.ndarray) -> float:
        return float(((x - x @ b) ** 2).sum() + 2.0 * (b**2).sum())

    assert np.all(np.diag(best) == 0)
    for _ in range(50):
        nudge = rng.normal(scale=1e-3, size=best.shape)
        np.fill_diagonal(nudge, 0)
        assert loss(best + nudge) > loss(best)


def test_ease_takes_sparse_and_refuses_no_ridge() -> None:
    from scipy import sparse

    x = checkerboard()
    assert np.allclose(ease(sparse.csr_matrix(x), 1.0), ease(x, 1.0), atol=1e-6)
    with pytest.raises(ValueError, match="ridge"):
        ease(x, 0)


def test_few_people_and_many_give_the_same_closed_form(rng: np.random.Generator) -> None:
    x = (rng.random((5, 9)) < 0.4).astype(float)
    ridge = rng.uniform(1, 3, 9)
    padded = np.vstack([x, np.zeros((9, 9))])  # nobody more, but more rows than columns
    assert np.allclose(ease(x, ridge), ease(padded, ridge), atol=1e-6)


def test_strongest_keeps_positive_supported_weights() -> None:
    weights = np.array([[0, 3, 2, 1], [-1, 0, -2, 5]], dtype=np.float32)
    keep = np.array([[1, 1, 0, 1], [1, 1, 1, 1]], dtype=bool)
    assert strongest(weights, keep, 1).toarray().tolist() == [[0, 3, 0, 0], [0, 0, 0, 5]]
    assert strongest(weights, keep, 9).toarray().tolist() == [[0, 3, 0, 1], [0, 0, 0, 5]]


def test_popularity_is_the_same_for_all() -> None:
    model = Popularity(np.array([1, 5, np.nan], dtype=np.float32))
    scores = model.scores(np.zeros(0, dtype=np.int32), ones())
    assert scores[1] > scores[0] and np.isnan(scores[2])
    assert model.because(0, np.array([1], dtype=np.int32)) is None


def test_a_damaged_file_is_refused(things: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "w.npz").write_bytes(b"PK\x03\x04 nonsense")
    with pytest.raises((OSError, ValueError, KeyError)):
        ItemWeights.load(tmp_path / "w.npz", things)


def test_shipped_ratings_are_shrunk_and_small_counts_unknown(
    things: Catalogue, tmp_path: Path
) -> None:
    path = tmp_path / "w.npz"
    neighbours(ease(checkerboard(), 1.0)).save(
        path,
        rating_sum=np.array([50, 25, 9, *[0] * 7], dtype="f4"),
        rating_count=np.array([10, 10, 2, *[0] * 7], dtype="f4"),
    )
    quality = shipped(path, things)
    a, b, c = rows(things, "i0", "i1", "i2")
    assert quality.mean[[a, b]].tolist() == [5.0, 2.5] and np.isnan(quality.mean[c])
    # overall 3.75; (50 + 37.5) / 20
    assert quality.rating[a] == pytest.approx(4.375)
    assert quality.detail(int(a)) == {"source": "movielens", "rating": 5.0, "top": 5.0, "count": 10}
    assert quality.detail(int(c)) == {"source": "movielens"}
    assert quality.good(int(a)) and not quality.good(int(b)) and not quality.good(int(c))


def test_recorded_ratings_name_their_scale(catalogue: Catalogue) -> None:
    quality = recorded(catalogue)
    assert quality.top == 10.0 and quality.source == "catalogue"
    assert np.isnan(quality.rating[catalogue.row_of["undated"]])
    assert not unknown(3).good(0)
    assert np.isnan(shrunk(unknown(2).mean, unknown(2).count)).all()
