"""Words for levels, from least to most, in English and Chinese: ordered categories.

Knows no columns: `order_of` recognises a scale in texts, `synonyms_of` says what else people call
its steps.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from retrieval.schema import fold

_SCALES: Sequence[Sequence[Sequence[str]]] = (
    (("introductory", "intro", "入门", "零基础"),
     ("beginner", "beginner level", "beginners", "novice", "elementary", "basic", "初级", "初学者"),
     ("intermediate", "intermediate level", "中级", "进阶"),
     ("advanced", "advanced level", "高级"),
     ("expert", "expert level", "专家", "专家级")),
    (("xxs",), ("xs", "extra small"), ("s", "small", "小号"), ("m", "medium", "中号"),
     ("l", "large", "大号"), ("xl", "extra large", "特大号"), ("xxl", "2xl"), ("xxxl", "3xl")),
    (("very low",), ("low",), ("medium", "moderate"), ("high",), ("very high",)),
    (("very easy",), ("easy", "简单", "容易"), ("medium", "moderate", "normal", "中等", "普通"),
     ("hard", "difficult", "困难", "较难"), ("very hard", "expert")),
    (("低",), ("中",), ("高",)),
    (("小",), ("中",), ("大",), ("特大",)),
    (("不辣", "无辣"), ("微辣",), ("中辣",), ("特辣", "重辣")),
    (("g",), ("pg",), ("pg 13",), ("r",), ("nc 17",)),
    (("budget", "cheap"), ("mid range", "moderate"), ("upscale", "expensive"), ("luxury",)),
    (("overwhelmingly negative",), ("very negative",), ("negative",), ("mostly negative",),
     ("mixed",), ("mostly positive",), ("positive",), ("very positive",),
     ("overwhelmingly positive",)),
    (("poor",), ("fair",), ("good",), ("very good",), ("excellent",)),
)  # fmt: skip
"""Each scale from least to most; each step lists its folded spellings."""

_NEUTRAL = frozenset(["all levels", "all", "any", "any level", "mixed", "不限", "全部", "所有级别"])
"""Levels that say nothing about more or less."""


def order_of(texts: Sequence[str]) -> tuple[str, ...]:
    """The different values in `texts` that lie on one scale, from least to most; () for none.

    >>> order_of(["Advanced", "All levels", "Beginner"])
    ('Beginner', 'Advanced')
    """
    values = Counter(text.strip() for text in texts)
    if len(values) > 30:
        return ()
    if all(re.fullmatch(r"[$￥¥€£]{1,5}", value) for value in values):
        return tuple(sorted(values, key=len))
    best: list[str] = []
    share = 0.0
    for scale in _SCALES:
        step = _steps(scale)
        judged = sum(n for v, n in values.items() if fold(v) in step or fold(v) not in _NEUTRAL)
        on = [value for value in values if fold(value) in step]
        covered = sum(values[value] for value in on) / max(1, judged)
        if len({step[fold(value)] for value in on}) >= 2 and covered > share:
            places = {value: step[fold(value)] for value in on}
            best, share = sorted(on, key=places.__getitem__), covered
    return tuple(best) if share >= 0.5 else ()


def synonyms_of(order: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Value → what else its step is called; short words that mean too much are left out.

    >>> synonyms_of(["Beginner Level", "Expert Level"])["Expert Level"]
    ('expert', '专家', '专家级')
    """
    for scale in _SCALES:
        step = _steps(scale)
        if order and all(fold(value) in step for value in order):
            return {
                value: tuple(
                    word
                    for word in scale[step[fold(value)]]
                    if word != fold(value) and (len(word) > 3 or not word.isascii())
                )
                for value in order
            }
    return {}


def _steps(scale: Sequence[Sequence[str]]) -> Mapping[str, int]:
    return {word: place for place, words in enumerate(scale) for word in words}
