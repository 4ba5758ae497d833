# ruff: noqa: E501  (patterns and word lists read best on one line)
"""Whether a text that names nothing recorded still describes what is looked for, to search by its words.

Such as "the one with the big ship that sinks", "headlamp", "no vampires", 「那部讲宠物公墓的」.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from chatbot.understand import common
from chatbot.understand.text import lowered
from retrieval.documents import STOP


class Described(NamedTuple):
    """The words to search by; `refused` where they are not wanted."""

    words: str
    refused: bool = False


FRAMED = re.compile(
    r"^\W*(?:(?:i am|i'm|im)? ?(?:looking for|after)|i (?:want|need)|recommend|suggest|find|show me|got)?(?: me)?(?: ?(?:any|some|an?|the|that))?(?: ?(?:good|great))? ?"
    r"(?:(?:movies?|films?|books?|stories|something|anything|ones?)? ?(?:like|similar to) )?(?:the |that |a |an )?(?:one|ones|movie|movies|film|films|book|books|story|stories|something) (?:with|where|in which|about|when|whose|set)\b"
)
"""How a description is opened; what follows says what is looked for."""
_WORD = re.compile(r"[a-z][a-z'-]+|[\u4e00-\u9fff]+")
_DESCRIBES = re.compile(
    r"\b(?:the |that |a )?(?:one|ones|movie|film|book|story|thing|something) (?:with|where|in which|that|about|when|who|whose|set)\b|\b(?:movies?|films?|books?|courses?|products?|stories)\b|"
    r"那部|那本|那个|讲的?是?|里面有"
)
_TALKS = re.compile(
    r"\b(?:i|i'm|im|my|you|your|we|was|were|it's|that's|is|are|am|do|did|does|what|why|how|when|where|who|which|hello|thanks?|ok|okay|yes|no way|lol|hm+)\b|[吗呢吧?？]"
)
_REFUSES = re.compile(
    r"^\W*(?:but |and |please )?(?:no|not|without|nothing with|no more|anything but)\s+(?:any\s+)?(?P<what>[\w' -]{3,60})$|^\W*(?:不要|不想看|不想要|不吃|不看|别有|没有|别)(?P<zh>[\u4e00-\u9fff]{2,10})$"
)
_WISHES = re.compile(
    r"^\W*(?:我|我们)?(?:想要?|要|来点?|找|求|推荐)?(?:看|吃|学|买|听|找|读)?(?:点|些|一?个|一?家|一?款|一?门|一?部)?(?P<what>[\u4e00-\u9fff]{2,10}?)(?:的|吧|菜)?$"
)
_POINTS = re.compile(
    r"\b(?:the |that |this )(?:first|second|third|fourth|fifth|last|other|same)(?: one| two| film| movie| book)?\s*$|\b(?:that|this) one\b|^\W*(?:what|which|anything|any) (?:else|other)\b|第[一二两三四五\d](?:部|个|本|款|家|门)?$|(?:这|那)(?:一)?[部个本款家门]$"
)
"""Points at something that is not there: its words describe nothing."""
_LONGEST = 160
_RARE = 0.2
"""A word that so many items have tells nothing about what is wanted."""


def described(text: str, share: Callable[[str], float], *, listing: bool) -> Described | None:
    """What a text asks for by its words alone; None where it seems to be talk.

    Args:
        text: the user's words.
        share: the part of all items whose texts hold a word.
        listing: whether a list is on the screen, which short remarks are then about.

    >>> share = {"ship": 0.02, "sinks": 0.01, "big": 0.3, "vampires": 0.01}.get
    >>> described("The one with the big ship that sinks!", lambda w: share(w, 0.0), listing=True)
    Described(words='the big ship that sinks', refused=False)
    >>> described("no vampires", lambda w: share(w, 0.0), listing=True)
    Described(words='vampires', refused=True)
    >>> described("hmm i am not sure", lambda w: share(w, 0.0), listing=False) is None
    True
    """
    low = lowered(text)
    if len(low) > _LONGEST or _POINTS.search(low):
        return None
    refused = _REFUSES.search(low.strip(" .,!?。，！？"))
    if refused:
        what = (refused["what"] or refused["zh"]).strip()
        return Described(what, True) if _telling(_content(what), share) else None
    content = _content(low)
    known = [w for w in content if _share(w, share) > 0]
    if not known or 2 * len(known) < len(content):
        return None
    said = text.strip(" .,!?。，！？")
    if (framed := FRAMED.match(low)) and len(_content(low[framed.end() :])) > 1:
        return Described(text[framed.end() :].strip(" .,!?。，！？"))
    if _DESCRIBES.search(low):
        return Described(said)
    if _TALKS.search(low):
        return None
    if listing and (len(known) < len(content) or not _telling(content, share)):
        return None
    wished = _WISHES.search(low.strip(" .,!?。，！？"))
    return Described(wished["what"] if wished else said)


def _content(low: str) -> list[str]:
    return [w for w in _WORD.findall(low) if w not in STOP and w not in _FRAME]


def _telling(words: Iterable[str], share: Callable[[str], float]) -> bool:
    """Whether one of the words is recorded, rare here, and no everyday word."""
    return any(
        0 < _share(word, share) < _RARE and not (word.isascii() and common.ordinary(word, 60))
        for word in words
    )


def _share(word: str, share: Callable[[str], float]) -> float:
    if word.isascii() or len(word) <= 2:
        return share(word)
    return max(share(word[at : at + 2]) for at in range(len(word) - 1))


_FRAME = frozenset(
    "one ones movie movies film films book books thing where which whose please directed there no not without any".split()
)
