"""Parses the `--llm SPEC` of the command line. Touches no disk, network or model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from chatbot.models.errors import SpecError

_FORMS = (
    "Use auto, none, local:HUB_NAME_OR_FOLDER, openai:MODEL@BASE_URL or another provider:model."
)
_PROVIDER = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Spec:
    """A parsed specification.

    Attributes:
        kind: "auto" (a local model where CUDA is present, else none), "none", "local" (weights on
            this machine), "openai" (a server that speaks that API), "provider" (LangChain's name).
        model: hub name, folder or the server's name of the model; "" for auto and none.
        url: base URL of the server, "" unless kind is "openai".
        provider: LangChain's name of the provider, "" unless kind is "provider".
    """

    kind: Literal["auto", "none", "local", "openai", "provider"]
    model: str = ""
    url: str = ""
    provider: str = ""


def parse(text: str) -> Spec:
    """The specification written as `text`.

    `openai:MODEL` without `@` is the provider of that name. In `openai:MODEL@URL` the last "@"
    that is followed by a scheme divides; model names may contain "@" and ":".

    Raises:
        SpecError: none of the known forms; the message names what is wrong and all forms.

    >>> parse("local:Qwen/Qwen3-4B-Instruct-2507").model
    'Qwen/Qwen3-4B-Instruct-2507'
    >>> parse("openai:qwen3:4b@http://127.0.0.1:11434/v1").url
    'http://127.0.0.1:11434/v1'
    """
    spec = text.strip()
    if spec.lower() in ("auto", "none"):
        return Spec("auto" if spec.lower() == "auto" else "none")
    head, colon, rest = spec.partition(":")
    if not colon:
        raise SpecError(f"{text!r} does not say where the language model is.", hint=_FORMS)
    if not rest.strip():
        raise SpecError(f"{text!r} names no model after the colon.", hint=_FORMS)
    if head == "local":
        return Spec("local", rest.strip())
    if not _PROVIDER.fullmatch(head):
        raise SpecError(f"{head!r} is not a provider's name.", hint=_FORMS)
    if head == "openai" and "@" in rest:
        return _server(text, rest)
    return Spec("provider", rest.strip(), provider=head.replace("-", "_"))


def _server(text: str, rest: str) -> Spec:
    at = max(rest.rfind("@http://"), rest.rfind("@https://"))
    if at < 0:
        raise SpecError(
            f"{text!r}: what follows the @ is not an address.",
            hint="Write openai:MODEL@http://HOST:PORT/v1.",
        )
    model, url = rest[:at].strip(), rest[at + 1 :].strip().rstrip("/")
    if not model:
        raise SpecError(
            f"{text!r} names no model before the @.", hint="Write openai:MODEL@BASE_URL."
        )
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or any(c.isspace() for c in url):
        raise SpecError(f"{url!r} is not an address.", hint="Write openai:MODEL@BASE_URL.")
    return Spec("openai", model, url=url)
