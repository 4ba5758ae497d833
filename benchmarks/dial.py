"""The dial from familiar to surprising: what it costs and what it gives, over its whole range.

    python -m benchmarks.dial [--people 600] [--output docs/img/dial.png]

People of MovieLens-1M, whom nothing that ships was learned from, tell the product five films they
like; it ranks ten others. Twice: with nothing else said, and asking for the kind of film they like
most of what they did not tell.

Accuracy: NDCG@10 on their other likes. Variety: mean 1 - similarity over the pairs of a list, half
by shared facts and half by embeddings. Novelty: mean -log2 of the share of people who like an item.
Popularity lift: how much more popular than the told films the list is. Miscalibration: KL of the
kinds told and shown. Adjacency: how near an item is to the nearest told one, on a scale where 0 is
an item drawn at random and 1 the list of the dial at 0.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results import SHARED, save
from benchmarks.train_films import films, linked, spellings
from chatbot import Assistant
from retrieval import metrics
from retrieval.constraints import Constraints
from retrieval.query import Query, Wish
from retrieval.recommender import Recommender

HERE = Path(__file__).resolve().parents[1]
POSITIONS = tuple(round(0.1 * n, 1) for n in range(11))
GIVEN = 5
SHOWN = 10
LIKED = 4.0
SEED = 11
MEASURES = ("NDCG@10", "variety", "novelty", "adjacency", "popularity lift", "miscalibration")


def people_of(folder: Path) -> tuple[list[list[str]], dict[str, float]]:
    """Likes of each person as ids of our films, and the share of people who like each film."""
    ours = films(HERE / "catalogues/films/items.jsonl")
    theirs = {}
    for line in (folder / "movies.dat").read_text(encoding="latin-1").splitlines():
        movie, title, _ = line.split("::")
        theirs[movie] = spellings(title)
    links = linked(ours, theirs)
    liked: dict[str, list[str]] = {}
    with (folder / "ratings_no_ts.csv").open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            at = links.get(row["movie_id"])
            if at is not None and float(row["rating"]) >= LIKED:
                liked.setdefault(row["user_id"], []).append(ours[at].id)
    shares: dict[str, float] = {}
    for items in liked.values():
        for item in items:
            shares[item] = shares.get(item, 0.0) + 1 / len(liked)
    return [sorted(set(items)) for items in liked.values()], shares


def similarity(ranker: Recommender, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(rows, others) in [0, 1]: half by shared facts, half by cosine."""
    vectors = ranker.store.vectors(rows) @ ranker.store.vectors(others).T
    return np.asarray((ranker.facets.overlap(rows, others) + np.maximum(vectors, 0)) / 2)


@dataclass(frozen=True)
class Person:
    """What somebody tells, what else they like, and the kind they ask for."""

    given: list[str]
    wanted: set[str]
    kind: str

    def query(self, dial: float, asks: bool) -> Query:
        """What the product is asked."""
        return Query(
            text=self.kind if asks else "",
            wishes=(Wish("genre", self.kind),) if asks else (),
            liked=tuple((i, 1.0) for i in self.given),
            constraints=Constraints(exclude=frozenset(self.given)),
            surprise=dial,
            k=SHOWN,
        )


def measured(
    ranker: Recommender, people: Sequence[Person], shares: dict[str, float], dial: float, asks: bool
) -> dict[str, np.ndarray]:
    """(people,) of each measure with the dial at one position."""
    found: dict[str, list[float]] = {name: [] for name in MEASURES}
    for person in people:
        shown = [c.item_id for c in ranker.rank(person.query(dial, asks)).candidates]
        rows, told = rows_of(ranker, shown), rows_of(ranker, person.given)
        alike = similarity(ranker, rows, rows)
        found["NDCG@10"].append(metrics.ndcg(shown, person.wanted, SHOWN))
        found["variety"].append(float(1 - alike[~np.eye(len(alike), dtype=bool)].mean()))
        found["novelty"].append(metrics.novelty(shown, shares))
        found["adjacency"].append(float(similarity(ranker, rows, told).max(axis=1).mean()))
        found["popularity lift"].append(metrics.popularity_lift(shown, person.given, shares))
        kinds = [kinds_of(ranker, ids) for ids in (person.given, shown)]
        found["miscalibration"].append(metrics.miscalibration(*kinds))
    return {name: np.array(column) for name, column in found.items()}


def rows_of(ranker: Recommender, ids: Sequence[str]) -> np.ndarray:
    return np.array([ranker.catalogue.row_of[i] for i in ids], dtype=np.int32)


def kinds_of(ranker: Recommender, ids: Sequence[str]) -> dict[str, float]:
    """How often each genre occurs."""
    return dict(Counter(v for i in ids for v in ranker.catalogue[i].values("genre")))


def chance(ranker: Recommender, people: Sequence[Person]) -> float:
    """Nearness to the nearest told item of items drawn at random."""
    rng = np.random.default_rng(SEED)
    found = []
    for person in people:
        rows = rng.choice(len(ranker.catalogue), SHOWN, replace=False).astype(np.int32)
        found.append(similarity(ranker, rows, rows_of(ranker, person.given)).max(axis=1).mean())
    return float(np.mean(found))


