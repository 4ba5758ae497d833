"""Reads a turn with a model beside the embedded reader; `settle` says who is believed."""

from __future__ import annotations

import time
from dataclasses import replace

import prompts
from chatbot.models.completion import Ask, Completer, complete
from chatbot.models.errors import ModelError
from chatbot.models.examples import examples, facet_lines
from chatbot.models.reading import ModelReading, parse, schema_for
from chatbot.models.settle import Linker, settle
from chatbot.understand import Context, Reader
from chatbot.values import Intent, Understanding
from retrieval.catalogue import Catalogue

_PLAIN: frozenset[Intent] = frozenset(
    {"greet", "thanks", "goodbye", "more", "skip", "help", "reset", "accept"}
)
"""Turns in which a model could hear nothing more, where the embedded reader is sure of them."""

_SHORT = 40
_BEFORE = 300
"""Characters of the messages before that a model is shown."""


class ModelReader:
    """A `Reader`: one constrained completion, linked and settled with the embedded reading.

    Whatever goes wrong (late, broken, busy, not the JSON asked for) the embedded reading is the
    answer, with `degraded` saying why. Safe to share between threads.

    Args:
        completer: the model.
        embedded: the reader that always answers.
        linker: the same linker that the embedded reader uses.
        deadline: seconds for the whole reading.
        max_tokens: most tokens of the JSON; sensible readings take under 200.
    """

    def __init__(
        self,
        completer: Completer,
        embedded: Reader,
        linker: Linker,
        *,
        deadline: float = 6.0,
        max_tokens: int = 500,
    ) -> None:
        self._completer = completer
        self._embedded = embedded
        self._linker = linker
        self._deadline = deadline
        self._max_tokens = max_tokens
        self._schema = schema_for(linker.catalogue.schema)
        self._prompt = ReaderPrompt(linker.catalogue)

    def read(self, text: str, context: Context) -> Understanding:
        """See `Reader.read`."""
        ours = self._embedded.read(text, context)
        plain = ours.intent in _PLAIN and ours.confidence >= 0.9 and not ours.updates
        if not text.strip() or (plain and len(text) <= _SHORT):
            return ours
        try:
            theirs = self._ask(text, context)
        except ModelError as error:
            return replace(ours, degraded=error.message)
        return settle(text, context, ours, theirs, self._linker)

    def _ask(self, text: str, context: Context) -> ModelReading:
        deadline = time.monotonic() + self._deadline
        messages = self.messages(text, context)
        ask = Ask(messages, deadline, max_tokens=self._max_tokens, schema=self._schema)
        answer = complete(self._completer, ask)
        try:
            return parse(answer)
        except ModelError as error:
            # Servers that do not constrain get one chance to repair, in the time that is left.
            if deadline - time.monotonic() < self._deadline / 3:
                raise
            again = prompts.load("repair").render(problem=error.message)
            said = prompts.Message("assistant", answer[:2000])
            return parse(
                complete(self._completer, replace(ask, messages=(*messages, said, *again)))
            )

    def messages(self, text: str, context: Context) -> tuple[prompts.Message, ...]:
        """See `ReaderPrompt.messages`."""
        return self._prompt.messages(text, context)


class ReaderPrompt:
    """What a model that reads is told about one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._opening = _opening(catalogue)

    def messages(self, text: str, context: Context) -> tuple[prompts.Message, ...]:
        """The same opening every turn, then this turn."""
        before = "\n".join(
            f"{'customer' if role == 'user' else 'you'}: {' '.join(said.split())[:_BEFORE]}"
            for role, said in context.history[-2:]
        )
        titles = [self._catalogue[i].title for i in context.listed if i in self._catalogue]
        return (*self._opening, *_message(text, before, titles))


def _opening(catalogue: Catalogue) -> tuple[prompts.Message, ...]:
    opening = prompts.load("understand").render(
        noun=catalogue.schema.noun.get("en", "item"),
        nouns=catalogue.schema.nouns.get("en", "items"),
        facets=facet_lines(catalogue),
    )
    shots: list[prompts.Message] = []
    for example in examples(catalogue):
        shots += _message(example.message, "", list(example.listed))
        shots.append(prompts.Message("assistant", example.json))
    return (*opening, *shots)


def _message(text: str, before: str, listed: list[str]) -> tuple[prompts.Message, ...]:
    numbered = "\n".join(f"{place}. {title}" for place, title in enumerate(listed, 1))
    return prompts.load("message").render(before=before, listed=numbered, message=text)
