"""Handoffs on the operator's page: who waits, the conversation, an answer; what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chatbot.backoffice.frame import View, nothing, when
from chatbot.backoffice.html import Node, el, many
from chatbot.handoff.cases import MOST_NAME, MOST_TEXT, Case
from chatbot.handoff.outbox import Entry

_STATES = {
    "waiting": ("waits", "wait"),
    "held": ("with a person", "good"),
    "closed": ("closed", ""),
}
_TONE = {"delivered": "good", "failed": "bad", "queued": "wait"}
_KINDS = {
    "contact": "Address left",
    "message": "Visitor wrote",
    "closed": "Closed",
    "test": "Drill",
}
_ENDS = (("solved", "Solved"), ("unsolved", "Not solved"), ("", "Left open"))


@dataclass(frozen=True, slots=True)
class Open:
    """A handoff to be answered.

    Attributes:
        case: see `Case`.
        why: the reason it was handed over.
        language: the visitor's.
        contact: where the visitor can be reached, or "".
        transcript: as a desk gets it, with what was said since.
        unread: whether the visitor spoke last.
    """

    case: Case
    why: str
    language: str
    contact: str
    transcript: Sequence[Mapping[str, Any]]
    unread: bool = False


def handoffs(
    view: View,
    entries: Sequence[Entry],
    desks: Sequence[tuple[str, str, str]],
    cases: Sequence[Open] = (),
    chosen: str = "",
    name: str = "",
) -> Node:
    """Who waits for a person, and what went to a desk.

    Args:
        view: see `View`.
        entries: what was sent, or is to be.
        desks: (whose, channel, hours now).
        cases: open handoffs, the longest wait first.
        chosen: id of the one that is read.
        name: the name that answers are signed with.
    """
    first = chosen or (cases[0].case.id if cases else "")
    return many(
        [
            el("div", el("h1", "Handoffs"),
               el("p", _waiting(cases), class_="dim", id="waiting"), class_="top"),
            el("div", [_case(one, one.case.id == first, name) for one in cases]
               or nothing("Nobody waits for a person."), id="cases"),
            el("h2", "Desks and deliveries"),
            el(
                "section",
                el("ul", [el("li", el("b", whose), f": {channel} · {now}")
                          for whose, channel, now in desks], class_="plainlist"),
                class_="box",
            ),
            [_entry(e) for e in entries]
            or nothing("Nobody was called yet. `handoff drill` sends a test."),
        ]
    )  # fmt: skip


def _waiting(cases: Sequence[Open]) -> str:
    waits = sum(one.unread for one in cases)
    return f"{len(cases):,} open, {waits:,} of them wait for your words."


def _case(one: Open, open_: bool, name: str) -> Node:
    case = one.case
    said, tone = _STATES[case.state]
    last = next((t["text"] for t in reversed(one.transcript) if t["role"] == "user"), "")
    facts = [
        one.why.replace("_", " "), case.site or "no site", one.language,
        one.contact or "no address left", f"since {when(case.created)}",
    ]  # fmt: skip
    whose = f"with {case.person}" if case.state == "held" and case.person else said
    return el(
        "details",
        el(
            "summary",
            el("b", "Conversation "),
            el("span", case.id[:6], class_="dim"),
            el("span", whose, class_=f"tag {tone}"),
            one.unread and el("span", "your turn", class_="tag wait"),
            el("span", last[:120], class_="dim peek"),
        ),
        el("p", " · ".join(facts), class_="dim"),
        el(
            "div",
            [_said(t) for t in one.transcript],
            class_="talk",
            data_case=case.id,
            role="log",
            tabindex="0",
            aria_label="Conversation",
        ),
        _answer(case, name),
        _close(case, name),
        id=f"c-{case.id}",
        class_="box case",
        open=open_,
    )


def _said(t: Mapping[str, Any]) -> Node:
    who = {"user": "Visitor", "person": t.get("name") or "Desk"}.get(t["role"], "Assistant")
    shown = [item["title"] for item in t.get("items") or ()][:5]
    return el(
        "div",
        el("b", who),
        el("p", t["text"], class_="pre"),
        shown and el("p", "Shown: " + ", ".join(shown), class_="dim"),
        class_=f"said-{t['role']}",
    )


def _answer(case: Case, name: str) -> Node:
    return el(
        "form",
        el("input", type="hidden", name="id", value=case.id),
        el("label", "Answer, as the visitor shall read it",
           el("textarea", name="text", rows=3, required=True, maxlength=MOST_TEXT)),
        el("div",
           el("label", "Your name, shown to the visitor",
              el("input", name="name", value=name or case.person, maxlength=MOST_NAME,
                 autocomplete="name")),
           el("button", "Send", class_="solid"), class_="line"),
        method="post",
        action="/operator/say",
        class_="stack",
    )  # fmt: skip


def _close(case: Case, name: str) -> Node:
    return el(
        "form",
        el("input", type="hidden", name="id", value=case.id),
        el("input", type="hidden", name="name", value=name or case.person),
        el("span", "Give it back to the assistant:", class_="dim"),
        [el("button", text, name="resolution", value=value) for value, text in _ENDS],
        method="post",
        action="/operator/close",
        class_="filters",
    )


def _entry(e: Entry) -> Node:
    transcript = e.message.get("transcript") or ()
    words = e.message.get("text")
    contact = (e.message.get("visitor") or {}).get("contact") or ""
    facts = [e.why.replace("_", " "), e.site or "no site", e.language, contact, when(e.created)]
    tries = "1 attempt" if e.attempts == 1 else f"{e.attempts} attempts"
    note = f"{tries}: {e.note}." if e.note else ""
    waits = f" Next attempt {when(e.due)}." if e.state == "queued" and e.attempts else ""
    return el(
        "article",
        el(
            "div",
            el("h3", _KINDS.get(e.kind, "Conversation")),
            el("span", e.state, class_=f"tag {_TONE[e.state]}"),
            e.state == "failed" and el(
                "form",
                el("input", type="hidden", name="id", value=e.id),
                el("button", "Send again"),
                method="post",
                action="/operator/retry",
            ),
            class_="line",
        ),
        el("p", " · ".join(filter(None, facts)), class_="dim"),
        (note or waits) and el("p", note + waits),
        words and el("p", words, class_="pre"),
        transcript and el(
            "details",
            el("summary", f"{len(transcript)} messages"),
            [_said(t) for t in transcript],
        ),
        class_="box",
    )  # fmt: skip
