"""Drafts: order one, revise it, go back and forth, see what it rests on, take it away as a file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from chatbot.api import sse
from chatbot.api.drafts import (
    MEDIA,
    BlockText,
    Decision,
    DraftOut,
    Judged,
    LedgerOut,
    LineOut,
    NewDraft,
    Revision,
    Shown,
    VersionOut,
    WholeDraftOut,
    block_out,
    draft_out,
    ledger_out,
    versions_out,
    whole,
)
from chatbot.api.services import (
    CallerIn,
    Services,
    ServicesIn,
    VisitorIn,
    limited,
    needs,
    remember,
)
from chatbot.errors import InputError, NotFoundError
from chatbot.studio.audience import Audience
from chatbot.studio.brief import Brief, Format, brief_of
from chatbot.studio.desk import Studio
from chatbot.studio.draft import Draft
from chatbot.studio.generate import Passage
from chatbot.studio.store import DraftStore, Record
from chatbot.turn import listed_in

router = APIRouter(
    prefix="/v1/drafts", tags=["drafts"], dependencies=[needs("drafts"), Depends(limited)]
)
Number = Annotated[int | None, Query(ge=1, le=1_000_000, description="Default: the current one.")]

EVENTS = """event: draft
data: {"id":"5d1c…","title":"Three quiet films","kind":"article","version":1}

event: passage
data: {"at":0,"shape":"heading","text":"Three quiet films"}

event: done
data: {"id":"5d1c…","title":"Three quiet films","text":"# Three quiet films …"}

"""


@router.post(
    "",
    status_code=201,
    response_model=WholeDraftOut,
    responses={
        200: {
            "description": "With `Accept: text/event-stream`: the draft passage by passage.",
            "content": {"text/event-stream": {"example": EVENTS}},
        },
        201: {"description": "The whole draft."},
    },
)
async def create(
    body: NewDraft, request: Request, response: Response, services: ServicesIn, caller: CallerIn
) -> Any:
    """Write a draft and keep it. Streamed, it is kept from the first event on."""
    await services.spend(caller)
    services.capacity.check()
    user = caller.visitor.id
    studio, brief = await services.capacity.submit(_ordered, services, body, caller)
    audience = Audience(unwanted=await services.aside(studio.unwanted, user))
    remember(request, response, caller.visitor)
    if "text/event-stream" not in request.headers.get("accept", ""):

        def written() -> WholeDraftOut:
            record = studio.create(brief, audience, user=user)
            return _whole(studio, record)

        return await services.capacity.submit(written)
    plan = await services.capacity.submit(studio.plan, brief, audience)

    def begin(cancel: threading.Event) -> Iterator[Record | Passage | WholeDraftOut]:
        record: Record | None = None
        for event in studio.compose(plan.brief, plan=plan, user=user, cancel=cancel):
            if isinstance(event, Draft):
                assert record is not None
                yield _whole(studio, studio.store.record(record.id))
                return
            if isinstance(event, Record):
                record = event
            yield event

    def encode(event: Record | Passage | WholeDraftOut) -> bytes:
        if isinstance(event, Record):
            return sse.frame("draft", draft_out(event).model_dump())
        if isinstance(event, Passage):
            shown = block_out(event.block, plan.brief).model_dump()
            return sse.frame("passage", {"at": event.at, **shown})
        return sse.frame("done", event.model_dump())

    return StreamingResponse(
        sse.stream(begin, services.executor, encode),
        media_type="text/event-stream",
        headers={
            "cache-control": "no-store",
            "x-accel-buffering": "no",
            **dict(response.headers.items()),
        },
    )


def _ordered(services: Services, body: NewDraft, caller: CallerIn) -> tuple[Studio, Brief]:
    """The desk and the checked brief, with a session's items where it names one."""
    fields = body.fields()
    name = body.catalogue
    if body.session is not None:
        session = services.own(caller.visitor, body.session)
        name = name or session.catalogue
        fields["items"] = fields["items"] or list(listed_in(session))
    studio = services.assistant.studio(name)
    return studio, brief_of(body.kind, catalogue=studio.catalogue.name, **fields)


def _whole(studio: Studio, record: Record) -> WholeDraftOut:
    return whole(studio, record, studio.store.get(record.id))


