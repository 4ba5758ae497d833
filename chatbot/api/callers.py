"""Who calls: a visitor by cookie or secret, a visitor a site vouches for, a program by its key."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request

from chatbot.access.keys import PREFIX, ApiKey, Scope
from chatbot.access.signed import Signed, verify
from chatbot.access.sites import Site
from chatbot.api.problems import KeyRefusedError, ScopeError, UnauthorisedError
from chatbot.api.visitors import Visitor, known_visitor, new_visitor
from chatbot.errors import NotFoundError

if TYPE_CHECKING:
    from chatbot.api.services import Services

SIGNED = "sommelier-visitor"
"""The header in which a site's server says who its visitor is."""

SITE = "sommelier-site"
"""The header in which a site's page says which site it is."""

_KEYED = ("/v1/", "/mcp")
"""What a key may be demanded for."""

_KEPT = "sommelier.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller, recognised.

    Attributes:
        visitor: whom sessions, drafts and verdicts belong to.
        address: where the request came from.
        key: what a program called with.
        site: the site that vouches for the visitor, or whose page calls; "" for none.
    """

    visitor: Visitor
    address: str
    key: ApiKey | None = None
    site: str = ""

    @property
    def counted(self) -> str:
        """Whom rate limits count: a key wherever it is used, else an address."""
        return f"key:{self.key.id}" if self.key is not None else self.address


def address_of(request: Request) -> str:
    """The address a request came from."""
    return request.client.host if request.client else "unknown"


async def recognise(services: Services, request: Request) -> Caller:
    """Who calls; somebody new where the client holds nothing to be recognised by.

    Raises:
        KeyRefusedError: the key is unknown, revoked or expired.
        SignatureError: the visitor's signature is wrong or expired.
        UnauthorisedError: the server answers nobody without a key, and there is none.
    """
    kept = request.scope.get(_KEPT)
    if isinstance(kept, Caller):
        return kept
    authorization = request.headers.get("authorization", "")
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    key: ApiKey | None = None
    if scheme.lower() == "bearer" and token.startswith(PREFIX):
        key = await services.aside(services.keys.find, token)
        if key is None:
            raise KeyRefusedError("the API key is unknown, revoked or expired.")
        authorization = ""
    site = await _site(services, request)
    signed = await _signed(services, request)
    caller = Caller(
        _visitor(request, authorization, key, signed),
        address_of(request),
        key,
        signed.site if signed is not None else site,
    )
    asked = str(request.scope["path"]).startswith(_KEYED)  # our own pages are no programs
    if services.settings.require_key and asked and key is None and not caller.site:
        raise UnauthorisedError(
            "an API key is needed.", hint="Send it as Authorization: Bearer smk_…"
        )
    request.scope[_KEPT] = caller
    return caller


def _visitor(
    request: Request, authorization: str, key: ApiKey | None, signed: Signed | None
) -> Visitor:
    if signed is not None:
        return Visitor(signed.user, "")
    if key is not None:
        return Visitor(f"key:{key.id}", "")
    return known_visitor(request.cookies, authorization) or new_visitor()


async def _signed(services: Services, request: Request) -> Signed | None:
    text = request.headers.get(SIGNED)
    if text is None:
        return None

    def site_of(name: str) -> Site | None:
        try:  # asked in the database: a secret that was renewed ends at once
            return services.sites.get(name)
        except NotFoundError:
            return None

    return await services.aside(verify, text, site_of, time.time())


async def _site(services: Services, request: Request) -> str:
    """The site whose page calls, as its browser says; "" for none."""
    origin = request.headers.get("origin", "")
    if not origin:
        return ""
    named = request.headers.get(SITE, "")
    if named:  # several sites may share an origin
        found = await services.aside(services.origins.site, named, origin)
        return found.name if found is not None else ""
    sites = await services.aside(services.origins.sites)
    return next((s.name for s in sites.values() if s.allows(origin)), "")


def permit(caller: Caller, scope: Scope) -> None:
    """Let the caller do what `scope` names; who has no key may do what visitors may.

    Raises:
        ScopeError: the key has not this scope; `admin` opens what `desk` does.
        UnauthorisedError: `admin` or `desk` without a key.
    """
    if caller.key is None:
        if scope in ("admin", "desk"):
            raise UnauthorisedError(
                f"an API key with the scope {scope} is needed.",
                hint=f"Create one: `python app.py keys create NAME --scope {scope}`.",
            )
        return
    wide = scope == "desk" and "admin" in caller.key.scopes
    if scope not in caller.key.scopes and not wide:
        raise ScopeError(
            f"the API key has not the scope {scope}.", hint="Create a key with this scope."
        )
