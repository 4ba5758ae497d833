"""What every endpoint works with, and the checks they share: who asks, how often, whose session."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from chatbot.api.limits import Limits
from chatbot.api.metrics import Metrics, Stopwatch
from chatbot.api.origins import Origins
from chatbot.api.visitors import Visitor, known_visitor, new_visitor
from chatbot.errors import InputError, NotFoundError
from chatbot.values import Done, Event, Session

if TYPE_CHECKING:
    from chatbot.assistant import Assistant

_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Services:
    """One server's engine, limits, counters, threads and the sites that embed it."""

    assistant: Assistant
    limits: Limits
    metrics: Metrics
    executor: Executor
    origins: Origins

    def own(self, visitor: Visitor, session_id: str) -> Session:
        """The visitor's session.

        Raises:
            NotFoundError: there is none, or it is somebody else's; nobody can tell which.
        """
        if _SESSION_ID.fullmatch(session_id):
            session = self.assistant.session(session_id)
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


def services(request: Request) -> Services:
    """The services of the app that got the request."""
    found = request.app.state.services
    assert isinstance(found, Services)
    return found


def client(request: Request) -> str:
    """The address a request came from."""
    return request.client.host if request.client else "unknown"


def visitor(request: Request) -> Visitor:
    """Who asks; somebody new where the client holds no secret."""
    authorization = request.headers.get("authorization", "")
    return known_visitor(request.cookies, authorization) or new_visitor()


def limited(request: Request) -> None:
    """Count an ordinary request against its client's limit."""
    services(request).limits.others.take(client(request))


ServicesIn = Annotated[Services, Depends(services)]
VisitorIn = Annotated[Visitor, Depends(visitor)]
