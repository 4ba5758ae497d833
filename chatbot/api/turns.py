"""Turns while they run: followed by any number of readers, taken up again after a broken line.

A turn runs in a thread; what it says is kept here, numbered, for some minutes. A reader that comes
back with the last id it saw goes on from there; a turn that nobody listens to any more is stopped
after a while. Everything but the engine itself happens on the event loop, so nothing is locked.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chatbot.api import problems, sse
from chatbot.api.capacity import Capacity
from chatbot.errors import BusyError, SommelierError
from chatbot.values import Done, Event, Reply, Session

if TYPE_CHECKING:
    from chatbot.assistant import Assistant

KEPT_S = 300.0
"""How long a finished turn can be taken up again word by word; later only its end is told."""

GRACE_S = 15.0
"""How long a turn goes on although nobody listens: so long a client has to come back."""

MOST = 1000
"""Turns kept at most."""

QUEUED = 2
"""Turns of one session that may wait for an earlier one."""

RETRY_MS = 1500

Begin = Callable[[str, Session, threading.Event], Iterator[Event]]

_log = logging.getLogger(__name__)
_EVENT_ID = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})")


@dataclass
class Live:
    """One turn that runs or ran a short while ago. `number` is 0 until it has begun."""

    session: str
    number: int = 0
    frames: list[bytes] = field(default_factory=list)
    reply: Reply | None = None
    problem: SommelierError | Exception | None = None
    over: bool = False
    ended: float = 0.0
    readers: int = 0
    cancel: threading.Event = field(default_factory=threading.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)


def event_id(text: str) -> tuple[int, int] | None:
    r"""(turn, event) of a `Last-Event-ID`; None for anything else.

    >>> event_id("3.14"), event_id("x"), event_id("1.2\r\n")
    ((3, 14), None, None)
    """
    match = _EVENT_ID.fullmatch(text.strip(" "))
    return (int(match[1]), int(match[2])) if match else None


class Turns:
    """All turns of one server. Used from one event loop.

    Args:
        assistant: answers.
        begin: starts a turn; events of it are counted there.
        capacity: where turns run.
    """

    def __init__(
        self,
        assistant: Assistant,
        begin: Begin,
        capacity: Capacity,
        *,
        grace: float = GRACE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._assistant = assistant
        self._begin = begin
        self._capacity = capacity
        self._grace = grace
        self._clock = clock
        self._lives: dict[tuple[str, int], Live] = {}
        self._latest: dict[str, Live] = {}
        self._queues: dict[str, list[Live]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.keyed: dict[tuple[str, str], Live] = {}
        """Turns under way by user and idempotency key."""

    def start(self, session: Session, text: str) -> Live:
        """Begin a turn, or queue it behind an earlier one of the same session.

        Raises:
            BusyServerError: there is no room for another turn.
            BusyError: several turns of this session wait already.
        """
        self._forget()
        live = Live(session.id)
        queue = self._queues.setdefault(session.id, [])
        if len(queue) > QUEUED:
            raise BusyError(
                "earlier messages of this conversation are still being answered.",
                hint="Wait for them or stop them, then send again.",
            )
        # One at a time: otherwise one conversation could hold every thread, waiting for itself.
        before = queue[-1] if queue else None
        queue.append(live)
        try:
            if before is None:
                self._run(live, session, text)
            else:
                self.task(self._later(before, live, session, text))
        except SommelierError:
            self._dequeue(live)
            raise
        self._latest[session.id] = live
        return live

    def task(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside, and hold on to it until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _later(self, before: Live, live: Live, session: Session, text: str) -> None:
        while not before.over:
            await before.changed.wait()
        try:
            self._run(live, session, text)
        except SommelierError as error:
            self._end(live, error)

    def _run(self, live: Live, session: Session, text: str) -> None:
        loop = asyncio.get_running_loop()

        def tell(action: Callable[..., None], *arguments: Any) -> None:
            # The loop may be closing while the last events of an abandoned turn arrive.
            if not loop.is_closed():
                loop.call_soon_threadsafe(action, *arguments)

        def work() -> None:
            error: Exception | None = None
            events: Iterator[Event] = iter(())
            try:
                if live.cancel.is_set():
                    raise BusyError("the message was withdrawn before it was answered.")
                events = self._begin(text, session, live.cancel)
                for event in events:
                    if not live.number:
                        # The session is locked by this turn now: nobody else takes the number.
                        tell(self._numbered, live, self._next(live.session))
                    tell(self._said, live, event)
            except Exception as caught:  # the outermost edge of this thread
                error = caught
                if not isinstance(caught, SommelierError):
                    _log.error("a turn failed", exc_info=caught)
            finally:
                if isinstance(events, Generator):
                    events.close()
                tell(self._end, live, error)

        self._capacity.submit(work)

    def _next(self, session_id: str) -> int:
        turns = self._assistant.session(session_id, turns=1).turns
        return (turns[-1].number if turns else 0) + 1

    def _numbered(self, live: Live, number: int) -> None:
        live.number = number
        self._lives[live.session, number] = live

    def _said(self, live: Live, event: Event) -> None:
        if isinstance(event, Done):
            live.reply = event.reply
        live.frames.append(sse.encode(event))
        self._change(live)

    def _end(self, live: Live, error: Exception | None) -> None:
        if error is not None:
            live.problem = error
            live.frames.append(sse.frame("error", problem_of(error)))
        live.over = True
        live.ended = self._clock()
        if not live.number and self._latest.get(live.session) is live:
            del self._latest[live.session]
        self._dequeue(live)
        self._change(live)

    def _change(self, live: Live) -> None:
        changed, live.changed = live.changed, asyncio.Event()
        changed.set()

    def _dequeue(self, live: Live) -> None:
        queue = self._queues.get(live.session, [])
        if live in queue:
            queue.remove(live)
        if not queue:
            self._queues.pop(live.session, None)

    def find(self, session_id: str, number: int | None = None) -> Live | None:
        """A turn of a session that is still remembered, the latest unless a number is given."""
        self._forget()
        if number is None:
            return self._latest.get(session_id)
        return self._lives.get((session_id, number))

    def stop(self, session_id: str) -> bool:
        """Stop what is being answered in a session; False where nothing is."""
        running = [live for live in self._queues.get(session_id, ()) if not live.over]
        for live in running:
            live.cancel.set()
        return bool(running)

    def close(self) -> None:
        """Stop everything, so that the server can end."""
        for queue in self._queues.values():
            for live in queue:
                live.cancel.set()

    async def follow(self, live: Live, after: int = 0) -> AsyncIterator[bytes]:
        """Events of a turn from number `after` + 1 on, ready for the wire, until it is over."""
        self._enter(live)
        at = after
        try:
            yield b"retry: %d\n\n" % RETRY_MS
            while True:
                if at < len(live.frames) and live.number:
                    fresh = live.frames[at:]
                    yield b"".join(
                        b"id: %d.%d\n%b" % (live.number, at + n, frame)
                        for n, frame in enumerate(fresh, 1)
                    )
                    at += len(fresh)
                elif live.over:
                    if not live.number and live.frames:  # it failed before it had begun
                        yield b"".join(live.frames)
                    return
                elif not await _within(live.changed, sse.HEARTBEAT):
                    yield b": still here\n\n"
        finally:
            self._leave(live)

    async def result(self, live: Live, gone: Callable[[], Any]) -> Reply:
        """The whole answer; `gone` is awaited beside it and ends when the client goes away.

        Raises:
            SommelierError: what the turn raised.
        """
        self._enter(live)
        left = asyncio.ensure_future(gone())
        try:
            while not live.over and not left.done():
                waiting = asyncio.ensure_future(live.changed.wait())
                await asyncio.wait({waiting, left}, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
        finally:
            left.cancel()
            self._leave(live)
        if live.problem is not None:
            raise live.problem
        if live.reply is None:
            raise BusyError("the client went away before the answer.")
        return live.reply

    def _enter(self, live: Live) -> None:
        live.readers += 1

    def _leave(self, live: Live) -> None:
        live.readers -= 1
        if live.readers == 0 and not live.over:
            asyncio.get_running_loop().call_later(self._grace, self._missed, live)

    def _missed(self, live: Live) -> None:
        if live.readers == 0 and not live.over:
            live.cancel.set()

    def _forget(self) -> None:
        """Let go of turns that ended long ago, and of the oldest where there are too many."""
        now = self._clock()
        for key, live in list(self._lives.items()):
            old = live.over and now - live.ended > KEPT_S
            if not old and len(self._lives) <= MOST:
                break  # they are kept in the order in which they began
            if live.over:
                del self._lives[key]
                if self._latest.get(live.session) is live:
                    del self._latest[live.session]


async def _within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


def problem_of(error: Exception) -> dict[str, Any]:
    """What a client is told of an error."""
    if isinstance(error, SommelierError):
        return problems.of(error)
    return problems.document(
        500, "internal-error", "This is our mistake, not yours.", hint="It has been logged."
    )


LAST = 900_000_000
"""Events told from the store have ids beyond those of any turn."""


def told(reply: dict[str, Any], *, whole: bool) -> bytes:
    """The events of a finished turn as they can be told from what is stored.

    With `whole` from its beginning; otherwise only its end, which holds everything.
    """
    number = int(reply["turn"])
    frames: list[bytes] = []
    if whole:
        if reply["items"] and reply["action"] == "recommend":
            frames.append(sse.frame("items", {"items": reply["items"]}))
        frames.append(sse.frame("delta", {"text": reply["text"]}))
    frames.append(sse.frame("done", reply))
    # Ids beyond those of the turn itself: whoever comes back with one of them has seen the end.
    return b"".join(b"id: %d.%d\n%b" % (number, LAST + n, f) for n, f in enumerate(frames))
