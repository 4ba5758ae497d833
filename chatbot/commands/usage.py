"""`evaluate usage`: what people did with what they were shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chatbot.commands.options import Catalogue, DataDir, Output, Seed


def usage(
    catalogue: Catalogue = None,
    seed: Seed = 1,
    output: Output = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write a page with plots into this folder.")
    ] = None,
    data_dir: DataDir = None,
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
