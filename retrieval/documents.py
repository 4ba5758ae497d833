"""What an item says about itself: the text it is embedded by, and the words found in it.

Works for any schema: which facets are told and in which order follows from their kind and role.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from retrieval.items import Item
from retrieval.schema import Schema, fold

TEMPLATE = "1"
"""Version of `document`'s wording. Vectors made by another version are stale."""

_PEOPLE = 6

_SHORT = 30
"""Characters of words and names, which come again and again."""

_SILENT = frozenset({"title_zh", "overview_zh", "certificate"})
"""Facets that tell an embedding nothing."""

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_RUNS = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[^\s\u3400-\u9fff\uf900-\ufaff]+")

STOP = frozenset(
    "a an and any are as at be but by can could did do does few film films for from get give good "
    "had has have her him his how i if in into is it its just like lot made make me more most "
    "movie movies much my no not of off on one or our out recommend really she so some something "
    "such suggest than that the their them then there these they this those to too up us very "
    "want was watch we were what when where which who will with would you your about 的 了 吗 呢 "
    "我 你 他 她 是 有 在 和 想 看 要 一 个 些 部 片 电影 一个 一些 想看 什么 推荐 给我".split()
)
"""Words that carry no wish."""


def document(item: Item, schema: Schema) -> str:
    """The text `item` is embedded by: title and year, short facts, prose, people.

    Facts that matter most come first, because models cut long texts.

    >>> from retrieval.schema import Facet
    >>> schema = Schema({
    ...     "genre": Facet("genre", "category", many=True),
    ...     "director": Facet("director", "category", role="person"),
    ...     "year": Facet("year", "number"),
    ...     "overview": Facet("overview", "text"),
    ... })
    >>> document(Item("1", "Alien", {"genre": ("Horror", "Sci-Fi"), "year": 1979.0,
    ...     "director": ("Ridley Scott",), "overview": "A crew meets a hunter."}), schema)
    'Alien (1979). Horror, Sci-Fi. A crew meets a hunter. Director: Ridley Scott.'
    """
    year = item.number("year")
    head = f"{item.title} ({year:.0f})" if year is not None else item.title
    facts: list[str] = []
    prose: list[str] = []
    people: list[str] = []
    for facet in schema.facets.values():
        if facet.name in _SILENT or not (values := item.values(facet.name)):
            continue
        if facet.role == "person":
            people.append(f"{facet.label('en').capitalize()}: {', '.join(values[:_PEOPLE])}")
        elif facet.kind == "category":
            facts.append(", ".join(values))
        elif facet.kind == "text":
            prose.append(values[0].rstrip(". "))
    return " ".join(f"{part}." for part in (head, *facts, *prose, *people))


def digest(embedder: str, text: str) -> bytes:
    """Key of a cached vector: 16 bytes that change with the embedder and with the text."""
    return hashlib.blake2b(f"{embedder}\0{text}".encode(), digest_size=16).digest()


def searchable(item: Item, schema: Schema) -> tuple[str, ...]:
    """Every recorded text of `item`, for word search: names first, then facets, then prose."""
    texts = [item.title, *item.aka]
    for facet in schema.facets.values():
        if facet.kind in ("category", "text"):
            texts.extend(item.values(facet.name))
    return tuple(texts)


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """`word` without a plural ending; enough to let "zombies" find "zombie".

    >>> [stem(w) for w in ("zombies", "stories", "glass", "boxes", "活着")]
    ['zombie', 'story', 'glass', 'box', '活着']
    """
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 5 and word[-4] not in "aeiotb":
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses", "zzes")):
        return word[:-2]
    return word[:-1]


def tokens(text: str) -> list[str]:
    """Folded, stemmed words in order; a run of Chinese characters gives its overlapping pairs.

    Stop words go, except from a text made of nothing else ("It", "Up").

    >>> tokens("Robots of 星际穿越"), tokens("It")
    (['robot', '星际', '际穿', '穿越'], ['it'])
    """
    return list(_short_tokens(text)) if len(text) <= _SHORT else _tokens(text)


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    for run in _RUNS.findall(fold(text)):
        if _HAN.match(run):
            found.extend(run[i : i + 2] for i in range(max(1, len(run) - 1)))
        else:
            found.append(run)
    kept = [stem(word) for word in found if word not in STOP]
    return kept or [stem(word) for word in found]


@lru_cache(maxsize=1 << 14)
def _short_tokens(text: str) -> tuple[str, ...]:
    return tuple(_tokens(text))


def vocabulary(item: Item, schema: Schema) -> frozenset[str]:
    """Every token that `item` records."""
    return frozenset(word for part in searchable(item, schema) for word in tokens(part))


def present(text: str, recorded: frozenset[str]) -> list[str]:
    """Words of `text`, as they stand there, that are recorded; Chinese in whole runs.

    >>> present("zombies in 上海, please", vocabulary(Item("1", "上海 Zombie Night"), Schema({})))
    ['zombies', '上海']
    """
    return [run for run, words in _telling_runs(text) if all(word in recorded for word in words)]


@lru_cache(maxsize=64)
def _telling_runs(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each word or Chinese run that carries a wish, once, with its tokens. One text is held against
    every item of a list.
    """
    runs = (run for run in dict.fromkeys(_RUNS.findall(fold(text))) if run not in STOP)
    return tuple((run, tuple(tokens(run))) for run in runs)
