"""`python app.py import …`: plain arguments in, a report for people out, an exit code back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from json import dumps
from pathlib import Path
from typing import TextIO

from chatbot.errors import InputError
from chatbot.importing.importer import Progress, check_name, import_files
from chatbot.importing.people import import_people
from chatbot.knowledge.importer import KnowledgeReport, import_knowledge
from chatbot.knowledge.store import KnowledgeStore
from chatbot.storage.catalogues import CatalogueStore
from retrieval.schema import Schema


def run_import(
    store: CatalogueStore,
    name: str,
    files: Sequence[Path] = (),
    *,
    format: str = "auto",
    map: Sequence[str] = (),
    interactions: Sequence[Path] = (),
    dialogues: Sequence[Path] = (),
    knowledge: Sequence[Path] = (),
    users: Sequence[Path] = (),
    delete: Sequence[str] = (),
    replace: bool = False,
    schema: Path | None = None,
    dry_run: bool = False,
    json: bool = False,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Import and print the report.

    Args:
        store: where to.
        name: the catalogue.
        files, format, interactions, dialogues, delete, schema, dry_run: see `import_files`.
        map: "field=column", once for each.
        knowledge: files and folders of help pages.
        users: files of attributes of people.
        replace: delete stored items that are in none of the files.
        json: print the report as JSON.
        out: where the report goes; stdout unless given.
        err: where progress goes, if it is a terminal; stderr unless given.

    Returns:
        0, or 1 where records were offered and none could be taken.

    Raises:
        InputError: a mapping is malformed, nothing was named to import, a file is unreadable.
        SommelierError: see `import_files`.
    """
    if not (files or interactions or dialogues or delete or knowledge or users):
        raise InputError(
            "nothing to import.",
            hint="Name files, --interactions, --dialogues, --users or --knowledge.",
        )
    if replace and not files:
        raise InputError("--replace needs the files that replace the catalogue.")
    progress = progress_line(sys.stderr if err is None else err)
    stream = sys.stdout if out is None else out
    shapes: dict[str, object] = {}
    texts: list[str] = []
    ok = True
    if files or interactions or dialogues or delete:
        report = import_files(
            store,
            files,
            name,
            format=format,
            mapping=mapping_of(map),
            interactions=interactions,
            dialogues=dialogues,
            delete=delete,
            replace_all=replace,
            schema=schema,
            dry_run=dry_run,
            progress=progress,
        )
        shapes, ok = report.shape(), report.ok
        texts.append(report.to_text())
    if knowledge:
        pages = import_pages(store, name, knowledge, dry_run=dry_run, progress=progress)
        shapes["knowledge"], ok = pages.shape(), ok and pages.ok
        texts.append(pages.to_text())
    if users:
        if not (dry_run and files):
            store.revision(name)  # says that there is no such catalogue, and which there are
        told = import_people(store.database, name, users, mapping_of(map), dry_run=dry_run)
        shapes["people"], ok = told.shape(), ok and told.ok
        texts.append(told.to_text())
    stream.write(
        dumps(shapes, ensure_ascii=False, default=list) + "\n" if json else "\n".join(texts)
    )
    return 0 if ok else 1


def import_pages(
    store: CatalogueStore,
    name: str,
    paths: Sequence[Path],
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> KnowledgeReport:
    """Import help pages; a catalogue that does not exist is created without items.

    Raises:
        InputError: a path does not exist, the name is unusable.
    """
    check_name(name)
    report = import_knowledge(
        KnowledgeStore(store.database), name, paths, dry_run=dry_run, progress=progress
    )
    if not dry_run and report.ok and name not in store.names():
        store.save(name, Schema({}), [])
    return report


def mapping_of(pairs: Sequence[str]) -> dict[str, str]:
    """Field → column from "field=column" texts.

    Raises:
        InputError: a text has no "=", or a field comes twice.

    >>> mapping_of(["title=Product name"])
    {'title': 'Product name'}
    """
    found: dict[str, str] = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        field, column = field.strip(), column.strip()
        if not equals or not field or not column:
            raise InputError(f"--map {pair!r} is not FIELD=COLUMN.", hint="E.g. --map title=name.")
        if field in found:
            raise InputError(f"--map names the field {field!r} twice.")
        found[field] = column
    return found


def progress_line(stream: TextIO) -> Progress | None:
    """Shows progress on one line of a terminal; None where `stream` is no terminal."""
    if not stream.isatty():
        return None

    def show(what: str, done: int, total: int | None) -> None:
        share = f"{done:,}" if not total else f"{done:,} of {total:,}"
        end = "\n" if total and done >= total else ""
        stream.write(f"\r\x1b[2K{what}: {share}{end}")
        stream.flush()

    return show
