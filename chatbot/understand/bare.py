# ruff: noqa: E501  (patterns and word lists read best on one line)
"""Whether a text says little beside what was found in it: "At most 110 minutes", "In Mandarin, please".

Such fragments can only be about the catalogue, however unlike a request they sound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_FILLERS = frozenset(
    "a an the and or but so no not nothing never at most least than more less over under up to "
    "before after since until between or later earlier newer older longer shorter max maximum minimum about around from in of by on with for "
    "please pls thanks ok okay well yes yeah actually really just only maybe then instead now again "
    "i i'd i'm i've i'll id im we we'd we're me my you said say told asked mean meant want wanted wants need prefer like love would rather "
    "it it's its that that's this these those they them one ones something anything some any is are was be been being have has had to "
    "should must can could doesn't don't does do did all still too either also language country genre year length mood theme "
    "made set kind sort type let's let go give show make out please".split()
)
"""Words that frame a wish and name nothing."""
_WORD = re.compile(r"[a-z0-9][\w'-]*")
_ASKING = re.compile(r"\?|？|\b(?:what|when|where|who|why|how|which|whose)(?:'s|s)?\b")


def bare(low: str, covered: Iterable[tuple[int, int]], *, listing: bool) -> bool:
    """Whether the lowered text is hardly more than what `covered` says was found in it.

    Under a list two further words may stand beside it, elsewhere none.

    >>> bare("in mandarin, please", [(3, 11)], listing=False)
    True
    >>> bare("what's the weather in china", [(22, 27)], listing=True)
    False
    """
    found = sorted(covered)
    if not found or _ASKING.search(low):
        return False
    rest = list(low)
    for start, end in found:
        rest[start:end] = " " * (end - start)
    further = [w for w in _WORD.findall("".join(rest)) if w not in _FILLERS]
    return len(further) <= (2 if listing else 0)
