# ruff: noqa: E501  (word lists and figures read best on one line)
"""Measures support answers on public data; see docs/support.md.

    python benchmarks/support.py [--cache FILE.npz]

- BankFAQ as a knowledge base (1,499 rows): 150 paraphrased questions of our own, written before
  anything was tuned (`labels/bankfaq_paraphrases.jsonl`); right is the row that was paraphrased or one
  that asks the same or answers in the same words. Top-1, top-3, and what the threshold lets through.
- Off topic: `oos_val` and `oos_train` of clinc150 asked of the same base: answered at all is wrong.
- banking77's train split imported as labelled utterances: five-fold cross-validation.

Writes `results/support.json`. `--cache` keeps sentence vectors between runs.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.results import SHARED, percentile, save  # noqa: E402
from benchmarks.train_support import alike, bank, lines  # noqa: E402
from chatbot.knowledge.base import KnowledgeBase  # noqa: E402
from chatbot.knowledge.message import SURE  # noqa: E402
from chatbot.knowledge.read import read_document  # noqa: E402
from chatbot.knowledge.split import passages  # noqa: E402
from retrieval.documents import digest  # noqa: E402
from retrieval.embeddings import SentenceEmbedder, Vectors  # noqa: E402
from retrieval.labels import Labels  # noqa: E402

FOLDS = 5


class Kept:
    """Vectors kept in a file between runs; see `retrieval.index.VectorCache`."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._found: dict[bytes, Vectors] = {}
        if path is not None and path.is_file():
            with np.load(path, allow_pickle=False) as stored:
                keys = stored["keys"]
                self._found = {bytes(k): v for k, v in zip(keys, stored["vectors"], strict=True)}

    def cached_vectors(self, digests: Sequence[bytes]) -> dict[bytes, Vectors]:
        """See `VectorCache`."""
        return {d: self._found[d] for d in digests if d in self._found}

    def cache_vectors(self, found: dict[bytes, Vectors]) -> None:
        """See `VectorCache`."""
        self._found.update(found)

    def save(self) -> None:
        """Write the file."""
        if self._path is not None and self._found:
            keys = np.array([np.frombuffer(k, dtype=np.uint8) for k in self._found])
            np.savez(self._path, keys=keys, vectors=np.stack(list(self._found.values())))


def faq(embedder: SentenceEmbedder, cache: Kept) -> dict[str, Any]:
    path = SHARED / "bankfaq" / "BankFAQs.csv"
    base = KnowledgeBase(list(passages(read_document(path, path.name))), embedder, cache)
    entries, _ = bank()
    ranks, chances, spent = [], [], []
    for label in lines("bankfaq_paraphrases.jsonl"):
        right = alike(entries, label["row"])
        wanted = {(entries[r].title, entries[r].body[:60]) for r in right}
        names = {entries[r].title for r in right}
        start = time.perf_counter()
        hits = base.search(label["text"], 3)
        spent.append((time.perf_counter() - start) * 1000)
        found = [
            h.passage.title in names or (h.passage.title, h.passage.text[:60]) in wanted
            for h in hits
        ]
        ranks.append(found.index(True) + 1 if True in found else 0)
        chances.append(hits[0].chance)
    sure = np.array(chances) >= SURE
    first = np.array(ranks) == 1
    figures: dict[str, Any] = {
        "passages": len(base),
        "questions": len(ranks),
        "top_1": round(float(first.mean()), 4),
        "top_3": round(float((np.array(ranks) > 0).mean()), 4),
        "threshold": SURE,
        "answered_right": round(float((sure & first).mean()), 4),
        "answered_with_another_row": round(float((sure & ~first).mean()), 4),
        "asked_back": round(float((~sure).mean()), 4),
        "search_ms_p50": round(percentile(spent, 0.5), 1),
        "search_ms_p95": round(percentile(spent, 0.95), 1),
    }
    clinc = json.loads((SHARED / "clinc150" / "data_train_val.json").read_text(encoding="utf-8"))
    for part in ("oos_val", "oos_train"):
        asked = [text for text, _ in clinc[part]]
        hits = [base.search(text, 1) for text in asked]
        wrong = sum(bool(h) and h[0].chance >= SURE for h in hits)
        figures[f"off_topic_{part}"] = {
            "asked": len(asked),
            "answered": round(wrong / len(asked), 4),
        }
    return figures


def templates(embedder: SentenceEmbedder, cache: Kept) -> dict[str, Any]:
    rows = list(csv.DictReader((SHARED / "banking77" / "train.csv").open(encoding="utf-8")))
    names = sorted({r["category"] for r in rows})
    labels = np.array([names.index(r["category"]) for r in rows], dtype=np.int32)
    texts = [r["text"] for r in rows]
    vectors = np.zeros((len(texts), embedder.dimensions), dtype=np.float32)
    digests = [digest(embedder.name, text) for text in texts]
    for start in range(0, len(texts), 500):
        part = digests[start : start + 500]
        known = cache.cached_vectors(part)
        if len(known) < len(set(part)):
            made = embedder.embed(texts[start : start + 500])
            known = dict(zip(part, made, strict=True))
            cache.cache_vectors(known)
        vectors[start : start + 500] = np.stack([known[d] for d in part])
    order = np.random.default_rng(0).permutation(len(rows))
    scores, seconds = [], []
    for fold in range(FOLDS):
        held = order[fold::FOLDS]
        kept = np.setdiff1d(order, held)
        start_s = time.perf_counter()
        model = Labels.fit(vectors[kept], labels[kept])
        seconds.append(time.perf_counter() - start_s)
        found, _ = model.predict(vectors[held])
        scores.append(float((found == labels[held]).mean()))
        print(f"banking77 fold {fold + 1}: {scores[-1]:.4f}", flush=True)
    return {
        "utterances": len(rows),
        "labels": len(names),
        "folds": [round(s, 4) for s in scores],
        "accuracy": round(float(np.mean(scores)), 4),
        "fit_s": round(float(np.mean(seconds)), 1),
    }


def main() -> int:
    if not SHARED.is_dir():
        print("skipped: the development data is not beside the checkout", file=sys.stderr)
        return 0
    where = sys.argv[sys.argv.index("--cache") + 1] if "--cache" in sys.argv else ""
    cache = Kept(Path(where) if where else None)
    embedder = SentenceEmbedder()
    figures = {"bankfaq": faq(embedder, cache)}
    print(json.dumps(figures, indent=1), flush=True)
    figures["banking77"] = templates(embedder, cache)
    cache.save()
    print(json.dumps(figures["banking77"], indent=1))
    print(save("support", figures).relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
