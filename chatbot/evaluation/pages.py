"""A report for people: one HTML file that needs nothing else, and the figures beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from chatbot.errors import InputError
from chatbot.evaluation.report import write

_STYLE = """
* { box-sizing: border-box; }
body { font: 16px/1.55 system-ui, sans-serif; color: #222; max-width: 62rem; margin: 2.5rem auto;
       padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid #ddd; text-align: left;
         white-space: nowrap; }
th { border-bottom: 2px solid #888; }
.wide { overflow-x: auto; } figure { margin: 1rem 0; } svg { max-width: 100%; height: auto; }
p.note { color: #555; }
@media (prefers-color-scheme: dark) { body { background: #fff; } }
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report.

    Attributes:
        heading: what it is about.
        note: what the figures mean, in a sentence or two.
        head, rows: a table; empty for none.
        pictures: SVG texts of our own making.
    """

    heading: str
    note: str = ""
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    pictures: Sequence[str] = ()


def page(title: str, lead: str, sections: Sequence[Section]) -> str:
    """The report as HTML; all text is escaped, only pictures are taken as they are."""
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1><p>{escape(lead)}</p>",
    ]
    for section in sections:
        parts.append(f"<section><h2>{escape(section.heading)}</h2>")
        if section.note:
            parts.append(f'<p class="note">{escape(section.note)}</p>')
        parts.extend(f"<figure>{picture}</figure>" for picture in section.pictures)
        if section.rows:
            parts.append(_table(section.head, section.rows))
        parts.append("</section>")
    return "\n".join([*parts, "</body></html>\n"])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(text)}</th>" for text in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in rows
    )
    return f'<div class="wide"><table><tr>{top}</tr>{body}</table></div>'


def publish(folder: Path, html: str, figures: Mapping[str, Any]) -> Path:
    """Write `report.html` and `figures.json` into `folder`; returns the page.

    Raises:
        InputError: it cannot be written.
    """
    path = folder / "report.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(html, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error}.") from None
    write(folder / "figures.json", figures)
    return path
