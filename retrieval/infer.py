"""A schema inferred from sampled rows: what each column is, by its header and its values.

Knows no files and no database. The words it needs (well-known facets, domains) are passed in.
Every column gets a verdict that people can read: what became of it, or why it was left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from retrieval.columns import DEFAULT_SEPARATOR, look, missing, parts
from retrieval.headers import AKA, IDS, TITLES, Header, read_header, read_headers, singular
from retrieval.quantities import Quantity, in_unit, quantity, year_of
from retrieval.schema import Facet, Kind, Schema, fold

MAX_FACETS = 60
_RESERVED = frozenset(("id", "title", "person", "term", "aka", "surprise"))
_TAILS = frozenset(
    """
    year price rating genre author director brand category level description synopsis language
    country url link image cover
    """.split()
)
_DATES = frozenset(
    """
    release released publish published publication premiere date
    上映 上映日期 上映时间 出版日期 出版时间 发行日期 发布日期
    """.split()
)
_FRAGMENTS = frozenset("month day hour weekday time timestamp 月 日".split())


@dataclass(frozen=True, slots=True)
class Domain:
    """Words of one kind of catalogue; see `domains.toml`."""

    name: str
    names: frozenset[str]
    columns: frozenset[str]
    noun: Mapping[str, str]
    nouns: Mapping[str, str]
    verb: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """What became of one column. `facet` is a facet's name, "id", "title", "aka", or "" (left out);
    `note` says why, or how its values are read. `examples` are values as they will be kept.
    """

    name: str
    facet: str
    note: str = ""
    separator: str | None = None
    markup: bool = False
    filled: float = 0.0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inference:
    """A schema, and how each column of the rows leads to it.

    `id` and `title` are columns, "" where ids or titles have to be made; `head` is the text column
    whose beginning serves as title then. `dated` titles end with their year: "Alien (1979)".
    """

    schema: Schema
    columns: tuple[Column, ...]
    id: str = ""
    title: str = ""
    head: str = ""
    dated: bool = False

    def column(self, name: str) -> Column | None:
        """The verdict on one column."""
        return next((c for c in self.columns if c.name == name), None)


def infer(
    rows: Sequence[Mapping[str, Any]],
    known: Mapping[str, Facet],
    domains: Sequence[Domain] = (),
    *,
    hint: str = "",
    given: Mapping[str, str] | None = None,
    ignore: Sequence[str] = (),
) -> Inference:
    """What `rows` (a sample) show.

    Args:
        rows: column name → raw value; a missing column is the same as a missing value.
        known: facets known by the names of their columns.
        domains: kinds of catalogues, for noun and verb.
        hint: words about the whole: name of the catalogue and files.
        given: field → column, decided by the operator: "id", "title", "aka" or a facet's name.
        ignore: columns to leave out.
    """
    return _Inferring(rows, known, given or {}, ignore).result(domains, hint)


class _Inferring:
    """One run of `infer`: verdicts gathered column by column."""

    def __init__(
        self,
        rows: Sequence[Mapping[str, Any]],
        known: Mapping[str, Facet],
        given: Mapping[str, str],
        ignore: Sequence[str],
    ) -> None:
        self.rows = rows
        self.given = {column: name for name, column in given.items()}
        names = list(dict.fromkeys(key for row in rows for key in row))
        self.headers = {h.raw: h for h in read_headers(names)}
        self.cells = {name: [row.get(name) for row in rows] for name in names}
        self.looks = {
            name: look(cells, people=self.headers[name].person)
            for name, cells in self.cells.items()
        }
        self.known = known
        self.aliases: dict[str, tuple[str, int]] = {}
        for facet in known.values():
            for rank, column in enumerate((facet.name, *facet.columns)):
                for key in read_header(column).keys:
                    self.aliases.setdefault(key, (facet.name, rank))
        self.verdicts: dict[str, Column] = {}
        self.facets: dict[str, Facet] = {}
        for name in names:
            if name in ignore:
                self._leave(name, "left out as told")
            elif not self.looks[name].kind and self.headers[name].key not in ("id", "title"):
                self._leave(name, "empty")
        self.id = self.title = self.head = ""

    def result(self, domains: Sequence[Domain], hint: str) -> Inference:
        self._name_title()
        self._name_id()
        self._find_repeats()
        self._claim_known()
        for name in self.headers:
            if name not in self.verdicts:
                self._judge(name)
        dated = self._dated()
        if dated and "year" not in self.facets and "year" in self.known:
            self.facets["year"] = self.known["year"]
        schema = _worded(Schema(self._ordered(), languages=self._languages()), domains, hint, self)
        columns = tuple(self._shown(self.verdicts[name]) for name in self.headers)
        return Inference(schema, columns, self.id, self.title, self.head, dated)

    # -- id and title ------------------------------------------------------------------------

    def _open(self, name: str) -> bool:
        return name not in self.verdicts

    def _told(self, what: str) -> str:
        return next((column for column, name in self.given.items() if name == what), "")

    def _name_title(self) -> None:
        told = self._told("title")
        self.title = told if told in self.headers else self._best(TITLES) or self._titlelike()
        if self.title:
            self.verdicts[self.title] = Column(self.title, "title")
            return
        prose = [n for n in self.headers if self._open(n) and self.looks[n].kind == "text"]
        headed = [n for n in prose if self._headed(n)]
        self.head = headed[0] if headed else ""

    def _dated(self) -> bool:
        """Whether titles end with their year."""
        titles = [str(cell) for cell in self.cells.get(self.title, ()) if not missing(cell)]
        ends = sum(bool(re.search(r".\s*[(（][12]\d{3}[)）]\s*$", title)) for title in titles)
        return len(titles) >= 3 and ends >= 0.8 * len(titles)

    def _best(self, ranking: Sequence[str]) -> str:
        by_key: dict[str, str] = {}
        for name, header in self.headers.items():
            if self._open(name) and name not in self.given:
                by_key.setdefault(header.key, name)
                by_key.setdefault(read_header(name).key, name)
        return next((by_key[key] for key in ranking if key in by_key), "")

    def _titlelike(self) -> str:
        """A column of short texts that hardly repeat."""
        found = [
            (self.looks[name].distinct, name)
            for name in self.headers
            if self._open(name)
            and name not in self.given
            and self.looks[name].kind in ("text", "category")
            and not self.looks[name].many
            and 3 <= self.looks[name].length <= 80
            and self.looks[name].filled > 0.95
            and self.looks[name].distinct > 0.8
            and not self.headers[name].identifier
            and not self.headers[name].person
            and not self._spaceless(name)
            and not self.looks[name].markup
            and not self._prose(name)
        ]
        return max(found, key=lambda pair: pair[0])[1] if found else ""

    def _prose(self, name: str) -> bool:
        """Whether the header names a well-known text, such as a description or an address."""
        facet = self.known.get(self._alias(name)[0])
        return facet is not None and facet.kind == "text"

    def _headed(self, name: str) -> bool:
        heads = [head_of(str(cell)) for cell in self.cells[name] if not missing(cell)]
        return sum(bool(head) for head in heads) >= 0.8 * len(heads)

    def _name_id(self) -> None:
        told = self._told("id")
        if told in self.headers:
            self.id = told
        else:
            candidates = [self._best([key]) for key in IDS]
            candidates += [n for n, h in self.headers.items() if h.ends_with(("id",))]
            candidates += [n for n, h in self.headers.items() if h.words[:1] in ((), ("unnamed",))]
            fits = (n for n in candidates if n and self._open(n) and self._unique(n))
            self.id = next(fits, "")
        if self.id:
            self.verdicts[self.id] = Column(self.id, "id")

    def _unique(self, name: str) -> bool:
        found = self.looks[name]
        if self.headers[name].raw.strip().casefold() == "id":
            return True
        return found.filled >= 0.95 and found.distinct >= 0.95 and not found.many

    # -- columns -----------------------------------------------------------------------------

    def _find_repeats(self) -> None:
        seen: dict[tuple[str, ...], str] = {}
        for name, cells in self.cells.items():
            folded = tuple(str(cell).strip() if not missing(cell) else "" for cell in cells)
            first = seen.setdefault(folded, name)
            if first != name and self._open(name) and name not in self.given and any(folded):
                self._leave(name, f"the same as {first}")
        if self.title and len(self.rows) >= 5:
            titles = [str(c).strip() for c in self.cells[self.title]]
            for name in self.headers:
                if self._open(name) and name not in self.given:
                    pairs = zip(self.cells[name], titles, strict=True)
                    if sum(str(c).strip() == t for c, t in pairs) >= 0.95 * len(titles):
                        self._leave(name, f"repeats {self.title}")

    def _alias(self, name: str) -> tuple[str, int]:
        """The known facet that a column's header names, and how well (0 best)."""
        header = self.headers[name]
        for read in (header, read_header(name)):
            for key in read.keys:
                if key in self.aliases:
                    return self.aliases[key]
        if len(header.words) > 1:
            last = singular(header.words[-1])
            if self.looks[name].picture and last in ("url", "link"):
                return "image", 60
            if last in _TAILS and last in self.aliases and header.words[0] not in ("has", "is"):
                return self.aliases[last][0], 50
            if header.words[-1] in ("name", "names") and header.words[-2] in self.aliases:
                return self.aliases[header.words[-2]][0], 40
        return "", 99

    def _claim_known(self) -> None:
        """Well-known columns first: the best header claims the facet, others that are never
        filled in the same row share it.
        """
        claims: dict[str, list[tuple[int, float, str]]] = {}
        for name in self.headers:
            if not self._open(name):
                continue
            facet, rank = self._alias(name)
            if name in self.given:
                facet, rank = self.given[name], -1
            header = self.headers[name]
            is_aka = header.key in AKA or read_header(name).key in AKA
            if facet == "aka" or (is_aka and name not in self.given):
                self.verdicts[name] = Column(name, "aka", separator=self._aka_separator(name))
            if facet and facet != "aka":
                claims.setdefault(facet, []).append((rank, -self.looks[name].filled, name))
        for facet, found in claims.items():
            first = min(found)[2]
            accepted = [first]
            for _, _, name in sorted(found)[1:]:
                if not self._together(first, name):
                    accepted.append(name)
            self._accept(facet, accepted)

    def _together(self, one: str, other: str) -> bool:
        pairs = zip(self.cells[one], self.cells[other], strict=True)
        return any(not missing(a) and not missing(b) for a, b in pairs)

    def _aka_separator(self, name: str) -> str:
        texts = [str(c) for c in self.cells[name] if not missing(c)]
        return " / " if sum(" / " in t for t in texts) > 0.05 * len(texts) else "|;；"

    def _accept(self, facet: str, names: Sequence[str]) -> None:
        name = names[0]
        base, found, header = self.known.get(facet), self.looks[name], self.headers[name]
        if facet in ("id", "title") or not self._open(name):
            return
        if base is None:
            self._judge(name, called=facet)
            return
        kind = self._kind(base, name)
        if kind != base.kind:
            note = f"not every value is a {base.kind}" if base.kind in ("number", "link") else ""
            self._judge(name, called=facet, note=note, base=base)
            return
        unit = base.unit
        if kind == "number":
            strange = found.unit and in_unit(Quantity(1.0, found.unit), base.unit) is None
            unit = header.unit or (found.unit if strange else base.unit or found.unit)
        labels = dict(base.labels)
        if header.chinese and not header.raw.startswith("人均") and header.key not in ("评分",):
            labels["zh"] = "".join(header.words)
        self._add(
            replace(
                base,
                columns=tuple(dict.fromkeys((*names, *base.columns))),
                unit=unit,
                order=base.order or found.order,
                labels=labels,
                many=base.many and (found.many or base.role == "person" or base.kind != kind),
            ),
            *names,
        )

    def _kind(self, base: Facet, name: str) -> str:
        """The kind a well-known facet really has in this column."""
        found = self.looks[name]
        if base.kind == "number":
            if base.name == "year":
                return "number" if self._years(name) >= 0.7 else found.kind
            good = sum(quantity(c) is not None for c in self.cells[name] if not missing(c))
            total = sum(not missing(c) for c in self.cells[name])
            return "number" if good >= 0.5 * total else found.kind
        if base.kind == "category":
            return "text" if found.kind == "text" and found.length > 60 else "category"
        if base.kind == "link":
            present = [str(c) for c in self.cells[name] if not missing(c)]
            return "link" if sum("/" in c for c in present) >= 0.5 * len(present) else found.kind
        return base.kind

    def _years(self, name: str) -> float:
        present = [c for c in self.cells[name] if not missing(c)]
        return sum(year_of(c) is not None for c in present) / max(1, len(present))

    def _judge(
        self, name: str, *, called: str = "", note: str = "", base: Facet | None = None
    ) -> None:
        """A column without a known meaning: by its values."""
        header, found = self.headers[name], self.looks[name]
        told = name in self.given
        if header.key in TITLES and found.kind == "text" and not told:
            self.verdicts[name] = Column(name, "aka", separator="")
            return
        why = "" if told else self._useless(name)
        if why:
            self._leave(name, why)
            return
        if found.kind == "date":
            self._judge_date(name, called)
            return
        many = found.many and found.kind == "category"
        own = header.name if not many else _singular_name(header)
        label = own.replace("_", " ")
        labels = base.labels if base else {"zh" if header.chinese else "en": label}
        kind: Kind = found.kind  # type: ignore[assignment]
        facet = Facet(
            name=self._free(called or own or "column", name),
            kind=kind,
            role="person" if kind == "category" and (header.person or (base and base.role)) else "",
            columns=(name,),
            many=many or (kind == "category" and header.person),
            unit=(header.unit or found.unit) if kind == "number" else "",
            order=found.order if kind == "category" else (),
            labels=labels,
            more=base.more if base else (),
            less=base.less if base else (),
        )
        self._add(facet, name, note=note)

    def _useless(self, name: str) -> str:
        header, found = self.headers[name], self.looks[name]
        cells = [c for c in self.cells[name] if not missing(c)]
        if header.identifier and name not in self.facets:
            return "an identifier"
        if len(self.rows) >= 8 and len({fold(str(c)) for c in cells}) == 1 and found.filled > 0.5:
            return f"the same in every row: {str(cells[0])[:30]}"
        if found.kind == "link" and ("image" if found.picture else "url") in self.facets:
            return "a further picture" if found.picture else "a further link"
        if header.ends_with(_FRAGMENTS) and self._has_year():
            return "a part of a date"
        if found.kind == "text" and self._spaceless(name):
            return "an identifier"
        stem = re.sub(r"\d+$", "", header.key)
        if stem != header.key and found.kind == "number":
            family = [h for h in self.headers.values() if re.fullmatch(stem + r"\d+", h.key)]
            if len(family) >= 3:
                return f"one of {len(family)} numbered columns"
        return ""

    def _has_year(self) -> bool:
        return "year" in self.facets or any(v.kind == "date" for v in self.looks.values())

    def _spaceless(self, name: str) -> bool:
        found = self.looks[name]
        texts = [str(c).strip() for c in self.cells[name] if not missing(c)]
        if found.kind not in ("text", "category") or found.distinct < 0.95 or found.length < 6:
            return False
        plain = sum(t.isascii() and not re.search(r"\s", t) for t in texts)
        return plain >= 0.9 * len(texts)

    def _judge_date(self, name: str, called: str) -> None:
        header = self.headers[name]
        first = any(word in _DATES for word in header.words)
        if "year" not in self.facets and (first or called == "year") and "year" in self.known:
            base = self.known["year"]
            facet = replace(base, columns=tuple(dict.fromkeys((name, *base.columns))))
            self._add(facet, name, note="the year of the date")
            return
        if "year" in self.facets and first and not called:
            self._leave(name, f"{self.facets['year'].columns[0]} says the year")
            return
        words = [w for w in header.words if w not in ("date", "time", "timestamp", "at", "on")]
        own = called or "_".join([*words, "year"])
        facet = Facet(
            self._free(own, name), "number", columns=(name,), labels={"en": own.replace("_", " ")}
        )
        self._add(facet, name, note="the year of the date")

    # -- the outcome -------------------------------------------------------------------------

    def _free(self, name: str, column: str) -> str:
        """A facet's name that is not taken: the column's whole header before any number."""
        if name in self.facets or name in _RESERVED:
            name = read_header(column).name or name
        base, n = (f"{name}_value" if name in _RESERVED else name), 2
        found = base
        while found in self.facets:
            found, n = f"{base}_{n}", n + 1
        return found

    def _add(self, facet: Facet, *names: str, note: str = "") -> None:
        if len(self.facets) >= MAX_FACETS:
            for name in names:
                self._leave(name, f"more than {MAX_FACETS} facets; name it with --map to keep it")
            return
        self.facets[facet.name] = facet
        for name in names:
            found = self.looks[name]
            separator = found.separator if found.many or facet.kind == "category" else None
            if facet.kind == "category" and not found.many:
                separator = DEFAULT_SEPARATOR if facet.many and facet.role != "person" else ""
            self.verdicts[name] = Column(
                name, facet.name, note, separator=separator, markup=found.markup
            )

    def _leave(self, name: str, why: str) -> None:
        self.verdicts[name] = Column(name, "", why)

    def _ordered(self) -> dict[str, Facet]:
        """Well-known facets in their order, then the others; long lists last."""

        def place(facet: Facet) -> tuple[int, int]:
            if facet.name in self.known:
                return 0, list(self.known).index(facet.name)
            sizes = [len(parts(c)) for c in self.cells[facet.columns[0]] if not missing(c)]
            return (2 if facet.many and sum(sizes) > 8 * len(sizes) else 1), 0

        return {f.name: f for f in sorted(self.facets.values(), key=place)}

    def _languages(self) -> tuple[str, ...]:
        names = [self.title or self.head] + [n for n, v in self.looks.items() if v.kind == "text"]
        text = " ".join(str(c)[:300] for n in names if n for c in self.cells[n][:500] if c)
        han = len(re.findall(r"[\u3400-\u9fff]", text))
        words = len(re.findall(r"[A-Za-z]{2,}", text))
        total = max(1, han + words)
        found = [(share, language) for language, share in
                 (("en", words / total), ("zh", han / total)) if share >= 0.2]  # fmt: skip
        return tuple(language for _, language in sorted(found, reverse=True)) or ("en",)

    def _shown(self, column: Column) -> Column:
        cells = [c for c in self.cells[column.name] if not missing(c)]
        examples: list[str] = []
        for cell in cells[:40]:
            values = parts(cell, column.separator or "") if column.separator is not None else [cell]
            examples += [str(v).strip() for v in values]
        unique = tuple(dict.fromkeys(e for e in examples if e))[:4]
        return replace(column, filled=self.looks[column.name].filled, examples=unique)


