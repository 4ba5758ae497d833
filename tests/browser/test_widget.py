"""The embedded chat on another origin's page with a strict policy, in a real browser."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from chatbot.access.keys import KeyStore
from chatbot.access.sites import SiteStore
from chatbot.knowledge import Document, Section
from chatbot.knowledge.store import KnowledgeStore
from chatbot.storage.database import Database

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
SHOP, STRANGER = "shop", "stranger"


@dataclass
class Pages:
    """A static site on a port of its own, and a support desk that takes webhooks."""

    origin: str = ""
    policy: str = ""
    html: dict[str, str] = field(default_factory=dict)
    handed: list[Any] = field(default_factory=list)
    key: str = ""


def serving(pages: Pages) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            html = pages.html.get(self.path)
            body = (html or "").encode()
            self.send_response(200 if html else 204)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-security-policy", pages.policy)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            pages.handed.append(json.loads(self.rfile.read(length)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    pages.origin = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Pages, Pages, str]]:
    """(the shop's pages, a stranger's pages, where the assistant is)."""
    shop, stranger = Pages(), Pages()
    servers = [serving(shop), serving(stranger)]
    data = tmp_path_factory.mktemp("embedded")
    database = Database.open(data / "sommelier.db")
    SiteStore(database).create(
        "shop",
        [shop.origin],
        "films",
        {"title": "Film desk", "title_zh": "电影小店", "handoff_keywords": "lawyer"},
    )
    url = "https://shop.example/returns"
    sections = tuple(
        Section((asked,), answer, kind="answer", url=link)
        for asked, answer, link in (
            ("How do I return a disc?", "Send it back within 30 days, postage paid.", url),
            ("How can I pay for my order?", "By card or by invoice.", "help.md#pay"),
            (
                "How do I pack a fragile poster?",
                "Roll it.\n- no tape\n- no staples\nThen close it.",
                "help.md#pack",
            ),
        )
    )
    KnowledgeStore(database).put("films", Document("help", "Help", "en", url, sections))
    _, shop.key = KeyStore(database).create("the desk", ["desk"])
    database.close()
    environment = os.environ | {
        "SOMMELIER_DATA_DIR": str(data),
        "SOMMELIER_EMBEDDER": "hash",
        "SOMMELIER_HANDOFF_WEBHOOK": f"{shop.origin}/desk",
        "SOMMELIER_HANDOFF_SECRET": "s",
        "SOMMELIER_HANDOFF_ALLOW": "127.0.0.1",
    }
    app = subprocess.Popen(
        [sys.executable, "app.py", "serve", "--port", "0", "--llm", "none"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert app.stdout is not None
    try:
        home = app.stdout.readline().strip()
        assert home.startswith("http://127.0.0.1:"), "the app did not start"
        for pages in (shop, stranger):
            pages.policy = (
                f"default-src 'none'; script-src {home}; connect-src {home}; base-uri 'none'; "
                "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
            )
            for path, lang, more in (
                ("/", "en", ""), ("/other", "en", ""), ("/zh", "zh-CN", ""),
                ("/yellow", "en", 'data-color="#ffd500" data-theme="light"'),
            ):  # fmt: skip
                pages.html[path] = (
                    f'<!doctype html><html lang="{lang}"><title>Shop</title><h1>A shop</h1>'
                    '<p><a href="/other">Other page</a></p>'
                    f'<script src="{home}/widget.js" data-site="shop" {more} defer></script></html>'
                )
        yield shop, stranger, home
    finally:
        app.terminate()
        try:
            app.wait(15)
        finally:
            app.stdout.close()
            for server in servers:
                server.shutdown()
                server.server_close()


@dataclass
class Widget:
    """The chat as a visitor uses it; `complaints` is what the browser's console said."""

    page: Any
    complaints: list[str] = field(default_factory=list)

    def open(self) -> Widget:
        self.page.locator(".launch").click()
        self.page.locator(".openers").wait_for()
        return self

    def say(self, text: str) -> None:
        before = self.page.locator(".log > .bot:not(.openers) .text > *").count()
        self.page.locator("textarea").fill(text)
        self.page.keyboard.press("Enter")
        self.answered(before)

    def answered(self, before: int = 0) -> None:
        self.page.locator(".log > .bot:not(.openers) .text > *").nth(before).wait_for()
        self.page.locator(".wait:has(i)").wait_for(state="detached")
        self.page.locator(".fly[aria-label='Send'], .fly[aria-label='发送']").wait_for()

    def texts(self, selector: str) -> list[str]:
        found: list[str] = self.page.locator(selector).all_inner_texts()
        return found

    def focused(self) -> str:
        """Class of what has the focus inside the chat."""
        found: str = self.page.evaluate(
            "() => { const n = document.activeElement.shadowRoot?.activeElement;"
            " return n ? n.tagName.toLowerCase() + '.' + n.className : ''; }"
        )
        return found


