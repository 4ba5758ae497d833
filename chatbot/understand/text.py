# ruff: noqa: E501  (patterns and word lists read best on one line)
"""Text with offsets: tokens, sentences and clauses. Knows no catalogue and no meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from retrieval.schema import fold

CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:['’‘`´][^\W_{CJK}]+)*|&")
_ASCII_TOKEN = re.compile(r"[a-z0-9]+|&")
_STRONG = re.compile(r"[!?;。！？；\n…]+|\.(?=\s|$|[\"”'])+|(?<=[a-z]{2})\.(?=[A-Z])")
_ABBREVIATION = re.compile(
    r"(?:\b[A-Za-z]|\b(?:mr|mrs|ms|dr|jr|sr|st|vs|vol|no|etc))$", re.IGNORECASE
)
_CONTRAST = (
    r"(?<!anything )(?<!nothing )(?<!everything )(?<!all )(?<!not only )\bbut\b(?! also)|\bhowever\b|\balthough\b|\bthough\b|\bexcept that\b|\bon the other hand\b|"
    r"\bwhereas\b|\bwhile\b|\binstead\b(?! of)|但是|不过|可是|然而|只是|但(?!丁)|倒是|而不是"
)
_JOINED = r"\band (?=(?:my|our) \w+|(?:he|she|they|i|we) \w+)"
_WEAK = re.compile(rf"[,，:：()（）]|\s[-–—]+\s|——|{_JOINED}|{_CONTRAST}", re.IGNORECASE)
_CONTRASTING = re.compile(_CONTRAST, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Token:
    """One word, or one Chinese character. `word` is folded; offsets are into the original text."""

    word: str
    start: int
    end: int
    capital: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of one sentence. `join` says what opens it: "", "," or "but"."""

    start: int
    end: int
    join: str
    sentence: int


def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of `text`.

    >>> [(t.word, t.start) for t in tokens("Don't show 活着!")]
    [('dont', 0), ('show', 6), ('活', 11), ('着', 12)]
    """
    found = []
    for match in _TOKEN.finditer(text):
        raw = match.group()
        if raw.isascii():
            word = "and" if raw == "&" else raw.lower().replace("'", "").replace("`", "")
        else:
            word = fold(raw).replace(" ", "")
        if word:
            found.append(Token(word, match.start(), match.end(), raw[0].isupper()))
    return tuple(found)


def unpossessed(found: tuple[Token, ...], low: str) -> tuple[Token, ...]:
    """The tokens without possessive endings: "Nolan's" names Nolan. The same tuple where none is.

    >>> [t.word for t in unpossessed(tokens("Tom Hanks' and Nolan's"), "tom hanks' and nolan's")]
    ['tom', 'hanks', 'and', 'nolan']
    """
    if "'s" not in low:
        return found
    return tuple(
        replace(t, word=t.word[:-1], end=t.end - 2)
        if low.endswith("'s", t.start, t.end) and len(t.word) > 3
        else t
        for t in found
    )


def words(text: str) -> list[str]:
    """The folded words of `text`, split as `tokens` splits.

    >>> words("Sci-Fi & 功夫")
    ['sci', 'fi', 'and', '功', '夫']
    """
    if text.isascii():
        plain = text.lower().replace("'", "").replace("`", "")
        return [w if w != "&" else "and" for w in _ASCII_TOKEN.findall(plain)]
    return [t.word for t in tokens(text)]


def key(text: str) -> str:
    """`text` as a dictionary key: its words joined by one space.

    >>> key("Amélie"), key("《活着》")
    ('amelie', '活 着')
    """
    return " ".join(words(text))


def lowered(text: str) -> str:
    """`text` in lower case with straight quotes, exactly as long as `text`.

    >>> lowered("DON’T")
    "don't"
    """
    out = []
    for char in text:
        low = char.lower()
        out.append(low if len(low) == 1 else char)
    return "".join(out).translate(_QUOTES)


_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "\u3000": " "})


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of every sentence; initials and abbreviations do not end one.

    >>> sentences("By J. J. Abrams. Funny!")
    [(0, 15), (16, 22)]
    """
    found = []
    start = 0
    for match in _STRONG.finditer(text):
        if match.group() == "." and _ABBREVIATION.search(text[start : match.start()]):
            continue
        if text[start : match.start()].strip():
            found.append((start, match.start()))
        start = match.end()
    if text[start:].strip():
        found.append((start, len(text)))
    return found


def clauses(text: str, whole: list[tuple[int, int]] | None = None) -> list[Clause]:
    """The clauses of `text` in order; spans in `whole` (titles, names) are never cut.

    >>> [(text[c.start:c.end], c.join) for text in ["like Alien, but funny"] for c in clauses(text)]
    [('like Alien', ''), (' funny', 'but')]
    """
    kept = whole or []
    found = []
    for number, (begin, end) in enumerate(sentences(text)):
        start, join = begin, ""
        for match in _WEAK.finditer(text, begin, end):
            if any(s <= match.start() < e for s, e in kept):
                continue
            if text[start : match.start()].strip():
                found.append(Clause(start, match.start(), join, number))
                join = ""
            start = match.end()
            join = "but" if join == "but" or _CONTRASTING.fullmatch(match.group()) else ","
        if text[start:end].strip():
            found.append(Clause(start, end, join, number))
    return found


def ngrams(found: tuple[Token, ...], longest: dict[str, int]) -> Iterator[tuple[int, int, str]]:
    """(first, last + 1, key) of every token run that may be a phrase.

    `longest` maps the first word of a phrase to the most words such a phrase has.
    """
    total = len(found)
    for first in range(total):
        most = longest.get(found[first].word, 0)
        phrase = ""
        for last in range(first, min(total, first + most)):
            phrase = f"{phrase} {found[last].word}" if phrase else found[last].word
            yield first, last + 1, phrase
