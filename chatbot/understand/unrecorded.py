# ruff: noqa: E501  (patterns read best on one line)
"""What people often ask of films and no catalogue of facts records: awards, where to stream, colour.

A catalogue that has a facet of that name records it after all.
"""

from __future__ import annotations

import re

from retrieval.schema import Schema

_MATTERS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("awards", ("award", "awards", "prizes"), r"\b(?:oscars?(?= ?(?:winn|nomin|bait|worth|$|[.,!?]|films?|movies?))|oscar[- ](?:winn\w+|nominat\w+)|academy awards?|award[- ]winn\w+|won (?:an? )?(?:oscar|award)s?|palme d'or|golden (?:globe|lion|bear)s?|bafta)\b|奥斯卡|获奖|得奖|得过奖|金马奖?|金像奖|金鸡奖|戛纳"),
    ("availability", ("platform", "platforms", "streaming", "availability"), r"\b(?:on|from|via) (?:netflix|hulu|prime(?: video)?|amazon(?: prime)?|disney(?: ?\+| plus)|hbo(?: max)?|apple tv|youtube|mubi|peacock)\b|\bin (?:the )?(?:cinemas?|theat(?:er|re)s?)(?: now| right now| at the moment)?\b|\bnow (?:showing|playing)\b|\b(?:free to|can) stream\b|正在上映|院线|爱奇艺|腾讯视频|优酷|奈飞"),
    ("women", ("director_gender",), r"\bdirected by (?:a )?wom[ae]n\b|\b(?:female|women|woman) (?:film)?(?:directors?|makers?)\b|女(?:性)?导演"),
    ("colour", ("colour", "color"), r"\bblack[- ]and[- ]white\b|\bb ?& ?w\b|\bblack & white\b|黑白(?=片|电影|的|影|$)"),
    ("takings", ("box_office", "revenue", "gross"), r"\bbox[- ]office\b|\b(?:highest|top)[- ]grossing\b|票房"),
)  # fmt: skip


def unrecorded(low: str, schema: Schema) -> tuple[str, ...]:
    """Keys of what is asked for and not recorded; () in catalogues of other things than films.

    >>> from retrieval.schema import Facet
    >>> films = Schema({"director": Facet("director", "category")})
    >>> unrecorded("an oscar winning comedy", films), unrecorded("with oscar isaac", films)
    (('awards',), ())
    """
    if "director" not in schema.facets:
        return ()
    return tuple(
        key
        for key, facets, pattern in _MATTERS
        if not any(f in schema.facets for f in facets) and re.search(pattern, low)
    )
