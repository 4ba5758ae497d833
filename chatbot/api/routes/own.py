"""What belongs to a visitor: verdicts on items, an export of everything, erasure for good."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from chatbot import wire
from chatbot.api.models import ErasedOut, ExportOut, FeedbackOut, NewFeedback, ProfileOut
from chatbot.api.services import ServicesIn, VisitorIn, limited, needs
from chatbot.api.visitors import COOKIE

router = APIRouter(prefix="/v1", tags=["your data"], dependencies=[needs("chat"), Depends(limited)])


@router.post("/feedback", status_code=201)
def feedback(body: NewFeedback, services: ServicesIn, visitor: VisitorIn) -> FeedbackOut:
    """Love, like, dislike or have seen an item. The answer's `id` takes it back."""
    session = services.own(visitor, body.session)
    services.assistant.item(body.item, session.catalogue)
    kept = services.assistant.feedback(session.id, body.item, body.verdict)
    services.metrics.feedback.labels(body.verdict).inc()
    return FeedbackOut(
        id=kept.id, session=kept.session, item=kept.item, turn=kept.turn, verdict=kept.verdict
    )


@router.delete("/feedback/{feedback_id}")
def undo(
    feedback_id: str,
    session: Annotated[str, Query(min_length=1, max_length=64)],
    services: ServicesIn,
    visitor: VisitorIn,
) -> ProfileOut:
    """Take a verdict back; answers with the profile as it was without it."""
    own = services.own(visitor, session)
    found = services.assistant.undo(own.id, feedback_id[:64])
    return ProfileOut.model_validate(wire.plain(wire.profile(found)))


@router.get("/export", response_model=ExportOut)
def export(services: ServicesIn, visitor: VisitorIn) -> JSONResponse:
    """Everything that is kept about the visitor, as a file."""
    return JSONResponse(
        wire.plain(services.assistant.export(visitor.id)),
        headers={"content-disposition": 'attachment; filename="sommelier-export.json"'},
    )


@router.delete("/me", response_model=ErasedOut)
def erase(services: ServicesIn, visitor: VisitorIn) -> JSONResponse:
    """Erase everything that is kept about the visitor, for good, and forget the cookie."""
    erased = services.assistant.erase(visitor.id)
    response = JSONResponse({"erased": True, "sessions": erased})
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return response
