"""Plans for texts that are not read as one column: scripts, notes, posts, copy, programmes."""

from __future__ import annotations

import re

from chatbot.studio.compose import Composer, shaped
from chatbot.studio.draft import Block, Sentence, plain, size
from chatbot.studio.facets import KIND_FACETS
from chatbot.studio.lexicon import nouns
from chatbot.values import Language

RATES = {"en": 2.5, "zh": 4.2}
"""Words (English) or characters (Chinese) a calm voice speaks in a second."""

POST_LIMITS = {"en": 280, "zh": 140}
_PAUSE = 0.6


def seconds_of(text: str, language: Language) -> float:
    """How long a voice takes for `text`, with a pause after it; at least two seconds."""
    return round(max(2.0, size(text, language) / RATES[language] + _PAUSE), 1)


def video(c: Composer, budget: int) -> list[Block]:
    """A script in shots: what is seen, what is said, how long it takes."""
    blocks = [*_shot(c, c.of_group("hook"), 0, "hook")]
    shapes = (
        ("open", "identify", "about", "feel", "people"),
        ("link", "identify", "feel", "about", "superlative"),
        ("link", "about", "people", "feel", "identify"),
    )
    for at in range(len(c.items)):
        blocks.append(c.title_heading(at))
        functions = [*shapes[at % 3], "practical", "verdict", "place", "extras", "identify"]
        said = c.sentences(at, functions, max(2, budget))
        for start in range(0, len(said), 2):
            text = said[start : start + 2]
            blocks.append(_timed(c, text, at, "item"))
    return [*blocks, *_shot(c, c.of_group("outro" if len(c.items) > 1 else "closing_one"), -1,
                            "closing")]  # fmt: skip


def _shot(c: Composer, said: Sentence | None, at: int, role: str) -> list[Block]:
    return [] if said is None else [_timed(c, [said], at, role)]


def _timed(c: Composer, said: list[Sentence], at: int, role: str) -> Block:
    language = c.brief.language
    seen = c.planner.say("item", "shot", c.slots(at % len(c.items)), set(), subject=c.portraits[at])
    text = ("" if language == "zh" else " ").join(s.text for s in said)
    return Block(
        "shot",
        tuple(said),
        c.items[at].id if role == "item" else "",
        role,
        seconds=seconds_of(text, language),
        shot=seen.text if seen is not None else c.portraits[at].title,
    )


def podcast(c: Composer, budget: int) -> list[Block]:
    """Show notes: what is in the episode, talking points with questions, facts at hand."""
    blocks = c.group_paragraph(("intro_topic" if c.brief.topic else "intro", "spread"), "intro", 2)
    blocks.append(c.heading(c.word("in_this_episode"), "episode"))
    if len(c.items) > 1:
        blocks.extend(shaped("bullet", [c.of_group("segment")], "", "segment"))
    for at in range(len(c.items)):
        found = c.sentences(at, ("open", "identify", "feel"), 2)
        blocks.append(Block("bullet", tuple(found), c.items[at].id, "item"))
    for at in range(len(c.items)):
        blocks.append(c.title_heading(at, f"{c.word('part', n=at + 1)} · "))
        found = c.sentences(
            at, ("link", "about", "people", "superlative", "feel", "figure", "practical", "place",
                 "extras"), max(2, budget - 1),
        )  # fmt: skip
        if found:
            blocks.append(Block("paragraph", tuple(found), c.items[at].id, "item"))
        for _ in range(2 if budget > 2 else 1):
            blocks.extend(shaped("question", [c.labelled(at, "talk")], c.items[at].id, "talk"))
        blocks.append(c.facts(at))
    blocks.extend(c.notes())
    return [*blocks, *c.group_paragraph(("closing",), "closing", 1)]


def social(c: Composer, budget: int) -> list[Block]:
    """A thread: an opening post, one post an item, a question; each within its limit."""
    language = c.brief.language
    limit = POST_LIMITS[language]
    posts: list[tuple[str, list[Sentence]]] = []
    if len(c.items) > 1:
        first = c.of_group("thread")
        posts.append(("", [first] if first else []))
    for at in range(len(c.items)):
        said = c.sentences(at, ("say", "about", "feel", "practical", "people"), max(1, budget - 1))
        posts.append((c.items[at].id, [*_within(said, limit - 40, language), *_tags(c, at)]))
    if len(c.items) > 1:
        last = c.of_group("thread_end")
        posts.append(("", [last] if last else []))
    whole = [p for p in posts if p[1]]
    blocks = []
    for number, (item, said) in enumerate(whole, 1):
        count = Sentence(f"{number}/{len(whole)}", (), "link")
        role = "item" if item else "thread"
        blocks.append(Block("post", (*said, count), item, role))
    return blocks


