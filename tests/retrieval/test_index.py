"""A derived index: built once, checked on load, never half there."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

import retrieval
from retrieval.catalogue import Catalogue
from retrieval.chroma import ChromaStore
from retrieval.embeddings import HashEmbedder, Vectors
from retrieval.index import Index, open_index
from retrieval.items import Item
from retrieval.locks import Busy, exclusive, held
from retrieval.schema import Schema
from retrieval.stores import ExactStore


class Cache:
    def __init__(self) -> None:
        self.kept: dict[bytes, Vectors] = {}

    def cached_vectors(self, digests: Sequence[bytes]) -> dict[bytes, Vectors]:
        return {d: self.kept[d] for d in digests if d in self.kept}

    def cache_vectors(self, found: Mapping[bytes, Vectors]) -> None:
        self.kept.update(found)


class Counting(HashEmbedder):
    def __init__(self, dimensions: int = 64) -> None:
        super().__init__(dimensions)
        self.texts = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts += len(texts)
        return super().embed(texts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def works(index: Index, catalogue: Catalogue) -> None:
    assert len(index.store) == len(catalogue) == len(index.lexical)
    for row in (0, len(catalogue) - 1):
        vector = index.store.vectors(np.array([row], dtype=np.int32))[0]
        assert index.store.search(vector, 1)[0].tolist() == [row]


def parts(folder: Path) -> list[str]:
    return sorted(p.name.split("-")[0] for p in folder.iterdir())


def test_it_is_built_once_and_loaded_afterwards(folder: Path, catalogue: Catalogue) -> None:
    embedder = Counting()
    steps: list[tuple[int, int]] = []
    first = open_index(folder, catalogue, "r1", embedder, progress=lambda *s: steps.append(s))
    works(first, catalogue)
    assert first.built and first.kept and isinstance(first.store, ChromaStore)
    assert steps[0] == (0, len(catalogue)) and steps[-1] == (len(catalogue), len(catalogue))
    first.close()
    again = open_index(folder, catalogue, "r1", embedder, progress=lambda *s: pytest.fail("built"))
    works(again, catalogue)
    assert not again.built and embedder.texts == len(catalogue)
    assert parts(folder) == ["current", "gen", "lock"]
    again.close()


def test_without_chroma_it_is_exact(folder: Path, catalogue: Catalogue) -> None:
    index = open_index(folder, catalogue, "r1", HashEmbedder(64), chroma=False)
    works(index, catalogue)
    assert isinstance(index.store, ExactStore)


@pytest.mark.parametrize("change", ["revision", "embedder", "items", "template"])
def test_what_is_stale_is_built_again(
    folder: Path, catalogue: Catalogue, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_index(folder, catalogue, "r1", HashEmbedder(64)).close()
    revision, embedder = "r1", HashEmbedder(64)
    if change == "revision":
        revision = "r2"
    elif change == "embedder":
        embedder = HashEmbedder(32)
    elif change == "items":
        items = [*catalogue.items[1:], Item("new", "New")]
        catalogue = Catalogue(catalogue.name, items, catalogue.schema)
    else:
        manifest = next(folder.glob("gen-*/manifest.json"))
        text = manifest.read_text().replace('"template": "', '"template": "0')
        manifest.write_text(text)
    index = open_index(folder, catalogue, revision, embedder)
    assert index.built
    works(index, catalogue)
    assert parts(folder) == ["current", "gen", "lock"]
    index.close()


def test_nothing_is_embedded_twice(folder: Path, catalogue: Catalogue) -> None:
    cache, embedder = Cache(), Counting()
    open_index(folder, catalogue, "r1", embedder, cache).close()
    one_more = Catalogue("films", [*catalogue.items, Item("x", "One more")], catalogue.schema)
    index = open_index(folder, one_more, "r2", embedder, cache)
    assert embedder.texts == len(catalogue) + 1
    works(index, one_more)
    index.close()


def test_a_cached_vector_of_another_shape_is_not_believed(
    folder: Path, catalogue: Catalogue
) -> None:
    cache, embedder = Cache(), Counting()
    open_index(folder, catalogue, "r1", embedder, cache, chroma=False)
    for key in list(cache.kept)[:3]:
        cache.kept[key] = np.full(64, np.nan, dtype=np.float32)
    works(open_index(folder, catalogue, "r2", embedder, cache, chroma=False), catalogue)
    assert embedder.texts == len(catalogue) + 3


@pytest.mark.parametrize(
    "damage",
    ["vectors.npy", "lexical.npz", "manifest.json", "chroma/chroma.sqlite3", "current", "gen"],
)
def test_what_is_damaged_is_built_again(folder: Path, catalogue: Catalogue, damage: str) -> None:
    open_index(folder, catalogue, "r1", HashEmbedder(64)).close()
    if damage == "gen":
        next(folder.glob("gen-*")).rename(folder / "gone")
    else:
        path = folder / damage if damage == "current" else next(folder.glob(f"gen-*/{damage}"))
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2 :] = b"\xff" * (len(raw) - len(raw) // 2)
        path.write_bytes(raw)
    index = open_index(folder, catalogue, "r1", HashEmbedder(64))
    assert index.built and index.kept
    works(index, catalogue)
    index.close()


@pytest.mark.parametrize("name", ["vectors.npy", "lexical.npz"])
def test_a_single_wrong_bit_is_noticed(folder: Path, catalogue: Catalogue, name: str) -> None:
    open_index(folder, catalogue, "r1", HashEmbedder(64), chroma=False)
    path = next(folder.glob(f"gen-*/{name}"))
    raw = bytearray(path.read_bytes())
    raw[-100] ^= 1
    path.write_bytes(raw)
    assert open_index(folder, catalogue, "r1", HashEmbedder(64), chroma=False).built


def test_a_graph_that_lost_items_is_built_again(folder: Path, catalogue: Catalogue) -> None:
    """The canary: the count is right, but an item no longer finds itself."""
    other = HashEmbedder(64).embed([str(n) for n in range(len(catalogue))])
    open_index(folder, catalogue, "r1", HashEmbedder(64)).close()
    chroma = next(folder.glob("gen-*/chroma"))
    chroma.rename(folder / "old")
    ChromaStore.write(chroma, catalogue, other)
    index = open_index(folder, catalogue, "r1", HashEmbedder(64))
    assert index.built
    works(index, catalogue)
    index.close()


def test_a_place_that_cannot_be_written_is_served_from_memory(
    tmp_path: Path, catalogue: Catalogue, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    index = open_index(tmp_path / "file" / "index", catalogue, "r1", HashEmbedder(64))
    assert not index.kept
    works(index, catalogue)
    assert "stays in memory" in caplog.text


def test_an_empty_catalogue_and_a_single_item(folder: Path, catalogue: Catalogue) -> None:
    for items in ([], [Item("x", "One")]):
        small = Catalogue("films", items, catalogue.schema)
        index = open_index(folder, small, f"r{len(items)}", HashEmbedder(64))
        assert index.kept and len(index.store) == len(items)
        index.close()


def test_a_generation_in_use_stays_until_it_is_let_go(folder: Path, catalogue: Catalogue) -> None:
    old = open_index(folder, catalogue, "r1", HashEmbedder(64))
    new = open_index(folder, catalogue, "r2", HashEmbedder(64))
    works(old, catalogue)
    assert parts(folder).count("gen") == 2
    old.close()
    new.close()
    open_index(folder, catalogue, "r3", HashEmbedder(64)).close()
    assert parts(folder).count("gen") == 1


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with exclusive(tmp_path / "lock", 0):
        with pytest.raises(Busy), exclusive(tmp_path / "lock", 0.1):
            pass
    held(tmp_path / "lock").close()
    readers = [held(tmp_path / "lock", shared=True) for _ in range(2)]
    with pytest.raises(Busy):
        held(tmp_path / "lock")
    for reader in readers:
        reader.close()


CHILD = """
import os, signal, sys
from pathlib import Path
from retrieval.catalogue import Catalogue
from retrieval.embeddings import HashEmbedder
from retrieval.index import open_index
from retrieval.items import Item
from retrieval.schema import Schema

