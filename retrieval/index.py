"""The index of one catalogue: vectors, words and a Chroma collection, derived and replaceable.

    <folder>/lock         held by the one process that writes
    <folder>/current      name of the generation that serves; replaced whole
    <folder>/gen-…/       a finished generation; `in-use` in it is held by every process that reads
    <folder>/tmp-…/       a generation being built; left by a killed build, removed by the next

A generation is built beside, checked by finding its own items, forced to disk and only then named
in `current`. Whatever happens before that, the old generation serves; what is not whole or not of
this catalogue, embedder and template is built again from the catalogue when it is opened.
"""

from __future__ import annotations

import logging
import os
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from retrieval.catalogue import Catalogue, Rows
from retrieval.chroma import ChromaStore
from retrieval.documents import digest, document
from retrieval.embeddings import Embedder, Vectors
from retrieval.lexical import Lexical
from retrieval.locks import Busy, Held, exclusive, held
from retrieval.manifest import Manifest, Stale, file_digest, ids_digest
from retrieval.stores import ExactStore, VectorStore

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with (items embedded, items to embed) while an index is built."""

_CHUNK = 256
"""So many texts are embedded before their vectors are cached."""

_CANARIES = 32
_WAIT = 900.0
"""Seconds to wait for another process that builds the same index."""


class VectorCache(Protocol):
    """Vectors by digest (`documents.digest`), so that no text is embedded twice.

    What it raises goes through `open_index`; what it has not got is embedded.
    """

    def cached_vectors(self, digests: Sequence[bytes]) -> dict[bytes, Vectors]:
        """Digest → (dimensions,) float32, for those that are kept."""
        ...

    def cache_vectors(self, found: Mapping[bytes, Vectors]) -> None:
        """Keep vectors."""
        ...


@dataclass(frozen=True)
class Index:
    """An open index.

    Attributes:
        store: vectors of all items by row.
        lexical: word search over the same rows.
        manifest: what it was built from.
        kept: False when it could not be written and lives in memory only.
        built: whether it was built by this opening.
    """

    store: VectorStore
    lexical: Lexical
    manifest: Manifest
    kept: bool = True
    built: bool = False
    in_use: Held | None = None

    def close(self) -> None:
        """Let go of files; a store that is still held goes on with what is in memory."""
        if isinstance(self.store, ChromaStore):
            self.store.close()
        if self.in_use is not None:
            self.in_use.close()


def open_index(
    folder: Path,
    catalogue: Catalogue,
    revision: str,
    embedder: Embedder,
    cache: VectorCache | None = None,
    progress: Progress | None = None,
    *,
    chroma: bool = True,
) -> Index:
    """The index of `catalogue` at `revision`, built first when it is missing, damaged or stale.

    Args:
        folder: of this catalogue's index alone; made if absent.
        catalogue: its rows become the index's rows.
        revision: changes whenever items or schema change.
        embedder: makes vectors; its name is part of what the index must match.
        cache: vectors made before.
        progress: see `Progress`; not called when nothing is built.
        chroma: whether a Chroma collection belongs to it.

    Where the disk is full or not writable, the index is built in memory, `kept` is False, and the
    next opening tries again.

    Raises:
        Busy: another process has been building for a quarter of an hour.
    """
    wanted = Manifest(
        catalogue.name, revision, ids_digest(catalogue), embedder.name, len(catalogue),
        embedder.dimensions, chroma=chroma,
    )  # fmt: skip
    try:
        return _load(folder, catalogue, wanted)
    except Stale as why:
        log.info("index of %s is built: %s", catalogue.name, why)
    vectors: Vectors | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with exclusive(folder / "lock", _WAIT):
            try:  # somebody else may have built it meanwhile
                return _load(folder, catalogue, wanted)
            except Stale:
                pass
            _sweep(folder)
            vectors = embedded(catalogue, embedder, cache, progress)
            _build(folder, catalogue, wanted, vectors)
            index = _load(folder, catalogue, wanted)
            _sweep(folder)
            return replace(index, built=True)
    except Busy:
        raise
    except (OSError, Stale) as error:
        log.warning("the index of %s cannot be kept, it stays in memory: %s", catalogue.name, error)
    if vectors is None:
        vectors = embedded(catalogue, embedder, cache, progress)
    return Index(ExactStore(vectors), Lexical.build(catalogue), wanted, kept=False, built=True)


def embedded(
    catalogue: Catalogue,
    embedder: Embedder,
    cache: VectorCache | None = None,
    progress: Progress | None = None,
) -> Vectors:
    """(items, dimensions) float32, from the cache where it has them, in catalogue order."""
    texts = [document(item, catalogue.schema) for item in catalogue.items]
    return vectors_of(texts, embedder, cache, progress)


def vectors_of(
    texts: Sequence[str],
    embedder: Embedder,
    cache: VectorCache | None = None,
    progress: Progress | None = None,
) -> Vectors:
    """(len(texts), dimensions) float32, from the cache where it has them; new ones go into it."""
    digests = [digest(embedder.name, text) for text in texts]
    vectors = np.zeros((len(texts), embedder.dimensions), dtype=np.float32)
    known = cache.cached_vectors(digests) if cache is not None else {}
    missing: list[int] = []
    for row, key in enumerate(digests):
        found = known.get(key)
        if found is not None and found.shape == vectors.shape[1:] and np.isfinite(found).all():
            vectors[row] = found
        else:
            missing.append(row)
    # Texts of like length together: a batch costs as much as its longest text.
    missing.sort(key=lambda row: len(texts[row]))
    if progress is not None and missing:
        progress(0, len(missing))
    for start in range(0, len(missing), _CHUNK):
        rows = missing[start : start + _CHUNK]
        made = embedder.embed([texts[row] for row in rows])
        vectors[rows] = made
        if cache is not None:
            cache.cache_vectors({digests[row]: made[at] for at, row in enumerate(rows)})
        if progress is not None:
            progress(start + len(rows), len(missing))
    return vectors


def _load(folder: Path, catalogue: Catalogue, wanted: Manifest) -> Index:
    """The generation named in `current`.

    Raises:
        Stale: there is none, it is damaged, or not the wanted one.
    """
    try:
        name = (folder / "current").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Stale(f"no generation is named current: {error}") from error
    generation = folder / Path(name).name
    manifest = Manifest.read(generation / "manifest.json")
    manifest.check(wanted)
    in_use: Held | None = None
    try:
        in_use = held(generation / "in-use", shared=True)
    except OSError as error:
        log.debug("%s cannot be marked as in use: %s", generation, error)
    try:
        return _opened(generation, catalogue, manifest, in_use)
    except (OSError, ValueError) as error:
        if in_use is not None:
            in_use.close()
        raise Stale(f"it is damaged: {error}") from error


def _opened(
    generation: Path, catalogue: Catalogue, manifest: Manifest, in_use: Held | None
) -> Index:
    for name, expected in (("vectors.npy", manifest.vectors), ("lexical.npz", manifest.lexical)):
        if file_digest(generation / name) != expected:
            raise ValueError(f"{name} is not the file that was written")
    vectors = np.load(generation / "vectors.npy", allow_pickle=False, mmap_mode="r")
    if vectors.shape != (manifest.count, manifest.dimensions):
        raise ValueError(f"vectors of shape {vectors.shape}")
    exact = ExactStore(vectors)
    lexical = Lexical.load(generation / "lexical.npz")
    store: VectorStore = exact
    if manifest.chroma:
        opened = ChromaStore.open(generation / "chroma", catalogue, exact)
        if not opened.finds(_sample(len(exact))):
            opened.close()
            raise ValueError("items do not find themselves in Chroma")
        store = opened
    return Index(store, lexical, manifest, in_use=in_use)


def _sample(count: int) -> Rows:
    """Rows spread over the catalogue, first and last among them."""
    return np.unique(np.linspace(0, max(count - 1, 0), min(count, _CANARIES)).astype(np.int32))


def _build(folder: Path, catalogue: Catalogue, wanted: Manifest, vectors: Vectors) -> None:
    """A new generation, whole and on disk, named current."""
    mark = uuid.uuid4().hex[:12]
    staged = folder / f"tmp-{mark}"
    staged.mkdir()
    try:
        with (staged / "vectors.npy").open("wb") as file:
            np.save(file, vectors, allow_pickle=False)
        Lexical.build(catalogue).save(staged / "lexical.npz")
        if wanted.chroma:
            ChromaStore.write(staged / "chroma", catalogue, vectors)
        manifest = replace(
            wanted,
            vectors=file_digest(staged / "vectors.npy"),
            lexical=file_digest(staged / "lexical.npz"),
        )
        manifest.write(staged / "manifest.json")
        _opened(staged, catalogue, manifest, None).close()
        _flush(staged)
        generation = folder / f"gen-{mark}"
        staged.rename(generation)
        _flush_folder(folder)
        pointer = folder / "current.tmp"
        with pointer.open("w", encoding="utf-8") as text:
            text.write(generation.name)
            text.flush()
            os.fsync(text.fileno())
        pointer.replace(folder / "current")
        _flush_folder(folder)
    except OSError:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    except ValueError as error:
        shutil.rmtree(staged, ignore_errors=True)
        raise Stale(f"what was just built is damaged: {error}") from error


def _flush(folder: Path) -> None:
    """Force every file below `folder` to disk."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        else:
            _flush_folder(path)
    _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere folders cannot be opened
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(folder: Path) -> None:
    """Remove what killed builds left and generations that nobody serves. Needs the lock."""
    try:
        current = (folder / "current").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        current = ""
    for path in folder.iterdir():
        if path.name.startswith("tmp-"):
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.startswith("gen-") and path.name != current:
            try:
                held(path / "in-use").close()
            except Busy:
                continue
            except OSError as error:
                log.debug("%s has no mark of use: %s", path, error)
            shutil.rmtree(path, ignore_errors=True)
