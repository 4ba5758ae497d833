"""Visitors a site vouches for: `SITE:VISITOR:EXPIRES:SIGNATURE`.

The site's server signs `SITE:VISITOR:EXPIRES` with the site's secret (HMAC-SHA256, hexadecimal).
What the visitor does then belongs to him on every device, until `EXPIRES` (Unix seconds).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

from chatbot.access.sites import Site
from chatbot.errors import InputError, SommelierError

LONGEST_S = 31 * 86400
"""Signatures are not accepted for longer than this: a lost one ends some day."""

_FORM = re.compile(r"([a-z0-9-]{1,40}):([A-Za-z0-9._@+=-]{1,64}):([0-9]{1,12}):([0-9a-f]{64})")
_VISITOR = re.compile(r"[A-Za-z0-9._@+=-]{1,64}")


class SignatureError(SommelierError):
    """A visitor's signature is wrong, unreadable or expired. Says no more than helps its owner."""

    status = 401
    code = "visitor-not-recognised"


@dataclass(frozen=True, slots=True)
class Signed:
    """A visitor whom a site vouches for."""

    site: str
    visitor: str

    @property
    def user(self) -> str:
        """Whom sessions, drafts and verdicts belong to; also for `export` and `erase`."""
        return f"site:{self.site}:{self.visitor}"


def sign(site: str, secret: str, visitor: str, expires: int) -> str:
    """What the site's server sends along; for tests, tools and sites written in Python.

    Raises:
        InputError: the visitor's id has other characters than letters, digits and `._@+=-`.

    >>> sign("shop", "secret", "c42", 1900000000)[:24]
    'shop:c42:1900000000:a4be'
    """
    if not _VISITOR.fullmatch(visitor):
        raise InputError(
            "a visitor's id has 1 to 64 letters, digits and ._@+=-", hint="Hash other ids."
        )
    text = f"{site}:{visitor}:{int(expires)}"
    return f"{text}:{_mac(secret, text)}"


def verify(text: str, site_of: Callable[[str], Site | None], now: float) -> Signed:
    """Who is vouched for.

    Raises:
        SignatureError: unreadable, of an unknown site, wrongly signed, or expired.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise SignatureError(
            "the visitor's signature cannot be read.", hint="Send SITE:VISITOR:EXPIRES:SIGNATURE."
        )
    name, visitor, expires, given = match.groups()
    site = site_of(name)
    # An unknown site costs the same time as a wrong signature and says the same.
    wanted = _mac(site.secret if site is not None else "no site", f"{name}:{visitor}:{expires}")
    if not hmac.compare_digest(wanted, given) or site is None:
        raise SignatureError(
            "the visitor's signature is wrong.", hint="Sign SITE:VISITOR:EXPIRES with the secret."
        )
    left = int(expires) - now
    if left <= 0:
        raise SignatureError("the visitor's signature has expired.", hint="Sign a new one.")
    if left > LONGEST_S:
        raise SignatureError(
            "the visitor's signature would be valid for too long.",
            hint=f"Let it expire within {LONGEST_S // 86400} days.",
        )
    return Signed(name, visitor)


def _mac(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
