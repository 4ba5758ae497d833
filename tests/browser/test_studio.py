"""The studio as a writer uses it, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser


@dataclass
class Desk:
    """The studio's page, and everything that looked wrong meanwhile."""

    page: Any
    address: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def open(self, path: str = "/studio/") -> None:
        self.page.goto(self.address + path)
        self.page.wait_for_selector("#write, #undo")

    def choose(self, *titles: str) -> None:
        """Pick items by searching for them."""
        self.page.locator("input[name=items][value=mine]").check(force=True)
        for title in titles:
            self.page.fill("input[name=q]", title)
            self.page.locator(".found button", has_text=title).first.click()
            self.page.wait_for_selector(f".chosen li:has-text('{title}')")

    def write(self, kind: str = "article", *titles: str) -> list[str]:
        """Write a draft about some items; its paragraphs."""
        self.page.select_option("select[name=kind]", kind)
        self.choose(*(titles or ("Heat", "Spirited Away", "Yi Yi")))
        self.page.click("#write")
        self.page.wait_for_selector("#undo")
        return self.texts()

    def texts(self) -> list[str]:
        """What stands on the paper."""
        found: list[str] = self.page.eval_on_selector_all(
            "#paper .title, #paper .said", "nodes => nodes.map(n => n.innerText)"
        )
        return found

    def changed(self, old: list[str]) -> list[str]:
        """The paragraphs once they are no longer `old`."""
        self.page.wait_for_function(
            "old => { const now = [...document.querySelectorAll('#paper .title, #paper .said')]"
            ".map(n => n.innerText); return now.length && JSON.stringify(now) !== old; }",
            arg=self.page.evaluate("x => JSON.stringify(x)", old),
        )
        return self.texts()

    def edit(self, number: int, addition: str) -> None:
        """Add a sentence to a paragraph by hand."""
        block = self.page.locator("#paper .block.paragraph").nth(number)
        block.hover()
        block.locator(".pencil").click()
        area = block.locator("textarea")
        area.fill(f"{area.input_value()} {addition}".strip())
        block.locator("[data-act=save]").click()

    def notice(self) -> str:
        """What the page complains about."""
        self.page.wait_for_selector("#notice:not([hidden])")
        return str(self.page.inner_text("#notice span"))


@pytest.fixture
def desk(browser: Any, address: str) -> Iterator[Callable[..., Desk]]:
    """Open the studio as a new visitor."""
    contexts = []

    def opened(width: int = 1280, height: int = 900, **options: Any) -> Desk:
        options.setdefault("locale", "en-US")
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(60_000)
        contexts.append(context)
        one = Desk(context.new_page(), address)
        one.page.on(
            "request",
            lambda r: (
                None if r.url.startswith((address, "data:", "blob:")) else one.foreign.append(r.url)
            ),
        )
        one.page.on("console", lambda m: m.type == "error" and one.errors.append(m.text))
        one.page.on("pageerror", lambda e: one.errors.append(str(e)))
        one.open()
        return one

    yield opened
    for context in contexts:
        context.close()


def test_write_revise_undo_and_reload(desk: Callable[..., Desk]) -> None:
    one = desk()
    first = one.write("listicle")
    assert any("Spirited Away" in text for text in first)
    assert "/studio/d/" in one.page.url
    one.page.fill("#instruction", "drop the second")
    one.page.click("#revise")
    second = one.changed(first)
    assert not any("Spirited Away" in text for text in second)
    one.page.click("#undo")
    assert one.changed(second) == first
    one.page.click("#redo")
    assert one.changed(first) == second
    one.page.reload()
    one.page.wait_for_selector("#undo")
    assert one.texts() == second
    one.page.click("#tab-versions")
    assert one.page.locator(".versions li").count() == 2
    one.page.locator("[data-act=compare]").click()
    one.page.wait_for_selector(".diff")
    gone = one.page.locator(".diff del").all_inner_texts()
    assert any("Spirited Away" in text for text in gone)
    assert one.page.locator(".beside .paper").count() == 2
    assert one.errors == [] and one.foreign == []


def test_only_what_is_selected_changes(desk: Callable[..., Desk]) -> None:
    one = desk()
    first = one.write("article")
    said = one.page.locator("#paper .block.paragraph .said").nth(1)
    said.locator(".s").nth(1).click(click_count=3)
    one.page.wait_for_selector("#pop:not([hidden])")
    one.page.locator("#pop [data-part='q.rephrase']").click()
    after = one.changed(first)
    assert len(after) == len(first)
    assert sum(a != b for a, b in zip(first, after, strict=True)) == 1


