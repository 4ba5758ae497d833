"""Writes down what the API answers, as the examples of its description.

    python -m benchmarks.api_examples

Drives every operation once over a fresh database and keeps what was sent and answered, shortened,
in `chatbot/api/static/examples.json`. Ids are replaced, so that another run changes little.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from chatbot import Assistant
from chatbot.access.keys import KeyStore
from chatbot.access.sites import SiteStore
from chatbot.api.app import create_app
from chatbot.settings import Settings

TARGET = Path(__file__).resolve().parents[1] / "chatbot" / "api" / "static" / "examples.json"
LONGEST = 400
MOST = 2


class Recorder:
    """Sends requests and keeps them with their answers, by operation."""

    def __init__(self, client: TestClient, document: dict[str, Any]) -> None:
        self._client = client
        self.found: dict[str, Any] = {}
        self._known = {
            (method, path): operation["operationId"]
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        at: str | None = None,
        keep: bool = True,
        **more: Any,
    ) -> Any:
        """Send one request; `at` is its path template where it has parameters. Without `keep` it
        is no example.
        """
        answer = self._client.request(method, path, json=body, **more)
        assert answer.status_code < 400, (method, path, answer.status_code, answer.text)
        if not keep:
            return answer.json()
        name = self._known[method.lower(), at or path.partition("?")[0]]
        kept = self.found.setdefault(name, {})
        if body is not None:
            kept["request"] = shortened(body, cut=False)
        media = answer.headers.get("content-type", "").partition(";")[0]
        if answer.content:
            shown = answer.json() if media == "application/json" else answer.text[:LONGEST]
            if media.startswith("application/vnd."):
                shown = "(a file)"
            kept.setdefault("responses", {}).setdefault(str(answer.status_code), {})[media] = (
                shortened(shown)
            )
        return answer.json() if media == "application/json" and answer.content else answer.text


def shortened(value: Any, *, cut: bool = True) -> Any:
    """`value` without what a reader does not need: long lists, long texts."""
    if isinstance(value, dict):
        return {key: shortened(part, cut=cut) for key, part in value.items()}
    if isinstance(value, list):
        return [shortened(part, cut=cut) for part in (value[:MOST] if cut else value)]
    if isinstance(value, str) and cut and len(value) > LONGEST:
        return value[:LONGEST].rstrip() + " …"
    if isinstance(value, float) and not value.is_integer():
        return round(value, 3)
    return value


def steady(text: str) -> str:
    """Ids and moments replaced by others that are always the same."""
    known: dict[str, str] = {}

    def other(match: re.Match[str]) -> str:
        found = match[0]
        if found not in known:
            known[found] = f"{(len(known) + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}"
        return known[found]

    text = re.sub(r"\b[0-9a-f]{32}\b", other, text)
    return re.sub(r"\b1[6-9]\d{8}(?:\.\d+)?\b", "1790000000", text)


def drive(client: TestClient, admin: dict[str, str], document: dict[str, Any]) -> dict[str, Any]:
    """Every operation once."""
    say = Recorder(client, document)
    one = "/v1/sessions/{session_id}"
    session = say("POST", "/v1/sessions", {"catalogue": "films", "language": "en"})["id"]
    path = f"/v1/sessions/{session}"
    first = say(
        "POST", f"{path}/turns", {"text": "I want sci-fi films, nothing scary"}, at=f"{one}/turns"
    )
    say("GET", f"{path}/events", at=f"{one}/events")
    say("POST", f"{path}/stop", at=f"{one}/stop")
    say("PATCH", f"{path}/profile", {"surprise": 0.6}, at=f"{one}/profile")
    say("GET", f"{path}/profile", at=f"{one}/profile")
    say("POST", f"{path}/refresh", at=f"{one}/refresh")
    say("GET", path, at=one)
    say("GET", "/v1/sessions")
    item = first["items"][0]["id"]
    kept = say("POST", "/v1/feedback", {"session": session, "item": item, "verdict": "love"})
    say("DELETE", f"/v1/feedback/{kept['id']}?session={session}", at="/v1/feedback/{feedback_id}")
    say("GET", f"/v1/items/{item}", at="/v1/items/{item_id}")
    say("GET", "/v1/search?q=films+like+Spirited+Away&k=2")
    for name in ("/healthz", "/readyz", "/metrics", "/widget.js"):
        say("GET", name)
    drafts(say)
    say("GET", "/v1/models")
    say("GET", "/v1/models/films", at="/v1/models/{model}")
    say("POST", "/v1/chat/completions", {
        "model": "films",
        "messages": [{"role": "user", "content": "sci-fi films, nothing scary"}],
    })  # fmt: skip
    say("GET", "/v1/admin/status", headers=admin)
    say("GET", "/v1/admin/catalogues", headers=admin)
    catalogue = "/v1/admin/catalogues/{name}"
    say("GET", "/v1/admin/catalogues/films", at=catalogue, headers=admin)
    say("POST", "/v1/admin/catalogues/films/reindex", at=f"{catalogue}/reindex", headers=admin)
    say("GET", "/v1/admin/sites", headers=admin)
    user = "/v1/admin/users/{user}"
    say("GET", "/v1/admin/users/site:shop:c42/export", at=f"{user}/export", headers=admin)
    say("DELETE", "/v1/admin/users/site:shop:c42", at=user, headers=admin)
    say("GET", "/v1/widget/shop", at="/v1/widget/{site}")
    desk(say, path, admin)
    say("GET", "/v1/export")
    say("DELETE", "/v1/me")
    return say.found


def desk(say: Recorder, path: str, admin: dict[str, str]) -> None:
    """A person is called, answers and ends it."""
    one, two = "/v1/sessions/{session_id}", "/v1/admin/handoffs/{handoff_id}"
    say("POST", f"{path}/turns", {"text": "talk to a human"}, at=f"{one}/turns", keep=False)
    (waiting,) = say("GET", "/v1/admin/handoffs", headers=admin)
    where = f"/v1/admin/handoffs/{waiting['id']}"
    words = {"text": "A new pair is on its way.", "name": "Anna"}
    say("POST", f"{where}/messages", words, at=f"{two}/messages", headers=admin)
    say("GET", where, at=two, headers=admin)
    say("GET", f"{path}/messages", at=f"{one}/messages")
    ends = {"resolution": "solved", "name": "Anna"}
    say("POST", f"{where}/close", ends, at=f"{two}/close", headers=admin)
    say("GET", f"{path}/support", at=f"{one}/support")
    say("POST", f"{path}/support", {"csat": 5}, at=f"{one}/support")


def drafts(say: Recorder) -> None:
    """The life of a draft."""
    order = {
        "kind": "article",
        "topic": "two other worlds",
        "items": ["alien-1979", "spirited-away-2001"],
    }
    made = say("POST", "/v1/drafts", order)
    one, path = "/v1/drafts/{draft_id}", f"/v1/drafts/{made['id']}"
    say("GET", "/v1/drafts")
    say("GET", path, at=one)
    say("POST", f"{path}/revise", {"instruction": "shorter"}, at=f"{one}/revise")
    say("GET", f"{path}/versions", at=f"{one}/versions")
    say("GET", f"{path}/diff?old=1&new=2", at=f"{one}/diff")
    say("POST", f"{path}/undo", at=f"{one}/undo")
    say("POST", f"{path}/redo", at=f"{one}/redo")
    say("POST", f"{path}/show", {"version": 1}, at=f"{one}/show")
    block = next(n for n, b in enumerate(made["blocks"]) if b["shape"] == "paragraph")
    say(
        "PUT",
        f"{path}/blocks/{block}",
        {"text": "*Alien* came out in 1955."},
        at=f"{one}/blocks/{{block}}",
    )
    say("GET", f"{path}/ledger", at=f"{one}/ledger")
    say(
        "POST",
        f"{path}/ledger",
        {"block": block, "position": 0, "how": "remove"},
        at=f"{one}/ledger",
    )
    say("GET", f"{path}/export?format=md", at=f"{one}/export")
    say("POST", f"{path}/fate", {"fate": "kept"}, at=f"{one}/fate")
    say("DELETE", path, at=one)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.read({}, data_dir=folder, llm="none", handoff_page="yes")
        with Assistant.open(settings=settings) as assistant:
            _, key = KeyStore(assistant.database).create("operator", ["admin"])
            SiteStore(assistant.database).create("shop", ["https://shop.example"], "films")
            app = create_app(assistant, page=False)
            with TestClient(app) as client:
                document = client.get("/openapi.json").json()
                found = drive(client, {"authorization": f"Bearer {key}"}, document)
    text = steady(json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True))
    TARGET.write_text(text + "\n", encoding="utf-8")
    print("written", TARGET, f"{len(text):,} characters, {len(found)} operations")


if __name__ == "__main__":
    main()
