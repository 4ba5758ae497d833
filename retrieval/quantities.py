"""Text to numbers: prices, durations, measures and years as people write them in tables.

Knows no columns and no facets; a text that holds more than one quantity is not a number here.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

MONEY: Mapping[str, str] = {
    "$": "USD", "us$": "USD", "usd": "USD", "dollars": "USD", "dollar": "USD", "美元": "USD",
    "£": "GBP", "gbp": "GBP", "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR",
    "欧元": "EUR", "¥": "CNY", "元": "CNY", "块": "CNY", "rmb": "CNY", "cny": "CNY",
    "人民币": "CNY", "yuan": "CNY", "jpy": "JPY", "日元": "JPY", "円": "JPY", "₹": "INR",
    "inr": "INR", "rs": "INR", "₩": "KRW", "krw": "KRW", "hk$": "HKD", "hkd": "HKD",
    "港币": "HKD", "nt$": "TWD", "twd": "TWD", "a$": "AUD", "aud": "AUD", "c$": "CAD",
    "cad": "CAD", "chf": "CHF", "sek": "SEK", "s$": "SGD", "sgd": "SGD",
}  # fmt: skip
"""How currencies are written (folded) → ISO 4217 code. A bare yen sign is read as yuan."""

CURRENCIES = frozenset(MONEY.values())

_MINUTES: Mapping[str, float] = {
    "s": 1 / 60, "sec": 1 / 60, "secs": 1 / 60, "second": 1 / 60, "seconds": 1 / 60, "秒": 1 / 60,
    "m": 1.0, "min": 1.0, "mins": 1.0, "minute": 1.0, "minutes": 1.0, "分": 1.0, "分钟": 1.0,
    "h": 60.0, "hr": 60.0, "hrs": 60.0, "hour": 60.0, "hours": 60.0, "小时": 60.0, "个小时": 60.0,
}  # fmt: skip

_UNITS: Mapping[str, str] = {
    "kg": "kg", "kgs": "kg", "千克": "kg", "公斤": "kg", "g": "g", "gram": "g", "grams": "g",
    "克": "g", "mg": "mg", "lb": "lb", "lbs": "lb", "pounds": "lb", "oz": "oz", "ml": "ml",
    "毫升": "ml", "l": "l", "liter": "l", "liters": "l", "litre": "l", "litres": "l", "升": "l",
    "mm": "mm", "毫米": "mm", "cm": "cm", "厘米": "cm", "公里": "km", "km": "km", "米": "m",
    "miles": "miles", "mile": "miles", "mi": "miles", "in": "in", "inch": "in", "inches": "in",
    '"': "in", "ft": "ft", "feet": "ft", "mb": "MB", "gb": "GB", "tb": "TB", "w": "W", "v": "V",
    "mah": "mAh", "mp": "MP", "hz": "Hz", "%": "%", "pages": "pages", "page": "pages",
    "pp": "pages", "页": "pages", "day": "days", "days": "days", "天": "days", "week": "weeks",
    "weeks": "weeks", "周": "weeks", "month": "months", "months": "months", "个月": "months",
    "year": "years", "years": "years", "kcal": "kcal", "cal": "kcal", "calories": "kcal",
    "°c": "°C", "℃": "°C",
}  # fmt: skip

_SCALE = {"k": 1e3, "千": 1e3, "万": 1e4, "百万": 1e6, "亿": 1e8}
_FREE = frozenset({"free", "free to play", "free!", "gratis", "免费", "for free", "no charge"})
_ABOUT = re.compile(
    r"^(?:人均消费|人均|约|大约|仅|售价|价格|from|about|approx\.?|only|ca\.?|~|≈|start(?:s|ing) at)"
    r"[\s::]*|(?:\s*/\s*(?:person|pp|人|位|份|each|ea)|\s*per person|\s*起|\s*每人|\s*左右)$"
)
_NUMBER = re.compile(r"[-+]?(?:\d[\d.,' ]*\d|\d|\.\d+)")
_REMARK = re.compile(r"(?<=\S)\s*\([^()]*\)$")
_SIMPLE = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_SCIENTIFIC = re.compile(r"[-+]?\d+(?:\.\d+)?e[-+]?\d{1,3}")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+|个?小时|分钟?|秒)\.?[\s,]*(?:and\s+)?")
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)")
_ISO_TIME = re.compile(r"pt(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_YEAR = re.compile(r"(?<![\d.])(1\d{3}|20\d{2}|2100)(?!\d)")
_ISO_DATE = re.compile(r"\d{4}[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?)?(?:[t ].*)?")
_WRITTEN_DATE = re.compile(
    r"(?:[a-z]{3,9}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}|\d{1,2}(?:st|nd|rd|th)?\s+[a-z]{3,9}\.?,?"
    r"\s+\d{4}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|[a-z]{3,9}\.?,?\s+\d{4}|\d{4}年\d{0,2}月?\d{0,2}日?)"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and its unit: "minutes", an ISO currency code, "kg", …; "" where none is written.

    The unit "free" goes with the number 0: it costs nothing, in whatever currency.
    """

    number: float
    unit: str = ""


