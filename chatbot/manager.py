"""The dialogue manager: one user turn from text to events.

It orders the steps and keeps the session; what each step does lives elsewhere. It names no concrete
reader, recommender, writer or store.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from chatbot import answers, compose, critique, policy, questions
from chatbot.errors import BusyError, InputError, NotFoundError
from chatbot.explain import reasons, title_of
from chatbot.importing.rows import clean
from chatbot.phrases import listed, say
from chatbot.profile import merge, to_query
from chatbot.storage.sessions import Impression, SessionStore, new_id
from chatbot.understand import Context, Reader
from chatbot.values import (
    Card,
    Done,
    Event,
    Items,
    Language,
    Profile,
    Question,
    Reply,
    Session,
    Status,
    TextDelta,
    Turn,
    Understanding,
)
from chatbot.writer import Brief, Writer
from retrieval.catalogue import Catalogue
from retrieval.query import Candidate, Query, Ranking, Wish

MAX_CARDS = 20
POOL = 40
"""Candidates ranked beyond those shown, so that the next question is chosen over live ones."""

WAIT_S = 30.0
"""How long a turn waits for an earlier turn of the same session."""


class Ranker(Protocol):
    """What the manager needs of retrieval."""

    def rank(self, query: Query) -> Ranking:
        """Candidates for `query`, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything that answers for one catalogue."""

    catalogue: Catalogue
    ranker: Ranker
    reader: Reader
    writer: Writer


class DialogueManager:
    """Runs turns. Safe to share between threads; one turn at a time per session.

    Args:
        sessions: where sessions are kept.
        engine: catalogue name → its engine; may take long the first time.
        results: cards of a list when the user names no number.
        max_text: longest accepted message, characters.
    """

    def __init__(
        self,
        sessions: SessionStore,
        engine: Callable[[str], Engine],
        *,
        results: int = 5,
        max_text: int = 4000,
    ) -> None:
        self._sessions = sessions
        self._engine = engine
        self._results = results
        self._max_text = max_text
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def reply(self, session_id: str, text: str, *, k: int | None = None) -> Reply:
        """`stream` consumed: the whole answer at once."""
        for event in self.stream(session_id, text, k=k):
            if isinstance(event, Done):
                return event.reply
        raise AssertionError("a turn ended without its reply")

    def stream(
        self,
        session_id: str,
        text: str,
        *,
        cancel: threading.Event | None = None,
        k: int | None = None,
    ) -> Iterator[Event]:
        """Answer `text` in the session: `Status*`, `Items?`, `TextDelta*`, `Done`.

        `cancel` stops the wording soon; what was said until then is kept. With `k` a ranking of k
        items is made whatever the action is (for measuring).

        Raises:
            InputError: the text is empty or too long; nothing was changed.
            NotFoundError: there is no such session.
            BusyError: an earlier turn of this session does not end.
        """
        text = self.check(text)
        with self._locked(session_id):
            session = self._sessions.get(session_id)
            if session is None:
                raise NotFoundError(
                    f"there is no session {session_id!r}.", hint="Create one first."
                )
            yield from self._turn(session, text, cancel or threading.Event(), k)

    def check(self, text: str) -> str:
        """The text, cleaned; what every door calls first.

        Raises:
            InputError: it is empty or too long.
        """
        if len(text) > self._max_text:
            raise InputError(
                f"the message has {len(text):,} characters; at most {self._max_text:,} are read.",
                hint="Say it in fewer words.",
            )
        cleaned = clean(text)
        if not cleaned:
            raise InputError("the message is empty.", hint="Write what you are in the mood for.")
        return cleaned

    def refresh(self, session_id: str, *, k: int | None = None) -> Reply:
        """The last list again under the present profile and dial, without a new message."""
        with self._locked(session_id):
            session = self._sessions.get(session_id)
            if session is None:
                raise NotFoundError(f"there is no session {session_id!r}.")
            engine = self._engine(session.catalogue)
            listed_now = set(_listed(session))
            kept = tuple(i for i in session.shown if i not in listed_now)
            language = session.language or "en"
            u = Understanding("recommend", language=language)
            turn = _Running(engine, replace(session, shown=kept), "", u, session.profile, language)
            last_question = next((t.reply.question for t in session.turns[::-1]), None)
            brief = self._recommend(turn, policy.Recommend(), k=k, ask=False)
            reply = turn.reply(brief.template, "recommend", last_question)
            self._save(turn, reply)
            return reply

    def change(
        self,
        session_id: str,
        *,
        profile: Callable[[Session], Profile] | None = None,
        surprise: float | None = None,
    ) -> Session:
        """Change a session by hand, between turns; returns it as it is kept now."""
        with self._locked(session_id):
            session = self._sessions.get(session_id)
            if session is None:
                raise NotFoundError(f"there is no session {session_id!r}.")
            changed = replace(
                session,
                profile=profile(session) if profile is not None else session.profile,
                surprise=session.surprise if surprise is None else surprise,
            )
            self._sessions.save(changed, None)
            return changed

    @contextmanager
    def _locked(self, session_id: str) -> Iterator[None]:
        with self._guard:
            lock = self._locks.setdefault(session_id, threading.Lock())
        if not lock.acquire(timeout=WAIT_S):
            raise BusyError(
                "an earlier message of this conversation is still being answered.",
                hint="Wait for it or stop it, then send again.",
            )
        try:
            yield
        finally:
            lock.release()
            with self._guard:
                if not lock.locked():
                    self._locks.pop(session_id, None)

    def _turn(
        self, session: Session, text: str, cancel: threading.Event, k: int | None
    ) -> Iterator[Event]:
        engine = self._engine(session.catalogue)
        yield Status("understand")
        start = time.perf_counter()
        context = context_of(session)
        u, profile, wishes = understood(session, text, engine)
        turn = _Running(engine, session, text, u, profile, u.language, wishes)
        turn.timings["understand"] = _ms(start)
        changed = profile != session.profile or bool(u.terms) or bool(wishes)
        action = policy.decide(
            u,
            policy.State(profile, changed, context.listed, context.focus, "open" in session.asked),
        )
        question: Question | None = None
        if isinstance(action, policy.Recommend):
            yield Status("retrieve")
            brief = self._recommend(turn, action, k=k)
            question = turn.question
            if turn.cards:
                yield Items(turn.cards)
        else:
            if k is not None:
                self._rank(turn, k)
            brief, question = _talk(action, turn)
        yield Status("explain")
        said: list[str] = []
        start = time.perf_counter()
        reply: Reply | None = None
        try:
            for piece in engine.writer.write(brief, cancel):
                said.append(piece)
                yield TextDelta(piece)
        finally:
            # Also when the reader of this stream went away: what was shown was shown.
            turn.timings["explain"] = _ms(start)
            turn.degraded = "; ".join(filter(None, (u.degraded, engine.writer.degraded)))
            reply = turn.reply("".join(said).strip(), policy.NAMES[type(action)], question)
            self._save(turn, reply)
        yield Done(reply)

    def _recommend(
        self, turn: _Running, action: policy.Recommend, *, k: int | None = None, ask: bool = True
    ) -> Brief:
        u = turn.understanding
        shown = min(u.count or self._results, MAX_CARDS)
        self._rank(turn, max(k or 0, shown, POOL))
        wanted = max(k or 0, shown)
        candidates = turn.ranking.candidates
        turn.cards = _cards(candidates[:wanted], turn.engine.catalogue, turn.language)
        if ask and action.mood == "request" and len(turn.profile.preferences) <= 2:
            turn.question = questions.best_question(
                candidates,
                turn.engine.catalogue,
                turn.profile,
                turn.session.asked,
                turn.language,
                turn.number,
            )
        return compose.recommendation(
            action,
            turn.cards,
            turn.ranking,
            turn.profile,
            u,
            turn.engine.catalogue,
            turn.language,
            request=turn.text,
            turn=turn.number,
            question=turn.question,
        )

    def _rank(self, turn: _Running, k: int) -> None:
        session = turn.session
        query = to_query(
            turn.profile,
            turn=turn.number,
            exclude=session.shown,
            messages=_messages(session, turn.text, turn.understanding),
            surprise=session.surprise,
            k=k,
            extra=(*turn.wishes, *(Wish("term", t, source=t) for t in turn.understanding.terms)),
        )
        start = time.perf_counter()
        turn.ranking = turn.engine.ranker.rank(query)
        spent = _ms(start)
        rerank = turn.ranking.timings_ms.get("rerank", 0.0)
        turn.timings["retrieve"] = spent - rerank
        turn.timings["rerank"] = rerank
        turn.cards = _cards(turn.ranking.candidates[:k], turn.engine.catalogue, turn.language)

    def _save(self, turn: _Running, reply: Reply) -> None:
        session = turn.session
        asked = list(session.asked)
        if reply.question is not None and reply.question.facet not in asked:
            asked.append(reply.question.facet)
        shown_now = tuple(c.id for c in reply.cards) if reply.action == "recommend" else ()
        seen = set(session.shown)
        reset = turn.understanding.intent == "reset"
        saved = replace(
            session,
            language=turn.language,
            profile=turn.profile,
            shown=() if reset else (*session.shown, *(i for i in shown_now if i not in seen)),
            asked=() if reset else tuple(asked),
            turns=(),
        )
        record = Turn(turn.number, turn.text, turn.understanding, reply)
        impressions = [Impression(item, place) for place, item in enumerate(shown_now)]
        self._sessions.save(saved, record, impressions)


class _Running:
    """One turn while it runs: what is known so far. Lives for one call only."""

    def __init__(
        self,
        engine: Engine,
        session: Session,
        text: str,
        understanding: Understanding,
        profile: Profile,
        language: Language,
        wishes: Sequence[Wish] = (),
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
        self.cards: tuple[Card, ...] = ()
        self.question: Question | None = None
        self.degraded = ""
        self.timings: dict[str, float] = {}
        self._start = time.perf_counter()

    def reply(self, text: str, action: str, question: Question | None) -> Reply:
        """The reply with everything known so far."""
        catalogue = self.engine.catalogue
        self.timings["total"] = _ms(self._start)
        suggested = critique.suggested(
            [c.id for c in self.cards] or list(_listed(self.session)), catalogue, self.language
        )
        openers = catalogue.schema.suggestions.get(self.language, ())
        return Reply(
            id=new_id(),
            session=self.session.id,
            turn=self.number,
            text=text,
            action=action,  # type: ignore[arg-type]
            language=self.language,
            cards=self.cards,
            profile=self.profile,
            relaxed=self.ranking.relaxed,
            suggestions=tuple(suggested) or tuple(openers[:4]),
            question=question,
            degraded=self.degraded,
            timings_ms={key: round(ms, 2) for key, ms in self.timings.items()},
        )


def _believe(
    session: Session, u: Understanding, catalogue: Catalogue
) -> tuple[Profile, tuple[Wish, ...]]:
    """The profile after this turn, and the wishes that hold for this turn only."""
    if u.intent == "reset":
        return merge(Profile(), u.updates), ()
    profile = merge(session.profile, u.updates)
    listed_now = [catalogue[i] for i in _listed(session) if i in catalogue]
    wishes: list[Wish] = []
    for one in u.critiques:
        updates, extra = critique.apply(one, listed_now, catalogue, turn=_number(session))
        profile = merge(profile, updates)
        wishes.extend(extra)
    return profile, tuple(wishes)


def _number(session: Session) -> int:
    return (session.turns[-1].number if session.turns else 0) + 1


def _listed(session: Session) -> tuple[str, ...]:
    """Ids of the last list that was shown, in its order."""
    for turn in reversed(session.turns):
        if turn.reply.action == "recommend" and turn.reply.cards:
            return tuple(card.id for card in turn.reply.cards)
    return ()


def understood(
    session: Session, text: str, engine: Engine
) -> tuple[Understanding, Profile, tuple[Wish, ...]]:
    """(what the text means, the profile after it, wishes that hold for this turn only)."""
    u = engine.reader.read(text, context_of(session))
    profile, wishes = _believe(session, u, engine.catalogue)
    return u, profile, wishes


def context_of(session: Session) -> Context:
    """What a reader may know of the conversation so far."""
    history: list[tuple[str, str]] = []
    for turn in session.turns[-6:]:
        if turn.text:
            history.append(("user", turn.text))
        history.append(("assistant", turn.reply.text))
    focus = next(
        (t.understanding.items[0] for t in session.turns[::-1] if t.understanding.items), ""
    )
    last = session.turns[-1].reply if session.turns else None
    return Context(
        profile=session.profile,
        turn=_number(session),
        listed=_listed(session),
        shown=session.shown,
        focus=focus,
        question=last.question if last is not None else None,
        language=session.language,
        history=tuple(history),  # type: ignore[arg-type]
    )


def _messages(
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


def _cards(
    candidates: Sequence[Candidate], catalogue: Catalogue, language: Language
) -> tuple[Card, ...]:
    cards = []
    for candidate in candidates:
        item = catalogue[candidate.item_id]
        cards.append(
            Card(item.id, item.title, candidate.score, reasons(candidate, catalogue, language))
        )
    return tuple(cards)


def _talk(action: policy.Action, turn: _Running) -> tuple[Brief, Question | None]:
    """The brief of every action that is not a list."""
    catalogue, language = turn.engine.catalogue, turn.language
    words = _nouns(catalogue, language)
    question: Question | None = None
    match action:
        case policy.AskOpen():
            text, question = _open_question(turn, words)
        case policy.AskWhich(items):
            shown = [_with_year(catalogue, i, language) for i in items if i in catalogue]
            text = say("ask.which", language, options=listed(shown, language, last="or"))
            question = Question("title", text, tuple(i for i in items if i in catalogue))
        case policy.AnswerItem(item, aspect):
            found = catalogue.get(item)
            if found is None:
                text = say("item.which", language, **words)
            else:
                text, _ = answers.about_item(found, aspect, catalogue.schema, language)
        case policy.Compare(items):
            pair = [catalogue[i] for i in items if i in catalogue][:2]
            text = (
                answers.comparison(pair[0], pair[1], catalogue.schema, language)
                if len(pair) == 2
                else say("compare.need_two", language, **words)
            )
        case policy.Explain(item):
            text = _explanation(item, turn)
        case policy.Draft():
            text = say("draft.none", language, **words)
        case policy.Support():
            text = say("support.none", language)
        case policy.HandOff():
            text = say("handoff", language)
        case policy.Chat(kind):
            text = _chat(kind, turn, words)
        case policy.Recommend():
            raise AssertionError("lists are composed elsewhere")
    return Brief("chat", language, turn.text, (), text, (text,)), question


def _nouns(catalogue: Catalogue, language: Language) -> dict[str, str]:
    noun = catalogue.schema.noun.get(language, "")
    nouns = catalogue.schema.nouns.get(language, "")
    return {"noun": noun, "nouns": nouns, "noun_bare": noun, "nouns_bare": nouns}


def _open_question(turn: _Running, words: Mapping[str, str]) -> tuple[str, Question]:
    catalogue, language = turn.engine.catalogue, turn.language
    openers = catalogue.schema.suggestions.get(language, ())
    text = say("ask.open", language, turn.number, **words)
    return text, Question("open", text, tuple(openers[:4]))


def _with_year(catalogue: Catalogue, item_id: str, language: Language) -> str:
    item = catalogue[item_id]
    year = item.number("year")
    title = title_of(item, language)
    if year is None:
        return title
    return f"{title}（{int(year)}）" if language == "zh" else f"{title} ({int(year)})"


def _explanation(item_id: str, turn: _Running) -> str:
    """Why an item was shown, from the evidence kept with the list; what would change the list."""
    catalogue, language = turn.engine.catalogue, turn.language
    cards = {c.id: c for t in turn.session.turns for c in t.reply.cards}
    if not cards:
        return say("explain.none", language)
    wanted = [item_id] if item_id in cards else list(_listed(turn.session))[:3]
    lines = []
    for one in wanted:
        found = [r.text for r in cards[one].reasons]
        if found:
            title = title_of(catalogue[one], language)
            lines.append(
                say("explain.item", language, title=title, reasons=listed(found, language))
            )
    levers = compose.wish_words(turn.profile, catalogue, language, most=8)
    if levers and not item_id:
        lines.append(say("explain.change", language, levers=listed(levers, language)))
    return ("" if language == "zh" else " ").join(lines) or say("explain.none", language)


def _chat(kind: policy.ChatKind, turn: _Running, words: Mapping[str, str]) -> str:
    language, u = turn.language, turn.understanding
    if kind == "accept":
        item = turn.engine.catalogue.get(u.items[0]) if u.items else None
        if item is None:
            return say("accept.none", language)
        return say("accept", language, title=title_of(item, language))
    if kind == "unclear":
        return say("ask.unclear", language, **words)
    if kind == "smalltalk":
        return say("greet", language, **words)
    return say(kind, language, turn.number, **words)


def _ms(start: float) -> float:
    return (time.perf_counter() - start) * 1000.0
