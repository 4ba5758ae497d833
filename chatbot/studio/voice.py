"""A brand's voice from samples: how long its sentences are, whom it speaks to, how loud it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from chatbot.errors import InputError
from chatbot.studio.brief import Voice, clean
from chatbot.studio.draft import size, split
from chatbot.values import Language

_LEAST = 30
"""Words (characters in Chinese) below which a voice cannot be told."""

_SHORTENED = re.compile(r"\b\w+['’](?:s|re|ve|ll|d|t|m)\b", re.IGNORECASE)
_FULL = re.compile(
    r"\b(?:it is|that is|do not|does not|is not|we would|you will|we have|there is)\b",
    re.IGNORECASE,
)


def learn(samples: Sequence[str], language: Language, avoid: Sequence[str] = ()) -> Voice:
    """The voice of some texts.

    Args:
        avoid: words the brand does not use; patterns that hold one are never said.

    Raises:
        InputError: the samples are too short to tell.

    >>> learn(["You'll love it! We made it for you. " * 5], "en").address
    'both'
    """
    text = " ".join(clean(s) for s in samples)
    sentences = split(text, language)
    total = size(text, language)
    if total < _LEAST:
        raise InputError(
            f"the samples hold {total} words; a voice needs at least {_LEAST}.",
            hint="Paste a few paragraphs that sound like you.",
        )
    loud = sum(s.rstrip("\"'”’").endswith(("!", "！")) for s in sentences)
    short, full = len(_SHORTENED.findall(text)), len(_FULL.findall(text))
    return Voice(
        words=round(total / len(sentences), 1),
        contractions=None if short == full == 0 or language == "zh" else short > full,
        address=_address(text, len(sentences)),
        exclaims=round(loud / len(sentences), 3),
        avoid=tuple(clean(w).casefold() for w in avoid if clean(w)),
        samples=len(samples),
    )


def _address(text: str, sentences: int) -> Literal["", "you", "we", "both"]:
    you = len(re.findall(r"\byou(?:r|'\w+)?\b|[你您]", text, re.IGNORECASE))
    we = len(re.findall(r"\b(?:we|our|us)\b|我们|咱们", text, re.IGNORECASE))
    said = (you * 6 >= sentences, we * 6 >= sentences)
    return "both" if all(said) else "you" if said[0] else "we" if said[1] else ""
