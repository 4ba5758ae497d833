"""Drafts in a language model's words, on the composer's plan and facts, read by the same ledger.

The model is asked for one passage at a time. What it says is taken apart into sentences; those the
record does not bear out are left out and reported; where nothing is left the composer's passage
stands. So a slow, broken or inventive model makes the text plainer, never wrong.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from chatbot.models.completion import Ask, Completer
from chatbot.models.errors import ModelCancelledError, ModelError
from chatbot.studio.draft import Block, Draft, Sentence, plain, size, split
from chatbot.studio.facets import TEXT_FACETS
from chatbot.studio.facts import lines
from chatbot.studio.formats import seconds_of
from chatbot.studio.ledger import Entry, audit
from chatbot.studio.lexicon import nouns
from chatbot.studio.overlap import shared, tokens
from chatbot.studio.register import Register
from prompts import Message, load
from retrieval.items import Item

SECONDS = 60.0
"""Time for one passage."""

_NAMES = {"en": "English", "zh": "Chinese"}
_WRITTEN = frozenset({"paragraph", "bullet", "shot"})


@dataclass(frozen=True, slots=True)
class Passage:
    """One block, done. `dropped` are the model's sentences that the record did not bear out."""

    at: int
    block: Block
    dropped: tuple[Entry, ...] = ()
    by_model: bool = False


def completer_of(model: Any) -> Completer:
    """A LangChain chat model as what this module asks; a `Completer` is taken as it is."""
    if not hasattr(model, "invoke"):
        found: Completer = model
        return found
    from chatbot.models.chat import ChatCompleter

    name = str(getattr(model, "model_name", "") or getattr(model, "model", "") or model._llm_type)

    def options(_ask: Ask) -> dict[str, object]:
        return {}

    def translate(error: Exception) -> ModelError:
        return ModelError(f"the language model failed: {type(error).__name__}.")

    return ChatCompleter(model, name, options, translate, attempts=1)


def passages(
    draft: Draft,
    register: Register,
    completer: Completer,
    cancel: threading.Event | None = None,
    say: Callable[[str], None] | None = None,
) -> Iterator[Passage]:
    """The composer's draft block by block, in the model's words where those hold.

    Args:
        cancel: stops after the passage under way; the rest is the composer's.
        say: called with the model's text as it arrives, before it is checked.
    """
    cancel = cancel or threading.Event()
    before: list[str] = []
    broken = False
    for at, block in enumerate(draft.blocks):
        passage = Passage(at, block)
        if block.shape in _WRITTEN and block.role != "notes" and not (broken or cancel.is_set()):
            try:
                passage = _passage(draft, at, register, completer, before, cancel, say)
            except ModelCancelledError:
                cancel.set()
            except ModelError:
                # A model that fails once would make the reader wait at every passage.
                broken = True
        before.append(plain(passage.block.text(draft.brief.language)))
        yield passage


def finished(draft: Draft, found: Sequence[Passage], name: str) -> Draft:
    """The draft that some passages make, with what was left out among its warnings."""
    blocks = list(draft.blocks)
    for passage in found:
        blocks[passage.at] = passage.block
    warnings = tuple(
        f"left out: “{entry.text}” ({entry.why})" for p in found for entry in p.dropped
    )
    engine = name if any(p.by_model for p in found) else "composer"
    return replace(
        draft, blocks=tuple(blocks), engine=engine, warnings=(*draft.warnings, *warnings)
    )


def _passage(
    draft: Draft,
    at: int,
    register: Register,
    completer: Completer,
    before: Sequence[str],
    cancel: threading.Event,
    say: Callable[[str], None] | None,
) -> Passage:
    block, brief = draft.blocks[at], draft.brief
    language = brief.language
    words = size(block.text(language), language)
    unit = "characters" if language == "zh" else "words"
    items = _items(draft, block, register)
    messages = load("draft_section").render(
        noun=nouns(register.schema, "en")[0],
        kind=brief.kind,
        tone=brief.tone,
        language=_NAMES[language],
        length=f"{max(20, round(words, -1))} {unit}",
        brief="\n".join(filter(None, (brief.topic, brief.audience, brief.angle, *brief.notes))),
        facts=facts_of(items, register, language),
        plain=block.text(language),
        before=" ".join(before)[-1500:],
    )
    text = _asked(messages, completer, cancel, say, words)
    return checked(draft, at, text, register)


