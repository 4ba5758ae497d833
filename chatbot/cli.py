"""The command line: `python app.py …`, installed also as `sommelier …`.

Imports nothing heavy until a command needs it. Exit codes: 0 success, 2 wrong usage, 1 any other
failure, with one line on stderr and no traceback unless `--debug`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from chatbot.commands import handoff, keys, mcp, policy, sites, tune, usage

app = typer.Typer(
    name="sommelier",
    help="A conversational recommender. Without a command it serves the web chat.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where everything lives. [env: SOMMELIER_DATA_DIR]"),
]
CatalogueName = Annotated[
    str | None, typer.Option("--catalogue", help="Which catalogue. [default: films]")
]
Llm = Annotated[
    str | None,
    typer.Option(
        "--llm",
        help="Language model: auto, none, local:NAME_OR_FOLDER, openai:MODEL@BASE_URL or "
        "provider:model. [env: SOMMELIER_LLM; default: auto]",
    ),
]


@app.callback(invoke_without_command=True)
def default(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """A conversational recommender. Without a command it serves the web chat."""
    context.obj = {"debug": debug}
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"sommelier-chat {installed('sommelier-chat')}")
        raise typer.Exit()
    if context.invoked_subcommand is None:
        from chatbot.commands import serve as command

        command.run(None, None, None, None, None)


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(help="Port; 0 takes a free one. [default: 7860]", min=0, max=65535),
    ] = None,
    data_dir: DataDir = None,
    catalogue: CatalogueName = None,
    llm: Llm = None,
) -> None:
    """Serve the web chat and the API."""
    from chatbot.commands import serve as command

    command.run(host, port, data_dir, catalogue, llm)


@app.command()
def chat(catalogue: CatalogueName = None, data_dir: DataDir = None, llm: Llm = None) -> None:
    """Talk in the terminal."""
    from chatbot.commands import chat as command

    command.run(catalogue, data_dir, llm)


@app.command()
def replay(
    file: Annotated[
        Path, typer.Argument(help="Recorded conversations, JSON Lines; - reads stdin.")
    ],
    catalogue: CatalogueName = None,
    k: Annotated[
        int | None,
        typer.Option("-k", help="Rank this many items on every line.", min=1, max=1000),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write here instead of stdout.")
    ] = None,
    llm: Llm = None,
    data_dir: DataDir = None,
) -> None:
    """Answer recorded conversations, one JSON line each."""
    from chatbot.commands import replay as command

    command.run(file, catalogue, k, output, llm, data_dir)


@app.command("import")
def import_(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Items: JSONL, CSV, TSV, Parquet, Excel.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="The catalogue to create or add to.")] = "",
    format: Annotated[
        str, typer.Option("--format", help="auto, jsonl, json, csv, tsv, parquet or excel.")
    ] = "auto",
    map: Annotated[
        list[str] | None,
        typer.Option("--map", help="field=column: which column holds which field. May repeat."),
    ] = None,
    interactions: Annotated[
        list[Path] | None,
        typer.Option("--interactions", help="CSV user,item,rating[,timestamp]. May repeat."),
    ] = None,
    dialogues: Annotated[
        list[Path] | None,
        typer.Option("--dialogues", help="Past conversations, JSONL. May repeat."),
    ] = None,
    knowledge: Annotated[
        list[Path] | None, typer.Option("--knowledge", help="Help pages. May repeat.")
    ] = None,
    users: Annotated[
        list[Path] | None,
        typer.Option("--users", help="CSV user,attribute,… of the people of --interactions."),
    ] = None,
    schema: Annotated[
        Path | None,
        typer.Option("--schema", help="A schema.toml; else the one beside the file."),
    ] = None,
    delete: Annotated[
        list[str] | None, typer.Option("--delete", help="Item id to delete. May repeat.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Delete stored items that are in none of the files.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report only, store nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Import a catalogue, interactions or past conversations; run again to add to it."""
    from chatbot.commands import importing as command

    command.run(
        files or [], name, format, map or [], interactions or [], dialogues or [],
        knowledge or [], users or [], schema, delete or [], replace, dry_run, json, data_dir,
    )  # fmt: skip


@app.command()
def train(
    catalogue: CatalogueName = None,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            help="What scores by what the same people liked: blend, ease, als, bpr, items, people, "
            "propagation, lightgcn, sequence, popularity, or weights for nothing but item weights.",
        ),
    ] = "blend",
    data_dir: DataDir = None,
) -> None:
    """Learn collaborative weights from the stored interactions, conversations and feedback."""
    from chatbot.commands import train as command

    command.run(catalogue, data_dir, model)


