"""What the embedded chat asks of the server, and what pages of other origins may read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from chatbot import Assistant
from chatbot.access.sites import SiteStore
from chatbot.api.app import create_app
from chatbot.engines import Engines
from chatbot.storage.sessions import StoredSessions

SHOP = "https://shop.example"
STRANGER = "https://stranger.example"
MINE = {"authorization": "Bearer " + "m" * 40}
THEIRS = {"authorization": "Bearer " + "t" * 40}


@pytest.fixture
def kept(engines: Engines) -> Iterator[TestClient]:
    """A server that keeps its conversations, with one site."""
    store = SiteStore(engines.database)
    options = {
        "title": "Film desk", "handoff_webhook": "http://10.1.2.3/", "handoff_secret": "hush",
        "handoff_contact": "care@shop.example",
    }  # fmt: skip
    store.create("shop", [SHOP], "films", options)
    store.create("quiet", ["https://quiet.example"], "films")
    assistant = Assistant(engines.settings, StoredSessions(engines.database), engines)
    try:
        with TestClient(create_app(assistant, page=False)) as client:
            yield client
    finally:
        assert assistant.desk is not None
        assistant.desk.close()
        store.delete("shop")
        store.delete("quiet")


def session(client: TestClient, origin: str = SHOP) -> str:
    made = client.post("/v1/sessions", json={}, headers={**MINE, "origin": origin})
    assert made.status_code == 201
    return str(made.json()["id"])


def say(client: TestClient, of: str, text: str, origin: str = SHOP) -> Any:
    found = client.post(
        f"/v1/sessions/{of}/turns", json={"text": text}, headers={**MINE, "origin": origin}
    )
    assert found.status_code == 200, found.text
    return found.json()


def test_the_script_is_small_and_cached(client: TestClient) -> None:
    first = client.get("/widget.js", headers={"origin": STRANGER})
    assert first.status_code == 200
    assert first.headers["content-type"].startswith("text/javascript")
    assert len(first.content) < 30_000
    assert "max-age" in first.headers["cache-control"]
    assert first.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "set-cookie" not in first.headers
    again = client.get("/widget.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/widget.js", headers={"if-none-match": '"old"'}).status_code == 200
    assert client.head("/widget.js").headers["etag"] == first.headers["etag"]


def test_the_script_makes_no_markup_and_no_code_of_texts(client: TestClient) -> None:
    source = client.get("/widget.js").text
    signs = (
        "innerHTML outerHTML insertAdjacentHTML eval( document.write document.cookie "
        "createElement('style http:// cdn"
    )
    for sign in (*signs.split(), "new Function"):
        assert sign not in source.replace("http://www.w3.org/2000/svg", "")


def test_looks_are_for_the_sites_own_pages(kept: TestClient) -> None:
    found = kept.get("/v1/widget/shop", headers={"origin": SHOP})
    assert found.status_code == 200
    assert found.headers["access-control-allow-origin"] == SHOP
    assert found.json()["options"] == {"title": "Film desk"}  # nothing of the desk
    assert "hush" not in found.text
    assert len(found.json()["suggestions"]["zh"]) == 4
    for other in (STRANGER, "https://quiet.example", "null"):
        refused = kept.get("/v1/widget/shop", headers={"origin": other})
        assert refused.status_code == 403
    assert kept.get("/v1/widget/nowhere").status_code == 404


def preflight(
    client: TestClient, origin: str, path: str = "/v1/sessions", method: str = "POST"
) -> Any:
    asked = {"origin": origin, "access-control-request-method": method,
             "access-control-request-headers": "authorization, last-event-id"}  # fmt: skip
    return client.options(path, headers=asked)


def test_only_allowed_origins_may_read(kept: TestClient) -> None:
    found = preflight(kept, SHOP)
    assert found.status_code == 204
    assert found.headers["access-control-allow-origin"] == SHOP
    assert "last-event-id" in found.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in found.headers
    for origin in (STRANGER, "null", "https://shop.example.evil.example", "http://shop.example",
                   "https://SHOP.example", SHOP + "/"):  # fmt: skip
        refused = preflight(kept, origin)
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers
        read = kept.get("/v1/search?q=alien", headers={"origin": origin})
        assert "access-control-allow-origin" not in read.headers
    read = kept.get("/v1/search?q=alien", headers={"origin": SHOP})
    assert read.headers["access-control-allow-origin"] == SHOP
    assert "origin" in read.headers["vary"].lower()


def test_every_method_that_the_api_has_is_allowed_to_allowed_origins(kept: TestClient) -> None:
    document = kept.get("/openapi.json").json()
    used = {m.upper() for path, on in document["paths"].items() if path.startswith("/v1/")
            for m in on}  # fmt: skip
    assert {"PUT", "PATCH", "DELETE"} <= used
    for method in sorted(used):
        found = preflight(kept, SHOP, "/v1/drafts/d/blocks/1", method)
        assert method in found.headers["access-control-allow-methods"].split(", ")
        refused = preflight(kept, STRANGER, "/v1/drafts/d/blocks/1", method)
        assert refused.status_code == 403
        assert "access-control-allow-methods" not in refused.headers
    changed = kept.put(
        "/v1/drafts/d/blocks/1", json={"text": "x"}, headers={**MINE, "origin": SHOP}
    )
    assert changed.headers["access-control-allow-origin"] == SHOP  # 404, but readable
    foreign = {**MINE, "origin": STRANGER, "sec-fetch-site": "cross-site"}
    assert kept.put("/v1/drafts/d/blocks/1", json={}, headers=foreign).status_code == 403


def test_errors_can_be_read_too_and_nothing_outside_the_api(kept: TestClient) -> None:
    missing = kept.get("/v1/sessions/none", headers={**MINE, "origin": SHOP})
    assert missing.status_code == 404
    assert missing.headers["access-control-allow-origin"] == SHOP
    for path in ("/metrics", "/readyz", "/operator"):
        assert "access-control-allow-origin" not in kept.get(path, headers={"origin": SHOP}).headers


def test_a_conversation_knows_its_site_and_stands_truthfully(kept: TestClient) -> None:
    of = session(kept)
    where = f"/v1/sessions/{of}/support"
    assert kept.get(where, headers=MINE).json() == {
        "resolution": None, "handoff": None, "ask_csat": False,
    }  # fmt: skip
    reply = say(kept, of, "talk to a human")
    assert reply["action"] == "handoff"
    # Its webhook is a private address that the server's operator has not allowed.
    assert reply["handoff"]["state"] == "failed"
    assert "care@shop.example" in reply["text"]
    standing = kept.get(where, headers=MINE).json()
    assert standing["handoff"]["state"] == "failed"
    assert standing["resolution"] == "escalated"
    assert standing["ask_csat"] is True
    rated = kept.post(where, json={"csat": 2, "comment": "slow"}, headers=MINE)
    assert rated.json()["ask_csat"] is False
    assert kept.post(where, json={"csat": 3}, headers=MINE).status_code == 422
    assert kept.get(where, headers=THEIRS).status_code == 404
    assert kept.post(where, json={"solved": True}, headers=THEIRS).status_code == 404


def test_a_site_without_a_desk_says_so(kept: TestClient) -> None:
    origin = "https://quiet.example"
    reply = say(kept, session(kept, origin), "我要找人工客服", origin)
    assert reply["handoff"]["state"] == "unavailable"
    assert "还没有设置人工客服" in reply["text"]


def test_solved_or_not_is_the_visitors_to_say(kept: TestClient) -> None:
    where = f"/v1/sessions/{session(kept)}/support"
    said = kept.post(where, json={"solved": False}, headers=MINE).json()
    assert said["resolution"] == "unresolved"
    said = kept.post(where, json={"solved": True}, headers=MINE).json()
    assert said["resolution"] == "confirmed"


@pytest.mark.parametrize(
    "body", [{}, {"csat": 6}, {"csat": -1}, {"contact": "  "}, {"solved": "x"}, {"other": 1},
             {"contact": "a@b.example"}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(kept: TestClient, body: dict[str, Any]) -> None:
    answer = kept.post(f"/v1/sessions/{session(kept)}/support", json=body, headers=MINE)
    assert answer.status_code == 422
