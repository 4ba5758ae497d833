"""One contract, every store, on vectors whose neighbours are known by construction."""

from pathlib import Path

import numpy as np
import pytest

from retrieval.catalogue import Catalogue
from retrieval.chroma import ChromaStore, metadata, where_of
from retrieval.constraints import Constraints, Limit
from retrieval.items import Item
from retrieval.schema import Facet, Schema
from retrieval.stores import ExactStore, VectorStore, best

SCHEMA = Schema(
    {
        "colour": Facet("colour", "category", many=True),
        "maker": Facet("maker", "category", role="person"),
        "helper": Facet("helper", "category", role="person"),
        "size": Facet("size", "number"),
        "new": Facet("new", "flag"),
    }
)
COUNT = 90


def circle(count: int) -> np.ndarray:
    """Points on a circle, one degree apart: the nearest to point n are n, n±1, n±2 …"""
    angles = np.radians(np.arange(count))
    flat = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.hstack([flat, np.zeros((count, 2))]).astype(np.float32)


def thing(n: int) -> Item:
    facets: dict = {"colour": (("Red", "Blue", "Green")[n % 3],), "new": n % 2 == 0}
    if n % 3 == 0:
        facets["colour"] = ("Red", "Gold")
    if n % 5:
        facets["size"] = float(n)
    facets["maker" if n % 4 else "helper"] = (f"Ann {n % 4}",)
    return Item(f"thing-{n}", f"Thing {n}", facets)


@pytest.fixture(scope="module")
def things() -> Catalogue:
    return Catalogue("things", [thing(n) for n in range(COUNT)], SCHEMA)


@pytest.fixture(scope="module", params=["exact", "chroma", "chroma-where"])
def store(request, things: Catalogue, tmp_path_factory) -> VectorStore:
    exact = ExactStore(circle(COUNT))
    if request.param == "exact":
        yield exact
        return
    folder = tmp_path_factory.mktemp("chroma")
    ChromaStore.write(folder, things, circle(COUNT))
    rows = 0 if request.param == "chroma-where" else 50
    opened = ChromaStore.open(folder, things, exact, exact_rows=rows)
    yield opened
    assert opened.healthy
    opened.close()


def test_its_length_is_the_number_of_items(store: VectorStore) -> None:
    assert len(store) == COUNT


def test_the_nearest_come_first_with_their_cosines(store: VectorStore) -> None:
    for n in (0, 40, 89):
        rows, scores = store.search(circle(COUNT)[n], 3)
        assert rows[0] == n
        assert rows.dtype == np.int32 and scores.dtype == np.float32
        expected = sorted(range(COUNT), key=lambda m, n=n: (abs(m - n), m))[:3]
        assert set(rows.tolist()) == set(expected)
        assert scores == pytest.approx(np.cos(np.radians(np.abs(rows - n))), abs=1e-4)
        assert np.all(np.diff(scores) <= 0)


def test_ties_go_by_row(store: VectorStore) -> None:
    rows, _ = store.search(np.array([0, 0, 1, 0], dtype=np.float32), COUNT)
    assert rows.tolist() == list(range(COUNT))


def test_k_bounds_the_answer(store: VectorStore) -> None:
    assert store.search(circle(COUNT)[3], 0)[0].size == 0
    rows, scores = store.search(circle(COUNT)[3], 1000)
    assert sorted(rows.tolist()) == list(range(COUNT)) and scores.size == COUNT


@pytest.mark.parametrize(
    "limits",
    [
        (Limit("colour", "require", ("RED",)),),
        (Limit("colour", "require", ("blue", "gold")),),
        (Limit("colour", "forbid", ("red",)),),
        (Limit("size", "require", interval=(10.0, 20.0)),),
        (Limit("size", "require", interval=(None, 15.0)), Limit("colour", "forbid", ("Blue",))),
        (Limit("size", "forbid", interval=(10.0, 80.0)),),
        (Limit("person", "require", ("Ann 0", "Ann 2")),),
        (Limit("person", "forbid", ("Ann 1", "Ann 3")),),
        (Limit("new", "require", ("yes",)),),
        (Limit("weight", "forbid", ("heavy",)),),
        (Limit("colour", "require", ("purple",)),),
    ],
)
def test_only_what_is_allowed_comes_back_and_all_of_it(
    store: VectorStore, things: Catalogue, limits: tuple[Limit, ...]
) -> None:
    constraints = Constraints(limits, frozenset({"thing-12", "thing-13", "nothing"}))
    allowed = things.allowed(constraints)
    rows, _ = store.search(circle(COUNT)[12], 7, allowed=allowed, constraints=constraints)
    expected = sorted(np.flatnonzero(allowed).tolist(), key=lambda m: (abs(m - 12), m))[:7]
    assert len(rows) == len(expected)
    assert sorted(abs(m - 12) for m in rows.tolist()) == sorted(abs(m - 12) for m in expected)
    assert all(constraints.admits(things.items[row], SCHEMA) for row in rows)


