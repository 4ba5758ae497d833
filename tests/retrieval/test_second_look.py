"""The second look at the best of a conversation: trees, and what they are shown."""

from __future__ import annotations

import sys
from pathlib import Path

import lightgbm
import numpy as np
import pytest
from scipy import sparse

from retrieval.arrays import read, write
from retrieval.catalogue import Catalogue
from retrieval.conversation.closer import CLOSER, MANY, SCALE, Best, best, compared, moved
from retrieval.conversation.facts import Facts
from retrieval.conversation.features import NAMES
from retrieval.conversation.memory import Memory
from retrieval.conversation.model import ConversationModel, Learned
from retrieval.conversation.talk import Asked
from retrieval.conversation.train import Plan, train
from retrieval.conversation.trees import Trees, grow, grown
from retrieval.embeddings import HashEmbedder
from retrieval.items import Item
from retrieval.query import Query
from retrieval.schema import Facet, Schema

SCHEMA = Schema(
    {
        "genre": Facet("genre", "category", many=True),
        "director": Facet("director", "category", role="person"),
        "year": Facet("year", "number"),
    }
)
ITEMS = [
    Item(
        f"i{n:02}",
        f"{'Northern' if n % 2 else 'Southern'} Tale {chr(65 + n)}",
        {
            "genre": ("Comedy" if n % 2 else "Horror",),
            "director": (f"Ann Lee{n // 4}",),
            "year": 1980.0 + n,
        },
    )
    for n in range(24)
]
CATALOGUE = Catalogue("c", ITEMS, SCHEMA)
EMBEDDER = HashEmbedder(32)


def lists(rng: np.random.Generator, columns: int = 6) -> tuple[np.ndarray, np.ndarray]:
    table = np.round(rng.normal(size=(3000, columns)), 1).astype(np.float32)
    return table, table[:, 0] * table[:, 1] + 0.3 * rng.normal(size=3000) > 1


def test_trees_say_what_the_library_says_on_the_edges_too() -> None:
    rng = np.random.default_rng(1)
    table, right = lists(rng)
    how = {"objective": "lambdarank", "num_leaves": 15, "verbose": -1, "num_threads": 1}
    data = lightgbm.Dataset(table, right.astype(int), group=[100] * 30)
    model = lightgbm.train(how, data, 30)
    trees = grown([tree["tree_structure"] for tree in model.dump_model()["tree_info"]])
    assert trees.first.size == 30
    np.testing.assert_allclose(trees.scores(table), model.predict(table), atol=1e-4)


def test_an_edge_that_single_precision_cannot_hold_stays_below_its_neighbour() -> None:
    low = np.float32(1.0)
    high = np.nextafter(low, np.float32(2))
    middle = (float(low) + float(high)) / 2 + 1e-9
    leaf = [{"leaf_value": -1.0}, {"leaf_value": 1.0}]
    split = {"split_feature": 0, "threshold": middle, "left_child": leaf[0], "right_child": leaf[1]}
    assert grown([split]).scores(np.array([[low], [high]])).tolist() == [-1, 1]


def test_grown_trees_put_what_was_right_first() -> None:
    rng = np.random.default_rng(2)
    table, right = lists(rng)
    trees = grow(table, right, [100] * 30, seed=1, rounds=40)
    scores = trees.scores(table)
    top = np.argsort(-scores.reshape(30, 100), axis=1)[:, :3]
    assert np.take_along_axis(right.reshape(30, 100), top, 1).mean() > 0.8


def test_stumps_and_no_trees_say_nothing() -> None:
    assert grown([{"leaf_value": 3.0}]).first.size == 0
    assert Trees.none().scores(np.ones((4, 2), dtype=np.float32)).tolist() == [0, 0, 0, 0]


