"""Numbers with a meaning: years, decades, durations, ages, prices, ratings. English and Chinese.

Which facets exist and what they are measured in comes from the schema; nothing here knows films.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from chatbot.understand.spans import Reading, Span
from retrieval.catalogue import Catalogue
from retrieval.constraints import Interval
from retrieval.schema import Facet

_UNITS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_NUMBER_WORDS: Mapping[str, float] = {
    **{word: float(i + 1) for i, word in enumerate(_UNITS)},
    **{word: float(10 * (i + 2)) for i, word in enumerate(_TENS)},
    "a": 1.0, "an": 1.0, "hundred": 100.0, "a hundred": 100.0, "couple": 2.0, "a couple": 2.0,
    "a couple of": 2.0, "couple of": 2.0, "half": 0.5, "few": 3.0, "a few": 3.0,
}  # fmt: skip
_HAN_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "俩": 2}
_DECADES: Mapping[str, int] = {
    "twenties": 1920, "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960,
    "seventies": 1970, "eighties": 1980, "nineties": 1990, "noughties": 2000, "aughts": 2000,
    "naughties": 2000, "twenty tens": 2010, "two thousands": 2000, "twenty twenties": 2020,
}  # fmt: skip
_WORDS = "|".join(
    sorted(
        [*_NUMBER_WORDS, *(f"{t}[ -]{u}" for t in _TENS for u in _UNITS[:9])], key=len, reverse=True
    )
)
NUM = rf"(?:\d+(?:[.,]\d+)?|{_WORDS})"
HAN = r"(?:\d+(?:\.\d+)?|[零〇一二两俩三四五六七八九十百]+)"
_YEAR = r"(?:1[89]\d\d|20\d\d)"

_BELOW = (
    r"(?:no (?:more|longer|older|later|higher) than|not (?:more|longer|over|above|older|later|exceeding) ?(?:than)?|"
    r"(?:shorter|less|fewer|cheaper|lower|older|earlier|younger|smaller) than|under|below|within|up to|at most|max(?:imum)?(?: of)?|before|until|"
    r"prior to|by|pre|till|up until|maximum|nothing (?:over|above|after|newer than|longer than|more than|past)|not past)"
)
_ABOVE = (
    r"(?:no (?:less|shorter|earlier|lower) than|not (?:less|shorter|before|below|under|earlier) ?(?:than)?|(?:longer|more|greater|newer|later|higher|bigger) than|"
    r"over|above|at least|min(?:imum)?(?: of)?|after|since|post|starting (?:from|in|at)|from|"
    r"nothing (?:under|below|before|older than|shorter than|less than|earlier than|pre)|minimum)"
)
_ABOUT = r"(?:around|about|roughly|approximately|circa|approx\.?|some|~|close to|near)"


def number(text: str) -> float | None:
    """A number in digits, English or Chinese words.

    >>> number("twenty-five"), number("两"), number("一百二十"), number("90")
    (25.0, 2.0, 120.0, 90.0)
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
    if not text or any(c not in _HAN_DIGITS and c not in "十百" for c in text):
        return None
    if not any(c in "十百" for c in text):
        return float("".join(str(_HAN_DIGITS[c]) for c in text))
    total, digit = 0, 0
    for char in text:
        if char == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif char == "十":
            total, digit = total + (digit or 1) * 10, 0
        else:
            digit = _HAN_DIGITS[char]
    return float(total + digit)


@dataclass(frozen=True, slots=True)
class Found:
    """A range in the text; `sort` is "year", "minutes", "age", "money", "score" or a facet name."""

    start: int
    end: int
    sort: str
    interval: Interval
    firm: bool = True


def decade(text: str, now: int) -> tuple[int, int] | None:
    """The ten years that "80s", "1990s", "nineties", 「八十」 or 「90」 name.

    >>> decade("80s", 2026), decade("nineties", 2026), decade("八十", 2026), decade("20", 2026)
    ((1980, 1989), (1990, 1999), (1980, 1989), (2020, 2029))
    """
    text = re.sub(r"'?s$", "", text.strip().strip("'’").replace("-", " "))
    start = _DECADES.get(text, _DECADES.get(text + "s"))
    if start is None:
        value = number(text)
        if value is None or value % 10:
            return None
        start = int(value)
        if start < 100:
            start += 2000 if 2000 + start <= now else 1900
    return (start, start + 9)


