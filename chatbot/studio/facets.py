"""Names under which catalogues record the facets that texts speak of, and words of their levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatbot.values import Language
from retrieval.items import Item
from retrieval.schema import Schema

KIND_FACETS = ("genre", "category", "cuisine", "subject")
MAKER_FACETS = ("director", "author", "artist", "instructor", "developer", "brand")
LENGTH_FACETS = ("runtime", "duration", "pages", "weeks", "hours")
THEME_FACETS = ("theme", "topic", "keyword", "skill")
TEXT_FACETS = ("overview", "overview_zh", "description", "text")
SAID = frozenset({
    *KIND_FACETS, *MAKER_FACETS, *LENGTH_FACETS, *THEME_FACETS, "cast", "year", "country",
    "language", "certificate", "age", "scary", "violence", "mood", "price", "title_zh",
    "overview", "description", "text", "rating", "ratings_count",
})  # fmt: skip

LEVELS: Mapping[str, Mapping[Language, tuple[str, ...]]] = {
    "scary": {
        "en": ("not frightening", "a little frightening", "frightening", "very frightening"),
        "zh": ("不吓人", "略有些吓人", "比较吓人", "非常吓人"),
    },
    "violence": {
        "en": ("free of violence", "a little violent", "violent", "very violent"),
        "zh": ("没有暴力", "有少量暴力", "暴力较重", "暴力很重"),
    },
}


def length_facet(items: Sequence[Item], schema: Schema) -> str:
    """The facet that all items have their length in, "" where there is none."""
    for name in LENGTH_FACETS:
        if name in schema.facets and all(i.number(name) is not None for i in items):
            return name
    return ""
