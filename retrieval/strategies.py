"""Ways to rank that a list may be made by: a small closed set, so that they can be compared.

A strategy changes weights and the dial, never a limit and never what a wish counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from retrieval.query import Query
from retrieval.rerank import Weights

STEADY = "steady"
"""The strategy of every list while nothing is tried out."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """One way to rank.

    Attributes:
        scale: field of `Weights` → what it is multiplied by.
        dial: added to the dial; the result stays between 0 and 1.
    """

    name: str
    scale: Mapping[str, float] = field(default_factory=dict)
    dial: float = 0.0


STRATEGIES: Mapping[str, Strategy] = {
    one.name: one
    for one in (
        Strategy(STEADY),
        # Near to what was liked, in more directions at once.
        Strategy("explore-adjacent", {"similar": 1.4, "known": 0.0}, dial=0.25),
        # What fewer people know, of those that fit.
        Strategy("fresh", {"known": -3.0, "quality": 0.7}),
        # What most people like, of those that fit.
        Strategy("crowd", {"known": 4.0, "quality": 2.5}),
    )
}
NAMES = tuple(STRATEGIES)


@lru_cache(maxsize=64)
def weights(base: Weights, name: str) -> Weights:
    """`base` as the strategy called `name` changes it.

    Raises:
        ValueError: there is no such strategy.
    """
    found = known(name)
    return replace(base, **{f: getattr(base, f) * by for f, by in found.scale.items()})


def adapted(query: Query) -> Query:
    """The query with the dial where its strategy puts it."""
    moved = known(query.strategy).dial
    if not moved:
        return query
    return replace(query, surprise=min(max(query.surprise + moved, 0.0), 1.0))


def known(name: str) -> Strategy:
    """The strategy called `name`.

    Raises:
        ValueError: there is none.
    """
    found = STRATEGIES.get(name)
    if found is None:
        raise ValueError(f"there is no strategy {name!r}; there are {', '.join(NAMES)}")
    return found


CONTEXT = ("always", "wishes", "likes", "dislikes", "shown", "dial", "limits")
"""What is known about a request when a strategy is chosen, in the order of `context`."""


def context(query: Query) -> NDArray[np.float64]:
    """(len(CONTEXT),) in [0, 1]: how much is asked, liked, disliked and shown already.

    >>> context(Query(surprise=0.5)).tolist()
    [1.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0]
    """

    def share(count: int, of: int) -> float:
        return min(count, of) / of

    asked = sum(wish.weight > 0 for wish in query.wishes)
    limits = query.constraints
    return np.array(
        [
            1.0,
            share(asked, 4),
            share(len(query.liked), 4),
            share(len(query.disliked), 4),
            share(len(limits.exclude), 20),
            query.surprise,
            share(len(limits.limits), 4),
        ]
    )
