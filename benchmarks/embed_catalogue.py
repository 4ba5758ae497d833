"""Embeds the film catalogue beforehand, so that the first start need not.

    python -m benchmarks.embed_films

Writes catalogues/films/vectors.npz: (films, 16) uint8 digests of embedder name and text, and
(films, 384) float16 unit vectors of the bundled all-MiniLM-L6-v2. Run it after every change of
items.jsonl, schema.toml or the text template; a text that has changed is embedded at the first
start instead, so a forgotten run costs time, never correctness.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from chatbot.importing.shipped import ensure_shipped, shipped_vectors
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from retrieval.documents import digest, document
from retrieval.embeddings import SentenceEmbedder

TARGET = Path(__file__).resolve().parents[1] / "catalogues/films/vectors.npz"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = CatalogueStore(Database.open(Path(folder) / "films.db"))
        ensure_shipped(store, "films")
        films = store.load("films")
    embedder = SentenceEmbedder()
    texts = [document(item, films.schema) for item in films.items]
    digests = [digest(embedder.name, text) for text in texts]
    kept = shipped_vectors("films")
    start = time.perf_counter()
    missing = [n for n, key in enumerate(digests) if key not in kept]
    fresh = embedder.embed([texts[n] for n in missing]) if missing else np.zeros((0, 384))
    found = dict(kept) | {digests[n]: row for n, row in zip(missing, fresh, strict=True)}
    vectors = np.stack([found[key] for key in digests]).astype(np.float16)
    keys = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(len(digests), -1)
    np.savez_compressed(TARGET, digests=keys, vectors=vectors)
    size = TARGET.stat().st_size / 1024
    spent = time.perf_counter() - start
    print(f"{len(missing)} of {len(texts)} embedded in {spent:.0f} s, {size:.0f} KiB")


if __name__ == "__main__":
    main()
