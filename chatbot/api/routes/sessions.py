"""Conversations: begin one, say something, look at the profile, change it by hand."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from chatbot import wire
from chatbot.api import sse
from chatbot.api.models import (
    ConversationOut,
    NewSession,
    NewTurn,
    ProfileOut,
    ProfilePatch,
    ReplyOut,
    SessionOut,
)
from chatbot.api.services import ServicesIn, VisitorIn, client, limited
from chatbot.api.visitors import set_cookie
from chatbot.values import Done, Event, Reply

router = APIRouter(prefix="/v1/sessions", tags=["conversation"])

_EVENTS = """event: status
data: {"phase":"understand"}

event: items
data: {"items":[{"id":"alien-1979","title":"Alien","score":0.91,"reasons":[]}]}

event: delta
data: {"text":"Here are 5 films …"}

event: done
data: {"id":"…","text":"Here are 5 films …","items":[]}
"""


@router.post("", status_code=201)
def create(
    request: Request,
    response: Response,
    services: ServicesIn,
    visitor: VisitorIn,
    body: NewSession | None = None,
) -> SessionOut:
    """Begin a conversation. It belongs to the visitor whose cookie comes with the answer."""
    services.limits.sessions.take(client(request))
    wanted = body or NewSession.model_validate({})
    session = services.assistant.create_session(
        catalogue=wanted.catalogue,
        channel=wanted.channel,
        language=wanted.language,
        user=visitor.id,
    )
    if visitor.fresh:
        secure = request.url.scheme == "https"
        response.headers["set-cookie"] = set_cookie(visitor, secure=secure)
    response.headers["location"] = f"/v1/sessions/{session.id}"
    return SessionOut.model_validate(wire.session(session))


@router.get("", dependencies=[Depends(limited)])
def mine(services: ServicesIn, visitor: VisitorIn) -> list[SessionOut]:
    """The visitor's conversations, latest first."""
    found = services.assistant.sessions(visitor.id)
    return [SessionOut.model_validate(wire.session(session)) for session in found]


@router.get("/{session_id}", dependencies=[Depends(limited)])
def read(session_id: str, services: ServicesIn, visitor: VisitorIn) -> ConversationOut:
    """One conversation with its profile and its recent turns."""
    session = services.own(visitor, session_id)
    return ConversationOut.model_validate(wire.session(session, turns=True))


@router.post(
    "/{session_id}/turns",
    response_model=ReplyOut,
    responses={
        200: {
            "description": "The whole answer, or its events with `Accept: text/event-stream`.",
            "content": {"text/event-stream": {"example": _EVENTS}},
        }
    },
)
async def say(
    session_id: str, turn: NewTurn, request: Request, services: ServicesIn, visitor: VisitorIn
) -> Any:
    """Say something. Cards come before prose when streamed; closing the stream cancels the turn."""
    services.limits.turns.take(client(request))
    text = services.checked(turn.text)
    session = await run_in_threadpool(services.own, visitor, session_id)

    def start(cancel: threading.Event) -> Iterator[Event]:
        return services.turn(text, session, cancel)

    if "text/event-stream" in request.headers.get("accept", ""):
        return StreamingResponse(
            sse.stream(start, services.executor),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )
    reply = await run_in_threadpool(_last, start(threading.Event()))
    return wire.reply(reply)


@router.post("/{session_id}/refresh", dependencies=[Depends(limited)])
def refresh(session_id: str, services: ServicesIn, visitor: VisitorIn) -> ReplyOut:
    """The last list again, under the profile and the dial as they are now."""
    session = services.own(visitor, session_id)
    return ReplyOut.model_validate(wire.reply(services.assistant.refresh(session.id)))


@router.get("/{session_id}/profile", dependencies=[Depends(limited)])
def profile(session_id: str, services: ServicesIn, visitor: VisitorIn) -> ProfileOut:
    """What is believed about the visitor in this conversation, and the words it came from."""
    session = services.own(visitor, session_id)
    return ProfileOut.model_validate(wire.plain(wire.profile(session.profile)))


@router.patch("/{session_id}/profile", dependencies=[Depends(limited)])
def change(
    session_id: str, patch: ProfilePatch, services: ServicesIn, visitor: VisitorIn
) -> ProfileOut:
    """Change the profile by hand: clear it, remove a belief by its key, put one, turn the dial."""
    session = services.own(visitor, session_id)
    assistant = services.assistant
    changed = session.profile
    if patch.clear or patch.remove or patch.put is not None:
        put = patch.put.to_preference() if patch.put is not None else None
        changed = assistant.edit_profile(
            session.id, put=put, remove=patch.remove, clear=patch.clear
        )
    if patch.surprise is not None:
        assistant.set_surprise(session.id, patch.surprise)
    return ProfileOut.model_validate(wire.plain(wire.profile(changed)))


def _last(events: Iterator[Event]) -> Reply:
    for event in events:
        if isinstance(event, Done):
            return event.reply
    raise RuntimeError("a turn ended without its reply")
