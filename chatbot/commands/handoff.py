"""`handoff`: try the way to the support desk, look at what is on it, send again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from chatbot.assistant import Assistant
    from chatbot.handoff.desk import SupportDesk

app = typer.Typer(help="Handing conversations to people.", no_args_is_help=True)

Site = Annotated[str, typer.Option("--site", help="The desk of this site; else the server's.")]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where everything lives. [env: SOMMELIER_DATA_DIR]"),
]


@app.command()
def drill(site: Site = "", data_dir: DataDir = None) -> None:
    """Send a marked test through the configured channel and say what happened."""
    from chatbot.errors import SommelierError
    from chatbot.handoff.drill import run

    with _desk(data_dir) as (assistant, desk):
        found = run(desk, assistant.desk_config(site), site)
        for line in found.lines:
            typer.echo(line)
    if not found.delivered:
        raise SommelierError("the drill failed.", hint=found.hint)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 20, data_dir: DataDir = None
) -> None:
    """List the latest messages to desks, latest first."""
    from datetime import UTC, datetime

    with _desk(data_dir) as (_, desk):
        for entry in desk.outbox.latest(limit):
            made = datetime.fromtimestamp(entry.created, UTC).isoformat(timespec="seconds")
            typer.echo(
                f"{entry.id}\t{made}\t{entry.site or '-'}\t{entry.kind}\t{entry.why}\t"
                f"{entry.state} after {entry.attempts}\t{entry.note}"
            )


@app.command()
def retry(
    handoff_id: Annotated[str, typer.Argument(help="As `handoff list` shows it.")],
    data_dir: DataDir = None,
) -> None:
    """Try a failed message again, now; a running server goes on with it where that fails."""
    from chatbot.errors import NotFoundError

    with _desk(data_dir) as (_, desk):
        if not desk.outbox.retry(handoff_id):
            raise NotFoundError("there is no failed message with this id.")
        sent = desk.courier.send(handoff_id)
        typer.echo(f"{sent.state}: {sent.note}" if sent is not None else "queued")


@contextmanager
def _desk(data_dir: Path | None) -> Iterator[tuple[Assistant, SupportDesk]]:
    from chatbot.assistant import Assistant
    from chatbot.commands.console import settings_of

    with Assistant.open(settings=settings_of(data_dir, llm="none"), load=False) as assistant:
        assert assistant.desk is not None
        yield assistant, assistant.desk