def head_of(text: str) -> str:
    """The short name that prose begins with ("Wool socks - Warm and …"), or "".

    >>> head_of("Wool socks - Warm and soft"), head_of("Just a sentence.")
    ('Wool socks', '')
    """
    found = re.match(r"\s*([^\n.!?<]{3,80}?)(?:\s+[-–—|]\s+|\s*[:：]\s+|\n)", text)
    return found.group(1).strip() if found else ""


def _singular_name(header: Header) -> str:
    words = header.words
    return "_".join((*words[:-1], singular(words[-1])))[:40] if words else ""


def _worded(schema: Schema, domains: Sequence[Domain], hint: str, found: _Inferring) -> Schema:
    """`schema` with the noun and verb of the domain that name and columns speak for most."""
    words = {w for w in re.findall(r"[\u3400-\u9fff]+|[a-z0-9]+", hint.casefold())}
    keys = {h.key for h in found.headers.values()} | {fold(n) for n in found.headers}
    raw = {n.casefold().strip() for n in found.headers}
    scores: Counter[str] = Counter()
    for domain in domains:
        named = sum(w in domain.names or singular(w) in domain.names for w in words)
        named += sum(n in w for w in words for n in domain.names if not n.isascii())
        prefix = sum(k.startswith(tuple(n for n in domain.names if len(n) > 3)) for k in raw)
        scores[domain.name] = (
            4 * min(named, 2) + len(domain.columns & (keys | raw)) + min(prefix, 2)
        )
    best = scores.most_common(1)
    if not best or best[0][1] < 2:
        return schema
    domain = next(d for d in domains if d.name == best[0][0])
    return replace(
        schema, domain=domain.name, noun=domain.noun, nouns=domain.nouns, verb=domain.verb
    )
