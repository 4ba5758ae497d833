"""What an operator's knowledge of people is worth: age, gender and occupation of MovieLens-1M.

    python -m benchmarks.attributes [--people 400]

"popularity" is a control: the same weight on how many of everybody like an item.

Four of five people teach the product: their likes (4 of 5 and more) and their attributes are
imported, `train` learns. The others talk to it: with nothing said, with one film, with three. Half
of them choose the weight of the signal, the other half are reported; accuracy on everything else
they like.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.dial import HERE, LIKED
from benchmarks.results import SHARED, save
from benchmarks.train_films import films, linked, spellings
from chatbot import Assistant
from chatbot.importing.command import run_import
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore, Interaction
from chatbot.storage.database import Database
from chatbot.training import train
from retrieval import metrics
from retrieval.constraints import Constraints
from retrieval.query import Query

SEED = 31
SHOWN = 10
WEIGHTS = (0.0, 0.15, 0.5)
TOLD = (0, 1, 3)


def likes_of(folder: Path) -> dict[str, list[str]]:
    """User → ids of the shipped films that they like."""
    ours = films(HERE / "catalogues/films/items.jsonl")
    theirs = {}
    for line in (folder / "movies.dat").read_text(encoding="latin-1").splitlines():
        movie, title, _ = line.split("::")
        theirs[movie] = spellings(title)
    links = linked(ours, theirs)
    found: dict[str, list[str]] = {}
    with (folder / "ratings_no_ts.csv").open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            at = links.get(row["movie_id"])
            if at is not None and float(row["rating"]) >= LIKED:
                found.setdefault(row["user_id"], []).append(ours[at].id)
    return found


def about_of(folder: Path) -> dict[str, dict[str, str]]:
    """User → attributes."""
    rows = (folder / "users.dat").read_text(encoding="latin-1").splitlines()
    cut = [row.split("::") for row in rows]
    return {r[0]: {"gender": r[1], "age": r[2], "occupation": r[3]} for r in cut}


def taught(folder: Path, likes: dict[str, list[str]], about: dict[str, dict[str, str]]) -> Settings:
    """A data folder that learned from these people."""
    settings = Settings.read({}, data_dir=folder, llm="none")
    with Assistant.open(settings=settings):
        pass  # brings the films
    database = Database.open(settings.database_where)
    store = CatalogueStore(database)
    store.add_interactions(
        "films", (Interaction(user, item, 1.0) for user, liked in likes.items() for item in liked)
    )
    file = folder / "users.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(["user", "gender", "age", "occupation"])
        table.writerows([user, *about[user].values()] for user in likes)
    run_import(store, "films", users=[file], out=StringIO())
    train(settings, store, "films", (), lambda what, done, total: None)
    database.close()
    return settings


def asked(
    ranker: Any, likes: dict[str, list[str]], about: dict[str, dict[str, str]], told: int
) -> tuple[list[float], int]:
    """NDCG@10 of each person, and how many cards gave what people of their kind like as reason."""
    rng = np.random.default_rng(SEED)
    found: list[float] = []
    reasons = 0
    for user, liked in likes.items():
        order = [liked[int(n)] for n in rng.permutation(len(liked))]
        given, wanted = order[: max(TOLD)], set(order[max(TOLD) :])
        query = Query(
            liked=tuple((item, 1.0) for item in given[:told]),
            constraints=Constraints(exclude=frozenset(given)),
            about=about[user],
            k=SHOWN,
        )
        cards = ranker.rank(query).candidates
        found.append(metrics.ndcg([c.item_id for c in cards], wanted, SHOWN))
        reasons += sum(e.signal == "groups" for c in cards for e in c.evidence)
    return found, reasons


def shown(interval: Any) -> dict[str, float]:
    return {k: round(getattr(interval, k), 4) for k in ("mean", "low", "high")}


def measured(
    ranker: Any,
    choosing: dict[str, list[str]],
    reported: dict[str, list[str]],
    about: dict[str, dict[str, str]],
) -> dict[str, Any]:
    """The weight by the people who choose it, and what it brings to the others."""
    rng = np.random.default_rng(SEED)
    usual, inner = ranker._scorer, ranker._scorer.weights
    signal = next(s for s in usual.extra if s.name == "groups")
    shifts = signal._shift

    def weighed(weight: float) -> None:
        ranker._scorer = replace(usual, weights=replace(inner, groups=weight))

    chosen: dict[str, dict[str, float]] = {}
    for weight in WEIGHTS:
        weighed(weight)
        chosen[str(weight)] = {
            str(told): round(float(np.mean(asked(ranker, choosing, about, told)[0])), 4)
            for told in TOLD
        }
        print("  validation", weight, chosen[str(weight)], flush=True)
    rows: dict[str, Any] = {}
    for told in TOLD:
        weighed(0.0)
        without, _ = asked(ranker, reported, about, told)
        weighed(inner.groups)
        signal._shift = np.zeros_like(shifts)
        control, _ = asked(ranker, reported, about, told)
        signal._shift = shifts
        with_, reasons = asked(ranker, reported, about, told)
        rows[f"{told} films told"] = {
            "without": shown(metrics.bootstrap(without, range(len(without)), rng)),
            "with": shown(metrics.bootstrap(with_, range(len(with_)), rng)),
            "popularity": shown(metrics.bootstrap(control, range(len(control)), rng)),
            "gained": shown(metrics.difference(with_, without, range(len(with_)), rng)),
            "ahead of popularity": shown(
                metrics.difference(with_, control, range(len(with_)), rng)
            ),
            "cards with the reason": round(reasons / (SHOWN * len(with_)), 3),
        }
        print(f"  {told} films told", rows[f"{told} films told"], flush=True)
    return {"weight": inner.groups, "validation": chosen, "reported": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=400, help="to choose by, and to report")
    options = parser.parse_args()
    source = SHARED / "ml-1m"
    if not (source / "users.dat").is_file():
        print(f"Skipped: there is no {source / 'users.dat'}.")
        return
    likes, about = likes_of(source), about_of(source)
    users = [str(u) for u in np.random.default_rng(SEED).permutation(sorted(likes))]
    cut = round(0.8 * len(users))
    enough = [u for u in users[cut:] if len(likes[u]) >= SHOWN + max(TOLD)]

    def part(names: Sequence[str]) -> dict[str, list[str]]:
        return {user: likes[user] for user in names}

    with tempfile.TemporaryDirectory() as name:
        settings = taught(Path(name), part(users[:cut]), about)
        with Assistant.open(settings=settings) as assistant:
            choosing, reported = enough[: options.people], enough[options.people :]
            figures = measured(
                assistant.engine().ranker,
                part(choosing),
                part(reported[: options.people]),
                about,
            )
    figures["people"] = [cut, len(choosing), len(reported[: options.people])]
    save("attributes", figures)


if __name__ == "__main__":
    main()
