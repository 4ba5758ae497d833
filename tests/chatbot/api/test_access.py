"""Keys, scopes, quotas, signed visitors and sites over HTTP; and what is never told or logged."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from chatbot import Assistant
from chatbot.access.keys import KeyStore
from chatbot.access.signed import sign
from chatbot.access.sites import Site, SiteStore
from chatbot.api.app import create_app
from chatbot.api.callers import recognise
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.tables import api_keys, key_usage, sites


@pytest.fixture(autouse=True)
def clean(assistant: Assistant) -> Iterator[None]:
    yield
    with assistant.database.write() as c:
        for table in (api_keys, key_usage, sites):
            c.execute(table.delete())


@pytest.fixture
def keys(assistant: Assistant) -> KeyStore:
    return KeyStore(assistant.database)


@pytest.fixture
def shop(assistant: Assistant) -> Site:
    return SiteStore(assistant.database).create("shop", ["https://shop.example"], "films")


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def opened(assistant: Assistant, **settings: Any) -> TestClient:
    found = Assistant(assistant.settings.but(**settings), assistant._sessions, assistant._engines)
    return TestClient(create_app(found, page=False))


@pytest.mark.parametrize(
    ("scope", "method", "path", "body"),
    [
        ("chat", "POST", "/v1/sessions", {}),
        ("chat", "GET", "/v1/export", None),
        ("search", "GET", "/v1/search?q=comedies", None),
        ("search", "GET", "/v1/items/alien-1979", None),
        ("drafts", "GET", "/v1/drafts", None),
        ("openai", "GET", "/v1/models", None),
        ("admin", "GET", "/v1/admin/catalogues", None),
    ],
)
def test_a_key_opens_what_its_scopes_name(
    client: TestClient, keys: KeyStore, scope: str, method: str, path: str, body: Any
) -> None:
    _, right = keys.create("right", [scope])
    _, wrong = keys.create("wrong", ["chat" if scope != "chat" else "search"])
    assert client.request(method, path, json=body, headers=bearer(right)).status_code < 300
    refused = client.request(method, path, json=body, headers=bearer(wrong))
    assert refused.status_code == 403
    assert "scope-missing" in refused.text


def test_a_bad_key_is_refused_everywhere_and_never_told(
    client: TestClient, keys: KeyStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key, text = keys.create("gone")
    assert client.get("/v1/search?q=x", headers=bearer(text)).status_code == 200
    keys.revoke(key.id)
    for bad in (text, text[:-2] + "xx", "smk_", "smk_" + "a" * 5000):
        for path in ("/v1/search?q=x", "/v1/sessions", "/v1/admin/status", "/v1/models"):
            answer = client.get(path, headers=bearer(bad))
            assert answer.status_code == 401
            assert "bearer" in answer.headers["www-authenticate"].lower()
            assert text[16:] not in answer.text
    again = {**bearer(text), "idempotency-key": "k"}
    assert client.post("/v1/sessions", headers=again).status_code == 401
    assert text[16:] not in caplog.text


def test_admin_needs_a_key_even_on_this_machine(client: TestClient, keys: KeyStore) -> None:
    assert client.get("/v1/admin/status").status_code == 401
    _, admin = keys.create("ops", ["admin"])
    status = client.get("/v1/admin/status", headers=bearer(admin)).json()
    assert status["ready"] is True
    assert status["turns_at_once"] >= 1
    found = client.get("/v1/admin/catalogues", headers=bearer(admin)).json()
    films = next(c for c in found if c["name"] == "films")
    assert films["items"] == films["serving"] > 100
    one = client.get("/v1/admin/catalogues/films", headers=bearer(admin)).json()
    assert one["revision"] == films["revision"]
    assert client.get("/v1/admin/catalogues/none", headers=bearer(admin)).status_code == 404
    missing = client.post("/v1/admin/catalogues/none/reindex", headers=bearer(admin))
    assert missing.status_code == 404


def test_an_operator_exports_and_erases_a_person(
    client: TestClient, keys: KeyStore, shop: Site
) -> None:
    signed = sign("shop", shop.secret, "c42", int(time.time()) + 60)
    session = client.post("/v1/sessions", headers={"sommelier-visitor": signed}).json()["id"]
    _, admin = keys.create("ops", ["admin"])
    path = "/v1/admin/users/site:shop:c42"
    kept = client.get(f"{path}/export", headers=bearer(admin)).json()
    assert kept["sessions"][0]["session"]["id"] == session
    assert client.delete(path, headers=bearer(admin)).json() == {"erased": True, "sessions": 1}
    assert client.get(f"{path}/export", headers=bearer(admin)).json()["sessions"] == []


def test_quotas_of_a_key(client: TestClient, keys: KeyStore) -> None:
    _, text = keys.create("small", ["chat"], per_day=2)
    session = client.post("/v1/sessions", headers=bearer(text)).json()["id"]
    path = f"/v1/sessions/{session}/turns"
    codes = [
        client.post(path, json={"text": "comedies"}, headers=bearer(text)).status_code
        for _ in range(3)
    ]
    assert codes == [200, 200, 429]
    last = client.post(path, json={"text": "comedies"}, headers=bearer(text))
    assert last.json()["code"] == "quota-used-up"
    assert 0 < int(last.headers["retry-after"]) <= 86400
    _, slow = keys.create("slow", ["search"], per_minute=2)
    codes = [client.get("/v1/search?q=x", headers=bearer(slow)).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert client.get("/v1/search?q=x").status_code == 200  # others are not its concern


def test_two_keys_do_not_see_each_others_sessions(client: TestClient, keys: KeyStore) -> None:
    (_, one), (_, two) = keys.create("one"), keys.create("two")
    session = client.post("/v1/sessions", headers=bearer(one)).json()["id"]
    assert client.get(f"/v1/sessions/{session}", headers=bearer(one)).status_code == 200
    assert client.get(f"/v1/sessions/{session}", headers=bearer(two)).status_code == 404
    assert client.get(f"/v1/sessions/{session}").status_code == 404


def test_a_signed_visitor_goes_on_from_another_device(
    client: TestClient, assistant: Assistant, shop: Site
) -> None:
    def header(visitor: str, left: int = 600, secret: str = shop.secret) -> dict[str, str]:
        return {"sommelier-visitor": sign("shop", secret, visitor, int(time.time()) + left)}

    made = client.post("/v1/sessions", headers=header("c42"))
    assert made.status_code == 201
    assert "set-cookie" not in made.headers
    path = f"/v1/sessions/{made.json()['id']}"
    client.post(f"{path}/turns", json={"text": "no horror please"}, headers=header("c42"))
    with TestClient(create_app(assistant, page=False)) as phone:
        assert len(phone.get(path, headers=header("c42", 60)).json()["turns"]) == 1
        assert [s["id"] for s in phone.get("/v1/sessions", headers=header("c42")).json()]
        assert phone.get(path, headers=header("c43")).status_code == 404
        assert phone.get(path).status_code == 404
        for wrong in (
            header("c42", -1),
            header("c42", secret="x" * 43),
            {"sommelier-visitor": "shop:c42"},
            {"sommelier-visitor": ""},
        ):
            refused = phone.get(path, headers=wrong)
            assert refused.status_code == 401
            assert refused.json()["code"] == "visitor-not-recognised"
    SiteStore(assistant.database).change("shop", renew=True)
    assert client.get(path, headers=header("c42")).status_code == 401  # signed with the old secret


def test_a_key_can_be_demanded(assistant: Assistant, keys: KeyStore, shop: Site) -> None:
    _, text = keys.create("till")
    with opened(assistant, require_key=True) as client:
        for method, path in (
            ("POST", "/v1/sessions"),
            ("GET", "/v1/search?q=x"),
            ("GET", "/v1/drafts"),
            ("POST", "/v1/chat/completions"),
            ("GET", "/v1/export"),
        ):
            refused = client.request(method, path)
            assert refused.status_code == 401, path
        assert client.get("/healthz").status_code == 200
        page_of_ours = Request({"type": "http", "path": "/studio/api/start", "headers": []})
        services = client.app.state.services  # type: ignore[attr-defined]
        assert asyncio.run(recognise(services, page_of_ours)).visitor.fresh
        assert client.post("/v1/sessions", headers=bearer(text)).status_code == 201
        signed = sign("shop", shop.secret, "c42", int(time.time()) + 60)
        vouched = client.post("/v1/sessions", headers={"sommelier-visitor": signed})
        assert vouched.status_code == 201
        page = {"origin": "https://shop.example", "sec-fetch-site": "cross-site"}
        assert client.post("/v1/sessions", headers=page).status_code == 201


def test_a_sites_page_gets_the_sites_catalogue(client: TestClient, shop: Site) -> None:
    page = {"origin": "https://shop.example", "sec-fetch-site": "cross-site"}
    made = client.post("/v1/sessions", headers=page).json()
    assert made["catalogue"] == shop.catalogue
    assert shop.secret not in str(made)


def test_nothing_of_a_visitor_opens_to_another(client: TestClient, assistant: Assistant) -> None:
    session = client.post("/v1/sessions").json()["id"]
    said = client.post(f"/v1/sessions/{session}/turns", json={"text": "comedies"}).json()
    order = {"kind": "review", "items": ["alien-1979"]}
    draft = client.post("/v1/drafts", json=order).json()["id"]
    item = said["items"][0]["id"]
    body = {"session": session, "item": item, "verdict": "love"}
    verdict = client.post("/v1/feedback", json=body).json()["id"]
    described = client.get("/openapi.json").json()
    bodies = {
        "/v1/sessions/{session_id}/turns": {"text": "hi"},
        "/v1/sessions/{session_id}/profile": {"clear": True},
        "/v1/sessions/{session_id}/support": {"solved": True},
        "/v1/drafts/{draft_id}/revise": {"instruction": "shorter"},
        "/v1/drafts/{draft_id}/blocks/{block}": {"text": "mine"},
        "/v1/drafts/{draft_id}/show": {"version": 1},
        "/v1/drafts/{draft_id}/ledger": {"block": 0, "position": 0, "how": "remove"},
        "/v1/drafts/{draft_id}/fate": {"fate": "thrown"},
    }
    asked = 0
    with TestClient(create_app(assistant, page=False)) as stranger:
        stranger.post("/v1/sessions")
        for path, methods in described["paths"].items():
            if "{session_id}" not in path and "{draft_id}" not in path:
                continue
            target = path.format(session_id=session, draft_id=draft, block=0)
            for method in methods:
                query = {"old": 1, "new": 1} if path.endswith("/diff") else {}
                found = stranger.request(method, target, json=bodies.get(path), params=query)
                assert found.status_code == 404, (method, path, found.text)
                asked += 1
        undo = stranger.delete(f"/v1/feedback/{verdict}", params={"session": session})
        assert undo.status_code == 404
        ordered = stranger.post("/v1/drafts", json={"kind": "review", "session": session})
        assert ordered.status_code == 404
    assert asked >= 20
    assert client.get(f"/v1/drafts/{draft}").json()["version"] == 1
    assert len(client.get(f"/v1/sessions/{session}").json()["turns"]) == 1
    client.delete(f"/v1/drafts/{draft}")


def test_secrets_stay_out_of_every_answer(client: TestClient, keys: KeyStore, shop: Site) -> None:
    _, admin = keys.create("ops", ["admin"])
    told = client.get("/v1/admin/sites", headers=bearer(admin)).text
    assert "https://shop.example" in told
    assert shop.secret not in told
    assert admin not in client.get("/metrics").text


def test_reindexing_makes_every_process_look_again(
    client: TestClient, keys: KeyStore, assistant: Assistant
) -> None:
    films = assistant.catalogue("films")
    store = CatalogueStore(assistant.database)
    before = store.save("tiny", films.schema, films.items[:3])
    try:
        _, admin = keys.create("ops", ["admin"])
        begun = client.post("/v1/admin/catalogues/tiny/reindex", headers=bearer(admin))
        assert begun.status_code == 202
        assert begun.json()["revision"] == store.revision("tiny") != before
        assert store.count("tiny") == 3
    finally:
        store.delete("tiny")
