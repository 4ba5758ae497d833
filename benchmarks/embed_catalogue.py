"""Embeds shipped catalogues beforehand, so that the first start need not.

    python -m benchmarks.embed_catalogue [NAME …]      (all of them where none is named)

Writes catalogues/NAME/vectors.npz: (texts, 16) uint8 digests of embedder name and text, and
(texts, 384) float16 unit vectors of the bundled all-MiniLM-L6-v2, for items and for help pages.
Run it after every change of items.jsonl, schema.toml, knowledge/ or the text template; a text that
has changed is embedded at the first start instead, so a forgotten run costs time, never
correctness.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

import catalogues
from chatbot.importing.shipped import ensure_shipped, shipped_vectors
from chatbot.knowledge.base import entries_of
from chatbot.knowledge.store import KnowledgeStore
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from retrieval.documents import digest, document
from retrieval.embeddings import SentenceEmbedder
from retrieval.passages import texts_of

ROOT = Path(__file__).resolve().parents[1] / "catalogues"


def embed(name: str, embedder: SentenceEmbedder) -> None:
    """Write the vectors of one catalogue; texts already embedded are kept."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(Path(folder) / "items.db")
        store = CatalogueStore(database)
        if not ensure_shipped(store, name):
            raise SystemExit(f"no catalogue called {name!r} ships; {', '.join(catalogues.names())}")
        catalogue = store.load(name)
        pages = entries_of(KnowledgeStore(database).passages(name))
        database.close()
    texts = [document(item, catalogue.schema) for item in catalogue.items]
    texts = list(dict.fromkeys([*texts, *texts_of(pages)]))
    digests = [digest(embedder.name, text) for text in texts]
    kept = shipped_vectors(name)
    start = time.perf_counter()
    missing = [n for n, key in enumerate(digests) if key not in kept]
    fresh = embedder.embed([texts[n] for n in missing]) if missing else np.zeros((0, 384))
    found = dict(kept) | {digests[n]: row for n, row in zip(missing, fresh, strict=True)}
    vectors = np.stack([found[key] for key in digests]).astype(np.float16)
    keys = np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(len(digests), -1)
    target = ROOT / name / "vectors.npz"
    np.savez_compressed(target, digests=keys, vectors=vectors)
    size = target.stat().st_size / 1024
    spent = time.perf_counter() - start
    print(f"{name}: {len(missing)} of {len(texts)} embedded in {spent:.0f} s, {size:.0f} KiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    embedder = SentenceEmbedder()
    for name in parser.parse_args().names or catalogues.names():
        embed(name, embedder)


if __name__ == "__main__":
    main()
