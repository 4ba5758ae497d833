"""What a simulated user says, in English and Chinese, in the words of a catalogue's schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chatbot.evaluation.goals import Desire
from chatbot.values import Language
from retrieval.catalogue import Catalogue
from retrieval.schema import Facet

_WANT: Mapping[Language, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "genre": ("I want {v}", "{v}, please", "It should be {v}", "I'm after {v}"),
        "category": ("I want {v}", "I need something in {v}", "I'm after {v}"),
        "mood": ("Something {v}", "It should be {v}", "I'd like it {v}"),
        "country": ("From {v}, please", "It should be from {v}"),
        "language": ("In {v}, please", "The language should be {v}"),
        "cast": ("With {v} in it", "I want {v} in the cast"),
        "person": ("By {v}, please", "I want something by {v}"),
        "": ("With {v} as {label}", "The {label} should be {v}", "{v} as {label}, please"),
        "theme": ("It should be about {v}", "Something about {v}"),
    },
    "zh": {
        "genre": ("我想要{v}的", "要{v}类的", "想看{v}片", "最好是{v}的"),
        "category": ("我想要{v}", "我要{v}类的"),
        "mood": ("要{v}的", "氛围{v}一点的", "希望是{v}的"),
        "country": ("要{v}的", "最好是{v}的"),
        "language": ("要{v}的", "语言要{v}"),
        "cast": ("要有{v}演的", "想看{v}主演的"),
        "person": ("要{v}的作品", "想要{v}的"),
        "": ("{label}要{v}", "{label}是{v}的"),
        "theme": ("主题是{v}的", "跟{v}有关的"),
    },
}

_FORBID: Mapping[Language, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "": ("no {v}, please", "no {v}", "anything but {v}", "nothing with {v}", "without {v}"),
        "mood": ("nothing {v}, please", "not {v}", "nothing {v}"),
        "theme": ("nothing about {v}", "nothing with {v}, please"),
        "country": ("nothing from {v}", "not from {v}, please"),
        "language": ("nothing in {v}", "not in {v}, please"),
    },
    "zh": {"": ("不要{v}的", "不要{v}", "除了{v}都行", "别给我{v}的", "{v}的就不要了")},
}

_LIMIT: Mapping[Language, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "high": ("at most {n}", "no more than {n}", "{n} or less", "under {n}"),
        "year-high": ("made before {n}", "older than {n}"),
        "year-low": ("made after {n}", "from {n} or later", "nothing before {n}"),
    },
    "zh": {
        "high": ("{label}不超过{n}", "{n}以内", "{label}{n}以下"),
        "year-high": ("{n}年以前的", "{n}年之前的"),
        "year-low": ("{n}年以后的", "不要{n}年以前的"),
    },
}

_TASTE: Mapping[Language, tuple[str, ...]] = {
    "en": ("I usually like {v}", "I tend to enjoy {v}"),
    "zh": ("我平时喜欢{v}", "我一般喜欢{v}的"),
}

_LINES: Mapping[Language, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "open": (
            "Hi, I need something to {verb}",
            "Can you recommend a {noun}?",
            "I don't know what to {verb}",
            "Looking for a good {noun}",
        ),
        "skip": ("No preference", "I don't mind", "Doesn't matter", "Skip that"),
        "more": ("More, please", "Show me others", "What else do you have?", "Any others?"),
        "accept": ("The {nth} one sounds great, thanks!", "I'll take the {nth} one"),
        "seen": ("I've already seen the {nth} one", "Seen the {nth} one already"),
        "back": ("Actually, forget about {v}", "It doesn't have to be {v} after all"),
        "missed": ("But I wanted {v}", "I asked for {v}"),
        "broken": ("I said {ban}",),
        "bound": ("I said {limit}",),
    },
    "zh": {
        "open": (
            "你好，想找{measure}{noun}",
            "推荐{measure}{noun}吧",
            "不知道选哪{measure}{noun}好",
            "有什么好{noun}吗？",
        ),
        "skip": ("都行", "无所谓", "随便", "这个不重要"),
        "more": ("还有别的吗？", "再来几{measure}", "换一批"),
        "accept": ("第{nth}{measure}不错，就它了，谢谢", "就第{nth}{measure}吧"),
        "seen": ("第{nth}{measure}我看过了",),
        "back": ("算了，不用{v}也行", "{v}就不要求了"),
        "missed": ("我要的是{v}", "我说了要{v}的"),
        "broken": ("我说了不要{v}", "不是说了不要{v}吗"),
        "bound": ("我说了{limit}",),
    },
}

_NTH: Mapping[Language, tuple[str, ...]] = {
    "en": ("first", "second", "third", "fourth", "fifth"),
    "zh": ("一", "二", "三", "四", "五"),
}

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥"}
_UNITS_ZH = {
    "minutes": "分钟",
    "hours": "小时",
    "pages": "页",
    "weeks": "周",
    "USD": "美元",
    "CNY": "元",
}


@dataclass(frozen=True)
class Words:
    """Says things about one catalogue in one language; chance comes from `rng` only.

    `clear` tells whether a word speaks of one facet only; unclear synonyms are not used.
    """

    catalogue: Catalogue
    language: Language
    clear: Callable[[str], bool]

    def opening(self, rng: np.random.Generator) -> str:
        """A vague request."""
        return self.line("open", rng)

    def wish(self, desire: Desire, rng: np.random.Generator) -> str:
        """One desire in a few words."""
        if desire.kind == "limit":
            return self._bound(desire, rng)
        value = self.value(desire, rng)
        if desire.kind == "forbid":
            return self._against(desire.facet, value, rng)
        if desire.kind == "taste":
            return _one(_TASTE[self.language], rng).format(v=value)
        facet = self._facet(desire)
        table = _WANT[self.language]
        key = facet.name if facet.name in table else "person" if facet.role == "person" else ""
        text = _one(table[key], rng)
        return text.format(v=value, label=facet.label(self.language))

    def value(self, desire: Desire, rng: np.random.Generator) -> str:
        """A word for the value: the catalogue's, or now and then a synonym."""
        facet = self._facet(desire)
        shown = facet.show(desire.value, self.language)
        if self.language == "en" and facet.name in ("genre", "mood", "theme", "category"):
            shown = shown.lower()
        others = [
            word
            for word in facet.synonyms.get(desire.value, ())
            if _chinese(word) == (self.language == "zh") and self.clear(word)
        ]
        # Several words mean the thing with its noun ("horror films"): they do for wishes only.
        if others and desire.kind == "want" and facet.name == "genre" and rng.random() < 0.25:
            plain = [w for w in others if self.language == "en" or not w.endswith("片")]
            return _one(plain, rng) if plain else shown
        return shown

    def line(self, key: str, rng: np.random.Generator, **filled: str) -> str:
        """A fixed line."""
        schema = self.catalogue.schema
        words = {
            "noun": schema.noun.get(self.language, ""),
            "verb": schema.verb.get(self.language, ""),
            "measure": schema.noun.get("zh_measure", "个"),
        }
        return _one(_LINES[self.language][key], rng).format(**(words | filled))

    def nth(self, place: int) -> str:
        """The place of a card, counted from 0, as an ordinal."""
        return _NTH[self.language][min(place, 4)]

    def complaint(self, desire: Desire, rng: np.random.Generator) -> str:
        """What is said of a list that has nothing with `desire`, or something against it."""
        if desire.kind == "limit":
            return self.line("bound", rng, limit=self._bound(desire, rng))
        value = self.value(desire, rng)
        if desire.kind == "forbid":
            ban = self._against(desire.facet, value, rng)
            return self.line("broken", rng, v=value, ban=ban)
        return self.line("missed", rng, v=value)

    def joined(self, parts: Sequence[str]) -> str:
        """Sentences of one message."""
        if self.language == "zh":
            return "".join(p if p[-1] in "？。" else f"{p}，" for p in parts).rstrip("，")
        return " ".join(
            p[:1].upper() + p[1:] + ("" if p[-1] in "?.!" else ".") for p in parts
        ).removesuffix(".")

    def _against(self, facet: str, value: str, rng: np.random.Generator) -> str:
        table = _FORBID[self.language]
        return _one(table.get(facet, table[""]), rng).format(v=value)

    def _facet(self, desire: Desire) -> Facet:
        facet = self.catalogue.schema.facet(desire.facet)
        assert facet is not None
        return facet

    def _bound(self, desire: Desire, rng: np.random.Generator) -> str:
        facet = self._facet(desire)
        side = "high" if desire.high is not None else "low"
        number = desire.high if desire.high is not None else desire.low
        key = f"year-{side}" if facet.name == "year" else side
        shown = f"{number:g}"
        if facet.name != "year" and facet.unit:
            shown = self._measured(shown, facet.unit)
        text = _one(_LIMIT[self.language][key], rng)
        return text.format(n=shown, label=facet.label(self.language))

    def _measured(self, number: str, unit: str) -> str:
        if unit in _SIGNS and self.language == "en":
            return f"{_SIGNS[unit]}{number}"
        if self.language == "zh":
            return f"{number}{_UNITS_ZH.get(unit, unit)}"
        return f"{number} {unit}"


def _chinese(word: str) -> bool:
    return any("一" <= c <= "鿿" for c in word)


def _one(texts: Sequence[str], rng: np.random.Generator) -> str:
    return texts[int(rng.integers(len(texts)))]
