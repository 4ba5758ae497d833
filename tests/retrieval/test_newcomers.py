"""Two kinds of things, ten and ten, that two kinds of people like; one of each kind is new."""

import numpy as np
import pytest

from retrieval.catalogue import Catalogue, Rows
from retrieval.collaborative import Because
from retrieval.documents import document
from retrieval.embeddings import HashEmbedder
from retrieval.facets import Facets
from retrieval.items import Item
from retrieval.newcomers import FEW, NEAREST, Newcomers
from retrieval.query import Query
from retrieval.recommender import Recommender
from retrieval.schema import Facet, Schema
from retrieval.stores import ExactStore, Scores

EACH = NEAREST + 1
SCHEMA = Schema({"kind": Facet("kind", "category"), "text": Facet("text", "text")})


def thing(kind: str, number: int) -> Item:
    return Item(f"{kind}{number}", f"The {kind} {number}", {"kind": (kind,), "text": kind})


THINGS = Catalogue(
    "things",
    [thing("red", n) for n in range(EACH)] + [thing("blue", n) for n in range(EACH)],
    SCHEMA,
)
NEW = (EACH - 1, 2 * EACH - 1)
RED, BLUE = NEW


class Crowd:
    """Who likes a red thing likes the other red ones; nobody touched the last of each kind, save
    `few` people.
    """

    def __init__(self, few: float = 0.0, known: int = EACH) -> None:
        self._support = np.full(len(THINGS), 50.0, dtype=np.float32)
        self._support[list(NEW)] = few
        self._support[known:EACH] = 0

    def scores(self, history: Rows, weights: Scores) -> Scores:
        if (self._support[history] == 0).all():
            return np.full(len(THINGS), np.nan, dtype=np.float32)
        out = np.full(len(THINGS), -1.0, dtype=np.float32)
        for row in history:
            start = int(row) // EACH * EACH
            out[start : start + EACH] = 1.0
        out[list(NEW)] = 0.0
        return np.where(self._support > 0, out, np.nan).astype(np.float32)

    def because(self, row: int, history: Rows) -> Because | None:
        for other in history:
            if self._support[row] >= FEW and other // EACH == row // EACH and other != row:
                return Because(int(other), 0.5, "interactions", 30, 2.0)
        return None

    def support(self) -> Scores:
        return self._support.copy()


def rows(*numbers: int) -> Rows:
    return np.array(numbers, dtype=np.int32)


def ones(count: int) -> Scores:
    return np.ones(count, dtype=np.float32)


@pytest.fixture
def store() -> ExactStore:
    embedder = HashEmbedder(64)
    return ExactStore(embedder.embed([document(item, SCHEMA) for item in THINGS.items]))


@pytest.fixture
def complete(store: ExactStore) -> Newcomers:
    return Newcomers(Crowd(), Facets(THINGS), store)


def test_a_new_item_takes_what_its_like_have(complete: Newcomers) -> None:
    assert np.isnan(Crowd().scores(rows(0), ones(1))[list(NEW)]).all()
    scores = complete.scores(rows(0), ones(1))
    assert scores[RED] == pytest.approx(1.0) and scores[BLUE] == pytest.approx(-1.0)
    assert complete.scores(rows(EACH), ones(1))[BLUE] == pytest.approx(1.0)


def test_known_items_keep_their_scores(complete: Newcomers) -> None:
    known = np.setdiff1d(np.arange(len(THINGS)), NEW)
    plain = Crowd().scores(rows(0), ones(1))
    assert np.array_equal(complete.scores(rows(0), ones(1))[known], plain[known])


def test_a_history_nobody_knows_stays_unknown(complete: Newcomers) -> None:
    assert np.isnan(complete.scores(rows(RED), ones(1))).all()


def test_the_estimate_fades_with_every_like(store: ExactStore) -> None:
    found = []
    for few in (0.0, 3.0, FEW - 1, FEW):
        model = Newcomers(Crowd(few), Facets(THINGS), store)
        found.append(float(model.scores(rows(0), ones(1))[RED]))
    assert found == pytest.approx([1.0, 0.91, 0.19, 0.0], abs=1e-3)


def test_too_few_known_items_say_nothing(store: ExactStore) -> None:
    class Hermit(Crowd):
        def support(self) -> Scores:
            found = np.zeros(len(THINGS), dtype=np.float32)
            found[: NEAREST - 1] = 50
            return found

    scores = Newcomers(Hermit(), Facets(THINGS), store).scores(rows(0), ones(1))
    assert np.isnan(scores[list(NEW)]).all()


def test_nobody_is_said_to_have_liked_what_nobody_touched(complete: Newcomers) -> None:
    known = complete.because(1, rows(0))
    assert known is not None and known.through is None
    found = complete.because(RED, rows(0))
    assert found is not None and found.row == 0
    assert found.through is not None and found.through // EACH == 0 and found.through != 0
    assert complete.because(RED, rows(EACH)) is None


def test_the_product_ranks_a_new_item_and_says_why_truthfully(store: ExactStore) -> None:
    ranker = Recommender(THINGS, HashEmbedder(64), store, collaborative=Crowd())
    query = Query(liked=(("red0", 1.0),), surprise=0, k=len(THINGS))
    found = {c.item_id: c for c in ranker.rank(query).candidates}
    ids = list(found)
    assert ids.index(f"red{RED}") < ids.index("blue1")
    said = {e.signal: e for e in found[f"red{RED}"].evidence}["collaborative"]
    assert said.detail["because"] == "red0"
    assert str(said.detail["through"]).startswith("red") and said.detail["through"] != "red0"
    assert said.detail["shared"] == {"kind": ["red"]}
    plain = {e.signal: e for e in found["red1"].evidence}["collaborative"]
    assert "through" not in plain.detail


def test_no_reason_where_nothing_telling_is_shared(store: ExactStore) -> None:
    bare = Catalogue("bare", [Item(i.id, i.title) for i in THINGS.items], Schema({}))
    ranker = Recommender(bare, HashEmbedder(64), store, collaborative=Crowd())
    query = Query(liked=(("red0", 1.0),), surprise=0, k=len(THINGS))
    found = {c.item_id: c for c in ranker.rank(query).candidates}
    signals = {e.signal for e in found[f"red{RED}"].evidence}
    assert "collaborative" not in signals
    assert "collaborative" in {e.signal for e in found["red1"].evidence}
