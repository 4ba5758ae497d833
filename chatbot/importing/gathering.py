"""Problems found while reading, counted in full and kept up to a bound."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

from chatbot.importing.report import KEPT, Part, Problem

Kind = Literal["refused", "left out", "replaced", "unknown item"]
_PER_KIND = KEPT // 4


class Problems:
    """All problems of one import."""

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self._counts: Counter[tuple[str, Kind]] = Counter()

    def at(self, part: str, file: str) -> Place:
        """Where the next problems are: "items" of a file, say."""
        return Place(self, part, file)

    def add(self, part: str, problem: Problem) -> None:
        """Count a problem, and keep it while there is room for its kind."""
        self._counts[part, problem.kind] += 1
        if sum(self._counts[p, problem.kind] for p in ("items", "interactions", "dialogues")) <= (
            _PER_KIND
        ):
            self.kept.append(problem)

    def counted(self, part: str, counts: Part) -> Part:
        """`counts` with the numbers of problems filled in."""
        return replace(
            counts,
            refused=self._counts[part, "refused"],
            left_out=self._counts[part, "left out"],
            replaced=self._counts[part, "replaced"],
            unknown=self._counts[part, "unknown item"],
        )


@dataclass(frozen=True, slots=True)
class Place:
    """One file's problems of one kind of data."""

    problems: Problems
    part: str
    file: str

    def add(
        self, line: int, field: str, what: str, value: str = "", kind: Kind = "refused"
    ) -> None:
        """One problem at a line."""
        self.problems.add(self.part, Problem(self.file, line, field, what, value, kind))
