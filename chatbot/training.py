"""From what is stored to learned weights: reads the database, writes files that can be thrown away.

What is learned lives in `<data dir>/models/<catalogue>/` and wins over what ships.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from chatbot.conversation import learn_conversation
from chatbot.errors import InputError
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore, Interaction
from chatbot.storage.sessions import Feedback
from retrieval.catalogue import Catalogue
from retrieval.collaborative import ItemWeights
from retrieval.embeddings import Embedder
from retrieval.quality import Quality, recorded, shipped
from retrieval.training import MOST, Judgements, learn, matrix

WEIGHTS = "collaborative.npz"


@dataclass(frozen=True, slots=True)
class Learned:
    """What a training found, for the report. `talks` conversations taught the ranking that reads
    them, 0 where they are too few.
    """

    items: int
    people: int
    dialogues: int
    weights: int
    reasons: int
    path: Path
    talks: int = 0


def trained_path(settings: Settings, name: str) -> Path:
    """Where the learned weights of a catalogue lie."""
    return settings.data_dir / "models" / name / WEIGHTS


def load_weights(
    settings: Settings, name: str, catalogue: Catalogue
) -> tuple[ItemWeights | None, Quality | None]:
    """Learned weights and ratings: what `train` wrote, else what ships, else nothing.

    A damaged trained file is as good as none: it can be learned again.
    """
    trained = trained_path(settings, name)
    if trained.is_file():
        try:
            return ItemWeights.load(trained, catalogue), _quality(trained, catalogue)
        except (OSError, ValueError):
            trained.rename(trained.with_suffix(".damaged"))
    file = resources.files("catalogues").joinpath(name).joinpath(WEIGHTS)
    if not name.isidentifier() or not file.is_file():
        return None, None
    with ExitStack() as stack:
        path = stack.enter_context(resources.as_file(file))
        return ItemWeights.load(path, catalogue), _quality(path, catalogue)


def _quality(path: Path, catalogue: Catalogue) -> Quality:
    own = recorded(catalogue)
    return own if not np.isnan(own.rating).all() else shipped(path, catalogue)


def train(
    settings: Settings,
    store: CatalogueStore,
    name: str,
    feedback: Iterable[Feedback],
    progress: Callable[[str, int, int], None],
    embedder: Embedder | None = None,
) -> Learned:
    """Learn the collaborative weights of a catalogue from everything stored about it, and with an
    `embedder` also the ranking that reads conversations.

    Raises:
        InputError: nobody has liked anything yet.
        NotFoundError: there is no such catalogue.
    """
    catalogue = store.load(name)
    progress("read", 0, 3)
    likes, ratings, people = _ratings(store.interactions(name), catalogue)
    talk_liked, talk_disliked, talks = _talks(store.dialogues(name), feedback, catalogue)
    if not likes and not talk_liked:
        raise InputError(
            f"there is nothing to learn from for {name!r} yet.",
            hint="Import interactions or conversations, or let people use it.",
        )
    columns = _columns([likes, talk_liked], len(catalogue))
    place = {row: at for at, row in enumerate(columns)}

    def shaped(entries: Mapping[tuple[int, int], float], rows: int) -> object:
        inside = {(p, place[i]): v for (p, i), v in entries.items() if i in place}
        return matrix(inside, rows, len(columns))

    rated = {key: 1.0 for key in ratings}
    said = Judgements(
        liked=shaped(likes, people),
        rated=shaped(rated, people),
        talk_liked=shaped(talk_liked, talks),
        talk_disliked=shaped(talk_disliked, talks),
        ratings=shaped(ratings, people),
    )
    progress("learn", 1, 3)
    ids = [catalogue.items[row].id for row in columns]
    neighbours = learn(ids, said)
    progress("write", 2, 3)
    path = trained_path(settings, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name("partial.npz")
    neighbours.save(
        partial,
        rating_sum=np.asarray(said.ratings.sum(axis=0)).ravel().astype(np.float32),
        rating_count=np.asarray(said.rated.sum(axis=0)).ravel().astype(np.float32),
    )
    partial.replace(path)
    progress("write", 3, 3)
    found = Learned(
        len(columns),
        people,
        talks,
        int(neighbours.data.size),
        int((neighbours.people > 0).sum()),
        path,
        learn_conversation(settings, store, name, embedder, progress) if embedder else 0,
    )
    note = {"catalogue": name, "items": found.items, "people": people, "dialogues": talks}
    path.with_suffix(".json").write_text(json.dumps(note) + "\n", encoding="utf-8")
    return found


_Entries = dict[tuple[int, int], float]


def _ratings(
    interactions: Iterable[Interaction], catalogue: Catalogue
) -> tuple[_Entries, _Entries, int]:
    """(likes, ratings, number of people). A like is a rating in the upper quarter of the scale,
    or any interaction where all ratings are the same.
    """
    users: dict[str, int] = {}
    ratings: _Entries = {}
    for one in interactions:
        row = catalogue.row_of.get(one.item)
        if row is not None:
            ratings[users.setdefault(one.user, len(users)), row] = one.rating
    if not ratings:
        return {}, {}, 0
    low, high = min(ratings.values()), max(ratings.values())
    edge = low + 0.7 * (high - low)
    return {key: 1.0 for key, value in ratings.items() if value >= edge}, ratings, len(users)


def _talks(
    dialogues: Iterable[Mapping[str, object]],
    feedback: Iterable[Feedback],
    catalogue: Catalogue,
) -> tuple[_Entries, _Entries, int]:
    """(liked, disliked, number of conversations), from past conversations and from feedback."""
    liked: _Entries = {}
    disliked: _Entries = {}
    count = 0
    for dialogue in dialogues:
        for key, into in (("liked", liked), ("disliked", disliked)):
            for item in _texts(dialogue.get(key)):
                row = catalogue.row_of.get(item)
                if row is not None:
                    into[count, row] = 1.0
        count += 1
    sessions: dict[str, int] = {}
    for entry in feedback:
        row = catalogue.row_of.get(entry.item)
        if row is None or entry.verdict == "seen":
            continue
        number = sessions.setdefault(entry.session, count + len(sessions))
        (disliked if entry.verdict == "dislike" else liked)[number, row] = 1.0
    return liked, disliked, count + len(sessions)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list | tuple):
        yield from (str(v) for v in value)


def _columns(entries: Iterable[_Entries], items: int) -> list[int]:
    """Rows that somebody liked, the most liked where there are too many, ascending."""
    counts = np.zeros(items, dtype=np.int64)
    for found in entries:
        for _, row in found:
            counts[row] += 1
    rows = np.flatnonzero(counts)
    if rows.size > MOST:
        rows = rows[np.argsort(-counts[rows], kind="stable")[:MOST]]
    return sorted(int(row) for row in rows)
