"""`evaluate policy`: what a way to rank would have got, from what was logged."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def policy(
    strategy: Annotated[
        str | None,
        typer.Option("--strategy", help="One strategy, or bandit; all of them by default."),
    ] = None,
    clip: Annotated[
        float | None,
        typer.Option("--clip", help="Cut weights above this: less noise, some bias.", min=1.0),
    ] = None,
    catalogue: Annotated[
        str | None, typer.Option("--catalogue", help="Which catalogue. [default: films]")
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", help="The same seed gives the same figures.", min=0)
    ] = 1,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write the figures here as JSON.")
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", help="Where everything lives. [env: SOMMELIER_DATA_DIR]"),
    ] = None,
) -> None:
    """Estimate from the stored log what a way to rank would have got, before it goes live."""
    import json

    from chatbot.commands.console import note, settings_of
    from chatbot.evaluation import report
    from chatbot.learning.estimates import evaluate, readable
    from chatbot.storage.database import Database
    from chatbot.storage.sessions import StoredSessions

    settings = settings_of(data_dir, catalogue)
    database = Database.open(settings.database_where)
    try:
        figures = evaluate(StoredSessions(database), settings.catalogue, strategy, clip, seed)
    finally:
        database.close()
    typer.echo(readable(figures))
    if output is None:
        typer.echo("\n" + json.dumps(figures, ensure_ascii=False))
        return
    report.write(output, figures)
    note(f"Figures written to {output}.")
