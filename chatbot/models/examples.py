"""Examples for reading, made from the catalogue at hand: its titles, values and people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chatbot.models.reading import dump
from retrieval.catalogue import Catalogue
from retrieval.schema import Facet

_VALUES = 14
"""Values of a facet that a model is shown; the linker knows all of them."""


class Example(NamedTuple):
    """A message, the list shown before it, and the JSON it reads as."""

    message: str
    listed: tuple[str, ...]
    json: str


def facet_lines(catalogue: Catalogue) -> str:
    """The facets of a catalogue and their frequent values, one facet a line."""
    lines = []
    for facet in catalogue.schema.facets.values():
        label = facet.label("zh")
        if facet.kind == "number":
            known = catalogue.numbers(facet.name)
            known = known[known == known]
            if len(known):
                lines.append(f"{facet.name} ({label}): number, {known.min():g} to {known.max():g}")
        elif facet.kind == "category" and not facet.role:
            lines.append(f"{facet.name} ({label}): " + ", ".join(_frequent(catalogue, facet)))
    if catalogue.schema.people():
        names = ", ".join(catalogue.schema.people())
        lines.append(f"person: anyone who is {names}")
    lines.append("term: any other word that describes what is wanted")
    return "\n".join(lines)


def _frequent(catalogue: Catalogue, facet: Facet) -> Sequence[str]:
    counts = Counter(v for item in catalogue.items for v in item.values(facet.name))
    return [v for v, _ in sorted(counts.items(), key=lambda c: (-c[1], c[0]))[:_VALUES]]


def examples(catalogue: Catalogue) -> tuple[Example, ...]:
    """A few examples in both languages; the same catalogue gives the same ones."""
    schema = catalogue.schema
    noun = schema.noun.get("en", "item")
    titles = [item.title for item in catalogue.items[:: max(1, len(catalogue) // 7)]][:3]
    category = next(
        (f for f in schema.facets.values() if f.kind == "category" and not f.role), None
    )
    values = list(_frequent(catalogue, category))[:2] if category is not None else []
    found = []
    if titles and category is not None and len(values) == 2:
        shown = category.show(values[1], "zh")
        found.append(
            Example(
                f"I loved {titles[0]}. Something like it please, but no {values[0].lower()}",
                (),
                _json(
                    "en",
                    "recommend",
                    wants=[_want("forbid", category.name, values[0], f"no {values[0].lower()}")],
                    titles=[("like", titles[0], f"I loved {titles[0]}")],
                ),
            )
        )
        found.append(
            Example(
                f"想要{shown}，推荐三个",
                (),
                _json(
                    "zh",
                    "recommend",
                    wants=[_want("require", category.name, values[1], f"想要{shown}")],
                    count=3,
                ),
            )
        )
    number = schema.facet("year") or next(
        (f for f in schema.facets.values() if f.kind == "number"), None
    )
    if number is not None:
        middle = _middle(catalogue, number)
        words = f"{number.label('en')} {middle} or later"
        found.append(
            Example(
                f"{words} only, and something cosy",
                (),
                _json(
                    "en",
                    "recommend",
                    wants=[
                        _want("require", number.name, f">={middle}", words),
                        _want("like", "term", "cosy", "something cosy"),
                    ],
                ),
            )
        )
    if len(titles) > 1:
        found.append(
            Example(
                f"what is the second {noun} about?",
                tuple(titles),
                _json("en", "ask_item", items=[2], aspect="plot"),
            )
        )
    return tuple(found)


def _middle(catalogue: Catalogue, facet: Facet) -> str:
    column = catalogue.numbers(facet.name)
    known = sorted(float(x) for x in column[column == column])
    return f"{known[len(known) // 2]:g}" if known else "1"


def _want(stance: str, facet: str, value: str, words: str) -> Mapping[str, str]:
    return {"stance": stance, "facet": facet, "value": value, "words": words}


def _json(
    language: str,
    intent: str,
    *,
    wants: Sequence[Mapping[str, str]] = (),
    titles: Sequence[tuple[str, str, str]] = (),
    items: Sequence[int] = (),
    aspect: str = "",
    count: int = 0,
) -> str:
    named = [{"stance": s, "title": t, "words": w} for s, t, w in titles]
    return dump(
        {
            "language": language,
            "intent": intent,
            "wants": list(wants),
            "titles": named,
            "items": list(items),
            "aspect": aspect,
            "count": count,
        }
    )
