"""A brief out of what somebody says in a conversation, and the draft that stands there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

from chatbot.studio.brief import Brief, Kind, brief_of
from chatbot.studio.desk import Studio
from chatbot.studio.draft import Draft
from chatbot.studio.instructions import kinds_in, tone_in
from chatbot.values import Language, Turn

_SHORT = re.compile(r"\b(?:short|brief|quick|little)\b|短|简短|小")
_LONG = re.compile(r"\b(?:long|detailed|in[- ]depth|thorough)\b|长文|详细|深入")
_FOR = re.compile(
    r"\bfor ((?!me\b|us\b|it\b|you\b)[a-z][a-z' -]{2,40}?)(?=[.,;!?]|$)"
    r"|(?:给|为|面向)([^，。！？的写]{1,12}?)(?:看的?|写|读)",
    re.IGNORECASE,
)
_ABOUT_ZH = re.compile(r"[一份篇个]([^，。！？一份篇个的]{2,8}?)(?:推荐|清单|片单|专题)")
_RECOMMENDED_ZH = re.compile(r"推荐|介绍|专题")


def ordered(text: str, items: Sequence[str], language: Language) -> Brief:
    """The brief that a message asks for: its kind, tone, length and readers; short if it is silent.

    >>> b = ordered("write a warm newsletter about these for my book club", ["a", "b"], "en")
    >>> b.kind, b.tone, b.audience
    ('newsletter', 'warm', 'our book club')
    >>> ordered("把这三部写成一篇周末推荐", ["a", "b", "c"], "zh").topic
    '周末'
    """
    low = text.lower()
    many = len(items) > 1
    # "Turn the list into a review": what it is to become comes last.
    named = [k for k in kinds_in(low) if many or k not in ("comparison", "listicle")]
    default = "article" if many and _RECOMMENDED_ZH.search(low) else "listicle"
    kind = named[-1] if named else default if many else "review"
    length = "long" if _LONG.search(low) else "medium" if not _brief(low, kind, many) else "short"
    found = _FOR.search(low)
    about = _ABOUT_ZH.search(low) if many else None
    return brief_of(
        cast(Kind, kind),
        items=list(items)[:30],
        language=language,
        tone=tone_in(low),
        length=length,
        audience=_readers(next((g for g in found.groups() if g), "").strip()) if found else "",
        topic=about[1] if about else "",
    )


def _brief(text: str, kind: str, many: bool) -> bool:
    return bool(_SHORT.search(text)) or many or kind != "review"


def _readers(words: str) -> str:
    """Whom somebody names, as their own text would: "my kids" are kids, "my club" is ours."""
    owner, _, rest = words.partition(" ")
    if owner in ("my", "our") and rest:
        return rest if rest.endswith("s") else f"our {rest}"
    return words


_ALL = re.compile(
    r"\b(?:the|this|that|my|your) (?:whole |entire )?list\b"
    r"|\b(?:all|each) of (?:them|these|those)\b|\b(?:these|those|them)\b"
    r"|这些|这几|那几|它们|全部|(?:这|那|整)个?[片清名]单|列表"
)


def meant(text: str, items: Sequence[str], listed: Sequence[str]) -> tuple[str, ...]:
    """Ids an order is about: those it names; the whole list where it says so.

    >>> meant("turn the list into a newsletter", ("b",), ("a", "b", "c"))
    ('a', 'b', 'c')
    >>> meant("a review of the second one", ("b",), ("a", "b", "c"))
    ('b',)
    """
    whole = len(items) < 2 and len(listed) > 1 and _ALL.search(text.lower())
    return tuple(listed if whole or not items else items)


def draft_of(turn: Turn, listed: Sequence[str], studio: Studio) -> Draft:
    """The draft that a turn of a conversation holds, with its sources.

    The same words, items and catalogue give the same draft again; no text is read back. `listed`
    is the list that was on the screen then.
    """
    found = meant(turn.text, turn.understanding.items, listed)
    items = [i for i in found if i in studio.catalogue]
    return studio.plan(ordered(turn.text, items, turn.reply.language))
