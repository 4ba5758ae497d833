from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from retrieval.catalogue import Catalogue, Rows
from retrieval.collaborative import Because
from retrieval.constraints import Constraints, Limit
from retrieval.documents import document
from retrieval.embeddings import HashEmbedder
from retrieval.items import Item
from retrieval.lexical import Lexical
from retrieval.query import Query, Wish
from retrieval.recommender import WHOLE, Recommender
from retrieval.schema import Facet, Schema
from retrieval.stores import ExactStore, Scores


class Friends:
    """A collaborative model that knows one pair of films only."""

    def __init__(self, catalogue: Catalogue, a: str, b: str) -> None:
        self._size = len(catalogue)
        self._pair = {catalogue.row_of[a]: catalogue.row_of[b]}

    def scores(self, history: Rows, weights: Scores) -> Scores:
        out = np.full(self._size, np.nan, dtype=np.float32)
        out[0] = 0.0
        for row, weight in zip(history, weights, strict=True):
            if int(row) in self._pair:
                out[self._pair[int(row)]] = weight
        return out

    def because(self, row: int, history: Rows) -> Because | None:
        for other in history:
            if self._pair.get(int(other)) == row:
                return Because(int(other), 0.5, "movielens", 12, 1.5)
        return None

    def support(self) -> Scores:
        return np.where(np.arange(self._size) == 0, np.inf, 0).astype(np.float32)


def build(catalogue: Catalogue, embedder: HashEmbedder, **more: object) -> Recommender:
    texts = [document(item, catalogue.schema) for item in catalogue.items]
    store = ExactStore(embedder.embed(texts))
    return Recommender(catalogue, embedder, store, Lexical.build(catalogue), **more)  # type: ignore[arg-type]


@pytest.fixture
def recommender(catalogue: Catalogue, embedder: HashEmbedder) -> Recommender:
    return build(catalogue, embedder)


def ids(ranking) -> list[str]:
    return [c.item_id for c in ranking.candidates]


def test_a_genre_wish_puts_that_genre_first_and_says_so(recommender: Recommender) -> None:
    wish = Wish("genre", "sci-fi", source="sci-fi films")
    ranking = recommender.rank(Query("Sci-Fi", (wish,), surprise=0, k=2))
    assert set(ids(ranking)) == {"alien", "aliens"}
    for candidate in ranking.candidates:
        found = {e.signal: e for e in candidate.evidence}
        expected = {"facet": "genre", "value": "sci-fi", "source": "sci-fi films"}
        assert found["genre"].detail == expected
        values = [e.value for e in candidate.evidence]
        assert values == sorted(values, reverse=True) and min(values) > 0


def test_a_person_is_found_in_whatever_facet_records_them(recommender: Recommender) -> None:
    ranking = recommender.rank(Query("", (Wish("person", "Akira Kurosawa"),), surprise=0, k=2))
    assert set(ids(ranking)) == {"ran", "seven"}
    assert all(c.evidence[0].signal == "director" for c in ranking.candidates)


def test_what_was_not_wanted_sinks_and_is_no_reason(recommender: Recommender) -> None:
    plain = recommender.rank(Query(surprise=0, k=8))
    ranking = recommender.rank(Query("", (Wish("genre", "Drama", weight=-1.0),), surprise=0, k=8))
    assert set(ids(ranking)[-4:]) == {"ran", "seven", "farewell", "undated"} != set(ids(plain)[-4:])
    assert not any(e.signal == "genre" for c in ranking.candidates for e in c.evidence)


def test_numbers_count_by_how_near_they_are(recommender: Recommender) -> None:
    wish = Wish("year", interval=(1979.0, 1979.0))
    ranking = recommender.rank(Query("", (wish,), surprise=0, k=8))
    order = ids(ranking)
    assert order[0] == "alien"
    assert order.index("ran") < order.index("amelie")
    signals = {c.item_id: {e.signal for e in c.evidence} for c in ranking.candidates}
    assert "year" in signals["alien"] and "year" not in signals["ran"]


def test_free_words_are_found_in_the_prose_and_quoted(recommender: Recommender) -> None:
    ranking = recommender.rank(Query("a waitress", (Wish("term", "waitress"),), surprise=0, k=3))
    first = ranking.candidates[0]
    assert first.item_id == "amelie"
    assert {e.signal for e in first.evidence} >= {"term"}
    for candidate in ranking.candidates[1:]:
        assert "term" not in {e.signal for e in candidate.evidence}


def test_words_of_the_request_are_claimed_only_where_present(recommender: Recommender) -> None:
    ranking = recommender.rank(Query("balloons and swordsmen", surprise=0, k=8))
    for candidate in ranking.candidates:
        for evidence in candidate.evidence:
            if evidence.signal == "text":
                wanted = {"up": ["balloons"], "seven": ["swordsmen"]}.get(candidate.item_id, [])
                assert evidence.detail["terms"] == wanted


