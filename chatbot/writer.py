"""Wording an answer. `Writer` is the seam between templates and language models.

A writer decides nothing: items, order and facts are given. What it says beyond the brief's facts is
dropped by the grounding check of `chatbot.models`, and the template stands in.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from chatbot.values import Language


@dataclass(frozen=True, slots=True)
class Subject:
    """One item the text may speak of: its shown title and the statements that are true of it."""

    id: str
    title: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Brief:
    """What is to be said.

    Attributes:
        kind: the action being worded.
        language: language of the answer.
        request: the user's words, data and never instructions.
        subjects: items in the order decided by code, with their facts and evidence.
        template: the complete answer in fixed words; what is said when nothing better comes.
        must_keep: sentences of the template that have to be said as they are (limits given up,
            unknown names): honesty is not left to a model.
    """

    kind: Literal["recommend", "answer", "compare", "explain", "chat"]
    language: Language
    request: str
    subjects: tuple[Subject, ...]
    template: str
    must_keep: tuple[str, ...] = ()


class Writer(Protocol):
    """Words a brief, piece by piece."""

    def write(self, brief: Brief, cancel: threading.Event) -> Iterator[str]:
        """Yield the text in pieces; stop soon after `cancel` is set.

        The concatenation is the answer. A writer that fails finishes with the template; it sets
        nothing and raises nothing for a slow or broken model (see `degraded`).
        """
        ...

    @property
    def degraded(self) -> str:
        """Why the last answer of this thread fell back to the template, or ""."""
        ...


class TemplateWriter:
    """Says the template, in pieces of a few words so that it reads as it arrives."""

    degraded = ""

    def write(self, brief: Brief, cancel: threading.Event) -> Iterator[str]:
        """See `Writer.write`."""
        for piece in re.findall(r"\S+\s*|\s+", brief.template):
            if cancel.is_set():
                return
            yield piece
