"""Finds the passage that answers a question: dense and word search, fused, ranked and calibrated.

Knows no dialogue and no files: entries in, findings out. Each finding says how likely it is that
the passage answers the question; whoever asks decides what to do below which chance.

Texts of the other language are found through rough translations (`retrieval.bilingual`): a
question is compared with a passage in English words, and in its own where both are in one language.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.acronyms import acronyms, spelt_out
from retrieval.bilingual import HAN, lexicon, words
from retrieval.embeddings import Embedder, Vectors, normalised
from retrieval.ranking import Weights, weights_for

Floats = NDArray[np.float32]

FEATURES = (
    "title cosine",
    "body cosine",
    "best cosine",
    "question words in title",
    "question words in all",
    "title words in question",
    "question matters in all",
    "title matters in question",
    "bm25",
    "no title",
)
"""What a candidate is judged by; each is in [0, 1] or a cosine."""

POOL = 60
"""Candidates of each kind of search that are judged."""

_BODY = 1200
_K1, _B = 1.2, 0.6
_BACKGROUND = 12.0
"""Passages that are imagined beside the real ones, so that in a base of five no word is rare."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One passage to be found.

    Attributes:
        id: unique within an index.
        title: its question or heading, with the headings above it.
        body: its text.
        language: "en" or "zh".
        asked: other ways of asking for it.
        parts: its sentences, where they should be found one by one.
        titled: whether the title asks or names the matter itself (a question, a heading of its
            own) and is not only where the passage stands.
    """

    id: str
    title: str
    body: str
    language: str = "en"
    asked: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    titled: bool = True


def _none() -> Floats:
    return np.zeros(0, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Finding:
    """A passage found.

    Attributes:
        row: of the entry.
        score: to compare findings of one question.
        chance: calibrated probability in [0, 1] that it answers the question.
        features: see `FEATURES`.
    """

    row: int
    score: float
    chance: float
    features: Floats = field(repr=False, compare=False, default_factory=_none)


class PassageIndex:
    """Finds entries. Read-only once built; safe to share between threads.

    Args:
        entries: what can be found.
        vectors: of `texts_of`, row by row.
        embedder: what made the vectors; also embeds questions.
        weights: how candidates are judged; those that ship for this embedder unless given.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        vectors: Vectors,
        embedder: Embedder,
        weights: Weights | None = None,
    ) -> None:
        self.entries = tuple(entries)
        n = len(self.entries)
        self._embedder = embedder
        self._title = vectors[:n]
        self._body = vectors[n : 2 * n]
        asked = [row for row, e in enumerate(self.entries) for _ in e.asked]
        parts = [row for row, e in enumerate(self.entries) for _ in e.parts]
        self._asked = (np.array(asked, dtype=np.int32), vectors[2 * n : 2 * n + len(asked)])
        self._parts = (np.array(parts, dtype=np.int32), vectors[2 * n + len(asked) :])
        self.weights = weights or weights_for(embedder.name)
        self._words = _Words(self.entries)
        self._untitled = np.array([0.0 if e.titled else 1.0 for e in self.entries], np.float32)
        self._short = acronyms(f"{e.title}. {e.body}" for e in self.entries)
        self._language = np.array([e.language == "zh" for e in self.entries], dtype=bool)

    def __len__(self) -> int:
        return len(self.entries)

    def search(
        self, question: str, k: int = 5, favour: Mapping[int, float] | None = None
    ) -> tuple[Finding, ...]:
        """At most k passages, best first; passages that say the same are given once.

        Args:
            question: in either language.
            k: how many.
            favour: row → what is added to its score (the conversation is about it).
        """
        if not self.entries or not question.strip():
            return ()
        chinese = bool(HAN.search(question))
        rows, features = self.judged(question)
        if not rows.size:
            return ()
        # Passages of the visitor's language are judged by words of that language as well.
        head = self.weights.head(chinese=chinese)
        scores = head.scores(features)
        same = self._language[rows] == chinese
        scores = scores + np.where(same, 0.0, -head.foreign)
        for place, row in enumerate(rows):
            scores[place] += (favour or {}).get(int(row), 0.0)
        order = np.lexsort((rows, -scores))
        chosen: list[int] = []
        said: set[tuple[str, str]] = set()
        for at in order:
            key = self._same(int(rows[at]))
            if key not in said:
                said.add(key)
                chosen.append(int(at))
            if len(chosen) > max(k, 2):
                break
        best, rest = chosen[0], chosen[1:]
        margin = float(scores[best] - scores[rest[0]]) if rest else 3.0
        chance = head.chance(features[best], float(scores[best]), margin)
        return tuple(
            Finding(
                int(rows[at]),
                float(scores[at]),
                float(chance * min(1.0, math.exp(float(scores[at] - scores[best])))),
                features[at],
            )
            for at in chosen[:k]
        )

    def _same(self, row: int) -> tuple[str, str]:
        entry = self.entries[row]
        return (" ".join(words(entry.title)[-12:]), entry.body[:200])

    def judged(self, question: str) -> tuple[NDArray[np.int32], Floats]:
        """(rows of the candidates, their features (len(rows), len(FEATURES)))."""
        question = spelt_out(question, self._short)
        gloss = lexicon().gloss(question)
        neutral = lexicon().neutral(gloss)
        made = self._embedder.embed([gloss or question, *([neutral] if neutral else [])])
        # What is wrong with the shoes matters as much as that they are shoes.
        vector = normalised(made.mean(axis=0, keepdims=True))[0]
        title, body = self._title @ vector, self._body @ vector
        title, body = title.copy(), body.copy()
        for scores, (owners, vectors) in ((title, self._asked), (body, self._parts)):
            if owners.size:
                np.maximum.at(scores, owners, vectors @ vector)
        best = np.maximum(title, body)
        table = self._words.features(question)
        rough = best + table[:, 5] + 0.5 * table[:, 2] + 0.3 * table[:, 3]
        rows = np.flatnonzero(best > -2).astype(np.int32)
        if rows.size > POOL:
            rows = np.argpartition(-rough, POOL)[:POOL].astype(np.int32)
        features = np.column_stack(
            [title[rows], body[rows], best[rows], table[rows], self._untitled[rows]]
        )
        return rows, features.astype(np.float32)


