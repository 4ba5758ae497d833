"""What pages of other origins may read: answers under /v1, for allowed origins only, never for `*`.

Credentials are not allowed: a page of a site holds its visitor's secret itself and sends it as a
bearer token, so no cookie crosses sites.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.api.problems import ForeignOriginError, respond

METHODS = "GET, POST, PUT, PATCH, DELETE"
ASKED = (
    "authorization, content-type, accept, last-event-id, idempotency-key, sommelier-visitor, "
    "sommelier-site"
)
TOLD = "retry-after, location, etag"
REMEMBER_S = 600


class Cors:
    """ASGI middleware around everything: answers preflights, lets allowed origins read.

    Args:
        app: what it is around.
        allows: whether a page of this origin may call; may look into a cache, not wait.
        prefix: the part of the server that other pages may call.
    """

    def __init__(
        self, app: ASGIApp, *, allows: Callable[[str], bool], prefix: str = "/v1/"
    ) -> None:
        self._app = app
        self._allows = allows
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through."""
        if scope["type"] != "http" or not str(scope["path"]).startswith(self._prefix):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        if not origin:
            await self._app(scope, receive, _varying(send, ""))
            return
        allowed = self._allows(origin)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await self._preflight(allowed, origin)(scope, receive, send)
            return
        await self._app(scope, receive, _varying(send, origin if allowed else ""))

    def _preflight(self, allowed: bool, origin: str) -> Response:
        if not allowed:
            error = ForeignOriginError(
                "pages of this origin may not call this server.",
                hint="Allow it: `python app.py sites change NAME --origin …`.",
            )
            refused = respond(error)
            refused.headers["vary"] = "Origin"
            return refused
        return Response(
            status_code=204,
            headers={
                "access-control-allow-origin": origin,
                "access-control-allow-methods": METHODS,
                "access-control-allow-headers": ASKED,
                "access-control-max-age": str(REMEMBER_S),
                "vary": "Origin",
            },
        )


def _varying(send: Send, origin: str) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.add_vary_header("Origin")
            if origin:
                headers["access-control-allow-origin"] = origin
                headers["access-control-expose-headers"] = TOLD
        await send(message)

    return wrapped
