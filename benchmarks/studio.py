"""What the studio's drafts are like, without a language model.

    python -m benchmarks.studio [--drafts 50]

Fifty drafts of one brief with different items, in each language: paragraphs shared between them,
repetition and readability inside them, what they share with descriptions of the catalogue, and what
the ledger says of their sentences. Then every kind of text in both languages, the same figures.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.results import percentile, save
from chatbot.importing.shipped import ensure_shipped
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from chatbot.studio.brief import KINDS, brief_of
from chatbot.studio.desk import Studio
from chatbot.studio.draft import Draft, plain
from chatbot.studio.figures import figures
from chatbot.studio.overlap import RUN, RUN_ZH, SHARE
from retrieval.catalogue import Catalogue

LANGUAGES = ("en", "zh")
RUNNING = ("paragraph", "bullet", "post", "shot")
TOPICS = {"en": "a free evening", "zh": "一个空闲的晚上"}


def catalogue(folder: Path) -> Catalogue:
    """The films that ship."""
    store = CatalogueStore(Database.open(folder / "s.db"))
    ensure_shipped(store, "films")
    return store.load("films")


def drawn(films: Catalogue, count: int, size: int, seed: int = 20261122) -> list[list[str]]:
    """Item ids for `count` drafts; no two drafts have an item in common where there are enough."""
    ids = [item.id for item in films.items]
    random.Random(seed).shuffle(ids)
    return [ids[n * size : (n + 1) * size] for n in range(count)]


def paragraphs(draft: Draft) -> list[str]:
    """Running text of a draft, a paragraph each."""
    language = draft.brief.language
    return [plain(b.text(language)) for b in draft.blocks if b.shape in RUNNING]


def described(studio: Studio, drafts: Sequence[Draft]) -> dict[str, Any]:
    """Means over drafts: length, readability, repetition, overlap, verdicts of the ledger."""
    read = [asdict(figures(d)) for d in drafts]
    overlaps = [studio.overlap(d) for d in drafts]
    verdicts: Counter[str] = Counter()
    for draft in drafts:
        verdicts.update(e.verdict for e in studio.ledger(draft).entries)
    return {
        "drafts": len(drafts),
        **{name: round(statistics.mean(r[name] for r in read), 4) for name in read[0]},
        "overlap_share_mean": round(statistics.mean(o.share for o in overlaps), 5),
        "overlap_share_most": round(max(o.share for o in overlaps), 5),
        "shared_runs": sum(len(o.runs) for o in overlaps),
        "original": sum(o.original for o in overlaps),
        "verdicts": dict(sorted(verdicts.items())),
    }


def one_brief(studio: Studio, language: str, count: int) -> dict[str, Any]:
    """Fifty drafts of one brief with different items."""
    drafts, spent = [], []
    for items in drawn(studio.catalogue, count, 4):
        start = time.process_time()
        brief = brief_of("article", topic=TOPICS[language], items=items, language=language)
        drafts.append(studio.plan(brief))
        spent.append(1000 * (time.process_time() - start))
    # The opening may greet every reader alike; the fiftieth draft of it may not.
    seen = Counter(p for d in drafts for p in set(paragraphs(d)))
    within = sum(len(ps) - len(set(ps)) for ps in map(paragraphs, drafts))
    return {
        **described(studio, drafts),
        "paragraphs": sum(len(paragraphs(d)) for d in drafts),
        "shared_paragraphs": sum(n > 1 for n in seen.values()),
        "repeated_within": within,
        "titles": len({d.title for d in drafts}),
        "compose_cpu_ms": {"p50": percentile(spent, 0.5), "p95": percentile(spent, 0.95)},
    }


def every_kind(studio: Studio, language: str) -> dict[str, Any]:
    """Every kind of text, three drafts of each."""
    found = {}
    for kind in KINDS:
        size = {"review": 1, "comparison": 2}.get(kind, 4)
        briefs = [
            brief_of(kind, items=items, language=language, tone=tone)
            for items, tone in zip(
                drawn(studio.catalogue, 3, size, 7), ("neutral", "warm", "formal"), strict=True
            )
        ]
        found[kind] = described(studio, [studio.plan(b) for b in briefs])
    return found


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drafts", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(catalogue(Path(folder)))
        result: dict[str, Any] = {
            "threshold": {"run_words": RUN, "run_characters": RUN_ZH, "share": SHARE},
            "one_brief": {t: one_brief(studio, t, options.drafts) for t in LANGUAGES},
            "kinds": {t: every_kind(studio, t) for t in LANGUAGES},
        }
    for language, found in result["one_brief"].items():
        print(language, {k: v for k, v in found.items() if k != "kinds"})
    print("kept in", save("studio", result))


if __name__ == "__main__":
    main()
