"""Numbers in digits and words, English and Chinese, and the value a found range is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from retrieval.constraints import Interval

UNITS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_NUMBER_WORDS: Mapping[str, float] = {
    **{word: float(i + 1) for i, word in enumerate(UNITS)},
    **{word: float(10 * (i + 2)) for i, word in enumerate(_TENS)},
    "a": 1.0, "an": 1.0, "hundred": 100.0, "a hundred": 100.0, "couple": 2.0, "a couple": 2.0,
    "a couple of": 2.0, "couple of": 2.0, "half": 0.5, "few": 3.0, "a few": 3.0,
}  # fmt: skip
_HAN_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "俩": 2}
_WORDS = "|".join(
    sorted(
        [*_NUMBER_WORDS, *(f"{t}[ -]{u}" for t in _TENS for u in UNITS[:9])], key=len, reverse=True
    )
)
NUM = rf"(?:\d+(?:[.,]\d+)?|{_WORDS})"
HAN = r"(?:\d+(?:\.\d+)?|[零〇一二两俩三四五六七八九十百千]+)"
YEAR = r"(?:1[89]\d\d|20\d\d)"


@dataclass(frozen=True, slots=True)
class Found:
    """A range in the text; `sort` is "year", "minutes", "age", "money", "score" or a facet name."""

    start: int
    end: int
    sort: str
    interval: Interval
    firm: bool = True


def number(text: str) -> float | None:
    """A number in digits, English or Chinese words.

    >>> number("twenty-five"), number("两"), number("一百二十"), number("90"), number("三千")
    (25.0, 2.0, 120.0, 90.0, 3000.0)
    """
    text = text.strip().lower()
    try:
        return float(text.replace(",", "."))
    except ValueError:
        pass
    if text in _NUMBER_WORDS:
        return _NUMBER_WORDS[text]
    if match := re.fullmatch(r"(\w+)[ -](\w+)", text):
        tens, units = (_NUMBER_WORDS.get(g) for g in match.groups())
        if tens is not None and units is not None:
            return tens + units
    return _han_number(text)


def _han_number(text: str) -> float | None:
    if not text or any(c not in _HAN_DIGITS and c not in "十百千" for c in text):
        return None
    if not any(c in "十百千" for c in text):
        return float("".join(str(_HAN_DIGITS[c]) for c in text))
    total, digit = 0, 0
    for char in text:
        if char in "百千":
            total, digit = total + (digit or 1) * (100 if char == "百" else 1000), 0
        elif char == "十":
            total, digit = total + (digit or 1) * 10, 0
        else:
            digit = _HAN_DIGITS[char]
    return float(total + digit)


def trim(match: re.Match[str]) -> tuple[int, int]:
    """(start, end) of a match without the space and commas at its ends."""
    text = match.group()
    lead = len(text) - len(text.lstrip(" ,"))
    return match.start() + lead, match.end() - (len(text) - len(text.rstrip(" ,")))
