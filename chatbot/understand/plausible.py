# ruff: noqa: E501  (patterns and word lists read best on one line)
"""Whether words that could name a person or a value do so here, by what stands around them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot.understand import common
from chatbot.understand.people import Person
from chatbot.understand.spans import Reading
from chatbot.understand.surroundings import SMALL, Surroundings

_PERSON_BEFORE = re.compile(
    r"(?:\b(?:by|with|starring|stars?|featuring|actors?|actress(?:es)?|directors?|directed by|like|love|liked|loved|enjoy|fan of|from|"
    r"and|or|not|no|without|author|writer|artist|guy|singer|hate|about|is|was|for|more|some|any|an?|of)[ :]*|"
    r"(?:导演|演员|主演|喜欢|出演|主演的|和|与|有|由|跟|是|除了|或|不要|讨厌|看|要|找|推荐|来|点|些|部)[ :：]*)$"
)
_PERSON_AFTER = re.compile(
    r"^(?:,? but (?:not?|nothing|without)\b|'s|’s|s'|\s+(?:movies?|films?|flicks?|ones?|fan|stuff|is|was|plays?|in|books?|novels?|style|type|classics?|direct|esque)\b|\s*(?:的|演|导|主演|导演|拍|执导|电影|片|作品|自导|和|与|跟|还有|有|除了|早期|晚期))"
)
_PREDICATE = re.compile(
    r"(?:\b(?:that's|thats|that is|sounds?|it's|its|it is|looks?|i'm|im|i am|you're|you are|we're|be|am|so|very good|is|was|are|were|thanks?|ok|okay|yes|oh|how|feel|feeling|felt|got|get|that|pretty) (?:so |very |really |pretty |a |just |quite |too |not )*)$"
)
_WISH_PREDICATE = re.compile(
    r"\b(?:should be|must be|has to be|needs? to be|to be|make it|would be|could be|that(?:'s| is| are|'re)|which (?:is|are)|it(?:'s| is) (?:too|not)|as long as it(?:'s| is)|if it(?:'s| is)|"
    r"(?:'d|would) (?:like|love|prefer) it|(?:want|prefer|need) it|(?:mood|feel) for|in the mood|feeling|feel like|not|too|isn't|aren't|anything|something|nothing|stuff|one|ones|more|less|preferably|really|kind of|bit)(?: (?:too|so|very|really|a|an|the|bit|little|more|less|super|pretty|that|kind of|both|all))* ?$"
)
_VALUE_BEFORE = re.compile(
    r"\b(?:about|with|featuring|involving|involves?|has|have|of|on|set (?:in|during|at)|some|any|no|not|nothing|something|anything|more|less|a|an|and|or|but|too|very|really|lots of|"
    r"loves?|likes?|enjoys?|hates?|stand|handle|avoid|without|into|want|watch|see|for|good|great|best|recommend|in|without|never|prefer|genre|genres|from|new|old|bit|little|both|that(?:'s| is|'re| are)?|are|be|kind of|fan of|type of|"
    r"favou?rite|than|mainly|mostly|usually|either|also|other|even|only|action|comedy|is|lot of|as|so|classic|modern|dark|light|great|still|quite|pretty|extra|truly|make me|makes me|want to|with a|with some|cool|actual|just) ?$|[,/&+、，和或跟与及\-]\s*$"
)
_NOUN_AFTER = re.compile(
    r"^[\s\-]*(?:movies?|films?|flicks?|ones?|stuff|stor(?:y|ies)|themed?|themes|genres?|shows?|series|books?|novels?|titles?|vibes?|mood|type|kind|pictures?|cinema|courses?|places?|restaurants?|products?|games?|music|and|or|but|,|/|thriller|comedy|drama|horror|romance|action|elements?)\b|^\s*(?:的|片|电影|类|题材|风|感|剧|系|方面|、|，)"
)
_BY = re.compile(
    r"\b(?:by|with|starring|star|featuring|directed by|directors?|actors?|actress|author|fan of|from)[ :]*$"
)
_WORKS = re.compile(r"^(?:'s|’s|\s+(?:movies?|films?|flicks?|fan|books?|novels?)\b)")
_NO_SURNAMES = frozenset(
    "marvel disney pixar christmas winter summer oscar ford short blue stoner mature common holiday holidays love king prince queen star stars war black white gray green brown gold hope grace early french english german irish west love hood field best good young old day night star lamb".split()
)
"""Surnames that are nearly always something else in a text."""


def person_fits(around: Surroundings, first: int, last: int, person: Person) -> float:
    """How well the tokens can be this person here; ≤ 0 = they are just words."""
    inside = [t.word for t in around.tokens[first:last]]
    before, after = around.before(first), around.after(last)
    if not inside[0].isascii():
        size = last - first
        plain = "".join(inside) in _PLAIN_NAMES
        fit = -0.8 if plain else {1: -5.0, 2: 0.3, 3: 1.0}.get(size, 2.0)
        return fit + bool(_PERSON_BEFORE.search(before)) + bool(_PERSON_AFTER.search(after))
    cue = bool(_PERSON_BEFORE.search(before)) or bool(_PERSON_AFTER.search(after))
    surprise = common.surprise(inside)
    proper = around.proper(first, last)
    if not person.whole:
        return _surname_fits(around, first, last, person, cue=cue, surprise=surprise)
    if len(inside) == 1 or (len(inside) == 2 and inside[0] == "the"):
        if person.count < 2 or person.weight < 0.5 or not (proper or around.shape == "lower"):
            return -1.0
        if common.ordinary(inside[-1], 6) and not (proper and cue):
            return -1.0
        return (surprise - 5.2) + cue * 0.8 - (0.0 if person.count > 2 else 2.0) + proper
    fit = (surprise - 6.5) * 0.5 + 2.5 * proper + 0.8 * cue + 0.5
    if not proper and around.shape == "mixed":
        fit -= 1.0
    return fit


def _surname_fits(
    around: Surroundings, first: int, last: int, person: Person, *, cue: bool, surprise: float
) -> float:
    if person.share < 0.45 or person.count < 2:
        return -1.0
    proper = around.proper(first, last)
    capital = around.tokens[first].capital
    inside_word = around.tokens[first].word
    neighbours = around.tokens[max(0, first - 1) : first] + around.tokens[last : last + 1]
    # A capital next to it belongs to a longer name that is not this one.
    if any(
        t.capital and t.word not in SMALL and not around.opens(first - 1)
        for t in neighbours
        if t != around.tokens[0]
    ):
        if not re.match(r"'s|’s", around.after(last)):
            return -1.0
    if person.weight < (0.5 if capital else 1.5) or inside_word in _NO_SURNAMES:
        return -1.0
    if not capital and not (_BY.search(around.before(first)) or _WORKS.match(around.after(last))):
        return -1.0
    fit = (
        (surprise - (4.75 if capital else 5.1)) * 1.2
        + 1.0 * cue
        + (0.8 if proper else -0.4 if capital else -0.8)
    )
    return fit - (0.0 if cue or around.whole(first, last) else 1.5)


def value_fits(around: Surroundings, first: int, last: int, readings: Sequence[Reading]) -> float:
    """How well the tokens can be facet values here; ≤ 0 = they are just words."""
    inside = [t.word for t in around.tokens[first:last]]
    if "".join(inside) in _NO_VALUES:
        return -1.0
    if inside == ["剧", "情"] and _PLOT.match(around.after(last)):
        return -1.0  # what happens in it, not a kind
    if not inside[0].isascii():
        return 1.0 if last - first > 1 else _single_character_fits(around, first, last)
    if last - first > 1:
        return 1.5
    word = inside[0]
    if len(word) < 2:
        return -1.0
    if around.answering and any(r.facet == around.answering for r in readings):
        return 2.0
    if any(r.facet in CLEAR for r in readings) and word not in _SLIPPERY:
        return 1.5
    if around.whole(first, last):
        return 1.0 if word not in _CHATTY else -0.5
    return _word_fits(word, around.before(first), around.after(last))


def _word_fits(word: str, before: str, after: str) -> float:
    """Whether an everyday word for a taste is meant as one."""
    if word in _COMPANY and re.search(r"\b(?:with|for) (?:my|our) $", before):
        return -1.0  # who watches along is not what the film is about
    if word in _HEADS and _SHALL.match(after):
        return -1.0  # "the language should be English" speaks of a facet
    about = re.search(r"\b(?:about|of) (?:\w+ )?$", before) is not None
    if word in _VERBS and not about:
        return 1.0 if _MOVED.search(before) else -1.0
    if _NOUN_AFTER.search(after) and not re.match(r"^\s*(?:,|and\b|or\b|but\b)", after):
        return 1.0
    if _WISH_PREDICATE.search(before):
        return 1.0
    if _PREDICATE.search(before):
        return -1.0
    if word in _CHATTY:
        about = about or _WANTED.search(before) is not None
        return 0.5 if about or _FOND.search(before) else -0.5
    if not common.ordinary(word, 40):
        return 1.0
    opens = not before.strip() and _BESIDE.match(after) is not None
    return 0.5 if opens or _VALUE_BEFORE.search(before) else -0.5


_BESIDE = re.compile(r"^,? (?:but|and|yet) (?:\w+ )?\w+\W*$")
"""Such as "sad but hopeful": nothing but two words for a taste."""


_PLOT = re.compile(
    r"^(?:别|不|要|太|简单|复杂|紧|好|很|比较|有|上|方面|反转|吸引|精彩|丰富|老套|拖)"
)
_PLAIN_NAMES = frozenset("宁静 饺子 黎明 夏雨 陀螺 郭达 朱莉 皮特 张敏 阿巴斯 甜茶".split())
"""Names that are also ordinary words; they need a cue."""
CLEAR = frozenset(
    {"genre", "country", "language", "certificate", "category", "brand", "level", "difficulty"}
)
KINDS = frozenset({"category", "subject", "cuisine"})
"""Facets that say what kind of thing an item is."""
_SLIPPERY = frozenset(
    "us com doc docs music family war crime short sf dramatic welsh polish sports sport r g pg wars families foreign history action in usa history historic".split()
) - {"action", "usa", "crime", "war"}
_COMPANY = frozenset(
    "grandparents parents grandma grandpa grandmother grandfather mother father mum mom dad son daughter "
    "brother sister wife husband friends friend dog cat boss teacher".split()
)
_HEADS = frozenset({"language", "time", "age", "period"})
_SHALL = re.compile(r"^ (?:should|must|has to|needs to|can|is|doesn't)\b")
_WANTED = re.compile(r"\b(?:asked for|looking for|wanted|learn|study|learning|studying) $")
_FOND = re.compile(
    r"\b(?:loves|adores|enjoys|(?:is|are) (?:really )?into|(?:mad|crazy) about|obsessed with|fond of)(?: all)? $"
)
_MOVED = re.compile(r"\b(?:want|need|make|makes|made) (?:to|me|us) (?:really |just )?$|good $")
_VERBS = frozenset("love loves laugh cry".split())
_CHATTY = frozenset(
    "cool fun love happy light good smart sharp hot slow weird odd sweet strange quiet new old short long long. friends friend "
    "family music class school war positive kind warm loss raw death magic art faith trial mob class poor emotional train "
    "loves cop faith memory memories race moving clever silly laugh laughs blood calm complex graphic interesting serious deep cry love. "
    "modern recent latest newest brief sea summer writer writers teacher travel business science identity quest ambition cars artist class cats dog dogs cat island animals animal nature childhood childrens children kids religion relax kids".split()
)


_NO_VALUES = frozenset(
    "没有 其他 其它 暂无 无 未知 other others none unknown misc more later lol good morning later".split()
)


def _single_character_fits(around: Surroundings, first: int, last: int) -> float:
    """One character alone is a value only where the sentence leaves it alone: 「很燃」「太虐了」."""
    before, after = around.before(first), around.after(last)
    lonely = re.search(
        r"(?:很|太|特别|超|比较|有点|更|够|不|多|好|要|要的是|(?:主题|题材|内容)是|关于|跟|和|与|养|只|条|让人|想|^)$|^$|[，,。！]$",
        before.strip(),
    )
    return (
        0.5
        if lonely and re.match(r"^(?:的|有关|相关|一点|点|了|$|，|。|！|！|片)", after)
        else -1.0
    )
