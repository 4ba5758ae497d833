"""The operator's page over HTTP: who gets in, what it may do, that it changes what is answered."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from chatbot import Assistant
from chatbot.api.app import create_app
from chatbot.api.operating import POLICY
from chatbot.engines import Engines
from chatbot.knowledge.store import KnowledgeStore
from chatbot.storage.sessions import StoredSessions

KEY = "the operator's key"
CROSS = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}


@pytest.fixture
def assistant(engines: Engines) -> Iterator[Assistant]:
    made = Assistant(
        engines.settings.but(operator_key=KEY), StoredSessions(engines.database), engines
    )
    yield made
    assert made.desk is not None
    made.desk.close()
    store = KnowledgeStore(engines.database)
    for document in store.documents("films"):
        store.delete("films", document.source)


@pytest.fixture
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant, page=False)) as opened:
        yield opened


@pytest.fixture
def operator(client: TestClient) -> TestClient:
    assert client.post("/operator/login", data={"key": KEY}).status_code == 200
    return client


TABS = ("overview", "unanswered", "items", "handoffs", "help", "try")


def test_nobody_gets_in_without_a_key(client: TestClient) -> None:
    first = client.get("/operator")
    assert first.status_code == 401
    assert "Sign in" in first.text
    assert client.post("/operator/login", data={"key": "guess"}).status_code == 401
    assert client.post("/operator/login", data={}).status_code == 401
    for tab in TABS:
        answer = client.get(f"/operator/{tab}", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/operator")
    for act in ("retry", "edit", "answer", "delete"):
        answer = client.post(f"/operator/{act}", data={"catalogue": "films"},
                             follow_redirects=False)  # fmt: skip
        assert (answer.status_code, answer.headers["location"]) == (303, "/operator")


def test_a_ticket_is_kept_from_scripts_and_from_other_sites(client: TestClient) -> None:
    answer = client.post("/operator/login", data={"key": KEY}, follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/operator" in cookie
    refused = client.post("/operator/login", data={"key": KEY}, headers=CROSS)
    assert refused.status_code == 403


def test_without_a_key_the_token_opens_from_this_machine_only(engines: Engines) -> None:
    made = Assistant(engines.settings, StoredSessions(engines.database), engines)
    app = create_app(made, page=False)
    token = app.state.operator.token
    assert len(token) >= 24
    with TestClient(app, client=("127.0.0.1", 5)) as here:
        far = here.post("/operator/login", data={"key": token}, headers={"host": "evil.example"})
        assert far.status_code == 401
        proxied = here.post("/operator/login", data={"key": token},
                            headers={"x-forwarded-for": "1.2.3.4"})  # fmt: skip
        assert proxied.status_code == 401
        assert here.post("/operator/login", data={"key": token}).status_code == 200
        assert here.get("/operator/overview").status_code == 200
    with TestClient(app, client=("192.0.2.7", 5)) as there:
        assert there.post("/operator/login", data={"key": token}).status_code == 401


def test_pages_have_a_strict_policy_and_keep_to_it(operator: TestClient) -> None:
    for tab in TABS:
        answer = operator.get(f"/operator/{tab}")
        assert answer.status_code == 200
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(r"<script(?![^>]*src=)|style=|\son\w+=|<style", answer.text)
    assert "unsafe" not in POLICY
    for name in ("operator.css", "operator.js"):
        found = operator.get(f"/operator/static/{name}")
        assert found.status_code == 200
        again = {"if-none-match": found.headers["etag"]}
        assert operator.get(f"/operator/static/{name}", headers=again).status_code == 304
    assert operator.get("/operator/static/widget.js").status_code == 404
    assert operator.get("/operator/nothing").status_code == 404


def test_a_question_is_answered_edited_tried_and_taken_out(
    operator: TestClient, assistant: Assistant
) -> None:
    shown = operator.post(
        "/operator/answer",
        data={"catalogue": "films", "question": "Where can I park?", "url": "",
              "answer": "Behind the cinema, for three hours.", "asked": "is there parking\n\n"},
    )  # fmt: skip
    assert shown.status_code == 200
    assert "Put into the help pages" in shown.text
    assert "Behind the cinema" in shown.text
    store = KnowledgeStore(assistant.database)
    (passage,) = store.passages("films")
    assert passage.asked == ("is there parking",)
    change = {"catalogue": "films", "passage": passage.id, "text": "In front of the cinema."}
    edited = operator.post("/operator/edit", data=change)
    assert "In front of the cinema" in edited.text
    assert store.passages("films")[0].text == "In front of the cinema."
    tried = operator.get("/operator/try", params={"q": "sci-fi films", "catalogue": "films"})
    assert "What decided" in tried.text
    assert "intent recommend" in tried.text
    gone = operator.post("/operator/delete", data={"catalogue": "films", "source": passage.source})
    assert "Deleted" in gone.text
    assert store.passages("films") == ()


@pytest.mark.parametrize(
    ("act", "data", "status"),
    [("edit", {"catalogue": "films", "passage": "none", "text": "x"}, 404),
     ("edit", {"catalogue": "films", "passage": "none", "text": " "}, 422),
     ("answer", {"catalogue": "films", "question": "", "answer": "x"}, 422),
     ("answer", {"catalogue": "nowhere", "question": "q", "answer": "x"}, 404),
     ("answer", {"catalogue": "films", "question": "q", "answer": "x", "url": "javascript:1"}, 422),
     ("retry", {"id": "none"}, 404)],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(
    operator: TestClient, act: str, data: dict[str, str], status: int
) -> None:
    assert operator.post(f"/operator/{act}", data=data).status_code == status


def test_unanswered_questions_and_handoffs_show_up(operator: TestClient) -> None:
    of = operator.post("/v1/sessions", json={"language": "en"}).json()["id"]
    for text in ("qwzx blorb frobnicate?", "talk to a human <b>now</b>"):
        operator.post(f"/v1/sessions/{of}/turns", json={"text": text})
    page = operator.get("/operator/unanswered").text
    assert "qwzx blorb frobnicate?" in page
    assert "not set up" in operator.get("/operator/handoffs").text
    assert "Conversations" in operator.get("/operator/overview", params={"days": "x"}).text


def test_signing_out_ends_it(operator: TestClient) -> None:
    ticket = operator.cookies["sommelier_operator"]
    operator.post("/operator/logout")
    operator.cookies.set("sommelier_operator", ticket, path="/operator")
    assert operator.get("/operator/overview", follow_redirects=False).status_code == 303
