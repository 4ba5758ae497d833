# ruff: noqa: E501  (patterns and word lists read best on one line)
"""Names of items: titles, other names, parts of titles, initials. Exact and nearly exact."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from chatbot.understand.text import key, words
from retrieval.catalogue import Catalogue

_ARTICLES = frozenset({"the", "a", "an"})
_ROMAN = {r: str(n) for n, r in enumerate("ii iii iv v vi vii viii ix".split(), start=2)}
_NUMBER = {
    w: str(n) for n, w in enumerate("one two three four five six seven eight nine".split(), start=1)
}
_PART = frozenset({"part", "vol", "volume", "chapter", "episode", "no"})
_SPLIT = re.compile(r"\s*(?::|\s[-–—]\s|：|——|·(?=\S{3}))\s*")
_YEAR_TAIL = re.compile(r"\s*\((?:19|20)\d\d\)\s*$")
_SMALL = frozenset("of and the to in on at for with".split())
_POPULAR = (
    "popularity",
    "votes",
    "rating_count",
    "ratings",
    "reviews",
    "num_ratings",
    "ratings_count",
)


@dataclass(frozen=True, slots=True)
class Name:
    """What a phrase names: rows of the catalogue, likeliest first.

    `form` says how: "full" title, "other" name, "part" of a title or a series, "initials".
    """

    rows: tuple[int, ...]
    form: str


_RANK = {"full": 0, "other": 1, "part": 2, "initials": 3}


class TitleIndex:
    """All names of all items of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        found: dict[str, tuple[float, list[int]]] = {}
        for row, item in enumerate(catalogue.items):
            exact = title_key(item.title)
            for phrase, form in names_of(item.title, item.aka).items():
                # "Heat" is Heat, before it is The Heat.
                rank = _RANK[form] + (0.5 if form == "full" and phrase != exact else 0.0)
                kept = found.get(phrase)
                if kept is None or rank < kept[0]:
                    found[phrase] = (rank, [row])
                elif rank == kept[0] and kept[1][-1] != row:
                    kept[1].append(row)
        forms = list(_RANK)
        self.names: Mapping[str, Name] = {
            phrase: Name(self._ordered(rows, forms[int(rank)]), forms[int(rank)])
            for phrase, (rank, rows) in found.items()
        }

    def _ordered(self, rows: list[int], form: str) -> tuple[int, ...]:
        if len(rows) == 1:
            return (rows[0],)
        if self._weights is not None:
            weights = self._weights
            return tuple(
                sorted(rows, key=lambda r: (-weights[r] if weights[r] == weights[r] else 0.0, r))
            )
        if form in ("part", "initials"):
            return tuple(
                sorted(rows, key=lambda r: (self._catalogue.items[r].number("year") or 9e9, r))
            )
        return tuple(
            sorted(rows, key=lambda r: (-(self._catalogue.items[r].number("year") or 0), r))
        )

    @cached_property
    def _weights(self) -> Sequence[float] | None:
        """How well known each row is, where the catalogue records it."""
        for name in _POPULAR:
            facet = self._catalogue.schema.facet(name)
            if facet is not None and facet.kind == "number":
                column = self._catalogue.numbers(name)
                return [float(v) if v == v else math.nan for v in column]
        return None

    def dominant(self, rows: Sequence[int]) -> bool:
        """Whether the first of several homonyms is so much better known that it is meant."""
        if len(rows) < 2:
            return True
        weights = self._weights
        if weights is None:
            return False
        first, second = self.popularity(rows[0]), self.popularity(rows[1])
        return first is not None and first - (second or 0.0) >= 0.2

    def popularity(self, row: int) -> float | None:
        """How well known this row is, 0 to 1 on a logarithmic scale; None where not recorded."""
        weights = self._weights
        if weights is None or weights[row] != weights[row]:
            return None
        return math.log1p(max(weights[row], 0.0)) / self._most

    @cached_property
    def _most(self) -> float:
        known = [w for w in self._weights or () if w == w]
        return math.log1p(max(known, default=0.0)) or 1.0

    def compact(self, phrase: str) -> Name | None:
        """The name that is `phrase` but for the spaces ("spiderman", "end game"), or None."""
        return self._compact.get(phrase.replace(" ", ""))

    @cached_property
    def _compact(self) -> Mapping[str, Name]:
        found: dict[str, Name] = {}
        for phrase, name in self.names.items():
            joined = phrase.replace(" ", "")
            if len(joined) >= 6 and joined.isascii() and name.form != "initials":
                kept = found.get(joined)
                if kept is None or _RANK[name.form] < _RANK[kept.form]:
                    found[joined] = name
        return found

    def ids(self, name: Name) -> tuple[str, ...]:
        """Item ids of a name, likeliest first, at most fifty."""
        return tuple(self._catalogue.items[row].id for row in name.rows[:50])

    def spelling(self, name: Name) -> str:
        """The title of the likeliest item of a name."""
        return self._catalogue.items[name.rows[0]].title

    def near(self, phrase: str, floor: float = 86.0) -> tuple[Name, float] | None:
        """The name spelt most like `phrase` and how alike, 0 to 100, if at least `floor`."""
        from rapidfuzz import fuzz, process

        if len(phrase) < 4:
            return None
        pool = self._pool(phrase)
        if not pool:
            return None
        best = process.extractOne(phrase, pool, scorer=fuzz.ratio, score_cutoff=floor)
        if best is None:
            return None
        return self.names[best[0]], float(best[1])

    def _pool(self, phrase: str) -> list[str]:
        """Names that share the beginning or a rare word with `phrase`, of about its length."""
        spread = 1 + len(phrase) // 6
        found: set[str] = set()
        for size in range(len(phrase) - spread, len(phrase) + spread + 1):
            found.update(self._heads.get((phrase[:2], size), ()))
            found.update(self._tails.get((phrase[-3:], size), ()))
        return list(found)

    @cached_property
    def _heads(self) -> Mapping[tuple[str, int], list[str]]:
        return _bucketed(self.names, lambda p: p[:2])

    @cached_property
    def _tails(self) -> Mapping[tuple[str, int], list[str]]:
        return _bucketed(self.names, lambda p: p[-3:])


