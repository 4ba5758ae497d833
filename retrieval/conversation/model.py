"""`ConversationModel`: scores a catalogue from a conversation. See `retrieval.signals.Signal`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.arrays import packed, read, unpacked, write
from retrieval.catalogue import Catalogue, Rows
from retrieval.conversation.closer import CLOSER, best, compared, moved
from retrieval.conversation.facts import Facts
from retrieval.conversation.features import NAMES, Table, features
from retrieval.conversation.memory import Memory
from retrieval.conversation.network import PARTS, Network
from retrieval.conversation.talk import Asked, asked, texts_of, turns_of, views
from retrieval.conversation.trees import PARTS as TREES
from retrieval.conversation.trees import Trees
from retrieval.embeddings import Embedder, Vectors
from retrieval.items import Item
from retrieval.query import Query
from retrieval.stores import Scores

FORMAT = 3
FEWEST = 2
"""A named item is given as a reason where so many conversations named it and the candidate."""

_KEPT = 32
_CSR = ("ease", "pairs", "answers")
_SMALL = 50_000
"""Larger arrays of numbers are kept in half precision."""


class MismatchError(ValueError):
    """Weights were learned with another embedder: sound, but of no use here."""


@dataclass(frozen=True)
class Learned:
    """What training found and a file keeps. Arrays are indexed by place in `ids`.

    Attributes:
        ids: item ids.
        embedder: name of the one that made all vectors.
        meta: (n, dimensions) of each item's portrait.
        rated: (n, 2) how often (a logarithm) and how well each was rated.
        trees: order the best once more.
    """

    ids: Sequence[str]
    embedder: str
    meta: Vectors
    memory: Memory
    network: Network
    rated: NDArray[np.float32]
    trees: Trees

    def save(self, path: Path) -> None:
        """Write to an `.npz` without pickles."""
        arrays: dict[str, NDArray[Any]] = {
            "format": np.array(FORMAT),
            "features": packed((*NAMES, *CLOSER)),
            "embedder": packed([self.embedder]),
            "ids": packed(self.ids),
            "dialogues": np.array(self.memory.dialogues),
            "meta": _half(self.meta),
            "counts": self.memory.counts,
            "given": self.memory.given,
            "rated": self.rated,
            "requests": self.memory.requests,
        }
        for name in _CSR:
            matrix = getattr(self.memory, name)
            arrays[f"{name}.data"] = matrix.data.astype(np.float16)
            arrays[f"{name}.indices"] = matrix.indices.astype(np.int32)
            arrays[f"{name}.indptr"] = matrix.indptr.astype(np.int32)
        for name in PARTS:
            arrays[f"network.{name}"] = _half(getattr(self.network, name))
        for name in TREES:
            arrays[f"trees.{name}"] = getattr(self.trees, name)
        write(path, arrays, compress=True)

    @classmethod
    def load(cls, path: Path) -> Learned:
        """Read what `save` wrote.

        Raises:
            OSError, ValueError: the file is missing, damaged or of another version.
        """
        file = read(path)
        try:
            columns = (*NAMES, *CLOSER)
            if file["format"] != FORMAT or tuple(unpacked(file["features"])) != columns:
                raise ValueError(f"{path} does not hold a model of format {FORMAT}")
            ids = unpacked(file["ids"])
            parts = {name: _csr(file, name, len(ids)) for name in _CSR}
            memory = Memory(
                counts=file["counts"],
                given=file["given"],
                dialogues=int(file["dialogues"]),
                requests=file["requests"],
                **parts,
            )
            network = Network(**{p: file[f"network.{p}"].astype(np.float32) for p in PARTS})
            trees = Trees(**{part: file[f"trees.{part}"] for part in TREES})
            meta, rated = file["meta"].astype(np.float32), file["rated"]
        except KeyError as error:
            raise ValueError(f"{path} lacks {error}") from error
        if not len(meta) == len(ids) == len(network.bias) == network.items.shape[1]:
            raise ValueError(f"{path} holds arrays of different lengths")
        return cls(ids, unpacked(file["embedder"])[0], meta, memory, network, rated, trees)


def _half(values: NDArray[np.float32]) -> NDArray[Any]:
    return values.astype(np.float16) if values.size > _SMALL else values


def _csr(file: Mapping[str, NDArray[Any]], name: str, columns: int) -> Any:
    from scipy import sparse

    data = file[f"{name}.data"].astype(np.float32)
    indices, indptr = file[f"{name}.indices"], file[f"{name}.indptr"]
    return sparse.csr_matrix((data, indices, indptr), shape=(len(indptr) - 1, columns))


@dataclass(frozen=True, slots=True)
class _Read:
    """A conversation that was read: what was asked, and (items,) scores of the catalogue."""

    asked: Asked
    scores: Scores


class ConversationModel:
    """Learned scores for one catalogue. Safe to call from several threads.

    Args:
        learned: what training found.
        catalogue: gives facts and rows; its items that training did not know stay unknown.
        embedder: the one that training used.

    Raises:
        MismatchError: it is another one.
    """

    name = "conversation"

    def __init__(self, learned: Learned, catalogue: Catalogue, embedder: Embedder) -> None:
        if learned.embedder != embedder.name:
            raise MismatchError(f"learned with {learned.embedder}, not with {embedder.name}")
        self._learned = learned
        learned.memory.pairs.sort_indices()
        self._embedder = embedder
        self._size = len(catalogue)
        self._places = {item: place for place, item in enumerate(learned.ids)}
        items = [catalogue.get(item) or Item(item, "") for item in learned.ids]
        self._facts = Facts(items, catalogue.schema, learned.meta)
        rows = [catalogue.row_of.get(item, -1) for item in learned.ids]
        self._rows = np.array(rows, dtype=np.int32)
        self._here = np.flatnonzero(self._rows >= 0)
        self._place_of = np.full(self._size, -1, dtype=np.int32)
        self._place_of[self._rows[self._here]] = self._here
        self._read: OrderedDict[object, _Read] = OrderedDict()
        self._lock = Lock()

    @classmethod
    def load(cls, path: Path, catalogue: Catalogue, embedder: Embedder) -> ConversationModel:
        """From a file of `Learned.save`; raises what that and the constructor raise."""
        return cls(Learned.load(path), catalogue, embedder)

    def scores(self, query: Query, rows: Rows) -> Scores:
        """(len(rows),) logits of being what is recommended next; NaN = unknown to the model.

        All NaN where there is no conversation. Limits are the caller's.
        """
        if not any(text or named for _, text, named in query.messages):
            return np.full(rows.size, np.nan, dtype=np.float32)
        return self._reading(query).scores[rows]

    def detail(self, query: Query, row: int) -> Mapping[str, object]:
        """The named item that speaks most for a row, and how many conversations named both.

        Only where at least `FEWEST` did; else nothing, since nothing else can be checked.
        """
        place = self._place_of[row]
        if place < 0 or not query.messages:
            return {}
        named = self._reading(query).asked.named
        memory = self._learned.memory
        pairs = memory.pairs
        first, end = pairs.indptr[place : place + 2]
        if not named.size or first == end:
            return {}
        others = pairs.indices[first:end]
        at = np.minimum(np.searchsorted(others, named), others.size - 1)
        together = np.where(others[at] == named, pairs.data[first:end][at], 0)
        if together.max() < FEWEST:
            return {}
        share = np.where(together >= FEWEST, together / (memory.counts[named] + 5), 0)
        best = int(share.argmax())
        if self._rows[named[best]] < 0:
            return {}
        return {"because": self._learned.ids[named[best]], "together": int(together[best])}

    def _reading(self, query: Query) -> _Read:
        key = (query.messages, query.disliked)
        with self._lock:
            if (found := self._read.get(key)) is not None:
                self._read.move_to_end(key)
                return found
        without = frozenset(item for item, _ in query.disliked)
        turns = turns_of(query.messages, self._places, without)
        ask = asked(turns, views(turns, self._embedder.embed(texts_of(turns))))
        table = features(ask, self._facts, self._learned.memory)
        scores = np.full(self._size, np.nan, dtype=np.float32)
        logits = self._closer(ask, table, without)
        scores[self._rows[self._here]] = logits[self._here]
        found = _Read(ask, scores)
        with self._lock:
            self._read[key] = found
            while len(self._read) > _KEPT:
                self._read.popitem(last=False)
        return found

    def _closer(self, ask: Asked, table: Table, without: frozenset[str]) -> Scores:
        """(places,) logits after the second look; what was named is not looked at twice."""
        learned = self._learned
        logits = learned.network.scores(ask, table)
        refused = [self._places[item] for item in without if item in self._places]
        found = best(logits, np.array([*ask.named, *refused], dtype=np.int64))
        own = table[found.places]
        again = compared(ask, found, own, self._facts, learned.memory, learned.rated)
        return moved(logits, found, again, learned.trees)
