"""Our words about catalogue values: themes, moods, kinds, makers. Data from `chatbot/studio/data`.

What is not listed here still works: values are then said as catalogue and schema spell them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from chatbot.studio.draft import emphasised
from chatbot.values import Language
from retrieval.items import Item
from retrieval.schema import Facet, Schema, fold

MEASURES = frozenset("部本件门款个张种首家台只套场位档道")
ITALIC = frozenset({"films", "shows", "books", "games", "music", "podcasts"})


@cache
def data(name: str) -> Mapping[str, Any]:
    """The data file `name`.toml, read once."""
    text = resources.files("chatbot.studio").joinpath("data", f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme as it stands in a sentence. `kind`: subject, place, era, basis, form or twist."""

    value: str
    text: str
    kind: str


@cache
def _themes() -> Mapping[str, tuple[str, str, str]]:
    found: dict[str, tuple[str, str, str]] = {}
    for kind, entries in data("themes").items():
        for value, words in entries.items():
            english, _, chinese = str(words).partition("|")
            found[fold(value)] = (kind, english, chinese)
    return found


def theme(value: str, facet: Facet | None, language: Language) -> Theme | None:
    """How a theme is said, or None where nobody knows how to say it in this language.

    >>> theme("heist", None, "en").text, theme("plot twist", None, "zh").kind
    ('a heist', 'twist')
    """
    known = _themes().get(fold(value))
    shown = facet.show(value, language) if facet is not None else value
    if known is None:
        if language == "zh" and shown.isascii():
            return None
        if language == "en" and not value.isascii():
            return None
        return Theme(value, shown, "other")
    kind, english, chinese = known
    return Theme(value, chinese if language == "zh" else english, kind)


def glosses(mood: str, language: Language) -> tuple[str, ...]:
    """What a mood does, several ways; () for moods that are not ours."""
    return tuple(data("moods")["gloss"][language].get(mood, ()))


def adjective(mood: str) -> str:
    """A mood before a noun, English."""
    return str(data("moods")["adjective"].get(mood, mood))


def mood_zh(mood: str, facet: Facet) -> str:
    """A mood as it is said of something, Chinese."""
    return str(data("moods")["said_zh"].get(mood) or facet.show(mood, "zh"))


def side(moods: tuple[str, ...]) -> str:
    """Which side a group of moods is on by majority: "light", "heavy" or ""."""
    sides = data("moods")["side"]
    light = sum(m in sides["light"] for m in moods)
    heavy = sum(m in sides["heavy"] for m in moods)
    return "light" if light > heavy else "heavy" if heavy > light else ""


def nouns(schema: Schema, language: Language) -> tuple[str, str, str]:
    """(singular, plural, measure word): ("film", "films", ""), (「电影」, 「电影」, 「部」)."""
    one = schema.noun.get(language) or schema.noun.get("en") or "item"
    many = schema.nouns.get(language) or schema.nouns.get("en") or one
    if language == "en":
        return one, many, ""
    measure = "个"
    if len(one) > 1 and one[0] in MEASURES:
        measure, one = one[0], one[1:]
    elif schema.domain in _MEASURE_OF:
        measure = _MEASURE_OF[schema.domain]
    if len(many) > 1 and many[0] in MEASURES:
        many = many[1:]
    return one, many, measure


_MEASURE_OF = {"films": "部", "shows": "部", "books": "本", "courses": "门", "shop": "款",
               "products": "款", "games": "款", "music": "首"}  # fmt: skip


def titled(item: Item, schema: Schema, language: Language) -> str:
    """The title as a draft writes it: italics for works in English, book marks in Chinese.

    >>> titled(Item("1", "Alien", {"title_zh": "异形"}), Schema({}, domain="films"), "zh")
    '《异形》'
    """
    if language == "zh":
        name = item.text("title_zh") or item.title
        return f"《{name}》" if is_work(schema) else f"“{name}”"
    return emphasised(item.title) if is_work(schema) else item.title.replace("*", "\\*")


def is_work(schema: Schema) -> bool:
    """Whether the items are works somebody made, with titles of their own."""
    # A catalogue of ours says its domain; one that was inferred at least says who made the works.
    return schema.domain in ITALIC or any(
        name in schema.facets for name in ("director", "author", "artist")
    )


def kind_phrase(values: tuple[str, ...], facet: Facet, noun: str, language: Language) -> str:
    """What an item is, in at most two of its kinds: "romantic comedy", 「爱情喜剧片」.

    >>> kind_phrase(("Comedy", "Romance"), Facet("genre", "category"), "film", "en")
    'romantic comedy'
    >>> kind_phrase(("Action", "Sci-Fi"), Facet("genre", "category"), "film", "en")
    'science-fiction action film'
    """
    return _kind_zh(values, facet, noun) if language == "zh" else _kind_en(values, noun)


def _kind_en(values: tuple[str, ...], noun: str) -> str:
    names, adjectives = data("kinds")["noun"], data("kinds")["adjective"]
    weak = data("kinds")["weak"]["names"]
    heads = [v for v in values if v in names]
    head = next((v for v in heads if v not in weak), next(iter(heads), ""))
    before = [v for v in values if v != head and v in adjectives]
    if head:
        return " ".join([*(adjectives[v] for v in before[:1]), names[head]])
    if before:
        # What a thing is made of stands before what happens in it: "science-fiction action".
        ranked = sorted(before[:2], key=lambda v: v == "Action")
        return " ".join([*(adjectives[v] for v in ranked), noun])
    value = values[0].lower() if values[0][:1].isupper() and values[0].isascii() else values[0]
    if noun not in value:
        return f"{value} {noun}"
    return value.removesuffix("s") if not noun.endswith("s") else value  # "Table lamps" is a shelf


_ORDER_ZH = {"动画": 0, "喜剧": 2, "剧情": 3}
"""What comes first and last in 「动画喜剧片」, 「历史剧情片」."""


def _kind_zh(values: tuple[str, ...], facet: Facet, noun: str) -> str:
    shown = [facet.show(v, "zh") for v in values[:2]]
    if noun != "电影":
        return "、".join(shown[:1]) + ("" if noun in shown[0] else noun)
    whole = [s for s in shown if s.endswith(("片", "电影"))]
    rest = [s for s in shown if s not in whole]
    rest.sort(key=lambda s: _ORDER_ZH.get(s, 1))
    return "".join(rest) + (whole[0] if whole else "片")
