"""Numbers in a sentence: recorded, counted, worked out, or nothing of these."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from chatbot.studio.checks import Check, Scope
from chatbot.studio.draft import Source
from chatbot.studio.facets import LENGTH_FACETS
from retrieval.items import Item
from retrieval.schema import fold

_NUMBER = re.compile(r"(?<![\w.#])(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?![\d,]*\d)(?!\w*[a-rt-z])")


def numbers(text: str, scope: Scope) -> Iterator[Check]:
    """Every number in a text, with what it may rest on."""
    known = _known_numbers(text, scope)
    for match in _NUMBER.finditer(text):
        number = float(match[1].replace(",", ""))
        source = known.get(number)
        if source is not None:
            yield Check("number", match[1], True, source=source)
        elif re.search(rf"(?<!\d){re.escape(match[1])}(?!\d)", scope.notes):
            yield Check("number", match[1], True, source=Source("note", "note", match[1]))
        elif not _ordinal(text, match):
            yield Check("number", match[1], False, _numbers_of(scope.about))


def _ordinal(text: str, match: re.Match[str]) -> bool:
    """List numbers: "3." at the start, "2/6" of a thread, "Session 4"."""
    before, after = text[: match.start()], text[match.end() :]
    return (
        (not before.strip() and after[:1] in (".", "、", ")", "/"))
        or before.endswith("/")
        or bool(re.search(r"(?:Session|Part|Scene|第)\s*$", before))
    )


def _known_numbers(text: str, scope: Scope) -> dict[float, Source]:
    """Every number that may be said: recorded, counted or worked out from what is recorded."""
    found: dict[float, Source] = {}
    about = scope.about or scope.items
    for item in about:
        for facet in scope.register.schema.facets.values():
            number = item.number(facet.name)
            if number is not None:
                source = Source("field", facet.name, f"{number:g}", item.id)
                found.setdefault(number, source)
                if facet.name == "year":
                    found.setdefault(number // 10 * 10, source)
            for value in item.values(facet.name) if facet.kind == "category" else ():
                for digits in re.findall(r"\d+", value + _said_digits(value)):
                    found.setdefault(float(digits), Source("field", facet.name, value, item.id))
    _figures(text, found, scope)
    return found


def _said_digits(value: str) -> str:
    return {"18th century": "18", "19th century": "19", "17th century": "17"}.get(value, "")


_APART = re.compile(
    r"\b(?:more|less|differ\w*|apart|longer|shorter|cheaper|dearer|between)\b|多出|少|相差|比|贵|便宜",
    re.IGNORECASE,
)
_TOGETHER = re.compile(
    r"\b(?:together|in all|total|altogether|sum)\b|共|加在一起|总", re.IGNORECASE
)


def _figures(text: str, found: dict[float, Source], scope: Scope) -> None:
    total = len(scope.register.catalogue)
    found.setdefault(float(total), Source("figure", "items in the catalogue", str(total)))
    n = len(scope.items)
    for count in (n, n - 1, n - 2):
        if count > 0:
            found.setdefault(float(count), Source("figure", "chosen items", str(count)))
    for name in ("year", *LENGTH_FACETS, "price"):
        known = [i for i in scope.items if i.number(name) is not None]
        # "98 minutes" may be a length on record or a difference, but not the one for the other.
        pairs = combinations(known, 2) if name == "year" or _APART.search(text) else ()
        for a, b in pairs:
            gap = abs((a.number(name) or 0) - (b.number(name) or 0))
            if not scope.about or a in scope.about or b in scope.about:
                found.setdefault(gap, Source("figure", f"difference of {name}", f"{gap:g}"))
        if name != "year" and known and _TOGETHER.search(text):
            whole = sum(i.number(name) or 0.0 for i in known)
            found.setdefault(whole, Source("figure", f"total of {name}", f"{whole:g}"))
    countries = {c for i in scope.items for c in i.values("country")}
    found.setdefault(float(len(countries)), Source("figure", "countries", str(len(countries))))
    for item in scope.about:
        for name in ("genre", "category", "subject"):
            for value in item.values(name):
                count = len(scope.register.catalogue.postings(name).get(fold(value), ()))
                found.setdefault(float(count), Source("figure", f"{name}={value}", str(count)))


def _numbers_of(items: Sequence[Item]) -> str:
    parts = [
        f"{name} {item.text(name)}"
        for item in items[:1]
        for name in ("year", "runtime", "duration", "price", "age")
        if item.get(name) is not None
    ]
    return ", ".join(parts)
