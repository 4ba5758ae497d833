"""The plan of a comparison, and the slots of two items side by side."""

from __future__ import annotations

from collections.abc import Iterator

from chatbot.explain import show_number
from chatbot.studio.compose import Composer
from chatbot.studio.draft import Block, Sentence, Source
from chatbot.studio.facets import length_facet
from chatbot.studio.facts import shown
from chatbot.studio.realise import Slot
from chatbot.studio.relations import relation, years
from chatbot.studio.slots import Portrait


def comparison(c: Composer, budget: int) -> list[Block]:
    """What sets the items apart, point by point, a table, and whom each suits."""
    blocks = c.group_paragraph(("intro_topic" if c.brief.topic else "intro",), "intro", 1)
    for at in range(len(c.items)):
        found = c.sentences(at, ("identify", "feel", "place"), max(1, budget // 2))
        blocks.append(Block("paragraph", tuple(found), c.items[at].id, "item"))
    blocks.append(table(c))
    told: set[Source] = set()
    for first, second in zip(c.portraits, c.portraits[1:], strict=False):
        slots = pair_slots(c, first, second)
        said = [c.planner.say("pair", f, slots, told) for f in ("age", "length", "price")]
        more = [c.planner.say("pair", f, slots, told) for f in _POINTS]
        for part in (said, more[:budget]):
            kept = tuple(s for s in part if s is not None)
            if kept:
                blocks.append(Block("paragraph", kept, "", "pair"))
    blocks.extend(c.notes())
    blocks.append(c.heading(c.word("for_whom"), "whom"))
    ends = [
        c.planner.say("pair", "choose", pair_slots(c, a, b), set())
        for a, b in zip(c.portraits, c.portraits[1:], strict=False)
    ]
    kept = tuple(s for s in ends if s is not None)
    if kept:
        blocks.append(Block("paragraph", kept, "", "closing"))
    else:
        blocks.extend(c.group_paragraph(("closing",), "closing", 1))
    return blocks


_POINTS = ("subject", "common", "people", "extras")


def table(c: Composer) -> Block:
    """Recorded facts side by side; what no item records has no row."""
    language = c.brief.language
    rows: list[tuple[str, ...]] = [("", *(p.title for p in c.portraits))]
    sources: list[Source] = [s for p in c.portraits for s in p.slots["title"].sources]
    for facet in c.catalogue.schema.facets.values():
        if facet.kind in ("text", "link") or facet.name in ("title_zh", "theme", "keyword"):
            continue
        if facet.name in ("scary", "violence"):
            cells = [
                p.slots[facet.name].text if facet.name in p.slots else "–" for p in c.portraits
            ]
        else:
            cells = [shown(item, facet, language) or "–" for item in c.items]
        if all(cell == "–" for cell in cells):
            continue
        label = facet.label(language)
        rows.append((label if language == "zh" else label.capitalize(), *cells))
        sources.extend(
            Source("field", facet.name, i.text(facet.name), i.id)
            for i in c.items
            if i.get(facet.name) is not None
        )
    titles = ("、" if language == "zh" else ", ").join(p.title for p in c.portraits)
    return Block("table", (Sentence(titles, tuple(sources)),), "", "table", rows=tuple(rows))


def pair_slots(c: Composer, a: Portrait, b: Portrait) -> dict[str, Slot]:
    """Slots of two items: which is longer, older, what each is like and what they share."""
    slots: dict[str, Slot] = {"a_title": a.slots["title"], "b_title": b.slots["title"]}
    for name, one in (("a", a), ("b", b)):
        for slot in ("moods", "themes", "by", "extras"):
            if slot in one.slots:
                slots[f"{name}_{slot}"] = one.slots[slot]
    if "a_by" in slots and "b_by" in slots and slots["a_by"].text == slots["b_by"].text:
        sources = (*slots["a_by"].sources, *slots["b_by"].sources)
        slots["both_by"] = Slot(slots.pop("a_by").text, sources)
    prices = [(p.item.number("price"), p) for p in (a, b)]
    if all(n is not None for n, _ in prices) and prices[0][0] != prices[1][0]:
        cheap, dear = (p for _, p in sorted(prices, key=lambda x: x[0] or 0.0))
        for name, one in (("cheap", cheap), ("dear", dear)):
            slots[name] = one.slots["title"]
            slots[f"{name}_price"] = one.slots["price"]
    slots.update(_moods(a, b))
    slots.update(_numbers(c, a, b))
    shared = relation(a, b, c.catalogue.schema, c.brief.language).get("shared")
    if shared is not None:
        slots["both"] = shared
    return slots


def _moods(a: Portrait, b: Portrait) -> Iterator[tuple[str, Slot]]:
    """The first mood of each that the other does not have."""
    for name, one, other in (("a", a, b), ("b", b, a)):
        theirs = {other.slots[n].text for n in _MOODS if n in other.slots}
        for slot in _MOODS:
            if slot in one.slots and one.slots[slot].text not in theirs:
                yield f"{name}_mood", one.slots[slot]
                break


_MOODS = ("mood1", "mood2", "mood3")


def _numbers(c: Composer, a: Portrait, b: Portrait) -> Iterator[tuple[str, Slot]]:
    language, schema = c.brief.language, c.catalogue.schema
    facet = length_facet([a.item, b.item], schema)
    if facet:
        x, y = a.item.number(facet) or 0.0, b.item.number(facet) or 0.0
        if x != y:
            short, long = (a, b) if x < y else (b, a)
            sources = (*a.slots["length"].sources, *b.slots["length"].sources)
            gap = show_number(schema.facet(facet), abs(x - y), language)
            if language == "en" and abs(x - y) == 1:
                gap = gap.removesuffix("s")
            yield "difference", Slot(gap, sources)
            for name, one in (("short", short), ("long", long)):
                yield name, one.slots["title"]
                yield f"{name}_length", one.slots["length"]
    p, q = a.item.number("year"), b.item.number("year")
    if p is not None and q is not None and p != q:
        old, new = (a, b) if p < q else (b, a)
        sources = (*a.slots["year"].sources, *b.slots["year"].sources)
        yield "years", Slot(years(int(abs(p - q)), language), sources)
        for name, one in (("old", old), ("new", new)):
            yield name, one.slots["title"]
            yield f"{name}_year", one.slots["year"]