def frontier(
    ranker: Recommender, people: Sequence[Person], shares: dict[str, float], asks: bool
) -> dict[str, Any]:
    """Every measure at every position, with intervals over people and the change from 0."""
    rng, random = np.random.default_rng(SEED), chance(ranker, people)
    columns = {p: measured(ranker, people, shares, p, asks) for p in POSITIONS}
    base = float(columns[0.0]["adjacency"].mean())
    for column in columns.values():
        column["adjacency"] = (column["adjacency"] - random) / (base - random)
    dial: dict[str, Any] = {}
    everybody = range(len(people))
    for position, found in columns.items():
        row: dict[str, Any] = {}
        for name in MEASURES:
            mean = metrics.bootstrap(found[name], everybody, rng)
            change = metrics.difference(found[name], columns[0.0][name], everybody, rng)
            row[name] = {k: round(getattr(mean, k), 4) for k in ("mean", "low", "high")}
            row[name]["change"] = [round(x, 4) for x in (change.mean, change.low, change.high)]
        dial[str(position)] = row
        print(position, {n: row[n]["mean"] for n in MEASURES}, flush=True)
    start, middle = (columns[p]["NDCG@10"] for p in (0.0, 0.5))
    lost = metrics.difference(start / start.mean(), middle / start.mean(), everybody, rng)
    found_: dict[str, Any] = {
        "NDCG lost at the middle": [round(x, 4) for x in (lost.mean, lost.low, lost.high)]
    }
    for name in ("variety", "novelty"):
        line = [dial[str(p)][name]["mean"] for p in POSITIONS]
        found_[f"{name} rises"] = bool(np.all(np.diff(line) >= 0))
    print(found_, flush=True)
    return found_ | {"dial": dial}


def plot(figures: dict[str, Any], target: Path) -> None:
    """Left: the measures over the dial; right: accuracy against variety, both ways of asking."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    colours = dict(zip(MEASURES, ("#8c2f39", "#2a6f77", "#c08a2d", "#777777"), strict=False))
    drawing, (one, two) = plt.subplots(1, 2, figsize=(9.6, 3.7), dpi=100)
    dial = figures["nothing else said"]["dial"]
    for name in MEASURES[:4]:
        line = np.array([dial[str(p)][name]["mean"] for p in POSITIONS])
        one.plot(POSITIONS, 100 * (line / line[0] - 1), color=colours[name], label=name, lw=1.8)
    one.axhline(0, color="#bbbbbb", lw=0.8)
    one.axhline(-5, color=colours["NDCG@10"], lw=0.8, ls=":")
    one.axvline(0.5, color="#bbbbbb", lw=0.8, ls=":")
    one.set(xlabel="dial", ylabel="% against the dial at 0", title="What the dial changes")
    one.legend(frameon=False, fontsize=8, loc="lower left")
    for (name, found), colour in zip(figures.items(), ("#2a6f77", "#c08a2d"), strict=True):
        xs, ys = (
            [found["dial"][str(p)][m]["mean"] for p in POSITIONS] for m in ("novelty", "NDCG@10")
        )
        two.plot(xs, ys, "o-", color=colour, ms=4, lw=1.4, label=name)
        for at in (0, 7, 10):
            where = {"xytext": (5, 4), "textcoords": "offset points", "fontsize": 8}
            two.annotate(f"{POSITIONS[at]:g}", (xs[at], ys[at]), **where)
    two.set(xlabel="novelty, bits", ylabel="NDCG@10", title="Accuracy against novelty")
    two.legend(frameon=False, fontsize=8, loc="lower left")
    for panel in (one, two):
        panel.spines[["top", "right"]].set_visible(False)
    drawing.tight_layout()
    target.parent.mkdir(parents=True, exist_ok=True)
    drawing.savefig(target)


def told(ranker: Recommender, everybody: Sequence[list[str]], count: int) -> list[Person]:
    """People who like enough films, in an order drawn once."""
    rng = np.random.default_rng(SEED)
    people: list[Person] = []
    for at in rng.permutation(len(everybody)):
        liked = [everybody[at][int(n)] for n in rng.permutation(len(everybody[at]))]
        given, wanted = liked[:GIVEN], liked[GIVEN:]
        if len(wanted) >= SHOWN and len(people) < count:
            kinds = kinds_of(ranker, wanted)
            kind = max(sorted(kinds), key=lambda name: kinds[name])
            people.append(Person(given, set(wanted), kind))
    return people


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=600)
    parser.add_argument("--output", type=Path, default=HERE / "docs/img/dial.png")
    parser.add_argument("--draft", action="store_true", help="print only, keep nothing")
    options = parser.parse_args()
    source = SHARED / "ml-1m"
    if not source.is_dir():
        print(f"Skipped: there is no {source}.")
        return
    everybody, shares = people_of(source)
    with (
        tempfile.TemporaryDirectory() as folder,
        Assistant.open(data_dir=Path(folder), llm="none") as assistant,
    ):
        ranker: Any = assistant.engine().ranker
        people = told(ranker, everybody, options.people)
        figures = {
            "nothing else said": frontier(ranker, people, shares, asks=False),
            "a kind asked for": frontier(ranker, people, shares, asks=True),
        }
    if not options.draft:
        save("dial", {"people": len(people), "given": GIVEN, "list": SHOWN, **figures})
        plot(figures, options.output)


if __name__ == "__main__":
    main()
