"""What a file says about itself besides its text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chatbot.studio.draft import Draft, plain
from retrieval.items import Item
from retrieval.schema import Schema

DESCRIPTION = 160
"""Characters that search engines show of a description."""

COMPOSED = "composed from recorded facts, without a language model"


@dataclass(frozen=True, slots=True)
class Meta:
    """Names for the file.

    Attributes:
        created: Unix seconds; None leaves the date out.
        site: who publishes; "" leaves it out.
        things: item id → schema.org properties of the item, for JSON-LD.
    """

    created: float | None = None
    site: str = ""
    things: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    @property
    def date(self) -> str:
        """The day as ISO 8601, "" where it is left out."""
        if self.created is None:
            return ""
        return datetime.fromtimestamp(self.created, UTC).date().isoformat()


def description(draft: Draft) -> str:
    """The summary for search engines, cut at a word.

    >>> from chatbot.studio.brief import Brief
    >>> description(Draft("T", "One *two*.", (), Brief("article")))
    'One two.'
    """
    text = plain(draft.summary)
    if len(text) <= DESCRIPTION:
        return text
    cut = text[: DESCRIPTION - 1]
    if draft.brief.language == "en":
        cut = cut.rsplit(" ", 1)[0]
    return cut.rstrip(",;:，、； ") + "…"


def assistance(draft: Draft) -> str:
    """The mark that a machine had a hand in it, and which."""
    how = COMPOSED if draft.engine == "composer" else f"written with {draft.engine}, facts checked"
    return f"AI-assisted draft ({how})"


_TYPES = {
    "films": "Movie", "shows": "TVSeries", "books": "Book", "courses": "Course",
    "games": "VideoGame", "music": "MusicRecording", "podcasts": "PodcastSeries",
    "restaurants": "Restaurant", "hotels": "Hotel", "shop": "Product", "products": "Product",
}  # fmt: skip
_PEOPLE = {"director": "director", "cast": "actor", "author": "author", "artist": "byArtist"}


def thing(item: Item, schema: Schema) -> dict[str, object]:
    """schema.org properties of an item, of recorded facts only."""
    kind = _TYPES.get(schema.domain) or ("Product" if "price" in schema.facets else "Thing")
    found: dict[str, object] = {"@type": kind, "name": item.title}
    if item.aka or item.text("title_zh"):
        found["alternateName"] = [n for n in (item.text("title_zh"), *item.aka) if n]
    for facet, name in _PEOPLE.items():
        people = item.values(facet)
        if people:
            found[name] = [{"@type": "Person", "name": p} for p in people]
    year = item.number("year")
    if year is not None and kind != "Product":
        found["dateCreated"] = f"{int(year)}"
    if item.values("genre"):
        found["genre"] = list(item.values("genre"))
    runtime = item.number("runtime")
    if runtime is not None and kind == "Movie":
        found["duration"] = f"PT{int(runtime)}M"
    if item.text("certificate") and kind == "Movie":
        found["contentRating"] = item.text("certificate")
    if item.text("brand") and kind == "Product":
        found["brand"] = {"@type": "Brand", "name": item.text("brand")}
    facet_of_price = schema.facet("price")
    price = item.number("price")
    if price is not None and facet_of_price is not None and len(facet_of_price.unit) == 3:
        found["offers"] = {
            "@type": "Offer",
            "price": f"{price:g}",
            "priceCurrency": facet_of_price.unit,
        }
    return found
