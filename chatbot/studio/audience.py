"""Whom a draft is for, and which items suit them: words, a passport or a cluster of taste.

The ranking is passed in; here the query is made and the list is varied.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chatbot import profile as profiles
from chatbot.errors import InputError
from chatbot.studio.brief import Brief
from chatbot.studio.facets import KIND_FACETS, MAKER_FACETS, THEME_FACETS
from chatbot.studio.plans import COUNTS
from chatbot.values import Language, Profile
from retrieval.catalogue import Catalogue
from retrieval.constraints import Constraints, Interval, Limit
from retrieval.items import Item
from retrieval.query import Query, Ranking, Wish
from retrieval.schema import Facet, Schema, fold

Rank = Callable[[Query], Ranking]

_WIDE = 8
"""So many candidates are looked at for each item that is chosen."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Readers. All parts are optional and add up.

    Attributes:
        words: plain words; those the schema knows become limits and wishes.
        profile: somebody's passport.
        liked: items a cluster of taste stands for.
        unwanted: ids that must not be chosen, such as those of drafts that were thrown away.
    """

    words: str = ""
    profile: Profile | None = None
    liked: tuple[str, ...] = ()
    unwanted: frozenset[str] = frozenset()


def query_of(brief: Brief, audience: Audience, schema: Schema, k: int) -> Query:
    """What the recommender is asked for a brief and its readers."""
    text = ", ".join(filter(None, (brief.topic, audience.words, brief.audience, *brief.keywords)))
    wishes, limits = read(text, schema)
    limits = (*limits, *suited(f"{audience.words} {brief.audience}", schema, limits))
    base = Query()
    if audience.profile is not None:
        base = profiles.to_query(audience.profile, turn=0, k=k)
    return replace(
        base,
        text=", ".join(filter(None, (base.text, text))),
        wishes=(*base.wishes, *wishes),
        liked=(*base.liked, *((i, 1.0) for i in audience.liked)),
        constraints=Constraints(
            (*base.constraints.limits, *limits), base.constraints.exclude | audience.unwanted
        ),
        surprise=0.5,
        k=k,
    )


def choose(brief: Brief, catalogue: Catalogue, rank: Rank, audience: Audience) -> tuple[str, ...]:
    """Ids for a brief that names none, best first and varied.

    At most one item of a maker, and no more than half of one kind or decade, as long as others are
    left to choose.

    Raises:
        InputError: nothing in the catalogue fits.
    """
    count = brief.count or COUNTS[brief.kind][brief.length]
    ranking = rank(query_of(brief, audience, catalogue.schema, count * _WIDE))
    items = [catalogue[c.item_id] for c in ranking.candidates]
    if not items:
        raise InputError(
            "nothing in the catalogue fits this audience and topic.",
            hint="Loosen one of them, or name the items.",
        )
    return tuple(item.id for item in varied(items, count))


def varied(items: Sequence[Item], count: int) -> list[Item]:
    """At most `count` items in their order, passing over what would repeat."""
    chosen: list[Item] = []
    for most_makers, share in ((1, 0.5), (2, 0.75), (count, 1.0)):
        for item in items:
            if len(chosen) >= count:
                break
            if item not in chosen and _adds(item, chosen, count, most_makers, share):
                chosen.append(item)
    return sorted(chosen, key=items.index)


def _adds(item: Item, chosen: Sequence[Item], count: int, makers: int, share: float) -> bool:
    for name in MAKER_FACETS:
        for value in item.values(name):
            if sum(value in other.values(name) for other in chosen) >= makers:
                return False
    limit = max(1, round(count * share)) if count > 2 else count
    for trait in _traits(item):
        if sum(trait in _traits(other) for other in chosen) >= limit:
            return False
    return True


def _traits(item: Item) -> tuple[str, ...]:
    found = [f"{n}:{item.values(n)[0]}" for n in KIND_FACETS if item.values(n)]
    year = item.number("year")
    return (*found, *((f"decade:{int(year) // 10}",) if year is not None else ()))


_FAMILY = re.compile(r"\bfamil(?:y|ies)\b|全家|一家人|家庭|亲子|合家", re.IGNORECASE)
_FAMILY_AGE = 10.0


def suited(readers: str, schema: Schema, limits: Sequence[Limit] = ()) -> tuple[Limit, ...]:
    """A limit of age for readers among whom there are children, where none is stated.

    >>> suited("families", Schema({"age": Facet("age", "number")}))[0].interval
    (None, 10.0)
    """
    found = _FAMILY.search(readers)
    if found is None or "age" not in schema.facets or any(x.facet == "age" for x in limits):
        return ()
    return (Limit("age", "require", interval=(None, _FAMILY_AGE), source=found[0]),)


_NOT = re.compile(
    r"(?:\bno|\bnot|\bwithout|\bnothing|不要|没有|别|不)\s*(?:\w+\s+)?$", re.IGNORECASE
)


def read(text: str, schema: Schema) -> tuple[tuple[Wish, ...], tuple[Limit, ...]]:
    """Wishes and limits that words state, by the schema's own synonyms.

    A number ("for teenagers" is an age) and what is ruled out are limits; other values are wishes.

    >>> age = Facet("age", "number", synonyms={"..14": ("teenagers",)})
    >>> read("for teenagers", Schema({"age": age}))[1][0].interval
    (None, 14.0)
    """
    folded = f" {fold(text)} "
    wishes: list[Wish] = []
    limits: list[Limit] = []
    for facet in schema.facets.values():
        for word, key in _words(facet):
            at = folded.find(word if not word.strip().isascii() else f" {word} ")
            if at < 0:
                continue
            denied = bool(_NOT.search(folded[:at] + " "))
            interval = _interval(key)
            if interval is not None and facet.name == "age" and not denied:
                limits.append(Limit(facet.name, "require", interval=interval, source=word))
            elif interval is not None:
                if denied:
                    limits.append(Limit(facet.name, "forbid", interval=interval, source=word))
                else:
                    wishes.append(Wish(facet.name, interval=interval, source=word))
            elif denied:
                limits.append(Limit(facet.name, "forbid", values=_values(key), source=word))
            else:
                wishes.extend(Wish(facet.name, value=v, source=word) for v in _values(key))
            break
    return tuple(wishes), tuple(limits)


def _words(facet: Facet) -> Iterable[tuple[str, str]]:
    """(folded word, key) of everything the facet's values are called, longest first."""
    found: list[tuple[str, str]] = []
    for key, words in facet.synonyms.items():
        found.extend((fold(w), key) for w in words)
    for key, labels in facet.value_labels.items():
        found.extend((fold(w), key) for w in (key, *labels.values()))
    found = [(w, k) for w, k in found if len(w) >= (2 if not w.isascii() else 3)]
    return sorted(found, key=lambda pair: -len(pair[0]))


