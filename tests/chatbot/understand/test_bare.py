"""Fragments that hold a limit or a taste and little else."""

from __future__ import annotations

import pytest

from chatbot.understand import Context
from chatbot.understand.bare import bare
from chatbot.understand.embedded import EmbeddedReader
from chatbot.values import Assert, Language, Preference, Profile, Understanding, Withdraw

LIST = ("alien-1979", "spirited-away-2001", "the-godfather-1972", "casablanca-1942")


class Doubter(EmbeddedReader):
    """Takes everything for a text about something else."""

    def _outside(self, text: str, language: Language) -> float:
        return 1.0


@pytest.fixture(scope="module")
def doubter(reader: EmbeddedReader) -> EmbeddedReader:
    return Doubter(reader.catalogue)


def read(
    reader: EmbeddedReader, text: str, *held: Preference, listed: tuple[str, ...] = LIST
) -> Understanding:
    focus = listed[0] if listed else ""
    return reader.read(text, Context(profile=Profile(held), turn=3, listed=listed, focus=focus))


def beliefs(u: Understanding) -> set[tuple[str, str, object]]:
    found = [x.preference for x in u.updates if isinstance(x, Assert)]
    return {(p.stance, p.facet, p.value) for p in found}


@pytest.mark.parametrize("listed", [LIST, ()])
@pytest.mark.parametrize(
    ("text", "belief"),
    [
        ("At most 110 minutes", ("require", "runtime", (None, 110.0))),
        ("110 minutes or less", ("require", "runtime", (None, 110.0))),
        ("I said 110 minutes or less", ("require", "runtime", (None, 110.0))),
        ("From 2020 or later", ("require", "year", (2020.0, None))),
        ("I said from 2020 or later", ("require", "year", (2020.0, None))),
        ("Nothing before 2020", ("require", "year", (2020.0, None))),
        ("In Mandarin, please", ("require", "language", "Mandarin")),
        ("But I wanted Mandarin", ("require", "language", "Mandarin")),
        ("The language should be English", ("require", "language", "English")),
        ("From France, please", ("require", "country", "France")),
        ("Shoot em up, please", ("require", "genre", "Action")),
        ("I'd like it funny", ("like", "mood", "funny")),
        ("I'd like it romantic", ("like", "mood", "romantic")),
        ("I'd like it creepy", ("like", "mood", "creepy")),
    ],
)
def test_a_bare_limit_is_never_out_of_scope(
    doubter: EmbeddedReader, text: str, belief: tuple[str, str, object], listed: tuple[str, ...]
) -> None:
    u = read(doubter, text, listed=listed)
    assert u.intent in ("recommend", "inform") and beliefs(u) == {belief} and not u.critiques


@pytest.mark.parametrize(
    "text", ["what's the weather in France", "set a timer for 110 minutes", "tell my bank hello"]
)
def test_other_matters_are_still_out_of_scope(doubter: EmbeddedReader, text: str) -> None:
    assert read(doubter, text, listed=()).intent == "out_of_scope"


def test_nothing_found_is_not_bare() -> None:
    assert not bare("please", [], listing=True)


def test_one_limit_let_go_beside_a_new_one(reader: EmbeddedReader) -> None:
    held = Preference("require", "country", "United States")
    u = read(reader, "It doesn't have to be United States after all. At most 100 minutes", held)
    assert [(x.facet, x.value) for x in u.updates if isinstance(x, Withdraw)] == [
        ("country", "United States")
    ]
    assert beliefs(u) == {("require", "runtime", (None, 100.0))}


def test_a_chinese_wish_let_go(reader: EmbeddedReader) -> None:
    held = Preference("require", "genre", "Crime")
    u = read(reader, "算了，不用犯罪也行，2000年以后的", held)
    assert [(x.facet, x.value) for x in u.updates if isinstance(x, Withdraw)] == [
        ("genre", "Crime")
    ]
    assert beliefs(u) == {("require", "year", (2000.0, None))}


@pytest.mark.parametrize(
    ("text", "place"), [("就第三部吧", 2), ("那就第四部吧", 3), ("就第二部", 1)]
)
def test_one_of_the_list_is_taken(reader: EmbeddedReader, text: str, place: int) -> None:
    u = read(reader, text)
    assert (u.intent, u.items) == ("accept", (LIST[place],))


@pytest.mark.parametrize("text", ["跟狗有关的", "和狗有关的", "我要的是狗", "主题是狗的"])
def test_a_subject_of_one_character(reader: EmbeddedReader, text: str) -> None:
    assert beliefs(read(reader, text)) == {("like", "theme", "dogs")}


def test_a_subject_no_facet_has(reader: EmbeddedReader) -> None:
    assert beliefs(read(reader, "跟钓鱼有关的")) == {("like", "term", "钓鱼")}


@pytest.mark.parametrize("text", ["要有克林特·伊斯特伍德演的", "我说了要克林特·伊斯特伍德的"])
def test_a_long_chinese_name(reader: EmbeddedReader, text: str) -> None:
    assert beliefs(read(reader, text)) == {("require", "person", "Clint Eastwood")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nothing in English", {("forbid", "language", "English")}),
        ("I said nothing in French", {("forbid", "language", "French")}),
        ("不要有风格", {("forbid", "mood", "stylish")}),
        ("别给我犯罪的", {("forbid", "genre", "Crime")}),
        ("都行，别给我日本的", {("forbid", "country", "Japan")}),
        ("都行，别给我沉重的", {("forbid", "mood", "dark")}),
        ("别给我关于狗的", {("forbid", "theme", "dogs")}),
        ("除了恐怖都行", {("require", "scary", (None, 1.0)), ("forbid", "genre", "Horror")}),
        ("主题是人工智能的", {("like", "theme", "artificial intelligence")}),
        ("要恐怖类的", {("require", "genre", "Horror")}),
        ("我想要恐怖的", {("require", "genre", "Horror")}),
        ("我说了要恐怖的", {("require", "genre", "Horror")}),
        ("我要的是恐怖", {("require", "genre", "Horror")}),
        ("来点特别恐怖的", {("like", "scary", (2.0, None))}),
    ],
)
def test_what_is_refused_and_which_kind(
    reader: EmbeddedReader, text: str, expected: set[tuple[str, str, object]]
) -> None:
    assert beliefs(read(reader, text)) == expected
