# ruff: noqa: E501  (patterns read best on one line)
"""Ways to answer, ranked by the visitor's style and history as a support desk would.

The words are always the help pages'; a template decides how much of them is given and in what shape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chatbot.values import Citation, Turn
from retrieval.bilingual import words

Template = Literal["line", "short", "steps", "full", "next", "again"]
"""`line`: the one sentence. `short`: the sentences that answer. `steps`: a list, item by item.
`full`: the whole passage. `next`: what was not said before, and what follows it. `again`: the same
once more, when there is nothing further."""

_BRIEF = re.compile(
    r"\b(?:briefly|in short|short answer|quick(?:ly)?|tl;?dr|in one (?:line|sentence)|just (?:tell|say)|yes or no)\b|简单(?:说|讲|点)|简短|一句话|长话短说",
    re.IGNORECASE,
)
_DETAILED = re.compile(
    r"\b(?:in (?:more )?detail|details?|detailed|step by step|exactly|everything|explain|full(?:y)?|more about|tell me more|walk me through)\b|详细|具体|一步一步|步骤|展开|全部|仔细",
    re.IGNORECASE,
)
_HOW = re.compile(
    r"\bhow (?:do|can|to|should|would)\b|\bsteps?\b|\bprocedure\b|怎么|如何|怎样|步骤|流程",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """What is known of how a visitor likes answers.

    Attributes:
        brief, detailed: from -1 to 1; how much the visitor's own manner asks for it.
        quotes: passage id → what of it was quoted to this visitor before, oldest first.
        asked: passage id → the questions of this conversation that it answered.
    """

    brief: float = 0.0
    detailed: float = 0.0
    quotes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def visitor_of(text: str, turns: Sequence[Turn], earlier: Sequence[Citation] = ()) -> Visitor:
    """The visitor's style from this message and those before, and what they were told.

    Args:
        text: the message now.
        turns: of this conversation.
        earlier: citations in earlier conversations of the same person.
    """
    said = [t.text for t in turns[-6:] if t.text] + [text]
    mean = sum(map(_length, said)) / len(said)
    brief = detailed = 0.0
    if mean <= 6:
        brief += 0.25
    elif mean >= 22:
        detailed += 0.35
    for number, one in enumerate(reversed(said[-4:])):
        fade = 1.0 / (1 + 1.5 * number)
        brief += fade * (_BRIEF.search(one) is not None)
        detailed += fade * (_DETAILED.search(one) is not None)
    quotes: dict[str, tuple[str, ...]] = {}
    cited = [*earlier, *(c for t in turns for c in t.reply.citations)]
    for c in cited:
        quotes[c.passage] = (*quotes.get(c.passage, ()), c.quote)
    asked: dict[str, tuple[str, ...]] = {}
    for t in turns:
        for c in t.reply.citations:
            asked[c.passage] = (*asked.get(c.passage, ()), t.text)
    return Visitor(min(brief, 1.0), min(detailed, 1.0), quotes, asked)


def _asked_before(question: str, visitor: Visitor, passage: str) -> bool:
    """Whether the passage was given for much the same question; in earlier conversations, whose
    questions are not looked at, whether it was given at all.
    """
    before = visitor.asked.get(passage)
    if before is None:
        return True
    said = set(words(question))
    return any(
        not said or len(said & set(words(b))) >= 0.5 * len(said | set(words(b))) for b in before
    )


def _length(text: str) -> float:
    """Words; two Chinese characters count as one."""
    han = len(re.findall(r"[\u3400-\u9fff]", text))
    return han / 2 + len(re.findall(r"[A-Za-z0-9]+", text))


@dataclass(frozen=True, slots=True)
class Choices:
    """What the passage offers.

    Attributes:
        passage: its id.
        sentences: of the whole passage.
        answering: how many of them answer.
        left: how many were never quoted to this visitor.
        follows: whether its document goes on.
        listed: whether what answers is a list.
        follow_up: whether the question goes on from the one before.
    """

    passage: str
    sentences: int
    answering: int
    left: int
    follows: bool
    listed: bool
    follow_up: bool = False


def rank(question: str, visitor: Visitor, choices: Choices) -> list[tuple[Template, float]]:
    """Templates that are possible here, best first, each with its worth."""
    told = len(visitor.quotes.get(choices.passage, ()))
    how = _HOW.search(question) is not None
    worth: dict[Template, float] = {"short": 1.0}
    if choices.answering > 1:
        worth["line"] = 0.55 + 0.7 * visitor.brief - 0.4 * visitor.detailed - 0.5 * how
    if choices.sentences > choices.answering:
        worth["full"] = 0.55 + 0.8 * visitor.detailed - 0.5 * visitor.brief
    if choices.listed:
        worth["steps"] = 1.0 + 0.3 * how + 0.2 * visitor.detailed - 0.2 * visitor.brief
    earlier = choices.passage not in visitor.asked
    if told and not _asked_before(question, visitor, choices.passage):
        told = 0  # another question that the same passage answers
    if told:
        # Whoever heard it already is not helped by hearing it again; whoever comes back after a
        # while may have forgotten it.
        for name in worth:
            worth[name] -= 0.1 if earlier else 0.6
        if choices.left or choices.follows:
            worth["next"] = 1.2 - 0.3 * choices.follow_up
        if not earlier:
            worth["again"] = 0.7
    return sorted(worth.items(), key=lambda pair: (-pair[1], pair[0]))