def _values(key: str) -> tuple[str, ...]:
    return tuple(re.split(r"[|+]", key))


def _interval(key: str) -> Interval | None:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)?\.\.(\d+(?:\.\d+)?)?", key)
    if match is None:
        return None
    return (float(match[1]) if match[1] else None, float(match[2]) if match[2] else None)


@dataclass(frozen=True, slots=True)
class Cluster:
    """People of similar taste, learned from ratings.

    `traits` are (facet, value, lift) they like more than others do; `liked` stands for them.
    """

    size: int
    traits: tuple[tuple[str, str, float], ...]
    liked: tuple[str, ...]

    def label(self, schema: Schema, language: Language) -> str:
        """The traits in words."""
        shown = []
        for name, value, _ in self.traits[:3]:
            facet = schema.facet(name)
            text = facet.show(value, language) if facet is not None else value
            shown.append(text if language == "zh" else text.lower())
        return ("、" if language == "zh" else ", ").join(shown)


def clusters(
    ratings: Iterable[tuple[str, str, float]],
    catalogue: Catalogue,
    rng: np.random.Generator,
    count: int = 6,
) -> tuple[Cluster, ...]:
    """Clusters of taste, the largest first; () where fewer than `count` people rated.

    Args:
        ratings: (user, item id, rating); above a user's own mean counts as liked.
    """
    liked = _liked(ratings, catalogue)
    if len(liked) < count:
        return ()
    traits = sorted({t for ids in liked.values() for i in ids for t in _tastes(catalogue[i])})
    column = {trait: at for at, trait in enumerate(traits)}
    table = np.zeros((len(liked), len(traits)), dtype=np.float32)
    for row, ids in enumerate(liked.values()):
        for item_id in ids:
            for trait in _tastes(catalogue[item_id]):
                table[row, column[trait]] += 1.0 / len(ids)
    base = table.mean(axis=0)
    weighed = table / np.sqrt(base + 0.01)
    labels = _means(weighed, count, rng)
    found = []
    users = list(liked)
    for label in range(count):
        rows = np.flatnonzero(labels == label)
        if rows.size:
            lift = table[rows].mean(axis=0) / np.maximum(base, 0.01)
            best = np.argsort(-lift)[:5]
            chosen = Counter(i for row in rows for i in liked[users[row]])
            found.append(
                Cluster(
                    int(rows.size),
                    tuple((*traits[at], round(float(lift[at]), 2)) for at in best),
                    tuple(i for i, _ in chosen.most_common(12)),
                )
            )
    return tuple(sorted(found, key=lambda c: -c.size))


def _liked(
    ratings: Iterable[tuple[str, str, float]], catalogue: Catalogue
) -> Mapping[str, tuple[str, ...]]:
    given: dict[str, list[tuple[str, float]]] = {}
    for user, item_id, rating in ratings:
        if item_id in catalogue:
            given.setdefault(user, []).append((item_id, rating))
    found: dict[str, tuple[str, ...]] = {}
    for user, rows in given.items():
        mean = sum(r for _, r in rows) / len(rows)
        ids = tuple(i for i, r in rows if r >= mean)
        if ids:
            found[user] = ids
    return found


def _tastes(item: Item) -> tuple[tuple[str, str], ...]:
    names = (*KIND_FACETS, "mood", *THEME_FACETS)
    return tuple((n, v) for n in names for v in item.values(n))


def _means(
    table: NDArray[np.float32], count: int, rng: np.random.Generator, rounds: int = 20
) -> NDArray[np.int64]:
    """(rows,) labels by k-means."""
    centres = table[rng.choice(len(table), count, replace=False)]
    labels = np.zeros(len(table), dtype=np.int64)
    for _ in range(rounds):
        far = ((table[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
        now = far.argmin(axis=1)
        if (now == labels).all():
            break
        labels = now
        for label in range(count):
            if (labels == label).any():
                centres[label] = table[labels == label].mean(axis=0)
    return labels
