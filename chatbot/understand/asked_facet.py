# ruff: noqa: E501  (patterns read best on one line)
"""Questions for a recorded facet by its own name: 「电话是多少」, "what's the address", of any schema."""

from __future__ import annotations

import re

from retrieval.schema import Schema

_PLACE = ("address", "location", "地址", "位置")
_WHERE = re.compile(
    r"\bwhere(?:'s| is| are| was)\b|\bhow (?:do|can) i get (?:there|to)\b|在哪(?:里|儿)?|怎么(?:走|去)"
)
_HOURS = ("opening_hours", "hours", "营业时间", "开放时间")
_WHEN = re.compile(
    r"\bwhen (?:do|does|is|are) .{0,20}\b(?:open|close)|\b(?:open|close)s? (?:on|at|until|till)\b|(?:几点|什么时候)(?:开|关)|(?:开|关)门"
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
        self._place = _first(schema, _PLACE)
        self._hours = _first(schema, _HOURS)
        self._phone = _first(schema, ("phone", "telephone", "电话"))

    def asked(self, low: str) -> str:
        """The facet, "" where none is asked for by name.

        >>> from retrieval.schema import Facet
        >>> shop = Schema({"phone": Facet("phone", "text", labels={"zh": "电话"})})
        >>> AskedFacets(shop).asked("第二家的电话是多少"), AskedFacets(shop).asked("电话")
        ('phone', 'phone')
        """
        for name, pattern in self._names:
            if pattern.search(low):
                return name
        for name, pattern in (
            (self._phone, _CONTACT), (self._hours, _WHEN), (self._place, _WHERE),
        ):  # fmt: skip
            if name and pattern.search(low):
                return name
        return ""


def _first(schema: Schema, names: tuple[str, ...]) -> str:
    return next((n for n in names if schema.facet(n) is not None), "")
