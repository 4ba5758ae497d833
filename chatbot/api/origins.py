"""Which other sites' pages may call the API: those of the settings and those of stored sites."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from chatbot.access.sites import Site, SiteStore, origins_of

LOOK_S = 5.0
"""How long a site that was created or changed may go unnoticed."""


class Origins:
    """Answers for a browser's `Origin`. Thread-safe; reads the sites again every few seconds."""

    def __init__(
        self, allowed: str, sites: SiteStore, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._always = frozenset(origins_of(allowed.split()))
        self._store = sites
        self._clock = clock
        self._looked = -LOOK_S
        self._sites: dict[str, Site] = {}
        self._lock = threading.Lock()

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may call us."""
        if origin in self._always:
            return True
        return any(site.allows(origin) for site in self.sites().values())

    def sites(self) -> dict[str, Site]:
        """All sites by name, at most a few seconds old."""
        now = self._clock()
        with self._lock:
            if now - self._looked >= LOOK_S:
                self._sites = {site.name: site for site in self._store.list()}
                self._looked = now
            return self._sites

    def site(self, name: str, origin: str = "") -> Site | None:
        """The site of this name, where it exists and, if an origin is given, allows it."""
        found = self.sites().get(name)
        if found is None or (origin and not (found.allows(origin) or origin in self._always)):
            return None
        return found
