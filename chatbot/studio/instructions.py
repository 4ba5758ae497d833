"""What an instruction to revise asks for, in English and Chinese. Reads words; changes nothing.

The words are data (`data/instructions.toml`); here is what needs grammar: whose audience, which
item, what to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from chatbot.errors import InputError
from chatbot.studio.brief import clean
from chatbot.studio.lexicon import data

Op = Literal[
    "shorter", "longer", "tone", "audience", "kind", "language", "drop", "order", "retitle",
    "rephrase", "without", "calm", "mention", "simpler", "facts", "move",
]  # fmt: skip

MOST = 500
"""Characters of an instruction."""

HELP = (
    "Try: shorter, longer, to 200 words, warmer, funnier, more formal, for teenagers, turn into a "
    "thread, in Chinese, drop the second, newest first, without the cast, no exclamation marks, "
    "rephrase, simpler, title: …, mention: …"
)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to change.

    `value`: the tone, audience, kind, language, title or words to mention; for "drop" and "move" a
    position from 1 (-1 the last); for "shorter" a number of words or ""; for "without" what goes
    ("cast", "images", …); for "order" a facet, with "-" in front for falling.
    """

    op: Op
    value: str = ""


_ORDINALS: Mapping[str, int] = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "last": -1, "一": 1, "二": 2, "三": 3, "四": 4,
    "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "1st": 1, "2nd": 2, "3rd": 3,
}  # fmt: skip
_QUOTES = "\"“”'「」 "
_TITLE = re.compile(
    r"(?:(?:change |set )?(?:the )?title(?: to)?|标题(?:改[成为])?)\s*[:：]?\s*(\S.*)",
    re.IGNORECASE,
)
_MENTION = re.compile(
    r"(?:mention|add(?: that)?|say that|提一?下|加上|补充)\s*[:：]?\s*(\S.+)", re.IGNORECASE
)
_TARGET = re.compile(
    r"(?:to|at most|under|within|about|到|不超过|控制在)\s*(\d{1,5})\s*(?:words?|characters|字)"
)
_TURN = re.compile(
    r"(?:\b(?:turn|make|convert|rewrite|change)\b.{0,30}?\b(?:into|to|as)\s+(?:an? )?"
    r"|\bas an? |\bmake (?:it|this) an? "
    r"|(?:改|写|变|做|换|转)(?:写)?成(?:一?[篇份个串封期条张组部])?)"
)
_GONE = re.compile(
    r"(?:\b(?:without|remove|drop|delete|cut|leave out|take out|no|lose)\s+"
    r"(?:(?:all|any|the|every|of|mentions?|sentences?|about|talk)\s+)*"
    r"|(?:去掉|删掉|删除|不要|拿掉|去除|别写|不提)(?:所有|全部)?(?:关于)?)"
)
_DROP = re.compile(r"\b(?:drop|remove|delete|lose|leave out|cut)\b|去掉|删掉|删除|拿掉|不要")
_MOVE = re.compile(
    r"\b(?:start|begin|open|lead) with\b|\bto the (?:top|front)\b"
    r"|放(?:到|在)?(?:最前|开头)|提前|先写"
)
_FOR = re.compile(r"\b(?:for|aimed at|addressed to)\s+((?!me\b|it\b|this\b)[a-z][\w' -]{2,60})$")
_FOR_KNOWN = re.compile(
    r"\bfor ((?:young |older |busy )?(?:teenagers|children|kids|families|parents|beginners|experts|"
    r"students|seniors|adults|couples))\b"
)
_FOR_ZH = re.compile(
    r"(?:面向|写给|针对|适合|给)([^，。,；、]{2,12}?)(?:看的?|读的?|用的?|的)?(?:$|[，。,；])"
)


def parse(instruction: str) -> tuple[Change, ...]:
    """The changes an instruction asks for; what changes the whole comes first.

    Raises:
        InputError: it is empty, too long, or nothing in it is understood.

    >>> parse("make it shorter and warmer")
    (Change(op='tone', value='warm'), Change(op='shorter', value=''))
    >>> parse("改成给青少年看的，短一点")
    (Change(op='audience', value='青少年'), Change(op='shorter', value=''))
    """
    text = clean(instruction)
    if not text:
        raise InputError("say what to change.", hint=HELP)
    if len(text) > MOST:
        raise InputError(f"an instruction has at most {MOST} characters.")
    found = _quoted(text) or _read(text.lower())
    if not found:
        raise InputError(
            f"“{text[:80]}” is not something I can do without a language model.", hint=HELP
        )
    return found


