"""Sentence planning: which pattern says the next thing, so that nothing is told twice.

Patterns are data (`data/en.toml`, `data/zh.toml`); a pattern can be said when all its slots are
known. Among those that can, tone, news and variety decide, and then the passed rng.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from chatbot.studio import lexicon
from chatbot.studio.brief import Tone, Voice
from chatbot.studio.draft import Nature, Sentence, Source, size
from chatbot.studio.facets import KIND_FACETS
from chatbot.studio.realise import SLOT, Slot, fill, needs
from chatbot.studio.slots import Portrait
from chatbot.values import Language

_TAGS = re.compile(r"^\[([^\]]+)\]\s*")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One wording.

    `only`: tones it belongs to; `never`: tones it does not; `more`: it goes on from the first
    theme, which must have been told.
    """

    text: str
    needs: frozenset[str]
    only: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    opinion: bool = False
    names: bool = False
    refers: bool = False
    more: bool = False

    def suits(self, tone: Tone) -> bool:
        """Whether the pattern may be said in `tone`."""
        return tone not in self.never and (not self.only or tone in self.only)


@cache
def patterns(language: Language, table: str, function: str) -> tuple[Pattern, ...]:
    """All wordings of a function, in the order of the file.

    Raises:
        KeyError: there is no such function.
    """
    return tuple(_parsed(text) for text in lexicon.data(language)[table][function])


@cache
def phrase(language: Language, name: str) -> str:
    """A fixed phrase: headings and labels."""
    return str(lexicon.data(language)["words"][name])


_KINDS = frozenset({"op", "new", "work", "many", "more"})
_ASKS = {"work": "tale", "many": "many"}
"""Tags that ask for something: a work that tells, company of other items."""


def _parsed(text: str) -> Pattern:
    found = _TAGS.match(text)
    tags = frozenset(found[1].split()) if found else frozenset()
    body = text[found.end() :] if found else text
    never = frozenset(t[1:] for t in tags if t.startswith("!"))
    only = frozenset(t for t in tags if not t.startswith("!")) - _KINDS
    refers = any(m[2] in ("it", "It", "its", "Its", "title") for m in SLOT.finditer(body))
    wanted = needs(body) | {slot for tag, slot in _ASKS.items() if tag in tags}
    return Pattern(body, wanted, only, never, "op" in tags, "new" in tags, refers, "more" in tags)


