"""Files to rows, streamed: each row with the number of its line, each broken one with a reason.

Knows no facets and no catalogue. Memory is bounded by `MAX_RECORD`, whatever the file holds.
"""

from __future__ import annotations

import codecs
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast, get_args

from chatbot.errors import InputError
from chatbot.importing.records import Broken, Row

Format = Literal["jsonl", "json", "csv", "tsv", "parquet", "excel"]
FORMATS: tuple[str, ...] = get_args(Format)

_SAMPLE = 256 * 1024
_ENDINGS: Mapping[str, Format] = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "tsv",
    ".tab": "tsv", ".txt": "csv", ".parquet": "parquet", ".pq": "parquet", ".xlsx": "excel",
    ".xlsm": "excel",
}  # fmt: skip
_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a zip archive", "Unpack it and import the files in it."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it and import the files in it."),
    (b"Rar!", "a rar archive", "Unpack it and import the files in it."),
    (b"BZh", "compressed with bzip2", "Unpack it first (bunzip2)."),
    (b"\xfd7zXZ", "compressed with xz", "Unpack it first (unxz)."),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "Unpack it first (unzstd)."),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file", "Save it as .xlsx or CSV."),
    (b"%PDF", "a PDF", "A catalogue is a table: export it as CSV or Excel."),
    (b"SQLite format 3", "a database", "Export the table as CSV."),
    (b"\x89PNG", "a picture", "A catalogue is a table: CSV, JSON Lines, Parquet or Excel."),
    (b"\xff\xd8\xff", "a picture", "A catalogue is a table: CSV, JSON Lines, Parquet or Excel."),
    (b"\x7fELF", "a program", "A catalogue is a table: CSV, JSON Lines, Parquet or Excel."),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that can be read: its format, and how its text is written."""

    path: Path
    format: Format
    packed: bool = False
    encoding: str = ""
    delimiter: str = ""

    @property
    def description(self) -> str:
        """For people: "CSV, utf-8, separated by ;"."""
        names = {"\t": "tab", "|": "|", ";": ";", ",": "comma"}
        words = [self.format.upper() if self.format in ("csv", "tsv") else self.format]
        words += ["gzip"] * self.packed + [self.encoding] * bool(self.encoding)
        if self.delimiter:
            words.append(f"separated by {names.get(self.delimiter, self.delimiter)}")
        return ", ".join(words)


def examine(path: Path, format: str = "auto") -> Source:
    """What kind of file this is, by its ending, its first bytes and `format`.

    Raises:
        InputError: there is no such file, or it is none that can be imported; says what to do.
    """
    if format != "auto" and format not in FORMATS:
        raise InputError(f"format {format!r} is not known.", hint=f"Known: {', '.join(FORMATS)}.")
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder.", hint="Name the files in it.")
        with path.open("rb") as file:
            start = file.read(512)
        packed = start.startswith(b"\x1f\x8b")
        sample = _sample(path, packed)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.",
            hint="Check the name and the permissions.",
        ) from error
    if not sample.strip():
        raise InputError(f"{path} is empty.", hint="A catalogue needs a header and rows.")
    endings = [e.casefold() for e in path.suffixes]
    ending = endings[-1] if endings else ""
    if packed and ending == ".gz":
        ending = endings[-2] if len(endings) > 1 else ""
    found = cast(Format, format) if format != "auto" else _ENDINGS.get(ending)
    found = _checked(path, sample, found, packed)
    if found in ("parquet", "excel"):
        return Source(path, found)
    encoding = encoding_of(sample, path)
    text = sample.decode(encoding, errors="replace").lstrip("\ufeff")
    found = _shaped(text, found)
    delimiter = ""
    if found in ("csv", "tsv"):
        from chatbot.importing.tables import delimiter_of

        delimiter = "\t" if found == "tsv" else delimiter_of(text)
    return Source(path, found, packed, encoding, delimiter)


def read(source: Source) -> Iterator[Row | Broken]:
    """All records of a file, in order.

    Raises:
        InputError: the file as a whole cannot be read (a damaged Parquet or Excel file, …).
    """
    if source.format == "parquet":
        from chatbot.importing.tables import read_parquet

        yield from read_parquet(source.path)
    elif source.format == "excel":
        from chatbot.importing.tables import read_excel

        yield from read_excel(source.path)
    else:
        with _text(source) as stream:
            if source.format in ("csv", "tsv"):
                from chatbot.importing.tables import read_delimited

                yield from read_delimited(stream, source.delimiter)
            else:
                from chatbot.importing import jsons

                reader: Callable[[IO[str]], Iterator[Row | Broken]]
                reader = jsons.read_lines if source.format == "jsonl" else jsons.read_document
                yield from reader(stream)


def _sample(path: Path, packed: bool) -> bytes:
    if not packed:
        with path.open("rb") as file:
            return file.read(_SAMPLE)
    with gzip.open(path, "rb") as file:
        return file.read(_SAMPLE)


def _checked(path: Path, sample: bytes, found: Format | None, packed: bool) -> Format | None:
    """The format, after a look at the first bytes; refuses what is no table."""
    if sample.startswith(b"PAR1") and not packed:
        return "parquet"
    if sample.startswith(b"PK") and not packed and _is_workbook(path):
        return "excel"
    for magic, what, remedy in _FOREIGN:
        if sample.startswith(magic):
            raise InputError(f"{path} is {what}.", hint=remedy)
    if sample[257:262] == b"ustar":
        raise InputError(f"{path} is a tar archive.", hint="Unpack it and import the files in it.")
    if found in ("parquet", "excel"):
        remedy = "Unpack it first (gunzip)." if packed else "Check the file, or pass --format."
        raise InputError(f"{path} is not a readable {found} file.", hint=remedy)
    return found


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            size = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, OSError, lzma.LZMAError, ValueError):
        return False
    if "xl/workbook.xml" in names and size > 2_000_000_000:
        raise InputError(
            f"{path} would unpack to {size / 1e9:.0f} GB.", hint="Export the sheet as CSV."
        )
    return "xl/workbook.xml" in names


def encoding_of(sample: bytes, path: Path) -> str:
    """The encoding of a text by its first bytes.

    Raises:
        InputError: it is no text.
    """
    for mark, name in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if sample.startswith(mark):
            return name
    nulls = sample.count(0)
    if nulls > 0.2 * len(sample):
        even = sample[::2].count(0)
        if max(even, nulls - even) > 0.9 * nulls and nulls < 0.6 * len(sample):
            return "utf-16-be" if even > nulls - even else "utf-16-le"
        raise InputError(
            f"{path} is a binary file.", hint="Import CSV, TSV, JSON Lines, Parquet or Excel."
        )
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
        return "utf-8"
    except UnicodeDecodeError:
        pass
    return "gb18030" if _looks_chinese(sample) else _western(sample, path)


def _looks_chinese(sample: bytes) -> bool:
    """Whether bytes above ASCII come in the pairs of common Chinese characters (GB 2312)."""
    pairs = alone = 0
    at = 0
    while at < len(sample) - 1:
        if sample[at] < 0x80:
            at += 1
        elif 0xA1 <= sample[at] <= 0xF7 and sample[at + 1] >= 0xA1:
            pairs, at = pairs + 1, at + 2
        else:
            alone, at = alone + 1, at + 2
    return pairs > 3 * alone


def _western(sample: bytes, path: Path) -> str:
    control = sum(byte < 9 or 13 < byte < 32 for byte in sample)
    if control > 0.02 * len(sample):
        raise InputError(
            f"{path} is a binary file.", hint="Import CSV, TSV, JSON Lines, Parquet or Excel."
        )
    bad = len(sample) - len(sample.decode("utf-8", errors="ignore").encode())
    return "utf-8" if bad <= 0.001 * len(sample) else "cp1252"


def _shaped(text: str, found: Format | None) -> Format:
    """The text format by how the text begins; an ending may be wrong about JSON."""
    start = text.lstrip()
    if found in ("csv", "tsv"):
        return found
    if found == "json" or (found is None and start.startswith(("{", "["))):
        first, _, rest = start.partition("\n")
        rest = rest.lstrip()
        whole = first.rstrip().endswith("}") and (rest.startswith("{") or (not rest and not found))
        return "jsonl" if start.startswith("{") and whole else "json"
    if found == "jsonl":
        return "json" if start.startswith("[") and not start.startswith(("[]", '["')) else "jsonl"
    first = start.split("\n", 1)[0]
    return "tsv" if "\t" in first else "csv"


@contextmanager
def _text(source: Source) -> Iterator[IO[str]]:
    """The file as text; bytes outside the encoding become U+FFFD."""
    try:
        raw: IO[bytes]
        raw = cast(IO[bytes], gzip.open(source.path)) if source.packed else source.path.open("rb")
        with raw, io.TextIOWrapper(raw, encoding=source.encoding, errors="replace") as stream:
            yield stream
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"{source.path} ends too early or is damaged: {error}.", hint="Fetch it again."
        ) from error
