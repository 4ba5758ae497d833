"""Signals on one scale, and their weights. Knows how signals are blended, not what they mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from retrieval.stores import Scores


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each signal counts, in points of the blended score.

    Chosen by hand on conversations; learned weights replace them field by field.

    Attributes:
        wish: a category wish that matches. People weigh `person`, free words `term`, numbers
            `number` instead.
        rare: how much a rare value gains over a common one (Kurosawa over Drama).
        avoid: how much more it takes away to match what was not wanted.
        text: one robust standard deviation of the request's cosine.
        described: the same where the request describes an item in words (`scoring.DESCRIBES`).
        turned: the same where an adapter turned the request towards what people chose after such
            words. On conversations it had not learned from, recall@50 of the shipped films is .183
            without it, .197 at 0.3, .216 at 0.6, .241 at 1, where rare words begin to be missed.
        lexical: the candidate with the best word score.
        similar: one robust standard deviation of nearness to what was liked.
        disliked: the same for what was disliked, subtracted.
        ignored: the same for what was shown without any reaction, subtracted; 2 deviations at most.
        collaborative: one robust standard deviation of the collaborative score.
        focus: how much every wish of now takes from what the session's items say: both are
            divided by 1 + focus * (sum of positive wish weights).
        quality: one robust standard deviation of the recorded rating.
        known: one robust standard deviation of the logarithm of how many know it.
        context: a wish that the situation suggests.
        conversation: one unit of the logarithm of the chance that a model which read the whole
            conversation gives the item. Chosen on conversations that it had not learned from.
        groups: one robust standard deviation of how many people of the same attributes like it.
        extra: one robust standard deviation of a further signal.
        novelty: what the dial at 1 takes away from one deviation of being known.
        fame: what one deviation of being known counts when well (or lesser) known is asked for.
    """

    wish: float = 1.6
    person: float = 2.2
    term: float = 1.3
    number: float = 1.2
    rare: float = 0.5
    avoid: float = 1.5
    text: float = 0.3
    described: float = 1.0
    turned: float = 0.6
    lexical: float = 0.4
    similar: float = 0.9
    disliked: float = 0.4
    ignored: float = 0.4
    collaborative: float = 0.45
    focus: float = 0.25
    quality: float = 0.3
    known: float = 0.12
    context: float = 0.4
    conversation: float = 2.0
    groups: float = 0.15
    extra: float = 0.5
    novelty: float = 0.7
    fame: float = 1.2


LIMIT = 2.0
"""Robust deviations beyond this count by their logarithm: order stays, an outlier does not rule."""


def standardised(scores: Scores) -> Scores:
    """Robust z-scores: median 0, the middle half about 1.35 wide, see `LIMIT`; NaN becomes 0.

    A column that does not vary says nothing and becomes 0.

    >>> [round(float(z), 2) for z in standardised(np.array([1, 2, 3, np.nan], np.float32))]
    [-1.35, 0.0, 1.35, 0.0]
    """
    known = np.sort(scores[~np.isnan(scores)])
    if known.size < 2:
        return np.zeros(scores.size, dtype=np.float32)
    low, middle, high = (_quantile(known, share) for share in (0.25, 0.5, 0.75))
    spread = (high - low) / 1.349 or float(known.std())
    if spread < 1e-9:
        return np.zeros(scores.size, dtype=np.float32)
    z = known_or_zero((scores - middle) / spread)
    size = np.abs(z)
    tail = np.log1p(np.maximum(size - LIMIT, 0))
    return np.asarray(np.sign(z) * (np.minimum(size, LIMIT) + tail), dtype=np.float32)


def centred(scores: Scores) -> Scores:
    """Scores with median 0 on their own scale; NaN becomes 0."""
    known = scores[~np.isnan(scores)]
    if not known.size:
        return np.zeros(scores.size, dtype=np.float32)
    return known_or_zero(scores - np.median(known))


def neutral(scores: Scores) -> Scores:
    """Unknown takes the mean of what is known, so that it neither helps nor hurts."""
    missing = np.isnan(scores)
    if not missing.any():
        return scores
    mean = np.float32(0) if missing.all() else np.nanmean(scores, dtype=np.float32)
    return np.where(missing, mean, scores).astype(np.float32)


def _quantile(ordered: Scores, share: float) -> float:
    """Linear between neighbours; numpy's own takes ten times as long for columns this short."""
    place = (ordered.size - 1) * share
    at = int(place)
    low = float(ordered[at])
    return low + (place - at) * (float(ordered[min(at + 1, ordered.size - 1)]) - low)


def known_or_zero(scores: Scores) -> Scores:
    """`scores` with 0 for NaN."""
    return np.where(np.isnan(scores), np.float32(0), scores).astype(np.float32, copy=False)


def scaled(scores: Scores, weight: float) -> Scores:
    """`scores` times `weight`, kept float32."""
    return np.asarray(scores * np.float32(weight), dtype=np.float32)
