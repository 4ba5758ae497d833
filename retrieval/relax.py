"""What to give up when nothing fits. Pure: masks in, limits out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from retrieval.catalogue import Catalogue, Mask
from retrieval.constraints import Constraints, Limit


def relaxed(catalogue: Catalogue, constraints: Constraints) -> tuple[Mask, tuple[Limit, ...]]:
    """The rows that may be shown and the requirements given up to have any, in order.

    Relaxing happens only when not a single item fits; a short list is an honest answer. The
    weakest requirement goes first; among equals numbers before categories before people, then the
    order in which they were said. A requirement whose return leaves something is taken back, so
    nothing is given up in vain. Prohibitions and `exclude` are never given up: if they alone leave
    nothing, the mask is empty and no limit is named.
    """
    kept = np.ones(len(catalogue), dtype=np.bool_)
    kept &= ~catalogue.among(constraints.exclude)
    requirements: list[tuple[Limit, Mask]] = []
    for limit in constraints.limits:
        mask = catalogue.matching(limit)
        if limit.mode == "forbid":
            kept &= mask
        else:
            requirements.append((limit, mask))
    everything = kept.copy()
    for _, mask in requirements:
        everything &= mask
    if everything.any() or not kept.any():
        return everything, ()
    return _give_up(kept, requirements, firmness(catalogue))


def firmness(catalogue: Catalogue) -> Callable[[Limit], tuple[float, int]]:
    """Orders requirements from the first to the last to be given up."""
    people = frozenset((*catalogue.schema.people(), "person"))

    def key(limit: Limit) -> tuple[float, int]:
        kind = 0 if limit.interval is not None else 2 if limit.facet in people else 1
        return limit.strength, kind

    return key


def _give_up(
    kept: Mask, requirements: list[tuple[Limit, Mask]], key: Callable[[Limit], tuple[float, int]]
) -> tuple[Mask, tuple[Limit, ...]]:
    order = sorted(range(len(requirements)), key=lambda i: key(requirements[i][0]))

    def under(dropped: list[int]) -> Mask:
        mask = kept.copy()
        for i, (_, match) in enumerate(requirements):
            if i not in dropped:
                mask &= match
        return mask

    dropped: list[int] = []
    for i in order:
        dropped.append(i)
        if under(dropped).any():
            break
    for i in reversed(dropped[:-1]):
        without = [j for j in dropped if j != i]
        if under(without).any():
            dropped = without
    return under(dropped), tuple(requirements[i][0] for i in dropped)
