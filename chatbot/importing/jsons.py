"""JSON Lines and JSON documents to rows. See `chatbot.importing.files`."""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Iterator
from typing import IO, Any

from chatbot.importing.records import MAX_COLUMNS, MAX_RECORD, Broken, Row, lines, shortened

_MAX_DOCUMENT = 64 * 1024 * 1024
_TOO_LONG = f"the record is longer than {MAX_RECORD:,} characters"


def read_lines(stream: IO[str]) -> Iterator[Row | Broken]:
    """One object a line, in JSON or as Python writes it."""
    for number, line in lines(stream):
        if line is None:
            yield Broken(number, "", _TOO_LONG)
        elif line.strip("\ufeff \t\r\n"):
            yield _record(number, line.strip("\ufeff \t\r\n"))


def read_document(stream: IO[str]) -> Iterator[Row | Broken]:
    """An array of objects, streamed; or one object that holds such an array, or objects by id."""
    head = ""
    while not head.strip("\ufeff \t\r\n"):
        head = stream.read(65536)
        if not head:
            return
    head = head.lstrip("\ufeff \t\r\n")
    if head.startswith("["):
        yield from _array(head[1:], stream)
        return
    text = head + stream.read(_MAX_DOCUMENT)
    if len(text) > _MAX_DOCUMENT:
        yield Broken(1, "", "one JSON object this large cannot be read; use JSON Lines")
        return
    value, why = _parsed(text)
    if why:
        yield Broken(1, "", why, shortened(text))
        return
    for number, record in enumerate(_records(value), 1):
        yield _row(number, record)


def _array(buffer: str, stream: IO[str]) -> Iterator[Row | Broken]:
    """The elements of an array whose "[" has been read. Numbers count elements."""
    decoder = json.JSONDecoder()
    number, ended = 0, False
    while True:
        buffer = buffer.lstrip(" \t\r\n,")
        if buffer.startswith("]"):
            return
        try:
            value, end = decoder.raw_decode(buffer)
            # A number or literal at the very end may go on in the next piece.
            whole = end < len(buffer) or ended
        except RecursionError:
            yield Broken(number + 1, "", "nested too deeply; the rest of the file was not read")
            return
        except ValueError as error:
            value, end, whole = None, 0, False
            if ended:
                if buffer:
                    what = f"not JSON ({_short(error)}); the rest of the file was not read"
                    yield Broken(number + 1, "", what, shortened(buffer))
                return
        if whole:
            number += 1
            yield _row(number, value)
            buffer = buffer[end:]
            continue
        if len(buffer) > 4 * MAX_RECORD:
            what = "not JSON, or an element that is too long; the rest of the file was not read"
            yield Broken(number + 1, "", what, shortened(buffer))
            return
        # Twice as much at each try keeps the work linear for long elements.
        piece = stream.read(max(65536, len(buffer)))
        ended = not piece
        buffer += piece


def _record(number: int, line: str) -> Row | Broken:
    value, why = _parsed(line)
    if why and line.startswith(("{'", '{u"', "{u'", '{"')) and line.endswith("}"):
        value, other = _python(line)
        why = why if other else ""
    if why:
        return Broken(number, "", why, shortened(line))
    return _row(number, value)


def _row(number: int, value: Any) -> Row | Broken:
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], dict):
        name, value = value
        value = value if name in value.values() else {"name": name, **value}
    if not isinstance(value, dict):
        return Broken(number, "", "not an object with named fields", shortened(value))
    flat: dict[str, Any] = {}
    for key, cell in value.items():
        if isinstance(cell, dict) and 0 < len(cell) <= 30:
            flat.update({f"{key} {inner}": deep for inner, deep in cell.items()})
        else:
            flat[str(key)] = cell
    if len(flat) > MAX_COLUMNS:
        return Broken(number, "", f"more than {MAX_COLUMNS} fields", shortened(list(flat)[:5]))
    return Row(number, flat)


def _parsed(text: str) -> tuple[Any, str]:
    """The value, or None and why there is none."""
    try:
        return json.loads(text), ""
    except RecursionError:
        return None, "nested too deeply"
    except ValueError as error:
        return None, f"not JSON ({_short(error)})"


def _python(text: str) -> tuple[Any, str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.literal_eval(text), ""
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError) as error:
        return None, type(error).__name__


def _short(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1}"
    return str(error).split(";")[0][:80]


def _records(value: Any) -> list[Any]:
    """The rows inside a document: its longest list of objects, or its objects by id."""
    if not isinstance(value, dict):
        return [value]
    found: list[list[Any]] = [
        v for v in value.values() if isinstance(v, list) and v and isinstance(v[0], dict)
    ]
    if found:
        return max(found, key=lambda rows: len(rows))
    if len(value) > 1 and all(isinstance(v, dict) for v in value.values()):
        return [{"id": key, **inner} for key, inner in value.items()]
    return [value]
