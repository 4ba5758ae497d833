"""Revisions that take sentences out or put recorded ones in; the others stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from chatbot.errors import InputError
from chatbot.studio.draft import Block, Draft, Sentence, length_of, size
from chatbot.studio.instructions import Change
from chatbot.studio.resay import composer_of
from chatbot.studio.selection import FIXED, Spot, by_block, spots_of, with_sentences
from chatbot.values import Language
from retrieval.catalogue import Catalogue

_PRIORITY = (
    "item.figure", "item.superlative", "item.also", "item.place", "item.against", "item.rating",
    "item.extras", "item.people", "item.practical", "item.caution", "item.premise", "item.verdict",
    "group.spread", "group.intro", "item.feel", "item.about", "item.identify",
)  # fmt: skip
"""What goes first when a text is shortened."""

_MORE = ("identify", "about", "feel", "premise", "people", "place", "also", "practical", "caution",
         "figure", "superlative", "extras", "verdict")  # fmt: skip
_ASPECTS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "cast": (frozenset({"item.people"}), frozenset({"cast"})),
    "maker": (frozenset({"item.also"}), frozenset({"director", "author", "artist"})),
    "length": (frozenset({"item.practical"}), frozenset({"runtime", "duration", "total"})),
    "age": (frozenset({"item.caution"}), frozenset({"age", "certificate", "scary", "violence"})),
    "mood": (frozenset({"item.feel"}), frozenset({"mood"})),
    "figures": (frozenset({"item.figure", "item.superlative"}), frozenset()),
}


def sized(draft: Draft, change: Change, catalogue: Catalogue, spots: list[Spot]) -> Draft:
    """Shorter, or as near to a number of words as sentences allow."""
    if not change.value:
        return shorter(draft, change, catalogue, spots)
    target = int(change.value)
    now = length_of(draft)
    grow = now < target
    for _ in range(60):
        try:
            step = (longer if grow else shorter)(draft, Change("shorter", "one"), catalogue, spots)
        except InputError:
            break
        after = length_of(step)
        if abs(after - target) >= abs(length_of(draft) - target):
            break
        draft = step
        spots = spots_of(draft, None) if len(spots) > 1 else spots
    if length_of(draft) == now:
        raise InputError(f"the text has {now} words; it cannot come nearer to {target}.")
    return draft


def shorter(draft: Draft, change: Change, catalogue: Catalogue, spots: list[Spot]) -> Draft:
    """Drop the least important sentences until about two thirds are left."""
    language = draft.brief.language
    chosen = by_block(draft, spots)
    droppable = [
        (_rank(draft.blocks[b].sentences[s]), -b, -s)
        for b, places in chosen.items()
        for s in places
        if s > 0 and _droppable(draft.blocks[b], draft.blocks[b].sentences[s])
    ]
    if not droppable:
        raise InputError(
            "this is already as short as it can be.", hint="Select more, or drop an item."
        )
    total = sum(
        size(draft.blocks[b].sentences[s].text, language) for b, p in chosen.items() for s in p
    )
    goal = total if change.value == "one" else total * 0.67
    gone: set[Spot] = set()
    for _, b, s in sorted(droppable):
        gone.add((-b, -s))
        total -= size(draft.blocks[-b].sentences[-s].text, language)
        if total <= goal:
            break
    for b in chosen:
        kept = [x for s, x in enumerate(draft.blocks[b].sentences) if (b, s) not in gone]
        draft = with_sentences(draft, b, kept)
    return draft


def _droppable(block: Block, sentence: Sentence) -> bool:
    # The first sentence names its item; notes are the writer's; tags and counts belong to posts.
    if sentence.nature == "note" or sentence.made == "tags":
        return False
    return bool(sentence.made) or block.shape != "post"


def _rank(sentence: Sentence) -> int:
    return _PRIORITY.index(sentence.made) if sentence.made in _PRIORITY else len(_PRIORITY)


def longer(draft: Draft, change: Change, catalogue: Catalogue, spots: list[Spot]) -> Draft:
    """Add what has not been said yet to the paragraphs about items."""
    composer = composer_of(draft, catalogue)
    grown = draft
    for b in by_block(draft, spots):
        block = draft.blocks[b]
        if block.role != "item" or block.item not in draft.brief.items:
            continue
        at = draft.brief.items.index(block.item)
        told = {
            x
            for other in draft.blocks
            if other.item == block.item and other.shape not in FIXED
            for s in other.sentences
            for x in s.sources
        }
        added: list[Sentence] = []
        wanted = 1 if change.value == "one" else max(1, len(block.sentences) // 2)
        said_before = {s.made for s in block.sentences}
        for function in _MORE:
            if len(added) >= wanted or f"item.{function}" in said_before:
                continue
            said = composer.planner.say(
                "item", function, composer.slots(at), told, subject=composer.portraits[at],
                turn=len(block.sentences) + len(added),
            )  # fmt: skip
            if said is not None:
                added.append(said)
        if added:
            tail = [s for s in block.sentences if s.made == "tags" or s.nature == "link"]
            body = [s for s in block.sentences if s not in tail]
            grown = with_sentences(grown, b, [*body, *added, *tail])
            if change.value == "one":
                break
    if grown == draft:
        raise InputError(
            "everything on record has been said already.", hint="Add notes, or choose more items."
        )
    return grown


def without(draft: Draft, change: Change, catalogue: Catalogue, spots: list[Spot]) -> Draft:
    """Without what speaks of one thing: the cast, ages, images, opinions, …"""
    touched = {b for b, _ in spots}
    gone = _SHAPES.get(change.value)
    if gone is not None:
        blocks = tuple(x for b, x in enumerate(draft.blocks) if b not in touched or not gone(x))
    else:
        chosen = set(spots)
        blocks = tuple(
            replace(
                x,
                sentences=tuple(
                    y for s, y in enumerate(x.sentences)
                    if (b, s) not in chosen or x.shape in FIXED or not _about(y, change.value)
                ),
            )
            for b, x in enumerate(draft.blocks)
        )  # fmt: skip
        blocks = tuple(x for x in blocks if x.sentences)
    if blocks == draft.blocks:
        raise InputError("there is nothing of that kind in the text.")
    return replace(draft, blocks=blocks)


_SHAPES: Mapping[str, Callable[[Block], bool]] = {
    "images": lambda x: x.shape == "image",
    "facts": lambda x: x.shape in ("facts", "table") or x.role == "glance",
    "questions": lambda x: x.shape == "question" or x.role == "questions",
    "intro": lambda x: x.role == "intro",
    "closing": lambda x: x.role in ("closing", "choose", "whom"),
}


def _about(sentence: Sentence, part: str) -> bool:
    if part == "opinions":
        return sentence.nature == "opinion"
    if part == "tags":
        return sentence.made == "tags"
    functions, fields = _ASPECTS[part]
    if sentence.made in functions:
        return True
    said = [x.field for x in sentence.sources if x.field != "title"]
    return bool(said) and all(f in fields for f in said)


def calm(draft: Draft, change: Change, catalogue: Catalogue, spots: list[Spot]) -> Draft:
    """Without exclamation marks; titles keep theirs."""
    for b, places in by_block(draft, spots).items():
        sentences = list(draft.blocks[b].sentences)
        for s in places:
            text = _quiet(sentences[s].text, draft.brief.language)
            sentences[s] = replace(sentences[s], text=text)
        draft = with_sentences(draft, b, sentences)
    return draft


def _quiet(text: str, language: Language) -> str:
    """Exclamation marks outside titles become full stops."""
    mark, stop = ("！", "。") if language == "zh" else ("!", ".")
    pieces = text.split("*") if language == "en" else [text]
    return "*".join(p.replace(mark, stop) if i % 2 == 0 else p for i, p in enumerate(pieces))


def facts(draft: Draft, change: Change, catalogue: Catalogue, spots: list[Spot]) -> Draft:
    """Take the writer's views out."""
    return without(draft, Change("without", "opinions"), catalogue, spots)
