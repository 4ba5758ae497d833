"""Which sentences of a draft a revision touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chatbot.errors import InputError
from chatbot.studio.brief import clean
from chatbot.studio.draft import Draft, Sentence, plain, split

Spot = tuple[int, int]
"""(block, position) of a sentence."""

_LONGEST = 20_000
"""Characters of a paragraph."""

FIXED = frozenset({"heading", "image", "table", "facts"})
"""Shapes whose sentences stand for something else and are not reworded."""


def spots_of(draft: Draft, selection: str | Sequence[int] | None) -> list[Spot]:
    """Sentences that a selection touches, in order.

    Raises:
        InputError: the draft does not hold it.
    """
    every = [(b, s) for b, s, _ in draft.sentences()]
    if selection is None:
        return every
    if not isinstance(selection, str):
        found = [x for x in every if x[0] in set(selection)]
    else:
        found = _touched(draft, clean(plain(selection)))
    if not found:
        raise InputError(
            "the selected text is not in this draft any more.", hint="Select it again."
        )
    return found


def _touched(draft: Draft, words: str) -> list[Spot]:
    language = draft.brief.language
    found: list[Spot] = []
    for b, block in enumerate(draft.blocks):
        text, spans = "", []
        for s, sentence in enumerate(block.sentences):
            text += "" if not text or language == "zh" else " "
            spans.append((len(text), len(text) + len(plain(sentence.text)), s))
            text += plain(sentence.text)
        at = text.find(words) if words else -1
        if at >= 0:
            return [(b, s) for low, high, s in spans if low < at + len(words) and high > at]
        if text and text in words and block.shape not in FIXED:
            found.extend((b, s) for _, _, s in spans)  # several paragraphs were selected
    return found


def exists(draft: Draft, spot: Spot) -> bool:
    """Whether the draft still has this sentence."""
    return spot[0] < len(draft.blocks) and spot[1] < len(draft.blocks[spot[0]].sentences)


def with_sentences(draft: Draft, block: int, sentences: Sequence[Sentence]) -> Draft:
    """The draft with other sentences in one block."""
    blocks = list(draft.blocks)
    blocks[block] = replace(blocks[block], sentences=tuple(sentences))
    return replace(draft, blocks=tuple(blocks))


def with_text(draft: Draft, block: int, text: str) -> Draft:
    """The draft with other words in one block; sentences that stay keep their sources.

    Raises:
        InputError: there is no such block, or the text is too long.
    """
    if not 0 <= block < len(draft.blocks):
        raise InputError("there is no such paragraph in this draft.")
    if len(text) > _LONGEST:
        raise InputError(f"a paragraph has at most {_LONGEST:,} characters.")
    old = {s.text: s for s in draft.blocks[block].sentences}
    said = split(text, draft.brief.language)
    if said:
        return with_sentences(draft, block, [old.get(s, Sentence(s)) for s in said])
    return replace(draft, blocks=(*draft.blocks[:block], *draft.blocks[block + 1 :]))


def by_block(draft: Draft, spots: Sequence[Spot]) -> dict[int, list[int]]:
    """Block → positions, of blocks that may be reworded."""
    found: dict[int, list[int]] = {}
    for b, s in spots:
        if draft.blocks[b].shape not in FIXED:
            found.setdefault(b, []).append(s)
    return found
