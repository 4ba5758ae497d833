# ruff: noqa: E501  (patterns read best on one line)
"""Where something is from, told from where the speaker stands: "foreign films", 「外国片」, subtitles.

What is foreign follows from the language that is spoken; a catalogue without countries or languages
knows nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatbot.understand import Context
from chatbot.values import Assert, Language, Preference, Stance, Update, Withdraw
from retrieval.schema import Schema

_FOREIGN = re.compile(
    r"\b(?:foreign|non[- ]english|not in english|international|world cinema)(?:[- ]language)?(?: (?:films?|movies?|cinema|ones?|stuff))?\b|"
    r"(?:外国|国外|海外|进口|洋)(?:的)?(?:电影|片子?|大片)?"
)
_SUBTITLES = re.compile(
    r"\b(?:read(?:ing)? )?(?:subtitles?|subtitled|subs)\b(?: (?:films?|movies?|ones?))?|字幕"
)
_REFUSED = re.compile(
    r"\b(?:no|not|nothing|without|avoid|hate|can't stand|don't (?:want|like|feel like)(?: to)?|rather not|tired of|skip|anything but)\b[^.!?,;]{0,24}$|n't [^.!?,;]{0,16}$|(?:不要|不想看?|别|不看|讨厌|没有|不用|不喜欢|懒得)[^，。！？]{0,4}$"
)
_FINE = re.compile(
    r"\b(?:don't|do not|wouldn't) (?:really )?mind\b[^.!?]{0,16}$|\b(?:ok|okay|fine|good|cool|happy) with $|\bopen to $|(?:不介意|可以接受|能接受|不排斥)[^，。]{0,4}$"
)
_FINE_AFTER = re.compile(
    r"^(?:'s| is| are| would be)? ?(?:also |totally |perfectly )?(?:fine|ok|okay|good|no problem)|^ (?:doesn't|don't|do not) (?:bother|matter)|^(?:也|都)?(?:可以|行|没关系|没问题|没事)"
)
_QUESTION = re.compile(r"^\W*(?:does|do|is|are|has|have|with or without)\b|吗[？?]?$|有没有")

_HOMELY = ".home"
"""How the groups end that these words made."""

_HOME: dict[Language, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "en": (("English",), ("United States", "United Kingdom")),
    "zh": (("Mandarin", "Cantonese"), ("China", "Hong Kong", "Taiwan")),
}
"""Language of the speaker → (languages, countries) that are not foreign."""


def places(low: str) -> list[tuple[int, int]]:
    """Where such words stand: they are no subjects."""
    return [m.span() for pattern in (_FOREIGN, _SUBTITLES) for m in pattern.finditer(low)]


def wishes(low: str, schema: Schema, language: Language, context: Context) -> Iterator[Update]:
    """The updates that words for foreign works and for subtitles amount to."""
    if not ({"language", "country"} & set(schema.facets)):
        return
    for m in _FOREIGN.finditer(low):
        refused = _REFUSED.search(low[: m.start()]) is not None
        if _FINE.search(low[: m.start()]) or _FINE_AFTER.match(low[m.end() :]):
            yield from _freed(schema, context, m.group())
        else:
            yield from _from(low, schema, language, context, abroad=not refused, said=m.group())
    for m in _SUBTITLES.finditer(low):
        if _QUESTION.search(low) and not _REFUSED.search(low[: m.start()]):
            return
        if _FINE.search(low[: m.start()]) or _FINE_AFTER.match(low[m.end() :]):
            yield from _freed(schema, context, m.group())
        elif _REFUSED.search(low[: m.start()]):
            yield from _from(low, schema, language, context, abroad=False, said=m.group())


def _freed(schema: Schema, context: Context, said: str) -> Iterator[Update]:
    """Every limit on languages, and on countries those that were said in these words."""
    if "language" in schema.facets:
        yield Withdraw("language", source=said)
    for p in context.profile.preferences:
        if p.facet == "country" and p.group.endswith(_HOMELY):
            yield Withdraw("country", p.value, source=said)


def _from(
    low: str, schema: Schema, language: Language, context: Context, *, abroad: bool, said: str
) -> Iterator[Update]:
    """English speakers call foreign what is in another language, Chinese what is from elsewhere."""
    languages, countries = _HOME[language]
    by_language = "language" in schema.facets and (language == "en" or "字幕" in said)
    facet = "language" if by_language else "country"
    if facet not in schema.facets:
        return
    stance: Stance = "forbid" if abroad else "require"
    group = "" if abroad else f"t{context.turn}{_HOMELY}"
    for value in languages if by_language else countries:
        yield Assert(
            Preference(stance, facet, value, source=low.strip(), turn=context.turn, group=group)
        )
