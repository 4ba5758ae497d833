"""The door before the tools served over HTTP: who calls, how often, with which scope."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.api.callers import permit, recognise
from chatbot.api.problems import respond
from chatbot.api.services import Services
from chatbot.errors import SommelierError


class KeyedTools:
    """Lets callers with the scope `mcp` (or, where no key is demanded, without a key) pass."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through."""
        try:
            caller = await recognise(self._services, Request(scope))
            permit(caller, "mcp")
            own = caller.key.per_minute if caller.key is not None else 0
            self._services.limits.turns.take(caller.counted, own)
        except SommelierError as error:
            await respond(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)
