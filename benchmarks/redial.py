"""Which film does the other side name next? Recorded conversations, every ranking in one table.

    python -m benchmarks.redial [--data-dir FOLDER] [--every N]

A fresh data folder gets the catalogue, the ratings and the train conversations through `import` and
is trained by `train`, as an operator would do it; a folder that was trained before is used as it
is. Nothing is learned from the cases. Recall is the mean over what was named (not over cases), by
`match_name`, what was named before left out; intervals draw whole conversations 2,000 times.

Baselines are given the titles that were named. What is ours finds them in the text by itself.
Needs the development data beside the checkout (`../shared/data`); says so and stops without it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.results import SHARED, save
from chatbot.assistant import Assistant
from chatbot.replay import Recorded, Replayer, parse
from chatbot.settings import Settings
from retrieval.collaborative import ease
from retrieval.conversation.cases import cases_of, in_order, likes_of
from retrieval.conversation.rows import csr
from retrieval.query import Query, Ranking
from retrieval.recommender import Recommender
from retrieval.signals import Pool, match, text

DATA = SHARED / "redial"
NAME = "redial"
CUTS = (1, 5, 10, 20, 50)
DRAWS = 2000
RIDGE, RIDGE_TALKS, TALK = 300.0, 600.0, 20
"""Of EASE on ratings, and on ratings with conversations that count so many times."""

ADAPTER = "the adapter of text"
ROOT = Path(__file__).resolve().parents[1]
Floats = NDArray[np.float32]
Ranker = Callable[["Case"], Floats]


@dataclass(frozen=True)
class Case:
    """One message to foresee.

    Attributes:
        dialogue: number of its conversation.
        recorded: what had been said, as `replay` takes it.
        targets, seen: match names.
        named: rows of what had been named, one a name.
    """

    dialogue: int
    recorded: Recorded
    targets: tuple[str, ...]
    seen: frozenset[str]
    named: tuple[int, ...]


class Names:
    """The catalogue's rows by the name that counts."""

    def __init__(self, match_names: Sequence[str]) -> None:
        self.distinct, self.of = np.unique(np.array(match_names), return_inverse=True)
        self.place = {str(name): at for at, name in enumerate(self.distinct)}
        self.row: dict[str, int] = {}
        for row, name in enumerate(match_names):
            self.row.setdefault(name, row)

    def places(self, case: Case, scores: Floats) -> list[int]:
        """Where each target stands, from 0, by scores of all rows."""
        best = np.full(len(self.distinct), -np.inf)
        np.maximum.at(best, self.of, np.where(np.isnan(scores), -np.inf, scores))
        best[[self.place[name] for name in case.seen if name in self.place]] = -np.inf
        # Ties go against us.
        return [
            int((best >= best[at]).sum()) - 1
            if (at := self.place.get(target)) is not None and np.isfinite(best[at])
            else 10**6
            for target in case.targets
        ]

    def listed(self, case: Case, rows: Sequence[int]) -> list[int]:
        """Where each target stands in a list of rows."""
        names = [str(self.distinct[self.of[row]]) for row in rows]
        names = [name for name in dict.fromkeys(names) if name not in case.seen]
        return [names.index(t) if t in names else 10**6 for t in case.targets]


def recall(cases: Sequence[Case], places: Sequence[Sequence[int]]) -> dict[str, Any]:
    """R@k with the middle 95 % of draws of whole conversations."""
    talks = max(case.dialogue for case in cases) + 1
    hits, counts = np.zeros((talks, len(CUTS))), np.zeros(talks)
    for case, found in zip(cases, places, strict=True):
        counts[case.dialogue] += len(found)
        hits[case.dialogue] += [sum(place < k for place in found) for k in CUTS]
    rng = np.random.default_rng(5)
    draws = rng.multinomial(talks, np.full(talks, 1 / talks), DRAWS)
    spread = (draws @ hits) / np.maximum(draws @ counts, 1)[:, None]
    low, high = np.quantile(spread, (0.025, 0.975), axis=0)
    mean = hits.sum(axis=0) / counts.sum()
    return {
        f"R@{k}": [round(float(x), 4) for x in (mean[at], low[at], high[at])]
        for at, k in enumerate(CUTS)
    }


