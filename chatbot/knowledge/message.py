"""What a visitor's message asks of the help pages, part by part.

A part is for the help pages when they probably answer it (the calibrated chance of the search), or
the words ask for help (the reader's rules, the form of the question, the channel). What the
catalogue recognises (a title, a kind, a request for items) speaks against it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from chatbot.knowledge.base import Hit, KnowledgeBase
from chatbot.knowledge.before import former
from chatbot.knowledge.cues import (
    ASKS,
    FOLLOWS,
    HELPFUL,
    OF_HOUSE,
    RECOMMEND,
    Demand,
    asking,
    demand_of,
    general,
    may_follow,
    parts,
    with_subject,
)
from chatbot.knowledge.leftover import left
from chatbot.values import Intent, Language, Session, Understanding
from retrieval.bilingual import words

SURE = 0.5
"""Chance from which a passage is given as the answer."""

MAYBE = 0.12
"""Chance from which a passage is worth naming as a near topic."""

_MOST_PARTS = 3
_LOOK = 1200
_NEW = 3.5
_SAID = 3.5

_SETTLED: frozenset[Intent] = frozenset(
    {"greet", "thanks", "goodbye", "help", "reset", "more", "skip", "handoff", "accept", "reject",
     "draft", "smalltalk"}
)  # fmt: skip
_TALK: frozenset[Intent] = frozenset({"greet", "thanks", "goodbye", "help", "smalltalk"})
_SEEKING: frozenset[Intent] = frozenset({"recommend", "inform", "critique", "compare", "ask_item",
                                         "explain", "more", "seen"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One question for the help pages.

    Attributes:
        text: the visitor's words.
        question: the same, made whole by what was asked before.
        hits: passages found, best first.
        demand: what no assistant may grant by itself, or None.
        follows: whether it goes on from the question before.
    """

    text: str
    question: str
    hits: tuple[Hit, ...]
    demand: Demand | None = None
    follows: bool = False

    @property
    def chance(self) -> float:
        """How likely the help pages answer it."""
        return self.hits[0].chance if self.hits else 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A message's questions for the help pages, and the words that are for the catalogue."""

    parts: tuple[Part, ...]
    rest: str = ""


Read = Callable[[str], Understanding]


