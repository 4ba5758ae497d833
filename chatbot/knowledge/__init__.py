"""Help pages: read, split, kept, searched, answered from. Nothing is said that they do not say.

read split    files to documents, documents to passages with their headings
store         passages in the database, changed by difference
importer      files to the store, with a report
conflicts     passages that contradict each other, dates that have passed
base          a catalogue's passages, ready to be searched
cues leftover what the form of a message tells, and what is left of it for the help pages
before        what was asked and answered earlier in the conversation
message       what a visitor's message asks of the help pages, part by part
quote         sentences that answer, taken over word for word
citing        quotes and their places, as people see them
service       one turn's answer from the help pages
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chatbot.values import Language

JOIN = " › "
"""Between the headings of a trail when people see it."""

Kind = Literal["text", "answer", "template"]
"""`text`: prose under a heading. `answer`: the answer to a question. `template`: a label with ways
of asking for it, and an answer where somebody wrote one."""


@dataclass(frozen=True, slots=True)
class Section:
    """Text under one heading of a document.

    Attributes:
        trail: headings from the document's title down.
        text: sentences and list lines; lines that begin with "- " are list items.
        anchor: fragment of the address.
        page: page it stands on, 0 where there are none.
        kind: see `Kind`.
        url: its own address, "" to follow the document's.
        asked: other ways of asking for it.
    """

    trail: tuple[str, ...]
    text: str
    anchor: str = ""
    page: int = 0
    kind: Kind = "text"
    url: str = ""
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that could not be taken. `where`: "page 3", "line 12", or ""."""

    source: str
    what: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One file.

    Attributes:
        source: names it in every later import; the path below the folder that was given.
        title: of the whole.
        language: of most of it.
        url: where visitors read it, or "".
        sections: in reading order.
        problems: what could not be read.
        digest: of the file.
    """

    source: str
    title: str
    language: Language
    url: str = ""
    sections: tuple[Section, ...] = ()
    problems: tuple[Problem, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage, as it is kept and quoted.

    Attributes:
        id: stays the same while its place (document, headings, number) does.
        source: of its document.
        trail, text, kind, asked: see `Section`.
        language: of its text.
        url: where visitors can read it; a path below the document where no address is known.
    """

    id: str
    source: str
    trail: tuple[str, ...]
    text: str
    language: Language = "en"
    url: str = ""
    kind: Kind = "text"
    asked: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Its own heading, or its question."""
        return self.trail[-1] if self.trail else self.source

    @property
    def breadcrumb(self) -> str:
        """All its headings: "Returns › Refunds"."""
        return JOIN.join(self.trail) or self.source
