"""What to do next. Pure: an understanding and the state of the conversation in, one action out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chatbot.values import ActionName, Profile, Understanding

UNSURE = 0.35
"""Below this confidence the assistant asks instead of guessing."""

ChatKind = Literal[
    "greet", "thanks", "goodbye", "help", "out_of_scope", "reset", "accept", "smalltalk", "unclear"
]


@dataclass(frozen=True, slots=True)
class Recommend:
    """Show a list. `mood` says why: a request, more of it, a critique, a skipped question."""

    mood: Literal["request", "more", "critique", "skip"] = "request"


@dataclass(frozen=True, slots=True)
class AskOpen:
    """Ask what the user is in the mood for."""


@dataclass(frozen=True, slots=True)
class AskWhich:
    """Ask which of several items with the same name is meant."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerItem:
    """Answer a question about one item; `item` is "" when it is not clear which."""

    item: str
    aspect: str


@dataclass(frozen=True, slots=True)
class Compare:
    """Put items side by side."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explain:
    """Say why an item was recommended; "" explains the list and what would change it."""

    item: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """Write about items."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Support:
    """Answer from the knowledge base."""


@dataclass(frozen=True, slots=True)
class HandOff:
    """Hand the conversation to a person."""


@dataclass(frozen=True, slots=True)
class Chat:
    """Talk, without a list."""

    kind: ChatKind


Action = (
    Recommend
    | AskOpen
    | AskWhich
    | AnswerItem
    | Compare
    | Explain
    | Draft
    | Support
    | HandOff
    | Chat
)

NAMES: dict[type[Action], ActionName] = {
    Recommend: "recommend",
    AskOpen: "ask",
    AskWhich: "ask",
    AnswerItem: "answer",
    Compare: "compare",
    Explain: "explain",
    Draft: "draft",
    Support: "support",
    HandOff: "handoff",
    Chat: "chat",
}
"""Action → its name in replies."""


@dataclass(frozen=True, slots=True)
class State:
    """What `decide` may look at besides the understanding.

    Attributes:
        profile: beliefs after this turn's updates.
        changed: whether this turn changed them.
        listed: ids of the last list.
        focus: the item last talked about, or "".
        asked_open: whether the open question was asked before.
    """

    profile: Profile
    changed: bool
    listed: tuple[str, ...] = ()
    focus: str = ""
    asked_open: bool = False


def decide(understanding: Understanding, state: State) -> Action:
    """The next action.

    Questions are only asked where showing a list would be a guess: a name that stands for several
    items, a text that was not understood, or a request that says nothing at all (once).
    """
    u = understanding
    if u.ambiguous:
        return AskWhich(u.ambiguous)
    talk = _TALK.get(u.intent)
    if talk is not None:
        return Chat(talk) if not state.changed or u.intent in ("reset", "accept") else Recommend()
    if u.intent in ("ask_item", "compare", "explain", "draft", "support", "handoff"):
        return _about_items(u, state)
    if u.intent == "more":
        return Recommend("more")
    if u.intent == "skip":
        return Recommend("skip")
    if u.critiques or u.intent == "critique":
        return Recommend("critique")
    if u.intent == "unclear" or (u.confidence < UNSURE and not state.changed):
        return Recommend() if state.changed else Chat("unclear")
    if not state.profile.preferences and not u.terms and not state.asked_open:
        return AskOpen()
    return Recommend()


_TALK: dict[str, ChatKind] = {
    "greet": "greet",
    "thanks": "thanks",
    "goodbye": "goodbye",
    "help": "help",
    "out_of_scope": "out_of_scope",
    "reset": "reset",
    "accept": "accept",
    "smalltalk": "smalltalk",
}


def _compared(items: tuple[str, ...], state: State) -> tuple[str, ...]:
    """What is compared: two named, one and the one spoken of, else the first two shown."""
    if len(items) == 1 and state.focus and state.focus not in items:
        return (state.focus, *items)
    return items if len(items) > 1 else state.listed[:2]


def _about_items(u: Understanding, state: State) -> Action:
    focus = u.items[0] if u.items else state.focus
    if u.intent == "ask_item":
        if u.aspect == "similar":
            return Recommend()
        return AnswerItem(focus, u.aspect)
    if u.intent == "compare":
        return Compare(_compared(u.items, state))
    if u.intent == "explain":
        return Explain(u.items[0] if u.items else "")
    if u.intent == "draft":
        return Draft(u.items or state.listed)
    return Support() if u.intent == "support" else HandOff()
