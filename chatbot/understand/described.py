# ruff: noqa: E501  (patterns read best on one line)
"""Whether a text that names nothing recorded still describes what is looked for, to search by its words.

Such as "the one with the big ship that sinks", "black and white films", 「那部讲宠物公墓的」.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from retrieval.documents import STOP

_WORD = re.compile(r"[a-z][a-z'-]+|[\u4e00-\u9fff]+")
_DESCRIBES = re.compile(
    r"\b(?:the |that |a )?(?:one|ones|movie|film|book|story|thing|something) (?:with|where|in which|that|about|when|who|whose|set)\b|\b(?:movies?|films?|books?|courses?|products?|stories)\b|"
    r"那部|那本|那个|讲的?是?|里面有"
)
_TALKS = re.compile(
    r"\b(?:i|i'm|im|my|you|your|we|was|were|it's|that's|is|are|am|do|did|does|what|why|how|when|where|who|which|hello|thanks?|ok|okay|yes|no|lol|hm+)\b|[吗呢吧?？]"
)
_LONGEST = 160


def described(low: str, known: Callable[[str], bool], *, listing: bool) -> bool:
    """Whether the lowered text can be searched by its words.

    Args:
        low: the text.
        known: whether a word stands in any item's texts.
        listing: whether a list is on the screen, which short remarks are then about.

    >>> knows = {"ship", "sinks", "big"}.__contains__
    >>> described("the one with the big ship that sinks", knows, listing=True)
    True
    >>> described("hmm i am not sure", knows, listing=False)
    False
    """
    if len(low) > _LONGEST:
        return False
    content = [w for w in _WORD.findall(low) if w not in STOP and w not in _FRAME]
    found = [w for w in content if _knows(w, known)]
    if not found or 2 * len(found) < len(content):
        return False
    if _DESCRIBES.search(low):
        return True
    return not listing and not _TALKS.search(low)


def _knows(word: str, known: Callable[[str], bool]) -> bool:
    if word.isascii():
        return known(word)
    return any(known(word[at : at + 2]) for at in range(max(1, len(word) - 1)))


_FRAME = frozenset(
    "one ones movie movies film films book books thing where which whose please directed there".split()
)
