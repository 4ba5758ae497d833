# ruff: noqa: E501  (patterns read best on one line)
"""Steps of an ordered facet: "PG-13 or lower", 「中级以上」, "at least intermediate"."""

from __future__ import annotations

import re
from dataclasses import replace

from chatbot.understand.spans import Reading
from retrieval.schema import Facet

_OR_LESS = re.compile(
    r"^(?: level)?,? (?:or|and) (?:lower|below|under|less|milder|easier|easy|down)\b|^(?:级)?(?:及|或)?(?:以下|以内|更低)"
)
_OR_MORE = re.compile(
    r"^(?: level)?,? (?:or|and) (?:higher|above|over|more|up|harder|beyond)\b|^\+|^(?:级)?(?:及|或)?(?:以上|更高)"
)
_UP_TO = re.compile(
    r"\b(?:at most|up to|no (?:more|higher) than|maximum|max)(?: an?)? $|(?:最多|不超过|最高)$"
)
_FROM = re.compile(
    r"\b(?:at least|no (?:less|lower) than|minimum|min)(?: an?)? $|(?:至少|起码|最低)$"
)


def steps(reading: Reading, facet: Facet | None, before: str, after: str) -> Reading:
    """The reading with every step that is meant by the lowered words around it.

    >>> rating = Facet("rating", "category", order=("G", "PG", "R"))
    >>> steps(Reading("rating", ("PG",)), rating, "", " or lower please").values
    ('G', 'PG')
    >>> steps(Reading("rating", ("PG",)), rating, "", " films").values
    ('PG',)
    """
    if facet is None or len(reading.values) != 1 or reading.values[0] not in facet.order:
        return reading
    place = facet.order.index(reading.values[0])
    if _OR_LESS.match(after) or _UP_TO.search(before):
        return replace(reading, values=facet.order[: place + 1])
    if _OR_MORE.match(after) or _FROM.search(before):
        return replace(reading, values=facet.order[place:])
    return reading
