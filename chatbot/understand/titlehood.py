# ruff: noqa: E501  (patterns and word lists read best on one line)
"""Whether words that are somebody's title are one here; learned, see `_TITLE_WEIGHTS`."""

from __future__ import annotations

import re

from chatbot.understand import common
from chatbot.understand.surroundings import Surroundings

_TITLE_BEFORE = re.compile(
    r"(?:\b(?:seen|watch(?:ed|ing)?|saw|see|rewatched|called|named|titled|finished|remember|starred in|was in|is in|"
    r"similar to|such as|movies? like|films? like|something like|anything like|more like|things like|ones? like|stuff like|shows? like|"
    r"(?:i|we|he|she|they|also|really|just|do|did|absolutely|always|kids?|wife|husband|son|daughter) (?:like|love|enjoy|adore|hate)d?|loved|enjoyed|liked|hated|"
    r"favou?rites? (?:\w+ ){0,3}(?:is|are|was|would be|has to be)|the (?:movies?|films?)|movie|film|how about|what about|"
    r"about|heard of|recommend|suggest|like|compared? (?:to|with)|than|try|directed|trailer (?:for|of)|version of|sequel to|prequel to|parts? of|"
    r"(?:directors?|stars?|cast|leads?|plot|story|length|runtime|rating|genre|ending|writers?|authors?|actors?|actress(?:es)?|people|guys?|makers?|creators?) (?:of|from|in|behind))"
    r"(?: (?:the|a|an|movie|film|original|new|old|first|both|either|remake of|it was|maybe|is|was))*[ :,\"'“]*|"
    r"(?:看过|看了|看完|像|类似于?|喜欢看?|最爱|爱看|不喜欢|讨厌|跟|和|与|推荐|电影|片子|叫|讲讲|说说|介绍|关于|比|想看|重温|刷过?|那部|除了|评价|觉得)(?:那种|这种|那部|这部|了|过|一下|的)?[《“ :：]*)$"
)
_TITLE_AFTER = re.compile(
    r"^\s*[》”\"]?\s*(?:was|is (?:a |the |one |my |so |such|great|good|amazing|awesome)|movies?\b|films?\b|trilogy|series|franchise|sequels?|remake|\(\d{4}\)|"
    r"看过|这样的?|那样的?|这种|那种|之类|类似|一样|这部|那部|这类|那类|风格|怎么样|讲|是谁|多长|好看|的(?:导演|主演|续集|演员)|太|很)"
)
_CALLED = re.compile(
    r"\b(?:movies?|films?|called|titled|named|watch(?:ed|ing)?|seen|saw|see)[ ,:]*[\"'“]*(?:the )?$"
)
_NO_TITLES = frozenset(
    "last night|one day|next week|last summer|the end|the movie|the film|the family|the score|the edge|the interview|merry christmas|happy holidays|happy new year|fair enough|good morning|good night|no way|the best|the book|the actor|the actors|the director|new year|my friend|my friends|the kids|the wife|my wife|the husband|date night|movie night|girls night|the office|the plot|the actress|the story|the show|the trailer|new york|the city|the car|the world|the thing is|the classics|the oscar|oscar".split(
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


# By hand after learning: bias (+0.4), part, called and called_proper.
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
    """Such as "1917", "300": a title only after a cue that wants one, never after "from" or "in"."""
    before = around.before(first)
    if re.search(r"\b(?:in|from|since|before|after|than|to|the|under|over|year)\s*$", before):
        return -1.0
    cued = re.search(
        r"\b(?:seen|watched|saw|loved|liked|enjoyed|like|movie|film|called)\s*[\"“]?$|看过|《$",
        before,
    )
    return 1.0 if cued else -1.0


_OPENS_ZH = re.compile(r"(?:^|[，。！？；,.!?;]|那部|但是?|不过)\s*$")
_SEEN_ZH = re.compile(r"^(?:我们?)?(?:已经|早就?|都|刚)?(?:看过|看完|刷过|看了)")
"""「功夫看过了」: nothing but a title stands before the words for having seen it."""


def _chinese_title_fits(around: Surroundings, first: int, last: int, form: str) -> float:
    size = last - first
    before, after = around.before(first), around.after(last)
    cue = bool(_TITLE_BEFORE.search(before))
    tail = bool(_TITLE_AFTER.search(after))
    fit = {1: -6.0, 2: -2.6, 3: -0.9}.get(size, 1.5)
    fit += 1.4 * cue + 1.4 * tail
    if around.whole(first, last):
        fit += 3.0
    elif _OPENS_ZH.search(before) and _SEEN_ZH.match(after):
        fit += 6.0
    return fit - (1.0 if form == "part" else 0.0)