def _bucketed(names: Mapping[str, Name], part: object) -> dict[tuple[str, int], list[str]]:
    found: dict[tuple[str, int], list[str]] = {}
    for phrase in names:
        if len(phrase) >= 4:
            found.setdefault((part(phrase), len(phrase)), []).append(phrase)  # type: ignore[operator]
    return found


def names_of(title: str, aka: Sequence[str]) -> dict[str, str]:
    """Phrase key → form, for one item.

    >>> names = names_of("The Godfather Part II", ())
    >>> sorted(names), names["godfather 2"]
    (['godfather 2', 'godfather ii', 'godfather part 2', 'godfather part ii', 'the godfather 2', 'the godfather ii', 'the godfather part 2', 'the godfather part ii'], 'full')
    """
    found: dict[str, str] = {}
    for text, form in [(title, "full"), *((name, "other") for name in aka)]:
        text = _YEAR_TAIL.sub("", text)
        _add(found, words(text), form)
        parts = [p for p in _SPLIT.split(text) if p]
        if len(parts) > 1:
            _add_parts(found, [words(p) for p in parts])
    found.pop("", None)
    return found


def _add(found: dict[str, str], name: list[str], form: str) -> None:
    for variant in _variants(name):
        phrase = " ".join(variant)
        if phrase not in found or _RANK[form] < _RANK[found[phrase]]:
            found[phrase] = form


def _variants(name: list[str]) -> list[list[str]]:
    found = [name]
    if len(name) > 1:
        tail = _ROMAN.get(name[-1]) or (_NUMBER.get(name[-1]) if name[-2] in _PART else None)
        if tail:
            found.append([*name[:-1], tail])
        if name[-1] in _ROMAN and len(name) > 2 and name[-2] in _PART:
            found.append([*name[:-2], name[-1]])
        numbered = [*name[:-1], tail] if tail else name
        if numbered[-1].isdigit() and len(numbered) > 2 and numbered[-2] in _PART:
            found.append([*numbered[:-2], numbered[-1]])
    for variant in list(found):
        if len(variant) > 1 and variant[0] in _ARTICLES:
            found.append(variant[1:])
    bare = [w for w in name if w not in _ARTICLES]
    if len(bare) >= 2 and len(name) >= 3 and bare not in found:
        found.append(bare)
    if "and" in name:
        found.extend([[w for w in v if w != "and"] for v in list(found) if len(v) > 3])
    return found


def _add_parts(found: dict[str, str], parts: list[list[str]]) -> None:
    for number, part in enumerate(parts):
        if not part or (len(part) == 1 and (number == 0 and len(part[0]) < 4)):
            continue
        cjk = not part[0].isascii()
        # A one-word ending ("Origins", "Part") is no name; a long beginning names the series.
        if number and (len(part) < (3 if cjk else 2)):
            continue
        if part[0] in _PART and len(part) <= 2:
            continue
        if cjk and (len(part) < 3 or part[0] in "第上下前续终"):
            continue
        _add(found, part, "part")
        if not cjk and len(part) >= 3:
            initials = "".join(w[0] for w in part)
            if (len(initials) >= 4 and "the" not in part[1:]) or len(initials) >= 4:
                found.setdefault(initials, "initials")
    whole = [w for part in parts for w in part]
    if len(parts) >= 2 and parts[0] and whole[0].isascii():
        # "Star Wars: Episode IV - A New Hope" is also "Star Wars 4".
        for part in parts[1:]:
            if len(part) == 2 and part[0] in _PART and (part[1] in _ROMAN or part[1].isdigit()):
                _add(found, [*parts[0], _ROMAN.get(part[1], part[1])], "other")


def title_key(text: str) -> str:
    """The key under which a name is looked up."""
    return key(_YEAR_TAIL.sub("", text))