class Ranges:
    """Finds ranges for the number facets of one catalogue.

    Args:
        catalogue: its schema says which facets there are, its rows which years are real.
        now: the current year; "last ten years" counts from it. The newest row's year by default.
    """

    def __init__(self, catalogue: Catalogue, now: int | None = None) -> None:
        self._catalogue = catalogue
        self._now = now

    @cached_property
    def now(self) -> int:
        """The year that "this year" means."""
        if self._now is not None:
            return self._now
        facet = self._sorts.get("year")
        if facet is None:
            return 2026
        column = self._catalogue.numbers(facet)
        known = column[column == column]
        return int(known.max()) if len(known) else 2026

    @cached_property
    def _sorts(self) -> dict[str, str]:
        """Sort of range → facet."""
        found: dict[str, str] = {}
        for facet in self._catalogue.schema.facets.values():
            if facet.kind == "number":
                for sort in sorts_of(facet):
                    found.setdefault(sort, facet.name)
        return found

    def find(self, low: str) -> tuple[Span, ...]:
        """Ranges in the lowered text, earliest first; longer ones win."""
        found: list[Found] = []
        for hit in sorted(self._all(low), key=lambda f: (f.start - f.end, f.start)):
            if not any(hit.start < f.end and f.start < hit.end for f in found):
                found.append(hit)
        spans = []
        for hit in sorted(found, key=lambda f: f.start):
            facet = self._sorts.get(hit.sort)
            if facet is not None:
                reading = Reading(facet, interval=hit.interval)
                spans.append(
                    Span(
                        hit.start,
                        hit.end,
                        "range",
                        low[hit.start : hit.end],
                        (reading,),
                        firm=hit.firm,
                    )
                )
        return tuple(spans)

    def _all(self, low: str) -> Iterator[Found]:
        if "year" in self._sorts:
            yield from years(low, self.now)
        if "minutes" in self._sorts:
            yield from durations(low)
        if "age" in self._sorts:
            yield from ages(low)
        if "money" in self._sorts:
            yield from prices(low)
        if "score" in self._sorts:
            yield from scores(low)
        for facet in self._catalogue.schema.facets.values():
            if facet.kind == "number":
                yield from labelled(low, facet)


def sorts_of(facet: Facet) -> tuple[str, ...]:
    """The sorts of range that may speak of a number facet, by its name and unit."""
    name, unit = facet.name.casefold(), facet.unit.casefold()
    found = [facet.name]
    if name in ("year", "published", "release_year", "publication_year"):
        found.append("year")
    if unit in ("minutes", "minute", "min", "分钟") or name in ("runtime", "duration", "length"):
        found.append("minutes")
    if name in ("age", "min_age", "minimum_age"):
        found.append("age")
    if unit in ("usd", "eur", "gbp", "cny", "rmb", "元", "$", "€", "£", "¥", "yuan") or name in (
        "price", "cost", "average_cost", "price_per_person", "人均消费", "人均", "价格", "门票",
    ):  # fmt: skip
        found.append("money")
    if name in ("rating", "score", "stars", "评分", "average_rating"):
        found.append("score")
    return tuple(found)


def _bounded(
    low: str, quantity: str, *, prefix_required: bool = False
) -> Iterator[tuple[re.Match[str], str]]:
    """Matches of `quantity` with the words around it: (match, "below"|"above"|"about"|"")."""
    pattern = re.compile(
        rf"(?:(?P<below>{_BELOW})|(?P<above>{_ABOVE})|(?P<about>{_ABOUT}))?\s*"
        rf"(?:the |a |an |about |around |year |years |age )?(?:{quantity})"
        rf"(?P<after>\s*(?:or|and)\s*(?:less|under|below|shorter|younger|earlier|older|before)|"
        rf"\s*(?:or|and)\s*(?:more|over|above|up|longer|later|after|newer)|\+|\s*max\b|\s*tops\b|\s*at most\b|\s*minimum\b)?"
    )
    for match in pattern.finditer(low):
        if prefix_required and not (match["below"] or match["above"] or match["about"]):
            continue
        after = (match["after"] or "").strip()
        if re.search(r"less|under|below|short|young|earlier|before|max|tops|at most", after):
            side = "below"
        elif after:
            side = "above" if "older" not in after else "older"
        else:
            side = (
                "below"
                if match["below"]
                else "above"
                if match["above"]
                else "about"
                if match["about"]
                else ""
            )
        yield match, side