def read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def cases_from(names: Names, every: int) -> list[Case]:
    numbers: dict[str, int] = {}
    found = []
    for at, raw in enumerate(read(DATA / "dev_cases.jsonl")):
        number = numbers.setdefault(raw["dialogue"], len(numbers))
        named = tuple(names.row[name] for name in raw["seen"] if name in names.row)
        line = json.dumps({"id": raw["id"], "messages": raw["messages"]})
        case = Case(number, parse(line, at), tuple(raw["targets"]), frozenset(raw["seen"]), named)
        if at % every == 0:
            found.append(case)
    return found


# --- baselines: given what was named ---------------------------------------------------------


def baselines(assistant: Assistant, recommender: Recommender) -> dict[str, Ranker]:
    catalogue = recommender.catalogue
    talks = in_order(read(DATA / "train_dialogues.jsonl"))
    size = len(catalogue)
    cases = cases_of(talks, catalogue.row_of)
    popular = np.zeros(size, dtype=np.float32)
    for case in cases:
        popular[list(case.targets)] += case.recommends
    cells = [
        (at, row, 1.0)
        for at, talk in enumerate(talks)
        for row in {catalogue.row_of[i] for _, _, ids in talk for i in ids if i in catalogue}
    ]
    said = csr(cells, (len(talks), size))
    both = (said.T @ said).toarray()
    counts = both.diagonal().copy()
    np.fill_diagonal(both, 0)
    given = both / (counts[:, None] + 5)
    ratings = (
        (str(r["user"]), str(r["item"]), float(r["rating"])) for r in _rows("interactions.csv")
    )
    likes, _ = likes_of(ratings, catalogue.row_of)
    rated = ease(likes, RIDGE)
    from scipy import sparse

    mixed = ease(sparse.vstack([likes, said * np.sqrt(TALK)]).tocsr(), RIDGE_TALKS)
    tie = popular / (popular.max() + 1) * 1e-3

    def summed(weights: Floats) -> Ranker:
        return lambda case: weights[list(case.named)].sum(axis=0) + tie

    def late(case: Case) -> str:
        return " ".join(text for _, text in case.recorded.messages[-2:])

    lexical, store = recommender._scorer.lexical, recommender.store
    vectors = store.vectors(np.arange(size, dtype=np.int32))
    assert lexical is not None
    return {
        "popularity": lambda case: popular,
        "co-occurrence in conversations": summed(given.astype(np.float32)),
        "words (BM25, the last two messages)": lambda case: lexical.scores(late(case)) + tie,
        "MiniLM (the last two messages)": lambda case: (
            vectors @ recommender.embedder.embed([late(case)])[0]
        ),
        "EASE, MovieLens": summed(rated),
        "EASE, MovieLens + 20 x conversations": summed(mixed),
    }


def _rows(name: str) -> list[dict[str, str]]:
    import csv

    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- ours: finds what was named by itself ------------------------------------------------------


