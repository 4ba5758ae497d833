"""The FastAPI app: endpoints, errors, guards. Knows the engine only as `Assistant`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from chatbot.access.sites import SiteStore
from chatbot.api import problems
from chatbot.api.guard import Guard
from chatbot.api.limits import Limits
from chatbot.api.metrics import Counting, Metrics
from chatbot.api.models import Problem
from chatbot.api.origins import Origins
from chatbot.api.routes import catalogue, operations, own, sessions
from chatbot.api.services import Services

if TYPE_CHECKING:
    from chatbot.assistant import Assistant

STREAMS = 32
"""Turns streamed at the same time; further ones wait for their turn."""

_DESCRIPTION = """Say what you are in the mood for; get items that exist, with reasons to check.

A conversation belongs to the visitor who began it: keep the cookie that `POST /v1/sessions` sets,
or send a secret of your own (at least 32 random characters) as `Authorization: Bearer …` with every
request. Errors are problem documents (RFC 9457)."""


def create_app(assistant: Assistant, *, page: bool = True) -> FastAPI:
    """The HTTP API over an open assistant, which the caller closes after the app has stopped.

    With `page` the web chat is mounted under /chat, and `/` leads there.
    """
    settings = assistant.settings
    executor = ThreadPoolExecutor(STREAMS, thread_name_prefix="turn")

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        executor.shutdown(wait=True, cancel_futures=True)

    app = FastAPI(
        title="Sommelier",
        version=_version(),
        description=_DESCRIPTION,
        lifespan=lifespan,
        # The usual documentation pages load scripts from other hosts; the schema is enough.
        docs_url=None,
        redoc_url=None,
        responses={
            status: {"model": Problem, "content": {problems.MEDIA_TYPE: {}}, "description": words}
            for status, words in _ERRORS.items()
        },
    )
    metrics = Metrics()
    origins = Origins(settings.allowed_origins, SiteStore(assistant.database))
    app.state.services = Services(
        assistant=assistant,
        limits=Limits(
            sessions=settings.max_sessions_per_minute, turns=settings.max_turns_per_minute
        ),
        metrics=metrics,
        executor=executor,
        origins=origins,
    )
    problems.install(app)
    for router in (sessions.router, own.router, catalogue.router, operations.router):
        app.include_router(router)
    if page:
        from chatbot.ui.app import mount

        mount(app, app.state.services)
    app.add_middleware(Guard, allows=origins.allows, frame_ancestors=settings.frame_ancestors)
    app.add_middleware(Counting, metrics=metrics)
    return app


_ERRORS: dict[int | str, Any] = {
    404: "It does not exist, or is not yours.",
    413: "The body is too large.",
    422: "The request is not acceptable.",
    429: "Too many requests; `Retry-After` says when to come back.",
}


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("sommelier-chat")
    except PackageNotFoundError:
        return "0"