Visit = Callable[..., Widget]


@pytest.fixture
def visit(browser: Any, embedded: tuple[Pages, Pages, str]) -> Iterator[Visit]:
    contexts = []

    def visited(path: str = "/", who: str = SHOP, width: int = 1280, **options: Any) -> Widget:
        pages = embedded[0 if who == SHOP else 1]
        context = browser.new_context(viewport={"width": width, "height": 820}, **options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        widget = Widget(context.new_page())
        widget.page.on(
            "console",
            lambda m: widget.complaints.append(m.text) if m.type in ("error", "warning") else None,
        )
        widget.page.on("pageerror", lambda e: widget.complaints.append(str(e)))
        widget.page.goto(pages.origin + path)
        widget.page.locator(".launch").wait_for()
        return widget

    yield visited
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    ("path", "title", "request_", "reason", "critique"),
    [("/", "Film desk", "sci-fi films from the 80s", "Sci-Fi", "funny"),
     ("/zh", "电影小店", "想看八十年代的科幻电影", "科幻", "搞笑")],
)  # fmt: skip
def test_a_conversation_under_a_strict_policy(
    visit: Visit, path: str, title: str, request_: str, reason: str, critique: str
) -> None:
    widget = visit(path).open()
    assert widget.texts("h2") == [title]
    assert len(widget.texts(".openers .chip")) == 4
    widget.say(request_)
    assert widget.page.locator(".card:visible").count() == 3
    assert any(reason in text for text in widget.texts(".card:visible .why"))
    widget.page.locator(".cards .chip").click()
    assert widget.page.locator(".card:visible").count() == 5
    before = widget.texts(".cards >> nth=0 >> h3")
    suggestion = widget.page.locator(".next .chip").first
    said = suggestion.inner_text()
    suggestion.click()
    widget.answered(1)
    assert widget.texts(".user")[-1].endswith(said)
    assert widget.texts(".cards >> nth=-1 >> h3") != before
    assert widget.complaints == []


def test_a_verdict_on_a_card_counts_and_is_taken_back(visit: Visit) -> None:
    widget = visit().open()
    widget.say("something funny")
    like = widget.page.locator(".card").first.locator(".mini").first
    like.click()
    widget.page.locator(".mini[aria-pressed=true]").wait_for()
    widget.page.locator(".card").first.locator(".mini").nth(1).click()
    widget.page.locator(".card").first.locator(".mini:nth-child(2)[aria-pressed=true]").wait_for()
    assert like.get_attribute("aria-pressed") == "false"
    assert widget.complaints == []


def test_it_survives_navigation_and_reload(visit: Visit) -> None:
    widget = visit().open()
    widget.say("I want sci-fi films")
    titles = widget.texts(".card:visible h3")
    widget.page.locator("a[href='/other']").evaluate("node => node.click()")
    widget.page.wait_for_url("**/other")
    widget.page.locator(".card:visible").nth(2).wait_for()  # it was open, so it is open
    assert widget.texts(".card:visible h3") == titles
    widget.page.reload()
    widget.page.locator(".card:visible").nth(2).wait_for()
    widget.say("funnier, please")
    assert len(widget.texts(".user")) == 2
    assert widget.texts(".openers") == []


