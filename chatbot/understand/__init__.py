"""Reads one user turn. `Reader` is the seam between the embedded engine and language models."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from chatbot.values import Language, Profile, Question, Role, Understanding


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader may look at besides the text. Knows no storage.

    Attributes:
        profile: beliefs before this turn.
        turn: number of this user turn, first turn 1.
        listed: item ids of the last list shown, in the order the user sees them.
        shown: every item id shown in this session, first shown first.
        focus: the item last talked about on its own, or "".
        question: the question the user has just been asked, or None.
        language: language of the conversation so far, or None.
        history: earlier (role, text) messages, oldest first.
    """

    profile: Profile = field(default_factory=Profile)
    turn: int = 1
    listed: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    focus: str = ""
    question: Question | None = None
    language: Language | None = None
    history: tuple[tuple[Role, str], ...] = ()


class Reader(Protocol):
    """Turns one user text into an `Understanding`. Pure: the same input reads the same."""

    def read(self, text: str, context: Context) -> Understanding:
        """Read `text` (already cleaned and bounded by the caller)."""
        ...
