"""Painters like red things and sailors blue ones, both a little; two hermits like the last."""

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from retrieval.catalogue import Catalogue
from retrieval.documents import document
from retrieval.embeddings import HashEmbedder
from retrieval.groups import PEOPLE, PRIOR, Groups, learn_groups
from retrieval.items import Item
from retrieval.query import Query
from retrieval.recommender import Recommender
from retrieval.schema import Schema
from retrieval.stores import ExactStore

THINGS = Catalogue("things", [Item(i, i) for i in ("red", "blue", "both", "new")], Schema({}))
EACH = 60


@pytest.fixture
def groups(tmp_path: Path) -> Groups:
    likes = np.zeros((2 * EACH, 3))
    likes[: EACH * 2 // 3, 0] = 1  # two painters of three like red
    likes[EACH : EACH + EACH // 6, 0] = 1  # and one sailor of six
    likes[EACH:, 1] = 1
    likes[: EACH // 2, 2] = likes[EACH : EACH + EACH // 2, 2] = 1
    about = [{"work": "painter", "house": "all"}] * EACH + [{"work": "sailor"}] * EACH
    about[0] = {"work": "hermit"}
    count = learn_groups(
        tmp_path / "g.npz", ["red", "blue", "both"], sparse.csr_matrix(likes), about
    )
    assert count == 3  # one hermit is not a kind of people
    return Groups.load(tmp_path / "g.npz", THINGS)


def rows() -> np.ndarray:
    return np.arange(len(THINGS), dtype=np.int32)


def test_kinds_shift_what_they_like_more_than_others(groups: Groups) -> None:
    everybody = np.array([50, 60, 60]) / (2 * EACH)
    liked = {"painter": [39, 0, 29], "sailor": [10, 60, 30], "all": [39, 0, 29]}
    sizes = {"painter": EACH - 1, "sailor": EACH, "all": EACH - 1}

    def shrunk(kind: str) -> np.ndarray:
        return (liked[kind] + PRIOR * everybody) / (sizes[kind] + PRIOR)

    painter = groups.scores(Query(about={"work": "painter"}), rows())
    assert painter[:3] == pytest.approx(shrunk("painter"), abs=1e-6) and np.isnan(painter[3])
    sailor = groups.scores(Query(about={"work": "sailor", "shoe": "44"}), rows())
    assert sailor[:3] == pytest.approx(shrunk("sailor"), abs=1e-6)
    both = groups.scores(Query(about={"work": "sailor", "house": "all"}), rows())
    assert both[:3] == pytest.approx(shrunk("sailor") + shrunk("all") - everybody, abs=1e-6)


def test_nothing_known_says_nothing(groups: Groups) -> None:
    for about in ({}, {"work": "hermit"}, {"painter": "work"}):
        query = Query(about=about)
        assert np.isnan(groups.scores(query, rows())).all()
        assert groups.detail(query, 0) == {}


def test_shifts_are_drawn_to_nothing_by_few_people(tmp_path: Path) -> None:
    found = []
    for size in (PEOPLE, 20 * PEOPLE):
        likes = np.zeros((2 * size, 1))
        likes[:size] = 1
        about = [{"work": "painter"}] * size + [{}] * size
        learn_groups(tmp_path / "g.npz", ["red"], sparse.csr_matrix(likes), about)
        model = Groups.load(tmp_path / "g.npz", THINGS)
        found.append(float(model.scores(Query(about={"work": "painter"}), rows())[0]) - 0.5)
    assert 0 < found[0] < 0.5 * found[1] < found[1] < 0.5


def test_a_reason_is_what_was_counted_and_only_where_it_is_sure(groups: Groups) -> None:
    painter = Query(about={"work": "painter"})
    assert groups.detail(painter, 0) == {
        "attribute": "work",
        "value": "painter",
        "people": EACH - 1,
        "share": round(39 / 59, 3),
        "all": round(50 / 120, 3),
    }
    for row in (1, 2, 3):
        assert groups.detail(painter, row) == {}


def test_a_share_that_chance_could_give_is_no_reason(tmp_path: Path) -> None:
    for size, expected in ((30, False), (600, True)):
        likes = np.zeros((4 * size, 1))
        likes[: size // 2] = 1  # half of the painters
        likes[size : size + round(size * 3 * 0.36)] = 1  # 36% of the others
        about = [{"work": "painter"}] * size + [{}] * (3 * size)
        learn_groups(tmp_path / "g.npz", ["red"], sparse.csr_matrix(likes), about)
        model = Groups.load(tmp_path / "g.npz", THINGS)
        assert bool(model.detail(Query(about={"work": "painter"}), 0)) is expected


def test_too_few_people_write_nothing(tmp_path: Path) -> None:
    likes = sparse.csr_matrix(np.ones((PEOPLE - 1, 1)))
    about = [{"work": "painter"}] * (PEOPLE - 1)
    assert learn_groups(tmp_path / "g.npz", ["red"], likes, about) == 0
    assert not (tmp_path / "g.npz").exists()


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "g.npz").write_bytes(b"PK nonsense")
    with pytest.raises((OSError, ValueError)):
        Groups.load(tmp_path / "g.npz", THINGS)
    np.savez(tmp_path / "g.npz", format=np.array(1))
    with pytest.raises(ValueError, match="damaged"):
        Groups.load(tmp_path / "g.npz", THINGS)


def test_the_product_ranks_by_it_and_gives_it_as_evidence(groups: Groups) -> None:
    embedder = HashEmbedder(32)
    store = ExactStore(embedder.embed([document(i, THINGS.schema) for i in THINGS.items]))
    ranker = Recommender(THINGS, embedder, store, extra=[groups])
    for kind, first in (("painter", "red"), ("sailor", "blue")):
        found = ranker.rank(Query(about={"work": kind}, surprise=0, k=4)).candidates
        assert found[0].item_id == first
        said = {e.signal: e.detail for e in found[0].evidence}
        assert said["groups"]["value"] == kind
    plain = ranker.rank(Query(surprise=0, k=4)).candidates
    assert not any(e.signal == "groups" for c in plain for e in c.evidence)