def quantity(raw: Any) -> Quantity | None:
    """The one quantity that `raw` states, or None. Durations come in minutes.

    >>> quantity("$1,299.50"), quantity("1h 45m"), quantity("人均 88元")
    (Quantity(number=1299.5, unit='USD'), Quantity(number=105.0, unit='minutes'), \
Quantity(number=88.0, unit='CNY'))
    >>> quantity("3 - 6 months") is None
    True
    """
    if isinstance(raw, bool) or raw is None:
        return None
    if isinstance(raw, int | float):
        return _finite(raw)
    if _SIMPLE.fullmatch(str(raw)[:60]):  # most cells; worth a short way
        return _finite(float(raw))
    text = unicodedata.normalize("NFKC", str(raw)).strip().casefold()
    if not text or len(text) > 60:
        return None
    text = _REMARK.sub("", text)
    if text in _FREE:
        return Quantity(0.0, "free")
    if _SCIENTIFIC.fullmatch(text):
        return _finite(float(text))
    return _duration(text) or _measure(_ABOUT.sub("", _ABOUT.sub("", text)).strip())


def _finite(raw: int | float) -> Quantity | None:
    try:
        number = float(raw)
    except OverflowError:
        return None
    return Quantity(number) if math.isfinite(number) else None


def _duration(text: str) -> Quantity | None:
    clock = _CLOCK.fullmatch(text)
    if clock:
        h, m, s = map(int, clock.groups())
        return Quantity(h * 60 + m + s / 60, "minutes")
    iso = _ISO_TIME.fullmatch(text) if text.startswith("pt") and len(text) > 2 else None
    if iso:
        h, m, s = (int(part or 0) for part in iso.groups())
        return Quantity(h * 60 + m + s / 60, "minutes")
    total, end = 0.0, 0
    for part in _PART.finditer(text):
        if part.start() != end or part.group(2) not in _MINUTES:
            return None
        total += float(part.group(1)) * _MINUTES[part.group(2)]
        end = part.end()
    # A lone "5 m" is metres as likely as minutes: one-letter units count only beside others.
    lone = re.fullmatch(r"[\d.]+\s*[ms]", text)
    return Quantity(total, "minutes") if end == len(text) and end and not lone else None


def _measure(text: str) -> Quantity | None:
    found = _NUMBER.search(text)
    if found is None or found.end() - found.start() > 30:
        return None
    number = _plain(found.group())
    before, after = text[: found.start()].strip(), text[found.end() :].strip()
    if number is None:
        return None
    for word in sorted(_SCALE, key=len, reverse=True):
        if after.startswith(word) and _unit(after[len(word) :].strip("+ ")) is not None:
            number, after = number * _SCALE[word], after[len(word) :].strip()
            break
    after = after.rstrip("+ ")
    prefix, suffix = _unit(before), _unit(after)
    if prefix is None or suffix is None or (prefix and prefix not in CURRENCIES):
        return None
    if prefix and suffix and prefix != suffix:
        prefix = suffix if prefix in ("USD", "CNY") and suffix in CURRENCIES else ""
    if before.startswith("-") and prefix:
        number = -number
    return Quantity(number, suffix or prefix)


def _unit(word: str) -> str | None:
    """The unit a word stands for; "" for no word, None for a word that is no unit."""
    word = word.strip(" .-")
    return "" if not word else MONEY.get(word) or _UNITS.get(word)


def _plain(digits: str) -> float | None:
    """Digits with thousands marks of any style as a number."""
    digits = re.sub(r"[ ']", "", digits)
    if re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        digits = digits.replace(",", "")
    elif re.fullmatch(r"[-+]?\d{1,3}(?:\.\d{3})+,\d+", digits):
        digits = digits.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"[-+]?\d+,\d{1,2}", digits):
        digits = digits.replace(",", ".")
    try:
        number = float(digits)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def in_unit(found: Quantity, unit: str) -> float | None:
    """The number in `unit`; None where the two units cannot be compared.

    >>> in_unit(Quantity(90.0, "minutes"), "hours"), in_unit(Quantity(5.0, "EUR"), "USD")
    (1.5, None)
    """
    if not found.unit or found.unit == unit or found.unit == "free":
        return found.number
    if found.unit == "minutes" and unit in ("hours", "seconds"):
        return found.number / 60 if unit == "hours" else found.number * 60
    pair = {("g", "kg"): 1e-3, ("kg", "g"): 1e3, ("mm", "cm"): 0.1, ("cm", "mm"): 10.0,
            ("ml", "l"): 1e-3, ("l", "ml"): 1e3, ("MB", "GB"): 1e-3, ("GB", "MB"): 1e3}  # fmt: skip
    if (found.unit, unit) in pair:
        return found.number * pair[found.unit, unit]
    return None if unit else found.number


def year_of(raw: Any) -> float | None:
    """The year that a year, a date or a text with one date states; None where there is none.

    >>> year_of("2018-01-04"), year_of("Jan 5, 2018"), year_of("上映于1994年"), year_of("soon")
    (2018.0, 2018.0, 1994.0, None)
    """
    if isinstance(raw, bool) or raw is None:
        return None
    if isinstance(raw, date):
        return float(raw.year)
    if isinstance(raw, int | float):
        return float(raw) if -5000 <= raw <= 2200 and float(raw).is_integer() else None
    text = unicodedata.normalize("NFKC", str(raw)).strip()
    if re.fullmatch(r"-?\d{1,4}(?:\.0+)?", text):
        return float(text)
    found = _YEAR.search(text)
    return float(found.group()) if found else None


def is_date(raw: Any) -> bool:
    """Whether `raw` is a date or a text that is nothing but a date."""
    if isinstance(raw, date):
        return True
    if not isinstance(raw, str) or len(raw) > 40:
        return False
    text = raw.strip().casefold()
    return bool(_ISO_DATE.fullmatch(text) or _WRITTEN_DATE.fullmatch(text))
