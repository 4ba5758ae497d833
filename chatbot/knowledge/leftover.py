# ruff: noqa: E501  (word lists read best on one line)
"""What is left of a request once the catalogue has taken its words: what speaks for help pages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot.knowledge.base import Hit
from chatbot.values import Understanding
from retrieval.documents import STOP, stem, tokens

_EMPTY = frozenset(
    "one ones need needs made make buy buying get sell selling find search please weigh weighs keep able work works use used "
    "suitable good best nice thing things present under over than less more not no without also only or".split()
)
_EMPTY_ZH = frozenset(
    "的了吗呢我你他她要想给能用可以也有没不在是和或买个一件双款条只把些点来找带适合都就还再那这种类课程门商品学而且比上班族吧啊呀家里人送好类您什么哪些啥"
)


def left(text: str, u: Understanding, hits: Sequence[Hit]) -> float:
    """Which share of a part's words speaks for the help pages, in [0, 1].

    Words that name something of the catalogue do not, nor do words that no passage found
    has: "a tent for three people" leaves nothing, "boots arrived damaged" leaves its point.
    """
    taken = {at for m in u.mentions for at in range(m.start, m.end)}
    for critique in u.critiques:
        start = text.find(critique.source) if critique.source else -1
        taken |= set(range(start, start + len(critique.source))) if start >= 0 else set()
    told = " ".join(f"{h.passage.breadcrumb} {h.passage.text}" for h in hits)
    known = frozenset(tokens(told))
    named = left = 0.0
    for match in _WORDS.finditer(text):
        word = match.group().casefold()
        if match.start() in taken or match.end() - 1 in taken:
            named += 1
        elif word.isascii():
            left += word not in STOP and word not in _EMPTY and stem(word) in known
        else:
            pair = text[match.start() : match.start() + 2]
            left += 2.0 * (word in _MENDED and word in told)
            telling = _PAIR.fullmatch(pair) and not _EMPTY_ZH & set(pair) and pair not in _LABELS
            left += 2.0 * bool(telling and match.start() + 1 not in taken and pair in told)
    return left / (left + named) if left + named else 0.0


_MENDED = frozenset("修退换洗补坏漏裂破寄")
"""What is asked of a help desk in one character."""
_PAIR = re.compile(r"[\u3400-\u9fff]{2}")
_LABELS = frozenset(
    "颜色 材质 材料 品牌 品类 类别 分类 部门 尺码 季节 用途 特点 价格 重量 容量 语言 难度 科目 形式 类型 你好 您好".split()
)
"""Words of requests that help pages have too: they speak for neither."""
_WORDS = re.compile(r"[\u3400-\u9fff]|[^\W_]+(?:['’][^\W_]+)*")
