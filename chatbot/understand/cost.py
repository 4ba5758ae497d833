# ruff: noqa: E501  (patterns read best on one line)
"""Cheap and dear, where a catalogue records prices and its schema has no words of its own for them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from retrieval.catalogue import Catalogue
from retrieval.constraints import Interval

_DEAR = re.compile(
    r"\b(?:expensive|pricey|luxury|luxurious|high[- ]end|premium|upscale|fancy|top of the range)\b|高档|高端|豪华|奢华|贵(?!州|阳|宾|族|妃)"
)
_CHEAP = re.compile(
    r"\b(?:cheap|inexpensive|affordable|low[- ]cost|budget(?: friendly)?|good value|reasonably priced|bargain)\b|便宜|实惠|平价|性价比|划算|不贵"
)
_NOT = re.compile(
    r"\b(?:not|nothing|isn't|aren't|don't want|without being|less)(?: \w+){0,2} $|(?:不要|别|不|没那么|不那么|别太|不要太|不能太|不想太)(?:太|那么|很)?$"
)


def costs(low: str, catalogue: Catalogue) -> Iterator[Interval]:
    """The prices that words for cheap and dear mean.

    Cheap is the lowest third of the catalogue's prices, "not too expensive" the lower half, dear the
    highest third.
    """
    facet = catalogue.schema.facet("price")
    if facet is None or facet.kind != "number":
        return
    column = catalogue.numbers("price")
    known = column[~np.isnan(column)]
    if known.size < 3:
        return
    for m in _CHEAP.finditer(low):
        if not _NOT.search(low[: m.start()]):
            yield (None, float(np.quantile(known, 1 / 3)))
    for m in _DEAR.finditer(low):
        if _NOT.search(low[: m.start()]):
            yield (None, float(np.median(known)))
        elif not re.search(r"(?:more|less|too|更|太|最|那么|多|不)\s?$", low[: m.start()]):
            yield (float(np.quantile(known, 2 / 3)), None)
