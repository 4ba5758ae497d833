"""What people liked, from the database to matrices: ratings, conversations and feedback."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from chatbot.storage.catalogues import Interaction
from chatbot.storage.sessions import Feedback
from retrieval.catalogue import Catalogue
from retrieval.models.contract import Likes
from retrieval.training import MOST, Judgements, matrix

LIKED = 0.7
"""A like is a rating in the part of the scale above this."""

_Entries = dict[tuple[int, int], float]


@dataclass(frozen=True)
class Gathered:
    """Everything a catalogue's people said of its items.

    Attributes:
        rows: catalogue rows that somebody liked, ascending: the columns of all matrices.
        judgements: likes, dislikes and ratings, by people and by conversations.
        likes: what was liked by anybody, people first, then conversations, with its times.
        people, talks: how many there are of each.
        users: who the people are, in the order of the rows.
    """

    rows: list[int]
    judgements: Judgements
    likes: Likes
    people: int
    talks: int
    users: tuple[str, ...] = ()


def gathered(
    interactions: Iterable[Interaction],
    dialogues: Iterable[Mapping[str, object]],
    feedback: Iterable[Feedback],
    catalogue: Catalogue,
) -> Gathered | None:
    """What was said of the catalogue's items; None where nobody liked anything."""
    likes, ratings, when, users = _ratings(interactions, catalogue)
    people = len(users)
    talk_liked, talk_disliked, talk_when, talks = _talks(dialogues, feedback, catalogue)
    if not likes and not talk_liked:
        return None
    rows = _columns([likes, talk_liked], len(catalogue))
    place = {row: at for at, row in enumerate(rows)}

    def shaped(entries: Mapping[tuple[int, int], float], count: int) -> sparse.csr_matrix:
        inside = {(p, place[i]): v for (p, i), v in entries.items() if i in place}
        return matrix(inside, count, len(rows))

    judgements = Judgements(
        liked=shaped(likes, people),
        rated=shaped(dict.fromkeys(ratings, 1.0), people),
        talk_liked=shaped(talk_liked, talks),
        talk_disliked=shaped(talk_disliked, talks),
        ratings=shaped(ratings, people),
    )
    times = {key: when[key] for key in likes}
    times |= {(people + talk, row): talk_when[talk, row] for talk, row in talk_liked}
    timed = _timed(times, place, people + talks)
    return Gathered(rows, judgements, timed, people, talks, users)


def _timed(times: _Entries, place: Mapping[int, int], people: int) -> Likes:
    """Likes in the order of their times; what has none keeps the order it was stored in."""
    inside = [(person, place[row], at) for (person, row), at in times.items() if row in place]
    inside.sort()
    across = np.array([column for _, column, _ in inside], dtype=np.int32)
    starts = np.searchsorted([person for person, *_ in inside], np.arange(people + 1))
    ones = np.ones(len(inside))
    found = sparse.csr_matrix((ones, across, starts.astype(np.int32)), (people, len(place)))
    return Likes(found, np.array([at for *_, at in inside], dtype=np.float64))


def _ratings(
    interactions: Iterable[Interaction], catalogue: Catalogue
) -> tuple[_Entries, _Entries, _Entries, tuple[str, ...]]:
    """(likes, ratings, their times, the people). Where all ratings are the same, every
    interaction is a like.
    """
    users: dict[str, int] = {}
    ratings: _Entries = {}
    when: _Entries = {}
    for number, one in enumerate(interactions):
        row = catalogue.row_of.get(one.item)
        if row is not None:
            key = users.setdefault(one.user, len(users)), row
            ratings[key] = one.rating
            when[key] = float(number) if one.timestamp is None else one.timestamp
    if not ratings:
        return {}, {}, {}, ()
    low, high = min(ratings.values()), max(ratings.values())
    edge = low + LIKED * (high - low)
    likes = {key: 1.0 for key, value in ratings.items() if value >= edge}
    return likes, ratings, when, tuple(users)


def _talks(
    dialogues: Iterable[Mapping[str, object]],
    feedback: Iterable[Feedback],
    catalogue: Catalogue,
) -> tuple[_Entries, _Entries, _Entries, int]:
    """(liked, disliked, order of the likes, number of conversations), from past conversations and
    from feedback.
    """
    liked: _Entries = {}
    disliked: _Entries = {}
    order: _Entries = {}
    count = 0
    for dialogue in dialogues:
        for key, into in (("liked", liked), ("disliked", disliked)):
            for number, item in enumerate(_texts(dialogue.get(key))):
                row = catalogue.row_of.get(item)
                if row is not None:
                    into[count, row] = 1.0
                    order[count, row] = float(number)
        count += 1
    sessions: dict[str, int] = {}
    for entry in feedback:
        row = catalogue.row_of.get(entry.item)
        if row is None or entry.verdict == "seen":
            continue
        number = sessions.setdefault(entry.session, count + len(sessions))
        (disliked if entry.verdict == "dislike" else liked)[number, row] = 1.0
        order[number, row] = float(entry.turn)
    return liked, disliked, order, count + len(sessions)


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
