"""Both languages say the same things, and reasons say only what is recorded."""

from __future__ import annotations

import string

import pytest

from chatbot import answers, phrases
from chatbot.compose import belief
from chatbot.explain import reasons, show_interval, show_limit
from chatbot.phrases import keys, say
from chatbot.values import Language, Preference
from retrieval.catalogue import Catalogue
from retrieval.constraints import Limit
from retrieval.items import Item
from retrieval.query import Candidate, Evidence
from retrieval.schema import Facet, Schema

SCHEMA = Schema(
    {
        "genre": Facet(
            "genre",
            "category",
            many=True,
            labels={"en": "genre", "zh": "类型"},
            value_labels={"Horror": {"zh": "恐怖"}},
        ),
        "director": Facet(
            "director", "category", "person", labels={"en": "director", "zh": "导演"}
        ),
        "year": Facet("year", "number", labels={"en": "year", "zh": "年份"}),
        "runtime": Facet(
            "runtime", "number", unit="minutes", labels={"en": "length", "zh": "片长"}
        ),
        "scary": Facet("scary", "number", levels={"3": {"en": "very scary", "zh": "非常吓人"}}),
        "price": Facet("price", "number", unit="USD", labels={"en": "price", "zh": "价格"}),
        "overview": Facet("overview", "text"),
    },
    noun={"en": "film", "zh": "电影"},
    nouns={"en": "films", "zh": "电影"},
)
ALIEN = Item(
    "alien",
    "Alien",
    {
        "genre": ("Horror",),
        "director": ("Ridley Scott",),
        "year": 1979.0,
        "runtime": 117.0,
        "scary": 3.0,
        "overview": "A crew answers a signal.",
        "title_zh": "异形",
    },
)
JAWS = Item("jaws", "Jaws", {"genre": ("Thriller",), "year": 1975.0})
CATALOGUE = Catalogue("films", [ALIEN, JAWS], SCHEMA)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_phrases() -> None:
    assert keys("en") == keys("zh")


def test_wordings_of_one_phrase_need_only_what_its_first_wording_needs() -> None:
    for table in (phrases._EN, phrases._ZH):
        for key, wordings in table.items():
            allowed = {"noun", "nouns", "noun_bare", "nouns_bare"}
            allowed |= set().union(*(fields(w) for w in wordings))
            for wording in wordings:
                assert fields(wording) <= allowed, key


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("list.limits", "en")


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", ["Horror", "directed by Ridley Scott"]), ("zh", ["恐怖", "导演是Ridley Scott"])],
)
def test_reasons_are_worded_from_evidence(language: Language, expected: list[str]) -> None:
    candidate = Candidate(
        "alien",
        1.0,
        (
            Evidence("genre", 0.9, {"facet": "genre", "value": "Horror"}),
            Evidence("person", 0.5, {"facet": "director", "value": "Ridley Scott"}),
            Evidence("mood", -0.5, {"facet": "mood", "value": "bleak"}),
        ),
    )
    assert [r.text for r in reasons(candidate, CATALOGUE, language)] == expected


def test_a_collaborative_reason_needs_an_item_of_the_catalogue() -> None:
    known = Evidence("collaborative", 0.5, {"because": "jaws", "source": "movielens"})
    gone = Evidence("collaborative", 0.5, {"because": "deleted", "source": "movielens"})
    (reason,) = reasons(Candidate("alien", 1.0, (known, gone)), CATALOGUE, "en")
    assert reason.text == "people who liked Jaws also rate it highly"
    assert reason.signal == "collaborative"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "like Jaws: Horror; people who liked Jaws 2 like Jaws too"),
        ("zh", "和《Jaws》一样：恐怖；喜欢《Jaws 2》的人也喜欢《Jaws》"),
    ],
)
def test_nobody_is_said_to_like_a_new_item(language: Language, expected: str) -> None:
    catalogue = Catalogue("films", [ALIEN, JAWS, Item("jaws2", "Jaws 2")], SCHEMA)
    detail = {
        "because": "jaws2",
        "through": "jaws",
        "source": "interactions",
        "shared": {"genre": ["Horror"]},
    }
    found = reasons(
        Candidate("alien", 1.0, (Evidence("collaborative", 0.5, detail),)), catalogue, language
    )
    assert [r.text for r in found] == [expected]
    gone = Evidence("collaborative", 0.5, detail | {"through": "deleted"})
    assert reasons(Candidate("alien", 1.0, (gone,)), catalogue, language) == ()


