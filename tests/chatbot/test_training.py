"""Training on designed data: two groups of people who like two groups of items."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chatbot.errors import InputError
from chatbot.likes import gathered
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore, Interaction
from chatbot.storage.database import Database
from chatbot.storage.sessions import Feedback
from chatbot.training import MODEL, load_weights, train, trained_path
from retrieval.collaborative import ItemWeights
from retrieval.items import Item
from retrieval.schema import Schema


def quiet(what: str, done: int, total: int) -> None:
    pass


@pytest.fixture
def store(tmp_path: Path) -> CatalogueStore:
    store = CatalogueStore(Database.open(tmp_path / "s.db"))
    store.save("c", Schema({}), [Item(f"i{n}", f"Item {n}") for n in range(9)])
    return store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.read({}, data_dir=tmp_path)


def checkerboard() -> list[Interaction]:
    """Even people like even items, odd people odd ones; item 8 is known to nobody."""
    rng = np.random.default_rng(5)
    return [
        Interaction(f"u{user}", f"i{item}", 5.0 if (user + item) % 2 == 0 else 1.0)
        for user in range(40)
        for item in range(8)
        if rng.random() < 0.8
    ]


def test_people_of_one_group_get_items_of_their_group(
    store: CatalogueStore, settings: Settings
) -> None:
    store.add_interactions("c", checkerboard())
    found = train(settings, store, "c", (), quiet)
    assert found.people == 40
    assert found.reasons > 0
    catalogue = store.load("c")
    weights, quality = load_weights(settings, "c", catalogue)
    assert weights is not None
    assert quality is not None
    scores = weights.scores(np.array([0], dtype=np.int32), np.ones(1, dtype=np.float32))
    even, odd = scores[[2, 4, 6]], scores[[1, 3, 5, 7]]
    assert np.nanmin(even) > np.nanmax(np.nan_to_num(odd, nan=-1))
    assert np.isnan(scores[8])
    because = weights.because(2, np.array([0], dtype=np.int32))
    assert because is not None
    assert because.source == "interactions"


def test_feedback_and_dialogues_are_learned_from(store: CatalogueStore, settings: Settings) -> None:
    store.add_dialogues(
        "c", [{"id": str(n), "liked": ["i0", "i1"], "disliked": ["i2"]} for n in range(8)]
    )
    given = [
        Feedback(f"f{n}{item}", f"s{n}", "c", 1, item, "love")
        for n in range(8)
        for item in ("i0", "i3")
    ]
    train(settings, store, "c", given, quiet, model="weights")
    weights, _ = load_weights(settings, "c", store.load("c"))
    assert weights is not None
    scores = weights.scores(np.array([0], dtype=np.int32), np.ones(1, dtype=np.float32))
    assert scores[1] > 0
    assert scores[3] > 0
    assert not scores[2] > 0


def test_nothing_to_learn_from_is_said(store: CatalogueStore, settings: Settings) -> None:
    with pytest.raises(InputError, match="nothing to learn"):
        train(settings, store, "c", (), quiet)
    assert load_weights(settings, "c", store.load("c")) == (None, None)


def test_a_damaged_file_is_put_aside(store: CatalogueStore, settings: Settings) -> None:
    store.add_interactions("c", checkerboard())
    train(settings, store, "c", (), quiet)
    path = trained_path(settings, "c")
    path.write_bytes(path.read_bytes()[:100])
    assert load_weights(settings, "c", store.load("c")) == (None, None)
    assert not path.exists()


@pytest.mark.parametrize("model", ["als", "blend", "sequence", "people", "lightgcn"])
def test_the_model_that_was_asked_for_is_served(
    store: CatalogueStore, settings: Settings, model: str
) -> None:
    from retrieval.models.served import Served

    store.add_interactions("c", checkerboard())
    assert train(settings, store, "c", (), quiet, model=model).model == model
    catalogue = store.load("c")
    served, _ = load_weights(settings, "c", catalogue)
    assert isinstance(served, Served)
    likes = [one for one in checkerboard() if one.rating > 3]
    counted = [sum(one.item == f"i{n}" for one in likes) for n in range(9)]
    assert served.support().tolist() == counted
    history = np.array([0, 2], dtype=np.int32)
    scores = served.scores(history, np.ones(2, dtype=np.float32))
    assert np.nanmin(scores[[4, 6]]) > np.nanmax(scores[[1, 3, 5, 7]])
    assert np.isnan(scores[8])
    because = served.because(4, history)
    assert because is not None and because.people > 0

    train(settings, store, "c", (), quiet, model="weights")
    served, _ = load_weights(settings, "c", catalogue)
    assert isinstance(served, ItemWeights)


def test_a_damaged_model_leaves_the_weights(store: CatalogueStore, settings: Settings) -> None:
    store.add_interactions("c", checkerboard())
    train(settings, store, "c", (), quiet, model="als")
    trained_path(settings, "c").with_name(MODEL).write_bytes(b"PK nonsense")
    served, _ = load_weights(settings, "c", store.load("c"))
    assert isinstance(served, ItemWeights)


def test_an_unknown_model_is_refused(store: CatalogueStore, settings: Settings) -> None:
    with pytest.raises(InputError, match="there is no model"):
        train(settings, store, "c", (), quiet, model="oracle")


def test_what_was_liked_keeps_its_order(store: CatalogueStore) -> None:
    interactions = [
        Interaction("u", "i3", 5.0, 30.0),
        Interaction("u", "i1", 5.0, 10.0),
        Interaction("u", "i5", 1.0, 20.0),
    ]
    given = [Feedback("f", "s", "c", 2, "i1", "love"), Feedback("g", "s", "c", 1, "i5", "like")]
    talk = {"id": "t", "liked": ["i5", "i3"], "disliked": ["i1"]}
    said = gathered(interactions, [talk], given, store.load("c"))
    assert said is not None and said.people == 1 and said.talks == 2
    rows = [[said.rows[c] for c in row] for row in said.likes.sequences()]
    assert rows == [[1, 3], [5, 3], [5, 1]]
