"""Idempotency keys: a POST sent twice with one key is done once and answered twice.

Turns are kept by their own route, which can also hand on a stream that still runs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatbot.api.callers import Caller, recognise
from chatbot.api.problems import InFlightError, MismatchError, respond
from chatbot.api.services import Services
from chatbot.errors import InputError, SommelierError
from chatbot.storage.answers import MOST_BYTES, Answer, Answers

HEADER = "idempotency-key"
AGAIN = "idempotent-replay"
"""Says that an answer is the one that was given before."""

_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_TURNS = re.compile(r"/v1/sessions/[^/]+/turns")
_KEPT_HEADERS = ("location", "set-cookie", "content-disposition")


def key_of(headers: Headers) -> str | None:
    """The idempotency key of a request, or None.

    Raises:
        InputError: it is too long or holds spaces or control characters.
    """
    text = headers.get(HEADER)
    if text is None:
        return None
    if not _KEY.fullmatch(text):
        raise InputError(
            "the idempotency key cannot be used.", hint="Send 1 to 128 visible ASCII characters."
        )
    return text


def digest_of(method: str, path: str, body: bytes) -> str:
    """What makes two requests the same."""
    parts = b"\n".join((method.encode(), path.encode("utf-8", "replace"), body))
    return hashlib.sha256(parts).hexdigest()


def place_of(services: Services, caller: Caller) -> tuple[Answers, str]:
    """Where a caller's answers are kept, and under whose name."""
    if caller.visitor.fresh:
        return services.passing, caller.counted
    return services.answers, caller.visitor.id


def same(found: Answer, request: str) -> Answer:
    """`found`, where it answers this very request.

    Raises:
        MismatchError: the key was used for another request.
    """
    if found.request != request:
        raise MismatchError(
            "this idempotency key was used for another request.", hint="Use a key a request."
        )
    return found


class Once:
    """ASGI middleware that answers a repeated POST under /v1 with what it answered before."""

    def __init__(self, app: ASGIApp, *, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through."""
        if not _concerned(scope):
            await self._app(scope, receive, send)
            return
        body, receive = await _body(receive)
        try:
            key = key_of(Headers(scope=scope))
            assert key is not None
            caller = await recognise(self._services, Request(scope))
            answers, user = place_of(self._services, caller)
            request = digest_of(scope["method"], scope["path"], body)
            found = await self._services.aside(answers.begin, user, key, request)
            if found is not None:
                await _again(same(found, request))(scope, receive, send)
                return
        except SommelierError as error:
            await respond(error, scope["path"])(scope, receive, send)
            return
        heard = _Heard(send)
        try:
            await self._app(scope, receive, heard)
        finally:
            if heard.whole:
                await self._services.aside(answers.finish, user, key, heard.answer(request))
            else:
                await self._services.aside(answers.abandon, user, key)


def _concerned(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    path = str(scope["path"])
    if not path.startswith("/v1/") or _TURNS.fullmatch(path) or path.startswith("/v1/chat/"):
        return False
    return any(name == HEADER.encode() for name, _ in scope["headers"])


async def _body(receive: Receive) -> tuple[bytes, Receive]:
    """The body, and a `receive` that hands it out once more. The guard has bounded it."""
    body, more, waiting = b"", True, True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)

    async def again() -> Message:
        nonlocal waiting
        if waiting:
            waiting = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return body, again


def _again(found: Answer) -> Response:
    """The answer that was given before.

    Raises:
        InFlightError: it is not ready yet.
    """
    if not found.status:
        raise InFlightError(
            "the first request with this key is still being answered.", hint="Ask again soon."
        )
    headers = {**found.headers, AGAIN: "true"}
    return Response(found.body, found.status, headers, media_type=found.media or None)


class _Heard:
    """A `send` that remembers a good answer while it passes it on."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._status = 0
        self._headers = Headers()
        self._parts: list[bytes] = []
        self._size = 0
        self._ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = int(message["status"])
            self._headers = Headers(raw=list(message.get("headers", [])))
        elif message["type"] == "http.response.body":
            part = bytes(message.get("body", b""))
            self._size += len(part)
            if self._size <= MOST_BYTES:
                self._parts.append(part)
            self._ended = not message.get("more_body", False)
        await self._send(message)

    @property
    def whole(self) -> bool:
        """Whether it was a success, heard to its end."""
        return 200 <= self._status < 300 and self._ended and self._size <= MOST_BYTES

    def answer(self, request: str) -> Answer:
        """What is kept."""
        return Answer(
            request,
            self._status,
            self._headers.get("content-type", ""),
            _some(self._headers, _KEPT_HEADERS),
            b"".join(self._parts),
        )


def _some(headers: Headers, names: Iterable[str]) -> dict[str, str]:
    return {name: headers[name] for name in names if name in headers}
