"""A schema inferred from sampled rows: what each column is, by its header and its values.

Knows no files and no database. The words it needs (well-known facets, domains) are passed in.
Every column gets a verdict that people can read: what became of it, or why it was left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from retrieval.columns import DEFAULT_SEPARATOR, parts
from retrieval.headers import TITLES, Header, read_header, singular
from retrieval.quantities import Quantity, in_unit
from retrieval.scales import synonyms_of
from retrieval.schema import Facet, Kind, Schema, fold
from retrieval.sheet import Sheet

MAX_FACETS = 60
_RESERVED = frozenset(("id", "title", "person", "term", "aka", "surprise"))
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
        self.sheet = Sheet(rows, known)
        self.looks, self.headers, self.known = self.sheet.looks, self.sheet.headers, known
        self.given = {column: name for name, column in given.items()}
        self.verdicts: dict[str, Column] = {}
        self.facets: dict[str, Facet] = {}
        for name in self.sheet.names:
            if name in ignore:
                self._leave(name, "left out as told")
            elif not self.looks[name].kind and self.headers[name].key not in ("id", "title"):
                self._leave(name, "empty")
        told = {name: column for name, column in given.items() if column in self.headers}
        self.title = told.get("title") or self.sheet.title(self._free_columns())
        if self.title:
            self.verdicts[self.title] = Column(self.title, "title")
        self.head = "" if self.title else self.sheet.head(self._free_columns())
        self.id = told.get("id") or self.sheet.id(self._free_columns())
        if self.id:
            self.verdicts[self.id] = Column(self.id, "id")

    def result(self, domains: Sequence[Domain], hint: str) -> Inference:
        """The verdicts on all columns, as a schema."""
        self._find_repeats()
        self._claim_known()
        for name in self.headers:
            if name not in self.verdicts:
                self._judge(name)
        dated = self.sheet.dated(self.title)
        if dated and "year" not in self.facets and "year" in self.known:
            self.facets["year"] = self.known["year"]
        texts = [n for n, found in self.looks.items() if found.kind == "text"]
        names = [n for n in (self.title or self.head,) if n]
        schema = Schema(self._ordered(), languages=self.sheet.languages([*names, *texts]))
        schema = _worded(schema, domains, hint, self.headers.values())
        columns = tuple(self._shown(self.verdicts[name]) for name in self.headers)
        return Inference(schema, columns, self.id, self.title, self.head, dated)

    def _free_columns(self) -> list[str]:
        """Columns without a verdict that the operator did not name either."""
        return [n for n in self.sheet.names if n not in self.verdicts and n not in self.given]

    # -- columns -----------------------------------------------------------------------------

    def _find_repeats(self) -> None:
        seen: dict[tuple[str, ...], str] = {}
        free = set(self._free_columns())
        for name, cells in self.sheet.cells.items():
            values = tuple(str(cell).strip() for cell in cells)
            first = seen.setdefault(values, name)
            if name in free and first != name:
                self._leave(name, f"the same as {first}")
            elif name in free and self.title and len(cells) >= 5:
                if self.sheet.repeats(name, self.title):
                    self._leave(name, f"repeats {self.title}")

    def _claim_known(self) -> None:
        """Well-known columns first: the best header claims the facet, others that are never
        filled in the same row share it.
        """
        claims: dict[str, list[tuple[int, float, str]]] = {}
        for name in self.headers:
            if name in self.verdicts:
                continue
            facet, rank = self.sheet.alias(name)
            if name in self.given:
                facet, rank = self.given[name], -1
            if facet == "aka" or (self.sheet.is_aka(name) and name not in self.given):
                self.verdicts[name] = Column(name, "aka", separator=self._aka_separator(name))
            elif facet:
                claims.setdefault(facet, []).append((rank, -self.looks[name].filled, name))
        for facet, found in claims.items():
            first = min(found)[2]
            accepted = [first]
            for _, _, name in sorted(found)[1:]:
                if not self.sheet.together(first, name):
                    accepted.append(name)
            self._accept(facet, accepted)

    def _aka_separator(self, name: str) -> str:
        texts = [str(cell) for cell in self.sheet.present[name]]
        return " / " if sum(" / " in t for t in texts) > 0.05 * len(texts) else DEFAULT_SEPARATOR

    def _accept(self, facet: str, names: Sequence[str]) -> None:
        name = names[0]
        base, found, header = self.known.get(facet), self.looks[name], self.headers[name]
        if facet in ("id", "title") or name in self.verdicts:
            return
        if base is None:
            self._judge(name, called=facet)
            return
        kind = self.sheet.kind(base, name)
        if kind != base.kind:
            note = f"not every value is a {base.kind}" if base.kind in ("number", "link") else ""
            self._judge(name, called=facet, note=note, base=base)
            return
        unit = base.unit
        if kind == "number":
            strange = found.unit and in_unit(Quantity(1.0, found.unit), base.unit) is None
            unit = header.unit or (found.unit if strange else base.unit or found.unit)
        labels = dict(base.labels)
        if header.chinese:
            labels["zh"] = "".join(header.words)
        self._add(
            replace(
                base,
                columns=tuple(dict.fromkeys((*names, *base.columns))),
                unit=unit,
                order=base.order or found.order,
                synonyms={**synonyms_of(found.order), **base.synonyms},
                labels=labels,
                many=base.many and (found.many or base.role == "person" or base.kind != kind),
            ),
            *names,
        )

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
            synonyms=synonyms_of(found.order) if kind == "category" else {},
            labels=labels,
            more=base.more if base else (),
            less=base.less if base else (),
        )
        self._add(facet, name, note=note)

    def _useless(self, name: str) -> str:
        header, found = self.headers[name], self.looks[name]
        cells = self.sheet.present[name]
        if header.identifier and name not in self.facets:
            return "an identifier"
        if (
            len(self.sheet.rows) >= 8
            and len({fold(str(c)) for c in cells}) == 1
            and found.filled > 0.5
        ):
            return f"the same in every row: {str(cells[0])[:30]}"
        if found.kind == "link" and ("image" if found.picture else "url") in self.facets:
            return "a further picture" if found.picture else "a further link"
        if header.ends_with(_FRAGMENTS) and self._has_year():
            return "a part of a date"
        if found.kind == "text" and self.sheet.spaceless(name):
            return "an identifier"
        stem = re.sub(r"\d+$", "", header.key)
        if stem != header.key and found.kind == "number":
            family = [h for h in self.headers.values() if re.fullmatch(stem + r"\d+", h.key)]
            if len(family) >= 3:
                return f"one of {len(family)} numbered columns"
        return ""

    def _has_year(self) -> bool:
        return "year" in self.facets or any(v.kind == "date" for v in self.looks.values())

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
                base = self.known.get(facet.name)
                separator = DEFAULT_SEPARATOR if base is not None and base.many else ""
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
            cells = self.sheet.present.get(facet.columns[0], ())
            sizes = [len(parts(cell)) for cell in cells]
            return (2 if facet.many and sum(sizes) > 8 * len(sizes) else 1), 0

        return {f.name: f for f in sorted(self.facets.values(), key=place)}

    def _shown(self, column: Column) -> Column:
        cells = self.sheet.present[column.name]
        examples: list[str] = []
        for cell in cells[:40]:
            values = parts(cell, column.separator or "") if column.separator is not None else [cell]
            examples += [str(v).strip() for v in values]
        unique = tuple(dict.fromkeys(e for e in examples if e))[:4]
        return replace(column, filled=self.looks[column.name].filled, examples=unique)


def _singular_name(header: Header) -> str:
    words = header.words
    return "_".join((*words[:-1], singular(words[-1])))[:40] if words else ""


def _worded(
    schema: Schema, domains: Sequence[Domain], hint: str, headers: Iterable[Header]
) -> Schema:
    """`schema` with the noun and verb of the domain that name and columns speak for most."""
    words = {w for w in re.findall(r"[\u3400-\u9fff]+|[a-z0-9]+", hint.casefold())}
    headers = list(headers)
    keys = {header.key for header in headers}
    raw = {header.raw.casefold().strip() for header in headers}
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