def years(low: str, now: int) -> Iterator[Found]:
    """Years and decades."""
    for m in re.finditer(
        rf"(?:between|from)?\s*(?P<a>(?:19|20)?\d0'?s|{_YEAR})\s*(?:and|to|-|–|until|through|till|到|至|—)\s*(?:the )?(?P<b>(?:19|20)?\d0'?s|{_YEAR})(?:年代|年)?(?:之?间)?",
        low,
    ):
        first, last = _year_or_decade(m["a"], now), _year_or_decade(m["b"], now)
        if first and last and first[0] <= last[1]:
            yield Found(*_trim(m), "year", (float(first[0]), float(last[1])))
    yield from _english_decades(low, now)
    yield from _english_years(low, now)
    yield from _chinese_years(low, now)


def _year_or_decade(text: str, now: int) -> tuple[int, int] | None:
    if re.fullmatch(_YEAR, text):
        return (int(text), int(text))
    return decade(text, now)


_DECADE_EN = (
    r"(?:(?:19|20)\d0\s?'?s|'?\b[1-9]0\s?'?s\b|"
    + "|".join(sorted(_DECADES, key=len, reverse=True))
    + r"|00'?s)"
)


def _english_decades(low: str, now: int) -> Iterator[Found]:
    pattern = re.compile(
        rf"(?:\b(?P<side>before|after|since|pre|post|until|prior to|not after|earlier than|later than|older than|newer than|from)\b[ -]?)?(?:the )?"
        rf"(?:(?P<part>early|mid|late|beginning of the|end of the)[ -]?(?:to[ -]?(?P<part2>mid|late)[ -]?)?)?(?P<decade>{_DECADE_EN})"
        rf"(?P<on>(?: (?:and|or))? (?:onwards?|on\b(?! )|later|after|newer|up|earlier|before|older))?"
        rf"(?:\s*(?:and|or|,|&|/|-|–|to|through)\s*(?:the )?(?:early |mid |late )?(?P<second>{_DECADE_EN}))?"
    )
    for m in pattern.finditer(low):
        span = decade(m["decade"], now) if not m["decade"].startswith("00") else (2000, 2009)
        if span is None:
            continue
        low_year, high_year = _part(span, m["part"], m["part2"])
        if m["second"] and (other := decade(m["second"], now)):
            low_year, high_year = min(low_year, other[0]), max(high_year, other[1])
        side, on = m["side"] or "", m["on"] or ""
        interval: Interval = (float(low_year), float(high_year))
        if side in ("before", "pre", "prior to", "earlier than", "older than"):
            interval = (None, float(low_year - 1))
        elif side in ("until", "not after") or re.search(r"earlier|before|older", on):
            interval = (None, float(high_year))
        elif side in ("after", "post", "later than", "newer than"):
            interval = (float(high_year + 1), None)
        elif side == "since" or on:
            interval = (float(low_year), None)
        yield Found(*_trim(m), "year", interval)


def _part(span: tuple[int, int], part: str | None, until: str | None = None) -> tuple[int, int]:
    first, last = span
    name = (part or "").split()[0] if part else ""
    low = {"mid": first + 3, "late": first + 6, "end": first + 6}.get(name, first)
    high = {"early": first + 3, "beginning": first + 3, "mid": first + 6}.get(name, last)
    if until:
        high = first + 6 if until == "mid" else last
    return low, high


