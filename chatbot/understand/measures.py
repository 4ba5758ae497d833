# ruff: noqa: E501  (patterns read best on one line)
"""Measures in the unit of a facet: "under 1 kg", 「40升」, "down to -5 °C", "a 12-hour course", "5-year warranty".

Which units a text may use follows from the unit of the facet; durations in minutes, ages and money
have their own patterns in `quantities`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from chatbot.understand.numerals import HAN, NUM, UNITS, Found, number, trim
from chatbot.understand.quantities import ABOVE, BELOW, bounded, han_side
from retrieval.constraints import Interval
from retrieval.quantities import Quantity, in_unit
from retrieval.schema import Facet

_WORDS = {
    "kg": r"kgs?|kilos?|kilograms?|公斤|千克",
    "g": r"g|grams?|克",
    "l": r"l|lit(?:re|er)s?|公?升",
    "ml": r"ml|millilit(?:re|er)s?|毫升",
    "mm": r"mm|millimet(?:re|er)s?|毫米",
    "cm": r"cm|centimet(?:re|er)s?|厘米",
    "m": r"m|met(?:re|er)s?|米",
    "km": r"kms?|kilomet(?:re|er)s?|公里",
    "W": r"w|watts?|瓦",
    "Wh": r"wh|watt[ -]?hours?|瓦时",
    "mAh": r"mah|毫安时?",
    "lm": r"lm|lumens?|流明",
    "°C": r"°\s?c|℃|degrees?(?: celsius)?|°|摄氏度|度",
    "hours": r"hours?|hrs?|h|个?小时|个?钟头|(?:个)?课时",
    "minutes": r"minutes?|mins?|分钟",
    "weeks": r"weeks?|个?星期|周",
    "days": r"days?|天",
    "months": r"months?|个月",
    "pages": r"pages?|页",
    "people": r"persons?|people|man|个?人",
    "years": r"years?|yrs?|年",
}
_SAME = {
    "litre": "l", "litres": "l", "liter": "l", "liters": "l", "升": "l", "L": "l",
    "公斤": "kg", "克": "g", "person": "people", "persons": "people", "人": "people",
    "hour": "hours", "小时": "hours", "week": "weeks", "周": "weeks", "day": "days", "页": "pages",
    "month": "months", "watt": "W", "w": "W", "lumen": "lm", "lumens": "lm", "℃": "°C", "year": "years",
}  # fmt: skip
_ALSO = {"kg": ("g",), "g": ("kg",), "l": ("ml",), "ml": ("l",), "mm": ("cm",), "cm": ("mm",),
         "hours": ("minutes",)}  # fmt: skip
_ELSEWHERE = frozenset({"minutes"})
"""Units with patterns of their own."""
_SLACK = 0.1
"""How far "a 40 litre pack" may be off."""
_COUNT = rf"(?:\d+|{'|'.join(UNITS[:12])})"
_PRE = r"(?P<pre>不要?超过|不超过|别超过|别超|不能超过|少于|小于|低于|轻于|短于|不到|最多|控制在|不多于|不高于|超过|多于|大于|高于|至少|不少于|不低于|起码|大概|大约|差不多)?(?:了)?"
_POST = r"(?P<post>以内|之内|以下|内|左右|以上|之上|上下)?"


def measures(low: str, facet: Facet) -> Iterator[Found]:
    """Measures in the lowered text that may speak of `facet`."""
    unit = _SAME.get(facet.unit, facet.unit)
    if unit not in _WORDS or unit in _ELSEWHERE:
        return
    if unit == "years":
        yield from _terms(low, facet)
        return
    english, span, chinese = _patterns(unit)
    english = rf"(?:(?P<more>{_than(facet.more)})|(?P<less>{_than(facet.less)}))?{english}"
    for match in span.finditer(low):
        ends = [_in(match[name], match["u"], unit) for name in ("a", "b")]
        if ends[0] is not None and ends[1] is not None and ends[0] < ends[1]:
            yield Found(*trim(match), facet.name, (ends[0], ends[1]))
    for match, side in bounded(low, english):
        value = _in(match["n"], match["u"], unit, below_zero=bool(match["minus"]))
        if value is not None:
            side = side or ("above" if match["more"] else "below" if match["less"] else "")
            yield Found(*trim(match), facet.name, _interval(value, side, unit))
    for match in chinese.finditer(low):
        value = _in(match["n"], match["u"], unit, below_zero=bool(match["minus"]))
        if value is not None:
            side = han_side(match["pre"], match["post"])
            yield Found(*trim(match), facet.name, _interval(value, side, unit))


def _than(words: Sequence[str]) -> str:
    """The facet's own comparatives before a measure ("brighter than 400 lumens")."""
    plain = "|".join(re.escape(w) for w in words if w.isascii())
    return rf"\b(?:{plain}) than " if plain else r"(?!)"


