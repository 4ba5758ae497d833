"""`evaluate`: what the assistant is worth, in figures."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import typer

from chatbot.assistant import Assistant
from chatbot.commands.console import note, progress, settings_of, settled
from chatbot.errors import InputError
from chatbot.evaluation import report
from chatbot.importing.shipped import ensure_shipped
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from chatbot.values import Language
from retrieval.catalogue import Catalogue
from retrieval.stores import Scores


def simulate(
    dialogues: int,
    language: str,
    catalogue: str | None,
    seed: int,
    output: Path | None,
    data_dir: Path | None,
    llm: str | None,
) -> None:
    """Run simulated users; a table on stdout, JSON in `output`.

    Raises:
        InputError: an unknown language, or a catalogue without facets to wish for.
    """
    from chatbot.evaluation.simulate import readable
    from chatbot.evaluation.simulate import simulate as run

    chosen: dict[str, tuple[Language, ...]] = {"en": ("en",), "zh": ("zh",), "both": ("en", "zh")}
    if language not in chosen:
        raise InputError(f"unknown language {language!r}.", hint="Use en, zh or both.")
    settings = settings_of(data_dir, catalogue, llm)
    with progress() as told:
        assistant = Assistant.open(settings=settings, progress=told, remember=False)
    with assistant:
        assistant.wait()
        with progress() as told:
            try:
                figures = run(assistant.engine(), chosen[language], dialogues, seed, told)
            except ValueError as error:
                raise InputError(f"{error}.") from None
        figures["embedder"] = assistant.status()["embedder"]
    give(figures, readable(figures), output)


def replay(
    cases: Path,
    catalogue: str | None,
    seed: int,
    output: Path | None,
    data_dir: Path | None,
    llm: str | None,
    folder: Path | None = None,
) -> None:
    """Rank for recorded dialogues; a table on stdout, JSON in `output`.

    Raises:
        InputError: the file is missing or a line does not have the documented form.
    """
    from chatbot.evaluation import dialogues
    from chatbot.replay import lines

    try:
        with cases.open(encoding="utf-8") as source:
            asked = dialogues.read(lines(source))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{cases} cannot be read: {error}.") from None
    settings = settings_of(data_dir, catalogue, llm)
    with progress() as told:
        assistant = Assistant.open(settings=settings, progress=told, remember=False)
    with assistant:
        assistant.wait()
        engine = assistant.engine()
        settled()
        with progress() as told:
            counts = _counts(settings, engine.catalogue)
            figures = dialogues.evaluate(engine, asked, counts, seed, told)
        figures["embedder"] = assistant.status()["embedder"]
    give(figures, dialogues.readable(figures), output, folder, dialogues.report)


def _counts(settings: Settings, catalogue: Catalogue) -> Scores | None:
    """How many people rated each item: of the stored interactions, else of what ships."""
    from chatbot.training import load_weights

    database = Database.open(settings.database_where)
    try:
        found = np.zeros(len(catalogue), dtype=np.float32)
        for one in CatalogueStore(database).interactions(settings.catalogue):
            row = catalogue.row_of.get(one.item)
            if row is not None:
                found[row] += 1
    finally:
        database.close()
    if found.any():
        return found
    quality = load_weights(settings, settings.catalogue, catalogue)[1]
    return None if quality is None or np.isnan(quality.count).all() else quality.count


def interactions(
    catalogue: str | None,
    seed: int,
    output: Path | None,
    data_dir: Path | None,
    models: Sequence[str] = (),
    folder: Path | None = None,
) -> None:
    """Predict held-out people's likes; a table on stdout, JSON in `output`, a page in `folder`.

    Raises:
        InputError: too few interactions are stored.
        NotFoundError: there is no such catalogue.
    """
    from chatbot.evaluation import interactions as top
    from chatbot.evaluation import interactions_page as pages

    settings = settings_of(data_dir, catalogue)
    database = Database.open(settings.database_where)
    try:
        store = CatalogueStore(database)
        ensure_shipped(store, settings.catalogue)
        items = store.load(settings.catalogue)
        liked = top.likes(store.interactions(settings.catalogue))
    finally:
        database.close()
    chosen = tuple(models) or top.MODELS
    with progress() as told:
        found = top.evaluate(liked, seed, models=chosen, catalogue=items, progress=told)
    figures = {"catalogue": settings.catalogue, **found}
    give(figures, pages.readable(figures), output, folder, pages.report)


def give(
    figures: dict[str, Any],
    text: str,
    output: Path | None,
    folder: Path | None = None,
    page: Callable[[dict[str, Any]], str] | None = None,
) -> None:
    """The table on stdout; the JSON in the file, in the report's folder, or after the table."""
    typer.echo(text)
    if folder is not None and page is not None:
        from chatbot.evaluation.pages import publish

        note(f"Report written to {publish(folder, page(figures), figures)}.")
    if output is not None:
        report.write(output, figures)
        note(f"Figures written to {output}.")
    elif folder is None:
        brief = json.dumps(figures, ensure_ascii=False)
        typer.echo(f"\n{brief}")
