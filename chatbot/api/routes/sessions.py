"""Conversations: begin one, say something, look at the profile, change it by hand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from chatbot import wire
from chatbot.api.models import (
    ConversationOut,
    NewSession,
    NewTurn,
    ProfileOut,
    ProfilePatch,
    ReplyOut,
    SessionOut,
    StoppedOut,
)
from chatbot.api.once import AGAIN, digest_of, key_of, same
from chatbot.api.problems import InFlightError, UnauthorisedError
from chatbot.api.services import (
    CallerIn,
    Services,
    ServicesIn,
    VisitorIn,
    limited,
    needs,
    remember,
)
from chatbot.api.turns import LAST, Live, event_id, told
from chatbot.errors import InputError, NotFoundError, SommelierError
from chatbot.storage.answers import Answer
from chatbot.storage.people import SITE
from chatbot.values import Session

router = APIRouter(prefix="/v1/sessions", tags=["conversation"], dependencies=[needs("chat")])

_RECENT = 20
"""Turns of a conversation that are at hand."""

EVENT_STREAM = "text/event-stream"

EVENTS = """retry: 1500

id: 1.1
event: status
data: {"phase":"understand"}

id: 1.2
event: items
data: {"items":[{"id":"alien-1979","title":"Alien","score":0.91,"reasons":[]}]}

id: 1.3
event: delta
data: {"text":"Here are 5 films …"}

id: 1.4
event: done
data: {"id":"…","text":"Here are 5 films …","items":[]}

"""


@router.post("", status_code=201)
def create(
    request: Request,
    response: Response,
    services: ServicesIn,
    caller: CallerIn,
    body: NewSession | None = None,
) -> SessionOut:
    """Begin a conversation. It belongs to the visitor whose cookie comes with the answer."""
    services.limits.sessions.take(
        caller.counted, caller.key.per_minute if caller.key is not None else 0
    )
    wanted = body or NewSession.model_validate({})
    if wanted.about and caller.key is None and not caller.visitor.id.startswith(SITE):
        raise UnauthorisedError(
            "attributes of a person are believed of a site's server only.",
            hint="Send an API key or a signed visitor.",
        )
    name = wanted.catalogue
    if name is None and caller.site:
        name = services.sites.get(caller.site).catalogue
    session = services.assistant.create_session(
        catalogue=name,
        channel=wanted.channel,
        language=wanted.language,
        context={str(key): value for key, value in wanted.context.items()},
        user=caller.visitor.id,
        site=caller.site,
        about=wanted.about,
    )
    remember(request, response, caller.visitor)
    response.headers["location"] = f"/v1/sessions/{session.id}"
    return SessionOut.model_validate(wire.session(session))


@router.get("", dependencies=[Depends(limited)])
def mine(services: ServicesIn, visitor: VisitorIn) -> list[SessionOut]:
    """The visitor's conversations, latest first."""
    found = services.assistant.sessions(visitor.id)
    return [SessionOut.model_validate(wire.session(session)) for session in found]


@router.get("/{session_id}", dependencies=[Depends(limited)])
def read(session_id: str, services: ServicesIn, visitor: VisitorIn) -> ConversationOut:
    """One conversation with its profile, its recent turns, and what people at the desk said."""
    session = services.own(visitor, session_id)
    shape = wire.session(session, turns=True)
    desk = services.assistant.desk
    if desk is not None:
        shape["messages"] = wire.plain([m.shape() for m in desk.cases.said(session.id)])
    return ConversationOut.model_validate(shape)


@router.post(
    "/{session_id}/turns",
    response_model=ReplyOut,
    responses={
        200: {
            "description": "The whole answer, or its events with `Accept: text/event-stream`.",
            "content": {"text/event-stream": {"example": EVENTS}},
        }
    },
)
async def say(
    session_id: str, turn: NewTurn, request: Request, services: ServicesIn, caller: CallerIn
) -> Any:
    """Say something. Streamed, cards come before prose and every event has an id.

    A client that lost the line sends the same request with `Last-Event-ID` (or asks
    `GET …/events`) within a few minutes and goes on from there, also while the turn still runs. A
    turn that nobody listens to is stopped after some seconds.
    """
    streamed = EVENT_STREAM in request.headers.get("accept", "")
    again = streamed and "last-event-id" in request.headers
    session = await services.aside(
        services.own, caller.visitor, session_id, _RECENT if again else 1
    )
    if again:
        return await resumed(services, session, request.headers["last-event-id"])
    text = services.checked(turn.text)
    key = key_of(request.headers)
    if key is None:
        await services.spend(caller)
        return await _given(services, services.turns.start(session, text), request)
    body = digest_of("POST", request.url.path, text.encode())
    user = caller.visitor.id
    found = await services.aside(services.answers.begin, user, key, body)
    if found is not None and same(found, body).status:
        return _replayed(found, streamed)
    live = services.turns.keyed.get((user, key))
    if found is None:
        try:
            await services.spend(caller)
            live = services.turns.start(session, text)
        except SommelierError:
            await services.aside(services.answers.abandon, user, key)
            raise
        services.turns.keyed[user, key] = live
        services.turns.task(_kept(services, (user, key), body, live))
    if live is None:
        raise InFlightError("the first request with this key is still being answered.")
    return await _given(services, live, request)


