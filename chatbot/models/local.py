"""A LangChain chat model over weights on this machine. Import it only where one is opened.

Streaming, asynchronous use, tools' messages at the end, stop strings, usage, cancellation and
grammar-constrained JSON all work, for many concurrent callers on one copy of the weights.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

# The class below derives from LangChain's, so this one module cannot import it later.
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel, generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import ConfigDict

from chatbot.models.engine import End, Engine, Request
from chatbot.models.errors import ModelCancelledError, ModelError, ModelTimeoutError
from chatbot.models.grammar import Grammars
from chatbot.models.tokens import ChatTokens, Unrolled

_GRACE = 0.25
"""Seconds past its deadline after which a request stops waiting for an engine that is busy."""


class LocalChatModel(BaseChatModel):  # type: ignore[misc]  # an untyped base for mypy
    """Completes chats on one `Engine`.

    Keyword arguments of every call (`invoke`, `stream`, `ainvoke`, `astream`):
        json_schema: a JSON schema that the completion has to follow.
        cancel: a `threading.Event`; set it to stop.
        deadline: `time.monotonic()` seconds; default `timeout` from now.
        first: the same for the first token.
        max_tokens, temperature, top_p, seed: as in most APIs; temperature 0 is greedy.

    Raises (from every call):
        ModelError: and its kinds; nothing else for a model that fails.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    name_or_path: str
    engine: Any  # an Engine; typed loosely so that pydantic does not look inside
    tokens: Any
    grammars: Any
    max_tokens: int = 512
    temperature: float = 0.0
    top_p: float = 0.95
    timeout: float = 60.0

    @property
    def _llm_type(self) -> str:
        return "sommelier-local"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"model": self.name_or_path}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        first: float = float("inf"),
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        heard: queue.SimpleQueue[tuple[int, ...] | End] = queue.SimpleQueue()
        request = self._request(messages, heard.put, **kwargs)
        reading = _Reading(self, request, stop, first)
        self.engine.submit(request)
        try:
            while not reading.over:
                try:
                    event = heard.get(timeout=reading.patience)
                except queue.Empty:
                    raise ModelTimeoutError() from None
                for chunk in reading.chunks(event):
                    if run_manager:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
        finally:
            reading.stop()

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks = [c async for c in self._astream(messages, stop, run_manager, **kwargs)]
        return generate_from_stream(iter(chunks))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        *,
        first: float = float("inf"),
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[tuple[int, ...] | End] = asyncio.Queue()

        def sink(event: tuple[int, ...] | End) -> None:
            if not loop.is_closed():  # a closed loop has nobody left who could listen
                loop.call_soon_threadsafe(heard.put_nowait, event)

        request = self._request(messages, sink, **kwargs)
        reading = _Reading(self, request, stop, first)
        self.engine.submit(request)
        try:
            while not reading.over:
                try:
                    event = await asyncio.wait_for(heard.get(), reading.patience)
                except TimeoutError:
                    raise ModelTimeoutError() from None
                for chunk in reading.chunks(event):
                    if run_manager:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
        finally:
            reading.stop()

    def _request(
        self,
        messages: Sequence[BaseMessage],
        sink: Any,
        *,
        json_schema: Mapping[str, object] | None = None,
        cancel: threading.Event | None = None,
        deadline: float | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        seed: int = 0,
        **_ignored: Any,
    ) -> Request:
        import random

        return Request(
            prompt=self.tokens.prompt([_as_dict(m) for m in messages]),
            max_tokens=max_tokens or self.max_tokens,
            deadline=deadline if deadline is not None else time.monotonic() + self.timeout,
            sink=sink,
            cancel=cancel or threading.Event(),
            matcher=self.grammars.matcher(json_schema) if json_schema is not None else None,
            temperature=self.temperature if temperature is None else temperature,
            top_p=self.top_p if top_p is None else top_p,
            rng=random.Random(seed),
        )

    def close(self) -> None:
        """Cancel what runs, end the engine's thread and free its memory."""
        self.engine.close()

    @classmethod
    def over(
        cls,
        model: Any,
        tokenizer: Any,
        *,
        name: str = "local",
        max_rows: int = 8,
        max_waiting: int = 64,
        max_length: int = 8192,
        chunk: int = 1024,
    ) -> LocalChatModel:
        """A chat model over a loaded transformers model and its tokenizer.

        Raises:
            ModelError: the tokenizer has no chat template.
        """
        from chatbot.models.slots import runner_for

        if not getattr(tokenizer, "chat_template", None):
            raise ModelError(
                f"{name} has no chat template.", hint="Choose an instruct or chat model."
            )
        model.eval()
        longest = getattr(model.config.get_text_config(), "max_position_embeddings", max_length)
        max_length = min(max_length, int(longest))
        eos = _eos(model, tokenizer)
        vocabulary = int(model.get_output_embeddings().weight.shape[0])
        engine = Engine(
            runner_for(model, max_length),
            eos=eos,
            max_rows=max_rows,
            max_waiting=max_waiting,
            max_length=max_length,
            chunk=chunk,
        )
        return cls(
            name_or_path=name,
            engine=engine,
            tokens=ChatTokens(tokenizer),
            grammars=Grammars(tokenizer, vocabulary, eos),
        )


