"""Which one question is worth asking, by expected information gain over the live candidates.

A facet's answer is worth the entropy it removes. With p the candidates' normalised scores and
H(F) = -Σ_v p(v) log2 p(v) over the values of facet F, a truthful answer to "which F?" removes H(F)
bits on average for a single-valued facet (Shannon); for many-valued facets every item spreads its
mass over its values, which keeps the sum at one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from chatbot.explain import show_value
from chatbot.phrases import listed, say
from chatbot.values import Language, Profile, Question
from retrieval.catalogue import Catalogue
from retrieval.query import Candidate

MIN_GAIN = 1.2
"""Bits below which a question is not worth the user's time."""

MIN_COVERAGE = 0.7
"""A facet that fewer candidates than this record is not asked about."""

_EASE = {"genre": 1.0, "mood": 1.0, "category": 1.0, "theme": 0.6, "country": 0.5, "language": 0.5}
"""How readily people answer, times the gain; other facets count 0.4."""

_NEVER = frozenset({"certificate", "keyword", "url", "image"})


def best_question(
    candidates: Sequence[Candidate],
    catalogue: Catalogue,
    profile: Profile,
    asked: Sequence[str],
    language: Language,
    variant: int = 0,
    least: float = MIN_GAIN,
) -> Question | None:
    """The question with the highest gain, or None where none brings `least` bits.

    Facets the user already spoke of, and those asked about before, are left alone.
    """
    settled = {p.facet for p in profile.preferences} | set(asked) | _NEVER
    best: tuple[float, str, tuple[str, ...]] | None = None
    for facet in catalogue.schema.facets.values():
        if facet.kind != "category" or facet.role or facet.name in settled:
            continue
        gain, options = _gain(candidates, catalogue, facet.name)
        gain *= _EASE.get(facet.name, 0.4)
        if len(options) > 1 and gain >= least and (best is None or gain > best[0]):
            best = (gain, facet.name, options)
    if best is None:
        return None
    return worded(best[1], best[2], catalogue, language, variant)


def worded(
    facet: str,
    options: Sequence[str],
    catalogue: Catalogue,
    language: Language,
    variant: int = 0,
) -> Question:
    """A question about `facet` with options, in words."""
    found = catalogue.schema.facet(facet)
    label = found.label(language) if found is not None else facet
    shown = [show_value(found, o, language) for o in options]
    text = say("ask.facet", language, variant, label=label) + (" " if language == "en" else "")
    return Question(
        facet,
        text + say("ask.options", language, options=listed(shown, language, last="or")),
        tuple(options),
    )


def _gain(
    candidates: Sequence[Candidate], catalogue: Catalogue, facet: str
) -> tuple[float, tuple[str, ...]]:
    """(bits, the four likeliest values) of asking about `facet`."""
    if not candidates:
        return 0.0, ()
    top = candidates[0].score
    mass: dict[str, float] = {}
    known = total = 0.0
    for candidate in candidates:
        weight = math.exp(candidate.score - top)
        total += weight
        values = catalogue[candidate.item_id].values(facet)
        if not values:
            continue
        known += weight
        for value in values:
            mass[value] = mass.get(value, 0.0) + weight / len(values)
    if known < MIN_COVERAGE * total or len(mass) < 2:
        return 0.0, ()
    bits = -sum(m / known * math.log2(m / known) for m in mass.values())
    # Fifty rare values have high entropy, but cannot all be offered: count what four settle.
    ranked = sorted(mass, key=lambda value: (-mass[value], value))[:4]
    offered = sum(mass[value] for value in ranked) / known
    return bits * offered, tuple(ranked)
