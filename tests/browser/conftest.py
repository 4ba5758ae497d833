"""The real app in its own process, and a real Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the app answers: shipped films, hashed words, a folder of its own."""
    environment = os.environ | {
        "SOMMELIER_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "SOMMELIER_EMBEDDER": "hash",
    }
    server = subprocess.Popen(
        [sys.executable, "app.py", "serve", "--port", "0", "--llm", "none"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    try:
        found = server.stdout.readline().strip()
        assert found.startswith("http://127.0.0.1:"), "the app did not start"
        yield found
    finally:
        server.terminate()
        try:
            server.wait(15)
        finally:
            server.stdout.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for a module; each test has a context, that is a visitor, of its own.

    Playwright keeps an event loop running in this thread: closed with the module, so that tests
    elsewhere may run loops of their own.
    """
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@dataclass
class Chat:
    """The page as a visitor uses it, and everything that looked wrong meanwhile."""

    page: Any
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Type a message, send it, wait for the whole answer."""
        before = self.page.locator("#s-chat .bot.message, #s-chat .message.bot").count()
        self.page.fill("#s-box textarea", text)
        self.page.press("#s-box textarea", "Enter")
        self.page.wait_for_function(
            "n => document.querySelectorAll('#s-chat .message.bot').length > n", arg=before
        )
        self.settled()

    def settled(self) -> None:
        """Wait until nothing is pending any more."""
        self.page.wait_for_function(
            "() => { const t = document.querySelector('#s-chat').innerText;"
            " return !t.includes('Looking…') && !t.includes('正在找'); }"
        )
        # The cards are drawn once more when the answer is whole; a busy machine takes its time.
        before = ""
        for _ in range(40):
            now: str = self.page.eval_on_selector("#s-main", "node => node.innerHTML")
            if now == before:
                return
            before = now
            self.page.wait_for_timeout(700)

    def titles(self) -> list[str]:
        """Titles of the cards, in order."""
        found: list[str] = self.page.eval_on_selector_all(
            ".s-card h3", "nodes => nodes.map(n => n.innerText.replace(/^\\d+\\s*/, ''))"
        )
        return found

    def chips(self) -> list[str]:
        """Texts of the profile chips."""
        found: list[str] = self.page.eval_on_selector_all(
            ".s-chip summary", "nodes => nodes.map(n => n.innerText.trim())"
        )
        return found


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Callable[..., Chat]]:
    """Open the page as a new visitor."""
    contexts = []

    def opened(width: int = 1280, height: int = 900, **options: Any) -> Chat:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(60_000)
        contexts.append(context)
        chat = Chat(context.new_page())
        chat.page.on("request", lambda r: _noted(chat.foreign, r.url, address))
        chat.page.on("console", lambda m: _complaint(chat.errors, m))
        chat.page.on("pageerror", lambda e: chat.errors.append(str(e)))
        chat.page.goto(address)
        chat.page.wait_for_selector(".s-say button")
        return chat

    yield opened
    for context in contexts:
        context.close()


def _noted(foreign: list[str], url: str, address: str) -> None:
    if not url.startswith((address, "data:", "blob:")):
        foreign.append(url)


def _complaint(errors: list[str], message: Any) -> None:
    if message.type == "error":
        errors.append(message.text)
