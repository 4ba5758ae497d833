"""Names of common values in both languages, for catalogues that bring none."""

from __future__ import annotations

from chatbot.understand import Context
from chatbot.understand.embedded import EmbeddedReader
from chatbot.values import Assert, Understanding
from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.lingua import bilingual, names
from retrieval.schema import Facet, Schema, fold


def films(*genres: str, **own: object) -> Catalogue:
    facets = {
        "genre": Facet("genre", "category", many=True, **own),  # type: ignore[arg-type]
        "country": Facet("country", "category", many=True),
    }
    countries = ("France", "Japan", "China")
    items = [
        Item(str(n), f"Film {n}", {"genre": (genre,), "country": (countries[n % 3],)})
        for n, genre in enumerate(genres)
    ]
    schema = bilingual(Schema(facets, domain="films"), items)
    return Catalogue("c", items, schema)


def required(u: Understanding) -> set[tuple[str, str, str]]:
    found = [x.preference for x in u.updates if isinstance(x, Assert)]
    return {(p.stance, p.facet, str(p.value)) for p in found}


def test_english_values_are_asked_for_in_chinese() -> None:
    reader = EmbeddedReader(films("Romance", "Sci-Fi", "Horror", "Comedy"))
    assert required(reader.read("想看爱情片", Context())) == {("require", "genre", "Romance")}
    assert required(reader.read("来部科幻，不要恐怖", Context())) == {
        ("require", "genre", "Sci-Fi"),
        ("forbid", "genre", "Horror"),
    }
    assert ("require", "country", "Japan") in required(reader.read("日本的喜剧", Context()))


def test_chinese_values_are_asked_for_in_english() -> None:
    catalogue = films("爱情", "科幻", "喜剧")
    reader = EmbeddedReader(catalogue)
    assert required(reader.read("a comedy please", Context())) == {("require", "genre", "喜剧")}
    assert catalogue.schema.facets["genre"].show("科幻", "en") == "Sci-Fi"


def test_two_spellings_of_one_kind_are_either() -> None:
    reader = EmbeddedReader(films("Animation", "Animated", "Drama"))
    both = {("require", "genre", "Animation"), ("require", "genre", "Animated")}
    for text in ("an animated film", "animation please", "动画片"):
        assert required(reader.read(text, Context())) == both, text


def test_what_a_catalogue_says_itself_stays() -> None:
    own = {
        "synonyms": {"Romance": ("love",)},
        "value_labels": {"Horror": {"zh": "吓人"}},
    }
    genre = films("Romance", "Horror", "War", **own).schema.facets["genre"]
    assert genre.synonyms["Romance"] == ("love",) and genre.show("Horror", "zh") == "吓人"
    assert genre.show("War", "zh") == "战争"


def test_nothing_is_named_twice() -> None:
    for facet, table in names().items():
        english = [fold(n) for one in table for n in one.english]
        assert len(english) == len(set(english)), facet
        assert all(one.english and one.chinese for one in table)
        assert all(not n.isascii() for one in table for n in one.chinese)
