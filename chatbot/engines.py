"""Engines by catalogue: built when first needed, rebuilt beside when the catalogue changed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.access.sites import SiteStore
from chatbot.conversation import load_conversation
from chatbot.errors import NotFoundError, SommelierError
from chatbot.importing.shipped import ensure_shipped, shipped_vectors
from chatbot.knowledge.base import KnowledgeBase
from chatbot.knowledge.pages import addresses, public
from chatbot.knowledge.service import HelpPages
from chatbot.knowledge.store import KnowledgeStore
from chatbot.learning.train import load_bandit, load_ranking
from chatbot.models.ladder import Models
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from chatbot.training import load_groups, load_weights
from chatbot.turn import Engine
from chatbot.understand import Context
from chatbot.understand.embedded import EmbeddedReader
from chatbot.values import Understanding
from chatbot.wording import load_text
from retrieval.catalogue import Catalogue
from retrieval.embeddings import Embedder, HashEmbedder, SentenceEmbedder, Vectors
from retrieval.index import Index, open_index
from retrieval.quality import recorded
from retrieval.query import Query, Ranking
from retrieval.recommender import Recommender

if TYPE_CHECKING:
    from chatbot.studio.desk import Studio

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with (what is done, how much of it, of how much)."""

LOOK_S = 3.0
"""How often a serving process looks whether a catalogue was changed by another one."""


@dataclass
class _Held:
    """One engine and what it was built from."""

    engine: Engine
    index: Index | None
    revision: str
    looked: float


