"""`draft`: content from the terminal. The format follows the file's ending."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import typer

from chatbot.commands.console import note, progress, settings_of
from chatbot.errors import InputError
from chatbot.importing.shipped import ensure_shipped
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from chatbot.studio.brief import FORMATS, Brief, brief_of
from chatbot.studio.desk import Studio
from chatbot.studio.draft import Draft, length_of
from chatbot.studio.store import DraftStore
from retrieval.catalogue import Catalogue


def run(
    kind: str,
    topic: str | None,
    items: str | None,
    language: str | None,
    tone: str | None,
    length: str | None,
    llm: str | None,
    output: Path | None,
    data_dir: Path | None,
    catalogue: str | None,
    *,
    audience: str | None = None,
    keywords: str | None = None,
    notes: list[str] | None = None,
    count: int | None = None,
    show_ledger: bool = False,
) -> None:
    """Write a draft, keep it, and put it into `output` or on stdout.

    Raises:
        InputError: the brief is not acceptable, or the file cannot be written.
        NotFoundError: there is no such catalogue or item.
    """
    settings = settings_of(data_dir, catalogue, llm)
    brief = brief_of(
        kind,
        topic=topic,
        items=items,
        language=language,
        tone=tone,
        length=length,
        format=_format(output),
        audience=audience,
        keywords=keywords,
        notes=notes or [],
        count=count,
        catalogue=settings.catalogue,
    )
    with ExitStack() as stack:
        studio, draft = _drafted(settings, brief, stack)
        record = studio.keep(draft)
        data = studio.export(draft, created=record.created)
        _put(data, output)
        _report(studio, draft, record.id, output, show_ledger)


def _drafted(settings: Settings, brief: Brief, stack: ExitStack) -> tuple[Studio, Draft]:
    database = Database.open(settings.database_where)
    stack.callback(database.close)
    store = CatalogueStore(database)
    ensure_shipped(store, settings.catalogue)
    model = _model(settings, stack)
    rank: Callable[..., Any] | None = None
    if brief.items:
        # Named items need no index: the draft is there at once.
        catalogue = store.load(settings.catalogue)
    else:
        catalogue, rank = _ranked(settings, stack)
    studio = Studio(catalogue, DraftStore(database), rank, model)
    return studio, studio.draft(brief)


def _ranked(settings: Settings, stack: ExitStack) -> tuple[Catalogue, Callable[..., Any]]:
    from chatbot.assistant import Assistant

    with progress() as report:
        assistant = Assistant.open(settings=settings.but(llm="none"), progress=report)
    stack.enter_context(assistant)
    engine = assistant.engine()
    return engine.catalogue, engine.ranker.rank


def _model(settings: Settings, stack: ExitStack) -> Any:
    """The language model the settings name, or None; waits until it is there."""
    from chatbot.models.handle import ModelHandle
    from chatbot.models.ladder import attempts
    from chatbot.models.spec import parse

    handle = ModelHandle(attempts(parse(settings.llm), settings))
    stack.callback(handle.close)
    status = handle.wait()
    if status.state == "failed":
        note(f"Composing without a language model: {status.message}")
    return handle.completer


def _format(output: Path | None) -> str:
    if output is None:
        return "md"
    ending = output.suffix.lower().lstrip(".")
    known = {"markdown": "md", "htm": "html", "text": "txt"}
    ending = known.get(ending, ending)
    if ending not in FORMATS:
        raise InputError(
            f"{output.name} does not end in a format I can write.",
            hint=f"Use .{', .'.join(FORMATS)}.",
        )
    return ending


def _put(data: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(data.decode())
        sys.stdout.flush()
        return
    partial = output.with_name(output.name + ".part")
    try:
        partial.write_bytes(data)
        partial.replace(output)
    except OSError as error:
        raise InputError(f"{output} cannot be written: {error.strerror or error}.") from None


def _report(
    studio: Studio, draft: Draft, draft_id: str, output: Path | None, show_ledger: bool
) -> None:
    found = studio.ledger(draft)
    unit = "characters" if draft.brief.language == "zh" else "words"
    where = f" to {output}" if output is not None else ""
    note(
        f"Draft {draft_id}{where}: {length_of(draft)} {unit}, by {draft.engine}; "
        f"{found.count('supported')} sentences on record, {found.count('opinion')} opinions, "
        f"{len(found.open)} open."
    )
    for warning in draft.warnings:
        note(f"  {warning}")
    for entry in found.open:
        note(f"  {entry.verdict}: {entry.text} ({entry.why})")
    if show_ledger:
        for entry in found.entries:
            rests = "; ".join(
                f"{s.item + ' ' if s.item else ''}{s.field}={s.value[:60]}" for s in entry.sources
            )
            typer.echo(f"[{entry.verdict}] {entry.text}\n    {rests}", err=True)
