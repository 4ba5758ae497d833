"""Imports files into one catalogue: all of a call or nothing of it.

First everything is read, checked and set aside; then one transaction writes it. Until that has
been committed, the catalogue is as it was, whatever happens to the process.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from chatbot.errors import InputError
from chatbot.importing import files as reading
from chatbot.importing.feedback import Dialogues, Interactions
from chatbot.importing.files import Source
from chatbot.importing.gathering import Problems
from chatbot.importing.inferring import Ids, made, over, reading_of, sampled, settled
from chatbot.importing.records import Broken, shortened
from chatbot.importing.report import Part, Report
from chatbot.importing.rows import RowError, read_item
from chatbot.importing.schemas import read_schema
from chatbot.importing.staging import Staged
from chatbot.storage.catalogues import CatalogueStore, Interaction
from chatbot.storage.writing import chunks, data_of
from retrieval.infer import Inference
from retrieval.items import Item
from retrieval.schema import Schema

Progress = Callable[[str, int, int | None], None]
"""Called with what is going on, records done, and how many there are (None = not known yet)."""

_STEP = 1000


def import_files(
    store: CatalogueStore,
    files: Sequence[Path],
    name: str,
    *,
    format: str = "auto",
    mapping: Mapping[str, str] | None = None,
    interactions: Sequence[Path] = (),
    dialogues: Sequence[Path] = (),
    delete: Sequence[str] = (),
    replace_all: bool = False,
    schema: Path | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Add `files` to the catalogue `name`, creating it where there is none.

    Items replace stored items with the same id; the others stay. Within one call the last record
    with an id wins. A broken record is reported and never stops the import.

    Args:
        store: where to.
        files: item files.
        name: the catalogue.
        format: "auto", or one of `files.FORMATS` for all item files.
        mapping: field → column ("title" → "Product name"); fields are id, title, aka, facets, and
            user, item, rating, timestamp for interactions.
        interactions: files of ratings; those of unknown items are reported and left out.
        dialogues: files of past conversations.
        delete: ids of items to delete.
        replace_all: delete every stored item that is not in `files`.
        schema: a schema.toml; the one beside the first file unless given.
        dry_run: read and report only.
        progress: see `Progress`.

    Raises:
        InputError: a file cannot be read at all, a mapping names no column, the name is unusable.
        NotFoundError: only interactions, dialogues or deletions, and no such catalogue.
        StorageError: the database cannot be written; nothing has changed then.
    """
    check_name(name)
    with ExitStack() as stack:
        work = _Import(store, name, mapping or {}, dry_run, progress or _quiet, stack)
        return work.run(files, format, interactions, dialogues, delete, replace_all, schema)


def _quiet(what: str, done: int, total: int | None) -> None:
    """Nobody watches."""


def check_name(name: str) -> None:
    """Raise `InputError` unless `name` can be the name of a catalogue."""
    if not re.fullmatch(r"[\w][\w.-]{0,63}", name):
        raise InputError(
            f"{name[:80]!r} cannot be the name of a catalogue.",
            hint="Use up to 64 letters, digits, hyphens and underscores.",
        )


