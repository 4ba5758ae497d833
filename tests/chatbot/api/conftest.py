"""Clients, a real server on a free port of this machine, and an engine that waits for the test."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from chatbot import Assistant
from chatbot.api.app import create_app
from chatbot.api.server import config
from chatbot.engines import Engines
from chatbot.storage.sessions import MemorySessions
from chatbot.turn import Engine
from chatbot.writer import Brief

Serve = Callable[[FastAPI], AbstractContextManager[str]]


@pytest.fixture
def app(assistant: Assistant) -> FastAPI:
    return create_app(assistant, page=False)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def session(client: TestClient) -> str:
    made = client.post("/v1/sessions", json={"language": "en"})
    assert made.status_code == 201
    return str(made.json()["id"])


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of a server that runs meanwhile."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)  # whoever connects before the server accepts is queued
    server = uvicorn.Server(config(app, log_level="error", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@pytest.fixture
def serve() -> Serve:
    return served


class Gate:
    """A writer that says a word whenever the test lets it, and notices when it is cancelled."""

    degraded = ""

    def __init__(self, words: int = 3) -> None:
        self.words = words
        self.open = threading.Semaphore(0)
        self.cancelled = threading.Event()
        self.writing = threading.Event()

    def write(self, brief: Brief, cancel: threading.Event) -> Iterator[str]:
        self.writing.set()
        for n in range(self.words):
            while not self.open.acquire(timeout=0.02):
                if cancel.is_set():
                    self.cancelled.set()
                    return
            yield f"word{n} "


class GatedEngines:
    """Engines whose answers are worded by a `Gate`."""

    def __init__(self, engines: Engines, gate: Gate) -> None:
        self._engines = engines
        self._gate = gate

    def get(self, name: str) -> Engine:
        return replace(self._engines.get(name), writer=self._gate)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engines, name)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def gated_with(engines: Engines, gate: Gate) -> Callable[..., Assistant]:
    """Makes an assistant whose prose comes word by word, when the gate opens."""

    def make(**settings: object) -> Assistant:
        found = GatedEngines(engines, gate)
        return Assistant(engines.settings.but(**settings), MemorySessions(), found)  # type: ignore[arg-type]

    return make


@pytest.fixture
def gated(gated_with: Callable[..., Assistant]) -> Assistant:
    return gated_with()
