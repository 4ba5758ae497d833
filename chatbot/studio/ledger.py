"""The fact ledger: every sentence of a draft with what it rests on, or with what is missing.

The same ledger reads drafts of the composer, of a language model and of the writer's own hand. It
believes no sentence's own sources: what can be checked is checked against the record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from chatbot.studio.claims import Check, Scope, checks, masked, titles_in
from chatbot.studio.draft import Block, Draft, Sentence, Source
from chatbot.studio.register import Register
from chatbot.studio.safety import claims_in
from chatbot.values import Language
from retrieval.items import Item
from retrieval.schema import fold

Verdict = Literal["supported", "opinion", "link", "unsupported", "contradicted"]
Resolution = Literal["remove", "support", "opinion"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One sentence in the ledger. `why` says in words what is missing or wrong."""

    block: int
    position: int
    text: str
    verdict: Verdict
    checks: tuple[Check, ...] = ()
    sources: tuple[Source, ...] = ()
    why: str = ""

    @property
    def open(self) -> bool:
        """Whether the writer has to decide about it."""
        return self.verdict in ("unsupported", "contradicted")


@dataclass(frozen=True, slots=True)
class Ledger:
    """All sentences of a draft, in order."""

    entries: tuple[Entry, ...]

    @property
    def open(self) -> tuple[Entry, ...]:
        """Entries that need a decision: remove, find support, keep as opinion."""
        return tuple(e for e in self.entries if e.open)

    def count(self, verdict: Verdict) -> int:
        """How many sentences have a verdict."""
        return sum(e.verdict == verdict for e in self.entries)


def audit(draft: Draft, register: Register) -> Ledger:
    """The ledger of a draft.

    A sentence is about the items it names, else about its paragraph's, else about those of the
    sentence before it.
    """
    items = tuple(i for x in draft.brief.items if (i := register.catalogue.get(x)) is not None)
    notes = " ".join(
        (*draft.brief.notes, draft.brief.topic, draft.brief.audience, *draft.brief.keywords)
    )
    entries: list[Entry] = []
    for at, block in enumerate(draft.blocks):
        before: tuple[Item, ...] = ()
        for position, sentence in enumerate(block.sentences):
            about = _about(sentence, block, before, items, register)
            scope = Scope(about, items, notes, register, draft.brief.language)
            entries.append(_entry(at, position, sentence, block, scope))
            before = about or before
        entries.extend(_rows(at, block, items, notes, register, draft.brief.language))
    return Ledger(tuple(entries))


def _about(
    sentence: Sentence,
    block: Block,
    before: tuple[Item, ...],
    items: tuple[Item, ...],
    register: Register,
) -> tuple[Item, ...]:
    named = [i for _, i in titles_in(sentence.text, register, items) if i]
    ids = list(dict.fromkeys(named))
    own = register.catalogue.get(block.item) if block.item else None
    if own is not None and own.id not in ids:
        # "It is 30 years older than *Up*": the paragraph's item is spoken of too.
        ids.insert(0, own.id)
    if ids:
        return tuple(register.catalogue[i] for i in ids)
    return before if _GOES_ON.match(sentence.text) else ()


_GOES_ON = re.compile(
    r"(?:It|Its|It['’]s|He|She|His|Her|This|That|The \w+|Here)\b"
    r"|[它他她](?!们)|这(?!几|些)|该|影片|导演|主演|片长|全片"
)


def _entry(at: int, position: int, sentence: Sentence, block: Block, scope: Scope) -> Entry:
    if block.shape in ("image", "table", "facts") or sentence.nature == "note":
        kind: Verdict = "supported" if sentence.sources else "link"
        if sentence.nature == "note" or block.shape != "image":
            return Entry(at, position, sentence.text, kind, (), sentence.sources)
        return Entry(at, position, sentence.text, "link", (), sentence.sources)
    found = tuple(checks(sentence.text, scope))
    wrong = [c for c in found if not c.holds]
    good = tuple(c.source for c in found if c.holds and c.source is not None)
    sources = tuple(dict.fromkeys((*sentence.sources, *good)))
    forbidden = claims_in(sentence.text)
    if forbidden:
        why = f"may not be claimed: {forbidden[0]}"
        return Entry(at, position, sentence.text, "unsupported", found, sources, why)
    if wrong:
        # What the writer decided to keep as a view stays one, unless the record says otherwise.
        against = any(c.record for c in wrong)
        if sentence.nature == "opinion" and not against and not sentence.made:
            return Entry(at, position, sentence.text, "opinion", found, sources)
        verdict: Verdict = "contradicted" if against else "unsupported"
        return Entry(at, position, sentence.text, verdict, found, sources, _why(wrong))
    if sentence.nature == "opinion" or (sentence.nature == "link" and not good):
        natural: Verdict = "opinion" if sentence.nature == "opinion" else "link"
        return Entry(at, position, sentence.text, natural, found, sources)
    if sentence.made and sentence.sources:
        return Entry(at, position, sentence.text, "supported", found, sources)
    return _by_words(at, position, sentence, found, sources, scope)


