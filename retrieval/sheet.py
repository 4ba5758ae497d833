"""A sampled table, read: its headers, what each column's values show, which facet a header names.

Answers questions about columns; decides nothing. `retrieval.infer` decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from retrieval.columns import look, missing
from retrieval.headers import AKA, IDS, TITLES, read_header, read_headers, singular
from retrieval.quantities import quantity, year_of
from retrieval.schema import Facet

_TAILS = frozenset(
    """
    year price rating genre author director brand category level description synopsis language
    country url link image cover
    """.split()
)
"""Words that name a facet also at the end of a longer header ("original language")."""


class Sheet:
    """Rows by column. Every column of any row is in `names`, in the order of appearance."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], known: Mapping[str, Facet]) -> None:
        self.rows = rows
        self.known = known
        self.names = list(dict.fromkeys(key for row in rows for key in row))
        self.headers = {h.raw: h for h in read_headers(self.names)}
        self.cells = {name: [row.get(name) for row in rows] for name in self.names}
        self.present = {
            name: [cell for cell in cells if not missing(cell)]
            for name, cells in self.cells.items()
        }
        self.looks = {
            name: look(cells, people=self.headers[name].person)
            for name, cells in self.cells.items()
        }

    @cached_property
    def _aliases(self) -> Mapping[str, tuple[str, int]]:
        found: dict[str, tuple[str, int]] = {}
        for facet in self.known.values():
            for rank, column in enumerate((facet.name, *facet.columns)):
                for key in read_header(column).keys:
                    found.setdefault(key, (facet.name, rank))
        return found

    def alias(self, name: str) -> tuple[str, int]:
        """The known facet that a column's header names, and how well: 0 best, 99 for none."""
        header = self.headers[name]
        for read in (header, read_header(name)):
            for key in read.keys:
                if key in self._aliases:
                    return self._aliases[key]
        if len(header.words) > 1:
            last = singular(header.words[-1])
            if self.looks[name].picture and last in ("url", "link"):
                return "image", 60
            if last in _TAILS and last in self._aliases and header.words[0] not in ("has", "is"):
                return self._aliases[last][0], 50
            if header.words[-1] in ("name", "names") and header.words[-2] in self._aliases:
                return self._aliases[header.words[-2]][0], 40
        return "", 99

    def best(self, ranking: Sequence[str], among: Sequence[str]) -> str:
        """The column whose header comes first in `ranking`, or ""."""
        by_key: dict[str, str] = {}
        for name in among:
            by_key.setdefault(self.headers[name].key, name)
            by_key.setdefault(read_header(name).key, name)
        return next((by_key[key] for key in ranking if key in by_key), "")

    def title(self, among: Sequence[str]) -> str:
        """The column of titles: by its header, or short texts that hardly repeat; or ""."""
        named = self.best(TITLES, among)
        if named:
            return named
        found = [
            (self.looks[name].distinct, name)
            for name in among
            if self.looks[name].kind in ("text", "category")
            and not (self.looks[name].many or self.looks[name].markup)
            and 3 <= self.looks[name].length <= 80
            and self.looks[name].filled > 0.95
            and self.looks[name].distinct > 0.8
            and not (self.headers[name].identifier or self.headers[name].person)
            and not (self.spaceless(name) or self.prose(name))
        ]
        return max(found, key=lambda pair: pair[0])[1] if found else ""

    def head(self, among: Sequence[str]) -> str:
        """A column of prose that begins with a short name, or ""."""
        for name in among:
            heads = [head_of(str(cell)) for cell in self.present[name]]
            if self.looks[name].kind == "text" and sum(map(bool, heads)) >= 0.8 * len(heads):
                return name
        return ""

    def id(self, among: Sequence[str]) -> str:
        """The column of ids: by its header and because nothing repeats; or ""."""
        candidates = [self.best([key], among) for key in IDS]
        candidates += [n for n in among if self.headers[n].ends_with(("id",))]
        candidates += [n for n in among if self.headers[n].words[:1] in ((), ("unnamed",))]
        return next((n for n in candidates if n and self._unique(n)), "")

    def _unique(self, name: str) -> bool:
        found = self.looks[name]
        if name.strip().casefold() == "id":  # by contract; repeated ids are reported row by row
            return True
        return found.filled >= 0.95 and found.distinct >= 0.95 and not found.many

    def is_aka(self, name: str) -> bool:
        """Whether the header speaks of other names of the item."""
        return self.headers[name].key in AKA or read_header(name).key in AKA

    def dated(self, name: str) -> bool:
        """Whether texts end with a year: "Alien (1979)"."""
        titles = [str(cell) for cell in self.present.get(name, ())]
        ends = sum(bool(re.search(r".\s*[(（][12]\d{3}[)）]\s*$", title)) for title in titles)
        return len(titles) >= 3 and ends >= 0.8 * len(titles)

    def prose(self, name: str) -> bool:
        """Whether the header names a well-known text, such as a description or an address."""
        facet = self.known.get(self.alias(name)[0])
        return facet is not None and facet.kind == "text"

    def spaceless(self, name: str) -> bool:
        """Whether the values look like codes: unlike each other, long, ASCII, without spaces."""
        found = self.looks[name]
        if found.kind not in ("text", "category") or found.distinct < 0.95 or found.length < 6:
            return False
        texts = [str(cell).strip() for cell in self.present[name]]
        plain = sum(t.isascii() and not re.search(r"\s", t) for t in texts)
        return plain >= 0.9 * len(texts)

    def together(self, one: str, other: str) -> bool:
        """Whether some row fills both columns."""
        pairs = zip(self.cells[one], self.cells[other], strict=True)
        return any(not missing(a) and not missing(b) for a, b in pairs)

    def repeats(self, name: str, other: str) -> bool:
        """Whether nearly every row says the same in both columns."""
        pairs = zip(self.cells[name], self.cells[other], strict=True)
        same = sum(str(a).strip() == str(b).strip() for a, b in pairs)
        return same >= 0.95 * len(self.rows)

    def kind(self, base: Facet, name: str) -> str:
        """The kind that a well-known facet really has in a column."""
        found, cells = self.looks[name], self.present[name]
        if base.kind == "number":
            if base.name == "year":
                return "number" if _most(year_of(c) is not None for c in cells) else found.kind
            return "number" if _most(quantity(c) is not None for c in cells) else found.kind
        if base.kind == "category":
            return "text" if found.kind == "text" and found.length > 60 else "category"
        if base.kind == "link":
            return "link" if _most("/" in str(c) for c in cells) else found.kind
        if found.kind in ("number", "flag", "link") and base.name != "phone":
            return found.kind
        place = base.name == "address" and found.kind == "category" and found.distinct < 0.5
        return "category" if place else base.kind

    def languages(self, names: Sequence[str]) -> tuple[str, ...]:
        """Languages of the texts in some columns ("en", "zh"), the most used first."""
        text = " ".join(str(cell)[:300] for n in names for cell in self.present[n][:500])
        han = len(re.findall(r"[\u3400-\u9fff]", text))
        words = len(re.findall(r"[A-Za-z]{2,}", text))
        total = max(1, han + words)
        shares = sorted([(words / total, "en"), (han / total, "zh")], reverse=True)
        return tuple(language for share, language in shares if share >= 0.2) or ("en",)


def head_of(text: str) -> str:
    """The short name that prose begins with ("Wool socks - Warm and …"), or "".

    >>> head_of("Wool socks - Warm and soft"), head_of("Just a sentence.")
    ('Wool socks', '')
    """
    found = re.match(r"\s*([^\n.!?<]{3,80}?)(?:\s+[-–—|]\s+|\s*[:：]\s+|\n)", text)
    return found.group(1).strip() if found else ""


def _most(found: Iterable[bool]) -> bool:
    values = list(found)
    return sum(values) >= 0.5 * len(values)
