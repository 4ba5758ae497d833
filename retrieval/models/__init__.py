"""Models of what the same people like, each in its own file, behind `contract.Learned`.

`learned` and `restored` are all that others need; nothing heavy is imported before they are called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

import numpy as np

from retrieval.arrays import Arrays, read, write
from retrieval.models.contract import Learned, Likes

FORMAT = 1

_HOMES: Mapping[str, tuple[str, str, str]] = {
    "ease": ("linear", "learn_ease", "Linear"),
    "items": ("linear", "learn_items", "Linear"),
    "als": ("factors", "learn_als", "Factors"),
    "bpr": ("factors", "learn_bpr", "Factors"),
    "people": ("people", "learn_people", "People"),
    "propagation": ("propagation", "learn_propagation", "Propagation"),
    "lightgcn": ("lightgcn", "learn_lightgcn", "LightGCN"),
    "sequence": ("sequence", "learn_sequence", "Sequence"),
    "popularity": ("popular", "learn_popularity", "Popular"),
    "blend": ("blend", "learn_blend", "Blend"),
}
"""Name → module, function that learns, class that serves."""

NAMES = tuple(_HOMES)
"""What can be learned; every one is described in its file."""


def learned(name: str, likes: Likes, rng: np.random.Generator) -> Learned:
    """The model of this name with its usual settings.

    Raises:
        ValueError: there is no such model, or nobody likes anything.
    """
    module, function, _ = _home(name)
    if not likes.matrix.nnz:
        raise ValueError("nobody likes anything: there is nothing to learn from")
    learn: Callable[[Likes, np.random.Generator], Learned] = getattr(
        import_module(f"retrieval.models.{module}"), function
    )
    return learn(likes, rng)


def kept(path: Path, name: str, model: Learned, **more: np.ndarray) -> None:
    """Write a model to an `.npz` without pickles; `more` arrays are kept beside."""
    mine = {f"model.{key}": value for key, value in model.arrays().items()}
    head = {"format": np.array(FORMAT), "name": np.array(name)}
    write(path, head | mine | more, compress=True)


def restored(path: Path) -> tuple[str, Learned, Arrays]:
    """(name, model, all arrays of the file) of what `kept` wrote.

    Raises:
        OSError, ValueError: the file is missing, damaged or of another format.
    """
    file = read(path)
    if int(file.get("format", np.array(0))) != FORMAT or "name" not in file:
        raise ValueError(f"{path} does not hold a model of format {FORMAT}")
    name = str(file["name"])
    try:
        return name, rebuilt(name, _within(file, "model.")), file
    except KeyError as error:
        raise ValueError(f"{path} is damaged: {error} is missing") from None


def rebuilt(name: str, arrays: Arrays) -> Learned:
    """A model from its own arrays; raises ValueError for an unknown name, KeyError for gaps."""
    module, _, kind = _home(name)
    model: Learned = getattr(import_module(f"retrieval.models.{module}"), kind).restored(arrays)
    return model


def _within(file: Arrays, prefix: str) -> Arrays:
    return {k.removeprefix(prefix): v for k, v in file.items() if k.startswith(prefix)}


def _home(name: str) -> tuple[str, str, str]:
    found = _HOMES.get(name)
    if found is None:
        raise ValueError(f"there is no model {name!r}: choose one of {', '.join(NAMES)}")
    return found