def test_the_mask_is_the_law_with_or_without_limits(store: VectorStore) -> None:
    allowed = np.zeros(COUNT, dtype=bool)
    allowed[[5, 60]] = True
    assert store.search(circle(COUNT)[58], 5, allowed=allowed)[0].tolist() == [60, 5]
    everything = Constraints()
    found = store.search(circle(COUNT)[58], 5, allowed=allowed, constraints=everything)
    assert found[0].tolist() == [60, 5]
    assert store.search(circle(COUNT)[58], 5, allowed=allowed & False)[0].size == 0


def test_vectors_come_in_the_order_asked_for(store: VectorStore) -> None:
    rows = np.array([7, 3, 7], dtype=np.int32)
    assert np.array_equal(store.vectors(rows), circle(COUNT)[rows])


@pytest.mark.parametrize("bad", [np.zeros(3), np.zeros((1, 4)), np.full(4, np.nan)])
def test_a_bad_vector_is_refused(store: VectorStore, bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="query vector"):
        store.search(bad.astype(np.float32), 3)


def test_an_empty_text_finds_something_in_row_order(store: VectorStore) -> None:
    assert store.search(np.zeros(4, dtype=np.float32), 2)[0].tolist() == [0, 1]


def test_where_never_leaves_out_what_is_admitted(things: Catalogue) -> None:
    limits = (Limit("size", "forbid", interval=(1.0, 2.0)), Limit("nothing", "forbid", ("x",)))
    assert where_of(Constraints(limits), SCHEMA) is None
    assert metadata(Item("x", "X"), SCHEMA) == {}


def test_limits_become_where() -> None:
    both = (
        Limit("size", "require", interval=(10.0, 20.0)),
        Limit("colour", "require", ("Red", "BLUE")),
    )
    colours = {"$or": [{"colour": {"$contains": "blue"}}, {"colour": {"$contains": "red"}}]}
    sizes = [{"size": {"$gte": 10.0}}, {"size": {"$lte": 20.0}}]
    assert where_of(Constraints(both), SCHEMA) == {"$and": [*sizes, colours]}
    assert where_of(Constraints(exclude=frozenset({"thing-1"})), SCHEMA) is None


def test_a_store_that_breaks_goes_on_exactly(things: Catalogue, tmp_path: Path, caplog) -> None:
    ChromaStore.write(tmp_path, things, circle(COUNT))
    store = ChromaStore.open(tmp_path, things, ExactStore(circle(COUNT)))
    store._close()  # what its files are gone looks like from inside
    assert store.search(circle(COUNT)[30], 1)[0].tolist() == [30]
    assert not store.healthy
    assert "exact search goes on" in caplog.text


@pytest.mark.parametrize("damage", ["missing", "garbage", "short"])
def test_opening_a_damaged_collection_says_so(
    things: Catalogue, tmp_path: Path, damage: str
) -> None:
    if damage != "missing":
        ChromaStore.write(tmp_path, things, circle(COUNT))
    if damage == "garbage":
        (tmp_path / "chroma.sqlite3").write_bytes(b"not a database" * 1000)
    fewer = Catalogue("things", things.items[:-1], SCHEMA) if damage == "short" else things
    with pytest.raises(OSError):
        ChromaStore.open(tmp_path, fewer, ExactStore(circle(len(fewer))))


def test_best_skips_what_is_unknown() -> None:
    rows, scores = best(np.array([np.nan, 1, np.nan, 2], dtype=np.float32), 3)
    assert rows.tolist() == [3, 1] and scores.tolist() == [2, 1]