def test_an_answer_under_way_is_taken_up_on_the_next_page(visit: Visit) -> None:
    widget = visit().open()
    widget.page.locator("textarea").fill("I want sci-fi films")
    widget.page.keyboard.press("Enter")
    widget.page.goto(widget.page.url + "other")  # at once, whatever has come by then
    widget.page.locator(".card:visible").nth(2).wait_for()
    assert len(widget.texts(".user")) == 1
    widget.page.reload()
    widget.page.locator(".card:visible").nth(2).wait_for()
    assert len(widget.texts(".user")) == 1  # asked once, answered once


def test_a_broken_line_is_taken_up_where_it_broke(
    visit: Visit, embedded: tuple[Pages, Pages, str]
) -> None:
    widget = visit().open()
    asked: list[str] = []

    def cut(route: Any) -> None:
        answer = route.fetch()
        text = answer.text()
        kept = text[: text.index("event: delta")].rpartition("\n\n")[0] + "\n\n"
        route.fulfill(response=answer, body=kept)

    widget.page.route("**/turns", cut)
    widget.page.on(
        "request",
        lambda r: asked.append(r.headers.get("last-event-id", "")) if "/events" in r.url else None,
    )
    widget.say("I want sci-fi films")
    assert len(widget.texts(".card:visible")) == 3
    assert re.fullmatch(r"1\.\d+", asked[0])
    assert len(asked) == 1
    assert len(widget.texts(".log > .bot")) == 1


def test_keyboard_only(visit: Visit) -> None:
    widget = visit()
    keys = widget.page.keyboard
    keys.press("Tab")
    keys.press("Tab")
    assert widget.focused() == "button.launch"
    keys.press("Enter")
    widget.page.locator(".openers").wait_for()
    assert widget.focused() == "textarea."
    keys.type("films like Alien")
    keys.press("Shift+Enter")
    keys.type("but funny")
    keys.press("Enter")
    widget.answered()
    assert "films like Alien\nbut funny" in widget.texts(".user")[0]
    seen = []
    for _ in range(60):
        keys.press("Tab")
        seen.append(widget.focused())
        assert seen[-1] != ""  # never leaves the panel
    assert {"button.ico", "div.log", "button.mini", "button.chip"} <= set(seen)
    assert "button.launch" not in seen
    keys.press("Escape")
    assert widget.focused() == "button.launch"
    assert widget.page.locator(".panel").is_hidden()


def test_names_roles_and_live_regions(visit: Visit) -> None:
    widget = visit().open()
    widget.say("I want sci-fi films")
    page = widget.page
    page.get_by_role("dialog", name="Film desk").wait_for()
    page.get_by_role("log", name="Conversation").wait_for()
    page.get_by_role("textbox", name="Write a message…").wait_for()
    page.get_by_role("list", name="Suggestions: 5.").wait_for()
    page.get_by_role("status").filter(has_text="Suggestions: 5.").wait_for(state="attached")
    nameless = page.evaluate(
        "() => [...document.querySelector('sommelier-chat').shadowRoot"
        ".querySelectorAll('button, a, input, textarea')].filter(n => !(n.innerText.trim() ||"
        " n.getAttribute('aria-label') || n.placeholder)).map(n => n.outerHTML)"
    )
    assert nameless == []
    names = page.evaluate(
        "() => [...document.querySelector('sommelier-chat').shadowRoot"
        ".querySelectorAll('.mini')].map(n => n.getAttribute('aria-label'))"
    )
    assert len(set(names)) == len(names) == 10  # each says which item it is about


def test_a_page_of_another_origin_is_refused(
    visit: Visit, embedded: tuple[Pages, Pages, str]
) -> None:
    widget = visit("/", STRANGER)
    answers: list[int] = []
    widget.page.on("response", lambda r: answers.append(r.status))
    widget.page.locator(".launch").click()
    widget.page.locator(".note:visible").wait_for()
    assert widget.page.locator(".card, .openers").count() == 0
    assert any("CORS" in text or "ERR_FAILED" in text for text in widget.complaints)
    assert 200 not in answers


