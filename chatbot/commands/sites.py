"""`sites`: where the assistant is embedded, with which catalogue and for which origins."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from chatbot.access.sites import Site, SiteStore
    from chatbot.settings import Settings

app = typer.Typer(help="Sites that embed the assistant.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="What pages say in data-site.")]
Origins = Annotated[
    list[str] | None,
    typer.Option("--origin", help="Allowed origin, as https://shop.example. May repeat."),
]
Options = Annotated[
    list[str] | None,
    typer.Option("--set", help="name=value: an option of the widget; empty clears. May repeat."),
]
CatalogueName = Annotated[
    str | None, typer.Option("--catalogue", help="What it talks about. [default: the server's]")
]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where everything lives. [env: SOMMELIER_DATA_DIR]"),
]


@app.command()
def create(
    name: Name,
    origin: Origins = None,
    catalogue: CatalogueName = None,
    set_: Options = None,
    data_dir: DataDir = None,
) -> None:
    """Create a site and print its secret: the site's server signs its visitors with it."""
    with _open(data_dir) as (store, settings, check):
        named = catalogue or settings.catalogue
        check(named)
        site = store.create(name, origin or [], named, _pairs(set_ or []))
        typer.echo(site.secret)
        typer.echo(f"{_line(site)}\nThe secret above is shown once; keep it.", err=True)


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a site.")] = False,
    data_dir: DataDir = None,
) -> None:
    """List the sites; secrets are not shown."""
    with _open(data_dir) as (store, _, _check):
        for site in store.list():
            typer.echo(json.dumps(_shown(site), ensure_ascii=False) if as_json else _line(site))


@app.command()
def change(
    name: Name,
    origin: Origins = None,
    catalogue: CatalogueName = None,
    set_: Options = None,
    new_secret: Annotated[
        bool, typer.Option("--new-secret", help="Replace and print the secret.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Change a site; origins that are given replace the former ones."""
    with _open(data_dir) as (store, _, check):
        if catalogue:
            check(catalogue)
        site = store.change(
            name,
            origins=origin or None,
            catalogue=catalogue,
            options=_pairs(set_ or []),
            renew=new_secret,
        )
        if new_secret:
            typer.echo(site.secret)
        typer.echo(_line(site), err=True)


@app.command()
def delete(name: Name, data_dir: DataDir = None) -> None:
    """Delete a site; its conversations stay."""
    with _open(data_dir) as (store, _, _check):
        store.delete(name)
        typer.echo(f"Deleted the site {name}.", err=True)


@contextmanager
def _open(
    data_dir: Path | None,
) -> Iterator[tuple[SiteStore, Settings, Callable[[str], None]]]:
    """The sites, the settings, and a check that a catalogue exists."""
    from chatbot.access.sites import SiteStore
    from chatbot.commands.console import settings_of
    from chatbot.importing.shipped import ensure_shipped
    from chatbot.storage.catalogues import CatalogueStore
    from chatbot.storage.database import Database

    settings = settings_of(data_dir)
    database = Database.open(settings.database_where)
    catalogues = CatalogueStore(database)

    def check(catalogue: str) -> None:
        ensure_shipped(catalogues, catalogue)
        catalogues.revision(catalogue)

    try:
        yield SiteStore(database), settings, check
    finally:
        database.close()


def _pairs(texts: list[str]) -> dict[str, str]:
    from chatbot.errors import InputError

    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise InputError(f"--set {text[:40]!r} has no name.", hint="Write --set name=value.")
        found[name.strip()] = value.strip()
    return found


def _line(site: Site) -> str:
    return f"{site.name}\t{site.catalogue}\t{' '.join(site.origins) or '(no origins)'}"


def _shown(site: Site) -> dict[str, object]:
    from chatbot.handoff.config import shown

    return {
        "name": site.name,
        "catalogue": site.catalogue,
        "origins": list(site.origins),
        "options": shown(site.options),
        "created": site.created,
    }
