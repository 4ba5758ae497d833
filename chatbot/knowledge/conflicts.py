"""What an operator should look at: passages that contradict each other, dates that have passed.

A contradiction is found where two sentences say nearly the same of the same matter with another
number: "You may return goods within 30 days", "Goods may be returned within 14 days".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from chatbot.knowledge import Passage
from chatbot.knowledge.sentences import sentences
from retrieval.bilingual import lexicon, words
from retrieval.schema import fold

MAX = 100
"""So many contradictions are reported at most."""

_UNITS: tuple[tuple[str, str], ...] = (
    ("day", r"(?:working |business |calendar )?days?|个?工作日|天|日(?!元)"),
    ("hour", r"hours?|hrs?|个?小时"),
    ("minute", r"minutes?|mins?|分钟"),
    ("week", r"weeks?|周|星期"),
    ("month", r"months?|个月"),
    ("year", r"years?|年(?!\d)"),
    ("percent", r"%|percent|per cent|％"),
    ("money", r"euros?|dollars?|pounds?|€|usd|eur|gbp|rs\.?|rupees|元|块|美元|人民币"),
    ("weight", r"kg|kilograms?|公斤|千克"),
)
_SPELT = {w: float(n) for n, w in enumerate(
    "zero one two three four five six seven eight nine ten eleven twelve".split())}  # fmt: skip
_SPELT |= {"twenty": 20.0, "thirty": 30.0, "sixty": 60.0, "ninety": 90.0}
_SPELT |= {w: float(n) for n, w in enumerate("零一二三四五六七八九十")} | {"两": 2.0}
_PLAIN = frozenset("within after before yes then until from every each 收到 以后 以内 之内".split())
_NUMBER = r"\d+(?:[.,]\d+)*|" + "|".join(sorted(_SPELT, key=len, reverse=True))
_QUANTITIES = [
    (unit, re.compile(rf"(?<![\d.a-z])(?P<n>{_NUMBER})\s*-?\s*(?:{pattern})", re.IGNORECASE))
    for unit, pattern in _UNITS
]
_PREFIXED = re.compile(
    r"(?:€|\$|£|¥|￥|\bRs\.?|\bEUR|\bUSD)\s*(?P<n>\d+(?:[.,]\d+)*)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two passages that say different things of one matter."""

    first: Passage
    second: Passage
    said: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Stale:
    """A passage that speaks of a date in the past as if it were to come."""

    passage: Passage
    day: date
    said: str


def quantities(text: str) -> frozenset[tuple[str, float]]:
    """(unit, number) of a text.

    >>> sorted(quantities("within 30 days, for $5"))
    [('day', 30.0), ('money', 5.0)]
    """
    found = {("money", _number(m["n"])) for m in _PREFIXED.finditer(text)}
    for unit, pattern in _QUANTITIES:
        found.update((unit, _number(m["n"])) for m in pattern.finditer(text))
    return frozenset(found)


def _number(text: str) -> float:
    spelt = _SPELT.get(text.casefold())
    if spelt is not None:
        return spelt
    text = text.rstrip(".,")
    if re.search(r",\d{3}(?:\D|$)", text):
        text = text.replace(",", "")
    return float(re.sub(r",(\d{1,2})$", r".\1", text).replace(",", "").rstrip(".") or 0)


@dataclass(frozen=True, slots=True)
class _Said:
    """One sentence with a number, as it is compared."""

    passage: Passage
    text: str
    matter: frozenset[str]
    about: frozenset[str]
    numbers: frozenset[tuple[str, float]]


def conflicts(passages: Sequence[Passage]) -> tuple[Conflict, ...]:
    """Pairs of passages that contradict each other, at most `MAX`."""
    said = [s for p in passages if p.kind != "template" for s in _statements(p)]
    holders: dict[str, list[int]] = {}
    for at, s in enumerate(said):
        for word in s.matter:
            holders.setdefault(word, []).append(at)
    found: list[Conflict] = []
    pairs: set[tuple[str, ...]] = set()
    for at, s in enumerate(said):
        # Rare words first: partners share one of them.
        rare = sorted(s.matter, key=lambda w: len(holders[w]))[:3]
        for other in sorted({o for w in rare for o in holders[w][:200] if o > at}):
            one = said[other]
            # The same two sentences often stand in many places.
            keys = (
                tuple(sorted((s.passage.id, one.passage.id))),
                tuple(sorted((s.text, one.text))),
            )
            if pairs & set(keys) or not _contradict(s, one):
                continue
            pairs.update(keys)
            found.append(Conflict(s.passage, one.passage, (s.text, one.text)))
            if len(found) >= MAX:
                return tuple(found)
    return tuple(found)


def _statements(passage: Passage) -> Iterable[_Said]:
    about = frozenset(words(passage.breadcrumb))
    for text in sentences(passage.text):
        numbers = quantities(text)
        if numbers and len(text) < 400:
            matter = frozenset(w for w in words(_bare(text)) if len(w) > 1 and w not in _PLAIN)
            if len(matter) >= 2:
                yield _Said(passage, text, matter, about, numbers)


def _bare(text: str) -> str:
    """A sentence without its quantities."""
    text = _PREFIXED.sub(" ", text)
    for _, pattern in _QUANTITIES:
        text = pattern.sub(" ", text)
    return re.sub(r"\d+(?:[.,]\d+)*", " ", text)


_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+")

