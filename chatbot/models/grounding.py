"""Checks sentences of a model against the facts of a brief. A sentence that adds anything is out.

The rule, applied to each sentence on its own:
* Every word that could state something stands in the facts of the item the sentence is about (or
  in the template), with the same polarity: "not scary" needs a denial in the facts. Words that
  state nothing are in `chatbot.models.lexicon`. There is no tolerance: one unsupported
  word is one unsupported claim.
* Numbers, quoted titles, and names in capitals stand there too, names as a whole; the count of
  items may be said. A person keeps the role the facts give.
* In a sentence about several items, what follows a title is checked against that item alone.
* A comparison has to be in the template, with the items in the same order.
* The sentence is in the brief's language and repeats no run of words from our instructions.

What the check does not know: whether a sentence made of supported words is also true as a whole.
The roles, the polarity and the order of titles are what it knows of grammar. When in doubt it says
no, because the template stands ready.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from chatbot.models import lexicon
from chatbot.models.sentences import split
from chatbot.models.wordforms import (
    GLUE,
    HAN,
    LATIN,
    TITLE,
    capital_runs,
    denies,
    han_pieces,
    numbers,
    stem,
    stems,
    without_glue,
)
from chatbot.writer import Brief, Subject
from retrieval.schema import fold

_QUOTED = re.compile(r"《([^》]+)》|“([^”]+)”|\"([^\"]+)\"|「([^」]+)」")
_CLAUSE = re.compile(r"[,;:，；：、。.!?！？()（）|·•\n]|\s[-–—]\s|——|\bbut\b|但是?|不过")
_BETWEEN_NAMES = re.compile(
    r"[,，、;；:：和及是由]|\band\b|\bby\b|\bwith\b|\bis\b|\bare\b", re.IGNORECASE
)
_RUN = 7
"""Words in a row that make a sentence a repetition of our instructions."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a sentence may be said; `why` names the first thing that has no support."""

    supported: bool
    why: str = ""


