"""Does an adapter on top of frozen sentence vectors find what was chosen after such words?

    python -m benchmarks.text_adapter [--part redial] [--part inspired] [--data-dir FOLDER]

`redial`: forms of the adapter, learned from the train conversations, on the dev cases; the request
is the last two messages, as they are. `inspired`: what ships for the film catalogue, through
`replay -k 50`, on recorded conversations that it has never seen, with and without it. Intervals
draw whole conversations 2,000 times. Needs the development data beside the checkout.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.redial import CUTS, DATA, NAME, ROOT, Case, Names, cases_from, read, recall, table
from benchmarks.results import FOLDER, SHARED, save
from chatbot.assistant import Assistant
from chatbot.replay import Recorded, Replayer, parse
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from retrieval.catalogue import Catalogue
from retrieval.conversation import cases as past
from retrieval.embeddings import SentenceEmbedder, Vectors
from retrieval.index import embedded
from retrieval.metrics import difference
from retrieval.recommender import Recommender
from retrieval.schema import fold
from retrieval.textfit import Pairs, Plan, learn, pairs_of

INSPIRED = SHARED / "inspired" / "train_partial_titles.jsonl"
FORMS = {
    "diagonal": Plan(diagonal=True, rank=0),
    "low rank 8": Plan(rank=8),
    "low rank 32": Plan(),
    "low rank 32 and diagonal": Plan(diagonal=True),
}


def lessons(folder: Path) -> tuple[Catalogue, Vectors, Pairs, SentenceEmbedder]:
    """The films of the recorded conversations, their vectors, and what to learn from.

    Imported into the data folder where it does not hold them yet.
    """
    store = CatalogueStore(Database.open(folder / "sommelier.db"))
    if NAME not in store.names():
        arguments = ["import", str(DATA / "catalogue.jsonl"), "--name", NAME]
        command = [sys.executable, str(ROOT / "app.py"), *arguments, "--data-dir", str(folder)]
        subprocess.run(command, check=True)
    catalogue = store.load(NAME)
    embedder = SentenceEmbedder()
    vectors = embedded(catalogue, embedder, store)
    talks = past.in_order(read(DATA / "train_dialogues.jsonl"))
    cases = past.cases_of(talks, catalogue.row_of)
    return catalogue, vectors, pairs_of(cases, past.requests_of(cases, embedder)), embedder


def redial(folder: Path) -> dict[str, Any]:
    """Recall on the dev cases of every form, by the vectors alone."""
    catalogue, vectors, pairs, embedder = lessons(folder)
    by_id = {row["id"]: row["match_name"] for row in read(DATA / "catalogue.jsonl")}
    names = Names([by_id[item.id] for item in catalogue.items])
    cases = cases_from(names, 1)
    late = [" ".join(text for _, text in case.recorded.messages[-2:]) for case in cases]
    said = embedder.embed(late)
    rows = {"MiniLM (the last two messages)": _recall(cases, names, said @ vectors.T)}
    report: dict[str, Any] = {"pairs": len(pairs), "cases": len(cases)}
    for form, plan in FORMS.items():
        found = learn(pairs, vectors, embedder.name, np.random.default_rng(7), plan)
        turned = found.adapter.turned(said)
        rows[f"the same, {form}"] = _recall(cases, names, turned @ vectors.T)
        gain = found.gain
        report[form] = {
            "recall@10 on conversations kept out": [round(found.before, 4), round(found.after, 4)],
            "gain in nDCG": [round(x, 4) for x in (gain.mean, gain.low, gain.high)],
        }
        print(form, report[form], flush=True)
    print(table(rows))
    return report | {"table": rows}


def _recall(cases: Sequence[Case], names: Names, scores: Any) -> dict[str, Any]:
    return recall(cases, [names.places(c, row) for c, row in zip(cases, scores, strict=True)])


def inspired(folder: Path) -> dict[str, Any]:
    """Recall of the shipped films through replay, with the shipped adapter and without."""
    settings = Settings.read(data_dir=folder, catalogue="films", llm="none")
    with Assistant.open(settings=settings, remember=False) as assistant:
        recommender = assistant.engine("films").ranker
        assert isinstance(recommender, Recommender)
        cases = _recorded(recommender.catalogue)
        places = {}
        for name, adapter in (("without", None), ("with", recommender.text_map)):
            recommender.text_map = adapter
            replayer = Replayer(assistant.engine("films"), embedder=recommender.embedder)
            answers = replayer.answers([case for _, case, _, _ in cases], max(CUTS))
            places[name] = [
                _place([item["id"] for item in answer["items"]], wanted, seen)
                for answer, (_, _, wanted, seen) in zip(answers, cases, strict=True)
            ]
    talks = [talk for talk, _, _, _ in cases]
    report: dict[str, Any] = {"cases": len(cases), "conversations": len(set(talks))}
    for k in CUTS:
        hits = {name: [float(place < k) for place in found] for name, found in places.items()}
        gain = difference(hits["with"], hits["without"], talks, np.random.default_rng(5))
        report[f"R@{k}"] = {
            "without": round(float(np.mean(hits["without"])), 4),
            "with": round(float(np.mean(hits["with"])), 4),
            "gain": [round(x, 4) for x in (gain.mean, gain.low, gain.high)],
        }
    print(json.dumps(report, indent=1))
    return report


def _recorded(
    catalogue: Catalogue,
) -> list[tuple[int, Recorded, frozenset[str], frozenset[str]]]:
    """(conversation, what had been said, ids of the film named next, ids named before)."""
    of_title: dict[str, set[str]] = {}
    for item in catalogue.items:
        of_title.setdefault(fold(item.title), set()).add(item.id)
    found: list[tuple[int, Recorded, frozenset[str], frozenset[str]]] = []
    for raw in read(INSPIRED):
        seen: set[str] = set()
        messages: list[dict[str, str]] = []
        for turn in raw["turns"]:
            titles = [fold(title) for title in turn.get("movies") or [] if title]
            named = [of_title[title] for title in titles if title in of_title]
            new = [ids for ids in named if not ids & seen]
            recommends = turn["role"] == "recommender"
            if messages and recommends and new:
                line = json.dumps({"id": len(found), "messages": messages})
                case = parse(line, len(found))
                found.append((raw["dialog"], case, frozenset(new[0]), frozenset(seen)))
            seen.update(*named)
            # Titles that the source lost stand as [MOVIE] in it.
            text = turn["text"].replace("[MOVIE]", "it")
            messages.append({"role": "assistant" if recommends else "user", "content": text})
    return found


def _place(listed: Sequence[str], wanted: frozenset[str], seen: frozenset[str]) -> int:
    ids = [one for one in listed if one not in seen]
    return min((ids.index(one) for one in wanted if one in ids), default=10**6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = {"redial": redial, "inspired": inspired}
    parser.add_argument("--part", action="append", choices=list(parts), help="only some parts")
    parser.add_argument("--data-dir", type=Path, help="one that holds the conversations' films")
    options = parser.parse_args()
    if not DATA.is_dir() or not INSPIRED.is_file():
        print(f"skipped: {DATA} or {INSPIRED} is missing")
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.data_dir or Path(temporary)
        kept = FOLDER / "text_adapter.json"
        earlier = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
        found = {name: parts[name](folder) for name in options.part or parts}
        save("text_adapter", {**earlier.get("figures", {}), **found})


if __name__ == "__main__":
    main()