_CASE = re.compile(
    r"\b(?:if|in (?:the )?case|when|unless|except|only|otherwise|during|outside|"
    r"for (?:members|students|seniors?|orders|items))\b|"
    r"如果|若|要是|除非|除外|仅|只有|会员|期间|情况下|否则",
    re.IGNORECASE,
)
"""What holds in one case only does not contradict what holds in another."""


def _case(said: _Said) -> bool:
    return _CASE.search(said.text) is not None


def _same_thing(a: _Said, b: _Said) -> bool:
    """Whether what only one heading has means what only the other has: "refund", "money back"."""
    one, other = (_TOKEN.findall(fold(s.passage.breadcrumb)) for s in (a, b))
    return bool(_concepts(one, other) & _concepts(other, one))


def _concepts(tokens: Sequence[str], others: Sequence[str]) -> frozenset[int]:
    """What those of the tokens speak of that are not among the others."""
    rest = (f"{token} " if token.isascii() else token for token in tokens if token not in others)
    return lexicon().found("".join(rest))


def _contradict(a: _Said, b: _Said) -> bool:
    if a.passage.id == b.passage.id or a.passage.language != b.passage.language:
        return False
    units = {u for u, _ in a.numbers} & {u for u, _ in b.numbers}
    differ = [
        u
        for u in units
        if not {n for v, n in a.numbers if v == u} & {n for v, n in b.numbers if v == u}
    ]
    if not differ or {u for u, _ in a.numbers} != {u for u, _ in b.numbers}:
        return False
    shared = len(a.matter & b.matter)
    alike = shared / len(a.matter | b.matter)
    near = len(a.about & b.about) / max(min(len(a.about), len(b.about)), 1)
    # Headings that name different things speak of different things ("Standard", "Express").
    apart = bool(a.about - b.about) and bool(b.about - a.about)
    if a.passage.source == b.passage.source and apart:
        # The same heading of two products ("Fees of the gold card", "Fees of the blue card").
        if near >= 0.5 and not _same_thing(a, b):
            return False
        if near < 0.85:
            return shared >= 4 and alike >= 0.8
    if a.matter != b.matter and (_case(a) or _case(b)):
        return False
    return (shared >= 3 and alike >= 0.5) or (near >= 0.6 and shared >= 2 and alike >= 0.35)


_MONTHS = {
    name: number
    for number, names in enumerate(
        "jan january,feb february,mar march,apr april,may,jun june,jul july,aug august,"
        "sep sept september,oct october,nov november,dec december".split(","), 1
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_UNTIL_EN = re.compile(
    rf"\b(?:until|till|through|by|before|valid to|valid until|ends?(?: on)?|ending|"
    rf"expires?(?: on)?|"
    rf"up to|no later than|deadline(?: is)?:?|closes(?: on)?|as of|from|since|on)\s+(?:the\s+)?(?:"
    rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m>{_MONTH})\.?,?\s+(?P<y>\d{{4}})|"
    rf"(?P<m2>{_MONTH})\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y2>\d{{4}})|"
    rf"(?P<y3>\d{{4}})-(?P<m3>\d{{1,2}})-(?P<d3>\d{{1,2}})|"
    rf"(?:the )?end of (?P<m4>{_MONTH})\s+(?P<y4>\d{{4}})|(?:the )?end of (?P<y5>\d{{4}}))",
    re.IGNORECASE,
)
_PAST_EN = re.compile(r"^(?:as of|from|since|on)\b", re.IGNORECASE)
_UNTIL_ZH = re.compile(
    r"(?:截至|截止到?|有效期至|至|到|直到|于)?\s*(?P<y>20\d{2})年(?:(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})[日号])?)?"
    r"(?:底|末)?(?P<after>\s*(?:前|之前|为止|止|截止|到期|结束))?"
)


def stale(passages: Sequence[Passage], today: date) -> tuple[Stale, ...]:
    """Passages that promise something up to a day that has passed."""
    found: list[Stale] = []
    for passage in passages:
        for text in sentences(passage.text):
            day = ends(text)
            if day is not None and day < today:
                found.append(Stale(passage, day, text))
                break
    return tuple(found)


def ends(text: str) -> date | None:
    """The last day that a sentence sets as an end, or None.

    >>> ends("Free returns until 31 March 2024."), ends("优惠截止到2023年12月31日。")
    (datetime.date(2024, 3, 31), datetime.date(2023, 12, 31))
    >>> ends("We were founded in 1987."), ends("Since 1 May 2020 we deliver abroad.")
    (None, None)
    """
    days: list[date] = []
    for m in _UNTIL_EN.finditer(text):
        if _PAST_EN.match(m.group()):
            continue
        year = m["y"] or m["y2"] or m["y3"] or m["y4"] or m["y5"]
        month = m["m"] or m["m2"] or m["m3"] or m["m4"] or "12"
        days.append(_day(year, month, m["d"] or m["d2"] or m["d3"]))
    for m in _UNTIL_ZH.finditer(text):
        if m["after"] or re.match(r"截|有效期|至|到|直到", m.group()):
            days.append(_day(m["y"], m["m"] or "12", m["d"]))
    return max(days) if days else None


def _day(year: str, month: str, day: str | None) -> date:
    """A date; the last of its month where no day is said or the day does not exist."""
    number = _MONTHS.get(month.casefold()) or min(max(int(month), 1), 12)
    following = date(int(year) + number // 12, number % 12 + 1, 1)
    last = date.fromordinal(following.toordinal() - 1)
    return min(last, date(int(year), number, min(int(day), last.day))) if day else last
