# ruff: noqa: E501  (patterns read best on one line)
"""Questions for the one at the end of a scale: "which is the shortest?", 「哪部评分最高」. Any schema.

The words follow from a facet's comparatives ("shorter": "shortest", "most recent") and from words
for the ends of its scale ("scary": "scariest").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from retrieval.catalogue import Catalogue
from retrieval.constraints import Interval
from retrieval.schema import Facet, Schema

End = Literal["most", "least"]


class Extreme(NamedTuple):
    """Which end of which facet is asked for; "rating" and "popularity" need no facet. `compared`
    says that it was asked by a comparative: "which is shorter".
    """

    facet: str
    end: End
    start: int
    stop: int
    compared: bool = False

    @property
    def aspect(self) -> str:
        """As `Understanding.aspect` says it."""
        return f"{self.end}:{self.facet}"


_ALWAYS: Mapping[str, tuple[str, End]] = {
    "highest rated": ("rating", "most"), "best rated": ("rating", "most"), "top rated": ("rating", "most"),
    "best reviewed": ("rating", "most"), "highest rating": ("rating", "most"), "best rating": ("rating", "most"),
    "highest score": ("rating", "most"), "best": ("rating", "most"), "best one": ("rating", "most"),
    "lowest rated": ("rating", "least"), "worst rated": ("rating", "least"), "worst": ("rating", "least"),
    "most popular": ("popularity", "most"), "best known": ("popularity", "most"), "most famous": ("popularity", "most"),
    "most watched": ("popularity", "most"), "least known": ("popularity", "least"), "most obscure": ("popularity", "least"),
    "least popular": ("popularity", "least"),
    "评分最高": ("rating", "most"), "口碑最好": ("rating", "most"), "最好看": ("rating", "most"), "最好": ("rating", "most"), "分数最高": ("rating", "most"),
    "评分最低": ("rating", "least"), "最难看": ("rating", "least"), "最差": ("rating", "least"),
    "最有名": ("popularity", "most"), "最火": ("popularity", "most"), "最热门": ("popularity", "most"), "最受欢迎": ("popularity", "most"), "名气最大": ("popularity", "most"),
    "最冷门": ("popularity", "least"), "最小众": ("popularity", "least"),
}  # fmt: skip
_KNOWN: Mapping[str, tuple[tuple[str, End], ...]] = {
    "year": (
        ("newest", "most"), ("latest", "most"), ("most recent", "most"), ("oldest", "least"), ("earliest", "least"),
        ("最新", "most"), ("最老", "least"), ("最早", "least"), ("最旧", "least"),
    ),
    "runtime": (("longest", "most"), ("shortest", "least"), ("最长", "most"), ("最短", "least")),
    "price": (
        ("most expensive", "most"), ("priciest", "most"), ("dearest", "most"), ("cheapest", "least"), ("least expensive", "least"),
        ("最贵", "most"), ("最便宜", "least"), ("最实惠", "least"),
    ),
}  # fmt: skip
_BEFORE = re.compile(
    r"\b(?:which|what|who|whose)(?:'s| is| was| are|s)?(?: one| film| movie| of (?:these|those|them|the \w+))?(?: (?:is|was|are|has|would be))?(?: got)? the $|"
    r"\b(?:tell|show|give) me (?:which (?:one )?is )?the $|\b(?:is|was) (?:it|that|this|the \w+(?: one| film| movie)?) (?:really |also )?the $|\b(?:and|so|is that|is it) the $|^\W*(?:and |so |ok |okay |but )?(?:the )?$|"
    r"\b(?:which|what)(?: one| film| movie| of (?:these|those|them))? (?:is|was|has) $"
)
_AFTER = re.compile(
    r"^(?: (?:ones?|films?|movies?|books?|courses?|products?|items?|place|restaurant|of (?:the )?(?:these|those|them|two|three|five|lot|bunch|list|all)|here|among (?:these|them)|on (?:this|the|your) list|and why|then|again|out of (?:these|those|them)))*\W*$"
)
_ASKED_ZH = re.compile(
    r"(?:哪|那)(?:一)?(?:部|个|本|家|款|门|件|些)|是(?:哪|第几)|第几|^\W*(?:这|那)(?:里面?|几部|些)(?:里面?|中|当中)?$|(?:里面?|中|当中)$"
)


_THE = re.compile(r"\b(?:the|your) $|^\W*$")
_NOUN = re.compile(
    r"^ (?:[\w-]+ ){0,2}?(?:ones?|films?|movies?|books?|courses?|products?|items?|things?|stuff|places?|restaurants?)\b|^ (?:you (?:have|know|can)|there is)\b"
)
_NOUN_ZH = re.compile(r"^的?(?:[\u4e00-\u9fff]{0,3})(?:电影|片子?|书|课程?|产品|东西|餐厅|餐馆)")


class Superlatives:
    """Finds the superlatives of one schema."""

    def __init__(self, schema: Schema) -> None:
        words: dict[str, tuple[str, End]] = dict(_ALWAYS)
        for facet in schema.facets.values():
            if facet.kind == "number" or facet.order:
                for phrase, end in _of_facet(facet):
                    words.setdefault(phrase, (facet.name, end))
        for name, known in _KNOWN.items():
            for phrase, end in known:
                if name in schema.facets:
                    words[phrase] = (name, end)
                words.setdefault(phrase, (name, end))
        self._words = words
        ordered = sorted(words, key=len, reverse=True)
        english = "|".join(re.escape(w) for w in ordered if w.isascii())
        chinese = "|".join(re.escape(w) for w in ordered if not w.isascii())
        self._pattern = re.compile(rf"\b(?:{english})\b|(?:{chinese})")
        self._comparatives = dict(_comparatives(schema))
        either = "|".join(re.escape(w) for w in sorted(self._comparatives, key=len, reverse=True))
        self._either = re.compile(_WHICH.format(words=either)) if either else None

    def wished(self, low: str, *, kind: bool = False) -> Extreme | None:
        """The end of a scale that is asked for beside no list: "the longest film you have".

        `kind` says that a kind of item is named, which stands for the noun.

        >>> from retrieval.schema import Facet
        >>> found = Superlatives(Schema({"runtime": Facet("runtime", "number")}))
        >>> found.wished("what is the longest film you have?").aspect
        'most:runtime'
        """
        for m in self._pattern.finditer(low):
            facet, end = self._words[m.group()]
            if facet in ("rating", "popularity"):
                continue
            if kind:
                return Extreme(facet, end, m.start(), m.end())
            if m.group().isascii():
                if _THE.search(low[: m.start()]) and _NOUN.match(low[m.end() :]):
                    return Extreme(facet, end, m.start(), m.end())
            elif _NOUN_ZH.match(low[m.end() :]):
                return Extreme(facet, end, m.start(), m.end())
        return None

    def asked(self, low: str) -> Extreme | None:
        """The end of a scale that `low` asks for, or None.

        >>> from retrieval.schema import Facet
        >>> found = Superlatives(Schema({"runtime": Facet("runtime", "number")}))
        >>> found.asked("which one is the shortest?").aspect, found.asked("最长的是哪部").aspect
        ('least:runtime', 'most:runtime')
        >>> found.asked("the best horror film about ghosts") is None
        True
        >>> timed = Facet("runtime", "number", less=("shorter", "更短"))
        >>> Superlatives(Schema({"runtime": timed})).asked("跟第三部比哪个短").aspect
        'least:runtime'
        """
        for m in self._pattern.finditer(low):
            facet, end = self._words[m.group()]
            found = Extreme(facet, end, m.start(), m.end())
            if m.group().isascii():
                if _BEFORE.search(low[: m.start()]) and _AFTER.match(low[m.end() :]):
                    return found
            elif _ASKED_ZH.search(low[: m.start()]) or _ASKED_ZH.search(low[m.end() :]):
                return found
        if self._either is not None and (either := self._either.search(low)):
            word = either["en"] or either["zh"]
            facet, end = self._comparatives[word]
            return Extreme(facet, end, either.start(), either.end(), compared=True)
        return None


def edge(
    found: Extreme, catalogue: Catalogue, kinds: Sequence[tuple[str, str]] = ()
) -> Interval | None:
    """The outer twentieth of the values at this end; None where nothing is recorded.

    Args:
        found: which end of which facet.
        catalogue: the items.
        kinds: (facet, value) of which an item has to have one; () looks at all items.
    """
    facet = catalogue.schema.facet(found.facet)
    if facet is None or facet.kind != "number":
        return None
    column = catalogue.numbers(facet.name)
    if kinds:
        rows = [any(v in item.values(f) for f, v in kinds) for item in catalogue.items]
        column = column[np.array(rows, dtype=np.bool_)]
    known = np.sort(column[~np.isnan(column)])
    if not len(known):
        return None
    at = float(known[int((0.95 if found.end == "most" else 0.05) * (len(known) - 1))])
    return (at, None) if found.end == "most" else (None, at)


_WHICH = (
    r"\bwhich(?: one| of (?:them|these|those|the two)| film| movie| book| course)?(?:'s| is| was) (?:the )?(?P<en>{words})\b(?! than)"
    r"|(?:哪|谁)(?:一)?(?:个|部|本|家|款|门|件)?(?:会|要)?(?:更|比较)?(?P<zh>{words})"
)
"""Of two: "which one is shorter", 「哪个短」."""


def _comparatives(schema: Schema) -> Iterator[tuple[str, tuple[str, End]]]:
    """Word → what it compares and towards which end; of 「更短」 also 「短」."""
    for facet in schema.facets.values():
        ends: tuple[tuple[Sequence[str], End], ...] = ((facet.less, "least"), (facet.more, "most"))
        for phrases, end in ends if facet.kind == "number" else ():
            for phrase in map(str.casefold, phrases):
                if phrase.isascii():
                    yield phrase, (facet.name, end)
                elif plain := re.sub("^更|一点$|一些$|点$", "", phrase):
                    yield plain, (facet.name, end)


def _of_facet(facet: Facet) -> Iterator[tuple[str, End]]:
    for phrase in facet.more:
        yield from ((found, "most") for found in _superlatives(phrase.casefold()))
    for phrase in facet.less:
        yield from ((found, "least") for found in _superlatives(phrase.casefold()))
    for key, phrases in facet.synonyms.items() if facet.levels else ():
        if key.endswith(".."):  # words for the upper end of the scale
            for phrase in phrases:
                yield from ((found, "most") for found in _ends(phrase.casefold()))


def _superlatives(phrase: str) -> Iterator[str]:
    """The superlatives of a comparative.

    >>> list(_superlatives("shorter")), list(_superlatives("more violent")), list(_superlatives("更吓人"))
    (['shortest'], ['most violent'], ['最吓人'])
    """
    if phrase.startswith("more "):
        yield "most " + phrase[5:]
    elif phrase.startswith("less "):
        yield "least " + phrase[5:]
    elif phrase.isascii() and " " not in phrase and phrase.endswith("er"):
        yield phrase[:-2] + "est"
    elif phrase.startswith("更") and not phrase.endswith("的"):
        yield "最" + phrase[1:]
    elif not phrase.isascii() and phrase.endswith(("一点", "一些")) and phrase[:-2] != "近":
        yield "最" + phrase[:-2]  # 「最近」 is an adverb


def _ends(word: str) -> Iterator[str]:
    """Superlatives of a word for the upper end of a scale.

    >>> list(_ends("scary")), list(_ends("violent")), list(_ends("吓人"))
    (['most scary', 'scariest'], ['most violent', 'violentest'], ['最吓人'])
    """
    if not word.isascii():
        yield "最" + word
    elif " " not in word:
        yield "most " + word
        yield (word[:-1] + "iest") if word.endswith("y") else word.rstrip("e") + "est"
