"""When a desk is open: weekly hours in a time zone, with days off. Pure; knows no clock.

Written as operators write it: `Mon-Fri 09:00-12:30,13:30-17:00; Sat 10-14; 2026-12-25 closed`, or
`周一至周五 9:00-18:00；周六 10:00-14:00`. A span may pass midnight (`Fri 22:00-02:00`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from chatbot.errors import InputError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CHINESE = "一二三四五六日"
_DAY_MINUTES = 24 * 60
_LOOK_AHEAD = 370
"""Days searched for the next opening."""

_TIME = r"(\d{1,2})(?::(\d{2}))?"
_SPAN = re.compile(rf"{_TIME}\s*[-–—~至到]\s*{_TIME}")
_PART = re.compile(r"(?P<days>[^\d]+?)\s*(?P<times>\d.*|closed)", re.IGNORECASE)
_OFF = re.compile(r"(\d{4}-\d{2}-\d{2})\s*(?:closed|off|休息|关闭)?", re.IGNORECASE)

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours. Without `week` a desk is always open.

    Attributes:
        week: weekday (Monday 0) → spans in minutes of that local day, ends excluded.
        zone: where the desk's clock hangs; `name` is what people call it.
        off: local days on which the desk is closed whatever the week says.
    """

    week: Mapping[int, Spans] = field(default_factory=dict)
    zone: tzinfo = field(default_factory=lambda: ZoneInfo("UTC"))
    name: str = "UTC"
    off: frozenset[date] = frozenset()

    def local(self, at: float) -> datetime:
        """A moment in Unix seconds on the desk's clock."""
        return datetime.fromtimestamp(at, self.zone)

    def open_at(self, at: float) -> bool:
        """Whether somebody is there at a moment in Unix seconds."""
        if not self.week:
            return True
        here = self.local(at)
        minute = here.hour * 60 + here.minute
        if here.date() in self.off:
            return False
        return any(start <= minute < end for start, end in self.week.get(here.weekday(), ()))

    def opens(self, at: float) -> float | None:
        """Unix seconds of the next opening after `at`; None while open, or where there is none."""
        if self.open_at(at):
            return None
        today = self.local(at).date()
        for ahead in range(_LOOK_AHEAD):
            day = today + timedelta(days=ahead)
            if day in self.off:
                continue
            for start, _ in self.week.get(day.weekday(), ()):
                clock = time(start // 60, start % 60)
                moment = datetime.combine(day, clock, self.zone).timestamp()
                if moment > at:
                    return moment
        return None


def parse(text: str, zone: str = "UTC") -> Hours:
    """Hours from an operator's words; "" is always open.

    Raises:
        InputError: the hours or the zone cannot be read.

    >>> week = parse("Mon-Fri 9-17", "Europe/Berlin").week
    >>> week[0], 5 in week
    (((540, 1020),), False)
    """
    place = _zone(zone)
    week: dict[int, list[tuple[int, int]]] = {}
    off: set[date] = set()
    for part in filter(None, (p.strip() for p in re.split(r"[;；\n]", text))):
        day_off = _OFF.fullmatch(part)
        if day_off:
            off.add(_date(day_off[1], part))
            continue
        found = _PART.fullmatch(part)
        if found is None:
            raise _unreadable(part)
        days = _days(found["days"], part)
        if found["times"].casefold() == "closed":
            continue
        for start, end in _spans(found["times"], part):
            for day in days:
                _add(week, day, start, end)
    if text.strip() and not week:
        raise _unreadable(text.strip())
    return Hours({d: tuple(sorted(s)) for d, s in week.items()}, place, zone, frozenset(off))


def _add(week: dict[int, list[tuple[int, int]]], day: int, start: int, end: int) -> None:
    if end > start:
        week.setdefault(day, []).append((start, end))
        return
    week.setdefault(day, []).append((start, _DAY_MINUTES))
    if end:
        week.setdefault((day + 1) % 7, []).append((0, end))


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InputError(
            f"there is no time zone {name!r}.", hint="Write it like Europe/Berlin."
        ) from None


def _date(text: str, part: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _unreadable(part) from None


def _days(text: str, part: str) -> tuple[int, ...]:
    found: list[int] = []
    for piece in filter(None, re.split(r"[,，、\s]+", text.strip(" :："))):
        ends = re.split(r"[-–—~至到]", piece)
        numbers = [_day(end, part) for end in ends if end]
        if not 1 <= len(numbers) <= 2:
            raise _unreadable(part)
        first, last = numbers[0], numbers[-1]
        found += [(first + n) % 7 for n in range((last - first) % 7 + 1)]
    if not found:
        raise _unreadable(part)
    return tuple(dict.fromkeys(found))


def _day(text: str, part: str) -> int:
    name = text.strip().casefold()
    chinese = re.fullmatch(r"(?:周|星期|礼拜)?([一二三四五六日天])", name)
    if chinese:
        return _CHINESE.index("日" if chinese[1] == "天" else chinese[1])
    if len(name) >= 3 and name.isalpha() and name[:3] in _DAYS:
        return _DAYS.index(name[:3])
    raise _unreadable(part)


def _spans(text: str, part: str) -> list[tuple[int, int]]:
    found = []
    for piece in filter(None, (p.strip() for p in re.split(r"[,，、]", text))):
        span = _SPAN.fullmatch(piece)
        if span is None:
            raise _unreadable(part)
        start, end = _minutes(span[1], span[2], part), _minutes(span[3], span[4], part)
        if start == _DAY_MINUTES:
            raise _unreadable(part)
        found.append((start, end))
    return found


def _minutes(hour: str, minute: str | None, part: str) -> int:
    total = int(hour) * 60 + int(minute or 0)
    if total > _DAY_MINUTES or int(minute or 0) > 59:
        raise _unreadable(part)
    return total


def _unreadable(part: str) -> InputError:
    return InputError(
        f"the opening hours cannot be read at {part!r}.",
        hint="Write them like: Mon-Fri 09:00-17:00; Sat 10:00-14:00; 2026-12-25 closed.",
    )