def _english_years(low: str, now: int) -> Iterator[Found]:
    for m in re.finditer(
        rf"(?:\b(?P<below>before|pre|prior to|until|till|up to|by|older than|earlier than|no later than|not after|nothing after|nothing newer than|not newer than)\b|"
        rf"\b(?P<above>after|since|post|from|newer than|later than|no earlier than|not before|nothing before|nothing older than|not older than|no older than)\b|\b(?P<about>around|circa|about)\b)?"
        rf"[ -]?(?:the year )?(?<![\d$€£¥.])(?P<year>{_YEAR})(?![\d%]|'?s\b|\s*(?:minutes?|mins?|元|分钟|年代|\d))(?P<on>(?: (?:and|or))? (?:onwards?|on\b(?! )|later|after|newer|up\b|earlier|before|older)|\+)?(?!年)",
        low,
    ):
        year = float(m["year"])
        on, below, above = m["on"] or "", m["below"], m["above"]
        if re.search(r"earlier|before|older", on):
            interval: Interval = (None, year)
        elif on or above in (
            "since",
            "not before",
            "no earlier than",
            "nothing before",
            "nothing older than",
            "not older than",
            "no older than",
        ):
            interval = (year, None)
        elif below in ("before", "pre", "prior to", "older than", "earlier than"):
            interval = (None, year - 1)
        elif below:
            interval = (None, year)
        elif above in ("after", "post", "newer than", "later than"):
            interval = (year + 1, None)
        elif m["about"]:
            interval = (year - 2, year + 2)
        else:
            interval = (year, year)
        yield Found(*_trim(m), "year", interval)
    for m in re.finditer(
        rf"\b(?:the )?(?:last|past|previous) (?P<n>{NUM})?\s*(?P<unit>years?|decades?)\b|\bthis (?P<this>year|decade)\b|\blast (?P<last>year|decade)\b|\bthe (?P<mill>2000s and later|new millennium|21st century|twenty[- ]first century|20th century|19th century)\b",
        low,
    ):
        if m["mill"]:
            interval = (
                (1900.0, 1999.0)
                if "20th" in m["mill"]
                else (None, 1899.0)
                if "19th" in m["mill"]
                else (2000.0, None)
            )
        elif m["this"]:
            interval = (float(now), None) if m["this"] == "year" else (float(now - now % 10), None)
        else:
            count = number(m["n"]) if m["n"] else 1.0
            size = (count or 1.0) * (10 if "decade" in (m["unit"] or m["last"] or "") else 1)
            interval = (float(now) - size, None)
        yield Found(*_trim(m), "year", interval)


def _chinese_years(low: str, now: int) -> Iterator[Found]:
    ten = r"(?:[一二三四五六七八九]十|(?:19|20)?\d0)"
    for m in re.finditer(
        rf"(?P<cent>上世纪|二十世纪|20世纪|上个世纪)?(?P<a>{ten}|[二三四五六七八九](?=[、到至]?[三四五六七八九]十))(?:[、,到至和与\-]?(?P<b>{ten}))?年代(?P<part>初期?|中期|末期?|后期|早期|中后期)?(?P<side>以?前|之前|以?后|之后|以来|以后)?",
        low,
    ):
        # "The last century" makes any decade one of the 1900s.
        until = 1999 if m["cent"] else now
        first = decade(m["a"] if m["a"][-1] in "十0" else m["a"] + "十", until)
        last = decade(m["b"], until) if m["b"] else first
        if first is None or last is None:
            continue
        part = {"初": "early", "早": "early", "末": "late", "后": "late"}.get(
            (m["part"] or " ")[0], "mid" if m["part"] else None
        )
        a, b = _part(first, part) if first == last else (first[0], last[1])
        side = m["side"] or ""
        interval: Interval = (float(a), float(b))
        if "前" in side:
            interval = (None, float(a - 1))
        elif "来" in side:
            interval = (float(a), None)
        elif "后" in side:
            interval = (float(b + 1), None)
        yield Found(m.start(), m.end(), "year", interval)
    for m in re.finditer(
        rf"(?P<not>不要|别要?|不早于|不晚于|早于|晚于)?(?P<year>{_YEAR}|零零|[〇零一二九][〇零一二三四五六七八九]{{3}})年?(?:到|至|-|~|—)(?P<to>{_YEAR}|现在|今天)年?|(?P<only>早于|晚于|不早于|不晚于)?(?P<y2>{_YEAR}|[一二][〇零九][〇零一二三四五六七八九]{{2}})年?(?:的)?(?P<side>以前|之前|前|以后|之后|后|以来|起|左右|以内)?(?P<nian>)",
        low,
    ):
        raw = m["year"] or m["y2"]
        year = number(raw)
        if year is None or not 1870 <= year <= now + 2:
            continue
        side, only = m["side"] or "", m["only"] or ""
        if m["to"]:
            interval = (year, number(m["to"]) if re.fullmatch(_YEAR, m["to"]) else None)
        elif "前" in side or only in ("早于", "不晚于"):
            interval = (None, year if only == "不晚于" else year - 1)
        elif side in ("以来", "起") or only == "不早于":
            interval = (year, None)
        elif "后" in side or only == "晚于":
            interval = (year if "后" in side else year + 1, None)
        elif side == "左右":
            interval = (year - 2, year + 2)
        elif low[m.start("y2") + len(raw) : m.start("y2") + len(raw) + 1] == "年":
            interval = (year, year)
        else:
            continue
        yield Found(m.start(), m.end(), "year", interval)
    for m in re.finditer(
        rf"(?:最近|近|过去)(?:的)?(?P<n>{HAN}|几)(?P<unit>年|十年)(?:来|内|间|以来)?|(?P<this>今年)|(?P<last>去年)|(?P<cent>本世纪|二十一世纪|21世纪|新世纪|上世纪|20世纪|二十世纪)(?!\d|[一二三四五六七八九])",
        low,
    ):
        if m["cent"]:
            interval = (
                (1900.0, 1999.0)
                if m["cent"] in ("上世纪", "20世纪", "二十世纪")
                else (2000.0, None)
            )
        elif m["this"]:
            interval = (float(now), None)
        elif m["last"]:
            interval = (float(now - 1), float(now - 1))
        else:
            count = 6.0 if m["n"] == "几" else number(m["n"]) or 5.0
            interval = (float(now) - count * (10 if m["unit"] == "十年" else 1), None)
        yield Found(m.start(), m.end(), "year", interval)


