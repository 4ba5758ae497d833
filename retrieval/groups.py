"""What people of a kind like more than others do: a small signal for a person one knows of.

A kind of people is one value of one attribute an operator recorded ("occupation" = "artist"). A
score is the share of everybody who like an item and what each of the person's kinds adds to it or
takes from it, drawn to nothing where few people stand behind that. (Logarithms of how much likelier
a kind is to like an item did harm where nothing else was told: rare items ruled.) Nothing is
guessed about anybody: only told attributes count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.arrays import packed, read, unpacked, write
from retrieval.catalogue import Catalogue, Rows
from retrieval.query import Query
from retrieval.stores import Scores

FORMAT = 1
PEOPLE = 20
"""Kinds of fewer people are not learned: they would tell of single persons."""

PRIOR = 50.0
"""So many people without any preference of their kind are counted in."""

LIKED, LIFT, SURE = 10, 1.2, 2.5
"""A reason needs so many people of the kind who liked the item, so many times the share of
everybody, and so many standard deviations."""


class Groups:
    """A `Signal` by the attributes of `Query.about`.

    Args:
        catalogue: gives ids to rows; ids that it does not have are left out.
        ids: item ids, one a column of `liked`.
        kinds: (attribute, value) of each row of `liked`.
        sizes: (kinds,) how many people have the value.
        liked: (kinds, ids) how many of them liked the item.
        everybody: how many people there are.
        total: (ids,) how many of everybody liked the item.
    """

    name = "groups"

    def __init__(
        self,
        catalogue: Catalogue,
        ids: Sequence[str],
        kinds: Sequence[tuple[str, str]],
        sizes: NDArray[Any],
        liked: NDArray[Any],
        everybody: int,
        total: NDArray[Any],
    ) -> None:
        self._of = {kind: at for at, kind in enumerate(kinds)}
        self._kinds = list(kinds)
        self._sizes = np.asarray(sizes, dtype=np.float64)
        self._everybody = everybody
        column = np.array([catalogue.row_of.get(i, -1) for i in ids], dtype=np.int64)
        here = column >= 0
        self._liked = np.zeros((len(kinds), len(catalogue)), dtype=np.float64)
        self._liked[:, column[here]] = liked[:, here]
        self._total = np.zeros(len(catalogue), dtype=np.float64)
        self._total[column[here]] = total[here]
        share = self._total / max(everybody, 1)
        shrunk = (self._liked + PRIOR * share) / (self._sizes[:, None] + PRIOR)
        self._shift = (shrunk - share).astype(np.float32)
        self._share = np.where(share > 0, share, np.nan).astype(np.float32)

    @classmethod
    def load(cls, path: Path, catalogue: Catalogue) -> Groups:
        """From a file of `save`.

        Raises:
            OSError, ValueError: it is missing, damaged or of another format.
        """
        file = read(path)
        if int(file.get("format", np.array(0))) != FORMAT:
            raise ValueError(f"{path} does not hold groups of format {FORMAT}")
        try:
            names, values = unpacked(file["attributes"]), unpacked(file["values"])
            return cls(
                catalogue,
                unpacked(file["ids"]),
                list(zip(names, values, strict=True)),
                file["sizes"],
                file["liked"],
                int(file["everybody"]),
                file["total"],
            )
        except KeyError as error:
            raise ValueError(f"{path} is damaged: {error} is missing") from None

    def knows(self, about: Mapping[str, str]) -> list[int]:
        """The kinds that somebody with these attributes is of, as far as they were learned."""
        return sorted(self._of[kind] for kind in about.items() if kind in self._of)

    def scores(self, query: Query, rows: Rows) -> Scores:
        """See `Signal.scores`: the share of everybody and the shifts of the person's kinds."""
        kinds = self.knows(query.about)
        if not kinds:
            return np.full(rows.size, np.nan, dtype=np.float32)
        shifts = self._shift[kinds][:, rows].sum(axis=0)
        return np.asarray(self._share[rows] + shifts, dtype=np.float32)

    def detail(self, query: Query, row: int) -> Mapping[str, object]:
        """The kind that likes the item most beyond everybody; nothing where none does for sure."""
        best: tuple[float, int] | None = None
        among = self._total[row] / max(self._everybody, 1)
        for kind in self.knows(query.about):
            count, size = self._liked[kind, row], self._sizes[kind]
            spread = float(np.sqrt(max(among * (1 - among) / size, 1e-12)))
            sure = count / size - among >= SURE * spread
            if count >= LIKED and count / size >= LIFT * among and sure:
                shift = float(self._shift[kind, row])
                if best is None or shift > best[0]:
                    best = shift, kind
        if best is None:
            return {}
        kind = best[1]
        attribute, value = self._kinds[kind]
        return {
            "attribute": attribute,
            "value": value,
            "people": int(self._sizes[kind]),
            "share": round(float(self._liked[kind, row] / self._sizes[kind]), 3),
            "all": round(float(among), 3),
        }


def learn_groups(
    path: Path, ids: Sequence[str], liked: Any, about: Sequence[Mapping[str, str]]
) -> int:
    """Write what kinds of people like to `path`; returns how many kinds there are.

    Args:
        path: where to; nothing is written where there are no kinds.
        ids: item ids, one a column of `liked`.
        liked: (people, ids) scipy CSR of ones.
        about: attribute → value of each person, in the order of the rows; empty = nothing known.
    """
    members: dict[tuple[str, str], list[int]] = {}
    for person, attributes in enumerate(about):
        for kind in attributes.items():
            members.setdefault(kind, []).append(person)
    kinds = sorted(kind for kind, found in members.items() if len(found) >= PEOPLE)
    if not kinds:
        return 0
    counts = np.stack([np.asarray(liked[members[k]].sum(axis=0)).ravel() for k in kinds])
    write(
        path,
        {
            "format": np.array(FORMAT),
            "ids": packed(ids),
            "attributes": packed([name for name, _ in kinds]),
            "values": packed([value for _, value in kinds]),
            "sizes": np.array([len(members[k]) for k in kinds], dtype=np.int32),
            "liked": counts.astype(np.int32),
            "everybody": np.array(liked.shape[0]),
            "total": np.asarray(liked.sum(axis=0)).ravel().astype(np.int32),
        },
        compress=True,
    )
    return len(kinds)
