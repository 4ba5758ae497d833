# ruff: noqa: E501  (patterns read best on one line)
"""What the form of a message tells: a demand, a request, a follow-up, a question of the world.

Words and patterns only, in both languages; what a catalogue or its help pages know is not asked.
"""

from __future__ import annotations

import re
from typing import Literal

from chatbot.knowledge import Passage

Demand = Literal["discount", "promise", "legal", "exception"]
"""What no assistant may grant by itself: the help pages must say it."""

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
FOLLOWS = re.compile(
    r"^\W*(?:and|but|or|what about|how about|what if|also|then|ok(?:ay)?,? (?:and|but)|so|for)\b|^\W*(?:那么?|还有|如果是?|要是|那如果|换成)|(?:呢)[?？]?\s*$",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"\b(?:it|that|this|they|them|those|these|there|then|one)\b|^\W*(?:how (?:long|much|often|many)|why|when|where|who)(?: \w+){0,2}\W*$|这个?|那个?|它|多久|多少钱|为什么|要钱",
    re.IGNORECASE,
)
HELPFUL = re.compile(
    r"^\W*(?:how (?:do|can|long|much|many|soon|often|should)|can (?:i|you|we)|could (?:i|you)|may i|do (?:i|you|we)|does|is there|are there|where (?:do|can|is)|when (?:do|will|does|can)|what (?:if|happens|do i|are the|is the|is your)|why (?:was|is|can't|did)|i (?:want to|need to|would like to|can't|cannot|forgot|lost|have|got|received|never)|my )\b|怎么|如何|多久|多少|能不能|可以|吗[?？]?$|哪里|为什么|什么时候|我的|怎样",
    re.IGNORECASE,
)
OF_HOUSE = re.compile(
    r"^\W*(?:can (?:i|we)|may (?:i|we)|am i|do i|how (?:do|can|should) (?:i|we)|(?:is|are|does|do) (?:your|you|the (?:shop|store|restaurant|place))|what (?:if|happens))\b|你们|可以.{1,12}吗|能不能|能.{1,10}吗|怎么办",
    re.IGNORECASE,
)
RECOMMEND = re.compile(
    r"\b(?:recommend|suggest|show me|looking for|something|anything|sturdier|similar|like (?:this|it)|what (?:would|should|do you have)|which (?:one|would)|do you (?:have|sell)|any good|in the mood|films? (?:about|like)|movies? (?:about|like))\b|推荐|想看|想买|想要|有没有|有什么|哪款|哪双|哪个|来点|来一",
    re.IGNORECASE,
)


ASKS = re.compile(
    r"[?？]|^\W*(?:how|what|which|can|could|may|do|does|did|is|are|when|where|why|will|my|our|i (?:have|got|received|bought|ordered))\b|我的|我买|收到|怎么|如何|怎样|多久|多少|能不能|可不可以|吗\W*$|什么时候|为什么|哪里",
    re.IGNORECASE,
)
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
    return _GENERAL.search(text) is not None and RECOMMEND.search(text) is None


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


def asking(text: str) -> bool:
    """Whether a text asks, or needs help."""
    return bool(re.search(r"[?？]", text) or HELPFUL.search(text))


def may_follow(text: str) -> bool:
    """Whether a text is short and may go on from the question before."""
    han = len(re.findall(r"[\u3400-\u9fff]", text))
    short = han <= 12 if han else len(text.split()) <= 9
    return short and bool(FOLLOWS.search(text) or _POINTS.search(text))


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


def with_subject(rest: str, text: str) -> str:
    """The words for the catalogue with what the message is about: "shoes: what is sturdier?"."""
    found = _SUBJECT.search(text)
    subject = (found[1] or found[2]) if found else ""
    if not subject or subject.casefold() in rest.casefold():
        return rest
    return f"{subject}{'，' if found and found[2] else ': '}{rest}"
