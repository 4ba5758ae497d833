"""What every command shares: lines for people and a progress bar on stderr."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from chatbot.engines import Progress
from chatbot.settings import Settings


def settings_of(
    data_dir: Path | None = None, catalogue: str | None = None, llm: str | None = None, **more: Any
) -> Settings:
    """Settings from the environment and a command's options."""
    return Settings.read(data_dir=data_dir, catalogue=catalogue, llm=llm, **more)


def note(line: str) -> None:
    """A line for people, on stderr."""
    typer.echo(line, err=True)


def settled() -> None:
    """What has been loaded stays as long as this process: the garbage collector, which would walk
    through a whole catalogue again and again, need not look at it any more.
    """
    gc.collect()
    gc.freeze()


@contextmanager
def progress() -> Iterator[Progress]:
    """A progress callback: a bar on a terminal, a line a step elsewhere."""
    if not sys.stderr.isatty():
        told: dict[str, int] = {}

        def plain(what: str, done: int, total: int) -> None:
            tenth = 10 * done // max(total, 1)
            if told.get(what) != tenth:
                told[what] = tenth
                note(f"{what}: {done}/{total}")

        yield plain
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def drawn(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield drawn