folder, revision, moment = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

def die(*args, **more):
    os.kill(os.getpid(), signal.SIGKILL)

def after(count, real):
    left = [count]
    def call(*args, **more):
        left[0] -= 1
        if left[0] < 0:
            die()
        return real(*args, **more)
    return call

kind, _, count = moment.partition(":")
if kind == "fsync":
    os.fsync = after(int(count), os.fsync)
elif kind == "rename":
    os.rename = after(int(count), os.rename)
elif kind == "replace":
    os.replace = after(int(count), os.replace)
elif kind == "swapped":
    real = os.replace
    os.replace = lambda *a: (real(*a), die())
progress = (lambda done, total: done and die()) if kind == "embedding" else None
catalogue = Catalogue("things", [Item(f"i{n}", f"Thing {n}") for n in range(300)], Schema({}))
index = open_index(folder, catalogue, revision, HashEmbedder(32), progress=progress)
"""


def child(folder: Path, revision: str, moment: str) -> subprocess.CompletedProcess[str]:
    home = str(Path(retrieval.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(folder), revision, moment],
        env=os.environ | {"PYTHONPATH": home},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize(
    "moment", ["embedding", "fsync:0", "fsync:3", "rename:0", "replace:0", "swapped"]
)
def test_killed_while_building_the_old_one_or_a_new_one_serves(folder: Path, moment: str) -> None:
    things = Catalogue("things", [Item(f"i{n}", f"Thing {n}") for n in range(300)], Schema({}))
    embedder = HashEmbedder(32)
    open_index(folder, things, "r1", embedder).close()
    killed = child(folder, "r2", moment)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    if moment != "swapped":
        old = open_index(folder, things, "r1", embedder)
        assert not old.built, "the old index is whole"
        works(old, things)
        old.close()
    again = open_index(folder, things, "r2", embedder)
    assert again.kept and again.built == (moment != "swapped")
    works(again, things)
    again.close()
    assert set(parts(folder)) <= {"current", "current.tmp", "gen", "lock"}


def test_a_full_disk_leaves_the_old_index_and_serves_from_memory(
    folder: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_index(folder, catalogue, "r1", HashEmbedder(64)).close()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        index = open_index(folder, catalogue, "r2", HashEmbedder(64))
        assert not index.kept
        works(index, catalogue)
    assert not open_index(folder, catalogue, "r1", HashEmbedder(64)).built
    assert "tmp" not in parts(folder)
