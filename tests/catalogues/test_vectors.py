"""The vectors that ship are those of the texts that ship."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import catalogues
from chatbot.importing.shipped import ensure_shipped, shipped_vectors
from chatbot.knowledge.base import entries_of
from chatbot.knowledge.store import KnowledgeStore
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from retrieval.documents import digest, document
from retrieval.embeddings import SentenceEmbedder
from retrieval.passages import texts_of


@pytest.mark.parametrize("name", catalogues.names())
def test_nearly_every_item_has_its_vector_and_it_is_the_models(name: str, tmp_path: Path) -> None:
    database = Database.open(tmp_path / "s.db")
    store = CatalogueStore(database)
    ensure_shipped(store, name)
    catalogue = store.load(name)
    pages = entries_of(KnowledgeStore(database).passages(name))
    database.close()
    embedder = SentenceEmbedder()
    texts = [document(item, catalogue.schema) for item in catalogue.items] + texts_of(pages)
    kept = shipped_vectors(name)
    found = [n for n, text in enumerate(texts) if digest(embedder.name, text) in kept]
    # A few texts edited since cost little; more: benchmarks.embed_catalogue was forgotten.
    assert len(found) >= 0.97 * len(texts)
    some = found[:: len(found) // 6]
    ours = np.stack([kept[digest(embedder.name, texts[n])] for n in some])
    fresh = embedder.embed([texts[n] for n in some])
    assert float((ours * fresh).sum(axis=1).min()) > 0.999