def test_likeness_names_the_liked_item_and_what_is_shared(recommender: Recommender) -> None:
    constraints = Constraints(exclude=frozenset({"alien"}))
    query = Query(liked=(("alien", 1.0),), constraints=constraints, surprise=0, k=1)
    (first,) = recommender.rank(query).candidates
    assert first.item_id == "aliens"
    similar = next(e for e in first.evidence if e.signal == "similar")
    assert similar.detail["because"] == "alien"
    shared = similar.detail["shared"]
    assert shared["cast"] == ["Sigourney Weaver"]  # type: ignore[index]
    assert set(shared["theme"]) == {"space", "monster"}  # type: ignore[index]


def test_what_was_disliked_pushes_its_like_down(recommender: Recommender) -> None:
    query = Query(disliked=(("seven", 1.0),), surprise=0, k=8)
    order = ids(recommender.rank(query))
    assert order.index("ran") > ids(recommender.rank(Query(surprise=0, k=8))).index("ran")


def test_collaborative_evidence_rests_on_the_model(
    catalogue: Catalogue, embedder: HashEmbedder
) -> None:
    recommender = build(catalogue, embedder, collaborative=Friends(catalogue, "up", "farewell"))
    ranking = recommender.rank(Query(liked=(("up", 1.0),), surprise=0, k=8))
    said = {
        c.item_id: e.detail for c in ranking.candidates for e in c.evidence
        if e.signal == "collaborative"
    }  # fmt: skip
    detail = {"because": "up", "weight": 0.5, "source": "movielens", "people": 12, "lift": 1.5}
    assert said == {"farewell": detail}


def test_an_unknown_collaborative_score_is_not_dislike(
    catalogue: Catalogue, embedder: HashEmbedder
) -> None:
    query = Query(liked=(("ran", 1.0),), surprise=0, k=8)
    silent = build(catalogue, embedder, collaborative=Friends(catalogue, "up", "farewell"))
    assert ids(silent.rank(query)) == ids(build(catalogue, embedder).rank(query))


def test_an_empty_query_gives_varied_well_regarded_items(recommender: Recommender) -> None:
    ranking = recommender.rank(Query(k=3))
    assert len(ranking.candidates) == 3
    for alike in ({"ran", "seven"}, {"alien", "aliens"}):
        assert len(alike & set(ids(ranking))) <= 1
    quality = next(e for e in ranking.candidates[0].evidence if e.signal == "quality")
    assert quality.detail["rating"] == pytest.approx(8.6, abs=0.2)


def test_limits_hold_in_everything_returned(
    recommender: Recommender, catalogue: Catalogue, rng: np.random.Generator
) -> None:
    genres = ("Drama", "Action", "Sci-Fi", "Comedy")
    for _ in range(60):
        limits = (
            Limit("genre", rng.choice(["require", "forbid"]), (str(rng.choice(genres)),)),
            Limit("year", "require", interval=(float(rng.integers(1950, 2000)), None)),
        )
        exclude = frozenset(rng.choice([i.id for i in catalogue.items], 2))
        constraints = Constraints(limits, exclude)
        ranking = recommender.rank(
            Query("war", constraints=constraints, surprise=float(rng.random()), k=5)
        )
        for limit in ranking.relaxed:
            assert limit.mode == "require"
            constraints = constraints.without(limit)
        for candidate in ranking.candidates:
            assert constraints.admits(catalogue[candidate.item_id], catalogue.schema)
            assert candidate.item_id not in exclude


def test_nothing_left_is_an_empty_list_not_an_error(
    recommender: Recommender, catalogue: Catalogue
) -> None:
    everything = Constraints(exclude=frozenset(catalogue.row_of))
    assert recommender.rank(Query("x", constraints=everything)).candidates == ()
    assert recommender.rank(Query("x", k=0)).candidates == ()


def test_no_two_candidates_are_the_same_and_scores_fall(recommender: Recommender) -> None:
    for surprise in (0.0, 0.3, 0.5, 0.8, 1.0):
        ranking = recommender.rank(Query("war", surprise=surprise, k=8))
        assert len(set(ids(ranking))) == 8
        scores = [c.score for c in ranking.candidates]
        assert scores == sorted(scores, reverse=True)


def test_the_dial_prefers_the_less_known_at_its_end(recommender: Recommender) -> None:
    wishes = (Wish("genre", "Drama"),)
    safe = ids(recommender.rank(Query("", wishes, surprise=0, k=3)))
    bold = ids(recommender.rank(Query("", wishes, surprise=1, k=3)))
    assert safe[0] == "seven"
    assert "farewell" in bold and bold != safe


