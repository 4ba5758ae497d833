"""What help pages speak of, in English and Chinese: `data/bilingual.txt`, one concept a line.

It lets a Chinese question find an English passage and the other way round, and "money back" find
"refund". It translates the words of a question roughly, for searching; nothing it makes is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from retrieval.documents import stem
from retrieval.schema import fold

HAN = re.compile(r"[\u3400-\u9fff]+")
_RUNS = re.compile(r"[\u3400-\u9fff]+|[^\s\u3400-\u9fff]+")
_SUFFIXES = ("ing", "ed", "al")

_GOODS = 0.25

STOP = frozenset(
    "a an the is are am was were be been being do does did i me my mine we us our you your yours "
    "it its he she they them their of to in on at for and or with from that this these those there "
    "please tell about can could would will shall should may might must have has had if so as by "
    "what how when where who whom why which want need know get got just also any some im ive id "
    "dont cant not no yes hi hello thanks thank okay ok let lets".split()
)
"""English words that say nothing about the matter of a question."""

_STOP_ZH = re.compile(
    "请问一下|请问|你好|您好|能不能|可不可以|可以|怎么样|怎么|如何|怎样|什么时候|什么|多少|有没有|"
    "是不是|一下|我们|你们|他们|我的|你的|一个|或者|以及|如果|因为|所以|[我你您他的了吗呢吧啊是有在和与要想会能请问个这那就都也]"
)


@lru_cache(maxsize=1 << 16)
def root(word: str) -> str:
    """`word` without its most usual endings, so that "cancelling" finds "cancel".

    >>> [root(w) for w in ("cancelling", "cancelled", "refunds", "withdrawal", "delivery")]
    ['cancel', 'cancel', 'refund', 'withdraw', 'deliver']
    """
    word = stem(word)
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            word = word[: -len(suffix)]
            break
    if (len(word) > 4 and word[-1] == word[-2] and word[-1] not in "aeiousl") or word[-2:] == "ll":
        word = word[:-1] if len(word) > 5 else word
    if len(word) > 4 and word.endswith(("e", "ery")):
        word = word[:-1]
    return word


@lru_cache(maxsize=1 << 14)
def words(text: str) -> tuple[str, ...]:
    """Words of a text for searching help pages: roots without stop words; Chinese in single
    characters and in pairs.

    >>> words("How do I return my boots?"), words("请问怎么退货")
    (('return', 'boot'), ('退', '货', '退货'))
    """
    found: list[str] = []
    for run in _RUNS.findall(fold(text)):
        if HAN.match(run):
            for part in _STOP_ZH.split(run):
                found.extend(part)
                found.extend(part[i : i + 2] for i in range(len(part) - 1))
        elif run not in STOP:
            found.append(root(run))
    return tuple(found)


@dataclass(frozen=True)
class Concept:
    """One thing help pages speak of; the first name of each language is the usual one.

    `goods` are things that are bought or used, not what happens to them.
    """

    en: tuple[str, ...]
    zh: tuple[str, ...]
    goods: bool = False


class Lexicon:
    """Finds concepts in texts of both languages. Safe to share between threads."""

    def __init__(self, concepts: tuple[Concept, ...]) -> None:
        self.concepts = concepts
        self._en: dict[tuple[str, ...], int] = {}
        self._zh: dict[str, int] = {}
        for number, concept in enumerate(concepts):
            for name in concept.en:
                self._en.setdefault(_plain(name), number)
            for name in concept.zh:
                self._zh.setdefault(name, number)
        self._longest = max((len(key) for key in self._en), default=1)
        names = sorted(self._zh, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, names)) or r"(?!)")

    def weight(self, number: int) -> float:
        """How much a concept says of what a question is about."""
        return _GOODS if self.concepts[number].goods else 1.0

    def found(self, text: str) -> frozenset[int]:
        """Numbers of the concepts a text speaks of."""
        numbers: set[int] = set()
        for run in _runs(text):
            if HAN.match(run):
                numbers.update(self._zh[m.group()] for m in self._pattern.finditer(run))
            else:
                numbers.update(self._english(run))
        return frozenset(numbers)

    def _english(self, text: str) -> Iterator[int]:
        return (number for number, _ in self._named(_plain(text)) if number is not None)

    def _named(self, said: tuple[str, ...]) -> Iterator[tuple[int | None, int]]:
        """(concept or None, words it takes) from first to last, the longest names first."""
        at = 0
        while at < len(said):
            for size in range(min(self._longest, len(said) - at), 0, -1):
                number = self._en.get(said[at : at + size])
                if number is not None:
                    yield number, size
                    at += size
                    break
            else:
                yield None, 1
                at += 1

    def neutral(self, text: str) -> str:
        """An English text with "item" for goods, "" where it names none or nothing else.

        >>> lexicon().neutral("my shoes arrived torn"), lexicon().neutral("brown shoes")
        ('my item arrived torn', '')
        """
        plain = fold(text).split()
        out: list[str] = []
        goods = matters = False
        at = 0
        for number, size in self._named(tuple(root(word) for word in plain)):
            if number is not None and self.concepts[number].goods:
                goods = True
                out.append("item")
            else:
                matters = matters or number is not None
                out += plain[at : at + size]
            at += size
        return " ".join(out) if goods and matters else ""

    def covered(self, text: str) -> float:
        """The share of a text's Chinese characters that `gloss` translates, those that say nothing
        left out; 1 where there are none.

        >>> lexicon().covered("请问怎么退货"), lexicon().covered("铁锅生锈") < 0.6
        (1.0, True)
        """
        rest = [part for run in HAN.findall(text) for part in _STOP_ZH.split(run) if part]
        size = sum(map(len, rest))
        known = sum(len(m[0]) for part in rest for m in self._pattern.finditer(part))
        return known / size if size else 1.0

    def gloss(self, text: str) -> str:
        """The text with its Chinese in English words, what is not known left out.

        >>> lexicon().gloss("鞋子怎么退货")
        'shoes how return'
        """
        if not HAN.search(text):
            return text
        out: list[str] = []
        for run in _runs(text):
            if HAN.match(run):
                out += [self.concepts[self._zh[m[0]]].en[0] for m in self._pattern.finditer(run)]
            else:
                out.append(run.strip())
        return " ".join(filter(None, out))


def _plain(text: str) -> tuple[str, ...]:
    return tuple(root(word) for word in fold(text).split())


def _runs(text: str) -> list[str]:
    return re.findall(r"[\u3400-\u9fff]+|[^\u3400-\u9fff]+", text)


@cache
def lexicon() -> Lexicon:
    """The lexicon that ships."""
    text = resources.files("retrieval").joinpath("data/bilingual.txt").read_text(encoding="utf-8")
    concepts = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            en, _, zh = line.removeprefix("*").partition("|")
            concepts.append(Concept(_names(en), _names(zh), line.startswith("*")))
    return Lexicon(tuple(concepts))


def _names(side: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in side.split(";") if name.strip())
