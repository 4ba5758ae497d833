"""Word search: BM25 over names, facets and prose, in English and Chinese. Pure numpy and scipy.

Chinese is searched by overlapping pairs of characters (see `documents.tokens`): no dictionary is
needed, and part of a title finds it.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.arrays import packed, read, unpacked, write
from retrieval.catalogue import Catalogue
from retrieval.documents import tokens
from retrieval.items import Item
from retrieval.schema import Schema
from retrieval.stores import Scores

_NAME, _FACET, _PROSE = 3.0, 2.0, 1.0
"""A word of a name counts as much as three of the prose."""

_K1, _B = 1.2, 0.6


class Lexical:
    """BM25 (Robertson and Zaragoza, 2009) with word counts weighted by where the word stands.

    Args:
        matrix: (items, words) scipy CSC of finished BM25 weights.
        words: the word of each column.
    """

    def __init__(self, matrix: Any, words: list[str]) -> None:
        self._matrix = matrix
        self._words = words
        self._columns = {word: column for column, word in enumerate(words)}

    def __len__(self) -> int:
        return int(self._matrix.shape[0])

    @classmethod
    def build(
        cls, catalogue: Catalogue, progress: Callable[[int, int], None] | None = None
    ) -> Lexical:
        """Index every item; `progress(done, total)` is called now and then."""
        from scipy import sparse

        columns: dict[str, int] = {}
        indices, data = array("i"), array("f")
        indptr = [0]
        for row, item in enumerate(catalogue.items):
            for word, count in _counts(item, catalogue.schema).items():
                indices.append(columns.setdefault(word, len(columns)))
                data.append(count)
            indptr.append(len(indices))
            if progress is not None and row % 1000 == 0:
                progress(row, len(catalogue))
        matrix = sparse.csr_matrix(
            (np.array(data, dtype=np.float32), np.array(indices, dtype=np.int32), indptr),
            shape=(len(catalogue), len(columns)),
        )
        return cls(_weighted(matrix), list(columns))

    def scores(self, text: str) -> Scores:
        """(items,) float32 >= 0: BM25 of `text`; 0 = no word in common."""
        out = np.zeros(len(self), dtype=np.float32)
        for word in dict.fromkeys(tokens(text)):
            column = self._columns.get(word)
            if column is not None:
                start, end = self._matrix.indptr[column], self._matrix.indptr[column + 1]
                out[self._matrix.indices[start:end]] += self._matrix.data[start:end]
        return out

    def share(self, word: str) -> float:
        """The part of all items whose texts hold a word (as `documents.tokens` cuts it), 0 to 1.

        Of several words the rarest one counts.
        """
        starts = self._matrix.indptr
        columns = [self._columns.get(token) for token in tokens(word)]
        counts = [0 if c is None else int(starts[c + 1] - starts[c]) for c in columns]
        return min(counts, default=0) / max(len(self), 1)

    def presence(self, text: str) -> Scores:
        """(items,) float32 in [0, 1]: the share of the words of `text` each item really has."""
        wanted = list(dict.fromkeys(tokens(text)))
        out = np.zeros(len(self), dtype=np.float32)
        for word in wanted:
            column = self._columns.get(word)
            if column is not None:
                start, end = self._matrix.indptr[column], self._matrix.indptr[column + 1]
                out[self._matrix.indices[start:end]] += 1
        return out / np.float32(max(len(wanted), 1))

    def save(self, path: Path) -> None:
        """Write to an `.npz` file without pickles."""
        m = self._matrix
        arrays = {"data": m.data, "indices": m.indices, "indptr": m.indptr}
        shape = np.array(m.shape, dtype=np.int64)
        write(path, arrays | {"shape": shape, "words": packed(self._words)})

    @classmethod
    def load(cls, path: Path) -> Lexical:
        """Read what `save` wrote.

        Raises:
            OSError, ValueError: the file is missing, damaged or of another kind.
        """
        from scipy import sparse

        file = read(path)
        if not file.keys() >= {"data", "indices", "indptr", "shape", "words"}:
            raise ValueError(f"{path} holds no word index")
        parts = (file["data"], file["indices"], file["indptr"])
        matrix = sparse.csc_matrix(parts, shape=tuple(file["shape"]))
        return cls(matrix, unpacked(file["words"]))


def _counts(item: Item, schema: Schema) -> dict[str, float]:
    """Word → weighted count. A word counts once a name or facet value."""
    found: dict[str, float] = {}
    for name in (item.title, *item.aka):
        for word in tokens(name):
            found[word] = max(found.get(word, 0.0), _NAME)
    for facet in schema.facets.values():
        if facet.kind == "category":
            for value in item.values(facet.name):
                for word in tokens(value):
                    found[word] = found.get(word, 0.0) + _FACET
        elif facet.kind == "text":
            for word in tokens(item.text(facet.name)):
                found[word] = found.get(word, 0.0) + _PROSE
    return found


def _weighted(counts: Any) -> Any:
    """Counts to BM25 weights, by column."""
    total = max(counts.shape[0], 1)
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    mean = float(lengths.mean()) if lengths.size else 1.0
    matrix = counts.tocsc()
    documents = np.diff(matrix.indptr)
    idf = np.log(1 + (total - documents + 0.5) / (documents + 0.5))
    norm = _K1 * (1 - _B + _B * lengths / max(mean, 1e-9))
    weights = matrix.data * (_K1 + 1) / (matrix.data + norm[matrix.indices])
    matrix.data = (weights * np.repeat(idf, documents)).astype(np.float32)
    return matrix


def ceiling(scores: Scores) -> float:
    """The highest score, at least a small positive number; to scale scores into [0, 1]."""
    top = float(scores.max(initial=0.0))
    return top if top > 0 and math.isfinite(top) else 1.0
