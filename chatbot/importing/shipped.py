"""Brings a catalogue that we ship into the database, and a newer release of it later.

What the operator did stays: items of their own, items of ours that they changed or deleted, and
facets that they added. What they left alone follows the release. A catalogue that they made under
the name of one of ours is theirs alone.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import resources
from importlib.resources.abc import Traversable

import numpy as np

from chatbot.errors import InputError
from chatbot.importing.rows import item_from
from chatbot.importing.schemas import schema_of
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.writing import data_of
from retrieval.embeddings import Vectors, normalised
from retrieval.items import Item
from retrieval.schema import Schema


def ensure_shipped(store: CatalogueStore, name: str, *, root: Traversable | None = None) -> bool:
    """Import the shipped catalogue `name` unless the database already holds this release of it.

    Args:
        name: the folder's name.
        root: folder of catalogues; the package `catalogues` unless given.

    Returns:
        Whether anything was imported. False too where we ship no catalogue of that name.

    Raises:
        InputError: the shipped files are damaged.
        StorageError: see `Database.write`.
    """
    folder = (root or resources.files("catalogues")).joinpath(name)
    if not name.isidentifier() or not folder.joinpath("items.jsonl").is_file():
        return False
    noted = store.noted(_key(name))
    if noted is None and name in store.names():
        return False  # the operator's own catalogue happens to have the name of one of ours
    pages = _ensure_pages(store, name, folder)
    digest = _digest(folder)
    before: Mapping[str, str] = {}
    if noted is not None:
        memory = json.loads(noted)
        if memory["digest"] == digest and name in store.names():
            return pages
        before = memory["items"]
    schema = _schema(folder)
    ours = {item.id: item for item in _items(folder, schema)}
    changed, deleted = _merge(store, name, ours, before)
    if name in store.names():
        schema = _extended(schema, store.schema(name))
    prints = {item.id: _print(item) for item in ours.values()}
    with store.writing() as writer:
        writer.delete_items(name, deleted)
        writer.put_items(name, changed)
        writer.put_schema(name, schema)
        writer.note(_key(name), json.dumps({"digest": digest, "items": prints}))
    return True


def _ensure_pages(store: CatalogueStore, name: str, folder: Traversable) -> bool:
    """Store the help pages of a shipped catalogue (`knowledge/`); follow them in later releases.

    Pages that the operator imported or wrote stand beside ours. A passage of ours that the operator
    changed stays changed until a release changes its file.
    """
    pages = folder.joinpath("knowledge")
    if not pages.is_dir():
        return False
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(pages.iterdir(), key=lambda f: f.name):
        if file.is_file() and not file.name.startswith("."):
            digest.update(f"{file.name}\0".encode() + file.read_bytes())
    key = f"pages:{name}"
    if store.noted(key) == digest.hexdigest():
        return False
    from chatbot.knowledge.importer import import_knowledge
    from chatbot.knowledge.store import KnowledgeStore

    with resources.as_file(pages) as path:
        report = import_knowledge(KnowledgeStore(store.database), name, [path], check=False)
    if report.refused:
        raise InputError(
            f"{report.problems[0].source}: {report.problems[0].what}",
            hint="Install Sommelier again.",
        )
    with store.writing() as writer:
        writer.note(key, digest.hexdigest())
    return True


def _merge(
    store: CatalogueStore, name: str, ours: Mapping[str, Item], before: Mapping[str, str]
) -> tuple[list[Item], list[str]]:
    """Items to write and ids to delete. `before` maps the ids of the last release to prints."""
    stored = store.stored(name, list({*ours, *before}))
    first = name not in store.names()

    def untouched(item_id: str) -> bool:
        return item_id in stored and _print(stored[item_id]) == before.get(item_id)

    changed = [
        item
        for item in ours.values()
        if first or untouched(item.id) or (item.id not in stored and item.id not in before)
    ]
    deleted = [item_id for item_id in before if item_id not in ours and untouched(item_id)]
    return changed, deleted


def _extended(schema: Schema, stored: Schema) -> Schema:
    """Our schema with the facets that only the stored one has."""
    return replace(schema, facets={**stored.facets, **schema.facets})


def _digest(folder: Traversable) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for file in ("items.jsonl", "schema.toml"):
        if folder.joinpath(file).is_file():
            digest.update(folder.joinpath(file).read_bytes())
    return digest.hexdigest()


def _schema(folder: Traversable) -> Schema:
    file = folder.joinpath("schema.toml")
    try:
        return schema_of(tomllib.loads(file.read_text(encoding="utf-8")), where=str(file))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read as a schema: {error}.") from error


def _items(folder: Traversable, schema: Schema) -> Iterator[Item]:
    file = folder.joinpath("items.jsonl")
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield item_from(json.loads(line), schema)
            except ValueError as error:  # RowError and broken JSON alike
                raise InputError(
                    f"{file}, line {number}: {error}.", hint="Install Sommelier again."
                ) from error


def _key(name: str) -> str:
    return f"shipped:{name}"


def _print(item: Item) -> str:
    text = f"{item.id}\0{item.title}\0{data_of(item)}"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def shipped_vectors(name: str) -> Mapping[bytes, Vectors]:
    """Digest (`retrieval.documents.digest`) → vector, for shipped texts embedded beforehand.

    They spare the first start its minute of embedding. A text that has changed since has another
    digest and is embedded as usual. Stored as float16: a cosine moves by less than 0.001.
    """
    file = resources.files("catalogues").joinpath(name).joinpath("vectors.npz")
    if not name.isidentifier() or not file.is_file():
        return {}
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
        vectors = normalised(kept["vectors"].astype(np.float32))
        return {bytes(key): row for key, row in zip(kept["digests"], vectors, strict=True)}
