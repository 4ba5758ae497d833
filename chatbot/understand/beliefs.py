"""Mentions and attitudes to updates of the profile. Decides stances; links nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from chatbot.understand import Context
from chatbot.understand.scope import Attitude
from chatbot.understand.spans import Reading, Span
from chatbot.understand.statements import company, told, wondered
from chatbot.understand.steps import steps
from chatbot.understand.vocabulary import scale, soft
from chatbot.values import Assert, Preference, Stance, Update, Withdraw
from retrieval.catalogue import Catalogue
from retrieval.constraints import Interval

_REFUSED: tuple[Stance, ...] = ("avoid", "forbid")
_STANCE_OF_TASTE: dict[str, Stance] = {
    "like": "like", "similar": "like", "good": "like", "dislike": "avoid", "bad": "avoid",
    "hate": "forbid", "no": "forbid", "soft": "avoid", "except": "forbid", "only": "require",
}  # fmt: skip
_RATHER = re.compile(
    r"\botherwise\b|\bor else\b|\bif not\b|否则|不然|"
    r"\bpreferabl[ey]\b|\bideally\b|\bif possible\b|\bbonus\b|\ba plus\b|"
    r"\ba (?:bit|touch|little|dash|hint) of\b|最好|尽量"
)
"""Words that make a wish optional even when it is the only one."""
_KIND = re.compile(r"(?:这|那)?(?:一)?类(?!似)")
_DEGREE_BEFORE = re.compile(r"(?:很|太|特别|非常|比较|更|有点儿?|超级?|极其?|够|真|那么|这么)$")
_DEGREE_AFTER = re.compile(r"的?(?:一点|一些|点|些|吗)")
_IGNORED = frozenset({"ask", "unseen", "skip"})
_DATING = frozenset("in from of since after before by until till year circa".split())
"""Words before a year that is meant as one."""
_TOLD = "told"
"""The sense of what is told in passing: a person or a kind is a taste, a year is nothing."""


@dataclass
class Kinds:
    """What the facets of one catalogue are like; worked out once."""

    catalogue: Catalogue
    _soft: dict[str, bool] = field(default_factory=dict)
    _scale: dict[str, bool] = field(default_factory=dict)
    _whole: dict[str, bool] = field(default_factory=dict)

    def soft(self, name: str) -> bool:
        """See `vocabulary.soft`."""
        return self._known(self._soft, name, soft)

    def scale(self, name: str) -> bool:
        """See `vocabulary.scale`."""
        return self._known(self._scale, name, scale)

    def _known(self, memo: dict[str, bool], name: str, rule: object) -> bool:
        if name not in memo:
            facet = self.catalogue.schema.facet(name)
            memo[name] = facet is not None and rule(facet, self.catalogue)  # type: ignore[operator]
        return memo[name]

    def step(self, name: str) -> float:
        """The smallest difference worth speaking of: 1 for whole numbers, else a hundredth."""
        if name not in self._whole:
            column = self.catalogue.numbers(name)
            known = column[column == column]
            self._whole[name] = bool((known == known.round()).all())
        return 1.0 if self._whole[name] else 0.01


class Believer:
    """Turns what one text says into updates."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._kinds = Kinds(catalogue)

    def updates(
        self,
        text: str,
        spans: Sequence[Span],
        attitudes: Sequence[Attitude],
        context: Context,
        default: str,
    ) -> list[Update]:
        """Updates in the order of the text.

        Args:
            text: the user's words.
            spans: what is named, by start.
            attitudes: one for each span.
            context: the profile before, the turn.
            default: the sense of mentions nothing governs: "want", "like" or "ask".
        """
        found: list[Update] = []
        firm = {r.facet for s in spans if s.kind == "range" for r in s.readings}
        for span, attitude in zip(spans, attitudes, strict=True):
            sense = attitude.sense or default or _unasked(text, span, attitude)
            if sense in _IGNORED and not (sense == "unseen" and span.kind in ("range", "person")):
                continue
            source = _trimmed(text[attitude.start : attitude.end]) or text.strip()
            if span.kind == "value" and any(r.interval and r.facet in firm for r in span.readings):
                continue  # "old films from the 80s": the number says it better
            if sense == "similar" and span.kind in ("value", "range"):
                sense = "want"  # 「像……一样又搞笑又有深度的国产片」
            if span.kind == "range" and (sense == _TOLD or self._of_a_name(text, span)):
                continue
            say = _Saying(span, attitude, sense, source, context, text)
            if sense in ("allow", "forget"):
                found.extend(self._freed(say))
            elif span.kind in ("title", "reference"):
                found.extend(self._of_title(say))
            elif span.kind == "person" and sense == "seen":
                found.extend(_of_seen_person(say, text))
            elif span.kind in ("value", "range", "person") and sense != "seen":
                found.extend(self._of_values(say, text))
        return _tidy(found)

    def _of_a_name(self, text: str, span: Span) -> bool:
        """Whether a year behind a word is later than anything recorded: "Blade Runner 2049"."""
        before = text[: span.start].rstrip().split()
        if not before or before[-1].lower() in _DATING or not before[-1][-1].isalpha():
            return False
        for reading in span.readings:
            low, high = reading.interval or (None, None)
            if reading.facet == "year" and low is not None and low == high:
                recorded = self._catalogue.numbers("year")
                known = recorded[recorded == recorded]
                return bool(known.size) and low > float(known.max()) + 1
        return False

    def soft(self, reading: Reading) -> bool:
        """Whether a reading states a taste rather than a limit."""
        return self._kinds.soft(reading.facet)

    def applying(self, span: Span, sense: str) -> list[Reading]:
        """The readings of a span that count under `sense`."""
        return self._chosen(span, sense)

    def _of_title(self, say: _Saying) -> Iterator[Update]:
        """A title is liked, avoided or seen; it is never a limit."""
        items = say.span.items[:1] if say.span.kind == "title" else say.span.items
        if say.sense == "seen" or say.attitude.seen:
            for item in items:
                yield say.belief("seen", "title", item)
            if say.sense == "seen":
                return
        negative = say.sense in ("no", "hate", "dislike", "bad", "soft", "except")
        for item in items:
            strength = {"": 0.7, "want": 0.8, "bad": 0.8, "soft": 0.6}.get(say.sense, 1.0)
            yield say.belief("avoid" if negative else "like", "title", item, strength)

    def _of_values(self, say: _Saying, text: str) -> Iterator[Update]:
        readings = self._chosen(say.span, say.sense, kind=self._kind(say.span, text))
        for reading in readings:
            if reading.interval is not None:
                yield from self._of_interval(say, reading.facet, reading.interval)
                continue
            before, after = text[: say.span.start].lower(), text[say.span.end :].lower()
            facet = self._catalogue.schema.facet(reading.facet)
            reading = steps(reading, facet, before, after)
            stance = self._stance(say, reading.facet, alone=len(readings) == 1)
            if stance == "require" and say.attitude.hedged and self._optional(say):
                stance = "like"
            strength = self._strength(say, stance)
            group = say.group
            if len(reading.values) > 1 and not reading.every and stance == "require" and not group:
                group = say.own_group
            for value in reading.values:
                grouped = group if stance == "require" and not reading.every else ""
                yield say.belief(stance, reading.facet, value, strength, grouped)

    def _kind(self, span: Span, text: str) -> bool:
        """Whether a kind is meant: 「恐怖类的」, or its own name and no degree: 「要恐怖的」."""
        if _KIND.match(text[span.end :]):
            return True
        if _DEGREE_BEFORE.search(text[: span.start]) or _DEGREE_AFTER.match(text[span.end :]):
            return False
        said = text[span.start : span.end]
        for reading in span.readings:
            facet = self._catalogue.schema.facet(reading.facet)
            if facet is None or self._kinds.soft(reading.facet):
                continue
            if any(said in facet.value_labels.get(v, {}).values() for v in reading.values):
                return True
        return False

    def _chosen(self, span: Span, sense: str, *, kind: bool = False) -> list[Reading]:
        """The readings that apply: limits before tastes, one facet where several say the same.

        `kind` says that a kind of item is meant, not how much of something it has.
        """
        readings = list(span.readings)
        scales = [r for r in readings if r.interval is not None and self._kinds.scale(r.facet)]
        hard = [r for r in readings if r.values and not self._kinds.soft(r.facet)]
        if scales:
            negative = sense in ("no", "hate", "soft", "dislike", "bad", "except")
            if negative:
                return [*scales, *(hard if sense in ("no", "hate", "except") else [])]
            if kind and hard:
                return hard[:1]
            tastes = [r for r in readings if r.values and self._kinds.soft(r.facet)]
            return tastes[:1] or scales
        if hard:
            intervals = [r for r in readings if r.interval is not None]
            both = all(r.spoken for r in hard)
            return [*intervals, *(hard if both else hard[:1])]
        ranged = [r for r in readings if r.interval is not None]
        return ranged or readings[:1]

    def _stance(self, say: _Saying, facet: str, *, alone: bool) -> Stance:
        taste = _STANCE_OF_TASTE.get(say.sense)
        if taste is not None:
            return taste
        if say.sense == _TOLD or self._company(say):
            return "like"
        if say.sense == "unseen" and say.span.kind == "person":
            return "like"  # whose work is still to be discovered
        if self._kinds.soft(facet) or say.sense == "seen":
            return "like"
        return "require"

    def _company(self, say: _Saying) -> bool:
        """Whether the ones it is for are named, not a kind: "with my children"."""
        return say.sense != "only" and company(*_around(say.text, say.span, say.attitude))

    def _optional(self, say: _Saying) -> bool:
        """Whether a hedged wish stands beside others; alone, "maybe a comedy" is the request."""
        if _RATHER.search(say.source.casefold()):
            return True
        return any(p.stance == "require" for p in say.context.profile.preferences)

    def _strength(self, say: _Saying, stance: Stance) -> float:
        if say.sense == "soft":
            return 0.8
        base = 0.6 if say.sense == _TOLD else 1.0
        return round(base * (0.5 if say.attitude.hedged else 1.0), 2)

    def _of_interval(self, say: _Saying, facet: str, interval: Interval) -> Iterator[Update]:
        firm = say.span.kind == "range"
        strength = 0.5 if say.attitude.hedged else 1.0 if firm else 0.8
        kind = self._catalogue.schema.facet(facet)
        if kind is not None and "age" in kind.name:
            # Whoever it is for, the item has to suit them.
            yield say.belief("require", facet, interval, 1.0 if not say.attitude.hedged else 0.5)
            return
        if say.sense in ("no", "hate", "soft", "bad", "except") or (
            say.sense == "dislike" and not firm and self._kinds.scale(facet)
        ):
            rest = complement(interval, self._kinds.step(facet))
            if rest is not None:
                yield say.belief(
                    "require", facet, rest, 1.0 if say.sense in ("no", "hate", "except") else 0.9
                )
            else:
                yield say.belief("forbid", facet, interval, 1.0)
        elif say.sense == "dislike":
            yield say.belief("avoid", facet, interval, strength)
        elif say.sense in ("like", "similar", "good") or self._kinds.scale(facet):
            yield say.belief("like", facet, interval, strength)
        else:
            yield say.belief("require", facet, interval, strength)

    def _freed(self, say: _Saying) -> Iterator[Update]:
        """Such as "Horror is fine", 「恐怖片也可以」, "forget Tom Hanks": earlier limits go."""
        profile = say.context.profile.preferences
        if say.span.kind in ("title", "reference"):
            for item in say.span.items[:1]:
                if any(
                    p.facet == "title" and p.value == item and p.stance == "avoid" for p in profile
                ):
                    yield Withdraw("title", item, ("avoid",), say.source)
            return
        found = [u for reading in say.span.readings for u in self._free(say, reading)]
        yield from found
        if not found and say.sense == "allow":
            for reading in self._chosen(say.span, say.sense):
                for value in reading.values:
                    yield say.belief("like", reading.facet, value, 0.4)

    def _free(self, say: _Saying, reading: Reading) -> Iterator[Update]:
        """Withdrawals of what is held about one reading."""
        profile = say.context.profile.preferences
        stances: tuple[Stance, ...] = _REFUSED if say.sense == "allow" else ()
        for value in reading.values:
            for p in profile:
                if not _speaks(p, reading.facet, value, self._catalogue):
                    continue
                if say.sense == "forget":
                    yield Withdraw(p.facet, p.value, (), say.source)
                elif p.stance in stances:
                    yield Withdraw(p.facet, p.value, stances, say.source)
                    yield from _siblings(p, say)
        if reading.interval is not None and any(p.facet == reading.facet for p in profile):
            yield Withdraw(reading.facet, None, (), say.source)


