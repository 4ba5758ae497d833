"""`doctor`: what works here, what does not, and how to mend it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import sqlalchemy as sa
import typer

from chatbot.commands.console import settings_of
from chatbot.errors import SommelierError
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database

_PACKAGES = ("torch", "transformers", "sentence-transformers", "chromadb", "gradio", "langchain")
_FREE_BYTES = 500 * 1024**2


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `remedy` is empty where nothing is to be done."""

    name: str
    ok: bool
    text: str
    remedy: str = ""


def run(data_dir: Path | None, catalogue: str | None) -> None:
    """Print every finding; exit 1 when one of them needs mending."""
    settings = settings_of(data_dir, catalogue)
    broken = False
    for finding in examine(settings):
        broken = broken or not finding.ok
        mark = "ok  " if finding.ok else "FAIL"
        typer.echo(f"{mark} {finding.name}: {finding.text}")
        if finding.remedy:
            typer.echo(f"     {finding.remedy}")
    if broken:
        raise typer.Exit(1)


def examine(settings: Settings) -> Iterator[Finding]:
    """All findings, cheapest first."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _python,
        _packages,
        _disk,
        _database,
        _weights,
        _learned,
        _accelerator,
    )
    for check in checks:
        yield from check(settings)


def _python(_: Settings) -> Iterator[Finding]:
    ok = sys.version_info >= (3, 11)
    yield Finding(
        "python", ok, sys.version.split()[0], "" if ok else "Install Python 3.11 or newer."
    )


def _packages(_: Settings) -> Iterator[Finding]:
    for name in _PACKAGES:
        try:
            yield Finding(name, True, version(name))
        except PackageNotFoundError:
            yield Finding(name, False, "not installed", "Run `pip install -e .` again.")


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".write-test"
        probe.write_bytes(b"x")
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        yield Finding("data folder", False, f"{folder}: {error}", "Choose another with --data-dir.")
        return
    yield Finding(
        "data folder",
        free >= _FREE_BYTES,
        f"{folder}, {free / 1024**3:.1f} GiB free",
        "" if free >= _FREE_BYTES else "Free some disk space: indexes are built beside old ones.",
    )


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        database = Database.open(settings.database_where)
    except SommelierError as error:
        yield Finding("database", False, error.message, error.hint)
        return
    try:
        if database.engine.dialect.name == "sqlite":
            with database.read() as connection:
                state = str(connection.execute(sa.text("PRAGMA quick_check")).scalar())
            yield Finding(
                "database",
                state == "ok",
                "sound" if state == "ok" else state,
                "" if state == "ok" else "Restore a backup with `python app.py restore FILE`.",
            )
        store = CatalogueStore(database)
        for name in store.names():
            yield Finding(f"catalogue {name}", True, f"{store.count(name):,} items")
        if not store.names():
            yield Finding("catalogues", True, "none yet; the first start brings the films")
    except SommelierError as error:
        yield Finding("database", False, error.message, error.hint)
    finally:
        database.close()


def _weights(settings: Settings) -> Iterator[Finding]:
    if settings.embedder:
        yield Finding("embedder", True, settings.embedder)
        return
    from retrieval.embeddings import bundled_minilm

    try:
        yield Finding("embedder", True, f"all-MiniLM-L6-v2, weights verified ({bundled_minilm()})")
    except (ImportError, OSError, RuntimeError) as error:
        yield Finding("embedder", False, str(error), "Run `pip install -e .` again.")


def _learned(settings: Settings) -> Iterator[Finding]:
    from chatbot.learning.train import serving

    yield Finding(f"ranking of {settings.catalogue}", True, serving(settings, settings.catalogue))


def _accelerator(_: Settings) -> Iterator[Finding]:
    import torch

    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        memory = f"{free / 1024**3:.1f} of {total / 1024**3:.1f} GiB free"
        yield Finding("gpu", True, f"{torch.cuda.get_device_name()}, {memory}")
    else:
        yield Finding("gpu", True, "none: the embedded engine answers, no model is needed")