def test_without_the_library_there_are_no_trees(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    table, right = lists(np.random.default_rng(2))
    assert grow(table, right, [100] * 30, seed=1, rounds=5).first.size == 0
    assert "not looked at twice" in caplog.text


def test_the_best_are_in_order_and_their_chances_add_up() -> None:
    logits = np.array([1, 5, 3, 4], dtype=np.float32)
    found = best(logits, np.array([1]))
    assert found.places.tolist() == [3, 2, 0]
    assert np.exp(found.chances).sum() == pytest.approx(1)
    twice = best(logits, np.array([1]), np.array([1, 1, 1, 2], dtype=np.float32))
    assert np.exp(twice.chances).sum() < 1
    assert best(np.zeros(MANY + 9, dtype=np.float32), np.array([], dtype=int)).places.size == MANY
    assert best(logits, np.arange(4)).places.size == 0


def memory() -> Memory:
    """Item 2 was named with item 0 in four conversations, item 3 with item 2 in two."""
    n = len(ITEMS)
    pairs = sparse.lil_matrix((n, n), dtype=np.float32)
    for a, b, times in ((0, 2, 4), (2, 3, 2)):
        pairs[a, b] = pairs[b, a] = times
    counts = np.full(n, 5, dtype=np.float32)
    given = np.arange(n, dtype=np.float32)
    nothing = sparse.csr_matrix((n, n), dtype=np.float32)
    requests = np.zeros((0, 2, EMBEDDER.dimensions), dtype=np.float16)
    answers = sparse.csr_matrix((0, n), dtype=np.float32)
    return Memory(nothing, pairs.tocsr(), counts, given, 9, requests, answers)


def ask(named: list[int], mine: list[float], ages: list[float]) -> Asked:
    return Asked(
        "", "", np.zeros((3, EMBEDDER.dimensions), dtype=np.float32), np.array(named, dtype=int),
        np.array(ages, dtype=np.float32), np.array(mine, dtype=np.float32),
        np.array([0.5, 0.4, 1, 0, 0], dtype=np.float32),
    )  # fmt: skip


def shown(asked: Asked) -> dict[str, np.ndarray]:
    facts = Facts(ITEMS, SCHEMA, EMBEDDER.embed([item.title for item in ITEMS]))
    places = np.array([2, 3, 5, 9])
    found = Best(places, np.log(np.array([0.4, 0.3, 0.2, 0.1], dtype=np.float32)))
    table = np.ones((4, len(NAMES)), dtype=np.float32)
    rated = np.tile(np.arange(24, dtype=np.float32)[:, None], 2)
    out = compared(asked, found, table, facts, memory(), rated)
    assert out.shape == (4, len(CLOSER)) and np.isfinite(out).all()
    return dict(zip(CLOSER, out.T, strict=True))


def test_who_named_it_and_when_counts() -> None:
    mine, theirs = shown(ask([0], [1], [1])), shown(ask([0], [0], [1]))
    assert mine["together_user"][0] > 0 == mine["together_assistant"][0]
    assert theirs["together_assistant"][0] > 0 == theirs["together_user"][0]
    old, new = shown(ask([0, 9], [1, 1], [6, 0])), shown(ask([0, 9], [1, 1], [0, 0]))
    assert 0 < old["together_late"][0] < new["together_late"][0]


def test_the_last_named_is_compared_by_itself_and_steps_go_on() -> None:
    found = shown(ask([9, 0], [1, 1], [2, 0]))
    assert found["lift_last"].tolist()[1:] == [0, 0, 0] and found["lift_last"][0] > 0
    assert found["people_last"].tolist() == [np.log1p(np.float32(1))] * 2 + [0, 0]
    assert found["walk"][1] > 0 == found["walk"][2]
    assert found["kind_last_named"][0] > found["kind_last_named"][2]
    assert found["recommended"].tolist() == np.log1p([2, 3, 5, 9]).astype(np.float32).tolist()
    assert (
        found["rating"].tolist() == [2, 3, 5, 9] and found["many"].tolist() == [np.float32(0.4)] * 4
    )


def test_nothing_named_leaves_what_is_about_it_empty() -> None:
    found = shown(ask([], [], []))
    assert not any(found[name].any() for name in CLOSER[2 + len(NAMES) : 12 + len(NAMES)])
    assert found["year"].any() and found["chance"].any()


def test_trees_move_the_best_and_leave_the_rest_level() -> None:
    split = {
        "split_feature": 0, "threshold": 0.5,
        "left_child": {"leaf_value": -1.0}, "right_child": {"leaf_value": 2.0},
    }  # fmt: skip
    logits = np.arange(80, dtype=np.float32)[::-1].copy()
    found = best(logits, np.array([0]))
    table = np.zeros((found.places.size, len(CLOSER)), dtype=np.float32)
    table[2, 0] = 1
    after = moved(logits, found, table, grown([split]))
    gain = after / SCALE - logits
    assert gain[found.places[2]] == pytest.approx(6)
    assert np.delete(gain, found.places[2]) == pytest.approx(0)
    assert moved(logits, found, table, Trees.none()) == pytest.approx(logits * SCALE)


@pytest.fixture(scope="module")
def learned() -> Learned:
    """Eighty talks: who names i03 is given i08, who names another is given any."""
    rng = np.random.default_rng(3)
    talks = []
    for n in range(80):
        named, answer = (
            ("i03", "i08") if n % 2 else rng.choice([f"i{k:02}" for k in range(12, 24)], 2, False)
        )
        said = [
            ("user", "hello", ()),
            ("user", "that one", (named,)),
            ("assistant", "this", (answer,)),
        ]
        messages = [{"role": r, "content": c, "items": list(i)} for r, c, i in said]
        talks.append({"id": str(n), "messages": messages})
    rated = [(f"u{u}", f"i{i:02}", 5.0 - i % 2) for u in range(9) for i in range(24) if (u + i) % 3]
    plan = Plan(seeds=1, epochs=4, batch=32, rate=5e-3, fewest=50, trees=20)
    return train(CATALOGUE, talks, rated, EMBEDDER, np.random.default_rng(5), plan)


def test_training_grows_trees_that_a_file_keeps(learned: Learned, tmp_path: Path) -> None:
    assert learned.trees.first.size > 0
    path = tmp_path / "c.npz"
    learned.save(path)
    again = Learned.load(path)
    table = np.random.default_rng(1).normal(size=(9, len(CLOSER))).astype(np.float32)
    assert again.trees.scores(table).tolist() == learned.trees.scores(table).tolist()
    assert again.memory.given.tolist() == learned.memory.given.tolist()
    assert again.memory.given[8] == 40 and again.memory.given[3] == 0
    assert again.rated.tolist() == learned.rated.tolist()
    model = ConversationModel(again, CATALOGUE, EMBEDDER)
    rows = np.arange(24, dtype=np.int32)
    scores = model.scores(Query(messages=(("user", "that one", ("i03",)),)), rows)
    scores[3] = -np.inf
    assert int(scores.argmax()) == 8


def test_a_file_of_an_earlier_version_is_refused(learned: Learned, tmp_path: Path) -> None:
    path = tmp_path / "c.npz"
    learned.save(path)
    write(path, {**read(path), "format": np.array(2)})
    with pytest.raises(ValueError, match="format"):
        Learned.load(path)
