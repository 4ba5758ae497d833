"""Markdown with front matter."""

from __future__ import annotations

import json
import re

from chatbot.studio.draft import Block, Draft, plain
from chatbot.studio.exports.meta import Meta, assistance, description


def render(draft: Draft, meta: Meta) -> str:
    """The draft as one Markdown file."""
    return f"{_front(draft, meta)}\n{body(draft)}"


def _front(draft: Draft, meta: Meta) -> str:
    brief = draft.brief
    fields: list[tuple[str, object]] = [
        ("title", plain(draft.title)),
        ("description", description(draft)),
        ("date", meta.date),
        ("lang", "zh-CN" if brief.language == "zh" else "en"),
        ("kind", brief.kind),
        ("items", list(brief.items)),
        ("keywords", list(brief.keywords)),
        ("ai_assisted", True),
        ("generator", assistance(draft)),
    ]
    lines = [f"{name}: {_quoted(value)}" for name, value in fields if value not in ("", [])]
    return "\n".join(["---", *lines, "---", ""])


def _quoted(value: object) -> str:
    """A value as JSON, which YAML reads: a title cannot break out of the front matter."""
    text = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        text = text.replace("[", "\\u005b").replace("]", "\\u005d")
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def body(draft: Draft) -> str:
    """Title and blocks, without front matter: what one click copies."""
    parts = [f"# {_safe(plain(draft.title))}"]
    last = ""
    for block in draft.blocks:
        text = rendered(block, draft)
        if not text:
            continue
        listed = block.shape in ("bullet", "question")
        if listed and last == block.shape:
            parts[-1] += "\n" + text
        else:
            parts.append(text)
        last = block.shape
    return "\n\n".join(parts) + "\n"


def rendered(block: Block, draft: Draft) -> str:
    """One block as Markdown."""
    text = _safe(block.text(draft.brief.language))
    if block.shape == "heading":
        return f"## {text}"
    if block.shape in ("bullet", "question"):
        return f"- {text}"
    if block.shape == "image":
        return f"![{plain(text).replace('[', '(').replace(']', ')')}](placeholder:{block.item})"
    if block.shape in ("table", "facts"):
        return table(block)
    if block.shape == "shot":
        return f"**[{_seconds(block.seconds)}]** _{_plain_cell(block.shot)}_\n\n{text}"
    return _guarded(text)


def table(block: Block) -> str:
    """Rows as a Markdown table; a box of facts has no head of its own."""
    rows = block.rows
    if not rows:
        return ""
    if block.shape == "facts":
        return "\n".join(f"- **{_plain_cell(row[0])}:** {_safe(row[1])}" for row in rows)
    head, *rest = rows
    lines = [_row(head), "|" + "---|" * len(head), *(_row(r) for r in rest)]
    return "\n".join(lines)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_safe(c).replace("|", "\\|") for c in cells) + " |"


def _plain_cell(text: str) -> str:
    return plain(text).replace("*", "\\*").replace("_", "\\_").replace("|", "\\|")


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s"


def _safe(text: str) -> str:
    """Text of catalogues and notes cannot become HTML, a link or an image."""
    text = text.replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"(!?)\[([^\]]*)\]\(", r"\1\\[\2\\](", text)


def _guarded(text: str) -> str:
    """A paragraph that begins like a heading, list or rule stays a paragraph."""
    return re.sub(r"^(\s*)([#>+-]|\d+[.)]\s|={3,}|-{3,})", r"\1\\\2", text)