async def _given(services: Services, live: Live, request: Request) -> Response:
    """The turn's events, or its whole answer, as the client asked."""
    if EVENT_STREAM in request.headers.get("accept", ""):
        return _streaming(services.turns.follow(live))
    reply = await services.turns.result(live, partial(_gone, request))
    return JSONResponse(wire.reply(reply))


async def _gone(request: Request) -> None:
    """Ends when the client goes away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _kept(services: Services, place: tuple[str, str], request: str, live: Live) -> None:
    """Keep the answer of a turn under its idempotency key when it is there."""
    user, key = place
    try:
        while not live.over:
            await live.changed.wait()
        if live.reply is None:
            await services.aside(services.answers.abandon, user, key)
            return
        body = json.dumps(wire.reply(live.reply), ensure_ascii=False).encode()
        answer = Answer(request, 200, "application/json", {}, body)
        await services.aside(services.answers.finish, user, key, answer)
    finally:
        services.turns.keyed.pop(place, None)


def _replayed(found: Answer, streamed: bool) -> Response:
    headers = {AGAIN: "true"}
    if streamed:
        return Response(
            told(json.loads(found.body), whole=True), media_type=EVENT_STREAM, headers=headers
        )
    return Response(found.body, media_type="application/json", headers=headers)


def _streaming(events: AsyncIterator[bytes]) -> StreamingResponse:
    return StreamingResponse(
        events,
        media_type=EVENT_STREAM,
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def resumed(services: Services, session: Session, last: str) -> Response:
    """The rest of a turn after the event `last`, or the latest turn from its beginning.

    Raises:
        InputError: `last` is not an id of ours.
        NotFoundError: nothing was said yet, or that turn is too long ago.
    """
    number, after = None, 0
    if last.strip():
        place = event_id(last)
        if place is None:
            raise InputError("Last-Event-ID is not an id of this stream.")
        number, after = place
    live = services.turns.find(session.id, number)
    if live is not None:
        if live.over and after >= len(live.frames):
            return Response(status_code=204)  # tells an EventSource that there is no more
        return _streaming(services.turns.follow(live, after))
    turns = [t for t in session.turns if number is None or t.number == number]
    if not turns:
        raise NotFoundError("there is no such turn.", hint="Read the session again.")
    if after >= LAST:
        return Response(status_code=204)
    return Response(told(wire.reply(turns[-1].reply), whole=not after), media_type=EVENT_STREAM)


@router.get(
    "/{session_id}/events",
    dependencies=[Depends(limited)],
    responses={
        200: {
            "description": "Events of the turn that runs, or of the latest.",
            "content": {"text/event-stream": {"example": EVENTS}},
        },
        204: {"description": "Everything was told already."},
    },
    response_class=Response,
)
async def events(
    session_id: str,
    services: ServicesIn,
    visitor: VisitorIn,
    last_event_id: Annotated[
        str,
        Header(max_length=40, description="The last id that came: go on after it."),
    ] = "",
) -> Response:
    """Follow a turn again after the line broke. Finished turns are told from what is stored."""
    session = await services.aside(services.own, visitor, session_id)
    return await resumed(services, session, last_event_id)


@router.post("/{session_id}/stop", dependencies=[Depends(limited)])
async def stop(session_id: str, services: ServicesIn, visitor: VisitorIn) -> StoppedOut:
    """Stop what is being answered now; what was said until then is kept."""
    session = await services.aside(services.own, visitor, session_id, 1)
    return StoppedOut(stopped=services.turns.stop(session.id))


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
