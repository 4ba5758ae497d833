"""A catalogue's help pages, ready to be searched. Read-only once built."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chatbot.knowledge import JOIN, Passage
from chatbot.knowledge.sentences import sentences
from chatbot.values import Language
from retrieval.documents import digest
from retrieval.embeddings import Embedder, Vectors
from retrieval.index import VectorCache
from retrieval.labels import Labels
from retrieval.passages import Entry, PassageIndex, texts_of

_PARTS = 12
_ASKED = 40
_CHUNK = 256


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, with the chance in [0, 1] that it answers it."""

    passage: Passage
    chance: float
    score: float


class KnowledgeBase:
    """Searches passages, and knows labelled utterances. Safe to share between threads.

    Args:
        passages: all of a catalogue, by document and place.
        embedder: for them and for questions.
        cache: vectors made before.
    """

    def __init__(
        self,
        passages: Sequence[Passage],
        embedder: Embedder,
        cache: VectorCache | None = None,
    ) -> None:
        self.passages = tuple(passages)
        self.row_of: Mapping[str, int] = {p.id: row for row, p in enumerate(self.passages)}
        entries = entries_of(self.passages)
        vectors = embedded(texts_of(entries), embedder, cache)
        self.index = PassageIndex(entries, vectors, embedder)
        self._embedder = embedder
        self.labels = self._labelled(cache)

    def __len__(self) -> int:
        return len(self.passages)

    def _labelled(self, cache: VectorCache | None) -> Labels | None:
        """A classifier of the labels, fitted on all of their utterances."""
        rows = [row for row, p in enumerate(self.passages) if len(p.asked) >= 3]
        if len(rows) < 2:
            return None
        texts = [text for row in rows for text in self.passages[row].asked]
        owners = np.array([row for row in rows for _ in self.passages[row].asked], dtype=np.int32)
        vectors = embedded(texts, self._embedder, cache)
        said = "\n".join(f"{owner} {text}" for owner, text in zip(owners, texts, strict=True))
        key = digest(f"labels of {self._embedder.name}", said)
        known = cache.cached_vectors([key]) if cache is not None else {}
        if key in known:
            return Labels.of(known[key], vectors, owners)
        labels = Labels.fit(vectors, owners)
        if cache is not None:
            cache.cache_vectors({key: labels.learned})
        return labels

    def search(
        self, question: str, k: int = 5, favour: Mapping[str, float] | None = None
    ) -> tuple[Hit, ...]:
        """At most k passages, best first.

        Args:
            question: in English or Chinese.
            k: how many.
            favour: passage id → what is added to its score.
        """
        rows = {self.row_of[i]: x for i, x in (favour or {}).items() if i in self.row_of}
        found = [
            Hit(self.passages[f.row], f.chance, f.score)
            for f in self.index.search(question, k, rows)
        ]
        if self.labels is None:
            return tuple(found)
        row, sure = self.labels.best(self._embedder.embed([question])[0])
        named = next((h for h in found if h.passage.id == self.passages[row].id), None)
        # What was learned from many utterances of a label outdoes its few words.
        if sure > (found[0].chance if found else 0.0):
            first = Hit(self.passages[row], sure, found[0].score if found else 0.0)
            return (first, *(h for h in found if h is not named))[:k]
        return tuple(found)

    def twin(self, passage: Passage, language: Language) -> Passage | None:
        """The same passage in another language: `returns.md` and `returns.zh.md` side by side.

        Files that do not have as many passages as each other are no translations.
        """
        same = [p for p in self.passages if p.source == passage.source]
        name = _plain(passage.source)
        others = [
            p for p in self.passages if p.source != passage.source and _plain(p.source) == name
        ]
        theirs = [p for p in others if p.language == language]
        if len(theirs) != len(same) or len({p.source for p in theirs}) != 1:
            return None
        return theirs[same.index(passage)]

    def beside(self, passage: Passage) -> tuple[Passage, ...]:
        """What follows a passage in its document: the rest of its section, then the next one of
        the same chapter.
        """
        row = self.row_of.get(passage.id)
        if row is None or passage.kind != "text":
            return ()
        found = []
        for other in self.passages[row + 1 : row + 4]:
            if other.source != passage.source or other.trail[:1] != passage.trail[:1]:
                break
            found.append(other)
        return tuple(found)


def _plain(source: str) -> str:
    """A file's name without its language: "returns.zh.md" and "returns.md" are the same."""
    return re.sub(r"\.(?:zh|en|zh-cn|cn)(?=\.\w+$)", "", source.casefold())


def entries_of(passages: Sequence[Passage]) -> list[Entry]:
    """What is indexed of passages, in their order.

    A question stands alone; a heading is read with those above it, and the sentences below a
    heading are found one by one, because a heading rarely says all that stands below it.
    """
    return [
        Entry(
            p.id,
            p.title if p.kind != "text" else JOIN.join(p.trail[-3:]),
            p.text,
            p.language,
            p.asked[:_ASKED],
            tuple(sentences(p.text)[:_PARTS]) if p.kind == "text" else (),
            source="" if p.kind == "template" else p.source,
        )
        for p in passages
    ]


def embedded(texts: Sequence[str], embedder: Embedder, cache: VectorCache | None = None) -> Vectors:
    """(texts, dimensions) float32, from the cache where it has them."""
    digests = [digest(embedder.name, text) for text in texts]
    known = dict(cache.cached_vectors(list(dict.fromkeys(digests)))) if cache is not None else {}
    missing = {d: t for d, t in zip(digests, texts, strict=True) if d not in known}
    keys = sorted(missing, key=lambda d: len(missing[d]))
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        made = embedder.embed([missing[d] for d in chunk])
        fresh = dict(zip(chunk, made, strict=True))
        known.update(fresh)
        if cache is not None:
            cache.cache_vectors(fresh)
    out = np.zeros((len(texts), embedder.dimensions), dtype=np.float32)
    for row, key in enumerate(digests):
        out[row] = known[key]
    return out