def test_the_ledger_marks_and_decisions_clear(desk: Callable[..., Desk]) -> None:
    one = desk()
    first = one.write("article")
    assert one.page.locator("mark.s").count() == 0
    one.edit(1, "It won three Oscars.")
    one.page.wait_for_selector("mark.s")
    assert one.page.locator("mark.s").inner_text() == "It won three Oscars."
    entry = one.page.locator(".entry.unsupported")
    assert "Oscars" in entry.locator(".verdict").inner_text()
    entry.locator("[data-how=support]").click()
    assert "Remove it, keep it as opinion" in one.notice()
    one.page.locator(".entry.unsupported [data-how=note]").click()
    one.page.fill(".decide form input", "It won three Oscars, says the academy's own list.")
    one.page.locator(".decide form button").click()
    one.page.wait_for_function("() => !document.querySelector('mark.s')")
    one.edit(1, "It is the greatest parade of dancing hippos.")
    one.page.wait_for_selector("mark.s")
    one.page.locator(".entry [data-how=opinion]").first.click()
    one.page.wait_for_function("() => !document.querySelector('mark.s')")
    one.edit(1, "It is from 1871.")
    one.page.wait_for_selector("mark.s.contradicted")
    assert one.page.locator(".entry.contradicted [data-how=opinion]").count() == 0
    one.page.locator(".entry.contradicted [data-how=remove]").click()
    one.page.wait_for_function("() => !document.querySelector('mark.s')")
    text = " ".join(one.texts())
    assert "1871" not in text and "dancing hippos" in text and first[0] in text
    one.page.fill("#search", "hippos")
    one.page.wait_for_function(
        "() => document.querySelector('#list li').innerText.includes('Edited')"
    )


def test_files_and_the_clipboard(desk: Callable[..., Desk], tmp_path: Path) -> None:
    one = desk(permissions=["clipboard-read", "clipboard-write"], accept_downloads=True)
    title = one.write("video")[0]
    one.page.click("#tab-out")
    for form in ("md", "html", "docx", "txt", "srt"):
        with one.page.expect_download() as waiting:
            one.page.locator(f"[data-format={form}]").click()
        file = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(file)
        assert file.suffix == f".{form}" and file.stat().st_size > 200
    assert (tmp_path / file.name).read_text("utf-8").startswith("1\n00:00:00,000 --> ")
    one.page.click("#copy")
    one.page.wait_for_selector("#toast:not([hidden])")
    copied = one.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"# {title}")
    assert one.page.locator("[data-fate=kept].on").count() == 1


def test_angles_and_an_outline_in_the_writers_order(desk: Callable[..., Desk]) -> None:
    one = desk()
    one.page.fill("input[name=topic]", "night trains")
    one.choose("Heat", "Yi Yi")
    one.page.click("#angles")
    one.page.wait_for_selector(".angle")
    assert one.page.locator(".angle").count() == 3
    one.page.locator(".angle button").nth(1).click()
    one.page.wait_for_selector("#write-outline")
    one.page.locator(".outline li[data-item='yi-yi-2000'] button").first.click()
    one.page.locator(".outline li[data-item='yi-yi-2000'] input").fill("Taipei, slowly")
    one.page.fill("input.title", "Two for the night")
    one.page.click("#write-outline")
    one.page.wait_for_selector("#undo")
    headings = one.page.locator("#paper h3").all_inner_texts()
    assert one.texts()[0] == "Two for the night"
    assert headings[0] == "Taipei, slowly" and "Heat" in headings[1]


def test_a_draft_of_the_chat_opens_with_everything(visit: Callable[..., Any]) -> None:
    chat = visit(locale="en-US")
    chat.say("I want western films")
    chat.say("turn the list into a short newsletter")
    link = chat.page.locator("#s-chat a[href*='/studio/?chat=']")
    link.wait_for()
    said = chat.page.locator("#s-chat .message.bot").last.inner_text()
    assert "Rests on the catalogue’s records of" in said
    with chat.page.context.expect_page() as waiting:
        link.last.click()
    page = waiting.value
    page.wait_for_selector("#undo")
    assert "/studio/d/" in page.url
    words = page.eval_on_selector_all(
        "#paper .title, #paper .said", "nodes => nodes.map(n => n.innerText)"
    )
    assert len(words) > 3
    assert all(" ".join(text.split()) in " ".join(said.split()) for text in words)
    assert page.locator(".sources li").count() > 3
    page.reload()
    page.wait_for_selector("#undo")
    assert page.locator("#list li").count() == 1


