"""The preference profile: merging updates, editing by hand, and the bridge to retrieval.

Pure functions over frozen values; nothing here knows where a profile is kept or what a model
said. `to_query` is the only way from dialogue to retrieval.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from chatbot.values import Assert, Preference, Profile, Stance, Update, Withdraw
from retrieval.constraints import Constraints, Interval, Limit
from retrieval.query import Query, Wish

HARD: frozenset[Stance] = frozenset({"require", "forbid"})
NEGATIVE: frozenset[Stance] = frozenset({"avoid", "forbid"})

_FADING = 0.85
"""A wish weighs this much less with every user turn since it was said: what was said last leads."""


def merge(profile: Profile, updates: Iterable[Update]) -> Profile:
    """The profile after `updates`, applied in order; later words win, pinned beliefs stay.

    An assertion replaces an earlier belief about the same value. Intervals of one facet are
    intersected while that leaves something ("after 1980", then "before 1990"); otherwise the
    later one stands alone. A title may be both liked (or disliked) and seen.

    >>> horror = Preference("forbid", "genre", "Horror", source="no horror")
    >>> merge(merge(Profile(), [Assert(horror)]), [Withdraw("genre", "Horror")])
    Profile(preferences=())
    """
    kept = list(profile.preferences)
    for update in updates:
        if isinstance(update, Withdraw):
            kept = [p for p in kept if p.pinned or not _withdrawn(p, update)]
            continue
        new = update.preference
        rivals = [p for p in kept if _rivals(p, new)]
        if any(p.pinned for p in rivals):
            continue
        if isinstance(new.value, tuple):
            for old in rivals:
                new = _narrowed(old, new)
        kept = [p for p in kept if p not in rivals]
        kept.append(new)
    return Profile(tuple(kept))


def _withdrawn(belief: Preference, update: Withdraw) -> bool:
    if update.facet not in ("*", belief.facet):
        return False
    if update.stances and belief.stance not in update.stances:
        return False
    return update.value is None or update.value == belief.value


def _rivals(old: Preference, new: Preference) -> bool:
    """Whether both speak of the same thing, so that the later one stands."""
    if old.facet == new.facet == "novelty":
        return True
    if old.key != new.key or old.about != new.about:
        return False
    if isinstance(new.value, tuple):
        # "nothing from the 80s" and "before 2000" live side by side.
        return (old.stance in NEGATIVE) == (new.stance in NEGATIVE) and (
            new.stance not in NEGATIVE or old.value == new.value
        )
    return new.facet != "title" or (old.stance == "seen") == (new.stance == "seen")


def _narrowed(old: Preference, new: Preference) -> Preference:
    if not (isinstance(old.value, tuple) and isinstance(new.value, tuple)):
        return new
    if new.stance in NEGATIVE:
        return new
    low = new.value[0] if new.value[0] is not None else old.value[0]
    high = new.value[1] if new.value[1] is not None else old.value[1]
    if low is not None and high is not None and low > high:
        return new
    source = new.source if (low, high) == new.value else f"{old.source}; {new.source}"
    return replace(new, value=(low, high), source=source)


def remove(profile: Profile, key: str, stance: Stance | None = None) -> Profile:
    """The profile without the beliefs called `key` (see `Preference.key`), pinned ones included.

    `facet:group:name` stands for all alternatives of one group.
    """
    facet, _, group = key.partition(":group:")
    if group:
        return Profile(
            tuple(p for p in profile.preferences if p.facet != facet or p.group != group)
        )
    return Profile(
        tuple(
            p
            for p in profile.preferences
            if p.key != key or (stance is not None and p.stance != stance)
        )
    )


def edit(profile: Profile, key: str, changed: Preference) -> Profile:
    """The profile with the belief called `key` replaced in place, or `changed` added at the end."""
    found = any(p.key == key for p in profile.preferences)
    if not found:
        return Profile((*profile.preferences, changed))
    return Profile(tuple(changed if p.key == key else p for p in profile.preferences))


def assert_(profile: Profile, belief: Preference) -> Profile:
    """The profile with one belief added by hand: it replaces its rivals, pinned ones too."""
    kept = tuple(p for p in profile.preferences if not _rivals(p, belief))
    return Profile((*kept, belief))


def tastes(profile: Profile) -> Profile:
    """What outlives the session: tastes, not requests.

    Likes, dislikes, prohibitions and what was seen stay; what was required was for that evening,
    as was everything said "tonight". Pinned beliefs always stay.
    """
    return Profile(
        tuple(
            p
            for p in profile.preferences
            if p.pinned
            or (p.scope == "always" and p.stance != "require" and p.facet not in ("mood", "term"))
        )
    )


def limits(profile: Profile) -> tuple[Limit, ...]:
    """The hard limits, in the order they were said. Alternatives of one group are one limit."""
    found: list[Limit] = []
    groups: dict[str, int] = {}
    for p in profile.preferences:
        if p.stance not in HARD or p.facet in ("title", "term"):
            continue
        mode: Literal["require", "forbid"] = "require" if p.stance == "require" else "forbid"
        if isinstance(p.value, tuple):
            limit = Limit(p.facet, mode, interval=p.value, strength=p.strength, source=p.source)
        else:
            limit = Limit(p.facet, mode, (p.value,), strength=p.strength, source=p.source)
        name = f"{p.group}/{p.facet}" if p.group and mode == "require" and limit.values else ""
        if name in groups and name:
            earlier = found[groups[name]]
            found[groups[name]] = replace(earlier, values=(*earlier.values, *limit.values))
            continue
        if name:
            groups[name] = len(found)
        found.append(limit)
    return tuple(found)


def named_titles(profile: Profile) -> frozenset[str]:
    """Item ids the user has an opinion on or has seen: known to them, so not news."""
    return frozenset(
        p.value for p in profile.preferences if p.facet == "title" and isinstance(p.value, str)
    )


def to_query(
    profile: Profile,
    *,
    turn: int,
    exclude: Iterable[str] = (),
    messages: Sequence[tuple[str, str, tuple[str, ...]]] = (),
    surprise: float = 0.3,
    k: int = 5,
    extra: Sequence[Wish] = (),
    ignored: Sequence[tuple[str, float]] = (),
    context: Mapping[str, str] | None = None,
    about: Mapping[str, str] | None = None,
) -> Query:
    """The profile as a request to the recommender.

    Positive wishes go into the text, because an embedding does not negate; every wish, positive or
    negative, goes into `wishes`; what was required or forbidden into constraints. Titles the user
    named are history (liked or disliked) and are excluded from the answer, as is `exclude`.

    Args:
        profile: beliefs, oldest first.
        turn: number of the current user turn; older wishes weigh less.
        exclude: ids that must not come back: shown, rejected.
        messages: recent utterances (role, text, item ids), oldest first.
        surprise: the dial, 0 to 1.
        k: how many candidates are wanted.
        extra: wishes of this turn only, such as critiques.
        ignored: (item id, weight) of what was shown without any reaction.
        context: what is known about the situation, see `Query.context`.
        about: attributes of the user, see `Query.about`.
    """
    words: list[str] = []
    wishes: list[Wish] = []
    liked: list[tuple[str, float]] = []
    disliked: list[tuple[str, float]] = []
    fame = 0.0
    for p in profile.preferences:
        weight = p.strength * (_FADING ** max(0, turn - p.turn) if p.turn and not p.pinned else 1.0)
        if p.facet == "title":
            if p.stance in ("like", "require"):
                liked.append((str(p.value), weight))
            elif p.stance in NEGATIVE:
                disliked.append((str(p.value), weight))
            continue
        if p.facet == "novelty":
            lesser = (p.value == "lesser known") == (p.stance not in NEGATIVE)
            fame = -p.strength if lesser else p.strength
            continue
        wishes.append(_wish(p, -weight if p.stance in NEGATIVE else weight))
        if p.stance not in NEGATIVE and isinstance(p.value, str):
            words.append(p.value)
    words.extend(w.value for w in extra if w.value and w.weight > 0)
    return Query(
        text=", ".join(dict.fromkeys(words)),
        wishes=(*wishes, *extra),
        liked=tuple(liked),
        disliked=tuple(disliked),
        ignored=tuple(ignored),
        constraints=Constraints(limits(profile), frozenset(exclude) | named_titles(profile)),
        messages=tuple(messages),
        fame=fame,
        surprise=surprise,
        k=k,
        context=context or {},
        about=about or {},
    )


def _wish(p: Preference, weight: float) -> Wish:
    if isinstance(p.value, tuple):
        interval: Interval = p.value
        return Wish(p.facet, interval=interval, weight=weight, source=p.source)
    return Wish(p.facet, value=p.value, weight=weight, source=p.source)


def assertions(updates: Iterable[Update]) -> tuple[Preference, ...]:
    """The beliefs that `updates` would add, in order."""
    return tuple(u.preference for u in updates if isinstance(u, Assert))
