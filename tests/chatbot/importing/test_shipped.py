"""What we ship arrives, follows a new release, and never overwrites what the operator did."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.errors import InputError
from chatbot.importing.shipped import ensure_shipped
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from retrieval.items import Item
from retrieval.schema import Facet, Schema

SCHEMA = 'domain = "films"\n[facets.genre]\n[facets.year]\n'
ROWS = [
    {"id": "a", "title": "A", "genres": ["Drama"], "year": 1990},
    {"id": "b", "title": "B", "genres": ["Comedy"], "year": 1991},
    {"id": "c", "title": "C", "genres": ["War"], "year": 1992},
]


@pytest.fixture
def store(tmp_path: Path) -> CatalogueStore:
    return CatalogueStore(Database.open(tmp_path / "s.db"))


def ship(root: Path, rows: list[dict[str, object]], schema: str = SCHEMA) -> Path:
    folder = root / "shipped" / "films"
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n".join(json.dumps(row) for row in rows)
    (folder / "items.jsonl").write_text(text, encoding="utf-8")
    (folder / "schema.toml").write_text(schema, encoding="utf-8")
    return root / "shipped"


def test_imports_once_and_again_only_when_the_release_changed(store, tmp_path):
    root = ship(tmp_path, ROWS)
    assert ensure_shipped(store, "films", root=root)
    revision = store.revision("films")
    assert [i.id for i in store.load("films").items] == ["a", "b", "c"]
    assert store.load("films")["a"].facets == {"genre": ("Drama",), "year": 1990.0}
    assert not ensure_shipped(store, "films", root=root)
    assert store.revision("films") == revision
    ship(tmp_path, [*ROWS, {"id": "d", "title": "D"}])
    assert ensure_shipped(store, "films", root=root)
    assert store.count("films") == 4


def test_a_release_follows_untouched_items_and_keeps_the_operators(store, tmp_path):
    root = ship(tmp_path, ROWS)
    ensure_shipped(store, "films", root=root)
    schema = store.schema("films")
    own = replace(schema, facets={**schema.facets, "shelf": Facet("shelf", "category")})
    store.save("films", own, [Item("a", "A, corrected"), Item("mine", "Mine")], deleted=["b"])
    ship(tmp_path, [{"id": "a", "title": "A2"}, {"id": "b", "title": "B2"}])
    assert ensure_shipped(store, "films", root=root)
    found = store.load("films")
    assert {i.id: i.title for i in found.items} == {"a": "A, corrected", "mine": "Mine"}
    assert "shelf" in found.schema.facets  # c was ours and untouched: the release dropped it


def test_a_catalogue_deleted_by_hand_comes_back_whole(store, tmp_path):
    root = ship(tmp_path, ROWS)
    ensure_shipped(store, "films", root=root)
    store.delete("films")
    assert ensure_shipped(store, "films", root=root)
    assert store.count("films") == 3


def test_damage_is_named_and_changes_nothing(store, tmp_path):
    root = ship(tmp_path, [*ROWS, {"id": "d", "title": ""}])
    with pytest.raises(InputError, match="line 4: title is missing"):
        ensure_shipped(store, "films", root=root)
    assert store.names() == ()


@pytest.mark.parametrize("name", ["nothing", "../films", ""])
def test_what_we_do_not_ship_is_not_imported(store, tmp_path, name):
    assert not ensure_shipped(store, name, root=ship(tmp_path, ROWS))


def test_an_operators_own_catalogue_of_that_name_stays_their_own(store, tmp_path):
    root = ship(tmp_path, ROWS)
    store.save("films", Schema({}), [Item("mine", "Mine")])
    assert not ensure_shipped(store, "films", root=root)
    assert [i.id for i in store.load("films").items] == ["mine"]
