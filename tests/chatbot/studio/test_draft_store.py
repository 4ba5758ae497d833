"""Drafts in the database: every version, undo and redo, search, deletion, and kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chatbot.errors import InputError, NotFoundError
from chatbot.storage.database import Database
from chatbot.studio.brief import brief_of
from chatbot.studio.draft import Block, Draft, Sentence, Source
from chatbot.studio.store import DraftStore


def made(text: str, title: str = "Title") -> Draft:
    brief = brief_of("article", items=["a"], language="en", keywords=["k"], notes=["n"])
    sentence = Sentence(text, (Source("field", "year", "1995", "a"),), "fact", "item.feel")
    return Draft(title, "Summary", (Block("paragraph", (sentence,), "a", "item", 2.5),), brief)


@pytest.fixture
def store(tmp_path: Path) -> DraftStore:
    return DraftStore(Database.open(tmp_path / "studio.db"))


def test_a_draft_comes_back_as_it_was(store: DraftStore) -> None:
    draft = made("One *film* & 《二》 <b>.")
    record = store.create(draft, user="ann", catalogue="films")
    assert store.get(record.id) == draft
    assert store.record(record.id, user="ann").catalogue == "films"
    with pytest.raises(NotFoundError):
        store.record(record.id, user="bob")


def test_versions_undo_redo_and_branches(store: DraftStore) -> None:
    record = store.create(made("one"))
    store.add(record.id, made("two"), "shorter")
    store.add(record.id, made("three"), "warmer")
    assert store.undo(record.id) == made("two")
    assert store.undo(record.id) == made("one")
    with pytest.raises(InputError, match="nothing to undo"):
        store.undo(record.id)
    assert store.redo(record.id) == made("two")
    store.add(record.id, made("four"), "formal")
    assert [(v.number, v.parent, v.change) for v in store.versions(record.id)] == [
        (1, 0, "new"), (2, 1, "shorter"), (3, 2, "warmer"), (4, 2, "formal"),
    ]  # fmt: skip
    assert store.get(record.id) == made("four")
    with pytest.raises(InputError, match="nothing to redo"):
        store.redo(record.id)
    assert store.show(record.id, 3) == made("three")
    with pytest.raises(NotFoundError, match="no version 9"):
        store.get(record.id, 9)


def test_listing_and_searching(store: DraftStore) -> None:
    first = store.create(made("A quiet heist in the rain", "Rain"), user="ann")
    second = store.create(made("雨夜里的一场劫案", "雨"), user="ann")
    store.create(made("A heist by somebody else"), user="bob")
    assert [r.id for r in store.list("ann")] == [second.id, first.id]
    assert [r.id for r in store.list("ann", "HEIST rain")] == [first.id]
    assert [r.id for r in store.list("ann", "劫案")] == [second.id]
    assert store.list("ann", "100%_heist") == ()
    store.add(first.id, made("Nothing of it is left"), "edited")
    assert store.list("ann", "heist") == ()


def test_deleting_and_erasing(store: DraftStore) -> None:
    kept = store.create(made("one"), user="ann")
    gone = store.create(made("two"), user="ann")
    store.delete(gone.id)
    for call in (store.get, store.versions, store.record, store.delete, store.undo):
        with pytest.raises(NotFoundError):
            call(gone.id)
    assert store.erase("ann") == 1 and store.list("ann") == ()
    with pytest.raises(NotFoundError):
        store.get(kept.id)
    with pytest.raises(InputError):
        store.erase("")


def test_tables_are_added_to_an_older_database(tmp_path: Path) -> None:
    import sqlalchemy as sa

    database = Database.open(tmp_path / "old.db")
    with database.write() as c:
        c.execute(sa.text("DROP TABLE drafts"))
        c.execute(sa.text("DROP TABLE draft_versions"))
    database.close()
    assert DraftStore(Database.open(tmp_path / "old.db")).list() == ()


WRITER = """
import sys
from pathlib import Path
from chatbot.storage.database import Database
from chatbot.studio.brief import brief_of
from chatbot.studio.draft import Block, Draft, Sentence
from chatbot.studio.store import DraftStore
store = DraftStore(Database.open(Path(sys.argv[1])))
def made(n):
    block = Block("paragraph", (Sentence(f"version {n}"),))
    return Draft("T", "S", (block,), brief_of("article", items=["a"]))
record = store.create(made(1))
print(record.id, 1, flush=True)
for n in range(2, 100000):
    store.add(record.id, made(n), f"change {n}")
    print(record.id, n, flush=True)
"""


def test_nothing_acknowledged_is_lost_on_kill(tmp_path: Path) -> None:
    where = tmp_path / "killed.db"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(where)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[3],
    )
    assert writer.stdout is not None
    line = ""
    for _ in range(15):
        line = writer.stdout.readline()
    os.kill(writer.pid, signal.SIGKILL)
    rest = writer.stdout.read().splitlines()
    writer.stdout.close()
    writer.wait()
    draft_id, last = ([x for x in rest if x.count(" ") == 1] or [line])[-1].split()
    store = DraftStore(Database.open(where))
    numbers = [v.number for v in store.versions(draft_id)]
    assert numbers[: int(last)] == list(range(1, int(last) + 1)) and int(last) >= 15
    assert store.get(draft_id, int(last)).blocks[0].sentences[0].text == f"version {last}"
