"""The ranking that reads conversations, in the product: learned, loaded, put aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.conversation import (
    FEWEST,
    conversation_path,
    learn_conversation,
    load_conversation,
)
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from chatbot.training import train
from retrieval.conversation import train as training
from retrieval.embeddings import HashEmbedder
from retrieval.items import Item
from retrieval.schema import Schema


def quiet(what: str, done: int, total: int) -> None:
    pass


def talk(number: int) -> dict[str, object]:
    return {
        "id": str(number),
        "messages": [
            {"role": "user", "content": "hello", "items": []},
            {"role": "assistant", "content": "take this", "items": [f"i{number % 9}"]},
        ],
    }


@pytest.fixture
def store(tmp_path: Path) -> CatalogueStore:
    store = CatalogueStore(Database.open(tmp_path / "s.db"))
    store.save("c", Schema({}), [Item(f"i{n}", f"Item {n}") for n in range(9)])
    return store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.read({}, data_dir=tmp_path)


def test_few_conversations_teach_nothing(store: CatalogueStore, settings: Settings) -> None:
    store.add_dialogues("c", [talk(n) for n in range(FEWEST - 1)])
    assert learn_conversation(settings, store, "c", HashEmbedder(8), quiet) == 0
    assert load_conversation(settings, "c", store.load("c"), HashEmbedder(8)) is None


def test_it_is_learned_loaded_and_put_aside_when_damaged(
    store: CatalogueStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training.Plan, "__init__", _brief(training.Plan.__init__))
    store.add_dialogues("c", [talk(n) for n in range(FEWEST)])
    assert learn_conversation(settings, store, "c", HashEmbedder(8), quiet) == FEWEST
    path = conversation_path(settings, "c")
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    catalogue = store.load("c")
    assert load_conversation(settings, "c", catalogue, HashEmbedder(8)) is not None
    assert load_conversation(settings, "c", catalogue, HashEmbedder(16)) is None
    assert path.is_file()
    path.write_bytes(path.read_bytes()[:500])
    assert load_conversation(settings, "c", catalogue, HashEmbedder(8)) is None
    assert not path.exists()


def test_conversations_alone_are_enough_to_train(
    store: CatalogueStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training.Plan, "__init__", _brief(training.Plan.__init__))
    told: set[str] = set()
    store.add_dialogues("c", [talk(n) for n in range(FEWEST)])  # nobody likes or dislikes anything
    found = train(settings, store, "c", (), lambda what, *_: told.add(what), HashEmbedder(8))
    assert (found.items, found.talks) == (0, FEWEST)
    assert conversation_path(settings, "c").is_file()
    assert {"conversations: what was said", "conversations: networks"} <= told


def _brief(real):  # type: ignore[no-untyped-def]
    def init(self, **more):  # type: ignore[no-untyped-def]
        real(self, **({"seeds": 1, "epochs": 1} | more))

    return init
