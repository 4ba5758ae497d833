"""What every question of the page passes: its limit, its language, whose draft it is about."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from chatbot.api import problems
from chatbot.api.services import Services, client
from chatbot.errors import InputError, SommelierError
from chatbot.studio.desk import Studio
from chatbot.studio.store import Record
from chatbot.ui.speak import failure
from chatbot.ui.studio.readers import desk_of
from chatbot.values import Language

PATH = "/studio"


def _spoken_to(request: Request) -> Language:
    """The language of the page, which it names in every request."""
    return "zh" if request.headers.get("x-language") == "zh" else "en"


LanguageIn = Annotated[Language, Depends(_spoken_to)]


def _limited(request: Request) -> None:
    request.app.state.services.limits.others.take(client(request))


def _translated(request: Request, error: SommelierError) -> JSONResponse:
    """An error in the reader's language, as a problem document."""
    said = failure(error, _spoken_to(request))
    document = {**problems.of(error), "detail": said, "hint": ""}
    return JSONResponse(
        document,
        status_code=error.status,
        headers=problems.headers_of(error),
        media_type=problems.MEDIA_TYPE,
    )


class Spoken(APIRoute):
    """A route whose errors are said in the reader's language."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See `APIRoute`."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                _limited(request)
                return await handle(request)
            except SommelierError as error:
                return _translated(request, error)
            except RequestValidationError as error:
                where = str(error.errors()[0]["loc"][-1]) if error.errors() else "?"
                return _translated(request, InputError(f"{where} is too long, or of no use here."))

        return answered


asked = APIRouter(prefix=PATH + "/api", include_in_schema=False, route_class=Spoken)
"""Everything the page asks."""


def own(draft_id: str, services: Services, user: str) -> tuple[Studio, Record]:
    """The visitor's draft and the desk of its catalogue.

    Raises:
        NotFoundError: there is none, or it is somebody else's; nobody can tell which.
    """
    kept = desk_of(services).store.record(draft_id[:64], user=user)
    return desk_of(services, kept.catalogue), kept