_MINUTES = (
    rf"(?P<x>{NUM}) and a half (?:hours?|hrs?)\b|(?P<h>{NUM})\s*-?\s*(?:hours?|hrs?|(?<=\d)h|(?<=\d )h)\b(?:\s*(?:and\s*)?(?:(?P<half>a half)|(?P<m>{NUM})\s*-?\s*(?:minutes?|mins?|m)?\b))?|"
    rf"(?P<only>{NUM})\s*-?\s*(?:minutes?|mins?)\b|(?P<hh>an hour and a half|half an hour|hour and a half)"
)


def durations(low: str) -> Iterator[Found]:
    """Lengths in hours and minutes."""
    for m in re.finditer(
        rf"(?:between\s*)?(?P<a>{NUM})\s*(?:-|–|to|and)\s*(?P<b>{NUM})\s*(?P<u>minutes?|mins?|hours?|hrs?)\b",
        low,
    ):
        a, b = number(m["a"]), number(m["b"])
        if a is not None and b is not None and a < b:
            factor = 60 if m["u"].startswith("h") else 1
            yield Found(*_trim(m), "minutes", (a * factor, b * factor))
    for m, side in _bounded(low, _MINUTES):
        minutes = _minutes(m)
        if minutes is not None and 3 <= minutes <= 900:
            yield Found(*_trim(m), "minutes", _sided(minutes, side, 15))
    han = rf"(?:(?P<h>{HAN}|半)个?(?:半)?(?:小时|钟头|h)(?P<half>半)?(?:零?(?P<m>{HAN})分钟?)?|(?P<only>{HAN})分钟?(?!钟?之))"
    for m in re.finditer(
        rf"(?P<pre>不要?超过|不超过|别超过|别超|不能超过|少于|短于|小于|低于|不到|最多|控制在|不多于|不长于|超过|多于|长于|大于|至少|不少于|起码|大概|大约|差不多)?(?:了)?{han}(?P<post>以内|之内|以下|内|左右|以上|之上|上下)?",
        low,
    ):
        text = m.group()
        minutes = 0.0
        if m["only"]:
            minutes = number(m["only"]) or 0
        elif m["h"]:
            hours = 0.5 if m["h"] == "半" else number(m["h"]) or 0
            minutes = (
                hours * 60
                + (30 if m["half"] or "个半" in text else 0)
                + (number(m["m"]) or 0 if m["m"] else 0)
            )
        if not 3 <= minutes <= 900:
            continue
        yield Found(
            m.start(), m.end(), "minutes", _sided(minutes, _han_side(m["pre"], m["post"]), 15)
        )


