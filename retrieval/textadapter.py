"""A linear adapter on top of frozen sentence vectors: a request is turned towards what was chosen
after such words, items stay where they are.

    u' = u + diagonal * u + (u @ down) @ up

By itself the diagonal is the weighted cosine f(u, v) = cos(u, v) + sum of a_i u_i v_i; `down` and
`up` are of low rank. Only the request's vector changes, so an index of item vectors serves as it
is, and its candidates profit too. Learned by `retrieval.textfit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.arrays import packed, read, unpacked, write
from retrieval.bilingual import HAN
from retrieval.embeddings import Vectors, normalised

Floats = NDArray[np.float32]

FORMAT = 1


class TextMap(Protocol):
    """What happens to the vectors of requests before items are compared with them."""

    @property
    def embedder(self) -> str:
        """Name of the embedder whose vectors it takes."""
        ...

    def reads(self, text: str) -> bool:
        """Whether it has learned from words in the script of `text`."""
        ...

    def turned(self, vectors: Vectors) -> Vectors:
        """(…, dimensions) of unit length, from vectors of requests; zeros stay zeros."""
        ...


@dataclass(frozen=True)
class TextAdapter:
    """A learned `TextMap`. Arrays are never changed; safe to share between threads.

    Attributes:
        embedder: name of the one that made the vectors it was learned from.
        diagonal: (dimensions,); zeros where only the low-rank part was learned.
        down, up: (dimensions, rank) and (rank, dimensions); rank 0 = the diagonal alone.
        chinese: whether Chinese words were among those it was learned from.
    """

    embedder: str
    diagonal: Floats
    down: Floats
    up: Floats
    chinese: bool = False

    @property
    def rank(self) -> int:
        """Of the low-rank part."""
        return int(self.down.shape[1])

    def reads(self, text: str) -> bool:
        """See `TextMap.reads`."""
        return self.chinese or not HAN.search(text)

    def turned(self, vectors: Vectors) -> Vectors:
        """See `TextMap.turned`."""
        rows = np.atleast_2d(vectors)
        moved = rows + rows * self.diagonal + (rows @ self.down) @ self.up
        return normalised(np.asarray(moved, dtype=np.float32)).reshape(vectors.shape)

    def save(self, path: Path) -> None:
        """Write to an `.npz` without pickles, in half precision."""
        arrays: dict[str, NDArray[Any]] = {
            "format": np.array(FORMAT),
            "embedder": packed([self.embedder]),
            "chinese": np.array(self.chinese),
        }
        for name in ("diagonal", "down", "up"):
            arrays[name] = getattr(self, name).astype(np.float16)
        write(path, arrays, compress=True)

    @classmethod
    def load(cls, path: Path) -> TextAdapter:
        """Read what `save` wrote.

        Raises:
            OSError, ValueError: the file is missing, damaged or of another format.
        """
        file = read(path)
        try:
            if file["format"] != FORMAT:
                raise ValueError(f"{path} does not hold an adapter of format {FORMAT}")
            diagonal, down, up = (
                file[name].astype(np.float32) for name in ("diagonal", "down", "up")
            )
            embedder, chinese = unpacked(file["embedder"])[0], bool(file["chinese"])
        except (KeyError, IndexError) as error:
            raise ValueError(f"{path} lacks {error}") from error
        size = diagonal.shape[0] if diagonal.ndim == 1 else -1
        if down.shape[::-1] != up.shape or down.ndim != 2 or len(down) != size:
            raise ValueError(f"{path} holds arrays that do not fit together")
        if not all(np.isfinite(part).all() for part in (diagonal, down, up)):
            raise ValueError(f"{path} holds values that are not finite")
        return cls(embedder, diagonal, down, up, chinese)
