"""Adapters of request vectors, on designed vectors: every request is answered by a turned one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retrieval.catalogue import Catalogue
from retrieval.conversation.memory import Case
from retrieval.conversation.talk import Turn
from retrieval.documents import document
from retrieval.embeddings import HashEmbedder, Remembering, Vectors, normalised
from retrieval.lexical import Lexical
from retrieval.query import Query, Wish
from retrieval.recommender import Recommender
from retrieval.rerank import Weights
from retrieval.stores import ExactStore
from retrieval.textadapter import TextAdapter
from retrieval.textfit import FEWEST, Pairs, Plan, _epochs, learn, pairs_of, places

SIZE, ITEMS = 24, 90
NAME = "designed"


def drawn(count: int, seed: int) -> Vectors:
    return normalised(np.random.default_rng(seed).standard_normal((count, SIZE)).astype(np.float32))


def adapter(seed: int = 0, rank: int = 3) -> TextAdapter:
    rng = np.random.default_rng(seed)
    own, down, up = (
        rng.standard_normal(shape).astype(np.float32)
        for shape in ((SIZE,), (SIZE, rank), (rank, SIZE))
    )
    return TextAdapter(NAME, own, down, up)


def pairs(items: Vectors, count: int = 600, *, telling: bool = True) -> Pairs:
    """Requests answered by the item nearest to the request with its first half turned round."""
    said = drawn(count, 3)
    turned = said * np.where(np.arange(SIZE) < SIZE // 2, -1, 1).astype(np.float32)
    chosen = (turned @ items.T).argmax(axis=1)
    if not telling:
        chosen = np.random.default_rng(9).integers(0, len(items), count)
    passed = [np.zeros(0, dtype=np.int64)] * count
    return Pairs(said, chosen.astype(np.int64), np.arange(count) // 3, passed)


def test_the_diagonal_alone_is_a_weighted_cosine() -> None:
    weights = np.linspace(-0.5, 1, SIZE).astype(np.float32)
    none = np.zeros((SIZE, 0), dtype=np.float32)
    said, shown = drawn(1, 1)[0], drawn(5, 2)
    turned = TextAdapter(NAME, weights, none, none.T).turned(said)
    asked = shown @ said + (shown * said) @ weights
    assert np.argsort(shown @ turned).tolist() == np.argsort(asked).tolist()
    assert np.allclose(shown @ turned * np.linalg.norm(said + said * weights), asked, atol=1e-5)


def test_vectors_stay_of_unit_length_and_silence_stays_silence() -> None:
    said = drawn(4, 1)
    said[2] = 0
    turned = adapter().turned(said)
    assert np.linalg.norm(turned, axis=1) == pytest.approx([1, 1, 0, 1], abs=1e-5)
    assert turned.dtype == np.float32
    assert np.allclose(adapter().turned(said[0]), turned[0], atol=1e-6)
    assert adapter().turned(said[0]).shape == (SIZE,)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    adapter().save(tmp_path / "a.npz")
    again = TextAdapter.load(tmp_path / "a.npz")
    assert (again.embedder, again.rank) == (NAME, 3)
    assert np.allclose(again.turned(drawn(3, 1)), adapter().turned(drawn(3, 1)), atol=2e-3)


def test_words_in_a_script_it_has_not_learned_from_are_left_alone(tmp_path: Path) -> None:
    chinese = replace(adapter(), chinese=True)
    chinese.save(tmp_path / "zh.npz")
    assert TextAdapter.load(tmp_path / "zh.npz").reads("轻松的喜剧")
    adapter().save(tmp_path / "en.npz")
    english = TextAdapter.load(tmp_path / "en.npz")
    assert english.reads("a café, light") and not english.reads("Comedy, 轻松")


@pytest.mark.parametrize("fault", ["shape", "lacking", "infinite", "format"])
def test_a_file_that_does_not_fit_is_refused(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "a.npz"
    adapter().save(path)
    arrays = dict(np.load(path))
    if fault == "shape":
        arrays["up"] = arrays["up"][:, 1:]
    elif fault == "lacking":
        del arrays["down"]
    elif fault == "infinite":
        arrays["diagonal"][3] = np.inf
    else:
        arrays["format"] = np.array(99)
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=r"a\.npz"):
        TextAdapter.load(path)


@pytest.mark.parametrize(
    "plan", [Plan(diagonal=True, rank=0, rate=2e-2), Plan(rank=16, rate=2e-2)], ids=["own", "low"]
)
def test_what_was_chosen_after_such_words_is_found(plan: Plan) -> None:
    items = drawn(ITEMS, 0)
    found = learn(pairs(items), items, NAME, np.random.default_rng(1), plan)
    assert found.better and found.gain.low > 0
    assert found.after > found.before + 0.3
    assert found.held == 120
    fresh = pairs(items, 700)
    asked = fresh.of(np.arange(600, 700))
    turned = places(found.adapter.turned(asked.vectors), asked, items)
    assert (turned < 10).mean() > (places(asked.vectors, asked, items) < 10).mean() + 0.3
    assert bool(found.adapter.diagonal.any()) == plan.diagonal


def test_luck_is_not_taken_for_gain() -> None:
    items = drawn(ITEMS, 0)
    found = learn(pairs(items, telling=False), items, NAME, np.random.default_rng(1))
    assert not found.better


def test_the_same_chance_gives_the_same_adapter() -> None:
    items = drawn(ITEMS, 0)
    one, two = (learn(pairs(items), items, NAME, np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(one.adapter.up, two.adapter.up) and one.adapter.up.any()


def test_too_few_pairs_teach_nothing() -> None:
    items = drawn(ITEMS, 0)
    few = pairs(items).of(np.arange(FEWEST - 1))
    with pytest.raises(ValueError, match="too few"):
        learn(few, items, NAME, np.random.default_rng(1))


def test_places_leave_out_what_was_named_before_and_ties_count_against() -> None:
    items = np.eye(4, dtype=np.float32)
    said = np.array([[0.9, 0.4, 0.1, 0.1], [0, 0, 0, 0]], dtype=np.float32)
    none = np.zeros(0, dtype=np.int64)
    both = Pairs(said, np.array([1, 1]), np.array([0, 1]), [none, none])
    assert places(said, both, items).tolist() == [1, 3]
    passed = Pairs(said, np.array([1, 1]), np.array([0, 1]), [np.array([0]), np.array([0, 2])])
    assert places(said, passed, items).tolist() == [0, 1]


def test_what_was_named_before_is_no_wrong_answer() -> None:
    items = np.eye(2, dtype=np.float32)
    said = np.tile(items[0], (30, 1))
    talks, chosen = np.arange(30), np.ones(30, dtype=np.int64)
    plan = Plan(diagonal=True, rank=1, epochs=1, decay=0)

    def learned(passed: list[int]) -> TextAdapter:
        lines = [np.array(passed, dtype=np.int64)] * 30
        return next(_epochs(Pairs(said, chosen, talks, lines), items, NAME, plan, 1))

    assert learned([]).up.any() and learned([]).diagonal.any()
    assert not learned([0]).up.any() and not learned([0]).diagonal.any()


def test_pairs_are_what_was_said_last_and_what_the_user_said() -> None:
    turns = (Turn(True, "a"), Turn(False, "b"))
    cases = [Case(7, turns, (4, 5), (2,), True)]
    said = np.zeros((1, 3, SIZE), dtype=np.float32)
    said[0, 0, 0], said[0, 1, 1], said[0, 2, 2] = 1, 1, 1
    found = pairs_of(cases, said)
    assert found.chosen.tolist() == [4, 4, 5, 5] and found.talks.tolist() == [7] * 4
    assert found.vectors.argmax(axis=1).tolist() == [0, 2, 0, 2]
    assert [p.tolist() for p in found.passed] == [[2, 5], [2, 5], [2, 4], [2, 4]]
    said[0, 2] = 0  # the user has said nothing yet
    assert pairs_of(cases, said).chosen.tolist() == [4, 5]
    assert len(pairs_of([], said[:0])) == 0


class Backwards:
    """Turns every request round."""

    embedder = "hash"

    def reads(self, text: str) -> bool:
        return "星" not in text

    def turned(self, vectors: Vectors) -> Vectors:
        return -vectors


def ranked(catalogue: Catalogue, embedder: HashEmbedder, query: Query, **more: object) -> list[str]:
    texts = [document(item, catalogue.schema) for item in catalogue.items]
    store = ExactStore(embedder.embed(texts))
    recommender = Recommender(catalogue, embedder, store, Lexical.build(catalogue), **more)  # type: ignore[arg-type]
    return [c.item_id for c in recommender.rank(query).candidates]


def test_a_request_is_turned_and_a_description_is_not(
    catalogue: Catalogue, embedder: HashEmbedder
) -> None:
    asked = Query("alien hunter", surprise=0, k=8)
    plain = ranked(catalogue, embedder, asked)
    assert ranked(catalogue, embedder, asked, text_map=Backwards()) != plain
    asked = Query("alien 星", surprise=0, k=8)
    plain = ranked(catalogue, embedder, asked)
    assert ranked(catalogue, embedder, asked, text_map=Backwards()) == plain
    words = "a crew far from home meets a hunter"
    described = Query(words, (Wish("term", words, source=words),), surprise=0, k=8)
    plain = ranked(catalogue, embedder, described)
    assert ranked(catalogue, embedder, described, text_map=Backwards()) == plain


def test_nothing_is_embedded_twice() -> None:
    class Counting(HashEmbedder):
        seen: list[str] = []  # noqa: RUF012

        def embed(self, texts):  # type: ignore[no-untyped-def]
            self.seen.extend(texts)
            return super().embed(texts)

    inner = Counting(16)
    remembering = Remembering(inner)
    first = remembering.embed(["a film", "a book", "a film"])
    again = remembering.embed(["a book", "a song"])
    assert inner.seen == ["a film", "a book", "a song"]
    assert np.array_equal(again[0], first[1])
    assert np.array_equal(again, HashEmbedder(16).embed(["a book", "a song"]))
    assert (remembering.name, remembering.dimensions) == (inner.name, 16)
    assert remembering.embed([]).shape == (0, 16)


def test_a_turned_request_has_a_weight_of_its_own(
    catalogue: Catalogue, embedder: HashEmbedder
) -> None:
    class Same(Backwards):
        def turned(self, vectors: Vectors) -> Vectors:
            return vectors.copy()

    texts = [document(item, catalogue.schema) for item in catalogue.items]
    store = ExactStore(embedder.embed(texts))
    weights = Weights(text=0.25, turned=2.0)
    told = []
    for text_map in (None, Same()):
        recommender = Recommender(catalogue, embedder, store, weights=weights, text_map=text_map)
        ranking = recommender.rank(Query("alien hunter", surprise=0, k=8))
        told.append({c.item_id: c.signals for c in ranking.candidates})
    for item, signals in told[0].items():
        assert told[1][item]["turned"] == pytest.approx(signals["text"], abs=1e-3)
        assert "text" not in told[1][item] and "turned" not in signals
    assert any(signals["text"] for signals in told[0].values())
