"""How much is done at a time. What is beyond is refused at once, so that nobody waits in vain."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TypeVar

from chatbot.api.problems import BusyServerError

T = TypeVar("T")

WITH_MODEL = 32
"""Turns at a time where a language model words them: they wait more than they compute."""


def usual() -> int:
    """Turns at a time without a language model: they compute, so twice the cores."""
    return max(2, 2 * (os.cpu_count() or 1))


class Capacity:
    """Threads for turns, and how many may wait for one. Used from one event loop.

    Args:
        running: turns at a time.
        waiting: further ones that queue, first come, first served.
    """

    def __init__(self, running: int, waiting: int) -> None:
        self.running = running
        self.waiting = waiting
        self.executor: Executor = ThreadPoolExecutor(running, thread_name_prefix="turn")
        self._taken = 0

    @property
    def taken(self) -> int:
        """Turns that run or wait."""
        return self._taken

    def submit(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Do `work` in a thread when its turn comes.

        Raises:
            BusyServerError: as many run and wait as there is room for; nothing was begun.
        """
        if self._taken >= self.running + self.waiting:
            raise BusyServerError()
        self._taken += 1
        future = asyncio.get_running_loop().run_in_executor(self.executor, work)
        future.add_done_callback(self._left)
        return future

    def _left(self, _future: object) -> None:
        self._taken -= 1

    def close(self) -> None:
        """Wait for what runs; what waits is not begun."""
        self.executor.shutdown(wait=True, cancel_futures=True)
