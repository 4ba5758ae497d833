# ruff: noqa: E501  (patterns and word lists read best on one line)
"""Which cue governs which mention: negation and its reach, contrast, lists, whom it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from chatbot.understand.cues import Cue, Kind
from chatbot.understand.plausible import KINDS
from chatbot.understand.spans import Span
from chatbot.understand.text import Clause

Sense = Kind | str

_NEGATIVE = frozenset({"no", "soft", "dislike", "hate", "except"})
_SHORT = frozenset({"no", "soft", "unseen", "seen", "except", "allow", "forget"})
"""Cues that reach one mention and the list it opens, not the rest of the sentence."""
_STANCES = frozenset(
    {
        "want",
        "like",
        "similar",
        "dislike",
        "hate",
        "no",
        "only",
        "seen",
        "unseen",
        "allow",
        "forget",
        "soft",
        "ask",
        "except",
    }
)
_LIST = re.compile(
    r"^[\s\"'”》」]*(?:,|/|&|\+|、|，|and|or|nor|和|或者?|以及|还有|与|跟|及|还是|、?以及|plus|as well as|and/or|but also|too|also|movies?|films?|flicks?|类|片|电影|的|的电影|"
    r"any|a|an|the|some|of|either|stuff|\s|-|maybe|both|especially|mostly|new|old|good|really|of the|set)*[\s\"'“《「]*$"
)
_OR = re.compile(r"\bor\b|\bnor\b|/|或|还是|either")
_AND = re.compile(r"\band\b|&|\+|\bplus\b|和|与|以及|又")
_OPENING = re.compile(
    r"^[\s,，]*(?:and|or|nor|any|a|an|the|some|of|also|or even|maybe|even|either|和|或者?|还有|也|其他|以及)*\s*(?:any |a |the )?$"
)
_BRIDGE = re.compile(
    r"\b(?:with|in|from|about|by|starring|featuring|set|during|of|for|the|a|an|that|are|is|too|very|so|and|or|nor)\b|的|里|中|关于"
)
_NOT_NEGATED = re.compile(
    r"\bfor (?:(?:my|a|an|the|our|his|her|kids|children)\b|\d)|给(?!我)|适合|陪|带|和孩子"
)

_IRONY = re.compile(
    r"\b(?:oh |wow |yay |gee )?(?:great|wow|yay|lovely|wonderful|perfect|brilliant|fantastic)[,!.]* (?:yet )?another\b|"
    r"\banother\b.{3,50}\bjust what (?:i|we) (?:needed|wanted)\b|\bjust what (?:i|we) (?:needed|wanted)[,:]? (?:yet )?another\b|"
    r"\b(?:because|as if) (?:i|we|the world) (?:really )?need(?:ed|s)? (?:yet )?another\b|"
    r"又是.{1,12}(?:呵呵|够了|真行|醒醒|我谢谢|服了)|(?:呵呵|真棒啊|可真好)[，,]?又(?:是|来)"
)
"""Praise that only "another" turns round; taking it at face value would be the opposite."""
_NOT_A = re.compile(r"\bnot (?:a|an|the)\b[^.;!?]*$")
_A = re.compile(r"^\s*(?:but |rather )?(?:a|an|the)\b")
_TOO = re.compile(r"\btoo\b|太|过于")
_ALSO = re.compile(r"也|又|还|了$")
_ALIKE = re.compile(r"类似的|这样的|那样的|这种|相似的|\bsimilar\b|\blike (?:that|it|this|those)\b")

_LACKING = re.compile(r"(?:没有|没|不带|不含|无|不要有|不涉及)$")

_KIN = (
    r"(?:son|daughter|wife|husband|partner|boyfriend|girlfriend|mum|mom|mother|dad|father|kids?|children|child|brother|sister|"
    r"friends?|parents?|grandma|grandmother|grandpa|grandfather|grandparents|roommate|flatmate|nephew|niece|fianc[eé]e?|girl|boy|family|"
    r"boss|colleagues?|teenager|teens?|toddler|date|uncle|aunt|cousin|grandson|granddaughter|grandkids|in-laws)"
)
_ABOUT_EN = re.compile(
    rf"\b(?P<who>(?:my|our|the) (?:(?:(?:\w+|\d+[- ]year[- ]old) )?{_KIN}|[\w]+[- ]year[- ]olds?))(?: and (?:my )?{_KIN})?(?=(?:'s)? (?:who |that )?(?:\w+ly |also |always |both |doesn't |does not |don't |do not |can't |cannot |didn't |won't |would |is |are |wants? |only |just |too )*(?:like|love|enjoy|hate|want|prefer|adore|into|a fan|fan|scared|afraid|can't|stand|need|watch|favou?rite|obsessed|dislike|detest|bored|tired|seen|saw|watched|really|like to|handle|crazy))"
)
_ABOUT_ZH = re.compile(
    r"(?P<who>(?:我的?)?(?:儿子|女儿|老婆|老公|妻子|丈夫|妈妈?|爸爸?|父母|爸妈|孩子|小孩|女朋友|男朋友|女友|男友|朋友|哥哥|姐姐|弟弟|妹妹|奶奶|爷爷|外婆|外公|室友|同事|媳妇|娃|闺女|岳母|岳父|婆婆|公公|对象|闺蜜))(?=(?:也|都|很|最|特别|比较|不|只|太|一直|倒|却|就|就是|是|超|想|更|从来|他|她)*(?:喜欢|爱|讨厌|怕|想看|受不了|不看|看过|想|要|恨|看腻|感兴趣|烦))"
)
_SELF = re.compile(
    r"\b(?:i|we|i'm|i've|i'd|i'll|me|us)\b|我(?!的?(?:儿子|女儿|老婆|老公|妻子|丈夫|妈|爸|父母|爸妈|孩子|小孩|女朋友|男朋友|女友|男友|朋友|哥|姐|弟|妹|奶奶|爷爷|外|室友|同事|媳妇|娃|闺女|岳|婆|公|对象|闺蜜))"
)
_OTHER = re.compile(r"\b(?:he|she|they|he's|she's)\b|^\s*(?:他|她|他们)|(?<=[，,但])(?:他|她)")


@dataclass(frozen=True, slots=True)
class Attitude:
    """How one mention is meant.

    Attributes:
        sense: the governing cue's kind, or "" where nothing governs.
        start, end: the clause, for `source`.
        hedged: whether it was softened ("maybe", 「最好」).
        tonight: whether it holds for this session only.
        about: whom it is about, "" for the user.
        group: number of the list the mention stands in, -1 outside lists.
        either: whether the list offers alternatives ("or").
        seen: whether the item was also said to be seen.
        contrast: whether the clause opens with "but".
    """

    sense: Sense
    start: int
    end: int
    hedged: bool = False
    tonight: bool = False
    about: str = ""
    group: int = -1
    either: bool = False
    seen: bool = False
    contrast: bool = False


def attitudes(
    low: str, spans: Sequence[Span], cues: Sequence[Cue], clauses: Sequence[Clause]
) -> tuple[tuple[Span, Attitude], ...]:
    """(span, attitude) for every span in the order of `spans` (which is by start).

    A span is repeated at the end where a later clause adds an opinion ("Alien? Hated it").
    """
    return _Reading(low, spans, cues, clauses).run()


def _modifies(span: Span) -> bool:
    """Whether a mention only narrows the noun behind it ("French", "from the 80s")."""
    return span.kind == "range" or any(r.facet in ("country", "language") for r in span.readings)


def _is_kind(span: Span) -> bool:
    """Whether a mention names the kind of thing itself ("boots", 「水壶」)."""
    return bool(span.readings) and all(r.facet in KINDS for r in span.readings)


def _end(clauses: Sequence[Clause], sentence: int) -> int:
    return max(c.end for c in clauses if c.sentence == sentence)


class _Reading:
    """One pass over one text. State lives for the pass only."""

    def __init__(
        self, low: str, spans: Sequence[Span], cues: Sequence[Cue], clauses: Sequence[Clause]
    ) -> None:
        self.low, self.spans, self.cues, self.clauses = low, spans, cues, clauses
        self.found: dict[int, Attitude] = {}
        self.current: Sense = ""
        self.about = ""
        self.subject = (-1, -1)
        self.lacking = False
        self.ironic = {
            clause.sentence
            for clause in clauses
            if _IRONY.search(low[clause.start : _end(clauses, clause.sentence)])
        }
        self.groups = 0
        self.latest: list[int] = []
        self.further: list[tuple[int, Attitude]] = []
        self.tonight: set[int] = {
            clause.sentence
            for clause in clauses
            if any(c.kind == "tonight" and clause.start <= c.start < clause.end for c in cues)
        }

    def run(self) -> tuple[tuple[Span, Attitude], ...]:
        """(span, attitude) in the order of the spans; opinions added later follow at the end."""
        for clause in self.clauses:
            self._clause(clause)
        none = Attitude("", 0, len(self.low))
        first = [(span, self.found.get(i, none)) for i, span in enumerate(self.spans)]
        return (*first, *((self.spans[i], attitude) for i, attitude in self.further))

    def _clause(self, clause: Clause) -> None:
        inside = [i for i, s in enumerate(self.spans) if clause.start <= s.start < clause.end]
        self._enter(clause, inside)
        self._whom(clause)
        place = clause.start
        runs = self._runs(inside)
        for number, run in enumerate(runs):
            first, last = self.spans[run[0]], self.spans[run[-1]]
            until = self.spans[runs[number + 1][0]].start if number + 1 < len(runs) else clause.end
            sense = self._before(place, first.start)
            said = bool(self._last(place, first.start))
            sense = self._behind(last.end, until, sense, ends=number + 1 == len(runs), said=said)
            self._assign(run, sense, clause, place)
            self.current = sense
            place = last.end
        if inside:
            self._too_much(inside)
            self.latest = runs[-1]
            return
        self._opinion(clause)
        last_cue = self._last(clause.start, clause.end)
        if last_cue and last_cue not in _SHORT:
            self.current = last_cue

    def _too_much(self, inside: list[int]) -> None:
        """Such as "the first is too scary", 「第一部太吓人了」: the item is not liked either."""
        for one, other in pairwise(inside):
            item, value = self.found[one], self.found[other]
            named = self.spans[one].kind in ("title", "reference")
            gap = self.low[self.spans[one].end : self.spans[other].start]
            if named and item.sense == "" and value.sense == "soft" and _TOO.search(gap):
                self.found[one] = replace(item, sense="bad")

    def _opinion(self, clause: Clause) -> None:
        """Such as "…, loved it", 「……，很喜欢」: a clause of its own about what was named before it."""
        kinds = [c.kind for c in self.cues if clause.start <= c.start < clause.end]
        if _ALIKE.search(self.low[clause.start : clause.end]):
            kinds = ["similar"]
        for kind in ("hate", "bad", "dislike", "good", "like", "similar", "seen"):
            if kind in kinds and len(self.low[clause.start : clause.end].strip()) <= 40:
                for i in self.latest:
                    if self.spans[i].kind in ("title", "reference"):
                        sense = kind
                        self.further.append(
                            (i, Attitude(sense, clause.start, clause.end, about=self.about))
                        )
                return

    def _enter(self, clause: Clause, inside: list[int]) -> None:
        if clause.join == "":
            self.current, self.about = "", self.about
        elif clause.join == "but":
            self.current = (
                ""
                if self.current in _NEGATIVE | {"allow", "forget", "seen", "unseen"}
                else ("want" if self.current in ("similar", "want", "only") else "")
            )
        elif self.current in ("except", "seen", "unseen"):
            self.current = ""
        elif self.current == "no" and self._corrected(clause):
            self.current = "want"
        elif self.current in _SHORT | {"similar", "only"} and not self._continues(clause, inside):
            self.current = "want" if self.current in ("similar", "only") else ""
        elif self.current in ("dislike", "hate") and not self._continues(clause, inside):
            self.current = ""

    def _corrected(self, clause: Clause) -> bool:
        """Such as "not a red tent, a green one": what is refused, then what is meant."""
        return bool(
            _NOT_A.search(self.low[: clause.start])
            and _A.match(self.low[clause.start : clause.end])
        )

    def _continues(self, clause: Clause, inside: list[int]) -> bool:
        """Whether a clause only goes on with the list of the clause before."""
        if not inside or self.spans[inside[0]].kind == "range":
            return False
        if any(c.post and clause.start <= c.start < clause.end for c in self.cues):
            return False
        head = self.low[clause.start : self.spans[inside[0]].start]
        tail = self.low[self.spans[inside[-1]].end : clause.end]
        return bool(_OPENING.match(head)) and len(tail.split()) <= 2 and len(tail) <= 14

    def _whom(self, clause: Clause) -> None:
        piece = self.low[clause.start : clause.end]
        match = _ABOUT_EN.search(piece) or _ABOUT_ZH.search(piece)
        if match:
            who = match["who"]
            self.about = who
            # The one spoken of is not also the one it is for ("my kids love …").
            self.subject = (clause.start + match.start("who"), clause.start + match.end("who"))
        elif _SELF.search(piece) or (clause.join == "" and not _OTHER.search(piece)):
            self.about = ""

    def _runs(self, inside: list[int]) -> list[list[int]]:
        """Mentions chained into lists: "horror, war or musicals"."""
        runs: list[list[int]] = []
        for i in inside:
            if runs:
                between = self.low[self.spans[runs[-1][-1]].end : self.spans[i].start]
                if _LIST.match(between) and not self._last(
                    self.spans[runs[-1][-1]].end, self.spans[i].start
                ):
                    runs[-1].append(i)
                    continue
            runs.append([i])
        return runs

    def _last(self, start: int, end: int) -> Sense:
        sense: Sense = ""
        for cue in self.cues:
            if not cue.post and cue.kind in _STANCES and start < cue.end and cue.end <= end + 1:
                sense = self._join(sense, cue)
        return sense

    def _join(self, sense: Sense, cue: Cue) -> Sense:
        """Two cues before one mention: the later one, except that a refusal of a wish stays one."""
        if cue.kind == "similar" and sense in ("no", "dislike", "hate", "seen", "unseen"):
            return sense
        if cue.kind == "want" and sense in ("no", "dislike", "hate"):
            if self.low[cue.start : cue.end].strip() == "anything":
                return sense  # "I'd rather not watch anything gory"
        if cue.kind == "want" and sense == "no":
            gap = self.low[: cue.start].rstrip()
            return "no" if re.search(r"(?:not|n't|no|nothing|never|不|别)$", gap) else "want"
        if cue.kind in ("want", "like") and sense in ("hate", "unseen") and cue.kind == "want":
            return sense if sense == "hate" else cue.kind
        if cue.kind == "similar" and sense == "like":
            return "similar"
        if cue.kind == "seen" and sense in ("like", "want"):
            return "seen"
        return cue.kind

    def _before(self, place: int, start: int) -> Sense:
        found = self._last(place, start)
        if found:
            if found in ("no", "soft") and _NOT_NEGATED.search(self.low[place:start][-16:]):
                return "want"
            return found
        if self.current in _SHORT:
            between = self.low[place:start]
            if self.lacking and "的" in between:
                return "want"
            if _NOT_NEGATED.search(between) or (between.strip() and not _BRIDGE.search(between)):
                return "want" if self.current in ("no", "soft") else ""
            if len(between.split()) > 4:
                return "want"
        return self.current

    def _behind(self, end: int, until: int, sense: Sense, *, ends: bool, said: bool) -> Sense:
        """What a cue behind a mention makes of it; `said` = a cue before it stood in this clause."""
        for cue in self.cues:
            if not cue.post or not end <= cue.start < until:
                continue
            gap = self.low[end : cue.start]
            if (
                len(gap.split()) > 5
                or len(gap) > 28
                or (not gap.isascii() and len(gap.strip()) > 7)
            ):
                continue
            if not ends and cue.kind in ("no", "seen", "dislike", "hate", "good", "bad"):
                continue
            if sense in ("no", "hate", "dislike") and cue.kind in ("good", "seen"):
                continue
            if sense == "unseen" and cue.kind == "seen":
                return sense  # 「除了《星际穿越》都看过」
            if cue.kind == "good" and sense in ("want", "similar", "only", "ask", "seen", "like"):
                return sense
            if cue.kind in ("allow", "good") and sense in ("except", "forget"):
                return sense
            if cue.kind == "allow" and not _ALSO.search(self.low[end : cue.end]) and not said:
                return "allow" if self.spans and self._refused_before(end) else "want"
            refused = said and sense in ("dislike", "hate", "no")
            if cue.kind == "allow" and refused and not self._fresh(end, until):
                return sense
            return cue.kind
        return sense

    def _refused_before(self, end: int) -> bool:
        """Whether the word for allowing is English, or speaks of something taken back."""
        return self.low[max(0, end - 1) : end].isascii()

    def _fresh(self, end: int, until: int) -> bool:
        return bool(re.search(r"\bnow\b|\bagain\b|after all|也|又", self.low[end:until]))

    def _assign(self, run: list[int], sense: Sense, clause: Clause, place: int) -> None:
        last = self.spans[run[-1]]
        outside = self._gaps(run)
        either = bool(_OR.search(outside)) or (len(run) > 1 and not _AND.search(outside))
        self.groups += 1
        hedged = any(
            c.kind == "hedge" and place <= c.start <= min(last.end + 2, clause.end - 1)
            for c in self.cues
        ) or bool(re.search(r"if possible|如果可以", self.low[last.end : clause.end]))
        if clause.sentence in self.ironic and sense in ("", "want", "like", "good"):
            sense = "dislike"
        for i, meant in zip(run, self._parted(run, sense, place), strict=True):
            spoken_of = self.spans[i].kind != "range"  # "for my 6 year old who loves dogs"
            inside = self.spans[i].start < self.subject[1] and self.subject[0] < self.spans[i].end
            if spoken_of and inside:
                meant = "skip"
            self.found[i] = Attitude(
                meant, clause.start, clause.end, hedged, clause.sentence in self.tonight, self.about,
                self.groups if len(run) > 1 else -1, either, contrast=clause.join == "but",
            )  # fmt: skip

    def _parted(self, run: list[int], sense: Sense, place: int) -> list[Sense]:
        """The sense of each mention of a run: a refusal reaches a list, but not always a head noun.

        "not too scary thrillers" asks for thrillers; 「没有爱情线的科幻片」 asks for science fiction;
        "no French horror" refuses horror, not France; 「不要真皮的靴子」 refuses leather, not boots.
        """
        senses: list[Sense] = [sense] * len(run)
        if sense not in _NEGATIVE:
            return senses
        self.lacking = lacking = bool(_LACKING.search(self.low[place : self.spans[run[0]].start]))
        for k in range(1, len(run)):
            gap = self.low[self.spans[run[k - 1]].end : self.spans[run[k]].start].strip()
            before, head = self.spans[run[k - 1]], self.spans[run[k]]
            narrowed = gap in ("", "的") and _is_kind(head) and not _is_kind(before)
            if (
                (gap.endswith("的") and lacking)
                or (sense == "soft" and gap in ("", "的"))
                or (sense in ("no", "dislike", "hate") and narrowed)
            ):
                senses[k:] = ["want"] * (len(run) - k)
                break
            if gap in ("", "的") and _modifies(self.spans[run[k - 1]]):
                senses[k - 1] = "skip"
        return senses

    def _gaps(self, run: list[int]) -> str:
        pairs = pairwise(run)
        return " ".join(self.low[self.spans[a].end : self.spans[b].start] for a, b in pairs)
