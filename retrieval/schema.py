"""What a domain is: the facets of a catalogue, their meaning and their words. A domain is data.

A `Schema` comes from three places, later ones winning: well-known column names, what the rows
show (`retrieval.infer`), and the `schema.toml` an operator wrote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

Kind = Literal["number", "category", "text", "flag", "link"]
"""`category` holds one or several short values; `text` is prose; `link` an address."""


@dataclass(frozen=True, slots=True)
class Facet:
    """One kind of fact about items.

    Attributes:
        name: canonical, singular, lower-case ("genre"); what preferences and evidence speak of.
        kind: how values compare.
        role: "person" for names of people, "" otherwise.
        columns: names this facet has in catalogue files; the first one is used for export.
        many: whether an item holds several values.
        unit: "minutes", "USD"; "" where there is none.
        order: for ordered categories, from least to most ("G" < "PG" < …).
        labels: language → what people call the facet.
        synonyms: value → other words for it, in any language (folded when matched).
        value_labels: value → language → how to show it.
        levels: for a number on a short scale, the number → language → what it means ("2": "scary").
        more, less: words that ask for more or less of it, in any language ("longer", "更长").
    """

    name: str
    kind: Kind
    role: str = ""
    columns: tuple[str, ...] = ()
    many: bool = False
    unit: str = ""
    order: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    levels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()

    def label(self, language: str) -> str:
        """What the facet is called in `language`; its name where nothing better is known."""
        return self.labels.get(language) or self.labels.get("en") or self.name.replace("_", " ")

    def level(self, number: float, language: str) -> str:
        """What `number` means on the facet's scale, "" where it has no words for it."""
        return self.levels.get(f"{number:g}", {}).get(language, "")

    def show(self, value: str, language: str) -> str:
        """How `value` is shown in `language`: a label, or what being so is called.

        >>> Facet("in_stock", "flag").show("no", "en")
        'not in stock'
        """
        shown = self.value_labels.get(value, {}).get(language, value)
        if self.kind != "flag" or shown != value:
            return shown
        label = self.label(language)
        return label if value == "yes" else f"非{label}" if language == "zh" else f"not {label}"


@dataclass(frozen=True, slots=True)
class Schema:
    """The facets of one catalogue and the words its domain uses.

    `noun` and `nouns` map a language to the singular and plural ("film", "films"; 「电影」),
    `verb` to what one does with an item ("watch"; 「看」).
    """

    facets: Mapping[str, Facet]
    noun: Mapping[str, str] = field(default_factory=lambda: {"en": "item", "zh": "选项"})
    nouns: Mapping[str, str] = field(default_factory=lambda: {"en": "items", "zh": "选项"})
    verb: Mapping[str, str] = field(default_factory=lambda: {"en": "choose", "zh": "选"})
    languages: tuple[str, ...] = ("en", "zh")
    suggestions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    domain: str = ""

    def facet(self, name: str) -> Facet | None:
        """The facet called `name`, or None."""
        return self.facets.get(name)

    def people(self) -> tuple[str, ...]:
        """Names of the facets that hold people, in schema order."""
        return tuple(f.name for f in self.facets.values() if f.role == "person")

    def expand(self, name: str) -> tuple[str, ...]:
        """Facets that a preference's facet name stands for: "person" is every facet of people.

        >>> Schema({"cast": Facet("cast", "category", role="person")}).expand("person")
        ('cast',)
        """
        if name == "person":
            return self.people()
        return (name,) if name in self.facets else ()


_JUNK = re.compile(r"[\W_]+")

_SHORT = 60
"""Characters of names and values, which come again and again; whole messages do not."""


def fold(text: str) -> str:
    """`text` for comparison: NFKC, no accents, case-folded, apostrophes gone, punctuation and
    runs of space to one space. Chinese characters stay.

    >>> fold("Amélie  (Le Fabuleux Destin…)!")
    'amelie le fabuleux destin'
    >>> fold("Ocean’s Eleven"), fold("《活着》")
    ('oceans eleven', '活着')
    """
    return _folded(text) if len(text) <= _SHORT else _fold(text)


def _fold(text: str) -> str:
    if text.isascii():  # the same result, several times faster
        text = text.casefold().replace("'", "").replace("`", "").replace("&", " and ")
        return " ".join(_JUNK.sub(" ", text).split())
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"['’‘`´]", "", text)
    text = re.sub(r"&", " and ", text)
    return " ".join(_JUNK.sub(" ", text).split())


_folded = lru_cache(maxsize=1 << 16)(_fold)
