"""Values on their way into the database, kept in an unnamed temporary file.

Reading and checking take as long as they take; the database is locked only while what is ready is
written. The file has no name, so a killed import leaves nothing behind.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Generic, Self, TypeVar

T = TypeVar("T")


class Staged(Generic[T]):
    """A list too long for memory: appended to, then read as often as needed."""

    def __init__(
        self,
        folder: Path | None,
        encode: Callable[[T], object],
        decode: Callable[[list[object]], T],
    ) -> None:
        self._file: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8", dir=folder)
        self._encode = encode
        self._decode = decode
        self.count = 0

    def append(self, value: T) -> None:
        """Keep one more value."""
        self._file.write(json.dumps(self._encode(value), ensure_ascii=False) + "\n")
        self.count += 1

    def __iter__(self) -> Iterator[T]:
        self._file.seek(0)
        for line in self._file:
            yield self._decode(json.loads(line))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
