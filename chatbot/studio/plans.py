"""How each kind of draft is built: which paragraphs, in which order, how long.

`write(brief, catalogue, rng)` is the composer's whole surface.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace

from chatbot.studio.brief import Brief, Kind, Length
from chatbot.studio.compose import Composer
from chatbot.studio.draft import Block, Draft, Sentence, length_of
from chatbot.studio.formats import podcast, product, programme, social, video
from chatbot.studio.pairs import comparison
from retrieval.catalogue import Catalogue

BUDGETS: Mapping[Length, int] = {"short": 2, "medium": 4, "long": 7}
"""Sentences about each item."""

COUNTS: Mapping[Kind, Mapping[Length, int]] = {
    "article": {"short": 3, "medium": 4, "long": 6},
    "listicle": {"short": 5, "medium": 7, "long": 10},
    "review": {"short": 1, "medium": 1, "long": 1},
    "comparison": {"short": 2, "medium": 2, "long": 3},
    "newsletter": {"short": 3, "medium": 5, "long": 7},
    "video": {"short": 3, "medium": 5, "long": 7},
    "podcast": {"short": 3, "medium": 4, "long": 6},
    "social": {"short": 3, "medium": 5, "long": 8},
    "product": {"short": 1, "medium": 3, "long": 5},
    "programme": {"short": 4, "medium": 6, "long": 9},
}
"""How many items are chosen where the brief names none."""


def article(c: Composer, budget: int) -> list[Block]:
    """An essay through all items, with an opening and a closing."""
    blocks = opening(c)
    for at in range(len(c.items)):
        if len(c.items) > 1:
            blocks.append(c.headline(at))
        blocks.append(c.image(at))
        blocks.extend(c.body(at, budget))
    blocks.extend(c.notes())
    return [*blocks, *closing(c)]


def listicle(c: Composer, budget: int) -> list[Block]:
    """Numbered entries, each with its plain facts."""
    blocks = opening(c)
    for at in range(len(c.items)):
        blocks.append(c.title_heading(at, f"{at + 1}. "))
        blocks.extend(c.body(at, max(2, budget - 1)))
        blocks.append(c.facts(at))
    blocks.extend(c.notes())
    end = closing(c)
    if end:
        blocks.append(c.heading(c.word("how_to_choose"), "choose"))
    return [*blocks, *end]


REVIEW = (
    ("open", "identify", "premise", "place"),
    ("about", "feel", "people", "also"),
    ("caution", "practical", "verdict", "against", "figure"),
)


def review(c: Composer, budget: int) -> list[Block]:
    """A judgement that rests on facts: what it is, what it is like, whom it suits."""
    blocks: list[Block] = []
    for at in range(len(c.items)):
        if len(c.items) > 1:
            blocks.append(c.title_heading(at))
        blocks.append(c.image(at))
        each = max(2, min(5, budget))
        for functions in REVIEW:
            found = c.sentences(at, functions, each)
            if found:
                blocks.append(Block("paragraph", tuple(found), c.items[at].id, "item"))
        blocks.append(c.heading(c.word("at_a_glance"), "glance"))
        blocks.append(c.facts(at))
    blocks.extend(c.notes())
    return [*blocks, *closing(c)]


def newsletter(c: Composer, budget: int) -> list[Block]:
    """Subject line, greeting, one lead, the rest in brief, a question to the reader."""
    blocks: list[Block] = []
    for label, function in (("subject_line", "subject"), ("preheader", "summary")):
        said = c.of_group(function)
        if said is not None:
            rows = ((c.word(label), said.text),)
            blocks.append(Block("facts", (said,), "", label, rows=rows))
    audience = ("intro_audience",) if c.brief.audience and len(c.items) > 1 else ()
    blocks.extend(c.group_paragraph(("greeting", *audience, "spread"), "intro", 2))
    blocks.append(c.heading(c.word("lead"), "lead"))
    blocks.append(c.image(0))
    blocks.extend(c.body(0, budget + 1))
    if len(c.items) > 1:
        blocks.append(c.heading(c.word("also"), "also"))
    for at in range(1, len(c.items)):
        shape = (("say", "about"), ("open", "feel"), ("sell", "feel"))[at % 3]
        found = c.sentences(at, [*shape, "identify", "about"], max(2, budget // 2))
        blocks.append(Block("bullet", tuple(found), c.items[at].id, "item"))
    blocks.extend(c.notes())
    return [*blocks, *c.group_paragraph(("signoff",), "closing", 1)]


def opening_functions(c: Composer) -> tuple[str, ...]:
    """What an opening says, in order."""
    topic = ("intro_topic",) if c.brief.topic else ("intro",)
    audience = ("intro_audience",) if c.brief.audience else ()
    return (*topic, *audience, "spread")


def opening(c: Composer) -> list[Block]:
    """The first paragraph of a text about several items; none where there is only one."""
    if len(c.items) == 1:
        return []
    most = {"short": 2, "medium": 3, "long": 4}[c.brief.length]
    return c.group_paragraph((*opening_functions(c), "spread"), "intro", most)


def closing(c: Composer) -> list[Block]:
    """The last paragraph."""
    if len(c.items) == 1:
        return c.group_paragraph(("closing_one",), "closing", 1)
    return c.group_paragraph(("closing",), "closing", 1)


PLANS: Mapping[Kind, Callable[[Composer, int], list[Block]]] = {
    "article": article,
    "listicle": listicle,
    "review": review,
    "comparison": comparison,
    "newsletter": newsletter,
    "video": video,
    "podcast": podcast,
    "social": social,
    "product": product,
    "programme": programme,
}


def write(brief: Brief, catalogue: Catalogue, rng: random.Random) -> Draft:
    """A draft of `brief`, whose items must all be in the catalogue.

    The same brief, catalogue and state of `rng` give the same draft. Where the brief asks for a
    number of words, the nearest the facts allow is written: nothing is said twice to fill space.
    """
    state = rng.getstate()
    if brief.words is None:
        return _written(brief, catalogue, rng, BUDGETS[brief.length])
    best: Draft | None = None
    for budget in range(1, 12):
        rng.setstate(state)
        draft = _written(brief, catalogue, rng, budget)
        if best is None or abs(length_of(draft) - brief.words) < abs(length_of(best) - brief.words):
            best = draft
    assert best is not None
    return best


def _written(brief: Brief, catalogue: Catalogue, rng: random.Random, budget: int) -> Draft:
    composer = Composer(brief, catalogue, rng)
    title = composer.title_of(brief.kind)
    summary = composer.summary()
    blocks = tuple(PLANS[brief.kind](composer, budget))
    return headed(Draft(title, summary, blocks, brief))


def headed(draft: Draft) -> Draft:
    """The draft under the headings that its brief prescribes; the ledger reads them like text."""
    wanted = dict(draft.brief.headings)
    blocks = tuple(
        replace(b, sentences=(Sentence(wanted[key]),))
        if b.shape == "heading" and (key := b.item or b.role) in wanted
        else b
        for b in draft.blocks
    )
    return replace(draft, title=wanted.get("title", draft.title), blocks=blocks)


__all__ = ["COUNTS", "PLANS", "write"]
