"""Streams that break and go on, answers given once, turns that nobody waits for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from chatbot import Assistant
from chatbot.api.app import create_app
from chatbot.api.capacity import Capacity
from chatbot.api.turns import QUEUED, Turns
from chatbot.errors import BusyError
from chatbot.storage.answers import KEPT_S, Answer, MemoryAnswers, StoredAnswers
from chatbot.storage.database import Database

Serve = Callable[[FastAPI], AbstractContextManager[str]]
SSE = {"accept": "text/event-stream"}


def events_of(text: str) -> list[tuple[str, str, str]]:
    """(id, event, data) of every event in a stream."""
    found = []
    for part in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in part.splitlines() if not line.startswith(":"))
        if "event" in fields:
            found.append((fields.get("id", ""), fields["event"], fields["data"]))
    return found


def heard(response: httpx.Response, count: int) -> list[tuple[str, str, str]]:
    """The first `count` events of a stream that goes on."""
    text = ""
    for chunk in response.iter_text():
        text += chunk
        if len(events_of(text[: text.rfind("\n\n") + 2])) >= count:
            break
    return events_of(text[: text.rfind("\n\n") + 2])


def test_events_are_numbered(client: TestClient, session: str) -> None:
    said = client.post(f"/v1/sessions/{session}/turns", json={"text": "comedies"}, headers=SSE)
    ids = [i for i, _, _ in events_of(said.text)]
    assert ids == [f"1.{n}" for n in range(1, len(ids) + 1)]
    again = client.post(f"/v1/sessions/{session}/turns", json={"text": "older"}, headers=SSE)
    assert events_of(again.text)[0][0] == "2.1"


def test_a_broken_stream_goes_on_while_the_turn_still_runs(
    gated: Assistant, gate: Any, serve: Serve
) -> None:
    with serve(create_app(gated, page=False)) as base, httpx.Client(base_url=base) as http:
        session = http.post("/v1/sessions", json={"language": "en"}).json()["id"]
        path = f"/v1/sessions/{session}/turns"
        gate.open.release()
        with http.stream("POST", path, json={"text": "comedies"}, headers=SSE) as stream:
            first = heard(stream, 5)  # two status lines, the cards, a third, the first word
        assert [e for _, e, _ in first] == ["status", "status", "items", "status", "delta"]
        # The line broke. Come back with the last id, in both ways, while the turn still runs.
        rest = {**SSE, "last-event-id": first[-1][0]}
        with (
            http.stream("POST", path, json={"text": "comedies"}, headers=rest) as one,
            http.stream("GET", f"/v1/sessions/{session}/events", headers=rest) as two,
        ):
            gate.open.release(2)
            found = [events_of(x.read().decode()) for x in (one, two)]
        assert found[0] == found[1]
        assert [e for _, e, _ in found[0]] == ["delta", "delta", "done"]
        assert [i for i, _, _ in found[0]] == ["1.6", "1.7", "1.8"]
        assert json.loads(found[0][-1][2])["text"] == "word0 word1 word2"
        whole = http.get(f"/v1/sessions/{session}/events")
        assert [i for i, _, _ in events_of(whole.text)] == [f"1.{n}" for n in range(1, 9)]
        assert len(http.get(f"/v1/sessions/{session}").json()["turns"]) == 1
        nothing = http.get(f"/v1/sessions/{session}/events", headers={"last-event-id": "1.8"})
        assert nothing.status_code == 204


def test_a_turn_of_long_ago_is_told_from_what_is_stored(
    assistant: Assistant, client: TestClient, session: str
) -> None:
    said = client.post(f"/v1/sessions/{session}/turns", json={"text": "comedies"}).json()
    secret = dict(client.cookies)
    with TestClient(create_app(assistant, page=False), cookies=secret) as restarted:
        path = f"/v1/sessions/{session}/events"
        whole = events_of(restarted.get(path).text)
        assert [e for _, e, _ in whole] == ["items", "delta", "done"]
        assert json.loads(whole[-1][2]) == said
        rest = events_of(restarted.get(path, headers={"last-event-id": "1.4"}).text)
        assert [e for _, e, _ in rest] == ["done"]
        seen = restarted.get(path, headers={"last-event-id": whole[-1][0]})
        assert seen.status_code == 204
        assert restarted.get(path, headers={"last-event-id": "7.1"}).status_code == 404


@pytest.mark.parametrize(
    "bad", ["x", "1", "1.", "-1.2", "1.2.3", "1.2; event: done", "9" * 30 + ".1", "１.２"]
)
def test_an_id_that_is_none_is_refused_and_not_echoed(
    client: TestClient, session: str, bad: str
) -> None:
    client.post(f"/v1/sessions/{session}/turns", json={"text": "comedies"})
    found = client.get(
        f"/v1/sessions/{session}/events",
        headers={"last-event-id": bad.encode()},  # type: ignore[dict-item]
    )
    assert found.status_code == 422
    assert "9999" not in found.text


def test_a_turn_nobody_comes_back_to_is_stopped(gated: Assistant, gate: Any, serve: Serve) -> None:
    app = create_app(gated, page=False)
    app.state.services.turns._grace = 0.05
    with serve(app) as base, httpx.Client(base_url=base) as http:
        session = http.post("/v1/sessions").json()["id"]
        path = f"/v1/sessions/{session}/turns"
        with http.stream("POST", path, json={"text": "comedies"}, headers=SSE) as stream:
            heard(stream, 3)
        assert gate.cancelled.wait(5)
        # What was shown was shown: the turn is kept, and the next one comes after it.
        gate.open.release(9)
        assert http.post(path, json={"text": "older"}).json()["turn"] == 2


def test_a_turn_can_be_stopped_by_hand(gated: Assistant, gate: Any, serve: Serve) -> None:
    with serve(create_app(gated, page=False)) as base, httpx.Client(base_url=base) as http:
        session = http.post("/v1/sessions").json()["id"]
        path = f"/v1/sessions/{session}"
        gate.open.release()
        with http.stream("POST", f"{path}/turns", json={"text": "comedies"}, headers=SSE) as stream:
            heard(stream, 5)
            with httpx.Client(base_url=base, cookies=http.cookies) as other:
                assert other.post(f"{path}/stop").json() == {"stopped": True}
            assert gate.cancelled.wait(5)
        done = events_of(http.get(f"{path}/events").text)[-1]
        assert json.loads(done[2])["text"] == "word0"
        assert http.post(f"{path}/stop").json() == {"stopped": False}


def test_the_same_key_and_words_are_answered_once(client: TestClient, session: str) -> None:
    path = f"/v1/sessions/{session}/turns"
    key = {"idempotency-key": "a-key-of-mine"}
    first = client.post(path, json={"text": "comedies"}, headers=key)
    again = client.post(path, json={"text": "comedies"}, headers=key)
    assert again.json() == first.json()
    assert again.headers["idempotent-replay"] == "true"
    assert "idempotent-replay" not in first.headers
    streamed = client.post(path, json={"text": "comedies"}, headers={**key, **SSE})
    events = events_of(streamed.text)
    assert [e for _, e, _ in events] == ["items", "delta", "done"]
    assert json.loads(events[-1][2]) == first.json()
    assert len(client.get(f"/v1/sessions/{session}").json()["turns"]) == 1
    other = client.post(path, json={"text": "westerns"}, headers=key)
    assert other.status_code == 422
    assert other.json()["code"] == "idempotency-key-reused"
    bad = client.post(path, json={"text": "comedies"}, headers={"idempotency-key": "x" * 200})
    assert bad.status_code == 422


def test_a_request_sent_again_joins_the_turn_that_still_runs(
    gated: Assistant, gate: Any, serve: Serve
) -> None:
    with serve(create_app(gated, page=False)) as base, httpx.Client(base_url=base) as http:
        session = http.post("/v1/sessions").json()["id"]
        path = f"/v1/sessions/{session}/turns"
        headers = {**SSE, "idempotency-key": "k"}
        with http.stream("POST", path, json={"text": "comedies"}, headers=headers) as one:
            heard(one, 3)
            with http.stream("POST", path, json={"text": "comedies"}, headers=headers) as two:
                gate.open.release(3)
                told = events_of(two.read().decode())
        assert told[0][0] == "1.1"
        assert told[-1][1] == "done"
        assert len(http.get(f"/v1/sessions/{session}").json()["turns"]) == 1


def test_sessions_and_feedback_are_made_once(client: TestClient, assistant: Assistant) -> None:
    key = {"idempotency-key": "begin"}
    made = client.post("/v1/sessions", json={"language": "en"}, headers=key)
    # A newcomer's second request comes without the cookie that the lost answer held.
    with TestClient(create_app(assistant, page=False)) as elsewhere:
        first = elsewhere.post("/v1/sessions", json={}, headers=key)
        elsewhere.cookies.clear()
        second = elsewhere.post("/v1/sessions", json={}, headers=key)
        assert second.json()["id"] == first.json()["id"] != made.json()["id"]
        assert second.headers["set-cookie"] == first.headers["set-cookie"]
        assert second.headers["location"] == first.headers["location"]
        elsewhere.cookies.clear()
        other = elsewhere.post("/v1/sessions", json={"language": "zh"}, headers=key)
        assert other.json()["code"] == "idempotency-key-reused"
    session = made.json()["id"]
    item = client.post(f"/v1/sessions/{session}/turns", json={"text": "comedies"}).json()["items"]
    body = {"session": session, "item": item[0]["id"], "verdict": "love"}
    given = [client.post("/v1/feedback", json=body, headers=key) for _ in range(2)]
    assert given[0].status_code == given[1].status_code == 201
    assert given[0].json() == given[1].json()


def test_a_refused_request_may_be_mended_under_the_same_key(
    client: TestClient, session: str
) -> None:
    key = {"idempotency-key": "mend"}
    path = f"/v1/sessions/{session}/turns"
    assert client.post(path, json={"text": "  "}, headers=key).status_code == 422
    assert client.post(path, json={"text": "comedies"}, headers=key).status_code == 200


def test_answers_are_exported_and_erased_with_their_user(
    assistant: Assistant,
) -> None:
    kept = StoredAnswers(assistant.database)
    assert kept.begin("visitor-x", "k", "r") is None
    kept.finish("visitor-x", "k", Answer("r", 200, "application/json", {}, b'{"a":1}'))
    assert assistant.export("visitor-x")["answers"][0]["body"] == '{"a":1}'
    assistant.erase("visitor-x")
    assert kept.begin("visitor-x", "k", "r") is None
    kept.abandon("visitor-x", "k")


def test_stored_answers_end_after_a_day_and_lost_ones_sooner(tmp_path: Path) -> None:
    now = [1000.0]
    database = Database.open(tmp_path / "a.db")
    for kept in (
        StoredAnswers(database, clock=lambda: now[0]),
        MemoryAnswers(clock=lambda: now[0]),
    ):
        assert kept.begin("u", "k", "r") is None
        assert kept.begin("u", "k", "r") == Answer("r")
        assert kept.begin("v", "k", "r") is None  # another user's key is another key
        now[0] += 121  # the process that began it is gone
        assert kept.begin("u", "k", "r") is None
        kept.finish("u", "k", Answer("r", 201, "m", {"location": "/x"}, b"b"))
        again = kept.begin("u", "k", "r")
        assert again is not None
        assert (again.status, again.body, again.headers["location"]) == (201, b"b", "/x")
        now[0] += KEPT_S + 1
        assert kept.begin("u", "k", "r") is None
    database.close()


def test_one_conversation_cannot_fill_the_queue(gated: Assistant, gate: Any) -> None:
    async def crowd() -> list[object]:
        capacity = Capacity(2, 8)
        turns = Turns(
            gated,
            lambda text, s, cancel: gated.stream(text, s.id, cancel=cancel),
            capacity,
        )
        session = gated.create_session(user="visitor-x")
        lives = [turns.start(session, "comedies") for _ in range(QUEUED + 1)]
        with pytest.raises(BusyError):
            turns.start(session, "comedies")
        assert capacity.taken == 1  # the others wait without a thread
        gate.open.release(3 * len(lives))
        for live in lives:
            while not live.over:
                await live.changed.wait()
        await asyncio.get_running_loop().run_in_executor(None, capacity.close)
        return [live.reply.turn if live.reply else live.problem for live in lives]

    assert asyncio.run(crowd()) == [1, 2, 3]


def test_beyond_capacity_a_client_is_told_at_once_and_health_stays_green(
    gated_with: Callable[..., Assistant], gate: Any, serve: Serve
) -> None:
    busy = gated_with(turns_at_once=1, turns_waiting=1)
    with serve(create_app(busy, page=False)) as base, httpx.Client(base_url=base) as http:
        ids = [http.post("/v1/sessions").json()["id"] for _ in range(3)]
        paths = [f"/v1/sessions/{i}/turns" for i in ids]
        body = {"json": {"text": "comedies"}, "headers": SSE}
        with (
            http.stream("POST", paths[0], **body) as first,  # type: ignore[arg-type]
            http.stream("POST", paths[1], **body) as second,  # type: ignore[arg-type]
        ):
            heard(first, 3)
            refused = http.post(paths[2], json={"text": "comedies"})
            assert refused.status_code == 429
            assert refused.json()["code"] == "server-busy"
            assert int(refused.headers["retry-after"]) >= 1
            spent = refused.headers["server-timing"]
            assert 0 <= float(spent.removeprefix("refused;dur=")) < 20_000
            assert http.get("/healthz").json() == {"status": "ok"}
            gate.open.release(6)
            assert events_of(second.read().decode())[-1][1] == "done"
        gate.open.release(3)
        assert http.post(paths[2], json={"text": "comedies"}).status_code == 200
