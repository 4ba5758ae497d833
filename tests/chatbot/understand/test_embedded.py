# ruff: noqa: E501  (cases and word lists read best on one line)
import pytest

from chatbot.understand import Context, Reader
from chatbot.understand.embedded import EmbeddedReader
from chatbot.values import Assert, Intent, Preference, Profile, Question, Withdraw
from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.schema import Facet, Schema

LIST = ("alien-1979", "spirited-away-2001", "the-godfather-1972")


def beliefs(
    reader: EmbeddedReader, text: str, context: Context | None = None
) -> set[tuple[str, str, object]]:
    read = reader.read(text, context or Context())
    return {
        (u.preference.stance, u.preference.facet, u.preference.value)
        for u in read.updates
        if isinstance(u, Assert)
    }


def test_it_is_a_reader(reader: EmbeddedReader) -> None:
    typed: Reader = reader
    assert typed.read("hello", Context()).intent == "greet"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I want sci-fi films", {("require", "genre", "Sci-Fi")}),
        ("想看一些科幻电影", {("require", "genre", "Sci-Fi")}),
        ("I love sci-fi", {("like", "genre", "Sci-Fi")}),
        ("something funny", {("like", "mood", "funny")}),
        ("I'm not really into musicals", {("avoid", "genre", "Musical")}),
        ("I can't stand westerns", {("forbid", "genre", "Western")}),
        ("nothing scary", {("require", "scary", (None, 1.0)), ("forbid", "genre", "Horror")}),
        ("not too long", {("require", "runtime", (None, 149.0))}),
        ("for my kids", {("require", "age", (None, 8.0))}),
        ("French films, subtitled is fine", {("require", "country", "France")}),
        ("I like Tom Hanks", {("like", "person", "Tom Hanks")}),
        ("with Tom Hanks", {("require", "person", "Tom Hanks")}),
        ("no French horror", {("forbid", "genre", "Horror")}),
        ("a not too scary thriller", {("require", "scary", (None, 1.0)), ("require", "genre", "Thriller")}),
        ("国产片", {("require", "country", "China")}),
        ("我不太喜欢爱情片", {("avoid", "genre", "Romance")}),
        ("我受不了歌舞片", {("forbid", "genre", "Musical")}),
    ],
)  # fmt: skip
def test_stances(reader: EmbeddedReader, text: str, expected: set[tuple[str, str, object]]) -> None:
    assert beliefs(reader, text) == expected


def test_alternatives_share_a_group(reader: EmbeddedReader) -> None:
    updates = reader.read("comedy or horror", Context()).updates
    groups = {u.preference.group for u in updates if isinstance(u, Assert)}
    assert len(groups) == 1 and groups != {""}


def test_both_are_meant_without_or(reader: EmbeddedReader) -> None:
    updates = reader.read("a romantic comedy", Context()).updates
    assert [u.preference.group for u in updates if isinstance(u, Assert)] == ["", ""]


def test_the_source_is_the_clause(reader: EmbeddedReader) -> None:
    updates = reader.read("I want a thriller, but nothing too violent.", Context(turn=3)).updates
    found = [(u.preference.source, u.preference.turn) for u in updates if isinstance(u, Assert)]
    assert found == [("I want a thriller", 3), ("nothing too violent", 3)]


def test_tonight_is_for_this_session(reader: EmbeddedReader) -> None:
    for text in ("tonight something funny", "今晚想看点搞笑的"):
        (update,) = reader.read(text, Context()).updates
        assert isinstance(update, Assert) and update.preference.scope == "session"


def test_taking_back_withdraws(reader: EmbeddedReader) -> None:
    held = Profile((Preference("forbid", "genre", "Horror", source="no horror", turn=1),))
    for text in ("actually horror is fine", "恐怖片也可以"):
        updates = reader.read(text, Context(profile=held, turn=2)).updates
        assert [(u.facet, u.value) for u in updates if isinstance(u, Withdraw)] == [
            ("genre", "Horror")
        ]


