"""The operator's page: plain pages made on the server, a strict policy, a ticket in a cookie."""

from __future__ import annotations

import hashlib
import time
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from chatbot.api.operating import NAME, access, access_of, admitted, fields, html, local
from chatbot.api.routes import operator_acts
from chatbot.api.services import Services, ServicesIn, limited
from chatbot.backoffice import frame, handoffs, knowing, pages
from chatbot.backoffice.access import COOKIE, LASTS_S
from chatbot.backoffice.bench import SURE, trial
from chatbot.backoffice.clusters import clusters
from chatbot.backoffice.figures import figures
from chatbot.backoffice.frame import View
from chatbot.backoffice.handoffs import Open
from chatbot.backoffice.html import Node
from chatbot.errors import NotFoundError, SommelierError
from chatbot.handoff.cases import Case
from chatbot.handoff.desk import SupportDesk
from chatbot.handoff.letters import transcript_of
from chatbot.handoff.words import opening
from chatbot.knowledge.store import KnowledgeStore

if TYPE_CHECKING:
    from chatbot.assistant import Assistant

router = APIRouter(prefix="/operator", include_in_schema=False, dependencies=[Depends(limited)])

_KINDS = {"operator.css": "text/css", "operator.js": "text/javascript"}


@cache
def _static(name: str) -> tuple[bytes, str]:
    source = files("chatbot.api").joinpath("static", name).read_bytes()
    return source, f'"{hashlib.sha256(source).hexdigest()[:20]}"'


