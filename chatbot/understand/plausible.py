"""Whether words that could name something do name it here. Decided by what stands around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from chatbot.understand import common
from chatbot.understand.people import Person
from chatbot.understand.spans import Reading
from chatbot.understand.text import Token
from retrieval.schema import Schema

_SMALL = frozenset("a an the of and in on to for with at by from or is".split())

_TITLE_BEFORE = re.compile(
    r"(?:\b(?:seen|watch(?:ed|ing)?|saw|see|rewatched|called|named|titled|finished|remember|starred in|was in|is in|"
    r"similar to|such as|movies? like|films? like|something like|anything like|more like|things like|ones? like|stuff like|shows? like|"
    r"(?:i|we|he|she|they|also|really|just|do|did|absolutely|always|kids?|wife|husband|son|daughter) (?:like|love|enjoy|adore|hate)d?|loved|enjoyed|liked|hated|"
    r"favou?rites? (?:\w+ ){0,3}(?:is|are|was|would be|has to be)|the (?:movies?|films?)|movie|film|how about|what about|"
    r"about|heard of|recommend|suggest|like|compared? (?:to|with)|than|try|directed|trailer (?:for|of)|version of|sequel to|prequel to|parts? of)"
    r"(?: (?:the|a|an|movie|film|original|new|old|first|both|either|remake of|it was|maybe|is|was))*[ :,\"'“]*|"
    r"(?:看过|看了|看完|像|类似于?|喜欢看?|最爱|爱看|不喜欢|讨厌|跟|和|与|推荐|电影|片子|叫|讲讲|说说|介绍|关于|比|想看|重温|刷过?|那部|除了|评价|觉得)(?:那种|这种|那部|这部|了|过|一下|的)?[《“ :：]*)$"
)
_TITLE_AFTER = re.compile(
    r"^\s*[》”\"]?\s*(?:was|is (?:a |the |one |my |so |such|great|good|amazing|awesome)|movies?\b|films?\b|trilogy|series|franchise|sequels?|remake|\(\d{4}\)|"
    r"看过|这样的?|那样的?|这种|那种|之类|类似|一样|这部|那部|这类|那类|风格|怎么样|讲|是谁|多长|好看|的(?:导演|主演|续集|演员)|太|很)"
)
_PERSON_BEFORE = re.compile(
    r"(?:\b(?:by|with|starring|stars?|featuring|actors?|actress(?:es)?|directors?|directed by|like|love|liked|loved|enjoy|fan of|from|"
    r"and|or|not|no|without|author|writer|artist|guy|singer|hate|about|is|was|for|more|some|any|an?|of)[ :]*|"
    r"(?:导演|演员|主演|喜欢|出演|主演的|和|与|有|由|跟|是|除了|或|不要|讨厌|看|要|找|推荐|来|点|些|部)[ :：]*)$"
)
_PERSON_AFTER = re.compile(
    r"^(?:'s|’s|s'|\s+(?:movies?|films?|flicks?|ones?|fan|stuff|is|was|plays?|in|books?|novels?|style|type|classics?|direct|esque)\b|\s*(?:的|演|导|主演|导演|拍|执导|电影|片|作品|自导|和|与|跟|还有|有|除了|早期|晚期))"
)
_PREDICATE = re.compile(
    r"(?:\b(?:that's|thats|that is|sounds?|it's|its|it is|looks?|i'm|im|i am|you're|you are|we're|be|am|so|very good|is|was|are|were|thanks?|ok|okay|yes|oh|how|feel|feeling|felt|got|get|that|pretty) (?:so |very |really |pretty |a |just |quite |too |not )*)$"
)
_WISH_PREDICATE = re.compile(
    r"\b(?:should be|must be|has to be|needs? to be|to be|make it|would be|could be|that(?:'s| is| are|'re)|which (?:is|are)|it(?:'s| is) (?:too|not)|as long as it(?:'s| is)|if it(?:'s| is)|"
    r"(?:mood|feel) for|in the mood|feeling|feel like|not|too|isn't|aren't|anything|something|nothing|stuff|one|ones|more|less|preferably|really|kind of|bit)(?: (?:too|so|very|really|a|an|the|bit|little|more|less|super|pretty|that|kind of|both|all))* ?$"
)
_VALUE_BEFORE = re.compile(
    r"\b(?:about|with|featuring|involving|involves?|has|have|of|on|set (?:in|during|at)|some|any|no|not|nothing|something|anything|more|less|a|an|and|or|but|too|very|really|lots of|"
    r"loves?|likes?|enjoys?|hates?|stand|handle|avoid|without|into|want|watch|see|for|good|great|best|recommend|in|without|never|prefer|genre|genres|from|new|old|bit|little|both|that(?:'s| is|'re| are)?|are|be|kind of|fan of|type of|"
    r"favou?rite|than|mainly|mostly|usually|either|also|other|even|only|action|comedy|is|lot of|as|so|classic|modern|dark|light|great|with a|with some|cool|actual|just) ?$|[,/&+、，和或跟与及\-]\s*$"
)
_NOUN_AFTER = re.compile(
    r"^[\s\-]*(?:movies?|films?|flicks?|ones?|stuff|stor(?:y|ies)|themed?|themes|genres?|shows?|series|books?|novels?|titles?|vibes?|mood|type|kind|pictures?|cinema|courses?|places?|restaurants?|products?|games?|music|and|or|but|,|/|thriller|comedy|drama|horror|romance|action|elements?)\b|^\s*(?:的|片|电影|类|题材|风|感|剧|系|方面|、|，)"
)
_CALLED = re.compile(
    r"\b(?:movies?|films?|called|titled|named|watch(?:ed|ing)?|seen|saw|see)[ ,:]*[\"'“]*(?:the )?$"
)
_BY = re.compile(
    r"\b(?:by|with|starring|star|featuring|directed by|directors?|actors?|actress|author|fan of|from)[ :]*$"
)
_WORKS = re.compile(r"^(?:'s|’s|\s+(?:movies?|films?|flicks?|fan|books?|novels?)\b)")
_NO_SURNAMES = frozenset(
    "marvel disney pixar christmas winter summer oscar ford short blue stoner mature common holiday holidays love king prince queen star stars war black white gray green brown gold hope grace early french english german irish west love hood field best good young old day night star lamb".split()
)
"""Surnames that are nearly always something else in a text."""
_NO_TITLES = frozenset(
    "last night|one day|next week|last summer|the end|the movie|the film|the family|the score|the edge|the interview|merry christmas|happy holidays|happy new year|fair enough|good morning|good night|no way|the best|the book|the actor|the actors|the director|new year|my friend|my friends|the kids|the wife|my wife|the husband|date night|movie night|girls night|the office|the plot|the actress|the story|the show|the trailer|red wine|new york|the city|the car|the world|the thing is|the classics|the oscar|oscar|the ring of".split(
        "|"
    )
)
"""Everyday phrases that are also titles: only quotes or a year make them one."""
_OBJECTS = frozenset("her us up them him".split())
_SUBJECT = re.compile(r"^\s+(?:was|is|were)\b")
"""Words that cannot be the subject of a sentence unless they are a name ("Her was wonderful")."""
_FIRST_WORD = frozenset(
    "i it he she we they you what who how why when this that there the a my".split()
)


@dataclass(frozen=True)
class Surroundings:
    """One text and what can be asked about a place in it."""

    text: str
    low: str
    tokens: tuple[Token, ...]
    answering: str = ""
    _memo: dict[str, object] = field(default_factory=dict, repr=False)

    def chars(self, first: int, last: int) -> tuple[int, int]:
        """(start, end) in the text of tokens first to last - 1."""
        return self.tokens[first].start, self.tokens[last - 1].end

    def before(self, first: int) -> str:
        """Up to 40 lowered characters before a token, within its sentence."""
        end = self.tokens[first].start
        piece = self.low[max(0, end - 40) : end]
        return re.split(r"[.!?;。！？；\n]", piece)[-1]

    def after(self, last: int) -> str:
        """Up to 30 lowered characters after token last - 1."""
        start = self.tokens[last - 1].end
        return self.low[start : start + 30]

    def opens(self, first: int) -> bool:
        """Whether a token is the first of its sentence."""
        start = self.tokens[first].start
        head = self.text[:start].rstrip(" \"'“‘(*-—")
        return not head or head[-1] in ".!?;:。！？；：\n…"

    @cached_property
    def shape(self) -> str:
        """ "lower" (no capitals used), "title" (nearly all words capital, or all capitals), "mixed"."""
        latin = [t for t in self.tokens if t.word[0].isalpha() and t.word.isascii()]
        inner = [t for t in latin[1:] if t.word not in ("i", "im", "ive", "id", "ill")]
        capital = sum(t.capital for t in inner)
        if not inner or not capital:
            return "lower" if not any(t.capital for t in latin) or len(latin) > 1 else "mixed"
        long = [t for t in inner if t.word not in _SMALL]
        if len(latin) > 4 and sum(t.capital for t in long) >= 0.8 * max(1, len(long)):
            return "title"
        return "mixed"

    def proper(self, first: int, last: int) -> bool:
        """Whether the words are written as a name inside a text that uses capitals for names."""
        if self.shape == "title":
            return False
        inside = [t for t in self.tokens[first:last] if t.word not in _SMALL]
        if not inside or not all(t.capital or t.word[0].isdigit() for t in inside):
            return False
        if not any(t.capital for t in inside):
            return False
        if self.opens(first):
            return len(inside) > 1 and len(self.tokens) > 1
        return True

    def whole(self, first: int, last: int) -> bool:
        """Whether these tokens are all there is, politeness aside."""
        rest = [t.word for t in (*self.tokens[:first], *self.tokens[last:])]
        return all(w in _POLITE for w in rest)


_POLITE = frozenset(
    "please yes yeah yep ok okay sure well um uh hmm maybe the a movie film i think probably would be it was is and "
    "吧 的 呢 啊 嗯 好".split()
)


def title_fits(
    around: Surroundings, first: int, last: int, form: str, popularity: float | None = None
) -> float:
    """How well the tokens can be a title here, in log odds; ≤ 0 = they are just words.

    `popularity` is how well known the likeliest item is, 0 to 1; None where nobody recorded it.
    """
    inside = [t.word for t in around.tokens[first:last]]
    if not inside[0].isascii():
        return _chinese_title_fits(around, first, last, form)
    if all(w.isdigit() for w in inside) and len(inside) == 1:
        return _numeral_fits(around, first, last)
    if " ".join(inside) in _NO_TITLES:
        return -3.0
    found = title_features(around, first, last, form, popularity)
    if inside[0] in _OBJECTS and len(inside) == 1 and _SUBJECT.match(around.after(last)):
        if around.opens(first):
            return 2.0
    if len(inside) == 1 and _in_longer_name(around, first):
        return -1.0
    return sum(_TITLE_WEIGHTS[name] * value for name, value in found.items())


def _in_longer_name(around: Surroundings, place: int) -> bool:
    """Whether a single word stands beside another capitalised one ("Dave Chapelle")."""
    if around.shape == "title" or not around.tokens[place].capital:
        return False
    for other in (place - 1, place + 1):
        if not 0 <= other < len(around.tokens):
            continue
        token = around.tokens[other]
        left, right = sorted((place, other))
        gap = around.text[around.tokens[left].end : around.tokens[right].start]
        if token.capital and gap in (" ", "-") and not around.opens(other):
            return token.word not in ("i", "im", "ive", "movie", "film", "movies")
    return False


def title_features(
    around: Surroundings, first: int, last: int, form: str, popularity: float | None = None
) -> dict[str, float]:
    """What speaks for and against a title, by name; the weights are in `_TITLE_WEIGHTS`."""
    inside = [t.word for t in around.tokens[first:last]]
    surprise = min(common.surprise(inside), 16.0)
    proper = around.proper(first, last)
    opens = around.opens(first)
    single = len(inside) == 1
    raw = around.text[around.tokens[first].start : around.tokens[last - 1].end]
    plain = around.shape == "mixed" and not opens and not proper
    found = {
        "bias": 1.0,
        "surprise": surprise,
        "surprise_single": surprise * single,
        "single": float(single),
        "pair": float(len(inside) == 2),
        "proper": float(proper),
        "proper_single": float(proper and single),
        "plain": float(plain),
        "plain_single": float(plain and single),
        "opens": float(opens and around.tokens[first].capital),
        "lower": float(around.shape == "lower"),
        "shouted": float(around.shape == "title"),
        "cue": float(bool(_TITLE_BEFORE.search(around.before(first)))),
        "tail": float(bool(_TITLE_AFTER.search(around.after(last)))),
        "whole": float(around.whole(first, last)),
        "function": float(inside[0] in _FIRST_WORD),
        "part": float(form == "part"),
        "initials": float(form == "initials"),
        "initials_upper": float(form == "initials" and raw.isupper() and around.shape != "title"),
        "popular": 0.75 if popularity is None else popularity,
    }
    found["popular_single"] = found["popular"] * single
    found["called"] = float(bool(_CALLED.search(around.before(first))))
    found["called_proper"] = found["called"] * found["proper"]
    found["cue_single"] = found["cue"] * single
    found["whole_single"] = found["whole"] * single
    found["cue_proper"] = found["cue"] * proper
    return found


_TITLE_WEIGHTS: dict[str, float] = {
    "bias": -7.00,
    "surprise": 0.32,
    "surprise_single": 0.98,
    "single": -4.31,
    "pair": 0.74,
    "proper": 0.80,
    "proper_single": 0.23,
    "plain": -2.15,
    "plain_single": -0.54,
    "opens": 0.58,
    "lower": 0.01,
    "shouted": 0.39,
    "cue": 0.88,
    "tail": 0.55,
    "whole": 0.53,
    "function": 0.50,
    "part": -3.46,
    "initials": -0.31,
    "initials_upper": 0.00,
    "popular": 5.20,
    "popular_single": -0.27,
    "called": 0.40,
    "called_proper": 2.00,
    "cue_single": 0.47,
    "whole_single": 0.91,
    "cue_proper": -0.15,
}
"""Logistic regression; see `benchmarks/train_titles.py` for how and from what it was learned."""


def _numeral_fits(around: Surroundings, first: int, last: int) -> float:
    """ "1917", "300": a title only after a cue that wants one, never after "from" or "in"."""
    before = around.before(first)
    if re.search(r"\b(?:in|from|since|before|after|than|to|the|under|over|year)\s*$", before):
        return -1.0
    cued = re.search(
        r"\b(?:seen|watched|saw|loved|liked|enjoyed|like|movie|film|called)\s*[\"“]?$|看过|《$",
        before,
    )
    return 1.0 if cued else -1.0


def _chinese_title_fits(around: Surroundings, first: int, last: int, form: str) -> float:
    size = last - first
    before, after = around.before(first), around.after(last)
    cue = bool(_TITLE_BEFORE.search(before))
    tail = bool(_TITLE_AFTER.search(after))
    fit = {1: -6.0, 2: -2.6, 3: -0.9}.get(size, 1.5)
    fit += 1.4 * cue + 1.4 * tail
    if around.whole(first, last):
        fit += 3.0
    return fit - (1.0 if form == "part" else 0.0)


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
        t.capital and t.word not in _SMALL and not around.opens(first - 1)
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


def value_fits(
    around: Surroundings, first: int, last: int, readings: Sequence[Reading], schema: Schema
) -> float:
    """How well the tokens can be facet values here; ≤ 0 = they are just words."""
    inside = [t.word for t in around.tokens[first:last]]
    if "".join(inside) in _NO_VALUES:
        return -1.0
    if not inside[0].isascii():
        return 1.0 if last - first > 1 else _single_character_fits(around, first, last)
    if last - first > 1:
        return 1.5
    word = inside[0]
    if len(word) < 2:
        return -1.0
    before, after = around.before(first), around.after(last)
    if around.answering and any(r.facet == around.answering for r in readings):
        return 2.0
    if any(r.facet in CLEAR for r in readings) and word not in _SLIPPERY:
        return 1.5
    if around.whole(first, last):
        return 1.0 if word not in _CHATTY else -0.5
    if word in _VERBS and not re.search(r"\b(?:about|of|with) (?:\w+ )?$", before):
        return -1.0
    if _NOUN_AFTER.search(after) and not re.match(r"^\s*(?:,|and\b|or\b|but\b)", after):
        return 1.0
    if _WISH_PREDICATE.search(before):
        return 1.0
    if _PREDICATE.search(before):
        return -1.0
    if word in _CHATTY:
        return 0.5 if re.search(r"\babout (?:\w+ )?$", before) else -0.5
    if not common.ordinary(word, 40):
        return 1.0
    return 0.5 if _VALUE_BEFORE.search(before) else -0.5


_PLAIN_NAMES = frozenset("宁静 饺子 黎明 夏雨 陀螺 郭达 朱莉 皮特 张敏 阿巴斯 甜茶".split())
"""Names that are also ordinary words; they need a cue."""
CLEAR = frozenset({"genre", "country", "language", "certificate", "category", "brand"})
_SLIPPERY = frozenset(
    "us com doc docs music family war crime short sf dramatic welsh polish sports sport r g pg wars families foreign history action in usa history historic".split()
) - {"action", "usa", "crime", "war"}
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
        r"(?:很|太|特别|超|比较|有点|更|够|不|多|好|要|关于|养|只|条|让人|想|^)$|^$|[，,。！]$",
        before.strip(),
    )
    return 0.5 if lonely and re.match(r"^(?:的|一点|点|了|$|，|。|！|！|片)", after) else -1.0
