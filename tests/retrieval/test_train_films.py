import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from benchmarks.train_films import Film, Support, linked, spellings, supported
from retrieval.collaborative import Neighbours
from retrieval.schema import fold


def ours(item_id: str, year: int, *names: str) -> Film:
    return Film(item_id, frozenset(map(fold, names)), year)


def test_titles_are_taken_apart() -> None:
    names, year = spellings("City of Lost Children, The (Cité des enfants perdus, La) (1995)")
    assert year == 1995
    assert {"the city of lost children", "la cite des enfants perdus"} <= names
    assert spellings("Seven (a.k.a. Se7en) (1995)")[0] >= {"seven", "se7en"}
    assert spellings("Untitled")[1] is None


def test_films_are_linked_by_name_and_year() -> None:
    films = [ours("a", 1995, "Heat"), ours("b", 1986, "Heat"), ours("c", 2001, "Amélie")]
    theirs = {
        "1": spellings("Heat (1995)"),
        "2": spellings("Heat (1987)"),
        "3": spellings("Heat (1972)"),
        "4": spellings("Amelie (Fabuleux destin d'Amélie Poulain, Le) (2001)"),
        "5": spellings("Heat"),
    }
    assert linked(films, theirs) == {"1": 0, "2": 1, "4": 2}
    twins = [ours("a", 2000, "It"), ours("b", 2002, "It")]
    assert linked(twins, {"1": spellings("It (2001)")}) == {}


def test_support_by_hand() -> None:
    # 10 people like film 0; 8 of them like film 1 and nobody else does; all 20 like film 2;
    # of the 10, 9 rated film 3 and 3 liked it.
    liked = np.zeros((20, 4))
    liked[:10, 0] = liked[:8, 1] = liked[:3, 3] = 1
    liked[:, 2] = 1
    rated = liked.copy()
    rated[:9, 3] = 1
    rule = Support(people=3, lift=1.2, share=0.6, prior=0.0)
    holds, both, lift = supported(sparse.csr_matrix(liked), sparse.csr_matrix(rated), rule)
    assert both[0].tolist() == [10, 8, 10, 3]
    assert lift[0, 1] == pytest.approx(8 / (10 * 8 / 20))
    assert holds[0].tolist() == [False, True, False, False]


def test_the_command_writes_weights_and_their_source(tmp_path: Path) -> None:
    names = [f"Film {n}" for n in range(6)]
    rows = [{"id": f"f{n}", "title": name, "year": 2000 + n} for n, name in enumerate(names)]
    (tmp_path / "items.jsonl").write_text("\n".join(map(json.dumps, rows)))
    movies = "".join(f"{n},{name} ({2000 + n}),X\n" for n, name in enumerate(names))
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n" + movies)
    ratings = "".join(
        f"{user},{n},{5.0 if user % 2 == n % 2 else 1.0},0\n"
        for user in range(40)
        for n in range(6)
        if (user + n) % 5
    )
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + ratings)
    (tmp_path / "catalogue.jsonl").write_text(
        json.dumps({"id": "9", "title": "Film 0", "year": 2000})
    )
    talk = {"id": "t", "messages": [], "liked": ["9"], "disliked": [], "seen": []}
    (tmp_path / "train_dialogues.jsonl").write_text(json.dumps(talk))
    root = Path(__file__).resolve().parents[2]
    output = tmp_path / "out.npz"
    command = [sys.executable, "-m", "benchmarks.train_films", "--movielens", str(tmp_path)]
    command += ["--redial", str(tmp_path), "--films", str(tmp_path / "items.jsonl")]
    subprocess.run(
        [*command, "--output", str(output), "--ridge", "5"], cwd=root, check=True, timeout=120
    )
    found = Neighbours.load(output)
    start, end = found.indptr[:2]
    assert {found.ids[i] for i in found.indices[start:end]} == {"f2", "f4"}
    assert all(found.people[start:end] >= 8)
    note = json.loads(output.with_suffix(".json").read_text())
    assert {s["licence"][:5] for s in note["sources"]} == {"Group", "CC BY"}
    assert note["figures"]["users"] == 40
