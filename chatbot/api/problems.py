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

from chatbot.errors import SommelierError

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
    """Headers that go with the error: `Retry-After` where waiting helps."""
    if isinstance(error, TooManyRequestsError):
        return {"Retry-After": str(error.retry_after)}
    return {}


def respond(error: SommelierError) -> JSONResponse:
    """The error as a response."""
    return JSONResponse(
        of(error), status_code=error.status, headers=headers_of(error), media_type=MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem document."""

    @app.exception_handler(SommelierError)
    async def ours(_request: Request, error: SommelierError) -> JSONResponse:
        return respond(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        # `input` and `ctx` are left out: they may hold what JSON cannot say, and would echo it.
        errors = [
            {"where": ".".join(str(part) for part in found["loc"]), "what": str(found["msg"])}
            for found in error.errors()[:20]
        ]
        first = f"{errors[0]['where']}: {errors[0]['what']}" if errors else "not acceptable"
        problem = document(422, "invalid-input", _printable(first), errors=_all_printable(errors))
        return JSONResponse(problem, status_code=422, media_type=MEDIA_TYPE)

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> JSONResponse:
        code = _title(error.status_code).lower().replace(" ", "-")
        problem = document(error.status_code, code, str(error.detail or ""))
        return JSONResponse(
            problem,
            status_code=error.status_code,
            headers=dict(error.headers or {}),
            media_type=MEDIA_TYPE,
        )

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> JSONResponse:
        _log.error("a request failed: %s", request.scope.get("path"), exc_info=error)
        problem = document(
            500, "internal-error", "This is our mistake, not yours.", hint="It has been logged."
        )
        return JSONResponse(problem, status_code=500, media_type=MEDIA_TYPE)


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
