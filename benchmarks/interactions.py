"""Who likes what: every model of ours beside kept libraries, on people never seen before.

    python -m benchmarks.interactions [--data ml-1m movielens-small] [--models ease als …]

Strong generalisation as in `retrieval.heldout`, likes are ratings of 4 and more, people with fewer
than 5 likes are left out; 80% of a held-out person's likes are given and all other items ranked.
No item that somebody liked is left out; "movielens-small-5" is the smaller set again without the
items of fewer than 5 likes.
Settings of every system, theirs and ours, are chosen by NDCG@100 on validation people, who are
neither learned from nor reported. MovieLens-1M: 1,000 people reported, 600 for validation.
MovieLens-small: a fifth for validation only, the others in four folds.

"given 3" gives only three random likes of the same person, as a conversation does.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.results import FOLDER, SHARED, save
from retrieval.collaborative import ease, strongest
from retrieval.heldout import Case, Split, ranked, split, values
from retrieval.metrics import bootstrap, difference
from retrieval.models import NAMES, learned
from retrieval.models.blend import Blend
from retrieval.models.contract import Learned, Likes
from retrieval.models.factors import Factors, learn_als
from retrieval.models.linear import Linear, learn_ease

LIKED = 4.0
FEWEST = 5
ITEM_LIKES = {"ml-1m": 1, "movielens-small": 1, "movielens-small-5": 5}
"""Likes that an item needs. Most items of the smaller set are liked by one or two people, of whom
nothing can be learned: the third set shows what that changes."""

SEED = 20
SHOWN = ("NDCG@100", "recall@20", "recall@50")
GIVEN = 3
RIDGES = (25.0, 50.0, 100.0, 200.0, 400.0, 800.0)
ALS = tuple(itertools.product((16, 32, 64, 128), (2.0, 5.0, 10.0), (1.0, 10.0, 30.0, 60.0)))
"""Factors, confidence ("alpha"), regularisation: the grid of implicit's ALS."""

THEIRS = ("implicit ALS", "Cornac EASE")


def likes_of(name: str) -> Likes:
    """Likes of a data set in ../shared."""
    folder = SHARED / name.removesuffix("-5")
    file = folder / ("ratings_no_ts.csv" if name == "ml-1m" else "ratings.csv")
    people: list[str] = []
    items: list[str] = []
    when: list[float] = []
    with file.open(encoding="utf-8", newline="") as source:
        rows = csv.reader(source)
        timed = len(next(rows)) > 3
        for row in rows:
            if float(row[2]) >= LIKED:
                people.append(row[0])
                items.append(row[1])
                when.append(float(row[3]) if timed else 1.0)
    at, down = np.unique(people, return_inverse=True)
    what, across = np.unique(items, return_inverse=True)
    shape = len(at), len(what)
    matrix = sparse.csr_matrix((np.ones(len(down)), (down, across)), shape)
    times = sparse.csr_matrix((when, (down, across)), shape)
    enough = np.flatnonzero(np.diff(matrix.indptr) >= FEWEST)
    liked = np.flatnonzero(np.asarray(matrix[enough].sum(axis=0)).ravel() >= ITEM_LIKES[name])
    kept = times[enough][:, liked].tocsr()
    kept.sort_indices()
    matrix = sparse.csr_matrix((np.ones(kept.nnz), kept.indices, kept.indptr), kept.shape)
    return Likes(matrix, kept.data if timed else None)


def score(model: Learned, cases: Sequence[Case]) -> float:
    """Mean NDCG@100."""
    return float(values(ranked(model, cases), cases, SHOWN[:1])[SHOWN[0]].mean())


def best(
    name: str, grid: Sequence[Any], learn: Callable[[Any], Learned], cases: Sequence[Case]
) -> tuple[Any, Learned]:
    """The setting with the best NDCG@100 on the cases."""
    found = []
    for setting in grid:
        model = learn(setting)
        found.append((score(model, cases), setting, model))
        print(f"  {name} {setting}: {found[-1][0]:.4f}", flush=True)
    winner = max(found, key=lambda one: one[0])
    return winner[1], winner[2]


def plain_ease(likes: Likes, setting: tuple[float, bool]) -> Learned:
    """The same closed form, to choose Cornac's settings by: ours is quicker with few people."""
    weights = ease(likes.matrix, setting[0])
    return Linear(np.maximum(weights, 0) if setting[1] else weights, likes.counts > 0)


def cornac_ease(likes: Likes, setting: tuple[float, bool]) -> Learned:
    """EASE of Cornac; `posB` drops negative weights."""
    from cornac.data import Dataset
    from cornac.models import EASE

    entries = likes.matrix.tocoo()
    triples = list(zip(entries.row.tolist(), entries.col.tolist(), entries.data, strict=True))
    data = Dataset.from_uir(triples)
    model = EASE(lamb=setting[0], posB=setting[1], verbose=False)
    model.fit(data)
    order = np.array([data.iid_map[column] for column in range(likes.matrix.shape[1])])
    weights = np.asarray(model.B, dtype=np.float32)[np.ix_(order, order)]
    return Linear(weights, likes.counts > 0)


