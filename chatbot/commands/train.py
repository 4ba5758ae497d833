"""`train`: learn from stored interactions, conversations and feedback."""

from __future__ import annotations

from pathlib import Path

import typer

from chatbot.commands.console import progress, settings_of
from chatbot.engines import embedder_of
from chatbot.importing.shipped import ensure_shipped
from chatbot.learning.train import learn_from_use, told
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from chatbot.storage.sessions import StoredSessions
from chatbot.training import DEFAULT, ITEM_WEIGHTS, train


def run(catalogue: str | None, data_dir: Path | None, model: str = DEFAULT) -> None:
    """Learn the weights of a catalogue and say what was found."""
    settings = settings_of(data_dir, catalogue)
    database = Database.open(settings.database_where)
    try:
        store = CatalogueStore(database)
        ensure_shipped(store, settings.catalogue)
        sessions = StoredSessions(database)
        given = sessions.verdicts(settings.catalogue)
        lesson = learn_from_use(settings, sessions, settings.catalogue)
        if lesson.lists:
            typer.echo(told(lesson))
        with progress() as report:
            embedder = embedder_of(settings)
            found = train(settings, store, settings.catalogue, given, report, embedder, model)
    finally:
        database.close()
    if found.items:
        typer.echo(
            f"Learned from {found.people:,} people and {found.dialogues:,} conversations: "
            f"{found.weights:,} weights over {found.items:,} items, {found.reasons:,} of them "
            f"strong enough to be given as a reason. Written to {found.path}."
        )
    if found.model != ITEM_WEIGHTS:
        typer.echo(f"Scores come from the model {found.model!r}, reasons from the weights.")
    if found.groups:
        typer.echo(f"What {found.groups} kinds of people like was learned from their attributes.")
    if found.worded is not None:
        kept = "is used" if found.worded.kept else "is no better than none and not used"
        typer.echo(
            f"The adapter of requests in words, learned from {found.worded.pairs:,} pairs, {kept}: "
            f"recall@10 on conversations kept out is {found.worded.after:.3f}, "
            f"{found.worded.before:.3f} without it."
        )
    if found.talks:
        typer.echo(f"The ranking that reads conversations learned from {found.talks:,} of them.")
