# ruff: noqa: E501  (patterns read best on one line)
"""Durations, ages, prices, ratings and labelled numbers, English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatbot.understand.numerals import HAN, NUM, UNITS, Found, number, trim
from retrieval.constraints import Interval
from retrieval.schema import Facet

BELOW = (
    r"(?:no (?:more|longer|older|later|higher|heavier|bigger|larger) than|not (?:more|longer|over|above|older|later|heavier|bigger|larger|exceeding) ?(?:than)?|"
    r"(?:shorter|less|fewer|cheaper|lower|older|earlier|younger|smaller|lighter) than|under|below|within|up to|at most|max(?:imum)?(?: of)?|before|until|"
    r"prior to|by|pre|till|up until|maximum|nothing (?:over|above|after|newer than|longer than|more than|past)|not past)"
)
ABOVE = (
    r"(?:no (?:less|shorter|earlier|lower) than|not (?:less|shorter|before|below|under|earlier) ?(?:than)?|(?:longer|more|greater|newer|later|higher|bigger|larger|heavier) than|"
    r"over|above|at least|min(?:imum)?(?: of)?|after|since|post|starting (?:from|in|at)|from|"
    r"nothing (?:under|below|before|older than|shorter than|less than|earlier than|pre)|minimum)"
)
ABOUT = r"(?:around|about|roughly|approximately|circa|approx\.?|some|~|close to|near)"


def bounded(
    low: str, quantity: str, *, prefix_required: bool = False
) -> Iterator[tuple[re.Match[str], str]]:
    """Matches of `quantity` with the words around it: (match, "below"|"above"|"about"|"")."""
    pattern = re.compile(
        rf"(?:(?P<below>{BELOW})|(?P<above>{ABOVE})|(?P<about>{ABOUT}))?\s*"
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


_LEFT = re.compile(r"\b(?:got|have|has|only|just)(?: about| only| just| like)? ?$")
"""Such as "I've got 90 minutes": that long, and no longer."""
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
            yield Found(*trim(m), "minutes", (a * factor, b * factor))
    for m, side in bounded(low, _MINUTES):
        minutes = _minutes(m)
        if minutes is not None and 3 <= minutes <= 900:
            side = side or ("below" if _LEFT.search(low[: m.start()]) else "")
            yield Found(*trim(m), "minutes", _sided(minutes, side, 15))
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
            m.start(), m.end(), "minutes", _sided(minutes, han_side(m["pre"], m["post"]), 15)
        )


def han_side(pre: str | None, post: str | None) -> str:
    """Whether the words around a Chinese number say "below", "above", "about", or nothing ("")."""
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
        r"\b(?:they|he|she)(?:'re|'s| are| is)(?: both| only| just| about| now| almost| all)? (?P<n>\d{1,2})(?: ?(?:,|and|&|to|-) ?\d{1,2})*(?: years old)?(?=\s*(?:$|[.,!?;]))",
        low,
    ):
        youngest = min(float(n) for n in re.findall(r"\d{1,2}", m.group()))
        if 1 <= youngest <= 17:
            yield Found(*trim(m), "age", (None, youngest))
    for m in re.finditer(
        r"\b(?:kids?|children|sons?|daughters?|boys?|girls?|grandkids)\b[ ,]*\(?(?:who are |aged |ages |are )?(?P<n>\d{1,2})(?: ?(?:,|and|&|to|-) ?(?P<n2>\d{1,2}))*\)?(?![\d']| ?(?:hours?|minutes?|mins?|films?|movies?|years? ago|pm|am))",
        low,
    ):
        youngest = min(float(n) for n in re.findall(r"\d{1,2}", m.group()))
        if 1 <= youngest <= 17:
            yield Found(*trim(m), "age", (None, youngest))
    for m in re.finditer(
        rf"(?:(?:for|with|and|my|a|an|our)\s+)*(?P<n>\d{{1,2}}|{'|'.join(UNITS)})\s*(?:(?:and|&|to|-)\s*(?P<n2>\d{{1,2}}|{'|'.join(UNITS)})\s*)?-?\s*(?:years?|yrs?)[ -]*(?:olds?|of age)\b|\b(?:age|aged|ages)\s*(?P<a>\d{{1,2}}|{'|'.join(UNITS)})\b|\b(?P<yo>\d{{1,2}})\s*(?:yo|y/o)s?\b",
        low,
    ):
        values = [number(g) for g in (m["n"], m["n2"], m["a"], m["yo"]) if g]
        youngest = min(v for v in values if v is not None)
        if 1 <= youngest <= 21:
            yield Found(*trim(m), "age", (None, youngest))
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
        rf"(?:between\s*)?[$€£¥￥]?\s*(?P<a>\d+(?:\.\d+)?)\s*(?:-|–|to|and|到|至)\s*[$€£¥￥]?\s*(?P<b>\d+(?:\.\d+)?)\s*(?P<u>{_CURRENCY}|元|块钱?|美元|美金|美刀|欧元|英镑|港[币元]|[$€£¥￥])?(?:之?间)?",
        low,
    ):
        money = m["u"] or re.search(r"[$€£¥￥]", m.group())
        if money and float(m["a"]) < float(m["b"]):
            yield Found(*trim(m), "money", (float(m["a"]), float(m["b"])))
    for m, side in bounded(
        low, rf"[$€£¥￥]\s*(?P<n>\d+(?:\.\d+)?)|(?P<k>{NUM})\s*(?:{_CURRENCY}\b|[$€£¥])"
    ):
        value = number(m["n"] or m["k"])
        if value is not None:
            yield Found(*trim(m), "money", _sided(value, side or "about", value * 0.2))
    for m in re.finditer(
        rf"(?:人均|价格|价钱|预算|门票|票价|消费)?(?:在|是|大概|大约)*(?P<pre>不要?超过|不超过|别超过|别超|不能超过|别高于|低于|少于|不到|最多|便宜于|不高于|超过|高于|至少|不低于|大于)?(?P<n>{HAN})(?:-|到|至|~)?(?P<n2>{HAN})?(?P<u>元|块钱?|人民币|rmb|美元|美金|美刀|刀(?![具片子叉])|欧元|英镑|港[币元])?(?P<post>以内|以下|之内|内|左右|上下|以上|之间)?",
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
            side = han_side(m["pre"], m["post"]) or "about"
            yield Found(m.start(), m.end(), "money", _sided(value, side, value * 0.2))


def scores(low: str) -> Iterator[Found]:
    """Ratings out of five or ten."""
    for m in re.finditer(
        rf"\b(?:rated|rating|score|scored|stars?)\b\s*(?:of|is|at|to be)?\s*(?P<side>{ABOVE}|{BELOW})?\s*(?P<n>\d(?:\.\d+)?)\s*(?:stars?)?(?P<plus>\+| (?:or|and) (?:more|above|higher|up|better))?|(?P<s2>{ABOVE}|{BELOW})\s*(?P<n2>\d(?:\.\d+)?)\s*(?:stars?|points?)\b|(?P<n3>\d(?:\.\d+)?)(?:\s*stars?)?(?:\+| (?:or|and) (?:more|above|higher|up|better))\s*(?:stars?|rating|rated)?",
        low,
    ):
        value = float(m["n"] or m["n2"] or m["n3"])
        side = m["side"] or m["s2"] or ""
        below = bool(side) and re.fullmatch(BELOW, side) is not None
        yield Found(*trim(m), "score", (None, value) if below else (value, None))
    for m in re.finditer(
        rf"评分(?:要|得|在|是)*(?P<pre>高于|超过|不低于|至少|大于|低于|不到|不高于)?(?P<n>{HAN})(?:点(?P<d>[零一二三四五六七八九]))?分?(?P<post>以上|以下|左右)?|(?P<n2>{HAN})(?:点(?P<d2>[零一二三四五六七八九]))?(?:分|星)(?P<p2>以上|以下)",
        low,
    ):
        value = number(m["n"] or m["n2"]) or 0.0
        digit = m["d"] or m["d2"]
        value += (number(digit) or 0) / 10 if digit else 0
        side = han_side(m["pre"], m["post"] or m["p2"])
        yield Found(
            m.start(), m.end(), "score", (None, value) if side == "below" else (value, None)
        )


def labelled(low: str, facet: Facet) -> Iterator[Found]:
    """Such as "<label> under 5", "at least 3 <unit>", 「<label>5以下」 for any number facet."""
    for label in {*facet.labels.values(), facet.name.replace("_", " ")}:
        word = re.escape(label.casefold())
        if len(label) < 2:
            continue
        pattern = rf"{word}\s*(?:of|is|was|should be|between|must be|在|是|为|要)?\s*(?:(?P<below>{BELOW}|低于|小于|不超过|最多|不到|<=?)|(?P<above>{ABOVE}|高于|大于|超过|至少|不低于|>=?))\s*(?P<n>\d+(?:\.\d+)?)|{word}(?P<n2>\d+(?:\.\d+)?)(?P<post>以上|以下|以内)"
        for m in re.finditer(pattern, low):
            value = float(m["n"] or m["n2"])
            below = m["below"] or (m["post"] or "") in ("以下", "以内")
            yield Found(*trim(m), facet.name, (None, value) if below else (value, None))
