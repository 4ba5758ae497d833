"""The FastAPI app: endpoints, errors, guards. Knows the engine only as `Assistant`."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.routing import Route

from chatbot.access.keys import KeyStore
from chatbot.access.sites import SiteStore
from chatbot.api import problems, schema
from chatbot.api.capacity import WITH_MODEL, Capacity, usual
from chatbot.api.cors import Cors
from chatbot.api.dialogues import Dialogues
from chatbot.api.door import Door
from chatbot.api.guard import Guard
from chatbot.api.limits import Limits
from chatbot.api.metrics import Counting, Metrics
from chatbot.api.models import Problem
from chatbot.api.once import Once
from chatbot.api.origins import Origins
from chatbot.api.routes import (
    admin,
    catalogue,
    drafts,
    handoffs,
    help,
    openai,
    operations,
    operator,
    own,
    sessions,
    support,
    widget,
)
from chatbot.api.services import Services
from chatbot.api.tools import KeyedTools
from chatbot.api.turns import Turns
from chatbot.integrations.mcp import HttpTools
from chatbot.storage.answers import MemoryAnswers, StoredAnswers
from chatbot.values import Event, Session

if TYPE_CHECKING:
    from chatbot.assistant import Assistant

_DOOR = 2
"""Threads for short look-ups; more would only take the interpreter from the event loop."""

_DESCRIPTION = """Say what you are in the mood for; get items that exist, with reasons to check.

A conversation belongs to the visitor who began it: keep the cookie that `POST /v1/sessions` sets,
or send a secret of your own (at least 32 random characters) as `Authorization: Bearer …` with every
request. Errors are problem documents (RFC 9457)."""


def create_app(assistant: Assistant, *, page: bool = True) -> FastAPI:
    """The HTTP API over an open assistant, which the caller closes after the app has stopped.

    With `page` the web chat is mounted under /chat, and `/` leads there.
    """
    settings = assistant.settings
    services = _services(assistant)
    tools = HttpTools(assistant, services.capacity.submit) if settings.mcp else None

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if assistant.desk is not None:
            assistant.desk.start()
        async with tools.running() if tools is not None else nullcontext():
            yield
        services.turns.close()
        services.capacity.close()
        services.door.shutdown(wait=True, cancel_futures=True)

    app = FastAPI(
        title="Sommelier",
        version=_version(),
        description=_DESCRIPTION,
        lifespan=lifespan,
        # The usual documentation pages load scripts from other hosts; the schema is enough.
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=schema.name_of,
        responses={status: {"model": Problem} for status in (404, 422)},
    )
    app.state.services = services
    problems.install(app)
    schema.install(app)
    parts = (
        sessions, support, own, catalogue, operations, widget, drafts, openai, handoffs, admin,
        help,
    )  # fmt: skip
    for routes in parts:
        app.include_router(routes.router)
    if tools is not None:
        app.router.routes.append(Route("/mcp", endpoint=KeyedTools(tools, services)))
    operator.mount(app, services)
    if page:
        from chatbot.ui.app import mount

        mount(app, services)
    app.add_middleware(Once, services=services)
    app.add_middleware(
        Guard,
        allows=services.origins.allows,
        frame_ancestors=settings.frame_ancestors,
    )
    app.add_middleware(Cors, allows=services.origins.allows)
    app.add_middleware(Counting, metrics=services.metrics)
    app.add_middleware(
        Door,
        capacity=services.capacity,
        allows=services.origins.allows,
        refused=services.metrics.refused,
    )
    return app


def _services(assistant: Assistant) -> Services:
    settings = assistant.settings
    database = assistant.database
    limits = Limits(sessions=settings.max_sessions_per_minute, turns=settings.max_turns_per_minute)
    running = settings.turns_at_once or (
        usual() if assistant.status()["model"]["state"] == "missing" else WITH_MODEL
    )
    capacity = Capacity(running, settings.turns_waiting)
    sites = SiteStore(database)
    made: list[Services] = []

    def begin(text: str, session: Session, cancel: threading.Event) -> Iterator[Event]:
        return made[0].turn(text, session, cancel)

    made.append(
        Services(
            assistant=assistant,
            limits=limits,
            metrics=Metrics(),
            capacity=capacity,
            door=ThreadPoolExecutor(_DOOR, thread_name_prefix="door"),
            origins=Origins(settings.allowed_origins, sites),
            sites=sites,
            keys=KeyStore(database),
            answers=StoredAnswers(database),
            passing=MemoryAnswers(),
            turns=Turns(assistant, begin, capacity),
            dialogues=Dialogues(assistant),
        )
    )
    return made[0]


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("sommelier-chat")
    except PackageNotFoundError:
        return "0"
