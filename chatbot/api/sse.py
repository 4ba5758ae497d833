"""A turn as server-sent events. When the client goes away, the turn is cancelled at once."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import Executor
from typing import Any

from chatbot import wire
from chatbot.api import problems
from chatbot.errors import SommelierError
from chatbot.values import Done, Event, Items, Status, TextDelta

HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, so that proxies keep the line open."""

_log = logging.getLogger(__name__)

Start = Callable[[threading.Event], Iterator[Event]]
"""Begins a turn that ends early when the given event is set."""


def frame(event: str, data: object) -> bytes:
    """One event on the wire."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {event}\ndata: {text}\n\n".encode()


def encode(event: Event) -> bytes:
    """One of the engine's events as the contract names it."""
    if isinstance(event, Status):
        return frame("status", {"phase": event.phase})
    if isinstance(event, Items):
        return frame("items", {"items": wire.plain([wire.card(c) for c in event.cards])})
    if isinstance(event, TextDelta):
        return frame("delta", {"text": wire.plain(event.text)})
    assert isinstance(event, Done)
    return frame("done", wire.reply(event.reply))


async def stream(
    start: Callable[[threading.Event], Iterator[Any]],
    executor: Executor,
    encode: Callable[[Any], bytes] = encode,
) -> AsyncIterator[bytes]:
    """The events of one turn, ending with `done` or `error`.

    The engine runs in a thread of `executor`; leaving this generator in any way sets the turn's
    cancel event, and the thread closes the turn itself.
    """
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[bytes | None] = asyncio.Queue()
    cancel = threading.Event()

    def put(chunk: bytes | None) -> None:
        # The loop may be closing while the last events of an abandoned turn arrive.
        if not loop.is_closed():
            loop.call_soon_threadsafe(arrived.put_nowait, chunk)

    try:
        running = loop.run_in_executor(executor, _pump, start, cancel, put, encode)
    except SommelierError as error:  # no room
        yield frame("error", problems.of(error))
        return
    try:
        while True:
            try:
                chunk = await asyncio.wait_for(arrived.get(), HEARTBEAT)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if chunk is None:
                break
            yield chunk
    finally:
        cancel.set()
        running.cancel()  # a turn that had not begun does not begin


def _pump(
    start: Callable[[threading.Event], Iterator[Any]],
    cancel: threading.Event,
    put: Callable[[bytes | None], None],
    encode: Callable[[Any], bytes],
) -> None:
    """Run one turn to its end, or until it is cancelled."""
    events: Iterator[Any] = iter(())
    try:
        events = start(cancel)
        for event in events:
            if cancel.is_set():
                break
            put(encode(event))
    except SommelierError as error:
        put(frame("error", problems.of(error)))
    except Exception as error:  # the outermost edge of this thread
        _log.error("a streamed turn failed", exc_info=error)
        put(frame("error", _internal()))
    finally:
        if isinstance(events, Generator):
            events.close()
        put(None)


def _internal() -> dict[str, Any]:
    return problems.document(
        500, "internal-error", "This is our mistake, not yours.", hint="It has been logged."
    )
