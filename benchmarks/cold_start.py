"""Cold starts: items nobody has touched, and people nobody knows.

    python -m benchmarks.cold_start [--people 400]

People are those of MovieLens-1M, items are the films that ship.

New items: a tenth of the films, of those at least 20 people like, loses all its likes, or all
but three. `train` learns from 80% of the people; the product ranks for the others, who tell 20
films they like. Only what is written about the new films is known besides. "among the new" is the
order of the new films alone; "among all" is where the new films that a person likes stand in the
whole catalogue, 1 = first, and how many of them are in the first 50. Single signals and the product
with and without the estimate for items nobody touched (`retrieval.newcomers`).

New people: what the product shows first, when it knows nothing, a kind, the answer to the question
it would ask next (or to one drawn at random of those it could ask), or a few films. The answer is
the offered value that most of what the person likes has. Accuracy on everything else they like.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.dial import Person, people_of, told
from benchmarks.results import SHARED, save
from chatbot import Assistant
from chatbot.questions import best_question
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore, Interaction
from chatbot.storage.database import Database
from chatbot.training import train
from chatbot.values import Profile
from retrieval import metrics
from retrieval.constraints import Constraints
from retrieval.query import Candidate, Query, Wish
from retrieval.signals import Pool

SEED = 5
HIDDEN = 0.1
KNOWN_BY = 20
SHOWN = 10


def shown(values: Sequence[float]) -> dict[str, float]:
    found = metrics.bootstrap(values, range(len(values)), np.random.default_rng(SEED))
    return {k: round(getattr(found, k), 4) for k in ("mean", "low", "high")}


def matrix_of(ranker: Any, people: Sequence[Sequence[str]]) -> sparse.csr_matrix:
    """(people, items of the catalogue) of likes."""
    rows = [sorted(ranker.catalogue.row_of[i] for i in items) for items in people]
    starts = np.cumsum([0, *map(len, rows)])
    across = np.concatenate(rows).astype(np.int32)
    return sparse.csr_matrix(
        (np.ones(across.size), across, starts), (len(rows), len(ranker.catalogue))
    )


@dataclass(frozen=True)
class World:
    """What is known of new items, and whom they are ranked for.

    Attributes:
        likes: (people, items) of everybody.
        new: rows of the items that lose their likes.
        taught: (person, row) pairs that are learned from.
        asked: (history, wanted new rows) of the others.
    """

    likes: sparse.csr_matrix
    new: np.ndarray
    taught: list[tuple[int, int]]
    asked: list[tuple[np.ndarray, set[int]]]


def world(ranker: Any, everybody: Sequence[list[str]], left: int) -> World:
    """New items that keep `left` likes each."""
    rng = np.random.default_rng(SEED)
    likes = matrix_of(ranker, everybody)
    counts = np.asarray(likes.sum(axis=0)).ravel()
    liked = np.flatnonzero(counts >= KNOWN_BY)
    new = np.sort(rng.permutation(liked)[: round(HIDDEN * liked.size)]).astype(np.int32)
    order = rng.permutation(likes.shape[0])
    cut = round(0.8 * order.size)
    visible = likes[np.sort(order[:cut])].tocoo()
    pairs = list(zip(visible.row.tolist(), visible.col.tolist(), strict=True))
    isnew = np.isin(np.arange(likes.shape[1]), new)
    spared: dict[int, int] = {}
    taught = []
    for at in rng.permutation(len(pairs)):
        person, row = pairs[int(at)]
        if isnew[row]:
            spared[row] = spared.get(row, 0) + 1
            if spared[row] > left:
                continue
        taught.append((person, row))
    old = np.unique([row for _, row in taught if not isnew[row]])
    asked = []
    for person in order[cut:]:
        items = likes.indices[likes.indptr[person] : likes.indptr[person + 1]]
        given = items[~isnew[items] & np.isin(items, old)].astype(np.int32)
        wanted = set(items[isnew[items]].tolist())
        if given.size >= 5 and wanted:
            asked.append((rng.permutation(given)[:20], wanted))
    return World(likes, new, taught, asked)


def in_product(everybody: Sequence[list[str]], left: int, people: int) -> dict[str, Any]:
    """New items as the product ranks them after `train`."""
    with tempfile.TemporaryDirectory() as name:
        settings = Settings.read({}, data_dir=Path(name), llm="none")
        with Assistant.open(settings=settings) as assistant:
            here = world(assistant.engine().ranker, everybody, left)
            ids = [item.id for item in assistant.engine().catalogue.items]
        database = Database.open(settings.database_where)
        store = CatalogueStore(database)
        store.add_interactions(
            "films", (Interaction(f"p{person}", ids[row], 1.0) for person, row in here.taught)
        )
        train(settings, store, "films", (), lambda what, done, total: None)
        database.close()
        with Assistant.open(settings=settings) as assistant:
            ranker: Any = assistant.engine().ranker
            return ordered(ranker, here, people)


def ordered(ranker: Any, here: World, people: int) -> dict[str, Any]:
    """Places of the new items by each signal and by the whole product."""
    rng = np.random.default_rng(SEED)
    scorer = ranker._scorer
    bare = replace(scorer, collaborative=scorer.collaborative.model)
    popular = np.asarray(here.likes.sum(axis=0)).ravel()
    everything = np.arange(here.likes.shape[1], dtype=np.int32)
    found: dict[str, dict[str, list[float]]] = {}
    for history, wanted in here.asked[:people]:
        liked = tuple((int(row), 1.0) for row in history)
        ones = np.ones(history.size, dtype=np.float32)
        query = Query(liked=tuple((ranker.catalogue.items[r].id, w) for r, w in liked))
        pool = Pool(query, everything, None, liked, (), ranker.facets, ranker.store)
        whole, plain = (
            s.score(pool, [], [], s.collaborative.scores(history, ones)) for s in (scorer, bare)
        )
        columns = {
            "random": rng.random(everything.size),
            "text and facts": whole.parts["similar"],
            "estimate": whole.parts["collaborative"],
            "product without the estimate": plain.total,
            "product": whole.total,
            "popularity, had it been known": popular,
        }
        for name, column in columns.items():
            into = found.setdefault(name, {})
            few = [int(r) for r in here.new[np.argsort(-column[here.new], kind="stable")]]
            into.setdefault("NDCG@10 among the new", []).append(metrics.ndcg(few, wanted, SHOWN))
            into.setdefault("pairs in order", []).append(above(few, wanted))
            rest = np.setdiff1d(everything, history)
            place = np.empty(everything.size)
            place[rest[np.argsort(-column[rest], kind="stable")]] = np.arange(rest.size)
            mine = place[sorted(wanted)]
            into.setdefault("place among all", []).append(float(1 - mine.mean() / rest.size))
            into.setdefault("in the first 50 of all", []).append(float((mine < 50).mean()))
    return {
        "items": int(here.new.size),
        "people": len(found["product"]["pairs in order"]),
        "systems": {n: {m: shown(c) for m, c in row.items()} for n, row in found.items()},
    }


def above(ranked: Sequence[int], wanted: set[int]) -> float:
    """Share of pairs of a wanted and an unwanted item that stand in the right order."""
    places = np.array([place for place, item in enumerate(ranked) if item in wanted])
    others = len(ranked) - places.size
    if not others:
        return float("nan")
    before = places - np.arange(places.size)
    return float(1 - before.mean() / others)


Ask = Callable[[Sequence[Candidate], Sequence[str]], tuple[str, tuple[str, ...]]]


def asks_best(ranker: Any) -> Ask:
    """The question that the product would ask, "" where no question is worth it."""

    def ask(candidates: Sequence[Candidate], asked: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        found = best_question(candidates, ranker.catalogue, Profile(), asked, "en")
        return ("", ()) if found is None else (found.facet, found.options)

    return ask


def asks_any(ranker: Any, rng: np.random.Generator) -> Ask:
    """One of the questions that could be asked, drawn."""

    def ask(candidates: Sequence[Candidate], asked: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        could: dict[str, tuple[str, ...]] = {}
        gone = list(asked)
        while found := best_question(candidates, ranker.catalogue, Profile(), gone, "en", least=0):
            could[found.facet] = found.options
            gone.append(found.facet)
        facet = str(rng.choice(sorted(could))) if could else ""
        return facet, could.get(facet, ())

    return ask


def answer_of(ranker: Any, person: Person, facet: str, options: Sequence[str]) -> str:
    """The offered value that most of what the person likes besides has, "" where none has any."""
    values = [v for i in person.wanted for v in ranker.catalogue[i].values(facet)]
    share = {option: values.count(option) for option in options}
    answer = max(share, key=lambda option: share[option], default="")
    return answer if share.get(answer) else ""


def new_people(ranker: Any, people: Sequence[Person], shares: dict[str, float]) -> dict[str, Any]:
    """What each step of knowing a person is worth."""
    rng = np.random.default_rng(SEED)
    ids = [item.id for item in ranker.catalogue.items]
    count = np.nan_to_num(ranker._scorer.quality.count)
    popular = [ids[int(n)] for n in np.argsort(-count, kind="stable")]
    asked: dict[str, list[str]] = {}
    steps: dict[str, Callable[[Person], list[str]]] = {}

    def ask(query: Query) -> list[str]:
        return [c.item_id for c in ranker.rank(query).candidates]

    def base(person: Person, **more: Any) -> Query:
        gone = Constraints(exclude=frozenset(person.given))
        return Query(constraints=gone, k=SHOWN, **more)

    def kind(person: Person) -> Query:
        return base(person, text=person.kind, wishes=(Wish("genre", person.kind),))

    def answered(name: str, query_of: Callable[[Person], Query], how: Ask) -> None:
        def step(person: Person) -> list[str]:
            query = query_of(person)
            candidates = ranker.rank(replace(query, k=60)).candidates
            facet, options = how(candidates, [w.facet for w in query.wishes])
            value = answer_of(ranker, person, facet, options)
            asked.setdefault(name, []).append(facet if value else "none")
            if value:
                wishes = (*query.wishes, Wish(facet, value))
                query = replace(query, text=f"{query.text} {value}".strip(), wishes=wishes)
            return ask(query)

        steps[name] = step

    def liking(
        number: int, query_of: Callable[[Person], Query] = base
    ) -> Callable[[Person], Query]:
        return lambda p: replace(query_of(p), liked=tuple((i, 1.0) for i in p.given[:number]))

    steps["random"] = lambda p: [ids[int(n)] for n in rng.permutation(len(ids))[:SHOWN]]
    steps["popularity"] = lambda p: [i for i in popular if i not in p.given][:SHOWN]
    said: dict[str, Callable[[Person], Query]] = {
        "nothing said": base,
        "a kind": kind,
        "one film": liking(1),
        "three films": liking(3),
        "three films and a kind": liking(3, kind),
        "five films": liking(5),
    }

    def shown_to(query_of: Callable[[Person], Query]) -> Callable[[Person], list[str]]:
        return lambda p: ask(query_of(p))

    for name, query_of in said.items():
        steps[name] = shown_to(query_of)
    for name in ("nothing said", "a kind", "three films"):
        answered(f"{name}, a random question", said[name], asks_any(ranker, rng))
        answered(f"{name}, the question it asks", said[name], asks_best(ranker))
    found: dict[str, Any] = {}
    for name, step in steps.items():
        lists = [step(person) for person in people]
        pairs = list(zip(lists, people, strict=True))
        found[name] = {
            "NDCG@10": shown([metrics.ndcg(r, p.wanted, SHOWN) for r, p in pairs]),
            "hit@10": shown([metrics.hit(r, p.wanted, SHOWN) for r, p in pairs]),
            "novelty": round(float(np.nanmean([metrics.novelty(r, shares) for r in lists])), 3),
        }
        print(f"  {name:28} {found[name]}", flush=True)
    questions = {n: {f: all_.count(f) for f in sorted(set(all_))} for n, all_ in asked.items()}
    return {"people": len(people), "questions": questions, "steps": found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=400, help="half of them as new ones")
    options = parser.parse_args()
    source = SHARED / "ml-1m"
    if not source.is_dir():
        print(f"Skipped: there is no {source}.")
        return
    everybody, shares = people_of(source)
    figures: dict[str, Any] = {}
    for name, left in (("new items", 0), ("items with three likes", 3)):
        figures[name] = in_product(everybody, left, options.people)
        for system, row in figures[name]["systems"].items():
            print(f"  {system:32} { ({m: v['mean'] for m, v in row.items()}) }", flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Assistant.open(data_dir=Path(folder), llm="none") as assistant,
    ):
        ranker: Any = assistant.engine().ranker
        people = told(ranker, everybody, options.people // 2)
        figures["new people"] = new_people(ranker, people, shares)
    save("cold_start", figures)


if __name__ == "__main__":
    main()
