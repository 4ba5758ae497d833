"""The one thing readers and writers ask of a language model: a bounded, cancellable completion.

Knows no LangChain and no transformers. `Completer` is implemented over any LangChain chat model
by `chatbot.models.chat.ChatCompleter`, and guarded by a circuit breaker here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import KW_ONLY, dataclass, field
from typing import Protocol

from chatbot.models.errors import ModelBusyError, ModelCancelledError, ModelError
from prompts import Message


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to a model.

    Attributes:
        messages: system first, the user's last.
        deadline: `time.monotonic()` seconds; nothing is yielded after it.
        first: the same for the first piece; a model that has not begun by then is given up.
        max_tokens: most tokens to generate.
        schema: JSON schema the completion has to follow, or None for prose.
        temperature: 0 = always the likeliest token.
        cancel: set it to stop; the model is freed within a step.
    """

    messages: tuple[Message, ...]
    deadline: float
    _: KW_ONLY
    first: float = float("inf")
    max_tokens: int = 400
    schema: Mapping[str, object] | None = None
    temperature: float = 0.0
    cancel: threading.Event = field(default_factory=threading.Event)


class Completer(Protocol):
    """A model that completes."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def stream(self, ask: Ask) -> Iterator[str]:
        """Yield the completion in pieces; closing the iterator cancels.

        Raises:
            ModelError: it failed, was busy, cancelled or out of time. Nothing else is raised.
        """
        ...

    def close(self) -> None:
        """Release what it holds: threads, connections, memory. May be called twice."""
        ...


def complete(completer: Completer, ask: Ask) -> str:
    """The whole completion as one text.

    Raises:
        ModelError: see `Completer.stream`.
    """
    with closing(completer.stream(ask)) as pieces:  # type: ignore[type-var]  # generators close
        return "".join(pieces)


class Breaker:
    """Stops asking a model that keeps failing. Safe to use from several threads.

    After `failures` failures in a row it is open for `rest` seconds; then one request may try
    (half open): success closes it, failure opens it again.
    """

    def __init__(
        self, failures: int = 3, rest: float = 30.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self._rest, self._clock = failures, rest, clock
        self._lock = threading.Lock()
        self._failed = 0
        self._until = 0.0
        self._trying = False

    def admits(self) -> bool:
        """Whether a request may be made now; a True while half open takes the one attempt."""
        with self._lock:
            if self._failed < self._limit:
                return True
            if self._clock() < self._until or self._trying:
                return False
            self._trying = True
            return True

    @property
    def open(self) -> bool:
        """Whether requests are turned away now."""
        with self._lock:
            return self._failed >= self._limit and self._clock() < self._until

    def record(self, success: bool | None) -> None:
        """What came of an admitted request; None where it says nothing about the model's health."""
        with self._lock:
            self._trying = False
            if success is None:
                return
            self._failed = 0 if success else self._failed + 1
            if self._failed >= self._limit:
                self._until = self._clock() + self._rest


class GuardedCompleter:
    """A completer behind a breaker. Busy and cancelled say nothing about the model's health."""

    def __init__(self, inner: Completer, breaker: Breaker | None = None) -> None:
        self._inner = inner
        self.breaker = breaker or Breaker()

    @property
    def name(self) -> str:
        """See `Completer.name`."""
        return self._inner.name

    def stream(self, ask: Ask) -> Iterator[str]:
        """See `Completer.stream`."""
        if not self.breaker.admits():
            raise ModelError(
                f"{self.name} failed repeatedly and is left alone for a moment.", retryable=True
            )
        outcome: bool | None = None
        try:
            for piece in self._inner.stream(ask):
                outcome = True
                yield piece
            outcome = True
        except (ModelBusyError, ModelCancelledError):
            outcome = None
            raise
        except ModelError:
            outcome = False
            raise
        finally:
            self.breaker.record(outcome)

    def close(self) -> None:
        """See `Completer.close`."""
        self._inner.close()
