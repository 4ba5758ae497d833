"""What an index directory says about itself, and whether to believe it."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from retrieval.catalogue import Catalogue
from retrieval.documents import TEMPLATE

FORMAT = 1


class Stale(Exception):
    """The index is missing, damaged or of something else than wanted; the text says which."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was built from, and the sums of its files.

    Attributes:
        format: of the directory.
        catalogue, revision: whose items; a revision changes with every change of items or schema.
        ids: sha256 over the item ids in row order.
        embedder, template: what vectors were made with, see `Embedder.name`, `documents.TEMPLATE`.
        count, dimensions: shape of the vectors.
        vectors, lexical: sha256 of the files of that name.
        chroma: whether there is a Chroma collection beside them.
    """

    catalogue: str
    revision: str
    ids: str
    embedder: str
    count: int
    dimensions: int
    vectors: str = ""
    lexical: str = ""
    chroma: bool = True
    template: str = TEMPLATE
    format: int = FORMAT

    def write(self, path: Path) -> None:
        """To a file, which is on disk when this returns."""
        with path.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file, indent=1)
            file.flush()
            os.fsync(file.fileno())

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """From a file.

        Raises:
            Stale: it is missing, damaged or of another format.
        """
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            if raw["format"] != FORMAT:
                raise Stale(f"its format is {raw['format']}, not {FORMAT}")
            return cls(**raw)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Stale(f"its manifest cannot be read: {error}") from error

    def check(self, wanted: Manifest) -> None:
        """Compare with what is wanted, sums of files aside.

        Raises:
            Stale: they differ; the text names the first field that does.
        """
        for name in ("catalogue", "revision", "ids", "embedder", "template", "count", "chroma"):
            mine, theirs = getattr(self, name), getattr(wanted, name)
            if mine != theirs:
                raise Stale(f"its {name} is {mine!r}, not {theirs!r}")


def ids_digest(catalogue: Catalogue) -> str:
    """See `Manifest.ids`."""
    digest = hashlib.sha256()
    for item in catalogue.items:
        digest.update(item.id.encode() + b"\0")
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
