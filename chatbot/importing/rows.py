"""One raw row to one `Item`, by a schema. Every refusal names the field and what is wrong."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from retrieval.items import FacetValue, Item
from retrieval.schema import Facet, Schema

MAX_TEXT = 20_000
MAX_VALUES = 200
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class RowError(ValueError):
    """This row cannot become an item; `str(error)` says why."""


def item_from(row: Mapping[str, Any], schema: Schema) -> Item:
    """The item that `row` describes.

    `id` and `title` are required. Fields outside the schema are ignored (the caller has inferred a
    schema that has them all). Empty values are absent, not empty.

    Raises:
        RowError: id or title is missing, or a value does not have its facet's form.
    """
    item_id = clean(row.get("id"))
    title = clean(row.get("title"))
    if not item_id:
        raise RowError("id is missing or empty")
    if len(item_id) > 256:
        raise RowError("id is longer than 256 characters")
    if not title:
        raise RowError("title is missing or empty")
    if len(title) > 1000:
        raise RowError("title is longer than 1,000 characters")
    facets: dict[str, FacetValue] = {}
    for facet in schema.facets.values():
        for column in facet.columns or (facet.name,):
            if column in row:
                value = value_of(row[column], facet)
                if value is not None:
                    facets[facet.name] = value
                    break
    aka = [*_texts(row.get("aka")), *_texts(row.get("title_zh"))]
    names = tuple(dict.fromkeys(name for name in aka if name != title))
    return Item(item_id, title, facets, names)


def value_of(raw: Any, facet: Facet) -> FacetValue | None:
    """A raw value in the form of its facet; None where there is nothing.

    Raises:
        RowError: a number facet whose value is not a number.
    """
    if raw is None or raw == "" or raw == []:
        return None
    if facet.kind == "number":
        return _number(raw, facet.name)
    if facet.kind == "flag":
        return _flag(raw, facet.name)
    if facet.kind == "category":
        return tuple(dict.fromkeys(_texts(raw)))[:MAX_VALUES] or None
    return clean(raw if not isinstance(raw, list | tuple) else ", ".join(map(str, raw))) or None


def _number(raw: Any, name: str) -> float | None:
    if isinstance(raw, bool):
        raise RowError(f"{name} should be a number, not {raw!r}")
    if isinstance(raw, str):
        found = re.search(r"-?\d[\d,]*(?:\.\d+)?", raw.replace("\u00a0", " "))
        if found is None:
            raise RowError(f"{name} should be a number, not {raw[:40]!r}")
        raw = found.group().replace(",", "")
    try:
        number = float(raw)
    except (TypeError, ValueError):
        raise RowError(f"{name} should be a number, not {str(raw)[:40]!r}") from None
    return number if math.isfinite(number) else None


def _flag(raw: Any, name: str) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().casefold()
    if word in ("true", "yes", "y", "1", "是", "有"):
        return True
    if word in ("false", "no", "n", "0", "否", "无"):
        return False
    raise RowError(f"{name} should be yes or no, not {str(raw)[:40]!r}")


def _texts(raw: Any) -> list[str]:
    """A list of clean texts from a list, or from one text whose parts are marked by | or ;."""
    if raw is None:
        return []
    if isinstance(raw, str):
        raw = re.split(r"[|;；]", raw) if re.search(r"[|;；]", raw) else [raw]
    elif not isinstance(raw, list | tuple):
        raw = [int(raw) if isinstance(raw, float) and raw.is_integer() else raw]
    return [text for text in map(clean, raw) if text]


def clean(raw: Any) -> str:
    r"""Text without control and direction characters, spaces collapsed, at most `MAX_TEXT` long.

    >>> clean("  Al\u202eien\n\t ")
    'Alien'
    """
    if raw is None or (isinstance(raw, float) and math.isnan(raw)):
        return ""
    text = unicodedata.normalize("NFC", str(raw))
    return " ".join(_CONTROL.sub("", text).split())[:MAX_TEXT]
