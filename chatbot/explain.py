"""From evidence to reasons that people can check. Words only what `Evidence` and the item record.

Knows no ranking and no model: each reason names the signal and value it was made from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatbot.phrases import listed
from chatbot.values import Language, Reason
from retrieval.catalogue import Catalogue
from retrieval.constraints import Interval, Limit
from retrieval.items import Item
from retrieval.query import Candidate, Evidence
from retrieval.schema import Facet, Schema

MAX_REASONS = 4
MIN_RATINGS = 10
"""A mean of fewer ratings is no reason."""


def title_of(item: Item, language: Language) -> str:
    """The title as it is shown in a sentence of `language`.

    >>> title_of(Item("1", "Alien", {"title_zh": "异形"}), "zh")
    '《异形》'
    """
    if language == "zh":
        return f"《{item.text('title_zh') or item.title}》"
    return item.title


def show_value(facet: Facet | None, value: str, language: Language) -> str:
    """A facet's value as it is shown in `language`."""
    return facet.show(value, language) if facet is not None else value


def show_number(facet: Facet | None, number: float, language: Language) -> str:
    """A number with its unit, as people write it.

    >>> show_number(Facet("runtime", "number", unit="minutes"), 117.0, "zh")
    '117 分钟'
    """
    if facet is not None and (level := facet.level(number, language)):
        return level
    unit = facet.unit if facet is not None else ""
    if unit in _LARGER and abs(number) >= 1000:
        number, unit = number / 1000, _LARGER[unit]
    text = f"{round(number, 2):.7g}"
    if not unit:
        return text
    if unit in _CURRENCIES:
        if number == 0:
            return "免费" if language == "zh" else "free"
        return f"{_CURRENCIES[unit]}{text}"
    if unit == "years" and facet is not None and facet.name == "age" and language == "zh":
        return f"{text} 岁"
    name = _ONE.get(unit, unit) if number == 1 else unit
    return f"{text} {_UNITS_ZH.get(unit, unit) if language == 'zh' else name}"


_CURRENCIES = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥"}
_LARGER = {"g": "kg", "ml": "l"}
"""Units of which a thousand are read as one of a larger one."""
_ONE = {"hours": "hour", "weeks": "week", "years": "year", "people": "person", "pages": "page"}
_UNITS_ZH = {
    "minutes": "分钟",
    "hours": "小时",
    "pages": "页",
    "weeks": "周",
    "days": "天",
    "months": "个月",
    "years": "年",
    "people": "人",
    "kg": "公斤",
    "g": "克",
    "m": "米",
    "cm": "厘米",
    "km": "公里",
    "litres": "升",
    "l": "升",
    "ml": "毫升",
    "mm": "毫米",
    "W": "瓦",
    "Wh": "瓦时",
    "lm": "流明",
}


def show_interval(facet: Facet | None, interval: Interval, language: Language) -> str:
    """An interval in words.

    >>> show_interval(Facet("year", "number"), (1980.0, 1989.0), "en")
    '1980–1989'
    >>> show_interval(Facet("runtime", "number", unit="minutes"), (None, 120.0), "en")
    'at most 120 minutes'
    """
    low, high = interval
    if facet is not None and facet.unit in _CURRENCIES and high == 0:
        return show_number(facet, 0.0, language)
    if facet is not None and facet.levels and low is None and high is not None:
        return ("最多" if language == "zh" else "at most ") + show_number(facet, high, language)
    year = facet is not None and facet.name == "year"
    if low is not None and high is not None:
        if low == high:
            return show_number(facet, low, language)
        shared = facet is not None and facet.unit in _LARGER and max(abs(low), abs(high)) >= 1000
        first = low / 1000 if shared else low
        return f"{first:.6g}–{show_number(facet, high, language)}"
    if low is not None:
        text = show_number(facet, low, language)
        if language == "zh":
            return f"{text} 年及以后" if year else f"至少 {text}"
        return f"{text} or later" if year else f"at least {text}"
    if high is None:
        return ""
    text = show_number(facet, high, language)
    if language == "zh":
        return f"{text} 年及以前" if year else f"不超过 {text}"
    return f"{text} or earlier" if year else f"at most {text}"


