"""`evaluate usage`: what people did with what they were shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def usage(
    catalogue: Annotated[
        str | None, typer.Option("--catalogue", help="Which catalogue. [default: films]")
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", help="The same seed gives the same figures.", min=0)
    ] = 1,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write the figures here as JSON.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write a page with plots into this folder.")
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", help="Where everything lives. [env: SOMMELIER_DATA_DIR]"),
    ] = None,
) -> None:
    """Count clicks, likes and dislikes of what was shown, from the stored log."""
    from chatbot.commands.console import settings_of
    from chatbot.commands.evaluate import give
    from chatbot.evaluation import usage as log
    from chatbot.storage.database import Database
    from chatbot.storage.sessions import StoredSessions

    settings = settings_of(data_dir, catalogue)
    database = Database.open(settings.database_where)
    try:
        figures = log.evaluate(StoredSessions(database), settings.catalogue, seed)
    finally:
        database.close()
    give(figures, log.readable(figures), output, report, log.report)
