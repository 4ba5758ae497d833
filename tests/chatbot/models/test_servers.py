"""Servers people run, and every way in which they fail; each a real server on loopback."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chatbot.models.completion import Ask, Breaker, GuardedCompleter, complete
from chatbot.models.errors import (
    ModelBusyError,
    ModelCancelledError,
    ModelError,
    ModelLoadError,
    ModelTimeoutError,
)
from chatbot.models.servers import open_provider, open_server
from chatbot.models.spec import parse
from prompts import Message

Behaviour = Callable[["Handler", dict[str, Any]], None]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append(body)
        self.server.headers.append({k.lower(): v for k, v in self.headers.items()})
        try:
            self.server.behaviour(self, body)
        except (BrokenPipeError, ConnectionResetError):
            self.server.dropped.set()

    def log_message(self, *_args: object) -> None:
        pass

    def start(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def say(self, text: str, *, last: bool = False) -> None:
        chunk = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "m",
            "choices": [
                {
                    "index": 0,
                    "delta": {"content": text},
                    "finish_reason": "stop" if last else None,
                }
            ],
        }
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def done(self) -> None:
        self.say("", last=True)
        self.wfile.write(b"data: [DONE]\n\n")


class Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviour: Behaviour = good
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.dropped = threading.Event()
        self.over = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


def good(handler: Handler, _body: dict[str, Any]) -> None:
    handler.start()
    for piece in ("Hel", "lo ", "you."):
        handler.say(piece)
    handler.done()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


def asking(seconds: float = 5.0, **kwargs: Any) -> Ask:
    return Ask((Message("user", "hi"),), time.monotonic() + seconds, **kwargs)


def opened(server: Server, key: str = "") -> Any:
    return open_server(parse(f"openai:m@{server.url}"), key=key)


def test_a_good_server_is_streamed(server: Server) -> None:
    completer = opened(server)
    assert list(completer.stream(asking())) == ["Hel", "lo ", "you."]
    assert server.bodies[0]["model"] == "m"
    assert server.bodies[0]["messages"] == [{"role": "user", "content": "hi"}]
    completer.close()


def test_keys_of_other_services_stay_here(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    for key in ("", "mine"):
        completer = opened(server, key)
        complete(completer, asking())
        completer.close()
    assert "secret" not in str(server.headers)
    assert server.headers[1]["authorization"] == "Bearer mine"
    told = {name for headers in server.headers for name in headers}
    assert not any("sommelier" in name or "stainless" in name for name in told)


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


def test_a_schema_is_sent_where_it_is_taken(server: Server) -> None:
    completer = opened(server)
    complete(completer, asking(schema=SCHEMA))
    sent = server.bodies[0]["response_format"]
    assert sent["type"] == "json_schema"
    assert sent["json_schema"]["schema"] == SCHEMA
    completer.close()


def test_a_server_that_refuses_schemas_is_asked_without(server: Server) -> None:
    def refuse(handler: Handler, body: dict[str, Any]) -> None:
        if "response_format" in body:
            handler.start(400, "application/json")
            handler.wfile.write(b'{"error": {"message": "unknown field response_format"}}')
        else:
            good(handler, body)

    server.behaviour = refuse
    completer = opened(server)
    assert complete(completer, asking(schema=SCHEMA)) == "Hello you."
    assert complete(completer, asking(schema=SCHEMA)) == "Hello you."
    assert ["response_format" in body for body in server.bodies] == [True, False, False]
    completer.close()


def status(code: int, **headers: str) -> Behaviour:
    def behave(handler: Handler, _body: dict[str, Any]) -> None:
        handler.start(code, "application/json", **headers)
        handler.wfile.write(b'{"error": {"message": "no"}}')

    return behave


@pytest.mark.parametrize(
    ("behaviour", "kind", "says", "asked"),
    [
        (status(500), ModelError, "answered 500", 2),
        (status(503), ModelError, "answered 503", 2),
        (status(401), ModelError, "SOMMELIER_LLM_KEY", 1),
        (status(404), ModelError, "--llm", 1),
        (status(429, Retry_After="7"), ModelBusyError, "7 s", 2),
    ],
)
def test_errors_are_translated_and_retried_once_where_that_helps(
    server: Server, behaviour: Behaviour, kind: type[ModelError], says: str, asked: int
) -> None:
    server.behaviour = behaviour
    completer = opened(server)
    with pytest.raises(kind, match=says):
        complete(completer, asking())
    assert len(server.bodies) == asked
    completer.close()


def test_an_error_that_passes_is_not_noticed(server: Server) -> None:
    def behave(handler: Handler, body: dict[str, Any]) -> None:
        (status(500) if len(server.bodies) == 1 else good)(handler, body)

    server.behaviour = behave
    completer = opened(server)
    assert complete(completer, asking()) == "Hello you."
    completer.close()


def garbage(handler: Handler, _body: dict[str, Any]) -> None:
    handler.start(200, "text/html")
    handler.wfile.write(b"<html>\x00\xff it works!</html>")


def garbage_events(handler: Handler, _body: dict[str, Any]) -> None:
    handler.start()
    handler.wfile.write(b"data: {not json\n\ndata: [1, 2]\n\n")


def strange_events(handler: Handler, _body: dict[str, Any]) -> None:
    handler.start()
    handler.wfile.write(b'data: {"choices": [{"delta": 5}]}\n\ndata: [DONE]\n\n')


@pytest.mark.parametrize("behaviour", [garbage, garbage_events, strange_events])
def test_garbage_is_an_error_or_nothing_but_never_a_crash(
    server: Server, behaviour: Behaviour
) -> None:
    server.behaviour = behaviour
    completer = opened(server)
    try:
        assert complete(completer, asking()) == ""
    except ModelError:
        pass
    completer.close()


def test_half_a_stream_gives_what_came_and_then_an_error(server: Server) -> None:
    def half(handler: Handler, _body: dict[str, Any]) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.start(Transfer_Encoding="chunked")
        piece = b'data: {"choices":[{"index":0,"delta":{"content":"Hal"}}]}\n\n'
        handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        handler.wfile.flush()
        handler.connection.close()

    server.behaviour = half
    completer = opened(server)
    said = []
    with pytest.raises(ModelError):
        for piece in completer.stream(asking()):
            said.append(piece)
    assert said == ["Hal"]
    assert len(server.bodies) == 1  # what was begun is not said twice
    completer.close()


def silent(handler: Handler, _body: dict[str, Any]) -> None:
    handler.server.over.wait(20)


def stalling(handler: Handler, _body: dict[str, Any]) -> None:
    handler.start()
    handler.say("Hel")
    handler.server.over.wait(20)


def dripping(handler: Handler, _body: dict[str, Any]) -> None:
    handler.start()
    while not handler.server.over.wait(0.05):
        handler.wfile.write(b":")
        handler.wfile.flush()


def endless(handler: Handler, _body: dict[str, Any]) -> None:
    handler.start()
    while not handler.server.over.wait(0.005):
        handler.say("and ")


@pytest.mark.parametrize("behaviour", [silent, stalling, dripping, endless])
def test_no_server_can_hold_a_turn(server: Server, behaviour: Behaviour) -> None:
    server.behaviour = behaviour
    completer = opened(server)
    start = time.monotonic()
    with pytest.raises(ModelTimeoutError):
        complete(completer, asking(0.6))
    assert time.monotonic() - start < 2.5
    completer.close()


def test_a_first_word_that_does_not_come_is_not_waited_for(server: Server) -> None:
    server.behaviour = silent
    completer = opened(server)
    start = time.monotonic()
    with pytest.raises(ModelTimeoutError):
        complete(completer, asking(30, first=start + 0.4))
    assert time.monotonic() - start < 2.5
    completer.close()


def test_cancelling_hangs_up(server: Server) -> None:
    server.behaviour = endless
    completer = opened(server)
    cancel = threading.Event()
    with pytest.raises(ModelCancelledError):
        for _ in completer.stream(asking(cancel=cancel)):
            cancel.set()
    assert server.dropped.wait(3)
    completer.close()


def test_closing_the_stream_hangs_up(server: Server) -> None:
    server.behaviour = endless
    completer = opened(server)
    stream = completer.stream(asking())
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert server.dropped.wait(3)
    completer.close()


def test_a_server_that_is_down(server: Server) -> None:
    completer = opened(server)
    server.shutdown()
    server.server_close()
    with pytest.raises(ModelError, match="cannot be reached") as caught:
        complete(completer, asking())
    assert "running" in caught.value.hint
    completer.close()


# The circuit breaker.


def test_a_server_that_keeps_failing_is_left_alone_and_tried_again(server: Server) -> None:
    now = [0.0]
    server.behaviour = status(500)
    completer = GuardedCompleter(opened(server), Breaker(3, 30.0, lambda: now[0]))
    for _ in range(3):
        with pytest.raises(ModelError, match="500"):
            complete(completer, asking())
    asked = len(server.bodies)
    with pytest.raises(ModelError, match="left alone"):
        complete(completer, asking())
    assert len(server.bodies) == asked
    now[0] = 31.0
    with pytest.raises(ModelError, match="500"):
        complete(completer, asking())
    with pytest.raises(ModelError, match="left alone"):
        complete(completer, asking())
    now[0] = 62.0
    server.behaviour = good
    assert complete(completer, asking()) == "Hello you."
    assert complete(completer, asking()) == "Hello you."
    completer.close()


def test_only_one_request_tries_a_half_open_breaker() -> None:
    now = [0.0]
    breaker = Breaker(1, 10.0, lambda: now[0])
    breaker.record(False)
    assert breaker.open
    now[0] = 11.0
    assert [breaker.admits(), breaker.admits()] == [True, False]
    breaker.record(None)
    assert breaker.admits()
    breaker.record(True)
    assert not breaker.open
    assert [breaker.admits(), breaker.admits()] == [True, True]


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(ModelLoadError, match="nobody"):
        open_provider(parse("nobody:model"))
