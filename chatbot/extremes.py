"""Which of several items is the most or the least of something, from recorded facts only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatbot.explain import MIN_RATINGS, show_number, title_of
from chatbot.phrases import listed, say
from chatbot.values import Language
from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.quality import Quality
from retrieval.schema import Facet

Measure = Callable[[Item], "tuple[float, str] | None"]
"""An item's value and how it is shown; None = not recorded."""

_LABELS = {
    "rating": {"en": "ratings", "zh": "评分"},
    "popularity": {"en": "popularity", "zh": "知名度"},
    "price": {"en": "price", "zh": "价格"},
    "year": {"en": "year", "zh": "年份"},
    "runtime": {"en": "length", "zh": "时长"},
}
_SHOWN = 3


def extreme(
    ids: Sequence[str],
    aspect: str,
    catalogue: Catalogue,
    language: Language,
    quality: Quality | None = None,
) -> str:
    """The answer to "which is the shortest?": the first, what follows, and what is not known.

    Args:
        ids: the items to choose from.
        aspect: "most:" or "least:" and a facet, "rating" or "popularity".
        catalogue: where the facts are.
        language: of the answer.
        quality: what many people thought of the items, for ratings.
    """
    end, _, name = aspect.partition(":")
    facet = catalogue.schema.facet(name)
    measure = _measure(name, facet, catalogue, language, quality)
    items = [catalogue[i] for i in dict.fromkeys(ids) if i in catalogue]
    known = [(item, *found) for item in items if (found := measure(item)) is not None]
    label = facet.label(language) if facet is not None else _LABELS.get(name, {}).get(language, "")
    if not known:
        return say("extreme.unknown", language, aspect=label)
    known.sort(key=lambda k: -k[1] if end == "most" else k[1])
    best = [k for k in known if k[1] == known[0][1]]
    rest = known[len(best) :][: max(0, _SHOWN - len(best))]
    first = listed([title_of(item, language) for item, _, _ in best], language)
    text = say(
        "extreme.one" if len(best) == 1 else "extreme.tie", language, title=first, value=best[0][2]
    )
    if rest:
        shown = [
            f"{title_of(item, language)}（{value}）"
            if language == "zh"
            else f"{title_of(item, language)} ({value})"
            for item, _, value in rest
        ]
        text += say("extreme.then", language, titles=listed(shown, language))
    text += "。" if language == "zh" else "."
    silent = [item for item in items if item not in [k[0] for k in known]]
    if silent:
        titles = listed([title_of(item, language) for item in silent], language)
        text += say("extreme.silent", language, titles=titles, aspect=label)
    return text


def rated(item: Item, catalogue: Catalogue, language: Language, quality: Quality | None) -> str:
    """What many people thought of an item, as one sentence; "" where nobody counted."""
    found = _rating(catalogue, language, quality)(item)
    if found is None:
        return ""
    return say("item.rated", language, title=title_of(item, language), value=found[1])


def _measure(
    name: str,
    facet: Facet | None,
    catalogue: Catalogue,
    language: Language,
    quality: Quality | None,
) -> Measure:
    if facet is not None and facet.kind == "number":

        def number(item: Item) -> tuple[float, str] | None:
            value = item.number(name)
            if value is None:
                return None
            return value, facet.level(value, language) or show_number(facet, value, language)

        return number
    if facet is not None and facet.order:

        def step(item: Item) -> tuple[float, str] | None:
            places = [facet.order.index(v) for v in item.values(name) if v in facet.order]
            if not places:
                return None
            return float(max(places)), facet.show(facet.order[max(places)], language)

        return step
    if name == "rating":
        return _rating(catalogue, language, quality)
    if name != "popularity":
        return lambda _item: None
    return _popularity(catalogue, language, quality)


def _rating(catalogue: Catalogue, language: Language, quality: Quality | None) -> Measure:
    def rating(item: Item) -> tuple[float, str] | None:
        detail = quality.detail(catalogue.row_of[item.id]) if quality is not None else {}
        mean, count = detail.get("rating"), detail.get("count")
        if not isinstance(mean, float) or not isinstance(count, int) or count < MIN_RATINGS:
            return None
        top = detail.get("top", 5)
        source = " MovieLens" if detail.get("source") == "movielens" else ""
        if language == "zh":
            return (
                mean,
                f"{mean:.1f}/{top:g}，{source.strip()}{' ' if source else ''}{count} 人评分",
            )
        return mean, f"{mean:.1f}/{top:g} by {count} people{' on' + source if source else ''}"

    return rating


def _popularity(catalogue: Catalogue, language: Language, quality: Quality | None) -> Measure:
    def popularity(item: Item) -> tuple[float, str] | None:
        detail = quality.detail(catalogue.row_of[item.id]) if quality is not None else {}
        count = detail.get("count")
        if not isinstance(count, int):
            return None
        return float(count), f"{count} 人评分" if language == "zh" else f"rated by {count} people"

    return popularity
