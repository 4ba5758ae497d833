# ruff: noqa: E501  (patterns read best on one line)
"""What kind of thing a question asks for: a time, a price, who may, how to, what becomes of it.

Two questions about one matter often differ in nothing else ("Who can open an RFC account?", "In
what currencies can I open an RFC account?"), and sentence vectors hardly part them.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_PATTERNS: tuple[tuple[str, str], ...] = (
    (
        "when",
        r"\b(?:when|what time|(?:at|by|since|from|until) what (?:point|time|date|day)|(?:what|which) (?:date|day)|how soon|(?:since|until|from) when)\b|什么时候|何时|几点|哪天|什么时间|几号|几月",
    ),
    (
        "how long",
        r"\b(?:how (?:long|soon|quick(?:ly)?|fast|many (?:minutes|hours|days|weeks|months|years)|much time)|period|tenure|duration|validity|valid|time ?(?:frame|limit)|time taken)\b|多久|多长时间|(?:几|多少)(?:分钟|个?小时|天|周|个?月|年)|期限|有效期|时效|多快",
    ),
    (
        "how much",
        r"\b(?:how (?:much(?! (?:time|is|are|does|do|for))|big|high|large|low|heavy)|max(?:imum)?|min(?:imum)?|the (?:most|least)|(?:upper|lower)|limits?|cap|amount|percentage|share)\b|多少(?!钱|分钟|个?小时|天|周|个?月|年)|最多|最少|最高|最低|上限|限额|额度|多大|多重",
    ),
    (
        "price",
        r"\b(?:how much (?:is|are|does|do|for|would|will)|postage|costs?|charg(?:e|es|ed)|fees?|free|price|prices|expensive|cheap(?:est)?|surcharge|pay(?:ing)? (?:for|anything|extra))\b|多少钱|费用|收费|运费|免费|要钱|价格|花钱|手续费|邮费",
    ),
    (
        "who",
        r"\b(?:who|whom|whose|eligib\w+|qualif(?:y|ies|ied)|entitled|which people|criteri\w+)\b|谁|哪些人|资格|什么人|适合.{0,4}人|对象",
    ),
    (
        "where",
        r"\b(?:where|(?:which|what) (?:places?|shops?|stores?|cities|towns|sites|websites|locations?|countries)|locations?)\b|哪里|哪儿|在哪|地址|什么地方|去哪",
    ),
    (
        "why",
        r"\b(?:why|benefits?|advantages?|point of|reasons?|get (?:out of|from)|special about|good (?:for|is)|worth|better|difference does)\b|为什么|为何|好处|优点|原因|有什么用|凭什么",
    ),
    (
        "what it is",
        r"\b(?:what(?:'s|’s| is| are| does| do you mean)|means?|meant|meaning|explain|defin\w+|stands? for|tell me about)\b|是什么|什么是|什么意思|啥意思|指什么|什么叫|介绍",
    ),
    (
        "how",
        r"\b(?:how (?:do|does|can|could|to|should|would|am|is|will)|ways? (?:to|of|do|can)|procedure|process|steps?|what (?:do|should|must|can) (?:i|we) do|i(?:'d|’d| would) like|i (?:want|need|wish)|(?:,|-|:) how)\b|怎么|如何|怎样|流程|步骤|方法|咋",
    ),
    (
        "whether",
        r"^\W*(?:can|could|may|is|are|do|does|did|will|would|am|must|should|have|has|whether)\b|\b(?:(?:can|could|may|must|should|do|am) (?:i|we|my|they|he|she)|possible|allowed)\b|能不能|可不可以|可以|能.{0,12}吗|是否|吗\W*$|行不行|支持",
    ),
    (
        "papers",
        r"\b(?:documents?|documentation|papers?|paperwork|proofs?|forms?|hand(?:ed)? in|submit(?:ted)?)\b|材料|证件|文件|资料|手续(?!费)|凭证|证明",
    ),
    (
        "which",
        r"\b(?:which|what (?:kinds?|types?|sorts?|plans?|options?)|(?:kinds?|types?|sorts?|list) of|different|various|options)\b|哪些|哪种|哪个|哪几|种类|类型|几种",
    ),
    (
        "what becomes of it",
        r"\b(?:what (?:if|happens?|becomes?|now)|(?:i|we|i've|i have) (?:lost|forgot|forget|misplaced|can't|cannot|missed)|if (?:i|we|my|the)|in (?:the )?case|not working|unable)\b|怎么办|如果|要是|丢了|忘了|忘记|坏了|没收到",
    ),
    (
        "difference",
        r"\b(?:differ(?:s|ent|ence|ences)?|compared?|versus|vs|same as|better than|apart from|distinguish\w*|instead of)\b|区别|不同|差别|一样吗|比较|还是",
    ),
    (
        "how many",
        r"\b(?:how many|number of|multiple|several|more than one|two|both|joint(?:ly)?|together)\b|几个|多个|多少个|两个|同时|一起|几件",
    ),
)

KINDS = tuple(name for name, _ in _PATTERNS)

_FOUND = [re.compile(pattern, re.IGNORECASE) for _, pattern in _PATTERNS]


@lru_cache(maxsize=1 << 14)
def _of(text: str) -> tuple[bool, ...]:
    return tuple(pattern.search(text) is not None for pattern in _FOUND)


def kinds(text: str) -> Floats:
    """(len(KINDS),) 1 for each kind that a question or a heading speaks of, else 0.

    >>> [KINDS[i] for i in kinds("who can open an account").nonzero()[0]]
    ['who']
    >>> [KINDS[i] for i in kinds("退款多久到账").nonzero()[0]]
    ['how long']
    """
    return np.array(_of(text), dtype=np.float32)
