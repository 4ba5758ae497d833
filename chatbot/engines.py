"""Engines by catalogue: built when first needed, replaced when the catalogue changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from chatbot.errors import NotFoundError
from chatbot.importing.shipped import ensure_shipped
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore
from chatbot.turn import Engine
from chatbot.understand.embedded import EmbeddedReader
from chatbot.writer import TemplateWriter
from retrieval.documents import digest, document
from retrieval.embeddings import Embedder, HashEmbedder, SentenceEmbedder
from retrieval.recommender import Recommender
from retrieval.stores import ExactStore

Progress = Callable[[str, int, int], None]
"""Called with (what is done, how much of it, of how much)."""


class Engines:
    """Catalogue name → engine. Safe to share between threads; each engine is built once."""

    def __init__(
        self, settings: Settings, store: CatalogueStore, progress: Progress | None = None
    ) -> None:
        self._settings = settings
        self._store = store
        self._progress = progress or (lambda what, done, total: None)
        self._embedder = embedder_of(settings)
        self._engines: dict[str, tuple[str, Engine]] = {}
        self._lock = threading.Lock()

    def names(self) -> tuple[str, ...]:
        """Catalogues in the database."""
        return self._store.names()

    def check(self, name: str) -> None:
        """Raise `NotFoundError` unless the catalogue exists or is shipped."""
        if name not in self._engines:
            ensure_shipped(self._store, name)
            self._store.revision(name)

    def get(self, name: str) -> Engine:
        """The engine of a catalogue.

        Raises:
            NotFoundError: there is no such catalogue, or it is empty.
        """
        with self._lock:
            held = self._engines.get(name)
            if held is None:
                ensure_shipped(self._store, name)
                held = (self._store.revision(name), self._build(name))
                self._engines[name] = held
            return held[1]

    def _build(self, name: str) -> Engine:
        catalogue = self._store.load(name)
        if not len(catalogue):
            raise NotFoundError(
                f"the catalogue {name!r} is empty.",
                hint="Import items with `python app.py import FILE --name NAME`.",
            )
        texts = [document(item, catalogue.schema) for item in catalogue.items]
        keys = [digest(self._embedder.name, text) for text in texts]
        found = self._store.cached_vectors(keys)
        missing = [i for i, key in enumerate(keys) if key not in found]
        for start in range(0, len(missing), 64):
            part = missing[start : start + 64]
            self._progress(f"index of {name}", start, len(missing))
            new = self._embedder.embed([texts[i] for i in part])
            fresh = {keys[i]: v for i, v in zip(part, new, strict=True)}
            self._store.cache_vectors(fresh)
            found.update(fresh)
        vectors = np.stack([found[key] for key in keys])
        recommender = Recommender(catalogue, self._embedder, ExactStore(vectors))
        return Engine(
            catalogue, recommender, EmbeddedReader(catalogue, self._embedder), TemplateWriter()
        )

    def warm(self) -> None:
        """Load the embedding model."""
        self._embedder.embed(["warm-up"])

    def status(self) -> dict[str, Any]:
        """What is loaded."""
        return {
            "ready": bool(self._engines),
            "catalogues": {name: len(e.catalogue) for name, (_, e) in self._engines.items()},
            "embedder": self._embedder.name,
            "model": "none",
        }

    def close(self) -> None:
        """Forget every engine."""
        with self._lock:
            self._engines.clear()


def embedder_of(settings: Settings) -> Embedder:
    """The embedder that the settings name; nothing is loaded yet."""
    if settings.embedder == "hash":
        return HashEmbedder()
    return SentenceEmbedder(settings.embedder, settings.device)
