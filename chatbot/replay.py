"""Recorded conversations, answered one by one: a JSON line in, a JSON line out, in order.

Every line is a fresh session that nothing remembers. Preferences are read from all user messages;
what the assistant's messages named counts as shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chatbot import wire
from chatbot.errors import InputError
from chatbot.importing.rows import clean
from chatbot.leniency import eased
from chatbot.manager import DialogueManager
from chatbot.profile import to_query
from chatbot.storage.sessions import MemorySessions
from chatbot.turn import Engine, Ranker, cards_of, context_of, number_of, understood, wished
from chatbot.understand import Context, Reader
from chatbot.values import (
    ActionName,
    Card,
    Preference,
    Profile,
    Reply,
    Session,
    Turn,
    Understanding,
)
from retrieval.catalogue import Catalogue
from retrieval.constraints import Constraints
from retrieval.conversation.talk import texts_of, turns_of
from retrieval.embeddings import Embedder
from retrieval.query import Query, Ranking
from retrieval.relax import firmness
from retrieval.schema import fold

MAX_LINE = 2_000_000

_AHEAD = 64
"""Conversations whose texts are embedded together."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded conversation; the last message is the user's."""

    id: str
    messages: tuple[tuple[str, str], ...]
    k: int | None = None
    exclude: tuple[str, ...] = ()
    preferences: tuple[Preference, ...] = field(default=())


def parse(line: str, number: int) -> Recorded:
    """One input line.

    Raises:
        InputError: it does not have the documented form; the message names line and field.
    """
    if len(line) > MAX_LINE:
        raise InputError(f"line {number} has more than {MAX_LINE:,} characters.")
    try:
        raw = json.loads(line)
    except ValueError as error:
        raise InputError(f"line {number} is not JSON: {error}.") from None
    if not isinstance(raw, dict):
        raise InputError(f"line {number} is not a JSON object.")
    messages = raw.get("messages")
    if not isinstance(messages, list) or not messages:
        raise InputError(f"line {number}: messages is missing or empty.")
    read = tuple(_message(m, number, place) for place, m in enumerate(messages))
    k = raw.get("k")
    if k is not None and (not isinstance(k, int) or isinstance(k, bool) or not 1 <= k <= 1000):
        raise InputError(f"line {number}: k should be a whole number from 1 to 1000.")
    exclude = raw.get("exclude") or []
    if not isinstance(exclude, list):
        raise InputError(f"line {number}: exclude should be a list of ids or titles.")
    return Recorded(
        str(raw.get("id", number)),
        read,
        k,
        tuple(str(x) for x in exclude),
        _preferences(raw.get("profile"), number),
    )


def _message(raw: object, number: int, place: int) -> tuple[str, str]:
    if not isinstance(raw, dict) or raw.get("role") not in ("user", "assistant"):
        raise InputError(f"line {number}: messages[{place}] needs a role, user or assistant.")
    content = raw.get("content")
    if not isinstance(content, str):
        raise InputError(f"line {number}: messages[{place}] needs a content text.")
    return str(raw["role"]), content


def _preferences(raw: object, number: int) -> tuple[Preference, ...]:
    if raw is None:
        return ()
    found = raw.get("preferences") if isinstance(raw, Mapping) else raw
    if not isinstance(found, list):
        raise InputError(f"line {number}: profile should hold a list of preferences.")
    return tuple(preference_from(p, f"line {number}: profile") for p in found)


def preference_from(raw: object, where: str) -> Preference:
    """A preference from JSON: stance, facet, value, and optionally source and strength.

    Raises:
        InputError: something in it is missing or has another form.
    """
    if not isinstance(raw, Mapping):
        raise InputError(f"{where}: a preference is an object.")
    stance, facet, value = raw.get("stance"), raw.get("facet"), raw.get("value")
    if stance not in ("like", "avoid", "require", "forbid", "seen"):
        raise InputError(f"{where}: stance should be like, avoid, require, forbid or seen.")
    if not isinstance(facet, str) or not facet:
        raise InputError(f"{where}: facet is missing.")
    read: str | tuple[float | None, float | None]
    if isinstance(value, str) and value:
        read = value
    elif isinstance(value, list | tuple) and len(value) == 2 and all(map(_bound, value)):
        low, high = value
        read = (None if low is None else float(low), None if high is None else float(high))
        if read == (None, None):
            raise InputError(f"{where}: an interval needs at least one end.")
    else:
        raise InputError(f"{where}: value should be a text or [low, high].")
    strength = raw.get("strength", 1.0)
    if not isinstance(strength, int | float) or not 0 <= strength <= 1:
        raise InputError(f"{where}: strength should lie between 0 and 1.")
    scope = raw.get("scope", "always")
    if scope not in ("always", "session"):
        raise InputError(f"{where}: scope should be always or session.")
    return Preference(
        stance,
        facet,
        read,
        float(strength),
        source=str(raw.get("source", ""))[:500],
        scope=scope,
        pinned=raw.get("pinned") is True,
    )


