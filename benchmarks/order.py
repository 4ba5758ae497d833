"""Does the order in which people liked things tell what they like next?

    python -m benchmarks.order

Two sets of film ratings with times: MovieLens latest-small, of which much was rated in one sitting,
and MovieTweetings, where people tell what they saw when they saw it. Strong generalisation: 200
people are held out whole, and two questions are asked of them: given all likes but the last, which
is the last ("next"); and given the first 80%, which are the others ("later"). Likes are ratings of
4 of 5 (8 of 10) and more; people and films have 5 of them at least.

"sequence" is asked thrice: as it is; with the same history in any order; and learned from shuffled
histories too, which makes attention over a set of it.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.results import SHARED, save
from retrieval.heldout import Case, ranked, split, values
from retrieval.metrics import bootstrap, difference
from retrieval.models import learned
from retrieval.models.contract import Likes

SEED = 23
FEWEST = 5
PEOPLE = 200
BASES = ("popularity", "items", "ease", "blend")
SHOWN = ("NDCG@10", "hit@10", "MRR", "NDCG@100")


def movielens(folder: Path) -> Iterator[tuple[str, str, float]]:
    """(person, item, time) of every like."""
    with (folder / "ratings.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if float(row["rating"]) >= 4:
                yield row["userId"], row["movieId"], float(row["timestamp"])


def tweets(folder: Path) -> Iterator[tuple[str, str, float]]:
    """(person, item, time) of every like."""
    for line in (folder / "ratings.dat").read_text(encoding="utf-8").splitlines():
        person, item, rating, at = line.split("::")
        if float(rating) >= 8:
            yield person, item, float(at)


def likes_of(triples: Iterator[tuple[str, str, float]]) -> Likes:
    """Of people with enough likes, in the order of their times."""
    mine: dict[str, dict[str, float]] = {}
    for person, item, at in triples:
        mine.setdefault(person, {})[item] = at
    counts = Counter(item for found in mine.values() for item in found)
    often = [{i: at for i, at in found.items() if counts[i] >= FEWEST} for found in mine.values()]
    people = [found for found in often if len(found) >= FEWEST]
    names = {item: n for n, item in enumerate(sorted({i for found in people for i in found}))}
    down = np.repeat(np.arange(len(people)), [len(found) for found in people])
    across = np.array([names[i] for found in people for i in found])
    when = np.array([at for found in people for at in found.values()])
    order = np.lexsort((across, down))
    starts = np.cumsum([0, *map(len, people)])
    shape = len(people), len(names)
    return Likes(sparse.csr_matrix((np.ones(down.size), across[order], starts), shape), when[order])


def cases_of(likes: Likes, rng: np.random.Generator) -> tuple[Likes, dict[str, list[Case]]]:
    """What is learned from, and the two questions."""
    order = rng.permutation(likes.matrix.shape[0])
    here = split(likes, rng, PEOPLE, by_time=True, people=order)
    place = {int(column): n for n, column in enumerate(here.columns)}
    sequences = list(likes.sequences())
    later: list[Case] = []
    last: list[Case] = []
    for person in order[:PEOPLE]:
        mine = [place[int(c)] for c in sequences[int(person)] if int(c) in place]
        if len(mine) < 3:
            continue
        cut = max(1, round(0.8 * len(mine)))
        cut = min(cut, len(mine) - 1)
        later.append(Case(np.array(mine[:cut], dtype=np.int32), frozenset(mine[cut:])))
        last.append(Case(np.array(mine[:-1], dtype=np.int32), frozenset(mine[-1:])))
    return here.learned, {"next": last, "later": later}


def shuffled(cases: Sequence[Case]) -> list[Case]:
    rng = np.random.default_rng(SEED)
    return [Case(rng.permutation(case.known), case.wanted) for case in cases]


def measured(likes: Likes) -> dict[str, Any]:
    """Every system on both questions, and what order brings."""
    train, questions = cases_of(likes, np.random.default_rng(SEED))
    models: dict[str, Any] = {
        name: learned(name, train, np.random.default_rng(SEED)) for name in BASES
    }
    models["sequence"] = learned("sequence", train, np.random.default_rng(SEED))
    models["sequence, order shuffled when asked"] = models["sequence"]
    models["sequence, learned and asked without order"] = learned(
        "sequence", Likes(train.matrix), np.random.default_rng(SEED)
    )
    rng = np.random.default_rng(SEED)
    found: dict[str, Any] = {"people learned from": train.matrix.shape[0],
                             "items": train.matrix.shape[1]}  # fmt: skip
    for question, cases in questions.items():
        rows: dict[str, Any] = {}
        columns: dict[str, list[float]] = {}
        for name, model in models.items():
            asked = shuffled(cases) if "order" in name else cases
            got = values(ranked(model, asked), asked, SHOWN)
            columns[name] = list(got["NDCG@10"])
            rows[name] = {
                m: told(bootstrap(list(v), range(len(cases)), rng)) for m, v in got.items()
            }
            print(question, name, {m: rows[name][m]["mean"] for m in SHOWN}, flush=True)
        gains = {
            other: told(difference(columns["sequence"], columns[other], range(len(cases)), rng))
            for other in columns
            if other != "sequence"
        }
        found[question] = {"people": len(cases), "systems": rows, "sequence ahead of": gains}
    return found


def told(interval: Any) -> dict[str, float]:
    return {k: round(getattr(interval, k), 4) for k in ("mean", "low", "high")}


def main() -> None:
    sets = {"movielens-small": movielens, "movietweetings-100k": tweets}
    figures: dict[str, Any] = {}
    for name, source in sets.items():
        if not (SHARED / name).is_dir():
            print(f"Skipped: there is no {SHARED / name}.")
            continue
        likes = likes_of(source(SHARED / name))
        print(name, likes.matrix.shape, likes.matrix.nnz, flush=True)
        figures[name] = measured(likes)
    if figures:
        save("order", figures)


if __name__ == "__main__":
    main()
