"""The studio's page and what it asks. Every draft is looked up as the visitor's own."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from chatbot.api import problems, sse
from chatbot.api.services import Services, ServicesIn, VisitorIn, client
from chatbot.api.visitors import known_visitor, new_visitor, set_cookie
from chatbot.errors import InputError, NotFoundError, SommelierError
from chatbot.studio.audience import Audience
from chatbot.studio.brief import Brief, Format, brief_of
from chatbot.studio.desk import Studio, difference
from chatbot.studio.draft import Draft, plain, runs
from chatbot.studio.exports.html import body as html_body
from chatbot.studio.exports.html import marked
from chatbot.studio.generate import Passage
from chatbot.studio.order import draft_of
from chatbot.studio.proposals import sections
from chatbot.studio.store import Record
from chatbot.turn import listed_in
from chatbot.ui.speak import failure, spoken
from chatbot.ui.studio import view
from chatbot.ui.studio.bodies import (
    BriefIn,
    EditIn,
    FateIn,
    FromChatIn,
    ResolveIn,
    ReviseIn,
    ShowIn,
    VoicesIn,
)
from chatbot.ui.studio.readers import Readers, conversation, desk_of, found_items, model_note
from chatbot.ui.studio.words import all_words
from chatbot.values import Language

PATH = "/studio"
STATIC = Path(__file__).parent / "static"
POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
        "connect-src 'self'", "font-src 'self'", "manifest-src 'self'", "base-uri 'none'",
        "form-action 'none'", "frame-ancestors 'none'",
    )
)  # fmt: skip
"""Stricter than the chat's: the page brings no inline script or style of its own."""

_MEDIA = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_FILES = {
    **dict.fromkeys(("main.js", "dom.js", "brief.js", "paper.js", "side.js"), "text/javascript"),
    "studio.css": "text/css",
}


def _spoken_to(request: Request) -> Language:
    """The language of the page, which it names in every request."""
    return "zh" if request.headers.get("x-language") == "zh" else "en"


LanguageIn = Annotated[Language, Depends(_spoken_to)]


def _limited(request: Request) -> None:
    request.app.state.services.limits.others.take(client(request))


def _translated(request: Request, error: SommelierError) -> JSONResponse:
    """An error in the reader's language, as a problem document."""
    said = failure(error, _spoken_to(request))
    document = {**problems.of(error), "detail": said, "hint": ""}
    return JSONResponse(
        document,
        status_code=error.status,
        headers=problems.headers_of(error),
        media_type=problems.MEDIA_TYPE,
    )


class Spoken(APIRoute):
    """A route whose errors are said in the reader's language."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See `APIRoute`."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                _limited(request)
                return await handle(request)
            except SommelierError as error:
                return _translated(request, error)
            except RequestValidationError as error:
                where = str(error.errors()[0]["loc"][-1]) if error.errors() else "?"
                return _translated(request, InputError(f"{where} is too long, or of no use here."))

        return answered


router = APIRouter(prefix=PATH, include_in_schema=False)
asked = APIRouter(prefix=PATH + "/api", include_in_schema=False, route_class=Spoken)


# The page


@router.get("", response_model=None)
@router.get("/", response_model=None)
@router.get("/d/{draft_id}", response_model=None)
def page(request: Request) -> Response:
    """The page; which draft it shows stands in its address."""
    answer = FileResponse(STATIC / "page.html", media_type="text/html")
    answer.headers["content-security-policy"] = POLICY
    answer.headers["cache-control"] = "no-cache"
    if known_visitor(request.cookies) is None:
        answer.headers["set-cookie"] = set_cookie(
            new_visitor(), secure=request.url.scheme == "https"
        )
    return answer


@router.get("/static/{name}", response_model=None)
def static(name: str) -> Response:
    """The page's own scripts and style."""
    if name not in _FILES:
        raise NotFoundError("there is no such file.")
    answer = FileResponse(STATIC / name, media_type=_FILES[name])
    answer.headers["cache-control"] = "no-cache"
    return answer


# Before anything is written


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


# Writing


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


# One draft


@asked.get("/drafts")
def listed(
    services: ServicesIn, visitor: VisitorIn, q: Annotated[str, Query(max_length=300)] = ""
) -> list[dict[str, Any]]:
    """The visitor's drafts, latest first."""
    return [view.record(r) for r in desk_of(services).store.list(visitor.id, q, limit=100)]


@asked.get("/drafts/{draft_id}")
def read(
    draft_id: str, services: ServicesIn, visitor: VisitorIn, language: LanguageIn
) -> dict[str, Any]:
    """A draft as it stands."""
    return _shown(*_own(draft_id, services, visitor.id), language)


@asked.delete("/drafts/{draft_id}", status_code=204)
def delete(draft_id: str, services: ServicesIn, visitor: VisitorIn) -> None:
    """Delete a draft with all its versions."""
    studio, kept = _own(draft_id, services, visitor.id)
    studio.store.delete(kept.id)


@asked.post("/drafts/{draft_id}/revise")
def revise(
    draft_id: str,
    body: ReviseIn,
    request: Request,
    services: ServicesIn,
    visitor: VisitorIn,
    language: LanguageIn,
) -> dict[str, Any]:
    """Change the whole, or what is selected, as asked."""
    services.limits.turns.take(client(request))
    studio, kept = _own(draft_id, services, visitor.id)
    studio.revise(kept.id, body.instruction, body.blocks or body.selection or None)
    return _shown(*_own(draft_id, services, visitor.id), language)


