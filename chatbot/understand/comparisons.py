# ruff: noqa: E501  (patterns and word lists read best on one line)
"""Critiques in the text: "shorter", "funnier", 「没那么吓人」, "more like the second". Any schema.

The words come from `Facet.more` and `Facet.less`, from comparatives of facet values ("funnier" of
"funny"), and from "more" / "less" before a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from chatbot.understand.index import PhraseIndex
from chatbot.understand.spans import Reading, Span
from chatbot.understand.statements import remarked
from chatbot.understand.text import Token, key
from chatbot.values import Critique
from retrieval.schema import Schema

Direction = Literal["more", "less"]

_LIKES = re.compile(
    r"\b(?:i|we|he|she|they)(?: \w+ly| also| both| mostly| only| do| always)? (?:like|love|enjoy|adore|watch|likes|loves)(?: watching| to watch)? (?:the )?$|(?:喜欢|爱看|偏爱)(?:看)?$"
)
_KINDS = re.compile(r"\s*(?:movies?|films?|stuff|books?|的?(?:片子?|电影))")

_POPULAR_MORE = (
    "more popular", "better known", "more famous", "more mainstream", "more well known", "bigger name",
    "更热门", "热门一点", "更有名", "有名一点", "知名一点", "更大众", "大众一点", "更火",
)  # fmt: skip
_POPULAR_LESS = (
    "less known", "less well known", "lesser known", "less popular", "more obscure", "less famous",
    "less mainstream", "less obvious", "hidden gem", "hidden gems", "under the radar", "more niche",
    "underrated", "not so famous", "obscure", "冷门一点", "更冷门", "冷门", "小众", "小众一点", "没那么有名", "不那么有名",
    "不太出名", "没那么热门", "不那么热门", "没那么火", "冷门佳作", "小众佳作",
)  # fmt: skip
_CHEAPER = ("cheaper", "less expensive", "便宜点", "便宜一点", "更便宜")
_DEARER = ("more expensive", "pricier", "贵一点", "更贵")
_LESS_ZH = re.compile(r"(?:没|不|别)(?:有)?(?:那么|这么|太|要太|要那么)$")
_MORE_ZH_BEFORE = re.compile(r"(?:更|再|要更|再来点|多点|多一点|多些)$")
_MORE_ZH_AFTER = re.compile(r"^的?(?:一点|一些|点|些)(?!都|也)")


@dataclass(frozen=True, slots=True)
class Found:
    """A critique and where it stands."""

    critique: Critique
    start: int
    end: int


class Comparisons:
    """Finds critiques for one schema."""

    def __init__(self, schema: Schema, values: PhraseIndex[tuple[Reading, ...]]) -> None:
        words: dict[str, tuple[str, Direction]] = {}
        for facet in schema.facets.values():
            for phrase in facet.more:
                words.setdefault(key(phrase), (facet.name, "more"))
            for phrase in facet.less:
                words.setdefault(key(phrase), (facet.name, "less"))
        for phrase in _POPULAR_MORE:
            words.setdefault(key(phrase), ("popularity", "more"))
        for phrase in _POPULAR_LESS:
            words.setdefault(key(phrase), ("popularity", "less"))
        for direction, priced in (("less", _CHEAPER), ("more", _DEARER)):
            for phrase in priced:
                words.setdefault(key(phrase), ("price", direction))  # type: ignore[arg-type]
        words.pop("", None)
        self._words: PhraseIndex[tuple[str, Direction]] = PhraseIndex(words)
        self._values = values
        self._schema = schema

    def find(
        self, low: str, found: tuple[Token, ...], spans: Sequence[Span], *, listing: bool
    ) -> tuple[Found, ...]:
        """Critiques by place. `listing` says whether there is a list to criticise."""
        hits = [
            *(h for h in (*self._named(found), *self._compared(low, found)) if not _taste(h, low)),
            *self._graded(low, spans, listing=listing),
            *(self._excessive(low, spans) if listing else ()),
        ]
        hits.sort(key=lambda h: (h.start - h.end, h.start))
        kept: list[Found] = []
        for hit in hits:
            if self._blocked(hit, spans) or any(
                hit.start < k.end and k.start < hit.end for k in kept
            ):
                continue
            hit = self._against(hit, low, spans)
            kept.append(hit if listing or hit.critique.items else self._beside(hit, spans))
        kept.extend(self._alike(low, spans))
        return tuple(sorted(kept, key=lambda k: k.start))

    def _blocked(self, hit: Found, spans: Sequence[Span]) -> bool:
        """Whether the words belong to a range or a name ("longer than two hours")."""
        return any(
            s.kind in ("range", "title", "person") and hit.start < s.end and s.start < hit.end
            for s in spans
        )

    def _named(self, found: tuple[Token, ...]) -> Iterator[Found]:
        for first, last, (facet, direction) in self._words.along(found):
            start, end = found[first].start, found[last - 1].end
            yield Found(Critique(facet, direction), start, end)

    def _compared(self, low: str, found: tuple[Token, ...]) -> Iterator[Found]:
        """Such as "funnier", "darker": comparatives of words for values."""
        for token in found:
            if not token.word.endswith("er") or len(token.word) < 5 or token.word == "better":
                continue
            if self._values.get(token.word):
                continue  # "a gift for a camper": a word of its own
            for base in _bases(token.word):
                readings = self._values.get(base)
                if readings:
                    yield from self._of(readings, "more", token.start, token.end)
                    break

    def _graded(self, low: str, spans: Sequence[Span], *, listing: bool) -> Iterator[Found]:
        """Such as "more romantic", "less dark", 「更搞笑」, 「搞笑一点」."""
        for span in spans:
            if span.kind != "value" or not any(self._gradable(r) for r in span.readings):
                continue
            before, after = low[: span.start].rstrip(), low[span.end :]
            match = re.search(
                r"(?:\b(?:a (?:bit|little|lot) |much |even |something |slightly )*\b(more|less)|\bnot (?:as|so|that|quite as))$",
                before,
            )
            if not listing:
                continue
            if match:
                direction: Direction = "more" if match.group(1) == "more" else "less"
                start = match.start()
            elif _LESS_ZH.search(before):
                start, direction = _LESS_ZH.search(before).start(), "less"  # type: ignore[union-attr]
            elif _MORE_ZH_BEFORE.search(before) or _MORE_ZH_AFTER.search(after):
                start, direction = span.start, "more"
            else:
                continue
            yield from self._of(span.readings, direction, start, span.end)

    def _excessive(self, low: str, spans: Sequence[Span]) -> Iterator[Found]:
        """Such as "the second is too long", 「太老了」 of a list: the other way from there."""
        ranged = {r.facet for s in spans if s.kind == "range" for r in s.readings}
        for place, span in enumerate(spans):
            match = re.search(r"(?:\b(?:way |far |a bit |much )?too |太)$", low[: span.start])
            numbers = [r for r in span.readings if r.interval is not None]
            if span.kind != "value" or match is None or not numbers:
                continue
            if re.search(
                r"\b(?:not|nothing|isn't|never|n't) (?:\w+ )?$|(?:不|别|没)(?:要|想|能|那么)?$",
                low[: match.start()],
            ):
                continue
            facet = self._schema.facet(numbers[0].facet)
            if (
                facet is None
                or facet.name not in ("year", "runtime", "price")
                or facet.name in ranged
            ):
                continue
            start = match.start()
            items: tuple[str, ...] = ()
            before = spans[place - 1] if place else None
            if before is not None and before.items and match.start() - before.end <= 30:
                items, start = before.items[:1], before.start
            low_bound = numbers[0].interval[0] if numbers[0].interval else None
            direction: Direction = "less" if low_bound is not None else "more"
            yield Found(Critique(facet.name, direction, items), start, span.end)

    def _gradable(self, reading: Reading) -> bool:
        facet = self._schema.facet(reading.facet)
        return facet is not None and facet.name not in (
            "country",
            "language",
            "age",
            "year",
            "runtime",
        )

    def _of(
        self, readings: Sequence[Reading], direction: Direction, start: int, end: int
    ) -> Iterator[Found]:
        numbers = [r for r in readings if r.interval is not None]
        if numbers:
            reading = numbers[0]
            low, _ = reading.interval or (None, None)
            flipped = direction if low is not None else _other(direction)
            yield Found(Critique(reading.facet, flipped), start, end)
        elif readings[0].values:
            reading = readings[0]
            yield Found(Critique(reading.facet, direction, value=reading.values[0]), start, end)

    def _against(self, hit: Found, low: str, spans: Sequence[Span]) -> Found:
        """Such as "shorter than that", 「比第二部短一点」: compared with an item rather than the list."""
        for span in spans:
            if span.kind not in ("title", "reference") or not span.items:
                continue
            after = low[hit.end : span.start] if span.start >= hit.end else None
            before = low[max(0, span.start - 3) : span.start]
            if (after is not None and re.fullmatch(r"\s*(?:than|as)\s+(?:the )?", after)) or (
                span.end <= hit.start
                and before.endswith(("比", "没有", "没"))
                and hit.start - span.end <= 6
            ):
                critique = Critique(
                    hit.critique.facet,
                    hit.critique.direction,
                    span.items[:1],
                    value=hit.critique.value,
                )
                return Found(critique, hit.start, max(hit.end, span.end))
        return hit

    def _beside(self, hit: Found, spans: Sequence[Span]) -> Found:
        """Without a list, "like The Matrix but newer" compares with the title named before."""
        before = [s for s in spans if s.kind == "title" and s.end <= hit.start]
        if not before:
            return hit
        c = hit.critique
        items = before[-1].items[:1]
        return Found(Critique(c.facet, c.direction, items, value=c.value), hit.start, hit.end)

    def _alike(self, low: str, spans: Sequence[Span]) -> Iterator[Found]:
        """Such as "more like the second", 「多来点像第二部的」, "nothing like those"."""
        for span in spans:
            if span.kind != "reference" or not span.items:
                continue
            before, after = low[: span.start], low[span.end :]
            english = re.search(
                r"\b(?P<not>nothing|not|less|unlike|no more|different (?:from|to))?(?: \w+)? ?(?:like|similar to|closer to|unlike|different (?:from|to)) $",
                before,
            )
            chinese = re.search(
                r"(?P<not>不要|别)?(?:再?多?来点?|推荐|要|想看|有没有)?(?:更)?(?:像|类似于?|跟|和|与|接近)$",
                before,
            )
            if english and re.search(
                r"\b(?:i|we|they|you|did|does|don't|didn't|doesn't|never|really|also|do|would) (?:\w+ ){0,2}like $",
                before,
            ):
                english = None
            if english or (
                chinese and re.match(r"(?:那|这)?(?:样|种|类|差不多|一样|类似|的|风格|那样)", after)
            ):
                match = english or chinese
                assert match is not None
                negative = bool(match["not"]) or "unlike" in match.group()
                direction: Literal["like", "unlike"] = "unlike" if negative else "like"
                yield Found(Critique("title", direction, span.items), match.start(), span.end)


def _taste(hit: Found, low: str) -> bool:
    """Whether the words say what is liked in general: "I like older movies", 「我喜欢老一点的片子」.

    Nor does a remark ("the newer one was better") ask for anything.
    """
    if remarked(low[: hit.start], low[hit.start : hit.end]):
        return True
    return bool(_LIKES.search(low[: hit.start]) and _KINDS.match(low[hit.end :]))


def _other(direction: Direction) -> Direction:
    return "less" if direction == "more" else "more"


def _bases(word: str) -> Iterator[str]:
    """The words that `word` may be the comparative of.

    >>> list(_bases("funnier")), list(_bases("darker"))
    (['funny', 'funni', 'funnie'], ['dark', 'darke'])
    """
    stem = word[:-2]
    if stem.endswith("i"):
        yield stem[:-1] + "y"
    yield stem
    yield word[:-1]
    if len(stem) > 2 and stem[-1] == stem[-2]:
        yield stem[:-1]
