"""The OpenAPI document: whole, with a valid example for every operation; and a fuzz run over it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.parameters import ParameterLocation

from chatbot import Assistant
from chatbot.access.keys import KeyStore
from chatbot.api.app import create_app
from chatbot.storage.tables import api_keys, drafts


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


@pytest.fixture(scope="module")
def document(engines: Any) -> dict[str, Any]:
    from chatbot.storage.sessions import MemorySessions

    app = create_app(Assistant(engines.settings, MemorySessions(), engines), page=False)
    found: dict[str, Any] = app.openapi()
    return found


def test_every_operation_has_a_name_words_and_examples(document: dict[str, Any]) -> None:
    names = [o["operationId"] for _, _, o in operations(document)]
    assert len(set(names)) == len(names)
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        assert operation.get("description"), where
        assert operation.get("tags"), where
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert "example" in content, where
        for status, response in operation["responses"].items():
            for media, content in response.get("content", {}).items():
                if int(status) < 300 and media in ("application/json", "text/event-stream"):
                    assert "example" in content, f"{where} {status} {media}"


def test_examples_are_what_the_schemas_say(document: dict[str, Any]) -> None:
    checked = 0
    for method, path, operation in operations(document):
        contents = [operation.get("requestBody", {}).get("content", {})]
        contents += [r.get("content", {}) for r in operation["responses"].values()]
        for content in contents:
            for media, one in content.items():
                if "example" in one and one.get("schema") and media != "text/event-stream":
                    schema = {**one["schema"], "components": document["components"]}
                    try:
                        jsonschema.validate(one["example"], schema)
                    except jsonschema.ValidationError as error:
                        raise AssertionError(f"{method} {path}: {error.message}") from None
                    checked += 1
    assert checked > 100


def test_every_error_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        if path.startswith("/v1/") and not path.startswith(("/v1/chat", "/v1/models")):
            for status in ("401", "403", "404", "409", "422", "429"):
                content = operation["responses"][status]["content"]
                assert set(content) == {"application/problem+json"}, f"{method} {path} {status}"


# The fuzz run: the same cases every time, within a minute, over real sessions and drafts.

EXAMPLES = 4
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)


@pytest.fixture
def world(assistant: Assistant) -> Iterator[tuple[FastAPI, dict[str, str], dict[str, str]]]:
    """An app without rate limits, headers of a key that may do everything, and known ids."""
    free = Assistant(
        assistant.settings.but(
            max_sessions_per_minute=1_000_000, max_turns_per_minute=1_000_000, turns_waiting=10_000
        ),
        assistant._sessions,
        assistant._engines,
    )
    app = create_app(free, page=False)
    _, key = KeyStore(assistant.database).create(
        "fuzz", ["chat", "search", "drafts", "openai", "admin"], per_minute=1_000_000
    )
    headers = {"authorization": f"Bearer {key}"}
    with TestClient(app, headers=headers) as client:
        session = client.post("/v1/sessions", json={"language": "en"}).json()["id"]
        client.post(f"/v1/sessions/{session}/turns", json={"text": "comedies"})
        order = {"kind": "review", "items": ["alien-1979"]}
        known = {
            "session_id": session,
            "draft_id": client.post("/v1/drafts", json=order).json()["id"],
            "item_id": "alien-1979",
            "name": "films",
            "model": "films",
        }
        yield app, headers, known
    with assistant.database.write() as c:
        c.execute(api_keys.delete())
        c.execute(drafts.delete())


def test_no_request_makes_a_server_error(
    world: tuple[FastAPI, dict[str, str], dict[str, str]],
) -> None:
    app, headers, known = world
    refusals = {"expected-statuses": [400, 401, 403, 404, 405, 409, 413, 422, 429]}
    config = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": refusals}})
    described = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    checks = [CHECKS.get_one(name) for name in _CHECKS]
    failures: list[str] = []
    sent: list[str] = []

    def send(case: Any) -> None:
        # Every other case is about something real. What is known is not deleted, and the films
        # that all tests share are not indexed anew.
        wrong = case.meta.components.get(ParameterLocation.PATH)
        kept = case.method == "DELETE" or "reindex" in case.path
        if len(sent) % 2 and not kept and not (wrong and wrong.mode.is_negative):
            for name in known.keys() & case.path_parameters.keys():
                case.path_parameters[name] = known[name]
        sent.append(case.path)
        case.call_and_validate(headers=headers, checks=checks)

    # Erasing everything of the caller comes last.
    every = sorted(described.get_all_operations(), key=lambda o: o.ok().path == "/v1/me")
    for operation in (found.ok() for found in every):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            cases = given(case=operation.as_strategy(generation_mode=mode))(send)
            try:
                bounded(cases)()
            except Unsatisfiable:
                pass  # an operation without parameters cannot be asked wrongly
            except (FailureGroup, Failure) as error:
                failures.append(f"{operation.label} ({mode.value}): {error}")
    assert not failures, "\n\n".join(failures)
    assert len(sent) > 250


bounded = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_the_document_is_json(client: TestClient) -> None:
    assert json.loads(client.get("/openapi.json").text)["openapi"].startswith("3.1")
