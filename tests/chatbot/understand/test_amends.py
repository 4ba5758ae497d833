"""Second thoughts, questions about a list, wishes that are only wishes."""

from __future__ import annotations

import pytest

from chatbot.profile import merge
from chatbot.understand import Context
from chatbot.understand.embedded import EmbeddedReader
from chatbot.values import Assert, Preference, Profile, Understanding, Withdraw

LIST = (
    "alien-1979",
    "spirited-away-2001",
    "the-godfather-1972",
    "casablanca-1942",
    "in-the-mood-for-love-2000",
)


def read(
    reader: EmbeddedReader, text: str, *held: Preference, listed: tuple[str, ...] = LIST
) -> Understanding:
    focus = listed[0] if listed else ""
    return reader.read(text, Context(profile=Profile(held), turn=3, listed=listed, focus=focus))


def after(reader: EmbeddedReader, text: str, *held: Preference) -> set[tuple[str, str, object]]:
    updates = read(reader, text, *held).updates
    return {(p.stance, p.facet, p.value) for p in merge(Profile(held), updates).preferences}


def liked(u: Understanding) -> list[object]:
    return [x.preference.value for x in u.updates if isinstance(x, Assert)]


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("is the second one long?", "runtime"),
        ("how long is it", "runtime"),
        ("is it violent?", "violence"),
        ("is it any good?", "rating"),
        ("is the first one suitable for kids?", "age"),
        ("第二部长吗？", "runtime"),
    ],
)
def test_questions_about_an_item(reader: EmbeddedReader, text: str, aspect: str) -> None:
    u = read(reader, text)
    assert (u.intent, u.aspect, u.updates) == ("ask_item", aspect, ())


def test_what_a_child_loves_is_about_the_child(reader: EmbeddedReader) -> None:
    u = read(reader, "a movie for my 6 year old who loves dogs", listed=())
    beliefs = {x.preference for x in u.updates if isinstance(x, Assert)}
    assert {(p.stance, p.facet, p.value) for p in beliefs} == {
        ("require", "age", (None, 6.0)),
        ("like", "theme", "dogs"),
    }
    assert {p.about for p in beliefs if p.facet == "theme"} == {"my 6 year old"}


def test_short_chinese_title_said_to_be_seen(reader: EmbeddedReader) -> None:
    assert after(reader, "功夫看过了") == {("seen", "title", "kung-fu-hustle-2004")}
    assert after(reader, "我想看功夫片") == {("require", "genre", "Martial Arts")}


@pytest.mark.parametrize(
    "text", ["actually longer is fine", "longer is ok", "长一点也行", "I don't mind longer"]
)
def test_a_change_that_is_only_allowed(reader: EmbeddedReader, text: str) -> None:
    u = read(reader, text, Preference("require", "runtime", (None, 100.0)))
    assert u.critiques == ()
    assert [x.facet for x in u.updates if isinstance(x, Withdraw)] == ["runtime"]


@pytest.mark.parametrize(
    "text",
    [
        "算了，还是喜剧吧",
        "never mind, a comedy then",
        "instead, a comedy",
        "换成喜剧",
        "no, I meant a comedy",
    ],
)
def test_one_request_in_place_of_another(reader: EmbeddedReader, text: str) -> None:
    held = Preference("require", "genre", "Horror"), Preference("require", "year", (1990.0, 1999.0))
    assert after(reader, text, *held) == {
        ("require", "year", (1990.0, 1999.0)),
        ("require", "genre", "Comedy"),
    }


def test_another_country_takes_the_place_of_the_first(reader: EmbeddedReader) -> None:
    held = Preference("require", "country", "South Korea")
    assert after(reader, "what about Japanese?", held) == {("require", "country", "Japan")}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("compare the first and the second", "compare"),
        ("为什么推荐第一部？", "explain"),
        ("why the second one?", "explain"),
        ("把前三部写成一篇周末推荐", "draft"),
        ("把这三部写成一篇推荐", "draft"),
        ("write a short review of the second one", "draft"),
        ("turn these into a newsletter", "draft"),
    ],
)
def test_pointing_at_items_is_not_liking_them(
    reader: EmbeddedReader, text: str, intent: str
) -> None:
    u = read(reader, text)
    assert u.intent == intent and u.items and not liked(u)


