"""A whole HTML page: title, description, schema.org JSON-LD; nothing is fetched from anywhere."""

from __future__ import annotations

import json
import re
from html import escape
from itertools import groupby

from chatbot.studio.draft import Block, Draft, plain, runs
from chatbot.studio.exports.meta import Meta, assistance, description

_CSS = (
    "body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:1.05rem/1.6 Georgia,'Songti SC',"
    "'Noto Serif CJK SC',serif;color:#1c1b1a;background:#fdfcfa}h1,h2{line-height:1.25}"
    "table{border-collapse:collapse;width:100%;font-size:.95rem}th,td{border:1px solid #d8d2c8;"
    "padding:.35rem .6rem;text-align:left;vertical-align:top}dl{display:grid;grid-template-columns:"
    "max-content 1fr;gap:.2rem 1rem;font-size:.95rem}dt{color:#5c564d}dd{margin:0}figure{margin:"
    "1.5rem 0}.placeholder{border:2px dashed #b9b0a2;padding:2.5rem 1rem;text-align:center;color:"
    "#5c564d}.shot{color:#5c564d;font-style:italic;margin-bottom:0}footer{margin-top:3rem;color:"
    "#5c564d;font-size:.9rem}"
)


_INVALID = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\ufdd0-\\ufdef\\ufffe\\uffff]"
)
"""Characters that no HTML document may hold."""


def render(draft: Draft, meta: Meta) -> str:
    """The page."""
    language = "zh-CN" if draft.brief.language == "zh" else "en"
    title = escape(plain(draft.title))
    said = escape(description(draft), quote=True)
    mark = escape(assistance(draft), quote=True)
    head = [
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f'<meta name="description" content="{said}">',
        f'<meta name="generator" content="{mark}">',
        '<meta name="ai-assisted" content="true">',
        f'<meta property="og:title" content="{escape(plain(draft.title), quote=True)}">',
        f'<meta property="og:description" content="{said}">',
        '<meta property="og:type" content="article">',
        f'<script type="application/ld+json">{_script(linked(draft, meta))}</script>',
        f"<style>{_CSS}</style>",
    ]
    if draft.brief.keywords:
        words = escape(", ".join(draft.brief.keywords), quote=True)
        head.insert(4, f'<meta name="keywords" content="{words}">')
    page = (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n'
        + "\n".join(head)
        + f"\n</head>\n<body>\n<article>\n<h1>{title}</h1>\n{body(draft)}\n</article>\n"
        + f"<footer>{escape(assistance(draft))}</footer>\n</body>\n</html>\n"
    )
    return _INVALID.sub("", page)


def body(draft: Draft) -> str:
    """The blocks as HTML; neighbouring list entries make one list."""
    parts: list[str] = []
    for listed, group in groupby(draft.blocks, lambda b: b.shape in ("bullet", "question")):
        blocks = list(group)
        if listed:
            entries = "\n".join(f"<li>{_inline(b, draft)}</li>" for b in blocks)
            parts.append(f"<ul>\n{entries}\n</ul>")
        else:
            parts.extend(_block(b, draft) for b in blocks)
    return "\n".join(p for p in parts if p)


def marked(text: str) -> str:
    """Text with emphasis as HTML; everything else is escaped.

    >>> marked("*Up* & <b>")
    '<em>Up</em> &amp; &lt;b&gt;'
    """
    return "".join(
        f"<em>{escape(piece, quote=False)}</em>" if italic else escape(piece, quote=False)
        for piece, italic in runs(text)
    )


def _inline(block: Block, draft: Draft) -> str:
    return marked(block.text(draft.brief.language))


def _block(block: Block, draft: Draft) -> str:
    text = _inline(block, draft)
    if block.shape == "heading":
        return f"<h2>{text}</h2>"
    if block.shape == "image":
        alt = escape(plain(block.text(draft.brief.language)), quote=True)
        return (
            f'<figure class="placeholder" role="img" aria-label="{alt}">'
            f"<figcaption>{text}</figcaption></figure>"
        )
    if block.shape == "facts":
        rows = "".join(f"<dt>{marked(r[0])}</dt><dd>{marked(r[1])}</dd>" for r in block.rows)
        return f"<dl>{rows}</dl>" if rows else ""
    if block.shape == "table":
        return _table(block)
    if block.shape == "shot":
        seen = f"{block.seconds:.1f} s · {plain(block.shot)}"
        return f'<p class="shot">{escape(seen, quote=False)}</p>\n<p>{text}</p>'
    return f"<p>{text}</p>"


def _table(block: Block) -> str:
    head, *rest = block.rows
    first = "".join(f'<th scope="col">{marked(c)}</th>' for c in head)
    lines = "".join(
        f'<tr><th scope="row">{marked(r[0])}</th>'
        + "".join(f"<td>{marked(c)}</td>" for c in r[1:])
        + "</tr>"
        for r in rest
    )
    return f"<table><thead><tr>{first}</tr></thead><tbody>{lines}</tbody></table>"


def _script(value: object) -> str:
    """JSON that cannot end its script element."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


_TYPES = {
    "review": "Review", "listicle": "Article", "video": "Article", "podcast": "Article",
    "product": "WebPage", "programme": "Article",
}  # fmt: skip


def linked(draft: Draft, meta: Meta) -> dict[str, object]:
    """schema.org JSON-LD: what the page is, what it is about, and that a machine helped."""
    brief = draft.brief
    found: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": _TYPES.get(brief.kind, "Article"),
        "headline": plain(draft.title)[:110],
        "name": plain(draft.title),
        "description": description(draft),
        "inLanguage": "zh-CN" if brief.language == "zh" else "en",
        "creativeWorkStatus": "Draft",
        "creditText": assistance(draft),
        "keywords": list(brief.keywords),
        "dateCreated": meta.date,
        "publisher": {"@type": "Organization", "name": meta.site} if meta.site else "",
    }
    things = [dict(meta.things[i]) for i in brief.items if i in meta.things]
    if brief.kind == "review" and len(things) == 1:
        found["itemReviewed"] = things[0]
    elif brief.kind in ("listicle", "programme") and things:
        found["mainEntity"] = {
            "@type": "ItemList",
            "numberOfItems": len(things),
            "itemListElement": [
                {"@type": "ListItem", "position": n, "item": t} for n, t in enumerate(things, 1)
            ],
        }
    elif things:
        found["about"] = things
    return {k: v for k, v in found.items() if v not in ("", [])}
