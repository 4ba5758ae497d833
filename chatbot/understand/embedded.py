# ruff: noqa: E501  (patterns and word lists read best on one line)
"""The embedded reader: no language model, the same words always read the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from chatbot.understand import Context, abroad, amends, classifier, whole
from chatbot.understand.bare import bare
from chatbot.understand.beliefs import Believer
from chatbot.understand.classifier import ScopeClassifier
from chatbot.understand.comparisons import Comparisons, Found
from chatbot.understand.cues import Cue
from chatbot.understand.cues import find as find_cues
from chatbot.understand.described import described
from chatbot.understand.facets import FacetWords
from chatbot.understand.intents import Signs, asks, aspect, intents
from chatbot.understand.language import detect
from chatbot.understand.linker import Linker
from chatbot.understand.numerals import HAN, number
from chatbot.understand.references import References
from chatbot.understand.scope import attitudes
from chatbot.understand.spans import Span
from chatbot.understand.superlatives import Extreme, Superlatives
from chatbot.understand.text import clauses, lowered, tokens
from chatbot.understand.unrecorded import unrecorded
from chatbot.values import (
    Assert,
    Critique,
    Intent,
    Language,
    Mention,
    Preference,
    Understanding,
    Update,
    Withdraw,
)
from retrieval.catalogue import Catalogue
from retrieval.embeddings import Embedder

_Term = tuple[str, Literal["like", "forbid"], tuple[int, int]]
"""A subject that no facet has, its stance, and where it stands."""
_SENTIMENT = {
    "like": 0.8, "good": 0.8, "similar": 0.6, "want": 0.4, "only": 0.6, "allow": 0.2,
    "dislike": -0.6, "bad": -0.8, "hate": -1.0, "no": -0.8, "soft": -0.5,
}  # fmt: skip
_ASKABLE = frozenset({"", "want", "soft", "no", "bad", "good"})
_DOUBTFUL: frozenset[Intent] = frozenset(
    {"unclear", "recommend", "inform", "ask_item", "accept", "smalltalk"}
)
_PLAIN_YES = re.compile(r"\b(?:sounds?|looks?) (?:like|good|great)|\bi'll\b|\blet's\b")
_OVERRULES = 0.55
_OURS = re.compile(
    r"\b(?:movies?|films?|cinema|flicks?|watch(?:ed|ing)?|seen|actors?|actress(?:es)?|directors?|directed|starring|trailers?|"
    r"genres?|sequels?|plot|netflix|character|scenes?)\b|电影|片|导演|演员|主演|剧情|看(?!到|一下|见)"
)
_VAGUE = re.compile(
    r"it|this|that|action|music|family|history|war|sport|crime|short", re.IGNORECASE
)
_TELLING = frozenset({"genre", "mood", "scary", "violence", "certificate"})
_ACTS: frozenset[Intent] = frozenset({"reset", "handoff", "draft", "support"})
_POINTING: frozenset[Intent] = frozenset({"ask_item", "compare", "explain", "draft"})
"""Intents that point at items without saying that they are liked."""


class EmbeddedReader:
    """Implements `Reader` for one catalogue. Safe to share between threads once built.

    Args:
        catalogue: what is linked to; its indexes are built on the first text (or by `warm`).
        embedder: for the classifier, asked only where the rules are unsure; None = rules alone.
        known: whether a word stands in any item's texts; None = nobody knows, and what names
            nothing recorded is not searched by its words.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        embedder: Embedder | None = None,
        known: Callable[[str], bool] | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.known = known
        self._embedder = embedder
        self.linker = Linker(catalogue)
        """Finds what a text names; a reader that asks a language model checks it by this."""
        self._references = References(catalogue)
        self._believer = Believer(catalogue)
        self._facets = FacetWords(catalogue.schema)
        self._superlatives = Superlatives(catalogue.schema)
        self._comparisons: Comparisons | None = None
        self._scope: ScopeClassifier | None = None
        self._scope_read = embedder is None

    def warm(self) -> None:
        """Build the indexes now instead of at the first text."""
        self.linker.warm()
        self._compare()

    def _compare(self) -> Comparisons:
        if self._comparisons is None:
            self._comparisons = Comparisons(self.catalogue.schema, self.linker.values)
        return self._comparisons

    def _outside(self, text: str, language: Language) -> float:
        """Chance that a text is not for us; 0 where nobody can tell."""
        if language == "zh":
            films = self.catalogue.schema.domain == "films"
            return 0.9 if films and classifier.chinese_outside(text) else 0.0
        if not self._scope_read:
            self._scope = classifier.load(self._embedder, self.catalogue.schema.domain)
            self._scope_read = True
        if self._scope is None:
            return 0.0
        chance = self._scope.outside(text)
        return chance if chance >= self._scope.threshold else 0.0

    def read(self, text: str, context: Context) -> Understanding:
        """See `Reader.read`."""
        return _Turn(self, text, context).read()


