"""Who is asking: an unguessable secret in a cookie, and the identity made from it.

The cookie holds a random secret; what is stored, exported and logged is a digest of it, so that
neither the database nor an export lets anybody act as the visitor. Programs that keep no cookies
may send a secret of their own as `Authorization: Bearer …`.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

COOKIE = "sommelier_visitor"
MAX_AGE = 365 * 24 * 3600
"""Seconds a visitor is remembered after the last page load."""

_SECRET = re.compile(r"[A-Za-z0-9._~+/=-]{32,200}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """One visitor: `id` owns sessions, `secret` proves it; `fresh` = the client has none yet."""

    id: str
    secret: str
    fresh: bool = False


def visitor_of(secret: str, *, fresh: bool = False) -> Visitor:
    """The visitor a secret belongs to."""
    digest = hashlib.sha256(b"sommelier visitor:" + secret.encode()).hexdigest()
    return Visitor(f"visitor-{digest[:40]}", secret, fresh)


def new_visitor() -> Visitor:
    """A visitor nobody has been before."""
    return visitor_of(secrets.token_urlsafe(32), fresh=True)


def known_visitor(cookies: Mapping[str, str], authorization: str = "") -> Visitor | None:
    """The visitor who sent these, or None where there is no acceptable secret.

    >>> known_visitor({COOKIE: "short"}) is None
    True
    """
    scheme, _, token = authorization.partition(" ")
    secret = token.strip() if scheme.lower() == "bearer" else cookies.get(COOKIE, "")
    return visitor_of(secret) if _SECRET.fullmatch(secret) else None


def set_cookie(visitor: Visitor, *, secure: bool) -> str:
    """The value of the `Set-Cookie` header that makes the client keep its secret."""
    parts = [
        f"{COOKIE}={visitor.secret}",
        f"Max-Age={MAX_AGE}",
        "Path=/",
        "HttpOnly",
        "SameSite=Lax",
    ]
    if secure:
        parts.append("Secure")
    return "; ".join(parts)
