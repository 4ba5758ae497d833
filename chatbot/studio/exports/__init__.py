"""Drafts as files. `export(draft, format)` gives the bytes of every format the studio writes.

Knows no catalogue and no database: everything a file says stands in the draft or in `Meta`.
"""

from __future__ import annotations

from chatbot.errors import InputError
from chatbot.studio.brief import Format
from chatbot.studio.draft import Draft
from chatbot.studio.exports.meta import Meta

__all__ = ["MEDIA", "Meta", "export"]

MEDIA: dict[Format, str] = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "txt": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
}


def export(draft: Draft, form: Format, meta: Meta | None = None) -> bytes:
    """A draft as a file.

    Raises:
        InputError: subtitles of something that is no script.
    """
    from chatbot.studio.exports import docx, html, markdown, srt, text

    meta = meta or Meta()
    if form == "docx":
        return docx.render(draft, meta)
    if form == "html":
        return html.render(draft, meta).encode()
    if form == "txt":
        return text.render(draft, meta).encode()
    if form == "srt":
        return srt.render(draft).encode()
    if form == "md":
        return markdown.render(draft, meta).encode()
    raise InputError(f"unknown format {form!r}.", hint=f"Use {', '.join(MEDIA)}.")
