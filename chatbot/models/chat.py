"""Any LangChain chat model as a `Completer`: messages in, text out, foreign errors translated.

LangChain's types end here. Knows no provider; see `chatbot.models.servers` and
`chatbot.models.loading` for those.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from chatbot.models.completion import Ask
from chatbot.models.errors import ModelCancelledError, ModelError, ModelTimeoutError

Options = Callable[[Ask], Mapping[str, Any]]
"""Keyword arguments that the wrapped model understands for one request."""

Translate = Callable[[Exception], ModelError]

_LEAST = 0.3
"""Seconds that must be left for a second attempt to make sense."""


class ChatCompleter:
    """A `Completer` over a LangChain chat model.

    Args:
        model: the chat model; its own retries switched off.
        name: what people call it.
        options: how an `Ask` is told to this model.
        translate: what a foreign error means.
        close: releases what the model holds.
        around: a context for each request, for deadlines below LangChain.
        attempts: how often a request is made that failed retryably before its first word.
    """

    def __init__(
        self,
        model: Any,
        name: str,
        options: Options,
        translate: Translate,
        *,
        close: Callable[[], None] = lambda: None,
        around: Callable[[Ask], AbstractContextManager[Mapping[str, Any]]] | None = None,
        attempts: int = 2,
    ) -> None:
        self._model = model
        self._name = name
        self._options = options
        self._translate = translate
        self._close = close
        self._around = around or (lambda _ask: nullcontext({}))
        self._attempts = attempts

    @property
    def name(self) -> str:
        """See `Completer.name`."""
        return self._name

    @property
    def model(self) -> Any:
        """The LangChain model, for programs that want to use it themselves."""
        return self._model

    def stream(self, ask: Ask) -> Iterator[str]:
        """See `Completer.stream`."""
        for attempt in range(1, self._attempts + 1):
            said = False
            try:
                for piece in self._once(ask):
                    said = True
                    yield piece
                return
            except ModelError as error:
                left = ask.deadline - time.monotonic()
                if said or not error.retryable or attempt == self._attempts or left < _LEAST:
                    raise

    def _once(self, ask: Ask) -> Iterator[str]:
        if ask.cancel.is_set():
            raise ModelCancelledError()
        if time.monotonic() >= ask.deadline:
            raise ModelTimeoutError()
        messages = [("human" if m.role == "user" else _NAMES[m.role], m.text) for m in ask.messages]
        with self._around(ask) as extra:
            chunks = iter(self._model.stream(messages, **{**self._options(ask), **extra}))
            try:
                while True:
                    try:
                        chunk = next(chunks, None)
                    except ModelError:
                        raise
                    except Exception as error:  # the edge to code that is not ours, any of it
                        if ask.cancel.is_set():
                            raise ModelCancelledError() from error
                        raise self._translate(error) from error
                    if chunk is None:
                        return
                    if ask.cancel.is_set():
                        raise ModelCancelledError()
                    if time.monotonic() >= ask.deadline:
                        raise ModelTimeoutError()
                    text = str(chunk.text)
                    if text:
                        yield text
            finally:
                close = getattr(chunks, "close", None)
                if close is not None:
                    close()

    def close(self) -> None:
        """See `Completer.close`."""
        self._close()


_NAMES = {"system": "system", "assistant": "ai"}
