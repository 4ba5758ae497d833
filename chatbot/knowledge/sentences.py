"""Text to sentences, English and Chinese. A sentence is never cut; a list line is one."""

from __future__ import annotations

import re

from chatbot.values import Language

_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_END = re.compile(
    r"(?<=[。！？；])(?=[^”」』）)])|(?<=[。！？][”」』）)])|"
    r"(?<=[.!?])[\"”’)\]]?\s+(?=[\"“‘(\[]?[A-Z0-9\u3400-\u9fff])"
)
_SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|approx|no|nos|vs|mr|mrs|ms|dr|st|rs|inc|ltd|co|dept|fig|min|max|tel|"
    r"p\.o|u\.s|u\.k|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|art|sec|para|incl|a\.m|p\.m)|"
    r"\b[A-Z]|^\d{1,2})\.$",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """The sentences of a text in order, each as it stands there.

    >>> sentences("Costs Rs. 500 a year. Is it free? Yes, e.g. for members.")
    ['Costs Rs. 500 a year.', 'Is it free?', 'Yes, e.g. for members.']
    >>> sentences("七天内可以退货。运费由顾客承担！")
    ['七天内可以退货。', '运费由顾客承担！']
    """
    found: list[str] = []
    for line in text.splitlines():
        line = line.strip()
        if not line:
            continue
        if line.startswith("- "):
            found.append(line)
            continue
        kept = ""
        for part in _END.split(line):
            kept = f"{kept} {part}" if kept else part
            if _SHORT.search(kept.rstrip()) is None:
                found.append(kept.strip())
                kept = ""
        if kept.strip():
            found.append(kept.strip())
    return [s for s in found if s]


def joined(parts: list[str]) -> str:
    """Sentences as a text again: list lines stand on their own, Chinese takes no space."""
    out = ""
    for part in parts:
        if not out:
            out = part
        elif part.startswith("- ") or out.rsplit("\n", 1)[-1].startswith("- "):
            out += f"\n{part}"
        elif _HAN.search(part[:4]) and out[-1] in "。！？；，、：":
            out += part
        else:
            out += f" {part}"
    return out


def language_of(text: str, default: Language = "en") -> Language:
    """The language of a text: Chinese where at least a fifth of its letters are.

    >>> language_of("7天无理由退货"), language_of("Ask for 老干妈 at the counter, please")
    ('zh', 'en')
    """
    letters = len(_LETTER.findall(text))
    if not letters:
        return default
    return "zh" if len(_HAN.findall(text)) * 5 >= letters else "en"