def texts_of(entries: Sequence[Entry]) -> list[str]:
    """What is embedded for an index: all titles, all bodies, then ways of asking, then parts."""
    gloss = lexicon().gloss
    titles = [gloss(e.title) for e in entries]
    bodies = [
        gloss(f"{e.title.rsplit(' › ', 1)[-1]}. {e.body}"[:_BODY] if e.body else e.title)
        for e in entries
    ]
    asked = (gloss(text) for e in entries for text in e.asked)
    return [*titles, *bodies, *asked, *(gloss(text) for e in entries for text in e.parts)]


class _Words:
    """Word statistics of the entries."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        lex = lexicon()
        self._size = len(entries)
        self._titles = [Counter(_both(e.title)) for e in entries]
        bodies = [Counter(_both(f"{e.title} {e.body} {' '.join(e.asked[:20])}")) for e in entries]
        self._lengths = np.array([sum(c.values()) for c in bodies], dtype=np.float32)
        self._title_posts = _posting(self._titles)
        self._posts = _posting(bodies)
        self._concept_titles = [lex.found(e.title) for e in entries]
        concepts = [lex.found(f"{e.title} {e.body}") for e in entries]
        self._concepts = _posting([dict.fromkeys(c, 1) for c in concepts])
        self._concept_idf = {n: self._idf(len(rows)) for n, (rows, _) in self._concepts.items()}
        self._title_weight = np.array(
            [sum(self._weight(w) for w in set(c)) for c in self._titles], dtype=np.float32
        )
        self._title_matter = np.array(
            [
                sum(self._concept_idf.get(n, 0.0) * lex.weight(n) for n in c)
                for c in self._concept_titles
            ],
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
        """(entries, 6): see `FEATURES`, from "question words in title" to "bm25"."""
        said = [self._near(w) for w in dict.fromkeys(_both(question))]
        out = np.zeros((self._size, 6), dtype=np.float32)
        weights = {w: self._weight(w) for w in said}
        total = sum(weights.values()) or 1.0
        mean = float(self._lengths.mean()) if self._size else 1.0
        for word, weight in weights.items():
            if (posting := self._title_posts.get(word)) is not None:
                out[posting[0], 0] += weight / total
                out[posting[0], 2] += weight
            if (posting := self._posts.get(word)) is not None:
                rows, counts = posting
                out[rows, 1] += weight / total
                norm = _K1 * (1 - _B + _B * self._lengths[rows] / max(mean, 1e-9))
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
                for row in posting[0]:
                    if number in self._concept_titles[row]:
                        out[row, 4] += weight
        out[:, 4] /= np.maximum(self._title_matter, 1e-6)

    def _near(self, word: str) -> str:
        """A misspelt English word as the index has it."""
        if word in self._posts or len(word) < 5 or not word.isascii() or not word.isalpha():
            return word
        from rapidfuzz import process
        from rapidfuzz.distance import DamerauLevenshtein

        found = process.extractOne(
            word, self._known, scorer=DamerauLevenshtein.distance, score_cutoff=1
        )
        return found[0] if found is not None else word


def _both(text: str) -> tuple[str, ...]:
    return words(text)


def _posting(counts: Sequence[Mapping[Any, int]]) -> dict[object, tuple[NDArray[np.int32], Floats]]:
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
