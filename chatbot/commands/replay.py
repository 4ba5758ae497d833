"""`replay`: recorded conversations in, answers out, in the same order."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from chatbot.assistant import Assistant
from chatbot.commands.console import note, progress, settings_of, settled
from chatbot.errors import InputError
from chatbot.replay import Replayer, lines, parse


def run(
    file: Path,
    catalogue: str | None,
    k: int | None,
    output: Path | None,
    llm: str | None,
    data_dir: Path | None,
) -> None:
    """Answer every line; a line that cannot be read ends the run before anything is answered.

    Raises:
        InputError: the file is missing or a line does not have the documented form.
    """
    settings = settings_of(data_dir, catalogue, llm)
    with _source(file) as source:
        recorded = [parse(line, number) for number, line in lines(source)]
    with progress() as report:
        assistant = Assistant.open(settings=settings, progress=report, remember=False)
    with assistant, _target(output) as target:
        engine = assistant.engine()
        assistant.wait()  # a model that is asked for is measured, not its loading
        settled()
        replayer = Replayer(
            engine,
            results=settings.results,
            max_text=settings.max_text,
            embedder=getattr(engine.ranker, "embedder", None),
        )
        start = time.perf_counter()
        with progress() as report:
            for number, answer in enumerate(replayer.answers(recorded, k)):
                report("conversations", number, len(recorded))
                target.write(json.dumps(answer, ensure_ascii=False) + "\n")
        spent = time.perf_counter() - start
    rate = len(recorded) / spent if spent else 0.0
    note(f"{len(recorded)} conversations in {spent:.1f} s ({rate:.1f} a second).")


@contextmanager
def _source(file: Path) -> Iterator[TextIO]:
    if str(file) == "-":
        yield sys.stdin
        return
    try:
        with file.open(encoding="utf-8") as source:
            yield source
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}.") from None


@contextmanager
def _target(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    partial = output.with_name(output.name + ".part")
    try:
        with partial.open("w", encoding="utf-8") as target:
            yield target
        partial.replace(output)
    except OSError as error:
        raise InputError(f"{output} cannot be written: {error}.") from None
