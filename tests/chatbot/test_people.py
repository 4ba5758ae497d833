"""What an operator knows about people, from its file to a reason, and out again."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest

from chatbot import Assistant
from chatbot.access.sites import SiteStore
from chatbot.errors import InputError, NotFoundError
from chatbot.importing.command import run_import
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore, Interaction
from chatbot.storage.database import Database
from chatbot.storage.people import StoredPeople
from chatbot.training import GROUPS, train, trained_path

EACH = 40


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Painters like the first five films, sailors the others; two people are each something."""
    items = tmp_path / "items.csv"
    lines = [f"f{n},Film number {n},{'Drama' if n % 2 else 'Comedy'}" for n in range(10)]
    items.write_text("id,title,genre\n" + "\n".join(lines) + "\n", encoding="utf-8")
    users = tmp_path / "users.csv"
    rows = [
        f"u{n},{'painter' if n < EACH else 'sailor'},{n % 2},Somebody number {n}"
        for n in range(2 * EACH)
    ]
    users.write_text("userId,Kind_of work,left,name\n" + "\n".join(rows) + "\n,x,1,y\n", "utf-8")
    return items, users


@pytest.fixture
def assistant(tmp_path: Path, files: tuple[Path, Path]):
    items, users = files
    database = Database.open(tmp_path / "data" / "sommelier.db")
    store = CatalogueStore(database)
    out = StringIO()
    assert run_import(store, "films2", [items], out=out) == 0
    told = StringIO()
    assert run_import(store, "films2", users=[users], json=True, out=told) == 0
    report = json.loads(told.getvalue())["people"]
    assert (report["read"], report["taken"], report["refused"]) == (81, 80, 1)
    assert report["attributes"] == {"kind of work": 2, "left": 2}
    assert list(report["left_out"]) == ["name"]  # 80 names describe single people
    likes = [
        Interaction(f"u{n}", f"f{item}", 5.0 if (n < EACH) == (item < 5) else 1.0)
        for n in range(2 * EACH)
        for item in range(10)
        if (n + item) % 3
    ]
    store.add_interactions("films2", likes)
    settings = Settings.read(
        {}, data_dir=tmp_path / "data", catalogue="films2", llm="none", embedder="hash"
    )
    assert train(settings, store, "films2", (), lambda what, done, total: None).groups == 4
    with Assistant.open(settings=settings) as opened:
        yield opened
    database.close()


def first(assistant: Assistant, language: str = "en", **more: object) -> tuple[list[str], str]:
    session = assistant.create_session(language=language, **more)  # type: ignore[arg-type]
    text = "films please" if language == "en" else "推荐几部电影"
    reply = assistant.reply(text, session=session.id)
    if not reply.cards:  # it asked first
        reply = assistant.reply("anything" if language == "en" else "都可以", session=session.id)
    cards = reply.cards
    said = [r.text for c in cards for r in c.reasons if r.signal == "groups"]
    return [c.id for c in cards], said[0] if said else ""


def test_an_imported_person_is_recognised_and_told_why(assistant: Assistant) -> None:
    assert assistant.create_session(user="u1").about == {"kind of work": "painter", "left": "1"}
    shown, why = first(assistant, user="u1")
    assert shown[0] in {f"f{n}" for n in range(5)}
    assert "of people with kind of work “painter” like it, 3" in why and "of everybody" in why
    shown, why = first(assistant, language="zh", user="u70")
    assert shown[0] in {f"f{n}" for n in range(5, 10)}
    assert why.startswith("kind of work为“sailor”的人中")


def test_nothing_is_assumed_of_anybody_else(assistant: Assistant) -> None:
    session = assistant.create_session(user="stranger")
    assert session.about == {}
    assert first(assistant, user="stranger")[1] == ""
    assert first(assistant)[1] == ""


def test_a_program_may_tell_attributes(assistant: Assistant) -> None:
    session = assistant.create_session(user="u1", about={"Kind_of_Work": "sailor"})
    assert session.about == {"kind of work": "sailor", "left": "1"}
    assert "sailor" in first(assistant, about={"kind of work": "sailor"})[1]
    with pytest.raises(InputError, match="attributes"):
        assistant.create_session(about={f"a{n}": "1" for n in range(31)})
    with pytest.raises(InputError, match="attributes"):
        assistant.create_session(about={"a": "x" * 61})


def test_export_and_erase_find_it(assistant: Assistant) -> None:
    said = assistant.export("u1")["imported"]
    assert said["attributes"] == [
        {
            "catalogue": "films2",
            "user": "u1",
            "about": {"kind of work": "painter", "left": "1"},
        }
    ]
    assert len(said["interactions"]) == 7
    assistant.erase("u1")
    assert assistant.export("u1")["imported"] == {"attributes": [], "interactions": []}
    assert assistant.create_session(user="u1").about == {}
    assert len(StoredPeople(assistant.database).everybody("films2")) == 2 * EACH - 1


def test_a_sites_visitor_is_known_by_the_name_the_site_gives(assistant: Assistant) -> None:
    database = assistant.database
    SiteStore(database).create("shop", (), "films2")
    visitor = "site:shop:u2"
    assert assistant.create_session(user=visitor).about["kind of work"] == "painter"
    people = StoredPeople(database)
    people.put("other", [("u2", {"kind of work": "king"})])
    assert len(assistant.export(visitor)["imported"]["attributes"]) == 1
    assistant.erase(visitor)
    assert people.of("films2", "u2") == {}
    assert people.of("other", "u2") == {"kind of work": "king"}  # another site's customer


def test_users_need_a_catalogue_and_a_column(tmp_path: Path, files: tuple[Path, Path]) -> None:
    items, users = files
    store = CatalogueStore(Database.open(tmp_path / "s.db"))
    with pytest.raises(NotFoundError):
        run_import(store, "nowhere", users=[users], out=StringIO())
    run_import(store, "c", [items], users=[users], dry_run=True, out=StringIO())
    run_import(store, "c", [items], out=StringIO())
    assert StoredPeople(store.database).everybody("c") == {}
    bad = tmp_path / "bad.csv"
    bad.write_text("colour,size\nred,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="column for the user"):
        run_import(store, "c", users=[bad], out=StringIO())
    out = StringIO()
    assert run_import(store, "c", users=[bad], map=["user=colour"], out=out) == 0
    assert "people: 1 read, 1 taken" in out.getvalue()


def test_without_attributes_nothing_is_kept(assistant: Assistant) -> None:
    path = trained_path(assistant.settings, "films2").with_name(GROUPS)
    assert path.is_file()
    store = CatalogueStore(assistant.database)
    for n in range(2 * EACH):
        StoredPeople(assistant.database).erase(f"u{n}")
    store.add_interactions("films2", [Interaction("x", "f1", 5.0), Interaction("x", "f2", 1.0)])
    train(assistant.settings, store, "films2", (), lambda what, done, total: None, model="weights")
    assert not path.exists()
