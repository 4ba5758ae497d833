"""Conversations that clients send whole each time, as OpenAI's interface has them.

What was said so far is recognised by a digest, so a turn costs one turn and not the whole
conversation again. A session is a value: asking once more for another answer starts from the same
one, and two clients with the same words never share anything that changes.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chatbot.importing.rows import clean
from chatbot.manager import DialogueManager
from chatbot.replay import heard, overheard, resolve
from chatbot.storage.sessions import MemorySessions
from chatbot.values import Card, Done, Event, Session
from retrieval.catalogue import Catalogue

if TYPE_CHECKING:
    from chatbot.assistant import Assistant

Said = tuple[str, str]
"""(role, text); the role is "user" or "assistant"."""

KEPT_S = 3600.0
MOST = 1000
MOST_TURNS = 40
"""Earlier turns beyond these are not read again where a conversation is not recognised."""

_KEPT_TURNS = 12


class Dialogues:
    """Sessions by what was said in them. Thread-safe; nothing is stored, nothing is shared.

    Args:
        assistant: answers.
        clock: seconds; for how long an idle conversation is recognised.
    """

    def __init__(
        self, assistant: Assistant, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._assistant = assistant
        self._clock = clock
        self._found: OrderedDict[str, tuple[float, Session]] = OrderedDict()
        self._lock = threading.Lock()

    def answer(
        self,
        owner: str,
        catalogue: str,
        said: Sequence[Said],
        shown: Callable[[Event], str],
        cancel: threading.Event | None = None,
    ) -> Iterator[Event]:
        """The events of the answer to the last message, which is the user's.

        Args:
            owner: whose conversation it is; others' are never found.
            catalogue: what it is about.
            said: the whole conversation.
            shown: what the client is shown of an event, as it will send it back.
            cancel: stops the wording.
        """
        *before, (_, text) = said
        session = self._before(owner, catalogue, before)
        store = MemorySessions()
        store.create(session)
        for turn in session.turns:  # a created session has none of its own
            store.save(session, turn)
        settings = self._assistant.settings
        manager = DialogueManager(
            store, self._assistant.engine, results=settings.results, max_text=settings.max_text
        )
        told: list[str] = []
        for event in manager.stream(session.id, text, cancel=cancel):
            told.append(shown(event))
            if isinstance(event, Done):
                after = store.get(session.id, turns=_KEPT_TURNS)
                assert after is not None
                whole = [*said, ("assistant", "".join(told))]
                self._keep(_digest(owner, catalogue, whole), after)
            yield event

    def _before(self, owner: str, catalogue: str, said: Sequence[Said]) -> Session:
        """The session as it stood before the last message."""
        fresh = Session("stateless", catalogue, channel="api")
        if not said:
            return fresh
        kept = self._kept(_digest(owner, catalogue, said))
        return kept if kept is not None else self._heard(fresh, said)

    def _heard(self, session: Session, said: Sequence[Said]) -> Session:
        """A conversation nobody remembers: edited, from another server, or of yesterday."""
        engine = self._assistant.engine(session.catalogue)
        longest = self._assistant.settings.max_text
        for role, text in said[-2 * MOST_TURNS :]:
            read = clean(text)[:longest]
            if not read:
                continue
            if role == "user":
                session = heard(session, read, engine)
                opening = session.opening or read[:200]
                session = replace(session, opening=opening, turns=session.turns[-_KEPT_TURNS:])
            else:
                session = _shown_again(overheard(session, read, engine), text, engine.catalogue)
        return session

    def _kept(self, key: str) -> Session | None:
        with self._lock:
            found = self._found.get(key)
            if found is None or self._clock() - found[0] > KEPT_S:
                return None
            self._found.move_to_end(key)
            return found[1]

    def _keep(self, key: str, session: Session) -> None:
        with self._lock:
            self._found[key] = (self._clock(), session)
            self._found.move_to_end(key)
            while len(self._found) > MOST:
                self._found.popitem(last=False)


def line_of(card: Card, catalogue: Catalogue) -> str:
    """An item as one line of a list in Markdown; `_shown_again` reads it back."""
    item = catalogue.get(card.id)
    year = item.number("year") if item is not None else None
    dated = f" ({year:.0f})" if year is not None else ""
    reasons = "; ".join(escaped(r.text) for r in card.reasons[:3])
    return f"**{escaped(card.title)}**{dated}" + (f": {reasons}" if reasons else "")


def escaped(text: str) -> str:
    """`text` as Markdown that says no more than the words: no links, images or markup."""
    return re.sub(r"([\\`*_\[\]<>!|])", r"\\\1", re.sub(r"\s+", " ", text))


_LINE = re.compile(r"^\d{1,3}\. \*\*(.+?)(?<!\\)\*\*(?: \((\d{1,4})\))?(?::|$)", re.MULTILINE)


def _shown_again(session: Session, text: str, catalogue: Catalogue) -> Session:
    """The session with the items of a list of ours: a title such as "Brazil" says nothing sure to
    whoever reads it as plain words.
    """
    wanted = [(re.sub(r"\\(.)", r"\1", m[1]), m[2]) for m in _LINE.finditer(text)]
    ids = [i for title, year in wanted if (i := _item(title, year, catalogue))]
    if not ids or not session.turns:
        return session
    *before, last = session.turns
    cards = tuple(Card(i, catalogue[i].title, 0.0) for i in ids)
    reply = replace(last.reply, action="recommend", cards=cards)
    fresh = [i for i in ids if i not in session.shown]
    return replace(
        session, turns=(*before, replace(last, reply=reply)), shown=(*session.shown, *fresh)
    )


def _item(title: str, year: str | None, catalogue: Catalogue) -> str | None:
    """The item of this title, and of this year where several have it."""
    for item_id in sorted(resolve([title], catalogue)):
        found = catalogue[item_id].number("year")
        if year is None or found is None or f"{found:.0f}" == year:
            return item_id
    return None


def _digest(owner: str, catalogue: str, said: Sequence[Said]) -> str:
    # Clients trim, and some normalise; what matters is that the words are the same.
    words = [(role, _plain(text)) for role, text in said]
    text = json.dumps([owner, catalogue, words], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()
