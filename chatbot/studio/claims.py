"""What a sentence claims, and whether the record bears it out: titles, names, numbers, kinds.

Reads any text, ours or a model's or the writer's. A check says what was found in the words, whether
it holds for the items the sentence is about, and what the record says instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from chatbot.studio.draft import Source, plain
from chatbot.studio.register import Register, Value
from chatbot.studio.slots import LENGTH_FACETS
from chatbot.values import Language
from retrieval.items import Item
from retrieval.schema import fold

MARK = "\ue000"


@dataclass(frozen=True, slots=True)
class Check:
    """One claim found in a sentence.

    Attributes:
        what: "title", "name", "number", "kind", "level" or "claim".
        text: the words that make the claim.
        holds: True where the record says so, False where it says otherwise or nothing.
        record: what the record says, "" where it is silent.
        source: what bears it out.
    """

    what: str
    text: str
    holds: bool
    record: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a sentence may speak of.

    Attributes:
        about: items it is about: named in it, else of its paragraph.
        items: all items of the draft.
        notes: what the writer said: notes, topic, audience, keywords.
    """

    about: tuple[Item, ...]
    items: tuple[Item, ...]
    notes: str
    register: Register
    language: Language


_EN_TITLE = re.compile(r"(?<!\\)\*((?:[^*\\]|\\.)+)\*")
_ZH_TITLE = re.compile(r"《([^》]+)》")


def titles_in(text: str, register: Register, items: Sequence[Item]) -> list[tuple[str, str]]:
    """(title as written, item id or "") of every title marked or recognised in a text."""
    found: list[tuple[str, str]] = []
    for match in (*_EN_TITLE.finditer(text), *_ZH_TITLE.finditer(text)):
        written = plain(match[1])
        ids = register.ids_of(written)
        chosen = next((i.id for i in items if i.id in ids), ids[0] if ids else "")
        found.append((written, chosen))
    rest = masked(text)
    for item in sorted(items, key=lambda i: -len(i.title)):
        if len(item.title) > 3 and re.search(rf"(?<!\w){re.escape(item.title)}(?!\w)", rest):
            found.append((item.title, item.id))
            rest = rest.replace(item.title, MARK)
    return found


def masked(text: str, items: Sequence[Item] = ()) -> str:
    """A text without its titles, so that "2001" in one is no year."""
    text = _ZH_TITLE.sub(MARK, _EN_TITLE.sub(MARK, text))
    for item in sorted(items, key=lambda i: -len(i.title)):
        if len(item.title) > 3:
            text = re.sub(rf"(?<!\w){re.escape(item.title)}(?!\w)", MARK, text)
    return plain(text)


def checks(text: str, scope: Scope) -> Iterator[Check]:
    """Every claim of a sentence that can be checked."""
    for written, item_id in titles_in(text, scope.register, scope.items):
        yield _title(written, item_id, scope)
    rest = masked(text, scope.items)
    yield from _names(rest, scope)
    yield from _numbers(rest, scope)
    yield from _kinds(rest, scope)
    yield from _levels(rest, scope)
    yield from _cues(rest, scope)


def _title(written: str, item_id: str, scope: Scope) -> Check:
    if item_id:
        return Check("title", written, True, source=Source("field", "title", written, item_id))
    if fold(written) in fold(scope.notes):
        return Check("title", written, True, source=Source("note", "note", written))
    return Check("title", written, False)


_LETTER = r"[A-Za-z0-9\u00c0-\u024f.'’-]"
_CAPITALS = re.compile(
    rf"(?<![A-Za-z0-9.])(?:[A-Z\u00c0-\u00de]{_LETTER}*)"
    r"(?:\s+(?:(?:de|del|della|di|da|von|van|der|den|la|le|el|bin|ben|al|y)\s+){0,2}"
    rf"[A-Z\u00c0-\u00de]{_LETTER}*)+"
)
_ROLES = (
    ("director", r"(?:directed by|director|filmmaker)\s+{0}|{0}\s+(?:directs|directed)\b"),
    ("director", r"{0}\s*(?:执导|导演)|(?:导演|执导者)[是为：:\s]*{0}|由\s*{0}\s*(?:执导|导演)"),
    ("author", r"(?:written by|author)\s+{0}|{0}\s+wrote\b|作者[是为：:\s]*{0}"),
    ("cast", r"(?:starring|stars|played by)\s+{0}|{0}\s+(?:stars|plays)\b|{0}\s*主演"),
)


