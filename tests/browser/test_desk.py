"""A person at the operator's page answers a visitor of the web chat; quoted pages can be read."""

from __future__ import annotations

import os
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
KEY = "the operator's key"
EVIL = "<img src=x onerror=alert(1)> *not bold* https://ridge.example/a_b?c=1&d=2."


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the app answers: films with help pages, people answer on the operator's page."""
    data = tmp_path_factory.mktemp("desk")
    database = Database.open(data / "sommelier.db")
    KnowledgeStore(database).put("films", Document("returns.md", "Returns", "en", sections=(
        Section(("How do I return a disc?",), "Send it back within 30 days, postage paid.",
                "return-a-disc", kind="answer"),
    )))  # fmt: skip
    database.close()
    environment = os.environ | {
        "SOMMELIER_DATA_DIR": str(data),
        "SOMMELIER_EMBEDDER": "hash",
        "SOMMELIER_HANDOFF_PAGE": "yes",
        "SOMMELIER_OPERATOR_KEY": KEY,
    }
    app = subprocess.Popen(
        [sys.executable, "app.py", "serve", "--port", "0", "--llm", "none"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert app.stdout is not None
    try:
        found = app.stdout.readline().strip()
        assert found.startswith("http://127.0.0.1:"), "the app did not start"
        yield found
    finally:
        app.terminate()
        try:
            app.wait(15)
        finally:
            app.stdout.close()


@pytest.fixture
def operator(browser: Any, address: str) -> Iterator[Any]:
    """The operator's page with the handoffs, signed in; what its console said is on the page."""
    context = browser.new_context()
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
    page.goto(f"{address}/operator")
    page.complaints.clear()  # the door itself answers 401
    page.fill("#key", KEY)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{address}/operator/handoffs")
    yield page
    context.close()


def test_a_person_answers_in_the_web_chat(visit: Any, operator: Any) -> None:
    chat = visit()
    chat.say("talk to a human, please")
    operator.locator(".case").wait_for()  # it comes without a reload
    assert operator.get_by_text("Nobody waits for a person.").count() == 0
    operator.fill(".case textarea", EVIL)
    operator.fill(".case .stack input[name=name]", "Anna")
    operator.get_by_role("button", name="Send").click()
    operator.locator(".said-person").wait_for()
    answer = chat.page.locator("#s-chat .message.bot").last
    chat.page.locator("#s-chat .message.bot", has_text="Anna · a person").wait_for()
    assert EVIL in answer.inner_text()
    link = answer.locator("a")
    assert link.get_attribute("href") == "https://ridge.example/a_b?c=1&d=2"
    assert link.inner_text() == "https://ridge.example/a_b?c=1&d=2"
    assert "noopener" in (link.get_attribute("rel") or "")
    assert answer.locator("img[src=x], em").count() == 0
    chat.say("my disc is broken")
    assert (
        "so I do not answer myself" in chat.page.locator("#s-chat .message.bot").last.inner_text()
    )
    operator.locator(".said-user", has_text="my disc is broken").wait_for()
    operator.locator(".tag", has_text="your turn").wait_for()
    assert operator.locator(".case .stack input[name=name]").input_value() == "Anna"
    operator.get_by_role("button", name="Solved", exact=True).click()
    operator.get_by_text("Nobody waits for a person.").wait_for()
    chat.page.locator("#s-chat", has_text="Anna has ended the conversation").wait_for()
    chat.say("I want sci-fi films")
    assert len(chat.titles()) == 5
    assert operator.complaints == []
    assert chat.foreign == []


def test_what_is_quoted_can_be_read(visit: Any, address: str) -> None:
    chat = visit()
    chat.say("How do I return a disc?")
    link = chat.page.locator("#s-chat a[href^='/help/']")
    link.wait_for()
    assert link.get_attribute("target") == "_blank"
    assert "noopener" in (link.get_attribute("rel") or "")
    assert chat.page.locator("#s-chat .message.bot").inner_text().count("How do I return") == 1
    with chat.page.expect_popup() as opened:
        link.click()
    page = opened.value
    assert page.url == f"{address}/help/films/returns.md#return-a-disc"
    assert "within 30 days" in page.locator("section:target").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_help_page_is_read_without_a_script(browser: Any, address: str, scheme: str) -> None:
    context = browser.new_context(
        java_script_enabled=False, color_scheme=scheme, viewport={"width": 390, "height": 800}
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text))
    page.goto(f"{address}/help/films/returns.md#return-a-disc")
    assert page.get_by_role("heading", name="How do I return a disc?").count() == 1
    box = page.locator("main").bounding_box()
    assert box is not None
    assert box["width"] <= 390
    assert complaints == []
    context.close()
