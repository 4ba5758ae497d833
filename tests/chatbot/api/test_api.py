"""The HTTP API as clients use it and as strangers abuse it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from chatbot import Assistant
from chatbot.api.app import create_app


def say(client: TestClient, session: str, text: str) -> dict[str, Any]:
    answer = client.post(f"/v1/sessions/{session}/turns", json={"text": text})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_conversation(client: TestClient, session: str) -> None:
    first = say(client, session, "I want sci-fi films, no horror")
    assert first["action"] == "recommend"
    assert len(first["items"]) == 5
    assert {"citations", "handoff", "relaxed", "degraded", "timings_ms"} <= set(first)
    kept = client.get(f"/v1/sessions/{session}/profile").json()["preferences"]
    assert {(p["stance"], p["value"]) for p in kept} >= {
        ("require", "Sci-Fi"),
        ("forbid", "Horror"),
    }
    changed = client.patch(f"/v1/sessions/{session}/profile", json={"remove": "genre:Sci-Fi"})
    assert "Sci-Fi" not in changed.text
    whole = client.get(f"/v1/sessions/{session}").json()
    assert [t["text"] for t in whole["turns"]] == ["I want sci-fi films, no horror"]


def test_events_stream_cards_before_prose(client: TestClient, session: str) -> None:
    with client.stream(
        "POST",
        f"/v1/sessions/{session}/turns",
        json={"text": "I want comedies"},
        headers={"accept": "text/event-stream"},
    ) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in stream.iter_lines() if line]
    events = [line.split(": ", 1)[1] for line in lines if line.startswith("event: ")]
    data = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    assert events[0] == "status"
    assert events.index("items") < events.index("delta")
    assert events[-1] == "done"
    said = "".join(d["text"] for e, d in zip(events, data, strict=True) if e == "delta")
    assert said.strip() == data[-1]["text"]


def test_feedback_and_undo(client: TestClient, session: str) -> None:
    item = say(client, session, "I want comedies")["items"][0]["id"]
    given = client.post("/v1/feedback", json={"session": session, "item": item, "verdict": "love"})
    assert given.status_code == 201
    back = client.delete(f"/v1/feedback/{given.json()['id']}", params={"session": session})
    assert back.status_code == 200
    assert item not in back.text
    again = client.delete(f"/v1/feedback/{given.json()['id']}", params={"session": session})
    assert again.status_code == 404


def test_one_visitor_cannot_see_or_steer_another(app: FastAPI, client: TestClient) -> None:
    mine = client.post("/v1/sessions").json()["id"]
    say(client, mine, "I want comedies")
    with TestClient(app) as stranger:
        stranger.post("/v1/sessions")
        for answer in (
            stranger.get(f"/v1/sessions/{mine}"),
            stranger.get(f"/v1/sessions/{mine}/profile"),
            stranger.post(f"/v1/sessions/{mine}/turns", json={"text": "hello"}),
            stranger.patch(f"/v1/sessions/{mine}/profile", json={"clear": True}),
            stranger.post(
                "/v1/feedback", json={"session": mine, "item": "alien-1979", "verdict": "love"}
            ),
        ):
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "application/problem+json"
        assert stranger.get("/v1/export").json()["sessions"][0]["session"]["id"] != mine


def test_export_and_erase_are_ones_own(client: TestClient, session: str) -> None:
    say(client, session, "I want comedies")
    assert "I want comedies" in client.get("/v1/export").text
    cookies = dict(client.cookies)
    assert client.delete("/v1/me").json()["sessions"] == 1
    client.cookies.update(cookies)
    assert client.get(f"/v1/sessions/{session}").status_code == 404


def test_items_search_and_operations(client: TestClient) -> None:
    assert client.get("/v1/items/alien-1979").json()["title"] == "Alien"
    assert client.get("/v1/items/no-such-film").status_code == 404
    found = client.get("/v1/search", params={"q": "films like Alien", "k": 3}).json()
    assert len(found["items"]) == 3
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["ready"] is True
    assert "sommelier" in client.get("/metrics").text
    assert "/v1/sessions" in client.get("/openapi.json").json()["paths"]


HOSTILE: list[Any] = [
    None,
    [],
    "text",
    {},
    {"text": None},
    {"text": 5},
    {"text": ""},
    {"text": "   "},
    {"text": "x" * 30_000},
    {"text": "\u0000\u202e"},
    {"text": "hi", "extra": 1},
    {"text": "\ud800"},
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_unacceptable_turns_are_problems_and_change_nothing(
    client: TestClient, session: str, body: Any
) -> None:
    answer = client.post(
        f"/v1/sessions/{session}/turns",
        content=json.dumps(body),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert client.get(f"/v1/sessions/{session}").json()["turns"] == []


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("POST", "/v1/sessions", b"{", (400, 422)),
        ("POST", "/v1/sessions", b'{"catalogue": "nowhere"}', (404,)),
        ("POST", "/v1/sessions", b'{"channel": "carrier pigeon"}', (422,)),
        ("POST", "/v1/sessions", b"[" * 50_000, (400, 413, 422)),
        ("POST", "/v1/sessions", b"x" * 200_000, (413,)),
        ("GET", "/v1/search?q=", b"", (422,)),
        ("GET", "/v1/search?q=x&k=9999", b"", (422,)),
        ("GET", "/v1/sessions/%00%ff", b"", (404,)),
        ("GET", "/v1/items/" + "x" * 3000, b"", (404, 414)),
        ("PUT", "/v1/sessions", b"", (405,)),
        ("GET", "/nowhere", b"", (404,)),
        ("PATCH", "/v1/sessions/x/profile", b'{"surprise": 7}', (422,)),
        ("PATCH", "/v1/sessions/x/profile", b'{"put": {"stance": "like"}}', (422,)),
    ],
)
def test_no_input_makes_a_server_error(
    client: TestClient, method: str, path: str, content: bytes, status: tuple[int, ...]
) -> None:
    answer = client.request(
        method, path, content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code in status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_too_many_requests_are_told_when_to_come_back(assistant: Assistant) -> None:
    tight = Assistant(
        assistant.settings.but(max_sessions_per_minute=2),
        assistant._sessions,
        assistant._engines,
    )
    with TestClient(create_app(tight, page=False)) as client:
        codes = [client.post("/v1/sessions").status_code for _ in range(3)]
        assert codes == [201, 201, 429]
        assert int(client.post("/v1/sessions").headers["retry-after"]) >= 1


def test_security_headers_and_no_open_door_to_other_sites(client: TestClient) -> None:
    answer = client.get("/healthz", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    refused = client.post("/v1/sessions", headers={"sec-fetch-site": "cross-site"})
    assert refused.status_code == 403
    cookie = client.post("/v1/sessions").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_an_allowed_page_may_call_but_not_with_a_visitors_cookie(assistant: Assistant) -> None:
    allowing = Assistant(
        assistant.settings.but(allowed_origins="https://shop.example"),
        assistant._sessions,
        assistant._engines,
    )
    with TestClient(create_app(allowing, page=False)) as client:
        ours = client.post("/v1/sessions").json()["id"]
        assert client.get(f"/v1/sessions/{ours}").status_code == 200
        shop = {"origin": "https://shop.example", "sec-fetch-site": "cross-site"}
        assert client.get(f"/v1/sessions/{ours}", headers=shop).status_code == 404
        assert client.post("/v1/sessions", headers=shop).status_code == 201
        evil = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        assert client.post("/v1/sessions", headers=evil).status_code == 403
        # A browser too old to say where a request comes from still names its origin.
        assert (
            client.post("/v1/sessions", headers={"origin": "https://evil.example"}).status_code
            == 403
        )
        assert (
            client.post("/v1/sessions", headers={"origin": "http://testserver"}).status_code == 201
        )
