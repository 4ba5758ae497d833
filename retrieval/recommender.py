"""`Recommender.rank(Query) -> Ranking`: limits, candidates, signals, variety, evidence."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from retrieval.catalogue import Catalogue, Mask, Rows
from retrieval.collaborative import CollaborativeModel
from retrieval.constraints import Constraints
from retrieval.diversify import mmr, variety
from retrieval.embeddings import Embedder, Vectors
from retrieval.facets import Facets
from retrieval.lexical import Lexical
from retrieval.newcomers import Newcomers
from retrieval.quality import Quality, recorded
from retrieval.query import Candidate, Query, Ranking
from retrieval.relax import relaxed
from retrieval.rerank import Weights
from retrieval.scoring import Scored, Scorer, described
from retrieval.signals import Match, Pool, Signal, match
from retrieval.situation import suggested
from retrieval.stores import Scores, VectorStore, best
from retrieval.strategies import adapted
from retrieval.textadapter import TextMap
from retrieval.threads import calm

POOL = 1000
"""Candidates that are reranked where more items than `WHOLE` may be shown."""

WHOLE = 2500
"""So many are reranked whole: scoring all costs less than choosing whom to score."""

_EACH = 300
"""Candidates from each retriever where the catalogue is larger."""

_HISTORY = 20
"""Most recent liked (and disliked) items that count."""

_TOLD = 20
"""Places whose signals are told for the log: more are never shown at once."""

_OPEN = 0.5
"""Least weight of variety when nothing was asked for."""

_FUSION = 60
"""Constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""


@dataclass
class _Clock:
    """Milliseconds spent in each phase."""

    spent: dict[str, float] = field(default_factory=dict)
    last: float = field(default_factory=time.perf_counter)

    def lap(self, phase: str) -> None:
        now = time.perf_counter()
        self.spent[phase] = self.spent.get(phase, 0.0) + (now - self.last) * 1000
        self.last = now


