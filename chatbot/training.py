"""From what is stored to learned weights: reads the database, writes files that can be thrown away.

What is learned lives in `<data dir>/models/<catalogue>/` and wins over what ships.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import numpy as np

from chatbot.conversation import learn_conversation
from chatbot.errors import InputError
from chatbot.likes import Gathered, gathered
from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.people import StoredPeople
from chatbot.storage.sessions import Feedback
from chatbot.wording import Worded, learn_text
from retrieval.arrays import packed, unpacked
from retrieval.catalogue import Catalogue
from retrieval.collaborative import CollaborativeModel, ItemWeights
from retrieval.embeddings import Embedder, Remembering
from retrieval.groups import Groups, learn_groups
from retrieval.models import NAMES, kept, learned, restored
from retrieval.models.served import Served
from retrieval.quality import Quality, recorded, shipped
from retrieval.training import learn

log = logging.getLogger(__name__)

WEIGHTS = "collaborative.npz"
MODEL = "model.npz"
GROUPS = "groups.npz"
DEFAULT = "blend"
"""The model that `train` learns unless another is named: the best on held-out people, with many
likes and with three; see `benchmarks/results/interactions.json`."""

ITEM_WEIGHTS = "weights"
"""The item weights alone; they are learned in any case, to know the people behind a reason."""

MODELS = (*NAMES, ITEM_WEIGHTS)

SEED = 1


@dataclass(frozen=True, slots=True)
class Learned:
    """What a training found, for the report. `talks` conversations taught the ranking that reads
    them, 0 where they are too few; `groups` kinds of people showed what they like;
    `worded` is what the adapter of requests in words learned, None where that was too little.
    """

    items: int
    people: int
    dialogues: int
    weights: int
    reasons: int
    path: Path
    talks: int = 0
    model: str = DEFAULT
    groups: int = 0
    worded: Worded | None = None


def trained_path(settings: Settings, name: str) -> Path:
    """Where the learned weights of a catalogue lie."""
    return settings.data_dir / "models" / name / WEIGHTS


def load_weights(
    settings: Settings, name: str, catalogue: Catalogue
) -> tuple[CollaborativeModel | None, Quality | None]:
    """Learned weights and ratings: what `train` wrote, else what ships, else nothing.

    A damaged trained file is as good as none: it can be learned again.
    """
    trained = trained_path(settings, name)
    if trained.is_file():
        try:
            weights = ItemWeights.load(trained, catalogue)
            return _model(trained, catalogue, weights), _quality(trained, catalogue)
        except (OSError, ValueError):
            trained.rename(trained.with_suffix(".damaged"))
    file = resources.files("catalogues").joinpath(name).joinpath(WEIGHTS)
    if not name.isidentifier() or not file.is_file():
        return None, None
    with ExitStack() as stack:
        path = stack.enter_context(resources.as_file(file))
        return ItemWeights.load(path, catalogue), _quality(path, catalogue)


def _model(trained: Path, catalogue: Catalogue, weights: ItemWeights) -> CollaborativeModel:
    """The model that was asked for, with the reasons of the weights; else the weights."""
    path = trained.with_name(MODEL)
    if not path.is_file():
        return weights
    try:
        _, model, file = restored(path)
    except (OSError, ValueError) as error:
        log.warning("%s cannot be used, item weights stand in: %s", path, error)
        return weights
    return Served(catalogue, unpacked(file["ids"]), model, weights, file.get("counts"))


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
    model: str = DEFAULT,
) -> Learned:
    """Learn the collaborative weights of a catalogue from everything stored about it, and with an
    `embedder` also the ranking that reads conversations and the adapter of requests in words.

    The `model`, one of `MODELS`, gives scores; item weights give the reasons.

    Each may find nothing to learn from; what was learned before then stays.

    Raises:
        InputError: none finds anything, or there is no such model.
        NotFoundError: there is no such catalogue.
    """
    if model not in MODELS:
        raise InputError(f"there is no model {model!r}.", hint=f"Use one of {', '.join(MODELS)}.")
    catalogue = store.load(name)
    feedback = tuple(feedback)
    progress("read", 0, 3)
    said = gathered(store.interactions(name), store.dialogues(name), feedback, catalogue)
    path = trained_path(settings, name)
    found = Learned(0, 0, 0, 0, 0, path)
    if said is not None:
        found = _learn_weights(said, catalogue, path, model, progress)
        about = StoredPeople(store.database).everybody(name)
        found = replace(found, groups=_learn_groups(said, catalogue, about, path))
    talks, worded = 0, None
    if embedder is not None:
        remembering = Remembering(embedder)  # both read the same words
        talks = learn_conversation(settings, store, name, remembering, progress)
        worded = learn_text(settings, store, name, feedback, remembering, progress)
    if said is None and not talks and worded is None:
        raise InputError(
            f"there is nothing to learn from for {name!r} yet.",
            hint="Import interactions or conversations, or let people use it.",
        )
    found = replace(found, talks=talks, worded=worded)
    note = {"catalogue": name, "model": model, "items": found.items, "people": found.people}
    note |= {"dialogues": found.dialogues, "conversations": talks}
    if worded is not None:
        note["requests in words"] = worded._asdict()
    path.with_suffix(".json").write_text(json.dumps(note) + "\n", encoding="utf-8")
    return found


def _learn_weights(
    said: Gathered,
    catalogue: Catalogue,
    path: Path,
    model: str,
    progress: Callable[[str, int, int], None],
) -> Learned:
    """Learn from what people liked, and write it."""
    progress("learn", 1, 3)
    ids = [catalogue.items[row].id for row in said.rows]
    judgements = said.judgements
    neighbours = learn(ids, judgements)
    path.parent.mkdir(parents=True, exist_ok=True)
    _learn_model(model, said, ids, path.with_name(MODEL))
    progress("write", 2, 3)
    partial = path.with_name("partial.npz")
    neighbours.save(
        partial,
        rating_sum=np.asarray(judgements.ratings.sum(axis=0)).ravel().astype(np.float32),
        rating_count=np.asarray(judgements.rated.sum(axis=0)).ravel().astype(np.float32),
    )
    partial.replace(path)
    progress("write", 3, 3)
    reasons = int((neighbours.people > 0).sum())
    size = int(neighbours.data.size)
    return Learned(len(said.rows), said.people, said.talks, size, reasons, path, model=model)


def _learn_groups(
    said: Gathered,
    catalogue: Catalogue,
    about: Mapping[str, Mapping[str, str]],
    path: Path,
) -> int:
    """Write what kinds of people like, or see that there is none; returns how many kinds."""
    target, partial = path.with_name(GROUPS), path.with_name("partial-groups.npz")
    ids = [catalogue.items[row].id for row in said.rows]
    attributes = [about.get(user, {}) for user in said.users]
    kinds = learn_groups(partial, ids, said.judgements.liked.sign().tocsr(), attributes)
    if kinds:
        partial.replace(target)
    else:
        target.unlink(missing_ok=True)
    return kinds


def load_groups(settings: Settings, name: str, catalogue: Catalogue) -> Groups | None:
    """What kinds of people like, where that was learned; a damaged file is as good as none."""
    path = trained_path(settings, name).with_name(GROUPS)
    if not path.is_file():
        return None
    try:
        return Groups.load(path, catalogue)
    except (OSError, ValueError) as error:
        log.warning("%s cannot be used, train again: %s", path, error)
        return None


def _learn_model(name: str, said: Gathered, ids: list[str], path: Path) -> None:
    """Write the model that is to score in place of the item weights, or see that there is none."""
    if name == ITEM_WEIGHTS:
        path.unlink(missing_ok=True)
        return
    model = learned(name, said.likes, np.random.default_rng(SEED))
    partial = path.with_name("partial-model.npz")
    kept(partial, name, model, ids=packed(ids), counts=said.likes.counts.astype(np.float32))
    partial.replace(path)
