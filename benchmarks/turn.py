"""The whole turn without a language model, and as a ratio to its floor.

    python -m benchmarks.turn [--items 0 100000] [--rounds 4]

A turn is `Assistant.reply`: understanding, profile, retrieval, reranking, reasons, text and the
commit of the turn to the database. Its floor, measured in between in the same run, is what no such
product can do without: one query embedding and one exact search over the same vectors, by numpy.
Items 0 is the film catalogue that ships; other sizes are synthetic films with drawn facts and
random unit vectors.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results import percentile, save
from chatbot import Assistant
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from retrieval.documents import digest, document
from retrieval.embeddings import SentenceEmbedder, normalised
from retrieval.items import Item

CONVERSATIONS = (
    (
        "I want sci-fi films",
        "something funnier",
        "nothing before 1990 please",
        "more like the second",
    ),
    ("a slow romantic drama set in Paris", "not too sad", "is the first one long?", "shorter ones"),
    ("films like The Matrix but not by the same directors", "older", "I have seen the first one"),
    ("a heist with a clever plan", "no violence", "under two hours", "why the first one?"),
    ("animated films for my six year old", "not musicals", "something Japanese"),
    ("想看一些科幻电影", "要八十年代以后的", "不要恐怖的", "短一点"),
    ("推荐几部轻松的国产喜剧", "周星驰的也可以", "第二部讲什么", "再来几部"),
    ("想和女朋友看一部浪漫的电影", "不要太悲伤", "更新一点"),
    ("true crime documentaries", "less known ones please", "nothing scary"),
    ("a western with Clint Eastwood", "longer", "compare the first and the second"),
    ("dark thrillers from the 90s", "but not with Bruce Willis", "thanks"),
    ("martial arts films from Hong Kong", "with Jackie Chan", "any of them funny?"),
)


def measure(assistant: Assistant, rounds: int) -> dict[str, Any]:
    """p50 and p95 of turns and floors, milliseconds, over `rounds` runs of all conversations."""
    engine = assistant.engine()
    embedder = engine.ranker.embedder  # type: ignore[attr-defined]
    store = engine.ranker.store  # type: ignore[attr-defined]
    rows = np.arange(len(engine.catalogue), dtype=np.int32)
    vectors = np.ascontiguousarray(store.vectors(rows))
    turns: list[float] = []
    floors: list[float] = []
    for number in range(-1, rounds):  # the first round warms up
        for place, conversation in enumerate(CONVERSATIONS):
            for text in conversation:
                # A word of its own keeps every query new to the cache of query embeddings.
                said = f"{text} {number}" if text[0].isascii() else f"{text}{number}"
                start = time.perf_counter()
                assistant.reply(said, session=f"{number}-{place}")
                turn = time.perf_counter() - start
                start = time.perf_counter()
                scores = vectors @ embedder.embed([said])[0]
                best = np.argpartition(-scores, 10)[:10]
                best[np.argsort(-scores[best])]
                floor = time.perf_counter() - start
                if number >= 0:
                    turns.append(turn * 1000)
                    floors.append(floor * 1000)
    return {
        "turns": len(turns),
        "turn_ms": {"p50": percentile(turns, 0.5), "p95": percentile(turns, 0.95)},
        "floor_ms": {"p50": percentile(floors, 0.5), "p95": percentile(floors, 0.95)},
        "ratio_p50": percentile(turns, 0.5) / percentile(floors, 0.5),
    }


def synthesise(folder: Path, count: int, seed: int = 7) -> None:
    """Write a catalogue "synthetic" of `count` films with cached random vectors into a database."""
    rng = np.random.default_rng(seed)
    with Assistant.open(data_dir=folder, llm="none") as shipped:
        films = shipped.catalogue("films")
    schema = films.schema
    pools = {
        name: sorted({v for item in films.items for v in item.values(name)})
        for name in ("genre", "mood", "theme", "director", "cast", "country", "language")
    }
    words = sorted({w for item in films.items for w in item.text("overview").split()})

    def drawn(pool: list[str], size: int) -> tuple[str, ...]:
        return tuple(dict.fromkeys(pool[n] for n in rng.integers(0, len(pool), size)))

    items = []
    for n in range(count):
        facts: dict[str, Any] = {name: drawn(pool, 3) for name, pool in pools.items()}
        facts |= {
            "year": float(rng.integers(1920, 2026)),
            "runtime": float(rng.integers(70, 200)),
            "age": float((3, 6, 10, 12, 14, 16)[int(rng.integers(0, 6))]),
            "scary": float(rng.integers(0, 4)),
            "violence": float(rng.integers(0, 4)),
            "overview": " ".join(drawn(words, 40)),
        }
        title = " ".join(drawn(words, 3)).title()
        items.append(Item(f"s{n}", f"{title} {n}", facts))
    database = Database.open(Settings.read({}, data_dir=folder).database_where)
    store = CatalogueStore(database)
    store.save("synthetic", schema, items)
    name = SentenceEmbedder().name
    for start in range(0, count, 5000):
        part = items[start : start + 5000]
        made = normalised(rng.standard_normal((len(part), 384)).astype(np.float32))
        keys = [digest(name, document(item, schema)) for item in part]
        store.cache_vectors(dict(zip(keys, made, strict=True)))
    database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, nargs="*", default=[0, 100_000])
    parser.add_argument("--rounds", type=int, default=4)
    arguments = parser.parse_args()
    figures: dict[str, Any] = {}
    for count in arguments.items:
        with tempfile.TemporaryDirectory() as folder:
            if count:
                synthesise(Path(folder), count)
            name = "synthetic" if count else "films"
            start = time.perf_counter()
            with Assistant.open(data_dir=folder, catalogue=name, llm="none") as assistant:
                opened = time.perf_counter() - start
                found = measure(assistant, arguments.rounds if not count else 1)
                found |= {"items": len(assistant.catalogue()), "open_s": opened}
                figures[name] = found
        print(name, found)
    print("saved", save("turn", figures))


if __name__ == "__main__":
    main()
