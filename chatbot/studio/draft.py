"""A draft: blocks of sentences, each with the sources it rests on. Values; knows no catalogue."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from chatbot.studio.brief import Brief
from chatbot.values import Language

Nature = Literal["fact", "opinion", "link", "note"]
"""`fact` rests on sources, `opinion` is the writer's view, `link` says nothing that could be
wrong (greetings, headings), `note` repeats the writer's own words."""

Shape = Literal[
    "heading", "paragraph", "bullet", "table", "image", "shot", "post", "facts", "question"
]


@dataclass(frozen=True, slots=True)
class Source:
    """What a sentence rests on.

    `kind` "field": item `item` records `value` for `field`; "figure": a count over the catalogue
    or the chosen items, `field` says which; "note": the writer's own words in `value`.
    """

    kind: Literal["field", "figure", "note"]
    field: str
    value: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence. `made` names the function and facts it was planned from, "" when not ours."""

    text: str
    sources: tuple[Source, ...] = ()
    nature: Nature = "fact"
    made: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading, list entry, post or shot.

    Attributes:
        item: the item it is about, "" for none.
        role: its place in the plan ("intro", "item", "closing", …); "" for text of other hands.
        seconds: length of a shot; `shot` says what is seen.
        rows: cells of a table or lines of a facts box (label, value), the first row its head.
    """

    shape: Shape
    sentences: tuple[Sentence, ...] = ()
    item: str = ""
    role: str = ""
    seconds: float = 0.0
    shot: str = ""
    rows: tuple[tuple[str, ...], ...] = ()

    def text(self, language: Language) -> str:
        """The sentences as one text."""
        return ("" if language == "zh" else " ").join(s.text for s in self.sentences)


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole draft. `engine` is "composer" or the name of the model that wrote it."""

    title: str
    summary: str
    blocks: tuple[Block, ...]
    brief: Brief
    engine: str = "composer"
    warnings: tuple[str, ...] = ()

    def sentences(self) -> list[tuple[int, int, Sentence]]:
        """(block, position, sentence) of everything that is running text, headings too."""
        return [(b, s, x) for b, k in enumerate(self.blocks) for s, x in enumerate(k.sentences)]

    def but(self, **changes: object) -> Draft:
        """A copy with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def items(self) -> tuple[str, ...]:
        """Ids the draft is about, in order."""
        return self.brief.items


def size(text: str, language: Language) -> int:
    """Words (English) or Chinese characters plus foreign words and numbers (Chinese).

    >>> size("A *quiet* film, 94 minutes.", "en"), size("片长 94 分钟。", "zh")
    (5, 5)
    """
    text = plain(text)
    if language == "en":
        return len(re.findall(r"[\w][\w'’.-]*", text))
    return len(re.findall(r"[\u3400-\u9fff]|[A-Za-z0-9][\w'’.-]*", text))


def length_of(draft: Draft) -> int:
    """The size of the running text of a draft."""
    language = draft.brief.language
    return sum(
        size(b.text(language), language)
        for b in draft.blocks
        if b.shape not in ("image", "heading")
    )


def emphasised(title: str) -> str:
    r"""A title set in italics, in Markdown.

    >>> emphasised("M*A*S*H")
    '*M\\*A\\*S\\*H*'
    """
    return "*" + title.replace("\\", "\\\\").replace("*", "\\*") + "*"


_EMPHASIS = re.compile(r"\\([\\*_`])|(\*)")


def plain(text: str) -> str:
    r"""Markdown emphasis taken away.

    >>> plain("*M\\*A\\*S\\*H* and *Up*")
    'M*A*S*H and Up'
    """
    return _EMPHASIS.sub(lambda m: m[1] or "", text)


def runs(text: str) -> list[tuple[str, bool]]:
    r"""(piece, in italics) of a text with Markdown emphasis.

    >>> runs("See *Up* now")
    [('See ', False), ('Up', True), (' now', False)]
    """
    found: list[tuple[str, bool]] = []
    italic, last, piece = False, 0, ""
    for match in _EMPHASIS.finditer(text):
        piece += text[last : match.start()]
        last = match.end()
        if match[1]:
            piece += match[1]
            continue
        if piece:
            found.append((piece, italic))
        piece, italic = "", not italic
    piece += text[last:]
    if piece:
        found.append((piece, italic))
    return found


_END_EN = re.compile(
    r"(?<=[.!?…])(?<!\b[A-Z]\.)(?<!\bDr\.)(?<!\bMr\.)(?<!\bSt\.)(?<!\bJr\.)(?<!\bMrs\.)"
    r"(?<!\bvs\.)[\"'”’)*]*\s+(?=[\ue000\"'“‘(*]*[A-Z0-9\u00c0-\u024f])"
)
_END_ZH = re.compile(r"(?<=[。！？!?…])(?![。！？!?…”’」』）)])[ ]*")


def split(text: str, language: Language) -> list[str]:
    """Sentences of a text; titles' own full stops do not end one.

    >>> split("We saw *Dr. No* twice. It holds up!", "en")
    ['We saw *Dr. No* twice.', 'It holds up!']
    >>> split("先看《活着》。再说别的！", "zh")
    ['先看《活着》。', '再说别的！']
    """
    if language == "zh":
        return _zh_pieces(text)
    kept: list[str] = []
    masked = re.sub(r"(?<!\\)\*(?:[^*\\]|\\.)+\*", lambda m: _mask(m[0], kept), text.strip())
    pieces = [p.strip() for p in _END_EN.split(masked) if p and p.strip()]
    return [_unmask(p, kept) for p in pieces]


def _zh_pieces(text: str) -> list[str]:
    kept: list[str] = []
    masked = re.sub(r"《[^》]*》", lambda m: _mask(m[0], kept), text.strip())
    return [_unmask(p.strip(), kept) for p in _END_ZH.split(masked) if p.strip()]


def _mask(found: str, kept: list[str]) -> str:
    kept.append(found)
    return f"\ue000{len(kept) - 1}\ue001"


def _unmask(text: str, kept: list[str]) -> str:
    return re.sub("\ue000(\\d+)\ue001", lambda m: kept[int(m[1])], text)
