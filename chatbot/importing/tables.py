"""CSV, TSV, Parquet and Excel to rows. See `chatbot.importing.files`."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mode
from typing import IO, Any

from chatbot.errors import InputError
from chatbot.importing.records import MAX_COLUMNS, MAX_RECORD, Broken, Row, lines, shortened
from retrieval.headers import IDS, TITLES, read_header

_MAX_SPAN = 500
"""Lines that one quoted cell may span; more means that a quote was never closed."""

_EXPECTED = frozenset((*IDS, *TITLES, "user", "userid", "item", "rating"))
_SHEET_ERROR = re.compile(r"#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NULL!|NUM!)")


class _Runaway(Exception):
    """A quoted cell goes on for too long."""


class _Lines:
    """Lines for `csv.reader`, remembering those of the row under way so that a row with a quote
    that is never closed can be given up and the lines after it read again.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._source = lines(stream)
        self._again: deque[tuple[int, str | None]] = deque()
        self.row: list[tuple[int, str]] = []
        self.size = 0
        self.skipped: list[int] = []
        self.ended = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        while True:
            number, line = self._again.popleft() if self._again else next(self._source, (0, ""))
            if number == 0:
                self.ended = True
                raise StopIteration
            if line is None:
                self.skipped.append(number)
                continue
            self.row.append((number, line))
            self.size += len(line)
            if len(self.row) > _MAX_SPAN or self.size > 2 * MAX_RECORD:
                raise _Runaway
            return line

    def next_row(self) -> None:
        """The row under way is complete."""
        self.row.clear()
        self.size = 0

    def give_up(self) -> tuple[int, str]:
        """Drop the first line of the row under way; the others will be read again."""
        first, *rest = self.row
        self._again.extendleft(reversed(rest))
        self.next_row()
        self.ended = False
        return first


def read_delimited(stream: IO[str], delimiter: str) -> Iterator[Row | Broken]:
    """The rows under a header line."""
    csv.field_size_limit(MAX_RECORD)
    source = _Lines(stream)
    header: tuple[str, ...] = ()
    for line, found in _records(source, delimiter):
        if not header and (source.skipped or isinstance(found, Broken)):
            raise InputError(
                "the line with the names of the columns cannot be read: it is too long or broken.",
                hint="Look at the beginning of the file.",
            )
        if isinstance(found, Broken):
            yield found
        elif not any(cell.strip() for cell in found):
            continue
        elif not header:
            header = _header(found)
        elif len(found) > len(header) and any(cell.strip() for cell in found[len(header) :]):
            what = f"{len(found)} cells under {len(header)} headers"
            yield Broken(line, "", what, shortened(delimiter.join(found)))
        else:
            yield Row(line, dict(zip(header, found, strict=False)))


def _records(source: _Lines, delimiter: str) -> Iterator[tuple[int, list[str] | Broken]]:
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except (_Runaway, csv.Error):
            one_line = len(source.row) == 1 and not source.ended
            line, text = source.give_up()
            reader = csv.reader(source, delimiter=delimiter, strict=True)
            if one_line:  # quotes inside quotes: read as well as it goes
                yield line, next(csv.reader([text], delimiter=delimiter))
            else:
                what = "a quote is opened and never closed"
                yield line, Broken(line, "", what, shortened(text))
            continue
        line = source.row[0][0] if source.row else 0
        source.next_row()
        yield line, cells
        yield from _too_long(source)
    yield from _too_long(source)


def _too_long(source: _Lines) -> Iterator[tuple[int, Broken]]:
    for number in source.skipped:
        yield number, Broken(number, "", f"the line is longer than {MAX_RECORD:,} characters")
    source.skipped.clear()


