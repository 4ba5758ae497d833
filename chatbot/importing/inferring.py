"""What the columns of files are: a fair sample of the rows, and what follows for reading them."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from chatbot.errors import InputError
from chatbot.importing import files as reading
from chatbot.importing.files import Source
from chatbot.importing.records import MAX_COLUMNS, Broken, Row
from chatbot.importing.rows import Reading, clean
from chatbot.importing.schemas import domains, ignored_columns, well_known
from retrieval.infer import Column, Inference, infer
from retrieval.schema import Facet, Schema, fold

_SAMPLE = 3000
_CELL = 2000


def sampled(
    sources: Sequence[Source],
    name: str,
    mapping: Mapping[str, str],
    schema_file: Path | None,
    ticker: Callable[[str], Callable[[int], None]],
) -> tuple[Inference, int]:
    """What the columns are, by a fair sample of all rows; and the number of rows.

    Args:
        sources: the files.
        name: of the catalogue; a hint of what it is about.
        mapping: see `importer.import_files`.
        schema_file: a schema.toml; the one beside the first file unless given.
        ticker: names what is going on, and gets a function that counts records.

    Raises:
        InputError: no row can be read, or the mapping names no column.
    """
    rng = Random(0)  # the same files give the same schema
    drawn: list[tuple[int, Mapping[str, Any]]] = []
    total = 0
    for source in sources:
        tick = ticker(f"looking at {source.path.name}")
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
        reasons = _first_reasons(sources)
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
    for wanted, column in mapping.items():
        if column not in columns and wanted not in ("user", "item", "timestamp"):
            raise InputError(
                f"--map {wanted}={column}: no file has a column {column!r}.",
                hint=f"Columns: {', '.join(sorted(columns))[:300]}.",
            )
    given = {k: v for k, v in mapping.items() if v in columns}
    hint = " ".join([name, *(source.path.stem for source in sources)])
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


def _first_reasons(sources: Sequence[Source]) -> str:
    for source in sources:
        for record in reading.read(source):
            if isinstance(record, Broken):
                return f" (line {record.line}: {record.what})"
    return ""


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


class Ids:
    """Ids for rows that have none: the same row gets the same id in every import."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def make(self, record: Row, plan: Reading) -> str:
        """The id of a row; "" where it has no title to make one of."""
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


def made(found: Inference) -> tuple[str, ...]:
    """How ids and titles are made, in words."""
    id_from = f"id from column {found.id!r}" if found.id else "id made from the title"
    title_from = (
        f"title from column {found.title!r}"
        if found.title
        else f"title from the beginning of {found.head!r}"
    )
    title_from += ", its year taken apart" if found.dated else ""
    return (f"{id_from}; {title_from} (name others with --map id=… title=…).",)


def settled(columns: Sequence[Column], schema: Schema) -> tuple[Column, ...]:
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


def over(strong: Schema, weak: Schema) -> Schema:
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
