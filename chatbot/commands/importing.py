"""`import`: files to a catalogue, with a report row by row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from chatbot.commands.console import settings_of
from chatbot.errors import InputError
from chatbot.importing.command import run_import
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database


def run(
    files: Sequence[Path],
    name: str,
    format: str,
    mapping: Sequence[str],
    interactions: Sequence[Path],
    dialogues: Sequence[Path],
    knowledge: Sequence[Path],
    users: Sequence[Path],
    schema: Path | None,
    delete: Sequence[str],
    replace: bool,
    dry_run: bool,
    json: bool,
    data_dir: Path | None,
) -> None:
    """Import and print the report; exit 1 when nothing could be taken.

    Raises:
        InputError: no name, or nothing to import.
    """
    if not name:
        raise InputError("a catalogue needs a name.", hint="Say --name NAME.")
    database = Database.open(settings_of(data_dir).database_where)
    try:
        code = run_import(
            CatalogueStore(database),
            name,
            files,
            format=format,
            map=mapping,
            interactions=interactions,
            dialogues=dialogues,
            knowledge=knowledge,
            users=users,
            delete=delete,
            replace=replace,
            schema=schema,
            dry_run=dry_run,
            json=json,
        )
    finally:
        database.close()
    if code:
        raise typer.Exit(code)