class _Turn:
    """The reading of one text."""

    def __init__(self, reader: EmbeddedReader, text: str, context: Context) -> None:
        self.reader, self.text, self.context = reader, text, context
        self.low = lowered(text)
        self.language = detect(text, context.language)
        asked = context.question.facet if context.question else ""
        named = reader.linker.spans(text, asked)
        pointed = reader._references.find(self.low, context, named)
        self.spans: list[Span] = sorted((*named, *pointed), key=lambda s: s.start)
        self.cues: tuple[Cue, ...] = find_cues(
            self.low, [(s.start, s.end) for s in self.spans if s.kind != "reference"]
        )
        hits = reader._compare().find(
            self.low, tokens(text), self.spans, listing=bool(context.listed)
        )
        self.whole = whole.seen(self.low, text, self.spans, reader.catalogue, context)
        self.spans = [s for s in self.spans if s not in self.whole.spans]
        self.extreme = reader._superlatives.asked(self.low) if self._several() else None
        asked_for, self.allowed = amends.accepted(self.low, hits)
        self.critiques = (*asked_for, *amends.alike(self.low, context.listed))
        self._cut()
        places = [(s.start, s.end) for s in self.spans]
        self.clauses = clauses(text, places)
        self.pairs = attitudes(self.low, self.spans, self.cues, self.clauses)
        self.attitudes = [a for _, a in self.pairs]

    def _cut(self) -> None:
        """What a critique covers is neither a mention nor a cue."""
        covered = [(f.start, f.end) for f in (*self.critiques, *self.allowed)]

        def free(start: int, end: int) -> bool:
            return not any(start < e and s < end for s, e in covered)

        self.spans = [s for s in self.spans if free(s.start, s.end)]
        self.cues = tuple(c for c in self.cues if free(c.start, c.end))

    def read(self) -> Understanding:
        default = self._default()
        updates: list[Update] = []
        freed, blocked = self.reader._facets.withdrawn(self.low, self.text, self.cues, self.spans)
        updates.extend(freed)
        if default == "ask":
            # A question about an item states no wishes, whatever it asks ("is it too scary?").
            self.pairs = tuple(
                (s, replace(a, sense="ask") if a.sense in _ASKABLE else a) for s, a in self.pairs
            )
            self.attitudes = [a for _, a in self.pairs]
        pairs = [
            (s, a) for s, a in self.pairs if not any(s.start < e and b < s.end for b, e in blocked)
        ]
        updates.extend(
            self.reader._believer.updates(
                self.text, [s for s, _ in pairs], [a for _, a in pairs], self.context, default
            )
        )
        updates.extend(self._terms_beliefs())
        updates.extend(self.whole.updates)
        updates.extend(self._ends())
        updates.extend(
            abroad.wishes(self.low, self.reader.catalogue.schema, self.language, self.context)
        )
        updates = self._amended(updates)
        withdraws = any(isinstance(u, Withdraw) for u in updates)
        found = intents(self._signs(default, withdraws=withdraws))
        intent, confidence, also = self._intent(found)
        if self.extreme is not None:
            return self._superlative(self.extreme)
        if self.whole.updates:
            intent, confidence = "seen", 0.9
        if intent == "unclear" and any(isinstance(u, Assert) for u in updates):
            intent, confidence = "recommend", 0.85
        if intent in _POINTING:
            updates = [u for u in updates if not _points(u) and not _free(u)]
            self.critiques = ()  # "which is scarier?" asks, it does not ask for scarier ones
        if intent in _DOUBTFUL and not self._evidence() and not self._bare(updates):
            outside = self.reader._outside(self.text, self.language)
            # What was linked speaks for us: it takes more to overrule it.
            if outside > (_OVERRULES if self.spans and intent != "unclear" else 0.0):
                intent, confidence, also, updates = "out_of_scope", outside, (), []
        asked_in_vain = unrecorded(self.low, self.reader.catalogue.schema)
        if asked_in_vain and intent == "unclear":
            intent, confidence = "recommend", 0.7
        words = self._described() if intent == "unclear" else ()
        if words:
            intent, confidence = "recommend", 0.6
            updates = [Assert(self._wish(words[0]))]
        return Understanding(
            intent=intent,
            updates=() if intent in _ACTS else tuple(updates),
            mentions=self._mentions(),
            critiques=tuple(self._with_source(f) for f in self.critiques),
            items=self._items(intent),
            aspect=(aspect(self._pointing()) or aspect(self.low)) if intent == "ask_item" else "",
            terms=() if intent in _POINTING else words or self._terms(),
            count=count(self.low),
            language=self.language,
            confidence=confidence,
            also=also,
            ambiguous=self._ambiguous(),
            unknown=tuple(dict.fromkeys(s.name for s in self.spans if s.kind == "unknown")),
            unrecorded=asked_in_vain if intent in ("recommend", "inform", "critique") else (),
        )

    def _several(self) -> bool:
        """Whether there are items of which one can be the most of something."""
        named = [s for s in self.spans if s.kind == "title"]
        pointed = any(len(s.items) > 1 for s in self.spans if s.kind == "reference")
        return len(named) > 1 or pointed or bool(self.context.listed)

    def _ends(self) -> Iterator[Update]:
        """Such as "the longest film you have": the outer twentieth of the catalogue, as a wish."""
        found = None if self.extreme is not None else self.reader._superlatives.wished(self.low)
        facet = self.reader.catalogue.schema.facet(found.facet) if found is not None else None
        if found is None or facet is None or facet.kind != "number":
            return
        column = self.reader.catalogue.numbers(facet.name)
        known = np.sort(column[~np.isnan(column)])
        if len(known):
            at = int((0.95 if found.end == "most" else 0.05) * (len(known) - 1))
            edge = float(known[at])
            interval = (edge, None) if found.end == "most" else (None, edge)
            yield Assert(
                Preference(
                    "like", facet.name, interval, source=self.text.strip(), turn=self.context.turn
                )
            )

    def _described(self) -> tuple[str, ...]:
        """The whole text as words to search by, where it seems to describe an item."""
        known, listing = self.reader.known, bool(self.context.listed)
        if known is None or not described(self.low, known, listing=listing):
            return ()
        return (self.text.strip(" .,!?。，！？"),)

    def _wish(self, term: str) -> Preference:
        return Preference(
            "like", "term", term, 0.7, source=self.text.strip(), turn=self.context.turn
        )

    def _superlative(self, extreme: Extreme) -> Understanding:
        """A question for the shortest, newest, best rated of some items."""
        named = [i for s in self.spans if s.kind == "title" for i in s.items[:1]]
        pointed = [i for s in self.spans if s.kind == "reference" for i in s.items]
        items = tuple(dict.fromkeys([*named, *pointed]))
        return Understanding(
            "ask_item",
            mentions=self._mentions(),
            items=items if len(items) > 1 else self.context.listed,
            aspect=extreme.aspect,
            language=self.language,
            confidence=0.95,
        )

    def _amended(self, updates: Sequence[Update]) -> list[Update]:
        """The updates with what the user's second thoughts let go."""
        held = self.context.profile.preferences
        people = self.reader.catalogue.schema.people()
        return [
            *amends.freed(self.allowed, self.text),
            *amends.others(self.low, held, people, self.context.turn),
            *amends.replaced(self.low, updates, held, people=people),
        ]

    def _default(self) -> str:
        """The sense of mentions that nothing governs."""
        if self._asks() and (re.search(r"[?？]|吗|呢", self.text) or asks(self._pointing())):
            return "ask"
        return ""

    def _asks(self) -> bool:
        names = [s for s in self.spans if s.kind in ("title", "reference")]
        wants = any(c.kind in ("want", "similar") and not c.post for c in self.cues)
        return bool(names) and not wants

    def _pointing(self) -> str:
        """The lowered text with "it" for every item it names, for rules about questions."""
        low = self.low
        for span in reversed(self.spans):
            if span.kind in ("title", "reference"):
                low = f"{low[: span.start]}it{low[span.end :]}"
        return low

    def _signs(self, default: str, *, withdraws: bool) -> Signs:
        senses = {a.sense or default or "want" for a in self.attitudes}
        return Signs(
            low=self.low,
            pointing=self._pointing(),
            senses=frozenset(senses),
            titles=any(s.kind in ("title", "reference") for s in self.spans)
            or any(c.critique.items for c in self.critiques),
            values=any(s.kind in ("value", "range", "person") for s in self.spans),
            critiques=bool(self.critiques),
            withdraws=withdraws,
            listing=bool(self.context.listed),
            asked=self.context.question is not None,
            unknown=any(s.kind == "unknown" for s in self.spans),
            firm=any(
                s.kind in ("person", "range")
                or any(not self.reader._believer.soft(r) for r in s.readings)
                for s in self.spans
                if s.kind in ("value", "person", "range")
            ),
        )

    def _intent(
        self, found: Sequence[tuple[Intent, float]]
    ) -> tuple[Intent, float, tuple[Intent, ...]]:
        if not found and (count(self.low) or self._terms()):
            return "recommend", 0.7, ()
        if not found:
            return "unclear", 0.3, ()
        (intent, sure), rest = found[0], found[1:]
        return intent, sure, tuple(i for i, _ in rest)

    def _evidence(self) -> bool:
        """Whether something in the text can only be about the catalogue."""
        if _OURS.search(self.low) or self.critiques:
            return True
        for span in self.spans:
            if (span.kind == "title" and span.sure) or span.kind == "person":
                return True
            if span.kind == "reference" and (
                len(span.items) > 1 or not _VAGUE.fullmatch(span.name)
            ):
                return True
            if any(r.facet in _TELLING for r in span.readings) and not _VAGUE.fullmatch(span.name):
                return True
        pointed = any(s.kind == "reference" for s in self.spans)
        if pointed and (aspect(self.low) or (self.context.listed and _PLAIN_YES.search(self.low))):
            return True
        return self.context.question is not None

    def _bare(self, updates: Sequence[Update]) -> bool:
        """Whether the text is a limit or a taste and hardly a word more."""
        named = [(s.start, s.end) for s in self.spans if s.kind in ("value", "range", "person")]
        covered = [*named, *(place for _, _, place in self._term_spans())]
        return bool(updates) and bare(self.low, covered, listing=bool(self.context.listed))

    def _with_source(self, found: Found) -> Critique:
        c = found.critique
        said = self.text[found.start : found.end].strip()
        if excess := re.search(r"\btoo\s.*$|太.*$", said, re.IGNORECASE | re.DOTALL):
            said = excess.group()
            said = f"不要{said}" if said.startswith("太") else f"not {said}"
        return Critique(c.facet, c.direction, c.items, said, c.value)

    def _mentions(self) -> tuple[Mention, ...]:
        found = []
        for span, attitude in self.pairs[: len(self.spans)]:
            if span.kind == "unknown":
                continue
            sentiment = _SENTIMENT.get(attitude.sense, 0.0)
            if span.kind in ("title", "reference"):
                found.append(
                    Mention(
                        "title",
                        span.items[0],
                        span.start,
                        span.end,
                        span.items,
                        sentiment,
                        span.confidence,
                    )
                )
                continue
            for reading in self.reader._believer.applying(span, attitude.sense):
                for value in reading.values or (self.text[span.start : span.end],):
                    found.append(
                        Mention(
                            reading.facet,
                            value,
                            span.start,
                            span.end,
                            (),
                            sentiment,
                            span.confidence,
                        )
                    )
        return tuple(found)

    def _items(self, intent: Intent) -> tuple[str, ...]:
        named = [i for s in self.spans if s.kind == "title" for i in s.items[:1]]
        pointed = [i for s in self.spans if s.kind == "reference" for i in s.items]
        criticised = [i for f in self.critiques for i in f.critique.items]
        items = tuple(dict.fromkeys([*named, *pointed, *criticised]))
        if items:
            return items
        listed = self.context.listed
        if intent in ("ask_item", "accept", "explain", "seen", "draft"):
            if self.context.focus:
                return (self.context.focus,)
            if len(listed) == 1:
                return listed
        if intent in ("compare", "reject", "draft"):
            return listed
        return ()

    def _ambiguous(self) -> tuple[str, ...]:
        for span in self.spans:
            if span.kind == "title" and len(span.others) > 1:
                return span.others
        return ()

    def _terms(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(term for term, _, _ in self._term_spans()))

    def _term_spans(self) -> list[_Term]:
        found: list[_Term] = []
        for m in _ABOUT.finditer(self.low):
            start, end = m.span("what")
            if any(s.start < end and start < s.end for s in self.spans):
                continue
            term = self.text[start:end].strip(" .,!?")
            if term and term.lower() not in _NO_TERMS:
                found.append((term, "like", (start, end)))
        found.extend(self._chinese_terms())
        taken = abroad.places(self.low)
        return [t for t in found if not any(t[2][0] < e and s < t[2][1] for s, e in taken)]

    def _chinese_terms(self) -> Iterator[_Term]:
        """Subjects that name no facet: 「关于钓鱼的电影」, 「贺岁片」, 「校园题材」."""
        for pattern in _ABOUT_ZH:
            for m in pattern.finditer(self.low):
                start, end = m.span("what")
                if any(s.start < end and start < s.end for s in self.spans):
                    continue
                if any(c.start < end and start < c.end for c in self.cues if c.kind != "good"):
                    continue
                before = self.low[:start]
                refused = re.search(r"(?:不要|不想看|别|不看|讨厌)[^，。！？,]{0,4}$", before)
                yield m["what"], "forbid" if refused else "like", (start, end)

    def _terms_beliefs(self) -> list[Update]:
        return [
            Assert(
                Preference(
                    stance, "term", term, 0.7, source=self.text.strip(), turn=self.context.turn
                )
            )
            for term, stance, _ in self._term_spans()
        ]


