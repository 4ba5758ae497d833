# ruff: noqa: E501  (patterns are read better whole)
"""When a person should take over: pure rules over the visitor's words and the turns before.

Nothing here knows whether there is a desk. Words about items ("a stupid comedy", "Horrible Bosses")
are no complaints: a complaint speaks of the service or to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from chatbot.handoff import Resolution, Why
from chatbot.policy import UNSURE
from chatbot.values import Session, Turn, Understanding

LOOK_BACK = 3
"""Messages whose tone counts, the present one included."""

ENOUGH = 2
"""Weight of complaints at which a person is called."""

_SAME = 92.0
"""Likeness (0 to 100) from which two questions are the same."""

_SHORT = 6
"""Questions shorter than this repeat innocently ("more", "好的")."""

_INSULT = re.compile(
    r"\b(?:you(?:'re| are)?|u r?|ur)\b[^.!?]{0,20}\b(?:useless|stupid|dumb|idiot|moron|worthless|pathetic|"
    r"garbage|trash|joke|incompetent)\b|\b(?:stupid|dumb|useless|bloody|damn|f\w*ing) (?:bot|machine|robot|chat\w*|"
    r"thing|assistant|program|service)\b|\bf+u+c+k+\w* (?:you|off|this)\b|\bshut up\b|\bidiots?\W*$|"
    r"(?:垃圾|破|傻|蠢|智障|废物|弱智)(?:机器人|客服|系统|东西|玩意|助手|服务)|(?:你|你们)(?:真|太|就)?(?:是)?(?:个)?"
    r"(?:垃圾|废物|蠢|傻|智障|弱智|白痴)|人工智障|滚(?:开|蛋|吧)|去死|妈的|他妈",
    re.IGNORECASE,
)
_COMPLAINT = re.compile(
    r"\b(?:(?:this|you|it|the (?:bot|chat|answer|service|support))(?:'s|'re| is| are| was)?|that(?:'s| is| was)) (?:\w+ ){0,3}"
    r"(?:useless|ridiculous|unacceptable|unhelpful|not help(?:ful|ing)|no help|a waste of time|going nowhere|"
    r"frustrating|annoying|a joke)\b|\b(?:doesn't|does not|didn't|did not|don't|isn't|not|never) (?:really )?"
    r"help(?:ing|ful|ed)?(?: me| at all)?\b(?! (?:choose|pick|find))|\bwasting my time\b|\bwaste of (?:my )?time\b|"
    r"\b(?:that(?:'s| is) )?not what i (?:asked|said|meant|want(?:ed)?)\b|\byou (?:don't|do not|didn't|never|"
    r"can't|keep) (?:even )?(?:understand|listen|read|get it|repeating|saying|answer)\w*\b|\bi(?:'ve| have)? (?:already|just) "
    r"(?:told|said|asked|explained)\b|\bfor the (?:second|third|fourth|fifth|last|\d+\w\w) time\b|\bhow many times\b|"
    r"\bstill (?:waiting (?:for|on)|broken|no (?:answer|reply|refund|solution|response)|nothing|not (?:work|solv|fix|resolv|help)\w*|"
    r"do(?:es)?n't (?:work|help))\b|\b(?:i'm|i am|this is|it's|you(?:'re| are)) (?:\w+ )?(?:so|very|really|extremely|beyond) "
    r"(?:frustrat|annoy|disappoint|upset|angry)\w*\b|\bfed up\b|\bsick of this\b|\bi want to complain\b|\bfile a complaint\b|"
    r"没(?:什么|啥|有)?用(?:啊|呀|的)?\W*$|一点用都?没有|听不懂|答非所问|不是我(?:问|说|要问)的|浪费(?:我(?:的)?)?时间|"
    r"(?:说|问|讲)了(?:多少|几|好几|三|两|很多)(?:遍|次)|(?:都|已经|刚刚?)(?:说|问|讲)过(?:了|一遍)|气死|太(?:差|烂|离谱|慢|敷衍)了|"
    r"解决不了|没(?:有)?解决|还是(?:不行|没有|没用|不对)|敷衍|(?:要|去)投诉|投诉你|不满意(?:你们|这|服务)|什么(?:破|垃圾)|受不了|无语",
    re.IGNORECASE,
)
_SOLVED = re.compile(
    r"\b(?:that|this|it|which|you)(?:'s|'ve| has| have)? (?:just |really |all )?(?:solved|fixed|answered|sorted|resolved|cleared|"
    r"did the trick|helped|helps|works? now|worked)\b|^\W*(?:(?:ok|okay|great|perfect|thanks?|yes)\W+)*(?:problem |all |issue )?"
    r"(?:solved|sorted|resolved|fixed)\b|\bthat(?:'s| is) (?:exactly )?what i needed(?: to know)?\b|\bvery helpful\b|"
    r"(?<!没)(?<!没有)(?<!不)(?<!未)(?:解决了|搞定了|弄好了|好使了|有帮助|帮到我)|问题(?:已经|已)?解决|可以用了|清楚了|这样就(?:行|可以)了",
    re.IGNORECASE,
)
_UNSOLVED = re.compile(
    r"\b(?:didn't|did not|doesn't|does not|hasn't|not|never|isn't) (?:really |been |yet )?(?:solve|fix|answer|sort|resolve|help|work)"
    r"\w*\b|\bstill (?:doesn't|does not|not|broken|have the (?:same )?(?:problem|issue))\b|\bno,? that (?:didn't|did not|doesn't)\b|"
    r"没(?:有)?(?:解决|用|帮助|帮到)|解决不了|还是(?:不行|不能|没用|不对)|不管用|未解决",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\b(?:back to|return to|talk to|speak (?:to|with)|switch to|give me)(?: the| a| your)? "
    r"(?:bot|assistant|chat ?bot|robot|ai)\b"
    r"|(?:回到|转回|换回|返回|切回|换成|找)(?:智能|聊天|AI)?(?:助手|机器人)",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not|don't|never|no)\b|[不别]", re.IGNORECASE)
_CONTACT = re.compile(
    r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}|(?<![\d.])\+?\d(?:[ ()-]?\d){6,14}(?![\d.])"
)  # fmt: skip


def reason(
    session: Session,
    text: str,
    u: Understanding,
    *,
    keywords: Sequence[str] = (),
    unanswered: bool = False,
) -> Why | None:
    """The strongest reason to call a person at this message, or None."""
    if u.intent == "handoff" or "handoff" in u.also:
        return "request"
    if names(text, keywords):
        return "rule"
    if frustrated([*(t.text for t in session.turns), text]):
        return "frustration"
    if looping(session, text, u):
        return "loop"
    if unanswered or u.intent == "unclear":
        last = session.turns[-1] if session.turns else None
        if last is not None and missed(last):
            return "low_confidence"
    return None


def names(text: str, keywords: Sequence[str]) -> bool:
    """Whether one of the operator's words stands in the text; whole words in Latin script.

    >>> names("I will call my lawyer", ["lawyer"]), names("lawyers", ["lawyer"])
    (True, False)
    """
    low = text.casefold()
    for word in (k.strip().casefold() for k in keywords):
        if not word:
            continue
        edge = r"(?<!\w){}(?!\w)" if word.isascii() else "{}"
        if re.search(edge.format(re.escape(word)), low):
            return True
    return False


def weight(text: str) -> int:
    """How much a message complains of the service: 0 not at all, 2 insults, shouted adds 1."""
    found = 2 if _INSULT.search(text) else 1 if _COMPLAINT.search(text) else 0
    return (
        found + 1
        if found and (_shouted(text) or re.search(r"[!！]{2,}|[?？]{3,}", text))
        else found
    )


def _shouted(text: str) -> bool:
    letters = [c for c in text if c.isascii() and c.isalpha()]
    return len(letters) >= 10 and sum(c.isupper() for c in letters) > 0.8 * len(letters)


def frustrated(messages: Sequence[str]) -> bool:
    """Whether the last message complains, and the last few do so enough together."""
    recent = [weight(text) for text in messages[-LOOK_BACK:]]
    return bool(recent) and recent[-1] > 0 and sum(recent) >= ENOUGH


def looping(session: Session, text: str, u: Understanding) -> bool:
    """Whether a question comes again to which the same answer would be given, or the last two
    answers were the same words.
    """
    if u.intent in ("thanks", "goodbye", "greet", "accept", "more", "skip", "reset", "smalltalk"):
        return False
    recent = [t for t in session.turns[-LOOK_BACK:] if _answers(t)]
    asked = _plain(text)
    if len(asked) >= _SHORT and any(fuzz.ratio(asked, _plain(t.text)) >= _SAME for t in recent):
        return True
    two = session.turns[-2:]
    same = len(two) == 2 and all(map(_answers, two)) and two[0].reply.text == two[1].reply.text
    return same and u.intent in ("support", "unclear", "out_of_scope", "help")


def _answers(turn: Turn) -> bool:
    """Whether a turn was a fixed answer: a list would differ the next time."""
    return turn.reply.action == "support" or missed(turn)


def missed(turn: Turn) -> bool:
    """Whether the assistant had no answer in a turn."""
    reply, u = turn.reply, turn.understanding
    if reply.action == "support":
        return not reply.citations
    lost = u.intent in ("unclear", "out_of_scope") or u.confidence < UNSURE
    return reply.action == "chat" and lost


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


def back(text: str) -> bool:
    """Whether the visitor would rather talk with the assistant again than with the person.

    >>> back("back to the bot, please"), back("回到智能助手"), back("I won't go, not back to the bot")
    (True, True, False)
    """
    return len(text) <= 60 and _BACK.search(text) is not None and not _NOT.search(text)


def verdict(text: str) -> Resolution | None:
    """What a message says of the help given: "confirmed", "unresolved", or None.

    >>> verdict("that solved it, thanks"), verdict("没有解决")
    ('confirmed', 'unresolved')
    """
    if re.search(r"[?？吗]\W*$", text):
        return None
    if _UNSOLVED.search(text):
        return "unresolved"
    return "confirmed" if _SOLVED.search(text) else None


def contact_in(text: str) -> str:
    """An e-mail address or telephone number in the text, or "".

    >>> contact_in("write to ann@mail.example, please"), contact_in("under 100 dollars")
    ('ann@mail.example', '')
    """
    found = _CONTACT.search(text)
    return found[0].strip() if found else ""