@dataclass(frozen=True)
class _Said:
    """Texts a sentence may rest on, taken apart once."""

    texts: tuple[str, ...]

    @cached_property
    def folded(self) -> str:
        return " | ".join(fold(t) for t in self.texts)

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(n for t in self.texts for n in numbers(t))

    @cached_property
    def people(self) -> dict[str, set[str]]:
        """Name → roles, from the short facts that state one ("directed by …", 由…主演)."""
        found: dict[str, set[str]] = {}
        for text in self.texts:
            role = _role_at(text, len(text)) if len(text) < 120 else ""
            if not role:
                continue
            bare = lexicon.ROLES[role].sub(" ", text)
            for part in _BETWEEN_NAMES.split(bare):
                name = part.strip(" .。")
                if 1 < len(name) < 40 and (name[0].isupper() or HAN.match(name)):
                    found.setdefault(name, set()).add(role)
        return found

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles that are stated at all."""
        return frozenset(role for roles in self.people.values() for role in roles)

    @cached_property
    def _split(self) -> tuple[frozenset[str], frozenset[str], str, str]:
        plus: set[str] = set()
        minus: set[str] = set()
        han: dict[bool, list[str]] = {False: [], True: []}
        for clause in (c for t in self.texts for c in _CLAUSE.split(t) if c):
            denied = denies(clause)
            (minus if denied else plus).update(stems(clause))
            han[denied].append("".join(HAN.findall(clause)))
        return frozenset(plus), frozenset(minus), "|".join(han[False]), "|".join(han[True])

    def holds_word(self, root: str, denied: bool) -> bool:
        """Whether an English word stands here with this polarity."""
        return root in self._split[1 if denied else 0]

    def holds_han(self, piece: str, denied: bool) -> bool:
        """Whether a Chinese word stands here with this polarity."""
        return piece in self._split[3 if denied else 2]


@dataclass
class Grounding:
    """Checks the sentences of one answer, in their order.

    Args:
        brief: what is to be said.
        guarded: our instructions; a sentence may not repeat them.
    """

    brief: Brief
    guarded: Sequence[str] = ()
    _about: tuple[Subject, ...] = field(default=(), init=False)

    @cached_property
    def _template(self) -> tuple[str, ...]:
        return tuple(split(self.brief.template)) + self.brief.must_keep

    @cached_property
    def _given(self) -> frozenset[str]:
        return frozenset(map(fold, self._template))

    @cached_property
    def _secret(self) -> frozenset[tuple[str, ...]]:
        runs: set[tuple[str, ...]] = set()
        for text in self.guarded:
            words = fold(text).split()
            runs.update(tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1))
        return frozenset(runs)

    def check(self, sentence: str) -> Verdict:
        """Whether `sentence` rests on the brief."""
        words = fold(sentence).split()
        runs = (tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1))
        if any(run in self._secret for run in runs):
            return Verdict(False, "our instructions")
        if fold(sentence) in self._given:
            return Verdict(True)
        if not self._in_language(sentence):
            return Verdict(False, "another language")
        places = self._titles(sentence)
        named = tuple(dict.fromkeys(subject.id for _, _, subject in places))
        if len(named) > 1 and lexicon.COMPARING.search(sentence.lower()):
            if not self._compared(sentence, named):
                return Verdict(False, "a comparison")
        if places:
            by_id = {s.id: s for s in self.brief.subjects}
            self._about = tuple(by_id[i] for i in named)
        about = self._about or (self.brief.subjects if len(self.brief.subjects) == 1 else ())
        for text, subjects in _segments(sentence, places, about):
            why = self._unsupported(text, self._said(subjects))
            if why:
                return Verdict(False, why)
        return Verdict(True)

    def _in_language(self, sentence: str) -> bool:
        bare = _QUOTED.sub(" ", sentence)
        for subject in self.brief.subjects:
            bare = bare.replace(subject.title, " ")
        han, latin = sum(map(len, HAN.findall(bare))), len(LATIN.findall(bare))
        return han >= latin if self.brief.language == "zh" else han == 0

    def _titles(self, sentence: str) -> list[tuple[int, int, Subject]]:
        """Where the sentence names subjects, in order, longest titles first."""
        found: list[tuple[int, int, Subject]] = []
        for subject in sorted(self.brief.subjects, key=lambda s: -len(s.title)):
            title = subject.title
            edge = r"(?<!\w)", r"(?!\w)"
            if HAN.search(title):
                edge = "", ""
            for match in re.finditer(edge[0] + re.escape(title) + edge[1], sentence):
                if all(match.end() <= s or match.start() >= e for s, e, _ in found):
                    found.append((match.start(), match.end(), subject))
        return sorted(found, key=lambda f: f[0])

    def _compared(self, sentence: str, named: Sequence[str]) -> bool:
        wanted = set(stems(sentence)) | set(HAN.findall(_QUOTED.sub("", sentence)))
        for text in self._template:
            order = tuple(dict.fromkeys(s.id for _, _, s in self._titles(text)))
            same = set(stems(text)) | set(HAN.findall(_QUOTED.sub("", text)))
            if order == tuple(named) and lexicon.COMPARING.search(text.lower()) and wanted <= same:
                return True
        return False

    def _said(self, subjects: Sequence[Subject]) -> _Said:
        """What may be said of `subjects`: what all of them share, and the template about them.

        For one subject these are its facts; for none (an introduction) what every item of the
        brief shares and what the template says without naming any.
        """
        key = tuple(s.id for s in subjects)
        if key not in self._cache:
            wanted = list(subjects) or list(self.brief.subjects)
            facts = [set(s.facts) for s in wanted]
            shared = set.intersection(*facts) if facts else set()
            mine = list(shared) if len(wanted) != 1 else list(wanted[0].facts)
            general = [t for t in self._template if self._general(t, key)]
            titles = [s.title for s in self.brief.subjects if s.id in key or not key]
            self._cache[key] = _Said((*mine, *general, *titles))
        return self._cache[key]

    @cached_property
    def _cache(self) -> dict[tuple[str, ...], _Said]:
        return {}

    def _general(self, text: str, ids: Sequence[str]) -> bool:
        """Whether a sentence of the template speaks of `ids` and nothing else."""
        named = {s.id for _, _, s in self._titles(text)}
        return named <= set(ids) and bool(named) == bool(ids)

    def _unsupported(self, text: str, said: _Said) -> str:
        return (
            self._wrong_number(text, said)
            or self._wrong_quote(text, said)
            or self._wrong_name(text, said)
            or _wrong_role(text, said)
            or _wrong_word(text, said)
        )

    def _wrong_number(self, text: str, said: _Said) -> str:
        allowed = said.numbers | {str(len(self.brief.subjects))}
        return next((n for n in numbers(text) if n not in allowed), "")

    def _wrong_quote(self, text: str, said: _Said) -> str:
        for match in _QUOTED.finditer(text):
            inside = next(g for g in match.groups() if g is not None)
            if fold(inside) not in said.folded:
                return inside
        return ""

    def _wrong_name(self, text: str, said: _Said) -> str:
        """The first run of capitalised words that does not stand in `said` as it is."""
        for run in capital_runs(text):
            if f" {fold(run)} " not in f" {said.folded} ":
                return run
        return ""


def _segments(
    sentence: str, places: Sequence[tuple[int, int, Subject]], about: Sequence[Subject]
) -> Iterable[tuple[str, tuple[Subject, ...]]]:
    """Stretches of a sentence with the subjects each speaks of; titles are cut out."""
    if not places:
        yield sentence, tuple(about)
        return
    if len({s.id for _, _, s in places}) == 1:
        text = sentence
        for start, end, _ in reversed(places):
            text = f"{text[:start]} {TITLE} {text[end:]}"
        yield text, (places[0][2],)
        return
    yield sentence[: places[0][0]], (places[0][2],)
    for i, (_, end, subject) in enumerate(places):
        last = i + 1 == len(places)
        text = sentence[end : None if last else places[i + 1][0]]
        run = [subject]
        # "A and B are …": what stands behind a list of titles is about all of them.
        j = i
        while last and j > 0 and not _content(sentence[places[j - 1][1] : places[j][0]]):
            j -= 1
            run.append(places[j][2])
        yield text, tuple(dict.fromkeys(run))


def _content(text: str) -> bool:
    """Whether a text between two titles says anything."""
    return any(s not in GLUE for s in stems(text)) or bool(
        [p for p in han_pieces(text) if p not in lexicon.GLUE_ZH]
    )


def _wrong_role(text: str, said: _Said) -> str:
    """A name beside a role that no fact gives it."""
    for name, roles in said.people.items():
        at = text.find(name)
        spoken = _role_at(text, at) if at >= 0 else ""
        if spoken and spoken not in roles:
            return name
    return ""


def _role_at(text: str, at: int) -> str:
    """The role whose word stands nearest before `at` in `text`, else nearest behind, or ""."""
    low = text.lower()
    hits = [(m.start(), role) for role, p in lexicon.ROLES.items() for m in p.finditer(low)]
    hits += [(m.start(), "cast") for m in re.finditer(r"\bwith\b(?= [A-Z])", text)]
    before = [h for h in hits if h[0] < at]
    if before:
        return max(before)[1]
    return min(hits)[1] if hits else ""


def _wrong_word(text: str, said: _Said) -> str:
    """The first word that states something `said` does not, with its polarity."""
    for clause in _CLAUSE.split(lexicon.LONG.sub(r"\1", text)):
        denied = denies(clause)
        for part in LATIN.findall(clause):
            for word in part.split("-"):
                root = stem(word)
                if not root or root in GLUE or word.lower().endswith("n't"):
                    continue
                if word.lower() in lexicon.NUMBERS_EN or said.holds_word(root, denied):
                    continue
                if _role_at(word, len(word)) in said.roles:  # the names beside it were checked
                    continue
                return str(word)
        for piece in han_pieces(clause):
            if piece in lexicon.GLUE_ZH or said.holds_han(piece, denied):
                continue
            rest = without_glue(piece)
            if rest and _role_at(piece, len(piece)) in said.roles:
                continue
            if rest and not said.holds_han(rest, denied):
                return piece
    return ""
