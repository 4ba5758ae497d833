"""A small world whose right answers are known, shared by tests that need a whole assistant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot import Assistant
from chatbot.settings import Settings


@pytest.fixture(scope="session")
def films_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the shipped films are imported and indexed, without a model."""
    folder = tmp_path_factory.mktemp("films")
    with Assistant.open(settings=settings_in(folder)):
        pass
    return folder


@pytest.fixture
def assistant(films_dir: Path) -> Iterator[Assistant]:
    """An assistant over the shipped films that remembers nothing; embeddings are hashed words."""
    with Assistant.open(settings=settings_in(films_dir), remember=False) as opened:
        yield opened


def settings_in(folder: Path, **more: object) -> Settings:
    """Settings for a folder: no models, nothing from the environment."""
    values = {"data_dir": folder, "llm": "none", "embedder": "hash", **more}
    return Settings.read({}, **values)