@app.command()
def draft(
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            help="article, listicle, review, comparison, newsletter, video, podcast, social, "
            "product or programme.",
        ),
    ],
    topic: Annotated[str | None, typer.Option("--topic", help="What it is about.")] = None,
    items: Annotated[
        str | None,
        typer.Option("--items", help="Ids, separated by commas; else they are chosen for you."),
    ] = None,
    language: Annotated[str | None, typer.Option("--language", help="en or zh.")] = None,
    tone: Annotated[
        str | None, typer.Option("--tone", help="neutral, warm, playful, formal or lively.")
    ] = None,
    length: Annotated[
        str | None, typer.Option("--length", help="short, medium, long or a number of words.")
    ] = None,
    audience: Annotated[
        str | None, typer.Option("--audience", help="Whom it is for, in plain words.")
    ] = None,
    keywords: Annotated[
        str | None, typer.Option("--keywords", help="Words to use, separated by commas.")
    ] = None,
    notes: Annotated[
        list[str] | None, typer.Option("--note", help="A fact or wish of your own. May repeat.")
    ] = None,
    count: Annotated[
        int | None, typer.Option("--count", help="How many items to choose.", min=1, max=30)
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="A file in .md, .html, .docx, .txt or .srt; else stdout."),
    ] = None,
    ledger: Annotated[
        bool, typer.Option("--ledger", help="Show on stderr what every sentence rests on.")
    ] = False,
    llm: Llm = None,
    catalogue: CatalogueName = None,
    data_dir: DataDir = None,
) -> None:
    """Write a draft about items of the catalogue; every fact is checked."""
    from chatbot.commands import draft as command

    command.run(
        kind, topic, items, language, tone, length, llm, output, data_dir, catalogue,
        audience=audience, keywords=keywords, notes=notes, count=count, show_ledger=ledger,
    )  # fmt: skip


app.add_typer(handoff.app, name="handoff")
app.add_typer(sites.app, name="sites")
app.add_typer(keys.app, name="keys")
app.command("mcp")(mcp.run)

evaluations = typer.Typer(help="Measure the assistant.", no_args_is_help=True)
app.add_typer(evaluations, name="evaluate")
app.add_typer(tune.app, name="tune")

Output = Annotated[Path | None, typer.Option("--output", help="Write the figures here as JSON.")]
Report = Annotated[
    Path | None, typer.Option("--report", help="Write a page with plots into this folder.")
]
Seed = Annotated[int, typer.Option("--seed", help="The same seed gives the same figures.", min=0)]


@evaluations.command("simulate")
def evaluate_simulate(
    dialogues: Annotated[
        int, typer.Option("--dialogues", help="Dialogues a language.", min=1, max=100_000)
    ] = 1000,
    language: Annotated[str, typer.Option("--language", help="en, zh or both.")] = "both",
    catalogue: CatalogueName = None,
    seed: Seed = 1,
    output: Output = None,
    llm: Llm = "none",
    data_dir: DataDir = None,
) -> None:
    """Let simulated users talk to the assistant and count what goes well and wrong."""
    from chatbot.commands import evaluate as command

    command.simulate(dialogues, language, catalogue, seed, output, data_dir, llm)


@evaluations.command("replay")
def evaluate_replay(
    cases: Annotated[
        Path, typer.Argument(help="JSON Lines: messages, targets, seen; see docs/evaluation.md.")
    ],
    catalogue: CatalogueName = None,
    seed: Seed = 1,
    output: Output = None,
    report: Report = None,
    llm: Llm = "none",
    data_dir: DataDir = None,
) -> None:
    """Rank for recorded dialogues and compare with what was recommended in them."""
    from chatbot.commands import evaluate as command

    command.replay(cases, catalogue, seed, output, data_dir, llm, report)


@evaluations.command("interactions")
def evaluate_interactions(
    catalogue: CatalogueName = None,
    models: Annotated[
        list[str] | None,
        typer.Option("--model", help="A model to measure beside popularity. May repeat."),
    ] = None,
    seed: Seed = 1,
    output: Output = None,
    report: Report = None,
    data_dir: DataDir = None,
) -> None:
    """Predict held-out people's likes from the stored interactions."""
    from chatbot.commands import evaluate as command

    command.interactions(catalogue, seed, output, data_dir, models or [], report)


evaluations.command("policy")(policy.policy)
evaluations.command("usage")(usage.usage)


@app.command()
def doctor(data_dir: DataDir = None, catalogue: CatalogueName = None) -> None:
    """Check the installation, the database and the indexes; say how to mend what is broken."""
    from chatbot.commands import doctor as command

    command.run(data_dir, catalogue)


@app.command()
def export(
    user: Annotated[str, typer.Option("--user", help="Whose data.")],
    output: Annotated[
        Path | None, typer.Option("--output", help="Write here instead of stdout.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Write everything kept about a person as JSON."""
    from chatbot.commands import person as command

    command.export(user, output, data_dir)


@app.command()
def erase(
    user: Annotated[str, typer.Option("--user", help="Whose data.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Delete for good everything kept about a person."""
    from chatbot.commands import person as command

    command.erase(user, yes, data_dir)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The file to write.")], data_dir: DataDir = None
) -> None:
    """Copy the database to a file while everything keeps running."""
    from chatbot.commands import copies as command

    command.backup(target, data_dir)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Put a backup in place of the database; the former one is kept beside it."""
    from chatbot.commands import copies as command

    command.restore(source, yes, data_dir)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    arguments = [a for a in arguments if a != "--debug"]
    try:
        app(args=arguments, prog_name="sommelier", standalone_mode=True)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away; nothing is wrong with us.
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        # The outermost edge: one line for people, the whole story for --debug.
        if debug:
            raise
        sys.exit(_told(error))


def _told(error: Exception) -> int:
    """Say what went wrong in one line; the exit code."""
    from chatbot.errors import SommelierError
    from chatbot.models.errors import SpecError

    if isinstance(error, SommelierError):
        typer.echo(f"sommelier: {error}", err=True)
        return 2 if isinstance(error, SpecError) else 1
    name = type(error).__name__
    typer.echo(f"sommelier: {name}: {error} (run again with --debug for details)", err=True)
    return 1