def test_drafts_are_found_opened_and_deleted(desk: Callable[..., Desk]) -> None:
    one = desk()
    one.write("review", "Heat")
    one.page.click("#new")
    one.page.wait_for_selector("#write")
    one.write("review", "Yi Yi")
    one.page.wait_for_function("() => document.querySelectorAll('#list li').length === 2")
    one.page.fill("#search", "pacino")
    one.page.wait_for_function("() => document.querySelectorAll('#list li').length === 1")
    one.page.locator("#list a").click()
    one.page.wait_for_function("() => document.querySelector('.title').innerText.includes('Heat')")
    one.page.locator("#list li .icon").click()
    one.page.locator("dialog [data-act=delete]").click()
    one.page.wait_for_selector("#write")
    assert one.page.url.endswith("/studio/")
    one.page.fill("#search", "")
    one.page.wait_for_function("() => document.querySelectorAll('#list a').length === 1")


def test_drafts_of_others_are_not_shown(desk: Callable[..., Desk]) -> None:
    one, other = desk(), desk()
    one.write("review", "Heat")
    other.page.goto(one.page.url)
    assert "not yours" in other.notice()
    assert other.page.url.endswith("/studio/")


@pytest.mark.parametrize(
    ("where", "text", "said"),
    [
        ("topic", "call me on 13800138000", "a telephone number"),
        ("topic", "the lamp that cures insomnia", "cures or treats an illness"),
        ("notes", "x" * 1500, "longer than 1000 characters"),
        ("notes", "A fact of the writer.\n" * 10_000, "64 kB"),
    ],
)
def test_hostile_briefs_get_a_clear_answer(
    desk: Callable[..., Desk], where: str, text: str, said: str
) -> None:
    one = desk()
    one.page.locator("details.more summary").click()
    one.choose("Heat")
    box = one.page.locator(f"[name={where}]")
    box.evaluate(
        "(box, text) => { box.value = text; box.dispatchEvent(new Event('input')); }", text
    )
    one.page.click("#write")
    assert said in one.notice()
    assert one.page.locator("#write").is_visible()


def test_markup_in_notes_stays_text(desk: Callable[..., Desk]) -> None:
    one = desk()
    one.page.locator("details.more summary").click()
    one.page.fill("[name=notes]", "<img src=x onerror=\"document.title='owned'\"> Doors at eight")
    one.write("article")
    assert any("<img src=x" in text for text in one.texts())
    assert one.page.locator("#paper img").count() == 0
    assert "owned" not in one.page.title() and one.errors == []


def test_the_form_survives_a_reload_and_a_chinese_writer_reads_chinese(
    desk: Callable[..., Desk],
) -> None:
    one = desk(locale="zh-CN")
    assert "工作室" in one.page.inner_text(".bar")
    one.page.fill("input[name=topic]", "雨天周末")
    one.page.reload()
    one.page.wait_for_selector("#write")
    assert one.page.input_value("input[name=topic]") == "雨天周末"
    one.choose("盗火线", "一一")
    one.page.click("#write")
    one.page.wait_for_selector("#undo")
    first = one.texts()
    assert any("《盗火线》" in text for text in first)
    one.page.fill("#instruction", "唱成一首歌")
    one.page.click("#revise")
    assert "没有语言模型" in one.notice()
    assert one.texts() == first
    one.page.locator("[data-quick='q.thread']").click()
    assert any("1/" in text for text in one.changed(first))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_one_thing_at_a_time(desk: Callable[..., Desk], scheme: str) -> None:
    one = desk(390, 844, color_scheme=scheme)
    one.write("comparison", "Heat", "Yi Yi")
    for pane in ("shelf", "text", "side"):
        one.page.locator(f".panes [data-pane={pane}]").click()
        wide = one.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, pane
    assert one.page.locator("#tab-facts").is_visible()
    assert not one.page.locator("#paper").is_visible()
    ground = one.page.evaluate("getComputedStyle(document.body).backgroundColor")
    level = sum(int(part) for part in ground[4:-1].split(",")[:3])
    assert (level < 200) == (scheme == "dark")
    nameless = one.page.eval_on_selector_all(
        "button, input, select, textarea",
        "nodes => nodes.filter(n => !n.textContent.trim() && !n.getAttribute('aria-label')"
        " && !n.title && !n.closest('label')).map(n => n.outerHTML.slice(0, 120))",
    )
    assert nameless == []