@asked.post("/drafts/{draft_id}/edit")
def edit(
    draft_id: str, body: EditIn, services: ServicesIn, visitor: VisitorIn, language: LanguageIn
) -> dict[str, Any]:
    """Put a paragraph into the writer's own words; what was edited is worth learning from."""
    studio, kept = _own(draft_id, services, visitor.id)
    studio.edit(kept.id, body.block, body.text)
    if kept.fate != "thrown":
        studio.judge(kept.id, "edited")
    return _shown(*_own(draft_id, services, visitor.id), language)


@asked.post("/drafts/{draft_id}/resolve")
def resolve(
    draft_id: str, body: ResolveIn, services: ServicesIn, visitor: VisitorIn, language: LanguageIn
) -> dict[str, Any]:
    """Decide about a sentence of the ledger."""
    studio, kept = _own(draft_id, services, visitor.id)
    studio.resolve(kept.id, body.block, body.position, body.how, body.note)
    return _shown(*_own(draft_id, services, visitor.id), language)


@asked.post("/drafts/{draft_id}/undo")
def undo(
    draft_id: str, services: ServicesIn, visitor: VisitorIn, language: LanguageIn
) -> dict[str, Any]:
    """Go back one version."""
    studio, kept = _own(draft_id, services, visitor.id)
    studio.undo(kept.id)
    return _shown(*_own(draft_id, services, visitor.id), language)


@asked.post("/drafts/{draft_id}/redo")
def redo(
    draft_id: str, services: ServicesIn, visitor: VisitorIn, language: LanguageIn
) -> dict[str, Any]:
    """Go forward one version."""
    studio, kept = _own(draft_id, services, visitor.id)
    studio.redo(kept.id)
    return _shown(*_own(draft_id, services, visitor.id), language)


@asked.post("/drafts/{draft_id}/show")
def show(
    draft_id: str, body: ShowIn, services: ServicesIn, visitor: VisitorIn, language: LanguageIn
) -> dict[str, Any]:
    """Make a version the current one."""
    studio, kept = _own(draft_id, services, visitor.id)
    studio.store.show(kept.id, body.number)
    return _shown(*_own(draft_id, services, visitor.id), language)


@asked.get("/drafts/{draft_id}/compare")
def compare(
    draft_id: str, old: int, new: int, services: ServicesIn, visitor: VisitorIn
) -> dict[str, Any]:
    """Two versions: line by line, and side by side."""
    studio, kept = _own(draft_id, services, visitor.id)
    before, after = studio.store.get(kept.id, old), studio.store.get(kept.id, new)
    return {
        "lines": view.difference(difference(before, after)),
        "old": view.side(before),
        "new": view.side(after),
    }


@asked.get("/drafts/{draft_id}/figures")
def figures(draft_id: str, services: ServicesIn, visitor: VisitorIn) -> dict[str, Any]:
    """How it reads, and what it shares with descriptions."""
    studio, kept = _own(draft_id, services, visitor.id)
    return view.readings(studio, studio.store.get(kept.id))


@asked.post("/drafts/{draft_id}/fate", status_code=204)
def fate(draft_id: str, body: FateIn, services: ServicesIn, visitor: VisitorIn) -> None:
    """Remember what became of it."""
    studio, kept = _own(draft_id, services, visitor.id)
    studio.judge(kept.id, body.fate)


@asked.get("/drafts/{draft_id}/text")
def text(draft_id: str, services: ServicesIn, visitor: VisitorIn) -> dict[str, str]:
    """What one click copies: Markdown, and HTML for editors that take it."""
    studio, kept = _own(draft_id, services, visitor.id)
    shown = studio.store.get(kept.id)
    title = marked(shown.title)
    return {"markdown": studio.markdown(shown), "html": f"<h1>{title}</h1>\n{html_body(shown)}"}


@asked.get("/drafts/{draft_id}/export", response_model=None)
def export(
    draft_id: str,
    services: ServicesIn,
    visitor: VisitorIn,
    form: Annotated[str, Query(alias="format", max_length=8)] = "md",
) -> Response:
    """The draft as a file."""
    if form not in _MEDIA:
        raise InputError(f"unknown format {form[:8]!r}.", hint=f"Use {', '.join(_MEDIA)}.")
    studio, kept = _own(draft_id, services, visitor.id)
    shown = studio.store.get(kept.id)
    data = studio.export(shown, cast(Format, form), created=kept.created)
    name = re.sub(r"[^\w\- ]", "", plain(shown.title)).strip()[:60].strip() or "draft"
    plainest = re.sub(r"[^A-Za-z0-9\- ]", "", name).strip() or "draft"
    disposition = (
        f"attachment; filename=\"{plainest}.{form}\"; filename*=UTF-8''{quote(f'{name}.{form}')}"
    )
    return Response(data, media_type=_MEDIA[form], headers={"content-disposition": disposition})


def _own(draft_id: str, services: Services, user: str) -> tuple[Studio, Record]:
    """The visitor's draft and the desk of its catalogue.

    Raises:
        NotFoundError: there is none, or it is somebody else's; nobody can tell which.
    """
    kept = desk_of(services).store.record(draft_id[:64], user=user)
    return desk_of(services, kept.catalogue), kept


def _shown(studio: Studio, kept: Record, language: Language) -> dict[str, Any]:
    return view.draft(studio, kept, studio.store.get(kept.id), language)


__all__ = ["PATH", "asked", "router"]
