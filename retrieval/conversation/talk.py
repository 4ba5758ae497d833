"""A conversation as the model reads it: who said what, which items were named and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.embeddings import Vectors, normalised

MOST = 24
"""So many named items count, the latest."""

CONTEXT = 5
"""Numbers that describe the situation of a conversation."""

_EACH = 3
"""So many items of one of the assistant's messages count: a list is no opinion."""

_WORDS, _LETTERS = 60, 400
"""So much of a turn's end is embedded."""

VIEWS = 3
"""Ways in which what was said is summed up: the last two turns, all turns, the user's turns."""

_FADING = 0.95
"""What a turn counts against the one after it, where all are summed up."""

Message = tuple[str, str, tuple[str, ...]]
"""(role, text, ids of the items it names)."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said before the other spoke again; `items` are places in the model."""

    user: bool
    text: str
    items: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A conversation made ready for scoring.

    Attributes:
        late, whole: the text of the last two turns, and of all.
        text: (`VIEWS`, dimensions) what was said, see `views`; zeros where nothing was.
        named: (m,) places of items, oldest first, each once, at its latest naming.
        ages: (m,) turns since.
        mine: (m,) 1 where the user named it.
        context: (`CONTEXT`,).
    """

    late: str
    whole: str
    text: Vectors
    named: NDArray[np.int64]
    ages: NDArray[np.float32]
    mine: NDArray[np.float32]
    context: NDArray[np.float32]


def turns_of(
    messages: Sequence[Message], places: Mapping[str, int], without: frozenset[str] = frozenset()
) -> tuple[Turn, ...]:
    """Turns of a conversation; messages in a row by one speaker are one turn.

    Args:
        messages: oldest first.
        places: item id → place in the model; others are passed over.
        without: ids that do not count as named, such as what was disliked.
    """
    out: list[Turn] = []
    for role, text, ids in messages:
        if not text.strip() and not ids:
            continue  # nothing stood between what came before and after it
        user = role == "user"
        named = [places[i] for i in ids if i in places and i not in without]
        turn = Turn(user, text, tuple(named if user else named[:_EACH]))
        if out and out[-1].user == user:
            last = out.pop()
            turn = Turn(user, f"{last.text} {text}".strip(), last.items + turn.items)
        out.append(turn)
    return tuple(out)


def texts_of(turns: Sequence[Turn]) -> tuple[str, ...]:
    """What is embedded: the end of each turn. Turns come again, whole conversations do not."""
    return tuple(" ".join(turn.text.split()[-_WORDS:])[-_LETTERS:] for turn in turns)


def views(turns: Sequence[Turn], vectors: Vectors) -> Vectors:
    """(`VIEWS`, dimensions) of unit length: the mean of some turns, a longer turn counting more.

    Args:
        turns: the conversation.
        vectors: (len(turns), dimensions) of its `texts_of`.
    """
    out = np.zeros((VIEWS, vectors.shape[1]), dtype=np.float32)
    if not turns:
        return out
    weight = np.array([min(len(turn.text.split()), _WORDS) for turn in turns], dtype=np.float32)
    faded = weight * np.float32(_FADING) ** np.arange(len(turns) - 1, -1, -1, dtype=np.float32)
    mine = np.array([turn.user for turn in turns], dtype=np.float32)
    out[0] = weight[-2:] @ vectors[-2:]
    out[1] = faded @ vectors
    out[2] = (faded * mine) @ vectors
    return normalised(out)


def asked(turns: Sequence[Turn], text: Vectors, *, recommends: bool = True) -> Asked:
    """A conversation and its `views`, ready for scoring.

    `recommends` is whether the assistant names the next item, as it does whenever it is asked to.
    """
    when: dict[int, tuple[int, bool]] = {}
    for at, turn in enumerate(turns):
        for place in turn.items:
            when.pop(place, None)
            when[place] = (at, turn.user)
    kept = list(when.items())[-MOST:]
    long, many = min(len(turns), 20), len(kept)
    context = (np.log1p(long) / 3, np.log1p(many) / 3, recommends, long <= 2, many == 0)
    return Asked(
        " . ".join(turn.text for turn in turns[-2:]),
        " . ".join(turn.text for turn in turns),
        np.asarray(text, dtype=np.float32),
        np.array([place for place, _ in kept], dtype=np.int64),
        np.array([len(turns) - 1 - at for _, (at, _) in kept], dtype=np.float32),
        np.array([user for _, (_, user) in kept], dtype=np.float32),
        np.array(context, dtype=np.float32),
    )
