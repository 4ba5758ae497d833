"""Answers about items, from recorded facts only. Where the catalogue is silent, it says so."""

from __future__ import annotations

from chatbot.explain import show_number, title_of
from chatbot.phrases import listed, say
from chatbot.values import Language
from retrieval.items import Item
from retrieval.schema import Facet, Schema

_SAME = {
    "plot": "overview",
    "length": "runtime",
    "actors": "cast",
    "age_rating": "certificate",
    "themes": "theme",
    "about": "overview",
}


_MISSING: dict[str, dict[Language, str]] = {
    "availability": {"en": "where to find it", "zh": "观看渠道"},
    "plot": {"en": "plot", "zh": "剧情"},
    "ending": {"en": "ending", "zh": "结局"},
    "awards": {"en": "awards", "zh": "获奖情况"},
    "budget": {"en": "budget", "zh": "成本"},
}


_YES: dict[Language, tuple[str, str]] = {"en": ("no", "yes"), "zh": ("否", "是")}


def about_item(item: Item, aspect: str, schema: Schema, language: Language) -> tuple[str, bool]:
    """(the answer, whether the catalogue knew); an empty aspect asks for a portrait."""
    title = title_of(item, language)
    aspect = _SAME.get(aspect, aspect)
    if aspect == "url" and schema.facet("url") is None:
        aspect = "availability"
    if aspect in ("", "overview"):
        text = portrait(item, schema, language)
        return text, True
    if aspect == "person":
        return _people(item, schema, language)
    facet = schema.facet(aspect)
    number = item.number(aspect)
    if facet is not None and number is not None and (level := facet.level(number, language)):
        text = f"{title}{level}。" if language == "zh" else f"{title} is {level}."
        return text + _beside(item, language), True
    value = _shown(item, facet, language) if facet is not None else ""
    if facet is None or not value:
        label = facet.label(language) if facet else _MISSING.get(aspect, {}).get(language, aspect)
        return say("item.unknown_fact", language, title=title, aspect=label), False
    label = facet.label(language)
    return (
        say(
            "item.fact",
            language,
            title=title,
            aspect=label,
            aspect_cap=_capital(label),
            value=value,
        ),
        True,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _beside(item: Item, language: Language) -> str:
    """The age facts that people mean when they ask whether something is scary or violent."""
    age = item.number("age")
    if age is None:
        return ""
    certificate = item.text("certificate")
    if language == "zh":
        return f"建议年龄 {int(age)} 岁以上" + (
            f"，美国分级 {certificate}。" if certificate else "。"
        )
    return f" I would show it from age {int(age)}" + (
        f" (rated {certificate})." if certificate else "."
    )


def _people(item: Item, schema: Schema, language: Language) -> tuple[str, bool]:
    parts = []
    for name in schema.people():
        facet = schema.facet(name)
        value = _shown(item, facet, language) if facet else ""
        if facet and value:
            label = facet.label(language)
            parts.append(f"{label}：{value}" if language == "zh" else f"{label}: {value}")
    if not parts:
        title = title_of(item, language)
        label = "人员" if language == "zh" else "people"
        return say("item.unknown_fact", language, title=title, aspect=label), False
    joined = "；".join(parts) + "。" if language == "zh" else _capital("; ".join(parts)) + "."
    return joined, True


def _shown(item: Item, facet: Facet | None, language: Language) -> str:
    if facet is None:
        return ""
    number = item.number(facet.name)
    if facet.kind == "number" and number is not None:
        return show_number(facet, number, language)
    if facet.kind == "flag" and item.values(facet.name):
        return _YES[language][bool(item.get(facet.name))]
    values = [facet.show(v, language) for v in item.values(facet.name)]
    return listed(values, language) if facet.kind == "category" else "".join(values)


def facts_line(item: Item, schema: Schema, language: Language) -> str:
    """The short facts of an item on one line: year, genres, length, countries, …

    >>> schema = Schema({"year": Facet("year", "number"), "genre": Facet("genre", "category")})
    >>> facts_line(Item("1", "Alien", {"year": 1979.0, "genre": ("Horror",)}), schema, "en")
    '1979 · Horror'
    """
    parts = []
    for facet in schema.facets.values():
        if facet.name in _OFF_THE_LINE or facet.kind in ("text", "link", "flag") or facet.role:
            continue
        value = _shown(item, facet, language)
        if value:
            parts.append(value)
    return " · ".join(parts[:5])


_OFF_THE_LINE = frozenset({"scary", "violence", "age", "mood", "theme", "keyword", "language"})


def overview_of(item: Item, language: Language) -> str:
    """The item's description in `language`, in another language where there is none."""
    return item.text(f"overview_{language}") or item.text("overview")


def portrait(item: Item, schema: Schema, language: Language) -> str:
    """A few sentences about an item: facts line, people, description."""
    title = title_of(item, language)
    people, known = _people(item, schema, language)
    overview = overview_of(item, language)
    head = (
        f"{title}（{facts_line(item, schema, language)}）。"
        if language == "zh"
        else (f"{title} ({facts_line(item, schema, language)}).")
    )
    return " ".join(filter(None, [head, people if known else "", overview]))


def comparison(a: Item, b: Item, schema: Schema, language: Language) -> str:
    """Two items side by side as a Markdown table, facts that either records."""
    name_a, name_b = title_of(a, language), title_of(b, language)
    intro = say("compare.intro", language, a=name_a, b=name_b)
    rows = [f"| | {_cell(name_a)} | {_cell(name_b)} |", "|---|---|---|"]
    for facet in schema.facets.values():
        if facet.kind in ("text", "link"):
            continue
        left, right = _shown(a, facet, language), _shown(b, facet, language)
        if left or right:
            rows.append(
                f"| {_cell(facet.label(language))} | {_cell(left) or '–'} | {_cell(right) or '–'} |"
            )
    return intro + "\n\n" + "\n".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
