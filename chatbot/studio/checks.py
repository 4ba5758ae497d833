"""What a claim is, and what a sentence may speak of. Values."""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.studio.draft import Source
from chatbot.studio.register import Register
from chatbot.values import Language
from retrieval.items import Item

MARK = "\ue000"
"""Stands where a title or name was taken out of a text."""


@dataclass(frozen=True, slots=True)
class Check:
    """One claim found in a sentence.

    Attributes:
        what: "title", "name", "number", "kind", "level" or "claim".
        text: the words that make the claim.
        holds: True where the record says so, False where it says otherwise or nothing.
        record: what the record says, "" where it is silent.
        source: what bears it out.
    """

    what: str
    text: str
    holds: bool
    record: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a sentence may speak of.

    Attributes:
        about: items it is about: named in it, else of its paragraph.
        items: all items of the draft.
        notes: what the writer said: notes, topic, audience, keywords.
    """

    about: tuple[Item, ...]
    items: tuple[Item, ...]
    notes: str
    register: Register
    language: Language
