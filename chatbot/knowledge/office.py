"""PDF, DOCX and plain text to sections. A page that cannot be read is reported; the others stay."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from chatbot.errors import InputError
from chatbot.knowledge import Problem
from chatbot.knowledge.markup import table_lines
from chatbot.knowledge.outline import MAX_TITLE, Outline, asks

MAX_PAGES = 2000
_UNPACKED = 300_000_000
_END = re.compile(r"[.!?。！？;；,，:：]$")
_NUMBERED = re.compile(
    r"^(?:\d+(?:\.\d+)*\.?|[IVX]+\.|§\s*\d+|第[一二三四五六七八九十\d]+[章节条])\s+\S"
)
_ASKED = re.compile(r"^(?:q(?:uestion)?|问题?)\s*\d*\s*[:：.]\s*(.+)$", re.IGNORECASE)
_ANSWERED = re.compile(r"^(?:a(?:nswer)?|答案?)\s*\d*\s*[:：.]\s*(.*)$", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•●▪◦‣·]|\(?[a-z\d]{1,2}[).])\s+(?=\S)")


def read_pdf(path: Path, outline: Outline, source: str) -> list[Problem]:
    """A PDF's text; returns what could not be read.

    Raises:
        InputError: it is no PDF, or closed by a password.
    """
    import logging

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    damage = (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError,
              RecursionError, NotImplementedError, AssertionError)  # fmt: skip
    problems: list[Problem] = []
    pages: list[list[str]] = []
    try:
        with path.open("rb") as file:
            reader = PdfReader(file)
            if reader.is_encrypted and not reader.decrypt(""):
                raise InputError(f"{path} is closed by a password.", hint="Save it without one.")
            if len(reader.pages) > MAX_PAGES:
                problems.append(
                    Problem(source, f"it has {len(reader.pages):,} pages; {MAX_PAGES:,} are read")
                )
            if reader.metadata is not None and reader.metadata.title:
                outline.title = str(reader.metadata.title).strip()[:MAX_TITLE]
            for number in range(min(len(reader.pages), MAX_PAGES)):
                where = f"page {number + 1}"
                try:
                    lines = (reader.pages[number].extract_text() or "").splitlines()
                except damage as error:
                    problems.append(Problem(source, f"cannot be read: {_first(error)}", where))
                    lines = []
                else:
                    if not any(line.strip() for line in lines):
                        problems.append(Problem(source, "holds no text (a scan?)", where))
                pages.append([line.rstrip() for line in lines])
    except damage as error:
        raise InputError(
            f"{path} cannot be read as PDF: {_first(error)}.", hint="Save it again."
        ) from error
    running = _running(pages)
    for number, lines in enumerate(pages, 1):
        kept = [line for line in lines if _mark(line) not in running]
        _plain(kept, outline, number)
    return problems


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def _mark(line: str) -> str:
    return re.sub(r"\d+", "#", line.strip())


def _running(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    """Heads and feet: first or last lines that most pages share, and bare page numbers."""
    found = {"#", "- # -", "Page #", "page #", "# / #", "Page # of #", "第 # 页", "第#页"}
    if len(pages) >= 3:
        ends: Counter[str] = Counter()
        for lines in pages:
            filled = [_mark(line) for line in lines if line.strip()]
            ends.update(set(filled[:2] + filled[-2:]))
        found |= {mark for mark, count in ends.items() if mark and count > len(pages) / 2}
    return frozenset(found)


def read_text(text: str, outline: Outline) -> None:
    """Plain text: blank lines part paragraphs; short lines alone are headings; "Q:" and "A:"."""
    _plain(text.splitlines(), outline, 0)


def _plain(lines: Sequence[str], outline: Outline, page: int) -> None:
    for block, alone in _blocks(lines):
        asked = _ASKED.match(block[0])
        if asked:
            outline.heading(3, asked[1], page=page)
            block = block[1:]
        elif alone and _is_heading(block[0]):
            outline.heading(_level(block[0]), block[0].lstrip("# "), page=page)
            block = block[1:]
        for line, item in _paragraph(block):
            answered = _ANSWERED.match(line)
            outline.line(answered[1] if answered else line, item=item, page=page)


def _blocks(lines: Sequence[str]) -> Iterator[tuple[list[str], bool]]:
    """Runs of lines without blank ones, parted before headings; with whether the first line may
    be a heading (something follows it).
    """
    block: list[str] = []
    filled = [line.strip() for line in lines] + [""]
    for at, line in enumerate(filled):
        new = not line or _ASKED.match(line) or _NUMBERED.match(line) or _looks_headed(filled, at)
        if new and block:
            yield block, True
            block = []
        if line:
            block.append(line)


def _looks_headed(lines: Sequence[str], at: int) -> bool:
    """Whether a short line without an end stands between finished text and a longer line."""
    line = lines[at]
    if not line or at + 1 >= len(lines) or not _is_heading(line):
        return False
    before = lines[at - 1] if at else ""
    after = lines[at + 1]
    return bool(not before or _END.search(before)) and len(after) > len(line)


def _is_heading(line: str) -> bool:
    if _BULLET.match(line) and not _NUMBERED.match(line):
        return False
    if len(line) > 90 or not re.search(r"[^\W\d_]", line):
        return False
    if asks(line) and line.endswith(("?", "？")):
        return True
    if _END.search(line):
        return False
    first = re.sub(r"^[\d.§\s]+", "", line)[:1]
    return bool(first) and (first.isupper() or first >= "\u3400") and len(line.split()) <= 10


def _level(line: str) -> int:
    if line.startswith("#"):
        return min(len(line) - len(line.lstrip("#")), 6)
    match = re.match(r"^(\d+(?:\.\d+)*)", line)
    return 2 + match[1].count(".") if match else 3


def _paragraph(block: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Lines put together again where only the page's width parted them."""
    kept, item = "", False
    for line in block:
        bullet = _BULLET.match(line)
        if bullet or _ANSWERED.match(line):
            if kept:
                yield kept, item
            kept, item = line[bullet.end() :] if bullet else line, bool(bullet)
        elif kept.endswith("-") and line[:1].islower():
            kept = kept[:-1] + line
        elif kept and re.search(r"[\u3400-\u9fff，。；：！？、]$", kept):
            kept += line
        else:
            kept = f"{kept} {line}" if kept else line
    if kept:
        yield kept, item