def _within(said: list[Sentence], limit: int, language: Language) -> list[Sentence]:
    """As many sentences as fit into a post; at least the first."""
    kept: list[Sentence] = []
    for sentence in said:
        length = sum(len(plain(s.text)) + 1 for s in (*kept, sentence))
        if kept and length > limit:
            break
        kept.append(sentence)
    return kept


def _tags(c: Composer, at: int) -> list[Sentence]:
    """Hashtags from the kinds an item is recorded under."""
    item, schema, zh = c.items[at], c.catalogue.schema, c.brief.language == "zh"
    for name in KIND_FACETS:
        facet = schema.facet(name)
        values = item.values(name)[:2]
        if facet is None or not values:
            continue
        shown = [facet.show(v, c.brief.language) for v in values]
        tags = " ".join("#" + re.sub(r"[^\w]", "", s) for s in shown)
        sources = tuple(c.portraits[at].source(name, v) for v in values)
        return [Sentence(f" {tags} " if zh else tags, sources, "fact", "tags")]
    return []


def product(c: Composer, budget: int) -> list[Block]:
    """Copy for each item: a line to stop at, a paragraph, bullets of plain facts, an invitation."""
    blocks: list[Block] = []
    for at in range(len(c.items)):
        blocks.append(c.headline(at) if len(c.items) > 1 else c.title_heading(at))
        blocks.append(c.image(at))
        said = c.sentences(
            at, ("sell", "feel", "about", "extras", "people", "place", "caution"), max(2, budget)
        )
        blocks.append(Block("paragraph", tuple(said), c.items[at].id, "item"))
        blocks.append(c.facts(at))
    blocks.extend(c.notes())
    return [*blocks, *c.group_paragraph(("cta",), "closing", 1)]


def programme(c: Composer, budget: int) -> list[Block]:
    """An order with reasons: one session an item, what to look for, what to discuss."""
    blocks = c.group_paragraph(
        ("intro_topic" if c.brief.topic else "intro", "rationale", "spread"), "intro", 3
    )
    if len(c.items) > 1:
        blocks.append(schedule(c))
    for at in range(len(c.items)):
        blocks.append(c.title_heading(at, f"{c.word('session', n=at + 1)} · "))
        found = c.sentences(
            at,
            ("order", "identify", "about", "feel", "caution", "people", "place", "practical",
             "extras"),
            max(2, budget),
        )  # fmt: skip
        blocks.append(Block("paragraph", tuple(found), c.items[at].id, "item"))
        blocks.extend(shaped("question", [c.labelled(at, "task")], c.items[at].id, "task"))
        if budget > 2:
            blocks.extend(shaped("question", [c.labelled(at, "talk")], c.items[at].id, "talk"))
    blocks.extend(c.notes())
    if len(c.items) > 1:
        blocks.append(c.heading(c.word("questions"), "questions"))
        for _ in range(2):
            blocks.extend(shaped("question", [c.of_group("question")], "", "question"))
    return blocks


def schedule(c: Composer) -> Block:
    """The sessions as a table."""
    zh = c.brief.language == "zh"
    noun = nouns(c.catalogue.schema, c.brief.language)[0]
    columns = [n for n in ("year", "length") if all(n in p.slots for p in c.portraits)]
    names = {"year": "年份" if zh else "Year", "length": "时长" if zh else "Length"}
    head = ("", noun if zh else noun.capitalize(), *(names[n] for n in columns))
    rows = [
        (str(at), p.title, *(p.slots[n].text for n in columns))
        for at, p in enumerate(c.portraits, 1)
    ]
    sources = tuple(s for p in c.portraits for n in ("title", *columns) for s in p.slots[n].sources)
    titles = ("、" if zh else ", ").join(p.title for p in c.portraits)
    return Block("table", (Sentence(titles, sources),), "", "schedule", rows=(head, *rows))
