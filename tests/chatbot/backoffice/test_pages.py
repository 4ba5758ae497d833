from __future__ import annotations

from html.parser import HTMLParser

from chatbot.backoffice import frame, handoffs, pages
from chatbot.backoffice.clusters import Cluster
from chatbot.backoffice.figures import Figures, Taken
from chatbot.backoffice.html import el
from chatbot.backoffice.knowing import help_pages
from chatbot.handoff.outbox import Entry
from chatbot.knowledge import Document, Passage

EVIL = "<script>alert(1)</script>\" onload='x"


class Balanced(HTMLParser):
    """Notes what a browser would run, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.risky: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "input", "br"):
            self.open.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style" or "javascript:" in (value or ""):
                self.risky.append(f"{tag} {name}")
        if tag == "script" and not dict(attrs).get("src"):
            self.risky.append("inline script")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def sound(text: str) -> None:
    found = Balanced(text)
    assert found.open == []
    assert found.risky == []
    assert "<script>alert" not in text


def test_what_visitors_wrote_stays_text() -> None:
    view = frame.View("unanswered", 30, EVIL, (EVIL,), EVIL)
    cluster = Cluster((EVIL, EVIL + "2"), 3, 1.0)
    sound(frame.page(view, pages.unanswered(view, [(cluster, EVIL, False)], 3)))
    f = Figures(0.0, 1, 1, 1, (("2026-11-22", 1),), {EVIL: 1}, {"en": 1}, (((EVIL, EVIL), 1),),
                items=(Taken(EVIL, EVIL, EVIL, 2, 1, 0),))  # fmt: skip
    sound(frame.page(view, pages.overview(view, f)))
    sound(frame.page(view, pages.items(view, f)))
    said = {"transcript": [{"role": "user", "text": EVIL}], "visitor": {"contact": EVIL}}
    entry = Entry("i", "s", EVIL, "handoff", "request", "en", "failed", 3, 0, EVIL, 0, 0, said)
    sound(frame.page(view, handoffs.handoffs(view, [entry], [(EVIL, EVIL, EVIL)])))
    passage = Passage("p", EVIL, (EVIL, EVIL), EVIL, url="javascript:alert(1)")
    sound(
        frame.page(
            view, help_pages(view, EVIL, [EVIL], [Document(EVIL, EVIL, "en")], [passage], EVIL)
        )
    )
    sound(frame.login(EVIL))


def test_nothing_yet_is_said() -> None:
    view = frame.View()
    sound(frame.page(view, pages.overview(view, Figures(0.0))))
    assert "Nobody was called yet" in handoffs.handoffs(view, (), ())
    assert "got an answer" in pages.unanswered(view, (), 0)


def test_nodes() -> None:
    assert (
        el("input", value='a"b', disabled=True, title=None) == '<input value="a&quot;b" disabled>'
    )
    assert el("p", el("b", "x"), ["<", None, False]) == "<p><b>x</b>&lt;</p>"
