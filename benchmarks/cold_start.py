"""Cold starts: items nobody has touched, and people nobody knows.

    python -m benchmarks.cold_start [--people 600]

People are those of MovieLens-1M, items are the films that ship.

New items: a tenth of the films, of those at least 20 people like, loses all its likes. A model
learned from 80% of the people ranks these films for the others, who give their likes of all other
films. Only what is written about the new films is known. "text" is nearness to what a person
likes, as the product has it; "neighbours" takes the mean score that the model of the same people
gives to the most similar known films; "hybrid" adds both, standardised.

New people: what the product shows first, when it knows nothing, a kind, the answer to the question
it would ask next, or a few films. Accuracy on everything else the person likes.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.dial import Person, people_of, similarity, told
from benchmarks.results import SHARED, save
from chatbot import Assistant
from chatbot.questions import best_question
from chatbot.values import Profile
from retrieval import metrics
from retrieval.constraints import Constraints
from retrieval.models import learned
from retrieval.models.blend import even
from retrieval.models.contract import Likes
from retrieval.query import Query, Wish
from retrieval.signals import similar

SEED = 5
HIDDEN = 0.1
KNOWN_BY = 20
NEIGHBOURS = 10
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


def hidden_items(ranker: Any, everybody: Sequence[list[str]]) -> dict[str, Any]:
    """New items, ranked for people who are new too."""
    rng = np.random.default_rng(SEED)
    likes = matrix_of(ranker, everybody)
    counts = np.asarray(likes.sum(axis=0)).ravel()
    liked = np.flatnonzero(counts >= KNOWN_BY)
    new = np.sort(rng.permutation(liked)[: round(HIDDEN * liked.size)]).astype(np.int32)
    order = rng.permutation(likes.shape[0])
    cut = round(0.8 * order.size)
    visible = likes[np.sort(order[:cut])].tolil()
    visible[:, new] = 0
    model = learned("blend", Likes(visible.tocsr()), rng)
    old = np.flatnonzero(np.asarray(visible.sum(axis=0)).ravel() > 0).astype(np.int32)
    alike = similarity(ranker, new, old)
    edge = np.partition(alike, old.size - NEIGHBOURS, axis=1)[:, old.size - NEIGHBOURS]
    near = np.where(alike >= edge[:, None], alike, 0)
    near /= near.sum(axis=1, keepdims=True)
    columns: dict[str, list[float]] = {}
    auc: dict[str, list[float]] = {}
    isin = np.zeros(likes.shape[1], dtype=bool)
    isin[new] = True
    none = np.zeros(0, dtype=np.int32)
    for person in order[cut:]:
        items = likes.indices[likes.indptr[person] : likes.indptr[person + 1]]
        given = items[~isin[items] & np.isin(items, old)].astype(np.int32)
        wanted = set(np.flatnonzero(np.isin(new, items)).tolist())
        if given.size < 5 or not wanted:
            continue
        history = rng.permutation(given)[:20]
        ones = np.ones(history.size, dtype=np.float32)
        text = even(similar(similarity(ranker, new, history).astype("f4"), ones), none)
        known = model.scores(history, ones)
        crowd = even((near @ np.nan_to_num(known[old])).astype("f4"), none)
        scores = {
            "random": rng.random(new.size),
            "text": text,
            "neighbours": crowd,
            "hybrid": text + crowd,
            "popularity, had it been known": counts[new],
        }
        for name, column in scores.items():
            ranked = [int(n) for n in np.argsort(-column, kind="stable")]
            columns.setdefault(name, []).append(metrics.ndcg(ranked, wanted, SHOWN))
            auc.setdefault(name, []).append(above(ranked, wanted))
    return {
        "items": int(new.size),
        "people": len(columns["text"]),
        "systems": {
            name: {"NDCG@10": shown(column), "pairs in order": shown(auc[name])}
            for name, column in columns.items()
        },
    }


def above(ranked: Sequence[int], wanted: set[int]) -> float:
    """Share of pairs of a wanted and an unwanted item that stand in the right order."""
    places = np.array([place for place, item in enumerate(ranked) if item in wanted])
    others = len(ranked) - places.size
    if not others:
        return float("nan")
    before = places - np.arange(places.size)
    return float(1 - before.mean() / others)


def question_of(ranker: Any, query: Query, asked: Sequence[str]) -> str:
    """The facet that the product would ask about, "" where no question is worth it."""
    candidates = ranker.rank(replace(query, k=60)).candidates
    found = best_question(candidates, ranker.catalogue, Profile(), asked, "en")
    return "" if found is None else found.facet


def usual_value(ranker: Any, person: Person, facet: str) -> str:
    """What the person would answer: the value most of their other likes have, by its rarity."""
    rows = ranker.catalogue
    values = [v for i in sorted(person.wanted) for v in rows[i].values(facet)]
    if not values:
        return ""
    share = {v: values.count(v) * ranker.facets.rarity(facet, v) for v in set(values)}
    return max(sorted(share), key=lambda v: share[v])


def new_people(ranker: Any, people: Sequence[Person], shares: dict[str, float]) -> dict[str, Any]:
    """What each step of knowing a person is worth."""
    rng = np.random.default_rng(SEED)
    ids = [item.id for item in ranker.catalogue.items]
    count = np.nan_to_num(ranker._scorer.quality.count)
    popular = [ids[int(n)] for n in np.argsort(-count, kind="stable")]
    asked: list[str] = []
    steps: dict[str, Callable[[Person], list[str]]] = {}

    def ask(query: Query) -> list[str]:
        return [c.item_id for c in ranker.rank(query).candidates]

    def base(person: Person, **more: Any) -> Query:
        gone = Constraints(exclude=frozenset(person.given))
        return Query(constraints=gone, k=SHOWN, **more)

    def kind(person: Person) -> Query:
        return base(person, text=person.kind, wishes=(Wish("genre", person.kind),))

    def answered(person: Person) -> list[str]:
        facet = question_of(ranker, kind(person), ("genre",))
        value = usual_value(ranker, person, facet) if facet else ""
        asked.append(facet if value else "none")
        query = kind(person)
        if value:
            wishes = (*query.wishes, Wish(facet, value))
            query = replace(query, text=f"{query.text} {value}", wishes=wishes)
        return ask(query)

    def liking(number: int) -> Callable[[Person], list[str]]:
        return lambda p: ask(base(p, liked=tuple((i, 1.0) for i in p.given[:number])))

    def both(person: Person) -> list[str]:
        return ask(replace(kind(person), liked=tuple((i, 1.0) for i in person.given[:3])))

    steps["random"] = lambda p: [ids[int(n)] for n in rng.permutation(len(ids))[:SHOWN]]
    steps["popularity"] = lambda p: [i for i in popular if i not in p.given][:SHOWN]
    steps["nothing said"] = lambda p: ask(base(p))
    steps["a kind"] = lambda p: ask(kind(p))
    steps["a kind and one question"] = answered
    steps["one film"] = liking(1)
    steps["three films"] = liking(3)
    steps["three films and a kind"] = both
    steps["five films"] = liking(5)
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
    questions = {name: asked.count(name) for name in sorted(set(asked))}
    return {"people": len(people), "questions": questions, "steps": found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=600)
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
        items = hidden_items(ranker, everybody)
        for name, row in items["systems"].items():
            print(f"  {name:32} {row}", flush=True)
        people = new_people(ranker, told(ranker, everybody, options.people), shares)
    save("cold_start", {"new items": items, "new people": people})


if __name__ == "__main__":
    main()
