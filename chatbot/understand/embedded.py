"""The embedded reader: no language model, the same words always read the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from chatbot.understand import Context, abroad, amends, classifier, whole
from chatbot.understand.asked_facet import AskedFacets
from chatbot.understand.bare import bare
from chatbot.understand.beliefs import Believer
from chatbot.understand.classifier import ScopeClassifier
from chatbot.understand.comparisons import Comparisons, Found
from chatbot.understand.cost import costs
from chatbot.understand.counting import count
from chatbot.understand.cues import Cue
from chatbot.understand.cues import find as find_cues
from chatbot.understand.described import FRAMED, Described, described
from chatbot.understand.facets import FacetWords
from chatbot.understand.intents import Signs, asks, aspect, intents
from chatbot.understand.language import detect
from chatbot.understand.linker import Linker
from chatbot.understand.mentions import mentions
from chatbot.understand.references import References
from chatbot.understand.scope import attitudes
from chatbot.understand.spans import Span
from chatbot.understand.superlatives import Extreme, Superlatives, edge
from chatbot.understand.terms import subjects
from chatbot.understand.text import clauses, lowered, tokens
from chatbot.understand.unrecorded import unrecorded
from chatbot.values import (
    Assert,
    Critique,
    Intent,
    Language,
    Preference,
    Stance,
    Understanding,
    Update,
    Withdraw,
)
from retrieval.catalogue import Catalogue
from retrieval.constraints import Interval
from retrieval.embeddings import Embedder

_ASKABLE = frozenset({"", "want", "soft", "no", "bad", "good"})
_DOUBTFUL: frozenset[Intent] = frozenset(
    {"unclear", "recommend", "inform", "ask_item", "accept", "smalltalk"}
)
_OF_THESE = re.compile(r"\b(?:of|among) (?:these|those|them|the)\b|这(?:几|些|里)|其中|里面?哪")
_IT = re.compile(r"\bit\b|它")
_BESIDE = re.compile(r"\b(?:than|compared|versus|vs|next to|against)\b|[跟和与同].{1,12}比|比起")
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
_SEEKS = re.compile(
    r"\bwhat (?:else )?(?:should|can|could|shall|do|would) (?:i|we|you) "
    r"(?:watch|see|read|buy|take|try|eat|get|pick|learn|play|recommend|suggest)\b"
    r"|\bany (?:other |good |more )?(?:recommendations?|suggestions?|ideas)\b"
    r"|\b(?:can|could|would) you (?:please )?(?:recommend|suggest)\b"
    r"|(?:看|读|买|学|吃|听|推荐)(?:点儿?|些|一?部)?(?:什么|啥)(?!意思)"
)
_POINTING: frozenset[Intent] = frozenset({"ask_item", "compare", "explain", "draft"})
"""Intents that point at items without saying that they are liked."""


class EmbeddedReader:
    """Implements `Reader` for one catalogue. Safe to share between threads once built.

    Args:
        catalogue: what is linked to; its indexes are built on the first text (or by `warm`).
        embedder: for the classifier, asked only where the rules are unsure; None = rules alone.
        share: the part of all items whose texts hold a word; None = nobody knows, and what names
            nothing recorded is not searched by its words.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        embedder: Embedder | None = None,
        share: Callable[[str], float] | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.share = share
        self._embedder = embedder
        self.linker = Linker(catalogue)
        """Finds what a text names; a reader that asks a language model checks it by this."""
        self._references = References(catalogue)
        self._believer = Believer(catalogue)
        self._facets = FacetWords(catalogue.schema)
        self._superlatives = Superlatives(catalogue.schema)
        self._asked = AskedFacets(catalogue.schema)
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
        people = [s for s in pointed if s.kind == "person"]
        named = tuple(s for s in named if not any(s.overlaps(p) for p in people))
        self.spans: list[Span] = sorted((*named, *pointed), key=lambda s: s.start)
        self.cues: tuple[Cue, ...] = find_cues(
            self.low, [(s.start, s.end) for s in self.spans if s.kind != "reference"]
        )
        hits = reader._compare().find(
            self.low, tokens(text), self.spans, listing=bool(context.listed)
        )
        self.whole = whole.seen(self.low, text, self.spans, reader.catalogue, context)
        self.spans = [s for s in self.spans if s not in self.whole.spans]
        self.extreme = self._extreme()
        asked_for, self.allowed = amends.accepted(self.low, hits)
        self.critiques = (*asked_for, *amends.alike(self.low, context.listed))
        self._cut()
        places = [(s.start, s.end) for s in self.spans]
        self.clauses = clauses(text, places)
        self.pairs = attitudes(self.low, self.spans, self.cues, self.clauses)
        self.attitudes = [a for _, a in self.pairs]
        self.subjects = subjects(text, self.low, self.spans, self.cues)

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
        intent, confidence, also = self._intent(intents(self._signs(default, withdraws=withdraws)))
        if self.extreme is not None:
            return self._superlative(self.extreme)
        if self.whole.updates:
            intent, confidence = "seen", 0.9
        facet = self._asked_facet(default) if self._pointed(intent) else ""
        if not facet and any(s.kind in ("title", "reference") for s in self.spans):
            facet = self.reader._asked.surely(self._pointing())
        if facet and intent in ("unclear", "recommend", "inform", "ask_item", "smalltalk"):
            intent, confidence = "ask_item", 0.9
        else:
            facet = ""
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
        words: tuple[str, ...] = ()
        idle = intent == "unclear" or (self._idle(updates) and intent in ("inform", "recommend"))
        if idle and (found := self._described()) is not None:
            intent, confidence = "recommend", 0.6
            words = () if found.refused else (found.words,)
            updates = [Assert(self._wish(found))]
        return Understanding(
            intent=intent,
            updates=() if intent in _ACTS else tuple(updates),
            mentions=mentions(self.text, self.pairs[: len(self.spans)], self.reader._believer),
            critiques=tuple(self._with_source(f) for f in self.critiques),
            items=self._items(intent),
            aspect=facet
            or ((aspect(self._pointing()) or aspect(self.low)) if intent == "ask_item" else ""),
            terms=() if intent in _POINTING else words or self._terms(),
            count=count(self.low),
            language=self.language,
            confidence=confidence,
            also=also,
            ambiguous=self._ambiguous(),
            unknown=tuple(dict.fromkeys(s.name for s in self.spans if s.kind == "unknown")),
            unrecorded=asked_in_vain if intent in ("recommend", "inform", "critique") else (),
        )

    def _idle(self, updates: Sequence[Update]) -> bool:
        """Whether a description was begun and nothing in it was recognised."""
        read = updates or self.spans or self.critiques or self._terms()
        return not read and FRAMED.match(self.low) is not None

    def _pointed(self, intent: Intent) -> bool:
        """Whether an item is spoken of that a facet can be asked of."""
        named = any(s.kind in ("title", "reference") for s in self.spans)
        named = named or bool(self.context.listed and _IT.search(self.low))
        if self._seeks():
            return False
        wants = any(c.kind in ("want", "similar") and not c.post for c in self.cues)
        return named and not wants and intent not in ("compare", "explain", "draft", "accept")

    def _asked_facet(self, default: str) -> str:
        """The facet a question asks for: by its name, or by a value ("is it waterproof?")."""
        found = self.reader._asked.asked(self._pointing())
        if found or default != "ask" or aspect(self.low):
            return found
        values = [r.facet for s in self.spans if s.kind == "value" for r in s.readings]
        return values[0] if values else ""

    def _extreme(self) -> Extreme | None:
        """The end of a scale that is asked of the list or of named items.

        A kind that is named ("the lightest backpack you have") is looked for instead.
        """
        if not self._several():
            return None
        found = self.reader._superlatives.asked(self.low)
        if found is None:
            return None
        sought = any(
            s.kind in ("value", "person", "range") and not found.start < s.end <= found.stop
            for s in self.spans
        )
        pointed = any(s.kind in ("reference", "title") for s in self.spans)
        return found if pointed or not sought or _OF_THESE.search(self.low) else None

    def _several(self) -> bool:
        """Whether there are items of which one can be the most of something."""
        named = [s for s in self.spans if s.kind == "title"]
        pointed = any(len(s.items) > 1 for s in self.spans if s.kind == "reference")
        return len(named) > 1 or pointed or bool(self.context.listed)

    def _ends(self) -> Iterator[Update]:
        """Such as "the longest film you have", "a cheap one": the end of a scale, as a wish."""
        catalogue = self.reader.catalogue
        kinds = [
            (r.facet, v)
            for s in self.spans
            if s.kind == "value"
            for r in s.readings
            for v in r.values
        ]
        found = self.reader._superlatives.wished(self.low, kind=bool(kinds))
        if found is not None and self.extreme is None:
            interval = edge(found, catalogue, kinds)
            if interval is not None:
                yield self._liked(found.facet, interval)
        spoken = any(r.facet == "price" for s in self.spans for r in s.readings)
        if not spoken and all(f.critique.facet != "price" for f in self.critiques):
            for interval in costs(self.low, catalogue):
                yield self._liked("price", interval)

    def _liked(self, facet: str, interval: Interval) -> Update:
        source, turn = self.text.strip(), self.context.turn
        return Assert(Preference("like", facet, interval, source=source, turn=turn))

    def _described(self) -> Described | None:
        """The text as words to search by, where it seems to describe an item."""
        if self.reader.share is None:
            return None
        return described(self.text, self.reader.share, listing=bool(self.context.listed))

    def _wish(self, found: Described) -> Preference:
        stance: Stance = "forbid" if found.refused else "like"
        source, turn = self.text.strip(), self.context.turn
        return Preference(stance, "term", found.words, 0.7, source=source, turn=turn)

    def _superlative(self, extreme: Extreme) -> Understanding:
        """A question for the shortest, newest, best rated of some items."""
        named = [i for s in self.spans if s.kind == "title" for i in s.items[:1]]
        pointed = [i for s in self.spans if s.kind == "reference" for i in s.items]
        items = tuple(dict.fromkeys([*named, *pointed]))
        focus = self.context.focus
        if len(items) == 1 and focus and focus not in items and _BESIDE.search(self.low):
            items = (focus, *items)
        return Understanding(
            "compare" if extreme.compared else "ask_item",
            mentions=mentions(self.text, self.pairs[: len(self.spans)], self.reader._believer),
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
            *amends.turned(updates, held, self.reader.catalogue),
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
        return bool(names) and not wants and not self._seeks()

    def _seeks(self) -> bool:
        """Whether something is asked for rather than about: "I loved Heat, what should I watch?"

        With "or" behind it, it is a choice between what is named.
        """
        found = _SEEKS.search(self.low)
        return found is not None and not re.search(r"\bor\b|还是", self.low[found.end() :])

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
        covered = [*named, *(place for _, _, place in self.subjects)]
        return bool(updates) and bare(self.low, covered, listing=bool(self.context.listed))

    def _with_source(self, found: Found) -> Critique:
        c = found.critique
        said = self.text[found.start : found.end].strip()
        if excess := re.search(r"\btoo\s.*$|太.*$", said, re.IGNORECASE | re.DOTALL):
            said = excess.group()
            said = f"不要{said}" if said.startswith("太") else f"not {said}"
        return Critique(c.facet, c.direction, c.items, said, c.value)

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
                return self._different(span.others)
        return ()

    def _different(self, items: tuple[str, ...]) -> tuple[str, ...]:
        """Those that a question can tell apart: one of each title and year; () if that is one."""
        catalogue = self.reader.catalogue
        found = {(catalogue[i].title, catalogue[i].number("year")): i for i in reversed(items)}
        return tuple(reversed(found.values())) if len(found) > 1 else ()

    def _terms(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(term for term, _, _ in self.subjects))

    def _terms_beliefs(self) -> list[Update]:
        return [
            Assert(
                Preference(
                    stance, "term", term, 0.7, source=self.text.strip(), turn=self.context.turn
                )
            )
            for term, stance, _ in self.subjects
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
