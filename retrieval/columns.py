"""What the values of one column show: numbers, dates, lists, flags, links, categories or prose.

Knows no headers and no files; `retrieval.infer` adds what the header says.
"""

from __future__ import annotations

import ast
import html
import json
import re
import warnings
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from retrieval.quantities import is_date, quantity
from retrieval.scales import order_of
from retrieval.schema import Kind

DEFAULT_SEPARATOR = "|;；"
_MISSING = frozenset(
    ["", "n/a", "na", "null", "none", "nan", "-", "--", "—", "\\n", "unknown", "tbd", "tba", "[]",
     "{}", "[none]", "#n/a", "暂无", "未知", "不详", "待定"]
)  # fmt: skip
_YES = frozenset(["true", "yes", "y", "t", "是", "有", "对"])
_NO = frozenset(["false", "no", "n", "f", "否", "无", "没有"])
_LINK = re.compile(r"(?:https?:)?//[^\s/]+\S*", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?:$|\?)", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:br|p|b|i|u|ul|ol|li|div|span|strong|em|h[1-6]|a|img|table|t[drh]|tbody|font|hr)\b[^<>]*>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a column's values show.

    Attributes:
        kind: "date" besides the kinds of facets; "" where every value is missing.
        many: whether a cell holds several values.
        separator: characters that part several values in a text cell; "" where none do.
        unit: most common unit of the numbers, "" for none.
        order: the values of an ordered category, from least to most.
        filled: share of rows with a value.
        distinct: distinct values / values; 1.0 = no value repeats.
        length: median length of a cell's text.
        picture: for links: whether they lead to pictures.
        markup: for text: whether it is written in HTML.
    """

    kind: Kind | str
    many: bool = False
    separator: str = ""
    unit: str = ""
    order: tuple[str, ...] = ()
    filled: float = 0.0
    distinct: float = 1.0
    length: float = 0.0
    picture: bool = False
    markup: bool = False


def look(cells: Sequence[Any], *, people: bool = False) -> Look:
    """What `cells` (one a row) show. `people`: the header speaks of people."""
    present = [cell for cell in cells if not missing(cell)]
    if not present:
        return Look("")
    filled = len(present) / len(cells)
    distinct = len({_hashable(cell) for cell in present}) / len(present)
    texts = [cell if isinstance(cell, str) else str(cell) for cell in present]
    length = float(median(map(len, texts)))
    base = Look("text", filled=filled, distinct=distinct, length=length)
    if _share(isinstance(c, bool) or _flag_word(c) for c in present) >= 0.98 and distinct < 1:
        return replace(base, kind="flag")
    if _share(isinstance(c, str) and bool(_LINK.fullmatch(c.strip())) for c in present) >= 0.8:
        pictures = _share(bool(_PICTURE.search(t)) for t in texts)
        return replace(base, kind="link", picture=pictures > 0.5)
    if _share(map(is_date, present)) >= 0.9:
        return replace(base, kind="date")
    numbers = [quantity(cell) for cell in present]
    found = [n for n in numbers if n is not None]
    coded = any(re.fullmatch(r"0\d+", t.strip()) for t in texts)
    if len(found) >= 0.9 * len(present) and not coded:
        units = Counter(n.unit for n in found if n.unit not in ("", "free"))
        common = units.most_common(1)
        return replace(base, kind="number", unit=common[0][0] if common else "")
    return _words(present, texts, base, people)


def _words(present: Sequence[Any], texts: Sequence[str], base: Look, people: bool) -> Look:
    lists = [isinstance(c, list | tuple) or _literal(c) is not None for c in present]
    if _share(lists) >= 0.5:
        pieces = [len(str(part)) for cell in present for part in parts(cell)]
        if median(pieces or [0]) > 50:  # sentences, not values
            return base
        return replace(base, kind="category", many=True, separator=DEFAULT_SEPARATOR)
    if _share(bool(_TAG.search(t)) for t in texts) >= 0.1:
        return replace(base, markup=True)
    separator = _separator(texts, people)
    if separator:
        return replace(base, kind="category", many=True, separator=separator)
    short = base.length <= 40 and max(map(len, texts)) <= 120
    if people and base.length <= 60:
        return replace(base, kind="category")
    few = len(present) < 20 and base.length <= 25
    if short and (base.distinct <= 0.6 or few):
        return replace(base, kind="category", order=order_of(texts))
    return base


def _separator(texts: Sequence[str], people: bool) -> str:
    for separator in ("|", ";；", "、", " / ", "/", ",，"):
        mark = re.compile(
            "|".join(map(re.escape, [separator] if separator == " / " else separator))
        )
        cells = [[p.strip() for p in mark.split(t)] for t in texts]
        listed = [c for c in cells if len(c) > 1]
        if len(listed) < max(1, 0.05 * len(cells)):
            continue
        pieces = [p for c in listed for p in c if p]
        if not pieces or median(map(len, pieces)) > 30 or max(map(len, pieces)) > 80:
            continue
        wordy = _share(len(p.split()) > 5 for p in pieces)
        every = [p for c in cells for p in c if p]
        repeats = 1 - len(set(every)) / len(every)
        needed = {"|": 0.0, ";；": 0.1}.get(separator, 0.0 if people else 0.4)
        if separator in ("/", ",，") and not people and not _free_order(cells):
            continue
        if wordy <= 0.1 and repeats >= needed:
            return separator
    return ""


def _free_order(cells: Sequence[Sequence[str]]) -> bool:
    """Whether parts come in any number and at any place, unlike "Paris, France"."""
    places: dict[str, set[int]] = {}
    for cell in cells:
        for place, part in enumerate(cell):
            places.setdefault(part, set()).add(place)
    return any(len(found) > 1 for found in places.values())


def missing(raw: Any) -> bool:
    """Whether a cell says nothing: empty, "N/A", "未知", NaN …"""
    if isinstance(raw, str):
        return len(raw) < 10 and raw.strip().casefold() in _MISSING
    if raw is None or raw != raw:  # NaN is the one number unlike itself
        return True
    return isinstance(raw, list | tuple | dict) and not raw


def flag(raw: Any) -> bool | None:
    """Yes or no, or None where `raw` is neither."""
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().casefold()
    if word in _YES or word in ("1", "1.0"):
        return True
    return False if word in _NO or word in ("0", "0.0") else None


def parts(raw: Any, separator: str = DEFAULT_SEPARATOR) -> list[Any]:
    """The single values of a cell: of a list, a list written as text, or a separated text.

    >>> parts("Crime|Drama"), parts("['SQL', 'Python']"), parts([{"id": 18, "name": "Drama"}])
    (['Crime', 'Drama'], ['SQL', 'Python'], ['Drama'])
    """
    if isinstance(raw, str):
        written = _literal(raw)
        if written is None:
            marks = [separator] if separator == " / " else list(separator)
            found = re.split("|".join(map(re.escape, marks)), raw) if marks else [raw]
            return [part for part in (p.strip() for p in found) if part]
        raw = written
    if isinstance(raw, Mapping):
        raw = [raw]
    if not isinstance(raw, list | tuple):
        return [raw]
    return [_named(part) for part in raw if not missing(part)]


def _named(part: Any) -> Any:
    """The name of a value that comes as a small record."""
    if isinstance(part, Mapping):
        for key in ("name", "title", "label", "value", "名称"):
            if key in part:
                return part[key]
        return next(iter(part.values()), "")
    return part


def _literal(raw: Any) -> Any:
    """The list or record that a text spells in JSON or Python, or None."""
    if not isinstance(raw, str) or not raw.lstrip().startswith(("[", "{")) or len(raw) > 20_000:
        return None
    text = raw.strip()
    if not text.endswith(("]", "}")):
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            with warnings.catch_warnings():  # a stray backslash in the text is no news
                warnings.simplefilter("ignore")
                value = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
        return value if isinstance(value, list | tuple | dict) else None
    return None


def unmarked(text: str) -> str:
    """Prose written in HTML as plain text: formatting tags gone, entities resolved. Anything else,
    scripts included, stays as the inert text it is.

    >>> unmarked("<b>Warm</b> &amp; dry<br>Made in Chad")
    'Warm & dry Made in Chad'
    """
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def _flag_word(raw: Any) -> bool:
    return isinstance(raw, str) and raw.strip().casefold() in _YES | _NO


def _share(found: Iterable[bool]) -> float:
    values = list(found)
    return sum(values) / len(values) if values else 0.0


def _hashable(raw: Any) -> Hashable:
    return raw if isinstance(raw, str | int | float) else repr(raw)
