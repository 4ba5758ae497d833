"""How much is done at a time. What is beyond is refused at once, so that nobody waits in vain."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import ContextVar, Token
from typing import Any, TypeVar

from chatbot.api.problems import BusyServerError

T = TypeVar("T")

WITH_MODEL = 32
"""Turns at a time where a language model words them: they wait more than they compute."""


def usual() -> int:
    """Turns at a time without a language model: they compute, so as many as there are cores.

    More would answer no more of them, and keep short requests waiting.
    """
    return max(2, os.cpu_count() or 1)


class Place:
    """Room for one turn, kept for a request from the door until its turn is submitted."""

    def __init__(self, leave: Callable[[], None]) -> None:
        self._leave: Callable[[], None] | None = leave

    def give_up(self) -> bool:
        """Let go of it; False where it was used or let go of before."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()
        return leave is not None

    @property
    def held(self) -> bool:
        """Whether it is still kept."""
        return self._leave is not None


_PLACE: ContextVar[Place | None] = ContextVar("place", default=None)
"""The place of the request that is being answered."""


class _Counted(ThreadPoolExecutor):
    """Threads with a bounded queue. Whoever submits beyond it is refused at once."""

    def __init__(self, running: int, most: int) -> None:
        super().__init__(running, thread_name_prefix="turn")
        self._most = most
        self._count = threading.Lock()
        self.taken = 0
        self.reserved = 0

    def reserve(self) -> Place | None:
        """Keep room for a request on its way; None where there is none left."""
        with self._count:
            if self.taken + self.reserved >= self._most:
                return None
            self.reserved += 1
        return Place(self._free)

    def _free(self) -> None:
        with self._count:
            self.reserved -= 1

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """See `Executor.submit`.

        Raises:
            BusyServerError: as many run and wait as there is room for; nothing was begun.
        """
        place = _PLACE.get()
        kept = place is not None and place.give_up()
        with self._count:
            # What was kept for this request is its own, also where others came in between.
            if not kept and self.taken + self.reserved >= self._most:
                raise BusyServerError()
            self.taken += 1
        try:
            future = super().submit(fn, *args, **kwargs)
        except RuntimeError:
            self._left()
            raise
        future.add_done_callback(self._left)
        return future

    def _left(self, _future: object = None) -> None:
        with self._count:
            self.taken -= 1


class Capacity:
    """Threads for turns and drafts, and how many may wait for one. Safe to share.

    Args:
        running: turns at a time.
        waiting: further ones that queue, first come, first served.
    """

    def __init__(self, running: int, waiting: int) -> None:
        self.running = running
        self.waiting = waiting
        self._threads = _Counted(running, running + waiting)

    @property
    def executor(self) -> Executor:
        """The threads themselves; submitting may raise `BusyServerError`."""
        return self._threads

    @property
    def taken(self) -> int:
        """Turns that run or wait."""
        return self._threads.taken

    @property
    def full(self) -> bool:
        """Whether another turn would be refused."""
        return self.taken + self._threads.reserved >= self.running + self.waiting

    def reserve(self) -> Place | None:
        """Keep room for a request before anything is looked up for it; None where there is none.

        Without it every request that came while one place was free would be let in, looked after,
        and refused late.
        """
        return self._threads.reserve()

    def seated(self, place: Place) -> Token[Place | None]:
        """From here on, what this task submits takes `place`."""
        return _PLACE.set(place)

    def unseated(self, token: Token[Place | None]) -> None:
        """The end of `seated`."""
        _PLACE.reset(token)

    def check(self) -> None:
        """Refuse now what would be refused in a moment.

        Raises:
            BusyServerError: there is no room.
        """
        place = _PLACE.get()
        if self.full and not (place is not None and place.held):
            raise BusyServerError()

    def submit(self, work: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
        """Do `work` in a thread when its turn comes.

        Raises:
            BusyServerError: there is no room; nothing was begun.
        """
        return asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def close(self) -> None:
        """Wait for what runs; what waits is not begun."""
        self._threads.shutdown(wait=True, cancel_futures=True)
