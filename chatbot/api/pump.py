"""Events from a thread, as they come, on the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Generic, TypeVar

from chatbot.api.capacity import Capacity

E = TypeVar("E")


class Pump(Generic[E]):
    """Runs one iterator in a thread of `capacity` and hands its values over.

    Raises (when started):
        BusyServerError: there is no room.
    """

    def __init__(self, capacity: Capacity) -> None:
        self._capacity = capacity
        self._arrived: asyncio.Queue[tuple[E | None, Exception | None]] = asyncio.Queue()
        self._cancel = threading.Event()

    def start(self, begin: Callable[[threading.Event], Iterator[E]]) -> None:
        """Begin in a thread; the iterator ends early when the event it is given is set."""
        loop = asyncio.get_running_loop()

        def put(value: E | None, error: Exception | None = None) -> None:
            # The loop may be closing while the last values of an abandoned iterator arrive.
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._arrived.put_nowait, (value, error))

        def work() -> None:
            values: Iterator[E] = iter(())
            error: Exception | None = None
            try:
                values = begin(self._cancel)
                for value in values:
                    put(value)
            except Exception as caught:  # raised again where the values are read
                error = caught
            finally:
                if isinstance(values, Generator):
                    values.close()
                put(None, error)

        self._capacity.submit(work)

    async def events(self) -> AsyncIterator[E]:
        """The values in order.

        Raises:
            Exception: what the iterator raised.
        """
        while True:
            value, error = await self._arrived.get()
            if error is not None:
                raise error
            if value is None:
                return
            yield value

    def stop(self) -> None:
        """Nobody listens any more."""
        self._cancel.set()