def _around(text: str, span: Span, attitude: Attitude) -> tuple[str, str, str]:
    """(the mention, what stands before it in its clause, what stands behind it), lowered."""
    low = text.casefold() if len(text.casefold()) == len(text) else text.lower()
    start = min(attitude.start, span.start)
    return low[span.start : span.end], low[start : span.start], low[span.end : attitude.end]


def _unasked(text: str, span: Span, attitude: Attitude) -> str:
    """The sense of a mention that nothing governs: told in passing, wondered about, asked for."""
    if span.kind not in ("value", "person", "range"):
        return ""
    _, before, after = _around(text, span, attitude)
    if wondered(before):
        return "ask"
    return _TOLD if told(before, after) else ""


def _of_seen_person(say: _Saying, text: str) -> Iterator[Update]:
    """Whose work one has seen before is liked where others like it are asked for."""
    if not _OTHERS_LIKE.search(text.casefold()):
        return
    for reading in say.span.readings:
        for value in reading.values:
            yield say.belief("like", reading.facet, value, 0.8)


_OTHERS_LIKE = re.compile(
    r"类似|这样的|这种|\bsimilar\b|\b(?:films|movies|more|others|something) like\b"
)


def _trimmed(clause: str) -> str:
    """A clause without the words that join it to the one before."""
    return re.sub(r"^(?:and|but|so)\s+", "", clause.strip(" \t\n,，;；、"), flags=re.IGNORECASE)


