"""The adapter of requests in words: learned from the database, kept beside other weights.

What is learned for a catalogue wins over what ships with it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import numpy as np

from chatbot.settings import Settings
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.past import conversations
from chatbot.storage.sessions import Feedback
from retrieval.bilingual import HAN
from retrieval.conversation import cases as past
from retrieval.embeddings import Embedder
from retrieval.index import embedded
from retrieval.textadapter import TextAdapter
from retrieval.textfit import FEWEST, READ, learn, pairs_of

log = logging.getLogger(__name__)

FILE = "textadapter.npz"
_SEED = 7

_TELLING = 0.1
"""From this share of Chinese requests on, an adapter is used for Chinese words too."""


class Worded(NamedTuple):
    """What was learned from how many pairs: recall@10 on conversations kept out, before and after.

    `kept` is whether it was better there, and written.
    """

    pairs: int
    before: float
    after: float
    kept: bool


def text_path(settings: Settings, name: str) -> Path:
    """Where a catalogue's adapter lies."""
    return settings.data_dir / "models" / name / FILE


def load_text(settings: Settings, name: str, embedder: Embedder) -> TextAdapter | None:
    """What training wrote for this catalogue, else what ships with it, else nothing.

    A damaged file of ours is put aside; one that was learned with another embedder is left alone.
    """
    path = text_path(settings, name)
    if path.is_file():
        try:
            return _fitting(TextAdapter.load(path), embedder)
        except (OSError, ValueError) as error:
            log.warning("%s is put aside, train again: %s", path, error)
            path.replace(path.with_suffix(".damaged"))
    shipped = resources.files("catalogues").joinpath(name).joinpath(FILE)
    if not name.isidentifier() or not shipped.is_file():
        return None
    with ExitStack() as stack:
        return _fitting(TextAdapter.load(stack.enter_context(resources.as_file(shipped))), embedder)


def _fitting(adapter: TextAdapter, embedder: Embedder) -> TextAdapter | None:
    return adapter if adapter.embedder == embedder.name else None


def learn_text(
    settings: Settings,
    store: CatalogueStore,
    name: str,
    feedback: Iterable[Feedback],
    embedder: Embedder,
    progress: Callable[[str, int, int], None],
) -> Worded | None:
    """Learn from imported conversations, and from those held here where somebody liked an item.

    Written where it does better on conversations kept out; else there is none from then on.
    None where there is too little to learn from: what was learned before then stays.
    """
    catalogue = store.load(name)
    own = _own(store, name, feedback)
    talks = past.in_order(store.dialogues(name)) + past.in_order(own)
    cases = past.cases_of(talks, catalogue.row_of)
    if len(READ) * len(cases) < FEWEST:
        return None
    said = past.requests_of(cases, embedder)
    items = embedded(catalogue, embedder, store)
    rng = np.random.default_rng(_SEED)
    try:
        found = learn(
            pairs_of(cases, said),
            items,
            embedder.name,
            rng,
            progress=lambda done, total: progress("requests in words", done, total),
        )
    except ValueError as error:
        log.warning("the requests of %s were not learned from: %s", name, error)
        return None
    path = text_path(settings, name)
    if found.better:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name("partial-" + FILE)
        chinese = sum(bool(HAN.search(case.turns[-1].text)) for case in cases)
        adapter = replace(found.adapter, chinese=chinese >= _TELLING * len(cases))
        adapter.save(partial)
        partial.replace(path)
    else:
        path.unlink(missing_ok=True)
    return Worded(found.pairs, found.before, found.after, found.better)


def _own(
    store: CatalogueStore, name: str, feedback: Iterable[Feedback]
) -> Iterator[Mapping[str, object]]:
    """Conversations held here as if they had been imported: a list names what was liked of it."""
    liked: dict[tuple[str, int], list[str]] = {}
    for one in feedback:
        if one.verdict in ("love", "like"):
            liked.setdefault((one.session, one.turn), []).append(one.item)
    held = {session for session, _ in liked}
    for session, turns in conversations(store.database, name) if liked else ():
        if session in held:
            messages = []
            for turn in turns:
                chosen = liked.get((session, turn.number), [])
                messages.append({"role": "user", "content": turn.text, "items": []})
                messages.append({"role": "assistant", "content": "", "items": chosen})
            yield {"id": session, "messages": messages}
