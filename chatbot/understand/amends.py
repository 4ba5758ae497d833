# ruff: noqa: E501  (patterns and word lists read best on one line)
"""Second thoughts: "longer is fine", "instead, a western", 「算了，还是喜剧吧」, 「别人演的」.

What was said before is let go in favour of what is said now. Pure functions over one text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from chatbot.understand.comparisons import Found
from chatbot.values import Assert, Critique, Preference, Stance, Update, Withdraw
from retrieval.catalogue import Catalogue

_FINE_AFTER = re.compile(
    r"^(?: ones?| movies?| films?)?(?:'s| is| are| would be| works?)(?: also| still| totally| perfectly| actually| all| now| just| absolutely)*(?: fine| ok(?:ay)?| alright| all right| good| cool| acceptable| no problem| not a problem| too)?\b|"
    r"^(?:的)?(?:片子?|电影)?(?:也|都|还|其实)*(?:可以|行|没关系|无所谓|没事|能接受|没问题|不要紧|好)(?![^，。！!吧啊的了呀]*吗)"
)
_FINE_BEFORE = re.compile(
    r"\b(?:don't|do not|wouldn't|won't) mind(?: if (?:it's|it is|they're))?(?: something| a bit| anything)? $|\b(?:ok|okay|fine|good|cool|happy) with(?: something| a bit| anything)? $|\bcan be(?: a bit)? $|(?:不介意|不怕|可以|能)(?:再|稍微|稍)?$"
)
_SWAP = re.compile(r"\b(?:swap|replace|exchange)\b|把.{1,12}换成")
_INSTEAD = re.compile(
    r"\b(?:swap|replace|exchange)\b|\binstead\b(?! of)|\bnever ?mind\b[,.! ]|\bon second thoughts?\b|\bi changed my mind\b|\bchange of plans?\b|\bscratch that\b|\bi meant\b|\bi mean(?:t)?\b(?= )|\bswitch to\b|\b(?:let's|lets) (?:do|go (?:with|for)|try|make it)\b.{2,40}\bafter all\b|\bor rather\b|"
    r"换成|改成|改看|改为|换(?:个|点|部)(?!别的|其他|口味)|算了[，,。 ]*(?:还是|要不|就|看|来|换)|还是(?:看|来|要|换)|(?:不对|说错了|错了)[，,]?|我(?:是说|说的是|指的是)|要不(?:还是|看|来|换)|不如(?:看|来|换)"
)
_SWITCH = re.compile(
    r"^\W*(?:(?:and|ok(?:ay)?|hmm+|so|actually|no|well),? )*(?:what|how) about\b|^(?:那|嗯|好吧)?[，, ]*.{1,8}呢[？?]?$"
)
_SINGLE = ("country", "language", "year")
_OTHERS = re.compile(
    r"(?:别人|其他人|换个人|换人|别的(?:演员|导演|人|明星)|其他(?:演员|导演|明星)|不同的?(?:演员|导演))(?:来)?(?:演|导|拍|主演)?|"
    r"\b(?:by|with|from|starring) (?:someone|somebody|anyone|anybody) else\b|\bsomeone else\b|\b(?:a |an )?(?:different|another|other) (?:actors?|actress(?:es)?|directors?|stars?)\b"
)
_ALIKE = re.compile(
    r"风格(?:上)?(?:差不多|类似|相似|一样|接近|相近)|(?:类似|差不多|一样|同样)的?风格|\b(?:same|similar) (?:style|vibe|feel|kind|tone|mood)\b|\bin the same (?:style|vein|spirit)\b"
)


def accepted(low: str, found: Iterable[Found]) -> tuple[list[Found], list[Found]]:
    """Critiques that ask for a change, and those that only let it happen ("longer is fine").

    `low` is the lowered text.
    """
    asked: list[Found] = []
    allowed: list[Found] = []
    for hit in found:
        fine = _FINE_AFTER.match(low[hit.end :]) or _FINE_BEFORE.search(low[: hit.start])
        plain = not hit.critique.items and hit.critique.direction in ("more", "less")
        (allowed if fine and plain else asked).append(hit)
    return asked, allowed


def freed(hits: Iterable[Found], text: str) -> list[Update]:
    """The limits that a critique lets go."""
    updates: list[Update] = []
    for hit in hits:
        c = hit.critique
        stances: tuple[Stance, ...] = ("avoid", "forbid") if c.value else ()
        source = text.strip()
        updates.append(Withdraw(c.facet, c.value or None, stances, source))
    return updates


def replaced(
    low: str, updates: Sequence[Update], held: Sequence[Preference], *, people: Sequence[str] = ()
) -> list[Update]:
    """`updates` with earlier requests of the same facets withdrawn first, where the words say so."""
    wholly = _INSTEAD.search(low) is not None
    if not wholly and not _SWITCH.search(low):
        return list(updates)
    everyone = ("person", *people)
    if _SWAP.search(low):
        keys = {p.key for p in held}  # what is swapped was asked for before
        updates = [u for u in updates if not (isinstance(u, Assert) and u.preference.key in keys)]
    facets: list[str] = []
    for update in updates:
        if isinstance(update, Assert) and update.preference.stance in ("require", "like"):
            facets.append(update.preference.facet)
    freed_facets: list[str] = []
    for facet in dict.fromkeys(facets):
        if facet in ("title", "term", "age"):
            continue
        if wholly or facet in _SINGLE or facet in everyone:
            freed_facets.extend(everyone if facet in everyone else (facet,))
    taken: list[Update] = [
        Withdraw(facet, None, ("require", "like"), low.strip())
        for facet in dict.fromkeys(freed_facets)
        if any(p.facet == facet and p.stance in ("require", "like") for p in held)
    ]
    return [*taken, *updates]


def turned(
    updates: Sequence[Update], held: Sequence[Preference], catalogue: Catalogue
) -> Iterator[Update]:
    """What a request for another kind of item lets go, where an item has one kind only.

    The kind asked for before goes ("tents", then "headlamps"), and so do limits on what no item of
    the new kind records ("for two people").
    """
    for update in updates:
        p = update.preference if isinstance(update, Assert) else None
        facet = catalogue.schema.facet(p.facet) if p is not None else None
        if p is None or facet is None or p.stance != "require" or p.group:
            continue
        if facet.kind != "category" or facet.role or facet.order:
            continue
        before = [
            q for q in held
            if q.facet == p.facet and q.stance == "require" and q.value != p.value and not q.pinned
        ]  # fmt: skip
        if not before or any(len(item.values(p.facet)) > 1 for item in catalogue.items):
            continue
        yield Withdraw(p.facet, None, ("require",), p.source)
        inside = [item for item in catalogue.items if p.value in item.values(p.facet)]
        for q in held:
            if q.stance != "require" or q.pinned or q.facet in (p.facet, "title", "term", "person"):
                continue
            if not any(q.facet in item.facets for item in inside):
                yield Withdraw(q.facet, q.value, ("require",), p.source)


def others(
    low: str, held: Sequence[Preference], people: Sequence[str], turn: int
) -> Iterator[Update]:
    """Such as "by someone else", 「别人演的」: whoever was asked for is not wanted this time."""
    if not _OTHERS.search(low):
        return
    named = [p for p in held if p.facet in ("person", *people) and p.stance in ("require", "like")]
    for facet in dict.fromkeys(p.facet for p in named):
        yield Withdraw(facet, None, ("require", "like"), low.strip())
    for p in named:
        yield Assert(Preference("avoid", p.facet, p.value, 0.8, source=low.strip(), turn=turn))


def alike(low: str, listed: Sequence[str]) -> tuple[Found, ...]:
    """The wish to stay close to the list, said beside a change ("same style, other actors")."""
    match = _ALIKE.search(low)
    if match is None or not listed or not _OTHERS.search(low):
        return ()
    return (Found(Critique("title", "like", tuple(listed[:3])), match.start(), match.end()),)
