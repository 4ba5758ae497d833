"""Text that arrives in pieces, cut into sentences and freed of everything but words."""

from __future__ import annotations

import re

_END = re.compile(r"[。！？]+[”」\"’）)]*|(?<=[^\s.])[.!?]+[\"”’)]*(?=\s|$)|\n+")
_ABBREVIATED = re.compile(r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|Jr|Sr|St|vs|Vol|No))\.$")


def split(text: str) -> list[str]:
    """Sentences with their end marks, in order.

    >>> split("By J. J. Abrams. 好看！再来")
    ['By J. J. Abrams.', '好看！', '再来']
    """
    splitter = Sentences()
    return [*splitter.add(text), *filter(None, [splitter.rest()])]


class Sentences:
    """Cuts text that arrives in pieces into sentences; only finished ones come out."""

    def __init__(self) -> None:
        self._text = ""

    def add(self, piece: str) -> list[str]:
        """The sentences that `piece` finished."""
        self._text += piece
        found: list[str] = []
        start = 0
        for match in _END.finditer(self._text):
            # A mark at the very end may be the first half of "1.5", an ellipsis or an address.
            # So may one inside quotation marks, whose end belongs to the sentence.
            body = self._text[start : match.end()]
            inside = sum(map(body.count, "“「（")) > sum(map(body.count, "”」）"))
            undecided = match.end() == len(self._text) and (match.group()[0] in ".!?" or inside)
            if undecided or _ABBREVIATED.search(self._text[start : match.end()]):
                continue
            sentence = self._text[start : match.end()].strip()
            if sentence:
                found.append(sentence)
            start = match.end()
        self._text = self._text[start:]
        return found

    def rest(self) -> str:
        """What is left, finished or not."""
        left, self._text = self._text.strip(), ""
        return left


_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_TARGET = r"(?:\((?:[^()]|\([^()]*\))*(?:\)|\Z)|\[[^\]]*\])"
_IMAGE = re.compile(rf"!\[[^\]]*\]{_TARGET}?")
_LINK = re.compile(rf"\[([^\]]*)\]{_TARGET}")
_HTML = re.compile(r"<(script|style)\b.*?(?:</\1>|\Z)|</?[A-Za-z!][^>]*(?:>|\Z)", re.DOTALL | re.I)
_ADDRESS = re.compile(
    r"(?:https?|ftp|data|javascript|file):\S*|\bwww\.\S+|\b[\w.-]+\.(?:com|net|org|io|cn|example)\b\S*",
    re.IGNORECASE,
)
_MARKS = re.compile(r"^\s*(?:#{1,6}|[-*+>]|\d+[.)])\s+|[*_`~]{1,3}(?=\S)|(?<=\S)[*_`~]{1,3}", re.M)


def plain(sentence: str) -> str:
    """`sentence` as words: no images, links, addresses, HTML, code, headings or list marks.

    >>> plain("**Alien** ![x](http://e.example/p.png?d=1) is [here](javascript:alert(1))<b>!</b>")
    'Alien is here!'
    """
    for pattern, kept in (
        (_FENCED, " "), (_IMAGE, " "), (_LINK, r"\1"), (_HTML, ""), (_ADDRESS, " "), (_MARKS, ""),
    ):  # fmt: skip
        sentence = pattern.sub(kept, sentence)
    sentence = sentence.replace("<", "").replace(">", "")
    sentence = "".join(c for c in sentence if c.isprintable() or c == " ")
    return re.sub(r" +([.,!?])", r"\1", " ".join(sentence.split()))
