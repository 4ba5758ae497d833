"""Words, names and numbers of a sentence, in both languages. Knows no facts and decides nothing."""

from __future__ import annotations

import re

from chatbot.models import lexicon

HAN = re.compile(r"[\u3400-\u9fff]+")
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['’\-][A-Za-z\u00c0-\u024f]+)*")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
TITLE = "\ue000"  # stands for a title while the rest of a sentence is looked at


def numbers(text: str) -> list[str]:
    """The numbers a text states, written as digits."""
    found = [n.replace(",", "").rstrip(".") for n in _NUMBER.findall(text)]
    words = (w.lower() for w in LATIN.findall(text))
    found += [str(lexicon.NUMBERS_EN[w]) for w in words if w in lexicon.NUMBERS_EN]
    found += [
        str(lexicon.NUMBERS_ZH[c]) for c in re.findall(r"(?<!第)[两二三四五六七八九十]", text)
    ]
    return [n[:-2] if n.endswith(".0") else n for n in found]


def denies(clause: str) -> bool:
    """Whether a clause says that something is not so.

    >>> denies("it is not scary"), denies("很不错")
    (True, False)
    """
    words = {w.lower().replace("’", "'") for w in LATIN.findall(clause)}
    if words & lexicon.NEGATION_EN or any(w.endswith("n't") for w in words):
        return True
    return any(c in clause for c in lexicon.NEGATION_ZH) and "不错" not in clause


def stem(word: str) -> str:
    """A rough stem: forms of one word meet, comparatives stay apart.

    >>> stem("directed") == stem("directs"), stem("longer") == stem("long")
    (True, False)
    """
    word = word.lower().replace("’", "'").removesuffix("'s")
    for ending, kept in (
        ("ies", "y"),
        ("sses", "ss"),
        ("ing", ""),
        ("ed", ""),
        ("es", ""),
        ("s", ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: len(word) - len(ending)] + kept
            break
    # "directed" and "directing", "horrifying" and "horrify", "runs" and "running" meet here.
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    if len(word) > 3:
        word = word.removesuffix("e")
    return word


def stems(text: str) -> list[str]:
    """Stems of the English words of a text; hyphens divide."""
    return [stem(w) for part in LATIN.findall(text) for w in part.split("-") if w]


GLUE = frozenset(stem(w) for w in lexicon.GLUE_EN | lexicon.NEGATION_EN)


def capital_runs(text: str) -> list[str]:
    """Runs of capitalised words; a lone word that opens a sentence is no name."""
    runs: list[str] = []
    current: list[str] = []
    end = -1
    for match in LATIN.finditer(text):
        word = match.group()
        opens = not re.search(r"\w", text[: match.start()].replace(TITLE, "x"))
        named = word[0].isupper() and word not in ("I", "I'm", "I'd", "I've", "I'll")
        if named and opens and stem(word) in GLUE:
            named = False
        joined = end >= 0 and text[end : match.start()].strip(" .") == ""
        if current and not (named and joined):
            runs.append(" ".join(current))
            current = []
        if named:
            current.append(word)
        end = match.end()
    if current:
        runs.append(" ".join(current))
    return runs


def without_glue(piece: str) -> str:
    """A Chinese word less its denial and number words, and single characters that say nothing."""
    kept = [
        c
        for c in piece
        if c not in lexicon.GLUE_ZH and c not in lexicon.NEGATION_ZH and c not in lexicon.NUMBERS_ZH
    ]
    return "".join(kept)


def han_pieces(text: str) -> list[str]:
    """Chinese words of a text."""
    runs = HAN.findall(text)
    if not runs:
        return []
    import rjieba

    return [piece for run in runs for piece in rjieba.cut(run) if piece.strip()]
