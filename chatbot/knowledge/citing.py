"""Quotes and the places they are from, as people see them."""

from __future__ import annotations

import re

from chatbot.knowledge import JOIN, Passage
from chatbot.knowledge.base import Hit
from chatbot.knowledge.conflicts import quantities
from chatbot.phrases import say
from chatbot.values import Citation, Language

_TITLE = 80


def shown(quote: str) -> str:
    """A quote for people: list items with a bullet."""
    return re.sub(r"(?m)^- ", "• ", quote)


def citation(hit: Hit, quote: str) -> Citation:
    """What a quote is from."""
    p = hit.passage
    return Citation(place(p), p.url, quote, round(hit.chance, 3), p.id)


def place(p: Passage) -> str:
    """Where people find a passage: its question, or its headings."""
    return p.title if p.kind != "text" else JOIN.join(p.trail)


def source(p: Passage, language: Language) -> str:
    """The line that names where a quote is from."""
    link = f" ({p.url})" if p.url.startswith(("http://", "https://")) else ""
    return say("support.source", language, place=place(p), link=link)


def short(p: Passage) -> str:
    """A passage as something to choose; it finds the same passage when it is said."""
    name = place(p)
    return name if len(name) <= _TITLE else name[: _TITLE - 1] + "…"


def not_said(text: str, passage: Passage) -> str:
    """A percentage or sum that was asked for and that the passage does not name."""
    asked = {q for q in quantities(text) if q[0] in ("percent", "money")}
    gone = asked - quantities(passage.text)
    if not gone:
        return ""
    unit, number = sorted(gone)[0]
    return f"{number:g} %" if unit == "percent" else f"{number:g}"
