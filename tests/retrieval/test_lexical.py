import math
from pathlib import Path

import numpy as np
import pytest

from retrieval.catalogue import Catalogue
from retrieval.documents import document, present, tokens, vocabulary
from retrieval.items import Item
from retrieval.lexical import Lexical
from retrieval.schema import Facet, Schema


@pytest.fixture
def lexical(catalogue: Catalogue) -> Lexical:
    return Lexical.build(catalogue)


def first(catalogue: Catalogue, scores: np.ndarray) -> str:
    return catalogue.items[int(np.argmax(scores))].id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("opera actors", "farewell"),
        ("amelie", "amelie"),
        ("AMÉLIE!", "amelie"),
        ("samurais in a village", "seven"),
        ("霸王别姬", "farewell"),
        ("爱美丽", "amelie"),
        ("我想看七武士", "seven"),
        ("乱", "ran"),
    ],
)
def test_words_find_their_item_in_both_languages(
    catalogue: Catalogue, lexical: Lexical, text: str, expected: str
) -> None:
    assert first(catalogue, lexical.scores(text)) == expected


def test_no_common_word_scores_zero(lexical: Lexical) -> None:
    for text in ("", "zzz", "。", "xyzzy 钛合金"):
        assert not lexical.scores(text).any()


def test_bm25_by_hand() -> None:
    schema = Schema({"overview": Facet("overview", "text")})
    items = [Item("a", "x", {"overview": "moon"}), Item("b", "y", {"overview": "sun sun"})]
    scores = Lexical.build(Catalogue("c", items, schema)).scores("moon")
    # lengths 3+1 and 3+2, mean 4.5; idf = ln(1 + (2 - 1 + .5) / (1 + .5)) = ln 2
    norm = 1.2 * (1 - 0.6 + 0.6 * 4 / 4.5)
    assert scores == pytest.approx([math.log(2) * 2.2 / (1 + norm), 0], rel=1e-5)


def test_a_name_counts_more_than_prose() -> None:
    schema = Schema({"overview": Facet("overview", "text")})
    items = [Item("a", "Sun", {"overview": "moon"}), Item("b", "Moon", {"overview": "sun"})]
    assert np.argmax(Lexical.build(Catalogue("c", items, schema)).scores("moon")) == 1


def test_presence_is_the_share_of_words_that_are_there(
    catalogue: Catalogue, lexical: Lexical
) -> None:
    found = lexical.presence("three sons of a king")  # "of" and "a" say nothing
    assert found[catalogue.row_of["ran"]] == pytest.approx(2 / 3)
    assert found[catalogue.row_of["up"]] == 0


def test_saved_and_loaded_scores_are_the_same(lexical: Lexical, tmp_path: Path) -> None:
    lexical.save(tmp_path / "lexical.npz")
    loaded = Lexical.load(tmp_path / "lexical.npz")
    for text in ("opera", "七武士", "zzz"):
        assert np.array_equal(loaded.scores(text), lexical.scores(text))


def test_an_empty_catalogue_builds(tmp_path: Path) -> None:
    empty = Lexical.build(Catalogue("none", [], Schema({})))
    assert empty.scores("anything").shape == (0,)
    empty.save(tmp_path / "x.npz")
    assert len(Lexical.load(tmp_path / "x.npz")) == 0


def test_documents_tell_any_schema_in_order(catalogue: Catalogue) -> None:
    text = document(catalogue["ran"], catalogue.schema)
    parts = ["Ran (1985)", "War, Drama", "samurai", "epic", "warlord", "Director: Akira Kurosawa"]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert document(Item("x", "Lamp"), Schema({})) == "Lamp."


def test_stop_words_stay_when_nothing_else_is_left() -> None:
    assert tokens("It") == ["it"] and tokens("I want it with robots") == ["robot"]


def test_words_present_are_quoted_as_said(catalogue: Catalogue) -> None:
    recorded = vocabulary(catalogue["farewell"], catalogue.schema)
    assert present("Operas about 霸王别姬 and robots", recorded) == ["operas", "霸王别姬"]
