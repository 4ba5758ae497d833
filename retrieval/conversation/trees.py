"""Boosted trees in numpy: arrays, scored all at once, without the library that grew them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.stores import Scores

log = logging.getLogger(__name__)

LEAVES = 16
"""Leaves that a tree has at most: one bit each."""

_ALL = (1 << LEAVES) - 1


def _lowest() -> NDArray[np.uint8]:
    """The lowest bit that is set, of every number of `LEAVES` bits."""
    numbers = np.arange(1 << LEAVES)
    bit = numbers & -numbers
    return np.where(numbers, np.log2(np.maximum(bit, 1)), 0).astype(np.uint8)


_LOWEST = _lowest()


@dataclass(frozen=True, slots=True)
class Trees:
    """Trees whose values add up. Leaves count from the left.

    Attributes:
        column, edge: (nodes,) a value above `edge` goes right.
        stay: (nodes,) bits of the leaves that can still be reached after going right.
        first: (trees,) where the nodes of each begin; every tree has one at least.
        leaves: (trees, `LEAVES`) values.
    """

    column: NDArray[np.int64]
    edge: NDArray[np.float32]
    stay: NDArray[np.uint16]
    first: NDArray[np.int64]
    leaves: NDArray[np.float32]

    @classmethod
    def none(cls) -> Trees:
        """No trees: every score is 0."""
        return cls(
            np.zeros(0, dtype=np.int64),
            np.zeros(0, dtype=np.float32),
            np.zeros(0, dtype=np.uint16),
            np.zeros(0, dtype=np.int64),
            np.zeros((0, LEAVES), dtype=np.float32),
        )

    def scores(self, table: NDArray[np.float32]) -> Scores:
        """(n,) sums over the trees; `table` (n, columns) holds no NaN."""
        if not self.first.size:
            return np.zeros(len(table), dtype=np.float32)
        # Every node of every tree is asked: branching costs more than it spares.
        right = np.ascontiguousarray(table.T)[self.column] > self.edge[:, None]
        kept = right.view(np.uint8).astype(np.uint16) - np.uint16(1)  # all bits, or none
        kept |= self.stay[:, None]
        reached = np.bitwise_and.reduceat(kept, self.first, axis=0)
        leaf = _LOWEST[reached] + LEAVES * np.arange(self.first.size)[:, None]
        return np.asarray(self.leaves.ravel().take(leaf).sum(axis=0), dtype=np.float32)


PARTS = tuple(field.name for field in fields(Trees))


def grown(structures: Sequence[Mapping[str, Any]]) -> Trees:
    """From trees as LightGBM dumps them ("tree_structure"); stumps without a split are left out,
    as they say the same of everything.
    """
    column: list[int] = []
    edge: list[float] = []
    stay: list[int] = []
    first: list[int] = []
    leaves: list[list[float]] = []

    def walk(node: Mapping[str, Any], values: list[float]) -> int:
        """Append nodes and leaves below `node`; bits of its leaves."""
        if "leaf_value" in node:
            values.append(float(node["leaf_value"]))
            return 1 << (len(values) - 1)
        at = len(column)
        column.append(int(node["split_feature"]))
        edge.append(float(node["threshold"]))
        stay.append(0)
        left = walk(node["left_child"], values)
        stay[at] = _ALL & ~left
        return left | walk(node["right_child"], values)

    for structure in structures:
        if "leaf_value" in structure:
            continue
        first.append(len(column))
        values: list[float] = []
        walk(structure, values)
        leaves.append(values + [0.0] * (LEAVES - len(values)))
    if not first:
        return Trees.none()
    return Trees(
        np.array(column, dtype=np.int64),
        _below(np.array(edge)),
        np.array(stay, dtype=np.uint16),
        np.array(first, dtype=np.int64),
        np.array(leaves, dtype=np.float32),
    )


def _below(edges: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest single-precision numbers that are not above `edges`: both sides stay apart."""
    near = edges.astype(np.float32)
    down = np.nextafter(near, np.float32(-np.inf))
    return np.where(near.astype(np.float64) > edges, down, near).astype(np.float32)


def grow(
    table: NDArray[np.float32],
    right: NDArray[np.bool_],
    sizes: Sequence[int],
    seed: int,
    rounds: int,
) -> Trees:
    """Trees that put what was right before the rest of its list (LambdaMART).

    Args:
        table: (n, columns) of the candidates of all lists, one list after the other.
        right: (n,) whether each was.
        sizes: candidates of each list.
        seed: of rows and columns left out by chance.
        rounds: trees.

    Returns:
        None at all where the library cannot be loaded, as on a system without OpenMP.
    """
    try:
        import lightgbm
    except (ImportError, OSError) as error:
        log.warning("no trees are grown, the best are not looked at twice: %s", error)
        return Trees.none()

    how = {
        "objective": "lambdarank",
        "lambdarank_truncation_level": 50,
        "learning_rate": 0.05,
        "num_leaves": LEAVES - 1,
        "min_data_in_leaf": 200,
        "lambda_l2": 10,
        "feature_fraction": 0.6,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "max_bin": 63,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbose": -1,
    }
    data = lightgbm.Dataset(table, right.astype(np.int32), group=list(sizes))
    model = lightgbm.train(how, data, rounds).dump_model()
    return grown([tree["tree_structure"] for tree in model["tree_info"]])
