"""What an embedded chat needs: the script itself, a site's looks, and how support stands."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from chatbot import wire
from chatbot.api.problems import ForeignOriginError
from chatbot.api.services import Services, ServicesIn, VisitorIn, limited
from chatbot.errors import InputError, NotFoundError
from chatbot.handoff.config import HIDDEN
from chatbot.handoff.desk import SupportDesk
from chatbot.storage.catalogues import CatalogueStore
from chatbot.values import Session

router = APIRouter(tags=["widget"])

SHORTLY = "public, max-age=300, stale-while-revalidate=86400"

_OPENERS = 4


@cache
def script() -> tuple[bytes, str]:
    """(the widget as it is sent, its entity tag): its source less indentation, comment lines and
    the blanks around arrows.
    """
    text = files("chatbot.api").joinpath("static", "widget.js").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    kept = (line for line in lines if line and not line.startswith("//"))
    source = "\n".join(kept).replace(" => ", "=>").encode()
    return source, f'"{hashlib.sha256(source).hexdigest()[:20]}"'


@router.get(
    "/widget.js",
    response_class=Response,
    responses={
        200: {"description": "The script.", "content": {"text/javascript": {"example": "…"}}},
        304: {"description": "The browser has it already."},
    },
)
@router.head("/widget.js", include_in_schema=False)
def widget(request: Request) -> Response:
    """The chat that sites embed: `<script src="…/widget.js" data-site="NAME"></script>`."""
    source, tag = script()
    headers = {
        "etag": tag,
        "cache-control": SHORTLY,
        # Pages of every origin may load the script; what it can do is decided by its calls.
        "cross-origin-resource-policy": "cross-origin",
    }
    known = {
        one.strip().removeprefix("W/")
        for one in request.headers.get("if-none-match", "").split(",")
    }
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(source, media_type="text/javascript; charset=utf-8", headers=headers)


class WidgetOut(BaseModel):
    """What a site's widget shows before anything is said."""

    site: str
    catalogue: str
    suggestions: dict[str, list[str]] = Field(description="What to say first, by language.")
    options: dict[str, str] = Field(description="What the operator set: title, greeting, color …")


@router.get("/v1/widget/{site}", dependencies=[Depends(limited)])
def looks(
    site: Annotated[str, Path(min_length=1, max_length=40)], request: Request, services: ServicesIn
) -> WidgetOut:
    """How the widget of a site looks. Pages of other origins than the site's are refused."""
    found = services.origins.sites().get(site)
    if found is None:
        raise NotFoundError("there is no such site.", hint="Check data-site.")
    origin = request.headers.get("origin", "")
    if origin and not found.allows(origin):
        raise ForeignOriginError(
            "pages of this origin may not show the chat of this site.",
            hint="Allow it: `python app.py sites change NAME --origin …`.",
        )
    first = _suggestions(services, found.catalogue)
    return WidgetOut(
        site=found.name,
        catalogue=found.catalogue,
        suggestions={
            language: list(first.get(language, ())[:_OPENERS]) for language in ("en", "zh")
        },
        options={k: v for k, v in found.options.items() if not k.startswith(HIDDEN)},
    )


def _suggestions(services: Services, catalogue: str) -> Mapping[str, Sequence[str]]:
    """What to say first, read from what is stored: an index that is being built is not waited for.

    Empty for a catalogue that has help pages and no items.
    """
    try:
        services.assistant.check_catalogue(catalogue)
        return CatalogueStore(services.assistant.database).schema(catalogue).suggestions
    except NotFoundError:
        return {}


class SupportOut(BaseModel):
    """How the support of one conversation stands."""

    resolution: str | None = Field(
        description="open, confirmed, assumed, escalated, unresolved; null: it was no support."
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

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"solved": True}, {"csat": 5}]}
    )

    @model_validator(mode="after")
    def _something(self) -> SupportIn:
        if self.solved is None and self.csat is None and not (self.contact or "").strip():
            raise ValueError("say solved, csat or contact")
        return self


@router.get("/v1/sessions/{session_id}/support", dependencies=[Depends(limited)])
def support(session_id: str, services: ServicesIn, visitor: VisitorIn) -> SupportOut:
    """Whether a person was called, how that stands, and whether to ask for a rating."""
    session = services.own(visitor, session_id)
    return _standing(session, _desk(services))


@router.post("/v1/sessions/{session_id}/support", dependencies=[Depends(limited)])
def say(session_id: str, body: SupportIn, services: ServicesIn, visitor: VisitorIn) -> SupportOut:
    """Say whether it is solved, rate the support, or leave an address for the desk."""
    session = services.own(visitor, session_id)
    desk = _desk(services)
    if body.solved is not None:
        desk.outcomes.note(session, "confirmed" if body.solved else "unresolved")
    if body.csat is not None:
        desk.outcomes.rate(session, body.csat, body.comment)
    if body.contact and not desk.reach(session, body.contact, session.language or "en"):
        raise InputError("nobody was called in this conversation.", hint="Ask for a person first.")
    return _standing(session, desk)


def _desk(services: Services) -> SupportDesk:
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