class Parts:
    """What every signal of the product says of all rows, for the query the product would rank."""

    def __init__(self, recommender: Recommender, query: Query) -> None:
        everything = np.arange(len(recommender.catalogue), dtype=np.int32)
        scorer, facets = recommender._scorer, recommender.facets
        wishes = [m for wish in query.wishes if (m := match(facets, wish, scorer.lexical))]
        liked, disliked = recommender._history(query.liked), recommender._history(query.disliked)
        plain = recommender._embed(query.text)
        vector = recommender._turned(query.text, plain, wishes)
        pool = Pool(
            query, everything, vector, liked, disliked, facets, recommender.store,
            turned=vector is not plain,
        )  # fmt: skip
        folded_in = recommender._fold_in(liked, disliked)
        scored = scorer.score(pool, wishes, [], folded_in)
        self.parts: dict[str, Floats] = dict(scored.parts)
        wished = np.zeros(everything.size, dtype=np.float32)
        for _, column in scored.wishes:
            wished += column
        self.parts["wishes"] = wished
        pool = replace(pool, vector=plain, turned=False)
        self.plain = text(pool)
        self.plain_part = scorer.score(pool, wishes, [], folded_in).parts["text"]
        self.out = [recommender.catalogue.row_of[i] for i in query.constraints.exclude]
        self.broken = np.zeros(everything.size, dtype=np.float32)
        for limit in query.constraints.limits:
            self.broken += ~recommender.catalogue.matching(limit)

    def total(self, without: str = "", *, limits: bool = True) -> Floats:
        """The blend, less one signal; what breaks a limit stands behind what breaks none."""
        parts = self.parts
        if without == ADAPTER:
            parts = {**parts, "text": self.plain_part}
        found = [column for name, column in parts.items() if name != without]
        total = np.sum(found, axis=0) - (1e4 * self.broken if limits else 0)
        total[self.out] = np.nan
        return np.asarray(total, dtype=np.float32)

    def alone(self, name: str) -> Floats:
        """One signal by itself."""
        column = self.parts.get(name)
        known = self.parts["known"]
        # Where it says nothing, what is known best comes first.
        out = 1e-6 * known if column is None else column + 1e-6 * known
        return self._shown(out)

    def unturned(self) -> Floats:
        """The request's own vector by itself, without the adapter."""
        return self._shown(np.nan_to_num(self.plain) + 1e-6 * self.parts["known"])

    def _shown(self, column: Floats) -> Floats:
        out = np.array(column, dtype=np.float32)
        out[self.out] = np.nan
        return out


class Noting:
    """Ranks nothing, and notes what was asked."""

    def __init__(self) -> None:
        self.query = Query()

    def rank(self, query: Query) -> Ranking:
        """Nothing; the first query of a turn is the one that counts."""
        self.query = self.query if self.query.messages else query
        return Ranking()


def ours(
    assistant: Assistant, recommender: Recommender, names: Names, cases: Sequence[Case]
) -> dict[str, dict[str, Any]]:
    """Recall of every signal alone, of their sum, and of the sum less one."""
    engine = assistant.engine(NAME)
    noting = Noting()
    reader = Replayer(replace(engine, ranker=noting), embedder=recommender.embedder)
    places: dict[str, list[list[int]]] = {}
    signals = ("wishes", "text", "lexical", "similar", "collaborative", "quality", "known",
               "conversation")  # fmt: skip
    for case in cases:
        noting.query = Query()
        reader.answer(case.recorded, max(CUTS))
        parts = Parts(recommender, noting.query)
        rows = {f"signal alone: {name}": parts.alone(name) for name in signals}
        rows["signal alone: text, without its adapter"] = parts.unturned()
        rows["fusion without the learned ranking"] = parts.total("conversation")
        rows["learned ranking and fusion"] = parts.total()
        rows["the same, requests only as wishes"] = parts.total(limits=False)
        for name in (*signals[:-1], ADAPTER):
            rows[f"without {name}"] = parts.total(name)
        for name, scores in rows.items():
            places.setdefault(name, []).append(names.places(case, scores))
    return {name: recall(cases, found) for name, found in places.items()}


