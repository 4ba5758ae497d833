"""Names of people in a catalogue: full names, surnames that name one person, near spellings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from chatbot.understand.text import words
from retrieval.catalogue import Catalogue

_SUFFIXES = frozenset({"jr", "sr", "ii", "iii"})


@dataclass(frozen=True, slots=True)
class Person:
    """One name as the catalogue spells it.

    Attributes:
        name: the spelling.
        count: how many rows name this person.
        whole: whether the phrase was the whole name; a surname otherwise.
        share: of all rows naming anybody with this surname, the part that are this person's.
        weight: how many well known rows name this person.
    """

    name: str
    count: int
    whole: bool = True
    share: float = 1.0
    weight: float = 9.0


class PeopleIndex:
    """Everybody a catalogue names, over all facets of people.

    Args:
        catalogue: where the names come from.
        fame: how well known a row is, 0 to 1; settles whom a surname means. None = nobody knows.
    """

    def __init__(self, catalogue: Catalogue, fame: Callable[[int], float] | None = None) -> None:
        counts: dict[str, int] = {}
        known: dict[str, float] = {}
        for row, item in enumerate(catalogue.items):
            weight = 1.0 if fame is None else 0.005 + fame(row) ** 4
            for facet in catalogue.schema.people():
                for name in item.values(facet):
                    counts[name] = counts.get(name, 0) + 1
                    known[name] = known.get(name, 0.0) + weight
        given: dict[str, list[tuple[float, str]]] = {}
        self.names: dict[str, Person] = {}
        surnames: dict[str, list[tuple[float, str]]] = {}
        for name, count in counts.items():
            parts = words(name)
            if not parts:
                continue
            self._add(" ".join(parts), name, count, known[name])
            self._add_variants(parts, name, count)
            if len(parts) > 1 and parts[0].isascii():
                last = parts[-2] if parts[-1] in _SUFFIXES and len(parts) > 2 else parts[-1]
                surnames.setdefault(last, []).append((known[name], name))
                given.setdefault(parts[0], []).append((known[name], name))
        self._add_synonyms(catalogue, counts)
        self.surnames: Mapping[str, Person] = _leading(surnames, counts)
        self.given: Mapping[str, Person] = _leading(given, counts)

    def _add(self, phrase: str, name: str, count: int, weight: float = 9.0) -> None:
        kept = self.names.get(phrase)
        if kept is None or kept.count < count:
            self.names[phrase] = Person(name, count, weight=weight)

    def _add_synonyms(self, catalogue: Catalogue, counts: Mapping[str, int]) -> None:
        """Other names of people that the schema lists, such as Chinese ones."""
        for facet in map(catalogue.schema.facet, catalogue.schema.people()):
            if facet is None:
                continue
            labels = {name: tuple(by.values()) for name, by in facet.value_labels.items()}
            for table in (facet.synonyms, labels):
                for name, others in table.items():
                    for other in others if name in counts else ():
                        self._add(" ".join(words(other)), name, counts[name])

    def _add_variants(self, parts: list[str], name: str, count: int) -> None:
        """Names without middle initials ("Samuel Jackson"), and initials run together."""
        if len(parts) > 2:
            short = [p for i, p in enumerate(parts) if len(p) > 1 or i in (0, len(parts) - 1)]
            if len(short) >= 2 and short != parts:
                self.names.setdefault(" ".join(short), Person(name, count))
            if all(len(p) == 1 for p in parts[:-1]):
                self.names.setdefault(f"{''.join(parts[:-1])} {parts[-1]}", Person(name, count))

    def near(self, phrase: str, floor: float = 87.0) -> tuple[Person, float] | None:
        """The person spelt most like `phrase` (at least two words), if alike enough."""
        from rapidfuzz import fuzz, process

        if " " not in phrase or len(phrase) < 7:
            return None
        first, last = phrase.split(" ", 1)[0], phrase.rsplit(" ", 1)[-1]
        pool = {*self._by_word.get(first, ()), *self._by_word.get(last, ())}
        pool.update(self._by_head.get((phrase[:2], last[:1]), ()))
        if not pool:
            return None
        found = process.extract(phrase, list(pool), scorer=fuzz.ratio, score_cutoff=floor, limit=4)
        if not found:
            return None
        best = max(found, key=lambda f: (round(f[1]), self.names[f[0]].count))
        return self.names[best[0]], float(best[1])

    def near_surname(self, word: str) -> Person | None:
        """The well known person whose surname is spelt almost like `word`, or None."""
        from rapidfuzz import fuzz, process

        if len(word) < 6:
            return None
        pool = [w for w in self._surnames_by_head.get(word[:2], ()) if abs(len(w) - len(word)) <= 2]
        best = process.extractOne(word, pool, scorer=fuzz.ratio, score_cutoff=87.0)
        return None if best is None else self.surnames[best[0]]

    @cached_property
    def _surnames_by_head(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for surname, person in self.surnames.items():
            if person.share >= 0.45 and person.weight >= 0.5 and person.count >= 2:
                found.setdefault(surname[:2], []).append(surname)
        return found

    @cached_property
    def _by_word(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for phrase in self.names:
            parts = phrase.split(" ")
            if len(parts) > 1:
                found.setdefault(parts[0], []).append(phrase)
                found.setdefault(parts[-1], []).append(phrase)
        return found

    @cached_property
    def _by_head(self) -> Mapping[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for phrase in self.names:
            parts = phrase.split(" ")
            if len(parts) > 1:
                found.setdefault((phrase[:2], parts[-1][:1]), []).append(phrase)
        return found


def _leading(
    surnames: Mapping[str, list[tuple[float, str]]], counts: Mapping[str, int]
) -> dict[str, Person]:
    """Surname (or given name) → the person it most likely means."""
    found = {}
    for surname, people in surnames.items():
        people.sort(key=lambda p: (-p[0], p[1]))
        total = sum(weight for weight, _ in people)
        weight, name = people[0]
        found[surname] = Person(name, counts[name], False, weight / total, weight)
    return found
