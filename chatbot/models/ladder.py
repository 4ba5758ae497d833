"""From `--llm` to a reader and a writer that always answer: model, smaller model, embedded engine.

Costs nothing for "none"; for "auto" on a machine without a GPU it looks for a driver and is done.
Everything heavy happens in the background, while the embedded engine answers already.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from chatbot.models.handle import ModelHandle, ModelStatus
from chatbot.models.spec import Spec, parse
from chatbot.settings import Settings
from chatbot.understand import Reader
from chatbot.writer import TemplateWriter, Writer
from retrieval.catalogue import Catalogue

if TYPE_CHECKING:
    from chatbot.models.completion import Ask, Completer

DEFAULTS = ("Qwen/Qwen3-4B-Instruct-2507", "Qwen/Qwen2.5-1.5B-Instruct")
"""What `auto` loads: the first that fits."""


class Embedded(Reader, Protocol):
    """The embedded reader and the catalogue it links to."""

    @property
    def catalogue(self) -> Catalogue:
        """What it reads about."""
        ...


class Opened(NamedTuple):
    """What the composition root gets for one catalogue."""

    reader: Reader
    writer: Writer
    status: Models


class Models:
    """The language model of one process, for every catalogue. Safe to share between threads.

    Raises (when made):
        SpecError: the specification has none of the known forms.
    """

    def __init__(self, spec: str, settings: Settings) -> None:
        self._spec = parse(spec)
        self._settings = settings
        self._handle = ModelHandle(attempts(self._spec, settings))
        self._completer = _Current(self._handle) if self._handle.status.state != "missing" else None

    @property
    def status(self) -> ModelStatus:
        """What people may be told about the model now."""
        return self._handle.status

    def wait(self, timeout: float | None = None) -> ModelStatus:
        """Wait until loading is over, one way or the other."""
        return self._handle.wait(timeout)

    @property
    def completer(self) -> Completer | None:
        """Whatever model there is at the moment of asking; None where none is wanted."""
        return self._completer

    def reader(self, embedded: Embedded) -> Reader:
        """`embedded`, with the model beside it where one is wanted."""
        if self._completer is None:
            return embedded
        from chatbot.models.reader import ModelReader

        linker = getattr(embedded, "linker", None)
        if linker is None:
            from chatbot.understand.linker import Linker

            linker = Linker(embedded.catalogue)
        reader = ModelReader(
            self._completer, embedded, linker, deadline=self._settings.llm_deadline
        )
        return _Switched(self._completer, reader, embedded)

    def writer(self, catalogue: Catalogue) -> Writer:
        """A writer over the model where one is wanted, else over the template."""
        if self._completer is None:
            return TemplateWriter()
        from chatbot.models.writer import ModelWriter, Nouns

        schema = catalogue.schema
        nouns = Nouns(schema.noun.get("en", "item"), schema.nouns.get("en", "items"))
        first = self._settings.llm_deadline
        writer = ModelWriter(self._completer, nouns, first=first, total=4 * first)
        return _Worded(self._completer, writer)

    def close(self) -> None:
        """Stop loading and release the model; no thread is left."""
        self._handle.close()


def open_model(spec: str, settings: Settings, embedded_reader: Embedded) -> Opened:
    """A reader, a writer and the model behind them (its `status`; `close` it at the end).

    For several catalogues make one `Models` and ask it for each reader and writer.

    Raises:
        SpecError: the specification has none of the known forms.
    """
    models = Models(spec, settings)
    return Opened(models.reader(embedded_reader), models.writer(embedded_reader.catalogue), models)


Attempt = tuple[str, Callable[..., Any]]


def attempts(spec: Spec, settings: Settings) -> tuple[Attempt, ...]:
    """What to try, best first: (name, opener) for `ModelHandle`; () where no model is wanted."""
    if spec.kind == "none":
        return ()
    if spec.kind == "auto":
        if not gpu_possible(settings.device):
            return ()
        return tuple((name, partial(_auto, settings, name)) for name in DEFAULTS)
    if spec.kind == "local":
        rungs: list[Attempt] = [(spec.model, partial(_local, settings, spec.model, ""))]
        if not settings.device and gpu_possible(""):
            # Too large for the GPU is not too large for the machine.
            rungs.append((f"{spec.model} on the CPU", partial(_local, settings, spec.model, "cpu")))
        return tuple(rungs)
    return ((spec.model, partial(_remote, spec, settings)),)


def gpu_possible(device: str) -> bool:
    """Whether an NVIDIA driver seems to be there: some files are looked for, nothing is loaded.

    A True is checked in the background by torch itself.
    """
    if device:
        return device.startswith("cuda")
    if os.name == "nt":
        return (Path("C:/Windows/System32") / "nvcuda.dll").exists()
    return any(Path(p).exists() for p in ("/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg"))


def _auto(settings: Settings, name: str, progress: Any, stopped: Any) -> Completer | None:
    import torch

    if not torch.cuda.is_available():
        return None
    return _local(settings, name, "", progress, stopped)


def _local(settings: Settings, name: str, device: str, progress: Any, stopped: Any) -> Completer:
    from chatbot.models.completion import GuardedCompleter
    from chatbot.models.loading import LocalOptions, open_local

    options = LocalOptions(
        name,
        device=device or settings.device,
        bits=settings.llm_bits,
        context=settings.llm_context,
        adapter=settings.llm_adapter,
    )
    return GuardedCompleter(open_local(options, progress, stopped))


def _remote(spec: Spec, settings: Settings, progress: Any, stopped: Any) -> Completer:
    from chatbot.models.completion import GuardedCompleter
    from chatbot.models.servers import open_provider, open_server

    if spec.kind == "openai":
        return GuardedCompleter(open_server(spec, key=settings.llm_key))
    return GuardedCompleter(open_provider(spec))


class _Current:
    """Whatever the handle holds now, as a `Completer`."""

    def __init__(self, handle: ModelHandle) -> None:
        self._handle = handle

    @property
    def wanted(self) -> bool:
        """False once it is known that there will be no model and that nothing failed."""
        return self._handle.status.state != "missing"

    @property
    def name(self) -> str:
        """See `Completer.name`."""
        return self._handle.status.model

    def stream(self, ask: Ask) -> Iterator[str]:
        """See `Completer.stream`."""
        from chatbot.models.errors import ModelError

        completer = self._handle.completer
        if completer is None:
            status = self._handle.status
            if status.state == "failed":
                raise ModelError(status.message)
            raise ModelError("the language model is still loading.")
        yield from completer.stream(ask)

    def close(self) -> None:
        """See `Completer.close`."""
        self._handle.close()


class _Switched:
    """The model's reader while a model is wanted, else the embedded one alone."""

    def __init__(self, current: _Current, reader: Reader, embedded: Embedded) -> None:
        self._current, self._reader, self._embedded = current, reader, embedded

    @property
    def catalogue(self) -> Catalogue:
        """See `Embedded`."""
        return self._embedded.catalogue

    def warm(self) -> None:
        """Build the embedded reader's indexes now."""
        warm = getattr(self._embedded, "warm", None)
        if warm is not None:
            warm()

    def read(self, text: str, context: Any) -> Any:
        """See `Reader.read`."""
        return (self._reader if self._current.wanted else self._embedded).read(text, context)


class _Worded:
    """The model's writer while a model is wanted, else the template alone."""

    def __init__(self, current: _Current, writer: Any) -> None:
        self._current, self._writer = current, writer
        self._template = TemplateWriter()

    @property
    def degraded(self) -> str:
        """See `Writer.degraded`."""
        return str(self._writer.degraded) if self._current.wanted else ""

    @property
    def share(self) -> Any:
        """See `ModelWriter.share`."""
        return self._writer.share

    def write(self, brief: Any, cancel: Any) -> Iterator[str]:
        """See `Writer.write`."""
        writer = self._writer if self._current.wanted else self._template
        return iter(writer.write(brief, cancel))