def _names(text: str, scope: Scope) -> Iterator[Check]:
    spans: list[str] = [m[0].rstrip(".'’") for m in _CAPITALS.finditer(text)]
    if scope.language == "zh":
        spans = [*spans, *_zh_names(text, scope.register)]
    else:
        spans = [p for s in spans for p in _people_in(s, scope.register)]
    for span in dict.fromkeys(spans):
        yield from _name(span, text, scope)


def _zh_names(text: str, register: Register) -> list[str]:
    """Names of people on record, and transliterated names ("甲·乙") that are not."""
    found: list[str] = []
    for name in register.chinese_names:
        if name in text:
            found.append(name)
            text = text.replace(name, MARK)
    return [*found, *re.findall(r"[\u4e00-\u9fff]{2,4}·[\u4e00-\u9fff]{2,4}", text)]


_OPENERS = frozenset(
    "the a an in at on for from with and but or as by of to take meet picture watch add expect "
    "start here there this that these those our we you it its both when where while after before "
    "under over between like unlike if set directed written starring next choose try say call "
    "look allow short hello dear anyone behind few most not now one two three four five six seven "
    "eight nine ten tonight together then".split()
)


def _people_in(span: str, register: Register) -> list[str]:
    """A run of capitals without a sentence's first word or an adjective that happens to be one."""
    words = span.split()
    while words and (
        re.split("['’]", words[0].lower())[0] in _OPENERS or fold(words[0]) in register.values
    ) and fold(" ".join(words)) not in register.people:  # fmt: skip
        words = words[1:]
    return [" ".join(words)] if len(words) > 1 else []


def _name(span: str, text: str, scope: Scope) -> Iterator[Check]:
    register = scope.register
    spelled = register.people.get(fold(span))
    if spelled is None:
        record = register.text_of(scope.about or scope.items)
        known = f" {fold(span)} " in f" {record} " or fold(span) in fold(scope.notes)
        if not known and fold(span) not in register.values and not _fixed(span, register):
            yield Check("name", span, False)
        return
    facets = register.schema.people()
    for item in scope.about:
        held = [f for f in facets if spelled in item.values(f)]
        if not held:
            continue
        wrong = _wrong_role(span, text, held, register)
        if wrong:
            yield Check("name", span, False, f"{spelled}: {', '.join(held)}")
        else:
            yield Check("name", span, True, source=Source("field", held[0], spelled, item.id))
        return
    if fold(span) in fold(scope.notes):
        yield Check("name", span, True, source=Source("note", "note", span))
        return
    first = scope.about[0] if scope.about else None
    told = "; ".join(f"{f}: {first.text(f)}" for f in facets if first and first.text(f))
    yield Check("name", span, False, told)


def _fixed(span: str, register: Register) -> bool:
    """Words of our own that happen to stand in capitals ("Second World War")."""
    return all(word in register.words or word in _THEME_WORDS for word in fold(span).split())


_THEME_WORDS = frozenset(
    "second first world war cold civil american spanish vietnam great depression middle ages "
    "new york los angeles hong kong german expressionism french wave italian south san francisco "
    "las vegas cultural revolution victorian tang ming qing song dynasty your honour".split()
)


def _wrong_role(span: str, text: str, held: Sequence[str], register: Register) -> bool:
    for facet, pattern in _ROLES:
        if facet in held or facet not in register.schema.facets:
            continue
        if re.search(pattern.replace("{0}", re.escape(span)), text):
            return True
    return False


_NUMBER = re.compile(r"(?<![\w.#])(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?![\d,]*\d)(?!\w*[a-rt-z])")


def _numbers(text: str, scope: Scope) -> Iterator[Check]:
    known = _known_numbers(text, scope)
    for match in _NUMBER.finditer(text):
        number = float(match[1].replace(",", ""))
        source = known.get(number)
        if source is not None:
            yield Check("number", match[1], True, source=source)
        elif re.search(rf"(?<!\d){re.escape(match[1])}(?!\d)", scope.notes):
            yield Check("number", match[1], True, source=Source("note", "note", match[1]))
        elif not _ordinal(text, match):
            yield Check("number", match[1], False, _numbers_of(scope.about))


def _ordinal(text: str, match: re.Match[str]) -> bool:
    """List numbers: "3." at the start, "2/6" of a thread, "Session 4"."""
    before, after = text[: match.start()], text[match.end() :]
    return (
        (not before.strip() and after[:1] in (".", "、", ")", "/"))
        or before.endswith("/")
        or bool(re.search(r"(?:Session|Part|Scene|第)\s*$", before))
    )


