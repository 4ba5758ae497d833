"""What every endpoint works with, and the checks they share: who asks, how often, whose session."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from fastapi import Depends, Request, Response

from chatbot.access.keys import KeyStore, Scope, until_midnight
from chatbot.access.sites import SiteStore
from chatbot.api.callers import Caller, address_of, permit, recognise
from chatbot.api.capacity import Capacity
from chatbot.api.dialogues import Dialogues
from chatbot.api.limits import Limits
from chatbot.api.metrics import Metrics, Stopwatch
from chatbot.api.origins import Origins
from chatbot.api.problems import QuotaError
from chatbot.api.visitors import Visitor, set_cookie
from chatbot.errors import InputError, NotFoundError
from chatbot.settings import Settings
from chatbot.storage.answers import MemoryAnswers, StoredAnswers
from chatbot.values import Done, Event, Session

if TYPE_CHECKING:
    from chatbot.api.turns import Turns
    from chatbot.assistant import Assistant

T = TypeVar("T")

_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Services:
    """One server's engine, limits, counters, threads, keys and the sites that embed it.

    `door` are a few threads for short look-ups: they are free also when every turn is taken.
    """

    assistant: Assistant
    limits: Limits
    metrics: Metrics
    capacity: Capacity
    door: Executor
    origins: Origins
    sites: SiteStore
    keys: KeyStore
    answers: StoredAnswers
    passing: MemoryAnswers
    turns: Turns
    dialogues: Dialogues

    @property
    def settings(self) -> Settings:
        """The assistant's."""
        return self.assistant.settings

    @property
    def executor(self) -> Executor:
        """Threads for turns; see `Capacity` for how many may wait."""
        return self.capacity.executor

    async def aside(self, work: Callable[..., T], *arguments: Any) -> T:
        """A short look-up in the database, off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self.door, work, *arguments)

    def own(self, visitor: Visitor, session_id: str, turns: int = 20) -> Session:
        """The visitor's session with its last `turns`.

        Raises:
            NotFoundError: there is none, or it is somebody else's; nobody can tell which.
        """
        if _SESSION_ID.fullmatch(session_id):
            session = self.assistant.session(session_id, turns=turns)
            if session.user == visitor.id:
                return session
        raise NotFoundError("there is no such session.", hint="Create one first.")

    def checked(self, text: str) -> str:
        """A user's words, within what the engine reads.

        Raises:
            InputError: nothing but space, or too long.
        """
        most = self.assistant.settings.max_text
        if len(text) > most:
            raise InputError(
                f"the text has {len(text)} characters.", hint=f"Send at most {most} at once."
            )
        text = text.encode("utf-8", "ignore").decode("utf-8")
        if not text.strip():
            raise InputError("the text is empty.", hint="Say what you are in the mood for.")
        return text

    async def spend(self, caller: Caller) -> None:
        """Count a turn, or a draft, of a caller.

        Raises:
            TooManyRequestsError: too many in a minute, or the key's quota of the day is used up.
        """
        key = caller.key
        self.limits.turns.take(caller.counted, key.per_minute if key is not None else 0)
        if key is not None and not await self.aside(self.keys.spend, key):
            raise QuotaError(until_midnight(time.time()))

    def turn(self, text: str, session: Session, cancel: threading.Event) -> Iterator[Event]:
        """One counted turn."""
        with self._counted() as watch:
            for event in self.assistant.stream(text, session.id, cancel=cancel):
                if isinstance(event, Done):
                    self.metrics.turn_seconds.observe(watch.seconds())
                    degraded = "yes" if event.reply.degraded else "no"
                    self.metrics.turns.labels(event.reply.action, degraded).inc()
                yield event

    @contextmanager
    def _counted(self) -> Iterator[Stopwatch]:
        self.metrics.running.inc()
        try:
            yield Stopwatch()
        finally:
            self.metrics.running.dec()


# Dependencies are coroutines although few of them wait: plain functions would each be sent to a
# thread, and when all threads are busy nobody could even be told so.


async def services(request: Request) -> Services:
    """The services of the app that got the request."""
    found = request.app.state.services
    assert isinstance(found, Services)
    return found


ServicesIn = Annotated[Services, Depends(services)]


def client(request: Request) -> str:
    """The address a request came from."""
    return address_of(request)


async def caller(request: Request, found: ServicesIn) -> Caller:
    """Who calls; see `recognise`."""
    return await recognise(found, request)


CallerIn = Annotated[Caller, Depends(caller)]


async def visitor(found: CallerIn) -> Visitor:
    """Whom things belong to; somebody new where the client holds no secret."""
    return found.visitor


VisitorIn = Annotated[Visitor, Depends(visitor)]


async def limited(found: ServicesIn, by: CallerIn) -> None:
    """Count an ordinary request against its caller's limit."""
    own = by.key.per_minute if by.key is not None else 0
    found.limits.others.take(by.counted, own)


def needs(scope: Scope) -> Any:
    """A dependency: a caller with a key needs this scope of it."""

    async def check(by: CallerIn) -> None:
        permit(by, scope)

    return Depends(check)


def remember(request: Request, response: Response, visitor: Visitor) -> None:
    """Make a new visitor's browser keep its secret."""
    if visitor.fresh:
        response.headers["set-cookie"] = set_cookie(visitor, secure=request.url.scheme == "https")
