# ruff: noqa: E501  (patterns read best on one line)
"""Years and decades in words: "late 90s", "before 2000", 「八九十年代」, 「近十年」."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from chatbot.understand.numerals import HAN, NUM, YEAR, Found, number, trim
from retrieval.constraints import Interval

_DECADES: Mapping[str, int] = {
    "twenties": 1920, "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960,
    "seventies": 1970, "eighties": 1980, "nineties": 1990, "noughties": 2000, "aughts": 2000,
    "naughties": 2000, "twenty tens": 2010, "two thousands": 2000, "twenty twenties": 2020,
}  # fmt: skip


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


def years(low: str, now: int) -> Iterator[Found]:
    """Years and decades."""
    for m in re.finditer(
        rf"(?:between|from)?\s*(?P<a>(?:19|20)?\d0'?s|{YEAR})\s*(?:and|to|-|–|until|through|till|到|至|—)\s*(?:the )?(?P<b>(?:19|20)?\d0'?s|{YEAR})(?:年代|年)?(?:之?间)?",
        low,
    ):
        first, last = _year_or_decade(m["a"], now), _year_or_decade(m["b"], now)
        if first and last and first[0] <= last[1]:
            yield Found(*trim(m), "year", (float(first[0]), float(last[1])))
    yield from _english_decades(low, now)
    yield from _english_years(low, now)
    yield from _chinese_decades(low, now)
    yield from _chinese_years(low, now)
    yield from _chinese_recent(low, now)


def _year_or_decade(text: str, now: int) -> tuple[int, int] | None:
    if re.fullmatch(YEAR, text):
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
        yield Found(*trim(m), "year", interval)


def _part(span: tuple[int, int], part: str | None, until: str | None = None) -> tuple[int, int]:
    first, last = span
    name = (part or "").split()[0] if part else ""
    low = {"mid": first + 3, "late": first + 6, "end": first + 6}.get(name, first)
    high = {"early": first + 3, "beginning": first + 3, "mid": first + 6}.get(name, last)
    if until:
        high = first + 6 if until == "mid" else last
    return low, high


def _bracketed(low: str, start: int, end: int) -> bool:
    """Whether a year stands alone in brackets: part of a title's name, "It (2017)", not a wish.

    >>> _bracketed("it (2017)", 4, 8), _bracketed("a comedy (2017 or later)", 10, 14)
    (True, False)
    """
    return low[start - 1 : start] in ("(", "（") and low[end : end + 1] in (")", "）")


def _english_years(low: str, now: int) -> Iterator[Found]:
    for m in re.finditer(
        rf"(?:\b(?P<below>before|pre|prior to|until|till|up to|by|older than|earlier than|no later than|not after|nothing after|nothing newer than|not newer than)\b|"
        rf"\b(?P<above>after|since|post|from|newer than|later than|no earlier than|not before|nothing before|nothing older than|not older than|no older than)\b|\b(?P<about>around|circa|about)\b)?"
        rf"[ -]?(?:the year )?(?<![\d$€£¥.])(?P<year>{YEAR})(?![\d%]|'?s\b|\s*(?:minutes?|mins?|元|分钟|年代|\d))(?P<on>(?: (?:and|or))? (?:onwards?|on\b(?! )|later|after|newer|up\b|earlier|before|older)|\+)?(?!年)",
        low,
    ):
        if _bracketed(low, m.start("year"), m.end("year")):
            continue
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
        yield Found(*trim(m), "year", interval)
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
        yield Found(*trim(m), "year", interval)


def _chinese_decades(low: str, now: int) -> Iterator[Found]:
    """Such as 「上世纪九十年代末」."""
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


def _chinese_years(low: str, now: int) -> Iterator[Found]:
    """Such as 「2010年以后」."""
    for m in re.finditer(
        rf"(?P<not>不要|别要?|不早于|不晚于|早于|晚于)?(?P<year>{YEAR}|零零|[〇零一二九][〇零一二三四五六七八九]{{3}})年?(?:到|至|-|~|—)(?P<to>{YEAR}|现在|今天)年?|(?P<only>早于|晚于|不早于|不晚于)?(?P<y2>{YEAR}|[一二][〇零九][〇零一二三四五六七八九]{{2}})年?(?:的)?(?P<side>以前|之前|前|以后|之后|后|以来|起|左右|以内)?(?P<nian>)",
        low,
    ):
        raw = m["year"] or m["y2"]
        year = number(raw)
        if year is None or not 1870 <= year <= now + 2:
            continue
        interval = _chinese_interval(m, year, low)
        if interval is not None:
            yield Found(m.start(), m.end(), "year", interval)


def _chinese_interval(m: re.Match[str], year: float, low: str) -> Interval | None:
    side, only = m["side"] or "", m["only"] or ""
    if m["to"]:
        return (year, number(m["to"]) if re.fullmatch(YEAR, m["to"]) else None)
    if "前" in side or only in ("早于", "不晚于"):
        return (None, year if only == "不晚于" else year - 1)
    if side in ("以来", "起") or only == "不早于":
        return (year, None)
    if "后" in side or only == "晚于":
        return (year if "后" in side else year + 1, None)
    if side == "左右":
        return (year - 2, year + 2)
    return (year, year) if low[m.end("y2") : m.end("y2") + 1] == "年" else None


def _chinese_recent(low: str, now: int) -> Iterator[Found]:
    """Such as 「近十年」, 「今年」, 「上世纪」."""
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
