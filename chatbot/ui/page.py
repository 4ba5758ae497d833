"""What the page shows for one session, as component values. Reads the engine, changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.handoff.cases import DeskMessage
from chatbot.storage.sessions import Feedback
from chatbot.ui import render
from chatbot.values import Card, Language, Reply, Session, Turn

if TYPE_CHECKING:
    from chatbot.assistant import Assistant

Messages = list[dict[str, Any]]

_PAST = 12


@dataclass(frozen=True, slots=True)
class Page:
    """Values of the page's components."""

    messages: Messages
    cards: str
    chips: str
    suggestions: str
    past: str
    note: str


def page_of(assistant: Assistant, session: Session, language: Language) -> Page:
    """The whole page for a session."""
    catalogue = assistant.catalogue(session.catalogue)
    latest = latest_list(session)
    verdicts = verdicts_of(assistant, session)
    last = session.turns[-1].reply if session.turns else None
    openers = catalogue.schema.suggestions.get(language, ())
    texts = next_texts(last, openers, assistant, session, language)
    return Page(
        messages_of(session, said_of(assistant, session)),
        render.cards(latest, catalogue, verdicts, language),
        render.chips(session.profile, catalogue, language),
        render.suggestions(texts, language),
        past_of(assistant, session, language),
        note_of(assistant, session, language),
    )


def next_texts(
    reply: Reply | None,
    openers: tuple[str, ...],
    assistant: Assistant,
    session: Session,
    language: Language,
) -> tuple[str, ...]:
    """What could be said next: a question's options first, then critiques of the list."""
    if reply is None:
        return openers[:4]
    if reply.question is not None and reply.question.facet != "open":
        catalogue = assistant.catalogue(session.catalogue)
        facet = catalogue.schema.facet(reply.question.facet)
        options = [
            facet.show(value, language) if facet is not None else _name(value, assistant, session)
            for value in reply.question.options
        ]
        return (*options[:4], "skip" if language == "en" else "跳过")
    return reply.suggestions[:5]


def _name(item_id: str, assistant: Assistant, session: Session) -> str:
    item = assistant.catalogue(session.catalogue).get(item_id)
    if item is None:
        return item_id
    year = item.number("year")
    return f"{item.title} ({year:.0f})" if year is not None else item.title


def messages_of(session: Session, said: Sequence[DeskMessage] = ()) -> Messages:
    """The conversation so far for the chatbot component, with what people at the desk said."""
    found: Messages = []
    language = session.language or "en"
    for turn in session.turns:
        if turn.text:
            found.append({"role": "user", "content": render.plain(turn.text)})
            found.append({"role": "assistant", "content": _said(turn)})
        elif turn.reply.text and found:
            found[-1] = {"role": "assistant", "content": _said(turn)}
        found += [
            {"role": "assistant", "content": render.from_desk(m.kind, m.person, m.text, language)}
            for m in said
            if m.turn == turn.number
        ]
    return found


def said_of(assistant: Assistant, session: Session) -> tuple[DeskMessage, ...]:
    """What people at the desk said in a conversation."""
    return assistant.desk.cases.said(session.id) if assistant.desk is not None else ()


def with_desk(assistant: Assistant, session: Session) -> bool:
    """Whether a person was called and may still answer."""
    case = assistant.desk.cases.current(session.id) if assistant.desk is not None else None
    return case is not None and case.open


def _said(turn: Turn) -> str:
    """What was answered; a draft keeps its emphasis, and can be opened in the studio; what was
    quoted can be read.
    """
    reply = turn.reply
    if reply.citations:
        return render.cited(reply.text, reply.citations)
    if reply.action != "draft":
        return render.prose(reply.text)
    way = render.to_studio(reply.session, turn.number, reply.language) if _written(turn) else ""
    return render.prose(reply.text, styled=True) + way


def _written(turn: Turn) -> bool:
    """Whether there is a draft in a turn, and not a question what to write about."""
    return turn.reply.text.startswith("# ")


def note_of(assistant: Assistant, session: Session, language: Language) -> str:
    """What is quietly said below the conversation."""
    degraded = session.turns[-1].reply.degraded if session.turns else ""
    return render.note(degraded, assistant.status()["model"], language)


def latest_list(session: Session) -> tuple[Card, ...]:
    """The cards of the last list that was shown."""
    for turn in reversed(session.turns):
        if turn.reply.action == "recommend" and turn.reply.cards:
            return turn.reply.cards
    return ()


def verdicts_of(assistant: Assistant, session: Session) -> dict[str, Feedback]:
    """Item id → the last verdict on it in this session."""
    return {f.item: f for f in assistant.verdicts(session.id)}


def past_of(assistant: Assistant, session: Session, language: Language) -> str:
    """The visitor's conversations by their first words."""
    mine = [s for s in assistant.sessions(session.user) if s.channel == "web"][:_PAST]
    titles = {one.id: one.opening[:60] for one in mine if one.opening}
    return render.past(mine, session.id, titles, language)
