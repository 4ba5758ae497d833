"""Concrete details from a description: short noun phrases of its opening, never whole sentences.

"A meek bank clerk who cannot get into the hottest club in town fishes a wooden mask out of the
river …" gives "a meek bank clerk" and "a wooden mask". No tagger: after "a" an English noun is
singular, so a word in -s ends the phrase. What does not clearly parse gives nothing.
"""

from __future__ import annotations

import re

from chatbot.studio.draft import split
from chatbot.values import Language

_ENDS = frozenset(
    "who whom that which whose in on at of with from to for and or by into under between about "
    "near inside as after before until when where while but without through over against across "
    "behind beside beyond during out off up down is was has had can must will would could should "
    "may might cannot does did never always now once still also then only a an the his her its "
    "their one two three so if than because what how not just all both each every no it he she "
    "they meant named called left alone back there this these those who's himself herself "
    "together away everywhere nowhere somewhere here fresh jumpy famous home too instead tall "
    "taller foe desperate past north south uneasy ever nobody else you even".split()
)
_SINGULAR_S = frozenset(
    "boss princess business circus genius chess mattress actress waitress hostess mistress dress "
    "glass class grass cross fortress wilderness virus bus campus chorus lioness seamstress "
    "goddess countess duchess heiress governess villainess octopus bass mess guess kiss loss "
    "process success address congress progress crisis oasis basis".split()
)
_VERBS = frozenset(
    "run set sent meet find become take make get goes say tell told see turn come begin fall "
    "keep live work try want need help learn discover agree know believe put bring sold won lost "
    "grown born taken given driven known hidden caught bought kept held found met made "
    "laid chosen have been being dies sees heard built sold cast shot dumped lies hurt beaten "
    "be await said go were are crash prepare search split hung bound turned gone smitten shaken "
    "frozen dragged spent among produce travel chase fray please fight watch ask serve dance "
    "struck torn worn forced asked sworn raised returned".split()
)
_DULL = frozenset(
    "film story tale movie picture man woman boy girl day night year week time life thing way "
    "century lot bit few couple world place part moment chance number kind sort series set "
    "ago later member end name pair group sense idea case deal future past side "
    "comedy drama thriller portrait fable reason question matter minute hour month while".split()
)
_PHRASE = re.compile(r"\b([Aa]n?) ((?:[A-Za-z\u00c0-\u024f][\w'’-]*\s?){1,6})")
# Details that a draft should not pick out by itself, whatever the description does with them.
_HARSH = re.compile(r"\b(?:suicide|prostitut\w*|porn\S*|rap(?:e|ist)|molest\w*|harasser|heroin)\b")
_JUDGING = re.compile(r"\b(?:delicate|clever|brilliant|gentle|superb|classic|masterly|best)\b")


def details(text: str, language: Language, most: int = 3) -> tuple[str, ...]:
    """At most `most` details in the order of the text; () where nothing parses.

    Only the opening is read: what comes late in a description may give the ending away, and the
    last sentence of several is often a judgement.

    >>> details("A meek bank clerk who waits fishes a wooden mask out of the river. Fun.", "en")
    ('a meek bank clerk', 'a wooden mask')
    """
    sentences = split(text, "en")
    if language != "en" or not text or not sentences:
        return ()
    opening = " ".join(sentences[: max(1, min(2, len(sentences) - 1))])
    found: dict[str, None] = {}
    for match in _PHRASE.finditer(opening):
        phrase = _cut(match[2].split())
        # Without an adjective or a qualifying noun a detail says too little.
        if phrase and not _JUDGING.search(phrase) and not _HARSH.search(phrase):
            found.setdefault(f"{match[1].lower()} {phrase}")
    return tuple(found)[:most]


def _cut(words: list[str]) -> str:
    kept: list[str] = []
    verb = False
    for word in words:
        low = word.lower()
        if low in _ENDS or low in _VERBS or (kept and low.endswith(("ing", "ly"))):
            # A determiner cannot follow a noun: what stands before it was a verb. What stands
            # before "of" needs it.
            if low in _DETERMINERS or low == "of":
                return ""
            verb = low in _VERBS
            break
        plural = low.endswith("s") and not low.endswith(("'s", "’s", "ss", "us", "is"))
        if plural and low not in _SINGULAR_S:
            verb = True
            break
        kept.append(word)
    while kept and not verb and kept[-1].lower().endswith(("ed", "'s", "’s", "-")):
        kept.pop()
    if not 2 <= len(kept) <= 3 or not _NUMBERED.isdisjoint(w.lower() for w in kept):
        return ""
    last = kept[-1]
    dull = last.lower() in _DULL or last.lower() in _ADJECTIVES or last[0].isupper()
    return "" if dull or last.lower().endswith(("'s", "’s", "ed")) else " ".join(kept)


_DETERMINERS = frozenset(
    "a an the his her its their one two three this these those every each all both no him them "
    "it he she they me us you my our your".split()
)
_NUMBERED = frozenset("few little two three four five six seven eight nine ten many other".split())
_ADJECTIVES = frozenset(
    "young old little small big new long great good bad poor rich wealthy lonely former own "
    "black white red green blue pink grey golden silver human secret "
    "icy particular certain strange dead free tiny huge whole retired middle-aged shy quiet".split()
)


def apart(found: tuple[str, ...], text: str) -> tuple[str, ...]:
    """`found` without details that stand side by side in the text: together they would copy it."""
    kept: list[str] = []
    for one in found:
        near = kept and any(f"{kept[-1]}{mid}{one}".lower() in text.lower() for mid in _BETWEEN)
        if not near:
            kept.append(one)
    return tuple(kept)


_BETWEEN = (
    " and ",
    ", ",
    " or ",
    " to ",
    ", and ",
    " with ",
    " for ",
    " by ",
    " from ",
    "和",
    "与",
    "、",
    "遇上",
    "",
)