class Listener:
    """Tells what of a message is for the help pages of one catalogue.

    Args:
        base: the help pages.
        items: whether there is anything to recommend.
    """

    def __init__(self, base: KnowledgeBase, *, items: bool) -> None:
        self._base = base
        self._items = items

    def hear(self, text: str, u: Understanding, session: Session, read: Read) -> Asked | None:
        """What `text` asks of the help pages; None where it asks nothing of them.

        Args:
            text: the message.
            u: what the reader made of it.
            session: the conversation before it.
            read: reads a part of the message alone.
        """
        settled = _SETTLED if self._items else _TALK
        if u.intent in ("handoff", "reset") or (
            u.intent in settled and u.confidence >= 0.7 and not asking(text)
        ):
            return None
        whole = self._part(text, session)
        pieces = parts(text)
        if len(pieces) > 1:
            several = self._several(pieces, whole, session, read)
            if several is not None:
                return several
        return Asked((whole,)) if self._helps(whole, u, session) else None

    def _several(
        self, pieces: list[str], whole: Part, session: Session, read: Read
    ) -> Asked | None:
        """The parts of a message that asks more than one thing; None where it is one."""
        found: list[Part] = []
        rest: list[str] = []
        for piece in pieces:
            part = self._part(piece, session)
            u = read(piece)
            if self._items and self._seeks(u, part):
                rest.append(piece)
            elif self._helps(part, u, session, strict=True):
                found.append(part)
        if len(rest) == len(pieces):
            return None
        if rest and not found and whole.chance >= SURE and not self._seeks(read(pieces[0]), whole):
            if self._helps(whole, read(whole.text), session):
                found.append(whole)
        if not found:
            return None
        if rest:
            return Asked(_merged(found, whole), with_subject(" ".join(rest), whole.text))
        different = {p.hits[0].passage.trail for p in found if p.chance >= SURE}
        if len(different) > 1 and min(p.chance for p in found) >= SURE:
            return Asked(tuple(found[:_MOST_PARTS]))
        return None

    def _seeks(self, u: Understanding, part: Part) -> bool:
        """Whether a part asks for items rather than for help."""
        asks = RECOMMEND.search(part.text) is not None
        if part.demand is not None or (not asks and u.intent not in _SEEKING):
            return False
        firm = asks or bool(u.critiques or u.mentions or u.terms)
        return (part.chance < 0.4 and u.intent != "unclear") or (firm and part.chance < 0.75)

    def _helps(
        self, part: Part, u: Understanding, session: Session, *, strict: bool = False
    ) -> bool:
        """Whether a part is for the help pages."""
        support = session.channel == "support"
        if part.demand is not None and not (self._items and RECOMMEND.search(part.text)):
            if part.demand != "discount" or u.intent not in ("critique", "more"):
                return True
        chance = min(max(part.chance, 1e-4), 1 - 1e-4)
        odds = math.log(chance / (1 - chance))
        odds += 1.5 * (u.intent == "support") + 1.0 * support + 1.5 * (not self._items)
        odds += 0.5 * (HELPFUL.search(part.text) is not None) + 1.0 * (part.demand is not None)
        odds += 1.0 * part.follows
        if self._items:
            odds -= self._catalogue_says(u, part)
        if odds >= 0:
            return True
        if strict:
            return False
        # Nobody answers it, but it asks for help: the help desk says so and asks back.
        if u.intent == "support" or (self._items and _for_nobody(u, part.text)):
            return True
        if not self._items:
            return u.intent not in _TALK or asking(part.text)
        return support and u.intent in ("unclear", "out_of_scope") and asking(part.text)

    def _catalogue_says(self, u: Understanding, part: Part) -> float:
        """What speaks for the catalogue, in log-odds."""
        against, text = 0.0, part.text
        if u.intent in ("recommend", "inform", "critique", "more"):
            sought = RECOMMEND.search(text) is not None
            if sought or not ASKS.search(text):
                against += _WISHED * (1 - left(part.text, u, part.hits)) ** 3
        titles = [m for m in u.mentions if m.facet == "title" and m.confidence >= 0.8]
        if any(m.end - m.start > 0.5 * len(text) for m in titles):
            against += 3.0
        elif titles:
            against += 1.0
        if u.intent in ("recommend", "inform") and RECOMMEND.search(text):
            against += 2.0
        if u.intent in ("critique", "compare", "explain", "ask_item") and u.confidence >= 0.85:
            against += 1.5
        if u.intent == "ask_item" and u.aspect and u.items:
            against += 3.0  # a fact of an item that the catalogue records
        if u.intent in ("more", "accept", "reject", "skip"):
            against += 2.0
        return against

    def _part(self, text: str, session: Session) -> Part:
        """A part with what the help pages have for it, alone or after the question before."""
        demand = demand_of(text)
        alone = Part(text, text, self._base.search(text, 6), demand)
        before = former(session)
        if before is None or not may_follow(text):
            return alone
        question, cited = before
        plain = FOLLOWS.search(text) is not None or len(text.split()) <= 4
        follows = FOLLOWS.search(text) is not None
        whole = bool(words(text)) and (alone.chance >= SURE or demand is not None)
        if (alone.chance >= 0.8 and not plain) or (whole and not follows):
            return alone
        together = f"{question.rstrip('?？。. ')} {text}"
        hits = self._base.search(together, 6, self._near(cited, text))
        joint = Part(text, together, hits, demand, follows=True)
        return joint if joint.chance >= alone.chance or (plain and joint.chance >= SURE) else alone

    def _near(self, cited: frozenset[str], text: str) -> dict[str, float]:
        """What is added to scores when a question goes on from another.

        What stands beside the passages cited last is near; what has the new words is meant; what
        was just said and has none of them is not what is asked now.
        """
        new = set(words(text))
        rows = [self._base.row_of[i] for i in cited if i in self._base.row_of]
        places = {(p.source, p.trail[:-1]) for p in (self._base.passages[row] for row in rows)}
        found: dict[str, float] = {}
        for p in self._base.passages:
            added = 0.3 * ((p.source, p.trail[:-1]) in places)
            if new:
                share = len(new & set(words(f"{p.title} {p.text[:_LOOK]}"))) / len(new)
                added += _NEW * share - _SAID * (p.id in cited) * (1 - share)
            if added:
                found[p.id] = added
        return found


def _for_nobody(u: Understanding, text: str) -> bool:
    """Whether a question names nothing of the catalogue and asks whether or how one may."""
    vague = u.intent == "unclear" or (u.intent in ("recommend", "inform") and u.confidence < 0.8)
    named = u.mentions or u.critiques or u.updates or u.terms
    return bool(
        vague and not named and OF_HOUSE.search(text) and not RECOMMEND.search(text)
        and not general(text)
    )  # fmt: skip


_WISHED = 10.0
"""Log-odds for the catalogue when every word of a message names something of it."""


def _merged(found: list[Part], whole: Part) -> tuple[Part, ...]:
    """Of parts that ask for the same passage, one."""
    kept: list[Part] = []
    for part in found:
        if not kept or (
            part.chance >= SURE and all(part.hits[0].passage != k.hits[0].passage for k in kept)
        ):
            kept.append(part)
    if len(kept) == 1 and kept[0].chance < SURE <= whole.chance:
        return (whole,)
    return tuple(kept[:_MOST_PARTS])


def helped(u: Understanding, asked: Asked, rest: Understanding | None) -> Understanding:
    """The understanding of a message that asks for help: nothing of it is a wish, except in the
    words that are for the catalogue.
    """
    if rest is None:
        return replace(
            u, intent="support", updates=(), critiques=(), terms=(), ambiguous=(), also=(),
            unknown=(), items=(), mentions=(), aspect="",
            confidence=max(0.5, asked.parts[0].chance),
        )  # fmt: skip
    return replace(rest, intent="support", also=("recommend",), language=u.language, ambiguous=())


def language_for(hits: tuple[Hit, ...], language: Language) -> tuple[Hit, ...]:
    """The hits with one in the visitor's language first where it is nearly as likely."""
    for at, hit in enumerate(hits):
        if hit.passage.language == language:
            if at and hit.chance >= min(0.6 * hits[0].chance, SURE):
                return (hit, *hits[:at], *hits[at + 1 :])
            break
    return hits
