"""Revisions that say the same things in other words: another tone, another wording, simpler."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from chatbot.errors import InputError
from chatbot.studio.brief import Brief, Tone, clean
from chatbot.studio.compose import Composer
from chatbot.studio.draft import Block, Draft, Sentence, Source, size
from chatbot.studio.instructions import Change
from chatbot.studio.selection import Spot, by_block, with_sentences
from retrieval.catalogue import Catalogue


def composer_of(draft: Draft, catalogue: Catalogue, brief: Brief | None = None) -> Composer:
    """A composer for revising: the same draft always gets the same one."""
    brief = brief or draft.brief
    return Composer(brief, catalogue, random.Random(brief.seed() ^ 0x5EED))


def _resaid(
    draft: Draft,
    brief: Brief,
    catalogue: Catalogue,
    spots: list[Spot],
    what: str,
    better: Callable[[str, str], bool] = lambda old, new: old != new,
) -> Draft:
    """The chosen sentences planned again under `brief`, each with its own function."""
    composer = composer_of(draft, catalogue, brief)
    changed = False
    for b, places in by_block(draft, spots).items():
        block = draft.blocks[b]
        sentences = list(block.sentences)
        for s in places:
            said = _again(composer, block, sentences, s)
            if said is not None and better(sentences[s].text, said.text):
                sentences[s] = said
                changed = True
        draft = with_sentences(draft, b, sentences)
    if not changed:
        raise InputError(
            f"nothing here can be made {what} without a language model.",
            hint="Sentences of your own hand stay as they are; select one that was composed.",
        )
    return draft


def _again(composer: Composer, block: Block, sentences: list[Sentence], s: int) -> Sentence | None:
    old = sentences[s]
    table, _, function = old.made.partition(".")
    if not function or table not in ("item", "group"):
        return None
    # What the other sentences of the paragraph say must not be said twice.
    told: set[Source] = {
        x for other in (*sentences[:s], *sentences[s + 1 :]) if other.made != old.made
        for x in other.sources
    }  # fmt: skip
    unlike = frozenset(x.text for x in sentences)
    if table == "group":
        return composer.planner.say("group", function, composer.group.slots, set(), unlike=unlike)
    if block.item not in composer.brief.items:
        return None
    at = composer.brief.items.index(block.item)
    portrait = composer.portraits[at]
    if function in ("talk", "task"):
        return composer.labelled(at, function)
    return composer.planner.say(
        "item", function, composer.slots(at), told, named=s > 0, subject=portrait, turn=s,
        unlike=unlike,
    )  # fmt: skip


def tone(draft: Draft, change: Change, catalogue: Catalogue, spots: list[Spot]) -> Draft:
    """The chosen sentences in another tone."""
    wanted = cast(Tone, change.value)
    if wanted == draft.brief.tone:
        brief = replace(draft.brief, variant=draft.brief.variant + 1)
    else:
        brief = replace(draft.brief, tone=wanted)
    whole = len(spots) == len(draft.sentences())
    draft = _resaid(draft, brief, catalogue, spots, wanted)
    return replace(draft, brief=brief) if whole else draft


def rephrase(draft: Draft, change: Change, catalogue: Catalogue, spots: list[Spot]) -> Draft:
    """The chosen sentences in other words."""
    brief = replace(draft.brief, variant=draft.brief.variant + 1)
    return replace(_resaid(draft, brief, catalogue, spots, "different"), brief=brief)


def simpler(draft: Draft, change: Change, catalogue: Catalogue, spots: list[Spot]) -> Draft:
    """The chosen sentences in plainer, shorter ones where there are such."""
    brief = replace(draft.brief, voice=replace(draft.brief.voice, words=1.0))
    language = draft.brief.language

    def shorter(old: str, new: str) -> bool:
        return size(new, language) < size(old, language)

    return _resaid(draft, brief, catalogue, spots, "simpler", shorter)


def mention(draft: Draft, change: Change, catalogue: Catalogue, spots: list[Spot]) -> Draft:
    """The writer's own words as a paragraph of their own."""
    from chatbot.studio.safety import addressed_to_us, screen

    note = clean(change.value)
    brief = replace(draft.brief, notes=(*draft.brief.notes, note))
    screen(brief)
    if addressed_to_us(note):
        raise InputError("this gives orders to a machine; it is not put into a text.")
    zh = draft.brief.language == "zh"
    stop = "" if note[-1] in "。！？!?." else "。" if zh else "."
    said = Sentence(note + stop, (Source("note", "note", note),), "note")
    blocks = list(draft.blocks)
    last = max((b for b, _ in spots), default=len(blocks) - 1)
    if len(spots) == len(draft.sentences()):
        closing = [b for b, x in enumerate(blocks) if x.role in ("closing", "choose", "whom")]
        last = min(closing, default=len(blocks)) - 1
    blocks.insert(last + 1, Block("paragraph", (said,), "", "notes"))
    return replace(draft, blocks=tuple(blocks), brief=brief)
