"""What the operator's pages share: who gets in, how a page is sent, how a form is read."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from chatbot.api.services import Services, client
from chatbot.backoffice.access import COOKIE, Access, is_local
from chatbot.errors import InputError

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
NAME = "sommelier_desk_name"
"""The cookie that keeps the name with which an operator signs answers."""

_MOST_BODY = 64 * 1024


def access_of(services: Services) -> Access:
    """The door of a server's operator page, with the token that `serve` prints."""

    def admin(text: str) -> bool:
        key = services.keys.find(text)
        return key is not None and "admin" in key.scopes

    return Access(services.settings.operator_key, admin=admin)


def access(request: Request) -> Access:
    """The door that the request stands before."""
    found = request.app.state.operator
    assert isinstance(found, Access)
    return found


def admitted(request: Request) -> bool:
    """Whether the request holds a ticket."""
    return access(request).admits(request.cookies.get(COOKIE, ""))


def local(request: Request) -> bool:
    """Whether it comes from this machine, without a proxy between."""
    forwarded = any(h in request.headers for h in ("forwarded", "x-forwarded-for", "x-real-ip"))
    return is_local(client(request), request.headers.get("host", ""), forwarded)


def html(text: str, status: int = 200) -> HTMLResponse:
    """A page under the strict policy."""
    return HTMLResponse(
        text, status, headers={"content-security-policy": POLICY, "cache-control": "no-store"}
    )


def did(tab: str, what: str, **more: str) -> Response:
    """Back to a page, which says what was done."""
    return RedirectResponse(f"/operator/{tab}?{urlencode({'did': what, **more})}", 303)


async def fields(request: Request) -> dict[str, str]:
    """Fields of a posted form; of several with one name the first."""
    body = await request.body()
    if len(body) > _MOST_BODY:
        raise InputError("the form is too large.")
    found = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50)
    return {name: values[0] for name, values in found.items()}