class Implicit:
    """ALS of implicit with its own way of folding people in."""

    def __init__(self, likes: Likes, setting: tuple[int, float, float]) -> None:
        from implicit.als import AlternatingLeastSquares
        from threadpoolctl import threadpool_limits

        factors, alpha, ridge = setting
        with warnings.catch_warnings(), threadpool_limits(1, "blas"):
            warnings.simplefilter("ignore")
            self._model = AlternatingLeastSquares(
                factors=factors, alpha=alpha, regularization=ridge, iterations=15, random_state=1
            )
            self._model.fit(likes.matrix.astype(np.float32).tocsr(), show_progress=False)
        self._items = likes.matrix.shape[1]

    def scores(self, history: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """See `Learned.scores`."""
        person = sparse.csr_matrix(
            (weights, (np.zeros(history.size, int), history)), (1, self._items), dtype=np.float32
        )
        found = self._model.recalculate_user([0], person)[0] @ self._model.item_factors.T
        return np.asarray(found, dtype=np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """It is never kept."""
        return {}


@dataclass(frozen=True)
class Settings:
    """What validation people chose."""

    ridge: float
    als: tuple[int, float, float]
    cornac: tuple[float, bool]
    blend: dict[str, float]


def choose(here: Split) -> Settings:
    """Settings of all systems, by the validation people of a split."""
    rng = np.random.default_rng(1)
    ridge, ours = best("ease", RIDGES, lambda r: learn_ease(here.learned, rng, r), here.validation)
    als, _ = best("implicit ALS", ALS, lambda s: Implicit(here.learned, s), here.validation)
    grid = tuple(itertools.product((*RIDGES[1:], 1600.0), (False, True)))
    cornac, _ = best("Cornac EASE", grid, lambda s: plain_ease(here.learned, s), here.validation)
    others = {
        "als": factorised(here.learned, als),
        "propagation": learned("propagation", here.learned, rng),
        "people": learned("people", here.learned, rng),
    }
    weights = {"ease": 1.0}
    models: dict[str, Learned] = {"ease": ours}
    for name, model in others.items():
        models[name] = model

        def blend(w: float, name: str = name) -> Learned:
            tried = weights | {name: w}
            return Blend(tuple(tried), [models[n] for n in tried], tuple(tried.values()))

        weight, _ = best(f"blend with {name}", (0.0, 0.25, 0.5, 1.0), blend, here.validation)
        if weight:
            weights[name] = weight
    return Settings(ridge, als, cornac, weights)


def factorised(likes: Likes, setting: tuple[int, float, float]) -> Factors:
    """Ours, with the setting that won for implicit."""
    factors, confidence, ridge = setting
    rng = np.random.default_rng(1)
    return learn_als(likes, rng, factors=factors, confidence=confidence, ridge=ridge)


def served(model: Linear) -> Linear:
    """As `train` keeps it: the 100 strongest positive weights an item."""
    weights = model.weights.toarray()
    return Linear(strongest(weights, weights > 0, 100), model.known)


def settings_of(chosen: dict[str, Any]) -> Settings:
    """Settings as the results of an earlier run name them."""
    als, cornac = tuple(chosen["implicit ALS"]), tuple(chosen["Cornac EASE"])
    return Settings(chosen["ease"], als, cornac, dict(chosen["blend"]))


def systems(here: Split, settings: Settings, names: Sequence[str]) -> dict[str, Any]:
    """Name → (model, seconds it took to learn)."""
    found: dict[str, Any] = {}

    def add(name: str, learn: Callable[[], Learned]) -> Learned:
        start = time.perf_counter()
        model = learn()
        found[name] = model, round(time.perf_counter() - start, 1)
        return model

    rng = np.random.default_rng(SEED)
    ease = add("ease", lambda: learn_ease(here.learned, rng, settings.ridge))
    assert isinstance(ease, Linear)
    add("ease, 100 weights an item", lambda: served(ease))
    parts: dict[str, Learned] = {"ease": ease}
    parts["als"] = add("als", lambda: factorised(here.learned, settings.als))
    for name in names:
        if name in ("ease", "als", "blend"):
            continue
        parts[name] = add(name, lambda name=name: learned(name, here.learned, rng))
    blended = [n for n in settings.blend if n in parts]
    add("blend", lambda: Blend(blended, [parts[n] for n in blended],
                               [settings.blend[n] for n in blended]))  # fmt: skip
    add("blend, by default", lambda: learned("blend", here.learned, rng))
    add("implicit ALS", lambda: Implicit(here.learned, settings.als))
    add("Cornac EASE", lambda: cornac_ease(here.learned, settings.cornac))
    return found


def short(cases: Sequence[Case], rng: np.random.Generator) -> list[Case]:
    """The same people, of whom only `GIVEN` likes are known."""
    return [Case(np.sort(rng.permutation(case.known)[:GIVEN]), case.wanted) for case in cases]


def measure(
    splits: Sequence[Split], settings: Settings, names: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Per-person values of every system, over all splits."""
    found: dict[str, dict[str, Any]] = {}
    for here in splits:
        few = short(here.test, np.random.default_rng(SEED))
        for name, (model, seconds) in systems(here, settings, names).items():
            start = time.perf_counter()
            lists = ranked(model, here.test)
            spent = (time.perf_counter() - start) / len(here.test)
            mine = values(lists, here.test)
            mine["NDCG@100, given 3"] = values(ranked(model, few), few, SHOWN[:1])[SHOWN[0]]
            into = found.setdefault(name, {"learn_s": [], "rank_ms": [], "values": {}})
            into["learn_s"].append(seconds)
            into["rank_ms"].append(round(spent * 1000, 2))
            for metric, column in mine.items():
                old = into["values"].get(metric, np.zeros(0))
                into["values"][metric] = np.concatenate([old, column])
            print(f"  {name:28} {mine['NDCG@100'].mean():.4f} {seconds:6.1f} s", flush=True)
    return found


def figures(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Means with intervals, and paired differences to the libraries."""

    def shown(interval: Any) -> dict[str, float]:
        return {k: round(getattr(interval, k), 4) for k in ("mean", "low", "high")}

    rng = np.random.default_rng(SEED)
    table: dict[str, Any] = {}
    for name, one in found.items():
        people = range(len(one["values"]["NDCG@100"]))
        row: dict[str, Any] = {
            m: shown(bootstrap(v, people, rng)) for m, v in one["values"].items()
        }
        if name not in THEIRS:
            row["ahead of"] = {
                other: {
                    m: shown(difference(one["values"][m], found[other]["values"][m], people, rng))
                    for m in SHOWN
                }
                for other in THEIRS
            }
        table[name] = row | {"learn_s": max(one["learn_s"]), "rank_ms": max(one["rank_ms"])}
    return table


def splits_of(name: str, likes: Likes) -> tuple[Split, list[Split]]:
    """The split that settings are chosen by, and those that are reported."""
    rng = np.random.default_rng(SEED)
    if name == "ml-1m":
        here = split(likes, rng, 1000, 600)
        return here, [here]
    order = rng.permutation(likes.matrix.shape[0])
    fold = len(order) // 5
    validation, rest = order[:fold], order[fold:]
    tuning = split(likes, rng, fold, fold, people=np.concatenate([rest, validation])[
        np.r_[0:fold, len(rest) : len(order), fold : len(rest)]
    ])  # fmt: skip
    parts = np.array_split(rest, 4)
    reported = []
    for at, part in enumerate(parts):
        others = [p for n, p in enumerate(parts) if n != at]
        people = np.concatenate([part, *others, validation])
        reported.append(split(likes, rng, len(part), people=people))
    return tuning, reported


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=["ml-1m", "movielens-small"])
    parser.add_argument("--tune", action="store_true", help="choose settings anew")
    parser.add_argument("--models", nargs="+", default=list(NAMES), choices=NAMES)
    options = parser.parse_args()
    if not Path(SHARED / "ml-1m").is_dir():
        print(f"Skipped: there is no {SHARED / 'ml-1m'}.")
        return
    earlier = FOLDER / "interactions.json"
    content: dict[str, Any] = {}
    if earlier.is_file():  # figures of the other data set are kept
        content = json.loads(earlier.read_text(encoding="utf-8"))["figures"]
    for name in options.data:
        likes = likes_of(name)
        print(f"{name}: {likes.matrix.shape}, {likes.matrix.nnz} likes", flush=True)
        tuning, reported = splits_of(name, likes)
        before = content.get(name, {}).get("chosen")
        settings = settings_of(before) if before and not options.tune else choose(tuning)
        print(f"  chosen: {settings}", flush=True)
        found = measure(reported, settings, options.models)
        content[name] = {
            "people": likes.matrix.shape[0],
            "items": likes.matrix.shape[1],
            "likes": int(likes.matrix.nnz),
            "reported people": sum(len(s.test) for s in reported),
            "chosen": {
                "ease": settings.ridge, "implicit ALS": settings.als,
                "Cornac EASE": settings.cornac, "blend": settings.blend,
            },
            "systems": figures(found),
        }  # fmt: skip
        save("interactions", content)


if __name__ == "__main__":
    main()
