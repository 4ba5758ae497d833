"""The help pages of one catalogue, asked: what is for them, what they answer, and how it is said.

Everything said about a matter is quoted from a passage and cited. Where no passage answers, the
reply says so and names what is near; where a demand is not granted by the pages, it says that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from chatbot.knowledge import Passage
from chatbot.knowledge.base import Hit, KnowledgeBase
from chatbot.knowledge.before import misses
from chatbot.knowledge.citing import citation, not_said, short, shown, source
from chatbot.knowledge.conflicts import ends
from chatbot.knowledge.cues import grants
from chatbot.knowledge.message import (
    MAYBE,
    SURE,
    Asked,
    Listener,
    Part,
    language_for,
)
from chatbot.knowledge.quote import (
    LONG,
    answering,
    is_list,
    remaining,
    shortest,
)
from chatbot.knowledge.sentences import joined, sentences
from chatbot.knowledge.templates import Choices, Template, Visitor, rank, visitor_of
from chatbot.phrases import listed, say
from chatbot.storage.sessions import SessionStore
from chatbot.values import Citation, Language, Question, Session, Understanding
from retrieval.embeddings import Embedder

_TOPICS = 4
_NEAR = 3
_EARLIER = 5
_GRANTED = 0.3


@dataclass(frozen=True, slots=True)
class Answer:
    """What the help pages say to a message.

    Attributes:
        text: the whole answer; every statement in it is a quote.
        citations: the passages quoted.
        suggestions: what the visitor may ask next.
        question: the question asked back, or None.
        found: whether anything was answered.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    suggestions: tuple[str, ...] = ()
    question: Question | None = None
    found: bool = True