def kinds_in(text: str) -> tuple[str, ...]:
    """Kinds of text that are named in lower-case words, in the order they are named.

    >>> kinds_in("turn the list into a short review")
    ('listicle', 'review')
    """
    found = [(m.start(), k) for k, rule in _rules("kind") for m in rule.finditer(text)]
    return tuple(kind for _, kind in sorted(found))


def tone_in(text: str) -> str:
    """The tone that lower-case words ask for, "neutral" where none.

    >>> tone_in("a funny thread"), tone_in("写得温暖一点")
    ('playful', 'warm')
    """
    for value, rule in _TONES:
        if rule.search(text):
            return value
    return next((value for value, rule in _rules("tone") if rule.search(text)), "neutral")


_TONES = (
    ("warm", re.compile(r"\b(?:warm|friendly|personal|cosy)\b")),
    ("playful", re.compile(r"\b(?:funny|witty|playful|humou?rous|cheeky|light-hearted)\b")),
    ("lively", re.compile(r"\b(?:lively|energetic|excited|enthusiastic|punchy)\b")),
    ("formal", re.compile(r"\b(?:formal|serious|professional|academic)\b")),
)
"""Tones as an order names them; "warmer" and its like belong to revisions."""


def _quoted(text: str) -> tuple[Change, ...]:
    """Instructions that carry the writer's own words: nothing else is read into those."""
    match = _TITLE.fullmatch(text)
    if match:
        return (Change("retitle", match[1].strip(_QUOTES)),)
    match = _MENTION.fullmatch(text)
    return (Change("mention", match[1].strip(_QUOTES)),) if match else ()


def _read(text: str) -> tuple[Change, ...]:
    found: list[Change] = []
    rest = text
    for reader in _READERS:
        change, rest = reader(rest)
        if change is not None:
            found.append(change)
    return tuple(found)


Read = tuple[Change | None, str]
"""A change, and the text without the words that asked for it."""


@cache
def _rules(group: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (value, re.compile(rf"(?<![a-z])(?:{rule['en']})(?![a-z])|{rule['zh']}"))
        for value, rule in data("instructions")[group].items()
    )


def _out(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + " , " + text[match.end() :]


def _simple(group: str) -> Callable[[str], Read]:
    def read(text: str) -> Read:
        for value, pattern in _rules(group):
            match = pattern.search(text)
            if match:
                op = value if group == "plain" else group
                change = Change(cast(Op, op), "" if group == "plain" else value)
                return change, _out(text, match)
        return None, text

    return read


def _after(lead: re.Pattern[str], group: str) -> Callable[[str], Read]:
    """A rule of `group` right after a lead ("turn into a …", "without the …")."""

    def read(text: str) -> Read:
        for start in lead.finditer(text):
            for value, pattern in _rules(group):
                match = pattern.match(text, start.end())
                if match:
                    rest = text[: start.start()] + " , " + text[match.end() :]
                    return Change(cast(Op, group), value), rest
        return None, text

    return read


def _target(text: str) -> Read:
    match = _TARGET.search(text)
    if match is None:
        return None, text
    rest = text[: match.start()] + text[match.end() :]
    for value, pattern in _rules("plain"):
        if value in ("shorter", "longer"):
            rest = pattern.sub(" ", rest)
    return Change("shorter", match[1]), rest


def _audience(text: str) -> Read:
    match = _FOR_KNOWN.search(text) or _FOR.search(text) or _FOR_ZH.search(text)
    if match is None:
        return None, text
    return Change("audience", match[1].strip()), _out(text, match)


def _position(text: str) -> str | None:
    match = re.search(r"\b(" + "|".join(k for k in _ORDINALS if k.isascii()) + r")\b", text)
    if match:
        return str(_ORDINALS[match[1]])
    match = re.search(r"第\s*([一二三四五六七八九十]|\d+)", text)
    if match:
        return str(_ORDINALS.get(match[1]) or int(match[1]))
    if re.search(r"最后[一部本个条款门首项段]", text):
        return "-1"
    match = re.search(r"(?:item|number|no\.?|#)\s*(\d{1,2})\b", text)
    return match[1] if match else None


def _placed(op: Op, verb: re.Pattern[str]) -> Callable[[str], Read]:
    def read(text: str) -> Read:
        position = _position(text) if verb.search(text) else None
        return (None, text) if position is None else (Change(op, position), verb.sub(" ", text))

    return read


_READERS: tuple[Callable[[str], Read], ...] = (
    _after(_TURN, "kind"),
    _simple("language"),
    _simple("order"),
    _placed("move", _MOVE),
    _placed("drop", _DROP),
    _audience,
    _after(_GONE, "without"),
    _target,
    _simple("tone"),
    _simple("plain"),
    _simple("plain"),
    _simple("plain"),
)
