"""Messages of the engine in the reader's language: errors with their hints, warnings, reasons.

The engine says everything in English; here is what a page shows. What is not known here is shown
as it is: a message in the wrong language is better than none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from chatbot.errors import SommelierError
from chatbot.ui.messages import CHINESE, FIELDS_ZH
from chatbot.values import Language

_RULES = tuple((re.compile(pattern, re.DOTALL), said) for pattern, said in CHINESE)


def spoken(text: str, language: Language) -> str:
    """A message, or several joined by "; ", in the reader's language.

    >>> spoken("there is nothing to redo.", "zh")
    '没有可以重做的修改。'
    >>> spoken("there is nothing to redo.", "en")
    'There is nothing to redo.'
    """
    if language == "en":
        return text[:1].upper() + text[1:]
    parts = [_chinese(part) for part in text.split("; ")]
    if all(parts):
        return "；".join(filter(None, parts))
    return _chinese(text) or text


def _chinese(text: str) -> str | None:
    for pattern, said in _RULES:
        match = pattern.fullmatch(text)
        if match:
            groups = {k: _value(v) for k, v in _named(match).items()}
            return said.format(**groups)
    return None


_RECORDED = re.compile(r"\b(year|runtime|age|price|duration) (?=[\d.]+(?:,|$))")


def _value(text: str) -> str:
    """A field's name or a record such as "year 1965, age 6" in Chinese; other words as they are."""
    if text in FIELDS_ZH:
        return FIELDS_ZH[text]
    said = _RECORDED.sub(lambda m: f"{FIELDS_ZH[m[1]]} ", text)
    return text if said == text else said.replace(", ", "，")


def _named(match: re.Match[str]) -> Mapping[str, str]:
    return {k: v for k, v in match.groupdict().items() if v is not None}


def failure(error: SommelierError, language: Language) -> str:
    """An error with its remedy, one or two sentences."""
    parts = [spoken(error.message, language)]
    if error.hint:
        parts.append(spoken(error.hint, language))
    return ("" if language == "zh" else " ").join(parts)
