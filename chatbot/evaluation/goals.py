"""What a simulated user wants: a hidden goal drawn from a catalogue. Knows no dialogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from chatbot.values import Language
from retrieval.catalogue import Catalogue
from retrieval.constraints import Constraints, Limit
from retrieval.schema import Facet, fold

WishKind = Literal["want", "forbid", "limit", "taste"]

FEWEST = 3
"""So many items satisfy every goal, where the catalogue has them."""

MOST = 0.02
"""At most so much of the catalogue satisfies a goal: otherwise any list would do."""

TRIES = 60
_SILENT = frozenset({"certificate", "keyword", "url", "image"})
"""Category facets that people do not shop by."""

_SPOKEN = {"genre": 4.0, "mood": 1.5, "category": 4.0, "country": 1.0, "language": 0.6}
"""How often people speak of a facet; others 0.5."""


@dataclass(frozen=True, slots=True)
class Desire:
    """One thing the user wants. `taste` is told but not insisted on; all others must hold."""

    kind: WishKind
    facet: str
    value: str = ""
    low: float | None = None
    high: float | None = None

    @property
    def limit(self) -> Limit:
        """The desire as a check on items."""
        mode: Literal["require", "forbid"] = "forbid" if self.kind == "forbid" else "require"
        if self.value:
            return Limit(self.facet, mode, (self.value,))
        return Limit(self.facet, mode, interval=(self.low, self.high))


@dataclass(frozen=True, slots=True)
class Goal:
    """A frozen goal.

    Attributes:
        desires: in the order the user will speak of them.
        targets: ids of the items that satisfy all of them but the tastes. The user never sees it.
        detour: said on the way and taken back afterwards; None for users of firm mind.
    """

    desires: tuple[Desire, ...]
    targets: frozenset[str]
    detour: Desire | None = None

    @property
    def firm(self) -> tuple[Desire, ...]:
        """What must hold."""
        return tuple(d for d in self.desires if d.kind != "taste")


@dataclass
class Goals:
    """Draws goals from a catalogue: wishes of a real item, so that every goal can be met.

    Where a facet has words of `language` for some values, only those are wished for.
    """

    catalogue: Catalogue
    language: Language = "en"

    def draw(self, rng: np.random.Generator) -> Goal:
        """One goal of two to five desires, at least two of them what the user wants.

        Raises:
            ValueError: the catalogue has no facets to wish for.
        """
        if not self._spoken:
            raise ValueError(f"catalogue {self.catalogue.name!r} has no facets to wish for")
        best: Goal | None = None
        for _ in range(TRIES):
            goal = self._attempt(rng)
            if goal is None:
                continue
            most = max(2 * FEWEST, MOST * len(self.catalogue))
            if FEWEST <= len(goal.targets) <= most:
                return goal
            if best is None or abs(len(goal.targets) - FEWEST) < abs(len(best.targets) - FEWEST):
                best = goal
        if best is None:
            raise ValueError(f"no goal can be drawn from catalogue {self.catalogue.name!r}")
        return best

    def _attempt(self, rng: np.random.Generator) -> Goal | None:
        item = self.catalogue.items[int(rng.integers(len(self.catalogue)))]
        held = {
            (facet.name, value)
            for facet in self._spoken
            for value in item.values(facet.name)
            if (facet.name, value) in self._values
        }
        wants = self._some(rng, held, int(rng.choice([1, 2, 3], p=[0.35, 0.45, 0.2])), "want")
        if not wants:
            return None
        others = set(self._values) - {(f, v) for f in self._names for v in item.values(f)}
        taken = {d.facet for d in wants}
        bans = (
            self._some(rng, self._common(others, taken), 1, "forbid") if rng.random() < 0.7 else []
        )
        bounds = self._bound(rng, item.id) if rng.random() < 0.7 else []
        desires = [*wants[:1], *_shuffled(rng, [*wants[1:], *bans, *bounds])]
        if len(desires) < 2:
            return None
        left = held - {(d.facet, d.value) for d in desires}
        tastes = (
            self._some(rng, left, 1, "taste") if len(desires) < 4 and rng.random() < 0.3 else []
        )
        firm = tuple(d.limit for d in desires)
        rows = np.flatnonzero(self.catalogue.allowed(Constraints(firm)))
        targets = frozenset(self.catalogue.items[int(r)].id for r in rows)
        detour = None
        if rng.random() < 0.12:
            # A passing idea that some items with the first wish have, so that a list can be shown.
            also = self._some(rng, left - {(d.facet, d.value) for d in tastes}, 1, "want")
            detour = also[0] if also else None
        return Goal((*desires, *tastes), targets, detour)

    def _some(
        self,
        rng: np.random.Generator,
        pairs: set[tuple[str, str]],
        count: int,
        kind: WishKind,
    ) -> list[Desire]:
        """Up to `count` desires over (facet, value), readily spoken facets first."""
        ordered = sorted(pairs)
        if not ordered:
            return []
        sizes = {f: sum(1 for g, _ in ordered if g == f) for f, _ in ordered}
        weights = np.array([_SPOKEN.get(f, 0.5) / sizes[f] for f, _ in ordered])
        drawn = rng.choice(
            len(ordered), min(count, len(ordered)), replace=False, p=weights / weights.sum()
        )
        return [Desire(kind, *ordered[int(at)]) for at in drawn]

    def _common(self, pairs: set[tuple[str, str]], taken: set[str]) -> set[tuple[str, str]]:
        """Values worth forbidding: of facets with few values or spoken of, held by many items."""
        fewest = 0.04 * len(self.catalogue)
        found = {p for p in pairs if self._values[p] >= fewest and self._many[p[0]]}
        return {p for p in found if p[0] in taken} or found

    def _bound(self, rng: np.random.Generator, item_id: str) -> list[Desire]:
        """A limit on a number that the item keeps and a good part of the catalogue breaks."""
        names = [
            f.name for f in self._numeric if self.catalogue[item_id].number(f.name) is not None
        ]
        if not names:
            return []
        name = names[int(rng.integers(len(names)))]
        mine = self.catalogue[item_id].number(name)
        assert mine is not None
        column = self.catalogue.numbers(name)
        known = column[~np.isnan(column)]
        cuts = sorted({_round(float(np.quantile(known, q)), name) for q in (0.3, 0.45, 0.6, 0.75)})
        found = [Desire("limit", name, high=c) for c in cuts if mine <= c]
        if name == "year":
            found = [Desire("limit", name, low=c) for c in cuts if mine >= c]
            found += [Desire("limit", name, high=c) for c in cuts if mine < c]
        return [found[int(rng.integers(len(found)))]] if found else []

    @cached_property
    def _spoken(self) -> list[Facet]:
        facets = self.catalogue.schema.facets.values()
        return [f for f in facets if f.kind == "category" and not f.order and self._values_of(f)]

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(f.name for f in self._spoken)

    @cached_property
    def _many(self) -> Mapping[str, bool]:
        return {f.name: f.many and f.role != "person" for f in self._spoken}

    @cached_property
    def _values(self) -> Mapping[tuple[str, str], int]:
        """(facet, value) → items, for values that can be named without doubt."""
        return {(f.name, v): n for f in self._spoken for v, n in self._values_of(f).items()}

    def _values_of(self, facet: Facet) -> dict[str, int]:
        if facet.name in _SILENT:
            return {}
        total = len(self.catalogue)
        fewest, most = max(FEWEST, 0.003 * total), 0.7 * total
        spelled = self.catalogue.spellings.get(facet.name, {})
        worded = any(self.language in labels for labels in facet.value_labels.values())
        return {
            spelled[key]: len(rows)
            for key, rows in self.catalogue.postings(facet.name).items()
            if fewest <= len(rows) <= most
            and self._sayable(key, spelled[key])
            and (not worded or self.language in facet.value_labels.get(spelled[key], ()))
            and len(self._owners.get(key, ())) <= 1
        }

    def _sayable(self, key: str, value: str) -> bool:
        """Whether people would say it and mean nothing else: no codes, titles or nouns."""
        if not 1 < len(key) <= (30 if value.isascii() else 10) or key in self._reserved:
            return False
        return not any(c.isdigit() or c in "()（）" for c in value)

    @cached_property
    def _reserved(self) -> frozenset[str]:
        schema = self.catalogue.schema
        nouns = {fold(word) for words in (schema.noun, schema.nouns) for word in words.values()}
        return frozenset(nouns | {fold(item.title) for item in self.catalogue.items})

    @cached_property
    def _owners(self) -> Mapping[str, set[str]]:
        """Folded word → the facets it may speak of: "romantic" names a mood and a genre."""
        found: dict[str, set[str]] = {}
        for facet in self.catalogue.schema.facets.values():
            group = "person" if facet.role == "person" else facet.name
            for word in _words_of(facet, self.catalogue):
                found.setdefault(word, set()).add(group)
        return found

    def unmistakable(self, word: str) -> bool:
        """Whether a word speaks of one facet only."""
        return len(self._owners.get(fold(word), ())) <= 1

    @cached_property
    def _numeric(self) -> list[Facet]:
        found = []
        for facet in self.catalogue.schema.facets.values():
            if facet.kind != "number" or facet.levels or facet.unit == "years":
                continue
            if not facet.unit and facet.name not in ("year", "price"):
                continue
            if self.catalogue.known(facet.name).mean() > 0.6:
                found.append(facet)
        return found


def _words_of(facet: Facet, catalogue: Catalogue) -> set[str]:
    if facet.kind != "category":
        found = {fold(w) for w in (*facet.more, *facet.less)}
    else:
        found = set(catalogue.postings(facet.name))
    for words in facet.synonyms.values():
        found |= {fold(w) for w in words}
    for labels in facet.value_labels.values():
        found |= {fold(w) for w in labels.values()}
    return found


def _shuffled(rng: np.random.Generator, desires: Sequence[Desire]) -> list[Desire]:
    return [desires[int(at)] for at in rng.permutation(len(desires))]


def _round(number: float, name: str) -> float:
    """A number that people would say."""
    step = 10.0 if name == "year" or 50 <= number < 500 else 5.0 if number > 15 else 1.0
    if number >= 500 and name != "year":
        step = 100.0
    return float(round(number / step) * step)
