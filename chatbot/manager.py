"""The dialogue manager: one user turn from text to events.

It orders the steps and keeps the session; what each step does lives elsewhere. It names no concrete
reader, recommender, writer or store.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from chatbot import compose, learning, policy, questions
from chatbot.errors import BusyError, InputError, NotFoundError
from chatbot.handoff import Desk, Handoff, Why
from chatbot.importing.rows import clean
from chatbot.knowledge.message import Asked
from chatbot.knowledge.pages import linked
from chatbot.knowledge.service import earlier_citations
from chatbot.learning import Choice, Chooser
from chatbot.profile import named_titles, to_query
from chatbot.storage.sessions import SessionStore
from chatbot.storage.uses import Use
from chatbot.talk import talk
from chatbot.turn import (
    Engine,
    Running,
    beside,
    cards_of,
    context_of,
    heard,
    listed_in,
    lists,
    messages_of,
    ms_since,
    wished,
)
from chatbot.understand.language import detect
from chatbot.values import (
    Done,
    Event,
    Items,
    Profile,
    Question,
    Reply,
    Session,
    Status,
    TextDelta,
    Turn,
    Understanding,
)
from chatbot.writer import Brief
from retrieval.query import Query

MAX_CARDS = 20
POOL = 40
"""Candidates ranked beyond those shown, so that the next question is chosen over live ones."""

WAIT_S = 30.0
"""How long a turn waits for an earlier turn of the same session."""


class DialogueManager:
    """Runs turns. Safe to share between threads; one turn at a time per session.

    Args:
        sessions: where sessions are kept.
        engine: catalogue name → its engine; may take long the first time.
        results: cards of a list when the user names no number.
        max_text: longest accepted message, characters.
        desk: where conversations are handed to a person; None where there is none.
        chooser: chooses the way to rank each list; without one every list is steady.
    """

    def __init__(
        self,
        sessions: SessionStore,
        engine: Callable[[str], Engine],
        *,
        results: int = 5,
        max_text: int = 4000,
        desk: Desk | None = None,
        chooser: Chooser | None = None,
    ) -> None:
        self._chooser = chooser
        self._desk = desk
        self._sessions = sessions
        self._engine = engine
        self._results = results
        self._max_text = max_text
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def reply(
        self,
        session_id: str,
        text: str,
        *,
        k: int | None = None,
        context: Mapping[str, str] | None = None,
    ) -> Reply:
        """`stream` consumed: the whole answer at once."""
        for event in self.stream(session_id, text, k=k, context=context):
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
        context: Mapping[str, str] | None = None,
    ) -> Iterator[Event]:
        """Answer `text` in the session: `Status*`, `Items?`, `TextDelta*`, `Done`.

        `cancel` stops the wording soon; what was said until then is kept. With `k` a ranking of k
        items is made whatever the action is (for measuring). `context` ("company": "kids") is kept
        for the rest of the session; an empty text takes a part of it back.

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
            if context:
                told = {**session.context, **context}
                session = replace(session, context={key: v for key, v in told.items() if v})
            held = self._desk.hold(session, text) if self._desk is not None else None
            if held is not None:
                yield from self._passed_on(session, text, held)
                return
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
            listed_now = set(listed_in(session))
            kept = tuple(i for i in session.shown if i not in listed_now)
            language = session.language or "en"
            u = Understanding("recommend", language=language)
            turn = Running(engine, replace(session, shown=kept), "", u, session.profile, language)
            last_question = next((t.reply.question for t in session.turns[::-1]), None)
            # The same list again is made in the same way; nothing is left to chance here.
            way = next((t.reply.strategy for t in session.turns[::-1] if t.reply.strategy), "")
            choice = Choice(way, {way: 1.0}) if learning.known(way) else Choice()
            brief = self._recommend(turn, policy.Recommend(), k=k, ask=False, choice=choice)
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

    def _passed_on(self, session: Session, text: str, held: Handoff) -> Iterator[Event]:
        """A turn while a person has the conversation: nothing is read, nothing is answered."""
        yield Status("understand")
        language = detect(text, session.language)
        u = Understanding("handoff", language=language)
        turn = Running(self._engine(session.catalogue), session, text, u, session.profile, language)
        turn.handoff, turn.suggestions = held, held.suggestions
        yield TextDelta(held.text)
        reply = turn.reply(held.text, "handoff", None)
        self._save(turn, reply)
        yield Done(reply)

    def _turn(
        self, session: Session, text: str, cancel: threading.Event, k: int | None
    ) -> Iterator[Event]:
        engine = self._engine(session.catalogue)
        yield Status("understand")
        start = time.perf_counter()
        context = context_of(session)
        u, profile, wishes, asked = heard(session, text, engine)
        turn = Running(engine, session, text, u, profile, u.language, wishes, start)
        turn.asked = asked
        turn.timings["understand"] = ms_since(start)
        changed = profile != session.profile or bool(u.terms) or bool(wishes)
        action = policy.decide(
            u,
            policy.State(profile, changed, context.listed, context.focus, "open" in session.asked),
        )
        action = self._or_a_person(turn, action)
        question: Question | None = None
        if isinstance(action, policy.Recommend):
            yield Status("retrieve")
            brief = self._recommend(turn, action, k=k)
            question = turn.question
        else:
            if k is not None:
                self._rank(turn, k, 0, Choice())
            if isinstance(action, policy.Support) and asked is not None:
                brief, question = self._help(turn, asked, k)
            else:
                brief, question = talk(action, turn)
            if turn.unanswered and self._called(turn, unanswered=True):
                action = policy.HandOff()
                brief, question = talk(action, turn)
        said: list[str] = []
        reply: Reply | None = None
        try:
            if turn.cards and lists(policy.NAMES[type(action)], u):
                yield Items(turn.cards)
            yield Status("explain")
            start = time.perf_counter()
            for piece in engine.writer.write(brief, cancel):
                said.append(piece)
                yield TextDelta(piece)
        finally:
            # Also when the reader of this stream went away: what was shown was shown.
            turn.timings["explain"] = ms_since(start)
            turn.degraded = "; ".join(filter(None, (u.degraded, engine.writer.degraded)))
            reply = turn.reply("".join(said).strip(), policy.NAMES[type(action)], question)
            self._save(turn, reply)
        yield Done(reply)

    def _help(self, turn: Running, asked: Asked, k: int | None) -> tuple[Brief, Question | None]:
        """What the help pages answer, and a list beside it where items were asked for as well."""
        pages = turn.engine.knowledge
        assert pages is not None
        start = time.perf_counter()
        earlier = earlier_citations(self._sessions, turn.session)
        answer = pages.answer(asked, turn.session, turn.language, earlier)
        turn.timings["retrieve"] = ms_since(start)
        turn.citations = linked(answer.citations, turn.engine.addresses)
        turn.suggestions = answer.suggestions
        turn.unanswered = not answer.found
        text = answer.text
        if "recommend" in turn.understanding.also and len(turn.engine.catalogue):
            listing = self._recommend(turn, policy.Recommend(), k=k, ask=False)
            text = f"{text}\n\n{listing.template}"
        return Brief("chat", turn.language, turn.text, (), text, (text,)), answer.question

    def _or_a_person(self, turn: Running, action: policy.Action) -> policy.Action:
        """`action`, or a handoff where the visitor asked for a person or needs one."""
        return policy.HandOff() if self._called(turn) else action

    def _called(self, turn: Running, *, unanswered: bool = False) -> bool:
        """Whether there was a reason to call a person, and a person was called."""
        if self._desk is None:
            return False
        session, u = turn.session, turn.understanding
        why: Why | None = self._desk.reason(session, turn.text, u, unanswered=unanswered)
        if why is None:
            return False
        told = replace(session, profile=turn.profile)
        turn.handoff = self._desk.hand_over(told, turn.text, why, turn.language)
        return True

    def _recommend(
        self,
        turn: Running,
        action: policy.Recommend,
        *,
        k: int | None = None,
        ask: bool = True,
        choice: Choice | None = None,
    ) -> Brief:
        u = turn.understanding
        shown = min(u.count or self._results, MAX_CARDS)
        wanted = k or shown
        if k is not None:  # for measuring: as reproducible as can be
            choice = Choice()
        again = self._rank(turn, max(k or 0, shown, POOL), wanted, choice)
        candidates = turn.ranking.candidates
        turn.cards = cards_of(candidates[:wanted], turn.engine.catalogue, turn.language)
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
            again=again,
        )

    def _rank(self, turn: Running, k: int, shown: int, choice: Choice | None) -> bool:
        """Rank `k`, of which the first `shown` become a list; `choice` None leaves it to chance.

        Returns:
            Whether items shown before were taken again, because nothing else fits.
        """
        session = turn.session
        query = to_query(
            turn.profile,
            turn=turn.number,
            exclude=(*session.shown, *beside(session, turn.text)),
            messages=messages_of(session, turn.text, turn.understanding),
            surprise=session.surprise,
            k=k,
            extra=wished(turn.understanding, turn.wishes),
            ignored=learning.ignored(session, turn.profile),
            context=session.context,
            about=session.about,
        )
        start = time.perf_counter()
        choice = choice or self._chosen(query, turn.engine)
        turn.ranking, use = learning.ranked(turn.engine.ranker.rank, query, choice, shown)
        turn.use = use if shown else None
        again = self._again(turn, query, choice, shown)
        spent = ms_since(start)
        rerank = turn.ranking.timings_ms.get("rerank", 0.0)
        turn.timings["retrieve"] = spent - rerank
        turn.timings["rerank"] = rerank
        if not shown:
            turn.cards = cards_of(turn.ranking.candidates[:k], turn.engine.catalogue, turn.language)
        return again

    def _again(self, turn: Running, query: Query, choice: Choice, shown: int) -> bool:
        """Show items again rather than give up a limit that they keep: "nothing fits" would be
        untrue. Where others are asked for, what was shown stays away.
        """
        session = turn.session
        if not turn.ranking.relaxed or not session.shown or session.channel == "replay":
            return False
        if {"more", "reject"} & {turn.understanding.intent, *turn.understanding.also}:
            return False
        kept = query.constraints.exclude - set(session.shown) | named_titles(turn.profile)
        kept |= frozenset(beside(session, turn.text))
        wider = replace(query, constraints=replace(query.constraints, exclude=kept))
        ranking, use = learning.ranked(turn.engine.ranker.rank, wider, choice, shown)
        if not ranking.candidates or ranking.relaxed:
            return False
        turn.ranking, turn.use = ranking, use if shown else None
        return True

    def _chosen(self, query: Query, engine: Engine) -> Choice:
        return Choice() if self._chooser is None else self._chooser.choose(query, engine.bandit)

    def _save(self, turn: Running, reply: Reply) -> None:
        session = turn.session
        asked = list(session.asked)
        if reply.question is not None and reply.question.facet not in asked:
            asked.append(reply.question.facet)
        shows = lists(reply.action, turn.understanding)
        shown_now = tuple(c.id for c in reply.cards) if shows else ()
        seen = set(session.shown)
        reset = turn.understanding.intent == "reset"
        saved = replace(
            session,
            language=turn.language,
            profile=turn.profile,
            opening=session.opening or turn.text[:200],
            shown=() if reset else (*session.shown, *(i for i in shown_now if i not in seen)),
            asked=() if reset else tuple(asked),
            turns=(),
        )
        record = Turn(turn.number, turn.text, turn.understanding, reply)
        said = learning.reactions(session, turn.understanding, turn.profile, turn.number)
        use = turn.use if turn.use is not None and shown_now else None
        impressions = learning.impressions(use) if use is not None else []
        if said:
            use = replace(use or Use(), reactions=said)
        self._sessions.save(saved, record, impressions, use)
        if self._desk is not None and turn.text:
            self._desk.observe(saved, record)
