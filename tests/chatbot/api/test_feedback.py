"""Verdicts over HTTP: they count in the next list, love more than like, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from fastapi.testclient import TestClient

from chatbot import Assistant
from chatbot.api.app import create_app


@pytest.fixture
def client(assistant: Assistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant, page=False)) as opened:
        yield opened


def lists(client: TestClient, verdict: str | None) -> tuple[str, list[str], str]:
    """(the second film of a list, the list after a verdict on it, the session)."""
    session = client.post("/v1/sessions", json={"language": "en"}).json()["id"]

    def say(text: str) -> list[str]:
        answer = client.post(f"/v1/sessions/{session}/turns", json={"text": text})
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    target = say("I want thrillers")[1]
    if verdict is not None:
        given = client.post(
            "/v1/feedback", json={"session": session, "item": target, "verdict": verdict}
        )
        assert given.status_code == 201, given.text
    return target, say("more"), session


def test_a_verdict_moves_the_next_list(client: TestClient, assistant: Assistant) -> None:
    catalogue = assistant.catalogue()

    def kin(target: str, ids: list[str]) -> float:
        names = ("genre", "mood", "theme", "director", "cast")
        mine = {(n, v) for n in names for v in catalogue[target].values(n)}
        return float(
            np.mean([len(mine & {(n, v) for n in names for v in catalogue[i].values(n)})
                     for i in ids])
        )  # fmt: skip

    near = {v: kin(*lists(client, v)[:2]) for v in ("love", "like", None, "dislike")}
    assert min(near["love"], near["like"]) > near[None] >= near["dislike"]


def test_what_was_refused_or_seen_does_not_come_back(
    client: TestClient, assistant: Assistant
) -> None:
    for verdict in ("dislike", "seen", "love"):
        target, following, session = lists(client, verdict)
        assert target not in following
        kept = client.get(f"/v1/sessions/{session}/profile").json()["preferences"]
        stance = {"dislike": "avoid", "seen": "seen", "love": "like"}[verdict]
        assert (target, stance) in {(p["value"], p["stance"]) for p in kept}


def test_the_export_holds_what_was_logged(client: TestClient) -> None:
    _, following, _ = lists(client, "like")
    (session,) = client.get("/v1/export").json()["sessions"]
    logged = [entry["use"]["items"] for entry in session["lists"]]
    assert logged[-1] == following
    assert client.delete("/v1/me").status_code == 200
    assert client.get("/v1/export").json()["sessions"] == []


def test_the_situation_of_a_conversation_is_told_once_and_shown(client: TestClient) -> None:
    made = client.post("/v1/sessions", json={"language": "en", "context": {"company": "kids"}})
    answer = client.post(
        f"/v1/sessions/{made.json()['id']}/turns", json={"text": "I want comedies"}
    ).json()
    reasons = [reason["text"] for item in answer["items"] for reason in item["reasons"]]
    assert any("since you are with kids" in text for text in reasons)
    for context in ({"weather": "rain"}, {"company": "wolves"}):
        assert client.post("/v1/sessions", json={"context": context}).status_code in (400, 422)
