"""What every request passes before and after the app: size, origin, headers. Pure ASGI, so that
streams are neither buffered nor kept alive after the client has gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.api.problems import (
    ForeignOriginError,
    SlowError,
    TooLargeError,
    respond,
)

MAX_BODY = 64 * 1024
"""Bytes of the largest request body; a user's longest message fits many times."""

READ_S = 15.0
"""Within this a request's body must have arrived."""

SEND_S = 60.0
"""A client that takes nothing for so long is not waited for any more."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def page_policy(frame_ancestors: str) -> str:
    """The content security policy of pages: nothing comes from, or goes to, another host.

    The chat's front end evaluates its own templates, hence `unsafe-eval`; every text it shows is
    escaped on the server.
    """
    return "; ".join(
        (
            "default-src 'self'",
            "img-src 'self' data: blob:",
            "style-src 'self' 'unsafe-inline'",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
            "connect-src 'self'",
            "font-src 'self' data:",
            "media-src 'none'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {frame_ancestors}",
        )
    )


_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"


Allows = Callable[[str], bool]
"""Whether a page of this origin may call us."""


class Guard:
    """Bounds the body, refuses other sites' calls, adds security headers to every response.

    A page of an allowed origin may call, but not with the cookie of a visitor of ours: what it
    does, it does with the secret it was given itself.

    Args:
        app: what to protect.
        allows: which other origins may call; nobody by default.
        frame_ancestors: who may show the pages in a frame, in the words of CSP.
        pages: path prefix under which pages live; everything else serves data.
        max_body: bytes.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        allows: Allows = lambda origin: False,
        frame_ancestors: str = "'self'",
        pages: str = "/chat",
        max_body: int = MAX_BODY,
    ) -> None:
        self._app = app
        self._allows = allows
        self._pages = pages
        self._max = max_body
        self._page_headers = {"content-security-policy": page_policy(frame_ancestors)}
        if frame_ancestors in ("'self'", "'none'"):
            deny = "SAMEORIGIN" if frame_ancestors == "'self'" else "DENY"
            self._page_headers["x-frame-options"] = deny
        self._data_headers = {"content-security-policy": _DATA_POLICY, "x-frame-options": "DENY"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = str(scope["path"])
        page = path == self._pages or path.startswith(self._pages + "/")
        headers = Headers(scope=scope)
        send = _adding(send, self._page_headers if page else self._data_headers, private=not page)
        if _foreign(headers):
            if self._allows(headers.get("origin", "")):
                scope = _without_cookies(scope)
            elif scope["method"] not in _SAFE:
                foreign = ForeignOriginError(
                    "this request came from another site.",
                    hint="Its origin can be allowed: `python app.py sites create`.",
                )
                await respond(foreign, path)(scope, receive, send)
                return
        refused = _refusal(str(scope["method"]), headers, self._max)
        if refused is not None:
            await respond(refused, path)(scope, receive, send)
            return
        if scope["method"] not in _SAFE:
            try:
                async with asyncio.timeout(READ_S):
                    body = await _read(receive, self._max)
            except TimeoutError:
                late = SlowError("the request body does not arrive.", hint="Send it again.")
                await respond(late, path)(scope, receive, send)
                return
            if body is None:
                await respond(_too_large(self._max), path)(scope, receive, send)
                return
            receive = _replaying(body, receive)
        try:
            await self._app(scope, receive, send)
        except _StalledError:
            return  # nobody is there to be told


class _StalledError(Exception):
    """The client takes nothing any more."""


def _foreign(headers: Headers) -> bool:
    """Whether a browser says that another site's page asks; programs say nothing."""
    said = headers.get("sec-fetch-site")
    if said:
        return said in ("cross-site", "same-site")
    # Browsers too old for that header, and plain http to a host that is not this machine.
    origin = headers.get("origin", "")
    return bool(origin) and origin.partition("://")[2] != headers.get("host", "")


def _without_cookies(scope: Scope) -> Scope:
    kept = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
    return {**scope, "headers": kept}


def _refusal(method: str, headers: Headers, most: int) -> TooLargeError | None:
    if method in _SAFE:
        return None
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:12]) > most:
        return _too_large(most)
    return None


def _too_large(most: int) -> TooLargeError:
    return TooLargeError("the request body is too large.", hint=f"Send at most {most} bytes.")


async def _read(receive: Receive, most: int) -> bytes | None:
    """The whole body, or None where it is larger than `most` bytes."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body  # the client has gone; the app will notice when it listens
        body += bytes(message.get("body", b""))
        if len(body) > most:
            return None
        if not message.get("more_body", False):
            return body


def _replaying(body: bytes, receive: Receive) -> Receive:
    """`receive` that hands out `body` once, then whatever comes next."""
    waiting = [body]

    async def replay() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replay


def _adding(send: Send, extra: Mapping[str, str], *, private: bool) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in extra.items():
                # A page of ours may be stricter than this; nothing foreign gets here.
                headers.setdefault(name, value)
            headers["x-content-type-options"] = "nosniff"
            headers["referrer-policy"] = "no-referrer"
            headers["cross-origin-opener-policy"] = "same-origin"
            headers["permissions-policy"] = "camera=(), microphone=(), geolocation=()"
            if private and "cache-control" not in headers:
                headers["cache-control"] = "no-store"
        try:
            async with asyncio.timeout(SEND_S):
                await send(message)
        except TimeoutError:
            raise _StalledError from None

    return wrapped
