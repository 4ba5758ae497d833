"""Learns collaborative weights from what people liked. Knows matrices, not where they came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from retrieval.collaborative import Neighbours, ease, strongest

NEIGHBOURS = 100
FEWEST = 3, 2
"""So many people (by ratings, by dialogues) liked both items of every weight that is kept."""

MOST = 12_000
"""Items that a dense closed form holds: about 1.2 GB. Beyond it the least liked are left out."""


@dataclass(frozen=True, slots=True)
class Support:
    """When a pair of items is believed to be liked by the same people.

    Attributes:
        people: at least so many liked both.
        lift: who liked the one likes the other at least so many times likelier than others do,
            after `prior` imaginary people without any preference were counted in.
        share: of those who liked the one and judged the other, at least this part liked it too.
    """

    people: int
    lift: float
    share: float
    prior: float = 3.0


RATINGS = Support(people=8, lift=1.25, share=0.6)
DIALOGUES = Support(people=4, lift=1.8, share=0.75)


@dataclass(frozen=True)
class Judgements:
    """What people said: (people, items) CSR of ones.

    Attributes:
        liked, rated: by ratings; every liked entry is rated too.
        talk_liked, talk_disliked: in conversations.
        ratings: (people, items) CSR of the ratings themselves, 0 = none.
    """

    liked: sparse.csr_matrix
    rated: sparse.csr_matrix
    talk_liked: sparse.csr_matrix
    talk_disliked: sparse.csr_matrix
    ratings: sparse.csr_matrix


def supported(
    liked: sparse.csr_matrix, rated: sparse.csr_matrix, rule: Support
) -> tuple[NDArray[np.bool_], NDArray[Any], NDArray[Any]]:
    """(items, items) three times: whether the rule holds, how many liked both, the lift."""
    both = np.asarray((liked.T @ liked).todense())
    judged = np.asarray((liked.T @ rated).todense())  # liked the row's item, rated the column's
    alone = np.asarray(liked.sum(axis=0)).ravel()
    expected = alone[:, None] * (alone / max(liked.shape[0], 1))[None, :]
    lift = (both + rule.prior) / (expected + rule.prior)
    share = both / np.maximum(judged, 1)
    holds = (both >= rule.people) & (lift >= rule.lift) & (share >= rule.share)
    np.fill_diagonal(holds, False)
    return holds, both, both / np.maximum(expected, 1e-9)


def learn(
    ids: Sequence[str],
    said: Judgements,
    *,
    ridge: float = 200.0,
    dialogue: float = 2.0,
    sources: Sequence[str] = ("interactions", "dialogues"),
) -> Neighbours:
    """Item-to-item weights with the support behind each.

    EASE (Steck, WWW 2019) on all likes together; at most `NEIGHBOURS` positive weights an item,
    for items that enough people liked both. A weight may be given as a reason only where its
    `Support` rule holds; ratings are asked before conversations.

    Args:
        ids: item ids, one a column of the matrices.
        said: what people liked.
        ridge: regularisation, > 0.
        dialogue: how many rating people a conversation counts for.
        sources: names of the two kinds of judgement, as reasons will give them.
    """
    stacked = sparse.vstack([said.liked, said.talk_liked * np.sqrt(dialogue)]).tocsr()
    weights = ease(stacked, ridge)
    in_ratings, both, lift = supported(said.liked, said.rated, RATINGS)
    talked = (said.talk_liked + said.talk_disliked).sign()
    in_talks, talk_both, talk_lift = supported(said.talk_liked, talked, DIALOGUES)
    weights[(both < FEWEST[0]) & (talk_both < FEWEST[1])] = 0
    people = np.where(in_ratings, both, np.where(in_talks, talk_both, 0))
    lift = np.where(in_ratings, lift, talk_lift)
    kept = strongest(weights, weights > 0, NEIGHBOURS)
    at = np.repeat(np.arange(len(ids)), np.diff(kept.indptr)), kept.indices
    known = np.asarray((said.rated.sum(axis=0) + talked.sum(axis=0)) > 0).ravel()
    return Neighbours(
        list(ids),
        kept.indptr.astype(np.int32),
        kept.indices.astype(np.int32),
        kept.data.astype(np.float32),
        (in_talks[at] & ~in_ratings[at]).astype(np.uint8),
        people[at].astype(np.int32),
        lift[at].astype(np.float32),
        known,
        tuple(sources),
    )


def matrix(entries: dict[tuple[int, int], float], rows: int, columns: int) -> sparse.csr_matrix:
    """(rows, columns) CSR float64 from (row, column) → value."""
    keys = np.array(list(entries), dtype=np.int64).reshape(-1, 2)
    values = np.array(list(entries.values()), dtype=np.float64)
    return sparse.csr_matrix((values, (keys[:, 0], keys[:, 1])), shape=(rows, columns))
