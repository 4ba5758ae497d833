"""A catalogue of titles and descriptions alone can still be asked."""

from __future__ import annotations

from pathlib import Path

from chatbot import Assistant
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from retrieval.items import Item
from retrieval.schema import Facet, Schema

THINGS = {
    "tent": ("Two person shelter", "A light tent with poles and pegs for camping."),
    "bag": ("Warm nights", "A sleeping bag of down for cold camps."),
    "pan": ("Steel pan", "A pan for frying on a stove."),
    "hat": ("Sun hat", "A wide brim keeps the sun off."),
}


def test_words_find_items_where_no_kinds_are_recorded(tmp_path: Path) -> None:
    settings = Settings.read({}, data_dir=tmp_path, catalogue="things", embedder="hash", llm="none")
    database = Database.open(settings.database_where)
    items = [Item(i, title, {"overview": text}) for i, (title, text) in THINGS.items()]
    CatalogueStore(database).save("things", Schema({"overview": Facet("overview", "text")}), items)
    database.close()
    with Assistant.open(settings=settings, remember=False) as assistant:
        for text, best in (("I need a tent", "tent"), ("a sleeping bag please", "bag")):
            reply = assistant.reply(text, session=best)
            assert reply.action == "recommend"
            assert reply.cards[0].id == best
        assert assistant.reply("thanks", session="t").action == "chat"
