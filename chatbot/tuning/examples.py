"""What adapters are learned from: stored conversations, imported ones, and files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import prompts
from chatbot.errors import InputError
from chatbot.importing.rows import clean
from chatbot.models.reader import ReaderPrompt
from chatbot.models.reading import parse
from chatbot.replay import heard, lines, overheard, resolve
from chatbot.storage.past import conversations
from chatbot.storage.sessions import Feedback
from chatbot.tuning.readings import reading_of
from chatbot.turn import Engine, context_of, listed_in, understood
from chatbot.values import Session, Turn
from retrieval.conversation.cases import messages_of

SURE = 0.8
"""Readings below this confidence teach nothing."""

_LAST = 2
"""User messages that make up a request."""


class Example(NamedTuple):
    """What a model is asked, what it should answer, and the conversation it comes from."""

    messages: tuple[prompts.Message, ...]
    answer: str
    conversation: str


class Pair(NamedTuple):
    """Words of a person, the item that answered them, and the conversation they come from."""

    text: str
    item: str
    conversation: str


@dataclass(frozen=True)
class Source:
    """Where examples come from.

    Attributes:
        engine: of the catalogue, with the embedded reader.
        prompt: what a model is told.
        database: the stored conversations; None = none.
        dialogues: imported conversations.
        feedback: verdicts of people.
        files: JSON Lines, see docs/models.md.
    """

    engine: Engine
    prompt: ReaderPrompt
    database: Any = None
    dialogues: tuple[Mapping[str, object], ...] = ()
    feedback: tuple[Feedback, ...] = ()
    files: tuple[Path, ...] = ()

    def readings(self) -> Iterator[Example]:
        """Examples for a reader.

        Stored turns teach what was understood and settled then; imported conversations and lines
        without a "reading" teach what the embedded reader makes of them.

        Raises:
            InputError: a line of a file has another form; the message names it.
        """
        for name, turns in self._stored():
            yield from self._turns(name, turns)
        for number, dialogue in enumerate(self.dialogues):
            found = [(role, text) for role, text, _ in messages_of(dialogue)]
            yield from self._heard(str(dialogue.get("id", number)), found, "")
        for where, line in self._lines():
            found = [(str(m["role"]), str(m["content"])) for m in _messages(line, where)]
            answer = _answer(line.get("reading"), where)
            yield from self._heard(str(line.get("id", where)), found, answer)

    def pairs(self) -> Iterator[Pair]:
        """Examples for the encoder: what was said before an item was chosen, and the item.

        Raises:
            InputError: a line of a file has another form; the message names it.
        """
        catalogue = self.engine.catalogue
        chosen: dict[str, list[Feedback]] = {}
        for entry in self.feedback:
            if entry.verdict in ("love", "like") and entry.item in catalogue:
                chosen.setdefault(entry.session, []).append(entry)
        for name, turns in self._stored():
            for entry in chosen.get(name, ()):
                said = [t.text for t in turns if t.text and t.number <= entry.turn]
                if said:
                    yield Pair(" ".join(said[-_LAST:]), entry.item, name)
        for number, dialogue in enumerate(self.dialogues):
            yield from self._chosen(str(dialogue.get("id", number)), dialogue)
        for where, line in self._lines():
            text, item = line.get("text"), line.get("item")
            if not isinstance(text, str) or not isinstance(item, str):
                raise InputError(f"{where}: a pair has a text and an item (id or title).")
            for one in sorted(resolve([item], catalogue))[:1]:
                yield Pair(clean(text), one, str(line.get("id", where)))

    def _stored(self) -> Iterator[tuple[str, tuple[Turn, ...]]]:
        if self.database is not None:
            yield from conversations(self.database, self.engine.catalogue.name)

    def _turns(self, name: str, turns: tuple[Turn, ...]) -> Iterator[Example]:
        for at, turn in enumerate(turns):
            u = turn.understanding
            if turn.text and u.confidence >= SURE and not u.degraded:
                context = context_of(_before(name, turns[:at]))
                answer = reading_of(u, context, self.engine.catalogue)
                yield Example(self.prompt.messages(turn.text, context), answer, name)

    def _heard(
        self, name: str, messages: Iterable[tuple[str, str]], given: str
    ) -> Iterator[Example]:
        """Examples of a conversation that was held elsewhere; `given` answers its last message."""
        session = Session(name, self.engine.catalogue.name, channel="replay")
        found = [(role, clean(text)) for role, text in messages]
        for place, (role, text) in enumerate(found, 1):
            if not text:
                continue
            if role != "user":
                session = overheard(session, text, self.engine)
                continue
            context = context_of(session)
            if given:
                if place == len(found):
                    yield Example(self.prompt.messages(text, context), given, name)
            else:
                u = understood(session, text, self.engine)[0]
                if u.confidence >= SURE:
                    answer = reading_of(u, context, self.engine.catalogue)
                    yield Example(self.prompt.messages(text, context), answer, name)
            session = heard(session, text, self.engine)

    def _chosen(self, name: str, dialogue: Mapping[str, object]) -> Iterator[Pair]:
        """An item that the assistant named and the person liked, with what was said before."""
        liked = dialogue.get("liked")
        wanted = set(map(str, liked)) if isinstance(liked, list) else set()
        said: list[str] = []
        for role, text, items in messages_of(dialogue):
            if role == "user":
                said.append(clean(text))
                continue
            for item in items:
                if item in wanted and item in self.engine.catalogue and said:
                    wanted.discard(item)
                    yield Pair(" ".join(said[-_LAST:]), item, name)

    def _lines(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for path in self.files:
            try:
                with path.open(encoding="utf-8-sig") as file:
                    for number, line in lines(file):
                        where = f"{path.name}, line {number}"
                        yield where, _object(line, where)
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(
                    f"{path} cannot be read: {error}.", hint="Give a JSON Lines file in UTF-8."
                ) from None


def _object(line: str, where: str) -> Mapping[str, Any]:
    try:
        raw = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where} is not JSON: {error}.") from None
    if not isinstance(raw, dict):
        raise InputError(f"{where} is not a JSON object.")
    return raw


def _messages(line: Mapping[str, Any], where: str) -> list[dict[str, Any]]:
    found = line.get("messages")
    if not isinstance(found, list) or not found:
        raise InputError(f"{where}: messages is missing or empty.")
    for message in found:
        if not isinstance(message, dict) or not {"role", "content"} <= message.keys():
            raise InputError(f"{where}: each message has a role and a content.")
    return found


def _answer(reading: object, where: str) -> str:
    """A reading of the file as one line of JSON; "" where the line has none."""
    if reading is None:
        return ""
    from chatbot.models.errors import ModelError
    from chatbot.models.reading import dump

    text = reading if isinstance(reading, str) else dump(reading)  # type: ignore[arg-type]
    try:
        return parse(text).model_dump_json()
    except ModelError as error:
        raise InputError(
            f"{where}: the reading is not what a reader writes: {error.message}"
        ) from None


def _before(name: str, turns: tuple[Turn, ...]) -> Session:
    """The session as it stood before a turn."""
    last = turns[-1].reply if turns else None
    session = Session(name, "", turns=turns[-20:])
    if last is None:
        return session
    shown = tuple(dict.fromkeys(c.id for t in turns for c in t.reply.cards))
    return Session(
        name,
        "",
        language=last.language,
        profile=last.profile,
        shown=shown or listed_in(session),
        turns=turns[-20:],
    )