class _Reading:
    """What one caller has heard of its request so far."""

    def __init__(
        self, model: LocalChatModel, request: Request, stop: list[str] | None, first: float
    ) -> None:
        self._model = model
        self._request = request
        self._text = Unrolled(model.tokens, stop or ())
        self._made = 0
        self._first = first
        self.over = False

    @property
    def patience(self) -> float:
        """How long to wait for the next event, seconds; at most a day, which clocks can count."""
        late = self._request.deadline + _GRACE
        until = late if self._made else min(late, self._first)
        return max(0.0, min(until - time.monotonic(), 86_400.0))

    def chunks(self, event: tuple[int, ...] | End) -> Iterator[ChatGenerationChunk]:
        """The chunks that an event of the engine gives."""
        if isinstance(event, End):
            self.over = True
            self._raise(event)
            text = self._text.add((), last=True)
            if text:
                yield _chunk(text)
            yield self._end("stop" if event.reason == "stop" else "length")
            return
        self._made += len(event)
        text = self._text.add(event)
        if text:
            yield _chunk(text)
        if self._text.stopped:
            self.over = True
            yield self._end("stop")

    def _raise(self, end: End) -> None:
        if end.reason == "cancelled":
            raise ModelCancelledError()
        if end.reason == "deadline":
            raise ModelTimeoutError()
        if isinstance(end.error, ModelError):
            raise end.error
        if end.error is not None:
            raise ModelError(
                f"the language model failed: {type(end.error).__name__}.", retryable=True
            ) from end.error

    def _end(self, reason: str) -> ChatGenerationChunk:
        read = len(self._request.prompt)
        message = AIMessageChunk(
            content="",
            usage_metadata={
                "input_tokens": read,
                "output_tokens": self._made,
                "total_tokens": read + self._made,
            },
            response_metadata={
                "finish_reason": reason,
                "model_name": self._model.name_or_path,
            },
            chunk_position="last",
        )
        return ChatGenerationChunk(message=message, generation_info={"finish_reason": reason})

    def stop(self) -> None:
        """Let the engine go on without this request, whether or not it is over."""
        if not self.over or self._text.stopped:
            self._request.abandoned = True


def _chunk(text: str) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(content=text))


_ROLES = {"human": "user", "ai": "assistant", "system": "system", "tool": "tool"}


def _as_dict(message: BaseMessage) -> dict[str, Any]:
    role = _ROLES.get(message.type, "user")
    out: dict[str, Any] = {"role": role, "content": str(message.text)}
    if isinstance(message, AIMessage) and message.tool_calls:
        out["tool_calls"] = [
            {"type": "function", "function": {"name": c["name"], "arguments": c["args"]}}
            for c in message.tool_calls
        ]
    if isinstance(message, ToolMessage):
        out["name"] = message.name or ""
    return out


def _eos(model: Any, tokenizer: Any) -> list[int]:
    found = getattr(model.generation_config, "eos_token_id", None)
    ids = list(found) if isinstance(found, list | tuple) else [found]
    ids.append(tokenizer.eos_token_id)
    return sorted({int(i) for i in ids if i is not None})
