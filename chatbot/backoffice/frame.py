"""What every page of the operator has around it, and small parts that several pages use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from chatbot.backoffice.html import Child, Node, el

TABS: Mapping[str, str] = {
    "overview": "Overview",
    "unanswered": "Unanswered",
    "items": "Items",
    "handoffs": "Handoffs",
    "help": "Help pages",
    "try": "Try a question",
}
PERIODS = (7, 30, 90)


@dataclass(frozen=True, slots=True)
class View:
    """What every page has around it: which tab, which days, which site, what just happened."""

    tab: str = "overview"
    days: int = 30
    site: str = ""
    sites: tuple[str, ...] = ()
    notice: str = ""

    def query(self) -> str:
        """The filters, for links between tabs."""
        return urlencode({"days": self.days, "site": self.site})


def page(view: View, *content: Child) -> str:
    """A whole page."""
    links = [
        el(
            "a",
            title,
            href=f"/operator/{tab}?{view.query()}",
            aria_current="page" if tab == view.tab else None,
        )
        for tab, title in TABS.items()
    ]
    return _document(
        TABS.get(view.tab, "Operator"),
        el(
            "header",
            el("div", el("span", "🍷", class_="mark", aria_hidden="true"), el("b", "Sommelier"),
               el("span", "operator", class_="dim"), class_="brand"),
            el("nav", *links, aria_label="Sections"),
            el("form", el("button", "Sign out", class_="plain"), method="post",
               action="/operator/logout"),
        ),
        el("main", view.notice and el("p", view.notice, class_="notice", role="status"), *content),
    )  # fmt: skip


def login(problem: str = "", *, local: bool = False) -> str:
    """The door."""
    where = (
        "The token that “serve” printed when it started, or an API key with the scope admin."
        if local
        else "The operator's key, or an API key with the scope admin."
    )
    return _document(
        "Sign in",
        el(
            "main",
            el(
                "form",
                el("span", "🍷", class_="mark", aria_hidden="true"),
                el("h1", "Operator"),
                problem and el("p", problem, class_="bad", role="alert"),
                el("label", "Key", for_="key"),
                el("input", id="key", name="key", type="password", required=True,
                   autocomplete="current-password", autofocus=True, aria_describedby="where"),
                el("p", where, class_="dim", id="where"),
                el("button", "Sign in", class_="solid"),
                method="post",
                action="/operator/login",
                class_="door box",
                id="door",
            ),
        ),
    )  # fmt: skip


def _document(title: str, *body: Child) -> str:
    return "<!doctype html>" + el(
        "html",
        el(
            "head",
            el("meta", charset="utf-8"),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", name="referrer", content="no-referrer"),
            el("title", f"{title} · Sommelier"),
            el("link", rel="icon", href="data:,"),
            el("link", rel="stylesheet", href="/operator/static/operator.css"),
            el("script", src="/operator/static/operator.js", defer=True),
        ),
        el("body", *body),
        lang="en",
    )


def filters(view: View) -> Node:
    """Which days and which site are shown."""
    return el(
        "form",
        select("days", view.days, [(d, f"Last {d} days") for d in PERIODS], "Period"),
        view.sites
        and select("site", view.site, [("", "All sites"), *((s, s) for s in view.sites)], "Site"),
        el("noscript", el("button", "Show")),
        class_="filters",
        method="get",
    )


def select(name: str, chosen: object, options: Sequence[tuple[object, str]], label: str) -> Node:
    """A labelled choice; the page's script submits its form when it changes."""
    return el(
        "label",
        el("span", label, class_="sr"),
        el(
            "select",
            [el("option", t, value=v, selected=str(v) == str(chosen)) for v, t in options],
            name=name,
        ),
    )


def nothing(text: str) -> Node:
    """Says that there is nothing."""
    return el("p", text, class_="box nothing")


def when(at: float) -> str:
    """A moment in words."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC") if at else "never"
