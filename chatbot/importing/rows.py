"""One raw row to one `Item`, by a schema. Every refusal names the field and what is wrong."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from chatbot.importing.codes import language_name
from retrieval.columns import DEFAULT_SEPARATOR, flag, missing, parts, unmarked
from retrieval.items import FacetValue, Item
from retrieval.quantities import CURRENCIES, in_unit, quantity, year_of
from retrieval.schema import Facet, Schema

MAX_ID = 256
MAX_TITLE = 1000
MAX_TEXT = 20_000
MAX_VALUE = 300
MAX_VALUES = 200
MAX_NAMES = 30
# C0 and C1 controls, zero-width and direction characters, halves of surrogate pairs.
_CONTROL = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_DATED = re.compile(r"(.+?)\s*[(（](\d{4})[)）]")
_ARTICLE = re.compile(r"^(.*), (The|A|An|Le|La|Les|L'|Il|Lo|I|Der|Die|Das|El|Los|Las)$")


class RowError(ValueError):
    """This row cannot become an item; `str(error)` says why."""

    def __init__(self, message: str, *, field: str = "", value: Any = None) -> None:
        super().__init__(message)
        self.field = field
        self.value = value


@dataclass(frozen=True, slots=True)
class Reading:
    """How the columns of a file are read where the schema does not say.

    Attributes:
        id, title, aka: columns.
        head: text column whose beginning is the title where there is no title column.
        separators: column → characters that part several values; "" = none do.
        markup: columns written in HTML.
        dated: titles are written "Matrix, The (1999)".
    """

    id: str = "id"
    title: str = "title"
    aka: tuple[str, ...] = ("aka", "title_zh")
    head: str = ""
    separators: Mapping[str, str] = field(default_factory=dict)
    markup: frozenset[str] = frozenset()
    dated: bool = False


def item_from(row: Mapping[str, Any], schema: Schema) -> Item:
    """The item that a row with the contract's field names describes.

    `id` and `title` are required. Fields outside the schema are ignored (the caller has inferred a
    schema that has them all). Empty values are absent, not empty.

    Raises:
        RowError: id or title is missing, or a value does not have its facet's form.
    """
    item, refused = read_item(row, schema, Reading())
    if refused:
        raise refused[0]
    return item


def read_item(
    row: Mapping[str, Any], schema: Schema, reading: Reading
) -> tuple[Item, tuple[RowError, ...]]:
    """The item of a row, and the values in it that do not fit and were left out.

    Raises:
        RowError: id or title is missing or unusable.
    """
    title = _title(row, reading)
    item_id = clean(_whole(row.get(reading.id)))
    if not item_id:
        raise RowError("id is missing or empty", field=reading.id or "id")
    if len(item_id) > MAX_ID:
        raise RowError(f"id is longer than {MAX_ID} characters", field=reading.id, value=item_id)
    facets: dict[str, FacetValue] = {}
    if reading.dated and (dated := _DATED.fullmatch(title)):
        title = _ARTICLE.sub(r"\2 \1", dated.group(1)).replace("' ", "'")
        if "year" in schema.facets:
            facets["year"] = float(dated.group(2))
    refused: list[RowError] = []
    for facet in schema.facets.values():
        for column in facet.columns or (facet.name,):
            raw = row.get(column)
            if missing(raw):
                continue
            try:
                value = value_of(raw, facet, reading.separators.get(column, DEFAULT_SEPARATOR))
            except RowError as error:
                error.field, error.value = column, raw
                refused.append(error)
                continue
            if isinstance(value, str) and column in reading.markup:
                value = unmarked(value)
            if value is not None and value != "":
                facets[facet.name] = value
                break
    return Item(item_id, title, facets, _names(row, reading, title)), tuple(refused)


def _title(row: Mapping[str, Any], reading: Reading) -> str:
    title = clean(row.get(reading.title)) if reading.title else ""
    if not title:  # a row may give only another name
        title = next((n for n in (clean(row.get(column)) for column in reading.aka) if n), "")
    if not title and reading.head:
        from retrieval.sheet import head_of

        text = row.get(reading.head)
        title = (
            "" if missing(text) else clean(head_of(str(text)) or " ".join(str(text).split()[:8]))
        )
    if not title:
        raise RowError("title is missing or empty", field=reading.title or "title")
    if len(title) > MAX_TITLE:
        raise RowError(
            f"title is longer than {MAX_TITLE:,} characters", field=reading.title, value=title
        )
    return title


def _names(row: Mapping[str, Any], reading: Reading, title: str) -> tuple[str, ...]:
    found: list[str] = []
    for column in reading.aka:
        if not missing(row.get(column)):
            found += _texts(row[column], reading.separators.get(column, DEFAULT_SEPARATOR))
    # 「月黑高飞(港)」: where a name is used is no part of it.
    names = (re.sub(r"\s*[(（][港台陆美英日韩法/]{1,4}[)）]$", "", name) for name in found)
    return tuple(dict.fromkeys(n for n in names if n and n != title))[:MAX_NAMES]


def value_of(raw: Any, facet: Facet, separator: str = DEFAULT_SEPARATOR) -> FacetValue | None:
    """A raw value in the form of its facet; None where there is nothing.

    Raises:
        RowError: the value does not have that form.
    """
    if missing(raw):
        return None
    if facet.kind == "number":
        return _number(raw, facet)
    if facet.kind == "flag":
        value = flag(raw)
        if value is None:
            raise RowError(f"{facet.name} should be yes or no, not {str(raw)[:40]!r}")
        return value
    if facet.kind == "category":
        values = _texts(raw, separator)
        if facet.name == "language":
            told = {*facet.synonyms, *facet.value_labels}
            values = [v if v in told else language_name(v) for v in values]
        return tuple(dict.fromkeys(values))[:MAX_VALUES] or None
    listed = isinstance(raw, list | tuple | dict) or (isinstance(raw, str) and raw[:1] in "[{")
    text = clean(" ".join(map(str, parts(raw, "")))) if listed else clean(raw)
    if facet.kind == "link":
        return _link(text, facet)
    return text or None


def _number(raw: Any, facet: Facet) -> float | None:
    wrong = f"{facet.name} should be a number, not {str(raw)[:40]!r}"
    if isinstance(raw, bool):
        raise RowError(wrong)
    if facet.name == "year" or facet.name.endswith("_year"):
        year = year_of(raw)
        if year is None:
            raise RowError(f"{facet.name} should be a year or a date, not {str(raw)[:40]!r}")
        return year
    found = quantity(raw)
    if found is None:
        raise RowError(wrong)
    if found.unit == "free" and facet.unit not in CURRENCIES and facet.name != "price":
        raise RowError(wrong)
    number = in_unit(found, facet.unit)
    if number is None:
        raise RowError(f"{facet.name} is in {facet.unit}, not {found.unit}: {str(raw)[:40]!r}")
    return number if math.isfinite(number) else None


def _link(text: str, facet: Facet) -> str | None:
    """Web addresses and paths only: `javascript:` and its kind lead nowhere good."""
    scheme = re.match(r"[a-z][a-z0-9+.-]*(?=:)", text, re.IGNORECASE)
    if scheme and scheme.group().casefold() not in ("http", "https"):
        raise RowError(f"{facet.name} should be a web address, not {text[:40]!r}")
    return text[:2000] or None


def _texts(raw: Any, separator: str) -> list[str]:
    values = (clean(_whole(value))[:MAX_VALUE].rstrip() for value in parts(raw, separator))
    return [text for text in values if text]


def _whole(raw: Any) -> Any:
    """5.0 as 5: spreadsheets and data frames write whole numbers so."""
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        return int(raw)
    return (
        raw.isoformat(" ")
        if isinstance(raw, datetime)
        else str(raw)
        if isinstance(raw, date)
        else raw
    )


def clean(raw: Any) -> str:
    r"""Text without control and direction characters, spaces collapsed, at most `MAX_TEXT` long.

    >>> clean("  Al\u202eien\n\t ")
    'Alien'
    """
    if raw is None or (isinstance(raw, float) and math.isnan(raw)):
        return ""
    text = unicodedata.normalize("NFC", str(raw))
    return " ".join(_CONTROL.sub("", text).split())[:MAX_TEXT]
