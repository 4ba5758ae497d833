"""`tune`: low-rank adapters of the language model that reads, and of the sentence encoder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from chatbot.settings import Settings
    from chatbot.tuning.examples import Source
    from chatbot.tuning.plan import Tuned

app = typer.Typer(help="Adapt the models to how your people talk (LoRA).", no_args_is_help=True)

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where everything lives. [env: SOMMELIER_DATA_DIR]"),
]
CatalogueName = Annotated[
    str | None, typer.Option("--catalogue", help="Which catalogue. [default: films]")
]
Files = Annotated[
    list[Path] | None,
    typer.Option("--from", help="JSON Lines with examples, see docs/models.md. May repeat."),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", help="Folder of the adapter. [default: in the data folder]"),
]
Rank = Annotated[int, typer.Option("--rank", help="Of the low-rank matrices.", min=1, max=256)]
Epochs = Annotated[int, typer.Option("--epochs", min=1, max=100)]
Batch = Annotated[int, typer.Option("--batch", help="Examples a step.", min=1, max=512)]
Device = Annotated[
    str | None, typer.Option("--device", help="A torch device. [default: CUDA where present]")
]
Seed = Annotated[int, typer.Option("--seed", help="Of every random choice.", min=0)]


@app.command()
def reader(
    model: Annotated[
        str, typer.Option("--model", help="Causal chat model to adapt: hub name or folder.")
    ] = "Qwen/Qwen3-4B-Instruct-2507",
    catalogue: CatalogueName = None,
    files: Files = None,
    output: Output = None,
    rank: Rank = 16,
    epochs: Epochs = 2,
    rate: Annotated[float, typer.Option("--rate", help="Learning rate.", min=1e-7, max=1)] = 2e-4,
    batch: Batch = 8,
    longest: Annotated[
        int, typer.Option("--longest", help="Tokens of an example.", min=256)
    ] = 6144,
    bits: Annotated[int, typer.Option("--bits", help="4 or 8: train over quantised weights.")] = 0,
    device: Device = None,
    seed: Seed = 7,
    data_dir: DataDir = None,
) -> None:
    """Teach a local language model to read conversations as they were read and settled here."""
    from chatbot.commands.console import progress, settings_of
    from chatbot.models.loading import LocalOptions
    from chatbot.tuning.plan import Plan
    from chatbot.tuning.reader import tune_reader

    settings = settings_of(data_dir, catalogue, "none", device=device)
    target = output or settings.data_dir / "adapters" / settings.catalogue / "reader"
    with _source(settings, files) as source:
        found = list(source.readings())
    with progress() as report:
        tuned = tune_reader(
            LocalOptions(model, device=settings.device, bits=bits),
            found,
            target,
            Plan(rank, epochs, rate, batch, longest, seed),
            report,
        )
    _say(tuned, f"SOMMELIER_LLM=local:{model} SOMMELIER_LLM_ADAPTER={target}")


@app.command()
def encoder(
    catalogue: CatalogueName = None,
    files: Files = None,
    output: Output = None,
    rank: Rank = 16,
    epochs: Epochs = 3,
    rate: Annotated[float, typer.Option("--rate", help="Learning rate.", min=1e-7, max=1)] = 3e-4,
    batch: Batch = 32,
    device: Device = None,
    seed: Seed = 7,
    data_dir: DataDir = None,
) -> None:
    """Teach the sentence encoder which items answered which words."""
    from chatbot.commands.console import progress, settings_of
    from chatbot.errors import InputError
    from chatbot.tuning.encoder import tune_encoder
    from chatbot.tuning.plan import Plan
    from retrieval.embeddings import SentenceEmbedder

    settings = settings_of(data_dir, catalogue, "none", device=device)
    if settings.embedder == "hash":
        raise InputError("the hash embedder learns nothing.", hint="Unset SOMMELIER_EMBEDDER.")
    target = output or settings.data_dir / "adapters" / settings.catalogue / "encoder"
    with _source(settings, files) as source:
        found = list(source.pairs())
        items = source.engine.catalogue
    with progress() as report:
        tuned = tune_encoder(
            SentenceEmbedder(settings.embedder, settings.device),
            items,
            found,
            target,
            Plan(rank, epochs, rate, batch, seed=seed),
            report,
        )
    _say(tuned, f"SOMMELIER_EMBEDDER_ADAPTER={target}")


@contextmanager
def _source(settings: Settings, files: list[Path] | None) -> Iterator[Source]:
    """The examples of a catalogue, while the database is open: those of `files` where given."""
    from chatbot.importing.shipped import ensure_shipped
    from chatbot.models.reader import ReaderPrompt
    from chatbot.storage.catalogues import CatalogueStore
    from chatbot.storage.database import Database
    from chatbot.storage.sessions import StoredSessions
    from chatbot.tuning.examples import Source
    from chatbot.turn import Engine
    from chatbot.understand.embedded import EmbeddedReader
    from chatbot.writer import TemplateWriter
    from retrieval.embeddings import SentenceEmbedder
    from retrieval.query import Query, Ranking

    class Nothing:
        """Nothing is ranked while examples are read."""

        def rank(self, query: Query) -> Ranking:
            return Ranking()

    database = Database.open(settings.database_where)
    try:
        store = CatalogueStore(database)
        name = settings.catalogue
        ensure_shipped(store, name)
        catalogue = store.load(name)
        reader = EmbeddedReader(catalogue, SentenceEmbedder())
        engine = Engine(catalogue, Nothing(), reader, TemplateWriter())
        if files:
            yield Source(engine, ReaderPrompt(catalogue), files=tuple(files))
        else:
            yield Source(
                engine,
                ReaderPrompt(catalogue),
                database,
                tuple(store.dialogues(name)),
                StoredSessions(database).verdicts(name),
            )
    finally:
        database.close()


def _say(tuned: Tuned, settings: str) -> None:
    typer.echo(
        f"{tuned.examples:,} examples learned from, {tuned.held:,} kept out"
        + (f", {tuned.left_out:,} too long" if tuned.left_out else "")
        + f": {tuned.measure} {tuned.before:.4f} before, {tuned.after:.4f} after."
    )
    if tuned.path is None:
        typer.echo("That is no better: nothing was written, and nothing changes.")
    else:
        typer.echo(f"Written to {tuned.path}. To use it: {settings}")
