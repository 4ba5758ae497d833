"""The endpoint that OpenAI's clients talk to: a catalogue is a model, a conversation is its words.

Nothing is stored. System messages are data: no instruction in them is obeyed.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, StreamingResponse

from chatbot.api import problems
from chatbot.api.openai import (
    Answered,
    ChatRequest,
    Choice,
    Chunks,
    Completion,
    Model,
    ModelList,
    NoModelError,
    cut,
    extension,
    listed,
    said_in,
    usage,
)
from chatbot.api.pump import Pump
from chatbot.api.services import CallerIn, Services, ServicesIn, limited, needs
from chatbot.api.turns import problem_of
from chatbot.errors import NotFoundError, SommelierError
from chatbot.values import Done, Event, Reply, TextDelta
from retrieval.catalogue import Catalogue

_log = logging.getLogger(__name__)

router = APIRouter(prefix="/v1", tags=["openai"], dependencies=[needs("openai")])

_ERRORS: dict[int | str, Any] = {
    status: {
        "description": words,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {
                        "error": {
                            "type": "object",
                            "required": ["message", "type", "param", "code"],
                            "properties": {
                                "message": {"type": "string"},
                                "type": {"type": "string"},
                                "param": {"type": ["string", "null"]},
                                "code": {"type": ["string", "null"]},
                            },
                        }
                    },
                }
            }
        },
    }
    for status, words in (
        (400, "The request is not acceptable."),
        (401, "The key is refused."),
        (403, "The key has not the scope openai."),
        (404, "There is no such model."),
        (413, "The body is too large."),
        (429, "Too many requests; `Retry-After` says when to come back."),
    )
}

_STREAM = """data: {"id":"chatcmpl-…","object":"chat.completion.chunk","created":1790000000,\
"model":"films","choices":[{"index":0,"delta":{"content":"Here are "},"finish_reason":null}]}

data: [DONE]

"""


def _names(services: Services) -> tuple[str, ...]:
    default = services.settings.catalogue
    return (default, *(n for n in services.assistant.catalogues() if n != default))


@router.get("/models", dependencies=[Depends(limited)], responses=_ERRORS)
def models(services: ServicesIn) -> ModelList:
    """The catalogues, as models; the server's own comes first."""
    now = int(time.time())
    return ModelList(data=[Model(id=name, created=now) for name in _names(services)])


@router.get("/models/{model}", dependencies=[Depends(limited)], responses=_ERRORS)
def model(model: str, services: ServicesIn) -> Model:
    """One catalogue, as a model."""
    return Model(id=_known(services, model), created=int(time.time()))


def _known(services: Services, name: str) -> str:
    names = _names(services)
    if name not in names:
        raise NoModelError(
            "there is no such model.", hint=f"Models are catalogues here: {', '.join(names[:10])}."
        )
    return name


@router.post(
    "/chat/completions",
    response_model=Completion,
    responses={
        **_ERRORS,
        200: {
            "description": "The whole answer, or its pieces with `stream`.",
            "content": {"text/event-stream": {"example": _STREAM}},
        },
    },
)
async def complete(
    body: ChatRequest, request: Request, services: ServicesIn, caller: CallerIn
) -> Any:
    """Continue a conversation that is sent whole, as OpenAI's clients do.

    The answer's text ends with the recommended items as a list; the field `sommelier` holds them
    with their reasons.
    """
    name = await services.aside(_known, services, body.model)
    said = said_in(body.messages, services.settings.max_text)
    await services.spend(caller)
    try:
        catalogue = (await services.aside(services.assistant.engine, name)).catalogue
    except NotFoundError:
        raise NoModelError("this catalogue cannot answer.", hint="Import items first.") from None
    # Whoever has no identity of his own is told apart by nothing: the words are all there is.
    owner = "" if caller.visitor.fresh else caller.visitor.id
    pump: Pump[Event] = Pump(services.capacity)

    def begin(cancel: threading.Event) -> Iterator[Event]:
        show = _shower(catalogue, body.most)
        return services.dialogues.answer(owner, name, said, show, cancel)

    pump.start(begin)
    if body.stream:
        return StreamingResponse(
            _stream(pump, body, catalogue, services.settings.public_url),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )
    return await _whole(pump, body, catalogue, services.settings.public_url, request)


def _shower(catalogue: Catalogue, most: int | None) -> Callable[[Event], str]:
    """What a client is shown of each event, within the size it asked for."""
    told = ""

    def show(event: Event) -> str:
        nonlocal told
        text = ""
        if isinstance(event, TextDelta):
            text = event.text
        elif isinstance(event, Done):
            text = listed(event.reply, catalogue)
        if most is not None and text:
            whole, _ = cut(told + text, most)
            text = whole[len(told) :]
        told += text
        return text

    return show


async def _whole(
    pump: Pump[Event], body: ChatRequest, catalogue: Catalogue, base: str, request: Request
) -> JSONResponse:
    show = _shower(catalogue, body.most)
    told: list[str] = []
    reply: Reply | None = None
    gone = asyncio.ensure_future(_gone(request))
    gone.add_done_callback(lambda done: None if done.cancelled() else pump.stop())
    try:
        async for event in pump.events():
            told.append(show(event))
            if isinstance(event, Done):
                reply = event.reply
    finally:
        gone.cancel()
    assert reply is not None
    text = "".join(told).strip()
    found = Completion(
        id=Chunks(body.model).id,
        created=int(time.time()),
        model=body.model,
        choices=[Choice(message=Answered(content=text), finish_reason=_finish(text, body))],
        usage=usage(body.messages, text),
        sommelier=extension(reply, base),
    )
    return JSONResponse(found.model_dump())


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _finish(text: str, body: ChatRequest) -> Any:
    return (
        "length" if body.most is not None and usage([], text).total_tokens >= body.most else "stop"
    )


async def _stream(
    pump: Pump[Event], body: ChatRequest, catalogue: Catalogue, base: str
) -> AsyncIterator[bytes]:
    chunks = Chunks(body.model)
    show = _shower(catalogue, body.most)
    told: list[str] = []
    try:
        yield chunks.first()
        async for event in pump.events():
            text = show(event)
            if text:
                told.append(text)
                yield chunks.delta(text)
            if isinstance(event, Done):
                whole = "".join(told)
                yield chunks.last(_finish(whole, body), extension(event.reply, base))
                if body.stream_options is not None and body.stream_options.include_usage:
                    yield chunks.usage(usage(body.messages, whole))
    except Exception as error:  # the outermost edge: the answer has begun, no status can tell
        if not isinstance(error, SommelierError):
            _log.error("a streamed answer failed", exc_info=error)
        yield chunks.error(problems.openai_shape(problem_of(error)))
    finally:
        pump.stop()
    yield chunks.done()