class Engines:
    """Catalogue name → engine. Safe to share between threads; each engine is built once.

    While a changed catalogue is indexed anew, the old engine goes on answering.
    """

    def __init__(
        self, settings: Settings, database: Database, progress: Progress | None = None
    ) -> None:
        self.settings = settings
        self.database = database
        self._store = CatalogueStore(database)
        self._progress = progress or (lambda what, done, total: None)
        self._embedder = embedder_of(settings)
        # What reads was calibrated on the model as it is, without an adapter for searching.
        plain = settings.but(embedder_adapter="")
        self._reads = embedder_of(plain) if settings.embedder_adapter else self._embedder
        self._models = Models(settings.llm, settings)
        self._held: dict[str, _Held] = {}
        self._studios: dict[str, Studio] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    @property
    def embedder(self) -> Embedder:
        """What embeds words here."""
        return self._embedder

    def names(self) -> tuple[str, ...]:
        """Catalogues in the database."""
        return self._store.names()

    def check(self, name: str) -> None:
        """Raise `NotFoundError` unless the catalogue exists or is shipped."""
        if name not in self._held:
            ensure_shipped(self._store, name)
            self._store.revision(name)

    def get(self, name: str) -> Engine:
        """The engine of a catalogue.

        Raises:
            NotFoundError: there is no such catalogue, or it is empty.
        """
        held = self._held.get(name)
        if held is None:
            with self._lock(name):
                held = self._held.get(name)
                if held is None:
                    ensure_shipped(self._store, name)
                    held = self._held[name] = self._build(name)
        elif time.monotonic() - held.looked > LOOK_S:
            held.looked = time.monotonic()
            self._look(name, held)
        return held.engine

    def studio(self, name: str) -> Studio:
        """Where drafts over a catalogue are written; made anew when the catalogue changed."""
        from chatbot.studio.desk import Studio
        from chatbot.studio.store import DraftStore

        engine = self.get(name)
        with self._guard:
            found = self._studios.get(name)
        if found is None or found.catalogue is not engine.catalogue:
            found = Studio(
                engine.catalogue,
                DraftStore(self.database),
                engine.ranker.rank,
                self._models.completer,
                self._embedder.embed,
            )
            with self._guard:
                self._studios[name] = found
        return found

    def _lock(self, name: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(name, threading.Lock())

    def _look(self, name: str, held: _Held) -> None:
        """Start building the new engine beside the old one where the catalogue changed."""
        try:
            if self._revision(name) == held.revision:
                return
        except NotFoundError:
            return  # deleted by another process; conversations under way may end
        threading.Thread(target=self._renew, args=(name,), name=f"index {name}").start()

    def _renew(self, name: str) -> None:
        lock = self._lock(name)
        if not lock.acquire(blocking=False):
            return  # it is being built already
        try:
            self._held[name] = self._build(name)
        except SommelierError as error:
            log.warning("the changed catalogue %s cannot be used yet: %s", name, error)
        finally:
            lock.release()

    def _build(self, name: str) -> _Held:
        revision = self._revision(name)
        catalogue = self._store.load(name)
        base = self._base(name)
        if not len(catalogue):
            if base is None:
                raise NotFoundError(
                    f"the catalogue {name!r} is empty.",
                    hint="Import items with `python app.py import FILE --name NAME`, "
                    "or help pages with --knowledge.",
                )
            return self._help_desk(name, revision, catalogue, base)
        index = open_index(
            self.settings.index_dir / name,
            catalogue,
            self._store.revision(name),
            self._embedder,
            _Vectors(self._store, name),
            lambda done, total: self._progress(f"index of {name}", done, total),
        )
        weights, quality = load_weights(self.settings, name, catalogue)
        reads = load_conversation(self.settings, name, catalogue, self._embedder)
        recommender = Recommender(
            catalogue,
            self._embedder,
            index.store,
            index.lexical,
            weights,
            quality,
            extra=[s for s in (reads, load_groups(self.settings, name, catalogue)) if s],
            weights=load_ranking(self.settings, name),
            text_map=load_text(self.settings, name, self._embedder),
        )
        rules = EmbeddedReader(catalogue, self._reads, index.lexical.share)
        engine = Engine(
            catalogue,
            recommender,
            self._models.reader(rules),
            self._models.writer(catalogue),
            load_bandit(self.settings, name),
            quality or recorded(catalogue),
            None if base is None else HelpPages(base, self._reads, _alone(rules)),
            self._addresses(name, base),
        )
        return _Held(engine, index, revision, time.monotonic())

    def _revision(self, name: str) -> str:
        """Changes with the items, the schema and the help pages."""
        return f"{self._store.revision(name)} {KnowledgeStore(self.database).revision(name)}"

    def _base(self, name: str) -> KnowledgeBase | None:
        """The catalogue's help pages, None where it has none."""
        passages = KnowledgeStore(self.database).passages(name)
        if not passages:
            return None
        self._progress(f"help pages of {name}", 0, len(passages))
        base = KnowledgeBase(passages, self._reads, _Vectors(self._store, name))
        self._progress(f"help pages of {name}", len(passages), len(passages))
        return base

    def _addresses(self, name: str, base: KnowledgeBase | None) -> dict[str, str]:
        """Where the help pages are read on this server; nothing where they are not shown."""
        sites = SiteStore(self.database).list()
        shown = base is not None and public(self.settings, sites, name)
        return addresses(name, base.passages) if base is not None and shown else {}

    def _help_desk(
        self, name: str, revision: str, catalogue: Catalogue, base: KnowledgeBase
    ) -> _Held:
        """The engine of a catalogue that has help pages and no items."""
        rules = EmbeddedReader(catalogue, self._reads)
        engine = Engine(
            catalogue,
            NoItems(),
            rules,
            self._models.writer(catalogue),
            knowledge=HelpPages(base, self._reads, _alone(rules), items=False),
            addresses=self._addresses(name, base),
        )
        return _Held(engine, None, revision, time.monotonic())

    def warm(self) -> None:
        """Load and build what the first turn would otherwise wait for."""
        self._embedder.embed(["warm-up"])
        for held in tuple(self._held.values()):
            held.engine.reader.read("something like this, not that", Context())
            held.engine.ranker.rank(Query("something", k=1))

    def status(self) -> dict[str, Any]:
        """What is loaded."""
        return {
            "ready": bool(self._held),
            "catalogues": {name: len(h.engine.catalogue) for name, h in self._held.items()},
            "embedder": self._embedder.name,
            "model": self._model(),
        }

    def _model(self) -> dict[str, Any]:
        status = self._models.status
        return {
            "name": status.model,
            "state": status.state,
            "message": status.message,
            "progress": round(status.progress, 3),
        }

    def wait(self) -> None:
        """Wait until the language model is loaded, or known not to be had."""
        self._models.wait()

    def close(self) -> None:
        """Close every index and the language model."""
        self._models.close()
        with self._guard:
            for held in self._held.values():
                if held.index is not None:
                    held.index.close()
            self._held.clear()


class NoItems:
    """The ranker of a catalogue without items."""

    def rank(self, query: Query) -> Ranking:
        """Nothing."""
        return Ranking()


def _alone(reader: EmbeddedReader) -> Callable[[str], Understanding]:
    """Reads a text without what was said before, and without a language model."""
    return lambda text: reader.read(text, Context())


class _Vectors:
    """Cached vectors: the database's, then those that ship with a catalogue."""

    def __init__(self, store: CatalogueStore, name: str) -> None:
        self._store = store
        self._name = name

    def cached_vectors(self, digests: Sequence[bytes]) -> dict[bytes, Vectors]:
        """See `retrieval.index.VectorCache`."""
        found = self._store.cached_vectors(digests)
        if len(found) < len(digests):
            ours = shipped_vectors(self._name)
            found.update({d: ours[d] for d in digests if d not in found and d in ours})
        return found

    def cache_vectors(self, found: Mapping[bytes, Vectors]) -> None:
        """See `retrieval.index.VectorCache`."""
        self._store.cache_vectors(found)


def embedder_of(settings: Settings) -> Embedder:
    """The embedder that the settings name; nothing is loaded yet."""
    if settings.embedder == "hash":
        return HashEmbedder()
    return SentenceEmbedder(settings.embedder, settings.device, settings.embedder_adapter)
