"""Attributes of a person: believed of a site's server, of nobody's browser."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from chatbot import Assistant
from chatbot.access.keys import KeyStore
from chatbot.access.signed import sign
from chatbot.access.sites import SiteStore
from chatbot.storage.people import StoredPeople
from chatbot.storage.tables import api_keys, people, sites

ABOUT = {"about": {"Age_Group": "25-34"}}


@pytest.fixture(autouse=True)
def clean(assistant: Assistant) -> Iterator[None]:
    yield
    with assistant.database.write() as c:
        for table in (api_keys, sites, people):
            c.execute(table.delete())


def test_a_browser_cannot_tell_attributes(client: TestClient) -> None:
    answer = client.post("/v1/sessions", json=ABOUT)
    assert answer.status_code == 401
    assert "site's server" in answer.json()["detail"]
    plain = client.post("/v1/sessions", json=ABOUT, headers={"authorization": "Bearer " + "x" * 40})
    assert plain.status_code == 401  # a secret of one's own vouches for nobody


def test_a_key_and_a_signed_visitor_can(client: TestClient, assistant: Assistant) -> None:
    _, key = KeyStore(assistant.database).create("till", ["chat"])
    shop = SiteStore(assistant.database).create("shop", ["https://shop.example"], "films")
    signed = sign("shop", shop.secret, "c42", int(time.time()) + 60)
    StoredPeople(assistant.database).put("films", [("c42", {"age group": "18", "town": "Ulm"})])
    for headers, expected in (
        ({"authorization": f"Bearer {key}"}, {"age group": "25-34"}),
        ({"sommelier-visitor": signed}, {"age group": "25-34", "town": "Ulm"}),
    ):
        made = client.post("/v1/sessions", json=ABOUT, headers=headers)
        assert made.status_code == 201
        assert assistant.session(made.json()["id"]).about == expected
    kept = client.get("/v1/export", headers={"sommelier-visitor": signed}).json()
    assert kept["imported"]["attributes"][0]["about"] == {"age group": "18", "town": "Ulm"}
    client.delete("/v1/me", headers={"sommelier-visitor": signed})
    assert StoredPeople(assistant.database).of("films", "site:shop:c42") == {}


def test_too_much_is_refused(client: TestClient, assistant: Assistant) -> None:
    _, key = KeyStore(assistant.database).create("till", ["chat"])
    headers = {"authorization": f"Bearer {key}"}
    for about in ({"a": "x" * 61}, {f"a{n}": "1" for n in range(31)}, {"a": 1}):
        assert (
            client.post("/v1/sessions", json={"about": about}, headers=headers).status_code == 422
        )
