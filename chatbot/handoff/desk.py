"""The desk that turns call: reasons to call a person, the message it gets, the truth about it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from chatbot import wire
from chatbot.errors import InputError
from chatbot.handoff import Handoff, Resolution, State, Why, triggers, words
from chatbot.handoff.config import DeskConfig
from chatbot.handoff.courier import Courier
from chatbot.handoff.outbox import Entry, Outbox
from chatbot.handoff.outcomes import Outcome, Outcomes
from chatbot.storage.database import Database
from chatbot.values import Language, Session, Turn, Understanding

log = logging.getLogger(__name__)

PATIENCE_S = 1.0
"""How long a visitor waits for the desk to confirm; after that the conversation is "queued"."""

_MOST_TURNS = 40
_MOST_TEXT = 4000

_SUPPORT = ("support", "handoff")


class SupportDesk:
    """Implements `chatbot.handoff.Desk` over the database.

    Args:
        database: where outbox and outcomes live.
        config: site ("" for none) → what is set up there; read at every use, so that a change
            holds at once.
        clock: Unix seconds.
        patience: see `PATIENCE_S`.
        background: whether a handoff starts the courier's own thread; without it a message that
            fails waits until somebody calls `start` or `courier.send`.
    """

    def __init__(
        self,
        database: Database,
        config: Callable[[str], DeskConfig],
        *,
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE_S,
        background: bool = True,
    ) -> None:
        self._config = config
        self._clock = clock
        self._patience = patience
        self._background = background
        self.outbox = Outbox(database, clock=clock)
        self.outcomes = Outcomes(database, clock=clock)
        self.courier = Courier(self.outbox, lambda site: config(site).channel, clock=clock)

    def start(self) -> None:
        """Deliver in the background; see `Courier.start`."""
        self.courier.start()

    def _begin(self) -> None:
        if self._background:
            self.start()

    def close(self) -> None:
        """Stop delivering; what is left is delivered by the next process that starts."""
        self.courier.stop()

    def config(self, site: str) -> DeskConfig:
        """What is set up for a site; a mistake in it is logged and counts as nothing set up."""
        try:
            return self._config(site)
        except InputError as error:
            log.warning("the desk of %s is not usable: %s", site or "the server", error)
            return DeskConfig()

    def reason(
        self, session: Session, text: str, u: Understanding, *, unanswered: bool = False
    ) -> Why | None:
        """See `Desk.reason`."""
        config = self.config(session.site)
        why = triggers.reason(session, text, u, keywords=config.keywords, unanswered=unanswered)
        if why is None or why == "request":
            return why
        return why if config.channel is not None and self._passed(session.id) is None else None

    def hand_over(self, session: Session, text: str, why: Why, language: Language) -> Handoff:
        """See `Desk.hand_over`."""
        config = self.config(session.site)
        if config.channel is None:
            said = words.told("unavailable", language, contact=config.contact)
            return Handoff("", "unavailable", why, said, contact=config.contact)
        before = self._passed(session.id)
        entry = before
        if entry is None:
            entry = self.outbox.put(
                message_of(session, text, why, language, self._clock()),
                session=session.id,
                site=session.site,
                kind="handoff",
                why=why,
                language=language,
            )
            self._begin()
            self.courier.attempt(entry.id, self._patience)
            entry = self.outbox.get(entry.id) or entry
        return self._told(entry, config, why, language, again=before is not None)

    def _passed(self, session: str) -> Entry | None:
        """The handoff of a conversation that is under way or done; a failed one may be repeated."""
        found = [e for e in self.outbox.of_session(session) if e.kind == "handoff"]
        return next((e for e in reversed(found) if e.state != "failed"), None)

    def _told(
        self, entry: Entry, config: DeskConfig, why: Why, language: Language, *, again: bool
    ) -> Handoff:
        now = self._clock()
        delivered = entry.state == "delivered"
        is_open = config.hours.open_at(now)
        opens = config.hours.opens(now)
        state: State = entry.state if is_open or entry.state == "failed" else "outside_hours"
        when = "" if opens is None else words.opening(opens, now, config.hours, language)
        said = words.told(
            state,
            language,
            delivered=delivered,
            when=when,
            contact=config.contact,
            reach=str((entry.message.get("visitor") or {}).get("contact") or ""),
            again=again,
        )
        return Handoff(
            entry.id, state, why, said, opens if state != "failed" else None,
            config.contact if state == "failed" else "", delivered,
        )  # fmt: skip

    def state(self, session: Session, language: Language = "en") -> Handoff | None:
        """How the handoff of a conversation stands now, in the visitor's words; None without."""
        found = [e for e in self.outbox.of_session(session.id) if e.kind == "handoff"]
        if not found:
            return None
        entry = found[-1]
        return self._told(entry, self.config(session.site), entry.why, language, again=True)

    def observe(self, session: Session, turn: Turn) -> None:
        """See `Desk.observe`."""
        known = self.outcomes.get(session.id)
        if known is None and session.channel != "support" and turn.reply.action not in _SUPPORT:
            return
        self.outcomes.note(session, _resolution(turn, known))
        contact = triggers.contact_in(turn.text)
        if contact and turn.reply.action != "handoff":
            self.reach(session, contact, turn.reply.language)

    def reach(self, session: Session, contact: str, language: Language) -> bool:
        """Send the desk how the visitor can be reached; False where nobody was called."""
        passed = self._passed(session.id)
        contact = contact.strip()[:200]
        if passed is None or not contact:
            return False
        earlier = [e.message.get("visitor") for e in self.outbox.of_session(session.id)]
        if any((visitor or {}).get("contact") == contact for visitor in earlier):
            return True
        self.outbox.put(
            {
                "type": "handoff.contact",
                "about": passed.id,
                "session": session.id,
                "site": session.site,
                "created": _iso(self._clock()),
                "visitor": {"id": session.user, "contact": contact},
            },
            session=session.id,
            site=session.site,
            kind="contact",
            why=passed.why,
            language=language,
        )
        self._begin()
        self.courier.wake()
        return True

    def asks(self, session: str) -> bool:
        """Whether the visitor should be asked now how satisfied they are: once, at the end."""
        found = self.outcomes.get(session)
        return found is not None and found.csat is None and found.resolution != "open"

    def export(self, sessions: list[str]) -> dict[str, Any]:
        """What is kept about these conversations, for a person's export."""
        found = [o for o in map(self.outcomes.get, sessions) if o is not None]
        return {
            "handoffs": self.outbox.export(sessions),
            "outcomes": [asdict(outcome) for outcome in found],
        }

    def erase(self, user: str) -> None:
        """Delete what is kept about a person's conversations. Call before the sessions go."""
        self.outbox.erase(user)
        self.outcomes.erase(user)


