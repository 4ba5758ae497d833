"""`mcp`: the tools over the Model Context Protocol, for a client that starts this program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    catalogue: Annotated[
        str | None, typer.Option("--catalogue", help="Which catalogue. [default: films]")
    ] = None,
    llm: Annotated[
        str | None, typer.Option("--llm", help="Language model, as for serve. [default: none]")
    ] = "none",
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", help="Where everything lives. [env: SOMMELIER_DATA_DIR]"),
    ] = None,
) -> None:
    """Serve the tools search, recommend, explain and draft to a client on stdin and stdout."""
    import asyncio

    from chatbot.assistant import Assistant
    from chatbot.commands.console import progress, settings_of
    from chatbot.integrations.mcp import on_stdio

    settings = settings_of(data_dir, catalogue, llm)
    with progress() as report:
        assistant = Assistant.open(settings=settings, progress=report)
    with assistant:
        asyncio.run(on_stdio(assistant))
