"""What a visitor does on the page, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Chat = Any

pytestmark = pytest.mark.browser
Visit = Callable[..., Chat]


def test_ask_like_undo_and_remove_a_chip(visit: Visit) -> None:
    chat = visit(locale="en-US")
    chat.say("I want sci-fi films from the 80s")
    first = chat.titles()
    assert len(first) == 5
    assert any("Sci-Fi" in chip for chip in chat.chips())
    facts = chat.page.locator(".s-card .s-facts").all_inner_texts()
    assert all("Sci-Fi" in line and "198" in line for line in facts)

    chat.page.locator(".s-card").first.locator("[data-verdict=love]").click()
    chat.page.wait_for_selector(".s-card.s-done")
    assert any(first[0] in chip for chip in chat.chips())
    chat.page.locator(".s-card.s-done [data-act=undo]").click()
    chat.page.wait_for_function("() => !document.querySelector('.s-card.s-done')")
    assert not any(first[0] in chip for chip in chat.chips())

    year = chat.page.locator(".s-chip", has_text="1980")
    year.locator("[data-act=remove]").click()
    chat.page.wait_for_function("() => !document.body.innerText.includes('1980–1989')")
    chat.settled()
    assert chat.titles() != first
    assert chat.foreign == []
    assert chat.errors == []


def test_reasons_open_their_evidence(visit: Visit) -> None:
    chat = visit(locale="en-US")
    chat.say("something funny with a heist")
    reason = chat.page.locator(".s-card .s-reason").first
    reason.locator("summary").click()
    assert "signal" in reason.locator("dl").inner_text()


def test_a_chinese_visitor_gets_a_chinese_page(visit: Visit) -> None:
    chat = visit(locale="zh-CN")
    assert "新对话" in chat.page.inner_text("body")
    chat.say("想看一些科幻电影")
    assert len(chat.titles()) == 5
    assert any("科幻" in chip for chip in chat.chips())
    chat.say("不要恐怖的")
    assert any("不要恐怖" in chip for chip in chat.chips())


def test_the_language_can_be_switched(visit: Visit) -> None:
    chat = visit(locale="en-US")
    chat.say("I want sci-fi films")
    chat.page.locator("#s-language label", has_text="中文").click()
    chat.page.wait_for_function("() => document.body.innerText.includes('新对话')")
    assert any("科幻" in chip for chip in chat.chips())


def test_reload_keeps_the_conversation_and_new_begins_another(visit: Visit) -> None:
    chat = visit(locale="en-US")
    chat.say("I want western films")
    before = chat.titles()
    chat.page.reload()
    chat.page.wait_for_selector(".s-card")
    assert chat.titles() == before
    assert "western" in chat.page.inner_text("#s-chat")
    chat.page.click("#s-new")
    chat.page.wait_for_function("() => !document.querySelector('.s-card')")
    assert chat.chips() == []


def test_the_dial_changes_the_list(visit: Visit) -> None:
    chat = visit(locale="en-US")
    chat.say("I want comedies")
    before = chat.titles()
    dial = chat.page.locator("#s-dial input[type=range]")
    dial.focus()
    chat.page.keyboard.press("End")
    dial.dispatch_event("pointerup")
    chat.page.wait_for_function(
        "old => document.querySelector('.s-card h3').innerText.replace(/^\\d+\\s*/, '') !== old"
        " || document.querySelectorAll('.s-card h3')[4].innerText.length > 0",
        arg=before[0],
    )
    chat.page.wait_for_timeout(2500)
    assert chat.titles() != before


def test_a_suggestion_is_said_by_a_click(visit: Visit) -> None:
    chat = visit(locale="en-US")
    text = chat.page.locator(".s-say button").first.inner_text()
    chat.page.locator(".s-say button").first.click()
    chat.page.wait_for_selector(".s-card")
    chat.settled()
    assert text in chat.page.inner_text("#s-chat")


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=\"document.title='owned'\"> sci-fi",
        "![x](http://evil.example/p.png?d=1) sci-fi films",
        "<script>document.title='owned'</script> comedies",
        "[click](javascript:document.title='owned') comedies",
    ],
)
def test_hostile_text_is_shown_and_does_nothing(visit: Visit, text: str) -> None:
    chat = visit(locale="en-US")
    chat.say(text)
    assert chat.page.title() == "Sommelier"
    assert chat.page.locator("#s-chat img[src*=evil], #s-chat img[src=x]").count() == 0
    assert chat.foreign == []


def test_nothing_said_and_too_much_said_change_nothing(visit: Visit) -> None:
    chat = visit(locale="en-US")
    chat.say("I want comedies")
    before = chat.titles()
    chat.page.fill("#s-box textarea", "   ")
    chat.page.press("#s-box textarea", "Enter")
    chat.page.wait_for_timeout(1500)
    assert chat.titles() == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_one_column_without_sideways_scrolling(visit: Visit, scheme: str) -> None:
    chat = visit(390, 844, locale="zh-CN", color_scheme=scheme)
    chat.say("想看一些喜剧")
    wide = chat.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    assert chat.page.locator("#s-box textarea").is_visible()
    ground = chat.page.evaluate("getComputedStyle(document.body).backgroundColor")
    level = sum(int(part) for part in ground[4:-1].split(",")[:3])
    assert (level < 200) == (scheme == "dark")


def test_buttons_can_be_reached_by_keyboard_and_have_names(visit: Visit) -> None:
    chat = visit(locale="en-US")
    chat.say("I want comedies")
    nameless = chat.page.eval_on_selector_all(
        "#s-main button",
        "nodes => nodes.filter(n => n.offsetParent && !n.textContent.trim()"
        " && !n.getAttribute('aria-label') && !n.title).map(n => n.outerHTML.slice(0, 120))",
    )
    assert nameless == []
    chat.page.locator(".s-card [data-verdict=like]").first.focus()
    chat.page.keyboard.press("Enter")
    chat.page.wait_for_selector(".s-card.s-done")
