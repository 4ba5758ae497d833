"""The ranking that reads conversations: learned from the database, kept beside other weights."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np

from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore
from retrieval.catalogue import Catalogue
from retrieval.conversation.model import ConversationModel, MismatchError
from retrieval.embeddings import Embedder

log = logging.getLogger(__name__)

FILE = "conversation.npz"

FEWEST = 200
"""Stored conversations from which on there is something to learn."""

_SEED = 7


def conversation_path(settings: Settings, name: str) -> Path:
    """Where a catalogue's model lies."""
    return settings.data_dir / "models" / name / FILE


def load_conversation(
    settings: Settings, name: str, catalogue: Catalogue, embedder: Embedder
) -> ConversationModel | None:
    """What training wrote for this catalogue; None where there is nothing of use.

    A damaged file is put aside; one that was learned with another embedder is left alone.
    """
    path = conversation_path(settings, name)
    if not path.is_file():
        return None
    try:
        return ConversationModel.load(path, catalogue, embedder)
    except MismatchError as error:
        log.warning("%s is not used: %s", path, error)
    except (OSError, ValueError) as error:
        log.warning("%s is put aside, train again: %s", path, error)
        path.replace(path.with_suffix(".damaged"))
    return None


def learn_conversation(
    settings: Settings,
    store: CatalogueStore,
    name: str,
    embedder: Embedder,
    progress: Callable[[str, int, int], None],
) -> int:
    """Learn from the stored conversations of a catalogue where there are at least `FEWEST`.

    Returns:
        How many were learned from; 0 where they are too few, or name none of the items.
    """
    from retrieval.conversation.train import train

    dialogues = list(store.dialogues(name))
    if len(dialogues) < FEWEST:
        return 0
    interactions = ((one.user, one.item, one.rating) for one in store.interactions(name))
    try:
        learned = train(
            store.load(name),
            dialogues,
            interactions,
            embedder,
            np.random.default_rng(_SEED),
            progress=lambda what, done, total: progress(f"conversations: {what}", done, total),
            cache=store,
        )
    except ValueError as error:
        log.warning("the conversations of %s were not learned from: %s", name, error)
        return 0
    path = conversation_path(settings, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name("partial-" + FILE)
    learned.save(partial)
    partial.replace(path)
    return len(dialogues)
