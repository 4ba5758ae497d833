"""A model that may still be on its way: loads in the background while others already answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from chatbot.models.errors import ModelLoadError

Progress = Callable[[str, float], None]
"""Called with (what is being done, share done in [0, 1])."""

State = str
"""One of "missing" (no model is wanted or possible), "loading", "ready", "failed"."""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """What people see of a model. `progress` in [0, 1]; `seconds` since loading began."""

    state: State
    model: str = ""
    message: str = ""
    progress: float = 0.0
    seconds: float = 0.0


class ModelHandle:
    """A model that may still be on its way. Safe to share between threads.

    `attempts` are tried in order in a background thread that ends with the first success; each is
    (name, opener). An opener may raise ModelLoadError; then the next, smaller one is tried.
    """

    def __init__(
        self,
        attempts: tuple[tuple[str, Callable[[Progress, threading.Event], Any | None]], ...],
    ) -> None:
        self._attempts = attempts
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._completer: Any | None = None
        self._status = ModelStatus("loading" if attempts else "missing")
        self._since = time.monotonic()
        self._thread: threading.Thread | None = None
        if attempts:
            self._thread = threading.Thread(target=self._run, name="sommelier-load", daemon=True)
            self._thread.start()

    @property
    def status(self) -> ModelStatus:
        """What people may be told now."""
        return self._status

    @property
    def completer(self) -> Any | None:
        """The loaded completer, or None."""
        return self._completer

    def wait(self, timeout: float | None = None) -> ModelStatus:
        """Wait until loading is over, one way or the other."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return self._status

    def close(self) -> None:
        """Stop loading, release the model. A download stops at its next piece."""
        self._stopped.set()
        self.wait()
        with self._lock:
            completer, self._completer = self._completer, None
            self._status = ModelStatus("missing")
        if completer is not None:
            completer.close()

    def _run(self) -> None:
        failures: list[str] = []
        for name, opener in self._attempts:
            self._say("loading", name, "", 0.0)
            try:
                completer = opener(partial(self._say, "loading", name), self._stopped)
            except ModelLoadError as error:
                failures.append(str(error))
                continue
            except Exception as error:  # the thread's outermost edge: loading runs foreign code
                failures.append(f"{name} cannot be loaded: {type(error).__name__}.")
                continue
            if self._stopped.is_set() and completer is not None:
                completer.close()
                return
            if completer is None:
                self._say("missing", "", "", 0.0)
                return
            with self._lock:
                self._completer = completer
            self._say("ready", name, "; ".join(failures), 1.0)
            return
        self._say("failed", self._attempts[0][0], " ".join(failures), 0.0)

    def _say(self, state: State, model: str, message: str, progress: float) -> None:
        seconds = round(time.monotonic() - self._since, 1)
        self._status = ModelStatus(state, model, message, progress, seconds)
