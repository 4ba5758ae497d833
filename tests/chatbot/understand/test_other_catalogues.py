"""The same reader on catalogues it has never seen: no line of code knows them."""

from __future__ import annotations

import pytest

from chatbot.understand import Context
from chatbot.understand.embedded import EmbeddedReader
from chatbot.values import Assert, Understanding
from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.lexical import Lexical
from retrieval.schema import Facet, Schema


def beliefs(u: Understanding) -> set[str]:
    return {
        f"{p.stance} {p.facet}={p.value}"
        for p in (x.preference for x in u.updates if isinstance(x, Assert))
    }


@pytest.fixture(scope="module")
def restaurants() -> EmbeddedReader:
    """Twelve restaurants with prices 20, 30, …, 130."""
    schema = Schema(
        {
            "price": Facet("price", "number", unit="CNY", labels={"zh": "人均消费"}),
            "dish": Facet("dish", "category", many=True, labels={"zh": "推荐菜"}),
            "phone": Facet("phone", "text", labels={"zh": "电话", "en": "phone"}),
            "opening_hours": Facet("opening_hours", "text", labels={"zh": "营业时间"}),
            "address": Facet("address", "text", labels={"zh": "地址"}),
            "overview": Facet("overview", "text"),
        },
        noun={"en": "restaurant", "zh": "餐馆", "zh_measure": "家"},
        nouns={"en": "restaurants", "zh": "餐馆"},
        domain="restaurants",
    )
    items = [
        Item(
            f"r{n}",
            f"{'东南西北'[n % 4]}来顺第{n}店",
            {
                "price": float(20 + 10 * n),
                "dish": ("涮羊肉",) if n % 2 else ("烤鸭",),
                "phone": f"010-555{n:04d}",
                "address": f"某街{n}号",
                "overview": "主打川菜，适合聚餐。" if n < 2 else "老字号。",
            },
        )
        for n in range(12)
    ]
    catalogue = Catalogue("餐馆", items, schema)
    return EmbeddedReader(catalogue, None, Lexical.build(catalogue).share)


@pytest.fixture(scope="module")
def courses() -> EmbeddedReader:
    """Courses whose kind column holds the catalogue's own noun; no prices are recorded."""
    schema = Schema(
        {
            "kind": Facet("kind", "category"),
            "level": Facet("level", "category", order=("Beginner", "Intermediate", "Advanced")),
            "overview": Facet("overview", "text"),
        },
        noun={"en": "course", "zh": "课程", "zh_measure": "门"},
        nouns={"en": "courses", "zh": "课程"},
        domain="courses",
    )
    rows = [
        ("Photoshop basics", "Course", "Beginner"),
        ("Statistics", "Specialization", "Advanced"),
        ("Woodwork", "Course", "Intermediate"),
        *((f"Lesson {n}", "Course", "Beginner") for n in range(12)),
    ]
    items = [
        Item(f"c{n}", title, {"kind": (kind,), "level": (level,), "overview": f"About {title}."})
        for n, (title, kind, level) in enumerate(rows)
    ]
    catalogue = Catalogue("courses", items, schema)
    return EmbeddedReader(catalogue, None, Lexical.build(catalogue).share)


LIST = ("r0", "r1", "r2")


@pytest.mark.parametrize(
    ("text", "aspect", "items"),
    [
        ("第二家的电话是多少", "phone", ("r1",)),
        ("第一家在哪", "address", ("r0",)),
        ("第三家几点关门", "opening_hours", ("r2",)),
        ("第一家人均多少", "price", ("r0",)),
        ("哪家最便宜", "least:price", LIST),
        ("what's the phone of the second one?", "phone", ("r1",)),
    ],
)
def test_any_recorded_fact_can_be_asked_for(
    restaurants: EmbeddedReader, text: str, aspect: str, items: tuple[str, ...]
) -> None:
    u = restaurants.read(text, Context(listed=LIST))
    assert (u.intent, u.aspect, u.items) == ("ask_item", aspect, items)
    assert not u.updates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("不要太贵的", {"like price=(None, 75.0)"}),
        ("推荐便宜的烤鸭", {"like price=(None, 56.7)", "require dish=烤鸭"}),
        ("something upscale", {"like price=(93.3, None)"}),
    ],
)
def test_cheap_and_dear_follow_from_the_prices(
    restaurants: EmbeddedReader, text: str, expected: set[str]
) -> None:
    found = set()
    for x in restaurants.read(text, Context()).updates:
        assert isinstance(x, Assert)
        value = x.preference.value
        if isinstance(value, tuple):
            value = tuple(None if v is None else round(v, 1) for v in value)  # type: ignore[assignment]
        found.add(f"{x.preference.stance} {x.preference.facet}={value}")
    assert {e.replace("require", "like") for e in expected} == {
        f.replace("require", "like") for f in found
    }


def test_words_that_only_descriptions_hold_are_searched(restaurants: EmbeddedReader) -> None:
    u = restaurants.read("想吃川菜", Context(listed=LIST))
    assert (u.intent, u.terms, beliefs(u)) == ("recommend", ("川菜",), {"like term=川菜"})
    refused = restaurants.read("不要川菜", Context(listed=LIST))
    assert (refused.terms, beliefs(refused)) == ((), {"forbid term=川菜"})
    assert restaurants.read("嗯嗯好哒", Context(listed=LIST)).intent != "recommend"


def test_the_catalogues_own_noun_is_no_kind_of_it(courses: EmbeddedReader) -> None:
    assert beliefs(courses.read("beginner courses", Context())) == {"require level=Beginner"}
    assert "require kind=Specialization" in beliefs(courses.read("a specialization", Context()))


def test_steps_of_an_ordered_facet(courses: EmbeddedReader) -> None:
    for text in ("intermediate or above", "at least intermediate"):
        assert beliefs(courses.read(text, Context())) == {
            "require level=Intermediate",
            "require level=Advanced",
        }, text


def test_a_word_of_one_item_is_searched_under_a_list(courses: EmbeddedReader) -> None:
    u = courses.read("photoshop", Context(listed=("c1", "c2")))
    assert u.intent == "recommend"


def test_a_superlative_of_what_nobody_records_is_still_a_question(courses: EmbeddedReader) -> None:
    u = courses.read("which is the cheapest?", Context(listed=("c1", "c2")))
    assert (u.intent, u.aspect) == ("ask_item", "least:price")