@cache
def _patterns(unit: str) -> tuple[str, re.Pattern[str], re.Pattern[str]]:
    words = "|".join(_WORDS[name] for name in (unit, *_ALSO.get(unit, ())))
    many = _COUNT if unit == "people" else rf"half an?|{NUM}"
    minus = r"(?P<minus>-|−|minus )?" if unit == "°C" else r"(?P<minus>(?!))?"
    down = r"(?:down to |as low as )?" if unit == "°C" else ""
    english = rf"{down}(?<![\w.,]){minus}(?P<n>{many})(?: |-)?(?P<u>{words})(?![a-z]|/| old)"
    span = rf"(?:between )?(?<![\w.])(?P<a>\d+(?:\.\d+)?) ?(?:{words})?\s*(?:-|–|to|and|到|至|~)\s*(?P<b>\d+(?:\.\d+)?) ?-?(?P<u>{words})(?![a-z]|/)(?:之间)?"
    cold = r"(?P<minus>零下|负|-|−)?" if unit == "°C" else r"(?P<minus>(?!))?"
    chinese = rf"{_PRE}{cold}(?<![\d.])(?P<n>{HAN}|半)\s*(?P<u>{words})(?![a-z]){_POST}"
    return english, re.compile(span), re.compile(chinese)


def _in(digits: str, word: str, unit: str, *, below_zero: bool = False) -> float | None:
    """The number in the facet's unit."""
    if len(word) < 3 and word.isalpha() and word.isascii() and not digits[0].isdigit():
        return None  # "a g", "one h" are no measures
    value = 0.5 if digits == "半" or digits.startswith("half") else number(digits)
    if value is None:
        return None
    for name in (unit, *_ALSO.get(unit, ())):
        if re.fullmatch(_WORDS[name], word):
            found = in_unit(Quantity(-value if below_zero else value, name), unit)
            return None if found is None else round(found, 3)
    return None


def _interval(value: float, side: str, unit: str) -> Interval:
    if side == "below":
        return (None, value)
    if side in ("above", "older"):
        return (value, None)
    if unit == "°C":  # goods bear the cold they are named for, and milder nights too
        return (None, value)
    slack = 0.0 if unit == "people" else abs(value) * (2 * _SLACK if side == "about" else _SLACK)
    return (round(value - slack, 3), round(value + slack, 3))


def _terms(low: str, facet: Facet) -> Iterator[Found]:
    """Years beside the facet's name only ("5-year warranty", 「保修十年」): elsewhere they are dates or ages."""
    for label in {*facet.labels.values(), facet.name.replace("_", " ")}:
        word = re.escape(label.casefold())
        pattern = rf"(?:(?:at least|minimum|over) )?(?P<n>{NUM})[ -](?:years?|yrs?)(?:'s?)?(?: of)? {word}|{word} (?:of )?(?:at least |over )?(?P<n2>{NUM}) (?:years?|yrs?)|(?:至少)?(?P<n3>{HAN})年(?:以上)?(?:的)?{word}|{word}(?:期)?(?:要)?(?:至少|不少于|超过)?(?P<n4>{HAN})年(?:以上)?"
        for match in re.finditer(pattern, low):
            value = number(next(g for g in match.groups() if g))
            if value is not None:
                yield Found(*trim(match), facet.name, (value, None))


_SIDES = rf"(?:(?P<below>{BELOW})|(?P<above>{ABOVE}))"
_BARE = re.compile(
    rf"(?<!\w){_SIDES}\s+(?P<n>\d{{2,6}})(?=\s*(?:$|[.!?;)]|,(?!\d)|\b(?:please|or|and|but|for|if|with|that|would|in total|too)\b))"
)
_BARE_HAN = re.compile(
    r"(?<![\d.年月第])(?P<n>\d{2,6}|[一二两三四五六七八九]?百(?:[一二三四五六七八九]十?)?)(?P<post>以内|以下|之内|以上|左右)(?=$|[，。！？,.!?、的])"
)
_SPOKEN_FOR = re.compile(r"(?:\b(?:kids?|children|aged?|ages|years?|people|is|was)|岁|年|\d)\s*$")
_TEMPORAL = frozenset(
    "before until prior to by pre till up until after since post from starting in".split()
)


def amounts(low: str) -> Iterator[Found]:
    """Amounts of money without a currency ("under 200", 「两百以内」), where nothing else explains them."""
    for match in _BARE.finditer(low):
        words = set((match["below"] or match["above"]).split())
        if words & _TEMPORAL or _SPOKEN_FOR.search(low[: match.start()]):
            continue
        value = float(match["n"])
        yield Found(*trim(match), "money", (None, value) if match["below"] else (value, None))
    for match in _BARE_HAN.finditer(low):
        value = number(match["n"]) or 0.0
        if value < 20 or _SPOKEN_FOR.search(low[: match.start()]):
            continue
        above = match["post"] == "以上"
        about = match["post"] == "左右"
        bounds: Interval = (value, None) if above else (None, value)
        yield Found(
            match.start(), match.end(), "money", (value * 0.8, value * 1.2) if about else bounds
        )