def _han_side(pre: str | None, post: str | None) -> str:
    pre, post = pre or "", post or ""
    if re.search(r"不低|不少|不短", pre):
        return "above"
    if re.search(
        r"不要?超|别超|不能超|别高|不高|少于|短于|小于|低于|不到|最多|控制|不多|不长", pre
    ) or post in (
        "以内",
        "之内",
        "以下",
        "内",
    ):
        return "below"
    if re.search(r"超过|多于|长于|大于|高于|至少|不少|不低|起码", pre) or post in ("以上", "之上"):
        return "above"
    return "about" if pre or post else ""


def _minutes(m: re.Match[str]) -> float | None:
    if m["hh"]:
        return 30.0 if m["hh"].startswith("half") else 90.0
    if m["only"]:
        return number(m["only"])
    if m["x"]:
        return (number(m["x"]) or 0.0) * 60 + 30
    hours = number(m["h"])
    if hours is None:
        return None
    extra = 30.0 if m["half"] else (number(m["m"]) or 0.0) if m["m"] else 0.0
    return hours * 60 + extra


def _sided(value: float, side: str, slack: float) -> Interval:
    if side == "below":
        return (None, value)
    if side in ("above", "older"):
        return (value, None)
    return (value - slack, value + slack)


def ages(low: str) -> Iterator[Found]:
    """Ages of viewers: the item must suit the youngest age named."""
    for m in re.finditer(
        rf"(?:(?:for|with|and|my|a|an|our)\s+)*(?P<n>\d{{1,2}}|{'|'.join(_UNITS)})\s*(?:(?:and|&|to|-)\s*(?P<n2>\d{{1,2}}|{'|'.join(_UNITS)})\s*)?-?\s*(?:years?|yrs?)[ -]*(?:olds?|of age)\b|\b(?:age|aged|ages)\s*(?P<a>\d{{1,2}}|{'|'.join(_UNITS)})\b|\b(?P<yo>\d{{1,2}})\s*(?:yo|y/o)s?\b",
        low,
    ):
        values = [number(g) for g in (m["n"], m["n2"], m["a"], m["yo"]) if g]
        youngest = min(v for v in values if v is not None)
        if 1 <= youngest <= 21:
            yield Found(*_trim(m), "age", (None, youngest))
    for m in re.finditer(
        rf"(?P<n>[一二三四五六七八九](?=[、到至]?[一二三四五六七八九]岁)|{HAN})(?:[、到至]?{HAN})?岁(?:左右|以下|以上|多|半|大)?(?:的)?(?:小?孩子?|儿子|女儿|宝宝|小朋友|娃|儿童|男孩|女孩|侄子|侄女|外甥女?|弟弟|妹妹|孙子|孙女)?",
        low,
    ):
        value = number(m["n"])
        if value is not None and 1 <= value <= 21:
            yield Found(m.start(), m.end(), "age", (None, value))


_CURRENCY = r"(?:dollars?|bucks|usd|euros?|eur|pounds?|gbp|quid|yuan|rmb|cny)"


def prices(low: str) -> Iterator[Found]:
    """Amounts of money."""
    for m in re.finditer(
        rf"(?:between\s*)?[$€£¥￥]?\s*(?P<a>\d+(?:\.\d+)?)\s*(?:-|–|to|and|到|至)\s*[$€£¥￥]?\s*(?P<b>\d+(?:\.\d+)?)\s*(?P<u>{_CURRENCY}|元|块钱?|[$€£¥￥])?(?:之?间)?",
        low,
    ):
        money = m["u"] or re.search(r"[$€£¥￥]", m.group())
        if money and float(m["a"]) < float(m["b"]):
            yield Found(*_trim(m), "money", (float(m["a"]), float(m["b"])))
    for m, side in _bounded(
        low, rf"[$€£¥￥]\s*(?P<n>\d+(?:\.\d+)?)|(?P<k>{NUM})\s*(?:{_CURRENCY}\b|[$€£¥])"
    ):
        value = number(m["n"] or m["k"])
        if value is not None:
            yield Found(*_trim(m), "money", _sided(value, side or "about", value * 0.2))
    for m in re.finditer(
        rf"(?:人均|价格|价钱|预算|门票|票价|消费)?(?:在|是|大概|大约)*(?P<pre>不要?超过|不超过|别超过|别超|不能超过|别高于|低于|少于|不到|最多|便宜于|不高于|超过|高于|至少|不低于|大于)?(?P<n>{HAN})(?:-|到|至|~)?(?P<n2>{HAN})?(?P<u>元|块钱?|人民币|rmb)?(?P<post>以内|以下|之内|内|左右|上下|以上|之间)?",
        low,
    ):
        named = re.match(r"人均|价格|价钱|预算|门票|票价|消费", m.group())
        value = number(m["n"])
        if value is None or not (m["u"] or (named and (m["pre"] or m["post"] or value >= 10))):
            continue
        other = number(m["n2"]) if m["n2"] else None
        if other is not None and other > value:
            yield Found(m.start(), m.end(), "money", (value, other))
        else:
            side = _han_side(m["pre"], m["post"]) or "about"
            yield Found(m.start(), m.end(), "money", _sided(value, side, value * 0.2))


