"""Whom a draft is for and what it may be about, out of the visitor's own past on this server."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from chatbot.api.services import Services
from chatbot.compose import wish_words
from chatbot.errors import InputError, SommelierError
from chatbot.storage.catalogues import CatalogueStore
from chatbot.studio.audience import Audience, Cluster, clusters
from chatbot.studio.desk import Studio
from chatbot.ui.speak import spoken
from chatbot.ui.studio import view
from chatbot.values import Language, Profile
from retrieval.query import Query, Wish
from retrieval.schema import fold

_RATINGS = 200_000
"""Ratings that clusters are learned from at most."""

_FOUND = 12
_ITEMS = 24

_learned: dict[tuple[int, str], tuple[Cluster, ...]] = {}
_learning = threading.Lock()


def desk_of(services: Services, catalogue: str | None = None) -> Studio:
    """The studio of a catalogue, the default one where none is named or the named one is gone."""
    try:
        return services.assistant.studio(catalogue or None)
    except SommelierError:
        return services.assistant.studio()


class Readers:
    """The readers one visitor may write for."""

    def __init__(self, services: Services, user: str) -> None:
        self._services = services
        self._user = user

    def passport(self) -> Profile | None:
        """What the visitor's latest conversation about this catalogue knows of their taste."""
        assistant = self._services.assistant
        for session in assistant.sessions(self._user):
            if session.catalogue == assistant.settings.catalogue and session.profile.preferences:
                return session.profile
        return None

    def passport_words(self, language: Language) -> list[str]:
        """The passport in words, [] where there is none."""
        profile = self.passport()
        if profile is None:
            return []
        catalogue = self._services.assistant.catalogue()
        return list(wish_words(profile, catalogue, language, most=8))

    def clusters(self) -> tuple[Cluster, ...]:
        """Clusters of taste learned from ratings; learned once a start."""
        assistant = self._services.assistant
        name = assistant.settings.catalogue
        catalogue = assistant.catalogue()
        key = (id(catalogue), name)
        with _learning:
            if key not in _learned:
                rows = []
                for row in CatalogueStore(assistant.database).interactions(name):
                    rows.append((row.user, row.item, row.rating))
                    if len(rows) >= _RATINGS:
                        break
                _learned.clear()
                _learned[key] = clusters(rows, catalogue, np.random.default_rng(0))
            return _learned[key]

    def cluster_words(self, language: Language) -> list[str]:
        """Each cluster in words."""
        schema = self._services.assistant.catalogue().schema
        return [c.label(schema, language) for c in self.clusters()]

    def audience(self, readers: str, cluster: int, studio: Studio) -> Audience:
        """The audience a form asks for.

        Raises:
            InputError: there is no such cluster, or no passport yet.
        """
        unwanted = studio.unwanted(self._user)
        if readers == "passport":
            profile = self.passport()
            if profile is None:
                raise InputError("your passport is empty.", hint="Tell the chat what you like.")
            return Audience(profile=profile, unwanted=unwanted)
        if readers == "cluster":
            found = self.clusters()
            if not 0 <= cluster < len(found):
                raise InputError("there is no such group of readers.")
            return Audience(liked=found[cluster].liked, unwanted=unwanted)
        return Audience(unwanted=unwanted)


def conversation(services: Services, user: str, language: Language) -> list[dict[str, Any]]:
    """Items of the visitor's latest conversation, the last list first."""
    assistant = services.assistant
    mine = [s for s in assistant.sessions(user) if s.catalogue == assistant.settings.catalogue]
    if not mine:
        return []
    session = assistant.session(mine[0].id)
    ids: dict[str, None] = {}
    for turn in reversed(session.turns):
        ids.update(dict.fromkeys(card.id for card in turn.reply.cards))
        ids.update(dict.fromkeys(turn.understanding.items))
    catalogue = assistant.catalogue()
    return [view.item(catalogue, i, language) for i in list(ids)[:_ITEMS] if i in catalogue]


def found_items(services: Services, text: str, language: Language) -> list[dict[str, Any]]:
    """Items whose names hold the words, then those the ranking finds for them."""
    words = fold(text).split()
    if not words:
        return []
    engine = services.assistant.engine()
    catalogue = engine.catalogue
    near = sorted(
        (found, len(one.title), one.id)
        for one in catalogue.items
        if (found := _nearness(words, (one.title, one.text("title_zh"), *one.aka))) is not None
    )
    ids: dict[str, None] = {item_id: None for _, _, item_id in near[:_FOUND]}
    if len(ids) < _FOUND:
        ranking = engine.ranker.rank(Query(text, (Wish("term", text, source=text),), k=_FOUND))
        ids.update(dict.fromkeys(c.item_id for c in ranking.candidates))
    return [view.item(catalogue, i, language) for i in list(ids)[:_FOUND]]


def _nearness(words: Sequence[str], names: Sequence[str]) -> int | None:
    """How near words come to one of an item's names: 0 is the name itself, None not at all."""
    best: int | None = None
    text = " ".join(words)
    for name in map(fold, names):
        if not name or not all(w in name for w in words):
            continue
        whole = f" {text} " in f" {name} "
        found = 0 if name == text else 1 if name.startswith(text) and whole else 2 if whole else 3
        best = found if best is None else min(best, found)
    return best


def model_note(services: Services, language: Language) -> dict[str, Any]:
    """The model's state in a word, with a line to show quietly while it matters."""
    status = services.assistant.status()["model"]
    return {
        "state": status["state"],
        "name": status["name"],
        "progress": status.get("progress", 0.0),
        "message": spoken(status["message"], language) if status["message"] else "",
    }
