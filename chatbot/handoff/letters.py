"""What a desk is sent: the conversation handed over, and what follows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from chatbot import wire
from chatbot.handoff import Why, triggers
from chatbot.handoff.cases import Case, DeskMessage
from chatbot.knowledge.pages import absolute
from chatbot.values import Language, Reply, Session

_MOST_TURNS = 40
_MOST_TEXT = 4000

ANSWER, CLOSE = "/v1/admin/handoffs/{id}/messages", "/v1/admin/handoffs/{id}/close"
"""Where the desk answers into the conversation, and ends its part; with a key of the scope desk."""

PAGE = "/operator/handoffs?case={id}"
"""Where people answer by hand."""


def ways(case_id: str, base: str) -> dict[str, str]:
    """Where the desk can answer; whole addresses where the server's own is known."""
    return {
        "messages": base + ANSWER.format(id=case_id),
        "close": base + CLOSE.format(id=case_id),
        "page": base + PAGE.format(id=case_id),
    }


def transcript_of(
    session: Session, said: Sequence[DeskMessage] = (), base: str = ""
) -> list[dict[str, Any]]:
    """The conversation, what came from the desk included; not what only says that it is there."""
    transcript: list[dict[str, Any]] = []
    for turn in session.turns[-_MOST_TURNS:]:
        if turn.text:
            transcript.append({"role": "user", "text": turn.text[:_MOST_TEXT]})
        if (turn.reply.handoff or {}).get("state") != "held":
            transcript.append(_answer(turn.reply, base))
        transcript += [
            {"role": "person", "name": m.person, "text": m.text}
            for m in said
            if m.turn == turn.number and m.kind == "person"
        ]
    return transcript


def _answer(reply: Reply, base: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"role": "assistant", "text": reply.text[:_MOST_TEXT]}
    if reply.cards:
        answer["items"] = [{"id": c.id, "title": c.title} for c in reply.cards]
    if reply.citations:
        answer["citations"] = [
            {"title": c.title, "url": absolute(c.url, base)} for c in reply.citations
        ]
    return answer


def message_of(
    session: Session,
    text: str,
    why: Why,
    language: Language,
    now: float,
    said: Sequence[DeskMessage] = (),
    base: str = "",
) -> dict[str, Any]:
    """What a desk gets: the conversation with this message, the profile, what was shown."""
    transcript = transcript_of(session, said, base)
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


def visitor_message(case: Case, session: Session, text: str, now: float) -> dict[str, Any]:
    """What the visitor says while a person has the conversation."""
    turn = (session.turns[-1].number if session.turns else 0) + 1
    shape = {
        "type": "handoff.visitor_message",
        "about": case.id,
        "session": session.id,
        "site": session.site,
        "created": _iso(now),
        "visitor": {"id": session.user},
        "turn": turn,
        "text": text[:_MOST_TEXT],
    }
    cleaned: dict[str, Any] = wire.plain(shape)
    return cleaned


def closed_message(case: Case, user: str, now: float) -> dict[str, Any]:
    """The end of a person's part, whoever ended it."""
    return {
        "type": "handoff.closed",
        "about": case.id,
        "session": case.session,
        "site": case.site,
        "created": _iso(now),
        "visitor": {"id": user},
        "by": case.closed_by,
        "resolution": case.resolution,
    }


def contact_message(about: str, session: Session, contact: str, now: float) -> dict[str, Any]:
    """An address that the visitor left after the handoff."""
    return {
        "type": "handoff.contact",
        "about": about,
        "session": session.id,
        "site": session.site,
        "created": _iso(now),
        "visitor": {"id": session.user, "contact": contact},
    }


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
