"""Rate limits per client: token buckets in memory, bounded in number. Knows no HTTP."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from chatbot.api.problems import TooManyRequestsError

_MOST_CLIENTS = 10_000


class RateLimit:
    """`per_minute` requests a minute for each client, with bursts of up to that many.

    Thread-safe. When more clients are active than can be remembered, those not heard of for the
    longest are forgotten, which only ever errs in the client's favour.
    """

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(max(1, per_minute))
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: str, per_minute: int = 0) -> None:
        """Count one request of `client`, who may have another limit than the rest.

        Raises:
            TooManyRequestsError: the limit is reached; says when to come back.
        """
        with self._lock:
            now = self._clock()
            size = float(per_minute) or self._size
            refill = size / 60.0
            tokens, then = self._buckets.pop(client, (size, now))
            tokens = min(size, tokens + (now - then) * refill)
            allowed = tokens >= 1.0
            self._buckets[client] = (tokens - 1.0 if allowed else tokens, now)
            if len(self._buckets) > _MOST_CLIENTS:
                self._buckets.popitem(last=False)
        if not allowed:
            raise TooManyRequestsError(max(1, math.ceil((1.0 - tokens) / refill)))


class Limits:
    """The limits of one server: new sessions, turns, and everything else, each per client."""

    def __init__(
        self, *, sessions: int, turns: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.sessions = RateLimit(sessions, clock=clock)
        self.turns = RateLimit(turns, clock=clock)
        # Looking at things and pressing buttons is cheap; ten of them a turn is a busy person.
        self.others = RateLimit(turns * 10, clock=clock)
