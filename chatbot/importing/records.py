"""Records and lines: what every reader of a file yields, whatever the file's form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

MAX_RECORD = 1_000_000
"""Longest record in characters; a longer one is reported and skipped."""

MAX_COLUMNS = 300


@dataclass(frozen=True, slots=True)
class Row:
    """One record: column name → raw value (text, number, bool, list, dict, date or None)."""

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that cannot be read, or one value in it that cannot be kept."""

    line: int
    field: str
    what: str
    value: str = ""


def lines(stream: IO[str]) -> Iterator[tuple[int, str | None]]:
    """(line number, line), bounded: a line longer than `MAX_RECORD` comes as None.

    The reading never holds more than one bounded line.
    """
    number = 0
    while True:
        line = stream.readline(MAX_RECORD + 1)
        if not line:
            return
        number += 1
        if len(line) > MAX_RECORD and not line.endswith("\n"):
            while (rest := stream.readline(MAX_RECORD)) and not rest.endswith("\n"):
                pass
            yield number, None
        else:
            yield number, line


def shortened(value: Any, size: int = 60) -> str:
    """A value for a report: one line, at most `size` characters."""
    text = " ".join(str(value)[: size * 4].split())
    return text if len(text) <= size else text[: size - 1] + "…"
