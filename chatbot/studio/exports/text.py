"""Plain text: for mail, for pasting, for reading aloud."""

from __future__ import annotations

import textwrap

from chatbot.studio.draft import Block, Draft, plain
from chatbot.studio.exports.meta import Meta, assistance

_WIDTH = 78


def render(draft: Draft, meta: Meta) -> str:
    """The draft without any markup; English is wrapped, Chinese is not."""
    title = plain(draft.title)
    parts = [title + "\n" + "=" * min(_WIDTH, max(3, _width(title)))]
    parts.extend(text for b in draft.blocks if (text := _block(b, draft)))
    stamp = f"[{assistance(draft)}{', ' + meta.date if meta.date else ''}]"
    return "\n\n".join([*parts, stamp]) + "\n"


def _block(block: Block, draft: Draft) -> str:
    text = plain(block.text(draft.brief.language))
    if block.shape == "heading":
        return text + "\n" + "-" * min(_WIDTH, max(3, _width(text)))
    if block.shape in ("bullet", "question"):
        return _wrapped(f"- {text}", draft, "  ")
    if block.shape == "image":
        return f"[{text}]"
    if block.shape == "facts":
        return "\n".join(f"{plain(row[0])}: {plain(row[1])}" for row in block.rows)
    if block.shape == "table":
        return "\n".join(" | ".join(plain(c) for c in row) for row in block.rows)
    if block.shape == "shot":
        return _wrapped(f"[{block.seconds:.1f} s: {plain(block.shot)}] {text}", draft)
    return _wrapped(text, draft)


def _wrapped(text: str, draft: Draft, indent: str = "") -> str:
    if draft.brief.language == "zh":
        return text
    return textwrap.fill(
        text, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _width(text: str) -> int:
    return sum(2 if ord(c) > 0x2E80 else 1 for c in text)
