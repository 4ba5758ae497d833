"""Concrete details from a Chinese description: short noun phrases of its opening.

「一头会说话的驴子非要跟来」 gives 「会说话的驴子」. Words and their kinds come from rjieba; only
phrases of a few clear shapes, about somebody alive, are taken; the rest is left out.
"""

from __future__ import annotations

import re

from chatbot.studio.draft import split

_KINDS = {
    "n": "N", "nz": "N", "vn": "N", "ng": "N", "a": "A", "b": "A", "z": "A", "ad": "A", "an": "A",
    "d": "D", "v": "V", "vd": "V", "vi": "V", "uj": "U", "m": "M", "x": "X",
}  # fmt: skip
# (what stands before 的) 的 (adjective) noun, or adjective noun; only where a clause or a counted
# phrase begins, for what stands in the middle of one may be cut short.
_SHAPE = re.compile(r"(?<![^XM])(?:(?:D?A|VV?|D?VN|NA|N)UA?N{1,2}|AN{1,2})(?![NU])")
_ALIVE = re.compile(
    r"(?:(?:水|歌|枪|凶|猎|杀|鼓|副|助|拳|琴|骑|射)手|(?:学|医|新|男|女|考)生|[者师员探警兵王贼徒长官士侠客妇匪主仆婆爷]|少年|少女|女孩|男孩|小伙|老人|女子|男子|农夫|画家|"
    r"作家|怪物|机器人|狗|猫|熊|猩猩|驴子|吸血鬼|幽灵|鳏夫|双胞胎|夫妇|兄弟|姐妹|母亲|父亲|小偷|骗子|浪人|"
    r"富翁|混混|姑娘|青年|教授|船长|孩子|丫头|演员|律师|医生|明星|胖子|流浪汉|邻居)$"
)
_JUDGING = re.compile(r"伟大|最[好坏烂]|经典|精彩|动人|迷人|出色|杰出|自杀|强奸|妓|嫖")


def details_zh(text: str, most: int = 3) -> tuple[str, ...]:
    """At most `most` details in the order of the text; () where nothing parses.

    >>> details_zh("坏脾气的怪物答应去接公主，一头会说话的驴子非要跟来。后来如何？")
    ('坏脾气的怪物', '会说话的驴子')
    """
    import rjieba

    sentences = split(text, "zh")
    opening = "".join(sentences[: max(1, min(2, len(sentences) - 1))])
    tagged = [(w, _KINDS.get(f, "O")) for w, f in rjieba.tag(opening) if w.strip()]
    shape = "".join(kind for _, kind in tagged)
    found: dict[str, None] = {}
    for match in _SHAPE.finditer(shape):
        words = [w for w, _ in tagged[match.start() : match.end()]]
        phrase = "".join(words)
        before = phrase.partition("的")[0] if "的" in phrase else "　　"
        if not 4 <= len(phrase) <= 8 or len(before) < 2 or not _ALIVE.search(phrase):
            continue
        if not _JUDGING.search(phrase) and re.fullmatch(r"[\u4e00-\u9fff]+", phrase):
            found.setdefault(phrase)
    return tuple(found)[:most]
