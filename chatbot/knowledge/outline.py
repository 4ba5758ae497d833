"""Collects text under headings while a document is read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chatbot.importing.rows import clean
from chatbot.knowledge import Kind, Section

MAX_TITLE = 300
_QUESTION = re.compile(
    r"[?？]\s*$|^(?:how|what|when|where|who|why|which|can|could|do|does|did|is|are|may|must|will|"
    r"should|am|if|q\d*[:.])\b|(?:吗|呢|么)\s*$|^(?:怎么|如何|怎样|什么|能不能|可以|是否|为什么|哪)",
    re.IGNORECASE,
)


def asks(heading: str) -> bool:
    """Whether a heading is a question.

    >>> asks("How do I return something"), asks("Refunds"), asks("可以退货吗")
    (True, False, True)
    """
    return _QUESTION.search(heading) is not None


def slug(text: str) -> str:
    """A heading as the fragment of an address, as most Markdown renderers make it.

    >>> slug("What if it’s late?"), slug("退货 期限")
    ('what-if-its-late', '退货-期限')
    """
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", text.casefold())).strip("-")


class Outline:
    """Sections in reading order, from headings and lines as they come."""

    def __init__(self, title: str = "") -> None:
        self.title = title
        self._trail: list[tuple[int, str]] = []
        self._lines: list[str] = []
        self._anchor = ""
        self._page = 0
        self._anchors: dict[str, int] = {}
        self._sections: list[Section] = []

    def heading(self, level: int, text: str, anchor: str = "", page: int = 0) -> None:
        """A heading; everything up to the next one belongs to it."""
        text = clean(text)[:MAX_TITLE]
        if not text:
            return
        self._close()
        while self._trail and self._trail[-1][0] >= level:
            self._trail.pop()
        self._trail.append((level, text))
        self._page = page or self._page
        self._anchor = anchor or self._free(slug(text))
        if level == 1 and not self.title:
            self.title = text

    def _free(self, anchor: str) -> str:
        count = self._anchors[anchor] = self._anchors.get(anchor, -1) + 1
        return f"{anchor}-{count}" if count else anchor

    def line(self, text: str, *, item: bool = False, page: int = 0) -> None:
        """A paragraph, or one item of a list."""
        text = clean(text)
        if not text:
            return
        if page and page != self._page and not self._trail:
            self._close()
        self._page = self._page if self._lines and self._page else page or self._page
        self._lines.append(f"- {text}" if item else text)

    def _close(self) -> None:
        if self._lines:
            headings = tuple(text for _, text in self._trail)
            kind: Kind = "answer" if headings and asks(headings[-1]) else "text"
            text = "\n".join(self._lines)
            self._sections.append(Section(headings, text, self._anchor, self._page, kind))
        self._lines = []

    def sections(self) -> tuple[Section, ...]:
        """Everything read so far. A heading that stands over the whole document is dropped from
        the trails: it is the title.
        """
        self._close()
        found = tuple(self._sections)
        first = {s.trail[:1] for s in found}
        if len(found) > 1 and len(first) == 1 and all(len(s.trail) > 1 for s in found):
            return tuple(_without_first(found))
        if len(found) > 1 and self.title:
            return tuple(
                _without_first(found, only=(self.title,))
            )  # the preface keeps the title as its heading
        return found


def _without_first(sections: Iterable[Section], only: tuple[str, ...] = ()) -> Iterable[Section]:
    for s in sections:
        cut = len(s.trail) > 1 and (not only or s.trail[:1] == only)
        trail = s.trail[1:] if cut else s.trail
        yield Section(trail, s.text, s.anchor, s.page, s.kind, s.url, s.asked)
