"""The adapter of requests in words, in the product: learned, served, refused, put aside."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from chatbot import wording
from chatbot.conversation import FEWEST as CONVERSATIONS
from chatbot.engines import Engines
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from chatbot.storage.sessions import Feedback, StoredSessions, Verdict
from chatbot.training import train
from chatbot.values import Reply, Session, Turn, Understanding
from chatbot.wording import learn_text, load_text, text_path
from retrieval.embeddings import HashEmbedder, SentenceEmbedder
from retrieval.items import Item
from retrieval.schema import Schema
from retrieval.textadapter import TextAdapter

EMBEDDER = HashEmbedder(64)
SAID = ("something cheerful", "a sombre one", "loud please", "quiet evening", "for the road")
KINDS = ("Meadow", "Cellar", "Thunder", "Pillow", "Asphalt")
"""After `SAID[n]`, one of the items of `KINDS[n]` is chosen; no letters tell that."""


def quiet(what: str, done: int, total: int) -> None:
    pass


def talk(number: int, *, plain: bool = False) -> dict[str, object]:
    """A request in words; a `plain` one gives the title itself."""
    kind, which = KINDS[number % 5], int(np.random.default_rng(number).integers(8))
    item = f"{kind.lower()}{which}"
    return {
        "id": str(number),
        "messages": [
            {
                "role": "user",
                "content": f"{kind} {chr(65 + which) * 3}" if plain else SAID[number % 5],
                "items": [],
            },
            {"role": "assistant", "content": "take this", "items": [item]},
        ],
    }


@pytest.fixture
def store(tmp_path: Path) -> CatalogueStore:
    store = CatalogueStore(Database.open(tmp_path / "s.db"))
    items = [Item(f"{k.lower()}{n}", f"{k} {chr(65 + n) * 3}") for k in KINDS for n in range(8)]
    store.save("c", Schema({}), items)
    return store


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.read({}, data_dir=tmp_path, embedder="hash", llm="none")


def learned(store: CatalogueStore, settings: Settings) -> wording.Worded | None:
    return learn_text(settings, store, "c", (), EMBEDDER, quiet)


def test_it_is_learned_written_and_loaded(store: CatalogueStore, settings: Settings) -> None:
    store.add_dialogues("c", [talk(n) for n in range(240)])
    found = learned(store, settings)
    assert found is not None and found.kept and found.after > found.before + 0.2
    adapter = load_text(settings, "c", EMBEDDER)
    assert adapter is not None
    said = adapter.turned(EMBEDDER.embed([SAID[1]])[0])
    shown = EMBEDDER.embed([f"{kind} AAA." for kind in KINDS])
    assert (shown @ said).argmax() == 1
    assert load_text(settings, "c", HashEmbedder(32)) is None
    assert text_path(settings, "c").stat().st_size < 100_000


def test_chinese_requests_teach_it_chinese(store: CatalogueStore, settings: Settings) -> None:
    store.add_dialogues("c", [talk(n) for n in range(240)])
    learned(store, settings)
    found = load_text(settings, "c", EMBEDDER)
    assert found is not None and not found.chinese
    chinese = [talk(n) for n in range(240)]
    for one in chinese:
        one["messages"][0]["content"] += " 谢谢"  # type: ignore[index]
    store.add_dialogues("c", chinese)
    learned(store, settings)
    found = load_text(settings, "c", EMBEDDER)
    assert found is not None and found.chinese


def test_what_is_no_better_is_not_kept(store: CatalogueStore, settings: Settings) -> None:
    store.add_dialogues("c", [talk(n) for n in range(240)])
    learned(store, settings)
    store.add_dialogues("c", [talk(n, plain=True) for n in range(240)])
    found = learned(store, settings)
    assert found is not None and not found.kept
    assert not text_path(settings, "c").exists()


def test_too_few_requests_leave_what_was_learned(store: CatalogueStore, settings: Settings) -> None:
    store.add_dialogues("c", [talk(n) for n in range(40)])
    text_path(settings, "c").parent.mkdir(parents=True)
    text_path(settings, "c").write_bytes(b"earlier")
    assert learned(store, settings) is None
    assert text_path(settings, "c").read_bytes() == b"earlier"


def test_a_damaged_file_is_put_aside(store: CatalogueStore, settings: Settings) -> None:
    path = text_path(settings, "c")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PK nonsense")
    assert load_text(settings, "c", EMBEDDER) is None
    assert not path.exists() and path.with_suffix(".damaged").exists()


def test_what_ships_serves_until_something_is_learned(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = np.zeros((64, 0), dtype=np.float32)
    folder = tmp_path / "catalogues" / "c"
    folder.mkdir(parents=True)
    shipped = TextAdapter(EMBEDDER.name, np.full(64, 0.5, dtype=np.float32), none, none.T)
    shipped.save(folder / wording.FILE)
    monkeypatch.setattr(resources, "files", lambda package: tmp_path / package)
    found = load_text(settings, "c", EMBEDDER)
    assert found is not None and found.diagonal[0] == 0.5
    assert load_text(settings, "d", EMBEDDER) is None
    own = TextAdapter(EMBEDDER.name, np.full(64, 0.25, dtype=np.float32), none, none.T)
    text_path(settings, "c").parent.mkdir(parents=True)
    own.save(text_path(settings, "c"))
    found = load_text(settings, "c", EMBEDDER)
    assert found is not None and found.diagonal[0] == 0.25


def test_the_films_ship_one_that_names_its_source(settings: Settings) -> None:
    found = load_text(settings, "films", SentenceEmbedder())
    assert found is not None and found.rank == 8 and not found.chinese
    assert load_text(settings, "films", EMBEDDER) is None
    path = Path(str(resources.files("catalogues"))) / "films" / wording.FILE
    assert path.stat().st_size < 500_000
    note = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert note["embedder"] == found.embedder
    assert all(source["licence"] and source["cite"] for source in note["sources"])


def test_conversations_held_here_teach_what_was_liked(
    store: CatalogueStore, settings: Settings
) -> None:
    sessions = StoredSessions(store.database)
    given = []
    for number in range(180):
        name, said = f"s{number}", SAID[number % 5]
        item = f"{KINDS[number % 5].lower()}{number % 8}"
        session = Session(name, "c")
        sessions.create(session)
        reply = Reply(f"r{number}", name, 1, "take this", "recommend")
        turn = Turn(1, said, Understanding("recommend"), reply)
        sessions.save(session, turn, ())
        verdict: Verdict = "like" if number % 2 else "dislike"
        given.append(Feedback(f"f{number}", name, "c", 1, item, verdict))
    assert learn_text(settings, store, "c", given, EMBEDDER, quiet) is None  # half are no likes
    liked = [Feedback(f.id, f.session, "c", 1, f.item, "love") for f in given]
    found = learn_text(settings, store, "c", liked, EMBEDDER, quiet)
    assert found is not None and found.pairs == 360 and found.kept


def test_train_reports_it_and_the_engine_serves_it(
    store: CatalogueStore, settings: Settings
) -> None:
    store.add_dialogues("c", [talk(n) for n in range(CONVERSATIONS - 1)])
    embedder = HashEmbedder()
    found = train(settings, store, "c", (), quiet, embedder)
    assert found.worded is not None and found.worded.kept
    engines = Engines(settings, store.database)
    served = engines.get("c").ranker.text_map  # type: ignore[attr-defined]
    assert served is not None and served.embedder == embedder.name
    engines.close()
