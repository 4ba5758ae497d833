"""A rehearsal: a marked test over the configured channel, once, and a plain report of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from chatbot.handoff.config import DeskConfig
from chatbot.handoff.desk import SupportDesk
from chatbot.handoff.letters import test_message
from chatbot.handoff.webhook import Webhook
from chatbot.handoff.words import opening


@dataclass(frozen=True, slots=True)
class Report:
    """What happened, in lines for people; `hint` says what to do where it was not delivered."""

    delivered: bool
    lines: tuple[str, ...]
    hint: str = ""


def run(
    desk: SupportDesk,
    config: DeskConfig,
    site: str = "",
    *,
    clock: Callable[[], float] = time.time,
) -> Report:
    """Send one test by the same way as a conversation; it is not tried again later."""
    whose = f"site {site}" if site else "the server"
    channel = config.channel
    if channel is None:
        return Report(
            False,
            (f"No desk is set up for {whose}: visitors are told so.",),
            "Set SOMMELIER_HANDOFF_WEBHOOK or SOMMELIER_HANDOFF_SMTP.",
        )
    now = clock()
    lines = [f"Desk of {whose}: {channel.name}."]
    if isinstance(channel, Webhook):
        signed = "signed with HMAC-SHA256" if channel.secret else "NOT SIGNED (no secret is set)"
        lines.append(f"Messages are {signed}.")
    opens = config.hours.opens(now)
    if config.hours.open_at(now):
        lines.append("The desk is open now: visitors are told that they were passed on.")
    elif opens is None:
        lines.append("The desk is closed and never opens: check the hours.")
    else:
        when = opening(opens, now, config.hours, "en")
        lines.append(f"The desk is closed now: visitors are told that it answers from {when}.")
    entry = desk.outbox.put(
        test_message(now, site),
        session="drill",
        site=site,
        kind="test",
        why="request",
        language="en",
    )
    start = time.perf_counter()
    sent = desk.courier.send(entry.id)
    spent = time.perf_counter() - start
    note = sent.note if sent is not None else "another process took it"
    if sent is not None and sent.state == "delivered":
        lines.append(f"Delivered in {spent:.2f} s: {note}. Message {entry.id}.")
        return Report(True, tuple(lines))
    desk.outbox.settle(entry.id, "failed", note)
    lines.append(f"Not delivered after {spent:.2f} s: {note}.")
    return Report(False, tuple(lines), _hint(note))


def _hint(note: str) -> str:
    if "not a public address" in note:
        return "If that address is yours, allow it with SOMMELIER_HANDOFF_ALLOW."
    if "401" in note or "403" in note:
        return "The receiver refuses the message: check the secret on both sides."
    return "Check the address and that the receiver runs; conversations would be sent again."
