# ruff: noqa: E501  (patterns read best on one line)
"""What is told rather than asked for: "that had Steve Carell in it", "came out in 2017", "my kids"."""

from __future__ import annotations

import re

_ASKED = re.compile(
    r"\b(?:any|some|something|anything|recommend\w*|suggest\w*|looking|find|wants?|wanted|needs?|please|should|must|ha(?:s|ve) to|could|can|would|give|show|maybe|let's|prefer\w*|mood|more|another|others?|else|how about|what about|if)\b|[?？]\s*$"
)
_BEFORE = re.compile(
    r"\b(?:it|that|this|those|these|they|he|she|which|there|movie|film|one)(?:'s| is| was| were| are| had| has| got| came| stars?| starr?e[sd]| looks?| seems?)\b|"
    r"\bcame out\b|\bmade in\b|\b(?:was|were|is|are) in\b|\bi (?:saw|heard|forgot|watched|remember)\b|\bthe (?:one|guy|girl|scene|part|outtakes?)\b|\bin that\b"
)
_AFTER = re.compile(
    r"^\s*(?:'s\b|is\b|isn't\b|was\b|wasn't\b|were\b|are\b|did\b|didn't\b|does\b|doesn't\b|do\b|has\b|had\b|plays?\b|played\b|killed\b|nailed\b|rocks\b|deserve[sd]?\b|starred\b|never\b|still\b|makes?\b|made\b|(?:is |was )?in (?:it|that|this|both)\b)"
)
_HOPED = re.compile(
    r"\b(?:wants?|needs?|looking|prefer\w*|please|what i|mood|recommend\w*|suggest\w*)\b|[?？]\s*$"
)
_WHETHER = re.compile(
    r"^(?:so |and |but )?(?:is|are|was|were|does|did|has) (?:it|that|this|they|those|these|he|she)\b"
)
_PEOPLE = re.compile(r"(?:teen(?:ager)?s?|child(?:ren)?|kids?|famil(?:y|ies))", re.IGNORECASE)
_WHOSE = re.compile(
    r"\b(?:my|our|her|his|their|young|younger|little|small|older|some|with|a bunch of|still a|the|two|three|\d+) (?:(?:young|little|older|small) )?$"
)
_THING = re.compile(
    r"^\s*(?:friendly|oriented)?\s*(?:movies?|films?|shows?|flicks?|ones?|stuff|comed|drama|adventure|genre|theme|type|pictures?|books?|animation|classics?)"
)


def told(before: str, after: str) -> bool:
    """Whether a mention between these lowered words of its clause is part of a statement.

    >>> told("i think ", " did a tremendous job"), told("can you suggest a good ", "")
    (True, False)
    """
    if _ASKED.search(before) or _HOPED.search(after):
        return False
    if _AFTER.match(after):
        return True
    return bool(_BEFORE.search(before)) and not _ASKED.search(after)


def wondered(before: str) -> bool:
    """Whether a clause asks what something is.

    >>> wondered("are they "), wondered("are there any ")
    (True, False)
    """
    return _WHETHER.match(before) is not None


def remarked(before: str, said: str) -> bool:
    """Whether "newer", "older", "later" stand in a remark and ask for nothing.

    >>> remarked("see you ", "later"), remarked("i thought the ", "newer")
    (True, True)
    >>> remarked("do you know anything ", "newer"), remarked("something from ", "later")
    (False, False)
    """
    if said in ("later", "earlier") and not _DATED.search(before):
        return True
    return said in _AGES and _REMARK.search(before) is not None


_AGES = ("older", "newer", "later", "earlier", "more recent")
_DATED = re.compile(
    r"\b(?:something|anything|from|bit|little|much|made|movies?|films?|ones?|one|even|slightly) $|^\s*$"
)
_REMARK = re.compile(
    r"\b(?:the|did the|her|his|their) $|\b(?:they|it|that|those|these)(?: are|'re| is|'s| were| was)(?: an?| much| some)? $|"
    r"\b(?:i|we|they|he|she)(?: also| really| always| do| did| both| still| mostly| usually)* (?:likes?|loves?|enjoy|liked|loved|watched)\b(?! to )"
    r"(?:(?!\bbut\b|thing\b)[^.?!,;]){0,22} $"
)


def company(said: str, before: str, after: str) -> bool:
    """Whether words that also name a kind are the people it is for.

    >>> company("children", "a movie to watch with my little ", " tonight")
    True
    >>> company("children", "some ", " movies"), company("comedy", "my ", "")
    (False, False)
    """
    if _PEOPLE.fullmatch(said) is None or _THING.match(after):
        return False
    return _WHOSE.search(before) is not None
