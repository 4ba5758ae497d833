"""Sentence vectors kept in a file between runs of a benchmark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from retrieval.embeddings import Vectors


class Kept:
    """A `retrieval.index.VectorCache` in one file; without a path it forgets.

    Args:
        path: of the `.npz` file, made by `save`.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._found: dict[bytes, Vectors] = {}
        if path is not None and path.is_file():
            with np.load(path, allow_pickle=False) as stored:
                # A whole array at once: taken one by one the file is read again for each.
                keys, vectors = stored["keys"], stored["vectors"]
            self._found = {bytes(k): v for k, v in zip(keys, vectors, strict=True)}

    @classmethod
    def of(cls, arguments: Sequence[str]) -> Kept:
        """As `--cache FILE` asks."""
        where = arguments[arguments.index("--cache") + 1] if "--cache" in arguments else ""
        return cls(Path(where) if where else None)

    def cached_vectors(self, digests: Sequence[bytes]) -> dict[bytes, Vectors]:
        """See `VectorCache`."""
        return {d: self._found[d] for d in digests if d in self._found}

    def cache_vectors(self, found: Mapping[bytes, Vectors]) -> None:
        """See `VectorCache`."""
        self._found.update(found)

    def save(self) -> None:
        """Write the file."""
        if self._path is not None and self._found:
            keys = np.array([np.frombuffer(k, dtype=np.uint8) for k in self._found])
            np.savez(self._path, keys=keys, vectors=np.stack(list(self._found.values())))
