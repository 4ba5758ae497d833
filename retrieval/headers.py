"""What the name of a column says: the words in it, a unit, an identifier, a person.

Knows no values and no files.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from retrieval.quantities import MONEY

IDS = tuple(
    """
    id itemid productid movieid filmid bookid courseid gameid songid trackid artistid asin
    parentasin sku isbn13 isbn ean upc uuid 编号 商品编号 序号 商品id slug handle
""".split()
)
"""Headers (as `key`) that name the id, best first."""

TITLES = tuple(
    """
    title name producttitle productname itemname itemtitle booktitle bookname movietitle
    moviename filmtitle coursetitle coursename gametitle gamename songtitle songname trackname
    restaurantname hotelname headline appname primarytitle 名称 标题 名字 商品名称 商品名
    产品名称 书名 片名 电影名 电影名称 课程名称 课程名 歌名 歌曲名 店名 餐厅名称 餐馆名称
    酒店名称 景点名称 题名
""".split()
)
"""Headers (as `key`) that name the title, best first."""

AKA = frozenset(
    """
    aka alias aliases othernames othertitles alternatetitle alternativetitle alternatenames
    originaltitle originalname titleoriginal akazh titleen nameen englishname
    englishtitle shorttitle cleantitle appname 又名 别名 英文名 外文名 原名
    曾用名
""".split()
)
"""Headers (as `key`) that hold other names of the item."""

_PERSON = frozenset(
    """
    author writer director actor actress cast artist singer composer instructor teacher lecturer
    professor speaker creator narrator translator illustrator editor designer host chef
    performer photographer producer musician starring 导演 编剧 主演 演员 作者 作家 译者 歌手
    讲师 老师 教师 主持人 主讲人 设计师 主厨 作曲 作词
""".split()
)
_ID_WORDS = frozenset(
    """
    id ids isbn isbn13 uuid guid asin sku ean upc gtin key index idx hash slug handle code 编号
    编码 条码 序号
""".split()
)
_UNIT_WORDS = {
    **{word: code for word, code in MONEY.items() if word.isalpha() and len(word) > 1},
    "minutes": "minutes", "minute": "minutes", "mins": "minutes", "min": "minutes",
    "分钟": "minutes", "hours": "hours", "hour": "hours", "hrs": "hours", "小时": "hours",
    "seconds": "seconds", "secs": "seconds", "sec": "seconds", "ms": "ms", "days": "days",
    "weeks": "weeks", "months": "months", "kg": "kg", "grams": "g", "lbs": "lb", "oz": "oz",
    "ml": "ml", "cm": "cm", "mm": "mm", "km": "km", "miles": "miles", "inches": "in", "inch": "in",
    "gb": "GB", "mb": "MB", "kcal": "kcal", "calories": "kcal", "percent": "%", "元": "CNY",
}  # fmt: skip
_IN_BRACKETS = {**_UNIT_WORDS, "g": "g", "m": "m", "l": "l", "in": "in", "h": "hours", "$": "USD",
                "€": "EUR", "£": "GBP", "¥": "CNY", "%": "%", "克": "g", "w": "W"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Header:
    """A column's name, read. `words` are lower-case, without the unit; `key` is them joined."""

    raw: str
    words: tuple[str, ...]
    unit: str = ""

    @property
    def key(self) -> str:
        """The words without spaces: what names are compared by."""
        return "".join(self.words)

    @property
    def keys(self) -> tuple[str, ...]:
        """`key` and its other grammatical number."""
        last = self.words[-1] if self.words else ""
        other = singular(last)
        return (self.key, self.key[: len(self.key) - len(last)] + other)

    @property
    def name(self) -> str:
        """A facet's name made of the words."""
        return "_".join(self.words)[:40].strip("_")

    @property
    def chinese(self) -> bool:
        """Whether the name is written in Chinese."""
        return bool(re.search(r"[\u3400-\u9fff]", self.raw))

    @property
    def person(self) -> bool:
        """Whether the name speaks of people."""
        return any(singular(word) in _PERSON for word in self.words) and not self.identifier

    @property
    def identifier(self) -> bool:
        """Whether the name speaks of an identifier or code."""
        return bool(self.words) and (
            self.words[-1] in _ID_WORDS or self.words[0] == "unnamed" or self.key.endswith("编号")
        )

    def ends_with(self, words: Iterable[str]) -> bool:
        """Whether the last word is one of `words`."""
        return bool(self.words) and self.words[-1] in set(words)


def read_headers(names: Sequence[str]) -> tuple[Header, ...]:
    """Each name read; a word that most names start with ("course_…") is left out of all."""
    headers = [read_header(name) for name in names]
    first = Counter(h.words[0] for h in headers if len(h.words) > 1)
    common = first.most_common(1)
    if len(names) < 4 or not common or common[0][1] < 0.6 * len(names):
        return tuple(headers)
    prefix = common[0][0]
    return tuple(
        Header(h.raw, h.words[1:], h.unit) if len(h.words) > 1 and h.words[0] == prefix else h
        for h in headers
    )


def read_header(name: str) -> Header:
    """One name, read.

    >>> read_header("Price (USD)").words, read_header("durationMinutes").unit
    (('price',), 'minutes')
    """
    text = unicodedata.normalize("NFKC", name).strip()
    unit = ""
    bracket = re.search(r"[(\[]\s*([^)\]]*?)\s*[)\]]", text)
    if bracket:
        unit = _IN_BRACKETS.get(bracket.group(1).casefold(), "")
        text = text[: bracket.start()] + " " + text[bracket.end() :]
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    words = re.findall(r"[\u3400-\u9fff]+|[^\W_]+", text.casefold())
    if not unit and len(words) > 1 and words[-1] in _UNIT_WORDS:
        unit = _UNIT_WORDS[words.pop()]
        if words[-1] in ("in", "per"):
            words = words[:-1] or words
    if not unit and any(mark in name for mark in ("人均", "门票")):
        unit = "CNY"
    return Header(name, tuple(words), unit)


def singular(word: str) -> str:
    """The singular of an English noun, as far as endings tell; other words as they are."""
    if not word.isascii() or len(word) < 4 or word.endswith(("ss", "us", "is", "series", "news")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word
