"""What happened lately, read from the database in a few queries. Counts; keeps nothing."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chatbot.handoff.outcomes import Outcome, Outcomes
from chatbot.handoff.triggers import verdict, weight
from chatbot.policy import UNSURE
from chatbot.storage.database import Database
from chatbot.storage.tables import feedback, impressions, items, sessions, turns

DAY_S = 24 * 3600.0
MOST_TURNS = 20_000
"""Turns looked at; of more, the latest."""

_GOOD, _BAD = ("love", "like"), ("dislike",)


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a visitor that got no answer."""

    text: str
    when: float
    session: str
    catalogue: str


@dataclass(frozen=True, slots=True)
class Taken:
    """One item: how often it was shown, and what visitors said of it."""

    item: str
    title: str
    catalogue: str
    shown: int
    liked: int
    disliked: int

    @property
    def rate(self) -> float | None:
        """Share of showings that were liked; None where it was not shown in this time."""
        return self.liked / self.shown if self.shown else None


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened since `since` (Unix seconds), `site` alone where one is named.

    Attributes:
        conversations, visitors, messages: how many.
        by_day: (day, messages) from the first day to today, days without any included.
        actions: what was done, by action.
        languages: messages by language.
        wanted, avoided: (facet, value) → conversations in which it was wished for or refused.
        unanswered: messages without an answer, latest first.
        outcomes: of support conversations.
        items: shown or judged items, the most shown first.
        slow_ms: milliseconds under which 19 of 20 answers stayed.
    """

    since: float
    conversations: int = 0
    visitors: int = 0
    messages: int = 0
    by_day: tuple[tuple[str, int], ...] = ()
    actions: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    wanted: tuple[tuple[tuple[str, str], int], ...] = ()
    avoided: tuple[tuple[tuple[str, str], int], ...] = ()
    unanswered: tuple[Said, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    items: tuple[Taken, ...] = ()
    slow_ms: float | None = None

    @property
    def resolutions(self) -> Counter[str]:
        """Support conversations by how they ended."""
        return Counter(o.resolution for o in self.outcomes)

    @property
    def ratings(self) -> Counter[int]:
        """Ratings from 1 to 5, how often each was given."""
        return Counter(o.csat for o in self.outcomes if o.csat)

    @property
    def satisfaction(self) -> float | None:
        """The mean rating, None without ratings."""
        given = self.ratings
        total = sum(given.values())
        return sum(n * k for n, k in given.items()) / total if total else None


def figures(
    database: Database, days: int = 30, *, site: str = "", now: float | None = None
) -> Figures:
    """The figures of the last `days` days."""
    now = time.time() if now is None else now
    since = now - days * DAY_S
    rows = _turns(database, since, site)
    people: set[str] = set()
    known: set[str] = set()
    actions: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    by_day: Counter[str] = Counter()
    unanswered: list[Said] = []
    wishes: dict[str, set[tuple[str, str]]] = {}
    refusals: dict[str, set[tuple[str, str]]] = {}
    spent: list[float] = []
    for row in rows:
        turn = json.loads(row.data)
        if not turn.get("text"):
            continue  # a list that was refreshed by hand
        reply, u = turn["reply"], turn["understanding"]
        known.add(row.session)
        people.add(row.user or row.session)
        actions[reply["action"]] += 1
        languages[reply.get("language", "en")] += 1
        by_day[_day(row.created)] += 1
        spent.append(float(reply.get("timings_ms", {}).get("total", 0.0)))
        if missed(turn) and not _about_us(turn["text"]):
            unanswered.append(Said(turn["text"], row.created, row.session, row.catalogue))
        for update in u.get("updates", ()):
            told = update.get("preference")
            if told and isinstance(told["value"], str) and told["facet"] not in ("title",):
                place = refusals if told["stance"] in ("avoid", "forbid") else wishes
                place.setdefault(row.session, set()).add((told["facet"], told["value"]))
    return Figures(
        since,
        len(known),
        len(people),
        sum(actions.values()),
        _series(by_day, now, days),
        dict(actions.most_common()),
        dict(languages.most_common()),
        _common(wishes),
        _common(refusals),
        tuple(sorted(unanswered, key=lambda s: -s.when)),
        tuple(o for o in Outcomes(database).latest(since) if not site or o.site == site),
        _items(database, since, known if site else None),
        sorted(spent)[int(len(spent) * 0.95)] if spent else None,
    )


def _turns(database: Database, since: float, site: str) -> list[Any]:
    query = (
        sa.select(
            turns.c.session, turns.c.created, turns.c.data, sessions.c.catalogue, sessions.c.user,
            sessions.c.data.label("whole"),
        )
        .join(sessions, sessions.c.id == turns.c.session)
        .where(turns.c.created >= since)
        .order_by(turns.c.created.desc())
        .limit(MOST_TURNS)
    )  # fmt: skip
    with database.read() as c:
        rows = c.execute(query).all()
    if site:
        rows = [row for row in rows if json.loads(row.whole).get("site") == site]
    return list(rows)


def missed(turn: Mapping[str, Any]) -> bool:
    """Whether a kept turn left its question open; see `chatbot.handoff.triggers.missed`."""
    reply, u = turn["reply"], turn["understanding"]
    if reply["action"] == "support":
        return not reply.get("citations")
    if reply["action"] == "handoff":
        called = reply.get("handoff") or {}
        return called.get("reason") == "low_confidence" and called.get("person") is None
    lost = u["intent"] in ("unclear", "out_of_scope") or u.get("confidence", 1.0) < UNSURE
    return reply["action"] == "chat" and lost


def _about_us(text: str) -> bool:
    """Whether a message speaks of the help it got: no page could answer it."""
    return verdict(text) is not None or weight(text) > 0


def _common(found: Mapping[str, set[tuple[str, str]]]) -> tuple[tuple[tuple[str, str], int], ...]:
    counted = Counter(pair for pairs in found.values() for pair in pairs)
    return tuple(counted.most_common(15))


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def _series(by_day: Mapping[str, int], now: float, days: int) -> tuple[tuple[str, int], ...]:
    last = datetime.fromtimestamp(now, UTC).date()
    all_days = [(last - timedelta(days=back)).isoformat() for back in range(days - 1, -1, -1)]
    return tuple((day, by_day.get(day, 0)) for day in all_days)


def _items(database: Database, since: float, within: set[str] | None) -> tuple[Taken, ...]:
    with database.read() as c:
        shown: Counter[tuple[str, str]] = Counter()
        for row in c.execute(
            sa.select(impressions.c.session, impressions.c.catalogue, impressions.c.item).where(
                impressions.c.created >= since
            )
        ):
            if within is None or row.session in within:
                shown[row.catalogue, row.item] += 1
        said: dict[tuple[str, str], Counter[str]] = {}
        for given in c.execute(
            sa.select(
                feedback.c.session, feedback.c.catalogue, feedback.c.item, feedback.c.verdict
            ).where(feedback.c.created >= since)
        ):
            if within is None or given.session in within:
                key = (given.catalogue, given.item)
                said.setdefault(key, Counter())[given.verdict] += 1
        rows = sorted({*shown, *said}, key=lambda k: (-shown[k], k))[:50]
        return tuple(
            Taken(
                item,
                str(
                    c.execute(
                        sa.select(items.c.title).where(
                            items.c.catalogue == catalogue, items.c.id == item
                        )
                    ).scalar()
                    or item
                ),
                catalogue,
                shown[catalogue, item],
                sum(said.get((catalogue, item), Counter())[v] for v in _GOOD),
                sum(said.get((catalogue, item), Counter())[v] for v in _BAD),
            )
            for catalogue, item in rows
        )