@router.get("")
def mine(
    services: ServicesIn,
    visitor: VisitorIn,
    q: Annotated[str, Query(max_length=300, description="Words the draft holds.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[DraftOut]:
    """The caller's drafts, latest first."""
    store = DraftStore(services.assistant.database)
    return [draft_out(record) for record in store.list(visitor.id, q, limit)]


def _own(services: Services, visitor: VisitorIn, draft_id: str) -> tuple[Studio, Record]:
    """The visitor's draft and the desk of its catalogue.

    Raises:
        NotFoundError: there is none, or it is somebody else's; nobody can tell which.
    """
    store = DraftStore(services.assistant.database)
    if not draft_id.isalnum() or len(draft_id) > 64:
        raise NotFoundError("there is no such draft.", hint="It may be deleted.")
    record = store.record(draft_id, user=visitor.id)
    return services.assistant.studio(record.catalogue), record


@router.get("/{draft_id}")
def read(
    draft_id: str, services: ServicesIn, visitor: VisitorIn, version: Number = None
) -> WholeDraftOut:
    """A draft as it stands, or one of its versions."""
    studio, record = _own(services, visitor, draft_id)
    return whole(studio, record, studio.store.get(record.id, version), version)


@router.delete("/{draft_id}", status_code=204)
def delete(draft_id: str, services: ServicesIn, visitor: VisitorIn) -> None:
    """Delete a draft with all its versions."""
    studio, record = _own(services, visitor, draft_id)
    studio.store.delete(record.id)


@router.post("/{draft_id}/revise")
async def revise(
    draft_id: str, body: Revision, services: ServicesIn, caller: CallerIn
) -> WholeDraftOut:
    """Change the whole or a part of it as asked; the former version is kept."""
    await services.spend(caller)

    def revised() -> WholeDraftOut:
        studio, record = _own(services, caller.visitor, draft_id)
        studio.revise(record.id, body.instruction, body.selection)
        return _again(services, caller.visitor, draft_id)

    return await services.capacity.submit(revised)


def _again(services: Services, visitor: VisitorIn, draft_id: str) -> WholeDraftOut:
    return _whole(*_own(services, visitor, draft_id))


@router.put("/{draft_id}/blocks/{block}")
def edit(
    draft_id: str, block: int, body: BlockText, services: ServicesIn, visitor: VisitorIn
) -> WholeDraftOut:
    """Put a block into the writer's own words; the ledger reads them like any others."""
    studio, record = _own(services, visitor, draft_id)
    studio.edit(record.id, block, body.text)
    return _again(services, visitor, draft_id)


@router.get("/{draft_id}/versions")
def versions(draft_id: str, services: ServicesIn, visitor: VisitorIn) -> list[VersionOut]:
    """All versions, oldest first."""
    studio, record = _own(services, visitor, draft_id)
    return versions_out(studio.store.versions(record.id), record.current)


@router.post("/{draft_id}/undo")
def undo(draft_id: str, services: ServicesIn, visitor: VisitorIn) -> WholeDraftOut:
    """Go back to the version the current one was made from."""
    studio, record = _own(services, visitor, draft_id)
    studio.undo(record.id)
    return _again(services, visitor, draft_id)


@router.post("/{draft_id}/redo")
def redo(draft_id: str, services: ServicesIn, visitor: VisitorIn) -> WholeDraftOut:
    """Go forward to the latest version made from the current one."""
    studio, record = _own(services, visitor, draft_id)
    studio.redo(record.id)
    return _again(services, visitor, draft_id)


@router.post("/{draft_id}/show")
def show(draft_id: str, body: Shown, services: ServicesIn, visitor: VisitorIn) -> WholeDraftOut:
    """Make any version the current one."""
    studio, record = _own(services, visitor, draft_id)
    studio.store.show(record.id, body.version)
    return _again(services, visitor, draft_id)


@router.get("/{draft_id}/diff")
def diff(
    draft_id: str,
    services: ServicesIn,
    visitor: VisitorIn,
    old: Annotated[int, Query(ge=1, le=1_000_000)],
    new: Annotated[int, Query(ge=1, le=1_000_000)],
) -> list[LineOut]:
    """Two versions, sentence by sentence."""
    studio, record = _own(services, visitor, draft_id)
    return [
        LineOut.model_validate({"kind": line.kind, "text": line.text})
        for line in studio.diff(record.id, old, new)
    ]


@router.get("/{draft_id}/ledger")
def ledger(
    draft_id: str, services: ServicesIn, visitor: VisitorIn, version: Number = None
) -> LedgerOut:
    """Every sentence with what it rests on, and those that need a decision."""
    studio, record = _own(services, visitor, draft_id)
    found = studio.ledger(studio.store.get(record.id, version))
    return ledger_out(found, version or record.current)


@router.post("/{draft_id}/ledger")
def decide(
    draft_id: str, body: Decision, services: ServicesIn, visitor: VisitorIn
) -> WholeDraftOut:
    """Decide about a sentence: remove it, find support on record, or keep it as an opinion."""
    studio, record = _own(services, visitor, draft_id)
    studio.resolve(record.id, body.block, body.position, body.how, body.note)
    return _again(services, visitor, draft_id)


@router.get(
    "/{draft_id}/export",
    response_class=Response,
    responses={
        200: {
            "description": "The draft as a file.",
            "content": {
                media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
                for media in MEDIA.values()
            },
        }
    },
)
def export(
    draft_id: str,
    services: ServicesIn,
    visitor: VisitorIn,
    form: Annotated[Format, Query(alias="format")] = "md",
    version: Number = None,
) -> Response:
    """The draft as a file, marked as written with assistance."""
    studio, record = _own(services, visitor, draft_id)
    found = studio.store.get(record.id, version)
    if form == "srt" and found.brief.kind != "video":
        raise InputError("only a video script has timings.", hint="Export it in another format.")
    data = studio.export(found, form, record.created)
    name = f"draft-{record.id[:8]}-{version or record.current}.{form}"
    return Response(
        data,
        media_type=MEDIA[form],
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


@router.post("/{draft_id}/fate", status_code=204)
def judge(draft_id: str, body: Judged, services: ServicesIn, visitor: VisitorIn) -> None:
    """Say what became of it: kept, edited or thrown away. What is chosen next learns from it."""
    studio, record = _own(services, visitor, draft_id)
    studio.judge(record.id, body.fate)
