"""Word documents, through python-docx."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from chatbot.studio.draft import Block, Draft, plain, runs
from chatbot.studio.exports.meta import Meta, assistance, description


def render(draft: Draft, meta: Meta) -> bytes:
    """The document: headings, paragraphs, lists, tables, placeholders for images, properties."""
    import docx

    document = docx.Document()
    _properties(document, draft, meta)
    _fonts(document, draft)
    document.add_heading(plain(draft.title), level=0)
    for block in draft.blocks:
        _block(document, block, draft)
    note = document.add_paragraph()
    note.add_run(assistance(draft)).italic = True
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def _properties(document: Any, draft: Draft, meta: Meta) -> None:
    properties = document.core_properties
    properties.title = plain(draft.title)[:255]
    properties.subject = description(draft)[:255]
    properties.keywords = ", ".join(draft.brief.keywords)[:255]
    properties.comments = assistance(draft)[:255]
    properties.category = draft.brief.kind
    properties.language = "zh-CN" if draft.brief.language == "zh" else "en"
    properties.author = meta.site[:255]
    properties.last_modified_by = ""
    when = datetime.fromtimestamp(meta.created or 0, UTC).replace(tzinfo=None)
    properties.created = properties.modified = when


def _fonts(document: Any, draft: Draft) -> None:
    """A Chinese document names a Chinese font, or Word falls back to one per machine."""
    if draft.brief.language != "zh":
        return
    from docx.oxml.ns import qn

    for name in ("Normal", "Title", "Heading 1", "Heading 2", "List Bullet"):
        style = document.styles[name]
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "SimSun")


def _block(document: Any, block: Block, draft: Draft) -> None:
    text = block.text(draft.brief.language)
    if block.shape == "heading":
        _put(document.add_heading(level=2), text)
    elif block.shape in ("bullet", "question"):
        _put(document.add_paragraph(style="List Bullet"), text)
    elif block.shape == "image":
        _placeholder(document, plain(text))
    elif block.shape == "facts":
        _rows(document, block.rows, head=False)
    elif block.shape == "table":
        _rows(document, block.rows, head=True)
    elif block.shape == "shot":
        seen = document.add_paragraph()
        seen.add_run(f"{block.seconds:.1f} s · {plain(block.shot)}").italic = True
        _put(document.add_paragraph(), text)
    else:
        _put(document.add_paragraph(), text)


def _put(paragraph: Any, text: str) -> None:
    for piece, italic in runs(_legal(text)):
        paragraph.add_run(piece).italic = italic or None


def _legal(text: str) -> str:
    """Characters that XML can hold."""
    return "".join(c for c in text if c in "\t\n" or (c >= " " and not 0xD800 <= ord(c) <= 0xDFFF))


def _placeholder(document: Any, alt: str) -> None:
    """A framed box where a picture goes, with its text alternative in it."""
    table = document.add_table(rows=1, cols=1)
    table.style = "Table Grid"
    cell = table.rows[0].cells[0]
    cell.paragraphs[0].add_run(f"[ {_legal(alt)} ]").italic = True
    document.add_paragraph()


def _rows(document: Any, rows: tuple[tuple[str, ...], ...], *, head: bool) -> None:
    if not rows:
        return
    table = document.add_table(rows=0, cols=len(rows[0]))
    table.style = "Table Grid"
    for number, row in enumerate(rows):
        cells = table.add_row().cells
        for column, (cell, text) in enumerate(zip(cells, row, strict=False)):
            for piece, italic in runs(_legal(text)):
                run = cell.paragraphs[0].add_run(piece)
                run.italic = italic or None
                run.bold = (head and number == 0) or column == 0 or None
    document.add_paragraph()
