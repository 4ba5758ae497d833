"""Handing a conversation to a person: the seam that turns call, and the values they get back.

A turn asks `Desk.reason` whether a person should take over now and, where there is a reason, calls
`Desk.hand_over`, says `Handoff.text` to the visitor and puts `Handoff.shape()` into the reply.
Whoever answered from the knowledge base passes `unanswered=True` where nothing was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from chatbot.values import Language, Session, Turn, Understanding

Why = Literal["request", "frustration", "loop", "low_confidence", "rule"]
"""Why a person is called: the visitor asked for one, complains again and again, got the same answer
to the same question, was not understood twice, or said a word on the operator's list."""

State = Literal["queued", "delivered", "failed", "outside_hours", "unavailable", "held", "closed"]
"""What is true of a handoff. `queued`: kept and being sent. `delivered`: the desk confirmed it.
`outside_hours`: like queued or delivered, but nobody reads it before `opens`. `failed`: it could
not be sent. `unavailable`: no desk is set up. `held`: a person has answered and the assistant does
not. `closed`: that is over, the assistant answers again."""

Resolution = Literal["open", "confirmed", "assumed", "escalated", "by_person", "unresolved"]
"""How a support conversation ended. `confirmed`: the visitor said so; `assumed`: it ended without
return; `escalated`: a person was called; `by_person`: the person solved it; `unresolved`: it did
not help."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """What was done about calling a person, and the sentence that says so truthfully.

    Attributes:
        id: names the handoff, "" where no desk is set up.
        text: what the visitor is told.
        opens: Unix seconds of the next opening, None inside hours.
        contact: what the operator wrote for visitors where nobody can be reached, or "".
        delivered: whether the desk has it already; also outside hours.
        person: who has, or had, the conversation; None before anybody took it.
        suggestions: what the visitor may say next.
    """

    id: str
    state: State
    why: Why
    text: str
    opens: float | None = None
    contact: str = ""
    delivered: bool = False
    person: str | None = None
    suggestions: tuple[str, ...] = ()

    def shape(self) -> dict[str, Any]:
        """The same for `Reply.handoff`."""
        return {
            "id": self.id,
            "state": self.state,
            "reason": self.why,
            "opens": self.opens,
            "contact": self.contact,
            "delivered": self.delivered,
            "person": self.person,
        }


class Desk(Protocol):
    """Where conversations are handed to people."""

    def reason(
        self, session: Session, text: str, u: Understanding, *, unanswered: bool = False
    ) -> Why | None:
        """Why a person should take over at this message; None where nobody is needed.

        `session` holds the turns before it. `unanswered` says that this message got no answer from
        the knowledge base. Where no desk is set up only a request is a reason, and where a person
        was called already nothing but another request is.
        """
        ...

    def hand_over(self, session: Session, text: str, why: Why, language: Language) -> Handoff:
        """Pass the conversation on, this message included. Returns after it is kept safely.

        A conversation is passed on once: asked again, this tells how it stands.
        """
        ...

    def hold(self, session: Session, text: str) -> Handoff | None:
        """Pass the visitor's words on to the person who has the conversation, or, where they ask
        for it, give it back to the assistant; None where the assistant answers anyway.
        """
        ...

    def observe(self, session: Session, turn: Turn) -> None:
        """Note what a finished turn says about how the conversation goes."""
        ...
