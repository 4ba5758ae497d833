"""Everything a catalogue records, arranged for looking things up in running text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from chatbot.studio import lexicon
from chatbot.studio.facets import KIND_FACETS, TEXT_FACETS
from chatbot.values import Language
from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.schema import fold

STRICT = frozenset({*KIND_FACETS, "country", "language", "certificate"})
"""Facets whose values are facts; moods and themes are also matters of view."""


_LANGUAGES: tuple[Language, ...] = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Value:
    """A word for a facet's value."""

    facet: str
    value: str


class Register:
    """Look-ups over one catalogue. Build once, use for every draft; safe between threads."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.schema = catalogue.schema

    @cached_property
    def titles(self) -> Mapping[str, tuple[str, ...]]:
        """Folded title, in any language → ids."""
        found: dict[str, list[str]] = {}
        for item in self.catalogue.items:
            for name in names_of(item):
                ids = found.setdefault(fold(name), [])
                if item.id not in ids:
                    ids.append(item.id)
        return {k: tuple(v) for k, v in found.items() if k}

    @cached_property
    def people(self) -> Mapping[str, str]:
        """Folded name, in any language → the catalogue's spelling."""
        found: dict[str, str] = {}
        for name in self.schema.people():
            facet = self.schema.facets[name]
            for item in self.catalogue.items:
                for value in item.values(name):
                    found.setdefault(fold(value), value)
            for value, labels in facet.value_labels.items():
                for label in labels.values():
                    found.setdefault(fold(label), value)
        return {k: v for k, v in found.items() if len(k) > 3 or not k.isascii()}

    @cached_property
    def chinese_names(self) -> tuple[str, ...]:
        """Names of people written in Chinese, longest first."""
        found = {value for value in self.people.values() if not value.isascii()}
        for name in self.schema.people():
            for labels in self.schema.facets[name].value_labels.values():
                found.update(labels.values())
        kept = (n for n in found if re.search(r"[\u4e00-\u9fff]{2}", n))
        return tuple(sorted(kept, key=lambda n: (-len(n), n)))

    @cached_property
    def values(self) -> Mapping[str, tuple[Value, ...]]:
        """A word for a strict value, folded → what it says; several where it may say either."""
        found: dict[str, list[Value]] = {}

        def put(word: str, facet: str, value: str) -> None:
            entry = Value(facet, value)
            words = found.setdefault(fold(word), [])
            if entry not in words:
                words.append(entry)

        kinds = lexicon.data("kinds")
        for name in sorted(STRICT & self.schema.facets.keys()):
            facet = self.schema.facets[name]
            recorded = {v for item in self.catalogue.items for v in item.values(name)}
            for value in recorded:
                put(value, name, value)
                for label in facet.value_labels.get(value, {}).values():
                    put(label, name, value)
                for table in ("noun", "adjective"):
                    if name in KIND_FACETS and value in kinds[table]:
                        put(kinds[table][value], name, value)
                if name == "country" and value in kinds["country"]:
                    put(kinds["country"][value], name, value)
        return {k: tuple(v) for k, v in found.items() if k}

    @cached_property
    def words(self) -> frozenset[str]:
        """Words of all our patterns: what a sentence may use without saying anything new."""
        text: list[str] = []
        for language in ("en", "zh"):
            for table in lexicon.data(language).values():
                for entry in table.values():
                    text.extend([entry] if isinstance(entry, str) else entry)
        for group in lexicon.data("moods")["gloss"].values():
            for glosses in group.values():
                text.extend(glosses)
        plain = re.sub(r"\{[^}]*\}|^\[[^\]]*\]", " ", "\n".join(text))
        return frozenset(fold(plain).split())

    def ids_of(self, title: str) -> tuple[str, ...]:
        """Items with this title; () where nothing is called so."""
        return self.titles.get(fold(title), ())

    def holds(self, item: Item, found: Value) -> bool:
        """Whether an item records a value."""
        return any(fold(v) == fold(found.value) for v in item.values(found.facet))

    def text_of(self, items: Iterable[Item]) -> str:
        """All recorded text of some items, folded, for look-ups of words."""
        parts: list[str] = []
        for item in items:
            parts.extend(names_of(item))
            for facet in self.schema.facets.values():
                for value in item.values(facet.name):
                    parts.append(value)
                    parts.extend(facet.value_labels.get(value, {}).values())
                    parts.extend(facet.synonyms.get(value, ()))
                    said = (lexicon.theme(value, facet, language) for language in _LANGUAGES)
                    parts.extend(one.text for one in said if one is not None)
            parts.extend(item.text(name) for name in TEXT_FACETS)
        return fold(" ".join(parts))


def names_of(item: Item) -> tuple[str, ...]:
    """Every title an item goes by."""
    return tuple(filter(None, (item.title, item.text("title_zh"), *item.aka)))