def named_interval(facet: Facet | None, interval: Interval, language: Language) -> str:
    """An interval with the name of its facet where the words alone would not tell it."""
    if facet is not None and facet.name == "age" and interval[1] is not None:
        age = int(interval[1])
        return f"适合 {age} 岁" if language == "zh" else f"for age {age}"
    text = show_interval(facet, interval, language)
    costs_nothing = facet is not None and facet.unit in _CURRENCIES and interval[1] == 0
    if facet is None or facet.name == "year" or facet.levels or costs_nothing:
        return text
    return f"{facet.label(language)} {text}"


def show_limit(limit: Limit, schema: Schema, language: Language) -> str:
    """A hard limit in words: "Comedy or Drama", "no Horror", "length at most 120 minutes"."""
    facet = schema.facet(limit.facet)
    if limit.interval is not None:
        text = named_interval(facet, limit.interval, language)
        if limit.mode == "forbid":
            return f"不要 {text}" if language == "zh" else f"not {text}"
        return text
    if facet is not None and facet.kind == "flag":
        refused = (limit.mode == "forbid") != ("no" in limit.values)
        return facet.show("no" if refused else "yes", language)
    values = [_value_of(limit.facet, v, schema, language) for v in limit.values]
    named = group_name(limit.facet, limit.values, schema, language)
    text = named or listed(values, language, last="or")
    if limit.mode == "forbid":
        return f"不要{text}" if language == "zh" else f"no {text}"
    return text


def group_name(facet: str, values: Sequence[str], schema: Schema, language: Language) -> str:
    """The schema's own word for several values ("European", 「欧洲」), "" if it has none."""
    found = schema.facet(facet)
    if found is None or len(values) < 3:
        return ""
    asked = set(values)
    for name, synonyms in found.synonyms.items():
        if "|" in name and asked <= set(name.split("|")) and len(asked) * 4 >= name.count("|") * 3:
            word = next((w for w in synonyms if w.isascii() == (language == "en")), "")
            return word[:1].upper() + word[1:]
    return ""


def _value_of(facet: str, value: str, schema: Schema, language: Language) -> str:
    for name in schema.expand(facet):
        found = schema.facet(name)
        if found is not None and value in found.value_labels:
            return found.show(value, language)
    return value


def reasons(
    candidate: Candidate, catalogue: Catalogue, language: Language, limit: int = MAX_REASONS
) -> tuple[Reason, ...]:
    """At most `limit` reasons, strongest evidence first; evidence that pulled down gives none.

    What other conversations had in common is told after what the user asked for; a number that
    merely keeps a limit ("98 minutes long") after what speaks for the item.
    """
    item = catalogue[candidate.item_id]
    found: list[Reason] = []
    texts: set[str] = set()
    told = sorted(candidate.evidence, key=lambda e: _place(e, catalogue))
    for evidence in told:
        if not evidence.value > 0:
            continue
        text = _worded(evidence, item, catalogue, language)
        if text and text not in texts:
            texts.add(text)
            found.append(Reason(text, evidence.signal, evidence.value, dict(evidence.detail)))
        if len(found) == limit:
            break
    return tuple(found)


def _place(evidence: Evidence, catalogue: Catalogue) -> int:
    """0 for what is told first, 2 for a mere number, which is told last."""
    if evidence.signal in ("conversation", "groups"):
        return 1
    facet = catalogue.schema.facet(str(evidence.detail.get("facet", evidence.signal)))
    return 2 if facet is not None and facet.kind == "number" else 0


def _worded(evidence: Evidence, item: Item, catalogue: Catalogue, language: Language) -> str:
    if evidence.signal in ("similar", "collaborative"):
        return _about_another(evidence, catalogue, language)
    if evidence.signal == "conversation":
        return _about_talk(evidence, catalogue, language)
    if evidence.signal == "groups":
        return _about_groups(evidence, language)
    if evidence.signal == "text":
        return _about_text(evidence, language)
    if evidence.signal == "quality":
        return _about_quality(evidence, item, catalogue.schema, language)
    if evidence.signal in ("novelty", "fame"):
        return _about_fame(evidence, language)
    if evidence.signal == "context":
        fact = _about_facet(evidence, item, catalogue.schema, language)
        since = _SINCE.get(str(evidence.detail.get("context", "")))
        if not fact or since is None:
            return fact
        return f"{fact}，{since[1]}" if language == "zh" else f"{fact}, {since[0]}"
    return _about_facet(evidence, item, catalogue.schema, language)


