"""Markdown and HTML to sections. Scripts, styles, forms, hidden parts and links' targets are left
out: what remains is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chatbot.knowledge.outline import Outline

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_ID = re.compile(r"\s*\{#([\w-]+)\}\s*$")
_DEEP = 200
"""Levels of nesting of HTML that are followed."""


def front_matter(text: str) -> tuple[dict[str, str], str]:
    r"""(keys and values above the text, the text without them).

    >>> front_matter("---\ntitle: Help\n---\nHello")
    ({'title': 'Help'}, 'Hello')
    """
    match = _FRONT.match(text)
    if match is None:
        return {}, text
    found: dict[str, str] = {}
    for line in match[1].splitlines():
        key, colon, value = line.partition(":")
        if colon and re.fullmatch(r"[\w-]{1,40}", key.strip()):
            found[key.strip().casefold()] = value.strip().strip("\"'")
    return found, text[match.end() :]


def read_markdown(text: str, outline: Outline) -> None:
    """Markdown (CommonMark and tables) into the outline."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": 40}).enable("table")
    tokens = parser.parse(text)
    depth = 0
    at = 0
    while at < len(tokens):
        token = tokens[at]
        match token.type:
            case "heading_open":
                said = _inline(tokens[at + 1])
                marked = _ID.search(said)
                anchor = marked[1] if marked else ""
                outline.heading(int(token.tag[1]), _ID.sub("", said), anchor)
                at += 2
            case "list_item_open":
                depth += 1
            case "list_item_close":
                depth -= 1
            case "inline":
                for line in _inline(token).split("\n"):
                    outline.line(line, item=depth > 0)
            case "fence" | "code_block":
                for line in token.content.splitlines():
                    outline.line(line)
            case "table_open":
                at = _table(tokens, at, outline)
        at += 1


def _inline(token: Any) -> str:
    """The words of an inline token, with line breaks where the author broke the line."""
    out: list[str] = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            out.append(child.content)
        elif child.type == "hardbreak":
            out.append("\n")
        elif child.type == "softbreak":
            before = out[-1][-1:] if out and out[-1] else ""
            out.append("" if re.match(r"[\u3400-\u9fff，。！？；：、]", before) else " ")
    return "".join(out)


def _table(tokens: Sequence[Any], at: int, outline: Outline) -> int:
    """Rows as lines "header: cell; header: cell"; returns the place of the table's end."""
    rows: list[list[str]] = []
    while tokens[at].type != "table_close":
        if tokens[at].type == "tr_open":
            rows.append([])
        elif tokens[at].type == "inline":
            rows[-1].append(_inline(tokens[at]).replace("\n", " "))
        at += 1
    for line in table_lines(rows):
        outline.line(line, item=True)
    return at


def table_lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table as lines that can be understood alone.

    >>> list(table_lines([["Country", "Cost"], ["France", "5 €"]]))
    ['Country: France; Cost: 5 €']
    """
    if len(rows) < 2:
        yield from (" ".join(filter(None, row)) for row in rows)
        return
    head = rows[0]
    for row in rows[1:]:
        cells = [
            f"{name}: {cell}" if name else cell
            for name, cell in zip([*head, *[""] * len(row)], row, strict=False)
            if cell
        ]
        if cells:
            yield "; ".join(cells)


_DROPPED = (
    "script style noscript template svg math iframe object embed form button select option input "
    "textarea nav footer aside head link meta audio video canvas dialog"
).split()
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6, "dt": 7, "summary": 7}
_BLOCKS = frozenset(
    "p div section article main body li ul ol dl dt dd table tr td th thead tbody pre blockquote "
    "figure figcaption details summary address header hr center fieldset".split()
)


def read_html(text: str, outline: Outline) -> Mapping[str, str]:
    """HTML into the outline; returns what its head says: "title", "url", "language"."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(text, "html.parser")
    told: dict[str, str] = {}
    if soup.title is not None:
        told["title"] = soup.title.get_text(" ", strip=True)
    if soup.html is not None and soup.html.get("lang"):
        told["language"] = str(soup.html.get("lang"))
    canonical = soup.find("link", rel="canonical")
    if canonical is not None:
        told["url"] = str(canonical.get("href") or "")
    for tag in soup.find_all(_DROPPED):
        tag.decompose()
    for tag in soup.find_all(_hidden):
        tag.decompose()
    root = soup.find("main") or soup.find("article") or soup.body or soup
    _walk(root, outline, 0)
    return told


def _hidden(tag: Any) -> bool:
    style = str(tag.get("style") or "").replace(" ", "").casefold()
    return (
        tag.has_attr("hidden")
        or tag.get("aria-hidden") == "true"
        or any(s in style for s in ("display:none", "visibility:hidden", "font-size:0"))
    )


def _walk(node: Any, outline: Outline, depth: int, *, item: bool = False) -> None:
    """Blocks below `node` in reading order."""
    if depth > _DEEP:
        return
    said: list[str] = []

    def flush() -> None:
        text = "".join(said)
        said.clear()
        for line in text.split("\n\x00"):
            outline.line(line.replace("\n", " "), item=item)

    for child in node.children:
        name = getattr(child, "name", None)
        if name is None:
            if type(child).__name__ == "NavigableString":  # no comments, no declarations
                said.append(str(child))
        elif name == "br":
            said.append("\n\x00")
        elif not _is_block(child):
            said.append(child.get_text())
        else:
            flush()
            _block(child, outline, depth, item=item)
    flush()


def _is_block(tag: Any) -> bool:
    return tag.name in _BLOCKS or tag.name in _HEADINGS or tag.find(list(_BLOCKS)) is not None


def _block(tag: Any, outline: Outline, depth: int, *, item: bool) -> None:
    """One block: a heading, a table, or what it holds."""
    if tag.name in _HEADINGS:
        text = tag.get_text(" ", strip=True)
        outline.heading(_HEADINGS[tag.name], text, str(tag.get("id", "")))
    elif tag.name == "table":
        for line in table_lines(_cells(tag)):
            outline.line(line, item=True)
    else:
        _walk(tag, outline, depth + 1, item=item or tag.name == "li")


def _cells(table: Any) -> list[list[str]]:
    return [
        [cell.get_text(" ", strip=True) for cell in row.find_all(["td", "th"], recursive=False)]
        for row in table.find_all("tr")
    ]
