"""Help pages to be read: what citations lead to, for everybody who may ask the assistant."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from chatbot.access.sites import Site
from chatbot.api import helppage
from chatbot.api.services import Services, ServicesIn, limited
from chatbot.errors import NotFoundError
from chatbot.knowledge import Document
from chatbot.knowledge.pages import ROOT, path_of, public, sections
from chatbot.knowledge.store import KnowledgeStore
from chatbot.values import Language

router = APIRouter(include_in_schema=False, dependencies=[Depends(limited)])

POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

Catalogue = Annotated[str, Path(min_length=1, max_length=64)]
Page = Annotated[str, Path(min_length=1, max_length=500)]


@cache
def _css() -> str:
    return files("chatbot.api").joinpath("static", "help.css").read_text(encoding="utf-8")


@router.get(ROOT + ".css")
def style(services: ServicesIn, site: Annotated[str, Query(max_length=40)] = "") -> Response:
    """The look of the pages, in a site's colour where it has one."""
    found = services.origins.sites().get(site) if site else None
    colour = helppage.accent(found.options.get("color", "")) if found is not None else ""
    return Response(
        _css() + colour, media_type="text/css", headers={"cache-control": "public, max-age=300"}
    )


@router.get(ROOT + "/{catalogue}")
@router.get(ROOT + "/{catalogue}/")
def index(catalogue: Catalogue, request: Request, services: ServicesIn) -> Response:
    """All pages of a catalogue."""
    store = _open(services, catalogue)
    known = request.headers.get("accept-language", "").lower().startswith("zh")
    language: Language = "zh" if known else "en"
    name, style = _looks(services, catalogue, language)
    text = helppage.index(
        store.documents(catalogue), catalogue=catalogue, language=language, name=name, style=style
    )
    return _html(text, request, f"{store.revision(catalogue)} {language} {name}")


@router.get(ROOT + "/{catalogue}/{page:path}")
def read(
    catalogue: Catalogue,
    page: Page,
    request: Request,
    services: ServicesIn,
    part: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """One page; a long one in parts."""
    store = _open(services, catalogue)
    documents = {d.source: d for d in store.documents(catalogue)}
    document = documents.get(page)
    if document is None:
        raise NotFoundError("there is no such help page.")
    found = sections(store.of_document(catalogue, page))
    if part > 1 and (not found or part > found[-1].part):
        raise NotFoundError("this help page has no such part.")
    name, style = _looks(services, catalogue, document.language)
    twin = _twin(document, documents)
    text = helppage.page(
        document, found, part, catalogue=catalogue, name=name, style=style,
        twin=path_of(catalogue, twin) if twin else "",
    )  # fmt: skip
    return _html(text, request, f"{store.revision(catalogue)} {part} {name}")


def _open(services: Services, catalogue: str) -> KnowledgeStore:
    """The pages of a catalogue that anybody may read.

    Raises:
        NotFoundError: there are none; nobody can tell why.
    """
    sites = tuple(services.origins.sites().values())
    store = KnowledgeStore(services.assistant.database)
    if not public(services.settings, sites, catalogue) or not store.revision(catalogue):
        raise NotFoundError("there is no such help page.")
    return store


def _looks(services: Services, catalogue: str, language: Language) -> tuple[str, str]:
    """(what the site of a catalogue is called, query of its style sheet)."""
    ours = [s for s in services.origins.sites().values() if s.catalogue == catalogue]
    if len(ours) != 1:  # whose name and colour would it be?
        return "", ""
    site: Site = ours[0]
    name = site.options.get(f"title_{language}") or site.options.get("title", "")
    return name, f"?site={site.name}" if site.options.get("color") else ""


_LANGUAGE = re.compile(r"[._-](?:zh|cn|zh-cn|en)(?=\.[^.]*$|$)", re.IGNORECASE)


def _twin(document: Document, documents: dict[str, Document]) -> str:
    """The source of the same page in the other language, or ""."""
    bare = _LANGUAGE.sub("", document.source)
    return next(
        (
            d.source
            for d in documents.values()
            if d.language != document.language and _LANGUAGE.sub("", d.source) == bare
        ),
        "",
    )


def _html(text: str, request: Request, state: str) -> Response:
    import hashlib

    tag = f'"{hashlib.sha256(state.encode()).hexdigest()[:20]}"'
    headers = {"content-security-policy": POLICY, "etag": tag, "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return HTMLResponse(text, headers=headers)