def test_three_of_the_list(reader: EmbeddedReader) -> None:
    assert read(reader, "把这三部写成一篇推荐").items == LIST[:3]
    assert read(reader, "I already know 1 and 3").items == (LIST[0], LIST[2])
    assert after(reader, "1和3看过了") == {("seen", "title", LIST[0]), ("seen", "title", LIST[2])}


@pytest.mark.parametrize(
    "text", ["有没有别人演的，风格差不多的", "same style but with different actors"]
)
def test_other_people_same_style(reader: EmbeddedReader, text: str) -> None:
    held = Preference("require", "person", "Stephen Chow")
    u = read(reader, text, held)
    assert Withdraw("person", None, ("require", "like"), text) in u.updates
    assert [(c.direction, c.items) for c in u.critiques] == [("like", LIST[:3])]
    assert ("require", "person", "Stephen Chow") not in after(reader, text, held)


@pytest.mark.parametrize(
    ("text", "facet", "value"),
    [
        ("想看战争片，最好是国产的", "country", "China"),
        ("a war film, preferably French", "country", "France"),
        ("And maybe with a bit of romance", "genre", "Romance"),
    ],
)
def test_a_hedged_wish_is_a_taste(
    reader: EmbeddedReader, text: str, facet: str, value: str
) -> None:
    found = [
        x.preference
        for x in read(reader, text, listed=()).updates
        if isinstance(x, Assert) and x.preference.value == value
    ]
    assert [(p.stance, p.facet, p.strength < 1) for p in found] == [("like", facet, True)]


def test_about_ninety_minutes(reader: EmbeddedReader) -> None:
    assert after(reader, "90分钟左右") == {("require", "runtime", (75.0, 105.0))}


@pytest.mark.parametrize(
    ("text", "facet", "direction", "items"),
    [
        ("the second is too long", "runtime", "less", LIST[1:2]),
        ("the first one looks good but too old", "year", "more", LIST[:1]),
        ("太老了", "year", "more", ()),
    ],
)
def test_too_much_of_something(
    reader: EmbeddedReader, text: str, facet: str, direction: str, items: tuple[str, ...]
) -> None:
    u = read(reader, text)
    assert [(c.facet, c.direction, c.items) for c in u.critiques] == [(facet, direction, items)]
    assert u.intent == "critique" and not liked(u)


def test_better_asks_for_nothing_in_particular(reader: EmbeddedReader) -> None:
    u = read(reader, "can you do better")
    assert (u.intent, u.critiques) == ("reject", ())


def test_company_is_no_subject(reader: EmbeddedReader) -> None:
    assert not after(reader, "what's a good movie to watch with my grandparents")


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("一个人在家害怕，别给我恐怖片", ("forbid", "genre", "Horror")),
        ("小时候看过宫崎骏，想找类似的", ("like", "person", "Hayao Miyazaki")),
        ("想大哭一场", ("like", "mood", "tear-jerker")),
        ("i need a laugh", ("like", "mood", "funny")),
    ],
)
def test_ordinary_talk(reader: EmbeddedReader, text: str, held: tuple[str, str, object]) -> None:
    assert after(reader, text) == {held}


def test_having_seen_all_of_somebody_is_no_opinion_of_the_list(reader: EmbeddedReader) -> None:
    found = after(reader, "周星驰的都看过了")
    assert {(stance, facet) for stance, facet, *_ in found} == {("seen", "title")}


def test_one_actor_swapped_for_another(reader: EmbeddedReader) -> None:
    held = Preference("require", "person", "Leonardo DiCaprio")
    assert after(reader, "swap DiCaprio for Matt Damon", held) == {
        ("require", "person", "Matt Damon")
    }


def test_all_but_one_seen(reader: EmbeddedReader) -> None:
    assert ("seen", "title", "interstellar-2014") not in after(
        reader, "诺兰的片子除了星际穿越都看过"
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("give me 3", 3),
        ("give me two more", 2),
        ("来五部", 5),
        ("give me 3 comedies", 3),
        ("give me 2 hours of fun", None),
    ],
)
def test_how_many(reader: EmbeddedReader, text: str, number: int | None) -> None:
    assert read(reader, text).count == number