class Recommender:
    """Ranks one catalogue. Safe to call from several threads; keeps nothing of a query but its
    embedding, for a while, so that the same words are not embedded twice.

    Args:
        catalogue: the items; every other part is indexed by its rows.
        embedder: the one `store`'s vectors were made with.
        store: vectors of every item.
        lexical: word search, if any; without it free words count through the embedding only.
        collaborative: what the same people liked, if anybody knows; completed by `Newcomers`.
        quality: ratings and how many gave them; by default what the catalogue records.
        extra: further signals.
        weights: how much each signal counts.
        text_map: learned from what people chose after their words; what describes an item at
            length is compared as it is, since it names one and asks for none like it.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        embedder: Embedder,
        store: VectorStore,
        lexical: Lexical | None = None,
        collaborative: CollaborativeModel | None = None,
        quality: Quality | None = None,
        extra: Sequence[Signal] = (),
        weights: Weights | None = None,
        text_map: TextMap | None = None,
    ) -> None:
        calm()
        self.catalogue = catalogue
        self.embedder = embedder
        self.store = store
        self.text_map = text_map
        self.facets = Facets(catalogue)
        if collaborative is not None:
            collaborative = Newcomers(collaborative, self.facets, store)
        self._scorer = Scorer(
            quality or recorded(catalogue), weights or Weights(), lexical, collaborative, extra
        )
        if len(catalogue):  # what is computed on first use is computed now, not in the first turn
            self.facets.overlap(*[np.zeros(1, dtype=np.int32)] * 2)
            _ = catalogue.twins
        ids = [item.id for item in catalogue.items]
        self._id_rank = np.empty(len(ids), dtype=np.int32)
        self._id_rank[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    def rank(self, query: Query) -> Ranking:
        """The best `query.k` items that keep its limits, with evidence; fewer where fewer fit.

        Where nothing fits, requirements are given up as `relax.relaxed` says and named in
        `Ranking.relaxed`. A query without wishes gives a varied list of well-regarded items.
        `timings_ms` has "embed", "search" and "rerank".
        """
        clock = _Clock()
        query = adapted(query)
        vector = self._embed(query.text)
        clock.lap("embed")
        allowed, given_up = relaxed(self.catalogue, query.constraints)
        constraints = query.constraints
        for limit in given_up:
            constraints = constraints.without(limit)
        if not allowed.any() or query.k <= 0:
            clock.lap("search")
            return Ranking(relaxed=given_up, timings_ms=clock.spent | {"rerank": 0.0})
        lexical = self._scorer.lexical
        wishes = [m for wish in query.wishes if (m := match(self.facets, wish, lexical))]
        hints = [m for wish in suggested(query.context) if (m := match(self.facets, wish, None))]
        plain, vector = vector, self._turned(query.text, vector, wishes)
        liked = self._history(query.liked)
        disliked = self._history(query.disliked)
        folded_in = self._fold_in(liked, disliked)
        rows = self._candidates(query, allowed, constraints, vector, wishes, liked, folded_in)
        clock.lap("search")
        ignored = self._history(query.ignored)
        pool = Pool(
            query, rows, vector, liked, disliked, self.facets, self.store, ignored,
            turned=vector is not plain,
        )  # fmt: skip
        scored = self._scorer.score(pool, wishes, hints, folded_in)
        candidates = self._list(scored, constraints)
        clock.lap("rerank")
        return Ranking(candidates, given_up, clock.spent)

    def _embed(self, text: str) -> Vectors | None:
        text = text.strip()
        if not text:
            return None
        with self._lock:
            found = self._vectors.get(text)
            if found is not None:
                self._vectors.move_to_end(text)
                return found
        vector: Vectors = self.embedder.embed([text])[0]
        with self._lock:
            self._vectors[text] = vector
            while len(self._vectors) > 256:
                self._vectors.popitem(last=False)
        return vector

    def _turned(self, text: str, vector: Vectors | None, wishes: Sequence[Match]) -> Vectors | None:
        learned = self.text_map
        if vector is None or learned is None or described(wishes) or not learned.reads(text):
            return vector
        return learned.turned(vector)

    def _history(self, named: Sequence[tuple[str, float]]) -> tuple[tuple[int, float], ...]:
        rows = self.catalogue.row_of
        return tuple((rows[i], weight) for i, weight in named if i in rows and weight > 0)[
            -_HISTORY:
        ]

    def _fold_in(
        self, liked: Sequence[tuple[int, float]], disliked: Sequence[tuple[int, float]]
    ) -> Scores | None:
        model = self._scorer.collaborative
        if model is None or not liked:
            return None
        rows = np.array([row for row, _ in (*liked, *disliked)], dtype=np.int32)
        weights = [weight for _, weight in liked] + [-weight for _, weight in disliked]
        return model.scores(rows, np.array(weights, dtype=np.float32))

    def _candidates(
        self,
        query: Query,
        allowed: Mask,
        constraints: Constraints,
        vector: Vectors | None,
        wishes: Sequence[Match],
        liked: Sequence[tuple[int, float]],
        folded_in: Scores | None,
    ) -> Rows:
        """Ascending rows worth reranking: all that are allowed, or the fused best of each way."""
        rows = np.flatnonzero(allowed).astype(np.int32)
        if rows.size <= WHOLE:
            return rows
        lists: list[Rows] = []
        seeds = [] if vector is None else [vector]
        if liked:
            others = self.store.vectors(np.array([row for row, _ in liked], dtype=np.int32))
            centre = np.array([weight for _, weight in liked], dtype=np.float32) @ others
            seeds.append(centre / max(float(np.linalg.norm(centre)), 1e-12))
        for seed in seeds:
            lists.append(
                self.store.search(seed, _EACH, allowed=allowed, constraints=constraints)[0]
            )
        columns: list[Scores] = []
        if wishes:
            total = np.zeros(len(self.catalogue), dtype=np.float32)
            for found in wishes:
                total += np.nan_to_num(found.scores) * self._scorer.weight(found)
            columns.append(total)
        if self._scorer.lexical is not None and query.text:
            columns.append(self._scorer.lexical.scores(query.text))
        if folded_in is not None:
            columns.append(folded_in)
        columns.append(self._scorer.quality.rating)
        for column in columns:
            some = rows[column[rows] > 0]
            lists.append(some[best(column[some], _EACH)[0]])
        fused = np.zeros(len(self.catalogue), dtype=np.float32)
        lists.extend(self._proposed(query, rows))
        for found_rows in lists:
            fused[found_rows] += 1.0 / (_FUSION + np.arange(found_rows.size, dtype=np.float32))
        named = np.flatnonzero(fused).astype(np.int32)
        chosen = np.sort(named[best(fused[named], POOL)[0]])
        if chosen.size < query.k:  # nobody knows anything: any that are allowed
            spare = rows[np.linspace(0, rows.size - 1, POOL).astype(int)]
            chosen = np.union1d(chosen, spare)
        return chosen.astype(np.int32)

    def _proposed(self, query: Query, rows: Rows) -> list[Rows]:
        """The best of `rows` for each further signal, twice: such a signal rules the blend."""
        found: list[Rows] = []
        for signal in self._scorer.extra:
            column = signal.scores(query, rows)
            known = np.flatnonzero(~np.isnan(column))
            if known.size:
                found += [rows[known[best(column[known], _EACH)[0]]]] * 2
        return found

    def _list(self, scored: Scored, constraints: Constraints) -> tuple[Candidate, ...]:
        """The final candidates: ordered, diversified, each checked once more, with evidence."""
        query, rows = scored.pool.query, scored.pool.rows
        items, schema = self.catalogue.items, self.catalogue.schema
        order = np.lexsort((self._id_rank[rows], -scored.total)).astype(np.int32)
        wide = max(int((4 * query.k + 40) * (1 + query.surprise)), query.k)
        order = self._once(rows, order)
        while True:
            chosen, values = self._varied(scored, order[:wide])
            refused = [at for at in chosen if not constraints.admits(items[rows[at]], schema)]
            if not refused:
                break
            order = order[~np.isin(order, refused)]
        told = self._scorer.values(scored, chosen[:_TOLD])
        told += [{}] * (chosen.size - len(told))
        return tuple(
            Candidate(
                items[rows[at]].id, float(value), self._scorer.evidence(scored, int(at)), known
            )
            for at, value, known in zip(chosen, values, told, strict=True)
        )

    def _once(self, rows: Rows, order: Rows) -> Rows:
        """An order without twins of what stands before them."""
        twins = self.catalogue.twins
        if twins is None:
            return order
        _, first = np.unique(twins[rows[order]], return_index=True)
        return order[np.sort(first)]

    def _varied(self, scored: Scored, top: Rows) -> tuple[Rows, Scores]:
        """The list for the dial's position from the best candidates, with falling values."""
        query = scored.pool.query
        relevance = scored.total[top]
        if top.size:
            spread = float(relevance[0] - relevance[-1])
            relevance = (relevance - relevance[-1]) / max(spread, 1e-9)
        diversity = variety(query.surprise)
        if not (query.text or query.wishes or query.liked):
            diversity = max(diversity, _OPEN)
        if diversity == 0:
            return top[: query.k], relevance[: query.k]
        vectors = scored.pool.vectors[top]
        near = np.maximum(vectors @ vectors.T, 0)
        rows = scored.pool.rows[top]
        alike = (near + self.facets.overlap(rows, rows)) / 2
        chosen, values = mmr(relevance, alike, query.k, diversity)
        return top[chosen], values
