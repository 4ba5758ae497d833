"""Help pages as HTML: plain, escaped, readable without a script; knows no database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from chatbot.backoffice.html import Child, Node, el, many
from chatbot.knowledge import Document, Passage
from chatbot.knowledge.pages import ROOT, Shown, path_of
from chatbot.values import Language

_WORDS = {
    "en": {
        "help": "Help", "all": "All help pages", "contents": "On this page", "none": "Nothing yet.",
        "part": "Part {n} of {of}", "before": "Before", "next": "Next", "other": "中文",
        "parts": "Parts",
    },
    "zh": {
        "help": "帮助", "all": "全部帮助", "contents": "本页内容", "none": "还没有内容。",
        "part": "第 {n} 部分，共 {of} 部分", "before": "上一部分", "next": "下一部分",
        "other": "English", "parts": "各部分",
    },
}  # fmt: skip
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-z]{3,20}|(?:rgb|hsl)\([0-9 .,%deg]{5,40}\)")
_LINK = re.compile(r"https?://[^\s<>\"'）)，。；]+[^\s<>\"'）)，。；.,;:!?]")


def page(
    document: Document,
    found: Sequence[Shown],
    part: int,
    *,
    catalogue: str,
    name: str = "",
    twin: str = "",
    style: str = "",
) -> str:
    """One document, or one part of it.

    Args:
        document: without its sections.
        found: its sections.
        part: which of its parts.
        catalogue: whose page it is.
        name: what the site is called.
        twin: path of the same page in the other language, or "".
        style: query of the style sheet.
    """
    words = _WORDS[document.language]
    most = found[-1].part if found else 1
    here = [s for s in found if s.part == part]
    named = [s for s in here if s.trail and s.trail[-1] != document.title]
    links = [
        el("li", el("a", s.trail[-1], href=f"#{s.anchor}", lang=_foreign(s, document)))
        for s in named
    ]
    body: list[Child] = [
        el("h1", document.title or document.source),
        most > 1 and el("p", words["part"].format(n=part, of=most), class_="dim"),
        len(links) > 2 and el(
            "nav", el("h2", words["contents"]), el("ol", links), aria_label=words["contents"],
            class_="contents",
        ),
        _sections(here, document),
        most > 1 and _pager(catalogue, document, part, most),
    ]  # fmt: skip
    index = f"{path_of(catalogue, '')}"
    ways = el(
        "nav",
        el("a", words["all"], href=index),
        twin and el("a", words["other"], href=twin, lang=_other(document.language)),
        aria_label=words["help"],
    )
    return _whole(document.title or document.source, document.language, name, ways, body, style)


def index(
    documents: Sequence[Document],
    *,
    catalogue: str,
    language: Language,
    name: str = "",
    style: str = "",
) -> str:
    """All pages of a catalogue."""
    words = _WORDS[language]
    rows = [
        el("li", el("a", d.title or d.source, href=path_of(catalogue, d.source), lang=d.language))
        for d in documents
    ]
    listed = el("ul", rows, class_="pages") if rows else el("p", words["none"], class_="dim")
    return _whole(words["all"], language, name, None, [el("h1", words["all"]), listed], style)


def _whole(
    title: str, language: Language, name: str, ways: Child, body: Sequence[Child], style: str
) -> str:
    head = name or _WORDS[language]["help"]
    return "<!doctype html>" + el(
        "html",
        el(
            "head",
            el("meta", charset="utf-8"),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", name="color-scheme", content="light dark"),
            el("title", f"{title} · {head}"),
            el("link", rel="icon", href="data:,"),
            el("link", rel="stylesheet", href=f"{ROOT}.css{style}"),
        ),
        el("body", el("header", el("span", head, class_="name"), ways), el("main", *body)),
        lang="zh-CN" if language == "zh" else "en",
    )


def _sections(found: Sequence[Shown], document: Document) -> Node:
    parts: list[Node] = []
    open_: tuple[str, ...] = (document.title,)
    for section in found:
        trail = section.trail
        known = 0
        while known < len(trail) - 1 and trail[known : known + 1] == open_[known : known + 1]:
            known += 1
        above = [
            el(f"h{min(level + 2, 6)}", heading)
            for level, heading in enumerate(trail[:-1])
            if level >= known and heading != document.title
        ]
        own = trail[-1] if trail else ""
        heading = (
            own
            and own != document.title
            and el(
                f"h{min(len(trail) + 1, 6)}",
                el("a", own, href=f"#{section.anchor}"),
            )
        )
        parts += above
        parts.append(
            el(
                "section",
                heading,
                [_text(p) for p in section.passages],
                id=section.anchor,
                lang=_foreign(section, document),
            )
        )
        open_ = trail
    return many(parts)


def _text(passage: Passage) -> Node:
    """Lines as paragraphs and lists; nothing in them is markup."""
    nodes: list[Node] = []
    lines = [line.strip() for line in passage.text.split("\n") if line.strip()]
    for listed, group in groupby(lines, key=lambda line: line.startswith("- ")):
        if listed:
            nodes.append(el("ul", [el("li", _linked(line[2:])) for line in group]))
        else:
            nodes += [el("p", _linked(line)) for line in group]
    return many(nodes)


def _linked(text: str) -> list[Child]:
    """The text with its addresses as links."""
    found: list[Child] = []
    at = 0
    for match in _LINK.finditer(text):
        found += [
            text[at : match.start()],
            el("a", match[0], href=match[0], rel="noopener nofollow"),
        ]
        at = match.end()
    return [*found, text[at:]]


def _pager(catalogue: str, document: Document, part: int, most: int) -> Node:
    words = _WORDS[document.language]

    def to(number: int, text: str, rel: str) -> Child:
        if not 1 <= number <= most:
            return None
        return el("a", text, href=path_of(catalogue, document.source, number), rel=rel)

    before, after = (
        to(part - 1, f"← {words['before']}", "prev"),
        to(part + 1, f"{words['next']} →", "next"),
    )
    return el("nav", before, after, aria_label=words["parts"], class_="pager")


def accent(colour: str) -> str:
    """A rule of the style sheet for a site's colour, "" where it is none that can be trusted."""
    colour = colour.strip()
    if not _COLOUR.fullmatch(colour):
        return ""
    light, dark = f"color-mix(in srgb,{colour} 50%,#000)", f"color-mix(in srgb,{colour} 45%,#fff)"
    return (
        f":root{{--accent:{light}}}@media (prefers-color-scheme:dark){{:root{{--accent:{dark}}}}}"
    )


def _foreign(section: Shown, document: Document) -> str | None:
    """The language of a section where it is not the document's."""
    language = section.passages[0].language
    return None if language == document.language else _tag(language)


def _tag(language: Language) -> str:
    return "zh-CN" if language == "zh" else "en"


def _other(language: Language) -> str:
    return "en" if language == "zh" else "zh-CN"
