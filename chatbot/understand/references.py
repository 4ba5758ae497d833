# ruff: noqa: E501  (patterns and word lists read best on one line)
"""Words that point back: "the second one", 「第二部」, "it", "that director", "something else by her"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chatbot.understand import Context
from chatbot.understand.numerals import number
from chatbot.understand.spans import Reading, Span
from retrieval.catalogue import Catalogue

_ORDINAL = {
    w: n
    for n, w in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1
    )
}
_NOUN = r"(?:ones?|films?|movies?|suggestions?|options?|picks?|recommendations?|items?|books?|titles?|choices?|courses?|products?|results?|places?|restaurants?)"
_NTH = r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|1st|2nd|3rd|[4-9]th|10th"
_ORDINALS = re.compile(
    rf"\bthe (?P<n>{_NTH})(?:(?: (?P<many>two|three|four|2|3|4))?(?: {_NOUN})\b|(?P<m2> two| three)?(?=\s*(?:$|[.,!?;:]|maybe\b|perhaps\b|then\b|i think\b|and\b|or\b|but\b|is\b|was\b|looks?\b|sounds?\b|please|again|on your|on the)))|"
    rf"\b(?P<b>{_NTH}) {_NOUN}\b(?! i\b)|(?:\bnumber|\bno\.|#|\boption) ?(?P<num>\d{{1,2}}|one|two|three|four|five)\b|"
    r"第(?P<zh>[一二两三四五六七八九十\d]{1,2})(?:部|个|本|家|款|张|条|首|片|门)?(?!次|季|集|代|届|天|人|时间)|(?:\b(?:know|knew|seen|saw|watched|have seen|like|liked|love|loved|hate|skip|not|numbers?|compare|between) (?:already )?|(?:看过|除了|不要|喜欢|比较))(?P<plain>\d(?:(?:\s*(?:,|、|，|和|跟|&|and)\s*)+\d)*)(?=\s*(?:$|[.,!?;，。！？]|already|before|but|都|看|吧|号|of (?:these|those|them)))|(?P<nos>\d(?:\s*[,、，和跟]\s*\d)+)(?=\s*(?:号|都)?(?:我)?(?:都)?(?:看过|不要|不喜欢|喜欢|知道))|(?P<zlast>最后(?:一|那)?(?:部|个|本|家|款))|(?:前|(?:这|那)(?=[两二三四五]))(?P<zmany>[两二三四五])(?:部|个|本|家|款)"
)
_PRONOUN = re.compile(
    rf"\b(?P<one>(?:that|this) (?:one|film|movie|book|show|course|product|place)|it|this|that)\b(?!'s (?:ok|fine|all)|(?: would| should| must| has to| needs| can| doesn't have| sounds good| is fine| works| be|, please| kind| sort| type| director| actor| actress| genre| one's| guy| time| evening| weekend| i\b| we\b| is a\b| has\b| have\b| are\b| make| people| \w+ (?:movie|film)s?\b))|"
    rf"\b(?P<all>all of (?:them|those|these)|(?:these|those|them|both)(?: {_NOUN}| two| all)?|all (?:of )?your (?:suggestions|recommendations|picks))\b|"
    r"(?P<zh>(?:这|那)(?:一)?(?:部|本|家|款|片子?)(?:电影|片子?|片)?|它|(?:这|那)个(?!导演|演员|人|类型|月|时候|主演|作者))|(?P<zall>(?:这|那)(?:几|些)(?:部|个|本)?|它们|你(?:推荐|说|列)的(?:这些|那些|几部)?(?=(?:我)?(?:都|全))|都(?=看过|不喜欢|不要|不行))"
)
_WISHED = re.compile(r"(?:'d|\bwould) (?:really )?(?:like|love|prefer) $|\b(?:want|prefer) $")
_SO = re.compile(
    r" (?!please|too|now|back|again|tonight|for|but|and|or|as|more|because|if|when|so|very)[a-z]"
)
"""Such as "I'd like it funny": "it" is what is looked for, nothing of the list."""
_CREATOR = re.compile(
    r"\b(?:that|this|the same|same|his|her|their) (?:director|author|writer|artist|filmmaker|instructor)(?:'s)?\b|(?:同一?个?|这个|那个|这位|那位|该)(?:导演|作者|作家|歌手|讲师)|同导演"
)
_ACTOR = re.compile(
    r"\b(?:that|this|the same|same) (?:actor|actress|lead|star|guy|cast)(?:'s)?\b|(?:同一?个?|这个|那个|这位|那位|该)(?:演员|主演|女演员|男演员|明星)"
)
_OF_ITEM = re.compile(
    r"\bthe (?:lead |main |leading )?(?P<who>actor|actress|star|lead|director|author|writer)s? (?:of|from|in|who made) $"
)
_BY_PRONOUN = re.compile(
    r"\b(?:by|from|with|starring|(?<!\bone )(?<!\bboth )(?<!\ball )(?<!\bsome )(?<!\bany )(?<!\bmost )(?<!\bmany )(?<!\btwo )(?<!\bthree )(?<!\bfew )(?<!\beach )(?<!\bnone )(?<!\beither )(?<!\bheard )of)\s+(?P<a>him|her|them|he|she)\b|\b(?P<b>his|her|their) (?:other |earlier |later |early |best |newer |older |first |latest )*(?:films?|movies?|work|works|books?|stuff|ones|albums?|courses?)\b|\b(?:what|which|anything|something)(?: else| other [a-z]+)?(?: did| has| have)? (?P<d>he|she|they) (?:direct|direct(?:ed)|mak|ma[dk]e|writ(?:e|ten)|wrote|star(?:red)?|act(?:ed)?|play(?:ed)?|been|done?|shot|shoot)\b|(?P<c>他|她|TA)(?:的|还|导演的|演的|拍的|主演的)*(?:其他|其它|别的|另外|电影|作品|片|有什么|有哪些|导|演|拍)"
)


class References:
    """Resolves references for one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._people = catalogue.schema.people()

    def find(self, low: str, context: Context, known: Sequence[Span]) -> tuple[Span, ...]:
        """Reference spans that resolve to something, outside the `known` ones."""
        found: list[Span] = []
        for span in (
            *self._persons(low, context, known),
            *self._listed(low, context),
            *self._pronouns(low, context, known),
        ):
            # "the director of Alien" is a person, and names the title no more.
            inside = [o for o in known if span.kind == "person" and _within(o, span)]
            others = (*(o for o in known if o not in inside), *found)
            if not any(span.overlaps(other) for other in others):
                found.append(span)
        return tuple(found)

    def _listed(self, low: str, context: Context) -> Iterator[Span]:
        listed = context.listed or _named_before(context)
        if not listed:
            return
        for m in _ORDINALS.finditer(low):
            items = _nth(m, listed)
            if items:
                yield Span(m.start(), m.end(), "reference", m.group(), items=items)

    def _pronouns(self, low: str, context: Context, known: Sequence[Span]) -> Iterator[Span]:
        counted = _ORDINALS.search(low) is not None
        for m in _PRONOUN.finditer(low):
            if m["zall"] == "都" and (counted or low[: m.start()].endswith("的")):
                continue
            if m["one"] == "it" and _WISHED.search(low[: m.start()]) and _SO.match(low[m.end() :]):
                continue
            if m["all"] or m["zall"]:
                items = tuple(context.listed)
                if (m["all"] or "").startswith("both") and len(items) > 2:
                    items = ()
            else:
                items = self._single(m.start(), context, known)
            if items:
                yield Span(m.start(), m.end(), "reference", m.group(), items=items, confidence=0.7)

    def _single(self, start: int, context: Context, known: Sequence[Span]) -> tuple[str, ...]:
        before = [s for s in known if s.kind == "title" and s.end <= start]
        if before:
            return before[-1].items[:1]
        if context.focus and context.focus in self._catalogue:
            return (context.focus,)
        if len(context.listed) == 1:
            return context.listed[:1]
        return ()

    def _persons(self, low: str, context: Context, known: Sequence[Span]) -> Iterator[Span]:
        for pattern, facet in ((_CREATOR, self._creator()), (_ACTOR, self._performer())):
            for m in pattern.finditer(low):
                name = self._of(
                    self._single(m.start(), context, known) or context.listed[:1], facet
                )
                if name:
                    yield _named(m.start(), m.end(), name)
        for span in (*known, *self._listed(low, context)):
            found = _OF_ITEM.search(low[: span.start])
            if found is None or not span.items or _WHO.search(low[: found.start()]):
                continue
            making = found["who"] in ("director", "author", "writer")
            name = self._of(span.items[:1], self._creator() if making else self._performer())
            if name:
                yield _named(found.start(), span.end, name)
        for m in _BY_PRONOUN.finditer(low):
            group = next(name for name in "abdc" if m[name])
            said = low[m.start() : m.end() + 4]
            acting = (
                re.search(
                    r"(?<!导)演(?!员)|\b(?:starring|with|starr?|starred|act|acted|play|played|been)\b",
                    said,
                )
                is not None
            )
            name = self._recent(context, known, m.start()) or self._of(
                self._single(m.start(), context, known),
                self._performer() if acting else self._creator(),
            )
            if name:
                yield _named(m.start(group), m.end(group), name)

    def _creator(self) -> str:
        preferred = [f for f in self._people if f in ("director", "author", "artist", "instructor")]
        return (preferred or list(self._people) or [""])[0]

    def _performer(self) -> str:
        return "cast" if "cast" in self._people else self._creator()

    def _of(self, items: Sequence[str], facet: str) -> str:
        for item_id in items:
            item = self._catalogue.get(item_id)
            if item is not None and facet and item.values(facet):
                return item.values(facet)[0]
        return ""

    def _recent(self, context: Context, known: Sequence[Span], start: int) -> str:
        """The person last spoken of: in this text, else in the beliefs of the last two turns."""
        before = [s for s in known if s.kind == "person" and s.end <= start]
        if before:
            return before[-1].name
        for p in reversed(context.profile.preferences):
            if p.facet in ("person", *self._people) and isinstance(p.value, str):
                if p.turn >= context.turn - 2:
                    return p.value
        return ""


