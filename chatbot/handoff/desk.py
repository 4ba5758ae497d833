"""The desk that turns call: reasons to call a person, the message it gets, the truth about it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from chatbot.errors import InputError
from chatbot.handoff import Handoff, Resolution, State, Why, letters, triggers, words
from chatbot.handoff.cases import Case, Cases, ClosedBy, DeskMessage, Verdict
from chatbot.handoff.config import DeskConfig, Page
from chatbot.handoff.courier import Courier
from chatbot.handoff.outbox import Entry, Kind, Outbox
from chatbot.handoff.outcomes import Outcome, Outcomes
from chatbot.storage.database import Database
from chatbot.storage.sessions import new_id
from chatbot.understand.language import detect
from chatbot.values import Language, Session, Turn, Understanding

log = logging.getLogger(__name__)

PATIENCE_S = 1.0
"""How long a visitor waits for the desk to confirm; after that the conversation is "queued"."""

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
        self.cases = Cases(database, clock=clock)
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
            told = words.told("unavailable", language, contact=config.contact)
            return Handoff("", "unavailable", why, told, contact=config.contact)
        before = self._passed(session.id)
        entry = before
        if entry is None:
            said = self.cases.said(session.id)
            message = letters.message_of(
                session, text, why, language, self._clock(), said, config.base
            )
            handoff = new_id()
            entry = self.outbox.put(
                {**message, "answer": letters.ways(handoff, config.base)},
                session=session.id,
                site=session.site,
                kind="handoff",
                why=why,
                language=language,
                entry_id=handoff,
            )
            self.cases.begin(handoff, session.id, session.site)
            self._begin()
            self.courier.attempt(entry.id, self._patience)
            entry = self.outbox.get(entry.id) or entry
        return self._told(entry, config, why, language, again=before is not None)

    def _passed(self, session: str) -> Entry | None:
        """The handoff of a conversation that is under way; one that failed, or that a person has
        dealt with, may be repeated.
        """
        found = [e for e in self.outbox.of_session(session) if e.kind == "handoff"]
        latest = next((e for e in reversed(found) if e.state != "failed"), None)
        if latest is None:
            return None
        case = self.cases.current(session)
        ended = case is not None and case.id == latest.id and not case.open
        return None if ended else latest

    def _told(
        self, entry: Entry, config: DeskConfig, why: Why, language: Language, *, again: bool
    ) -> Handoff:
        now = self._clock()
        state: State
        case = self.cases.current(entry.session)
        if case is not None and case.id == entry.id and case.state != "waiting":
            state = "held" if case.open else "closed"
            text = words.standing(state, case.person, language)
            return Handoff(entry.id, state, why, text, delivered=True, person=case.person)
        delivered = entry.state == "delivered"
        is_open = config.hours.open_at(now)
        opens = config.hours.opens(now)
        state = entry.state if is_open or entry.state == "failed" else "outside_hours"
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
        message = letters.contact_message(passed.id, session, contact, self._clock())
        self._follow(message, passed, "contact", language)
        return True

    # While a person has the conversation

    def hold(self, session: Session, text: str) -> Handoff | None:
        """See `Desk.hold`."""
        case = self.cases.current(session.id)
        if case is None or case.state != "held":
            return None
        language = detect(text, session.language)
        entry = self.outbox.get(case.id)
        why: Why = entry.why if entry is not None else "request"
        if triggers.back(text):
            ended = self.end(case.id, "visitor")
            said = words.standing("back", ended.person, language)
            return Handoff(case.id, "closed", why, said, person=ended.person)
        if entry is not None:
            message = letters.visitor_message(case, session, text, self._clock())
            self._follow(message, entry, "message", language)
        self.cases.touch(case.id)
        before = session.turns[-1].reply.handoff if session.turns else None
        again = (before or {}).get("state") == "held" and (before or {}).get("id") == case.id
        said = words.standing("passing" if again else "holding", case.person, language)
        leave = words.standing("leave", case.person, language)
        return Handoff(case.id, "held", why, said, person=case.person, suggestions=(leave,))

    def answer(self, case_id: str, text: str, person: str = "") -> DeskMessage:
        """A person's words into the conversation.

        Raises:
            InputError: no words, too many, or the case is closed.
            NotFoundError: there is no such case.
        """
        return self.cases.say(case_id, text, person)

    def end(self, case_id: str, by: ClosedBy, resolution: Verdict = "", person: str = "") -> Case:
        """End a person's part; the assistant answers again. An ended one stays as it is.

        Raises:
            NotFoundError: there is no such case.
        """
        before = self.cases.get(case_id)
        case = self.cases.close(case_id, by, resolution, person)
        entry = self.outbox.get(case_id)
        if not before.open or entry is None:
            return case
        if by == "desk" and resolution:
            ended: Resolution = "by_person" if resolution == "solved" else "unresolved"
            self.outcomes.settle(case.session, ended)
        user = str((entry.message.get("visitor") or {}).get("id") or "")
        message = letters.closed_message(case, user, self._clock())
        self._follow(message, entry, "closed", entry.language)
        return case

    def _follow(
        self, message: dict[str, Any], about: Entry, kind: Kind, language: Language | str
    ) -> None:
        """Send the desk what follows a handoff; a desk that is the operator's page has it."""
        config = self.config(about.site)
        if config.channel is None or isinstance(config.channel, Page):
            return
        self.outbox.put(
            {**message, "answer": letters.ways(about.id, config.base)},
            session=about.session,
            site=about.site,
            kind=kind,
            why=about.why,
            language="zh" if language == "zh" else "en",
        )
        self._begin()
        self.courier.wake()

    def asks(self, session: str) -> bool:
        """Whether the visitor should be asked now how satisfied they are: once, at the end."""
        found = self.outcomes.get(session)
        if found is None or found.csat is not None or found.resolution == "open":
            return False
        case = self.cases.current(session)
        if case is None or not case.open:
            return True
        # Where the desk ends every conversation itself, its end is waited for.
        return case.state != "held" and not isinstance(self.config(case.site).channel, Page)

    def export(self, sessions: list[str]) -> dict[str, Any]:
        """What is kept about these conversations, for a person's export."""
        found = [o for o in map(self.outcomes.get, sessions) if o is not None]
        return {
            "handoffs": self.outbox.export(sessions),
            "desk": self.cases.export(sessions),
            "outcomes": [asdict(outcome) for outcome in found],
        }

    def erase(self, user: str) -> None:
        """Delete what is kept about a person's conversations. Call before the sessions go."""
        self.outbox.erase(user)
        self.cases.erase(user)
        self.outcomes.erase(user)


def _resolution(turn: Turn, known: Outcome | None) -> Resolution:
    handoff = turn.reply.handoff or {}
    if turn.reply.action == "handoff" and handoff.get("state") not in (None, "unavailable"):
        return "escalated"
    said = triggers.verdict(turn.text) if known is not None else None
    if said is not None:
        return said
    ends = turn.understanding.intent in ("thanks", "goodbye", "accept", "smalltalk")
    settled = known is not None and known.resolution in ("confirmed", "unresolved", "by_person")
    return known.resolution if known is not None and ends and settled else "open"
