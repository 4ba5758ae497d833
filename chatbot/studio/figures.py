"""How a draft reads, in figures: length, sentence length, readability, repetition.

Figures describe; they pass no judgement. Formulas: Flesch reading ease for English (Flesch 1948;
higher is easier, 60 to 70 is plain), characters a clause for Chinese.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.studio.draft import Draft, length_of, plain, size
from chatbot.values import Language

_RATES = {"en": 230.0, "zh": 400.0}
"""Words or characters read silently in a minute."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of one draft.

    Attributes:
        length: words (English) or characters (Chinese).
        minutes: to read it.
        sentences: how many.
        mean, longest: of a sentence, in words or characters.
        ease: Flesch reading ease for English; mean characters between marks for Chinese.
        repeated: share of runs of four words (six characters) that occur before.
        openings: share of sentences that begin like another one (two words, three characters).
    """

    length: int
    minutes: float
    sentences: int
    mean: float
    longest: int
    ease: float
    repeated: float
    openings: float


def figures(draft: Draft) -> Figures:
    """The figures of a draft's running text."""
    language = draft.brief.language
    said = [
        plain(s.text)
        for b in draft.blocks
        if b.shape not in ("image", "heading", "facts", "table")
        for s in b.sentences
        if size(s.text, language) > 1
    ]
    sizes = [size(s, language) for s in said] or [0]
    total = length_of(draft)
    return Figures(
        length=total,
        minutes=round(total / _RATES[language], 1),
        sentences=len(said),
        mean=round(sum(sizes) / len(sizes), 1),
        longest=max(sizes),
        ease=round(ease(said, language), 1),
        repeated=round(repetition(said, language), 4),
        openings=round(openings(said, language), 4),
    )


def ease(said: Sequence[str], language: Language) -> float:
    """See `Figures.ease`; 0 for no text.

    >>> round(ease(["The cat sat on the mat."], "en"))
    116
    """
    if not said:
        return 0.0
    if language == "zh":
        clauses = [c for s in said for c in re.split(r"[，。！？；：、…]", s) if c.strip()]
        return sum(size(c, "zh") for c in clauses) / max(1, len(clauses))
    words = [w for s in said for w in re.findall(r"[A-Za-z]+(?:['’][a-z]+)?", s)]
    syllables = sum(map(_syllables, words))
    return 206.835 - 1.015 * len(words) / len(said) - 84.6 * syllables / max(1, len(words))


def _syllables(word: str) -> int:
    """An estimate by groups of vowels, good to a few per cent over a text."""
    word = re.sub(r"['’].*", "", word.lower())
    word = re.sub(r"(?<=[^l])e$|(?<=[^td])ed$", "", word)
    return max(1, len(re.findall(r"[aeiouy]+", word)))


def repetition(said: Sequence[str], language: Language) -> float:
    """Share of runs of four words (six characters) that another sentence has too.

    >>> repetition(["one two three four five", "one two three four six"], "en")
    0.25
    """
    wide = 4 if language == "en" else 6
    seen: Counter[tuple[str, ...]] = Counter()
    for text in said:
        units = _units(text, language)
        seen.update({tuple(units[i : i + wide]) for i in range(len(units) - wide + 1)})
    again = sum(n - 1 for n in seen.values())
    return again / max(1, sum(seen.values()))


def openings(said: Sequence[str], language: Language) -> float:
    """Share of sentences whose first words another sentence has too; titles count as one word."""
    first = Counter(_first(text, language) for text in said)
    return sum(n for n in first.values() if n > 1) / max(1, len(said))


def _first(text: str, language: Language) -> tuple[str, ...]:
    return tuple(_units(text, language)[: 2 if language == "en" else 3])


def _units(text: str, language: Language) -> list[str]:
    if language == "en":
        return re.findall(r"[\w'’]+", text.lower())
    return re.findall(r"[\u3400-\u9fff]|[A-Za-z0-9]+", re.sub(r"《[^》]*》", "题", text))
