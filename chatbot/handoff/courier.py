"""Sends what is in the outbox: one thread, exponential backoff, until delivered or given up."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from chatbot.errors import InputError, SommelierError
from chatbot.handoff.outbox import Entry, Outbox
from chatbot.handoff.webhook import Channel, DeliveryError

log = logging.getLogger(__name__)

FIRST_S = 5.0
"""Wait after the first failed attempt; doubled after each further one."""

LONGEST_S = 3600.0

GIVE_UP_S = 24 * 3600.0
"""Age at which a message that could not be delivered counts as failed."""

_LOOK_S = 15.0
"""How often the outbox is looked at although nobody called: another process may have filled it."""


def backoff(attempts: int, entry_id: str = "") -> float:
    """Seconds to wait after so many failed attempts.

    Up to a quarter more by the message's id, so that many that failed together do not come back
    together.

    >>> [backoff(n) for n in (1, 2, 3, 20)]
    [5.0, 10.0, 20.0, 3600.0]
    """
    base = min(FIRST_S * 2.0 ** min(attempts - 1, 20), LONGEST_S)
    spread = int(entry_id[:4] or "0", 16) / 0xFFFF if entry_id else 0.0
    return base * (1.0 + spread / 4.0)


class Courier:
    """Delivers messages. `start` it where a process serves; `send` works without a thread too.

    Args:
        outbox: what is to be sent.
        channel: site → its channel, None where it has none; may raise `InputError`.
        clock: Unix seconds.
    """

    def __init__(
        self,
        outbox: Outbox,
        channel: Callable[[str], Channel | None],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._outbox = outbox
        self._channel = channel
        self._clock = clock
        self._wake = threading.Condition()
        self._woken = False
        self._stopped = False
        self._thread: threading.Thread | None = None
        # Ids whose attempt ended lately, for those who wait for one.
        self._ended: deque[str] = deque(maxlen=256)

    def start(self) -> None:
        """Begin to deliver in the background; what an earlier process left comes first."""
        with self._wake:
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Stop after the attempt under way. What is not delivered stays in the outbox."""
        with self._wake:
            self._stopped = True
            self._wake.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(timeout=15)

    def wake(self) -> None:
        """Look at the outbox now."""
        with self._wake:
            self._woken = True
            self._wake.notify_all()

    def attempt(self, entry_id: str, patience: float) -> None:
        """Try to deliver a message now, and wait for the outcome at most `patience` seconds."""

        def run() -> None:
            try:
                self.send(entry_id)
            except SommelierError as error:
                log.warning("a handoff waits: %s", error)
                self._end(entry_id)

        # The thread in the background may have taken it a moment ago: then this waits for that.
        threading.Thread(target=run, name="handoff", daemon=True).start()
        with self._wake:
            self._wake.wait_for(lambda: entry_id in self._ended, patience)

    def _end(self, entry_id: str) -> None:
        with self._wake:
            self._ended.append(entry_id)
            self._wake.notify_all()

    def send(self, entry_id: str | None = None) -> Entry | None:
        """One attempt for the message named, or the one due longest; None where none is due."""
        entry = self._outbox.claim(entry_id)
        if entry is None:
            return None
        try:
            channel = self._channel(entry.site)
            if channel is None:
                raise DeliveryError("no desk is set up any more")
            said = channel.send(entry.id, entry.message)
        except InputError as error:
            self._later(entry, DeliveryError(str(error)))
        except DeliveryError as error:
            self._later(entry, error)
        else:
            self._outbox.settle(entry.id, "delivered", said)
        self._end(entry.id)
        return self._outbox.get(entry.id)

    def _later(self, entry: Entry, error: DeliveryError) -> None:
        now = self._clock()
        wait = max(backoff(entry.attempts, entry.id), error.after or 0.0)
        if not error.retry or now + wait - entry.created > GIVE_UP_S:
            log.warning("handoff %s failed: %s", entry.id, error)
            self._outbox.settle(entry.id, "failed", str(error))
            return
        self._outbox.settle(entry.id, "queued", str(error), due=now + wait)

    def _run(self) -> None:
        while not self._stopped:
            try:
                while not self._stopped and self.send() is not None:
                    pass
                due = self._outbox.next_due()
            except SommelierError as error:  # the database is away; look again later
                log.warning("the outbox cannot be read: %s", error)
                due = None
            except Exception as error:  # the outermost edge of this thread
                log.error("the courier stumbled", exc_info=error)
                due = None
            pause = _LOOK_S if due is None else min(max(due - self._clock(), 0.05), _LOOK_S)
            with self._wake:
                if not self._stopped and not self._woken:
                    self._wake.wait(pause)
                self._woken = False