def contrast(first: str, second: str) -> float:
    def light(colour: str) -> float:
        parts = [float(p) for p in re.findall(r"[\d.]+", colour)[:3]]
        if colour.startswith("color("):
            parts = [p * 255 for p in parts]
        linear = [
            p / 255 / 12.92 if p / 255 <= 0.04045 else ((p / 255 + 0.055) / 1.055) ** 2.4
            for p in parts
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(first), light(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("path", "scheme"), [("/", "light"), ("/", "dark"), ("/yellow", "dark"), ("/zh", "dark")]
)
def test_contrast_in_both_schemes(visit: Visit, path: str, scheme: str) -> None:
    widget = visit(path, color_scheme=scheme).open()
    widget.say("I want sci-fi films" if path != "/zh" else "想看科幻电影")
    pairs = widget.page.evaluate(
        "() => { const root = document.querySelector('sommelier-chat').shadowRoot;"
        " const solid = n => { for (; n; n = n.parentElement) {"
        "  const c = getComputedStyle(n).backgroundColor;"
        "  if (!/, 0\\)|transparent/.test(c)) return c; }"
        "  return 'rgb(255, 255, 255)'; };"
        " return ['.text p', '.user', 'h2', 'h3', '.facts', '.why span', '.chip', '.launch',"
        "  '.ico', '.mini'].map(s => { const n = root.querySelector(s);"
        "  return [s, getComputedStyle(n).color, solid(n)]; }); }"
    )
    weak = [(s, round(contrast(a, b), 2)) for s, a, b in pairs if contrast(a, b) < 4.5]
    assert weak == []
    paper = widget.page.locator(".panel").evaluate("n => getComputedStyle(n).backgroundColor")
    assert (contrast(paper, "rgb(255,255,255)") > 10) is (scheme == "dark" and path != "/yellow")


def test_a_telephone_shows_it_whole(visit: Visit) -> None:
    widget = visit("/zh", width=390).open()
    widget.say("想看科幻电影")
    found = widget.page.locator(".panel").bounding_box()
    assert found == {"x": 0, "y": 0, "width": 390, "height": 820}
    assert widget.page.evaluate("() => document.documentElement.scrollWidth") <= 390
    over = widget.page.evaluate(
        "() => { const log = document.querySelector('sommelier-chat').shadowRoot"
        ".querySelector('.log'); return log.scrollWidth - log.clientWidth; }"
    )
    assert over == 0
    small = widget.page.evaluate(
        "() => [...document.querySelector('sommelier-chat').shadowRoot.querySelectorAll('button')]"
        ".map(n => n.getBoundingClientRect())"
        ".filter(r => r.width && (r.width < 24 || r.height < 24)).length"
    )
    assert small == 0  # every target can be hit


def test_a_person_is_called_and_the_truth_is_shown(
    visit: Visit, embedded: tuple[Pages, Pages, str]
) -> None:
    shop = embedded[0]
    widget = visit().open()
    widget.say("talk to a human")
    assert "passed our conversation to the support desk" in widget.texts(".text")[-1]
    assert widget.texts(".state") == ["With a person"]
    widget.page.get_by_label("How can we reach you?").fill("ann@mail.example")
    widget.page.get_by_role("button", name="Pass it on").click()
    widget.page.get_by_text("Passed on. Thank you.").last.wait_for()
    widget.page.get_by_role("button", name="4 of 5").click()
    widget.page.get_by_text("Thank you.", exact=True).last.wait_for()
    widget.page.reload()
    widget.page.locator(".user").wait_for()
    assert widget.page.locator(".csat").count() == 0  # asked once
    kinds = [m["type"] for m in shop.handed]
    assert kinds[0] == "handoff.created"
    assert shop.handed[0]["site"] == "shop"
    assert widget.complaints == []


def desk(embedded: tuple[Pages, Pages, str], way: str, body: dict[str, str]) -> None:
    """What the helpdesk's program does when somebody there writes: it calls the address it got."""
    shop, _, home = embedded
    created = [m for m in shop.handed if m["type"] == "handoff.created"]
    request = Request(
        home + created[-1]["answer"][way], json.dumps(body).encode(),
        {"authorization": f"Bearer {shop.key}", "content-type": "application/json"},
    )  # fmt: skip
    with urlopen(request, timeout=20) as answer:
        assert answer.status < 300


@pytest.mark.parametrize(
    ("path", "call", "person", "ask", "passed", "back", "again"),
    [("/", "talk to a human", "person", "where is my parcel?", "so I do not answer",
      "Back to the assistant", "the assistant, again"),
     ("/zh", "我要转人工", "人工", "我的包裹呢？", "所以我不再作答", "回到智能助手",
      "又是我，智能助手")],
)  # fmt: skip
def test_a_person_answers_in_the_widget(
    visit: Visit, embedded: tuple[Pages, Pages, str],
    path: str, call: str, person: str, ask: str, passed: str, back: str, again: str,
) -> None:  # fmt: skip
    widget = visit(path).open()
    widget.say(call)
    desk(embedded, "messages", {"text": "Hello <img src=x onerror=alert(1)>", "name": "Anna"})
    said = widget.page.locator(".human")
    said.wait_for()
    assert widget.texts(".human .text") == ["Hello <img src=x onerror=alert(1)>"]
    assert widget.texts(".human .cap") == [f"Anna{person}"]
    assert widget.page.locator(".human img").count() == 0
    widget.page.get_by_role("status").filter(has_text="Anna: Hello").wait_for(state="attached")
    widget.say(ask)
    assert passed in widget.texts(".text")[-1]
    shop = embedded[0]
    for _ in range(100):
        if shop.handed[-1]["type"] == "handoff.visitor_message":
            break
        widget.page.wait_for_timeout(100)
    assert shop.handed[-1]["text"] == ask
    widget.page.keyboard.press("Escape")
    desk(embedded, "messages", {"text": "It is on its way.", "name": "Anna"})
    widget.page.locator(".badge:visible").wait_for()
    assert widget.texts(".badge") == ["1"]
    widget.page.reload()
    widget.page.locator(".launch").click()
    said.nth(1).wait_for()
    assert widget.texts(".human .text")[1] == "It is on its way."
    assert widget.page.locator(".badge").is_hidden()
    widget.page.locator(".next .chip", has_text=back).click()
    widget.page.locator(".text", has_text=again).wait_for()
    widget.page.locator(".over").wait_for()
    widget.answered()
    widget.say("I want sci-fi films" if path == "/" else "想看科幻电影")
    assert widget.page.locator(".card:visible").count() == 3
    assert widget.complaints == []


def test_a_person_ends_it_and_the_visitor_is_told(
    visit: Visit, embedded: tuple[Pages, Pages, str]
) -> None:
    widget = visit().open()
    widget.say("talk to a human")
    desk(embedded, "messages", {"text": "Done.", "name": "Anna"})
    widget.page.locator(".state", has_text="A person is answering you").wait_for()
    assert widget.page.locator(".handoff form").count() == 0
    desk(embedded, "close", {"resolution": "solved", "name": "Anna"})
    widget.page.get_by_text("Anna has ended the conversation.").last.wait_for()
    asked: list[str] = []
    widget.page.on("request", lambda r: asked.append(r.url) if "/messages" in r.url else None)
    widget.page.wait_for_timeout(5000)
    assert asked == []  # nobody is asked any more
    assert widget.complaints == []


def test_an_answer_from_the_help_pages_is_cited_and_judged(
    visit: Visit, embedded: tuple[Pages, Pages, str]
) -> None:
    widget = visit().open()
    widget.say("How do I return a disc?")
    assert widget.texts(".text")[-1] == "Send it back within 30 days, postage paid."
    link = widget.page.locator(".cite a")
    assert link.get_attribute("href") == "https://shop.example/returns"
    assert link.get_attribute("rel") == "noopener"
    widget.page.get_by_role("button", name="Yes").click()
    widget.page.get_by_role("button", name="5 of 5").click()
    widget.page.locator(".csat").wait_for(state="detached")
    assert widget.focused() == "textarea."
    widget.say("How can I pay for my order?")
    link = widget.page.locator(".cite").last.locator("a")
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener")
    with widget.page.expect_popup() as opened:
        link.click()
    assert opened.value.url == f"{embedded[2]}/help/films/help#pay"
    assert "By card or by invoice." in opened.value.locator("section:target").inner_text()
    assert opened.value.locator("script").count() == 0
    opened.value.close()
    assert widget.page.locator(".helped").count() == 1
    widget.page.get_by_role("button", name="No", exact=True).click()
    widget.page.get_by_text("Noted. Say what is missing").last.wait_for()
    assert widget.page.locator(".csat").count() == 0
    assert widget.complaints == []


def test_a_list_stays_in_its_place_and_is_not_said_twice(visit: Visit) -> None:
    widget = visit().open()
    widget.say("How do I pack a fragile poster?")
    assert widget.texts(".text > *")[-3:] == ["Roll it.", "no tape\nno staples", "Then close it."]
    assert widget.page.locator(".cite q").count() == 0


def test_offline_is_told_and_nothing_is_lost(visit: Visit) -> None:
    widget = visit().open()
    widget.page.context.set_offline(True)
    widget.page.locator(".bar:visible").wait_for()
    widget.page.locator("textarea").fill("I want sci-fi films")
    widget.page.keyboard.press("Enter")
    widget.page.locator(".log .note").wait_for()
    assert "offline" in widget.texts(".log .note")[0]
    widget.page.context.set_offline(False)
    widget.page.get_by_role("button", name="Send again").click()
    widget.answered()
    assert len(widget.texts(".user")) == 1
    assert len(widget.texts(".card:visible")) == 3


def test_too_many_messages_are_told_plainly(visit: Visit) -> None:
    widget = visit().open()
    origin = widget.page.url.rstrip("/")

    def full(route: Any) -> None:
        route.fulfill(
            status=429,
            headers={"access-control-allow-origin": origin, "retry-after": "7",
                     "access-control-expose-headers": "retry-after"},
            json={"detail": "too many requests."},
        )  # fmt: skip

    widget.page.route("**/turns", full)
    widget.page.locator("textarea").fill("I want sci-fi films")
    widget.page.keyboard.press("Enter")
    widget.page.locator(".log .note").wait_for()
    assert "try again in 7 s" in widget.texts(".log .note")[0]
    widget.page.unroute("**/turns")
    widget.page.get_by_role("button", name="Send again").click()
    widget.answered()
    assert len(widget.texts(".user")) == 1


def test_an_answer_behind_a_closed_panel_is_counted(visit: Visit) -> None:
    widget = visit().open()
    widget.page.locator("textarea").fill("I want sci-fi films")
    widget.page.keyboard.press("Enter")
    widget.page.keyboard.press("Escape")
    widget.page.locator(".badge:visible").wait_for()
    assert widget.texts(".badge") == ["1"]
    assert "1 new" in (widget.page.locator(".launch").get_attribute("aria-label") or "")
    widget.page.locator(".launch").click()
    assert widget.page.locator(".badge").is_hidden()


def test_the_conversation_can_be_taken_along(visit: Visit, tmp_path: Path) -> None:
    widget = visit("/zh").open()
    widget.say("想看科幻电影")
    with widget.page.expect_download() as download:
        widget.page.get_by_role("button", name="下载对话").click()
    download.value.save_as(tmp_path / "chat.txt")
    text = (tmp_path / "chat.txt").read_text(encoding="utf-8-sig")
    assert "你: 想看科幻电影" in text
    assert text.count("\n- ") == 5
    assert widget.complaints == []


def test_a_new_conversation_forgets_the_old_one(visit: Visit) -> None:
    widget = visit().open()
    widget.say("I want sci-fi films")
    widget.page.get_by_role("button", name="New conversation").click()
    widget.page.locator(".openers").wait_for()
    assert widget.texts(".user") == []
    widget.say("something funny")
    assert len(widget.texts(".user")) == 1


def test_stop_ends_an_answer(visit: Visit) -> None:
    widget = visit().open()
    stopped: list[str] = []
    widget.page.on("request", lambda r: stopped.append(r.url) if r.url.endswith("/stop") else None)
    held = threading.Event()

    def slow(route: Any) -> None:
        if not held.is_set():
            held.set()
            widget.page.locator(".fly[aria-label='Stop answering']").click()
        route.continue_()

    widget.page.route("**/turns", slow)
    widget.say("I want sci-fi films")
    assert len(stopped) == 1
