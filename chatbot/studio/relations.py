"""What ties one item of a text to the one before it: a subject, a person, years, a turn of mood."""

from __future__ import annotations

from collections import Counter

from chatbot.studio import lexicon
from chatbot.studio.facets import MAKER_FACETS, THEME_FACETS
from chatbot.studio.realise import Slot, counted
from chatbot.studio.slots import Portrait
from chatbot.values import Language
from retrieval.schema import Schema


def years(gap: int, language: Language) -> str:
    """A number of years in words."""
    if language == "zh":
        return f"{gap} 年"
    return "one year" if gap == 1 else f"{counted(gap, 'en')} years"


def relation(
    before: Portrait, after: Portrait, schema: Schema, language: Language
) -> dict[str, Slot]:
    """What links `after` to `before`: `prev`, `shared`, `gap`, `back`, `prevmood`, `newmood`."""
    slots: dict[str, Slot] = {"prev": before.slots["title"]}
    shared = _shared(before, after, schema, language)
    if shared is not None:
        slots["shared"] = shared
    for facet in schema.people():
        people = [v for v in after.item.values(facet) if v in before.item.values(facet)]
        if people:
            sources = (before.source(facet, people[0]), after.source(facet, people[0]))
            one = schema.facets[facet].show(people[0], language)
            slots["sharedperson"] = Slot(one, sources)
            break
    for facet in MAKER_FACETS:
        if after.item.values(facet) and after.item.values(facet) == before.item.values(facet):
            both = (*before.slots["maker"].sources, *after.slots["maker"].sources)
            slots["samemaker"] = Slot(after.slots["maker"].text, both)
    a, b = before.item.number("year"), after.item.number("year")
    if a is not None and b is not None and abs(a - b) >= 5:
        dates = (*before.slots["year"].sources, *after.slots["year"].sources)
        slots["gap" if b > a else "back"] = Slot(years(int(abs(b - a)), language), dates)
    sides = lexicon.side(before.item.values("mood")), lexicon.side(after.item.values("mood"))
    mood = before.slots.get("mood1")
    if mood is not None and sides == ("heavy", "light"):
        slots["prevmood"] = mood
    now = after.slots.get("mood1")
    if now is not None and now.text not in (mood.text if mood is not None else "",):
        slots["newmood"] = now
    return slots


def _shared(before: Portrait, after: Portrait, schema: Schema, language: Language) -> Slot | None:
    for name in THEME_FACETS:
        facet = schema.facet(name)
        both = [v for v in after.item.values(name) if v in before.item.values(name)]
        for value in both:
            one = lexicon.theme(value, facet, language)
            if one is not None and one.kind in ("subject", "place", "era"):
                return Slot(one.text, (before.source(name, value), after.source(name, value)))
    return None


def balance(moods: tuple[str, ...]) -> int:
    """How light a group of moods is: > 0 light, < 0 heavy."""
    counts = Counter(lexicon.side((m,)) for m in moods)
    return counts["light"] - counts["heavy"]
