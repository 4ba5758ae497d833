"""Ways of asking that need more than a value: superlatives, bodies of work, what is foreign."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.importing.shipped import ensure_shipped
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from chatbot.understand import Context
from chatbot.understand.embedded import EmbeddedReader
from chatbot.values import Assert, Preference, Profile, Understanding, Withdraw
from retrieval.catalogue import Catalogue
from retrieval.lexical import Lexical

LIST = ("ring-1998", "seven-samurai-1954", "spirited-away-2001")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    database = Database.open(Path(tmp_path_factory.mktemp("phrases")) / "db.sqlite")
    store = CatalogueStore(database)
    ensure_shipped(store, "films")
    return store.load("films")


@pytest.fixture(scope="module")
def reader(catalogue: Catalogue) -> EmbeddedReader:
    return EmbeddedReader(catalogue, None, Lexical.build(catalogue).share)


def beliefs(u: Understanding) -> dict[str, str]:
    """What is asserted: "facet=value" → stance."""
    return {f"{p.facet}={p.value}": p.stance for p in _preferences(u)}


def _preferences(u: Understanding) -> list[Preference]:
    return [x.preference for x in u.updates if isinstance(x, Assert)]


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("which is the shortest?", "least:runtime"),
        ("which one is the newest?", "most:year"),
        ("what's the highest rated of these?", "most:rating"),
        ("which of these is the scariest", "most:scary"),
        ("is the second one the longest?", "most:runtime"),
        ("哪部最短", "least:runtime"),
        ("评分最高的是哪部？", "most:rating"),
        ("哪部最吓人", "most:scary"),
    ],
)
def test_a_superlative_asks_about_the_list(reader: EmbeddedReader, text: str, aspect: str) -> None:
    u = reader.read(text, Context(listed=LIST))
    assert (u.intent, u.aspect, u.items) == ("ask_item", aspect, LIST)
    assert not u.updates and not u.critiques


def test_a_superlative_beside_no_list_is_a_wish(reader: EmbeddedReader) -> None:
    u = reader.read("what's the longest film you have?", Context())
    (wish,) = _preferences(u)
    assert (u.intent, wish.stance, wish.facet) == ("recommend", "like", "runtime")
    assert isinstance(wish.value, tuple) and (wish.value[0] or 0) > 140
    plain = reader.read("the best horror film", Context(listed=LIST))
    assert beliefs(plain) == {"genre=Horror": "require"}


def test_everything_by_somebody_was_seen(reader: EmbeddedReader, catalogue: Catalogue) -> None:
    def of(name: str) -> set[str]:
        return {i.id for i in catalogue.items if name in (*i.values("director"), *i.values("cast"))}

    nolan = of("Christopher Nolan")
    for text, expected in (
        ("I've seen everything by Nolan except Tenet", nolan - {"tenet-2020"}),
        ("诺兰的电影我都看过了", nolan),
        ("I've watched every Kubrick film", of("Stanley Kubrick")),
        ("I have seen all of Tarantino's films", of("Quentin Tarantino")),
    ):
        u = reader.read(text, Context(listed=LIST))
        assert u.intent == "seen", text
        assert {str(p.value) for p in _preferences(u)} == expected, text
        assert {p.stance for p in _preferences(u)} == {"seen"}, text


def test_who_is_still_to_be_discovered_is_liked(reader: EmbeddedReader) -> None:
    for text in ("除了宫崎骏的我都看过", "I've never seen a Miyazaki"):
        assert beliefs(reader.read(text, Context())) == {"person=Hayao Miyazaki": "like"}, text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("foreign films only", {"language=English": "forbid"}),
        ("no foreign films", {"language=English": "require"}),
        ("no subtitles please", {"language=English": "require"}),
        (
            "想看外国片",
            {"country=China": "forbid", "country=Hong Kong": "forbid", "country=Taiwan": "forbid"},
        ),
        ("来点日漫", {"genre=Animation": "require", "country=Japan": "require"}),
        ("I love anime", {"genre=Animation": "like", "country=Japan": "like"}),
        ("I'm a huge Tom Hanks fan", {"person=Tom Hanks": "like"}),
        ("Nolan's films are great", {"person=Christopher Nolan": "like"}),
        ("I'd rather not watch anything gory", {"violence=(None, 1.0)": "require"}),
        ("not in the mood for anything heavy", {"mood=dark": "forbid"}),
        ("sad but hopeful", {"mood=melancholy": "like", "mood=uplifting": "like"}),
        ("something with a happy ending", {"mood=uplifting": "like"}),
        ("节奏快一点的", {"mood=exciting": "like"}),
        ("最近心情不好", {"mood=feel-good": "like"}),
        ("sth chill 4 tonite", {"mood=feel-good": "like"}),
        ("a good who dunnit", {"genre=Mystery": "require"}),
        ("they are 5 and 8", {"age=(None, 5.0)": "require"}),
        ("a movie as good as Heat", {"title=heat-1995": "like"}),
        ("I watched The Matrix and wasn't impressed", {"title=the-matrix-1999": "avoid"}),
        ("my dad falls asleep in anything slow", {"mood=slow-burn": "avoid"}),
        ("I've got 90 minutes before bed", {"runtime=(None, 90.0)": "require"}),
        ("not rated R please", {"certificate=R": "forbid"}),
        ("at most PG", {"certificate=G": "require", "certificate=PG": "require"}),
        ("PG or lower", {"certificate=G": "require", "certificate=PG": "require"}),
        (
            "Hitchcock but not Psycho",
            {"person=Alfred Hitchcock": "require", "title=psycho-1960": "avoid"},
        ),
        ("不要漫威不要DC", {"theme=marvel": "forbid", "theme=dc comics": "forbid"}),
        ("不想动脑子", {"mood=feel-good": "like"}),
        ("想看哭，但结局要好", {"mood=tear-jerker": "like", "mood=uplifting": "like"}),
    ],
)
def test_turns_of_phrase(reader: EmbeddedReader, text: str, expected: dict[str, str]) -> None:
    u = reader.read(text, Context(listed=LIST))
    assert beliefs(u) == expected
    assert u.intent in ("recommend", "inform", "critique") and not u.ambiguous


def test_what_is_too_sad_is_a_wish_or_a_critique(reader: EmbeddedReader) -> None:
    text = "适合情侣看的，不要太悲"
    alone = beliefs(reader.read(text, Context()))
    assert alone == {"mood=romantic": "like", "mood=melancholy": "avoid"}
    (critique,) = reader.read(text, Context(listed=LIST)).critiques
    assert (critique.direction, critique.value) == ("less", "melancholy")


def test_a_liking_for_older_films_is_no_critique(reader: EmbeddedReader) -> None:
    told = reader.read("I like older movies", Context(listed=LIST))
    assert (told.intent, told.critiques) == ("inform", ())
    assert beliefs(told) == {"year=(None, 1979.0)": "like"}
    asked = reader.read("show me older ones", Context(listed=LIST))
    assert asked.intent == "critique" and asked.critiques[0].facet == "year"


def test_alternatives_of_a_condition_are_wishes(reader: EmbeddedReader) -> None:
    u = reader.read("If it rains, something cosy; otherwise an adventure", Context())
    assert beliefs(u) == {"mood=cosy": "like", "genre=Adventure": "like"}


def test_subtitles_that_are_fine_free_the_language(reader: EmbeddedReader) -> None:
    for text in ("我不介意字幕", "subtitles are fine"):
        u = reader.read(text, Context())
        assert any(isinstance(x, Withdraw) and x.facet == "language" for x in u.updates), text
        assert not _preferences(u), text


@pytest.mark.parametrize(
    ("text", "count"),
    [("三部就够了", 3), ("推荐一部喜剧", None), ("只要一部", 1), ("找一部电影", None)],
)
def test_how_many(reader: EmbeddedReader, text: str, count: int | None) -> None:
    assert reader.read(text, Context()).count == count


def test_a_description_is_searched_by_its_words(reader: EmbeddedReader) -> None:
    u = reader.read("the one with the big ship that sinks", Context(listed=LIST))
    assert (u.intent, u.terms) == ("recommend", ("the big ship that sinks",))
    assert beliefs(u) == {"term=the big ship that sinks": "like"}
    framed = reader.read("a movie where a guy relives the same day", Context())
    assert (framed.intent, framed.terms) == ("recommend", ("a guy relives the same day",))
    assert not reader.read("recommend me a good movie for tonight", Context()).terms
    for chat in ("hmm", "my day was long", "blah blah", "zxcv qwer"):
        assert not reader.read(chat, Context()).terms, chat


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("Oscar winners", "awards"),
        ("a comedy on Netflix", "availability"),
        ("directed by a woman", "women"),
        ("黑白片", "colour"),
        ("票房高的", "takings"),
    ],
)
def test_what_is_not_recorded_is_named(reader: EmbeddedReader, text: str, matter: str) -> None:
    u = reader.read(text, Context())
    assert (u.intent, u.unrecorded) == ("recommend", (matter,))
    assert not reader.read("with Oscar Isaac", Context()).unrecorded


@pytest.mark.parametrize(
    ("text", "intent", "aspect"),
    [
        ("does Netflix have it?", "ask_item", "url"),
        ("who's in it?", "ask_item", "cast"),
        ("谁演的", "ask_item", "cast"),
        ("is the first one on the long side?", "ask_item", "runtime"),
        ("hmm, the second maybe? what's it about", "ask_item", "plot"),
        ("why is Up on the list?", "explain", ""),
        ("you already showed me that", "more", ""),
        ("刚推荐过了", "more", ""),
    ],
)
def test_remarks_about_the_list(
    reader: EmbeddedReader, text: str, intent: str, aspect: str
) -> None:
    u = reader.read(text, Context(listed=LIST))
    assert (u.intent, u.aspect) == (intent, aspect)
    assert not u.updates and not u.terms


def test_all_that_was_suggested_was_seen(reader: EmbeddedReader) -> None:
    for text in ("你推荐的都看过了", "I've seen all your suggestions"):
        u = reader.read(text, Context(listed=LIST))
        assert [p.value for p in _preferences(u)] == list(LIST), text
        assert {p.stance for p in _preferences(u)} == {"seen"}, text


def test_the_plot_is_no_genre(reader: EmbeddedReader) -> None:
    u = reader.read("剧情别太复杂的", Context(listed=LIST))
    assert not u.updates and u.critiques[0].value == "mind-bending"
    assert beliefs(reader.read("想看剧情片", Context())) == {"genre=Drama": "require"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a film set in the 1950s", {"theme=1950s": "like"}),
        ("背景是民国的", {"term=民国": "like"}),
        ("films from the 1950s", {"year=(1950.0, 1959.0)": "require"}),
        ("films from the director of Alien", {"person=Ridley Scott": "require"}),
        ("something with the star of Gladiator", {"person=Russell Crowe": "require"}),
    ],
)
def test_what_a_year_or_a_title_stands_for(
    reader: EmbeddedReader, text: str, expected: dict[str, str]
) -> None:
    u = reader.read(text, Context())
    assert (u.intent, beliefs(u), u.unknown) == ("recommend", expected, ())


def test_who_made_it_is_a_question(reader: EmbeddedReader) -> None:
    u = reader.read("who is the director of Alien", Context())
    assert (u.intent, u.aspect, u.items) == ("ask_item", "director", ("alien-1979",))


def test_a_dislike_in_full_words_is_one(reader: EmbeddedReader) -> None:
    for text in ("I did not like the second one", "I didn't really like the second one"):
        u = reader.read(text, Context(listed=LIST))
        assert beliefs(u) == {f"title={LIST[1]}": "avoid"}, text
        assert not u.critiques, text


@pytest.mark.parametrize(
    ("text", "aspect", "items"),
    [
        ("which is scarier?", "most:scary", LIST),
        ("which one is shorter, the second or the third?", "least:runtime", LIST[1:]),
        ("第一部和第三部哪个更长", "most:runtime", (LIST[0], LIST[2])),
        ("跟第三部比哪个短", "least:runtime", (LIST[1], LIST[2])),
    ],
)
def test_a_comparative_asks_which_of_two(
    reader: EmbeddedReader, text: str, aspect: str, items: tuple[str, ...]
) -> None:
    u = reader.read(text, Context(listed=LIST, focus=LIST[1]))
    assert (u.intent, u.aspect, u.items) == ("compare", aspect, items)


@pytest.mark.parametrize(
    ("text", "seen", "unseen"),
    [
        ("they have seen all the toy story films", {"Toy Story", "Toy Story 4"}, {"Up"}),
        ("I've watched every Harry Potter movie", {"Harry Potter and the Goblet of Fire"}, {"Elf"}),
        ("seen the whole Shrek series", {"Shrek", "Shrek 2", "Shrek the Third"}, {"Sing"}),
        ("I've seen all the Star Wars movies except The Last Jedi",
         {"Star Wars: Episode IV - A New Hope"}, {"Star Wars: The Last Jedi"}),
        ("玩具总动员系列我都看过", {"Toy Story 3"}, {"Up"}),
        ("哈利波特的电影孩子们都看过了", {"Harry Potter and the Prisoner of Azkaban"}, {"Elf"}),
        ("I have seen all the Up films", set(), {"Up in the Air"}),
    ],
)  # fmt: skip
def test_a_whole_series_that_was_seen(
    reader: EmbeddedReader, catalogue: Catalogue, text: str, seen: set[str], unseen: set[str]
) -> None:
    u = reader.read(text, Context(listed=LIST))
    marked = {catalogue[str(p.value)].title for p in _preferences(u) if p.stance == "seen"}
    assert seen <= marked and not unseen & marked


@pytest.mark.parametrize(
    "text",
    [
        "i loved parasite and get out, what should i watch tonight? nothing too long",
        "I loved Parasite and Get Out. Any recommendations? Not too long",
        "我喜欢《寄生虫》和《逃出绝命镇》，今晚看点什么好？别太长",
    ],
)
def test_what_to_watch_is_no_question_about_what_was_loved(
    reader: EmbeddedReader, text: str
) -> None:
    u = reader.read(text, Context())
    assert u.intent == "recommend"
    found = beliefs(u)
    assert found["title=parasite-2019"] == found["title=get-out-2017"] == "like"
    assert any(name.startswith("runtime=") for name in found)


def test_without_a_list_ordinals_point_at_what_was_named(reader: EmbeddedReader) -> None:
    told = Profile(
        (
            Preference("like", "title", "parasite-2019", turn=1),
            Preference("like", "title", "get-out-2017", turn=1),
        )
    )
    u = reader.read("more like the second one", Context(profile=told, turn=2))
    assert u.items == ("get-out-2017",)
    assert not reader.read("more like the second one", Context()).terms


def test_a_description_behind_films_like_is_searched_for(reader: EmbeddedReader) -> None:
    u = reader.read("films like the one with the guy who relives the same day", Context())
    assert u.intent == "recommend" and "relives the same day" in u.terms[0]
