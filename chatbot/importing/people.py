"""`import --users`: files of what an operator knows about people, each column an attribute."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from chatbot.errors import InputError
from chatbot.importing import files as reading
from chatbot.importing.feedback import USER
from chatbot.importing.files import Source
from chatbot.importing.records import Broken, Row, shortened
from chatbot.importing.rows import clean
from chatbot.storage.database import Database
from chatbot.storage.people import StoredPeople
from retrieval.columns import missing
from retrieval.headers import read_header

MAX_VALUES = 60
"""A column with more different values describes single people (a name, a street, a birthday): it is
left out."""

MAX_LENGTH = 60
MAX_TOLD = 30
_NAMES = (*USER, "id")


@dataclass
class PeopleReport:
    """What became of files of people.

    Attributes:
        read, taken, refused: records.
        attributes: attribute → number of different values, of what was kept.
        left_out: column → why it was not kept.
        problems: what was refused, in words; the first 20.
    """

    read: int = 0
    taken: int = 0
    refused: int = 0
    attributes: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    dry_run: bool = False

    @property
    def ok(self) -> bool:
        """Whether anything that was offered could be taken."""
        return not self.read or self.taken > 0

    def shape(self) -> dict[str, object]:
        """The whole report for JSON."""
        return asdict(self)

    def to_text(self) -> str:
        """The report for a terminal."""
        would = "would be " if self.dry_run else ""
        out = [
            f"people: {self.read:,} read, {self.taken:,} {would}taken, {self.refused:,} refused."
        ]
        for name, count in self.attributes.items():
            out.append(f"  {name}: {count} values")
        for name, why in self.left_out.items():
            out.append(f"  {name}: left out, {why}")
        return "\n".join([*out, *(f"  {p}" for p in self.problems)]) + "\n"


def import_people(
    database: Database,
    name: str,
    paths: Sequence[Path],
    mapping: Mapping[str, str],
    *,
    dry_run: bool = False,
) -> PeopleReport:
    """Keep the attributes of people for a catalogue, replacing what is kept of the same people.

    Args:
        database: where to.
        name: the catalogue.
        paths: tables with a column of users; every other column with few values is an attribute.
        mapping: "user" → column where it cannot be guessed.
        dry_run: read and report only.

    Raises:
        InputError: a file cannot be read, or has no column of users.
    """
    report = PeopleReport(dry_run=dry_run)
    rows: dict[str, dict[str, str]] = {}
    for path in paths:
        for user, values in _read(reading.examine(path, "auto"), mapping, report):
            rows.setdefault(user, {}).update(values)
    kept = _attributes(rows, report)
    about = {u: {k: v for k, v in values.items() if k in kept} for u, values in rows.items()}
    report.taken = len(about)
    if not dry_run and about:
        StoredPeople(database).put(name, about.items())
    return report


def _read(
    source: Source, mapping: Mapping[str, str], report: PeopleReport
) -> Iterator[tuple[str, dict[str, str]]]:
    column = ""
    for record in reading.read(source):
        report.read += 1
        if isinstance(record, Broken):
            _refuse(report, source, record.line, record.what)
            continue
        column = column or _column(record, source, mapping)
        user = _text(record.values.get(column))
        if not user or len(user) > 256:
            _refuse(report, source, record.line, f"{column} is missing or too long")
            continue
        told = ((attribute(k), _text(v)) for k, v in record.values.items() if k != column)
        yield user, {key: value for key, value in told if key and value}


def attribute(name: str) -> str:
    """An attribute's name as it is kept, whatever its case and spelling.

    >>> attribute("Age_Group"), attribute(" 年龄 ")
    ('age group', '年龄')
    """
    return clean(name).replace("_", " ").casefold().strip()


def attributes(told: Mapping[str, str]) -> dict[str, str]:
    """Attributes as a program tells them, named as those of files are.

    Raises:
        InputError: too many, or too long.
    """
    found = {attribute(k): clean(v) for k, v in told.items()}
    if len(found) > MAX_TOLD or any(
        len(text) > MAX_LENGTH for pair in found.items() for text in pair
    ):
        raise InputError(f"at most {MAX_TOLD} attributes of {MAX_LENGTH} characters may be told.")
    return {name: value for name, value in found.items() if name and value}


def _column(record: Row, source: Source, mapping: Mapping[str, str]) -> str:
    keys = {read_header(name).key: name for name in reversed(list(record.values))}
    told = mapping.get("user", "")
    found = told if told in record.values else next((keys[n] for n in _NAMES if n in keys), "")
    if not found:
        raise InputError(
            f"{source.path} has no column for the user.",
            hint=f"Name it: --map user=COLUMN. Columns: {', '.join(record.values)[:300]}.",
        )
    return found


def _attributes(rows: Mapping[str, Mapping[str, str]], report: PeopleReport) -> set[str]:
    """Columns that describe kinds of people; the others are left out, and reported."""
    values: dict[str, set[str]] = {}
    for about in rows.values():
        for key, value in about.items():
            values.setdefault(key, set()).add(value)
    for key, found in sorted(values.items()):
        if len(found) > MAX_VALUES:
            report.left_out[key] = f"{len(found):,} different values describe single people"
        elif max(map(len, found)) > MAX_LENGTH:
            report.left_out[key] = f"a value has more than {MAX_LENGTH} characters"
        else:
            report.attributes[key] = len(found)
    return set(report.attributes)


def _refuse(report: PeopleReport, source: Source, line: int, what: str) -> None:
    report.refused += 1
    if len(report.problems) < 20:
        report.problems.append(f"{source.path.name}, line {line}: {shortened(what)}")


def _text(raw: object) -> str:
    """A value as text; 5.0 is written as 5."""
    if missing(raw):
        return ""
    if isinstance(raw, float) and math.isfinite(raw) and raw.is_integer():
        raw = int(raw)
    return clean(raw)
