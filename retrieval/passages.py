"""Finds the passage that answers a question: dense and word search, fused, ranked and calibrated.

Knows no dialogue and no files: entries in, findings out. Each finding says how likely it is that
the passage answers the question; whoever asks decides what to do below which chance.

Texts of the other language are found through rough translations (`retrieval.bilingual`): a
question is compared with a passage in English words, and in its own where both are in one language.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from retrieval.acronyms import acronyms, spelt_out
from retrieval.bilingual import HAN, lexicon, words
from retrieval.embeddings import Embedder, Vectors, normalised
from retrieval.kinds import kinds
from retrieval.overlap import Overlap
from retrieval.ranking import Weights, standing, weights_for

Floats = NDArray[np.float32]
Rows = NDArray[np.int32]

POOL = 60
"""Candidates of each kind of search that are judged."""

_BODY = 1200
_BESIDE = 4
"""So many passages before and after one say what it stands among."""


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
        source: of the document whose entries follow each other in their order; "" where what stands
            beside it means nothing.
    """

    id: str
    title: str
    body: str
    language: str = "en"
    asked: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    titled: bool = True
    source: str = ""


def _none() -> Floats:
    return np.zeros(0, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Finding:
    """A passage found.

    Attributes:
        row: of the entry.
        score: to compare findings of one question.
        chance: calibrated probability in [0, 1] that it answers the question.
        features: see `ranking.FEATURES`.
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
        self._words = Overlap(
            [e.title for e in self.entries],
            [f"{e.title} {e.body}" for e in self.entries],
            [" ".join(e.asked[:20]) for e in self.entries],
        )
        own = [e.title.rsplit(" › ", 1)[-1] for e in self.entries]
        self._kinds = np.array([kinds(title) for title in own], dtype=np.float32)
        self._long = np.array([_length(title) for title in own], dtype=np.float32)
        self._full = np.array([_length(e.body) for e in self.entries], dtype=np.float32)
        self._beside = _neighbours([e.source for e in self.entries])
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
        best, first = chosen[0], self._same(int(rows[chosen[0]]))
        # What says the same in the other language is no rival.
        ours = self._language[rows] == self._language[rows[best]]
        rival = next((at for at in order if ours[at] and self._same(int(rows[at])) != first), None)
        margin = float(scores[best] - scores[rival]) if rival is not None else 3.0
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

    def judged(self, question: str) -> tuple[Rows, Floats]:
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
        rows = np.arange(len(best), dtype=np.int32)
        if rows.size > POOL:
            rows = np.argpartition(-rough, POOL)[:POOL].astype(np.int32)
        return rows, np.column_stack(
            [
                *(title[rows], body[rows], best[rows], table[rows], self._untitled[rows]),
                *self._asking(question, rows),
                *(self._long[rows], self._full[rows]),
                *(standing(x[rows]) for x in (title, body, table[:, 5])),
                *self._around(title, rows),
                np.full(len(rows), lexicon().covered(question), dtype=np.float32),
            ]
        ).astype(np.float32)

    def _asking(self, question: str, rows: Rows) -> tuple[Floats, Floats, Floats]:
        """Which kinds of question both ask, how many only one of them does."""
        asked, named = kinds(question), self._kinds[rows]
        both = named * asked
        missing = asked.sum() - both.sum(axis=1)
        return both, missing, named.sum(axis=1) - both.sum(axis=1)

    def _around(self, scores: Floats, rows: Rows) -> tuple[Floats, Floats]:
        """Mean and best score of what stands beside each row."""
        found = scores[self._beside[rows]]
        return found.mean(axis=1), found.max(axis=1)


def _length(text: str) -> float:
    """Characters on a scale from 0 to about 1.5; a Chinese one counts as two."""
    return math.log1p(len(text) + len("".join(HAN.findall(text)))) / 5


def _neighbours(sources: Sequence[str]) -> Rows:
    """(entries, 2 * _BESIDE): rows beside each within its document, itself where there is none."""
    n = len(sources)
    found = np.repeat(np.arange(n, dtype=np.int32)[:, None], 2 * _BESIDE, axis=1)
    for row, source in enumerate(sources):
        near = [
            at
            for at in range(max(0, row - _BESIDE), min(n, row + _BESIDE + 1))
            if at != row and source and sources[at] == source
        ]
        if near:
            # Fewer than all of them are repeated, so that their mean stays nearly what it is.
            found[row] = np.resize(np.array(near, dtype=np.int32), 2 * _BESIDE)
    return found


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
