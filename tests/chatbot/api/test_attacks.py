"""What hostile clients try: stall, overflow, forge headers, ride on cookies, smuggle lines."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from chatbot.access.keys import PREFIX
from chatbot.api import guard, server

Serve = Callable[[FastAPI], AbstractContextManager[str]]


def raw(base: str, request: bytes) -> bytes:
    """What a server answers to bytes, until it hangs up or is silent."""
    host, port = base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(request)
        found = b""
        try:
            while piece := line.recv(65536):
                found += piece
        except ConnectionResetError:
            pass
        return found


def test_a_head_that_does_not_arrive_is_not_waited_for(
    app: FastAPI, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEADERS_S", 0.2)
    with serve(app) as base:
        assert raw(base, b"") == b""
        assert raw(base, b"POST /v1/sessions HTTP/1.1\r\nhost: x\r\nx-slow: ") == b""
        assert httpx.get(f"{base}/healthz").status_code == 200


def test_a_body_that_does_not_arrive_is_not_waited_for(
    app: FastAPI, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "READ_S", 0.2)
    with serve(app) as base:
        head = b"POST /v1/sessions HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
        told = raw(base, head + b"content-length: 100\r\n\r\n{")
        assert b" 408 " in told
        assert b"problem+json" in told


def test_a_body_in_pieces_is_bounded_too(app: FastAPI, serve: Serve) -> None:
    def pieces() -> Any:
        for _ in range(40):
            yield b"x" * 4096

    with serve(app) as base:
        answer = httpx.post(f"{base}/v1/sessions", content=pieces())
        assert answer.status_code == 413


@pytest.mark.parametrize(
    "lines",
    [
        b"last-event-id: 1.1\r\nset-cookie: x=1",
        b"idempotency-key: a\r\nx-evil: 1",
        b"content-length: 2\r\ncontent-length: 3",
        b"transfer-encoding: chunked\r\ncontent-length: 4",
        b"sommelier-visitor: shop:a:1:\x00",
        b"authorization: Bearer " + PREFIX.encode() + b"\xff\xfe",
        b"cookie: sommelier_visitor=" + b"\x01" * 40,
    ],
)
def test_forged_heads_make_no_server_error_and_come_back_nowhere(
    app: FastAPI, serve: Serve, lines: bytes
) -> None:
    with serve(app) as base:
        head = b"POST /v1/sessions HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
        answer = raw(base, head + lines + b"\r\n\r\n{}")
        status = int(answer.split(b" ", 2)[1]) if answer else 400
        assert status < 500
        assert b"x-evil" not in answer.lower()
        assert b"x=1" not in answer


@pytest.mark.parametrize(
    "line", ["a\r\nevent: done\r\ndata: {}", "x\n\ndata: evil", "\u2028data: x"]
)
def test_words_cannot_become_events(client: TestClient, session: str, line: str) -> None:
    told = client.post(
        f"/v1/sessions/{session}/turns",
        json={"text": f"films like {line}"},
        headers={"accept": "text/event-stream"},
    )
    events = [x for x in told.text.split("\n") if x.startswith("event: ")]
    assert events.count("event: done") == 1
    assert "data: evil" not in told.text.split("\n")
    for data in (x for x in told.text.split("\n") if x.startswith("data: ")):
        json.loads(data[6:])


def test_cookies_do_not_ride_from_other_sites(client: TestClient, session: str) -> None:
    path = f"/v1/sessions/{session}"
    for site in ("cross-site", "same-site"):
        for method, target, body in (
            ("POST", f"{path}/turns", {"text": "hi"}),
            ("PATCH", f"{path}/profile", {"clear": True}),
            ("POST", "/v1/drafts", {"kind": "review", "items": ["alien-1979"]}),
            ("DELETE", "/v1/me", None),
            ("POST", "/v1/chat/completions", {"model": "films", "messages": []}),
        ):
            refused = client.request(
                method, target, json=body, headers={"sec-fetch-site": site, "origin": "https://e.x"}
            )
            assert refused.status_code == 403, target
    # A form post from a page, as browsers without fetch metadata send it.
    form = client.post(
        f"{path}/turns",
        content='{"text":"hi"}',
        headers={"origin": "null", "content-type": "text/plain"},
    )
    assert form.status_code == 403
    assert client.get(path).json()["turns"] == []


def test_a_plain_text_body_is_not_taken_for_json(client: TestClient, session: str) -> None:
    answer = client.post(
        f"/v1/sessions/{session}/turns",
        content='{"text":"hi"}',
        headers={"content-type": "text/plain"},
    )
    assert answer.status_code == 422


def test_secrets_are_in_no_log(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret, key = "v" * 40, PREFIX + "k" * 40
    for token in (secret, key):
        client.get("/v1/sessions", headers={"authorization": f"Bearer {token}"})
        client.post(
            "/v1/chat/completions", content=b"{", headers={"authorization": f"Bearer {token}"}
        )
    assert secret not in caplog.text
    assert key not in caplog.text


def test_errors_echo_nothing(client: TestClient) -> None:
    evil = "<script>alert(1)</script>"
    for answer in (
        client.get(f"/v1/items/{evil}"),
        client.get("/v1/search", params={"q": "x", "catalogue": evil}),
        client.post("/v1/sessions", json={evil: 1}),
        client.get(f"/v1/sessions/{evil}"),
        client.get(f"/v1/drafts/{evil}"),
    ):
        assert answer.status_code in (404, 422)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-content-type-options"] == "nosniff"
