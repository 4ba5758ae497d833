"""Whether a brief can be written: nothing forbidden in it, its items known or chosen."""

from __future__ import annotations

import difflib
from dataclasses import replace

from chatbot.errors import InputError, NotFoundError
from chatbot.studio import safety
from chatbot.studio.audience import Audience, Rank, choose
from chatbot.studio.brief import Brief
from chatbot.studio.register import Register


def accepted(
    brief: Brief, register: Register, rank: Rank | None, audience: Audience
) -> tuple[Brief, tuple[str, ...]]:
    """The brief with its items chosen, and warnings about what is left out of it.

    Raises:
        InputError: it asks for private data or a forbidden claim, or nothing fits.
        NotFoundError: it names an item the catalogue does not have.
    """
    warnings = safety.screen(brief)
    for item_id in brief.items:
        if item_id not in register.catalogue:
            raise missing(item_id, register)
    if not brief.items:
        if rank is None:
            raise InputError("name the items to write about.", hint="Use --items ID,…")
        brief = replace(brief, items=choose(brief, register.catalogue, rank, audience))
    if brief.kind == "comparison" and len(brief.items) < 2:
        raise InputError("a comparison needs two items.", hint="Name another with --items.")
    topic = "" if safety.addressed_to_us(brief.topic) else brief.topic
    words = "" if safety.addressed_to_us(brief.audience) else brief.audience
    return replace(brief, topic=topic, audience=words), warnings


def missing(item_id: str, register: Register) -> NotFoundError:
    """What to say of an id that is unknown: the id of a title, or near matches."""
    near = difflib.get_close_matches(
        item_id, [*register.catalogue.row_of, *register.titles], n=3, cutoff=0.6
    )
    named = register.ids_of(item_id)
    hint = (
        f"Did you mean the id {named[0]}?" if named
        else f"Did you mean {', '.join(near)}?" if near
        else "Check the id, or search the catalogue."
    )  # fmt: skip
    return NotFoundError(f"there is no item {item_id[:80]!r} in this catalogue.", hint=hint)
