"""The plain facts of an item as labelled lines, in the order of the schema."""

from __future__ import annotations

from chatbot.explain import show_number
from chatbot.studio.draft import Source
from chatbot.studio.realise import joined, polish
from chatbot.values import Language
from retrieval.items import Item
from retrieval.schema import Facet, Schema

_HIDDEN = frozenset({"title_zh", "scary", "violence", "theme", "keyword", "image", "url"})


def lines(
    item: Item, schema: Schema, language: Language, most: int = 9
) -> tuple[tuple[tuple[str, str], ...], tuple[Source, ...]]:
    """((label, value), …) of at most `most` short facts, and their sources."""
    rows: list[tuple[str, str]] = []
    sources: list[Source] = []
    for facet in schema.facets.values():
        if facet.name in _HIDDEN or facet.kind in ("text", "link", "flag"):
            continue
        value = shown(item, facet, language)
        if value and len(value) <= 120:
            label = facet.label(language)
            rows.append((label if language == "zh" else label.capitalize(), value))
            sources.append(Source("field", facet.name, item.text(facet.name), item.id))
    return tuple(rows[:most]), tuple(sources[:most])


def shown(item: Item, facet: Facet, language: Language) -> str:
    """A fact as people write it, "" where it is not recorded."""
    number = item.number(facet.name)
    if facet.kind == "number":
        if number is None:
            return ""
        if facet.name == "age":
            return f"{int(number)} 岁以上" if language == "zh" else f"{int(number)} and up"
        return show_number(facet, number, language)
    text = joined([facet.show(v, language) for v in item.values(facet.name)], language)
    return polish(text, "zh") if language == "zh" else text
