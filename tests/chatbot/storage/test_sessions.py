"""The contract of `SessionStore`, on every implementation."""

from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.errors import BusyError, InputError, NotFoundError
from chatbot.storage.database import Database
from chatbot.storage.sessions import (
    Feedback,
    Impression,
    MemorySessions,
    SessionStore,
    StoredSessions,
)
from chatbot.storage.uses import Use, Used
from chatbot.values import Preference, Profile, Reply, Session, Turn, Understanding


def turn(number: int, text: str = "想看科幻 <b>") -> Turn:
    return Turn(number, text, Understanding("recommend"), Reply("r", "s", number, "Here", "chat"))


@pytest.fixture(params=["memory", "stored"])
def store(request, tmp_path: Path):
    if request.param == "memory":
        yield MemorySessions()
        return
    database = Database.open(tmp_path / "s.db")
    yield StoredSessions(database)
    database.close()


def test_a_session_comes_back_as_it_was_saved(store: SessionStore):
    profile = Profile(
        (
            Preference("require", "year", (1990.0, None), 0.9, "since 1990", 1),
            Preference("like", "genre", "科幻", source="科幻"),
        )
    )
    store.create(Session("s", "films", user="u"))
    saved = Session("s", "films", profile=profile, shown=("a", "b"), user="u", language="zh")
    store.save(saved, turn(1), [Impression("a", 0), Impression("b", 1, 0.5, "explore")])
    assert store.get("s") == replace(saved, turns=(turn(1),))


def test_only_the_last_turns_are_given_oldest_first(store: SessionStore):
    store.create(Session("s", "films"))
    for number in range(1, 6):
        store.save(Session("s", "films"), turn(number))
    assert [t.number for t in store.get("s", turns=2).turns] == [4, 5]
    assert store.get("s", turns=0).turns == ()


def test_saving_without_a_turn_keeps_the_turns(store: SessionStore):
    store.create(Session("s", "films"))
    store.save(Session("s", "films"), turn(1))
    store.save(Session("s", "films", surprise=0.9), None)
    found = store.get("s")
    assert found.surprise == 0.9 and len(found.turns) == 1


def test_what_is_not_there(store: SessionStore):
    assert store.get("nobody") is None
    assert store.undo("nothing") is None
    assert store.feedback("nobody") == ()
    with pytest.raises(NotFoundError):
        store.save(Session("nobody", "films"), None)


def test_an_id_is_taken_once(store: SessionStore):
    store.create(Session("s", "films", user="first"))
    with pytest.raises(InputError):
        store.create(Session("s", "films", user="second"))
    assert store.get("s").user == "first"


def test_the_same_turn_twice_changes_nothing(store: SessionStore):
    store.create(Session("s", "films"))
    store.save(Session("s", "films", shown=("a",)), turn(1))
    with pytest.raises(BusyError):
        store.save(Session("s", "films", shown=("b",)), turn(1, "other"))
    found = store.get("s")
    assert found.shown == ("a",) and found.turns == (turn(1),)


def test_feedback_is_kept_in_order_and_undone(store: SessionStore):
    store.create(Session("s", "films"))
    store.record(Feedback("f1", "s", "films", 1, "a", "like", created=1.0))
    store.record(Feedback("f2", "s", "films", 1, "b", "seen", created=2.0))
    store.record(Feedback("f3", "other", "films", 1, "b", "seen", created=3.0))
    assert [f.id for f in store.feedback("s")] == ["f1", "f2"]
    assert store.undo("f1").item == "a"
    assert store.undo("f1") is None
    assert [f.id for f in store.feedback("s")] == ["f2"]


def test_a_users_sessions_latest_first(store: SessionStore):
    for key in ("one", "two", "three"):
        store.create(Session(key, "films", user="u"))
    store.save(Session("one", "films", user="u"), turn(1))
    assert [s.id for s in store.list("u")] == ["one", "three", "two"]
    assert [s.id for s in store.list("u", limit=1)] == ["one"]
    assert store.list("u")[0].turns == ()
    assert store.list("v") == ()


def test_a_session_can_find_its_user_later(store: SessionStore):
    store.create(Session("s", "films"))
    store.save(Session("s", "films", user="u"), None)
    assert [s.id for s in store.list("u")] == ["s"]
    assert store.erase("u") == 1


def test_erasing_takes_everything_of_one_user_only(store: SessionStore):
    for key, user in (("a", "u"), ("b", "u"), ("c", "v"), ("d", "")):
        store.create(Session(key, "films", user=user))
        store.save(Session(key, "films", user=user), turn(1), [Impression("x", 0)])
        store.record(Feedback(f"f-{key}", key, "films", 1, "x", "like"))
    assert store.erase("u") == 2
    assert store.get("a") is None and store.feedback("a") == () and store.list("u") == ()
    assert store.get("c") is not None and len(store.feedback("c")) == 1
    assert store.erase("u") == 0


def test_sessions_of_nobody_are_neither_listed_nor_erased_together(store: SessionStore):
    store.create(Session("a", "films"))
    assert store.list("") == ()
    assert store.erase("") == 0
    assert store.get("a") is not None


def use(*items: str, strategy: str = "steady") -> Use:
    return Use(
        items,
        strategy,
        {"steady": 0.75, "crowd": 0.25},
        {"steady": items, "crowd": items[:1]},
        (1.0, 0.25),
        tuple({"quality": 0.5} for _ in items),
        {"x": "like"},
    )


def test_what_a_turn_leaves_for_learning_comes_back(store: SessionStore):
    for session in ("s", "t"):
        store.create(Session(session, "films", user=session))
        store.save(Session(session, "films", user=session), turn(1), (), use("a", "b"))
    store.create(Session("other", "shop"))
    store.save(Session("other", "shop"), turn(1), (), use("c"))
    store.save(Session("s", "films", user="s"), turn(2))
    store.save(Session("s", "films", user="s"), turn(3), (), use("d", strategy="crowd"))
    mine = (Used("s", 1, use("a", "b")), Used("s", 3, use("d", strategy="crowd")))
    assert store.uses("films") == (*mine, Used("t", 1, use("a", "b")))
    assert store.uses("films", "s") == mine
    assert store.uses("shop") == (Used("other", 1, use("c")),)
    store.erase("s")
    assert store.uses("films") == (Used("t", 1, use("a", "b")),)


def test_an_items_propensity_is_that_of_all_strategies_that_put_it_there():
    shown = use("a", "b")
    assert shown.propensity(0) == 1.0
    assert shown.propensity(1) == 0.75
