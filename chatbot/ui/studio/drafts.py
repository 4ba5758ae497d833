"""One draft on the desk: read, revised, decided about, compared, exported."""

from __future__ import annotations

import re
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import Query, Request, Response

from chatbot.api.services import ServicesIn, VisitorIn, client
from chatbot.errors import InputError
from chatbot.studio.brief import Format
from chatbot.studio.desk import Studio, difference
from chatbot.studio.draft import plain
from chatbot.studio.exports.html import body as html_body
from chatbot.studio.exports.html import marked
from chatbot.studio.store import Record
from chatbot.ui.studio import view
from chatbot.ui.studio.bodies import EditIn, FateIn, ResolveIn, ReviseIn, ShowIn
from chatbot.ui.studio.door import LanguageIn, asked, own
from chatbot.ui.studio.readers import desk_of
from chatbot.values import Language

_MEDIA = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


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
    return _shown(*own(draft_id, services, visitor.id), language)


@asked.delete("/drafts/{draft_id}", status_code=204)
def delete(draft_id: str, services: ServicesIn, visitor: VisitorIn) -> None:
    """Delete a draft with all its versions."""
    studio, kept = own(draft_id, services, visitor.id)
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
    studio, kept = own(draft_id, services, visitor.id)
    studio.revise(kept.id, body.instruction, body.blocks or body.selection or None)
    return _shown(*own(draft_id, services, visitor.id), language)


@asked.post("/drafts/{draft_id}/edit")
def edit(
    draft_id: str, body: EditIn, services: ServicesIn, visitor: VisitorIn, language: LanguageIn
) -> dict[str, Any]:
    """Put a paragraph into the writer's own words; what was edited is worth learning from."""
    studio, kept = own(draft_id, services, visitor.id)
    studio.edit(kept.id, body.block, body.text)
    if kept.fate != "thrown":
        studio.judge(kept.id, "edited")
    return _shown(*own(draft_id, services, visitor.id), language)


@asked.post("/drafts/{draft_id}/resolve")
def resolve(
    draft_id: str, body: ResolveIn, services: ServicesIn, visitor: VisitorIn, language: LanguageIn
) -> dict[str, Any]:
    """Decide about a sentence of the ledger."""
    studio, kept = own(draft_id, services, visitor.id)
    studio.resolve(kept.id, body.block, body.position, body.how, body.note)
    return _shown(*own(draft_id, services, visitor.id), language)


@asked.post("/drafts/{draft_id}/undo")
def undo(
    draft_id: str, services: ServicesIn, visitor: VisitorIn, language: LanguageIn
) -> dict[str, Any]:
    """Go back one version."""
    studio, kept = own(draft_id, services, visitor.id)
    studio.undo(kept.id)
    return _shown(*own(draft_id, services, visitor.id), language)


@asked.post("/drafts/{draft_id}/redo")
def redo(
    draft_id: str, services: ServicesIn, visitor: VisitorIn, language: LanguageIn
) -> dict[str, Any]:
    """Go forward one version."""
    studio, kept = own(draft_id, services, visitor.id)
    studio.redo(kept.id)
    return _shown(*own(draft_id, services, visitor.id), language)


@asked.post("/drafts/{draft_id}/show")
def show(
    draft_id: str, body: ShowIn, services: ServicesIn, visitor: VisitorIn, language: LanguageIn
) -> dict[str, Any]:
    """Make a version the current one."""
    studio, kept = own(draft_id, services, visitor.id)
    studio.store.show(kept.id, body.number)
    return _shown(*own(draft_id, services, visitor.id), language)


@asked.get("/drafts/{draft_id}/compare")
def compare(
    draft_id: str, old: int, new: int, services: ServicesIn, visitor: VisitorIn
) -> dict[str, Any]:
    """Two versions: line by line, and side by side."""
    studio, kept = own(draft_id, services, visitor.id)
    before, after = studio.store.get(kept.id, old), studio.store.get(kept.id, new)
    return {
        "lines": view.difference(difference(before, after)),
        "old": view.side(before),
        "new": view.side(after),
    }


@asked.get("/drafts/{draft_id}/figures")
def figures(draft_id: str, services: ServicesIn, visitor: VisitorIn) -> dict[str, Any]:
    """How it reads, and what it shares with descriptions."""
    studio, kept = own(draft_id, services, visitor.id)
    return view.readings(studio, studio.store.get(kept.id))


@asked.post("/drafts/{draft_id}/fate", status_code=204)
def fate(draft_id: str, body: FateIn, services: ServicesIn, visitor: VisitorIn) -> None:
    """Remember what became of it."""
    studio, kept = own(draft_id, services, visitor.id)
    studio.judge(kept.id, body.fate)


@asked.get("/drafts/{draft_id}/text")
def text(draft_id: str, services: ServicesIn, visitor: VisitorIn) -> dict[str, str]:
    """What one click copies: Markdown, and HTML for editors that take it."""
    studio, kept = own(draft_id, services, visitor.id)
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
    studio, kept = own(draft_id, services, visitor.id)
    shown = studio.store.get(kept.id)
    data = studio.export(shown, cast(Format, form), created=kept.created)
    name = re.sub(r"[^\w\- ]", "", plain(shown.title)).strip()[:60].strip() or "draft"
    plainest = re.sub(r"[^A-Za-z0-9\- ]", "", name).strip() or "draft"
    disposition = (
        f"attachment; filename=\"{plainest}.{form}\"; filename*=UTF-8''{quote(f'{name}.{form}')}"
    )
    return Response(data, media_type=_MEDIA[form], headers={"content-disposition": disposition})


def _shown(studio: Studio, kept: Record, language: Language) -> dict[str, Any]:
    return view.draft(studio, kept, studio.store.get(kept.id), language)
