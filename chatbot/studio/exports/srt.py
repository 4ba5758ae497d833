"""Subtitles of a script: what is said, cut into cues that can be read in the time they stand."""

from __future__ import annotations

import re
import textwrap

from chatbot.errors import InputError
from chatbot.studio.draft import Draft, plain, size, split
from chatbot.values import Language

LINE = {"en": 42, "zh": 18}
LINES = 2


def render(draft: Draft) -> str:
    """Numbered cues; times rise without gaps between the cues of a shot and never overlap.

    Raises:
        InputError: the draft has no shots.
    """
    shots = [b for b in draft.blocks if b.shape == "shot"]
    if not shots:
        raise InputError(
            "only a video script has timings.", hint="Turn the draft into a video script first."
        )
    language = draft.brief.language
    cues: list[str] = []
    start = 0
    for shot in shots:
        end = start + round(shot.seconds * 1000)
        texts = pieces(plain(shot.text(language)), language)
        weights = [max(1, size(t, language)) for t in texts]
        at = start
        for number, (text, weight) in enumerate(zip(texts, weights, strict=True), 1):
            last = number == len(texts)
            stop = end if last else at + round((end - start) * weight / sum(weights))
            lines = wrapped(text, language)
            cues.append(f"{len(cues) + 1}\n{stamp(at)} --> {stamp(stop)}\n{lines}\n")
            at = stop
        start = end
    return "\n".join(cues)


def pieces(text: str, language: Language) -> list[str]:
    """A text in pieces of at most two lines, cut at sentences, then at commas and words."""
    found: list[str] = []
    for sentence in split(text, language):
        lines = broken(sentence, language)
        if len(lines) <= LINES:
            found.append(sentence)
            continue
        # Even pieces read better than one full cue and a leftover.
        count = -(-len(lines) // LINES)
        each = -(-sum(map(_width, lines)) // (count * LINES))
        narrow = broken(sentence, language, min(LINE[language], each + LINE[language] // 4))
        glue = " " if language == "en" else ""
        found.extend(glue.join(narrow[i : i + LINES]) for i in range(0, len(narrow), LINES))
    return found or [text]


def wrapped(text: str, language: Language) -> str:
    """A cue on at most two lines."""
    return "\n".join(line.strip() for line in broken(text, language))


def broken(text: str, language: Language, width: int = 0) -> list[str]:
    """A text in lines; Chinese breaks anywhere but inside a foreign word or before a mark.

    >>> broken("导演是 Michael Mann，片长很长很长很长，主演很多。", "zh")
    ['导演是 Michael Mann，片长很长很长很', '长，主演很多。']
    """
    width = width or LINE[language]
    if language == "en":
        return textwrap.wrap(text, width)
    units = re.findall(r"(?:[\x21-\x7e\u00c0-\u024f]+ ?|.)[，。！？；：、”》）]*", text)
    lines = [""]
    for unit in units:
        if lines[-1] and _width(lines[-1] + unit.rstrip("，。！？；：、”》） ")) > width:
            lines.append("")
        lines[-1] += unit
    return lines


def _width(line: str) -> int:
    """Columns in which a foreign letter takes half of a character."""
    return (
        -(-sum(1 if ord(c) < 0x2E80 else 2 for c in line) // 2) if not line.isascii() else len(line)
    )


def stamp(milliseconds: int) -> str:
    """A time as subtitles write it.

    >>> stamp(3_725_040)
    '01:02:05,040'
    """
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02},{rest:03}"
