"""Words a brief with a language model; says nothing that the brief does not support."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import prompts
from chatbot.models.completion import Ask, Completer
from chatbot.models.errors import ModelCancelledError, ModelError, ModelTimeoutError
from chatbot.models.grounding import Grounding
from chatbot.models.sentences import Sentences, plain
from chatbot.writer import Brief, TemplateWriter

_MOST = {"recommend": 3, "answer": 3, "compare": 4, "explain": 3, "chat": 2}
"""Sentences of a model at most, by kind; the prompts ask for no more."""

_SUBJECTS = 5
"""Items a model is told about; the answer speaks of the first ones."""

_FACT = 400
"""Characters of one fact at most, so that a long description leaves room for the others."""

_TABLE = re.compile(r"^\|.*(?:\n\|.*)+", re.MULTILINE)
_LANGUAGES = {"en": "English", "zh": "Simplified Chinese (简体中文)"}


@dataclass(frozen=True, slots=True)
class Nouns:
    """What the catalogue calls its items, in English: "film", "films"."""

    one: str = "item"
    many: str = "items"


@dataclass(frozen=True, slots=True)
class Share:
    """How many sentences of models were supported, since the writer was made."""

    supported: int = 0
    total: int = 0

    @property
    def value(self) -> float:
        """Share of supported sentences; NaN before the first."""
        return self.supported / self.total if self.total else float("nan")


class ModelWriter:
    """A `Writer` over a `Completer`. Safe to share between threads.

    What has to be said (`Brief.must_keep`) is said in its place whatever the model does. The
    model's text is cut into sentences; each is freed of images, links and HTML, checked by
    `Grounding`, and said only then. An unfinished last sentence is dropped. Where nothing is
    left, and where the model is late, broken or absent, the template is said.

    Args:
        completer: the model.
        nouns: words for the items.
        first: seconds until the first supported sentence; then the template stands in.
        total: seconds until the model is cut off.
    """

    def __init__(
        self,
        completer: Completer,
        nouns: Nouns | None = None,
        *,
        first: float = 6.0,
        total: float = 20.0,
    ) -> None:
        self._completer = completer
        self._nouns = nouns or Nouns()
        self._first, self._total = first, max(first, total)
        self._said = threading.local()
        self._lock = threading.Lock()
        self._share = Share()

    @property
    def degraded(self) -> str:
        """See `Writer.degraded`."""
        return str(getattr(self._said, "degraded", ""))

    @property
    def share(self) -> Share:
        """How well the model keeps to the facts."""
        return self._share

    def write(self, brief: Brief, cancel: threading.Event) -> Iterator[str]:
        """See `Writer.write`."""
        self._said.degraded = ""
        before, middle, after = parts(brief)
        if not middle.strip():
            yield from TemplateWriter().write(brief, cancel)
            return
        join = "" if brief.language == "zh" else " "
        said = ""
        for sentence in before:
            yield (piece := (join if said else "") + sentence)
            said += piece
        own = 0
        try:
            for sentence in self._sentences(brief, cancel):
                if cancel.is_set():
                    return
                if fold_in(sentence, brief.must_keep):
                    continue
                yield (piece := (join if said else "") + sentence)
                said += piece
                own += 1
        except ModelCancelledError:
            return
        except ModelError as error:
            self._said.degraded = error.message
        if cancel.is_set():
            return
        if not own:
            yield from _pieces((join if said else "") + middle.strip(), cancel)
        else:
            for table in _TABLE.findall(middle):
                yield f"\n\n{table}"
        for sentence in after:
            yield ("\n\n" if _TABLE.search(middle) else join) + sentence

    def _sentences(self, brief: Brief, cancel: threading.Event) -> Iterator[str]:
        """Supported sentences of the model.

        Raises:
            ModelError: it failed before a supported sentence; later failures just end the text.
        """
        messages = self.messages(brief)
        start = time.monotonic()
        ask = Ask(
            messages,
            start + self._total,
            max_tokens=260,
            cancel=cancel,
            first=start + self._first,
        )
        grounding = Grounding(brief, [m.text for m in messages if m.role == "system"])
        sentences = Sentences()
        found = 0
        pieces = self._completer.stream(ask)
        try:
            for piece in pieces:
                for sentence in map(plain, sentences.add(piece)):
                    if self._supported(sentence, grounding):
                        found += 1
                        yield sentence
                    if found >= _MOST[brief.kind]:
                        return
                if not found and time.monotonic() - start > self._first:
                    raise ModelTimeoutError()
            last = plain(sentences.rest())
            if last.endswith((".", "!", "?", "。", "！", "？")) and self._supported(
                last, grounding
            ):
                found += 1
                yield last
        except ModelCancelledError:
            raise
        except ModelError:
            if not found:
                raise
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()

    def _supported(self, sentence: str, grounding: Grounding) -> bool:
        if not re.search(r"\w.*[.!?。！？][”\"’」）)]*$", sentence):
            return False  # headings, list entries and scraps are no sentences
        good = grounding.check(sentence).supported
        with self._lock:
            now = self._share
            self._share = Share(now.supported + good, now.total + 1)
        return good

    def messages(self, brief: Brief) -> tuple[prompts.Message, ...]:
        """What the model is told."""
        prompt = prompts.load(brief.kind)
        values: Mapping[str, str] = {
            "noun": self._nouns.one,
            "nouns": self._nouns.many,
            "language": _LANGUAGES[brief.language],
            "count": str(len(brief.subjects)),
            "request": brief.request[:1000],
            "plain": brief.template,
            "facts": facts(brief),
        }
        wanted = prompt.words | prompt.data
        return prompt.render(**{name: text for name, text in values.items() if name in wanted})


def facts(brief: Brief) -> str:
    r"""The subjects of a brief with their facts, one fact a line.

    >>> from chatbot.writer import Subject
    >>> facts(Brief("answer", "en", "?", (Subject("1", "Alien", ("1979",)),), "…"))
    'Alien\n- 1979'
    """
    lines = []
    for subject in brief.subjects[:_SUBJECTS]:
        lines.append(subject.title)
        for fact in filter(None, subject.facts):
            short = fact if len(fact) <= _FACT else fact[:_FACT].rsplit(" ", 1)[0] + " …"
            lines.append("- " + " ".join(short.split()))
    return "\n".join(lines)


def parts(brief: Brief) -> tuple[list[str], str, list[str]]:
    """(sentences to say first, the template between, sentences to say last) of a brief.

    The sentences that have to be kept come where the template has them: at its beginning, or else
    at its end.

    >>> parts(Brief("recommend", "en", "", (), "No X here. A list. Which one?", ("No X here.",
    ...     "Which one?")))
    (['No X here.'], 'A list.', ['Which one?'])
    """
    left = brief.template.strip()
    before: list[str] = []
    rest = list(brief.must_keep)
    while rest and left.startswith(rest[0]):
        before.append(rest.pop(0))
        left = left[len(before[-1]) :].lstrip()
    for sentence in rest:
        left = left.replace(sentence, "", 1).strip()
    return before, " ".join(left.split(" ")), rest


def fold_in(sentence: str, kept: Sequence[str]) -> bool:
    """Whether `sentence` repeats one that is said anyway."""
    from retrieval.schema import fold

    return any(fold(sentence) == fold(k) for k in kept)


def _pieces(text: str, cancel: threading.Event) -> Iterator[str]:
    for piece in re.findall(r"\S+\s*|\s+", text):
        if cancel.is_set():
            return
        yield piece
