from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.backoffice.figures import figures
from chatbot.handoff.outcomes import Outcomes
from chatbot.storage.database import Database
from chatbot.storage.sessions import Feedback, Impression, StoredSessions
from chatbot.values import (
    ActionName,
    Assert,
    Citation,
    Intent,
    Preference,
    Reply,
    Session,
    Turn,
    Understanding,
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "f.db")
    yield opened
    opened.close()


def turn(n: int, text: str, action: ActionName, intent: Intent = "support", cited: bool = False,
         *updates: Assert) -> Turn:  # fmt: skip
    citations = (Citation("T", "", "q", 0.9),) if cited else ()
    reply = Reply(f"r{n}", "s", n, "…", action, citations=citations, timings_ms={"total": 10.0 * n})
    return Turn(n, text, Understanding(intent, updates), reply)


def wish(stance: str, value: str) -> Assert:
    return Assert(Preference(stance, "colour", value))  # type: ignore[arg-type]


def test_what_happened_is_counted(database: Database) -> None:
    store = StoredSessions(database)
    one = Session("s1", "shop", user="ann", site="a")
    two = Session("s2", "shop", user="bob", site="b")
    for session in (one, two):
        store.create(session)
    store.save(
        one,
        turn(1, "a red mug", "recommend", "recommend", False, wish("require", "red")),
        [Impression("m1", 0), Impression("m2", 1)],
    )
    store.save(one, turn(2, "no blue", "recommend", "recommend", False, wish("forbid", "blue")),
               [Impression("m1", 0)])  # fmt: skip
    store.save(one, turn(3, "", "recommend", "recommend"))  # refreshed by hand
    store.save(two, turn(1, "engraving?", "support"))
    store.save(two, turn(2, "that didn't help", "chat", "unclear"))
    store.save(two, turn(3, "returns?", "support", "support", True))
    store.save(two, turn(4, "red, red, red", "recommend", "recommend", False, wish("like", "red")))
    store.record(Feedback("f1", "s1", "shop", 1, "m1", "like"))
    store.record(Feedback("f2", "s1", "shop", 1, "m2", "dislike"))
    outcomes = Outcomes(database)
    outcomes.note(two, "confirmed")
    outcomes.rate(two, 4)

    f = figures(database, 7)
    assert (f.conversations, f.visitors, f.messages) == (2, 2, 6)
    assert f.actions == {"recommend": 3, "support": 2, "chat": 1}
    assert [s.text for s in f.unanswered] == ["engraving?"]  # a complaint is no question
    assert f.wanted == ((("colour", "red"), 2),)
    assert f.avoided == ((("colour", "blue"), 1),)
    assert [(i.item, i.shown, i.liked, i.disliked) for i in f.items] == [
        ("m1", 2, 1, 0), ("m2", 1, 0, 1),
    ]  # fmt: skip
    assert f.items[0].rate == 0.5
    assert len(f.by_day) == 7
    assert f.by_day[-1][1] == 6
    assert (f.resolutions["confirmed"], f.satisfaction) == (1, 4.0)

    alone = figures(database, 7, site="a")
    assert (alone.conversations, alone.messages, alone.outcomes) == (1, 2, ())
    assert len(alone.items) == 2
    later = figures(database, 7, now=time.time() + 30 * 86400)
    assert (later.messages, later.items, later.unanswered) == (0, (), ())
    assert later.satisfaction is None