def product(
    assistant: Assistant, recommender: Recommender, names: Names, cases: Sequence[Case]
) -> tuple[dict[str, Any], dict[str, float]]:
    """Recall through `replay -k 50`, and conversations a second after warm-up."""
    replayer = Replayer(assistant.engine(NAME), embedder=recommender.embedder)
    for case in cases[:10]:
        replayer.answer(case.recorded, max(CUTS))
    row_of = recommender.catalogue.row_of
    start, used = time.perf_counter(), time.process_time()
    answers = list(replayer.answers([case.recorded for case in cases], max(CUTS)))
    spent, used = time.perf_counter() - start, time.process_time() - used
    found = [
        names.listed(case, [row_of[item["id"]] for item in answer["items"]])
        for case, answer in zip(cases, answers, strict=True)
    ]
    full = sum(len(answer["items"]) == max(CUTS) for answer in answers)
    speed = {
        "conversations": len(cases),
        "full lists": full,
        "a second, by the clock": round(len(cases) / spent, 1),
        "a second of processor time": round(len(cases) / used, 1),
    }
    return recall(cases, found), speed


# --- the run ----------------------------------------------------------------------------------


def prepare(folder: Path) -> dict[str, float]:
    """Import and train as an operator would; seconds of either."""
    spent = {}
    steps = {
        "import": [
            "import", str(DATA / "catalogue.jsonl"), "--name", NAME,
            "--interactions", str(DATA / "interactions.csv"),
            "--dialogues", str(DATA / "train_dialogues.jsonl"),
        ],
        "train": ["train", "--catalogue", NAME],
    }  # fmt: skip
    for name, arguments in steps.items():
        start = time.perf_counter()
        command = [sys.executable, str(ROOT / "app.py"), *arguments, "--data-dir", str(folder)]
        subprocess.run(command, check=True)
        spent[f"{name}, seconds"] = round(time.perf_counter() - start, 1)
    return spent


def table(rows: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    lines = [
        "| ranking | " + " | ".join(f"R@{k}" for k in CUTS) + " |",
        "|---|" + "---|" * len(CUTS),
    ]
    for name, row in rows.items():
        shown = [
            f"{mean:.3f} [{low:.3f} {high:.3f}]".replace("0.", ".")
            for mean, low, high in (row[f"R@{k}"] for k in CUTS)
        ]
        lines.append(f"| {name} | " + " | ".join(shown) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, help="an already trained folder is used as it is")
    parser.add_argument("--every", type=int, default=1, help="only every so many-th case")
    options = parser.parse_args()
    if not (DATA / "dev_cases.jsonl").is_file():
        print(f"skipped: {DATA} is missing")
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.data_dir or Path(temporary)
        trained = (folder / "models" / NAME / "conversation.npz").is_file()
        spent = {} if trained else prepare(folder)
        settings = Settings.read(data_dir=folder, catalogue=NAME, llm="none")
        with Assistant.open(settings=settings, remember=False) as assistant:
            run(assistant, spent, options.every)


def run(assistant: Assistant, spent: Mapping[str, float], every: int) -> None:
    recommender = assistant.engine(NAME).ranker
    assert isinstance(recommender, Recommender)
    by_id = {raw["id"]: raw["match_name"] for raw in read(DATA / "catalogue.jsonl")}
    names = Names([by_id[item.id] for item in recommender.catalogue.items])
    cases = cases_from(names, every)
    rows: dict[str, dict[str, Any]] = {}
    whole, speed = product(assistant, recommender, names, cases)
    for name, rank in baselines(assistant, recommender).items():
        rows[name] = recall(cases, [names.places(case, rank(case)) for case in cases])
        print(name, rows[name], flush=True)
    figures = ours(assistant, recommender, names, cases)
    rows |= {name: row for name, row in figures.items() if not name.startswith("without ")}
    rows["the whole product, through replay"] = whole
    ablation = {n: row for n, row in figures.items() if n.startswith("without ")}
    save(
        "redial",
        {
            "cases": len(cases),
            "targets": sum(len(case.targets) for case in cases),
            "table": rows,
            "left out of the fusion": ablation,
            "replay -k 50": speed,
            **spent,
        },
    )
    print(table(rows), table(ablation), json.dumps({**speed, **spent}), sep="\n\n")


if __name__ == "__main__":
    main()
