"""Names of people in a sentence: whether they are on record, and in which role."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chatbot.studio.checks import MARK, Check, Scope
from chatbot.studio.draft import Source
from chatbot.studio.register import Register
from retrieval.schema import fold

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


def names(text: str, scope: Scope) -> Iterator[Check]:
    """Every name of a person in a text, with whether the items record it."""
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