def _known_numbers(text: str, scope: Scope) -> dict[float, Source]:
    """Every number that may be said: recorded, counted or worked out from what is recorded."""
    found: dict[float, Source] = {}
    about = scope.about or scope.items
    for item in about:
        for facet in scope.register.schema.facets.values():
            number = item.number(facet.name)
            if number is not None:
                source = Source("field", facet.name, f"{number:g}", item.id)
                found.setdefault(number, source)
                if facet.name == "year":
                    found.setdefault(number // 10 * 10, source)
            for value in item.values(facet.name) if facet.kind == "category" else ():
                for digits in re.findall(r"\d+", value + _said_digits(value)):
                    found.setdefault(float(digits), Source("field", facet.name, value, item.id))
    _figures(text, found, scope)
    return found


def _said_digits(value: str) -> str:
    return {"18th century": "18", "19th century": "19", "17th century": "17"}.get(value, "")


_APART = re.compile(
    r"\b(?:more|less|differ\w*|apart|longer|shorter|cheaper|dearer|between)\b|多出|少|相差|比|贵|便宜",
    re.IGNORECASE,
)
_TOGETHER = re.compile(
    r"\b(?:together|in all|total|altogether|sum)\b|共|加在一起|总", re.IGNORECASE
)


def _figures(text: str, found: dict[float, Source], scope: Scope) -> None:
    total = len(scope.register.catalogue)
    found.setdefault(float(total), Source("figure", "items in the catalogue", str(total)))
    n = len(scope.items)
    for count in (n, n - 1, n - 2):
        if count > 0:
            found.setdefault(float(count), Source("figure", "chosen items", str(count)))
    for name in ("year", *LENGTH_FACETS, "price"):
        known = [i for i in scope.items if i.number(name) is not None]
        # "98 minutes" may be a length on record or a difference, but not the one for the other.
        pairs = combinations(known, 2) if name == "year" or _APART.search(text) else ()
        for a, b in pairs:
            gap = abs((a.number(name) or 0) - (b.number(name) or 0))
            if not scope.about or a in scope.about or b in scope.about:
                found.setdefault(gap, Source("figure", f"difference of {name}", f"{gap:g}"))
        if name != "year" and known and _TOGETHER.search(text):
            whole = sum(i.number(name) or 0.0 for i in known)
            found.setdefault(whole, Source("figure", f"total of {name}", f"{whole:g}"))
    countries = {c for i in scope.items for c in i.values("country")}
    found.setdefault(float(len(countries)), Source("figure", "countries", str(len(countries))))
    for item in scope.about:
        for name in ("genre", "category", "subject"):
            for value in item.values(name):
                count = len(scope.register.catalogue.postings(name).get(fold(value), ()))
                found.setdefault(float(count), Source("figure", f"{name}={value}", str(count)))


def _numbers_of(items: Sequence[Item]) -> str:
    parts = [
        f"{name} {item.text(name)}"
        for item in items[:1]
        for name in ("year", "runtime", "duration", "price", "age")
        if item.get(name) is not None
    ]
    return ", ".join(parts)


_NEGATED = re.compile(
    r"(?:\bno|\bnot|\bnever|\bwithout|\bneither|\bnor|n['’]t|\bfree of)\W*(?:(?!but\b)\w+\W+){0,2}$"
    r"|(?:不|没|无|别|非(?!常))[^，。；！？、]{0,2}$",
    re.IGNORECASE,
)


def _kinds(text: str, scope: Scope) -> Iterator[Check]:
    """Kinds, countries, languages and ratings that a sentence names."""
    if not scope.about:
        return
    recorded = scope.register.text_of(scope.about)
    for word, start in _value_words(text, scope):
        meanings = scope.register.values[word]
        if _NEGATED.search(text[max(0, start - 24) : start]):
            continue
        held = [(m, i) for m in meanings for i in scope.about if scope.register.holds(i, m)]
        if held:
            value, item = held[0]
            source = Source("field", value.facet, value.value, item.id)
            yield Check("kind", word, True, source=source)
        elif f" {word} " in f" {recorded} " or (not word.isascii() and word in recorded):
            continue  # said of the plot, the cast or a theme, and recorded there
        elif word in fold(scope.notes):
            continue
        else:
            yield Check("kind", word, False, _kinds_of(meanings, scope))


_LOOSE = frozenset(
    "war family music history sport drama crime action adventure fantasy romance mystery romantic "
    "animated historical silent english r g pg nr western horror latin "
    "家庭 历史 音乐 战争 冒险 动作 爱情 运动 犯罪 悬疑 恐怖 剧情 奇幻 冒险".split()
)
"""Words that also mean other things: they count as kinds only before or after a noun."""


def _value_words(text: str, scope: Scope) -> Iterator[tuple[str, int]]:
    values = scope.register.values
    if scope.language == "zh":
        yield from _value_words_zh(text, values)
        return
    nouns = "|".join(
        re.escape(w) for w in {*scope.register.schema.noun.values(), "film", "movie", "picture",
                               "comedy", "drama", "thriller", "musical", "story"} if w.isascii()
    )  # fmt: skip
    for match in re.finditer(r"[A-Z][\w-]*(?: [A-Z][\w-]*)*|[a-z][\w-]*", text):
        for phrase, start in _parts(match[0]):
            word = fold(phrase)
            if word not in values:
                continue
            named = all(v.facet in ("country", "language") for v in values[word])
            if named and not phrase[0].isupper():
                continue  # "polish" is no country's
            after = text[match.start() + start + len(phrase) :]
            if word in _LOOSE and not re.match(rf"\s+(?:{nouns})s?\b", after):
                continue
            yield word, match.start() + start
            break


def _parts(run: str) -> Iterator[tuple[str, int]]:
    """Runs of words inside a run, the longest first, each with where it begins."""
    words = [(m[0], m.start()) for m in re.finditer(r"\S+", run)]
    for size in range(len(words), 0, -1):
        for at in range(len(words) - size + 1):
            yield " ".join(w for w, _ in words[at : at + size]), words[at][1]


def _value_words_zh(
    text: str, values: dict[str, tuple[Value, ...]] | object
) -> Iterator[tuple[str, int]]:
    assert isinstance(values, dict)
    words = sorted((w for w in values if not w.isascii() and len(w) > 1), key=len, reverse=True)
    taken: set[int] = set()
    for word in words:
        for match in re.finditer(re.escape(word), text):
            span = set(range(match.start(), match.end()))
            after = text[match.end() : match.end() + 3]
            if span & taken:
                continue
            taken |= span
            if word in _LOOSE and not re.match(r"片|喜剧|剧|电影|类", after):
                continue
            yield word, match.start()


def _kinds_of(meanings: Sequence[Value], scope: Scope) -> str:
    facet = meanings[0].facet
    return "; ".join(f"{facet}: {i.text(facet)}" for i in scope.about[:2] if i.text(facet))


_LEVEL_WORDS = (
    (
        "scary",
        re.compile(
            r"\b(?:frightening|scary|terrifying)\b|吓人|恐怖(?!主义|分子|片|类|电影|[\u4e00-\u9fff]{0,4}片)"
        ),
    ),
    ("violence", re.compile(r"\b(?:violent|violence|gory|bloody)\b|暴力|血腥")),
)


def _levels(text: str, scope: Scope) -> Iterator[Check]:
    """Whether "frightening" and "violent", or their denial, agree with the recorded levels."""
    if len(scope.about) != 1:
        return
    item = scope.about[0]
    for name, pattern in _LEVEL_WORDS:
        level = item.number(name)
        match = pattern.search(text)
        if level is None or match is None:
            continue
        denied = bool(_NEGATED.search(text[max(0, match.start() - 30) : match.start()]))
        wrong = (denied and level >= 2) or (not denied and level == 0)
        record = f"{name}: {level:g} of 3"
        source = Source("field", name, f"{level:g}", item.id)
        yield Check(
            "level", match[0], not wrong, record if wrong else "", None if wrong else source
        )


_CUES = re.compile(
    r"\b(?:oscars?|academy award|golden globe|palme d['’]or|award(?:s|[- ]winning)?|nominat\w+|"
    r"box office|best[- ]?selling|grossed|critics?|critical acclaim|acclaimed|reviewers?|"
    r"rotten tomatoes|imdb|netflix|streaming on|the first (?:ever|film|time)|most famous|"
    r"record[- ]breaking|\d+ ?%|percent|masterpiece of the|voted|studies show|experts?|"
    r"scientifically|budget of|sold out|in stock|discount|free shipping)\b"
    r"|奥斯卡|金像奖|金马奖|金棕榈|获奖|得奖|提名|票房|影评人|好评如潮|豆瓣|网飞|史上第一|首部|最著名|百分之|"
    r"销量|专家|研究表明|科学证明|现货|打折|包邮|预算",
    re.IGNORECASE,
)


def _cues(text: str, scope: Scope) -> Iterator[Check]:
    """Claims of a sort that catalogues rarely record: prizes, takings, critics, availability."""
    recorded = scope.register.text_of(scope.about or scope.items)
    for match in _CUES.finditer(text):
        word = fold(match[0])
        if word and word in fold(scope.notes):
            yield Check("claim", match[0], True, source=Source("note", "note", match[0]))
        elif not (word and word in recorded):
            yield Check("claim", match[0], False)
