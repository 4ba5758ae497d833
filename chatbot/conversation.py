"""The ranking that reads conversations: learned from the database, kept beside other weights."""

from __future__ import annotations

import logging
from pathlib import Path

from chatbot.settings import Settings
from retrieval.catalogue import Catalogue
from retrieval.conversation.model import ConversationModel, MismatchError
from retrieval.embeddings import Embedder

log = logging.getLogger(__name__)

FILE = "conversation.npz"


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
