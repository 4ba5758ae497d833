"""Revision: a draft and an instruction give a new draft; what was not asked for stays as it is.

Works on the whole draft or on a selection. Sentences that the composer planned can be said again
in another tone; sentences of other hands can be dropped, moved and kept, never reworded without a
language model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from chatbot.errors import InputError
from chatbot.studio import resay, reshape, trim
from chatbot.studio.draft import Draft
from chatbot.studio.formats import seconds_of
from chatbot.studio.instructions import Change, parse
from chatbot.studio.selection import Spot, exists, spots_of
from retrieval.catalogue import Catalogue


def revise(
    draft: Draft,
    instruction: str | Sequence[Change],
    catalogue: Catalogue,
    selection: str | Sequence[int] | None = None,
) -> Draft:
    """The draft changed as asked.

    Args:
        instruction: words, or changes that were parsed already.
        selection: words of the draft (a paragraph, a sentence, a part of one) or block numbers;
            None for the whole. Nothing outside it changes.

    Raises:
        InputError: the instruction is not understood, the selection is not in the draft, or there
            is nothing left to change that way.
    """
    changes = parse(instruction) if isinstance(instruction, str) else tuple(instruction)
    spots = spots_of(draft, selection)
    for change in changes:
        work = _WHOLE.get(change.op)
        if work is not None:
            if selection is not None:
                raise InputError(
                    "this changes the whole draft, not a part of it.", hint="Clear the selection."
                )
            draft = work(draft, change, catalogue)
            spots = spots_of(draft, None)
        else:
            draft = _PARTS[change.op](draft, change, catalogue, spots)
            spots = [s for s in spots if exists(draft, s)]
    return _retimed(draft)


def _retimed(draft: Draft) -> Draft:
    """Shots as long as what is said in them takes."""
    language = draft.brief.language
    return replace(
        draft,
        blocks=tuple(
            replace(b, seconds=seconds_of(b.text(language), language)) if b.shape == "shot" else b
            for b in draft.blocks
        ),
    )


_WHOLE: Mapping[str, Callable[[Draft, Change, Catalogue], Draft]] = {
    "kind": reshape.kind,
    "language": reshape.language,
    "audience": reshape.audience,
    "drop": reshape.drop,
    "move": reshape.move,
    "order": reshape.order,
    "retitle": reshape.retitle,
}
_PARTS: Mapping[str, Callable[[Draft, Change, Catalogue, list[Spot]], Draft]] = {
    "shorter": trim.sized,
    "longer": trim.longer,
    "without": trim.without,
    "calm": trim.calm,
    "facts": trim.facts,
    "tone": resay.tone,
    "rephrase": resay.rephrase,
    "simpler": resay.simpler,
    "mention": resay.mention,
}
