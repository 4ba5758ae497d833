"""One attempt at a receiver that fails, stalls, redirects, trickles: what happens each time."""

from __future__ import annotations

import time
from typing import Any

import pytest

from chatbot.handoff.addresses import networks
from chatbot.handoff.signing import verified
from chatbot.handoff.webhook import DeliveryError, Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LOOPBACK = networks("127.0.0.1")


def hook(address: str, clock: Any = time.time, **more: Any) -> Webhook:
    return Webhook(address, SECRET, LOOPBACK, clock=clock, **more)


def refused(webhook: Webhook) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        webhook.send("m1", {"text": "hello"})
    return caught.value


def test_a_delivered_message_is_signed_dated_and_named(receiver: Any, clock: Any) -> None:
    assert hook(receiver.address, clock).send("m1", {"text": "你好"}) == "HTTP 200"
    (got,) = receiver.got
    assert got.message == {"text": "你好"}
    assert got.path == "/hook"
    assert got.headers["idempotency-key"] == got.headers["webhook-id"] == "m1"
    stamp, signature = got.headers["webhook-timestamp"], got.headers["webhook-signature"]
    assert verified(SECRET, "m1", stamp, signature, got.body, clock.now)
    assert not verified(SECRET, "m1", stamp, signature, got.body + b" ", clock.now)
    assert not verified(SECRET, "m2", stamp, signature, got.body, clock.now)
    assert not verified("other", "m1", stamp, signature, got.body, clock.now)


def test_a_replay_is_stale_and_has_a_known_id(receiver: Any, clock: Any) -> None:
    webhook = hook(receiver.address, clock)
    webhook.send("m1", {})
    clock.now += 301
    webhook.send("m1", {})
    first, second = (g.headers for g in receiver.got)
    old = (first["webhook-timestamp"], first["webhook-signature"])
    new = (second["webhook-timestamp"], second["webhook-signature"])
    assert not verified(SECRET, "m1", *old, b"{}", clock.now)  # somebody sends the old one again
    assert verified(SECRET, "m1", *new, b"{}", clock.now)  # we send it again: signed anew, same id
    assert first["webhook-id"] == second["webhook-id"]


def test_without_a_secret_nothing_pretends_to_be_signed(receiver: Any) -> None:
    Webhook(receiver.address, "", LOOPBACK).send("m1", {})
    assert "webhook-signature" not in receiver.got[0].headers


@pytest.mark.parametrize(
    ("status", "retry"), [(500, True), (503, True), (429, True), (404, True), (401, True),
                          (410, False), (301, False), (302, False), (303, False)],
)  # fmt: skip
def test_failing_answers(receiver: Any, status: int, retry: bool) -> None:
    receiver.script = [(status, {"location": "/other", "retry-after": "120"})]
    error = refused(hook(receiver.address))
    assert error.retry is retry
    assert str(status) in str(error)
    assert len(receiver.got) == 1  # a redirect that drops the message is not followed
    if status in (429, 503):
        assert error.after == 120


@pytest.mark.parametrize("how", ["stall", "trickle"])
def test_a_receiver_that_never_ends_is_left_in_time(receiver: Any, how: str) -> None:
    receiver.script = [how]
    start = time.monotonic()
    error = refused(hook(receiver.address, patience=0.5))
    assert error.retry
    assert "no answer within 0.5 s" in str(error)
    assert time.monotonic() - start < 5


def test_a_redirect_to_an_allowed_address_keeps_the_message(receiver: Any) -> None:
    receiver.script = [(307, {"location": "/moved"})]
    assert hook(receiver.address).send("m1", {"a": 1}) == "HTTP 200"
    assert [g.path for g in receiver.got] == ["/hook", "/moved"]
    assert receiver.got[1].message == {"a": 1}


@pytest.mark.parametrize(
    "target",
    ["http://10.0.0.5/", "http://169.254.169.254/latest/meta-data", "http://[::1]/",
     "http://[::ffff:10.0.0.1]/", "http://0.0.0.0/", "http://2130706434/", "file:///etc/passwd",
     "http://user:pw@127.0.0.1/", "http://100.64.0.1/", "http://[fe80::1]/", "http://[fc00::1]/"],
)  # fmt: skip
def test_a_redirect_to_a_private_address_is_refused_for_good(receiver: Any, target: str) -> None:
    receiver.script = [(307, {"location": target})]
    error = refused(hook(receiver.address))
    assert not error.retry
    assert "refused" in str(error)
    assert len(receiver.got) == 1


def test_redirects_end(receiver: Any) -> None:
    receiver.script = [(308, {"location": f"/{n}"}) for n in range(9)]
    error = refused(hook(receiver.address))
    assert "more than 3 times" in str(error)
    assert len(receiver.got) == 4


def test_loopback_is_refused_unless_the_operator_allows_it(receiver: Any) -> None:
    error = refused(Webhook(receiver.address, SECRET))
    assert "not a public address" in str(error)
    assert receiver.got == []


def test_a_name_with_one_private_address_is_refused(receiver: Any) -> None:
    webhook = Webhook(
        "https://hook.example/", find=lambda host, port: ("93.184.216.34", "192.168.0.9")
    )
    assert "192.168.0.9" in str(refused(webhook))


def test_the_checked_address_is_the_one_connected_to(receiver: Any) -> None:
    """A name that changes its mind between check and connection gains nothing."""
    answers = [("127.0.0.1",), ("10.9.9.9",)]
    port = receiver.address.rsplit(":", 1)[1].split("/")[0]
    webhook = Webhook(
        f"http://rebinding.example:{port}/",
        allowed=LOOPBACK,
        find=lambda host, port: answers.pop(0),
    )
    assert webhook.send("m1", {}) == "HTTP 200"
    assert receiver.got[0].headers["host"] == f"rebinding.example:{port}"
    assert len(answers) == 1  # asked once


def test_plain_http_to_a_public_address_is_refused() -> None:
    error = refused(Webhook("http://a.example/", find=lambda host, port: ("93.184.216.34",)))
    assert "https" in str(error)
    assert not error.retry


def test_nobody_listening_is_worth_another_try() -> None:
    error = refused(hook("http://127.0.0.1:9/"))
    assert error.retry
    assert "cannot connect" in str(error)
