"""A receiver on loopback that does what a test tells it, and remembers what reached it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Got:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Answers with the scripted (status, headers) in order, then 200; "stall" never answers."""

    address: str = ""
    got: list[Got] = field(default_factory=list)
    script: list[Any] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            body = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.got.append(Got(self.path, headers, body))
            step = made.script.pop(0) if made.script else (200, {})
            made.arrived.set()
            if step == "stall":
                made.release.wait(20)
                return
            if step == "trickle":
                self._trickle()
                return
            status, extra = step
            self.send_response(status)
            for name, value in extra.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def _trickle(self) -> None:
            """One byte now and then: every read succeeds, the answer never ends."""
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                while not made.release.wait(0.1):
                    self.wfile.write(b"x")
                    self.wfile.flush()
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.address = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.release.set()
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Clock:
    """A clock that a test turns."""

    now: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


Wait = Callable[[], None]