class HelpPages:
    """Hears and answers for one catalogue. Safe to share between threads.

    Args:
        base: its passages.
        embedder: for sentences.
        read: reads a part of a message, without a language model.
        items: whether there is anything to recommend.
        today: the day by which dates have passed.
    """

    def __init__(
        self,
        base: KnowledgeBase,
        embedder: Embedder,
        read: Callable[[str], Understanding],
        *,
        items: bool = True,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.base = base
        self._embedder = embedder
        self._read = read
        self._items = items
        self._today = today
        self._listener = Listener(base, items=items)

    def hear(self, text: str, u: Understanding, session: Session) -> Asked | None:
        """What a message asks of the help pages; None where it asks nothing of them."""
        return self._listener.hear(text, u, session, self._read)

    def read(self, text: str) -> Understanding:
        """The part of a message that is for the catalogue, read alone."""
        return self._read(text)

    def topics(self, language: Language) -> tuple[str, ...]:
        """What the pages are about: their chapters, the largest first, in `language` where there
        are any.
        """
        ours = [p for p in self.base.passages if p.language == language] or self.base.passages
        chapters = Counter(p.trail[0] for p in ours if p.trail)
        found = [name for name, _ in chapters.most_common() if len(name) <= 40]
        return tuple(found[:_TOPICS])

    def answer(
        self,
        asked: Asked,
        session: Session,
        language: Language,
        earlier: Sequence[Citation] = (),
    ) -> Answer:
        """The answer to what was heard.

        Args:
            asked: see `hear`.
            session: the conversation before this message.
            language: the visitor's.
            earlier: what was cited to the same person in earlier conversations.
        """
        visitor = visitor_of(" ".join(p.text for p in asked.parts), session.turns, earlier)
        found = [self._one(part, session, language, visitor) for part in asked.parts]
        if len(found) == 1:
            return found[0]
        return Answer(
            "\n\n".join(a.text for a in found),
            tuple(dict.fromkeys(c for a in found for c in a.citations)),
            tuple(dict.fromkeys(s for a in found for s in a.suggestions))[:_NEAR],
            None,
            any(a.found for a in found),
        )

    def _one(self, part: Part, session: Session, language: Language, visitor: Visitor) -> Answer:
        hits = self._ours(language_for(part.hits, language), language)
        if part.demand is not None:
            granting = next((h for h in hits if grants(h.passage, part.demand)), None)
            if granting is None or granting.chance < (SURE if granting is hits[0] else _GRANTED):
                return self._fenced(part, hits, language)
            if granting.passage != hits[0].passage and not grants(hits[0].passage, part.demand):
                hits = (granting, *(h for h in hits if h is not granting))
                return self._told(part, hits, language, visitor)
        if not hits or hits[0].chance < SURE:
            return self._missed(hits, session, language)
        if not hits[0].passage.text:
            return self._empty(hits, session, language)
        return self._told(part, hits, language, visitor)

    def _ours(self, hits: tuple[Hit, ...], language: Language) -> tuple[Hit, ...]:
        """The hits, led by the translation of the first where the visitor speaks that language."""
        if not hits or hits[0].passage.language == language:
            return hits
        twin = self.base.twin(hits[0].passage, language)
        if twin is None:
            return hits
        first = Hit(twin, hits[0].chance, hits[0].score)
        return (first, *(h for h in hits if h.passage != twin))

    # -- answered ----------------------------------------------------------------------------

    def _told(
        self, part: Part, hits: Sequence[Hit], language: Language, visitor: Visitor
    ) -> Answer:
        """The passage's own words, as much of them as suits this visitor."""
        passage = hits[0].passage
        template, quote = self._worded(part, passage, visitor)
        lines = []
        if passage.language != language:
            lines.append(say(f"support.only_{passage.language}", language))
        if template in ("next", "again"):
            lines.append(say(f"support.{template}", language))
        if part.demand == "discount" and (missing := not_said(part.text, passage)):
            lines.append(say("fence.number", language, number=missing))
        lines.append(shown(quote))
        day = next((d for s in sentences(quote) if (d := ends(s)) and d < self._today()), None)
        if day is not None:
            lines.append(say("support.stale", language, day=day.isoformat()))
        lines.append(source(passage, language))
        person = (say("support.person_option", language),) if template == "again" else ()
        return Answer(
            "\n".join(lines),
            (citation(hits[0], quote),),
            (*person, *self._further(passage, hits[1:], language))[:_NEAR],
        )

    def _worded(self, part: Part, passage: Passage, visitor: Visitor) -> tuple[Template, str]:
        found = answering(part.question, passage, self._embedder)
        quoted = visitor.quotes.get(passage.id, ())
        left = remaining(passage, quoted) if quoted else []
        beside = self.base.beside(passage)
        choices = Choices(
            passage.id,
            len(sentences(passage.text)),
            len(found),
            len(left),
            bool(beside) and bool(quoted),
            is_list(found),
            part.follows,
        )
        template = rank(part.text, visitor, choices)[0][0]
        if template == "next":
            if left:
                return template, joined(left)[:LONG]
            fresh = [p for p in beside if p.id not in visitor.quotes]
            if fresh:
                return template, fresh[0].text
            return "short", joined(found)
        if template == "line":
            return template, joined(shortest(found, part.question, self._embedder))
        if template == "full":
            return template, joined(answering(part.question, passage, self._embedder, LONG))
        return template, joined(found)

    def _further(
        self, passage: Passage, others: Sequence[Hit], language: Language
    ) -> tuple[str, ...]:
        """Questions that come next: what stands beside it, what else was near."""
        near = [p for p in self.base.beside(passage) if p.trail != passage.trail]
        near += [h.passage for h in others if h.chance >= MAYBE]
        names = [short(p) for p in near if p.language == language and p.title != passage.title]
        return tuple(dict.fromkeys(names))

    # -- not answered ------------------------------------------------------------------------

    def _fenced(self, part: Part, hits: Sequence[Hit], language: Language) -> Answer:
        """What was demanded is not in the pages; what they do say of the matter is quoted."""
        lines = [say(f"fence.{part.demand}", language)]
        if hits and hits[0].chance >= MAYBE and hits[0].passage.text and part.demand != "discount":
            passage = hits[0].passage
            quote = joined(answering(part.question, passage, self._embedder))
            lines += [say("fence.but", language), shown(quote), source(passage, language)]
            return Answer("\n".join(lines), (citation(hits[0], quote),))
        return Answer("\n".join(lines), (), self._near(hits, language), None, found=True)

    def _missed(self, hits: Sequence[Hit], session: Session, language: Language) -> Answer:
        """Asks back with what is near; the second time in a row a person is offered."""
        near = self._near(hits, language)
        before = misses(session.turns)
        person = say("support.person_option", language)
        if before:
            text = say("support.person", language)
            return Answer(text, (), (*near[:2], person), None, found=False)
        if near:
            key = "support.which" if len(near) > 1 else "support.mean"
            text = say(key, language, topics=listed(near, language, last="or"))
            question = Question("help", text, near)
            return Answer(text, (), near, question, found=False)
        topics = self.topics(language)
        text = say("support.nothing", language, topics=listed(topics, language))
        return Answer(text, (), topics[:_NEAR], None, found=False)

    def _empty(self, hits: Sequence[Hit], session: Session, language: Language) -> Answer:
        """The topic is known, but nobody has written an answer for it."""
        text = say("support.topic", language, topic=hits[0].passage.title)
        near = self._near(hits[1:], language)
        person = say("support.person_option", language)
        return Answer(text, (), (person, *near)[:_NEAR], None, found=False)

    def _near(self, hits: Sequence[Hit], language: Language) -> tuple[str, ...]:
        """Topics near to the question that the visitor can choose."""
        if not hits or hits[0].chance < MAYBE:
            return ()
        names = [short(h.passage) for h in hits if h.chance >= 0.4 * MAYBE]
        return tuple(dict.fromkeys(names))[:_NEAR]


def earlier_citations(sessions: SessionStore, session: Session) -> tuple[Citation, ...]:
    """What was cited to the same person in earlier conversations about this catalogue."""
    if not session.user:
        return ()
    found: list[Citation] = []
    for other in sessions.list(session.user, limit=_EARLIER):
        if other.id == session.id or other.catalogue != session.catalogue:
            continue
        whole = sessions.get(other.id)
        if whole is not None:
            found += [c for turn in whole.turns for c in turn.reply.citations]
    return tuple(found)
