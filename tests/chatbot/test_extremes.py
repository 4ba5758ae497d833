"""Which item is the most of something: from facts, with ties and silence named."""

from __future__ import annotations

import numpy as np
import pytest

from chatbot.extremes import extreme, rated
from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.quality import Quality
from retrieval.schema import Facet, Schema


@pytest.fixture
def catalogue() -> Catalogue:
    schema = Schema(
        {
            "runtime": Facet(
                "runtime", "number", unit="minutes", labels={"en": "length", "zh": "片长"}
            ),
            "certificate": Facet("certificate", "category", order=("G", "PG", "R")),
        }
    )
    rows = [("a", "Alpha", 90.0, "PG"), ("b", "Beta", 90.0, "R"), ("c", "Gamma", 120.0, "G")]
    items = [Item(i, t, {"runtime": n, "certificate": (c,)}) for i, t, n, c in rows]
    return Catalogue("test", (*items, Item("d", "Delta")), schema)


def _quality(*counts: float) -> Quality:
    mean = np.array([4.1, 3.0, 4.5, np.nan], np.float32)
    return Quality(mean, mean, np.array(counts, np.float32), "movielens")


def test_ties_are_named_and_what_is_not_recorded_too(catalogue: Catalogue) -> None:
    ids = ("a", "b", "c", "d")
    assert extreme(ids, "least:runtime", catalogue, "en") == (
        "That would be Alpha and Beta, level with each other (90 minutes), followed by Gamma "
        "(120 minutes). The catalogue does not record the length of Delta."
    )
    assert extreme(ids[:3], "most:runtime", catalogue, "zh") == (
        "是《Gamma》（120 分钟），其次是《Alpha》（90 分钟）和《Beta》（90 分钟）。"
    )


def test_an_ordered_category_has_ends_too(catalogue: Catalogue) -> None:
    assert extreme(("a", "b", "c"), "most:certificate", catalogue, "en").startswith(
        "That is Beta (R)"
    )


def test_ratings_of_few_people_are_not_told(catalogue: Catalogue) -> None:
    quality = _quality(50, 40, 2, np.nan)
    text = extreme(("a", "b", "c"), "most:rating", catalogue, "en", quality)
    assert text.startswith(
        "That is Alpha (4.1/5 by 50 people on MovieLens), followed by Beta (3.0/5"
    )
    assert "ratings of Gamma" in text
    assert rated(catalogue["c"], catalogue, "en", quality) == ""
    assert (
        rated(catalogue["a"], catalogue, "zh", quality)
        == "《Alpha》的评分是 4.1/5，MovieLens 50 人评分。"
    )


def test_nothing_recorded_is_said(catalogue: Catalogue) -> None:
    assert extreme(("d",), "most:runtime", catalogue, "en") == (
        "The catalogue does not record the length of these, so I do not know."
    )
    assert "not record the popularity" in extreme(("a",), "most:popularity", catalogue, "en")