def _resolution(turn: Turn, known: Outcome | None) -> Resolution:
    handoff = turn.reply.handoff or {}
    if turn.reply.action == "handoff" and handoff.get("state") not in (None, "unavailable"):
        return "escalated"
    said = triggers.verdict(turn.text) if known is not None else None
    if said is not None:
        return said
    ends = turn.understanding.intent in ("thanks", "goodbye", "accept", "smalltalk")
    settled = known is not None and known.resolution in ("confirmed", "unresolved")
    return known.resolution if known is not None and ends and settled else "open"


def message_of(
    session: Session, text: str, why: Why, language: Language, now: float
) -> dict[str, Any]:
    """What a desk gets: the conversation with this message, the profile, what was shown."""
    transcript: list[dict[str, Any]] = []
    for turn in session.turns[-_MOST_TURNS:]:
        if turn.text:
            transcript.append({"role": "user", "text": turn.text[:_MOST_TEXT]})
        answer: dict[str, Any] = {"role": "assistant", "text": turn.reply.text[:_MOST_TEXT]}
        if turn.reply.cards:
            answer["items"] = [{"id": c.id, "title": c.title} for c in turn.reply.cards]
        if turn.reply.citations:
            answer["citations"] = [{"title": c.title, "url": c.url} for c in turn.reply.citations]
        transcript.append(answer)
    if text:
        transcript.append({"role": "user", "text": text[:_MOST_TEXT]})
    contact = next(
        filter(None, (triggers.contact_in(said["text"]) for said in reversed(transcript)
                      if said["role"] == "user")), ""
    )  # fmt: skip
    shape: dict[str, Any] = {
        "type": "handoff.created",
        "created": _iso(now),
        "reason": why,
        "language": language,
        "site": session.site,
        "catalogue": session.catalogue,
        "session": session.id,
        "visitor": {"id": session.user, "contact": contact},
        "transcript": transcript,
        "profile": _beliefs(session),
        "test": False,
    }
    cleaned: dict[str, Any] = wire.plain(shape)
    return cleaned


def test_message(now: float, site: str = "") -> dict[str, Any]:
    """A marked test that nobody can take for a visitor."""
    return {
        "type": "handoff.test",
        "test": True,
        "created": _iso(now),
        "reason": "drill",
        "language": "en",
        "site": site,
        "catalogue": "",
        "session": "drill",
        "visitor": {"id": "drill", "contact": ""},
        "transcript": [
            {"role": "user", "text": "This is a test of the handoff. Nobody is waiting."},
            {"role": "assistant", "text": "这是一次转人工测试，没有人在等待。"},
        ],
        "profile": [],
    }


def _beliefs(session: Session) -> list[Mapping[str, Any]]:
    return [
        {key: found[key] for key in ("stance", "facet", "value", "source")}
        for found in map(wire.preference, session.profile.preferences)
    ]


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
