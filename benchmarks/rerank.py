"""Reranking 1,000 candidates, and learning EASE from a million ratings.

    python -m benchmarks.rerank [--rounds 60]

Reranking is `Scorer.score` over the first 1,000 films that ship, with a request, wishes, five liked
films and one disliked, then the varied list of ten with its evidence. Times are of the processor,
over both cores, since other programs may run; wall times beside.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results import SHARED, percentile, save
from chatbot import Assistant
from retrieval.constraints import Constraints
from retrieval.query import Query, Wish
from retrieval.signals import Pool, match

CANDIDATES = 1000


def timed(work: Callable[[], Any], rounds: int) -> dict[str, float]:
    """Milliseconds of the processor and of the clock, after a warm-up."""
    processor, clock = [], []
    for number in range(-5, rounds):
        start, wall = time.process_time(), time.perf_counter()
        work()
        if number >= 0:
            processor.append((time.process_time() - start) * 1000)
            clock.append((time.perf_counter() - wall) * 1000)
    return {
        "processor_p50_ms": round(percentile(processor, 0.5), 2),
        "processor_p95_ms": round(percentile(processor, 0.95), 2),
        "clock_p50_ms": round(percentile(clock, 0.5), 2),
    }


def rerank(ranker: Any, rounds: int) -> dict[str, float]:
    ids = [item.id for item in ranker.catalogue.items]
    liked = tuple((i, 1.0) for i in ids[1200:1205])
    query = Query(
        "a dark science fiction film about time travel",
        (Wish("genre", "Sci-Fi"), Wish("mood", "dark"), Wish("term", "time travel")),
        liked,
        ((ids[1300], 1.0),),
        k=10,
    )
    vector = ranker._embed(query.text)
    rows = np.arange(CANDIDATES, dtype=np.int32)

    def work() -> None:
        history, away = ranker._history(query.liked), ranker._history(query.disliked)
        wishes = [m for w in query.wishes if (m := match(ranker.facets, w, ranker._scorer.lexical))]
        pool = Pool(query, rows, vector, history, away, ranker.facets, ranker.store)
        scored = ranker._scorer.score(pool, wishes, [], ranker._fold_in(history, away))
        ranker._list(scored, Constraints())

    return timed(work, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Assistant.open(data_dir=Path(folder), llm="none") as assistant,
    ):
        figures: dict[str, Any] = {
            "candidates": CANDIDATES,
            "rerank": rerank(assistant.engine().ranker, options.rounds),
        }
    if (SHARED / "ml-1m").is_dir():
        from benchmarks.interactions import likes_of
        from retrieval.models.linear import learn_ease

        likes = likes_of("ml-1m")
        start, wall = time.process_time(), time.perf_counter()
        learn_ease(likes, np.random.default_rng(1))
        figures["EASE on MovieLens-1M"] = {
            "processor_s": round(time.process_time() - start, 1),
            "clock_s": round(time.perf_counter() - wall, 1),
        }
    else:
        print("Learning EASE is skipped: there is no ../shared.")
    print(figures)
    save("rerank", figures)


if __name__ == "__main__":
    main()
