"""Short forms that a collection of texts uses: "FD" where it speaks of Fixed Deposits.

Learned from the texts alone: a short form explained in brackets ("Equated Monthly Instalment
(EMI)"), or the initials of a phrase that is written with capitals again and again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

_WORD = r"[A-Z][A-Za-z'-]+"
_LONG = rf"{_WORD}(?:[ -](?:of |and |at |to |the |in |for )?{_WORD}){{1,4}}"
_EXPLAINED = re.compile(rf"({_LONG})\s*\(([A-Z]{{2,6}})s?\)")
_EXPLAINING = re.compile(rf"\b([A-Z]{{2,6}})s?\s*\(({_LONG})\)")
_PHRASE = re.compile(rf"\b{_WORD}(?: {_WORD}){{1,2}}\b")
_OFTEN = 5
_SMALL = frozenset("of and at to the in for".split())


def acronyms(texts: Iterable[str]) -> Mapping[str, str]:
    """Short form → what it stands for.

    >>> acronyms(["Pay the Equated Monthly Instalment (EMI)."])["EMI"]
    'Equated Monthly Instalment'
    """
    explained: Counter[tuple[str, str]] = Counter()
    phrases: Counter[str] = Counter()
    for text in texts:
        pairs = [(m[2], m[1]) for m in _EXPLAINED.finditer(text)]
        pairs += [(m[1], m[2]) for m in _EXPLAINING.finditer(text)]
        for short, long in pairs:
            words = re.split(r"[ -]", long)
            for start in range(len(words)):  # "Pay the Equated …": what comes before is no part
                if words[start] not in _SMALL and _initials(words[start:]) == short:
                    explained[short, " ".join(words[start:])] += 1
                    break
        phrases.update(_PHRASE.findall(text))
    found: dict[str, str] = {}
    for (short, long), _ in explained.most_common():
        found.setdefault(short, long)
    for phrase, count in phrases.most_common():
        if count < _OFTEN:
            break
        found.setdefault(_initials(phrase.split()), phrase.removesuffix("s"))
    return found


def _initials(words: list[str]) -> str:
    return "".join(w[0] for w in words if w and w not in _SMALL).upper()


def spelt_out(text: str, known: Mapping[str, str]) -> str:
    """A text with the short forms that a visitor wrote in capitals explained.

    >>> spelt_out("break my RDs early", {"RD": "Recurring Deposit"})
    'break my RDs (Recurring Deposit) early'
    """

    def explain(m: re.Match[str]) -> str:
        long = known.get(m[1])
        return f"{m[0]} ({long})" if long and long.casefold() not in text.casefold() else m[0]

    return re.sub(r"\b([A-Z]{2,6})s?\b", explain, text)
