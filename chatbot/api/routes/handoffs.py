"""Handoffs for a desk's own programs: what is open, answering into the conversation, ending it.

With an API key of the scope desk (or admin). Whoever got a handoff by webhook finds these addresses
in it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from chatbot import wire
from chatbot.api.routes.support import DeskMessageOut, desk_of
from chatbot.api.services import Services, ServicesIn, limited, needs
from chatbot.errors import NotFoundError
from chatbot.handoff.cases import MOST_NAME, MOST_TEXT, Case
from chatbot.handoff.letters import transcript_of

router = APIRouter(
    prefix="/v1/admin/handoffs",
    tags=["desk"],
    dependencies=[needs("desk"), Depends(limited)],
)

Id = Annotated[str, Path(min_length=1, max_length=64, description="As the webhook named it.")]
Name = Annotated[str, Field(max_length=MOST_NAME, description="Shown to the visitor.")]


class HandoffOut(BaseModel):
    """A handoff as people work on it."""

    id: str
    session: str
    site: str
    catalogue: str
    language: str | None
    state: str = Field(description="waiting, held (a person has answered) or closed.")
    reason: str
    person: str
    contact: str
    closed_by: str = Field(description='desk, visitor, time, again; "" while it is open.')
    resolution: str
    created: float
    updated: float


class HandoffWholeOut(HandoffOut):
    """A handoff with the conversation as it stands now."""

    transcript: list[dict[str, Any]] = Field(
        description="Roles user, assistant and person, oldest first."
    )


class AnswerIn(BaseModel):
    """A person's words to the visitor."""

    text: str = Field(min_length=1, max_length=MOST_TEXT, description="Plain text.")
    name: Name = ""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "A new pair is on its way.", "name": "Anna"}]},
    )


class CloseIn(BaseModel):
    """The end of a person's part."""

    resolution: Literal["solved", "unsolved", ""] = ""
    name: Name = ""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"resolution": "solved", "name": "Anna"}]},
    )


@router.get("")
def listed(
    services: ServicesIn,
    state: Annotated[Literal["open", "all"], Query()] = "open",
    site: Annotated[str, Query(max_length=40)] = "",
) -> list[HandoffOut]:
    """Handoffs that wait or are being answered, the longest wait first; or all, latest first."""
    desk = desk_of(services)
    found = desk.cases.listed(open_only=state == "open", site=site)
    return [HandoffOut(**shape) for case in found if (shape := _shape(services, case)) is not None]


@router.get("/{handoff_id}")
def one(handoff_id: Id, services: ServicesIn) -> HandoffWholeOut:
    """One handoff with the whole conversation, what was said since it was handed over included."""
    return _whole(services, desk_of(services).cases.get(handoff_id))


@router.post("/{handoff_id}/messages", status_code=201)
def answer(handoff_id: Id, body: AnswerIn, services: ServicesIn) -> DeskMessageOut:
    """Say something to the visitor. From then on the assistant does not answer, until the handoff
    is closed or the visitor goes back to it.
    """
    made = desk_of(services).answer(handoff_id, body.text, body.name)
    return DeskMessageOut.model_validate(wire.plain(made.shape()))


@router.post("/{handoff_id}/close")
def close(handoff_id: Id, body: CloseIn, services: ServicesIn) -> HandoffWholeOut:
    """End the person's part: the assistant answers again, and the visitor is told so. Closing
    what is closed changes nothing.
    """
    case = desk_of(services).end(handoff_id, "desk", body.resolution, body.name)
    return _whole(services, case)


def _whole(services: Services, case: Case) -> HandoffWholeOut:
    shape = _shape(services, case)
    if shape is None:
        raise NotFoundError("the conversation of this handoff was erased.")
    session = services.assistant.session(case.session, turns=40)
    spoken = transcript_of(session, desk_of(services).cases.said(case.session))
    return HandoffWholeOut(**shape, transcript=wire.plain(spoken))


def _shape(services: Services, case: Case) -> dict[str, Any] | None:
    """A case with what is known of its conversation; None where that was erased."""
    try:
        session = services.assistant.session(case.session, turns=1)
    except NotFoundError:
        return None
    entry = desk_of(services).outbox.get(case.id)
    visitor = (entry.message.get("visitor") or {}) if entry is not None else {}
    shape: dict[str, Any] = wire.plain(
        {
            "id": case.id,
            "session": case.session,
            "site": case.site,
            "catalogue": session.catalogue,
            "language": session.language,
            "state": case.state,
            "reason": entry.why if entry is not None else "",
            "person": case.person,
            "contact": visitor.get("contact") or "",
            "closed_by": case.closed_by,
            "resolution": case.resolution,
            "created": case.created,
            "updated": case.updated,
        }
    )
    return shape