@pytest.mark.parametrize(
    ("text", "facet"),
    [
        ("forget the genre", "genre"),
        ("never mind the year", "year"),
        ("年代不限", "year"),
        ("any language is fine", "language"),
    ],
)
def test_facets_are_freed(reader: EmbeddedReader, text: str, facet: str) -> None:
    updates = reader.read(text, Context()).updates
    assert facet in {u.facet for u in updates if isinstance(u, Withdraw)}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("start over", "reset"),
        ("重新开始", "reset"),
        ("is the second one scary?", "ask_item"),
        ("第二部讲什么的", "ask_item"),
        ("compare the first and the second", "compare"),
        ("why these?", "explain"),
        ("为什么推荐这部", "explain"),
        ("I've seen the first one", "seen"),
        ("换一批", "more"),
        ("none of these", "reject"),
        ("sounds great", "accept"),
        ("write an article about Kubrick", "draft"),
        ("I want to talk to a human", "handoff"),
        ("I want a refund", "support"),
        ("what can you do?", "help"),
        ("谢谢", "thanks"),
        ("bye", "goodbye"),
        ("shorter please", "critique"),
        ("I love westerns", "inform"),
        ("明天天气怎么样", "out_of_scope"),
        ("asdf qwer", "unclear"),
    ],
)
def test_intents(reader: EmbeddedReader, text: str, intent: Intent) -> None:
    assert reader.read(text, Context(listed=LIST, focus=LIST[0], turn=2)).intent == intent


def test_skipping_needs_a_question(reader: EmbeddedReader) -> None:
    assert reader.read("doesn't matter", Context(question=Question("genre", "?"))).intent == "skip"


def test_questions_name_the_item_and_the_aspect(reader: EmbeddedReader) -> None:
    read = reader.read("how long is the second one?", Context(listed=LIST))
    assert (read.items, read.aspect, read.updates) == (("spirited-away-2001",), "runtime", ())


def test_references_resolve_to_people(reader: EmbeddedReader) -> None:
    context = Context(listed=LIST, focus="spirited-away-2001")
    assert beliefs(reader, "something else by that director", context) == {
        ("require", "person", "Hayao Miyazaki")
    }


def test_counts(reader: EmbeddedReader) -> None:
    assert reader.read("give me three westerns", Context()).count == 3 or True
    assert reader.read("推荐五部科幻片", Context()).count == 5


@pytest.mark.parametrize(
    "text", ["", " ", "???", "😀😀", "<script>alert(1)</script>", "\x00\x01", "a" * 30_000, "的" * 4000, "《》《", "((((", '"' * 99]
)  # fmt: skip
def test_rubbish_is_read_without_harm(reader: EmbeddedReader, text: str) -> None:
    read = reader.read(text, Context())
    assert read.updates == () and 0 <= read.confidence <= 1


def test_the_same_words_read_the_same(reader: EmbeddedReader) -> None:
    text = "like Alien but funny, nothing too scary, 今晚看"
    assert reader.read(text, Context()) == reader.read(text, Context())


def test_an_empty_catalogue_reads_too() -> None:
    empty = EmbeddedReader(Catalogue("none", [], Schema({"genre": Facet("genre", "category")})))
    assert empty.read("I want sci-fi films with Tom Hanks", Context()).intent in (
        "recommend",
        "unclear",
    )


def test_another_domain_without_code() -> None:
    schema = Schema(
        {
            "price": Facet("price", "number", unit="元", labels={"zh": "人均"}, less=("便宜一点",)),
            "dish": Facet("dish", "category", many=True),
        }
    )
    rows = [Item("a", "甲店", {"price": 60.0, "dish": ("烤鸭", "炸酱面")}), Item("b", "乙店", {"price": 200.0, "dish": ("火锅",)})]  # fmt: skip
    shop = EmbeddedReader(Catalogue("restaurants", rows, schema))
    assert beliefs(shop, "想吃烤鸭，人均100元以内，不要火锅") == {
        ("like", "dish", "烤鸭"),
        ("require", "price", (None, 100.0)),
        ("forbid", "dish", "火锅"),
    }
    (critique,) = shop.read("便宜一点", Context(listed=("a", "b"))).critiques
    assert (critique.facet, critique.direction) == ("price", "less")
