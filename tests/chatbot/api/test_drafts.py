"""Drafts over HTTP: order, read, revise, go back, decide, take away, delete."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from chatbot import Assistant
from chatbot.api.app import create_app
from chatbot.storage.tables import drafts

ITEMS = ["alien-1979", "spirited-away-2001"]


@pytest.fixture(autouse=True)
def clean(assistant: Assistant) -> Iterator[None]:
    yield
    with assistant.database.write() as c:
        c.execute(drafts.delete())


@pytest.fixture
def draft(client: TestClient) -> dict[str, Any]:
    made = client.post(
        "/v1/drafts", json={"kind": "article", "items": ITEMS, "topic": "two worlds"}
    )
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def test_a_draft_is_made_listed_read_and_deleted(client: TestClient, draft: dict[str, Any]) -> None:
    assert draft["items"] == ITEMS
    assert "Alien" in draft["text"]
    assert draft["version"] == 1
    assert draft["engine"] == "composer"
    listed = client.get("/v1/drafts", params={"q": "alien"}).json()
    assert [d["id"] for d in listed] == [draft["id"]]
    assert client.get("/v1/drafts", params={"q": "zebra crossing"}).json() == []
    assert client.get(f"/v1/drafts/{draft['id']}").json() == draft
    assert client.delete(f"/v1/drafts/{draft['id']}").status_code == 204
    assert client.get(f"/v1/drafts/{draft['id']}").status_code == 404


def test_a_draft_is_streamed_and_kept_from_its_first_event(client: TestClient) -> None:
    with client.stream(
        "POST",
        "/v1/drafts",
        json={"kind": "listicle", "topic": "robots", "count": 3, "language": "zh"},
        headers={"accept": "text/event-stream"},
    ) as stream:
        lines = [line for line in stream.iter_lines() if line]
    events = [line[7:] for line in lines if line.startswith("event: ")]
    data = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    assert events[0] == "draft"
    assert events[-1] == "done"
    assert events.count("passage") == len(data[-1]["blocks"])
    assert client.get(f"/v1/drafts/{data[0]['id']}").json()["text"] == data[-1]["text"]
    assert data[-1]["language"] == "zh"


def test_versions_undo_redo_and_what_changed(client: TestClient, draft: dict[str, Any]) -> None:
    path = f"/v1/drafts/{draft['id']}"
    shorter = client.post(f"{path}/revise", json={"instruction": "shorter"})
    assert shorter.status_code == 200, shorter.text
    assert shorter.json()["words"] < draft["words"]
    lines = client.get(f"{path}/diff", params={"old": 1, "new": 2}).json()
    assert {line["kind"] for line in lines} >= {"same", "gone"}
    assert client.post(f"{path}/undo").json()["text"] == draft["text"]
    assert client.post(f"{path}/undo").status_code == 422
    assert client.post(f"{path}/redo").json() == shorter.json() | {
        "updated": client.get(path).json()["updated"]
    }
    kept = client.get(f"{path}/versions").json()
    assert [(v["number"], v["parent"], v["current"]) for v in kept] == [
        (1, 0, False),
        (2, 1, True),
    ]
    assert client.post(f"{path}/show", json={"version": 1}).json()["version"] == 1
    assert client.get(path, params={"version": 2}).json()["text"] == shorter.json()["text"]
    assert client.post(f"{path}/show", json={"version": 9}).status_code == 404


def test_a_selection_is_revised_alone(client: TestClient, draft: dict[str, Any]) -> None:
    path = f"/v1/drafts/{draft['id']}"
    at = next(n for n, b in enumerate(draft["blocks"]) if b["shape"] == "paragraph")
    changed = client.post(f"{path}/revise", json={"instruction": "shorter", "selection": [at]})
    assert changed.status_code == 200, changed.text
    after = changed.json()["blocks"]
    assert [b for n, b in enumerate(draft["blocks"]) if n != at] == [
        b for n, b in enumerate(after) if n != at
    ]
    lost = client.post(
        f"{path}/revise", json={"instruction": "shorter", "selection": "not in this draft"}
    )
    assert lost.status_code == 422


def test_the_ledger_finds_a_wrong_fact_and_lets_one_decide(
    client: TestClient, draft: dict[str, Any]
) -> None:
    path = f"/v1/drafts/{draft['id']}"
    assert draft["open"] == 0
    at = next(n for n, b in enumerate(draft["blocks"]) if b["shape"] == "paragraph")
    edited = client.put(
        f"{path}/blocks/{at}", json={"text": "*Alien* came out in 1955. It is a film."}
    ).json()
    assert edited["open"] >= 1
    ledger = client.get(f"{path}/ledger").json()
    wrong = next(e for e in ledger["entries"] if e["open"])
    assert "1955" in wrong["text"]
    assert wrong["verdict"] == "contradicted"
    assert ledger["counts"]["contradicted"] >= 1
    decided = client.post(
        f"{path}/ledger",
        json={"block": wrong["block"], "position": wrong["position"], "how": "remove"},
    ).json()
    assert "1955" not in decided["text"]
    assert decided["open"] < edited["open"]


def test_exports_open(client: TestClient, draft: dict[str, Any]) -> None:
    path = f"/v1/drafts/{draft['id']}/export"
    found = {
        form: client.get(path, params={"format": form}) for form in ("md", "html", "txt", "docx")
    }
    assert all(r.status_code == 200 for r in found.values())
    assert "Alien" in found["md"].text
    assert "<html" in found["html"].text
    assert zipfile.ZipFile(io.BytesIO(found["docx"].content)).testzip() is None
    assert found["docx"].headers["content-disposition"].endswith('.docx"')
    assert client.get(path, params={"format": "srt"}).status_code == 422
    assert client.get(path, params={"format": "exe"}).status_code == 422
    video = client.post("/v1/drafts", json={"kind": "video", "items": ITEMS}).json()
    timed = client.get(f"/v1/drafts/{video['id']}/export", params={"format": "srt"})
    assert "00:00:0" in timed.text


def test_the_items_of_a_conversation(client: TestClient, session: str) -> None:
    said = client.post(f"/v1/sessions/{session}/turns", json={"text": "comedies"}).json()
    made = client.post("/v1/drafts", json={"kind": "newsletter", "session": session})
    assert made.json()["items"] == [i["id"] for i in said["items"]]


def test_a_fate_is_remembered(client: TestClient, draft: dict[str, Any]) -> None:
    path = f"/v1/drafts/{draft['id']}"
    assert client.post(f"{path}/fate", json={"fate": "thrown"}).status_code == 204
    assert client.get(path).json()["fate"] == "thrown"
    assert client.post(f"{path}/fate", json={"fate": "burnt"}).status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"kind": "sonnet"}, 422),
        ({"kind": "article", "items": ["no-such-film"]}, 404),
        ({"kind": "article", "items": ["alien-1979"], "tone": "sarcastic beyond words"}, 422),
        ({"kind": "comparison", "items": ["alien-1979"]}, 422),
        ({"kind": "article", "length": 5}, 422),
        ({"kind": "article", "session": "nobody"}, 404),
        ({"kind": "article", "catalogue": "nowhere"}, 404),
        ({"kind": "article", "notes": ["x" * 1500]}, 422),
        ({"kind": "article", "surprise": 1}, 422),
        ({"kind": "article", "topic": "x" * 70_000}, 413),
    ],
)
def test_unacceptable_orders_are_problems(
    client: TestClient, body: dict[str, Any], status: int
) -> None:
    answer = client.post("/v1/drafts", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/v1/drafts").json() == []


def test_a_draft_is_its_writers_own(
    client: TestClient, draft: dict[str, Any], assistant: Assistant
) -> None:
    path = f"/v1/drafts/{draft['id']}"
    with TestClient(create_app(assistant, page=False)) as stranger:
        stranger.post("/v1/sessions")
        for answer in (
            stranger.get(path),
            stranger.get(f"{path}/ledger"),
            stranger.get(f"{path}/export"),
            stranger.post(f"{path}/undo"),
            stranger.post(f"{path}/revise", json={"instruction": "shorter"}),
            stranger.put(f"{path}/blocks/0", json={"text": "mine"}),
            stranger.delete(path),
        ):
            assert answer.status_code == 404
        assert stranger.get("/v1/drafts").json() == []
    assert client.get(path).json() == draft


def test_an_order_sent_twice_is_written_once(client: TestClient, draft: dict[str, Any]) -> None:
    key = {"idempotency-key": "order-1"}
    body = {"kind": "review", "items": ["alien-1979"]}
    client.post("/v1/sessions")
    first = client.post("/v1/drafts", json=body, headers=key)
    assert client.post("/v1/drafts", json=body, headers=key).json() == first.json()
    assert len(client.get("/v1/drafts").json()) == 2
