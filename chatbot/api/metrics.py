"""Counters and histograms for Prometheus: one registry per app, no visitor's words in any label."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """What is counted. `text()` is the page that Prometheus reads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "sommelier_requests",
            "HTTP requests by route, method and status.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.turns = Counter(
            "sommelier_turns",
            "Turns answered, by what was done.",
            ("action", "degraded"),
            registry=self.registry,
        )
        self.turn_seconds = Histogram(
            "sommelier_turn_seconds",
            "Seconds from a user's words to the whole answer.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.running = Gauge(
            "sommelier_turns_running", "Turns being answered now.", registry=self.registry
        )
        self.feedback = Counter(
            "sommelier_feedback",
            "Verdicts on cards.",
            ("verdict",),
            registry=self.registry,
        )

        self._refused = self.requests.labels("(no room)", "POST", "429")

    def refused(self) -> None:
        """Count a turn that was refused at the door."""
        self._refused.inc()

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)


class Counting:
    """ASGI middleware that counts requests by route template."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through and count its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = "500"

        async def watching(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watching)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.requests.labels(_route(scope), method, status).inc()


def _route(scope: Scope) -> str:
    """The template of the route that answered: few values, whatever clients ask for."""
    route = scope.get("route")
    path = getattr(route, "path", "")
    if path:
        return str(path)
    return str(scope.get("root_path") or "other") if scope.get("endpoint") else "other"


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def seconds(self) -> float:
        """Seconds passed."""
        return time.perf_counter() - self._start
