"""The question asked is the one whose answer removes most uncertainty."""

from __future__ import annotations

from chatbot.questions import best_question
from chatbot.values import Preference, Profile
from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.query import Candidate
from retrieval.schema import Facet, Schema

SCHEMA = Schema(
    {
        "genre": Facet("genre", "category", many=True, labels={"en": "genre", "zh": "类型"}),
        "mood": Facet("mood", "category", many=True, labels={"en": "mood", "zh": "氛围"}),
        "director": Facet("director", "category", role="person"),
    }
)
# Four genres evenly spread, one mood for all, a director each.
ITEMS = [
    Item(
        str(n),
        f"Film {n}",
        {
            "genre": (("A", "B", "C", "D")[n % 4],),
            "mood": ("calm",),
            "director": (f"Director {n}",),
        },
    )
    for n in range(16)
]
CATALOGUE = Catalogue("c", ITEMS, SCHEMA)
EVEN = [Candidate(item.id, 1.0) for item in ITEMS]


def test_the_facet_that_splits_best_is_asked_with_its_values() -> None:
    question = best_question(EVEN, CATALOGUE, Profile(), (), "en")
    assert question is not None
    assert question.facet == "genre"
    assert question.options == ("A", "B", "C", "D")


def test_nothing_is_asked_twice_or_about_what_was_said() -> None:
    assert best_question(EVEN, CATALOGUE, Profile(), ("genre",), "en") is None
    said = Profile((Preference("like", "genre", "A"),))
    assert best_question(EVEN, CATALOGUE, said, (), "zh") is None


def test_a_clear_favourite_leaves_nothing_to_ask() -> None:
    sure = [Candidate("0", 20.0), *(Candidate(i.id, 0.0) for i in ITEMS[1:])]
    assert best_question(sure, CATALOGUE, Profile(), (), "en") is None


def test_less_gain_is_worth_asking_where_less_is_demanded() -> None:
    two = [Candidate(i.id, 1.0 if i.values("genre")[0] in "AB" else -20.0) for i in ITEMS]
    assert best_question(two, CATALOGUE, Profile(), (), "en") is None  # one bit
    question = best_question(two, CATALOGUE, Profile(), (), "en", least=0.9)
    assert question is not None and set(question.options[:2]) == {"A", "B"}


def test_no_candidates_no_question() -> None:
    assert best_question([], CATALOGUE, Profile(), (), "en") is None