def _named_before(context: Context) -> tuple[str, ...]:
    """Titles that the user named in the turn before, in their order: without a list, "the second
    one" is one of them.
    """
    found = [
        str(p.value)
        for p in context.profile.preferences
        if p.facet == "title" and p.turn == context.turn - 1
    ]
    return tuple(found) if len(found) > 1 else ()


def _within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


_WHO = re.compile(r"\b(?:who(?:'s| is| was)?|what(?:'s| is)?|tell me(?: about)?|name)\s*$")
"""Asks for the person instead of speaking of them."""


def _named(start: int, end: int, name: str) -> Span:
    return Span(start, end, "person", name, (Reading("person", (name,)),), confidence=0.8)


def _nth(m: re.Match[str], listed: Sequence[str]) -> tuple[str, ...]:
    if plain := (m["plain"] or m["nos"]):
        places = [int(n) for n in re.findall(r"\d", plain)]
        return tuple(listed[n - 1] for n in places if 1 <= n <= len(listed))
    if m["zlast"]:
        return tuple(listed[-1:])
    if m["zmany"]:
        return tuple(listed[: int(number(m["zmany"]) or 0)])
    if m["zh"]:
        place = int(number(m["zh"]) or 0)
        return tuple(listed[place - 1 : place]) if place else ()
    if m["num"]:
        place = int(number(m["num"]) or 0)
        return tuple(listed[place - 1 : place]) if place else ()
    word = m["n"] or m["b"]
    many = (m["many"] or m["m2"] or "").strip()
    count = int(number(many) or 1) if many else 1
    if word == "last":
        return tuple(listed[-count:])
    place = _ORDINAL.get(word) or int(re.sub(r"\D", "", word) or 0)
    return tuple(listed[place - 1 : place - 1 + count]) if place else ()