def _items(draft: Draft, block: Block, register: Register) -> list[Item]:
    ids = (block.item,) if block.item else draft.brief.items
    return [item for i in ids if (item := register.catalogue.get(i)) is not None]


def facts_of(items: Sequence[Item], register: Register, language: Any) -> str:
    """What is on record, a line a fact; descriptions are there to draw on, not to copy."""
    parts: list[str] = []
    for item in items:
        rows, _ = lines(item, register.schema, language, most=20)
        name = (
            f"《{item.text('title_zh') or item.title}》" if language == "zh" else f"*{item.title}*"
        )
        parts.append(f"{name}\n" + "\n".join(f"- {label}: {value}" for label, value in rows))
        parts.extend(f"- {t}: {item.text(t)}" for t in TEXT_FACETS if item.get(t) is not None)
        for theme in ("theme", "keyword", "topic", "skill"):
            if item.values(theme):
                parts.append(f"- {theme}: {', '.join(item.values(theme))}")
    return "\n".join(parts)


def _asked(
    messages: tuple[Message, ...],
    completer: Completer,
    cancel: threading.Event,
    say: Callable[[str], None] | None,
    words: int,
) -> str:
    ask = Ask(
        messages,
        time.monotonic() + SECONDS,
        max_tokens=min(900, 120 + 4 * words),
        temperature=0.7,
        cancel=cancel,
    )
    text = ""
    with closing(completer.stream(ask)) as pieces:  # type: ignore[type-var]
        for piece in pieces:
            text += piece
            if say is not None:
                say(piece)
    return text


_LABEL = re.compile(r"^\s*(?:#+\s.*|[-*•]\s+|\d+[.)]\s+|```.*|>+\s*)", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|https?://\S+|<[^>]{1,80}>")


def checked(draft: Draft, at: int, text: str, register: Register) -> Passage:
    """A model's text for a block, without what the record does not bear out.

    The block stays the composer's where fewer than half of the sentences, or none that names the
    item, are left.
    """
    block, language = draft.blocks[at], draft.brief.language
    tidy = _LINK.sub(lambda m: m[1] or "", _LABEL.sub("", text)).strip()
    said = [Sentence(s) for s in split(" ".join(tidy.split()), language)]
    if not said:
        return Passage(at, block)
    trial = replace(block, sentences=tuple(said))
    blocks = (*draft.blocks[:at], trial, *draft.blocks[at + 1 :])
    entries = [e for e in audit(replace(draft, blocks=blocks), register).entries if e.block == at]
    items = _items(draft, block, register)
    kept: list[Sentence] = []
    dropped: list[Entry] = []
    for entry in entries:
        if entry.position < 0:
            continue
        copied = _copies(entry.text, items, language)
        if entry.open or copied:
            why = entry.why or f"copied from a description: {copied}"
            dropped.append(replace(entry, verdict="unsupported", why=why) if copied else entry)
        else:
            nature = entry.verdict if entry.verdict in ("opinion", "link") else "fact"
            kept.append(Sentence(entry.text, entry.sources, nature))
    if len(kept) * 2 < len(said):
        return Passage(at, block, tuple(dropped))
    seconds = seconds_of(" ".join(s.text for s in kept), language) if block.shape == "shot" else 0.0
    return Passage(
        at, replace(block, sentences=tuple(kept), seconds=seconds), tuple(dropped), by_model=True
    )


def _copies(text: str, items: Sequence[Item], language: Any) -> str:
    for item in items:
        for facet in TEXT_FACETS:
            found = shared(plain(text), tokens(item.text(facet), language), language)
            if found:
                return found[0]
    return ""


def revised(
    draft: Draft,
    wish: str,
    blocks: Sequence[int],
    register: Register,
    completer: Completer,
    cancel: threading.Event | None = None,
) -> Draft:
    """Blocks rewritten by a model as the writer wishes, checked like everything else.

    Raises:
        ModelError: the model did not answer.
    """
    found: list[Passage] = []
    language = draft.brief.language
    for at in blocks:
        block = draft.blocks[at]
        if block.shape not in (*_WRITTEN, "post"):
            continue
        messages = load("draft_revise").render(
            noun=nouns(register.schema, "en")[0],
            tone=draft.brief.tone,
            language=_NAMES[language],
            facts=facts_of(_items(draft, block, register), register, language),
            passage=block.text(language),
            wish=wish,
        )
        words = size(block.text(language), language)
        text = _asked(messages, completer, cancel or threading.Event(), None, words)
        found.append(checked(draft, at, text, register))
    return finished(draft, found, completer.name)
