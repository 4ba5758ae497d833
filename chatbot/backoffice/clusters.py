"""Questions that say the same, found by average linkage over sentence vectors.

The bundled sentence model reads English; Chinese is put into English words first, and what that
leaves out is compared by its characters, so that a question finds its kin in either language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.bilingual import lexicon, words
from retrieval.embeddings import Embedder

ALIKE = 0.5
"""Mean likeness from which questions belong together."""

MOST = 600
"""Questions clustered at once; older ones are left out."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Questions that belong together; `texts` holds the most typical first, each wording once."""

    texts: tuple[str, ...]
    count: int
    latest: float


def clusters(
    questions: Sequence[tuple[str, float]], embedder: Embedder, *, alike: float = ALIKE
) -> tuple[Cluster, ...]:
    """Clusters of (text, when asked), the largest first, then the latest."""
    counts: dict[str, list[float]] = {}
    spelled: dict[str, str] = {}
    for text, when in sorted(questions, key=lambda q: -q[1])[:MOST]:
        key = " ".join(text.casefold().split())
        counts.setdefault(key, []).append(when)
        spelled.setdefault(key, " ".join(text.split()))
    keys = list(counts)
    if not keys:
        return ()
    like = likeness([spelled[k] for k in keys], embedder)
    found = []
    for rows in _joined(like, alike):
        within = like[np.ix_(rows, rows)]
        # Typical is what is like the others, and asked often.
        weight = within.mean(axis=1) + 0.05 * np.array([len(counts[keys[r]]) for r in rows])
        order = [rows[i] for i in np.argsort(-weight, kind="stable")]
        times = [t for r in rows for t in counts[keys[r]]]
        found.append(
            Cluster(tuple(spelled[keys[r]] for r in order), len(times), max(times, default=0.0))
        )
    return tuple(sorted(found, key=lambda c: (-c.count, -c.latest)))


def likeness(texts: Sequence[str], embedder: Embedder) -> np.ndarray:
    """(texts, texts) float64 in [-1, 1]; 1 on the diagonal."""
    translate = lexicon().gloss
    vectors = np.asarray(embedder.embed([translate(t) or " " for t in texts]), dtype=np.float64)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors / np.where(norms > 0, norms, 1.0)
    like = vectors @ vectors.T
    sets = [set(words(t)) for t in texts]
    for row, mine in enumerate(sets):
        for column in range(row):
            both = len(mine) + len(sets[column])
            dice = 2.0 * len(mine & sets[column]) / both if both else 0.0
            # Words in common count beside the meaning, never against it.
            like[row, column] = like[column, row] = max(like[row, column], dice)
    np.fill_diagonal(like, 1.0)
    return like


def _joined(like: np.ndarray, alike: float) -> list[list[int]]:
    """Rows that belong together, by average linkage down to a mean likeness of `alike`."""
    if len(like) == 1:
        return [[0]]
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    apart = np.clip(1.0 - like, 0.0, 2.0)
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform(apart, checks=False), method="average")
    labels = fcluster(tree, t=1.0 - alike, criterion="distance")
    rows: dict[int, list[int]] = {}
    for row, label in enumerate(labels):
        rows.setdefault(int(label), []).append(row)
    return list(rows.values())