class _Import:
    """One call of `import_files`."""

    def __init__(
        self,
        store: CatalogueStore,
        name: str,
        mapping: Mapping[str, str],
        dry_run: bool,
        progress: Progress,
        stack: ExitStack,
    ) -> None:
        self.stack = stack
        self.store, self.name, self.mapping = store, name, mapping
        self.dry_run, self.progress = dry_run, progress
        self.started = time.monotonic()
        self.exists = name in store.names()
        self.stored_schema = store.schema(name) if self.exists else None
        self.problems = Problems()
        self.described: list[tuple[str, str]] = []
        # id → number of the record that holds it last
        self.latest: dict[str, int] = {}
        self.part = Part()

    def run(
        self,
        files: Sequence[Path],
        format: str,
        interactions: Sequence[Path],
        dialogues: Sequence[Path],
        delete: Sequence[str],
        replace_all: bool,
        schema_file: Path | None,
    ) -> Report:
        if not self.exists and not files:
            self.store.revision(self.name)  # says that it does not exist, and which do
        sources = [self._examined(path, format) for path in files]
        inference: Inference | None = None
        schema = self.stored_schema
        staged = self.stack.enter_context(Staged[Item](self.store.folder, _flat, _item))
        if sources:
            inference, total = sampled(sources, self.name, self.mapping, schema_file, self._ticker)
            schema = self._schema(inference, files[0], schema_file)
            self._stage(sources, inference, schema, staged, total)
        changed, kept = self._compare(staged)
        gone = self._deletions(delete, replace_all)
        known = self._known_ids(gone)
        folder = self.store.folder
        ratings = Interactions(folder, known, self.mapping, self.problems, self.stack)
        talks = Dialogues(folder, known, self.problems, self.stack)
        for path in interactions:
            ratings.read(self._examined(path, "auto"), self._ticker(f"reading {path.name}"))
        for path in dialogues:
            talks.read(self._examined(path, "auto"), self._ticker(f"reading {path.name}"))
        added = len(changed) - kept[0]
        self.part = replace(
            self.part, added=added, changed=kept[0], unchanged=kept[1], deleted=len(gone)
        )
        revision = ""
        if not self.dry_run and schema is not None:
            revision = self._write(staged, changed, gone, schema, ratings, talks)
        return Report(
            catalogue=self.name,
            dry_run=self.dry_run,
            files=tuple(self.described),
            items=self.problems.counted("items", self.part),
            interactions=self.problems.counted("interactions", ratings.part),
            dialogues=self.problems.counted("dialogues", talks.part),
            problems=tuple(self.problems.kept),
            columns=settled(inference.columns, schema) if inference and schema else (),
            schema=schema,
            made=made(inference) if inference else (),
            revision=revision,
            seconds=time.monotonic() - self.started,
        )

    # -- reading -----------------------------------------------------------------------------

    def _examined(self, path: Path, format: str) -> Source:
        source = reading.examine(path, format)
        self.described.append((path.name, source.description))
        return source

    def _ticker(self, what: str, total: int | None = None) -> Callable[[int], None]:
        def tick(done: int) -> None:
            if done % _STEP == 0:
                self.progress(what, done, total)

        return tick

    def _schema(self, found: Inference, first: Path, schema_file: Path | None) -> Schema:
        """What the rows show, under what is stored, under what the operator wrote."""
        merged = found.schema
        if self.stored_schema is not None:
            merged = over(self.stored_schema, merged)
        file = schema_file or first.parent / "schema.toml"
        if schema_file or file.is_file():
            self.described.append((file.name, "schema"))
            merged = over(read_schema(file), merged)
        return merged

    def _stage(
        self,
        sources: Sequence[Source],
        found: Inference,
        schema: Schema,
        staged: Staged[Item],
        total: int,
    ) -> None:
        plan = reading_of(found)
        read = 0
        made = Ids()
        for source in sources:
            tick = self._ticker(f"reading {source.path.name}", total)
            where = self.problems.at("items", source.path.name)
            for record in reading.read(source):
                read += 1
                tick(read)
                if isinstance(record, Broken):
                    where.add(record.line, record.field, record.what, record.value)
                    continue
                try:
                    values = record.values
                    if not found.id:
                        values = {**values, "id": made.make(record, plan)}
                    item, left_out = read_item(values, schema, plan)
                except RowError as error:
                    value = error.value if error.value is not None else _glimpse(record.values)
                    where.add(record.line, error.field, str(error), shortened(value))
                    continue
                for flaw in left_out:
                    where.add(record.line, flaw.field, str(flaw), shortened(flaw.value), "left out")
                if item.id in self.latest:
                    what = f"the id {shortened(item.id, 40)} comes again"
                    where.add(record.line, found.id or "id", what, "", "replaced")
                self.latest[item.id] = staged.count
                staged.append(item)
        self.part = replace(self.part, read=read)

    def _compare(self, staged: Staged[Item]) -> tuple[set[str], tuple[int, int]]:
        """Ids of items to write; how many of them change a stored item; how many are unchanged."""
        write: set[str] = set()
        changed = unchanged = done = 0
        for chunk in chunks(self._last(staged), 2000):
            stored = self.store.stored(self.name, [i.id for i in chunk]) if self.exists else {}
            for item in chunk:
                before = stored.get(item.id)
                if before is None:
                    write.add(item.id)
                elif before.title == item.title and data_of(before) == data_of(item):
                    unchanged += 1
                else:
                    changed += 1
                    write.add(item.id)
            done += len(chunk)
            self.progress("comparing", done, len(self.latest))
        return write, (changed, unchanged)

    def _last(self, staged: Staged[Item]) -> Iterator[Item]:
        for number, item in enumerate(staged):
            if self.latest[item.id] == number:
                yield item

    def _deletions(self, delete: Sequence[str], replace_all: bool) -> list[str]:
        stored = set(self.store.ids(self.name)) if delete or replace_all else set()
        wanted = stored - set(self.latest) if replace_all else set()
        missing = [i for i in dict.fromkeys(delete) if i not in stored]
        for item_id in missing:
            self.problems.at("items", "--delete").add(
                0, "id", "no such item to delete", shortened(item_id), "unknown item"
            )
        wanted |= set(delete) & stored
        return sorted(wanted - set(self.latest))

    def _known_ids(self, gone: Sequence[str]) -> frozenset[str]:
        stored = self.store.ids(self.name) if self.exists else ()
        return frozenset(stored) - frozenset(gone) | frozenset(self.latest)

    # -- writing -----------------------------------------------------------------------------

    def _write(
        self,
        staged: Staged[Item],
        changed: set[str],
        gone: Sequence[str],
        schema: Schema,
        ratings: Interactions,
        talks: Dialogues,
    ) -> str:
        if not (self.latest or gone or ratings.part.added or talks.part.added):
            return ""
        revision = ""
        with self.store.writing() as writer:
            tick = self._ticker("writing", len(changed))

            def counted() -> Iterator[Item]:
                done = 0
                for item in self._last(staged):
                    if item.id in changed:
                        done += 1
                        tick(done)
                        yield item

            writer.delete_items(self.name, gone)
            writer.put_items(self.name, counted())
            if changed or gone or schema != self.stored_schema:
                revision = writer.put_schema(self.name, schema)
            writer.put_interactions(self.name, ratings.rows())
            writer.put_dialogues(self.name, talks.rows())
        return revision


def _glimpse(values: Mapping[str, Any]) -> str:
    return ", ".join(str(v)[:20] for v in list(values.values())[:3] if v not in (None, ""))


def _flat(item: Item) -> object:
    return [item.id, item.title, dict(item.facets), item.aka]


def _item(raw: list[Any]) -> Item:
    facets = {k: tuple(v) if isinstance(v, list) else v for k, v in raw[2].items()}
    return Item(raw[0], raw[1], facets, tuple(raw[3]))


__all__ = ["Interaction", "Progress", "import_files", "reading_of"]
