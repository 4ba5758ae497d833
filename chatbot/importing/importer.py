"""Imports files into one catalogue: all of a call or nothing of it.

First everything is read, checked and set aside; then one transaction writes it. Until that has
been committed, the catalogue is as it was, whatever happens to the process.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from chatbot.errors import InputError
from chatbot.importing import files as reading
from chatbot.importing.feedback import Dialogues, Interactions
from chatbot.importing.files import Source
from chatbot.importing.gathering import Problems
from chatbot.importing.records import MAX_COLUMNS, Broken, Row, shortened
from chatbot.importing.report import Part, Report
from chatbot.importing.rows import Reading, RowError, clean, read_item
from chatbot.importing.schemas import domains, ignored_columns, read_schema, well_known
from chatbot.importing.staging import Staged
from chatbot.storage.catalogues import CatalogueStore, Interaction
from chatbot.storage.writing import chunks, data_of
from retrieval.infer import Column, Inference, infer
from retrieval.items import Item
from retrieval.schema import Facet, Schema, fold

Progress = Callable[[str, int, int | None], None]
"""Called with what is going on, records done, and how many there are (None = not known yet)."""

_SAMPLE = 3000
_CELL = 2000
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
            inference, total = self._sample(sources, schema_file)
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
            columns=_settled(inference.columns, schema) if inference and schema else (),
            schema=schema,
            made=_made(inference) if inference else (),
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

    def _sample(self, sources: Sequence[Source], schema_file: Path | None) -> tuple[Inference, int]:
        """What the columns are, by a fair sample of all rows; and the number of rows."""
        rng = Random(0)  # the same files give the same schema
        drawn: list[tuple[int, Mapping[str, Any]]] = []
        total = 0
        for source in sources:
            tick = self._ticker(f"looking at {source.path.name}")
            for record in reading.read(source):
                if isinstance(record, Broken):
                    continue
                total += 1
                tick(total)
                if len(drawn) < _SAMPLE:
                    drawn.append((total, _trimmed(record.values)))
                elif (place := rng.randrange(total)) < _SAMPLE:
                    drawn[place] = (total, _trimmed(record.values))
        sample = _commonest([row for _, row in sorted(drawn, key=lambda pair: pair[0])])
        if not sample:
            reasons = self._first_reasons(sources)
            raise InputError(
                f"{sources[0].path} has no row that can be read{reasons}.",
                hint="Check the file, or say how to read it with --format.",
            )
        columns = {key for row in sample for key in row}
        if "messages" in columns and "title" not in columns:
            raise InputError(
                f"{sources[0].path} holds conversations, not items.",
                hint="Import them with --dialogues; their form is described in docs/data.md.",
            )
        for wanted, column in self.mapping.items():
            if column not in columns and wanted not in ("user", "item", "timestamp"):
                raise InputError(
                    f"--map {wanted}={column}: no file has a column {column!r}.",
                    hint=f"Columns: {', '.join(sorted(columns))[:300]}.",
                )
        given = {k: v for k, v in self.mapping.items() if v in columns}
        hint = " ".join([self.name, *(source.path.stem for source in sources)])
        file = schema_file or sources[0].path.parent / "schema.toml"
        ignore = ignored_columns(file) if schema_file or file.is_file() else ()
        found = infer(sample, well_known(), domains(), hint=hint, given=given, ignore=ignore)
        if not found.title and not found.head:
            raise InputError(
                "no column looks like the title of an item.",
                hint="Name it: --map title=COLUMN. "
                f"Columns: {', '.join(c.name for c in found.columns)[:300]}.",
            )
        return found, total

    def _first_reasons(self, sources: Sequence[Source]) -> str:
        for source in sources:
            for record in reading.read(source):
                if isinstance(record, Broken):
                    return f" (line {record.line}: {record.what})"
        return ""

    def _schema(self, found: Inference, first: Path, schema_file: Path | None) -> Schema:
        """What the rows show, under what is stored, under what the operator wrote."""
        merged = found.schema
        if self.stored_schema is not None:
            merged = _over(self.stored_schema, merged)
        file = schema_file or first.parent / "schema.toml"
        if schema_file or file.is_file():
            self.described.append((file.name, "schema"))
            merged = _over(read_schema(file), merged)
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
        made = _Ids()
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


def reading_of(found: Inference) -> Reading:
    """How rows are read, from what was inferred about their columns."""
    return Reading(
        id=found.id or "id",
        title=found.title,
        aka=tuple(c.name for c in found.columns if c.facet in ("aka", "title_zh")),
        head=found.head,
        separators={c.name: c.separator for c in found.columns if c.separator is not None},
        markup=frozenset(c.name for c in found.columns if c.markup),
        dated=found.dated,
    )


class _Ids:
    """Ids for rows that have none: the same row gets the same id in every import."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def make(self, record: Row, plan: Reading) -> str:
        from retrieval.sheet import head_of

        title = clean(record.values.get(plan.title)) if plan.title else ""
        if not title and plan.head:
            text = clean(record.values.get(plan.head))
            title = head_of(text) or text
        base = re.sub(r"\s+", "-", fold(title))[:60].strip("-")
        if not base:
            return ""
        content = repr(sorted((k, str(v)) for k, v in record.values.items()))
        digest = hashlib.blake2b(content.encode("utf-8", "replace"), digest_size=4).hexdigest()
        # The first row with a title gets the plain id; another row with it is told apart.
        return base if self._seen.setdefault(base, digest) == digest else f"{base}-{digest}"


