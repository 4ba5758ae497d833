"""What of a message is for the help pages where a catalogue is there as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.importing.shipped import ensure_shipped
from chatbot.knowledge import Passage
from chatbot.knowledge.base import Hit
from chatbot.knowledge.message import Listener
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from chatbot.understand import Context
from chatbot.understand.embedded import EmbeddedReader
from chatbot.values import Profile, Session

PASSAGE = Passage(
    "p1",
    "care.md",
    ("Care", "How do I care for it?"),
    "With a brush and water. To return or repair it, write to us. 退货、修一下都可以。",
)


class Certain:
    """Help pages that claim to answer anything, nine times in ten."""

    def __init__(self) -> None:
        self.passages = (PASSAGE,)
        self.row_of = {"p1": 0}

    def search(self, question: str, count: int, favour: object = None) -> tuple[Hit, ...]:
        return (Hit(PASSAGE, 0.9, 1.0),)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedReader:
    database = Database.open(Path(tmp_path_factory.mktemp("shop")) / "s.db")
    store = CatalogueStore(database)
    ensure_shipped(store, "shop")
    found = EmbeddedReader(store.load("shop"))
    database.close()
    return found


def heard(text: str, reader: EmbeddedReader) -> bool:
    def read(part: str):  # type: ignore[no-untyped-def]
        return reader.read(part, Context(profile=Profile()))

    session = Session(id="s", catalogue="shop")
    return Listener(Certain(), items=True).hear(text, read(text), session, read) is not None


@pytest.mark.parametrize(
    "text",
    [
        "a tent for 3 people that weighs less than 4 kg",
        "Hiking boots that are not made of leather",
        "need waterproof trousers for cycling",
        "cast iron pan",
        "do you sell tents?",
        "a wooden chopping board as a wedding present",
        "不要真皮的徒步靴",
        "给孩子的雨衣",
        "零下也能用的睡袋",
        "两百美元以内的双人防水帐篷",
        "你好，想找款商品",
        "我一般喜欢徒步装备的",
        "除了睡袋都行",
        "Can you recommend a product? I want a rain jacket",
        "cheaper ones, please",
        "便宜点的",
    ],
)
def test_a_message_that_names_only_things_of_the_catalogue_asks_for_them(
    text: str, reader: EmbeddedReader
) -> None:
    assert not heard(text, reader)


@pytest.mark.parametrize(
    "text",
    [
        "how to clean a cast iron pan",
        "How do I wash a down jacket?",
        "my tent is leaking",
        "I want to return my boots",
        "Can you resole my boots",
        "羽绒睡袋怎么洗",
        "雨衣能机洗吗",
        "帐篷破了想修一下",
    ],
)
def test_a_message_that_says_more_is_for_the_help_pages(text: str, reader: EmbeddedReader) -> None:
    assert heard(text, reader)
