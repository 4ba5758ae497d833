"""One text and what can be asked about a place in it: what stands before, how it is capitalised."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from chatbot.understand.text import Token

SMALL = frozenset("a an the of and in on to for with at by from or is".split())
"""Words that names leave in lower case."""


@dataclass(frozen=True)
class Surroundings:
    """One text and what can be asked about a place in it."""

    text: str
    low: str
    tokens: tuple[Token, ...]
    answering: str = ""

    def chars(self, first: int, last: int) -> tuple[int, int]:
        """(start, end) in the text of tokens first to last - 1."""
        return self.tokens[first].start, self.tokens[last - 1].end

    def before(self, first: int) -> str:
        """Up to 40 lowered characters before a token, within its sentence."""
        end = self.tokens[first].start
        piece = self.low[max(0, end - 40) : end]
        return re.split(r"[.!?;。！？；\n]", piece)[-1]

    def after(self, last: int) -> str:
        """Up to 30 lowered characters after token last - 1."""
        start = self.tokens[last - 1].end
        return self.low[start : start + 30]

    def opens(self, first: int) -> bool:
        """Whether a token is the first of its sentence."""
        start = self.tokens[first].start
        head = self.text[:start].rstrip(" \"'“‘(*-—")
        return not head or head[-1] in ".!?;:。！？；：\n…"

    @cached_property
    def shape(self) -> str:
        """How capitals are used: "lower" (not at all), "title" (nearly everywhere) or "mixed"."""
        latin = [t for t in self.tokens if t.word[0].isalpha() and t.word.isascii()]
        inner = [t for t in latin[1:] if t.word not in ("i", "im", "ive", "id", "ill")]
        capital = sum(t.capital for t in inner)
        if not inner or not capital:
            return "lower" if not any(t.capital for t in latin) or len(latin) > 1 else "mixed"
        long = [t for t in inner if t.word not in SMALL]
        if len(latin) > 4 and sum(t.capital for t in long) >= 0.8 * max(1, len(long)):
            return "title"
        return "mixed"

    def proper(self, first: int, last: int) -> bool:
        """Whether the words are written as a name inside a text that uses capitals for names."""
        if self.shape == "title":
            return False
        inside = [t for t in self.tokens[first:last] if t.word not in SMALL]
        if not inside or not all(t.capital or t.word[0].isdigit() for t in inside):
            return False
        if not any(t.capital for t in inside):
            return False
        if self.opens(first):
            return len(inside) > 1 and len(self.tokens) > 1
        return True

    def whole(self, first: int, last: int) -> bool:
        """Whether these tokens are all there is, politeness aside."""
        rest = [t.word for t in (*self.tokens[:first], *self.tokens[last:])]
        return all(w in _POLITE for w in rest)


_POLITE = frozenset(
    "please yes yeah yep ok okay sure well um uh hmm maybe the a movie film i think probably "
    "would be it was is and "
    "吧 的 呢 啊 嗯 好".split()
)
