"""What a sentence claims, and whether the record bears it out: titles, names, numbers, kinds.

Reads any text, ours or a model's or the writer's. A check says what was found in the words, whether
it holds for the items the sentence is about, and what the record says instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chatbot.studio.checks import MARK, Check, Scope
from chatbot.studio.claims_kinds import NEGATED, kinds
from chatbot.studio.claims_names import names
from chatbot.studio.claims_numbers import numbers
from chatbot.studio.draft import Source, plain
from chatbot.studio.register import Register
from retrieval.items import Item
from retrieval.schema import fold

_EN_TITLE = re.compile(r"(?<!\\)\*((?:[^*\\]|\\.)+)\*")
_ZH_TITLE = re.compile(r"《([^》]+)》")


def titles_in(text: str, register: Register, items: Sequence[Item]) -> list[tuple[str, str]]:
    """(title as written, item id or "") of every title marked or recognised in a text."""
    found: list[tuple[str, str]] = []
    for match in (*_EN_TITLE.finditer(text), *_ZH_TITLE.finditer(text)):
        written = plain(match[1])
        ids = register.ids_of(written)
        chosen = next((i.id for i in items if i.id in ids), ids[0] if ids else "")
        found.append((written, chosen))
    rest = masked(text)
    for item in sorted(items, key=lambda i: -len(i.title)):
        if len(item.title) > 3 and re.search(rf"(?<!\w){re.escape(item.title)}(?!\w)", rest):
            found.append((item.title, item.id))
            rest = rest.replace(item.title, MARK)
    return found


def masked(text: str, items: Sequence[Item] = ()) -> str:
    """A text without its titles, so that "2001" in one is no year."""
    text = _ZH_TITLE.sub(MARK, _EN_TITLE.sub(MARK, text))
    for item in sorted(items, key=lambda i: -len(i.title)):
        if len(item.title) > 3:
            text = re.sub(rf"(?<!\w){re.escape(item.title)}(?!\w)", MARK, text)
    return plain(text)


def checks(text: str, scope: Scope) -> Iterator[Check]:
    """Every claim of a sentence that can be checked."""
    for written, item_id in titles_in(text, scope.register, scope.items):
        yield _title(written, item_id, scope)
    rest = masked(text, scope.items)
    yield from names(rest, scope)
    yield from numbers(rest, scope)
    yield from kinds(rest, scope)
    yield from _levels(rest, scope)
    yield from _cues(rest, scope)


def _title(written: str, item_id: str, scope: Scope) -> Check:
    if item_id:
        return Check("title", written, True, source=Source("field", "title", written, item_id))
    if fold(written) in fold(scope.notes):
        return Check("title", written, True, source=Source("note", "note", written))
    return Check("title", written, False)


_LEVEL_WORDS = (
    (
        "scary",
        re.compile(
            r"\b(?:frightening|scary|terrifying)\b|吓人|恐怖(?!主义|分子|片|类|电影|[\u4e00-\u9fff]{0,4}片)"
        ),
    ),
    ("violence", re.compile(r"\b(?:violent|violence|gory|bloody)\b|暴力|血腥")),
)


def _levels(text: str, scope: Scope) -> Iterator[Check]:
    """Whether "frightening" and "violent", or their denial, agree with the recorded levels."""
    if len(scope.about) != 1:
        return
    item = scope.about[0]
    for name, pattern in _LEVEL_WORDS:
        level = item.number(name)
        match = pattern.search(text)
        if level is None or match is None:
            continue
        denied = bool(NEGATED.search(text[max(0, match.start() - 30) : match.start()]))
        wrong = (denied and level >= 2) or (not denied and level == 0)
        record = f"{name}: {level:g} of 3"
        source = Source("field", name, f"{level:g}", item.id)
        yield Check(
            "level", match[0], not wrong, record if wrong else "", None if wrong else source
        )


_CUES = re.compile(
    r"\b(?:oscars?|academy award|golden globe|palme d['’]or|award(?:s|[- ]winning)?|nominat\w+|"
    r"box office|best[- ]?selling|grossed|critics?|critical acclaim|acclaimed|reviewers?|"
    r"rotten tomatoes|imdb|netflix|streaming on|the first (?:ever|film|time)|most famous|"
    r"record[- ]breaking|\d+ ?%|percent|masterpiece of the|voted|studies show|experts?|"
    r"scientifically|budget of|sold out|in stock|discount|free shipping)\b"
    r"|奥斯卡|金像奖|金马奖|金棕榈|获奖|得奖|提名|票房|影评人|好评如潮|豆瓣|网飞|史上第一|首部|最著名|百分之|"
    r"销量|专家|研究表明|科学证明|现货|打折|包邮|预算",
    re.IGNORECASE,
)


def _cues(text: str, scope: Scope) -> Iterator[Check]:
    """Claims of a sort that catalogues rarely record: prizes, takings, critics, availability."""
    recorded = scope.register.text_of(scope.about or scope.items)
    for match in _CUES.finditer(text):
        word = fold(match[0])
        if word and word in fold(scope.notes):
            yield Check("claim", match[0], True, source=Source("note", "note", match[0]))
        elif not (word and word in recorded):
            yield Check("claim", match[0], False)


__all__ = ["Check", "Scope", "checks", "masked", "titles_in"]
