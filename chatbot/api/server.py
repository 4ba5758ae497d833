"""How the app is served: bounded connections, impatient with clients that send nothing."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from typing import Any

from fastapi import FastAPI

from chatbot.api.door import ARRIVED

HEADERS_S = 20.0
"""Within this a connection must have sent a whole request's head."""

CONNECTIONS = 512

IDLE_S = 30
"""How long a connection is kept for the next request: longer than people take to read an answer."""

_SWITCH_S = 0.0002
"""How long a computing thread keeps the others waiting. The usual five milliseconds would let a
few busy turns delay every short answer, such as the one that says there is no room. Measured with
two computing threads, the shorter turns cost no processor time that could be told from noise."""

_WAITED = 8 + 11 * 4
"""Where Linux's `tcp_info` says how long ago data last came, in milliseconds."""


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
            before, now = self.cycle, time.perf_counter()
            super().data_received(data)
            if self.cycle is not before:  # a whole head has come
                self.cycle.scope[ARRIVED] = now - _waited(self.transport)
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


def _waited(transport: asyncio.Transport) -> float:
    """Seconds for which what was read had waited in the kernel; 0 where that is not told."""
    kind = getattr(socket, "TCP_INFO", None)
    peer = transport.get_extra_info("socket")
    if kind is None or peer is None or sys.platform != "linux":
        return 0.0
    try:
        told = peer.getsockopt(socket.IPPROTO_TCP, kind, _WAITED + 4)
    except OSError:
        return 0.0
    return int.from_bytes(told[_WAITED : _WAITED + 4], sys.byteorder) / 1000.0
