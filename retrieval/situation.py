"""What a situation suggests: company, time of day and mood to mild wishes. Data, not logic.

A suggestion counts only where the catalogue knows its facet and value; other domains are untouched.
"""

from __future__ import annotations

from collections.abc import Mapping

from retrieval.query import Wish

_SUGGESTS: Mapping[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("company", "kids"): (("genre", "Family"), ("genre", "Animation")),
    ("company", "family"): (("genre", "Family"), ("mood", "heartwarming")),
    ("company", "partner"): (("mood", "romantic"), ("genre", "Romance")),
    ("company", "friends"): (("mood", "funny"), ("mood", "exciting")),
    ("company", "alone"): (("mood", "thought-provoking"),),
    ("time_of_day", "morning"): (("mood", "uplifting"),),
    ("time_of_day", "evening"): (("mood", "feel-good"),),
    ("time_of_day", "afternoon"): (),
    ("time_of_day", "night"): (("mood", "suspenseful"), ("mood", "dreamlike")),
    ("mood", "sad"): (("mood", "uplifting"), ("mood", "heartwarming")),
    ("mood", "tired"): (("mood", "cosy"), ("mood", "feel-good")),
    ("mood", "stressed"): (("mood", "cosy"), ("mood", "funny")),
    ("mood", "bored"): (("mood", "exciting"), ("mood", "adventurous")),
    ("mood", "happy"): (("mood", "playful"),),
    ("device", "phone"): (),
    ("device", "computer"): (),
    ("device", "tv"): (),
}

_SHORT: Mapping[tuple[str, str], tuple[tuple[str, float], ...]] = {
    ("time_of_day", "night"): (("runtime", 105.0),),
    ("mood", "tired"): (("runtime", 110.0),),
    ("device", "phone"): (("runtime", 110.0),),
}
"""The situation → facets of which little is wanted, and how much at most."""

KNOWN: Mapping[str, tuple[str, ...]] = {
    key: tuple(dict.fromkeys(value for k, value in _SUGGESTS if k == key)) for key, _ in _SUGGESTS
}
"""What may be told of a situation: key → values."""


def suggested(context: Mapping[str, str]) -> tuple[Wish, ...]:
    """Mild wishes for what is known about the situation, each naming it ("company: kids") as its
    source.

    >>> [w.value or w.interval for w in suggested({"company": "friends", "device": "phone"})]
    ['funny', 'exciting', (None, 110.0)]
    """
    found: list[Wish] = []
    for key, value in sorted(context.items()):
        source = f"{key}: {value}"
        for facet, wanted in _SUGGESTS.get((key, value), ()):
            found.append(Wish(facet, wanted, source=source))
        for facet, most in _SHORT.get((key, value), ()):
            found.append(Wish(facet, interval=(None, most), source=source))
    return tuple(found)
