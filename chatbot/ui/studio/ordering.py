"""Before a draft is there: the form, proposals, the outline, writing it, taking it from a chat."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from chatbot.api import sse
from chatbot.api.services import Services, ServicesIn, VisitorIn, client
from chatbot.errors import NotFoundError
from chatbot.studio.audience import Audience
from chatbot.studio.brief import Brief, brief_of
from chatbot.studio.desk import Studio
from chatbot.studio.draft import Draft, plain, runs
from chatbot.studio.generate import Passage
from chatbot.studio.order import draft_of
from chatbot.studio.proposals import sections
from chatbot.studio.store import Record
from chatbot.turn import listed_in
from chatbot.ui.speak import spoken
from chatbot.ui.studio import view
from chatbot.ui.studio.bodies import BriefIn, FromChatIn, VoicesIn
from chatbot.ui.studio.door import LanguageIn, asked
from chatbot.ui.studio.readers import Readers, conversation, desk_of, found_items, model_note
from chatbot.ui.studio.words import all_words


@asked.get("/start")
def start(
    services: ServicesIn, visitor: VisitorIn, language: LanguageIn, session: str = ""
) -> dict[str, Any]:
    """What the form needs: words, readers, the conversation's items, the model."""
    studio = desk_of(services)
    readers = Readers(services, visitor.id)
    return {
        "words": all_words(language),
        "language": language,
        "nouns": {
            "one": studio.catalogue.schema.noun.get(language, ""),
            "many": studio.catalogue.schema.nouns.get(language, ""),
        },
        "passport": readers.passport_words(language),
        "clusters": readers.cluster_words(language),
        "conversation": conversation(services, visitor.id, language),
        "model": model_note(services, language),
    }


@asked.get("/model")
def model(services: ServicesIn, language: LanguageIn) -> dict[str, Any]:
    """Where the language model stands."""
    return model_note(services, language)


@asked.get("/items")
def items(
    services: ServicesIn, language: LanguageIn, q: Annotated[str, Query(max_length=300)] = ""
) -> list[dict[str, Any]]:
    """Items by their names, then by what they are like."""
    return found_items(services, q, language)


@asked.post("/angles")
def angles(
    body: BriefIn, services: ServicesIn, visitor: VisitorIn, language: LanguageIn
) -> dict[str, Any]:
    """Three ways into the brief, over the same items."""
    studio, brief, audience = _ordered(body, services, visitor.id)
    chosen, warnings = studio.prepare(brief, audience)
    return {
        "items": [view.item(studio.catalogue, i, language) for i in chosen.items],
        "angles": [
            {"title": runs(a.title), "opening": runs(a.opening), "variant": a.brief.variant}
            for a in studio.angles(chosen)
        ],
        "warnings": [spoken(w, language) for w in warnings],
    }


@asked.post("/outline")
def outline(
    body: BriefIn, services: ServicesIn, visitor: VisitorIn, language: LanguageIn
) -> dict[str, Any]:
    """The parts of what would be written."""
    studio, brief, audience = _ordered(body, services, visitor.id)
    plan = studio.plan(brief, audience)
    return {
        "title": plain(plan.title),
        "items": [view.item(studio.catalogue, i, language) for i in plan.brief.items],
        "sections": [asdict(s) for s in sections(plan)],
        "warnings": [spoken(w, language) for w in plan.warnings],
    }


@asked.post("/voice")
def voice(
    body: VoicesIn, services: ServicesIn, visitor: VisitorIn, language: LanguageIn
) -> dict[str, Any]:
    """A voice card from samples and from the drafts the visitor edited."""
    samples = [s for s in body.samples.split("\n\n") if s.strip()]
    card = desk_of(services).voice(visitor.id, body.language, samples)
    avoid = [w.strip() for w in re.split(r"[,，、;；\n]", body.avoid) if w.strip()]
    return {**asdict(card), "avoid": avoid[:50]}


def _ordered(body: BriefIn, services: Services, user: str) -> tuple[Studio, Brief, Audience]:
    """The desk, the checked brief and its readers."""
    studio = desk_of(services)
    brief = brief_of(body.kind, catalogue=studio.catalogue.name, **body.fields())
    readers = Readers(services, user)
    audience = readers.audience(body.readers, body.cluster, studio)
    return studio, brief, audience


@asked.post("/drafts")
async def write(
    body: BriefIn,
    request: Request,
    services: ServicesIn,
    visitor: VisitorIn,
    language: LanguageIn,
) -> StreamingResponse:
    """A new draft, passage by passage; it is kept from the first event on."""
    services.limits.turns.take(client(request))
    studio, brief, audience = await run_in_threadpool(_ordered, body, services, visitor.id)
    plan = await run_in_threadpool(studio.plan, brief, audience)

    def begin(cancel: threading.Event) -> Iterator[Record | Passage | Draft]:
        return studio.compose(plan.brief, plan=plan, user=visitor.id, cancel=cancel)

    def encode(event: Record | Passage | Draft) -> bytes:
        if isinstance(event, Record):
            return sse.frame("record", view.record(event))
        if isinstance(event, Passage):
            shown = view.block(event.at, event.block, {}, studio.catalogue, language)
            return sse.frame("passage", shown)
        return sse.frame("done", {"engine": event.engine})

    return StreamingResponse(
        sse.stream(begin, services.executor, encode),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


@asked.post("/from-chat", status_code=201)
def from_chat(body: FromChatIn, services: ServicesIn, visitor: VisitorIn) -> dict[str, Any]:
    """Open the draft of a conversation with its items, its text and its sources."""
    session = services.own(visitor, body.session)
    found = next((t for t in session.turns if t.number == body.turn), None)
    before = replace(session, turns=tuple(t for t in session.turns if t.number < body.turn))
    if found is None or found.reply.action != "draft":
        raise NotFoundError("there is no draft in this part of the conversation.")
    studio = desk_of(services, session.catalogue)
    return view.record(studio.keep(draft_of(found, listed_in(before), studio), user=visitor.id))
