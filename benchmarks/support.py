# ruff: noqa: E501  (word lists and figures read best on one line)
"""Measures support answers on public data; see docs/support.md.

    python -m benchmarks.support [--cache FILE.npz]

- BankFAQ as a knowledge base (1,499 rows): 150 paraphrased questions of our own, written before
  anything was tuned (`labels/bankfaq_paraphrases.jsonl`; `labels/README.md` says which rows count as
  right). Top-1, top-3, by halves too (lines with even and with odd numbers), and what the threshold
  lets through.
- Off topic, asked of the same base: answered at all is wrong. `unseen` are `oos_val` and the second
  half of `oos_train` of clinc150; `seen` is the half that the chance was calibrated on.
- Chinese questions to the shop's help pages (every other one of `labels/chinese_help.jsonl`), with
  and without an answer there, and Chinese talk, none of it seen: how far the chance is right.
- banking77's train split imported as labelled utterances: five-fold cross-validation.

Writes `results/support.json`. `--cache` keeps sentence vectors between runs.
"""

from __future__ import annotations

import csv
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.results import SHARED, percentile, save  # noqa: E402
from benchmarks.support_cases import (  # noqa: E402
    UNSEEN,
    bank,
    chinese_help,
    chinese_talk,
    lines,
    pages,
    right_rows,
    rows_of,
    twins,
)
from benchmarks.vectors import Kept  # noqa: E402
from chatbot.knowledge.base import KnowledgeBase  # noqa: E402
from chatbot.knowledge.message import SURE  # noqa: E402
from chatbot.knowledge.read import read_document  # noqa: E402
from chatbot.knowledge.split import passages  # noqa: E402
from retrieval.documents import digest  # noqa: E402
from retrieval.embeddings import SentenceEmbedder  # noqa: E402
from retrieval.labels import Labels  # noqa: E402

FOLDS = 5
TALK = slice(600, 700)
"""Chinese talk that the chance was not calibrated on."""


def share(values: Sequence[bool] | np.ndarray) -> float:
    """The mean, of truths the share that is true, to four places."""
    return round(float(np.mean(values)), 4)


def faq(embedder: SentenceEmbedder, cache: Kept) -> dict[str, Any]:
    path = SHARED / "bankfaq" / "BankFAQs.csv"
    found = list(passages(read_document(path, path.name)))
    base = KnowledgeBase(found, embedder, cache)
    rows = {p.id: of for p, of in zip(found, rows_of(found), strict=True)}
    entries, _ = bank()
    ranks, chances, spent = [], [], []
    for label in lines("bankfaq_paraphrases.jsonl"):
        right = right_rows(entries, label)
        start = time.process_time()
        hits = base.search(label["text"], 3)
        spent.append((time.process_time() - start) * 1000)
        hit = [bool(rows[h.passage.id] & right) for h in hits]
        ranks.append(hit.index(True) + 1 if True in hit else 0)
        chances.append(hits[0].chance)
    sure = np.array(chances) >= SURE
    first, among = np.array(ranks) == 1, np.array(ranks) > 0
    figures: dict[str, Any] = {
        "passages": len(base),
        "questions": len(ranks),
        "top_1": share(first),
        "top_3": share(among),
        "even_lines": {"top_1": share(first[::2]), "top_3": share(among[::2])},
        "odd_lines": {"top_1": share(first[1::2]), "top_3": share(among[1::2])},
        "threshold": SURE,
        "answered_right": share(sure & first),
        "answered_with_another_row": share(sure & ~first),
        "asked_back": share(~sure),
        "search_cpu_ms_p50": round(percentile(spent, 0.5), 1),
        "search_cpu_ms_p95": round(percentile(spent, 0.95), 1),
    }
    clinc = json.loads((SHARED / "clinc150" / "data_train_val.json").read_text(encoding="utf-8"))
    parts = {
        "unseen": [*clinc["oos_val"], *clinc["oos_train"][UNSEEN:]],
        "seen": clinc["oos_train"][:UNSEEN],
    }
    for name, asked in parts.items():
        answered = [base.search(text, 1)[0].chance >= SURE for text, _ in asked]
        figures[f"off_topic_{name}"] = {"asked": len(asked), "answered": share(answered)}
    return figures


def chinese(embedder: SentenceEmbedder, cache: Kept) -> dict[str, Any]:
    """Chinese questions that nothing was learned from; of the pages, others were."""
    found = pages("shop")
    base = KnowledgeBase(found, embedder, cache)
    asked, none = chinese_help("shop", 2)
    talk = chinese_talk(random.Random(7))[TALK]
    hits = [base.search(text, 3) for text, _ in asked]
    right = [
        [base.row_of[h.passage.id] in twins(found, title) for h in three]
        for three, (_, title) in zip(hits, asked, strict=True)
    ]
    chances = np.array([three[0].chance for three in hits])
    first = np.array([hit[0] for hit in right])
    away = np.array([base.search(text, 1)[0].chance for text in [*none, *talk]])
    sure = chances >= SURE
    every, true = np.append(chances, away), np.append(first, np.zeros(len(away), dtype=bool))
    return {
        "passages": len(base),
        "questions": len(asked),
        "top_1": share(first),
        "top_3": share([any(hit) for hit in right]),
        "answered_right": share(sure & first),
        "answered_with_another_passage": share(sure & ~first),
        "without_answer": {"asked": len(none), "answered": share(away[: len(none)] >= SURE)},
        "off_topic": {"asked": len(talk), "answered": share(away[len(none) :] >= SURE)},
        "mean_chance_of_questions": share(chances),
        "calibration_error": round(error(every, true), 4),
    }


def error(chances: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error (Naeini et al. 2015): how far the chances of a tenth of the scale
    are from the share that is right, on average.
    """
    places = np.minimum((chances * bins).astype(int), bins - 1)
    return sum(
        float((places == b).mean() * abs(chances[places == b].mean() - right[places == b].mean()))
        for b in range(bins)
        if (places == b).any()
    )


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
    cache = Kept.of(sys.argv)
    embedder = SentenceEmbedder()
    figures = {"bankfaq": faq(embedder, cache), "chinese": chinese(embedder, cache)}
    print(json.dumps(figures, indent=1), flush=True)
    figures["banking77"] = templates(embedder, cache)
    cache.save()
    print(json.dumps(figures["banking77"], indent=1))
    print(save("support", figures).relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