def read_docx(path: Path, outline: Outline, source: str) -> list[Problem]:
    """A Word document: headings by their styles, lists, tables.

    Raises:
        InputError: it is no Word document.
    """
    from xml.etree.ElementTree import ParseError

    from docx import Document as open_docx
    from docx.opc.exceptions import PackageNotFoundError

    damage = (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError, ParseError, OSError,
              SyntaxError)  # fmt: skip
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > _UNPACKED:
                raise InputError(f"{path} would unpack to far too much.", hint="Split it.")
        document: Any = open_docx(str(path))
        outline.title = str(document.core_properties.title or "")[:MAX_TITLE]
        for block in document.iter_inner_content():
            if hasattr(block, "rows"):
                rows = [[" ".join(cell.text.split()) for cell in row.cells] for row in block.rows]
                for line in table_lines(rows):
                    outline.line(line, item=True)
                continue
            style = (block.style.name or "") if block.style is not None else ""
            level = re.search(r"(?:Heading|标题)\s*(\d)", style)
            if level or style in ("Title", "标题"):
                outline.heading(int(level[1]) if level else 1, block.text)
            else:
                outline.line(block.text, item=style.startswith(("List", "列表")))
    except damage as error:
        raise InputError(
            f"{path} cannot be read as a Word document: {_first(error)}.",
            hint="Save it again as .docx.",
        ) from error
    return []
