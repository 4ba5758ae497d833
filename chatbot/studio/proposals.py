"""What is shown before anything is written: angles, the outline, words that found no place."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from chatbot.studio.brief import Brief
from chatbot.studio.draft import Draft, plain
from chatbot.studio.plans import write
from retrieval.catalogue import Catalogue

_RUNNING = frozenset({"paragraph", "bullet", "post", "shot"})
_TRIED = 40


@dataclass(frozen=True, slots=True)
class Angle:
    """A proposal: a title, the first words, and the variant of the brief that gives them."""

    title: str
    opening: str
    brief: Brief


@dataclass(frozen=True, slots=True)
class Section:
    """One part of an outline. `key` names its heading in `Brief.headings`, "" where it has none."""

    key: str
    heading: str
    item: str
    opening: str


def angles(brief: Brief, catalogue: Catalogue, count: int) -> tuple[Angle, ...]:
    """Different ways into a brief whose items are known, without repeats."""
    found: dict[str, Angle] = {}
    for variant in range(brief.variant, brief.variant + _TRIED):
        one = replace(brief, variant=variant)
        draft = write(one, catalogue, random.Random(one.seed()))
        text = next((b.text(one.language) for b in draft.blocks if b.shape in _RUNNING), "")
        if draft.title not in found:
            found[draft.title] = Angle(draft.title, text, one)
        if len(found) >= count:
            break
    return tuple(found.values())


def sections(draft: Draft) -> tuple[Section, ...]:
    """The parts of a draft in order: what stands under a heading belongs to it."""
    found: list[Section] = []
    for block in draft.blocks:
        said = plain(block.text(draft.brief.language))
        if block.shape == "heading":
            found.append(Section(block.item or block.role, said, block.item, ""))
        elif block.shape in _RUNNING and said:
            last = found[-1] if found else None
            if last is not None and (last.item == block.item or not block.item):
                if not last.opening:
                    found[-1] = replace(last, opening=said)
            elif last is None or last.item != block.item:
                found.append(Section("", "", block.item, said))
    return tuple(found)


def outline(draft: Draft) -> tuple[str, ...]:
    """The headings and first sentences of a draft."""
    return tuple(
        plain(b.sentences[0].text)
        for b in draft.blocks
        if b.sentences and b.shape not in ("image", "facts", "table")
    )


def unmet(draft: Draft) -> tuple[str, ...]:
    """Keywords of the brief that the text does not hold: nothing on record says them."""
    text = plain(" ".join(b.text(draft.brief.language) for b in draft.blocks)).casefold()
    titled = f"{plain(draft.title)} {text}".casefold()
    return tuple(
        f"keyword not used, since nothing on record says it: {word}"
        for word in draft.brief.keywords
        if word.casefold() not in titled
    )
