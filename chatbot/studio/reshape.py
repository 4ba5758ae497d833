"""Revisions of the whole: another kind, language or audience, other items or another order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from chatbot.errors import InputError
from chatbot.studio.brief import Brief, Kind
from chatbot.studio.compose import Composer
from chatbot.studio.draft import Block, Draft, Sentence, Source
from chatbot.studio.instructions import Change
from chatbot.studio.plans import write
from chatbot.studio.resay import composer_of
from chatbot.values import Language
from retrieval.catalogue import Catalogue


def _written(draft: Draft, brief: Brief, catalogue: Catalogue) -> Draft:
    return replace(write(brief, catalogue, random.Random(brief.seed())), engine="composer")


def kind(draft: Draft, change: Change, catalogue: Catalogue) -> Draft:
    """The same items as another kind of text, planned anew."""
    wanted = cast(Kind, change.value)
    form = "md" if draft.brief.format == "srt" and wanted != "video" else draft.brief.format
    return _written(draft, replace(draft.brief, kind=wanted, format=form, words=None), catalogue)


def language(draft: Draft, change: Change, catalogue: Catalogue) -> Draft:
    """The same brief in the other language, planned anew."""
    wanted = cast(Language, change.value)
    if wanted == draft.brief.language:
        raise InputError("the draft is in this language already.")
    voice = replace(draft.brief.voice, words=0.0, contractions=None)
    return _written(draft, replace(draft.brief, language=wanted, voice=voice), catalogue)


def audience(draft: Draft, change: Change, catalogue: Catalogue) -> Draft:
    """Name the new readers in the opening, and warn of items that do not suit them."""
    from chatbot.studio.audience import read, suited

    brief = replace(draft.brief, audience=change.value)
    composer = composer_of(draft, catalogue, brief)
    said = composer.of_group("intro_audience")
    blocks = list(draft.blocks)
    if said is None:  # one item: there is no "from first to last" to say
        zh = brief.language == "zh"
        text = f"写给{brief.audience}。" if zh else f"Written for {brief.audience}."
        said = Sentence(text, (Source("note", "audience", brief.audience),), "note")
    at = next((b for b, x in enumerate(blocks) if x.role == "intro"), None)
    if at is None:
        blocks.insert(0, Block("paragraph", (said,), "", "intro"))
    else:
        kept = [s for s in blocks[at].sentences if s.made != "group.intro_audience"]
        blocks[at] = replace(blocks[at], sentences=(*kept[:1], said, *kept[1:]))
    _, stated = read(brief.audience, catalogue.schema)
    limits = (*stated, *suited(brief.audience, catalogue.schema, stated))
    warnings = tuple(
        f"{item.title}: {limit.facet} {item.text(limit.facet)} does not suit {brief.audience}"
        for item in composer.items
        for limit in limits
        if item.get(limit.facet) is not None and not limit.holds(item, catalogue.schema)
    )
    return replace(draft, blocks=tuple(blocks), brief=brief, warnings=warnings)


def _items(draft: Draft, items: tuple[str, ...], catalogue: Catalogue) -> Draft:
    """The draft of other items or another order; paragraphs that still hold are kept."""
    if not items:
        raise InputError("a draft needs at least one item.")
    brief = replace(draft.brief, items=items)
    fresh = _written(draft, brief, catalogue)
    gone = [catalogue[i] for i in draft.brief.items if i not in items]
    names = [n for i in gone for n in (i.title, i.text("title_zh")) if n]
    old = [b for b in draft.blocks if b.role == "item"]
    blocks: list[Block] = []
    kept: set[str] = set()
    for block in fresh.blocks:
        mine = [b for b in old if b.item == block.item]
        keep = (
            block.role == "item"
            and mine
            and not any(n in b.text(brief.language) for n in names for b in mine)
            and (items.index(block.item) > 0 or not _linked(mine))
            and _follows(draft, items, block)
        )
        if not keep:
            blocks.append(block)
        elif block.item not in kept:
            kept.add(block.item)
            blocks.extend(mine)
    return replace(fresh, blocks=tuple(blocks))


def _linked(blocks: Sequence[Block]) -> bool:
    return any(s.made in ("item.link", "item.order") for b in blocks for s in b.sentences)


def _follows(draft: Draft, items: tuple[str, ...], block: Block) -> bool:
    """Whether the item still follows the one it was linked to, or was linked to none."""
    mine = [b for b in draft.blocks if b.item == block.item and b.role == "item"]
    if not _linked(mine):
        return True
    was, now = draft.brief.items.index(block.item), items.index(block.item)
    return was > 0 and now > 0 and draft.brief.items[was - 1] == items[now - 1]


def _place(draft: Draft, value: str) -> int:
    number = int(value)
    at = number - 1 if number > 0 else len(draft.brief.items) + number
    if not 0 <= at < len(draft.brief.items):
        raise InputError(f"the draft has {len(draft.brief.items)} items; there is no such one.")
    return at


def drop(draft: Draft, change: Change, catalogue: Catalogue) -> Draft:
    """Without one item; the paragraphs of the others are kept where they still hold."""
    at = _place(draft, change.value)
    return _items(draft, draft.brief.items[:at] + draft.brief.items[at + 1 :], catalogue)


def move(draft: Draft, change: Change, catalogue: Catalogue) -> Draft:
    """With one item in front."""
    at = _place(draft, change.value)
    items = draft.brief.items
    return _items(draft, (items[at], *items[:at], *items[at + 1 :]), catalogue)


def order(draft: Draft, change: Change, catalogue: Catalogue) -> Draft:
    """With the items sorted by a recorded number."""
    name, falling = change.value.lstrip("-"), change.value.startswith("-")
    numbers = {i: catalogue[i].number(name) for i in draft.brief.items}
    if any(n is None for n in numbers.values()):
        raise InputError(f"not every item has a recorded {name}.")
    ordered = sorted(draft.brief.items, key=lambda i: numbers[i] or 0.0, reverse=falling)
    if tuple(ordered) == draft.brief.items:
        raise InputError("the items are in this order already.")
    return _items(draft, tuple(ordered), catalogue)


def retitle(draft: Draft, change: Change, catalogue: Catalogue) -> Draft:
    """With another title, or the one that was given."""
    if change.value:
        return replace(draft, title=change.value)
    for variant in range(1, 30):
        brief = replace(draft.brief, variant=draft.brief.variant + variant)
        composer = Composer(brief, catalogue, random.Random(brief.seed()))
        title = composer.title_of(brief.kind)
        if title != draft.title:
            return replace(draft, title=title)
    raise InputError("no other title can be made of what is on record.", hint="Write one: title: …")
