"""Learns what we ship beside the film catalogue: who likes this also likes that, and mean ratings.

    python benchmarks/train_films.py --movielens FOLDER --redial FOLDER

reads MovieLens latest-small (movies.csv, ratings.csv) and the training dialogues of ReDial
(catalogue.jsonl, train_dialogues.jsonl) and writes catalogues/films/collaborative.npz with a
collaborative.json that says where it comes from. Neither data set is part of this repository.

A weight counts in scores when a few people liked both films. It may be given as a reason, "people
who liked X also like Y", only when enough people support it (see `Support`).
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from retrieval.collaborative import Neighbours, ease, strongest
from retrieval.schema import fold

HERE = Path(__file__).resolve().parents[1]
LIKED = 4.0
NEIGHBOURS = 100
FEWEST = 3, 2
"""So many people (by ratings, by dialogues) liked both films of every weight that is kept."""


@dataclass(frozen=True, slots=True)
class Support:
    """When a pair of films is believed to be liked by the same people.

    Attributes:
        people: at least so many liked both.
        lift: who liked the one likes the other at least so many times likelier than others do,
            after `prior` imaginary people without any preference were counted in.
        share: of those who liked the one and rated the other, at least this part liked it too.
    """

    people: int
    lift: float
    share: float
    prior: float = 3.0


MOVIELENS = Support(people=8, lift=1.25, share=0.6)
REDIAL = Support(people=4, lift=1.8, share=0.75)


@dataclass(frozen=True, slots=True)
class Film:
    """Ours: every folded name, and the year."""

    id: str
    names: frozenset[str]
    year: int


def films(path: Path) -> list[Film]:
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        names = {fold(name) for name in (row["title"], *row.get("aka", ()))} - {""}
        found.append(Film(row["id"], frozenset(names), int(row["year"])))
    return found


def spellings(title: str) -> tuple[frozenset[str], int | None]:
    """Names and year in "City of Lost Children, The (Cité des enfants perdus, La) (1995)"."""
    year = re.search(r"\((\d{4})\)\s*$", title)
    body = title[: year.start()] if year else title
    parts = [re.sub(r"\(.*?\)", " ", body), *re.findall(r"\((?:a\.k\.a\. )?(.*?)\)", body)]
    names = set()
    for part in parts:
        part = part.strip()
        names.add(fold(part))
        turned = re.match(r"^(.*), (\w+|L')$", part)
        if turned:
            names.add(fold(f"{turned[2]} {turned[1]}"))
    return frozenset(names - {""}), int(year[1]) if year else None


def linked(
    ours: Sequence[Film], theirs: Mapping[str, tuple[frozenset[str], int | None]]
) -> dict[str, int]:
    """Their id → our position: a name in common and years at most one apart, the nearest year.

    Where two of ours fit equally well, neither is linked.
    """
    by_name: dict[str, list[int]] = {}
    for at, film in enumerate(ours):
        for name in film.names:
            by_name.setdefault(name, []).append(at)
    found: dict[str, int] = {}
    for their_id, (names, year) in theirs.items():
        if year is None:
            continue
        fits = {at for name in names for at in by_name.get(name, ())}
        near = sorted((abs(ours[at].year - year), at) for at in fits)
        near = [pair for pair in near if pair[0] <= 1]
        if near and (len(near) == 1 or near[0][0] < near[1][0]):
            found[their_id] = near[0][1]
    return found


def movielens(folder: Path, ours: Sequence[Film]) -> tuple[sparse.csr_matrix, dict[str, int]]:
    """(users, films) ratings, 0 = none."""
    with (folder / "movies.csv").open(encoding="utf-8", newline="") as file:
        theirs = {row["movieId"]: spellings(row["title"]) for row in csv.DictReader(file)}
    links = linked(ours, theirs)
    users: dict[str, int] = {}
    entries: dict[tuple[int, int], float] = {}
    with (folder / "ratings.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["movieId"] in links:
                user = users.setdefault(row["userId"], len(users))
                key = user, links[row["movieId"]]
                entries[key] = max(entries.get(key, 0.0), float(row["rating"]))
    return matrix(entries, len(users), len(ours)), links


def redial(
    folder: Path, ours: Sequence[Film]
) -> tuple[sparse.csr_matrix, sparse.csr_matrix, dict[str, int]]:
    """(dialogues, films) twice: what the seeker liked, and what they disliked."""
    theirs = {}
    for line in (folder / "catalogue.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        names = frozenset(spellings(row["title"])[0] | {fold(row["title"])})
        theirs[str(row["id"])] = (names, row.get("year"))
    links = linked(ours, theirs)
    liked: dict[tuple[int, int], float] = {}
    disliked: dict[tuple[int, int], float] = {}
    lines = (folder / "train_dialogues.jsonl").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        dialogue = json.loads(line)
        for item in dialogue["liked"]:
            if item in links:
                liked[number, links[item]] = 1.0
        for item in dialogue["disliked"]:
            if item in links:
                disliked[number, links[item]] = 1.0
    shape = len(lines), len(ours)
    return matrix(liked, *shape), matrix(disliked, *shape), links


def matrix(entries: Mapping[tuple[int, int], float], rows: int, columns: int) -> sparse.csr_matrix:
    keys = np.array(list(entries), dtype=np.int64).reshape(-1, 2)
    values = np.array(list(entries.values()), dtype=np.float64)
    return sparse.csr_matrix((values, (keys[:, 0], keys[:, 1])), shape=(rows, columns))


def supported(
    liked: sparse.csr_matrix, rated: sparse.csr_matrix, rule: Support
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(films, films) three times: whether the rule holds, how many liked both, the lift."""
    both = np.asarray((liked.T @ liked).todense())
    judged = np.asarray((liked.T @ rated).todense())  # liked the row's film, rated the column's
    people = liked.shape[0]
    alone = np.asarray(liked.sum(axis=0)).ravel()
    chance = alone / max(people, 1)
    expected = alone[:, None] * chance[None, :]
    lift = (both + rule.prior) / (expected + rule.prior)
    share = both / np.maximum(judged, 1)
    holds = (both >= rule.people) & (lift >= rule.lift) & (share >= rule.share)
    np.fill_diagonal(holds, False)
    raw = both / np.maximum(expected, 1e-9)
    return holds, both, raw


