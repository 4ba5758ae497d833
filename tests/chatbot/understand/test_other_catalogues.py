"""The same reader on catalogues it has never seen: no line of code knows them."""

from __future__ import annotations

import pytest

from chatbot.profile import merge
from chatbot.understand import Context
from chatbot.understand.embedded import EmbeddedReader
from chatbot.values import Assert, Preference, Profile, Understanding
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


@pytest.fixture(scope="module")
def shop() -> EmbeddedReader:
    """Tents for people, and lamps with lumens; one kind an item."""
    schema = Schema(
        {
            "category": Facet("category", "category", labels={"en": "category", "zh": "品类"}),
            "color": Facet("color", "category", many=True),
            "property": Facet("property", "category", many=True, labels={"en": "feature"}),
            "people": Facet("people", "number"),
            "weight": Facet(
                "weight", "number", unit="g", more=("heavier", "更重"), less=("lighter", "更轻")
            ),
            "price": Facet("price", "number", unit="USD"),
            "level": Facet("level", "category", order=("beginner", "advanced")),
            "prerequisite": Facet("prerequisite", "category", many=True),
        },
        noun={"en": "product", "zh": "商品", "zh_measure": "款"},
        nouns={"en": "products", "zh": "商品"},
        domain="shop",
    )
    rows = [
        ("Kittiwake", "Tent", "green", 2900.0, 2.0),
        ("Wheatear", "Tent", "red", 2100.0, 2.0),
        ("Barnowl", "Tent", "green", 4000.0, 4.0),
        ("Minnow", "Headlamp", "red", 60.0, None),
        ("Sturgeon", "Headlamp", "green", 90.0, None),
        ("Pike", "Headlamp", "black", 80.0, None),
    ]
    items = []
    for title, kind, color, weight, people in rows:
        facets = {
            "category": (kind,),
            "color": (color,),
            "property": ("waterproof",),
            "weight": weight,
            "price": 50.0,
            "level": ("beginner",),
        }
        items.append(Item(title.lower(), title, facets | ({"people": people} if people else {})))
    catalogue = Catalogue("shop", items, schema)
    return EmbeddedReader(catalogue, None, Lexical.build(catalogue).share)


LAMPS = ("minnow", "sturgeon", "pike")


@pytest.mark.parametrize(
    ("text", "aspect", "items"),
    [
        ("how much is the first one?", "price", ("minnow",)),
        ("how heavy is the Kittiwake?", "weight", ("kittiwake",)),
        ("第一个多重", "weight", ("minnow",)),
        ("is the Kittiwake waterproof?", "property", ("kittiwake",)),
        ("what does the Minnow cost?", "price", ("minnow",)),
        ("what do I need before the Minnow?", "prerequisite", ("minnow",)),
        ("how heavy is it?", "weight", ()),
    ],
)
def test_questions_by_degree_and_by_value(
    shop: EmbeddedReader, text: str, aspect: str, items: tuple[str, ...]
) -> None:
    u = shop.read(text, Context(listed=LAMPS))
    assert (u.intent, u.aspect, u.items) == ("ask_item", aspect, items)
    assert not u.updates


def test_the_lightest_of_a_kind_is_looked_for(shop: EmbeddedReader) -> None:
    for text in ("what's the lightest tent you have?", "最轻的 tent 是哪个？"):
        u = shop.read(text, Context(listed=LAMPS))
        assert u.intent == "recommend", text
        assert beliefs(u) == {"require category=Tent", "like weight=(None, 2100.0)"}, text
    asked = shop.read("which of these is the lightest?", Context(listed=LAMPS))
    assert (asked.intent, asked.items) == ("ask_item", LAMPS)


def test_another_kind_replaces_the_one_before(shop: EmbeddedReader) -> None:
    before = Profile(
        (
            Preference("require", "category", "Tent", turn=1),
            Preference("require", "people", (2.0, None), turn=1),
            Preference("require", "price", (None, 200.0), turn=1),
        )
    )
    u = shop.read("headlamps", Context(profile=before, turn=2))
    held = {(p.facet, p.value) for p in merge(before, u.updates).preferences}
    assert held == {("category", "Headlamp"), ("price", (None, 200.0))}


def test_not_this_but_that(shop: EmbeddedReader) -> None:
    assert beliefs(shop.read("not a red tent, a green one", Context())) == {
        "forbid color=red",
        "require category=Tent",
        "require color=green",
    }


def test_who_one_is_says_the_level(shop: EmbeddedReader) -> None:
    assert "require level=beginner" in beliefs(shop.read("I'm a beginner though", Context()))


def test_a_long_value_is_a_value() -> None:
    """Names of stations and hotels have a dozen characters; exactly written they are meant."""
    names = ("北京西站地铁站A口", "物资学院路地铁站D口", "北京空港远航国际酒店", "首都宾馆")
    schema = Schema({"metro": Facet("metro", "category", labels={"zh": "地铁"})})
    items = [Item(str(n), f"第{n}店", {"metro": (name,)}) for n, name in enumerate(names)]
    reader = EmbeddedReader(Catalogue("餐馆", items, schema))
    for name in names:
        assert beliefs(reader.read(f"想找{name}附近的", Context())) == {f"require metro={name}"}
        assert beliefs(reader.read(f"不要{name}", Context())) == {f"forbid metro={name}"}


def test_not_knowing_what_to_choose_is_a_request(courses: EmbeddedReader) -> None:
    for text in ("不知道选哪门课程好", "不知道学什么"):
        assert courses.read(text, Context()).intent == "recommend", text
