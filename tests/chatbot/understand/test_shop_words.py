"""Requests to a shop: what describes a thing, and what is only refused of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.importing.shipped import ensure_shipped
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from chatbot.understand import Context
from chatbot.understand.embedded import EmbeddedReader
from chatbot.values import Assert, Profile


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedReader:
    database = Database.open(Path(tmp_path_factory.mktemp("shop")) / "s.db")
    store = CatalogueStore(database)
    ensure_shipped(store, "shop")
    found = EmbeddedReader(store.load("shop"))
    database.close()
    return found


def beliefs(text: str, reader: EmbeddedReader) -> set[tuple[str, str, object]]:
    found = reader.read(text, Context(profile=Profile()))
    assert not found.critiques
    updates = [u.preference for u in found.updates if isinstance(u, Assert)]
    return {(p.stance, p.facet, p.value) for p in updates}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a waterproof two-person tent under 200",
            {
                ("require", "property", "waterproof"),
                ("require", "persons", (2.0, 2.0)),
                ("require", "category", "Tent"),
                ("require", "price", (None, 200.0)),
            },
        ),
        (
            "两百美元以内的双人防水帐篷",
            {
                ("require", "property", "waterproof"),
                ("require", "persons", (2.0, 2.0)),
                ("require", "category", "Tent"),
                ("require", "price", (None, 200.0)),
            },
        ),
        (
            "不要真皮的徒步靴",
            {
                ("forbid", "material", "leather"),
                ("forbid", "material", "suede"),
                ("require", "category", "Hiking boots"),
            },
        ),
        (
            "no leather boots please",
            {
                ("forbid", "material", "leather"),
                ("forbid", "material", "suede"),
                ("require", "category", "Hiking boots"),
            },
        ),
        (
            "a gift for a camper under $50",
            {
                ("like", "occasion", "gift"),
                ("require", "use", "camping"),
                ("require", "price", (None, 50.0)),
            },
        ),
        (
            "warm gloves",
            {
                ("require", "warmth", "warm"),
                ("require", "warmth", "extra warm"),
                ("require", "category", "Gloves"),
            },
        ),
        (
            "零下十度能用的睡袋",
            {("require", "comfort", (None, -10.0)), ("require", "category", "Sleeping bag")},
        ),
    ],
)
def test_beliefs(text: str, expected: set[tuple[str, str, object]], shop: EmbeddedReader) -> None:
    assert beliefs(text, shop) == expected


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("I don't know what to buy", "recommend"),
        ("something for the garden with a 10-year warranty", "recommend"),
        ("保修十年以上的锅具", "recommend"),
        ("how long is the warranty on it?", "support"),
        ("does it come with a 2-year warranty?", "support"),
    ],
)
def test_intents(text: str, intent: str, shop: EmbeddedReader) -> None:
    assert shop.read(text, Context(profile=Profile())).intent == intent