def _why(wrong: list[Check]) -> str:
    parts = [
        f"{c.what} “{c.text}”: " + (f"the record says {c.record}" if c.record else "not on record")
        for c in wrong
    ]
    return "; ".join(parts)


_VIEW = re.compile(
    r"\b(?:I|we|our|my|perhaps|maybe|arguably|feels?|seems?|worth|recommend|should|you|your|"
    r"let|try|why|how)\b|\?|我|我们|也许|或许|觉得|感觉|值得|推荐|不妨|适合|你|吗|？",
    re.IGNORECASE,
)
COMMON = frozenset(
    "the a an and or but of in on at to for from with by as is are was were be been it its this "
    "that these those he she they them his her their who whom which what when where how why not "
    "no nor so if than then there here has have had do does did will would can could may might "
    "one two three all any some every each both few more most much many very just only also even "
    "still yet up down out off over under about into through between again once after before "
    "while because own same other another such like film films movie movies story stories scene "
    "scenes viewer viewers audience reader readers you your we our us i my me evening night time "
    "way thing things something anything nothing feel feels make makes made take takes turn find "
    "finds give gives good great best well little lot kind worth watch watching see seen".split()
)


def _by_words(
    at: int,
    position: int,
    sentence: Sentence,
    found: tuple[Check, ...],
    sources: tuple[Source, ...],
    scope: Scope,
) -> Entry:
    """Text of other hands: its content words must be on record or be ours."""
    unknown, total = unknown_words(sentence.text, scope)
    mostly = len(unknown) >= 3 and len(unknown) > 0.5 * total
    view = bool(_VIEW.search(masked(sentence.text)))
    if mostly and not view:
        words = ", ".join(unknown[:6])
        why = f"nothing on record says: {words}"
        return Entry(at, position, sentence.text, "unsupported", found, sources, why)
    if any(s.field != "title" for s in sources):
        return Entry(at, position, sentence.text, "supported", found, sources)
    if view or mostly:
        return Entry(at, position, sentence.text, "opinion", found, sources)
    if not unknown and total and sources:
        return Entry(at, position, sentence.text, "supported", found, sources)
    return Entry(at, position, sentence.text, "opinion" if unknown else "link", found, sources)


def unknown_words(text: str, scope: Scope) -> tuple[list[str], int]:
    """Content words that nothing carries, and how many content words there are.

    A word is carried by the record, the writer's notes or our own patterns.
    """
    rest = masked(text, scope.items)
    recorded = f" {scope.register.text_of(scope.about or scope.items)} {fold(scope.notes)} "
    if scope.language == "zh":
        words = [w for w in _zh_words(rest) if len(w) > 1]
        unknown = [w for w in words if w not in recorded and w not in _zh_known(scope.register)]
    else:
        words = [w for w in fold(rest).split() if w not in COMMON and len(w) > 2]
        unknown = [w for w in words if not _stemmed(w, recorded) and w not in scope.register.words]
    return list(dict.fromkeys(unknown)), len(words)


def _stemmed(word: str, recorded: str) -> bool:
    if f" {word} " in recorded:
        return True
    stem = re.sub(r"(?:ies|ied|ing|ed|es|s|ly)$", "", word)
    return len(stem) >= 4 and f" {stem}" in recorded


def _zh_words(text: str) -> list[str]:
    import rjieba

    return [w for w in rjieba.cut(text) if re.match(r"[\u4e00-\u9fff]", w)]


def _zh_known(register: Register) -> str:
    return " ".join(register.words)


def _rows(
    at: int,
    block: Block,
    items: tuple[Item, ...],
    notes: str,
    register: Register,
    language: Language,
) -> Iterator[Entry]:
    """Cells of tables and fact boxes, checked line by line: an edited cell is found out."""
    if not block.rows or block.role in ("subject_line", "preheader", "schedule"):
        return
    from chatbot.studio.facts import shown

    about = [register.catalogue[block.item]] if block.item else list(items)
    facets = {f.label(language).casefold(): f for f in register.schema.facets.values()}
    for row in block.rows:
        facet = facets.get(row[0].casefold())
        if facet is None:
            continue
        for cell, item in zip(row[1:], about, strict=False):
            record = shown(item, facet, language)
            if cell not in (record, "–") and facet.name not in ("scary", "violence"):
                check = Check(facet.name, cell, False, record)
                text = f"{row[0]}: {cell}"
                yield Entry(at, -1, text, "contradicted", (check,), (), _why([check]))
