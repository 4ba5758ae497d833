"""Every error as an RFC 9457 problem document. Nothing a client sent is echoed back.

Bugs are logged and answered with a bare 500; they are never relabelled as the client's fault.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from chatbot.errors import BusyError, SommelierError

MEDIA_TYPE = "application/problem+json"

_log = logging.getLogger(__name__)


class TooManyRequestsError(SommelierError):
    """A client asked more often than its limit allows. `retry_after` in whole seconds."""

    status = 429
    code = "too-many-requests"

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many requests.", hint=f"Try again in {retry_after} seconds.")
        self.retry_after = retry_after


class TooLargeError(SommelierError):
    """The request body is larger than the endpoint reads."""

    status = 413
    code = "too-large"


class BusyServerError(TooManyRequestsError):
    """As many turns are being answered, and waiting, as the server can take."""

    code = "server-busy"

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__(retry_after)
        self.message = "more is asked at the moment than can be answered."


class QuotaError(TooManyRequestsError):
    """A key's quota of the day is used up."""

    code = "quota-used-up"

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.message = "the quota of this API key is used up for today."
        self.hint = f"It begins anew in {retry_after} seconds."


class UnauthorisedError(SommelierError):
    """Nobody may do this without saying who he is."""

    status = 401
    code = "unauthorised"


class KeyRefusedError(UnauthorisedError):
    """An API key that opens nothing."""

    code = "key-refused"


class ScopeError(SommelierError):
    """The key is good, but not for this."""

    status = 403
    code = "scope-missing"


class MismatchError(SommelierError):
    """An idempotency key was used before, for another request."""

    status = 422
    code = "idempotency-key-reused"


class InFlightError(BusyError):
    """The first request with this idempotency key is still being answered."""

    code = "still-being-answered"


class SlowError(SommelierError):
    """The client takes too long to send its request."""

    status = 408
    code = "too-slow"


class ForeignOriginError(SommelierError):
    """A browser sent this on behalf of another site."""

    status = 403
    code = "foreign-origin"


def document(
    status: int,
    code: str,
    detail: str = "",
    *,
    hint: str = "",
    errors: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """The problem document. `type` names the kind of problem, `detail` this one."""
    problem: dict[str, Any] = {
        "type": f"urn:sommelier:problem:{code}",
        "title": _title(status),
        "status": status,
        "code": code,
    }
    if detail:
        problem["detail"] = detail
    if hint:
        problem["hint"] = hint
    if errors:
        problem["errors"] = [dict(error) for error in errors]
    return problem


def of(error: SommelierError) -> dict[str, Any]:
    """The problem document of one of our own errors."""
    return document(error.status, error.code, error.message, hint=error.hint)


def headers_of(error: SommelierError) -> dict[str, str]:
    """Headers that go with the error: `Retry-After` where waiting helps, who to say one is."""
    if isinstance(error, TooManyRequestsError):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, BusyError):
        return {"Retry-After": "1"}
    if error.status == 401:
        return {"WWW-Authenticate": 'Bearer realm="sommelier"'}
    return {}


OPENAI = ("/v1/chat/completions", "/v1/models")
"""Paths whose errors have the shape that OpenAI's clients read."""


def answer(
    problem: Mapping[str, Any], path: str = "", headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A problem document as a response, in OpenAI's shape where its clients ask."""
    status = int(problem["status"])
    if path.startswith(OPENAI):
        # OpenAI answers 400 where we say 422; its clients know the difference.
        status = 400 if status == 422 else status
        return JSONResponse(openai_shape(problem), status, headers=dict(headers or {}))
    return JSONResponse(problem, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def openai_shape(problem: Mapping[str, Any]) -> dict[str, Any]:
    """A problem as OpenAI's clients expect errors."""
    status = int(problem["status"])
    kind = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}.get(
        status, "invalid_request_error" if status < 500 else "server_error"
    )
    said = " ".join(filter(None, (problem.get("detail") or problem["title"], problem.get("hint"))))
    where = str((problem.get("errors") or [{}])[0].get("where", ""))
    return {
        "error": {
            "message": said,
            "type": kind,
            "param": where.removeprefix("body.") or None,
            "code": _OPENAI_CODES.get(str(problem["code"]), str(problem["code"])),
        }
    }


_OPENAI_CODES = {"key-refused": "invalid_api_key", "not-found": "model_not_found"}


def respond(error: SommelierError, path: str = "") -> JSONResponse:
    """The error as a response to a request of `path`."""
    return answer(of(error), path, headers_of(error))


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem document."""

    @app.exception_handler(SommelierError)
    async def ours(request: Request, error: SommelierError) -> JSONResponse:
        return respond(error, request.url.path)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        # `input` and `ctx` are left out: they may hold what JSON cannot say, and would echo it.
        errors = [
            {"where": ".".join(str(part) for part in found["loc"]), "what": str(found["msg"])}
            for found in error.errors()[:20]
        ]
        first = f"{errors[0]['where']}: {errors[0]['what']}" if errors else "not acceptable"
        problem = document(422, "invalid-input", _printable(first), errors=_all_printable(errors))
        return answer(problem, request.url.path)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        code = _title(error.status_code).lower().replace(" ", "-")
        problem = document(error.status_code, code, str(error.detail or ""))
        return answer(problem, request.url.path, error.headers)

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> JSONResponse:
        _log.error("a request failed: %s", request.scope.get("path"), exc_info=error)
        problem = document(
            500, "internal-error", "This is our mistake, not yours.", hint="It has been logged."
        )
        return answer(problem, request.url.path)


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _printable(text: str) -> str:
    """`text` without lone surrogates, which no response could carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _all_printable(errors: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{key: _printable(value) for key, value in error.items()} for error in errors]
