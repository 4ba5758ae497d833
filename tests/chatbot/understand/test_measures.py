import pytest

from chatbot.understand.ranges import Ranges
from chatbot.understand.text import lowered
from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.schema import Facet, Schema

SCHEMA = Schema(
    {
        "price": Facet("price", "number", unit="USD"),
        "weight": Facet("weight", "number", unit="g", more=("heavier",), less=("lighter",)),
        "capacity": Facet("capacity", "number", unit="l"),
        "persons": Facet("persons", "number", unit="people"),
        "comfort": Facet("comfort", "number", unit="°C"),
        "brightness": Facet("brightness", "number", unit="lm", more=("brighter", "更亮")),
        "hours": Facet("hours", "number", unit="hours"),
        "weeks": Facet("weeks", "number", unit="weeks"),
        "warranty": Facet(
            "warranty", "number", unit="years", labels={"en": "warranty", "zh": "保修"}
        ),
    }
)


@pytest.fixture(scope="module")
def ranges() -> Ranges:
    return Ranges(Catalogue("any", [Item("1", "One", {"price": 10.0})], SCHEMA))


@pytest.mark.parametrize(
    ("text", "facet", "interval"),
    [
        ("under 1 kg", "weight", (None, 1000)),
        ("not heavier than 800g", "weight", (None, 800)),
        ("lighter than 2 kilos", "weight", (None, 2000)),
        ("between 2 and 4 kg", "weight", (2000, 4000)),
        ("不超过1.5公斤", "weight", (None, 1500)),
        ("700g以内", "weight", (None, 700)),
        ("a 40 litre pack", "capacity", (36, 44)),
        ("less than half a litre", "capacity", (None, 0.5)),
        ("at least 750 ml", "capacity", (0.75, None)),
        ("40升左右", "capacity", (32, 48)),
        ("for 4 people", "persons", (4, 4)),
        ("六个人", "persons", (6, 6)),
        ("down to -5 °C", "comfort", (None, -5)),
        ("for minus 10 degrees", "comfort", (None, -10)),
        ("零下十五度", "comfort", (None, -15)),
        ("brighter than 400 lumens", "brightness", (400, None)),
        ("一千流明以上", "brightness", (1000, None)),
        ("under 10 hours", "hours", (None, 10)),
        ("十个小时以内", "hours", (None, 10)),
        ("a course of 90 minutes", "hours", (1.35, 1.65)),
        ("within four weeks", "weeks", (None, 4)),
        ("四周以内", "weeks", (None, 4)),
        ("with a 5-year warranty", "warranty", (5, None)),
        ("保修十年以上", "warranty", (10, None)),
        ("a tent under 200", "price", (None, 200)),
        ("under 200, please", "price", (None, 200)),
        ("两百以内的", "price", (None, 200)),
        ("两百美元以内", "price", (None, 200)),
        ("100美元左右", "price", (80, 120)),
    ],
)
def test_measures(ranges: Ranges, text: str, facet: str, interval: tuple[float, float]) -> None:
    (span,) = ranges.find(lowered(text))
    (reading,) = span.readings
    assert (reading.facet, reading.interval) == (facet, interval)


@pytest.mark.parametrize(
    "text",
    [
        "for a person who cooks",
        "for my wife, who is 40",
        "ten years ago",
        "my son is under 10",
        "I broke my leg 3 years ago",
        "a G-rated one",
        "有人推荐过",
        "为了一个目标",
    ],
)
def test_no_measure(ranges: Ranges, text: str) -> None:
    assert ranges.find(lowered(text)) == ()
