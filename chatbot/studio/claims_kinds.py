"""Kinds, countries, languages and ratings in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chatbot.studio.checks import Check, Scope
from chatbot.studio.draft import Source
from chatbot.studio.register import Value
from retrieval.schema import fold

NEGATED = re.compile(
    r"(?:\bno|\bnot|\bnever|\bwithout|\bneither|\bnor|n['’]t|\bfree of)\W*(?:(?!but\b)\w+\W+){0,2}$"
    r"|(?:不|没|无|别|非(?!常))[^，。；！？、]{0,2}$",
    re.IGNORECASE,
)


def kinds(text: str, scope: Scope) -> Iterator[Check]:
    """Kinds, countries, languages and ratings that a sentence names."""
    if not scope.about:
        return
    recorded = scope.register.text_of(scope.about)
    for word, start in _value_words(text, scope):
        meanings = scope.register.values[word]
        if NEGATED.search(text[max(0, start - 24) : start]):
            continue
        held = [(m, i) for m in meanings for i in scope.about if scope.register.holds(i, m)]
        if held:
            value, item = held[0]
            source = Source("field", value.facet, value.value, item.id)
            yield Check("kind", word, True, source=source)
        elif f" {word} " in f" {recorded} " or (not word.isascii() and word in recorded):
            continue  # said of the plot, the cast or a theme, and recorded there
        elif word in fold(scope.notes):
            continue
        else:
            yield Check("kind", word, False, _kinds_of(meanings, scope))


_LOOSE = frozenset(
    "war family music history sport drama crime action adventure fantasy romance mystery romantic "
    "animated historical silent english r g pg nr western horror latin "
    "家庭 历史 音乐 战争 冒险 动作 爱情 运动 犯罪 悬疑 恐怖 剧情 奇幻 冒险".split()
)
"""Words that also mean other things: they count as kinds only before or after a noun."""


def _value_words(text: str, scope: Scope) -> Iterator[tuple[str, int]]:
    values = scope.register.values
    if scope.language == "zh":
        yield from _value_words_zh(text, values)
        return
    nouns = "|".join(
        re.escape(w) for w in {*scope.register.schema.noun.values(), "film", "movie", "picture",
                               "comedy", "drama", "thriller", "musical", "story"} if w.isascii()
    )  # fmt: skip
    for match in re.finditer(r"[A-Z][\w-]*(?: [A-Z][\w-]*)*|[a-z][\w-]*", text):
        for phrase, start in _parts(match[0]):
            word = fold(phrase)
            if word not in values:
                continue
            named = all(v.facet in ("country", "language") for v in values[word])
            if named and not phrase[0].isupper():
                continue  # "polish" is no country's
            after = text[match.start() + start + len(phrase) :]
            if word in _LOOSE and not re.match(rf"\s+(?:{nouns})s?\b", after):
                continue
            yield word, match.start() + start
            break


def _parts(run: str) -> Iterator[tuple[str, int]]:
    """Runs of words inside a run, the longest first, each with where it begins."""
    words = [(m[0], m.start()) for m in re.finditer(r"\S+", run)]
    for size in range(len(words), 0, -1):
        for at in range(len(words) - size + 1):
            yield " ".join(w for w, _ in words[at : at + size]), words[at][1]


def _value_words_zh(
    text: str, values: dict[str, tuple[Value, ...]] | object
) -> Iterator[tuple[str, int]]:
    assert isinstance(values, dict)
    words = sorted((w for w in values if not w.isascii() and len(w) > 1), key=len, reverse=True)
    taken: set[int] = set()
    for word in words:
        for match in re.finditer(re.escape(word), text):
            span = set(range(match.start(), match.end()))
            after = text[match.end() : match.end() + 3]
            if span & taken:
                continue
            taken |= span
            if word in _LOOSE and not re.match(r"片|喜剧|剧|电影|类", after):
                continue
            yield word, match.start()


def _kinds_of(meanings: Sequence[Value], scope: Scope) -> str:
    facet = meanings[0].facet
    return "; ".join(f"{facet}: {i.text(facet)}" for i in scope.about[:2] if i.text(facet))