def _bound(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def resolve(names: Sequence[str], catalogue: Catalogue) -> frozenset[str]:
    """Item ids for ids or titles; a title stands for every item of that name. Unknown ones are
    left out.
    """
    wanted = {fold(name) for name in names}
    by_id = {name for name in names if name in catalogue}
    if len(by_id) == len(names):
        return frozenset(by_id)
    by_title = {
        item.id
        for item in catalogue.items
        if fold(item.title) in wanted or any(fold(a) in wanted for a in item.aka)
    }
    return frozenset(by_id | by_title)


def lines(source: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Numbered lines that are not blank."""
    for number, line in enumerate(source, 1):
        if line.strip():
            yield number, line


class _Noting:
    """A ranker that notes what was asked of it last."""

    def __init__(self, ranker: Ranker) -> None:
        self.ranker = ranker
        self.query = Query()

    def rank(self, query: Query) -> Ranking:
        self.query = query
        return self.ranker.rank(query)


class _Recalling:
    """A reader that recalls what it read lately: reading is pure, and the last message of one
    recording often stands in the history of the next.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._recent: dict[tuple[str, Context], Understanding] = {}

    def read(self, text: str, context: Context) -> Understanding:
        found = self._recent.get((text, context))
        if found is None:
            found = self._recent[text, context] = self.reader.read(text, context)
            if len(self._recent) > 4 * _AHEAD:
                del self._recent[next(iter(self._recent))]
        return found


class Replayer:
    """Answers recorded conversations with one engine. Not to be shared between threads.

    No answer depends on the conversations before it. What was read of the last one is kept for the
    next, which often goes on where that one stopped.

    Args:
        engine: what answers.
        max_text: longer messages are cut, since a recording cannot be asked to be shorter.
        embedder: the engine's; with it several conversations are embedded at once.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        results: int = 5,
        max_text: int = 4000,
        embedder: Embedder | None = None,
    ) -> None:
        self._ranker = _Noting(engine.ranker)
        reader = _Recalling(engine.reader)
        self._engine = replace(engine, ranker=self._ranker, reader=reader)
        self._results = results
        self._max_text = max_text
        self._embedder = embedder
        self._start: Session | None = None
        self._read: list[tuple[tuple[str, str], Session]] = []

    def answers(
        self, recorded: Sequence[Recorded], k: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """The output lines of many conversations, in order."""
        for start in range(0, len(recorded), _AHEAD):
            some = recorded[start : start + _AHEAD]
            self._embed(text for one in some for text in self._said(one))
            opened = [self._remembered(one) for one in some]
            self._embed(map(self._wished, some, opened))
            for one, session in zip(some, opened, strict=True):
                yield self._answer(one, session, k)

    def _embed(self, texts: Iterable[str]) -> None:
        """All at once, and kept by the embedder for when each is asked for."""
        if self._embedder is not None:
            self._embedder.embed(sorted(set(texts)))

    def _said(self, recorded: Recorded) -> tuple[str, ...]:
        """What of a conversation is going to be embedded as it stands."""
        said = [(role, clean(text)[: self._max_text], ()) for role, text in recorded.messages]
        return (*texts_of(turns_of(said, {})), said[-1][1])

    def _wished(self, recorded: Recorded, session: Session) -> str:
        """What its last message makes of the request; "" where it is not the user's."""
        role, content = recorded.messages[-1]
        text = clean(content)[: self._max_text]
        if role != "user" or not text:
            return ""
        u, profile, wishes = understood(session, text, self._engine)
        return to_query(profile, turn=number_of(session), extra=wished(u, wishes)).text

    def answer(self, recorded: Recorded, k: int | None = None) -> dict[str, Any]:
        """The output line of one conversation, ready for JSON."""
        return self._answer(recorded, self._remembered(recorded), k)

    def _answer(self, recorded: Recorded, session: Session, k: int | None) -> dict[str, Any]:
        count = recorded.k or k
        reply = self._reply(recorded, session, count)
        if count is not None and len(reply.cards) < count:
            reply = self._filled(reply, count)
        return line_of(recorded.id, reply)

    def _filled(self, reply: Reply, count: int) -> Reply:
        """The reply with the nearest misses behind what fits: limits go one by one, weakest first,
        and are named. What was forbidden or excluded is never given up.
        """
        query, catalogue = self._ranker.query, self._engine.catalogue
        left = [x for x in query.constraints.limits if x not in reply.relaxed]
        going = sorted((x for x in left if x.mode == "require"), key=firmness(catalogue))
        cards, relaxed = list(reply.cards), list(reply.relaxed)
        while going and len(cards) < count:
            relaxed.append(going[0])
            left.remove(going.pop(0))
            shown = query.constraints.exclude | {card.id for card in cards}
            wider = Constraints(tuple(left), frozenset(shown))
            more = self._ranker.rank(replace(query, constraints=wider, k=count - len(cards)))
            cards += cards_of(more.candidates, catalogue, reply.language)
            relaxed += [x for x in more.relaxed if x not in relaxed]
        return replace(reply, cards=tuple(cards), relaxed=tuple(relaxed))

    def _reply(self, recorded: Recorded, session: Session, count: int | None) -> Reply:
        store = MemorySessions()
        manager = DialogueManager(
            store, lambda _: self._engine, results=self._results, max_text=self._max_text
        )
        store.create(session)
        for turn in session.turns:  # a created session has none of its own
            store.save(session, turn)
        role, content = recorded.messages[-1]
        text = clean(content)[: self._max_text] if role == "user" else ""
        if text:
            return manager.reply(session.id, text, k=count)
        # An empty last message, or the assistant's: answer from what is known.
        return manager.refresh(session.id, k=count)

    def _remembered(self, recorded: Recorded) -> Session:
        """The session as it stands before the last message."""
        catalogue = self._engine.catalogue
        session = Session(
            id="replay",
            catalogue=catalogue.name,
            channel="replay",
            profile=Profile(recorded.preferences),
            shown=tuple(sorted(resolve(recorded.exclude, catalogue))),
        )
        earlier = recorded.messages
        last = earlier[-1][1] if earlier[-1][0] == "user" else ""
        if last:
            earlier = earlier[:-1]
        if session != self._start:
            self._start, self._read = session, []
        same = 0
        for message, (read, _) in zip(earlier, self._read, strict=False):
            if message != read:
                break
            same += 1
        del self._read[same:]
        for message in earlier[same:]:
            session = self._read[-1][1] if self._read else session
            self._read.append((message, self._next(session, *message)))
        return _eased(self._read[-1][1] if self._read else session, last, catalogue)

    def _next(self, session: Session, role: str, content: str) -> Session:
        text = clean(content)[: self._max_text]
        if not text:
            return session
        if role == "user":
            return heard(_eased(session, text, self._engine.catalogue), text, self._engine)
        return overheard(session, text, self._engine)


def _eased(session: Session, answer: str, catalogue: Catalogue) -> Session:
    """See `leniency.eased`: what the other side named last, and what the user says to it."""
    last = session.turns[-1].reply if session.turns else None
    if last is None or not last.cards or not answer:
        return session
    named = tuple(card.id for card in last.cards)
    return replace(session, profile=eased(session.profile, named, answer, catalogue))


def line_of(recorded_id: str, reply: Reply) -> dict[str, Any]:
    """The output line of a reply: what the API returns, without what only a session has."""
    shape = wire.reply(reply)
    return {"id": recorded_id, **{key: shape[key] for key in _LINE}}


_LINE = ("text", "action", "items", "profile", "relaxed", "suggestions", "degraded", "timings_ms")


def heard(session: Session, text: str, engine: Engine) -> Session:
    """The session after a user message that was answered elsewhere."""
    understanding, profile, _ = understood(session, text, engine)
    number = len(session.turns) + 1
    reply = Reply("", session.id, number, "", "chat", understanding.language, profile=profile)
    turn = Turn(number, text, understanding, reply)
    return replace(
        session,
        profile=profile,
        language=understanding.language,
        turns=(*session.turns, turn),
    )


def overheard(session: Session, text: str, engine: Engine) -> Session:
    """The session after an assistant message from elsewhere: items it named count as shown."""
    named = engine.reader.read(text, context_of(session)).mentions
    ids = tuple(dict.fromkeys(i for m in named if m.facet == "title" for i in m.item_ids[:1]))
    cards = tuple(Card(i, engine.catalogue[i].title, 0.0) for i in ids if i in engine.catalogue)
    turns = list(session.turns)
    if turns and not turns[-1].reply.text:
        last = turns.pop()
    else:
        blank = Reply("", session.id, len(turns) + 1, "", "chat")
        last = Turn(len(turns) + 1, "", Understanding("inform"), blank)
    action: ActionName = "recommend" if cards else "chat"
    turns.append(replace(last, reply=replace(last.reply, text=text, action=action, cards=cards)))
    fresh = [i for i in ids if i not in session.shown]
    return replace(session, turns=tuple(turns), shown=(*session.shown, *fresh))
