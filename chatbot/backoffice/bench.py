"""One question tried without a trace: what was understood, found, decided and answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.handoff import triggers
from chatbot.knowledge.base import Hit
from chatbot.knowledge.message import MAYBE, SURE
from chatbot.manager import DialogueManager
from chatbot.storage.sessions import MemorySessions, new_id
from chatbot.values import Reply, Session, Understanding

if TYPE_CHECKING:
    from chatbot.assistant import Assistant

__all__ = ["MAYBE", "SURE", "Trial", "trial"]

_HITS = 6


@dataclass(frozen=True, slots=True)
class Trial:
    """What a question came to.

    Attributes:
        text: the question.
        understanding: how it was read.
        reply: what was answered; nothing of it was kept.
        hits: passages found for it, best first, with the chance that each answers it.
        pages: how many passages there are.
        reasons: why a person would be called, in the words of `handoff.Why`, or "".
        keywords: the operator's words that were looked for.
        weight: how much it complains; 2 calls a person.
    """

    text: str
    understanding: Understanding
    reply: Reply
    hits: tuple[Hit, ...]
    pages: int
    why: str
    keywords: tuple[str, ...]
    weight: int


def trial(assistant: Assistant, text: str, catalogue: str, site: str = "") -> Trial:
    """Answer `text` as a new visitor of a catalogue would be answered.

    Raises:
        InputError: the text is empty or too long.
        NotFoundError: there is no such catalogue.
    """
    store = MemorySessions()
    session = Session(new_id(), catalogue, channel="api", site=site)
    store.create(session)
    manager = DialogueManager(
        store,
        assistant.engine,
        results=assistant.settings.results,
        max_text=assistant.settings.max_text,
    )
    reply = manager.reply(session.id, text)
    kept = store.get(session.id)
    assert kept is not None
    understanding = kept.turns[-1].understanding
    pages = assistant.engine(catalogue).knowledge
    config = assistant.desk_config(site)
    why = triggers.reason(session, text, understanding, keywords=config.keywords, unanswered=False)
    return Trial(
        text,
        understanding,
        reply,
        pages.base.search(text, _HITS) if pages is not None else (),
        len(pages.base) if pages is not None else 0,
        why or "",
        config.keywords,
        triggers.weight(text),
    )