def folded(x: sparse.csr_matrix, held: Iterable[int], weights: np.ndarray, rng: Any) -> list[float]:
    """Recall@20 of one fifth of each held-out user's likes, given the rest."""
    found = []
    for user in held:
        items = x[user].indices
        if items.size < 3:
            continue
        hidden = rng.choice(items, max(1, items.size // 5), replace=False)
        given = np.setdiff1d(items, hidden)
        scores = weights[given].sum(axis=0)
        scores[given] = -np.inf
        top = np.argpartition(-scores, 20)[:20]
        found.append(np.isin(hidden, top).sum() / min(hidden.size, 20))
    return found


def learned(
    liked: sparse.csr_matrix,
    rated: sparse.csr_matrix,
    talk_liked: sparse.csr_matrix,
    talk_disliked: sparse.csr_matrix,
    ridge: float,
    weight: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(films, films) each: weights (0 = not kept), reasons by ratings, by talks, people, lift."""
    stacked = sparse.vstack([liked, talk_liked * np.sqrt(weight)]).tocsr()
    weights = ease(stacked, ridge)
    in_ratings, both, lift = supported(liked, rated, MOVIELENS)
    in_talks, talk_both, talk_lift = supported(talk_liked, talk_liked + talk_disliked, REDIAL)
    weights[(both < FEWEST[0]) & (talk_both < FEWEST[1])] = 0
    people = np.where(in_ratings, both, np.where(in_talks, talk_both, 0))
    return weights, in_ratings, in_talks, people, np.where(in_ratings, lift, talk_lift)


def tune(
    liked: sparse.csr_matrix,
    rated: sparse.csr_matrix,
    talk_liked: sparse.csr_matrix,
    talk_disliked: sparse.csr_matrix,
) -> None:
    """Print held-out recall@20 for some ridges and weights of a dialogue, whole and as shipped."""
    rng = np.random.default_rng(1)
    users, talks = rng.permutation(liked.shape[0]), rng.permutation(talk_liked.shape[0])
    held, kept = users[: len(users) // 5], users[len(users) // 5 :]
    held_talks, kept_talks = talks[: len(talks) // 5], talks[len(talks) // 5 :]

    def report(name: str, weights: np.ndarray) -> None:
        figures = [
            np.mean(folded(source, who, weights, np.random.default_rng(2)))
            for source, who in ((liked, held), (talk_liked, held_talks))
        ]
        print(f"{name:44} movielens {figures[0]:.4f}  dialogues {figures[1]:.4f}")

    report("popularity", np.tile(np.asarray(liked.sum(axis=0)), (liked.shape[1], 1)))
    for weight in (0.0, 1.0, 2.0, 4.0):
        for ridge in (50.0, 100.0, 200.0, 400.0):
            weights, *_ = learned(
                liked[kept], rated[kept], talk_liked[kept_talks], talk_disliked[kept_talks],
                ridge, weight,
            )  # fmt: skip
            report(f"dialogues x {weight:g}, ridge {ridge:g}, all", weights)
            shipped = strongest(weights, weights > 0, NEIGHBOURS).toarray()
            report(f"dialogues x {weight:g}, ridge {ridge:g}, as shipped", shipped)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--movielens", type=Path, required=True)
    parser.add_argument("--redial", type=Path, required=True)
    parser.add_argument("--films", type=Path, default=HERE / "catalogues/films/items.jsonl")
    parser.add_argument("--output", type=Path, default=HERE / "catalogues/films/collaborative.npz")
    parser.add_argument("--ridge", type=float, default=200.0)
    parser.add_argument("--dialogues", type=float, default=2.0, help="weight of a dialogue")
    parser.add_argument("--tune", action="store_true", help="only print held-out recall@20")
    options = parser.parse_args()

    ours = films(options.films)
    ratings, links = movielens(options.movielens, ours)
    liked = ratings.multiply(ratings >= LIKED).sign().tocsr()
    rated = ratings.sign().tocsr()
    talk_liked, talk_disliked, talk_links = redial(options.redial, ours)
    if options.tune:
        tune(liked, rated, talk_liked, talk_disliked)
        return

    weights, in_ratings, in_talks, people, lift = learned(
        liked, rated, talk_liked, talk_disliked, options.ridge, options.dialogues
    )
    kept = strongest(weights, weights > 0, NEIGHBOURS)
    at = np.repeat(np.arange(len(ours)), np.diff(kept.indptr)), kept.indices
    by_talk = in_talks[at] & ~in_ratings[at]
    counts = np.asarray(rated.sum(axis=0)).ravel()
    known = (np.asarray(talk_liked.sum(axis=0)).ravel() > 0) | (counts > 0)
    Neighbours(
        [film.id for film in ours],
        kept.indptr.astype(np.int32),
        kept.indices.astype(np.int32),
        kept.data.astype(np.float32),
        by_talk.astype(np.uint8),
        people[at].astype(np.int32),
        lift[at].astype(np.float32),
        known,
    ).save(
        options.output,
        rating_sum=np.asarray(ratings.sum(axis=0)).ravel().astype(np.float32),
        rating_count=counts.astype(np.float32),
    )
    figures = {
        "films": len(ours),
        "films in MovieLens": len(set(links.values())),
        "films in ReDial": len(set(talk_links.values())),
        "films with ratings": int((counts > 0).sum()),
        "films with neighbours": int((np.diff(kept.indptr) > 0).sum()),
        "weights": int(kept.nnz),
        "weights that may be given as a reason": int((people[at] > 0).sum()),
        "of these from dialogues only": int(by_talk.sum()),
        "users": int(liked.shape[0]),
        "dialogues": int(talk_liked.shape[0]),
    }
    note = SOURCE | {"rules": {"movielens": asdict(MOVIELENS), "redial": asdict(REDIAL)}}
    note |= {"ridge": options.ridge, "weight of a dialogue": options.dialogues, "figures": figures}
    target = options.output.with_suffix(".json")
    target.write_text(json.dumps(note, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))


SOURCE: dict[str, Any] = {
    "what": "item-to-item weights and rating sums for films of this catalogue; "
    "no rating of any person is in it",
    "sources": [
        {
            "name": "MovieLens latest-small (September 2018), GroupLens, University of Minnesota",
            "cite": "F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: "
            "History and Context. ACM Transactions on Interactive Intelligent Systems 5, 4: 19.",
            "licence": "GroupLens' own terms, which also cover what is derived from the data: it "
            "may be passed on only under the same terms; the data set must be acknowledged; no "
            "endorsement may be implied; commercial use needs permission from GroupLens first; "
            "it comes without any warranty.",
        },
        {
            "name": "ReDial, training dialogues",
            "cite": "R. Li, S. Kahou, H. Schulz, V. Michalski, L. Charlin, C. Pal. 2018. Towards "
            "Deep Conversational Recommendations. NeurIPS.",
            "licence": "CC BY 4.0",
        },
    ],
    "terms": "This file is not under the licence of the code. For commercial use without "
    "permission from GroupLens delete collaborative.npz, or train your own from your own "
    "interactions: without it recommendations rest on the catalogue alone.",
    "method": "EASE (Steck 2019) on likes (4 of 5 and more) and on the films a seeker liked in a "
    f"dialogue; at most {NEIGHBOURS} positive weights a film, for films that at least {FEWEST[0]} "
    f"people (or {FEWEST[1]} seekers) liked both; a weight is given as a reason only where the "
    "rules hold: enough people liked both, clearly more than chance, and of those who liked the "
    "first and rated the second most liked it",
    "command": "python benchmarks/train_films.py --movielens FOLDER --redial FOLDER",
}


if __name__ == "__main__":
    main()
