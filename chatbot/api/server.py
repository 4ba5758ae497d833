"""How the app is served: bounded connections, impatient with clients that send nothing."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from fastapi import FastAPI

HEADERS_S = 20.0
"""Within this a connection must have sent a whole request's head."""

CONNECTIONS = 512

IDLE_S = 30
"""How long a connection is kept for the next request: longer than people take to read an answer."""

_SWITCH_S = 0.001
"""How long a computing thread keeps the others waiting. The usual five milliseconds would let a
few busy turns delay every short answer, such as the one that says there is no room."""


def config(app: FastAPI, **more: Any) -> Any:
    """What `uvicorn.Server` takes."""
    import uvicorn

    sys.setswitchinterval(_SWITCH_S)
    options: dict[str, Any] = {
        "log_level": "warning",
        "access_log": False,
        "timeout_graceful_shutdown": 5,
        "timeout_keep_alive": IDLE_S,
        "limit_concurrency": CONNECTIONS,
        "server_header": False,
        "ws": "none",
        "http": impatient(),
    }
    return uvicorn.Config(app, **{**options, **more})


def impatient() -> type[asyncio.Protocol]:
    """The protocol of uvicorn, hanging up on clients whose request's head does not arrive."""
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    base: Any = AutoHTTPProtocol

    class Impatient(base):  # type: ignore[misc]
        """See `impatient`."""

        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            """See `asyncio.Protocol`."""
            super().connection_made(transport)
            self._watch()

        def data_received(self, data: bytes) -> None:
            """See `asyncio.Protocol`."""
            before = self.cycle
            super().data_received(data)
            if self.cycle is not before:  # a whole head has come
                self._unwatch()
            elif self.cycle is None or self.cycle.response_complete:
                self._watch()
            # Else it is the body of a request under way, which has a limit of its own.

        def connection_lost(self, exc: Exception | None) -> None:
            """See `asyncio.Protocol`."""
            self._unwatch()
            super().connection_lost(exc)

        def _watch(self) -> None:
            if self._timer is None:
                self._timer = self.loop.call_later(HEADERS_S, self.transport.close)

        def _unwatch(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    return Impatient
