"""The OpenAPI document: FastAPI's, with who may call, which errors come, and real examples.

The examples are answers of a running server, written down by `python -m benchmarks.api_examples`.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from chatbot.api.problems import MEDIA_TYPE, OPENAI, document
from chatbot.api.visitors import COOKIE

_METHODS = ("get", "post", "put", "patch", "delete", "head")

_SCHEMES = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key (`smk_…`), or a visitor's own secret of 32 characters or more.",
    },
    "visitor": {
        "type": "apiKey",
        "in": "header",
        "name": "Sommelier-Visitor",
        "description": "`SITE:VISITOR:EXPIRES:SIGNATURE`, signed by the site's server.",
    },
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}

_PROBLEMS: dict[int, tuple[str, str, str]] = {
    400: ("It cannot be read.", "bad-request", "There was an error parsing the body"),
    401: ("Who calls is not recognised.", "key-refused", "the API key is unknown or revoked."),
    403: ("The caller may not do this.", "scope-missing", "the API key has not the scope chat."),
    404: ("It does not exist, or is not yours.", "not-found", "there is no such session."),
    408: ("The request took too long to arrive.", "too-slow", "the request body does not arrive."),
    409: ("Something else is at work on it.", "busy", "an earlier message is being answered."),
    413: ("The body is too large.", "too-large", "the request body is too large."),
    422: ("The request is not acceptable.", "invalid-input", "the text is empty."),
    429: ("Too much at once.", "too-many-requests", "too many requests."),
    503: ("The database does not answer.", "storage-unavailable", "the disk is full."),
}

EVENTS = {
    "type": "object",
    "description": "One event of the stream; `data` is JSON.",
    "required": ["data"],
    "properties": {name: {"type": "string"} for name in ("event", "data", "id", "retry")},
}
"""The schema of a stream: each of its events."""

_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request gives the same answer, for a day.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]{1,128}$"},
}


def name_of(route: APIRoute) -> str:
    """A stable name for an operation: its tag and its function."""
    tag = str(route.tags[0]) if route.tags else "other"
    return f"{tag.replace(' ', '_')}_{route.name}"


def install(app: FastAPI) -> None:
    """Serve the whole description at /openapi.json."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
            app.openapi_schema = complete(found)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def complete(found: dict[str, Any]) -> dict[str, Any]:
    """FastAPI's description with everything it does not know."""
    found["components"]["securitySchemes"] = _SCHEMES
    for path, methods in found["paths"].items():
        for method in _METHODS:
            if method in methods:
                _operation(path, method, methods[method])
    return found


def _operation(path: str, method: str, operation: dict[str, Any]) -> None:
    api = path.startswith("/v1/")
    if api:
        admin = path.startswith("/v1/admin/")
        operation["security"] = [{"key": []}] if admin else [{}, *({n: []} for n in _SCHEMES)]
    if not path.startswith(OPENAI):
        _errors(path, method, operation)
    else:
        operation["responses"].pop("422", None)
    if api and method == "post" and not path.startswith(OPENAI):
        operation.setdefault("parameters", []).append(_IDEMPOTENCY)
    for response in operation["responses"].values():
        stream = response.get("content", {}).get("text/event-stream")
        if stream is not None:
            stream["schema"] = EVENTS
    _example(operation)


def _errors(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    api = path.startswith("/v1/")
    for status in [s for s in responses if int(s) >= 400 and (not api and s != "503")]:
        del responses[status]
    for status, (words, code, detail) in _PROBLEMS.items():
        known = responses.get(str(status), {})
        if not api and str(status) not in responses:
            continue
        if status in (400, 408, 413) and method in ("get", "head"):
            responses.pop(str(status), None)
            continue
        if path == "/readyz":
            continue
        responses[str(status)] = {
            "description": known.get("description", words),
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": document(status, code, detail),
                }
            },
        }


def _example(operation: dict[str, Any]) -> None:
    known = examples().get(operation["operationId"], {})
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None and "request" in known:
        body["example"] = known["request"]
    for status, content in known.get("responses", {}).items():
        place = operation["responses"].get(status, {}).get("content", {})
        for media, example in content.items():
            if media in place:
                place[media]["example"] = example


@cache
def examples() -> dict[str, Any]:
    """Operation → what was sent, and what was answered by status and media type."""
    text = files("chatbot.api").joinpath("static", "examples.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
