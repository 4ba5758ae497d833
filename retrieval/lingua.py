"""What common values are called in the other language, where a catalogue does not say so itself.

A catalogue in English is asked in Chinese, and the other way round; `data/values.txt` holds names.
Near-duplicates go together: where a catalogue has "Animated" and "Animation", either means both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from retrieval.items import Item
from retrieval.schema import Facet, Schema, fold

_TABLES = {
    "genre": "genre", "category": "genre", "style": "genre", "kind": "genre", "type": "genre",
    "subject": "genre", "country": "country", "region": "country", "language": "language",
}  # fmt: skip
"""Facet → whose names its values are looked up among."""


@dataclass(frozen=True, slots=True)
class Names:
    """One value, as many call it: English and Chinese, the usual name first."""

    english: tuple[str, ...]
    chinese: tuple[str, ...]


@cache
def names() -> Mapping[str, tuple[Names, ...]]:
    """Facet → what its common values are called."""
    text = resources.files("retrieval").joinpath("data/values.txt").read_text(encoding="utf-8")
    found: dict[str, list[Names]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            facet, english, chinese = line.split("\t")
            one = Names(tuple(english.split("/")), tuple(chinese.split()))
            found.setdefault(facet, []).append(one)
    return {facet: tuple(some) for facet, some in found.items()}


def bilingual(schema: Schema, items: Sequence[Item]) -> Schema:
    """`schema` with other words and labels for the values that `items` record and it has none for.

    What the schema says itself is never changed.

    >>> films = Schema({"genre": Facet("genre", "category")})
    >>> found = bilingual(films, [Item("1", "Alien", {"genre": ("Horror",)})]).facets["genre"]
    >>> found.show("Horror", "zh"), "恐怖片" in found.synonyms["Horror"]
    ('恐怖', True)
    """
    facets = dict(schema.facets)
    for facet in schema.facets.values():
        table = _TABLES.get(facet.name)
        if table is not None and facet.kind == "category" and not facet.role:
            facets[facet.name] = _named(facet, _spelled(facet, items), names()[table])
    return replace(schema, facets=facets)


def _spelled(facet: Facet, items: Iterable[Item]) -> dict[str, str]:
    """Folded value → as it was first written, of all values recorded."""
    found: dict[str, str] = {}
    known: set[str] = set()
    for item in items:
        for value in item.values(facet.name):
            if value not in known:
                known.add(value)
                found.setdefault(fold(value), value)
    return found


def _named(facet: Facet, spelled: Mapping[str, str], table: Sequence[Names]) -> Facet:
    told = {fold(part) for key in facet.synonyms for part in (key, *key.split("|"))}
    told |= {fold(value) for value in facet.value_labels}
    synonyms = {key: tuple(words) for key, words in facet.synonyms.items()}
    labels = {value: dict(by) for value, by in facet.value_labels.items()}
    for one in table:
        called = (*one.english, *one.chinese)
        here = list(dict.fromkeys(spelled[fold(n)] for n in called if fold(n) in spelled))
        if not here or any(fold(value) in told for value in here):
            continue
        # A value is named by itself already, unless the name is to mean several. English names that
        # nobody here wrote are told only where the values are Chinese: they would be guesses else.
        foreign = not all(value.isascii() for value in here)
        said = {fold(value) for value in here}
        english = [n for n in one.english if (foreign or fold(n) in said)]
        words = [n for n in (*english, *one.chinese) if len(here) > 1 or fold(n) not in spelled]
        synonyms["|".join(here)] = tuple(words)
        for value in here:
            labels[value] = {"zh": one.chinese[0]} if value.isascii() else {"en": one.english[0]}
    return replace(facet, synonyms=synonyms, value_labels=labels)
