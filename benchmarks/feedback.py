"""What reactions are worth within a session, and what weights learned from logged lists are worth.

    python -m benchmarks.feedback --movielens FOLDER [--part session|learned|invented]

People of MovieLens latest-small meet the shipped films. Four of five teach the collaborative
weights; every held-out person opens sessions: names two films they liked (and, every other time, a
kind of film), is shown lists of five, and reacts as their ratings say: 4.5 and more is love, 4 is
like, 2.5 and less is "not for me"; what they never rated they pass over. What counts is how many
films they are known to like are shown.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results import FOLDER, SHARED, save
from benchmarks.train_films import films, linked, spellings
from chatbot import Assistant
from chatbot.learning import IGNORED_AFTER
from chatbot.learning.log import GAINS
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore, Interaction
from chatbot.storage.database import Database
from chatbot.training import train
from retrieval import learned, metrics
from retrieval.constraints import Constraints
from retrieval.learned import FEWEST, LEARNABLE, Judged
from retrieval.metrics import bootstrap, difference
from retrieval.query import Candidate, Query, Wish
from retrieval.recommender import Recommender
from retrieval.rerank import Weights

HERE = Path(__file__).resolve().parents[1]
LISTS, LENGTH = 5, 5
ROUNDS = 3
"""Sessions of every person."""

LOVE, LIKE, DISLIKE = 4.5, 4.0, 2.5
STRENGTH = {"love": 1.0, "like": 0.6}


@dataclass(frozen=True)
class Person:
    """One held-out person: item id → rating."""

    name: str
    ratings: dict[str, float]

    @property
    def liked(self) -> list[str]:
        """Ids of what they like, in order."""
        return sorted(i for i, r in self.ratings.items() if r >= LIKE)

    def verdict(self, item: str) -> str:
        """What they say of an item that is shown to them."""
        rating = self.ratings.get(item)
        if rating is None:
            return "ignored"
        if rating >= LOVE:
            return "love"
        return "like" if rating >= LIKE else "dislike" if rating <= DISLIKE else "seen"


@dataclass
class Shown:
    """One list of a session with its verdicts."""

    person: str
    query: Query
    candidates: tuple[Candidate, ...]
    verdicts: list[str] = field(default_factory=list)


def people(folder: Path) -> list[Person]:
    """MovieLens users by the shipped films' ids."""
    ours = films(HERE / "catalogues/films/items.jsonl")
    with (folder / "movies.csv").open(encoding="utf-8", newline="") as file:
        links = linked(ours, {r["movieId"]: spellings(r["title"]) for r in csv.DictReader(file)})
    found: dict[str, dict[str, float]] = {}
    with (folder / "ratings.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["movieId"] in links:
                item = ours[links[row["movieId"]]].id
                found.setdefault(row["userId"], {})[item] = float(row["rating"])
    return [Person(name, ratings) for name, ratings in found.items()]


def world(folder: Path, data: Path, seed: int) -> tuple[Assistant, list[Person]]:
    """(an assistant that learned from four of five people, the others)."""
    everyone = people(folder)
    order = np.random.default_rng(seed).permutation(len(everyone))
    held = [everyone[i] for i in order[: len(everyone) // 5]]
    out = {p.name for p in held}
    settings = Settings.read({}, data_dir=data, llm="none")
    with Assistant.open(settings=settings):
        pass  # brings the films
    database = Database.open(settings.database_where)
    store = CatalogueStore(database)
    store.add_interactions(
        "films",
        [Interaction(p.name, i, r) for p in everyone if p.name not in out for i, r in
         p.ratings.items()],
    )  # fmt: skip
    train(settings, store, "films", (), lambda what, done, total: None, model="ease")
    database.close()
    return Assistant.open(settings=settings), [p for p in held if len(p.liked) >= 15]


def session(
    recommender: Recommender,
    person: Person,
    rng: np.random.Generator,
    *,
    reacts: bool = True,
    ignoring: bool = True,
    after: int = IGNORED_AFTER,
) -> list[Shown]:
    """One session; the same `rng` opens it in the same way whatever the arguments."""
    seeds = rng.choice(person.liked, 2, replace=False).tolist()
    wishes: tuple[Wish, ...] = ()
    if rng.random() < 0.5:
        kinds = recommender.catalogue[str(rng.choice(person.liked))].values("genre")
        wishes = (Wish("genre", str(rng.choice(kinds)), weight=0.8),)
    liked = [(i, 0.7) for i in seeds]
    disliked: list[tuple[str, float]] = []
    shown: list[str] = []
    passed: list[list[str]] = []
    found: list[Shown] = []
    for _ in range(LISTS):
        quiet = [i for one in passed for i in one] if ignoring and len(passed) >= after else []
        query = Query(
            text=", ".join(w.value for w in wishes),
            wishes=wishes,
            liked=tuple(liked),
            disliked=tuple(disliked),
            ignored=tuple((i, 1.0) for i in quiet),
            constraints=Constraints(exclude=frozenset({*shown, *seeds})),
            k=LENGTH,
        )
        cards = recommender.rank(query).candidates
        verdicts = [person.verdict(c.item_id) for c in cards]
        found.append(Shown(person.name, query, cards, verdicts))
        shown += [c.item_id for c in cards]
        passed.append([])
        for card, verdict in zip(cards, verdicts, strict=True):
            if verdict == "ignored":
                passed[-1].append(card.item_id)
            elif reacts and verdict in STRENGTH:
                liked.append((card.item_id, STRENGTH[verdict]))
            elif reacts and verdict == "dislike":
                disliked.append((card.item_id, 1.0))
    return found


def hits(lists: Sequence[Shown]) -> float:
    """Films the person likes, in the lists after the first."""
    return float(sum(v in STRENGTH for one in lists[1:] for v in one.verdicts))


def weighed(recommender: Recommender, weights: Weights) -> None:
    """Put other weights into a recommender."""
    recommender._scorer = replace(recommender._scorer, weights=weights)


def played(
    recommender: Recommender, held: Sequence[Person], rounds: int, seed: int, **how: Any
) -> tuple[list[float], list[str], list[Shown]]:
    """(hits a session, whose session, all lists)."""
    found: list[float] = []
    who: list[str] = []
    lists: list[Shown] = []
    for turn in range(rounds):
        for number, person in enumerate(held):
            shown = session(recommender, person, np.random.default_rng([seed, turn, number]), **how)
            found.append(hits(shown))
            who.append(person.name)
            lists += shown
    return found, who, lists


def told(interval: metrics.Interval) -> dict[str, float]:
    return {n: round(getattr(interval, n), 4) for n in ("mean", "low", "high")}


def within(recommender: Recommender, held: Sequence[Person]) -> dict[str, Any]:
    """What reactions, and what the penalty for ignored kinds, are worth in one session."""
    rng = np.random.default_rng(0)
    base = Weights()
    weighed(recommender, base)
    none, who, _ = played(recommender, held, ROUNDS, 1, reacts=False, ignoring=False)
    spoken, _, _ = played(recommender, held, ROUNDS, 1, ignoring=False)
    whole, _, _ = played(recommender, held, ROUNDS, 1)
    figures: dict[str, Any] = {
        "sessions": len(none),
        "people": len(held),
        "lists": LISTS,
        "liked films shown in lists 2 to 5": {
            "without reactions": told(bootstrap(none, who, rng)),
            "with reactions": told(bootstrap(spoken, who, rng)),
            "with reactions, ignored kinds lose": told(bootstrap(whole, who, rng)),
            "reactions bring": told(difference(spoken, none, who, rng)),
            "ignoring brings": told(difference(whole, spoken, who, rng)),
        },
        "ignored, by weight": {},
    }
    for weight in (0.1, 0.8):
        weighed(recommender, replace(base, ignored=weight))
        tried, _, _ = played(recommender, held, ROUNDS, 1)
        figures["ignored, by weight"][str(weight)] = told(difference(tried, spoken, who, rng))
    weighed(recommender, base)
    return figures


def as_judged(lists: Sequence[Shown]) -> list[Judged]:
    found = []
    for one in lists:
        kept = [n for n, v in enumerate(one.verdicts) if v != "seen"]
        signals = [one.candidates[n].signals for n in kept]
        gains = [GAINS.get(one.verdicts[n]) for n in kept]
        found.append(learned.judged(signals, gains, one.person, Weights()))
    return learned.telling(found)


def columns(lists: Sequence[Judged]) -> tuple[Any, Any, list[int]]:
    """(features, relevance 0 to 3, list lengths) of what is known."""
    xs, ys, sizes = [], [], []
    for one in lists:
        known = ~np.isnan(one.gains)
        xs.append(np.column_stack([one.signals, one.rest])[known])
        ys.append(np.searchsorted([-0.4, 0.0, 0.6, 1.0], one.gains[known]))
        sizes.append(int(known.sum()))
    return np.concatenate(xs), np.concatenate(ys), sizes


def own(weights: Weights) -> Any:
    return np.array([*(getattr(weights, name) for name in LEARNABLE), 1.0])


def lambdamart(lists: Sequence[Judged]) -> Any:
    """LambdaMART on the signals; its size was chosen on other people's lists."""
    import lightgbm

    xs, ys, sizes = columns(lists)
    how = {
        "objective": "lambdarank", "num_leaves": 4, "learning_rate": 0.05, "verbose": -1,
        "min_data_in_leaf": 30, "label_gain": [0, 1, 3, 5], "num_threads": 1, "seed": 1,
    }  # fmt: skip
    return lightgbm.train(how, lightgbm.Dataset(xs, ys, group=sizes), 60).predict


def network(lists: Sequence[Judged]) -> Any:
    """A small network added to the shipped score, pairwise loss."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    xs, ys, sizes = columns(lists)
    middle, spread = xs.mean(0), xs.std(0) + 1e-6
    net = torch.nn.Sequential(
        torch.nn.Linear(xs.shape[1], 16), torch.nn.ReLU(), torch.nn.Linear(16, 1)
    )

    def score(x: Any) -> Any:
        scaled = torch.tensor((x - middle) / spread, dtype=torch.float32)
        return net(scaled)[:, 0] + torch.tensor(x @ own(Weights()), dtype=torch.float32)

    starts = np.concatenate([[0], np.cumsum(sizes)])
    pairs = [np.argwhere(ys[a:b, None] > ys[None, a:b]) + a for a, b in pairwise(starts)]
    weight = torch.tensor(
        np.concatenate([np.full(len(p), 1 / max(len(p), 1)) for p in pairs]), dtype=torch.float32
    )
    better, worse = np.concatenate(pairs).T
    learner = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.01)
    for _ in range(120):
        scores = score(xs)
        gap = scores[better] - scores[worse]
        loss = (weight * torch.nn.functional.softplus(-gap)).sum() / weight.sum()
        learner.zero_grad()
        loss.backward()
        learner.step()
    return lambda x: score(x).detach().numpy()


def ordered(lists: Sequence[Judged], score: Any) -> list[float]:
    """NDCG of every list in the order of `score`."""
    found = []
    for one in lists:
        known = ~np.isnan(one.gains)
        values = score(np.column_stack([one.signals, one.rest])[known])
        gains = one.gains[known] - one.gains[known].min()
        order = [int(at) for at in np.argsort(-values, kind="stable")]
        found.append(metrics.ndcg(order, {n: float(g) for n, g in enumerate(gains) if g > 0}))
    return found


@dataclass
class Again:
    """A recommender whose first twenty are put in the order of `score`."""

    inner: Recommender
    score: Any

    @property
    def catalogue(self) -> Any:
        """See `Recommender`."""
        return self.inner.catalogue

    def rank(self, query: Query) -> Any:
        """See `Recommender.rank`."""
        full = self.inner.rank(replace(query, k=20))
        signals = [c.signals for c in full.candidates]
        one = learned.judged(signals, [1.0] * len(signals), "", Weights())
        values = self.score(np.column_stack([one.signals, one.rest]))
        order = np.argsort(-values, kind="stable")[: query.k]
        return replace(full, candidates=tuple(full.candidates[at] for at in order))


def taught(recommender: Recommender, held: Sequence[Person]) -> dict[str, Any]:
    """Learned on the lists of half of the people, judged on the other half."""
    rng = np.random.default_rng(3)
    order = rng.permutation(len(held))
    first = [held[at] for at in order[: len(held) // 2]]
    other = [held[at] for at in order[len(held) // 2 :]]
    weighed(recommender, Weights())
    _, _, teaching = played(recommender, first, 2 * ROUNDS, 1)
    before, who, judging = played(recommender, other, ROUNDS, 7)
    known, unseen = as_judged(teaching), as_judged(judging)
    weights = learned.fit(known, Weights())
    makers: dict[str, Any] = {
        "one multiplier a signal": lambda x: x @ own(weights),
        "network, 16 hidden": network(known),
        "LambdaMART": lambdamart(known),
    }
    shipped = ordered(unseen, lambda x: x @ own(Weights()))
    clusters = [str(one.person) for one in unseen]
    figures: dict[str, Any] = {
        "people": [len(first), len(other)],
        "lists": [len(known), len(unseen)],
        "NDCG shipped": told(bootstrap(shipped, clusters, rng)),
        "liked films shown, shipped": told(bootstrap(before, who, rng)),
        "learners": {},
        "multipliers": {
            name: round(getattr(weights, name) / getattr(Weights(), name), 2)
            for name in LEARNABLE
            if getattr(weights, name) != getattr(Weights(), name)
        },
    }
    for name, score in makers.items():
        again: Any = Again(recommender, score)
        after, _, _ = played(again, other, ROUNDS, 7)
        figures["learners"][name] = {
            "NDCG gained": told(difference(ordered(unseen, score), shipped, clusters, rng)),
            "liked films gained, first twenty reranked": told(difference(after, before, who, rng)),
        }
    weighed(recommender, weights)
    after, _, _ = played(recommender, other, ROUNDS, 7)
    figures["learners"]["one multiplier a signal"]["liked films gained, the whole ranking"] = told(
        difference(after, before, who, rng)
    )
    weighed(recommender, Weights())
    decided = learned.decide(known, Weights(), rng)
    figures["decided"] = {"better": decided.better, "gain in log-likelihood": told(decided.gain)}  # type: ignore[arg-type]
    return figures


def simulated(rounds: int = 6) -> dict[str, Any]:
    """How often learned weights are taken, by how many lists there are and what people like."""
    tastes = {
        "as shipped": Weights(),
        "a little other": replace(Weights(), similar=0.6, quality=0.45, collaborative=0.7),
        "quite other": replace(Weights(), similar=0.3, quality=0.7, collaborative=0.9),
    }
    figures: dict[str, Any] = {"rounds": rounds, "taken": {}}
    for name, taste in tastes.items():
        for count in (FEWEST, 3 * FEWEST):
            taken = 0
            for number in range(rounds):
                rng = np.random.default_rng([count, number])
                taken += learned.decide(_invented(rng, count, taste), Weights(), rng).better
            figures["taken"].setdefault(name, {})[str(count)] = round(taken / rounds, 3)
    return figures


def _invented(rng: np.random.Generator, count: int, taste: Weights) -> list[Judged]:
    """Lists of five in the shipped order; the best two by `taste`, give or take, are liked where
    they are looked at, which gets rarer with the place.
    """
    found: list[Judged] = []
    while len(found) < count:
        x = rng.normal(size=(LENGTH, len(LEARNABLE) + 1))
        x = x[np.argsort(-(x @ own(Weights())))]
        value = x @ own(taste) + 0.8 * rng.normal(size=LENGTH)
        looked = rng.random(LENGTH) < 1 / np.log2(np.arange(LENGTH) + 2)
        gains = [0.6 if v > np.sort(value)[-3] and s else None for v, s in zip(value, looked,
                 strict=True)]  # fmt: skip
        signals = [dict(zip((*LEARNABLE, "rest"), row, strict=True)) for row in x]
        one = learned.judged(signals, gains, len(found) % 60, Weights())
        found += learned.telling([replace(one, rest=x[:, -1])])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--movielens", type=Path, default=SHARED / "movielens-small")
    parser.add_argument("--part", choices=("session", "learned", "invented"), help="only this one")
    options = parser.parse_args()
    kept = FOLDER / "feedback.json"
    figures = json.loads(kept.read_text(encoding="utf-8"))["figures"] if kept.is_file() else {}
    if options.part != "invented":
        if not options.movielens.is_dir():
            print(f"skipped: there is no {options.movielens}")
            return
        with tempfile.TemporaryDirectory() as folder:
            assistant, held = world(options.movielens, Path(folder), 1)
            with assistant:
                ranker = assistant.engine().ranker
                assert isinstance(ranker, Recommender)
                if options.part in (None, "session"):
                    figures["within a session"] = within(ranker, held)
                if options.part in (None, "learned"):
                    figures["weights learned"] = taught(ranker, held)
    if options.part in (None, "invented"):
        figures["weights learned, invented tastes"] = simulated()
    print(save("feedback", figures))


if __name__ == "__main__":
    main()
