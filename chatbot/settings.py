"""All settings: one frozen object. The environment is read here and nowhere else.

An argument beats an environment variable, which beats the default documented beside the field.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from chatbot.errors import InputError


def _default_data_dir() -> Path:
    from platformdirs import user_data_path

    return user_data_path("sommelier", appauthor=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set. Each field is read from `SOMMELIER_<NAME>` unless an argument says it.

    Attributes:
        data_dir: where everything lives; nothing is written elsewhere.
        database: SQLAlchemy URL, "" = SQLite inside `data_dir`.
        catalogue: the catalogue served by default.
        llm: language model: "auto", "none", "local:…", "openai:MODEL@URL", "provider:model".
        llm_bits: 4 or 8 to quantise a local language model's weights; 0 = as they are.
        llm_context: longest conversation a local language model is given, tokens.
        llm_deadline: seconds a language model has to read a message, or to begin an answer.
        llm_key: API key sent to the server of `openai:MODEL@URL`; never sent elsewhere.
        llm_adapter: folder of a LoRA adapter (see `tune`) put on a local language model.
        embedder: sentence-transformers model by hub name or folder; "" = the bundled MiniLM;
            "hash" = no model.
        embedder_adapter: folder of a LoRA adapter (see `tune encoder`) put on the embedder.
        device: torch device; "" = CUDA where present.
        host, port: where `serve` listens; port 0 takes a free one.
        max_text: longest user message, characters.
        surprise: the dial's start, 0 (familiar) to 1 (surprising).
        results: how many cards a recommendation shows.
        explore: share of lists, 0 to 1, whose way to rank a bandit chooses; 0 = every answer can
            be reproduced.
        max_sessions_per_minute, max_turns_per_minute: rate limits per client address.
        frame_ancestors: origins allowed to embed the chat in a frame, space separated.
        allowed_origins: origins that may call the API from a browser besides those of the sites
            (`sites create`), space separated.
        handoff_webhook: address that gets conversations handed to a person, "" for none.
        handoff_secret: signs what the webhook gets (`whsec_…` or any text).
        handoff_smtp: instead of a webhook, smtp[s]://user:password@host/?from=…&to=….
        handoff_page: "yes" = instead of both, people answer on the operator's page.
        handoff_allow: networks that may be reached although they are not public.
        handoff_hours: when people answer, "Mon-Fri 9:00-17:00; Sat 10-14"; "" = always.
        handoff_timezone: where the desk's clock hangs, as Europe/Berlin.
        handoff_contact: what visitors are told where nobody can be reached.
        handoff_keywords: words at which a person is called, comma separated.
        operator_key: opens /operator and its figures; "" = a token printed by `serve`, loopback
            only.
        turns_at_once: turns answered at the same time; 0 = one a core without a language model,
            32 with one.
        turns_waiting: further turns that queue; beyond them a client is told to come back.
        mcp: "yes" = serve the tools of the Model Context Protocol under /mcp too.
        public_url: where this server is reached from outside ("https://chat.example"), for
            addresses that leave it; "" = unknown.
        help_pages: "no" = help pages are quoted, but not shown under /help.
        require_key: "yes" = the API answers nobody without an API key or a signed visitor.
    """

    data_dir: Path
    database: str = ""
    catalogue: str = "films"
    llm: str = "auto"
    llm_bits: int = 0
    llm_context: int = 8192
    llm_deadline: float = 6.0
    llm_key: str = ""
    llm_adapter: str = ""
    embedder: str = ""
    embedder_adapter: str = ""
    device: str = ""
    host: str = "127.0.0.1"
    port: int = 7860
    max_text: int = 4000
    surprise: float = 0.3
    results: int = 5
    explore: float = 0.0
    max_sessions_per_minute: int = 60
    max_turns_per_minute: int = 120
    frame_ancestors: str = "'self'"
    allowed_origins: str = ""
    turns_at_once: int = 0
    turns_waiting: int = 64
    mcp: bool = False
    require_key: bool = False
    public_url: str = ""
    help_pages: bool = True
    handoff_webhook: str = ""
    handoff_secret: str = ""
    handoff_smtp: str = ""
    handoff_page: str = ""
    handoff_allow: str = ""
    handoff_hours: str = ""
    handoff_timezone: str = "UTC"
    handoff_contact: str = ""
    handoff_keywords: str = ""
    operator_key: str = ""

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None, **arguments: Any) -> Settings:
        """Settings from the environment, overridden by the arguments that are not None.

        Raises:
            InputError: a variable or argument does not have the form its field needs.

        >>> Settings.read({"SOMMELIER_DATA_DIR": "/x", "SOMMELIER_PORT": "80"}, llm="none").port
        80
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {"data_dir": None}
        for field in fields(cls):
            raw = environ.get(f"SOMMELIER_{field.name.upper()}")
            if raw not in (None, ""):
                values[field.name] = _parsed(field.name, str(field.type), str(raw))
            if arguments.get(field.name) is not None:
                values[field.name] = arguments[field.name]
        if values["data_dir"] is None:
            values["data_dir"] = _default_data_dir()
        values["data_dir"] = Path(values["data_dir"]).expanduser().resolve()
        settings = cls(**values)
        if not 0.0 <= settings.surprise <= 1.0:
            raise InputError("surprise must lie between 0 and 1.")
        if not 0.0 <= settings.explore <= 1.0:
            raise InputError("explore must lie between 0 and 1.")
        if not 1 <= settings.results <= 50:
            raise InputError("results must lie between 1 and 50.")
        if settings.public_url and not settings.public_url.startswith(("https://", "http://")):
            raise InputError("public_url is not an http(s) address.", hint="https://chat.example")
        return replace(settings, public_url=settings.public_url.rstrip("/"))

    @property
    def database_where(self) -> Path | str:
        """What `Database.open` takes."""
        return self.database or self.data_dir / "sommelier.db"

    @property
    def index_dir(self) -> Path:
        """Where derived indexes live; may be deleted at any time while nothing runs."""
        return self.data_dir / "index"

    def but(self, **changes: Any) -> Settings:
        """A copy with some fields changed."""
        return replace(self, **changes)


def _parsed(name: str, kind: str, raw: str) -> Any:
    try:
        if kind == "int":
            return int(raw)
        if kind == "float":
            return float(raw)
        if kind == "bool":
            return _yes(name, raw)
    except ValueError:
        raise InputError(
            f"SOMMELIER_{name.upper()}={raw!r} is not a number.", hint="Set it to a number."
        ) from None
    return Path(raw) if kind == "Path" else raw


def _yes(name: str, raw: str) -> bool:
    said = raw.strip().lower()
    if said in ("1", "yes", "true", "on"):
        return True
    if said in ("0", "no", "false", "off"):
        return False
    raise InputError(f"SOMMELIER_{name.upper()}={raw!r} is not an answer.", hint="Say yes or no.")
