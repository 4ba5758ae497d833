"""Language models behind an address: OpenAI-compatible servers, and LangChain's other providers.

One client each, without retries of its own. Every byte that arrives is held against the request's
deadline, so a server that drips, stalls or never ends cannot hold a turn; foreign errors become
`ModelError` here and nowhere else.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from chatbot.models.chat import ChatCompleter
from chatbot.models.completion import Ask
from chatbot.models.errors import ModelBusyError, ModelError, ModelLoadError, ModelTimeoutError
from chatbot.models.spec import Spec

_CONNECT = 3.0
"""Seconds to reach a server; it is up or it is not."""

_TICKET = "x-sommelier-request"
"""A header that never leaves: it tells the transport which request a call belongs to."""

_TELLING = ("openai-", "x-stainless-")
"""Headers about another service's account and about this machine; a server needs none of them."""


def open_server(spec: Spec, *, key: str = "") -> ChatCompleter:
    """The model behind an `openai:MODEL@URL`. Nothing is sent before the first request.

    `key` goes to this address alone; without one a placeholder is sent, because keys kept for
    another service in the environment must not travel to a server somebody typed in.
    """
    from langchain_openai import ChatOpenAI

    transport = DeadlineTransport()
    client = httpx.Client(transport=transport)
    model = ChatOpenAI(
        model=spec.model,
        base_url=spec.url,
        api_key=key or "none",
        max_retries=0,
        http_client=client,
        stream_usage=False,
        use_responses_api=False,
    )
    speech = _Speech()
    return ChatCompleter(
        model,
        f"{spec.model} at {spec.url}",
        speech.options,
        lambda error: speech.translate(error, spec.url),
        close=client.close,
        around=transport.watch,
    )


class _Speech:
    """How one OpenAI-compatible server is asked; learns whether it takes JSON schemas."""

    def __init__(self) -> None:
        self._schemas = True
        self._asked_with_schema = threading.local()

    def options(self, ask: Ask) -> Mapping[str, Any]:
        """Request fields for `ask`; those beyond the common ones go around LangChain's parsing."""
        found: dict[str, Any] = {"max_tokens": ask.max_tokens, "temperature": ask.temperature}
        self._asked_with_schema.now = ask.schema is not None and self._schemas
        if self._asked_with_schema.now:
            wrapped = {"name": "reading", "schema": dict(ask.schema or {})}
            found["extra_body"] = {
                "response_format": {"type": "json_schema", "json_schema": wrapped}
            }
        return found

    def translate(self, error: Exception, url: str) -> ModelError:
        """What went wrong, for people; a server that refuses schemas is asked without from now."""
        import openai

        if isinstance(error, openai.APIStatusError) and getattr(
            self._asked_with_schema, "now", False
        ):
            if error.status_code in (400, 404, 415, 422, 501):
                self._schemas = False
                return ModelError(f"{url} does not take JSON schemas.", retryable=True)
        return translated(error, url)


def translated(error: Exception, where: str) -> ModelError:
    """A foreign error as ours; see `ModelError.retryable`."""
    import openai

    if isinstance(error, openai.APITimeoutError | httpx.TimeoutException | TimeoutError):
        return ModelTimeoutError(f"{where} did not answer in time.")
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return ModelError(
            f"{where} refused the key.", hint="Set SOMMELIER_LLM_KEY to a key it accepts."
        )
    if isinstance(error, openai.NotFoundError):
        return ModelError(f"{where} does not know this model or path.", hint="Check --llm.")
    if isinstance(error, openai.RateLimitError):
        after = error.response.headers.get("retry-after", "")
        return ModelBusyError(float(after) if after.isdecimal() else 5.0)
    if isinstance(error, openai.APIStatusError):
        return ModelError(
            f"{where} answered {error.status_code}.", retryable=error.status_code >= 500
        )
    if isinstance(error, openai.APIConnectionError | httpx.TransportError | ConnectionError):
        return ModelError(f"{where} cannot be reached.", hint="Is it running?", retryable=True)
    kind = type(error).__name__
    return ModelError(f"{where} answered something that is no completion ({kind}).")


class DeadlineTransport(httpx.BaseTransport):
    """An HTTP transport that keeps a request's deadline and cancellation with every byte."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport(retries=0)
        self._asks: dict[str, Ask] = {}
        self._numbers = itertools.count()

    @contextmanager
    def watch(self, ask: Ask) -> Iterator[Mapping[str, Any]]:
        """While open, calls made with the yielded options are held to `ask`."""
        ticket = str(next(self._numbers))
        self._asks[ticket] = ask
        try:
            yield {"extra_headers": {_TICKET: ticket}}
        finally:
            del self._asks[ticket]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx.BaseTransport`."""
        ask = self._asks.get(request.headers.pop(_TICKET, ""))
        for name in [n for n in request.headers if n.lower().startswith(_TELLING)]:
            del request.headers[name]  # the client adds them from its own environment variables
        if ask is not None:
            left = max(0.01, min(ask.deadline, ask.first) - time.monotonic())
            connect = min(_CONNECT, left)
            request.extensions["timeout"] = {
                "connect": connect, "pool": connect, "write": left, "read": left,
            }  # fmt: skip
        response = self._inner.handle_request(request)
        if ask is not None:
            assert isinstance(response.stream, httpx.SyncByteStream)
            response.stream = _Watched(response.stream, ask)
        return response

    def close(self) -> None:
        """See `httpx.BaseTransport`."""
        self._inner.close()


class _Watched(httpx.SyncByteStream):
    """A response body that ends with the patience of whoever asked for it."""

    def __init__(self, inner: httpx.SyncByteStream, ask: Ask) -> None:
        self._inner = inner
        self._ask = ask

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._inner:
            if time.monotonic() >= self._ask.deadline or self._ask.cancel.is_set():
                raise httpx.ReadTimeout("the deadline has passed")
            yield piece

    def close(self) -> None:
        self._inner.close()


def open_provider(spec: Spec) -> ChatCompleter:
    """A `provider:model` by LangChain; keys and addresses come from that provider's own settings.

    Raises:
        ModelLoadError: LangChain has no such provider, or its package or key is missing.
    """
    from langchain.chat_models import init_chat_model

    where = f"{spec.provider}:{spec.model}"
    try:
        model = init_chat_model(
            spec.model, model_provider=spec.provider, temperature=0, max_retries=0, timeout=20
        )
    except ImportError as error:
        raise ModelLoadError(
            f"{where} needs a package that is not installed.",
            hint=f"Run: pip install langchain-{spec.provider.replace('_', '-')}",
        ) from error
    except Exception as error:  # each provider's package has errors of its own
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise ModelLoadError(f"{where} cannot be opened: {reason}") from error
    return ChatCompleter(
        model, where, lambda _ask: {}, lambda error: translated(error, where), attempts=2
    )
