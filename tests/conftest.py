"""A small world whose right answers are known, shared by tests that need a whole assistant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot import Assistant
from chatbot.engines import Engines
from chatbot.settings import Settings
from chatbot.storage.database import Database
from chatbot.storage.sessions import MemorySessions


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """The shipped films, imported and indexed once; embeddings are hashed words, no model."""
    settings = settings_in(tmp_path_factory.mktemp("films"))
    database = Database.open(settings.database_where)
    opened = Engines(settings, database)
    opened.get("films")
    yield opened
    opened.close()
    database.close()


@pytest.fixture
def assistant(engines: Engines) -> Assistant:
    """An assistant over the shipped films that remembers nothing from test to test."""
    return Assistant(engines.settings, MemorySessions(), engines)


def settings_in(folder: Path, **more: object) -> Settings:
    """Settings for a folder: no models, nothing from the environment."""
    values = {"data_dir": folder, "llm": "none", "embedder": "hash", **more}
    return Settings.read({}, **values)