def scores(low: str) -> Iterator[Found]:
    """Ratings out of five or ten."""
    for m in re.finditer(
        rf"\b(?:rated|rating|score|scored|stars?)\b\s*(?:of|is|at|to be)?\s*(?P<side>{_ABOVE}|{_BELOW})?\s*(?P<n>\d(?:\.\d+)?)\s*(?:stars?)?(?P<plus>\+| (?:or|and) (?:more|above|higher|up|better))?|(?P<s2>{_ABOVE}|{_BELOW})\s*(?P<n2>\d(?:\.\d+)?)\s*(?:stars?|points?)\b|(?P<n3>\d(?:\.\d+)?)(?:\s*stars?)?(?:\+| (?:or|and) (?:more|above|higher|up|better))\s*(?:stars?|rating|rated)?",
        low,
    ):
        value = float(m["n"] or m["n2"] or m["n3"])
        side = m["side"] or m["s2"] or ""
        below = bool(side) and re.fullmatch(_BELOW, side) is not None
        yield Found(*_trim(m), "score", (None, value) if below else (value, None))
    for m in re.finditer(
        rf"评分(?:要|得|在|是)*(?P<pre>高于|超过|不低于|至少|大于|低于|不到|不高于)?(?P<n>{HAN})(?:点(?P<d>[零一二三四五六七八九]))?分?(?P<post>以上|以下|左右)?|(?P<n2>{HAN})(?:点(?P<d2>[零一二三四五六七八九]))?(?:分|星)(?P<p2>以上|以下)",
        low,
    ):
        value = number(m["n"] or m["n2"]) or 0.0
        digit = m["d"] or m["d2"]
        value += (number(digit) or 0) / 10 if digit else 0
        side = _han_side(m["pre"], m["post"] or m["p2"])
        yield Found(
            m.start(), m.end(), "score", (None, value) if side == "below" else (value, None)
        )


def labelled(low: str, facet: Facet) -> Iterator[Found]:
    """ "<label> under 5", "at least 3 <unit>", 「<label>5以下」 for any number facet."""
    for label in {*facet.labels.values(), facet.name.replace("_", " ")}:
        word = re.escape(label.casefold())
        if len(label) < 2:
            continue
        pattern = rf"{word}\s*(?:of|is|was|should be|between|must be|在|是|为|要)?\s*(?:(?P<below>{_BELOW}|低于|小于|不超过|最多|不到|<=?)|(?P<above>{_ABOVE}|高于|大于|超过|至少|不低于|>=?))\s*(?P<n>\d+(?:\.\d+)?)|{word}(?P<n2>\d+(?:\.\d+)?)(?P<post>以上|以下|以内)"
        for m in re.finditer(pattern, low):
            value = float(m["n"] or m["n2"])
            below = m["below"] or (m["post"] or "") in ("以下", "以内")
            yield Found(*_trim(m), facet.name, (None, value) if below else (value, None))


def _trim(match: re.Match[str]) -> tuple[int, int]:
    text = match.group()
    lead = len(text) - len(text.lstrip(" ,"))
    return match.start() + lead, match.end() - (len(text) - len(text.rstrip(" ,")))
