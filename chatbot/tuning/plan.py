"""How an adapter is trained, what came of it, and where it is put."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from chatbot.errors import InputError

T = TypeVar("T")

Progress = Callable[[str, int, int], None]

FEWEST = 20
"""Examples below which nothing is learned."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How hard to train.

    Attributes:
        rank: of the low-rank matrices.
        epochs: times every example is seen.
        rate: highest learning rate; it rises over a tenth of the steps and then falls to nothing.
        batch: examples a step.
        longest: tokens of an example; longer ones are left out.
        seed: of every random choice.
    """

    rank: int = 16
    epochs: int = 2
    rate: float = 2e-4
    batch: int = 8
    longest: int = 6144
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Tuned:
    """What came of a training: a figure on examples kept out of it, before and after.

    Attributes:
        kind: "reader" or "encoder".
        base: the model that was adapted.
        examples: how many were learned from; `held` were kept out, `left_out` were too long.
        measure: what the figure is; lower is better for a loss.
        path: the adapter's folder; None where it was no better and nothing was written.
    """

    kind: str
    base: str
    examples: int
    held: int
    left_out: int
    measure: str
    before: float
    after: float
    path: Path | None


def apart(
    found: Sequence[T], of: Callable[[T], Hashable], seed: int, share: float = 0.1
) -> tuple[list[T], list[T]]:
    """(to learn from, to check on): whole conversations (`of`) go to one side.

    Raises:
        InputError: they are too few, or all from one conversation.
    """
    names = list(dict.fromkeys(of(one) for one in found))
    if len(found) < FEWEST or len(names) < 2:
        raise InputError(
            f"there are {len(found)} examples from {len(names)} conversations; "
            f"{FEWEST} from several are needed.",
            hint="Let people use it, import conversations, or give a file with --from.",
        )
    order = np.random.default_rng(seed).permutation(len(names))
    kept_out = {names[at] for at in order[: max(1, round(share * len(names)))]}
    return (
        [one for one in found if of(one) not in kept_out],
        [one for one in found if of(one) in kept_out],
    )


def rate_at(step: int, steps: int, highest: float) -> float:
    """The learning rate of a step, 0-based.

    >>> [round(rate_at(s, 10, 1.0), 2) for s in (0, 1, 9)]
    [1.0, 1.0, 0.11]
    """
    rise = max(1, steps // 10)
    return highest * min(1.0, (step + 1) / rise) * min(1.0, (steps - step) / max(1, steps - rise))


def put(partial: Path, target: Path, tuned: Tuned) -> None:
    """Put a finished adapter in place, whole, with a note of how it came to be."""
    note = {key: str(v) if isinstance(v, Path) else v for key, v in asdict(tuned).items()}
    note.pop("path")
    (partial / "tuned.json").write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")
    former = target.with_name(target.name + ".former")
    if former.exists():
        shutil.rmtree(former)
    if target.exists():
        target.rename(former)
    partial.rename(target)
    if former.exists():
        shutil.rmtree(former)


def empty(target: Path) -> Path:
    """An empty folder beside `target` to write to."""
    partial = target.with_name(target.name + ".partial")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(parents=True)
    return partial
