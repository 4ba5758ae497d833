"""One contract for everything that can be learned, on a checkerboard.

Even people like even items, odd people odd ones, each all but one; so whoever liked two even items
should be given an even one. The last column nobody liked.
"""

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.models import NAMES, kept, learned, restored
from retrieval.models.blend import Blend, even
from retrieval.models.contract import Learned, Likes
from retrieval.models.factors import learn_als
from retrieval.models.linear import learn_ease, weighed_ease
from retrieval.models.people import People
from retrieval.models.served import Served
from retrieval.schema import Schema

ITEMS, PEOPLE = 10, 40
EVEN, ODD = np.arange(0, ITEMS, 2), np.arange(1, ITEMS, 2)


def checkerboard() -> Likes:
    x = np.zeros((PEOPLE, ITEMS + 1))
    for person in range(PEOPLE):
        x[person, person % 2 : ITEMS : 2] = 1
        x[person, (person % 2 + 2 * (person // 2)) % ITEMS] = 0
    matrix = sparse.csr_matrix(x)
    return Likes(matrix, np.arange(matrix.nnz, dtype=np.float64))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Learned, Learned]]:
    """Name → the model as learned and as read from its file."""
    folder, found = tmp_path_factory.mktemp("models"), {}
    for name in NAMES:
        model = learned(name, checkerboard(), np.random.default_rng(3))
        kept(folder / f"{name}.npz", name, model, more=np.ones(2))
        was, again, file = restored(folder / f"{name}.npz")
        assert was == name and file["more"].tolist() == [1, 1]
        found[name] = model, again
    return found


PERSONAL = [name for name in NAMES if name != "popularity"]


@pytest.fixture(params=[0, 1], ids=["learned", "restored"])
def form(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


def columns(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int32)


def weights(*given: float) -> np.ndarray:
    return np.array(given, dtype=np.float32)


@pytest.mark.parametrize("name", PERSONAL)
def test_the_same_colour_comes_first(models, name: str, form: int) -> None:
    scores = models[name][form].scores(columns(0, 2), weights(1, 1))
    assert scores.shape == (ITEMS + 1,) and scores.dtype == np.float32
    assert scores[[4, 6, 8]].min() > scores[ODD].max()
    scores = models[name][form].scores(columns(1, 3), weights(1, 1))
    assert scores[[5, 7, 9]].min() > scores[EVEN].max()


@pytest.mark.parametrize("name", PERSONAL)
def test_what_is_disliked_does_not_draw(models, name: str, form: int) -> None:
    scores = models[name][form].scores(columns(0, 1), weights(1, -1))
    assert scores[[2, 4, 6, 8]].min() > scores[[3, 5, 7, 9]].max()


@pytest.mark.parametrize("name", PERSONAL)
def test_nothing_known_is_nan(models, name: str, form: int) -> None:
    model = models[name][form]
    assert np.isnan(model.scores(columns(0), weights(1))).tolist() == [False] * ITEMS + [True]
    assert np.isnan(model.scores(columns(ITEMS), weights(1))).all()
    assert np.isnan(model.scores(columns(), weights())).all()


def test_popularity_needs_no_history(models, form: int) -> None:
    model = models["popularity"][form]
    scores = model.scores(columns(), weights())
    assert np.isnan(scores[ITEMS]) and (scores[:ITEMS] > 0).all()
    assert np.array_equal(scores, model.scores(columns(1), weights(1)), equal_nan=True)


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_the_callers_and_repeat(models, name: str, form: int) -> None:
    model = models[name][form]
    before = model.scores(columns(0, 3), weights(1, 0.5)).copy()
    model.scores(columns(0, 3), weights(1, 0.5))[:] = 7
    assert np.array_equal(model.scores(columns(0, 3), weights(1, 0.5)), before, equal_nan=True)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_kept_answers_alike(models, name: str) -> None:
    model, again = models[name]
    a, b = (m.scores(columns(2, 4), weights(1, 1)) for m in (model, again))
    assert np.allclose(a, b, atol=1e-5, equal_nan=True)


@pytest.mark.parametrize("name", NAMES)
def test_chance_comes_from_the_seed_only(models, name: str) -> None:
    again = learned(name, checkerboard(), np.random.default_rng(3))
    a, b = (m.scores(columns(2, 4), weights(1, 1)) for m in (models[name][0], again))
    assert np.allclose(a, b, atol=1e-5, equal_nan=True)


def test_unknown_names_empty_data_and_damaged_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="choose one of ease"):
        learned("oracle", checkerboard(), np.random.default_rng(1))
    with pytest.raises(ValueError, match="nobody likes"):
        learned("ease", Likes(sparse.csr_matrix((3, 3))), np.random.default_rng(1))
    (tmp_path / "m.npz").write_bytes(b"PK nonsense")
    with pytest.raises((OSError, ValueError)):
        restored(tmp_path / "m.npz")
    kept(tmp_path / "n.npz", "als", learned("ease", checkerboard(), np.random.default_rng(1)))
    with pytest.raises(ValueError, match="damaged"):
        restored(tmp_path / "n.npz")


def test_sequences_follow_the_clock() -> None:
    likes = Likes(sparse.csr_matrix(np.array([[1, 1, 0], [0, 1, 1]])), np.array([2.0, 1, 3, 4]))
    assert [s.tolist() for s in likes.sequences()] == [[1, 0], [1, 2]]


def test_ease_without_weighing_is_ease() -> None:
    from retrieval.collaborative import ease

    x = checkerboard().matrix
    plain = weighed_ease(x, 2.0, people=0, items=0, noise=0)
    assert np.allclose(plain, ease(x, 2.0), atol=1e-6)


def test_weighed_ease_is_the_minimum_it_claims_to_be(rng: np.random.Generator) -> None:
    x = (rng.random((30, 6)) < 0.4).astype(float)
    x[:, 0] = 1
    best = weighed_ease(sparse.csr_matrix(x), 2.0).astype(float)
    counts, given = x.sum(0), x.sum(1)
    scale = counts**-0.2
    weighed = ((given / given.mean()) ** -0.25)[:, None] * x * scale
    inner = best / scale[:, None] * scale[None, :]
    ridge = 0.2 * (weighed**2).sum(0) + 2.0 * (counts * scale**2).mean() / counts.mean()

    def loss(b: np.ndarray) -> float:
        return float(((weighed - weighed @ b) ** 2).sum() + (ridge[:, None] * b**2).sum())

    for _ in range(50):
        nudge = rng.normal(scale=1e-3, size=best.shape)
        np.fill_diagonal(nudge, 0)
        assert loss(inner + nudge) > loss(inner)


def test_folding_in_is_what_the_library_does() -> None:
    likes = checkerboard()
    model = learn_als(likes, np.random.default_rng(5), factors=4, ridge=0.5)
    from implicit.als import AlternatingLeastSquares

    theirs = AlternatingLeastSquares(factors=4, regularization=0.5, alpha=5.0, use_cg=False)
    theirs.item_factors = model.items
    person = sparse.csr_matrix(([1.0, 1.0], ([0, 0], [0, 2])), (1, ITEMS + 1), dtype=np.float32)
    expected = theirs.recalculate_user([0], person)[0]
    assert model.person(columns(0, 2), weights(1, 1)) == pytest.approx(expected, abs=1e-4)


def test_people_by_hand() -> None:
    # Two people; the history is half of what the first liked: cosine 1/sqrt(2), squared 1/2.
    model = People(sparse.csr_matrix(np.array([[1, 1, 0], [0, 0, 1]])), 2, 2.0, 0.0)
    assert model.scores(columns(0), weights(1)).tolist() == pytest.approx([0.5, 0.5, 0.0])


def test_a_blend_weighs_models_made_comparable() -> None:
    class Fixed:
        def __init__(self, *scores: float) -> None:
            self._scores = np.array(scores, dtype=np.float32)

        def scores(self, history: np.ndarray, weights: np.ndarray) -> np.ndarray:
            return self._scores.copy()

        def arrays(self) -> dict[str, np.ndarray]:
            return {}

    parts = [Fixed(9, 1, 3), Fixed(9, 40, 20)]
    found = Blend(("a", "b"), parts, (1.0, 2.0)).scores(columns(0), weights(1))
    assert found[1:].tolist() == pytest.approx([-1 + 2, 1 - 2])
    assert np.isnan(even(np.full(2, np.nan, dtype=np.float32), columns())).all()
    with pytest.raises(ValueError, match="as many"):
        Blend(("a",), parts, (1.0,))


def test_served_speaks_of_the_rows_of_a_catalogue() -> None:
    names = ["new", *(f"i{n}" for n in reversed(range(ITEMS)))]
    things = Catalogue("things", [Item(name, name) for name in names], Schema({}))
    model = learn_ease(checkerboard(), np.random.default_rng(1), ridge=1.0)
    ids = [*(f"i{n}" for n in range(ITEMS)), "gone"]
    served = Served(things, ids, model)
    rows = columns(*(things.row_of[i] for i in ("i0", "i2", "new")))
    scores = served.scores(rows, weights(1, 1, 1))
    assert scores.shape == (len(things),) and np.isnan(scores[things.row_of["new"]])
    assert scores[things.row_of["i4"]] > scores[things.row_of["i5"]]
    assert np.isnan(served.scores(columns(things.row_of["new"]), weights(1))).all()
    assert served.because(0, rows) is None
    assert Served(things, ids, model, served).because(0, rows) is None


def crowd(people: int = 260, items: int = 12) -> Likes:
    """As the checkerboard, with enough people to hold some out, and in any order of likes."""
    rng = np.random.default_rng(8)
    x = np.zeros((people, items))
    for person in range(people):
        own = np.arange(person % 2, items, 2)
        x[person, rng.permutation(own)[:4]] = 1
    return Likes(sparse.csr_matrix(x))


def test_lightgcn_begins_as_propagation_and_learns(monkeypatch: pytest.MonkeyPatch) -> None:
    from retrieval.models import lightgcn
    from retrieval.models.propagation import learn_propagation

    monkeypatch.setattr(lightgcn, "FEW_STEPS", 0)
    monkeypatch.setattr(lightgcn, "ENOUGH", 10**9)
    likes = crowd()
    begun = lightgcn.learn_lightgcn(likes, np.random.default_rng(2), width=3)
    closed = learn_propagation(likes, np.random.default_rng(2), smooth=3)
    for history in (columns(0, 2), columns(1, 5, 9)):
        a, b = (m.scores(history, np.ones(history.size, "f4")) for m in (begun, closed))
        assert np.corrcoef(a, b)[0, 1] > 0.999
    monkeypatch.undo()
    learned_ = lightgcn.learn_lightgcn(likes, np.random.default_rng(2), width=3)
    assert not np.allclose(learned_.found, begun.found, atol=1e-3)


@pytest.mark.parametrize("name", ["_DENSE", "SAMPLED"])
def test_lightgcn_of_many_items_is_the_same_graph(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from retrieval.models import lightgcn

    whole = lightgcn.learn_lightgcn(crowd(), np.random.default_rng(2), width=4)
    monkeypatch.setattr(lightgcn, name, {"_DENSE": 0, "SAMPLED": 6}[name])
    other = lightgcn.learn_lightgcn(crowd(), np.random.default_rng(2), width=4)
    scores = other.scores(columns(0, 2), weights(1, 1))
    assert scores[[4, 6, 8, 10]].min() > scores[1::2].max()
    if name == "_DENSE":  # products in another order, nothing else
        expected = whole.scores(columns(0, 2), weights(1, 1))
        assert scores == pytest.approx(expected, abs=float(0.05 * np.abs(expected).max()))


def test_a_sequence_is_stopped_by_held_out_people(monkeypatch: pytest.MonkeyPatch) -> None:
    from retrieval.models import sequence

    looks: list[float] = []
    loss = sequence._loss

    def counted(network, inputs, targets):
        found = loss(network, inputs, targets)
        if not network.training:
            looks.append(float(found))
        return found

    monkeypatch.setattr(sequence, "_loss", counted)
    monkeypatch.setattr(sequence, "STEPS", (400, 400))
    monkeypatch.setattr(sequence, "RATE", 0.02)
    model = sequence.learn_sequence(crowd(), np.random.default_rng(4))
    best = int(np.argmin(looks))
    assert len(looks) == best + 1 + sequence.PATIENCE < 400 // sequence.LOOK
    scores = model.scores(columns(0, 2), weights(1, 1))
    assert scores[[4, 6, 8, 10]].min() > scores[1::2].max()


def test_a_sequence_reads_the_order_where_there_is_one() -> None:
    from retrieval.models.sequence import learn_sequence

    rng = np.random.default_rng(6)
    rows = [np.roll(np.arange(6), int(rng.integers(6))) for _ in range(120)]  # what comes next: +1
    matrix = sparse.csr_matrix(np.ones((120, 6)))
    when = np.concatenate([np.argsort(row) for row in rows]).astype(np.float64)
    model = learn_sequence(Likes(matrix, when), np.random.default_rng(1))
    for row in ([0, 1], [3, 4]):
        assert int(np.argmax(model.scores(columns(*row), weights(1, 1)))) == row[-1] + 1
    unordered = learn_sequence(Likes(matrix), np.random.default_rng(1))
    scores = unordered.scores(columns(0, 1), weights(1, 1))
    assert np.argmax(model.scores(columns(0, 1), weights(1, 1))) == 2
    assert scores[2:].max() - scores[2:].min() < 1.0


def test_a_blend_leaves_out_what_held_out_people_do_not_gain_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from retrieval.models import blend

    monkeypatch.setattr(blend, "TRIED", (0.0, 50.0))  # so much of popularity drowns all else
    monkeypatch.setattr(blend, "PARTS", {"items": 1.0, "popularity": 1.0})
    assert blend.learn_blend(crowd(), np.random.default_rng(3)).names == ("items",)
    monkeypatch.setattr(blend, "PARTS", {"popularity": 1.0, "items": 0.0})
    found = blend.learn_blend(crowd(), np.random.default_rng(3))
    assert found.names == ("popularity", "items") and found.weights[1] > 0
    few = blend.learn_blend(crowd(blend.ENOUGH - 1), np.random.default_rng(3))
    assert few.names == ("popularity",)  # too few people to ask: the weights as they are


def test_ridges_follow_from_the_number_of_people() -> None:
    from retrieval.models.factors import RIDGE as ALS_RIDGE
    from retrieval.models.linear import RIDGE

    few, many = crowd(100), crowd(400)
    for likes, root in ((few, 10.0), (many, 20.0)):
        usual = learn_ease(likes, np.random.default_rng(1)).weights
        told = learn_ease(likes, np.random.default_rng(1), ridge=RIDGE * root).weights
        assert np.allclose(usual.toarray(), told.toarray())
        als = learn_als(likes, np.random.default_rng(1), factors=4)
        assert als.ridge == pytest.approx(ALS_RIDGE * root)
