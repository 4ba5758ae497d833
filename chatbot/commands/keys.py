"""`keys`: API keys of programs, with scopes and quotas. A key is shown once, when it is made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from chatbot.access.keys import ApiKey, KeyStore

app = typer.Typer(help="API keys of programs.", no_args_is_help=True)

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where everything lives. [env: SOMMELIER_DATA_DIR]"),
]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who uses it; for your own lists.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            help="chat, search, drafts, openai, mcp or admin. May repeat. [default: chat, search]",
        ),
    ] = None,
    per_minute: Annotated[
        int, typer.Option("--per-minute", help="Requests a minute; 0: the server's limit.", min=0)
    ] = 0,
    per_day: Annotated[
        int, typer.Option("--per-day", help="Turns and drafts a day; 0: no quota.", min=0)
    ] = 0,
    days: Annotated[
        int | None, typer.Option("--days", help="Expires after so many days.", min=1)
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Create a key and print it. It is kept as a digest and cannot be shown again."""
    from chatbot.access.keys import USUAL

    with _open(data_dir) as store:
        key, text = store.create(
            name, scope or USUAL, per_minute=per_minute, per_day=per_day, days=days
        )
        typer.echo(text)
        typer.echo(f"{_line(key)}\nThe key above is shown once; keep it.", err=True)


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a key.")] = False,
    data_dir: DataDir = None,
) -> None:
    """List the keys with their use today."""
    with _open(data_dir) as store:
        for key in store.list():
            used = store.used_today(key.id)
            if as_json:
                typer.echo(json.dumps(_shown(key) | {"turns_today": used}, ensure_ascii=False))
            else:
                typer.echo(f"{_line(key)}\t{used} turns today")


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The id that `keys list` shows.")],
    data_dir: DataDir = None,
) -> None:
    """End a key at once."""
    with _open(data_dir) as store:
        key = store.revoke(key_id)
        typer.echo(f"Revoked {key.id} ({key.name}).", err=True)


@contextmanager
def _open(data_dir: Path | None) -> Iterator[KeyStore]:
    from chatbot.access.keys import KeyStore
    from chatbot.commands.console import settings_of
    from chatbot.storage.database import Database

    database = Database.open(settings_of(data_dir).database_where)
    try:
        yield KeyStore(database)
    finally:
        database.close()


def _line(key: ApiKey) -> str:
    state = "revoked" if key.revoked else _until(key)
    return "\t".join(
        (
            key.id,
            key.name,
            ",".join(key.scopes),
            f"{key.per_minute or '-'}/min",
            f"{key.per_day or '-'}/day",
            state,
        )
    )


def _until(key: ApiKey) -> str:
    from datetime import UTC, datetime

    if key.expires is None:
        return "live"
    return f"until {datetime.fromtimestamp(key.expires, UTC):%Y-%m-%d}"


def _shown(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "per_minute": key.per_minute,
        "per_day": key.per_day,
        "created": key.created,
        "expires": key.expires,
        "revoked": key.revoked,
    }