def _made(found: Inference) -> tuple[str, ...]:
    id_from = f"id from column {found.id!r}" if found.id else "id made from the title"
    title_from = (
        f"title from column {found.title!r}"
        if found.title
        else f"title from the beginning of {found.head!r}"
    )
    title_from += ", its year taken apart" if found.dated else ""
    return (f"{id_from}; {title_from} (name others with --map id=… title=…).",)


def _settled(columns: Sequence[Column], schema: Schema) -> tuple[Column, ...]:
    """Verdicts with the facets that read the columns in the end: a stored or written schema may
    call them otherwise.
    """
    facets = reversed(list(schema.facets.values()))
    readers = {column: facet.name for facet in facets for column in facet.columns}
    return tuple(
        replace(c, facet=readers[c.name], note="")
        if c.name in readers and c.facet not in ("id", "title", "aka", readers[c.name])
        else c
        for c in columns
    )


def _over(strong: Schema, weak: Schema) -> Schema:
    """`strong`, with the facets and words that only `weak` has; columns of both are read."""
    facets: dict[str, Facet] = {}
    claimed = {column for facet in strong.facets.values() for column in facet.columns}
    for name, facet in strong.facets.items():
        other = weak.facets.get(name)
        if other is not None:
            columns = dict.fromkeys((*facet.columns, *other.columns))
            facet = replace(facet, columns=tuple(columns))
        facets[name] = facet
    for name, facet in weak.facets.items():
        if name not in facets and facet.columns[0] not in claimed:
            facets[name] = facet
    plain = Schema({})
    words = {
        key: getattr(strong if getattr(strong, key) != getattr(plain, key) else weak, key)
        for key in ("noun", "nouns", "verb", "domain", "suggestions", "languages")
    }
    return Schema(facets=facets, **words)


def _commonest(sample: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The sample without rare columns where there are too many: free-form records invent names."""
    counts = Counter(column for row in sample for column in row)
    if len(counts) <= MAX_COLUMNS:
        return list(sample)
    kept = {column for column, _ in counts.most_common(MAX_COLUMNS)}
    return [{k: v for k, v in row.items() if k in kept} for row in sample]


def _trimmed(values: Mapping[str, Any]) -> dict[str, Any]:
    """A row for the sample; long texts shortened, so that the sample stays small."""
    return {k: v[:_CELL] if isinstance(v, str) else v for k, v in values.items()}


def _glimpse(values: Mapping[str, Any]) -> str:
    return ", ".join(str(v)[:20] for v in list(values.values())[:3] if v not in (None, ""))


def _flat(item: Item) -> object:
    return [item.id, item.title, dict(item.facets), item.aka]


def _item(raw: list[Any]) -> Item:
    facets = {k: tuple(v) if isinstance(v, list) else v for k, v in raw[2].items()}
    return Item(raw[0], raw[1], facets, tuple(raw[3]))


__all__ = ["Interaction", "Progress", "import_files", "reading_of"]
