"""`evaluate policy`: what a way to rank would have got, from what was logged."""

from __future__ import annotations

from typing import Annotated

import typer

from chatbot.commands.options import Catalogue, DataDir, Output, Seed


def policy(
    strategy: Annotated[
        str | None,
        typer.Option("--strategy", help="One strategy, or bandit; all of them by default."),
    ] = None,
    clip: Annotated[
        float | None,
        typer.Option("--clip", help="Cut weights above this: less noise, some bias.", min=1.0),
    ] = None,
    catalogue: Catalogue = None,
    seed: Seed = 1,
    output: Output = None,
    data_dir: DataDir = None,
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
