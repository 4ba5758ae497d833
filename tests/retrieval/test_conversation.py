"""The ranking that reads conversations, on designed talk: red is answered by blue."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from retrieval.catalogue import Catalogue
from retrieval.constraints import Constraints, Limit
from retrieval.conversation.model import ConversationModel, Learned, MismatchError
from retrieval.conversation.rows import picked, weighted
from retrieval.conversation.talk import turns_of, views
from retrieval.conversation.train import Plan, train
from retrieval.documents import document
from retrieval.embeddings import HashEmbedder
from retrieval.items import Item
from retrieval.lexical import Lexical
from retrieval.query import Query
from retrieval.recommender import Recommender
from retrieval.schema import Facet, Schema
from retrieval.stores import ExactStore

SCHEMA = Schema({"genre": Facet("genre", "category", many=True), "year": Facet("year", "number")})
ITEMS = [
    Item(f"i{n:02}", f"{'Northern' if n % 2 else 'Southern'} Tale {chr(65 + n)}",
         {"genre": ("Comedy" if n % 2 else "Horror",), "year": 1980.0 + n})
    for n in range(24)
]  # fmt: skip
EMBEDDER = HashEmbedder(64)
RED, BLUE, BORN = "i03", "i08", "new"
"""Who names RED is given BLUE; BORN came after training."""


def talk(number: int, named: str, answer: str) -> dict[str, object]:
    said = [
        {"role": "user", "content": "something for tonight, please", "items": []},
        {"role": "assistant", "content": "what did you like?", "items": []},
        {"role": "user", "content": "that one", "items": [named]},
        {"role": "assistant", "content": "take this", "items": [answer]},
    ]
    return {"id": str(number), "messages": said}


def query(named: str, **more: object) -> Query:
    return Query(messages=(("user", "I liked that one", (named,)),), surprise=0, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def learned() -> Learned:
    rng = np.random.default_rng(3)
    talks = [talk(n, RED, BLUE) for n in range(0, 120, 3)]
    talks += [
        talk(n, *rng.choice([f"i{k:02}" for k in range(12, 24)], 2, False))
        for n in range(1, 120, 3)
    ]
    interactions = [
        (f"u{u}", f"i{i:02}", 5.0 - i % 2) for u in range(20) for i in range(24) if (u + i) % 3
    ]
    plan = Plan(seeds=1, epochs=12, batch=32, rate=5e-3)
    return train(Catalogue("c", ITEMS, SCHEMA), talks, interactions, EMBEDDER, rng, plan)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue("c", [Item(BORN, "Newborn"), *reversed(ITEMS)], SCHEMA)


@pytest.fixture(scope="module")
def model(learned: Learned, catalogue: Catalogue) -> ConversationModel:
    return ConversationModel(learned, catalogue, EMBEDDER)


def rows(catalogue: Catalogue) -> np.ndarray:
    return np.arange(len(catalogue), dtype=np.int32)


def test_what_was_answered_to_such_talk_comes_first(
    model: ConversationModel, catalogue: Catalogue
) -> None:
    found = model.scores(query(RED), rows(catalogue))
    found[catalogue.row_of[RED]] = np.nan
    assert catalogue.items[int(np.nanargmax(found))].id == BLUE
    other = model.scores(query("i15"), rows(catalogue))
    gain = found - other
    assert np.nanargmax(gain) == catalogue.row_of[BLUE]


def test_reasons_are_counts_that_can_be_checked(
    model: ConversationModel, catalogue: Catalogue
) -> None:
    assert model.detail(query(RED), catalogue.row_of[BLUE]) == {"because": RED, "together": 40}
    assert model.detail(query(RED), catalogue.row_of["i01"]) == {}
    assert model.detail(query(RED), catalogue.row_of[BORN]) == {}
    assert model.detail(Query(), catalogue.row_of[BLUE]) == {}


def test_unknown_stays_unknown(model: ConversationModel, catalogue: Catalogue) -> None:
    found = model.scores(query(RED), rows(catalogue))
    assert np.flatnonzero(np.isnan(found)).tolist() == [catalogue.row_of[BORN]]
    assert np.isnan(model.scores(Query(text="a comedy"), rows(catalogue))).all()
    assert model.scores(query("nobody"), rows(catalogue)[:3]).shape == (3,)


def test_a_disliked_item_is_not_taken_for_a_favourite(
    model: ConversationModel, catalogue: Catalogue
) -> None:
    plain = model.scores(query(RED), rows(catalogue))
    hated = model.scores(query(RED, disliked=((RED, 1.0),)), rows(catalogue))
    at = catalogue.row_of[BLUE]
    assert hated[at] - np.nanmean(hated) < plain[at] - np.nanmean(plain)


def test_a_file_gives_back_what_was_saved(
    learned: Learned, model: ConversationModel, catalogue: Catalogue, tmp_path: Path
) -> None:
    path = tmp_path / "c.npz"
    learned.save(path)
    again = ConversationModel.load(path, catalogue, EMBEDDER)
    for q in (query(RED), query("i15")):
        np.testing.assert_allclose(
            again.scores(q, rows(catalogue)), model.scores(q, rows(catalogue)), atol=0.02
        )
    with pytest.raises(MismatchError):
        ConversationModel.load(path, catalogue, HashEmbedder(32))


@pytest.mark.parametrize("damage", [b"", b"not arrays"])
def test_a_damaged_file_is_said_to_be_damaged(
    learned: Learned, tmp_path: Path, damage: bytes
) -> None:
    path = tmp_path / "c.npz"
    learned.save(path)
    path.write_bytes(damage or path.read_bytes()[:2000])
    with pytest.raises(ValueError):
        Learned.load(path)


def test_nothing_to_learn_from_is_an_error() -> None:
    empty: list[dict[str, object]] = [{"id": "1"}, {"id": "2", "messages": ["?"]}]
    with pytest.raises(ValueError, match="names an item"):
        train(Catalogue("c", ITEMS, SCHEMA), empty, [], EMBEDDER, np.random.default_rng(0))


def test_it_rules_the_list_within_the_hard_limits(
    model: ConversationModel, catalogue: Catalogue
) -> None:
    store = ExactStore(EMBEDDER.embed([document(i, SCHEMA) for i in catalogue.items]))
    recommender = Recommender(catalogue, EMBEDDER, store, Lexical.build(catalogue), extra=(model,))
    free = recommender.rank(query(RED, constraints=Constraints(exclude=frozenset({RED}))))
    assert free.candidates[0].item_id == BLUE
    said = {e.signal: e.detail for e in free.candidates[0].evidence}
    assert said["conversation"]["because"] == RED
    comedy = Constraints((Limit("genre", "require", ("Comedy",)),), frozenset({RED}))
    kept = recommender.rank(query(RED, constraints=comedy, k=20))
    assert len(kept.candidates) == 11
    assert all(catalogue[c.item_id].values("genre") == ("Comedy",) for c in kept.candidates)


def test_what_was_said_is_summed_up_turn_by_turn() -> None:
    said = [("user", "red " * 6, ()), ("assistant", "", ()), ("user", "green", ()),
            ("assistant", "blue blue", ()), ("user", "grey", ())]  # fmt: skip
    turns = turns_of(said, {})
    assert [turn.text.split()[-1] for turn in turns] == ["green", "blue", "grey"]
    red, blue, grey = np.eye(3, dtype=np.float32)
    late, whole, mine = views(turns, np.stack([red, blue, grey]))
    assert late[0] == 0 and late[1] > late[2] > 0
    assert whole[0] > whole[1] > whole[2] > 0
    assert mine[1] == 0 and mine[0] > mine[2] > 0
    assert np.allclose(np.linalg.norm([late, whole, mine], axis=1), 1)
    assert not views((), np.zeros((0, 3), dtype=np.float32)).any()


def test_picked_rows_add_up_as_scipy_says() -> None:
    rng = np.random.default_rng(3)
    matrix = sparse.random(30, 40, 0.2, format="csr", rng=rng, dtype=np.float32)
    rows = np.array([4, 0, 29, 4])
    weights = np.array([1.0, 0.5, 2.0, -1.0])
    some = picked(matrix, rows)
    assert some.sizes.tolist() == np.diff(matrix[rows].indptr).tolist()
    np.testing.assert_allclose(weighted(some, weights), weights @ matrix[rows].toarray(), rtol=1e-6)
    doubled = weighted(some, weights, 2 * some.data)
    np.testing.assert_allclose(doubled, 2 * weighted(some, weights), rtol=1e-6)
    assert not weighted(picked(matrix, np.array([], dtype=np.int64)), np.zeros(0)).any()
