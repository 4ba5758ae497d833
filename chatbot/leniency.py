"""What a recorded conversation shows of how firmly a request was meant. Used by `replay` only.

In a conversation that somebody else led, the other side now and then names items that a request
rules out. Who says nothing against it did not mean a limit but a wish. Our own lists never break
limits, so nothing of this can happen in the chat.
"""

from __future__ import annotations

import re
from dataclasses import replace

from chatbot.values import Preference, Profile
from retrieval.catalogue import Catalogue
from retrieval.constraints import Limit

_FIRM = re.compile(
    r"\b(?:only|must|ha(?:s|ve) to|needs? to|strictly|nothing|no|not|never|without|just)\b|"
    r"n't\b|[只必]|一定|不|别|没"
)
_COMPLAINT = re.compile(
    r"\b(?:no|nope|not|said|asked|told|want(?:ed)?|instead|rather|but|looking|isn't|don't)\b|"
    r"[不别]|我说|我要|换"
)
_WISH = 0.7
"""Strength of what is left of such a request."""


def eased(profile: Profile, named: tuple[str, ...], answer: str, catalogue: Catalogue) -> Profile:
    """The profile with requests made wishes that all of `named` items break, to no complaint.

    What was forbidden, pinned, or asked for in firm words ("only", "must", "not") stays a limit.

    Args:
        profile: before the answer was read.
        named: ids that the other side named.
        answer: what the user said to it.
        catalogue: where the items are from.
    """
    items = [catalogue[i] for i in named if i in catalogue]
    if not items or _COMPLAINT.search(answer.casefold()):
        return profile

    def broken(p: Preference) -> bool:
        if p.stance != "require" or p.pinned or p.facet in ("title", "term"):
            return False
        if _FIRM.search(p.source.casefold()):
            return False
        if isinstance(p.value, tuple):
            limit = Limit(p.facet, "require", interval=p.value)
        else:
            group = [
                str(q.value)
                for q in profile.preferences
                if q is p or (p.group and (q.facet, q.group) == (p.facet, p.group))
            ]
            limit = Limit(p.facet, "require", tuple(group))
        return not any(limit.holds(item, catalogue.schema) for item in items)

    gone = [p for p in profile.preferences if broken(p)]
    return Profile(
        tuple(
            replace(p, stance="like", strength=min(p.strength, _WISH), group="") if p in gone else p
            for p in profile.preferences
        )
    )
