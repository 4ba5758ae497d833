"""What can be done on the operator's pages. Each act asks for the ticket itself."""

from __future__ import annotations

import hashlib
from typing import cast
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from chatbot.api.operating import NAME, admitted, did, fields
from chatbot.api.routes.support import desk_of
from chatbot.api.services import ServicesIn, limited
from chatbot.errors import InputError, NotFoundError
from chatbot.handoff.cases import Verdict
from chatbot.knowledge import Document, Section
from chatbot.knowledge.store import KnowledgeStore
from chatbot.understand.language import detect

router = APIRouter(prefix="/operator", include_in_schema=False, dependencies=[Depends(limited)])


@router.post("/retry")
async def retry(request: Request, services: ServicesIn) -> Response:
    """Send a failed message again."""
    if not admitted(request):
        return RedirectResponse("/operator", 303)
    form = await fields(request)
    desk = desk_of(services)
    if not await run_in_threadpool(desk.outbox.retry, form.get("id", "")):
        raise NotFoundError("there is no failed message with this id.")
    desk.courier.start()
    desk.courier.wake()
    return did("handoffs", "retried")


@router.post("/say")
async def say(request: Request, services: ServicesIn) -> Response:
    """Answer a visitor who waits for a person."""
    if not admitted(request):
        return RedirectResponse("/operator", 303)
    form = await fields(request)
    case, name = form.get("id", "")[:64], form.get("name", "")
    desk = desk_of(services)
    await run_in_threadpool(desk.answer, case, form.get("text", ""), name)
    return _signed(did("handoffs", "said", case=case), name, request)


@router.post("/close")
async def close(request: Request, services: ServicesIn) -> Response:
    """Give a conversation back to the assistant."""
    if not admitted(request):
        return RedirectResponse("/operator", 303)
    form = await fields(request)
    said = form.get("resolution", "")
    if said not in ("solved", "unsolved", ""):
        raise InputError("a conversation ends solved or unsolved.")
    name, desk = form.get("name", ""), desk_of(services)
    await run_in_threadpool(desk.end, form.get("id", "")[:64], "desk", cast(Verdict, said), name)
    return _signed(did("handoffs", "closed"), name, request)


def _signed(answer: Response, name: str, request: Request) -> Response:
    """Remember the name that answers are signed with."""
    if name.strip():
        answer.set_cookie(
            NAME, quote(name[:80]), path="/operator", httponly=True, samesite="strict",
            secure=request.url.scheme == "https",
        )  # fmt: skip
    return answer


@router.post("/edit")
async def edit(request: Request, services: ServicesIn) -> Response:
    """Put other words into a passage."""
    if not admitted(request):
        return RedirectResponse("/operator", 303)
    form = await fields(request)
    text = form.get("text", "").replace("\r\n", "\n").strip()
    if not text:
        raise InputError("a passage needs words.", hint="Delete its document instead.")
    catalogue, passage = form.get("catalogue", ""), form.get("passage", "")
    store = KnowledgeStore(services.assistant.database)
    await run_in_threadpool(store.edit, catalogue, passage, text)
    return did("help", "saved", catalogue=catalogue, edit=passage)


@router.post("/answer")
async def answer(request: Request, services: ServicesIn) -> Response:
    """Put a question and its answer into the help pages."""
    if not admitted(request):
        return RedirectResponse("/operator", 303)
    form = await fields(request)
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
    return did("help", "added", catalogue=catalogue, find=question)


@router.post("/delete")
async def delete(request: Request, services: ServicesIn) -> Response:
    """Delete a document of the help pages."""
    if not admitted(request):
        return RedirectResponse("/operator", 303)
    form = await fields(request)
    catalogue = form.get("catalogue", "")
    store = KnowledgeStore(services.assistant.database)
    await run_in_threadpool(store.delete, catalogue, form.get("source", ""))
    return did("help", "deleted", catalogue=catalogue)