_SINCE: Mapping[str, tuple[str, str]] = {
    "company: kids": ("since you are with kids", "因为和孩子一起"),
    "company: family": ("since you are with your family", "因为和家人一起"),
    "company: partner": ("since there are two of you", "因为是两个人"),
    "company: friends": ("since you are with friends", "因为和朋友一起"),
    "company: alone": ("since you are on your own", "因为是一个人"),
    "time_of_day: morning": ("since it is morning", "因为是早上"),
    "time_of_day: evening": ("since it is evening", "因为是晚上"),
    "time_of_day: night": ("since it is late", "因为已经很晚"),
    "mood: sad": ("since you are sad", "因为你难过"),
    "mood: tired": ("since you are tired", "因为你累了"),
    "mood: stressed": ("since you are stressed", "因为你压力大"),
    "mood: bored": ("since you are bored", "因为你无聊"),
    "mood: happy": ("since you are happy", "因为你心情好"),
    "device: phone": ("since you are on a phone", "因为你在用手机"),
}
"""The situation as a program told it, in words; see `retrieval.situation`."""


def _about_fame(evidence: Evidence, language: Language) -> str:
    """How many people rated it: what being little or well known rests on."""
    count = evidence.detail.get("count")
    if not isinstance(count, int | float):
        return ""
    source = _SOURCES.get(str(evidence.detail.get("source", "")), "")
    if language == "zh":
        return f"{f'{source} 上' if source else ''}有 {int(count)} 人评分"
    return f"rated by {int(count)} people{f' on {source}' if source else ''}"


def _about_facet(evidence: Evidence, item: Item, schema: Schema, language: Language) -> str:
    name = str(evidence.detail.get("facet", evidence.signal))
    value = evidence.detail.get("value")
    facet = schema.facet(name)
    if facet is None:
        return ""
    if facet.kind == "number":
        number = item.number(name)
        return "" if number is None else _number_reason(facet, number, language)
    if not isinstance(value, str) or not value:
        return ""
    shown = facet.show(value, language)
    if facet.role == "person":
        return _person_reason(facet, shown, language)
    if name == "country":
        return f"{shown}出品" if language == "zh" else f"from {shown}"
    if name == "language":
        return f"语言：{shown}" if language == "zh" else f"in {shown}"
    if _untold(facet, shown, language):
        return ""
    if name in ("theme", "keyword"):
        return f"讲的是{shown}" if language == "zh" else f"about {shown}"
    return shown


def _number_reason(facet: Facet, number: float, language: Language) -> str:
    if facet.name == "year":
        return f"{int(number)} 年" if language == "zh" else f"from {int(number)}"
    if level := facet.level(number, language):
        return level
    shown = show_number(facet, number, language)
    if facet.unit and facet.name == "runtime":
        return f"片长 {shown}" if language == "zh" else f"{shown} long"
    if facet.name == "age":
        return (
            f"适合 {int(number)} 岁以上" if language == "zh" else f"suits ages {int(number)} and up"
        )
    if facet.unit in _CURRENCIES and number == 0:
        return shown
    return f"{facet.label(language)} {shown}"


def _person_reason(facet: Facet, name: str, language: Language) -> str:
    words: Mapping[str, Mapping[Language, str]] = {
        "director": {"en": "directed by {}", "zh": "导演是{}"},
        "cast": {"en": "with {}", "zh": "由{}主演"},
        "author": {"en": "written by {}", "zh": "作者是{}"},
        "artist": {"en": "by {}", "zh": "来自{}"},
    }
    found = words.get(
        facet.name, {"en": facet.label("en") + ": {}", "zh": facet.label("zh") + "：{}"}
    )
    return found[language].format(name)


def _about_another(evidence: Evidence, catalogue: Catalogue, language: Language) -> str:
    other = catalogue.get(str(evidence.detail.get("because", "")))
    if other is None:
        return ""
    title = title_of(other, language)
    if "through" in evidence.detail:
        return _about_newcomer(evidence, title, catalogue, language)
    if evidence.signal == "collaborative":
        if evidence.detail.get("source") in ("dialogues", "redial", "feedback"):
            return (
                f"喜欢{title}的人也喜欢它"
                if language == "zh"
                else f"people who like {title} like it too"
            )
        return (
            f"喜欢{title}的人也给它高分"
            if language == "zh"
            else f"people who liked {title} also rate it highly"
        )
    shared = evidence.detail.get("shared")
    words = _shared_words(shared, catalogue.schema, language) if isinstance(shared, Mapping) else []
    if not words:
        return f"与{title}相近" if language == "zh" else f"close to {title} in what it tells"
    text = listed(words, language)
    return f"和{title}一样：{text}" if language == "zh" else f"like {title}: {text}"


