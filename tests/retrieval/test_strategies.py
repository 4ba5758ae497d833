"""Strategies change weights and the dial, never limits or what a wish counts."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval import strategies
from retrieval.catalogue import Catalogue
from retrieval.constraints import Constraints, Limit
from retrieval.documents import document
from retrieval.embeddings import HashEmbedder
from retrieval.query import Query, Wish
from retrieval.recommender import Recommender
from retrieval.rerank import Weights
from retrieval.stores import ExactStore


@pytest.fixture(scope="module")
def recommender(catalogue: Catalogue, embedder: HashEmbedder) -> Recommender:
    texts = [document(item, catalogue.schema) for item in catalogue.items]
    return Recommender(catalogue, embedder, ExactStore(embedder.embed(texts)))


def test_steady_changes_nothing() -> None:
    query = Query(surprise=0.4)
    assert strategies.weights(Weights(), strategies.STEADY) == Weights()
    assert strategies.adapted(query) is query


def test_wishes_count_the_same_in_every_strategy() -> None:
    for name in strategies.NAMES:
        changed = strategies.weights(Weights(), name)
        for field in ("wish", "person", "term", "number", "avoid", "rare", "disliked"):
            assert getattr(changed, field) == getattr(Weights(), field), (name, field)


def test_the_dial_stays_in_its_range() -> None:
    for name in strategies.NAMES:
        for dial in (0.0, 0.5, 1.0):
            moved = strategies.adapted(Query(surprise=dial, strategy=name)).surprise
            assert dial <= moved <= 1.0


def test_an_unknown_strategy_is_refused(recommender: Recommender) -> None:
    with pytest.raises(ValueError, match="no strategy 'loud'"):
        recommender.rank(Query(strategy="loud"))


@pytest.mark.parametrize("name", strategies.NAMES)
def test_limits_hold_in_every_strategy(recommender: Recommender, name: str) -> None:
    limits = Constraints((Limit("genre", "forbid", ("Drama",)),), frozenset({"alien"}))
    found = recommender.rank(Query("space", constraints=limits, k=8, strategy=name)).candidates
    assert found
    for one in found:
        item = recommender.catalogue[one.item_id]
        assert "Drama" not in item.values("genre")
        assert one.item_id != "alien"


def test_crowd_and_fresh_go_opposite_ways(recommender: Recommender) -> None:
    def votes(name: str) -> float:
        found = recommender.rank(Query("film", k=3, surprise=0.0, strategy=name)).candidates
        return float(np.mean([recommender.catalogue[c.item_id].number("votes") for c in found]))

    assert votes("crowd") > votes("fresh")


def test_signals_times_weights_are_the_score(recommender: Recommender) -> None:
    query = Query(
        "space monster", (Wish("genre", "Sci-Fi", weight=0.9), Wish("genre", "War", weight=-1.0)),
        liked=(("aliens", 0.7),), disliked=(("ran", 1.0),), ignored=(("up", 1.0),), surprise=0.0,
    )  # fmt: skip
    for name in ("steady", "crowd"):
        weights = strategies.weights(Weights(), name)
        found = recommender.rank(Query(**{**_fields(query), "strategy": name})).candidates
        totals = [sum(getattr(weights, f) * v for f, v in c.signals.items()) for c in found]
        assert {"wish", "similar", "disliked", "known"} <= set(found[0].signals)
        assert totals == sorted(totals, reverse=True)
        spread = np.diff(totals) / np.diff([c.score for c in found])
        np.testing.assert_allclose(spread, spread[0], rtol=0.01)


def _fields(query: Query) -> dict[str, object]:
    return {name: getattr(query, name) for name in Query.__dataclass_fields__}


def test_love_pulls_harder_than_like(recommender: Recommender) -> None:
    def nearness(weight: float) -> float:
        found = recommender.rank(Query(liked=(("alien", weight),), k=8)).candidates
        return max(c.signals.get("similar", 0.0) for c in found)

    assert nearness(1.0) > 1.1 * nearness(0.6)


def test_what_was_ignored_loses_a_little_and_never_much(recommender: Recommender) -> None:
    ignored = (("alien", 1.0), ("aliens", 1.0))
    found = recommender.rank(Query("film", ignored=ignored, k=8)).candidates
    values = [c.signals.get("ignored", 0.0) for c in found]
    assert min(values) < 0
    assert min(values) >= -2.0
    assert max(values) <= 0
