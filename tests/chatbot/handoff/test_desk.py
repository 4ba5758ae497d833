"""The desk over a real database and a real receiver: what is kept, sent and told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chatbot.errors import InputError
from chatbot.handoff.addresses import networks
from chatbot.handoff.config import DeskConfig, desk_of, shown
from chatbot.handoff.courier import GIVE_UP_S, backoff
from chatbot.handoff.desk import SupportDesk
from chatbot.handoff.drill import run as drill
from chatbot.handoff.hours import parse
from chatbot.handoff.outcomes import RETURN_S
from chatbot.handoff.webhook import Webhook
from chatbot.settings import Settings
from chatbot.storage.database import Database
from chatbot.storage.sessions import StoredSessions
from chatbot.values import (
    ActionName,
    Citation,
    Intent,
    Preference,
    Profile,
    Reply,
    Session,
    Turn,
    Understanding,
)

ROOT = Path(__file__).resolve().parents[3]
SATURDAY = datetime(2026, 11, 21, 20, tzinfo=UTC).timestamp()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "desk.db")
    yield opened
    opened.close()


def desk_for(database: Database, receiver: Any, clock: Any, **more: Any) -> SupportDesk:
    channel = Webhook(receiver.address, "secret", networks("127.0.0.1"), patience=3, clock=clock)
    config = DeskConfig(channel, **more)
    return SupportDesk(database, lambda site: config, clock=clock, patience=5, background=False)


def talk(database: Database, *texts: str, user: str = "ann") -> Session:
    belief = Preference("require", "price", (None, 100.0), source="under 100")
    session = Session(
        "s1", "shop", channel="support", user=user, site="store", profile=Profile((belief,)),
        turns=tuple(turn(n, text) for n, text in enumerate(texts, 1)),
    )  # fmt: skip
    StoredSessions(database).create(session)
    return session


def turn(n: int, text: str, action: ActionName = "support", intent: Intent = "support") -> Turn:
    cited = (Citation("Returns", "/returns", "30 days", 0.9),)
    return Turn(
        n, text, Understanding(intent), Reply(f"r{n}", "s1", n, f"A{n}", action, citations=cited)
    )


def test_inside_hours_it_is_delivered_and_told_so(
    database: Database, receiver: Any, clock: Any
) -> None:
    desk = desk_for(database, receiver, clock)
    session = talk(database, "my shoes arrived torn, write to ann@mail.example")
    told = desk.hand_over(session, "a human, please", "request", "en")
    assert (told.state, told.delivered, told.opens) == ("delivered", True, None)
    assert "passed" in told.text
    assert "ann@mail.example" in told.text
    (got,) = receiver.got
    assert got.headers["idempotency-key"] == got.message["id"] == told.id
    assert [(t["role"], t["text"]) for t in got.message["transcript"]] == [
        ("user", "my shoes arrived torn, write to ann@mail.example"),
        ("assistant", "A1"),
        ("user", "a human, please"),
    ]
    assert got.message["profile"] == [
        {"stance": "require", "facet": "price", "value": [None, 100.0], "source": "under 100"}
    ]
    assert got.message["visitor"] == {"id": "ann", "contact": "ann@mail.example"}
    assert got.message["site"] == "store"
    assert got.message["test"] is False


def test_outside_hours_the_opening_is_told_in_both_languages(
    database: Database, receiver: Any, clock: Any
) -> None:
    clock.now = SATURDAY
    desk = desk_for(database, receiver, clock, hours=parse("Mon-Fri 9-17", "Europe/Berlin"))
    session = talk(database, "hello")
    told = desk.hand_over(session, "human", "request", "en")
    assert (told.state, told.delivered) == ("outside_hours", True)
    assert "Monday 9:00 (Europe/Berlin time)" in told.text
    assert told.opens == SATURDAY + 36 * 3600
    again = desk.hand_over(session, "人工", "request", "zh")
    assert "周一 9:00" in again.text
    assert again.id == told.id
    assert len(receiver.got) == 1  # passed on once


def test_a_receiver_that_fails_then_works(database: Database, receiver: Any, clock: Any) -> None:
    receiver.script = [(500, {}), (503, {"retry-after": "90"}), (200, {})]
    desk = desk_for(database, receiver, clock)
    session = talk(database, "hello")
    told = desk.hand_over(session, "human", "request", "en")
    assert told.state == "queued"
    assert "sent again until it arrives" in told.text
    assert desk.courier.send() is None  # not due yet
    clock.now += backoff(1, told.id)
    waiting = desk.courier.send()
    assert waiting is not None
    assert (waiting.state, waiting.attempts, waiting.note) == ("queued", 2, "it answered 503")
    assert waiting.due == clock.now + 90  # as the receiver asked
    clock.now += 90
    sent = desk.courier.send()
    assert sent is not None
    assert sent.state == "delivered"
    assert {g.headers["idempotency-key"] for g in receiver.got} == {told.id}
    assert len({g.headers["webhook-timestamp"] for g in receiver.got}) == 3
    now = desk.state(session)
    assert now is not None
    assert now.state == "delivered"


def test_it_is_given_up_after_a_day_and_told_so(
    database: Database, receiver: Any, clock: Any
) -> None:
    receiver.script = [(500, {})] * 100
    desk = desk_for(database, receiver, clock, contact="care@store.example")
    session = talk(database, "hello")
    told = desk.hand_over(session, "human", "request", "en")
    start = clock.now
    while (entry := desk.outbox.get(told.id)) is not None and entry.state == "queued":
        clock.now = entry.due
        desk.courier.send()
    assert entry is not None
    assert entry.state == "failed"
    assert clock.now - start <= GIVE_UP_S
    assert 15 <= entry.attempts <= 40
    stands = desk.state(session, "zh")
    assert stands is not None
    assert stands.state == "failed"
    assert "care@store.example" in stands.text
    receiver.script = []
    assert desk.outbox.retry(told.id)
    sent = desk.courier.send(told.id)
    assert sent is not None
    assert sent.state == "delivered"


def test_a_redirect_to_a_private_address_fails_at_once(
    database: Database, receiver: Any, clock: Any
) -> None:
    receiver.script = [(307, {"location": "http://169.254.169.254/"})]
    desk = desk_for(database, receiver, clock)
    told = desk.hand_over(talk(database, "hello"), "human", "request", "en")
    assert told.state == "failed"
    assert "not been passed on" in told.text
    entry = desk.outbox.get(told.id)
    assert entry is not None
    assert "169.254.169.254" in entry.note


def test_a_stalling_receiver_leaves_it_queued(
    database: Database, receiver: Any, clock: Any
) -> None:
    receiver.script = ["stall"]
    channel = Webhook(receiver.address, "s", networks("127.0.0.1"), patience=0.3, clock=clock)
    desk = SupportDesk(database, lambda site: DeskConfig(channel), clock=clock, patience=5)
    told = desk.hand_over(talk(database, "hello"), "human", "request", "en")
    assert told.state == "queued"
    entry = desk.outbox.get(told.id)
    assert entry is not None
    assert "no answer within" in entry.note


_KILLED = """
import sys
from chatbot.handoff.addresses import networks
from chatbot.handoff.config import DeskConfig
from chatbot.handoff.desk import SupportDesk
from chatbot.handoff.webhook import Webhook
from chatbot.storage.database import Database
from chatbot.values import Session
from pathlib import Path
channel = Webhook(sys.argv[2], "secret", networks("127.0.0.1"), patience=30)
desk = SupportDesk(Database.open(Path(sys.argv[1])), lambda s: DeskConfig(channel), patience=60)
desk.hand_over(Session("s1", "shop"), "human", "request", "en")
"""


def test_what_a_killed_process_was_sending_is_sent_again(
    tmp_path: Path, receiver: Any, clock: Any
) -> None:
    receiver.script = ["stall"]
    child = subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(tmp_path / "desk.db"), receiver.address], cwd=ROOT
    )
    try:
        assert receiver.arrived.wait(60)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait(20)
    database = Database.open(tmp_path / "desk.db")
    try:
        import time

        clock.now = time.time()
        desk = desk_for(database, receiver, clock)
        assert desk.courier.send() is None  # the dead process still has it for a minute
        clock.now += 61
        sent = desk.courier.send()
        assert sent is not None
        assert (sent.state, sent.attempts) == ("delivered", 2)
    finally:
        database.close()
    first, second = (g.headers["idempotency-key"] for g in receiver.got)
    assert first == second


def test_the_thread_delivers_what_an_earlier_process_left(
    database: Database, receiver: Any, clock: Any
) -> None:
    desk = desk_for(database, receiver, clock)
    desk.outbox.put({}, session="s1", site="", kind="handoff", why="request", language="en")
    desk.start()
    assert receiver.arrived.wait(20)
    desk.close()
    (entry,) = desk.outbox.latest()
    assert entry.state == "delivered"


def test_without_a_desk_the_truth_is_told(database: Database, clock: Any) -> None:
    contact = "see Contact in the help pages"
    desk = SupportDesk(database, lambda site: DeskConfig(contact=contact), clock=clock)
    session = talk(database, "hello")
    told = desk.hand_over(session, "human", "request", "en")
    assert told.state == "unavailable"
    assert "no support desk has been set up" in told.text
    assert contact in told.text
    assert desk.outbox.latest() == ()
    # Nobody is called unasked where nobody can come.
    assert desk.reason(session, "you useless bot", Understanding("support")) is None
    assert desk.reason(session, "人工", Understanding("handoff")) == "request"


def test_nobody_is_called_unasked_twice(database: Database, receiver: Any, clock: Any) -> None:
    desk = desk_for(database, receiver, clock)
    session = talk(database, "hello")
    assert desk.reason(session, "you useless bot", Understanding("support")) == "frustration"
    desk.hand_over(session, "you useless bot", "frustration", "en")
    assert desk.reason(session, "you useless bot", Understanding("support")) is None


def test_an_address_left_afterwards_follows(database: Database, receiver: Any, clock: Any) -> None:
    desk = desk_for(database, receiver, clock)
    session = talk(database, "hello")
    assert not desk.reach(session, "ann@mail.example", "en")
    told = desk.hand_over(session, "human", "request", "en")
    desk.observe(session, turn(2, "it is ann@mail.example", "chat", "inform"))
    desk.close()
    while desk.courier.send() is not None:
        pass
    last = [g.message for g in receiver.got if g.message["type"] == "handoff.contact"]
    assert [(m["about"], m["visitor"]["contact"]) for m in last] == [(told.id, "ann@mail.example")]
    assert desk.reach(session, "ann@mail.example", "en")  # known already: not sent twice
    assert len([e for e in desk.outbox.of_session("s1") if e.kind == "contact"]) == 1


def test_resolution_is_confirmed_assumed_escalated_or_unresolved(
    database: Database, receiver: Any, clock: Any
) -> None:
    desk = desk_for(database, receiver, clock)
    session = talk(database)

    def resolution() -> str:
        found = desk.outcomes.get("s1")
        assert found is not None
        return found.resolution

    desk.observe(session, turn(1, "how long is the warranty?"))
    assert resolution() == "open"
    assert not desk.asks("s1")
    clock.now += RETURN_S
    assert resolution() == "assumed"
    desk.observe(session, turn(2, "and returns?"))
    assert resolution() == "open"  # taken up again
    desk.observe(session, turn(3, "that didn't help"))
    assert resolution() == "unresolved"
    desk.observe(session, turn(4, "ah, that solved it"))
    assert resolution() == "confirmed"
    desk.observe(session, turn(5, "thanks, bye", "chat", "goodbye"))
    assert resolution() == "confirmed"
    reply = Reply("r6", "s1", 6, "", "handoff", handoff={"state": "delivered"})
    desk.observe(session, Turn(6, "a human", Understanding("handoff"), reply))
    assert resolution() == "escalated"
    desk.observe(session, turn(7, "and returns?"))
    assert resolution() == "escalated"


def test_a_list_of_items_is_no_support(database: Database, receiver: Any, clock: Any) -> None:
    desk = desk_for(database, receiver, clock)
    web = Session("w", "shop", channel="web")
    desk.observe(web, turn(1, "a tent, please", "recommend", "recommend"))
    assert desk.outcomes.get("w") is None


def test_satisfaction_is_asked_once(database: Database, receiver: Any, clock: Any) -> None:
    desk = desk_for(database, receiver, clock)
    session = talk(database)
    desk.observe(session, turn(1, "warranty?"))
    desk.observe(session, turn(2, "that solved it"))
    assert desk.asks("s1")
    desk.outcomes.rate(session, 0)
    assert not desk.asks("s1")
    desk.outcomes.rate(session, 4, "quick")
    found = desk.outcomes.get("s1")
    assert found is not None
    assert (found.csat, found.comment) == (4, "quick")
    with pytest.raises(InputError):
        desk.outcomes.rate(session, 5)
    with pytest.raises(InputError):
        desk.outcomes.rate(session, 6)


def test_export_and_erase_reach_all_of_it(database: Database, receiver: Any, clock: Any) -> None:
    desk = desk_for(database, receiver, clock)
    session = talk(database, "my secret word is xyzzy")
    desk.hand_over(session, "human", "request", "en")
    desk.observe(session, turn(2, "warranty?"))
    assert "xyzzy" in json.dumps(desk.export(["s1"]))
    desk.erase("bob")
    assert desk.outbox.latest() != ()
    desk.erase("ann")
    assert desk.outbox.latest() == ()
    assert desk.outcomes.latest() == ()


def test_a_drill_says_what_happened(database: Database, receiver: Any, clock: Any) -> None:
    desk = desk_for(database, receiver, clock)
    found = drill(desk, desk.config(""), clock=clock)
    assert found.delivered
    assert receiver.got[0].message["test"] is True
    assert any("signed" in line for line in found.lines)
    receiver.script = [(401, {})]
    failed = drill(desk, desk.config(""), clock=clock)
    assert not failed.delivered
    assert "it answered 401" in failed.lines[-1]
    assert "secret" in failed.hint
    assert {e.state for e in desk.outbox.latest()} == {"delivered", "failed"}  # none left waiting


def test_a_site_has_its_own_desk_and_none_of_the_servers_secrets(tmp_path: Path) -> None:
    settings = Settings.read(
        {}, data_dir=tmp_path, handoff_webhook="https://a.example/", handoff_secret="server",
        handoff_hours="Mon 9-17", handoff_contact="x",
    )  # fmt: skip
    own = desk_of(settings, {"handoff_webhook": "https://b.example/", "greeting": "hi"})
    assert isinstance(own.channel, Webhook)
    assert (own.channel.url, own.channel.secret) == ("https://b.example/", "")
    assert own.contact == "x"
    same = desk_of(settings, {"handoff_hours": ""})
    assert isinstance(same.channel, Webhook)
    assert same.channel.secret == "server"
    with pytest.raises(InputError):
        desk_of(settings, {"handoff_webhook": "ftp://b.example/"})


def test_secrets_of_a_site_are_covered_where_sites_are_listed() -> None:
    options = {"title": "A", "handoff_secret": "hush", "handoff_smtp": "smtp://u:hush@h/"}
    assert shown(options) == {"title": "A", "handoff_secret": "…", "handoff_smtp": "…"}
