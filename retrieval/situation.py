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
    ("time_of_day", "night"): (("mood", "suspenseful"), ("mood", "dreamlike")),
    ("mood", "sad"): (("mood", "uplifting"), ("mood", "heartwarming")),
    ("mood", "tired"): (("mood", "cosy"), ("mood", "feel-good")),
    ("mood", "stressed"): (("mood", "cosy"), ("mood", "funny")),
    ("mood", "bored"): (("mood", "exciting"), ("mood", "adventurous")),
    ("mood", "happy"): (("mood", "playful"),),
}


def suggested(context: Mapping[str, str]) -> tuple[Wish, ...]:
    """Mild wishes for what is known about the situation, each naming it as its source.

    >>> [w.value for w in suggested({"company": "friends", "device": "phone"})]
    ['funny', 'exciting']
    """
    return tuple(
        Wish(facet, value, weight=1.0, source=key)
        for key, situation in sorted(context.items())
        for facet, value in _SUGGESTS.get((key, situation), ())
    )
