import pytest

from chatbot.understand.ranges import Ranges
from chatbot.understand.text import lowered
from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.schema import Facet, Schema

SCHEMA = Schema(
    {
        "year": Facet("year", "number"),
        "runtime": Facet("runtime", "number", unit="minutes"),
        "age": Facet("age", "number"),
        "price": Facet("price", "number", unit="USD"),
        "rating": Facet("rating", "number"),
        "pages": Facet("pages", "number", labels={"en": "pages", "zh": "页数"}),
    }
)


@pytest.fixture(scope="module")
def ranges() -> Ranges:
    return Ranges(Catalogue("any", [Item("1", "One", {"year": 2025.0})], SCHEMA))


@pytest.mark.parametrize(
    ("text", "facet", "interval"),
    [
        ("films from the 80s", "year", (1980, 1989)),
        ("late 90s thrillers", "year", (1996, 1999)),
        ("mid-to-late 70s", "year", (1973, 1979)),
        ("80s or 90s", "year", (1980, 1999)),
        ("before 2000", "year", (None, 1999)),
        ("nothing before 1990", "year", (1990, None)),
        ("not older than 1990", "year", (1990, None)),
        ("since 2010", "year", (2010, None)),
        ("between 1990 and 2005", "year", (1990, 2005)),
        ("the last ten years", "year", (2015, None)),
        ("a 2019 film", "year", (2019, 2019)),
        ("early 2000s", "year", (2000, 2003)),
        ("八十年代", "year", (1980, 1989)),
        ("上世纪九十年代", "year", (1990, 1999)),
        ("八九十年代的港片", "year", (1980, 1999)),
        ("90年代末", "year", (1996, 1999)),
        ("2000年以前", "year", (None, 1999)),
        ("2010年以后的", "year", (2010, None)),
        ("近十年", "year", (2015, None)),
        ("under two hours", "runtime", (None, 120)),
        ("at most 2 and a half hours", "runtime", (None, 150)),
        ("about 90 minutes", "runtime", (75, 105)),
        ("90-120 minutes", "runtime", (90, 120)),
        ("不超过两小时", "runtime", (None, 120)),
        ("一个半小时以内", "runtime", (None, 90)),
        ("别超过90分钟", "runtime", (None, 90)),
        ("for my 8-year-old", "age", (None, 8)),
        ("五六岁小孩", "age", (None, 5)),
        ("under $50", "price", (None, 50)),
        ("50到100元", "price", (50, 100)),
        ("人均别超过80块", "price", (None, 80)),
        ("rated at least 4.5", "rating", (4.5, None)),
        ("评分不低于4.7", "rating", (4.7, None)),
        ("pages under 300", "pages", (None, 300)),
    ],
)
def test_one_range(
    ranges: Ranges, text: str, facet: str, interval: tuple[float | None, float | None]
) -> None:
    (span,) = ranges.find(lowered(text))
    assert (span.readings[0].facet, span.readings[0].interval) == (facet, interval)


@pytest.mark.parametrize(
    "text", ["nah", "I have two kids", "seven samurai", "one of the best", "2 tickets"]
)
def test_no_range(ranges: Ranges, text: str) -> None:
    assert ranges.find(lowered(text)) == ()


def test_a_facet_the_catalogue_lacks_is_never_named() -> None:
    bare = Ranges(Catalogue("bare", [Item("1", "One")], Schema({})))
    assert bare.find("under two hours from the 80s for $5") == ()
