# ruff: noqa: E501  (patterns read best on one line)
"""How many items were asked for."""

from __future__ import annotations

import re

from chatbot.understand.numerals import HAN, number

_COUNT = re.compile(
    rf"\b(?P<n>\d{{1,2}}|one|two|three|four|five|six|seven|eight|ten|a couple of|a few) (?:\w+ ){{0,2}}?(?:more |other |good |great )?(?:films?|movies?|recommendations?|suggestions?|books?|options?|picks?|titles?|results?|courses?|restaurants?|products?)\b|"
    rf"\b(?:give|show|find|recommend|list|suggest|tell|get|pick)(?: me| us)? (?:me )?(?:just |only |another )?(?P<n2>\d{{1,2}}|two|three|four|five|six|seven|eight|nine|ten)(?: more| others?| instead| please| then)*\s*(?:$|[.,!?])|\b(?:give|show|find|recommend|list|suggest|get|pick)(?: me| us)? (?P<n4>\d{{1,2}}|two|three|four|five|six|seven|eight|nine|ten) (?=[a-z]{{3}})(?!(?:hours?|minutes?|mins?|stars?|years?)\b)|\b(?:top|just|only|make (?:it|that)) (?P<n3>\d{{1,2}}|two|three|four|five|six|seven|eight|nine|ten)\s*(?:$|[.,!?])|"
    rf"(?:推荐|来|给我|找|要|列|换)(?:我)?(?:个)?(?P<zh>{HAN}|\d{{1,2}})(?:部|个|本|家|款|条|张)|(?:^|[，,。 ]|只要?|就)(?P<zh2>{HAN}|\d{{1,2}})(?:部|个|本|家|款|条|张)(?:就)?(?:够|行|好)"
)


def count(low: str) -> int | None:
    """How many items were asked for, or None.

    >>> count("give me three comedy films"), count("推荐五部科幻片"), count("films from the 90s")
    (3, 5, None)
    """
    match = _COUNT.search(low)
    if match is None:
        return None
    said = match["zh"] or match["zh2"]
    value = number(match["n"] or match["n2"] or match["n3"] or match["n4"] or said)
    if said == "一" and not _JUST_ONE.search(low):
        return None  # 「找一部」 is how a request begins, as "a film" is
    return int(value) if value is not None and 1 <= value <= 50 else None


_JUST_ONE = re.compile(
    r"(?:只|就|仅)(?:推荐|来|给我|要|想要|看|找|需要)?(?:我)?一(?:部|个|本|家|款)|一(?:部|个|本|家|款)就(?:够|行|好)"
)
