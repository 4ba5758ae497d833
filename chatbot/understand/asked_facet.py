# ruff: noqa: E501  (patterns read best on one line)
"""Questions for a recorded facet by its own name: 「电话是多少」, "what's the address", of any schema."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.schema import Schema

_PLACE = ("address", "location", "地址", "位置")
_WHERE = re.compile(
    r"\bwhere(?:'s| is| are| was)\b|\bhow (?:do|can) i get (?:there|to)\b|在哪(?:里|儿)?|怎么(?:走|去)"
)
_HOURS = ("opening_hours", "hours", "营业时间", "开放时间")
_WHEN = re.compile(
    r"\bwhen (?:do|does|is|are) .{0,20}\b(?:open|close)|\b(?:open|close)s? (?:on|at|until|till)\b|(?:几点|什么时候)(?:开|关)|(?:开|关)门"
)
_BEFORE = re.compile(
    r"\bprerequisites?\b|\b(?:need|have|know|learn|take|do) (?:to (?:know|learn|take|do) )?(?:first|before)\b|\bwhat .{0,20}\bbefore (?:it|that|this)\b|先(?:要)?(?:学|修|上|看)(?:什么|哪)|要先|先修|前置|需要(?:什么|哪些|多少)?基础"
)
_COSTS = re.compile(
    r"\bwhat (?:do|does|did) .{1,60}\bcosts?\b|\bhow much (?:is|are|does|do|for)\b|多少钱|什么价|怎么卖"
)
_CONTACT = re.compile(r"\bphone number\b|\bcall them\b|电话")


class AskedFacets:
    """Finds which facet of one schema a question asks for."""

    def __init__(self, schema: Schema) -> None:
        self._names: list[tuple[str, re.Pattern[str]]] = []
        for facet in schema.facets.values():
            words = {facet.name.replace("_", " "), *facet.labels.values()}
            english = "|".join(re.escape(w.casefold()) for w in words if w.isascii() and len(w) > 2)
            chinese = "|".join(re.escape(w) for w in words if not w.isascii())
            patterns = []
            if english:
                patterns.append(
                    rf"\b(?:what(?:'s| is| are| was)|which|tell me|give me|know)\b.{{0,30}}?\b(?:{english})s?\b(?! (?:films?|movies?|books?|ones?))|\b(?:{english}) of (?:it|that|this)\b"
                )
            if chinese:
                patterns.append(
                    rf"(?:{chinese})(?:是|在|有|呢)?(?:多少|什么|哪里|哪儿|哪|几点|怎么样|怎样|几|呢)|(?:什么|多少)(?:的)?(?:{chinese})(?!的)"
                )
            if patterns:
                self._names.append((facet.name, re.compile("|".join(patterns))))
        self._degrees = dict(_degrees(schema))
        self._place = _first(schema, _PLACE)
        self._hours = _first(schema, _HOURS)
        self._before = _first(schema, ("prerequisite", "prerequisites", "先修课程"))
        self._price = _first(schema, ("price", "cost", "价格"))
        self._phone = _first(schema, ("phone", "telephone", "电话"))

    def surely(self, low: str) -> str:
        """The facet where the words can be nothing but a question for it."""
        for name, pattern in ((self._before, _BEFORE), (self._price, _COSTS)):
            if name and pattern.search(low):
                return name
        return ""

    def asked(self, low: str) -> str:
        """The facet, "" where none is asked for by name.

        >>> from retrieval.schema import Facet
        >>> shop = Schema({"phone": Facet("phone", "text", labels={"zh": "电话"})})
        >>> AskedFacets(shop).asked("第二家的电话是多少"), AskedFacets(shop).asked("电话")
        ('phone', 'phone')
        """
        if sure := self.surely(low):
            return sure
        for name, pattern in self._names:
            if pattern.search(low):
                return name
        for pattern in (_HOW, _HOW_ZH):
            for m in pattern.finditer(low):
                if m["what"] in self._degrees:
                    return self._degrees[m["what"]]
        for name, pattern in (
            (self._phone, _CONTACT), (self._hours, _WHEN), (self._place, _WHERE),
        ):  # fmt: skip
            if name and pattern.search(low):
                return name
        return ""


_HOW = re.compile(r"\bhow (?P<what>[a-z]{3,12})\b")
_HOW_ZH = re.compile(r"(?:有?多(?:么)?)(?P<what>[\u4e00-\u9fff])")
_USUAL = {
    "much": ("price", "cost"), "expensive": ("price",), "heavy": ("weight",), "light": ("weight",),
    "big": ("capacity", "volume", "size"), "large": ("capacity", "volume", "size"), "long": ("runtime", "hours", "duration", "length"),
    "warm": ("comfort", "temperature", "warmth"), "bright": ("brightness", "lumens", "light"), "loud": ("noise",),
    "贵": ("price",), "重": ("weight",), "大": ("capacity", "volume", "size"), "长": ("runtime", "hours", "duration", "length"),
    "暖": ("comfort", "temperature", "warmth"), "亮": ("brightness", "lumens", "light"),
}  # fmt: skip
"""What "how heavy" asks for, where the schema's own comparatives do not say so."""


def _degrees(schema: Schema) -> Iterator[tuple[str, str]]:
    """(adjective, facet): by the facets' usual names, then by their comparatives, which win."""
    for word, names in _USUAL.items():
        if name := _first(schema, names):
            yield word, name
    for facet in schema.facets.values():
        if facet.kind != "number":
            continue
        for phrase in (*facet.less, *facet.more):
            yield from ((base, facet.name) for base in _bases(phrase.casefold()))


def _bases(phrase: str) -> Iterator[str]:
    """The adjectives that a comparative belongs to.

    >>> list(_bases("heavier")), list(_bases("more violent")), list(_bases("更重"))
    (['heavy', 'heavi', 'heavie'], ['violent'], ['重'])
    """
    if phrase.startswith(("more ", "less ")):
        yield phrase[5:]
    elif phrase.isascii() and " " not in phrase and phrase.endswith("er"):
        stem = phrase[:-2]
        if stem.endswith("i"):
            yield stem[:-1] + "y"
        yield stem
        yield phrase[:-1]
        if len(stem) > 2 and stem[-1] == stem[-2]:
            yield stem[:-1]
    elif not phrase.isascii():
        plain = re.sub(r"[更再]|一点|一些|点|些", "", phrase)
        if len(plain) == 1:
            yield plain


def _first(schema: Schema, names: tuple[str, ...]) -> str:
    return next((n for n in names if schema.facet(n) is not None), "")
