"""What an import did, as a frozen value, as text for people and as JSON."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from retrieval.infer import Column
from retrieval.schema import Schema

KEPT = 1000
"""So many single problems are kept in a report; all are counted."""

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing in a file that was not taken as it is.

    `kind`: "refused" (the whole record), "left out" (one value of it), "replaced" (a later record
    has the same id) or "unknown item" (interactions and dialogues).
    """

    file: str
    line: int
    field: str
    what: str
    value: str = ""
    kind: Literal["refused", "left out", "replaced", "unknown item"] = "refused"


@dataclass(frozen=True, slots=True)
class Part:
    """Counts of one kind of data: records read, and what became of them."""

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    refused: int = 0
    left_out: int = 0
    replaced: int = 0
    unknown: int = 0

    @property
    def taken(self) -> int:
        """Records that are in the catalogue now because of this import, or were already."""
        return self.added + self.changed + self.unchanged


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did (or, after a dry run, would do).

    Attributes:
        files: name and description of every file that was read.
        problems: the first `KEPT` of them, in reading order; the counts count all.
        columns: what became of each column of the item files.
        made: how id and title were found, in words.
        revision: the catalogue's revision, "" after a dry run or where nothing changed.
    """

    catalogue: str
    dry_run: bool
    files: tuple[tuple[str, str], ...] = ()
    items: Part = field(default_factory=Part)
    interactions: Part = field(default_factory=Part)
    dialogues: Part = field(default_factory=Part)
    problems: tuple[Problem, ...] = ()
    columns: tuple[Column, ...] = ()
    schema: Schema | None = None
    made: tuple[str, ...] = ()
    revision: str = ""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether anything that was offered could be taken."""
        parts = (self.items, self.interactions, self.dialogues)
        offered = sum(p.read for p in parts)
        return not offered or any(p.taken for p in parts) or self.items.deleted > 0

    def shape(self) -> dict[str, object]:
        """The whole report for JSON."""
        return dataclasses.asdict(self)

    def to_json(self) -> str:
        """The whole report as one JSON object."""
        return json.dumps(self.shape(), ensure_ascii=False, default=list)

    def to_text(self) -> str:
        """The report for a terminal."""
        out = [f"{name}: {what}" for name, what in self.files]
        out += [*self.made]
        if self.columns and self.schema is not None:
            out += ["", *_table(self.columns, self.schema), *_speech(self.schema)]
        out += ["", *self._counts()]
        out += self._problems()
        return "\n".join(out).strip() + "\n"

    def _counts(self) -> list[str]:
        would = "would be " if self.dry_run else ""
        out: list[str] = []
        for name, part in (
            ("items", self.items),
            ("interactions", self.interactions),
            ("dialogues", self.dialogues),
        ):
            if not part.read and not part.deleted:
                continue
            words = [f"{part.read:,} read", f"{part.added:,} {would}added"]
            for count, what in (
                (part.changed, f"{would}changed"),
                (part.unchanged, "unchanged"),
                (part.deleted, f"{would}deleted"),
                (part.refused, "refused"),
                (part.replaced, "replaced by a later one with the same id"),
                (part.left_out, "values left out"),
                (part.unknown, "about unknown items"),
            ):
                if count:
                    words.append(f"{count:,} {what}")
            out.append(f"{name}: " + ", ".join(words) + ".")
        end = "Dry run: nothing was written." if self.dry_run else ""
        done = f"Catalogue {self.catalogue!r} is ready" if self.ok else "Nothing was imported"
        out.append(end or f"{done} ({self.seconds:.1f} s).")
        return out

    def _problems(self) -> list[str]:
        if not self.problems:
            return []
        parts = (self.items, self.interactions, self.dialogues)
        total = sum(p.refused + p.left_out + p.replaced + p.unknown for p in parts)
        out = ["", "What was not taken as it is:"]
        # Refused records first: they are what an operator has to look at.
        order = {"refused": 0, "left out": 1, "replaced": 2, "unknown item": 3}
        for p in sorted(self.problems, key=lambda p: order[p.kind])[:_SHOWN]:
            where = f"{p.file}, line {p.line}" + (f", {p.field}" if p.field else "")
            value = f"  [{p.value}]" if p.value else ""
            out.append(f"  {where}: {p.what} ({p.kind}){value}")
        if total > _SHOWN:
            out.append(f"  … and {total - _SHOWN:,} more.")
        return out


def _table(columns: Sequence[Column], schema: Schema) -> list[str]:
    rows = [("column", "becomes", "as", "filled", "examples")]
    for column in columns:
        facet = schema.facets.get(column.facet)
        if column.facet in ("id", "title", "aka"):
            kind = "other names" if column.facet == "aka" else ""
        elif facet is None:
            kind = column.note
        else:
            kind = facet.kind + (", several" if facet.many else "")
            kind += f" in {facet.unit}" if facet.unit else ""
            kind += ", people" if facet.role == "person" else ""
            kind += f": {' < '.join(facet.order)}" if facet.order else ""
            kind += f" ({column.note})" if column.note else ""
        examples = "; ".join(e[:24] for e in column.examples[:3])
        name = column.facet or "(left out)"
        rows.append((column.name, name, kind, f"{column.filled:.0%}", examples))
    limits = (28, 22, 44, 6, 60)
    cells = [[_cut(cell, limit) for cell, limit in zip(row, limits, strict=True)] for row in rows]
    widths = [max(_width(row[i]) for row in cells) for i in range(5)]
    return [
        "  ".join(c + " " * (w - _width(c)) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _speech(schema: Schema) -> list[str]:
    one, many, verb = (words.get("en", "") for words in (schema.noun, schema.nouns, schema.verb))
    zh = f"{schema.verb.get('zh', '')}{schema.noun.get('zh', '')}"
    found = ", ".join(schema.languages)
    return [f"Speaks of: {one}/{many} ({verb}; {zh}). Language of the texts: {found}."]


def _cut(text: str, limit: int) -> str:
    text = " ".join(text.split())
    while _width(text) > limit:
        text = text[: max(1, len(text) - 2)].rstrip("…") + "…"
    return text


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
