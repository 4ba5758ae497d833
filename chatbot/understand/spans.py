"""What linking finds in a text: spans with readings. Frozen values, no logic of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from retrieval.constraints import Interval

SpanKind = Literal["value", "title", "person", "range", "reference", "unknown"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way a span names facet values. Exactly one of `values` and `interval` is given.

    `every` says that all of `values` are meant ("romantic comedy"); otherwise any of them will do.
    `spoken` says that the schema lists the words as a synonym: words that several facets list
    mean all of them ("anime": animation, and from Japan).
    """

    facet: str
    values: tuple[str, ...] = ()
    interval: Interval | None = None
    every: bool = False
    spoken: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the user's text that names something.

    Attributes:
        start, end: character offsets.
        kind: what is named. "unknown" looks like a name but is not in the catalogue.
        name: the catalogue's spelling, or the user's words for "unknown".
        readings: for "value", "person" and "range"; all of them apply.
        items: for "title" and "reference"; several for homonyms, likeliest first.
        confidence: 0 to 1.
        firm: for "range": whether the words state a limit ("under two hours"), not a taste.
        sure: whether the words can hardly mean anything else (quoted, long, rare).
        others: further ids with the same name among which the user may have to choose.
    """

    start: int
    end: int
    kind: SpanKind
    name: str = ""
    readings: tuple[Reading, ...] = ()
    items: tuple[str, ...] = ()
    confidence: float = 1.0
    firm: bool = True
    sure: bool = False
    others: tuple[str, ...] = ()

    def overlaps(self, other: Span) -> bool:
        """Whether both share a character."""
        return self.start < other.end and other.start < self.end
