"""What words a question shares with entries: BM25, coverage either way, and what both speak of."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.bilingual import lexicon, words

Floats = NDArray[np.float32]
Rows = NDArray[np.int32]

COLUMNS = (
    "question words in title",
    "question words in all",
    "title words in question",
    "question matters in all",
    "title matters in question",
    "bm25",
)

_K1, _B = 1.2, 0.6
_BACKGROUND = 12.0
"""Entries that are imagined beside the real ones, so that among five no word is rare."""


class Overlap:
    """Word statistics of entries. Read-only once built.

    Args:
        titles: their titles.
        texts: everything that each of them says, the title included.
        asked: other ways of asking for them, as one text each.
    """

    def __init__(
        self, titles: Sequence[str], texts: Sequence[str], asked: Sequence[str] = ()
    ) -> None:
        lex = lexicon()
        self._size = len(titles)
        heads = [Counter(words(title)) for title in titles]
        whole = [f"{text} {more}" if more else text for text, more in _pairs(texts, asked)]
        bodies = [Counter(words(text)) for text in whole]
        self._lengths = np.array([sum(c.values()) for c in bodies], dtype=np.float32)
        self._mean = max(float(self._lengths.mean()), 1e-9) if self._size else 1.0
        self._title_posts = _posting(heads)
        self._posts = _posting(bodies)
        named = [lex.found(title) for title in titles]
        self._concept_titles = _posting([dict.fromkeys(c, 1) for c in named])
        self._concepts = _posting([dict.fromkeys(lex.found(text), 1) for text in texts])
        self._concept_idf = {n: self._idf(len(rows)) for n, (rows, _) in self._concepts.items()}
        self._title_weight = np.array(
            [sum(self._weight(w) for w in set(c)) for c in heads], dtype=np.float32
        )
        self._title_matter = np.array(
            [sum(self._concept_idf.get(n, 0.0) * lex.weight(n) for n in c) for c in named],
            dtype=np.float32,
        )
        self._known = sorted(w for w in self._posts if isinstance(w, str) and w.isascii())

    def _idf(self, documents: int) -> float:
        total = self._size + _BACKGROUND
        return math.log(1 + (total - documents + 0.5) / (documents + 0.5))

    def _weight(self, word: object) -> float:
        posting = self._posts.get(word)
        return self._idf(len(posting[0]) if posting is not None else 0)

    def features(self, question: str) -> Floats:
        """(entries, len(COLUMNS)) float32 >= 0; see `COLUMNS`."""
        said = dict.fromkeys(self._near(w) for w in dict.fromkeys(words(question)))
        out = np.zeros((self._size, len(COLUMNS)), dtype=np.float32)
        weights = {w: self._weight(w) for w in said}
        total = sum(weights.values()) or 1.0
        for word, weight in weights.items():
            if (posting := self._title_posts.get(word)) is not None:
                out[posting[0], 0] += weight / total
                out[posting[0], 2] += weight
            if (posting := self._posts.get(word)) is not None:
                rows, counts = posting
                out[rows, 1] += weight / total
                norm = _K1 * (1 - _B + _B * self._lengths[rows] / self._mean)
                out[rows, 5] += weight * counts / (counts + norm) / total
        out[:, 2] /= np.maximum(self._title_weight, 1e-6)
        self._matters(question, out)
        return out

    def _matters(self, question: str, out: Floats) -> None:
        asked = lexicon().found(question)
        # What a question is about ("shoes") says less of its matter than what happened ("torn").
        weights = {n: self._concept_idf.get(n, self._idf(0)) * lexicon().weight(n) for n in asked}
        total = sum(weights.values())
        if not total:
            return
        for number, weight in weights.items():
            if (posting := self._concepts.get(number)) is not None:
                out[posting[0], 3] += weight / total
            if (posting := self._concept_titles.get(number)) is not None:
                out[posting[0], 4] += weight
        out[:, 4] /= np.maximum(self._title_matter, 1e-6)

    def _near(self, word: str) -> str:
        """A misspelt English word as the entries have it."""
        if word in self._posts or len(word) < 5 or not word.isascii() or not word.isalpha():
            return word
        from rapidfuzz import process
        from rapidfuzz.distance import DamerauLevenshtein

        found = process.extractOne(
            word, self._known, scorer=DamerauLevenshtein.distance, score_cutoff=1
        )
        return found[0] if found is not None else word


def _pairs(texts: Sequence[str], asked: Sequence[str]) -> list[tuple[str, str]]:
    return [(text, asked[row] if asked else "") for row, text in enumerate(texts)]


def _posting(counts: Sequence[Mapping[Any, int]]) -> dict[object, tuple[Rows, Floats]]:
    """Word → (rows that have it, how often)."""
    rows: dict[object, list[int]] = {}
    often: dict[object, list[float]] = {}
    for row, counter in enumerate(counts):
        for word, count in counter.items():
            rows.setdefault(word, []).append(row)
            often.setdefault(word, []).append(float(count))
    return {
        word: (np.array(found, dtype=np.int32), np.array(often[word], dtype=np.float32))
        for word, found in rows.items()
    }
