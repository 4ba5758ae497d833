"""Documents to passages: at headings first, then between sentences. No sentence is ever cut."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from chatbot.knowledge import Document, Passage, Section
from chatbot.knowledge.sentences import joined, language_of, sentences

SIZE = 900
"""Characters from which a section is split."""

_LEAST = 200


def passages(document: Document) -> Iterator[Passage]:
    """The passages of a document in reading order; two never have the same id."""
    seen: dict[tuple[str, ...], int] = {}
    for section in document.sections:
        for text in parts(section.text) or [""]:
            number = seen[section.trail] = seen.get(section.trail, -1) + 1
            language = language_of(f"{section.trail[-1]} {text}", document.language)
            yield Passage(
                _id(document.source, section.trail, number),
                document.source,
                section.trail,
                text,
                language,
                _url(document, section),
                section.kind,
                section.asked,
            )


def parts(text: str) -> list[str]:
    """A text in parts of about `SIZE` characters, whole sentences each; a longer sentence stays
    whole.
    """
    found: list[list[str]] = []
    size = 0
    for sentence in sentences(text):
        if not found or size + len(sentence) > SIZE:
            found.append([])
            size = 0
        found[-1].append(sentence)
        size += len(sentence) + 1
    if len(found) > 1 and sum(map(len, found[-1])) < _LEAST:
        found[-2:] = [found[-2] + found[-1]]
    return [joined(part) for part in found]


def _id(source: str, trail: tuple[str, ...], number: int) -> str:
    key = "\0".join((source, *trail, str(number)))
    return hashlib.blake2b(key.encode(), digest_size=8).hexdigest()


def _url(document: Document, section: Section) -> str:
    if section.url:
        return section.url
    mark = f"page={section.page}" if section.page else section.anchor
    base = document.url or document.source
    return f"{base}#{mark}" if mark else base
