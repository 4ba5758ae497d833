from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from chatbot.errors import InputError
from chatbot.handoff.hours import Hours, parse
from chatbot.handoff.words import opening

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


WEEK = parse("Mon-Fri 09:00-12:30, 13:30-17; Sat 10-14; 2026-12-25 closed", "Europe/Berlin")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [("2026-11-23 09:00", True), ("2026-11-23 08:59", False), ("2026-11-23 12:30", False),
     ("2026-11-23 16:59", True), ("2026-11-23 17:00", False), ("2026-11-28 13:00", True),
     ("2026-11-29 13:00", False), ("2026-12-25 10:00", False)],
)  # fmt: skip
def test_open(moment: str, is_open: bool) -> None:
    assert WEEK.open_at(at(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "opens"),
    [("2026-11-22 20:00", "2026-11-23 09:00"), ("2026-11-23 12:45", "2026-11-23 13:30"),
     ("2026-11-28 18:00", "2026-11-30 09:00"), ("2026-12-24 18:00", "2026-12-26 10:00")],
)  # fmt: skip
def test_the_next_opening(moment: str, opens: str) -> None:
    assert WEEK.opens(at(moment)) == at(opens)


def test_the_desk_keeps_its_own_clock_also_when_it_changes() -> None:
    # Clocks go back in the night to 2026-10-25: nine o'clock is an hour later in UTC.
    assert WEEK.opens(at("2026-10-23 18:00")) == at("2026-10-24 10:00")
    assert WEEK.opens(at("2026-10-24 18:00")) == at("2026-10-26 09:00")
    assert at("2026-10-26 09:00") - at("2026-10-23 09:00") == 3 * 86400 + 3600


def test_a_span_may_pass_midnight() -> None:
    night = parse("Fri 22:00-02:00", "UTC")
    utc = ZoneInfo("UTC")
    assert night.open_at(at("2026-11-28 01:59", utc))
    assert not night.open_at(at("2026-11-28 02:00", utc))


def test_chinese_hours() -> None:
    week = parse("周一至周五 9:00-18:00；周六、周日 10:00-14:00", "Asia/Shanghai").week
    assert week == {**{d: ((540, 1080),) for d in range(5)}, 5: ((600, 840),), 6: ((600, 840),)}


def test_without_hours_a_desk_is_always_open() -> None:
    assert parse("").open_at(0.0)
    assert Hours().opens(0.0) is None


@pytest.mark.parametrize(
    "text",
    ["Mon", "Mon 9", "Mon 9-25", "Funday 9-17", "Mon 9-17 sharp", "2026-13-01 closed", "9-17"],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse(text)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InputError, match="time zone"):
        parse("Mon 9-17", "Mars/Olympus")


def test_openings_in_words() -> None:
    now, monday = at("2026-11-21 20:00"), at("2026-11-23 09:00")
    assert opening(monday, now, WEEK, "en") == "Monday 9:00 (Europe/Berlin time)"
    assert opening(monday, now, WEEK, "zh") == "周一 9:00（Europe/Berlin 时间）"
    assert "2026-12-21" in opening(at("2026-12-21 09:00"), now, WEEK, "en")
