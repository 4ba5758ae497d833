"""Who may look at the operator's page: whoever has the key, or the token of this machine.

Without a key set, `serve` prints a token for whoever sits at the machine; it opens the page from
loopback only. Either is exchanged for a ticket that a browser keeps and that ends by itself.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Callable
from ipaddress import ip_address

COOKIE = "sommelier_operator"
LASTS_S = 12 * 3600.0

_MOST = 1000
_LOCAL = ("localhost", "127.0.0.1", "[::1]", "testserver")


class Access:
    """Keeps tickets in memory: they end with the process.

    Args:
        key: the operator's own, "" = `token` from loopback.
        admin: whether a text is an API key with the scope admin.
        clock: seconds.
    """

    def __init__(
        self,
        key: str = "",
        *,
        admin: Callable[[str], bool] = lambda text: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._key = key
        self._admin = admin
        self._clock = clock
        self._tickets: dict[str, float] = {}
        self._lock = threading.Lock()
        self.token = "" if key else secrets.token_urlsafe(24)

    def ticket(self, given: str, *, local: bool) -> str | None:
        """A ticket for what was given, or None where it opens nothing."""
        given = given.strip()
        if not given or len(given) > 300:
            return None
        opens = bool(self._key) and _same(given, self._key)
        opens = opens or (bool(self.token) and local and _same(given, self.token))
        if not (opens or self._admin(given)):
            return None
        made = secrets.token_urlsafe(32)
        with self._lock:
            now = self._clock()
            self._tickets = {t: end for t, end in self._tickets.items() if end > now}
            while len(self._tickets) >= _MOST:
                self._tickets.pop(next(iter(self._tickets)))
            self._tickets[made] = now + LASTS_S
        return made

    def admits(self, ticket: str) -> bool:
        """Whether a ticket is one of ours and has not ended."""
        with self._lock:
            return self._tickets.get(ticket, 0.0) > self._clock()

    def leave(self, ticket: str) -> None:
        """End a ticket."""
        with self._lock:
            self._tickets.pop(ticket, None)


def is_local(address: str, host: str, forwarded: bool) -> bool:
    """Whether a request comes from this machine itself, by its own name and through no proxy.

    A page elsewhere that points its name at 127.0.0.1 is told apart by the name.

    >>> is_local("127.0.0.1", "localhost:7860", False), is_local("127.0.0.1", "evil.example", False)
    (True, False)
    """
    try:
        loopback = ip_address(address).is_loopback
    except ValueError:
        loopback = address == "testclient"
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    return loopback and not forwarded and name.lower() in _LOCAL


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
