"""Catalogues come back as they were written; writes are whole or absent."""

from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from chatbot.errors import NotFoundError
from chatbot.storage.catalogues import CatalogueStore, Interaction
from chatbot.storage.database import Database
from chatbot.storage.tables import metadata
from retrieval.items import Item
from retrieval.schema import Facet, Schema

SCHEMA = Schema(
    {"genre": Facet("genre", "category", many=True, synonyms={"Drama": ("剧情",)})},
    noun={"en": "film", "zh": "电影"},
)


@pytest.fixture
def store(tmp_path: Path):
    database = Database.open(tmp_path / "s.db")
    yield CatalogueStore(database)
    database.close()


def test_items_and_schema_come_back_as_they_were(store: CatalogueStore):
    items = [
        Item("b", "活着", {"genre": ("Drama",), "year": 1994.0, "sad": True}, ("To Live",)),
        Item("a", "'; DROP TABLE items; --", {"note": "<script>alert(1)</script>"}),
        Item("é/ü?#", "🎬", {}),
    ]
    store.save("films", SCHEMA, items)
    found = store.load("films")
    assert list(found.items) == items
    assert found.schema == SCHEMA
    assert store.names() == ("films",) and store.count("films") == 3
    assert store.ids("films") == ("b", "a", "é/ü?#")
    assert store.stored("films", ["a", "nothing"]) == {"a": items[1]}


def test_a_replaced_item_keeps_its_place(store: CatalogueStore):
    store.save("films", SCHEMA, [Item(c, c) for c in "abc"])
    first = store.revision("films")
    store.save("films", SCHEMA, [Item("d", "d"), Item("b", "B"), Item("b", "BB")], deleted=["a"])
    assert [(i.id, i.title) for i in store.load("films").items] == [
        ("b", "BB"),
        ("c", "c"),
        ("d", "d"),
    ]
    assert store.revision("films") != first
    store.save("films", SCHEMA, [Item("z", "z")], replace=True)
    assert store.ids("films") == ("z",)


def test_more_rows_than_one_statement_takes(store: CatalogueStore):
    many = [Item(str(n), f"t{n}") for n in range(5001)]
    store.save("films", SCHEMA, many)
    store.save("films", SCHEMA, many[:4001])
    assert store.count("films") == 5001
    assert len(store.stored("films", [i.id for i in many])) == 5001
    store.save("films", SCHEMA, [], deleted=[i.id for i in many[1:]])
    assert store.ids("films") == ("0",)


def test_an_error_in_the_middle_leaves_everything_as_it_was(store: CatalogueStore):
    store.save("films", SCHEMA, [Item("a", "A")])
    before = store.revision("films")

    def breaking():
        yield from (Item(str(n), "x") for n in range(3000))
        raise KeyError("broken source")

    with pytest.raises(KeyError):
        store.save("films", SCHEMA, breaking(), replace=True)
    assert store.ids("films") == ("a",) and store.revision("films") == before
    with pytest.raises(KeyError), store.writing() as writer:
        writer.put_interactions("films", [Interaction("u", "a", 5.0)])
        writer.note("key", "value")
        raise KeyError("stop")
    assert list(store.interactions("films")) == [] and store.noted("key") is None


def test_interactions_and_dialogues_are_replaced_by_their_keys(store: CatalogueStore):
    store.save("films", SCHEMA, [Item("a", "A")])
    store.add_interactions("films", [Interaction("u", "a", 1.0), Interaction("u", "a", 2.0, 7.0)])
    store.add_interactions("films", [Interaction("t", "a", 3.0)])
    assert list(store.interactions("films")) == [
        Interaction("t", "a", 3.0),
        Interaction("u", "a", 2.0, 7.0),
    ]
    store.add_dialogues("films", [{"id": "1", "liked": ["a"]}, {"id": "1", "liked": []}])
    assert list(store.dialogues("films")) == [{"id": "1", "liked": []}]
    store.delete("films")
    assert list(store.interactions("films")) == [] and list(store.dialogues("films")) == []
    with pytest.raises(NotFoundError, match="known: none yet"):
        store.load("films")


def test_vectors_are_cached_bit_by_bit(store: CatalogueStore):
    vectors = {bytes([n % 256, n // 256]): np.full(4, n, dtype=np.float32) for n in range(1200)}
    store.cache_vectors(vectors)
    found = store.cached_vectors([*vectors, b"nothing"])
    assert found.keys() == vectors.keys()
    assert all(np.array_equal(found[key], vectors[key]) for key in vectors)


def test_notes_are_replaced(store: CatalogueStore):
    for value in ("one", "two"):
        with store.writing() as writer:
            writer.note("key", value)
    assert store.noted("key") == "two"


def test_every_table_and_statement_compiles_for_postgresql():
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateTable

    for table in metadata.tables.values():
        text = str(CreateTable(table).compile(dialect=postgresql.dialect()))
        assert '"user"' in text if "user" in table.c else True
        assert str(sa.select(table).compile(dialect=postgresql.dialect()))
