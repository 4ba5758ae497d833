"""The operator's page in a real browser: in by the printed token, under its own strict policy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatbot.knowledge import Document, Section
from chatbot.knowledge.store import KnowledgeStore
from chatbot.storage.database import Database

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address with the token, as `serve` prints it."""
    data = tmp_path_factory.mktemp("operated")
    database = Database.open(data / "sommelier.db")
    section = Section(("How can I pay?",), "By card or by invoice.", kind="answer")
    document = Document("pay", "Paying", "en", "", (section,))
    KnowledgeStore(database).put("films", document)
    database.close()
    environment = os.environ | {"SOMMELIER_DATA_DIR": str(data), "SOMMELIER_EMBEDDER": "hash"}
    app = subprocess.Popen(
        [sys.executable, "app.py", "serve", "--port", "0", "--llm", "none"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert app.stdout is not None
    assert app.stderr is not None
    try:
        for line in app.stderr:
            found = re.search(r"http://\S+/operator#\S+", line)
            if found:
                break
        else:
            raise AssertionError("no address was printed")
        yield found[0]
    finally:
        app.terminate()
        app.communicate(timeout=20)


def test_an_operator_edits_and_tries(browser: Any, door: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        page.set_default_timeout(60_000)
        complaints: list[str] = []
        page.on(
            "console",
            lambda m: complaints.append(m.text) if m.type == "error" and "401" not in m.text else 0,
        )
        page.on("pageerror", lambda e: complaints.append(str(e)))
        page.goto(door)
        page.wait_for_url("**/operator/overview")
        assert "#" not in page.url
        page.get_by_role("link", name="Help pages").click()
        page.get_by_text("How can I pay?").click()
        page.get_by_label("Text").fill("By card, by invoice or in cash.")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("status").filter(has_text="Saved").wait_for()
        assert page.get_by_label("Text").input_value() == "By card, by invoice or in cash."
        page.get_by_role("link", name="Try a question").click()
        page.get_by_placeholder("What a visitor would write").fill("sci-fi films")
        page.get_by_role("button", name="Try").click()
        page.get_by_role("heading", name="What decided").wait_for()
        page.get_by_role("link", name="Help pages").click()
        page.on("dialog", lambda d: d.accept())
        page.get_by_role("button", name="Delete").click()
        page.get_by_text("films has no help pages").wait_for()
        page.set_viewport_size({"width": 390, "height": 800})
        for tab in ("overview", "unanswered", "items", "handoffs", "help", "try"):
            page.goto(door.partition("#")[0] + "/" + tab)
            assert page.evaluate(
                "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            )
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("Key").wait_for()
        assert complaints == []
    finally:
        context.close()