def _about_newcomer(
    evidence: Evidence, title: str, catalogue: Catalogue, language: Language
) -> str:
    """Too few liked the item so far: what is known of one like it, and that it is like it."""
    stands_in = catalogue.get(str(evidence.detail["through"]))
    shared = evidence.detail.get("shared")
    if stands_in is None or not isinstance(shared, Mapping):
        return ""
    name = title_of(stands_in, language)
    words = listed(_shared_words(shared, catalogue.schema, language, 2), language)
    if language == "zh":
        alike = f"和{name}一样：{words}" if words else f"与{name}相近"
        return f"{alike}；喜欢{title}的人也喜欢{name}"
    alike = f"like {name}: {words}" if words else f"close to {name} in what it tells"
    return f"{alike}; people who liked {title} like {name} too"


def _about_talk(evidence: Evidence, catalogue: Catalogue, language: Language) -> str:
    """In how many past conversations both were named: a count that can be checked."""
    other = catalogue.get(str(evidence.detail.get("because", "")))
    count = evidence.detail.get("together")
    if other is None or not isinstance(count, int) or count < 1:
        return ""
    title = title_of(other, language)
    if language == "zh":
        return f"有 {count} 次对话同时提到它和{title}"
    times = "one conversation" if count == 1 else f"{count} conversations"
    return f"named together with {title} in {times}"


def _shared_words(
    shared: Mapping[str, object], schema: Schema, language: Language, most: int = 3
) -> list[str]:
    words: list[str] = []
    for name, values in shared.items():
        facet = schema.facet(name)
        if facet is None or not isinstance(values, Sequence) or isinstance(values, str):
            continue
        for value in values:
            shown = facet.show(str(value), language)
            if facet.role == "person":
                words.append(_person_reason(facet, shown, language))
            elif not _untold(facet, shown, language):
                words.append(shown)
    return words[:most]


def _untold(facet: Facet, shown: str, language: Language) -> bool:
    """Whether a Chinese sentence is better off without this English word: names stay, subjects
    that have no Chinese label go.
    """
    return language == "zh" and facet.name in ("theme", "keyword") and shown.isascii()


def _about_groups(evidence: Evidence, language: Language) -> str:
    """Shares that were counted: of those of a kind, and of everybody."""
    share, among = evidence.detail.get("share"), evidence.detail.get("all")
    attribute, value = evidence.detail.get("attribute"), evidence.detail.get("value")
    if not isinstance(share, float) or not isinstance(among, float) or not attribute:
        return ""
    if language == "zh":
        return f"{attribute}为“{value}”的人中 {share:.0%} 喜欢它，所有人中 {among:.0%}"
    return f"{share:.0%} of people with {attribute} “{value}” like it, {among:.0%} of everybody"


def _about_text(evidence: Evidence, language: Language) -> str:
    terms = evidence.detail.get("terms")
    if not isinstance(terms, Sequence) or isinstance(terms, str) or not terms:
        return ""
    if language == "zh":
        return "简介里提到" + "、".join(f"“{t}”" for t in terms[:3])
    return "its description mentions " + listed([f"“{t}”" for t in terms[:3]], language)


_SOURCES = {"movielens": "MovieLens"}


def _about_quality(evidence: Evidence, item: Item, schema: Schema, language: Language) -> str:
    rating = evidence.detail.get("rating")
    count = evidence.detail.get("count")
    if isinstance(rating, int | float) and isinstance(count, int | float):
        if count < MIN_RATINGS:
            return ""
        source = _SOURCES.get(str(evidence.detail.get("source", "")), "")
        scale = evidence.detail.get("top", 5)
        if language == "zh":
            where = f"{source} 上 " if source else ""
            return f"{where}{int(count)} 人评分，平均 {rating:.1f}/{scale:g}"
        where = f" on {source}" if source else ""
        return f"rated {rating:.1f}/{scale:g} by {int(count)} people{where}"
    recorded = item.number("rating")
    if recorded is None:
        return ""
    return f"评分 {recorded:g}" if language == "zh" else f"rated {recorded:g}"
