"""Arrays on disk: `.npz` files without pickles, and texts inside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]


def write(path: Path, arrays: Arrays, *, compress: bool = False) -> None:
    """Write named arrays to `path`; none may hold objects."""
    save: Any = np.savez_compressed if compress else np.savez
    with path.open("wb") as file:
        save(file, allow_pickle=False, **arrays)


def read(path: Path) -> dict[str, NDArray[Any]]:
    """Every array of a file that `write` made.

    Raises:
        OSError: it is missing or cannot be read.
        ValueError: it is damaged.
    """
    with path.open("rb") as file:
        try:
            with np.load(file, allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        except (BadZipFile, EOFError, KeyError) as error:
            raise ValueError(f"{path} is damaged: {error}") from error


def packed(texts: Sequence[str]) -> NDArray[np.uint8]:
    """Texts without line breaks as bytes.

    >>> unpacked(packed(["é", "b"])), unpacked(packed([]))
    (['é', 'b'], [])
    """
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def unpacked(raw: NDArray[Any]) -> list[str]:
    """What `packed` packed."""
    return raw.tobytes().decode().split("\n") if raw.size else []
