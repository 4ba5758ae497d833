"""Past conversations as training cases: what had been said, and what was named next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.collaborative import ease
from retrieval.conversation.memory import Case, Memory, remembered
from retrieval.conversation.rows import csr
from retrieval.conversation.talk import VIEWS, Message, texts_of, turns_of, views
from retrieval.embeddings import Embedder, Vectors

RIDGE, NEIGHBOURS = 300.0, 200
"""Of the item-to-item weights: regularisation, and weights kept of an item."""

MOST = 12_000
"""Items that a closed form holds; beyond it the least rated have no neighbours."""

_CHUNK = 1000
"""Texts embedded between two reports."""

LIKED = 0.7
"""A rating from this share of the scale upwards is a like."""


def messages_of(dialogue: Mapping[str, object]) -> tuple[Message, ...]:
    """A stored conversation's messages; what does not have their form is passed over."""
    found = dialogue.get("messages")
    out: list[Message] = []
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict) and isinstance(one.get("content"), str):
            items = one.get("items")
            ids = tuple(str(i) for i in items) if isinstance(items, list) else ()
            out.append((str(one.get("role", "user")), one["content"], ids))
    return tuple(out)


def in_order(dialogues: Iterable[Mapping[str, object]]) -> list[tuple[Message, ...]]:
    """Conversations by id, numbers by their size: neighbours often are by the same people."""

    def key(dialogue: Mapping[str, object]) -> tuple[int, str]:
        name = str(dialogue.get("id", ""))
        return len(name), name

    return [messages_of(dialogue) for dialogue in sorted(dialogues, key=key)]


def cases_of(talks: Sequence[Sequence[Message]], places: Mapping[str, int]) -> list[Case]:
    """Every message but the first that names something new, by either speaker."""
    out: list[Case] = []
    for number, talk in enumerate(talks):
        seen: dict[int, None] = {}
        for at, (role, _, ids) in enumerate(talk):
            named = tuple(dict.fromkeys(places[i] for i in ids if i in places))
            new = tuple(place for place in named if place not in seen)
            if new and at:
                turns = turns_of(talk[:at], places)
                out.append(Case(number, turns, new, tuple(seen), role == "assistant"))
            seen.update(dict.fromkeys(named))
    return out


def requests_of(
    cases: Sequence[Case],
    embedder: Embedder,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Vectors:
    """(len(cases), `VIEWS`, dimensions) of what was said; zeros where nothing was."""
    said = [texts_of(case.turns) for case in cases]
    # Texts of like length together: a batch costs as much as its longest text.
    texts = sorted({text for turns in said for text in turns}, key=lambda t: (len(t), t))
    vectors = np.zeros((len(texts), embedder.dimensions), dtype=np.float32)
    for start in range(0, len(texts), _CHUNK):
        progress(start, len(texts))
        vectors[start : start + _CHUNK] = embedder.embed(texts[start : start + _CHUNK])
    at = {text: row for row, text in enumerate(texts)}
    out = np.zeros((len(cases), VIEWS, embedder.dimensions), dtype=np.float32)
    for row, (case, turns) in enumerate(zip(cases, said, strict=True)):
        out[row] = views(case.turns, vectors[[at[text] for text in turns]])
    return out


def likes_of(
    interactions: Iterable[tuple[str, str, float]], places: Mapping[str, int]
) -> tuple[Any, Any]:
    """((people, n) likes, (people, n) ratings), CSR, from (user, item, rating)."""
    users: dict[str, int] = {}
    cells = [
        (users.setdefault(user, len(users)), places[item], rating)
        for user, item, rating in interactions
        if item in places
    ]
    ratings = [rating for _, _, rating in cells]
    low, high = (min(ratings), max(ratings)) if cells else (0.0, 0.0)
    edge = low + LIKED * (high - low)
    shape = (len(users), len(places))
    likes = csr([(u, i, 1.0) for u, i, rating in cells if rating >= edge], shape)
    likes.data[:] = 1
    return likes, csr(cells, shape)


def neighbours(likes: Any) -> Any:
    """(n, n) CSR item-to-item weights of either sign, the strongest `NEIGHBOURS` of an item."""
    n = likes.shape[1]
    counts = np.asarray(likes.sum(axis=0)).ravel()
    active = np.sort(np.argsort(-counts, kind="stable")[: min(MOST, int((counts > 0).sum()))])
    if not active.size:
        return csr([], (n, n))
    weights = ease(likes[:, active], RIDGE)
    kept = min(NEIGHBOURS, active.size)
    top = np.argpartition(-np.abs(weights), kept - 1, axis=1)[:, :kept]
    rows, columns = np.repeat(active, kept), active[top].ravel()
    values = np.take_along_axis(weights, top, 1).ravel()
    from scipy import sparse

    return sparse.csr_matrix((values, (rows, columns)), shape=(n, n), dtype=np.float32)


def folds_of(cases: Sequence[Case], talks: int, count: int) -> NDArray[np.int64]:
    """(len(cases),) fold of each: runs of conversations, so that the same people stay together."""
    size = max(1, -(-talks // count))
    return np.array([case.dialogue // size for case in cases], dtype=np.int64)


def memory_without(
    talks: Sequence[Sequence[Message]],
    places: Mapping[str, int],
    cases: Sequence[Case],
    requests: Vectors,
    ease_: Any,
    left_out: NDArray[np.bool_],
) -> Memory:
    """What is remembered of all but some cases and the conversations that they are from.

    A case never learns from its own conversation: people name the same favourites again and
    again, and a model that is told so trusts it too much with strangers.
    """
    gone = {case.dialogue for case, out in zip(cases, left_out, strict=True) if out}
    named = [
        [places[i] for _, _, ids in talk for i in ids if i in places]
        for number, talk in enumerate(talks)
        if number not in gone
    ]
    kept = [case for case, out in zip(cases, left_out, strict=True) if not out]
    return remembered(named, kept, requests[~left_out], ease_)
