"""From a pattern and its slots to a sentence: fill, articles, capitals, spacing. Decides nothing.

A pattern holds `{name}`, `{a.name}` (with an indefinite article) and `{cap.name}` (capitalised).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chatbot.studio.draft import Source
from chatbot.values import Language

SLOT = re.compile(r"\{(?:(a|cap)\.)?([a-z_0-9]+)\}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Slot:
    """What stands in a pattern, and what it rests on."""

    text: str
    sources: tuple[Source, ...] = ()


Slots = Mapping[str, Slot]


def needs(pattern: str) -> frozenset[str]:
    """Names of the slots of a pattern, without the names that refer to the item itself."""
    return frozenset(m[2] for m in SLOT.finditer(pattern)) - REFERENCES


REFERENCES = frozenset({"it", "It", "its", "Its"})


def fill(pattern: str, slots: Slots, language: Language) -> tuple[str, tuple[Source, ...]]:
    """The sentence and everything it rests on, in order, without repeats.

    Raises:
        KeyError: a slot is missing.

    >>> fill("It is {a.kind}.", {"kind": Slot("animated comedy")}, "en")[0]
    'It is an animated comedy.'
    """
    sources: dict[Source, None] = {}

    def put(match: re.Match[str]) -> str:
        slot = slots[match[2]]
        sources.update(dict.fromkeys(slot.sources))
        if match[1] == "a":
            return f"{article(slot.text)} {slot.text}"
        return capital(slot.text) if match[1] == "cap" else slot.text

    text = SLOT.sub(put, pattern)
    return polish(text, language), tuple(sources)


def article(phrase: str) -> str:
    """The indefinite article before `phrase`, by sound.

    >>> [article(x) for x in ("hour", "European film", "18-minute film", "R-rated film", "uncle")]
    ['an', 'a', 'an', 'an', 'an']
    """
    word = phrase.lstrip("*\"'“‘").lower()
    if re.match(r"(hour|honest|honou?r|heir|8|11\b|18\b|[aefhilmnorsx]\b(?!\.))", word):
        return "an"
    if re.match(r"(uni[^nm]|use|usu|eu|one\b|once\b|u\b|ut[ie])", word):
        return "a"
    return "an" if word[:1] in "aeiou" else "a"


def capital(text: str) -> str:
    """The first letter in upper case; an opening mark is skipped.

    >>> capital("*up* and away"), capital("3 films")
    ('*Up* and away', '3 films')
    """
    for i, c in enumerate(text):
        if c.isalnum():
            return text[:i] + c.upper() + text[i + 1 :]
        if c.isspace():
            break
    return text


_CJK = "\u3400-\u9fff"
_LATIN = "A-Za-z0-9\u00c0-\u024f"


def polish(text: str, language: Language) -> str:
    """Spaces, doubled marks and capitals put right.

    >>> polish("共3部电影 ，片长94 分钟。。", "zh")
    '共 3 部电影，片长 94 分钟。'
    """
    if language == "en":
        text = re.sub(r"\s+", " ", text).strip()
        text = re.sub(r"\s+([,.;:!?])", r"\1", text)
        # A title that ends in a mark of its own needs no full stop after it.
        text = re.sub(r"([!?])(\*?)\.(?=\s|$)", r"\1\2", text)
        text = re.sub(r"(?<!\.)\.\.(?!\.)", ".", text)
        return capital(text)
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\ue000{chr(0xE100 + len(kept) - 1)}\ue001"

    text = re.sub(r"《[^》]*》", keep, text.strip())
    text = re.sub(rf"(?<=[{_CJK}])\s*(?=[{_LATIN}$€£¥])", " ", text)
    text = re.sub(rf"(?<=[{_LATIN}%])\s*(?=[{_CJK}])", " ", text)
    text = re.sub(
        rf"(?<=[{_CJK}，。；：！？、）“”])\s+(?=[{_CJK}，。；：！？、（“”\ue000])", "", text
    )
    text = re.sub(r"\s+(?=[，。；：！？、）])|(?<=[，。；：！？、（\ue001])\s+", "", text)
    text = re.sub(r"\s+(?=\ue000)", "", text)
    text = re.sub(r"。+", "。", text)
    return re.sub("\ue000(.)\ue001", lambda m: kept[ord(m[1]) - 0xE100], text)


_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip
_NUMBERS_ZH = ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十")


def counted(number: int, language: Language) -> str:
    """A small number in words, as it stands before a noun.

    >>> counted(2, "en"), counted(2, "zh"), counted(15, "zh")
    ('two', '两', '15')
    """
    words = _NUMBERS_ZH if language == "zh" else _NUMBERS
    return words[number] if 0 <= number < len(words) else str(number)


def joined(parts: Sequence[str], language: Language) -> str:
    """Parts joined as people do.

    >>> joined(["a", "b", "c"], "en"), joined(["甲", "乙"], "zh")
    ('a, b and c', '甲和乙')
    >>> joined(["fathers and sons", "work"], "en")
    'work, and fathers and sons'
    """
    if language == "zh":
        return "和".join(filter(None, ["、".join(parts[:-1]), *parts[-1:]]))
    pairs = [p for p in parts if " and " in p]
    if pairs and len(parts) > 1:
        # "identity, and mothers and sons": what holds an "and" of its own goes last.
        ordered = [*(p for p in parts if p not in pairs), *pairs]
        return ", and ".join([", ".join(ordered[:-1]), ordered[-1]])
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
