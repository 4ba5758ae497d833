"""`export` and `erase`: a person's data."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from chatbot.assistant import Assistant
from chatbot.commands.console import note, settings_of


def export(user: str, output: Path | None, data_dir: Path | None) -> None:
    """Write everything kept about `user` as JSON."""
    with Assistant.open(settings=settings_of(data_dir), load=False) as assistant:
        text = json.dumps(assistant.export(user), ensure_ascii=False, indent=2)
    if output is None:
        typer.echo(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")
        note(f"Written to {output}.")


def erase(user: str, yes: bool, data_dir: Path | None) -> None:
    """Delete everything kept about `user`, after asking."""
    if not yes:
        typer.confirm(f"Delete for good everything kept about {user!r}?", abort=True)
    with Assistant.open(settings=settings_of(data_dir), load=False) as assistant:
        gone = assistant.erase(user)
    note(f"Erased {gone} conversations of {user!r}.")
