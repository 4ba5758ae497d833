# ruff: noqa: E501  (patterns read best on one line)
"""What a visitor's message asks of the help pages, part by part.

A part is for the help pages when they probably answer it (the calibrated chance of the search), or
the words ask for help (the reader's rules, the form of the question, the channel). What the
catalogue recognises (a title, a kind, a request for items) speaks against it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from chatbot.knowledge import Passage
from chatbot.knowledge.base import Hit, KnowledgeBase
from chatbot.values import Intent, Language, Session, Turn, Understanding
from retrieval.bilingual import words
from retrieval.documents import STOP, stem, tokens

Demand = Literal["discount", "promise", "legal", "exception"]
"""What no assistant may grant by itself: the help pages must say it."""

SURE = 0.5
"""Chance from which a passage is given as the answer."""

MAYBE = 0.12
"""Chance from which a passage is worth naming as a near topic."""

_MOST_PARTS = 3
_LOOK = 1200
_NEW = 2.5
_SAID = 2.5

_DEMANDS: tuple[tuple[Demand, str], ...] = (
    ("discount", r"\b(?:discounts?|\d+\s*(?:%|percent|per cent) off|(?:some )?money off|reduction|haggle|better price|lower (?:the|your)? ?price|knock .{0,12}off|price match|coupons?|voucher codes?|promo(?:tion)? codes?|special (?:deal|price)|for free|free of charge)\b|打\d?[一二三四五六七八九\d]?折|折扣|优惠|便宜点|便宜一点|少点钱|降价|返现|免费送"),
    ("promise", r"\b(?:promise|guarantee (?:me|that|it)|can you (?:guarantee|assure|make sure)|swear|for (?:sure|certain)|commit to)\b|保证(?!金)|承诺|答应|一定(?:会|能)"),
    ("legal", r"\b(?:legal(?:ly)?|lawyers?|sue|court|liab(?:le|ility)|compensat\w+|my rights|damages|lawsuit|law)\b|法律|律师|起诉|法院|赔偿|补偿|索赔|责任|维权"),
    ("exception", r"\b(?:make an exception|just this once|waive|bend the rules|exceptionally)\b|破例|通融|例外|免掉"),
)  # fmt: skip
_PARTS = re.compile(
    r"(?<=[?!.;？！。；])\s*(?=\S)|,?\s+(?:and|but|also|plus)\s+(?=(?:what|which|how|where|when|who|can|could|do|does|is|are|would|will|may|also|i|i'm|i'd|please|show|recommend|suggest|give|find)\b)|"
    r"[，,]\s*(?=(?:and|but|also|then)\b|另外|还有|顺便|并且|同时|那|再|请|想|有没有|推荐|能不能|可以)|(?:另外|还有|顺便|以及)(?=.{3})",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(
    r"^\W*(?:and|but|or|what about|how about|what if|also|then|ok(?:ay)?,? (?:and|but)|so|for)\b|^\W*(?:那么?|还有|如果是?|要是|那如果|换成)|(?:呢)[?？]?\s*$",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"\b(?:it|that|this|they|them|those|these|there|then|one)\b|^\W*(?:how (?:long|much|often|many)|why|when|where|who)(?: \w+){0,2}\W*$|这个?|那个?|它|多久|多少钱|为什么|要钱",
    re.IGNORECASE,
)
_HELPFUL = re.compile(
    r"^\W*(?:how (?:do|can|long|much|many|soon|often|should)|can (?:i|you|we)|could (?:i|you)|may i|do (?:i|you|we)|does|is there|are there|where (?:do|can|is)|when (?:do|will|does|can)|what (?:if|happens|do i|are the|is the|is your)|why (?:was|is|can't|did)|i (?:want to|need to|would like to|can't|cannot|forgot|lost|have|got|received|never)|my )\b|怎么|如何|多久|多少|能不能|可以|吗[?？]?$|哪里|为什么|什么时候|我的|怎样",
    re.IGNORECASE,
)
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
            u.intent in settled and u.confidence >= 0.7 and not _question(text)
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
            return Asked(_merged(found, whole), _with_subject(" ".join(rest), whole.text))
        different = {p.hits[0].passage.trail for p in found if p.chance >= SURE}
        if len(different) > 1 and min(p.chance for p in found) >= SURE:
            return Asked(tuple(found[:_MOST_PARTS]))
        return None

    def _seeks(self, u: Understanding, part: Part) -> bool:
        """Whether a part asks for items rather than for help."""
        asks = _RECOMMEND.search(part.text) is not None
        if part.demand is not None or (not asks and u.intent not in _SEEKING):
            return False
        firm = asks or bool(u.critiques or u.mentions or u.terms)
        return (part.chance < 0.4 and u.intent != "unclear") or (firm and part.chance < 0.75)

    def _helps(
        self, part: Part, u: Understanding, session: Session, *, strict: bool = False
    ) -> bool:
        """Whether a part is for the help pages."""
        support = session.channel == "support"
        if part.demand is not None and not (self._items and _RECOMMEND.search(part.text)):
            if part.demand != "discount" or u.intent not in ("critique", "more"):
                return True
        chance = min(max(part.chance, 1e-4), 1 - 1e-4)
        odds = math.log(chance / (1 - chance))
        odds += 1.5 * (u.intent == "support") + 1.0 * support + 1.5 * (not self._items)
        odds += 0.5 * (_HELPFUL.search(part.text) is not None) + 1.0 * (part.demand is not None)
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
            return u.intent not in _TALK or _question(part.text)
        return support and u.intent in ("unclear", "out_of_scope") and _question(part.text)

    def _catalogue_says(self, u: Understanding, part: Part) -> float:
        """What speaks for the catalogue, in log-odds."""
        against, text = 0.0, part.text
        if u.intent in ("recommend", "inform", "critique", "more"):
            sought = _RECOMMEND.search(text) is not None
            if sought or not _ASKS.search(text):
                against += _WISHED * (1 - _left(u, part)) ** 3
        titles = [m for m in u.mentions if m.facet == "title" and m.confidence >= 0.8]
        if any(m.end - m.start > 0.5 * len(text) for m in titles):
            against += 3.0
        elif titles:
            against += 1.0
        if u.intent in ("recommend", "inform") and _RECOMMEND.search(text):
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
        if before is None or not _may_follow(text):
            return alone
        question, cited = before
        plain = _FOLLOWS.search(text) is not None or len(text.split()) <= 4
        follows = _FOLLOWS.search(text) is not None
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
        vague and not named and _OF_HOUSE.search(text) and not _RECOMMEND.search(text)
        and not general(text)
    )  # fmt: skip


_OF_HOUSE = re.compile(
    r"^\W*(?:can (?:i|we)|may (?:i|we)|am i|do i|how (?:do|can|should) (?:i|we)|(?:is|are|does|do) (?:your|you|the (?:shop|store|restaurant|place))|what (?:if|happens))\b|你们|可以.{1,12}吗|能不能|能.{1,10}吗|怎么办",
    re.IGNORECASE,
)
_RECOMMEND = re.compile(
    r"\b(?:recommend|suggest|show me|looking for|something|anything|sturdier|similar|like (?:this|it)|what (?:would|should|do you have)|which (?:one|would)|do you (?:have|sell)|any good|in the mood|films? (?:about|like)|movies? (?:about|like))\b|推荐|想看|想买|想要|有没有|有什么|哪款|哪双|哪个|来点|来一",
    re.IGNORECASE,
)


_WISHED = 10.0
"""Log-odds for the catalogue when every word of a message names something of it."""
_ASKS = re.compile(
    r"[?？]|^\W*(?:how|what|which|can|could|may|do|does|did|is|are|when|where|why|will|my|our|i (?:have|got|received|bought|ordered))\b|我的|我买|收到|怎么|如何|怎样|多久|多少|能不能|可不可以|吗\W*$|什么时候|为什么|哪里",
    re.IGNORECASE,
)
_EMPTY = frozenset(
    "one ones need needs made make buy buying get sell selling find search please weigh weighs keep able work works use used "
    "suitable good best nice thing things present under over than less more not no without also only or".split()
)
_EMPTY_ZH = frozenset(
    "的了吗呢我你他她要想给能用可以也有没不在是和或买个一件双款条只把些点来找带适合都就还再那这种类课程门商品学而且比上班族吧啊呀家里人送好类您什么哪些啥"
)


def _left(u: Understanding, part: Part) -> float:
    """Which share of a part's words speaks for the help pages, in [0, 1].

    Words that name something of the catalogue do not, nor do words that no passage found
    has: "a tent for three people" leaves nothing, "boots arrived damaged" leaves its point.
    """
    taken = {at for m in u.mentions for at in range(m.start, m.end)}
    for critique in u.critiques:
        start = part.text.find(critique.source) if critique.source else -1
        taken |= set(range(start, start + len(critique.source))) if start >= 0 else set()
    told = " ".join(f"{h.passage.breadcrumb} {h.passage.text}" for h in part.hits)
    known = frozenset(tokens(told))
    named = left = 0.0
    for match in _WORDS.finditer(part.text):
        word = match.group().casefold()
        if match.start() in taken or match.end() - 1 in taken:
            named += 1
        elif word.isascii():
            left += word not in STOP and word not in _EMPTY and stem(word) in known
        else:
            pair = part.text[match.start() : match.start() + 2]
            left += 2.0 * (word in _MENDED and word in told)
            telling = _PAIR.fullmatch(pair) and not _EMPTY_ZH & set(pair) and pair not in _LABELS
            left += 2.0 * bool(telling and match.start() + 1 not in taken and pair in told)
    return left / (left + named) if left + named else 0.0


_MENDED = frozenset("修退换洗补坏漏裂破寄")
"""What is asked of a help desk in one character."""
_PAIR = re.compile(r"[\u3400-\u9fff]{2}")
_LABELS = frozenset(
    "颜色 材质 材料 品牌 品类 类别 分类 部门 尺码 季节 用途 特点 价格 重量 容量 语言 难度 科目 形式 类型 你好 您好".split()
)
"""Words of requests that help pages have too: they speak for neither."""
_WORDS = re.compile(r"[\u3400-\u9fff]|[^\W_]+(?:['’][^\W_]+)*")


def parts(text: str) -> list[str]:
    """A message cut where it goes on to another matter; each part has some words.

    >>> parts("my shoes arrived torn, and what would be sturdier?")
    ['my shoes arrived torn', 'what would be sturdier?']
    """
    found: list[str] = []
    for piece in _PARTS.split(text):
        piece = piece.strip(" ,，")
        if not piece:
            continue
        if found and _small(piece):
            found[-1] = f"{found[-1]} {piece}"
        else:
            found.append(piece)
    return found


def _small(text: str) -> bool:
    han = len(re.findall(r"[\u3400-\u9fff]", text))
    return han < 4 and len(text.split()) < 3


_SUBJECT = re.compile(
    r"\b(?:my|the|these|those|this|our|pair of)\s+((?:[a-z-]+\s){0,2}?[a-z-]+)\s+(?:is|are|was|were|"
    r"arrived?|came|has|have|had|got|broke|tore|don't|doesn't|didn't|i)\b|"
    r"(?:我的|买的|这[双件个款]|那[双件个款])([\u3400-\u9fff]{1,4}?)(?:坏|破|裂|到|收|太|不|小|大|，|,)",
    re.IGNORECASE,
)


def _with_subject(rest: str, text: str) -> str:
    """The words for the catalogue with what the message is about: "shoes: what is sturdier?"."""
    found = _SUBJECT.search(text)
    subject = (found[1] or found[2]) if found else ""
    if not subject or subject.casefold() in rest.casefold():
        return rest
    return f"{subject}{'，' if found and found[2] else ': '}{rest}"


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


def _question(text: str) -> bool:
    return bool(re.search(r"[?？]", text) or _HELPFUL.search(text))


def _may_follow(text: str) -> bool:
    han = len(re.findall(r"[\u3400-\u9fff]", text))
    short = han <= 12 if han else len(text.split()) <= 9
    return short and bool(_FOLLOWS.search(text) or _POINTS.search(text))


def former(session: Session) -> tuple[str, frozenset[str]] | None:
    """(the last question that the help pages answered, made whole; ids of the passages cited)."""
    chain: list[str] = []
    cited: frozenset[str] = frozenset()
    for turn in reversed(session.turns[-4:]):
        if turn.reply.action != "support" or not turn.reply.citations:
            break
        if not cited:
            cited = frozenset(c.passage for c in turn.reply.citations)
        chain.insert(0, turn.text.strip())
        if not _may_follow(turn.text):
            break
    return (" ".join(chain)[-300:], cited) if chain else None


def demand_of(text: str) -> Demand | None:
    """What a text demands that only the help pages may grant.

    >>> demand_of("can I get 20% off?"), demand_of("how do I pay")
    ('discount', None)
    """
    low = text.casefold()
    return next((name for name, pattern in _DEMANDS if re.search(pattern, low)), None)


def grants(passage: Passage, demand: Demand) -> bool:
    """Whether a passage speaks of what is demanded."""
    pattern = dict(_DEMANDS)[demand]
    return re.search(pattern, f"{passage.breadcrumb} {passage.text}".casefold()) is not None


def helped(u: Understanding, asked: Asked, rest: Understanding | None) -> Understanding:
    """The understanding of a message that asks for help: nothing of it is a wish, except in the
    words that are for the catalogue.
    """
    if rest is None:
        return replace(
            u, intent="support", updates=(), critiques=(), terms=(), ambiguous=(), also=(),
            unknown=(), items=(), mentions=(), aspect="", confidence=max(0.5, asked.parts[0].chance),
        )  # fmt: skip
    return replace(rest, intent="support", also=("recommend",), language=u.language, ambiguous=())


_GENERAL = re.compile(
    r"^\W*(?:who (?:is|was|won|invented|wrote)|what(?:'s| is| was| are) (?:the|a|an) (?!best|difference|cheapest|price|most)|"
    r"when (?:is|was|did)|where is (?!my|the (?:store|shop))|how (?:old|far|tall|big|many) (?:is|are|was|people)|why (?:is|do|does)|"
    r"tell me a joke|write (?:me )?a poem|translate|calculate|solve)\b|^(?:谁是|讲个|翻译|帮我(?:写|算|订))|天气|股票|首都",
    re.IGNORECASE,
)


def general(text: str) -> bool:
    """Whether a text asks of the world at large and not for items.

    >>> general("who is the president of France"), general("a warm jacket")
    (True, False)
    """
    return _GENERAL.search(text) is not None and _RECOMMEND.search(text) is None


def misses(turns: tuple[Turn, ...]) -> int:
    """How many of the last turns in a row found no answer in the help pages."""
    count = 0
    for turn in reversed(turns):
        if turn.reply.action != "support" or turn.reply.citations:
            break
        count += 1
    return count


def language_for(hits: tuple[Hit, ...], language: Language) -> tuple[Hit, ...]:
    """The hits with one in the visitor's language first where it is nearly as likely."""
    for at, hit in enumerate(hits):
        if hit.passage.language == language:
            if at and hit.chance >= min(0.6 * hits[0].chance, SURE):
                return (hit, *hits[:at], *hits[at + 1 :])
            break
    return hits