class Planner:
    """Chooses and words sentences for one draft. Remembers what it has used.

    Args:
        rng: breaks ties; the same rng and calls give the same sentences.
        voice: a brand's habits; words it avoids are never said.
    """

    def __init__(self, language: Language, tone: Tone, voice: Voice, rng: random.Random) -> None:
        self.language: Language = language
        self._tone: Tone = tone
        self._voice = voice
        self._rng = rng
        self._used: dict[str, int] = {}
        self._said: set[str] = set()
        self._first = ""

    def say(
        self,
        table: str,
        function: str,
        slots: Mapping[str, Slot],
        told: set[Source],
        *,
        named: bool = True,
        subject: Portrait | None = None,
        turn: int = 0,
        unlike: frozenset[str] = frozenset(),
    ) -> Sentence | None:
        """The next sentence of `function`, or None where nothing new can be said.

        Args:
            told: sources already told; the sentence's own are added.
            named: whether the subject has been named in this paragraph.
            subject: the item that "it" stands for.
            turn: position in the paragraph, for the choice between pronoun and noun.
            unlike: texts that must not be said again.
        """
        slots = {**slots, **self._references(subject, named, turn)} if subject else slots
        scored: list[tuple[float, Pattern, str, tuple[Source, ...]]] = []
        for at, pattern in enumerate(patterns(self.language, table, function)):
            if not self._possible(pattern, slots, named, subject):
                continue
            if pattern.more and not told.issuperset(slots["theme1"].sources):
                continue
            text, sources = fill(pattern.text, slots, self.language)
            score = self._score(pattern, at, text, sources, told)
            styled = self._styled(text)
            if score > 0 and styled not in unlike and styled not in self._said:
                scored.append((score, pattern, text, sources))
        if not scored:
            return None
        fewest = min(self._used.get(p.text, 0) for _, p, _, _ in scored)
        fresh = [s for s in scored if self._used.get(s[1].text, 0) == fewest]
        _, pattern, text, sources = self._rng.choices(fresh, [s[0] for s in fresh])[0]
        self._used[pattern.text] = fewest + 1
        self._said.add(self._styled(text))
        self._first = _first_word(text, self.language)
        told.update(sources)
        if "gloss" in pattern.text:
            told.update(replace(s, field="mood: gloss") for s in sources if s.field == "mood")
        nature: Nature = "opinion" if pattern.opinion else "fact" if sources else "link"
        return Sentence(self._styled(text), sources, nature, f"{table}.{function}")

    def _tone_for(self, subject: Portrait | None) -> Tone:
        """Nobody jokes about an item whose moods are heavy."""
        if subject is not None and self._tone in ("playful", "lively"):
            if lexicon.side(subject.item.values("mood")) == "heavy":
                return "neutral"
        return self._tone

    def _possible(
        self, pattern: Pattern, slots: Mapping[str, Slot], named: bool, subject: Portrait | None
    ) -> bool:
        if not pattern.suits(self._tone_for(subject)) or not pattern.needs <= slots.keys():
            return False
        if subject is not None:
            if not named and not pattern.refers:
                return False
            if named and pattern.names:
                return False
        return not any(word in pattern.text.casefold() for word in self._voice.avoid)

    def _score(
        self, pattern: Pattern, at: int, text: str, sources: Iterable[Source], told: set[Source]
    ) -> float:
        # What a mood is called and what it does are two things to say.
        news = [s for s in sources if s.field != "title"]
        if "gloss" in pattern.text:
            news = [replace(s, field="mood: gloss") if s.field == "mood" else s for s in news]
        fresh = [s for s in news if s not in told]
        if news and not pattern.opinion and len(fresh) * 2 <= len(news):
            return 0.0
        # Each fact that was told already makes a sentence less welcome.
        again = [s for s in news if s in told]
        if pattern.opinion:  # a view may come back to what the text is about
            again = [s for s in again if s.field not in _TOUCHED]
        elif any(s.kind == "field" and s.field not in _KEPT for s in again):
            return 0.0  # who made it, when, with whom, about what: once is enough
        score = (1.0 + len(fresh)) * 0.1 ** len(again)
        if pattern.only:
            score *= 3
        # The last wordings of a function are its plainest: they wait until nothing else fits.
        if len(pattern.needs) <= 1 and not pattern.only and at > 8:
            score *= 0.2
        if self._first and _first_word(text, self.language) == self._first:
            score *= 0.15
        if self._voice.words:
            gap = abs(size(text, self.language) - self._voice.words) / self._voice.words
            score /= (1.0 + gap) ** 3
        return score

    def _references(self, subject: Portrait, named: bool, turn: int) -> dict[str, Slot]:
        title = subject.slots["title"]
        if not named:
            possessive = f"{title.text}的" if self.language == "zh" else _possessive(title.text)
            return {
                "it": title,
                "It": title,
                "its": Slot(possessive, title.sources),
                "Its": Slot(possessive, title.sources),
            }
        noun = subject.slots["noun"].text
        if self.language == "zh":
            measure = subject.slots["measure"].text
            word = f"这{measure}{noun}" if turn % 3 == 2 else "它"
            return {name: Slot(word + ("的" if "s" in name else "")) for name in _NAMES}
        subject_word = f"the {noun}" if turn % 3 == 2 else "it"
        return {
            "it": Slot(subject_word),
            "It": Slot(subject_word.capitalize()),
            "its": Slot("its"),
            "Its": Slot("Its"),
        }

    def _styled(self, text: str) -> str:
        if self.language == "en":
            wanted = self._voice.contractions
            if wanted is None:
                wanted = self._tone in ("warm", "playful", "lively")
            if wanted:
                text = contracted(text)
        if self._voice.samples and self._voice.exclaims == 0:
            text = text.replace("!", ".") if self.language == "en" else text.replace("！", "。")
        return text


_TOUCHED = frozenset({"mood", "theme", "topic", "keyword"})
_KEPT = frozenset({"title", "title_zh", "mood", *KIND_FACETS})
"""Fields that may be said again in a sentence that also tells something new."""

_NAMES = ("it", "It", "its", "Its")

_CONTRACTIONS = (
    (r"\b([Ii])t is\b(?! (?:not )?[,.])", r"\1t's"),
    (r"\b([Tt])hat is\b", r"\1hat's"),
    (r"\b([Ww])e would\b", r"\1e'd"),
    (r"\b([Ww])e have\b(?= (?:picked|been|chosen))", r"\1e've"),
    (r"\b([Dd])o not\b", r"\1on't"),
    (r"\b([Dd])oes not\b", r"\1oesn't"),
    (r"\b([Ii])s not\b", r"\1sn't"),
    (r"\b([Yy])ou will\b", r"\1ou'll"),
    (r"\b([Ww])e will\b", r"\1e'll"),
    (r"\b([Tt])here is\b", r"\1here's"),
)


def contracted(text: str) -> str:
    """English as it is spoken.

    >>> contracted("It is short, and we would not miss it.")
    "It's short, and we'd not miss it."
    """
    for pattern, short in _CONTRACTIONS:
        text = re.sub(pattern, short, text)
    return text


def _possessive(title: str) -> str:
    """The genitive of a title; the mark stays outside the italics."""
    return f"{title}’" if title.rstrip("*").endswith("s") else f"{title}’s"


def _first_word(text: str, language: Language) -> str:
    return text[:2] if language == "zh" else text.split(" ", 1)[0].strip("*,").lower()
