"""Whom a description is about: its first subject, where that is somebody and stands in front.

"A meek bank clerk fishes a mask out of the river" is about "a meek bank clerk". Only a head that
is known to be alive counts; where the sentence begins otherwise nothing is said.
"""

from __future__ import annotations

import re

from chatbot.studio.details import details
from chatbot.studio.details_zh import details_zh
from chatbot.studio.draft import split
from chatbot.values import Language

_FRAME = re.compile(
    r"(?:In|At|On|By|After|Before|During|To|For|Fresh|With|Back|From|Late|Early|One|Across|"
    r"Outside|Inside|Near|Under|\w+ed|\w+ing)\b[^.,;:]*, "
)
_ALIVE = re.compile(
    r"(?:agent|lawyer|writer|clerk|detective|teacher|student|thief|actor|actress|mother|father|"
    r"officer|worker|engineer|reporter|surgeon|captain|businessman|journalist|prince|princess|"
    r"veteran|chief|swordsman|singer|killer|daughter|son|policeman|scientist|banker|novelist|"
    r"inventor|star|architect|prospector|murderer|player|editor|barber|salesman|lady|champion|"
    r"burglar|doctor|boxer|crook|baron|professor|assistant|general|trainee|loner|fighter|"
    r"pianist|\w+-year-old|teenager|film-?maker|orphan|farmer|baby|analyst|schoolgirl|schoolboy|"
    r"janitor|nurse|widow|widower|graduate|programmer|trooper|rider|waitress|waiter|publicist|"
    r"assassin|mayor|manager|prosecutor|tramp|projectionist|deckhand|seller|count|artist|stranger|"
    r"hustler|palaeontologist|companion|tycoon|critic|psycho\w+|psychiatrist|psychologist|fan|"
    r"missionary|servant|potter|ronin|lieutenant|director|major|producer|wife|husband|thug|"
    r"scholar|sniper|politician|diplomat|patrolman|correspondent|trawlerman|warrior|nobleman|"
    r"gangster|industrialist|priest|warlord|trucker|drop-?out|collector|robber|cop|lord|raider|"
    r"clown|miser|saxophonist|sprinter|profiteer|landlord|therapist|marketeer|performer|"
    r"astronomer|attendant|driver|leader|schemer|publisher|puppeteer|librarian|magnate|emperor|"
    r"guard|adman|adventurer|president|disciple|courier|enforcer|profiler|narrator|designer|"
    r"soldier|stuntman|queen|king|masseur|vet|cabbie|witch|operative|strongman|exorcist|"
    r"enthusiast|fisherman|miner|forger|tearaway|investigator|shopkeeper|genius|grandmother|"
    r"grandfather|bassist|sophomore|pilot|housewife|dentist|labourer|villain|violinist|novice|"
    r"playboy|visitor|prisoner|scavenger|trapper|wrestler|mercenary|wizard|impresario|official|"
    r"lifeguard|photographer|author|watchman|cleaner|handler|climber|bouncer|goalkeeper|"
    r"instructor|inspector|huckster|owner|billionaire|gamer|meteorologist|matchmaker|couple|"
    r"bear|ogre|hobbit|rabbit|panda|hedgehog|spaniel|elephant|mammoth|robot|cyborg|knight|monk|nun|"
    r"spy|smuggler|poet|composer|drummer|dancer|chef|cook|baker|tailor|judge|juror|rebel|sailor|"
    r"bride|groom|twin|brother|sister|aunt|uncle|neighbour|drifter|outlaw|sheriff|bounty hunter|"
    r"hunter|hacker|runaway|student|apprentice|caretaker|bodyguard|gambler|con man|conman)"
)


def lead(text: str, language: Language) -> str:
    """The somebody a description begins with, or "".

    >>> lead("A meek bank clerk fishes a wooden mask out of the river. Fun.", "en")
    'a meek bank clerk'
    >>> lead("A mysterious blue letter arrives. Nobody reads it.", "en")
    ''
    """
    if language == "zh":
        found = details_zh(text, 1)
        begins = found and re.match(rf"(?:一[个位名只头对])?{re.escape(found[0])}", text)
        return found[0] if begins else ""
    found = details(text, "en", 1)
    if not found:
        return ""
    first = split(text, "en")[0]
    at = (first[:1].lower() + first[1:]).find(found[0])
    if at and not _FRAME.fullmatch(first[:at]):
        return ""
    return found[0] if _ALIVE.fullmatch(found[0].split()[-1]) else ""
