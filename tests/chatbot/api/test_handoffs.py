"""A person's words on their way: from a desk's program or the operator's page to the visitor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from chatbot import Assistant
from chatbot.access.keys import KeyStore
from chatbot.api.app import create_app
from chatbot.engines import Engines
from chatbot.storage.sessions import StoredSessions
from chatbot.storage.tables import api_keys, desk_cases, handoffs

MINE = {"authorization": "Bearer " + "m" * 40}
THEIRS = {"authorization": "Bearer " + "t" * 40}
EVIL = "<script>alert(1)</script>\" onload='x"
OPERATOR = "the operator's key"


@pytest.fixture
def assistant(engines: Engines) -> Iterator[Assistant]:
    settings = engines.settings.but(handoff_page="yes", operator_key=OPERATOR)
    made = Assistant(settings, StoredSessions(engines.database), engines)
    yield made
    assert made.desk is not None
    made.desk.close()
    with engines.database.write() as c:
        for table in (api_keys, desk_cases, handoffs):
            c.execute(table.delete())


@pytest.fixture
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant, page=False)) as opened:
        yield opened


def key(assistant: Assistant, *scopes: str) -> dict[str, str]:
    _, text = KeyStore(assistant.database).create("desk", scopes)
    return {"authorization": f"Bearer {text}"}


def called(client: TestClient, text: str = "talk to a human", language: str = "en") -> Any:
    """(session, id of the handoff)."""
    of = client.post("/v1/sessions", json={"language": language}, headers=MINE).json()["id"]
    reply = say(client, of, text)
    assert reply["handoff"]["state"] == "delivered"
    return of, reply["handoff"]["id"]


def say(client: TestClient, of: str, text: str) -> Any:
    answer = client.post(f"/v1/sessions/{of}/turns", json={"text": text}, headers=MINE)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_person_answers_and_ends_it(client: TestClient, assistant: Assistant) -> None:
    desk = key(assistant, "desk")
    of, handoff = called(client)
    where, mine = f"/v1/admin/handoffs/{handoff}", f"/v1/sessions/{of}/messages"
    assert client.get(mine, headers=MINE).json() == {
        "state": "waiting", "person": "", "messages": [],
    }  # fmt: skip
    (listed,) = client.get("/v1/admin/handoffs", headers=desk).json()
    assert (listed["id"], listed["state"], listed["reason"]) == (handoff, "waiting", "request")
    assert listed["catalogue"] == "films"
    made = client.post(f"{where}/messages", json={"text": EVIL, "name": "Anna"}, headers=desk)
    assert made.status_code == 201
    assert made.json()["number"] == 1
    found = client.get(mine, headers=MINE).json()
    assert (found["state"], found["person"]) == ("held", "Anna")
    assert [m["text"] for m in found["messages"]] == [EVIL]  # text is text; pages escape it
    assert client.get(f"{mine}?after=1", headers=MINE).json()["messages"] == []
    seen = client.get(mine, headers={**MINE, "last-event-id": "1"}).json()
    assert seen["messages"] == []

    reply = say(client, of, "I want sci-fi films")
    assert (reply["action"], reply["items"]) == ("handoff", [])
    assert (reply["handoff"]["state"], reply["handoff"]["person"]) == ("held", "Anna")
    assert "I do not answer myself" in reply["text"]
    assert reply["suggestions"] == ["Back to the assistant"]
    whole = client.get(where, headers=desk).json()
    assert [t["role"] for t in whole["transcript"]] == ["user", "assistant", "person", "user"]
    assert whole["transcript"][-1]["text"] == "I want sci-fi films"

    ended = client.post(f"{where}/close", json={"resolution": "solved"}, headers=desk).json()
    assert (ended["state"], ended["closed_by"]) == ("closed", "desk")
    assert client.get("/v1/admin/handoffs", headers=desk).json() == []
    assert len(client.get("/v1/admin/handoffs?state=all", headers=desk).json()) == 1
    standing = client.get(f"/v1/sessions/{of}/support", headers=MINE).json()
    assert (standing["resolution"], standing["handoff"]["state"]) == ("by_person", "closed")
    assert [m["kind"] for m in client.get(mine, headers=MINE).json()["messages"]] == [
        "person", "closed",
    ]  # fmt: skip
    assert say(client, of, "I want sci-fi films")["action"] == "recommend"
    late = client.post(f"{where}/messages", json={"text": "wait"}, headers=desk)
    assert late.status_code == 422
    read = client.get(f"/v1/sessions/{of}", headers=MINE).json()
    assert [(m["kind"], m["turn"]) for m in read["messages"]] == [("person", 1), ("closed", 2)]


def test_only_the_desk_may_answer(client: TestClient, assistant: Assistant) -> None:
    of, handoff = called(client)
    paths = [
        ("GET", "", None), ("GET", f"/{handoff}", None),
        ("POST", f"/{handoff}/messages", {"text": "x"}), ("POST", f"/{handoff}/close", {}),
    ]  # fmt: skip
    for method, path, body in paths:
        for headers, status in (
            (MINE, 401), (key(assistant, "chat", "search"), 403), (key(assistant, "admin"), 0),
        ):  # fmt: skip
            answer = client.request(method, f"/v1/admin/handoffs{path}", json=body, headers=headers)
            assert (answer.status_code == status) if status else (answer.status_code < 300)
    desk = key(assistant, "desk")
    assert client.get("/v1/admin/status", headers=desk).status_code == 403
    assert client.get("/v1/admin/users/x/export", headers=desk).status_code == 403
    assert client.get(f"/v1/sessions/{of}/messages", headers=THEIRS).status_code == 404
    missing = client.post("/v1/admin/handoffs/none/messages", json={"text": "x"}, headers=desk)
    assert missing.status_code == 404


@pytest.mark.parametrize(("back", "words"), [
    ("Back to the assistant", "the assistant, again"), ("回到智能助手", "智能助手"),
])  # fmt: skip
def test_the_visitor_leaves_in_words(
    client: TestClient, assistant: Assistant, back: str, words: str
) -> None:
    of, handoff = called(client)
    assert assistant.desk is not None
    assistant.desk.answer(handoff, "Hello", "Anna")
    reply = say(client, of, back)
    assert words in reply["text"]
    assert client.get(f"/v1/sessions/{of}/messages", headers=MINE).json()["state"] == "closed"
    assert say(client, of, "I want sci-fi films")["action"] == "recommend"


def test_the_visitor_leaves_by_a_button(client: TestClient, assistant: Assistant) -> None:
    of, handoff = called(client, "我要找人工客服", "zh")
    assert assistant.desk is not None
    assistant.desk.answer(handoff, "你好", "小安")
    assert "小安已接手" in say(client, of, "有人吗")["text"]
    where = f"/v1/sessions/{of}/support"
    assert client.post(where, json={"back": True}, headers=MINE).json()["handoff"]["state"] == (
        "closed"
    )
    other = client.post("/v1/sessions", json={}, headers=MINE).json()["id"]
    none = client.post(f"/v1/sessions/{other}/support", json={"back": True}, headers=MINE)
    assert none.status_code == 422


def test_a_visitor_gets_all_of_it_and_can_erase_it(
    client: TestClient, assistant: Assistant
) -> None:
    of, handoff = called(client)
    assert assistant.desk is not None
    assistant.desk.answer(handoff, "the word is xyzzy", "Anna")
    assert "xyzzy" in client.get("/v1/export", headers=MINE).text
    client.delete("/v1/me", headers=MINE)
    assert assistant.desk.cases.said(of) == ()
    assert client.get("/v1/admin/handoffs", headers=key(assistant, "desk")).json() == []


def test_the_operators_page_answers_too(client: TestClient, assistant: Assistant) -> None:
    of, handoff = called(client, f"talk to a human {EVIL}")
    assert client.post("/operator/login", data={"key": OPERATOR}).status_code == 200
    page = client.get("/operator/handoffs").text
    assert "1 open, 1 of them wait" in page
    assert "<script>alert" not in page
    assert f'value="{handoff}"' in page
    data = {"id": handoff, "text": f"Hello {EVIL}", "name": "Anna"}
    said = client.post("/operator/say", data=data).text
    assert "Said. The visitor sees it" in said
    assert "<script>alert" not in said
    assert "1 open, 0 of them wait" in said
    assert 'value="Anna"' in said  # the name stays
    found = client.get(f"/v1/sessions/{of}/messages", headers=MINE).json()
    assert found["messages"][0]["text"] == f"Hello {EVIL}"
    say(client, of, "thank you")
    assert "your turn" in client.get("/operator/handoffs").text
    assert client.post("/operator/close", data={"id": handoff, "resolution": "x"}).status_code == (
        422
    )
    done = client.post("/operator/close", data={"id": handoff, "resolution": "solved"}).text
    assert "Nobody waits for a person" in done
    overview = client.get("/operator/overview").text
    assert "a person solved it" in overview
    assert client.get(f"/v1/sessions/{of}/messages", headers=MINE).json()["state"] == "closed"


def test_nobody_answers_from_the_page_without_a_ticket(
    client: TestClient, assistant: Assistant
) -> None:
    of, handoff = called(client)
    for act in ("say", "close"):
        answer = client.post(f"/operator/{act}", data={"id": handoff, "text": "x"},
                             follow_redirects=False)  # fmt: skip
        assert (answer.status_code, answer.headers["location"]) == (303, "/operator")
    assert client.get(f"/v1/sessions/{of}/messages", headers=MINE).json()["messages"] == []