def _speaks(p: Preference, facet: str, value: str, catalogue: Catalogue) -> bool:
    same = p.facet == facet or p.facet in catalogue.schema.expand(facet)
    return same and p.value == value


def _siblings(refused: Preference, say: _Saying) -> Iterator[Update]:
    """What the same words had forbidden beside it ("nothing scary" is a genre and a scale)."""
    for p in say.context.profile.preferences:
        if p is not refused and p.source == refused.source and p.turn == refused.turn:
            if isinstance(p.value, tuple):
                yield Withdraw(p.facet, None, (), say.source)


def complement(interval: Interval, step: float) -> Interval | None:
    """Everything outside a one-sided interval; None for a two-sided one.

    >>> complement((2.0, None), 1.0), complement((None, 1999.0), 1.0), complement((1.0, 2.0), 1.0)
    ((None, 1.0), (2000.0, None), None)
    """
    low, high = interval
    if low is not None and high is None:
        return (None, low - step)
    if high is not None and low is None:
        return (high + step, None)
    return None


@dataclass(frozen=True, slots=True)
class _Saying:
    """One mention as it is meant."""

    span: Span
    attitude: Attitude
    sense: str
    source: str
    context: Context
    text: str = ""

    @property
    def own_group(self) -> str:
        return f"t{self.context.turn}.{self.span.start}"

    @property
    def group(self) -> str:
        if self.attitude.group < 0 or not self.attitude.either:
            return ""
        return f"t{self.context.turn}.g{self.attitude.group}"

    def belief(
        self,
        stance: Stance,
        facet: str,
        value: str | Interval,
        strength: float = 1.0,
        group: str = "",
    ) -> Assert:
        session = self.attitude.tonight and self.sense not in (
            "like",
            "hate",
            "seen",
            "good",
            "bad",
        )
        return Assert(
            Preference(
                stance,
                facet,
                value,
                strength=strength,
                source=self.source,
                turn=self.context.turn,
                scope="session" if session and stance != "seen" else "always",
                group=group,
                about=self.attitude.about,
            )
        )


def _tidy(updates: Sequence[Update]) -> list[Update]:
    """Without doubles; a group of one value is no group; lists of one facet only."""
    seen: set[Update] = set()
    found = [u for u in updates if not (u in seen or seen.add(u))]  # type: ignore[func-returns-value]
    sizes: dict[tuple[str, str], int] = {}
    for u in found:
        if isinstance(u, Assert) and u.preference.group:
            where = (u.preference.group, u.preference.facet)
            sizes[where] = sizes.get(where, 0) + 1
    return [_alone(u) if _lonely(u, sizes) else u for u in found]


def _lonely(update: Update, sizes: dict[tuple[str, str], int]) -> bool:
    if not isinstance(update, Assert) or not update.preference.group:
        return False
    return sizes[(update.preference.group, update.preference.facet)] < 2


def _alone(update: Update) -> Update:
    assert isinstance(update, Assert)
    return Assert(replace(update.preference, group=""))
