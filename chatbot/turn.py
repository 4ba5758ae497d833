"""One turn while it runs, and what a session tells about the turns before. Decides nothing."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from chatbot import critique
from chatbot.explain import reasons
from chatbot.handoff import Handoff
from chatbot.knowledge.cues import general
from chatbot.knowledge.message import Asked, helped
from chatbot.knowledge.service import HelpPages
from chatbot.profile import merge
from chatbot.storage.sessions import new_id
from chatbot.storage.uses import Use
from chatbot.understand import Context, Reader
from chatbot.values import (
    ActionName,
    Assert,
    Card,
    Citation,
    Language,
    Profile,
    Question,
    Reply,
    Session,
    Understanding,
    Update,
)
from chatbot.writer import Writer
from retrieval.bandit import Posterior
from retrieval.catalogue import Catalogue
from retrieval.quality import Quality
from retrieval.query import Candidate, Query, Ranking, Wish


class Ranker(Protocol):
    """What the manager needs of retrieval."""

    def rank(self, query: Query) -> Ranking:
        """Candidates for `query`, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything that answers for one catalogue.

    `bandit` is what earlier lists taught about the ways to rank, None where nothing was learned;
    `quality` is what many people thought of the items; `knowledge` answers from the help pages,
    None where there are none; `addresses` says where its passages are read, by their id.
    """

    catalogue: Catalogue
    ranker: Ranker
    reader: Reader
    writer: Writer
    bandit: Posterior | None = None
    quality: Quality | None = None
    knowledge: HelpPages | None = None
    addresses: Mapping[str, str] = field(default_factory=dict)


class Running:
    """One turn while it runs: what is known so far. Lives for one call only.

    `asked` is what the message asks of the help pages; `citations` and `suggestions` are what they
    gave. `unanswered` is set by whoever looked in the help pages and found no answer; `handoff` by
    whoever called a person.
    """

    def __init__(
        self,
        engine: Engine,
        session: Session,
        text: str,
        understanding: Understanding,
        profile: Profile,
        language: Language,
        wishes: Sequence[Wish] = (),
        start: float | None = None,
    ) -> None:
        self.engine = engine
        self.session = session
        self.text = text
        self.understanding = understanding
        self.profile = profile
        self.language = language
        self.wishes = tuple(wishes)
        self.number = (session.turns[-1].number if session.turns else 0) + 1
        self.ranking = Ranking()
        self.use: Use | None = None
        self.cards: tuple[Card, ...] = ()
        self.question: Question | None = None
        self.degraded = ""
        self.asked: Asked | None = None
        self.citations: tuple[Citation, ...] = ()
        self.suggestions: tuple[str, ...] = ()
        self.unanswered = False
        self.handoff: Handoff | None = None
        self.timings: dict[str, float] = {}
        self._start = time.perf_counter() if start is None else start

    def reply(self, text: str, action: ActionName, question: Question | None) -> Reply:
        """The reply with everything known so far."""
        catalogue = self.engine.catalogue
        self.timings["total"] = ms_since(self._start)
        suggested = critique.suggested(
            [c.item_id for c in self.ranking.candidates],
            catalogue,
            self.language,
            shown=len(self.cards),
        )
        openers = catalogue.schema.suggestions.get(self.language, ())
        return Reply(
            id=new_id(),
            session=self.session.id,
            turn=self.number,
            text=text,
            action=action,
            language=self.language,
            cards=self.cards,
            profile=self.profile,
            relaxed=self.ranking.relaxed,
            suggestions=self.suggestions
            or tuple(suggested)
            or self._earlier()
            or tuple(openers[:4]),
            question=question,
            citations=self.citations,
            handoff=self.handoff.shape() if self.handoff is not None else None,
            degraded=self.degraded,
            timings_ms={key: round(ms, 2) for key, ms in self.timings.items()},
            strategy=self.use.strategy if self.use is not None else "",
        )

    def _earlier(self) -> tuple[str, ...]:
        """What could be said to the list that is still on the screen, in the same language."""
        for turn in reversed(self.session.turns):
            if turn.reply.action == "recommend" and turn.reply.language == self.language:
                return turn.reply.suggestions
        return ()


def _believe(
    session: Session, u: Understanding, catalogue: Catalogue
) -> tuple[Profile, tuple[Wish, ...]]:
    """The profile after this turn, and the wishes that hold for this turn only."""
    if u.intent == "reset":
        return merge(Profile(), u.updates), ()
    profile = merge(session.profile, _meant(u))
    listed_now = [i for i in listed_in(session) if i in catalogue]
    wishes: list[Wish] = []
    for one in u.critiques:
        change = critique.apply(one, listed_now, catalogue, turn=number_of(session))
        profile = merge(profile, change.updates)
        wishes.extend(change.wishes)
    return profile, tuple(wishes)


def _meant(u: Understanding) -> tuple[Update, ...]:
    """The updates, without likes for items that a question merely points at."""
    if u.intent not in ("ask_item", "compare", "explain", "draft"):
        return u.updates
    return tuple(
        x
        for x in u.updates
        if not (
            isinstance(x, Assert)
            and x.preference.facet == "title"
            and x.preference.value in u.items
        )
    )


def number_of(session: Session) -> int:
    """The number of the turn that comes next, first turn 1."""
    return (session.turns[-1].number if session.turns else 0) + 1


def listed_in(session: Session) -> tuple[str, ...]:
    """Ids of the last list that was shown, in its order."""
    for turn in reversed(session.turns):
        if turn.reply.cards and lists(turn.reply.action, turn.understanding):
            return tuple(card.id for card in turn.reply.cards)
    return ()


_ELSE = re.compile(r"\b(?:else|other|others|another)\b|还(?:有|导|演|拍|写|出)|其他|其它|别的|另外")


def beside(session: Session, text: str) -> tuple[str, ...]:
    """The item last spoken of, where something else is asked for: it is no answer."""
    return (focus,) if _ELSE.search(text.casefold()) and (focus := _focus(session)) else ()


def _focus(session: Session) -> str:
    spoken = (turn.understanding.items for turn in session.turns[::-1])
    return next((items[0] for items in spoken if items), "")


def lists(action: ActionName, u: Understanding) -> bool:
    """Whether a reply shows its cards: a recommendation, alone or beside an answer."""
    return action == "recommend" or (action == "support" and "recommend" in u.also)


def understood(
    session: Session, text: str, engine: Engine
) -> tuple[Understanding, Profile, tuple[Wish, ...]]:
    """(what the text means, the profile after it, wishes that hold for this turn only)."""
    return heard(session, text, engine)[:3]


def heard(
    session: Session, text: str, engine: Engine
) -> tuple[Understanding, Profile, tuple[Wish, ...], Asked | None]:
    """What `understood` gives, and what the text asks of the help pages where there are any."""
    u = engine.reader.read(text, context_of(session))
    asked = engine.knowledge.hear(text, u, session) if engine.knowledge is not None else None
    if asked is None:
        if engine.knowledge is None or not general(text):
            u = _as_words(u, text, engine.catalogue)
        elif u.intent in ("unclear", "recommend", "inform") and not u.mentions:
            u = replace(u, intent="out_of_scope", updates=(), terms=())
    else:
        rest = engine.reader.read(asked.rest, context_of(session)) if asked.rest else None
        if rest is not None:
            rest = _as_words(rest, asked.rest, engine.catalogue)
        u = helped(u, asked, rest)
    profile, wishes = _believe(session, u, engine.catalogue)
    return u, profile, wishes, asked


def wished(u: Understanding, wishes: Sequence[Wish]) -> tuple[Wish, ...]:
    """What is wished for in this turn only: what a critique asks for, then free words."""
    return (*wishes, *(Wish("term", term, source=term) for term in u.terms))


def _as_words(u: Understanding, text: str, catalogue: Catalogue) -> Understanding:
    """In a catalogue that records no kinds, a request nobody could read is taken by its words."""
    kinds = any(f.kind == "category" and not f.role for f in catalogue.schema.facets.values())
    said = u.updates or u.critiques or u.terms or u.items or u.ambiguous
    if kinds or said or not len(catalogue) or u.intent not in ("recommend", "inform", "unclear"):
        return u
    return replace(u, intent="recommend", terms=(text,), confidence=1.0)


def context_of(session: Session) -> Context:
    """What a reader may know of the conversation so far."""
    history: list[tuple[str, str]] = []
    for turn in session.turns[-6:]:
        if turn.text:
            history.append(("user", turn.text))
        history.append(("assistant", turn.reply.text))
    last = session.turns[-1].reply if session.turns else None
    return Context(
        profile=session.profile,
        turn=number_of(session),
        listed=listed_in(session),
        shown=session.shown,
        focus=_focus(session),
        question=last.question if last is not None else None,
        language=session.language,
        history=tuple(history),  # type: ignore[arg-type]
    )


def messages_of(
    session: Session, text: str, u: Understanding
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """The conversation for models that read it: (role, text, ids of items it named)."""
    found: list[tuple[str, str, tuple[str, ...]]] = []
    for turn in session.turns:
        if turn.text:
            found.append(("user", turn.text, _named(turn.understanding)))
        ids = tuple(c.id for c in turn.reply.cards) if turn.reply.action == "recommend" else ()
        found.append(("assistant", turn.reply.text, ids))
    if text:
        found.append(("user", text, _named(u)))
    return tuple(found)


def _named(u: Understanding) -> tuple[str, ...]:
    return tuple(dict.fromkeys(i for m in u.mentions for i in m.item_ids[:1]))


def cards_of(
    candidates: Sequence[Candidate], catalogue: Catalogue, language: Language
) -> tuple[Card, ...]:
    """Cards with worded reasons, in the order of the candidates."""
    cards = []
    for candidate in candidates:
        item = catalogue[candidate.item_id]
        cards.append(
            Card(item.id, item.title, candidate.score, reasons(candidate, catalogue, language))
        )
    return tuple(cards)


def ms_since(start: float) -> float:
    """Milliseconds since `start` of `time.perf_counter`."""
    return (time.perf_counter() - start) * 1000.0
