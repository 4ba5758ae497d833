"""Our values as JSON for clients. Shapes are the contract's; nothing here decides anything."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from chatbot.values import Card, Preference, Profile, Question, Reply, Session
from retrieval.constraints import Limit
from retrieval.items import Item

PHASES = ("understand", "retrieve", "rerank", "explain", "total")


def plain(value: object) -> Any:
    """`value` in what JSON can say: no NaN, no infinity, no tuples, no odd keys.

    >>> plain({"a": (1, float("nan"))})
    {'a': [1, None]}
    """
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):  # most of a reply: asking what kind of mapping it is takes longer
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [plain(part) for part in value]
    return str(value)


def preference(p: Preference) -> dict[str, Any]:
    """A belief; `key` names it in later edits."""
    return {
        "key": p.key,
        "stance": p.stance,
        "facet": p.facet,
        "value": list(p.value) if isinstance(p.value, tuple) else p.value,
        "strength": p.strength,
        "source": p.source,
        "turn": p.turn,
        "scope": p.scope,
        "pinned": p.pinned,
        "group": p.group,
        "about": p.about,
    }


def profile(found: Profile) -> dict[str, Any]:
    """All beliefs, oldest first."""
    return {"preferences": [preference(p) for p in found.preferences]}


def card(found: Card) -> dict[str, Any]:
    """A recommended item with its reasons and the evidence behind each."""
    return {
        "id": found.id,
        "title": found.title,
        "score": found.score,
        "reasons": [
            {"text": r.text, "signal": r.signal, "value": r.value, "detail": dict(r.detail)}
            for r in found.reasons
        ],
    }


def limit(found: Limit) -> dict[str, Any]:
    """A hard limit that was given up, so that the list is not empty."""
    return {
        "facet": found.facet,
        "mode": found.mode,
        "value": list(found.interval) if found.interval is not None else list(found.values),
        "source": found.source,
    }


def question(found: Question | None) -> dict[str, Any] | None:
    """The one question asked, with options to choose from."""
    if found is None:
        return None
    return {"facet": found.facet, "text": found.text, "options": list(found.options)}


def reply(found: Reply) -> dict[str, Any]:
    """One answer: the line that `replay` prints, with what a chat needs besides."""
    shape = {
        "id": found.id,
        "session": found.session,
        "turn": found.turn,
        "text": found.text,
        "action": found.action,
        "language": found.language,
        "items": [card(c) for c in found.cards],
        "profile": profile(found.profile),
        "relaxed": [limit(x) for x in found.relaxed],
        "suggestions": list(found.suggestions),
        "question": question(found.question),
        "citations": [
            {"title": c.title, "url": c.url, "quote": c.quote, "score": c.score}
            for c in found.citations
        ],
        "handoff": dict(found.handoff) if found.handoff is not None else None,
        "degraded": bool(found.degraded),
        "timings_ms": {phase: found.timings_ms.get(phase, 0.0) for phase in PHASES},
    }
    cleaned: dict[str, Any] = plain(shape)
    return cleaned


def session(found: Session, *, turns: bool = False) -> dict[str, Any]:
    """A conversation; with its recent turns where asked for."""
    shape: dict[str, Any] = {
        "id": found.id,
        "catalogue": found.catalogue,
        "channel": found.channel,
        "language": found.language,
        "surprise": found.surprise,
        "shown": list(found.shown),
    }
    if turns:
        shape["profile"] = profile(found.profile)
        shape["turns"] = [
            {"number": t.number, "text": t.text, "reply": reply(t.reply)} for t in found.turns
        ]
    cleaned: dict[str, Any] = plain(shape)
    return cleaned


def item(found: Item) -> dict[str, Any]:
    """One row of the catalogue; what is not recorded is absent."""
    shape = {
        "id": found.id,
        "title": found.title,
        "aka": list(found.aka),
        "facets": dict(found.facets),
    }
    cleaned: dict[str, Any] = plain(shape)
    return cleaned