@router.get("/static/{name}")
def static(name: str, request: Request) -> Response:
    """The page's style and script."""
    if name not in _KINDS:
        raise NotFoundError("there is no such file.")
    source, tag = _static(name)
    headers = {"etag": tag, "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(source, media_type=f"{_KINDS[name]}; charset=utf-8", headers=headers)


@router.get("")
def door(request: Request) -> Response:
    """The first page, or the door."""
    if admitted(request):
        return RedirectResponse("/operator/overview", 303)
    return html(frame.login(local=bool(access(request).token)), 401)


@router.post("/login")
async def enter(request: Request) -> Response:
    """Exchange a key for a ticket."""
    place = access(request)
    given = (await fields(request)).get("key", "")
    ticket = await run_in_threadpool(place.ticket, given, local=local(request))
    if ticket is None:
        return html(frame.login("That key does not open this page.", local=bool(place.token)), 401)
    answer = RedirectResponse("/operator/overview", 303)
    answer.set_cookie(
        COOKIE, ticket, max_age=int(LASTS_S), path="/operator", httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


@router.post("/logout")
def leave(request: Request) -> Response:
    """End the ticket."""
    access(request).leave(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/operator", 303)
    answer.delete_cookie(COOKIE, path="/operator")
    return answer


@router.get("/{tab}")
def show(tab: str, request: Request, services: ServicesIn) -> Response:
    """One page."""
    if not admitted(request):
        return RedirectResponse("/operator", 303)
    if tab not in frame.TABS:
        raise NotFoundError("there is no such page.")
    asked = request.query_params
    days = asked.get("days", "30")
    view = View(
        tab,
        int(days) if days in {str(d) for d in frame.PERIODS} else 30,
        asked.get("site", "")[:40],
        tuple(site.name for site in services.sites.list()),
        _NOTICES.get(asked.get("did", ""), ""),
    )
    given = {**asked, NAME: request.cookies.get(NAME, "")}
    content = _PAGES[tab](view, given, services.assistant)
    return html(frame.page(view, content))


_NOTICES = {
    "saved": "Saved. Answers use it within seconds.",
    "added": "Put into the help pages. Answers use it within seconds.",
    "deleted": "Deleted.",
    "retried": "It is being sent again.",
    "said": "Said. The visitor sees it within seconds.",
    "closed": "The assistant answers again; the visitor is told so.",
}


def _overview(view: View, asked: dict[str, str], assistant: Assistant) -> Node:
    return pages.overview(view, figures(assistant.database, view.days, site=view.site))


def _items(view: View, asked: dict[str, str], assistant: Assistant) -> Node:
    return pages.items(view, figures(assistant.database, view.days, site=view.site))


def _unanswered(view: View, asked: dict[str, str], assistant: Assistant) -> Node:
    said = figures(assistant.database, view.days, site=view.site).unanswered
    where = {" ".join(s.text.split()): s.catalogue for s in reversed(said)}
    found = clusters([(s.text, s.when) for s in said], assistant.embedder)
    rows = []
    for cluster in found[:50]:
        catalogue = where.get(cluster.texts[0], assistant.settings.catalogue)
        rows.append((cluster, catalogue, _answered(cluster.texts[0], catalogue, assistant)))
    return pages.unanswered(view, rows, len(said))


def _answered(text: str, catalogue: str, assistant: Assistant) -> bool:
    """Whether the help pages answer it by now."""
    try:
        help_pages = assistant.engine(catalogue).knowledge
    except NotFoundError:
        return False
    if help_pages is None:
        return False
    return any(hit.chance >= SURE for hit in help_pages.base.search(text, 1))


_MOST_CASES = 50


def _handoffs(view: View, asked: dict[str, str], assistant: Assistant) -> Node:
    desk = assistant.desk
    if desk is None:
        return handoffs.handoffs(view, (), ())
    now = time.time()
    desks = []
    for site in ("", *view.sites):
        config = desk.config(site)
        opens = config.hours.opens(now)
        state = "open now" if config.hours.open_at(now) else "closed"
        if opens is not None:
            state = f"closed until {opening(opens, now, config.hours, 'en')}"
        channel = config.channel.name if config.channel is not None else "not set up"
        desks.append((site or "This server", channel, state))
    found = desk.cases.listed(site=view.site, limit=_MOST_CASES)
    cases = [one for case in found if (one := _open(assistant, desk, case)) is not None]
    name = unquote(asked.get(NAME, ""))[:80]
    return handoffs.handoffs(
        view, desk.outbox.latest(100), desks, cases, asked.get("case", ""), name
    )


def _open(assistant: Assistant, desk: SupportDesk, case: Case) -> Open | None:
    """An open handoff with its conversation; None where that was erased."""
    try:
        session = assistant.session(case.session, turns=40)
    except NotFoundError:
        return None
    entry = desk.outbox.get(case.id)
    visitor = (entry.message.get("visitor") or {}) if entry is not None else {}
    said = desk.cases.said(case.session)
    answered = max((m.turn for m in said if m.kind == "person"), default=0)
    return Open(
        case,
        entry.why if entry is not None else "request",
        session.language or "en",
        str(visitor.get("contact") or ""),
        transcript_of(session, said),
        unread=not session.turns or session.turns[-1].number > answered,
    )


def _help(view: View, asked: dict[str, str], assistant: Assistant) -> Node:
    store = KnowledgeStore(assistant.database)
    catalogue = asked.get("catalogue") or assistant.settings.catalogue
    found = store.passages(catalogue)
    wanted = asked.get("find", "").strip()[:200]
    edit = asked.get("edit", "")
    if wanted:
        words = wanted.casefold().split()
        found = tuple(
            p for p in found if all(w in f"{p.breadcrumb} {p.text}".casefold() for w in words)
        )
    elif edit:
        found = tuple(sorted(found, key=lambda p: p.id != edit))
    return knowing.help_pages(
        view, catalogue, _known(assistant, catalogue), store.documents(catalogue), found, wanted,
        edit,
    )  # fmt: skip


def _known(assistant: Assistant, chosen: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*assistant.catalogues(), chosen)))


def _try(view: View, asked: dict[str, str], assistant: Assistant) -> Node:
    catalogue = asked.get("catalogue") or assistant.settings.catalogue
    text, site = asked.get("q", "").strip(), asked.get("of", "")[:40]
    found, problem = None, ""
    if text:
        try:
            found = trial(assistant, text, catalogue, site)
        except SommelierError as error:
            problem = str(error)
    return knowing.bench(view, text, catalogue, _known(assistant, catalogue), site, found, problem)


_PAGES: dict[str, Any] = {
    "overview": _overview,
    "unanswered": _unanswered,
    "items": _items,
    "handoffs": _handoffs,
    "help": _help,
    "try": _try,
}


def mount(app: Any, services: Services) -> None:
    """Put the page into an app; its door is at `app.state.operator`."""
    app.state.operator = access_of(services)
    app.include_router(router)
    app.include_router(operator_acts.router)
