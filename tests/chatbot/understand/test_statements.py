"""What is told in passing is no request."""

from __future__ import annotations

import pytest

from chatbot.understand import Context
from chatbot.understand.embedded import EmbeddedReader
from chatbot.understand.statements import company, remarked, told, wondered
from chatbot.values import Assert
from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.schema import Facet, Schema

SCHEMA = Schema(
    {
        "genre": Facet("genre", "category", many=True),
        "cast": Facet("cast", "category", many=True, role="person"),
        "year": Facet("year", "number"),
    }
)
ITEMS = [
    Item("a", "Northern Tale",
         {"genre": ("Comedy", "Teen"), "cast": ("Will Smith",), "year": 1984.0}),
    Item("b", "Southern Tale", {"genre": ("Horror",), "cast": ("Maya Rudolph",), "year": 2016.0}),
]  # fmt: skip


@pytest.fixture(scope="module")
def reader() -> EmbeddedReader:
    return EmbeddedReader(Catalogue("c", ITEMS, SCHEMA))


def limits(reader: EmbeddedReader, text: str) -> set[tuple[str, object]]:
    found = reader.read(text, Context()).updates
    beliefs = [u.preference for u in found if isinstance(u, Assert)]
    return {(p.facet, p.value) for p in beliefs if p.stance in ("require", "forbid")}


@pytest.mark.parametrize(
    "text",
    [
        "Maya Rudolph was the best in it",
        "I think Will Smith did a tremendous job",
        "That was in the 80s",
        "it came out in 2016",
        "are they horror movies?",
        "have you seen Blade Runner 2049",
        "I have some teens with me, my teen loves it",
    ],
)
def test_what_is_told_or_wondered_about_limits_nothing(reader: EmbeddedReader, text: str) -> None:
    assert limits(reader, text) == set()


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("can you suggest a good comedy", ("genre", "Comedy")),
        ("do you have anything with Will Smith", ("person", "Will Smith")),
        ("something from the 80s", ("year", (1980.0, 1989.0))),
        ("it should be a comedy", ("genre", "Comedy")),
        ("is there any horror?", ("genre", "Horror")),
        ("only comedies", ("genre", "Comedy")),
    ],
)
def test_what_is_asked_for_stays_a_limit(
    reader: EmbeddedReader, text: str, held: tuple[str, object]
) -> None:
    assert held in limits(reader, text)


def test_words_of_the_rules() -> None:
    assert told("that had ", "")
    assert not told("that had better be a ", " that i want")
    assert wondered("is it a ") and not wondered("is there a ")
    assert remarked("i love adam sandler's ", "older") and remarked("is that a ", "newer") is False
    assert remarked("i think they are ", "newer") and remarked("i thought the ", "older")
    assert not remarked("something like the matrix but ", "newer")
    assert not remarked("i like it but i want something ", "older")
    assert not remarked("could we have ", "more recent")
    assert company("kids", "for my two ", "") and not company("kids", "for my two ", " movies")