def test_limits_and_beliefs_in_words() -> None:
    year = SCHEMA.facet("year")
    assert show_interval(year, (None, 1999.0), "zh") == "1999 年及以前"
    assert show_limit(Limit("genre", "forbid", ("Horror",)), SCHEMA, "zh") == "不要恐怖"
    assert show_limit(Limit("genre", "require", ("A", "B")), SCHEMA, "en") == "A or B"
    short = Preference("require", "runtime", (None, 100.0))
    assert belief(short, CATALOGUE, "en") == "length at most 100 minutes"
    assert belief(Preference("avoid", "genre", "Horror"), CATALOGUE, "zh") == "少一点恐怖"
    cheap = Preference("require", "price", (None, 20.0))
    assert belief(cheap, CATALOGUE, "en") == "price at most $20"


def test_questions_are_answered_from_facts_or_not_at_all() -> None:
    text, known = answers.about_item(ALIEN, "length", SCHEMA, "en")
    assert (text, known) == ("Length of Alien: 117 minutes.", True)
    text, known = answers.about_item(JAWS, "runtime", SCHEMA, "en")
    assert not known
    assert "do not know" in text
    text, known = answers.about_item(ALIEN, "awards", SCHEMA, "zh")
    assert (text, known) == ("目录里没有记录《异形》的获奖情况，所以我不知道。", False)
    text, known = answers.about_item(ALIEN, "scary", SCHEMA, "zh")
    assert known
    assert text == "《异形》非常吓人。"


def test_a_comparison_shows_what_either_records() -> None:
    table = answers.comparison(ALIEN, JAWS, SCHEMA, "en")
    assert "| length | 117 minutes | – |" in table
    assert "| year | 1979 | 1975 |" in table


def test_measures_are_shown_as_people_write_them() -> None:
    weight = Facet("weight", "number", unit="g")
    assert show_interval(weight, (900.0, 1100.0), "en") == "0.9–1.1 kg"
    assert show_interval(weight, (None, 1855.24), "zh") == "不超过 1.86 公斤"
    assert show_interval(weight, (None, 480.0), "en") == "at most 480 g"
    warranty = Facet("warranty", "number", unit="years")
    assert show_interval(warranty, (5.0, None), "zh") == "至少 5 年"
    assert show_interval(warranty, (1.0, 1.0), "en") == "1 year"
    assert show_interval(Facet("age", "number", unit="years"), (None, 6.0), "zh") == "不超过 6 岁"


def test_a_flag_is_shown_by_its_name() -> None:
    stock = Facet("in_stock", "flag", labels={"en": "in stock", "zh": "现货"})
    schema = Schema({"in_stock": stock})
    assert show_limit(Limit("in_stock", "require", ("yes",)), schema, "en") == "in stock"
    assert show_limit(Limit("in_stock", "forbid", ("yes",)), schema, "en") == "not in stock"
    assert stock.show("no", "zh") == "非现货"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Horror", "named together with Jaws in 7 conversations"]),
        ("zh", ["恐怖", "有 7 次对话同时提到它和《Jaws》"]),
    ],
)
def test_what_other_conversations_had_in_common_is_told_after_the_wish(
    language: Language, expected: list[str]
) -> None:
    talk = Evidence("conversation", 5.0, {"because": "jaws", "together": 7})
    wish = Evidence("genre", 0.9, {"facet": "genre", "value": "Horror"})
    unknown = Evidence("conversation", 5.0, {"because": "jaws"})
    found = reasons(Candidate("alien", 1.0, (talk, unknown, wish)), CATALOGUE, language)
    assert [r.text for r in found] == expected
