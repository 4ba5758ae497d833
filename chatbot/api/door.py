"""The very front: who begins a turn beyond the server's capacity is told at once.

A refusal costs no thread, no look-up, no routing and no JSON: its bytes are ready. A request that
is let in keeps its place from here on, so that nobody is let in first and refused late.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.api.capacity import Capacity
from chatbot.api.cors import TOLD
from chatbot.api.problems import MEDIA_TYPE, OPENAI, BusyServerError, headers_of, of, openai_shape

ARRIVED = "sommelier.arrived"
"""When the bytes of a request came, in seconds of `time.perf_counter`; kept in its scope."""

_TURNS = re.compile(r"/v1/(?:sessions/[^/]+/turns|drafts|drafts/[^/]+/revise|chat/completions)")
"""Where work begins that takes a turn's time."""

Headers = list[tuple[bytes, bytes]]


class Door:
    """ASGI middleware before everything else.

    Args:
        app: what it is before.
        capacity: how much is done at a time.
        allows: whether a page of this origin may read the refusal; may look into a cache.
        refused: called for each refusal.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        capacity: Capacity,
        allows: Callable[[str], bool],
        refused: Callable[[], None],
    ) -> None:
        self._app = app
        self._capacity = capacity
        self._allows = allows
        self._refused = refused
        self._turnstile = asyncio.Lock()
        error = BusyServerError()
        plain, openai = of(error), openai_shape(of(error))
        self._plain = _packed(plain, MEDIA_TYPE, headers_of(error))
        self._openai = _packed(openai, "application/json", headers_of(error))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or say that there is no room."""
        if scope["type"] != "http" or scope["method"] != "POST" or not _begins(scope):
            await self._app(scope, receive, send)
            return
        place = self._capacity.reserve()
        if place is None:
            headers, body = self._openai if scope["path"].startswith(OPENAI) else self._plain
            headers = [*headers, *self._more(scope)]
            await send({"type": "http.response.start", "status": 429, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            self._refused()
            return
        token = self._capacity.seated(place)
        try:
            # One after the other, each a round of the event loop later: those who came at the
            # same moment and find no room are told before the work for these begins.
            async with self._turnstile:
                await asyncio.sleep(0)
            await self._app(scope, receive, send)
        finally:
            self._capacity.unseated(token)
            place.give_up()

    def _more(self, scope: Scope) -> Headers:
        now = time.perf_counter()
        spent = b"refused;dur=%.3f" % ((now - scope.get(ARRIVED, now)) * 1000)
        found = [(b"server-timing", spent)]
        origin = next((value for name, value in scope["headers"] if name == b"origin"), b"")
        if origin and self._allows(origin.decode("latin-1")):
            found.append((b"access-control-allow-origin", origin))
            found.append((b"access-control-expose-headers", TOLD.encode()))
        return found


def _begins(scope: Scope) -> bool:
    """Whether a request begins a turn; one that takes up a broken line does not."""
    if not _TURNS.fullmatch(scope["path"]):
        return False
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    return all(name != b"last-event-id" for name, _ in headers)


def _packed(shape: object, media: str, more: dict[str, str]) -> tuple[Headers, bytes]:
    """(headers, body) of a refusal, ready to be sent."""
    body = json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "content-type": media,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "vary": "Origin",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        **{name.lower(): value for name, value in more.items()},
    }
    return [(name.encode(), value.encode()) for name, value in headers.items()], body
