"""A dictionary of phrases that can be looked up along a text. Built once, read-only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from chatbot.understand.text import Token, ngrams

T = TypeVar("T")


class PhraseIndex(Generic[T]):
    """Phrase key (see `text.key`) → entry."""

    def __init__(self, entries: Mapping[str, T], longest: int = 14) -> None:
        self._entries = entries
        self._longest: dict[str, int] = {}
        for phrase in entries:
            first = phrase.split(" ", 1)[0]
            count = min(longest, phrase.count(" ") + 1)
            if self._longest.get(first, 0) < count:
                self._longest[first] = count

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, phrase: str) -> T | None:
        """The entry of exactly this phrase, or None."""
        return self._entries.get(phrase)

    def keys(self) -> Iterable[str]:
        """All phrases."""
        return self._entries.keys()

    def along(self, found: tuple[Token, ...]) -> Iterator[tuple[int, int, T]]:
        """(first token, last token + 1, entry) of every phrase that occurs in `found`."""
        for first, last, phrase in ngrams(found, self._longest):
            entry = self._entries.get(phrase)
            if entry is not None:
                yield first, last, entry