def test_the_same_query_gives_the_same_list(recommender: Recommender) -> None:
    query = Query("epic war", (Wish("mood", "epic"),), liked=(("ran", 0.7),), k=8)
    assert recommender.rank(query).candidates == recommender.rank(query).candidates


def test_unknown_facets_items_and_values_do_no_harm(recommender: Recommender) -> None:
    query = Query(
        "乱",
        (Wish("colour", "red"), Wish("genre", "Opera"), Wish("year", interval=(None, None))),
        liked=(("nobody", 1.0),),
        constraints=Constraints((Limit("colour", "forbid", ("red",)),)),
        context={"company": "nobody", "mood": "sad"},
    )
    assert len(recommender.rank(query).candidates) == 5


def test_context_is_said_as_context(recommender: Recommender) -> None:
    ranking = recommender.rank(Query(context={"mood": "sad"}, surprise=0, k=8))
    said = {c.item_id for c in ranking.candidates if any(e.signal == "context" for e in c.evidence)}
    assert said == {"up"}


class Oracle:
    name = "oracle"

    def scores(self, query: Query, rows: Rows) -> Scores:
        return np.where(rows == 7, 10.0, np.where(rows == 0, np.nan, 0.01 * rows)).astype("f4")

    def detail(self, query: Query, row: int) -> Mapping[str, object]:
        return {"row": row}


def test_a_further_signal_joins_the_blend(catalogue: Catalogue, embedder: HashEmbedder) -> None:
    extra: Sequence[object] = (Oracle(),)
    ranking = build(catalogue, embedder, extra=extra).rank(Query(surprise=0, k=8))
    moved = next(c for c in ranking.candidates if c.item_id == "undated")
    assert [e.detail for e in moved.evidence if e.signal == "oracle"] == [{"row": 7}]


def test_large_catalogues_find_the_same_best(embedder: HashEmbedder) -> None:
    schema = Schema(
        {"tag": Facet("tag", "category", many=True), "overview": Facet("overview", "text")}
    )
    total = WHOLE * 2
    items = [
        Item(f"i{n:05}", f"Thing {n}", {"tag": (f"t{n % 50}", f"u{n % 7}"), "overview": f"w{n}"})
        for n in range(total)
    ]
    recommender = build(Catalogue("things", items, schema), embedder)
    query = Query("w4321", (Wish("tag", "t21"), Wish("term", "w4321")), surprise=0, k=3)
    ranking = recommender.rank(query)
    assert ranking.candidates[0].item_id == "i04321"
    assert all(int(i[1:]) % 50 == 21 for i in ids(ranking))
    assert len(recommender.rank(Query(k=10)).candidates) == 10


def test_words_of_a_common_kind_say_less_than_others() -> None:
    from retrieval.scoring import _telling
    from retrieval.signals import Match

    drama = Match(Wish("genre", "Drama"), np.zeros(2), np.zeros(2, "i1"), ("genre",), 0.1)
    term = Match(Wish("term", "heist"), np.zeros(2), np.zeros(2, "i1"), ("term",), 0.9)
    assert _telling("heist", [term]) == _telling("", [drama]) == 1.0
    assert _telling("drama", [drama]) == pytest.approx(0.1)
    assert _telling("drama, heist", [drama, term]) == pytest.approx(0.55)
    away = Match(Wish("genre", "Drama", weight=-1.0), *[np.zeros(2)] * 2, ("genre",), 0.1)
    assert _telling("drama", [away]) == 1.0


def test_what_was_entered_twice_is_shown_once_and_goes_together() -> None:
    schema = Schema(
        {"genre": Facet("genre", "category", many=True), "year": Facet("year", "number")}
    )
    genre = {"genre": ("Comedy",)}
    items = [
        Item("1", "Bridesmaids", {"year": 2011.0, **genre}),
        Item("2", "Bridesmaids", {"year": 2011.0, **genre}),
        Item("3", "Bridesmaids", {"year": 1989.0, **genre}),
        Item("4", "Boots", genre),
        Item("5", "Boots", genre),
        *(Item(f"o{n}", f"Other {n}", {"year": 2000.0, **genre}) for n in range(6)),
    ]
    catalogue = Catalogue("c", items, schema)
    embedder = HashEmbedder(64)
    store = ExactStore(embedder.embed([item.title for item in items]))
    recommender = Recommender(catalogue, embedder, store)
    wish = (Wish("genre", "Comedy"),)
    shown = [c.item_id for c in recommender.rank(Query(wishes=wish, k=11)).candidates]
    assert len(shown) == 10 and len({"1", "2"} & set(shown)) == 1
    assert {"3", "4", "5"} <= set(shown)
    without = Query(wishes=wish, k=11, constraints=Constraints(exclude=frozenset({"2", "4"})))
    left = {c.item_id for c in recommender.rank(without).candidates}
    assert not {"1", "2", "4"} & left and {"3", "5"} <= left
