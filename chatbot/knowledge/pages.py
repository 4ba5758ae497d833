"""Help pages as visitors read them: documents with their sections in order, and their addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from urllib.parse import quote

from chatbot.access.sites import Site
from chatbot.knowledge import Passage
from chatbot.settings import Settings
from chatbot.values import Citation

ROOT = "/help"

ON_A_PAGE = 60
"""Sections shown at once; a longer document is shown in parts."""

OFF = "no"
"""What a site's option `help_pages` says where the pages of its catalogue are quoted only."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One section of a page.

    Attributes:
        anchor: fragment of its address, unique in its document.
        trail: its headings.
        passages: its text in order; more than one where it is long.
        part: which part of the document it stands in, from 1.
    """

    anchor: str
    trail: tuple[str, ...]
    passages: tuple[Passage, ...]
    part: int


def public(settings: Settings, sites: Sequence[Site], catalogue: str) -> bool:
    """Whether anybody may read the help pages of a catalogue.

    Not where the server or a site of the catalogue turned that off, and not where the server
    answers nobody without a key, unless a site shows the catalogue to the public anyway.
    """
    ours = [site for site in sites if site.catalogue == catalogue]
    if not settings.help_pages or any(s.options.get("help_pages") == OFF for s in ours):
        return False
    return bool(ours) or not settings.require_key


def sections(passages: Sequence[Passage]) -> tuple[Shown, ...]:
    """The sections of one document, from its passages in order. Labels without an answer have
    nothing to be read.
    """
    used: dict[str, int] = {}
    found: list[Shown] = []
    for _, group in groupby((p for p in passages if p.text), key=lambda p: (p.trail, p.kind)):
        parts = tuple(group)
        name = _fragment(parts[0].url) or f"p-{parts[0].id}"
        count = used[name] = used.get(name, 0) + 1
        anchor = name if count == 1 else f"{name}-{count}"
        found.append(Shown(anchor, parts[0].trail, parts, len(found) // ON_A_PAGE + 1))
    return tuple(found)


def path_of(catalogue: str, source: str, part: int = 1, anchor: str = "") -> str:
    """Where a document is read on this server."""
    path = f"{ROOT}/{quote(catalogue, safe='')}/{quote(source)}"
    query = f"?part={part}" if part > 1 else ""
    return f"{path}{query}" + (f"#{quote(anchor)}" if anchor else "")


def addresses(catalogue: str, passages: Sequence[Passage]) -> dict[str, str]:
    """Passage id → where it is read on this server, for all that have no address of their own."""
    return dict(_addressed(catalogue, passages))


def _addressed(catalogue: str, passages: Sequence[Passage]) -> Iterator[tuple[str, str]]:
    for source, group in groupby(passages, key=lambda p: p.source):
        for section in sections(tuple(group)):
            for passage in section.passages:
                if not outside(passage.url):
                    where = path_of(catalogue, source, section.part, section.anchor)
                    yield passage.id, where


def outside(url: str) -> bool:
    """Whether an address is one of the operator's own pages."""
    return url.startswith(("https://", "http://"))


def linked(found: Sequence[Citation], where: Mapping[str, str]) -> tuple[Citation, ...]:
    """Citations that lead to where their passage is read."""
    return tuple(
        c if outside(c.url) or c.passage not in where else replace(c, url=where[c.passage])
        for c in found
    )


def absolute(url: str, base: str) -> str:
    """An address that is good outside this server, where the server's own is known.

    >>> absolute("/help/shop/a.md", "https://chat.example"), absolute("a.md#b", "https://x.example")
    ('https://chat.example/help/shop/a.md', 'a.md#b')
    """
    return f"{base}{url}" if base and url.startswith(f"{ROOT}/") else url


def _fragment(url: str) -> str:
    return url.partition("#")[2].replace("page=", "page-")
