"""The operator's page: plain pages made on the server, a strict policy, a ticket in a cookie."""

from __future__ import annotations

import hashlib
import time
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from chatbot.api.services import Services, ServicesIn, client, limited
from chatbot.backoffice import knowing, pages
from chatbot.backoffice.access import COOKIE, LASTS_S, Access, is_local
from chatbot.backoffice.bench import SURE, trial
from chatbot.backoffice.clusters import clusters
from chatbot.backoffice.figures import figures
from chatbot.backoffice.html import Node
from chatbot.backoffice.pages import View
from chatbot.errors import InputError, NotFoundError, SommelierError
from chatbot.handoff.words import opening
from chatbot.knowledge import Document, Section
from chatbot.knowledge.store import KnowledgeStore
from chatbot.understand.language import detect

if TYPE_CHECKING:
    from chatbot.assistant import Assistant

router = APIRouter(prefix="/operator", include_in_schema=False, dependencies=[Depends(limited)])

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_KINDS = {"operator.css": "text/css", "operator.js": "text/javascript"}
_MOST_BODY = 64 * 1024


def access_of(services: Services) -> Access:
    """The door of a server's operator page, with the token that `serve` prints."""

    def admin(text: str) -> bool:
        key = services.keys.find(text)
        return key is not None and "admin" in key.scopes

    return Access(services.settings.operator_key, admin=admin)


def _access(request: Request) -> Access:
    found = request.app.state.operator
    assert isinstance(found, Access)
    return found


def _admitted(request: Request) -> bool:
    return _access(request).admits(request.cookies.get(COOKIE, ""))


def _local(request: Request) -> bool:
    forwarded = any(h in request.headers for h in ("forwarded", "x-forwarded-for", "x-real-ip"))
    return is_local(client(request), request.headers.get("host", ""), forwarded)


def _html(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(
        text, status, headers={"content-security-policy": POLICY, "cache-control": "no-store"}
    )


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
    if _admitted(request):
        return RedirectResponse("/operator/overview", 303)
    return _html(pages.login(local=bool(_access(request).token)), 401)


@router.post("/login")
async def enter(request: Request) -> Response:
    """Exchange a key for a ticket."""
    access = _access(request)
    given = (await _form(request)).get("key", "")
    ticket = await run_in_threadpool(access.ticket, given, local=_local(request))
    if ticket is None:
        return _html(
            pages.login("That key does not open this page.", local=bool(access.token)), 401
        )
    answer = RedirectResponse("/operator/overview", 303)
    answer.set_cookie(
        COOKIE, ticket, max_age=int(LASTS_S), path="/operator", httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


@router.post("/logout")
def leave(request: Request) -> Response:
    """End the ticket."""
    _access(request).leave(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/operator", 303)
    answer.delete_cookie(COOKIE, path="/operator")
    return answer


@router.get("/{tab}")
def show(tab: str, request: Request, services: ServicesIn) -> Response:
    """One page."""
    if not _admitted(request):
        return RedirectResponse("/operator", 303)
    if tab not in pages.TABS:
        raise NotFoundError("there is no such page.")
    asked = request.query_params
    days = asked.get("days", "30")
    view = View(
        tab,
        int(days) if days in {str(d) for d in pages.PERIODS} else 30,
        asked.get("site", "")[:40],
        tuple(site.name for site in services.sites.list()),
        _NOTICES.get(asked.get("did", ""), ""),
    )
    content = _PAGES[tab](view, dict(asked), services.assistant)
    return _html(pages.page(view, content))


_NOTICES = {
    "saved": "Saved. Answers use it within seconds.",
    "added": "Put into the help pages. Answers use it within seconds.",
    "deleted": "Deleted.",
    "retried": "It is being sent again.",
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


def _handoffs(view: View, asked: dict[str, str], assistant: Assistant) -> Node:
    desk = assistant.desk
    if desk is None:
        return pages.handoffs(view, (), ())
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
    return pages.handoffs(view, desk.outbox.latest(100), desks)


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


# What can be done


@router.post("/retry")
async def retry(request: Request, services: ServicesIn) -> Response:
    """Send a failed message again."""
    if not _admitted(request):
        return RedirectResponse("/operator", 303)
    form = await _form(request)
    desk = services.assistant.desk
    if desk is None or not await run_in_threadpool(desk.outbox.retry, form.get("id", "")):
        raise NotFoundError("there is no failed message with this id.")
    desk.courier.start()
    desk.courier.wake()
    return _did("handoffs", "retried")


@router.post("/edit")
async def edit(request: Request, services: ServicesIn) -> Response:
    """Put other words into a passage."""
    if not _admitted(request):
        return RedirectResponse("/operator", 303)
    form = await _form(request)
    text = form.get("text", "").replace("\r\n", "\n").strip()
    if not text:
        raise InputError("a passage needs words.", hint="Delete its document instead.")
    catalogue, passage = form.get("catalogue", ""), form.get("passage", "")
    store = KnowledgeStore(services.assistant.database)
    await run_in_threadpool(store.edit, catalogue, passage, text)
    return _did("help", "saved", catalogue=catalogue, edit=passage)


@router.post("/answer")
async def answer(request: Request, services: ServicesIn) -> Response:
    """Put a question and its answer into the help pages."""
    if not _admitted(request):
        return RedirectResponse("/operator", 303)
    form = await _form(request)
    question, text = form.get("question", "").strip(), form.get("answer", "").strip()
    if not question or not text:
        raise InputError("an answer needs a question and words.")
    url = form.get("url", "").strip()
    if url and not url.startswith(("https://", "http://")):
        raise InputError("the address is not an http(s) address.")
    asked = tuple(filter(None, (line.strip() for line in form.get("asked", "").splitlines())))
    digest = hashlib.sha256(question.casefold().encode()).hexdigest()[:12]
    document = Document(
        source=f"operator/{digest}",
        title=question,
        language=detect(text),
        url=url,
        sections=(
            Section(
                (question,), text.replace("\r\n", "\n"), kind="answer", url=url, asked=asked[:40]
            ),
        ),
        digest=hashlib.sha256(f"{question}\n{text}\n{asked}".encode()).hexdigest(),
    )
    catalogue = form.get("catalogue", "")
    await run_in_threadpool(services.assistant.check_catalogue, catalogue)
    store = KnowledgeStore(services.assistant.database)
    await run_in_threadpool(store.put, catalogue, document)
    return _did("help", "added", catalogue=catalogue, find=question)


@router.post("/delete")
async def delete(request: Request, services: ServicesIn) -> Response:
    """Delete a document of the help pages."""
    if not _admitted(request):
        return RedirectResponse("/operator", 303)
    form = await _form(request)
    catalogue = form.get("catalogue", "")
    store = KnowledgeStore(services.assistant.database)
    await run_in_threadpool(store.delete, catalogue, form.get("source", ""))
    return _did("help", "deleted", catalogue=catalogue)


def _did(tab: str, what: str, **more: str) -> Response:
    return RedirectResponse(f"/operator/{tab}?{urlencode({'did': what, **more})}", 303)


async def _form(request: Request) -> dict[str, str]:
    """Fields of a posted form; of several with one name the first."""
    body = await request.body()
    if len(body) > _MOST_BODY:
        raise InputError("the form is too large.")
    found = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50)
    return {name: values[0] for name, values in found.items()}


def mount(app: Any, services: Services) -> None:
    """Put the page into an app; its door is at `app.state.operator`."""
    app.state.operator = access_of(services)
    app.include_router(router)
