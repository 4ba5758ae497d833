"""A person takes a conversation, answers in it, and gives it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatbot.errors import InputError, NotFoundError
from chatbot.handoff.addresses import networks
from chatbot.handoff.cases import LEFT_S, WAITS_S
from chatbot.handoff.config import DeskConfig, Page, desk_of
from chatbot.handoff.desk import SupportDesk
from chatbot.handoff.letters import transcript_of
from chatbot.handoff.mail import mail_of
from chatbot.handoff.webhook import Webhook
from chatbot.settings import Settings
from chatbot.storage.database import Database
from chatbot.storage.sessions import StoredSessions
from chatbot.values import Reply, Session, Turn, Understanding


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "desk.db")
    yield opened
    opened.close()


@pytest.fixture
def desk(database: Database, receiver: Any, clock: Any) -> SupportDesk:
    channel = Webhook(receiver.address, "secret", networks("127.0.0.1"), patience=3, clock=clock)
    config = DeskConfig(channel, base="https://chat.example")
    return SupportDesk(database, lambda site: config, clock=clock, patience=5, background=False)


@pytest.fixture
def session(database: Database) -> Session:
    made = Session("s1", "shop", channel="support", user="ann", site="store")
    StoredSessions(database).create(made)
    return made


def after(session: Session, text: str, handoff: Any = None, action: Any = "handoff") -> Session:
    number = len(session.turns) + 1
    shape = handoff.shape() if handoff is not None else None
    said = handoff.text if handoff is not None else f"A{number}"
    reply = Reply(f"r{number}", "s1", number, said, action, handoff=shape)
    turn = Turn(number, text, Understanding("handoff"), reply)
    return Session(
        "s1", "shop", channel="support", user="ann", site="store", turns=(*session.turns, turn)
    )


def sent(desk: SupportDesk, receiver: Any) -> list[Any]:
    while desk.courier.send() is not None:
        pass
    return [got.message for got in receiver.got]


def test_the_desk_is_told_where_to_answer(
    desk: SupportDesk, session: Session, receiver: Any
) -> None:
    told = desk.hand_over(session, "a human", "request", "en")
    (message,) = sent(desk, receiver)
    assert message["answer"] == {
        "messages": f"https://chat.example/v1/admin/handoffs/{told.id}/messages",
        "close": f"https://chat.example/v1/admin/handoffs/{told.id}/close",
        "page": f"https://chat.example/operator/handoffs?case={told.id}",
    }
    assert [c.id for c in desk.cases.listed()] == [told.id]


def test_nobody_holds_it_before_a_person_answers(desk: SupportDesk, session: Session) -> None:
    assert desk.hold(session, "hello") is None
    desk.hand_over(session, "a human", "request", "en")
    assert desk.hold(session, "and returns?") is None  # the assistant still answers
    state = desk.state(session)
    assert state is not None
    assert (state.state, state.person) == ("delivered", None)


def test_while_a_person_has_it_the_visitors_words_go_to_the_desk(
    desk: SupportDesk, session: Session, receiver: Any
) -> None:
    told = desk.hand_over(session, "a human", "request", "en")
    session = after(session, "a human", told)
    first = desk.answer(told.id, " Hello,\r\nhow can I help?\u202e ", " Anna \n B. ")
    assert (first.text, first.person, first.kind) == (
        "Hello,\nhow can I help?", "Anna B.", "person",
    )  # fmt: skip
    held = desk.hold(session, "my tent leaks")
    assert held is not None
    assert held.state == "held"
    assert "Anna B. has our conversation now, so I do not answer" in held.text
    assert held.suggestions == ("Back to the assistant",)
    again = desk.hold(after(session, "my tent leaks", held), "still there?")
    assert again is not None
    assert again.text == "On its way to Anna B."
    words = [m for m in sent(desk, receiver) if m["type"] == "handoff.visitor_message"]
    assert [(m["about"], m["turn"], m["text"]) for m in words] == [
        (told.id, 2, "my tent leaks"), (told.id, 3, "still there?"),
    ]  # fmt: skip
    assert words[0]["answer"]["messages"].endswith(f"/{told.id}/messages")
    state = desk.state(session, "zh")
    assert state is not None
    assert (state.state, state.person) == ("held", "Anna B.")
    assert "Anna B.已接手" in state.text


@pytest.mark.parametrize("words", ["back to the bot, please", "回到智能助手"])
def test_the_visitor_goes_back_to_the_assistant(
    desk: SupportDesk, session: Session, receiver: Any, words: str
) -> None:
    told = desk.hand_over(session, "a human", "request", "en")
    desk.answer(told.id, "Hello", "Anna")
    done = desk.hold(session, words)
    assert done is not None
    assert done.state == "closed"
    assert ("assistant" in done.text) or ("智能助手" in done.text)
    assert desk.hold(session, "sci-fi films") is None
    last = sent(desk, receiver)[-1]
    assert (last["type"], last["about"], last["by"]) == ("handoff.closed", told.id, "visitor")
    assert [m.kind for m in desk.cases.said("s1")] == ["person", "back"]
    with pytest.raises(InputError):
        desk.answer(told.id, "wait!")


def test_no_words_are_taken_for_going_back_that_are_none(
    desk: SupportDesk, session: Session
) -> None:
    told = desk.hand_over(session, "a human", "request", "en")
    desk.answer(told.id, "Hello", "Anna")
    for words in ("please don't send me back to the bot", "不要转回机器人", "my robot is broken"):
        held = desk.hold(session, words)
        assert held is not None
        assert held.state == "held"


def test_a_person_ends_it_and_that_counts(
    desk: SupportDesk, session: Session, receiver: Any
) -> None:
    told = desk.hand_over(session, "a human", "request", "en")
    session = after(session, "a human", told)
    desk.observe(session, session.turns[-1])
    assert desk.asks("s1")
    desk.answer(told.id, "Solved?", "Anna")
    assert not desk.asks("s1")  # not while they are talking
    case = desk.end(told.id, "desk", "solved", "Ben")
    assert (case.state, case.closed_by, case.resolution, case.person) == (
        "closed", "desk", "solved", "Ben",
    )  # fmt: skip
    assert desk.end(told.id, "desk", "unsolved").resolution == "solved"  # once
    found = desk.outcomes.get("s1")
    assert found is not None
    assert found.resolution == "by_person"
    assert desk.asks("s1")
    desk.observe(session, Turn(3, "ok", Understanding("support"), Reply("r", "s1", 3, "", "chat")))
    desk.outcomes.note(session, "confirmed")
    assert desk.outcomes.get("s1").resolution == "by_person"  # type: ignore[union-attr]
    desk.outcomes.note(session, "unresolved")
    assert desk.outcomes.get("s1").resolution == "unresolved"  # type: ignore[union-attr]
    closed = [m for m in sent(desk, receiver) if m["type"] == "handoff.closed"]
    assert [(m["by"], m["resolution"]) for m in closed] == [("desk", "solved")]


def test_what_is_over_can_be_passed_on_anew(desk: SupportDesk, session: Session) -> None:
    first = desk.hand_over(session, "a human", "request", "en")
    assert desk.hand_over(session, "a human!", "request", "en").id == first.id
    desk.answer(first.id, "Hello", "Anna")
    desk.end(first.id, "desk", "unsolved")
    second = desk.hand_over(session, "a human again", "request", "en")
    assert second.id != first.id
    assert [c.id for c in desk.cases.listed()] == [second.id]
    entry = desk.outbox.get(second.id)
    assert entry is not None
    assert [c.state for c in desk.cases.listed(open_only=False)].count("closed") == 1


def test_a_person_who_never_returns_does_not_silence_the_assistant(
    desk: SupportDesk, session: Session, clock: Any
) -> None:
    told = desk.hand_over(session, "a human", "request", "en")
    desk.answer(told.id, "Hello", "Anna")
    clock.now += LEFT_S - 1
    assert desk.hold(session, "still there?") is not None
    clock.now += LEFT_S - 1
    assert desk.hold(session, "hello?") is not None  # the visitor's words keep it open too
    clock.now += LEFT_S + 1
    assert desk.hold(session, "hello?") is None
    assert desk.cases.get(told.id).closed_by == "time"
    assert [m.kind for m in desk.cases.said("s1")] == ["person"]  # nobody ended it


def test_what_nobody_takes_is_over_after_a_week(
    desk: SupportDesk, session: Session, clock: Any
) -> None:
    told = desk.hand_over(session, "a human", "request", "en")
    clock.now += WAITS_S - 1
    assert [c.id for c in desk.cases.listed()] == [told.id]
    assert desk.cases.current("s1").open  # type: ignore[union-attr]
    clock.now += 2
    assert desk.cases.listed() == ()
    assert not desk.cases.current("s1").open  # type: ignore[union-attr]
    assert desk.hand_over(session, "a human", "request", "en").id != told.id


def test_it_is_all_in_the_database(
    desk: SupportDesk, session: Session, database: Database, clock: Any
) -> None:
    told = desk.hand_over(session, "a human", "request", "en")
    desk.answer(told.id, "Hello", "Anna")
    later = SupportDesk(database, lambda site: DeskConfig(Page()), clock=clock)
    held = later.hold(session, "are you there?")
    assert held is not None
    assert held.person == "Anna"
    assert [m.text for m in later.cases.said("s1")] == ["Hello"]
    assert later.cases.said("s1", 1) == ()


def test_export_and_erase_reach_what_was_said(desk: SupportDesk, session: Session) -> None:
    told = desk.hand_over(session, "a human", "request", "en")
    desk.answer(told.id, "the secret word is xyzzy", "Anna")
    assert "xyzzy" in json.dumps(desk.export(["s1"]))
    desk.erase("bob")
    assert desk.cases.said("s1") != ()
    desk.erase("ann")
    assert desk.cases.said("s1") == ()
    with pytest.raises(NotFoundError):
        desk.cases.get(told.id)


def test_the_transcript_has_who_said_what_in_order(desk: SupportDesk, session: Session) -> None:
    session = after(session, "my tent leaks", None, "support")
    StoredSessions(desk.cases._db).save(session, session.turns[-1])
    told = desk.hand_over(session, "a human", "request", "en")
    session = after(session, "a human", told)
    StoredSessions(desk.cases._db).save(session, session.turns[-1])
    desk.answer(told.id, "Hello", "Anna")
    held = desk.hold(session, "hello Anna")
    session = after(session, "hello Anna", held)
    found = [(t["role"], t["text"]) for t in transcript_of(session, desk.cases.said("s1"))]
    assert found == [
        ("user", "my tent leaks"), ("assistant", "A1"), ("user", "a human"),
        ("assistant", told.text), ("person", "Hello"), ("user", "hello Anna"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 4001, "\u200b"])
def test_empty_and_endless_messages_are_refused(
    desk: SupportDesk, session: Session, text: str
) -> None:
    told = desk.hand_over(session, "a human", "request", "en")
    with pytest.raises(InputError):
        desk.answer(told.id, text, "Anna")
    assert desk.cases.get(told.id).state == "waiting"


def test_a_desk_that_is_the_operators_page(
    database: Database, session: Session, tmp_path: Path, clock: Any
) -> None:
    settings = Settings.read({}, data_dir=tmp_path, handoff_page="yes")
    config = desk_of(settings)
    assert isinstance(config.channel, Page)
    assert desk_of(settings, {"handoff_webhook": "https://b.example/"}).channel != config.channel
    assert desk_of(Settings.read({}, data_dir=tmp_path)).channel is None
    desk = SupportDesk(database, lambda site: config, clock=clock, patience=5, background=False)
    told = desk.hand_over(session, "a human", "request", "en")
    assert told.state == "delivered"
    desk.observe(session, after(session, "a human", told).turns[-1])
    assert not desk.asks("s1")  # it will be ended here
    desk.answer(told.id, "Hello", "Anna")
    assert desk.hold(session, "hi") is not None
    desk.end(told.id, "desk", "unsolved")
    assert desk.asks("s1")
    assert [e.kind for e in desk.outbox.latest()] == ["handoff"]  # nothing else is to be sent


def test_mail_says_what_follows_too(desk: SupportDesk, session: Session) -> None:
    told = desk.hand_over(session, "a human", "request", "en")
    desk.answer(told.id, "Hello", "Anna")
    desk.hold(session, "my tent leaks")
    desk.end(told.id, "visitor")
    mail = mail_of("smtp://h.example/?from=bot@a.example&to=desk@a.example")
    letters = {e.kind: mail.letter(e.id, e.message) for e in desk.outbox.latest()}
    first = letters["handoff"]
    assert "operator/handoffs?case=" in first.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    follows = letters["message"]
    assert follows["Subject"] == f"Chat {told.id[:8]}: the visitor wrote"
    assert follows["In-Reply-To"] == first["Message-ID"]
    assert "my tent leaks" in follows.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert letters["closed"]["Subject"] == f"Chat {told.id[:8]}: closed"