def _points(update: Update) -> bool:
    """Whether an update likes an item only because it was pointed at."""
    if not isinstance(update, Assert):
        return False
    p = update.preference
    return p.facet == "title" and p.stance == "like" and p.strength < 1


def _free(update: Update) -> bool:
    """Whether an update is about free words, which a question's words are not."""
    return isinstance(update, Assert) and update.preference.facet == "term"


_ABOUT = re.compile(
    r"(?:\b(?:movies?|films?|something|anything|stor(?:y|ies)|books?|documentar(?:y|ies)|one|ones|courses?) (?:about|involving|set in|on|featuring) (?:the |a |an )?(?P<what>[a-z][a-z'-]+(?: [a-z][a-z'-]+)?))(?=\s*(?:$|[.,!?;]|\band\b|\bor\b|\bbut\b|\bwith\b|\bfrom\b|\bplease\b|\bfor\b))"
)
_WORD_ZH = r"(?:(?![什哪这那一几别其他好看老新大推荐想要有的是我你她它不没很太最更些点部个名照图烂正后来讲了过吗呢啥])[\u4e00-\u9fff])"
_ABOUT_ZH = (
    re.compile(
        rf"(?:关于|讲述?的?是?|描写|涉及|发生在|围绕|反映)(?P<what>{_WORD_ZH}{{2,6}}?)(?:的|题材|故事|为背景|$|[，。！？,.!?])"
    ),
    re.compile(rf"(?:跟|和|与)(?P<what>{_WORD_ZH}{{1,6}}?)(?:有关|相关)"),
    re.compile(rf"(?P<what>{_WORD_ZH}{{2,3}}?)(?:题材|主题|为背景)"),
    re.compile(
        rf"(?:^|[^\u4e00-\u9fff]|(?!{_WORD_ZH}).)(?P<what>{_WORD_ZH}{{2,3}})片(?!子|段|名|长|头|尾|刻|面)"
    ),
)
_NO_TERMS = frozenset(
    "it that this them you me which what us him her these those anything something".split()
)
_COUNT = re.compile(
    rf"\b(?P<n>\d{{1,2}}|one|two|three|four|five|six|seven|eight|ten|a couple of|a few) (?:\w+ ){{0,2}}?(?:more |other |good |great )?(?:films?|movies?|recommendations?|suggestions?|books?|options?|picks?|titles?|results?|courses?|restaurants?|products?)\b|"
    rf"\b(?:give|show|find|recommend|list|suggest|tell|get|pick)(?: me| us)? (?:me )?(?:just |only |another )?(?P<n2>\d{{1,2}}|two|three|four|five|six|seven|eight|nine|ten)(?: more| others?| instead| please| then)*\s*(?:$|[.,!?])|\b(?:give|show|find|recommend|list|suggest|get|pick)(?: me| us)? (?P<n4>\d{{1,2}}|two|three|four|five|six|seven|eight|nine|ten) (?=[a-z]{{3}})(?!(?:hours?|minutes?|mins?|stars?|years?)\b)|\b(?:top|just|only|make (?:it|that)) (?P<n3>\d{{1,2}}|two|three|four|five|six|seven|eight|nine|ten)\s*(?:$|[.,!?])|"
    rf"(?:推荐|来|给我|找|要|列|换)(?:我)?(?:个)?(?P<zh>{HAN}|\d{{1,2}})(?:部|个|本|家|款|条|张)|(?:^|[，,。 ]|只要?|就)(?P<zh2>{HAN}|\d{{1,2}})(?:部|个|本|家|款|条|张)(?:就)?(?:够|行|好)"
)


def count(low: str) -> int | None:
    """How many items were asked for, or None.

    >>> count("give me three comedy films"), count("推荐五部科幻片"), count("films from the 90s")
    (3, 5, None)
    """
    match = _COUNT.search(low)
    if match is None:
        return None
    said = match["zh"] or match["zh2"]
    value = number(match["n"] or match["n2"] or match["n3"] or match["n4"] or said)
    if said == "一" and not _JUST_ONE.search(low):
        return None  # 「找一部」 is how a request begins, as "a film" is
    return int(value) if value is not None and 1 <= value <= 50 else None


_JUST_ONE = re.compile(
    r"(?:只|就|仅)(?:推荐|来|给我|要|想要|看|找|需要)?(?:我)?一(?:部|个|本|家|款)|一(?:部|个|本|家|款)就(?:够|行|好)"
)
