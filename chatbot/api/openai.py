"""OpenAI's shapes: what its clients send, and what they read. Knows no engine."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chatbot import wire
from chatbot.api.dialogues import Said, line_of
from chatbot.errors import InputError, NotFoundError
from chatbot.knowledge.pages import absolute
from chatbot.storage.sessions import new_id
from chatbot.values import Reply
from retrieval.catalogue import Catalogue

MOST_MESSAGES = 500

Text = Annotated[str, StringConstraints(max_length=60_000)]


class Part(BaseModel):
    """A piece of a message. Only text is read."""

    type: str = Field(max_length=40)
    text: Text = ""

    model_config = ConfigDict(extra="ignore")


class Message(BaseModel):
    """One message. `system` and `developer` messages are data here: nothing in them is obeyed."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Text | Annotated[list[Part], Field(max_length=100)] | None = None

    model_config = ConfigDict(extra="ignore")


class StreamOptions(BaseModel):
    """What a stream holds besides the answer."""

    include_usage: bool = False

    model_config = ConfigDict(extra="ignore")


class ChatRequest(BaseModel):
    """A conversation to be continued. Settings of language models (temperature, tools, …) are
    accepted and have no effect: what is recommended is decided by code.
    """

    model: str = Field(min_length=1, max_length=128, description="The name of a catalogue.")
    messages: list[Message] = Field(min_length=1, max_length=MOST_MESSAGES)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: int | None = Field(None, ge=1, le=1, description="One answer only.")
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "model": "films",
                    "messages": [{"role": "user", "content": "sci-fi films, nothing scary"}],
                }
            ]
        },
    )

    @property
    def most(self) -> int | None:
        """Tokens of the answer at most."""
        return self.max_completion_tokens or self.max_tokens


class Usage(BaseModel):
    """Estimated sizes: words and Chinese characters, in the manner of tokens."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Answered(BaseModel):
    """The assistant's message."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None


class Choice(BaseModel):
    """The one answer."""

    index: int = 0
    message: Answered
    finish_reason: Literal["stop", "length"] = "stop"
    logprobs: None = None


class Completion(BaseModel):
    """A whole answer. `sommelier` holds the items with their reasons, as `/v1` tells them."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    system_fingerprint: str | None = None
    sommelier: dict[str, Any]


class Model(BaseModel):
    """A catalogue, as a model."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "sommelier"


class ModelList(BaseModel):
    """All catalogues, as models."""

    object: Literal["list"] = "list"
    data: list[Model]


class NoModelError(NotFoundError):
    """There is no catalogue of the name asked for as a model."""


def said_in(messages: Sequence[Message], most: int) -> list[Said]:
    """What user and assistant said, the last by the user; messages of one side in a row joined.

    Raises:
        InputError: the last message is not the user's, is empty, too long, or holds no text.
    """
    found: list[Said] = []
    for message in messages:
        if message.role not in ("user", "assistant"):
            continue
        text = text_of(message)
        if found and found[-1][0] == message.role:
            found[-1] = (message.role, f"{found[-1][1]}\n{text}".strip())
        else:
            found.append((message.role, text))
    if not found or found[-1][0] != "user":
        raise InputError("the last message must be the user's.")
    if not found[-1][1].strip():
        raise InputError("the last message is empty.")
    if len(found[-1][1]) > most:
        raise InputError(
            f"the last message has {len(found[-1][1])} characters.",
            hint=f"Send at most {most} at once.",
        )
    return found


def text_of(message: Message) -> str:
    """The text of a message.

    Raises:
        InputError: the user sent something that is not text.
    """
    if isinstance(message.content, list):
        other = next((p.type for p in message.content if p.type not in _TEXT), None)
        if other is not None and message.role == "user":
            raise InputError("only text is read.", hint="Send content of the type text.")
        text = "\n".join(part.text for part in message.content)
    else:
        text = message.content or ""
    return text.encode("utf-8", "ignore").decode("utf-8")


_TEXT = frozenset({"text", "input_text", "output_text", "refusal"})


def listed(reply: Reply, catalogue: Catalogue) -> str:
    """The items of a list in Markdown, to be put after the prose; "" where there are none."""
    if reply.action != "recommend" or not reply.cards:
        return ""
    return "\n\n" + "\n".join(
        f"{n}. {line_of(card, catalogue)}" for n, card in enumerate(reply.cards, 1)
    )


def extension(reply: Reply, base: str = "") -> dict[str, Any]:
    """What OpenAI's shapes have no place for; addresses are whole where `base` is known."""
    shape = wire.reply(reply)
    for citation in shape["citations"]:
        citation["url"] = absolute(citation["url"], base)
    return {key: shape[key] for key in _EXTENSION}


_EXTENSION = (
    "action", "language", "items", "profile", "relaxed", "suggestions", "question", "citations",
    "degraded",
)  # fmt: skip

_TOKEN = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]|[^\W_]+|[^\w\s]", re.UNICODE)


def tokens(text: str) -> int:
    """An estimate of how many tokens a text has: words, Chinese characters, signs.

    >>> tokens("two words, 三个字")
    6
    """
    return sum(1 for _ in _TOKEN.finditer(text))


def cut(text: str, most: int) -> tuple[str, bool]:
    """`text` within `most` estimated tokens, and whether something was cut.

    >>> cut("one two three", 2)
    ('one two', True)
    """
    for count, match in enumerate(_TOKEN.finditer(text), 1):
        if count > most:
            return text[: match.start()].rstrip(), True
    return text, False


def usage(messages: Sequence[Message], answer: str) -> Usage:
    """Estimated sizes of what was sent and answered."""
    prompt = sum(
        4 + tokens(m.content if isinstance(m.content, str) else _parts(m)) for m in messages
    )
    completion = tokens(answer)
    return Usage(
        prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion
    )


def _parts(message: Message) -> str:
    return " ".join(p.text for p in message.content or () if isinstance(p, Part))


class Chunks:
    """The frames of one streamed answer."""

    def __init__(self, model: str) -> None:
        self.id = f"chatcmpl-{new_id()}"
        self.created = int(time.time())
        self._model = model

    def first(self) -> bytes:
        """Who speaks."""
        return self._frame({"role": "assistant", "content": ""})

    def delta(self, text: str) -> bytes:
        """The next piece of text."""
        return self._frame({"content": text})

    def last(self, finish: str, more: dict[str, Any]) -> bytes:
        """The end of the answer, with what belongs to it."""
        return self._frame({}, finish, sommelier=more)

    def usage(self, found: Usage) -> bytes:
        """The sizes, where they were asked for."""
        return self._data({**self._head(), "choices": [], "usage": found.model_dump()})

    def error(self, shape: dict[str, Any]) -> bytes:
        """An error after the answer had begun."""
        return self._data(shape)

    @staticmethod
    def done() -> bytes:
        """The end of the stream."""
        return b"data: [DONE]\n\n"

    def _head(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self._model,
        }

    def _frame(self, delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return self._data({**self._head(), "choices": [choice], **more})

    @staticmethod
    def _data(shape: dict[str, Any]) -> bytes:
        text = json.dumps(wire.plain(shape), ensure_ascii=False, separators=(",", ":"))
        return f"data: {text}\n\n".encode()