def _header(cells: Sequence[Any]) -> tuple[str, ...]:
    """Names of columns: an empty one is numbered, a repeated one is marked."""
    texts = [str(cell).strip() for cell in cells if cell is not None]
    named = any(read_header(text).key in _EXPECTED for text in texts)
    numeric = any(re.fullmatch(r"-?\d+(?:\.\d+)?", text) for text in texts)
    if any(len(text) > 100 for text in texts) or (numeric and not named):
        raise InputError(
            f"the first line looks like a row, not like names of columns: {shortened(texts)}.",
            hint="Put a line with the names of the columns above it, e.g. id,title,description.",
        )
    names: list[str] = []
    for place, cell in enumerate(cells, 1):
        text = "" if cell is None else " ".join(str(cell).replace("\ufeff", "").split())
        name = text.split(":token")[0].split(":float")[0][:100] or f"unnamed {place}"
        while name in names:
            name += " (again)"
        names.append(name)
    if len(names) > MAX_COLUMNS:
        raise InputError(
            f"the header names {len(names):,} columns.", hint=f"At most {MAX_COLUMNS} are read."
        )
    return tuple(names)


def delimiter_of(text: str) -> str:
    """The character that parts the cells in most of the first lines."""
    sample = text if text.count("\n") < 2 else text[: text.rfind("\n")]
    best, best_score = ",", 0.0
    for delimiter in (",", "\t", ";", "|"):
        try:
            rows = list(csv.reader(io.StringIO(sample[:65536], newline=""), delimiter=delimiter))
        except csv.Error:
            continue
        widths = [len(row) for row in rows[:200] if row]
        if not widths or len(rows[0]) < 2:
            continue
        common = mode(widths)
        score = widths.count(common) / len(widths) * (common > 1) + 0.01 * min(common, 20)
        if score > best_score and common > 1:
            best, best_score = delimiter, score
    return best


def read_parquet(path: Path) -> Iterator[Row | Broken]:
    """The rows of a Parquet file, in batches."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            if len(file.schema_arrow.names) > MAX_COLUMNS:
                raise InputError(f"{path} has more than {MAX_COLUMNS} columns.")
            for batch in file.iter_batches(batch_size=1000):
                for values in batch.to_pylist():
                    number += 1
                    yield Row(number, {k: _simple(v) for k, v in values.items()})
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}.",
            hint="Write it again.",
        ) from error


def read_excel(path: Path) -> Iterator[Row | Broken]:
    """The rows of a workbook's first sheet with a table; formulas by their stored results."""
    import warnings
    import zlib
    from xml.etree.ElementTree import ParseError

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    damage = (InvalidFileException, zipfile.BadZipFile, zlib.error, ParseError, EOFError, KeyError,
              ValueError, TypeError, OSError)  # fmt: skip
    try:
        with path.open("rb") as file:
            with warnings.catch_warnings():  # styles and extensions that do not matter here
                warnings.simplefilter("ignore")
                book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            for sheet in book.worksheets:
                found = False
                for record in _sheet(sheet):
                    found = True
                    yield record
                if found:
                    return
    except damage as error:
        raise InputError(
            f"{path} cannot be read as Excel: {error}.", hint="Save it again as .xlsx or as CSV."
        ) from error


def _sheet(sheet: Any) -> Iterator[Row | Broken]:
    header: tuple[str, ...] = ()
    for line, cells in enumerate(_quietly(sheet.iter_rows(values_only=True)), 1):
        filled = [cell for cell in cells if cell not in (None, "")]
        if not filled:
            continue
        if not header:
            # A lone cell above the table is its caption.
            if len(filled) > 1 or len(cells) == 1:
                header = _header(_trimmed(cells))
            continue
        if any(isinstance(c, str) and len(c) > MAX_RECORD for c in filled):
            yield Broken(line, "", f"a cell is longer than {MAX_RECORD:,} characters")
            continue
        yield Row(line, {k: _error_free(v) for k, v in zip(header, cells, strict=False)})


def _quietly(rows: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """The rows, without warnings about dates that are none."""
    import warnings

    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            row = next(rows, None)
        if row is None:
            return
        yield row


def _trimmed(cells: Sequence[Any]) -> Sequence[Any]:
    last = max(i for i, cell in enumerate(cells) if cell not in (None, ""))
    return cells[: last + 1]


def _error_free(cell: Any) -> Any:
    return (
        None
        if isinstance(cell, str)
        and re.fullmatch(r"#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NULL!|NUM!)", cell)
        else cell
    )


def _simple(value: Any) -> Any:
    """A value of a Parquet cell as JSON would have it."""
    if isinstance(value, bytes):
        return value[:1000].decode("utf-8", errors="replace")
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return dict(value)
    return value
