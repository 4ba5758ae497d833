"""How the support of a conversation stands, and what a person at the desk says in it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from chatbot import wire
from chatbot.api.services import Services, ServicesIn, VisitorIn, limited, needs
from chatbot.errors import InputError, NotFoundError
from chatbot.handoff.desk import SupportDesk
from chatbot.values import Session

router = APIRouter(prefix="/v1/sessions", tags=["widget"], dependencies=[Depends(limited)])


class SupportOut(BaseModel):
    """How the support of one conversation stands."""

    resolution: str | None = Field(
        description="open, confirmed, assumed, escalated, by_person, unresolved; null: no support."
    )
    handoff: dict[str, Any] | None = Field(description="As in a reply, with `text` in words.")
    ask_csat: bool = Field(description="Whether to ask now, once, how satisfied the visitor is.")


class SupportIn(BaseModel):
    """What a visitor says about the support."""

    solved: bool | None = Field(None, description="Whether the answer helped.")
    csat: int | None = Field(None, ge=0, le=5, description="1 to 5; 0 = rather not say.")
    comment: str = Field("", max_length=1000)
    contact: str | None = Field(
        None, max_length=200, description="Where the desk can reach the visitor."
    )
    back: bool = Field(False, description="Back to the assistant, away from the person.")

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"solved": True}, {"csat": 5}]}
    )

    @model_validator(mode="after")
    def _something(self) -> SupportIn:
        said = self.solved is not None or self.csat is not None or self.back
        if not said and not (self.contact or "").strip():
            raise ValueError("say solved, csat, contact or back")
        return self


class DeskMessageOut(BaseModel):
    """What came from the desk: a person's words, or a notice that their part is over."""

    number: int
    kind: str = Field(description="person, closed (by the desk) or back (by the visitor).")
    person: str = Field(description='Who wrote it; "" where no name was given.')
    text: str = Field(description="Plain text; empty for a notice.")
    turn: int = Field(description="The visitor's turn after which it came.")
    created: float


class DeskMessagesOut(BaseModel):
    """What came from the desk, and whether more may come."""

    state: str | None = Field(description="waiting, held or closed; null: nobody was called.")
    person: str = Field(description="Who has the conversation.")
    messages: list[DeskMessageOut]


@router.get("/{session_id}/messages", dependencies=[needs("chat")])
def messages(
    session_id: str,
    services: ServicesIn,
    visitor: VisitorIn,
    after: Annotated[int, Query(ge=0, le=1_000_000, description="Only later ones.")] = 0,
    last_event_id: Annotated[str, Header(max_length=40, description="The same as `after`.")] = "",
) -> DeskMessagesOut:
    """What people at the desk said. Ask again every few seconds while the state is not closed."""
    session = services.own(visitor, session_id, 1)
    if not after and last_event_id.isascii() and last_event_id.isdigit():
        after = min(int(last_event_id), 1_000_000)
    desk = desk_of(services)
    case = desk.cases.current(session.id)
    return DeskMessagesOut(
        state=case.state if case is not None else None,
        person=case.person if case is not None else "",
        messages=said(desk, session, after),
    )


def said(desk: SupportDesk, session: Session, after: int = 0) -> list[DeskMessageOut]:
    """What came from the desk in a conversation."""
    found = desk.cases.said(session.id, after)
    return [DeskMessageOut.model_validate(wire.plain(m.shape())) for m in found]


@router.get("/{session_id}/support")
def support(session_id: str, services: ServicesIn, visitor: VisitorIn) -> SupportOut:
    """Whether a person was called, how that stands, and whether to ask for a rating."""
    session = services.own(visitor, session_id)
    return _standing(session, desk_of(services))


@router.post("/{session_id}/support")
def say(session_id: str, body: SupportIn, services: ServicesIn, visitor: VisitorIn) -> SupportOut:
    """Say whether it is solved, rate the support, leave an address, or leave the person."""
    session = services.own(visitor, session_id)
    desk = desk_of(services)
    if body.solved is not None:
        desk.outcomes.note(session, "confirmed" if body.solved else "unresolved")
    if body.csat is not None:
        desk.outcomes.rate(session, body.csat, body.comment)
    if body.contact and not desk.reach(session, body.contact, session.language or "en"):
        raise InputError("nobody was called in this conversation.", hint="Ask for a person first.")
    if body.back:
        case = desk.cases.current(session.id)
        if case is None:
            raise InputError("nobody was called in this conversation.")
        desk.end(case.id, "visitor")
    return _standing(session, desk)


def desk_of(services: Services) -> SupportDesk:
    """The desk of a server that keeps its conversations.

    Raises:
        NotFoundError: it keeps none.
    """
    desk = services.assistant.desk
    if desk is None:
        raise NotFoundError("conversations are not kept here, so there is no support.")
    return desk


def _standing(session: Session, desk: SupportDesk) -> SupportOut:
    outcome = desk.outcomes.get(session.id)
    handoff = desk.state(session, session.language or "en")
    shape = None if handoff is None else wire.plain({**handoff.shape(), "text": handoff.text})
    return SupportOut(
        resolution=outcome.resolution if outcome is not None else None,
        handoff=shape,
        ask_csat=desk.asks(session.id),
    )
