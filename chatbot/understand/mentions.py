"""What a text names, and what it feels about it: -1 hated, 1 loved."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.understand.beliefs import Believer
from chatbot.understand.scope import Attitude
from chatbot.understand.spans import Span
from chatbot.values import Mention

_SENTIMENT = {
    "like": 0.8, "good": 0.8, "similar": 0.6, "want": 0.4, "only": 0.6, "allow": 0.2,
    "dislike": -0.6, "bad": -0.8, "hate": -1.0, "no": -0.8, "soft": -0.5,
}  # fmt: skip


def mentions(
    text: str, pairs: Sequence[tuple[Span, Attitude]], believer: Believer
) -> tuple[Mention, ...]:
    """What a text names, with what it feels about it."""
    found = []
    for span, attitude in pairs:
        if span.kind == "unknown":
            continue
        sentiment = _SENTIMENT.get(attitude.sense, 0.0)
        if span.kind in ("title", "reference"):
            found.append(
                Mention(
                    "title",
                    span.items[0],
                    span.start,
                    span.end,
                    span.items,
                    sentiment,
                    span.confidence,
                )
            )
            continue
        for reading in believer.applying(span, attitude.sense):
            for value in reading.values or (text[span.start : span.end],):
                found.append(
                    Mention(
                        reading.facet,
                        value,
                        span.start,
                        span.end,
                        (),
                        sentiment,
                        span.confidence,
                    )
                )
    return tuple(found)
