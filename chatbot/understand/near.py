# ruff: noqa: E501  (patterns and word lists read best on one line)
"""Names written nearly right, and names the catalogue does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from chatbot.understand import common
from chatbot.understand.index import PhraseIndex
from chatbot.understand.people import PeopleIndex
from chatbot.understand.plausible import CLEAR
from chatbot.understand.spans import Reading, Span
from chatbot.understand.surroundings import Surroundings
from chatbot.understand.titles import Name, TitleIndex

_MOST = 6
_WORKS = re.compile(r"^(?:'s|’s)?\s+(?:movies?|films?|flicks?|books?|novels?)\b")
_AFTER_TITLE_CUE = re.compile(
    r"\b(?:seen|watched|saw|loved|enjoyed|liked|hated|movies? like|films? like|something like|anything like|similar to|more like|(?:i|we) (?:really )?(?:like|love|enjoy|hate)|called|such as|favou?rite (?:movie|film) is|reminds me of|heard of|how about|about|like)\s+(?:the (?:movie|film) )?$"
)
_AFTER_PERSON_CUE = re.compile(
    r"\b(?:by|with|starring|featuring|actor|actress|director|directed by|from director|fan of|stars?)\s+$"
)
_STOP = frozenset(
    "but and or with because from please i it is was were are that which who so if when then in on at for to too also by "
    "movies movie films film tonight not no without yesterday last recently though although lol haha it's".split()
)
_NOT_NAMES = frozenset(
    "i im ive id ill ok okay hi hello hey thanks thank yes no tv dvd bluray netflix hulu amazon prime youtube imdb hbo disney plus english american america usa uk god lol hollywood christmas halloween thanksgiving monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december".split()
)


class Near:
    """Second look at words no index knew."""

    def __init__(
        self,
        titles: TitleIndex,
        people: PeopleIndex,
        values: PhraseIndex[tuple[Reading, ...]],
    ) -> None:
        self._titles = titles
        self._people = people
        self._values = values

    @cached_property
    def _words(self) -> Mapping[str, list[str]]:
        """Single words for facet values that are long enough to be recognised when misspelt, by
        their first letter: hardly anybody gets that one wrong.
        """
        found: dict[str, list[str]] = {}
        for word in self._values.keys():
            if " " not in word and len(word) >= 5 and word.isascii():
                found.setdefault(word[0], []).append(word)
        return found

    def _misspelt(self, around: Surroundings, known: Sequence[Span]) -> Iterator[Span]:
        """Such as "comdedy", "thiller": rare words close to a word for a value."""
        from rapidfuzz import process
        from rapidfuzz.distance import DamerauLevenshtein

        for token in around.tokens:
            word = token.word
            if len(word) < 5 or not word.isascii() or common.surprise([word]) < 5.2:
                continue
            if any(s.start < token.end and token.start < s.end for s in known):
                continue
            if (
                token.capital
                and around.shape == "mixed"
                and not around.opens(around.tokens.index(token))
            ):
                continue
            allowed = 1 if len(word) < 8 else 2
            best = process.extractOne(
                word,
                self._words.get(word[0], ()),
                scorer=DamerauLevenshtein.distance,
                score_cutoff=allowed,
            )
            if best is None or _ending(best[0], word):
                continue
            readings = self._values.get(best[0]) or ()
            if any(r.facet in CLEAR for r in readings):
                name = next((r.values[0] for r in readings if r.values), "")
                yield Span(token.start, token.end, "value", name, readings, confidence=0.8)

    def find(self, around: Surroundings, known: Sequence[Span]) -> list[Span]:
        """Near spellings and unknown names outside the `known` spans; at most six are tried."""
        found: list[Span] = list(self._misspelt(around, known))
        for first, last, cue in list(_runs(around, known))[:_MOST]:
            span = self._best(around, first, last, cue)
            if span is not None and not any(span.overlaps(s) for s in (*known, *found)):
                found.append(span)
        return found

    def _best(self, around: Surroundings, first: int, last: int, cue: str) -> Span | None:
        proper = around.proper(first, last)
        for end in range(last, first, -1):
            span = self._spelt(around, first, end, cue, proper=proper)
            if span is not None:
                return span
        if proper and cue and not _plain(around, first, last):
            start, stop = around.chars(first, last)
            return Span(start, stop, "unknown", around.text[start:stop])
        return None

    def _spelt(
        self, around: Surroundings, first: int, last: int, cue: str, *, proper: bool
    ) -> Span | None:
        inside = [t.word for t in around.tokens[first:last]]
        phrase = " ".join(inside)
        # A misspelt name holds at least one word nobody uses.
        if max(common.surprise([w]) for w in inside) < 4.3 and not proper:
            return None
        start, end = around.chars(first, last)
        if len(inside) == 1 and proper and _WORKS.match(around.after(last)):
            surname = self._people.near_surname(phrase)
            if surname is not None:
                reading = Reading("person", (surname.name,))
                return Span(start, end, "person", surname.name, (reading,), confidence=0.7)
        person = self._people.near(phrase) if cue != "title" or proper or len(inside) > 1 else None
        title = self._titles.near(phrase, _floor(inside, cue, proper=proper))
        if title is not None and inside[-1] in ("movie", "film", "movies", "films"):
            title = None
        if title is not None and not self._known(title[0], len(inside)):
            title = None
        if person is not None and (title is None or person[1] >= title[1] or cue == "person"):
            who, alike = person
            reading = Reading("person", (who.name,))
            return Span(start, end, "person", who.name, (reading,), confidence=alike / 100)
        if title is not None:
            name, alike = title
            items = self._titles.ids(name)
            return Span(
                start,
                end,
                "title",
                self._titles.spelling(name),
                items=items,
                confidence=alike / 100,
            )
        return None

    def _known(self, name: Name, count: int) -> bool:
        """Whether a name is known well enough to be what somebody misspelt."""
        popularity = self._titles.popularity(name.rows[0])
        return popularity is None or popularity >= (0.62 if count == 1 else 0.45)


def _floor(inside: Sequence[str], cue: str, *, proper: bool) -> float:
    """How alike a title must be: a single word more than a long phrase."""
    if len(inside) == 1:
        return 88.0 if cue == "title" else 100.0
    if len(inside) == 2:
        return 89.0 if cue == "title" or proper else 92.0
    return 86.0 if cue == "title" or proper else 90.0


def _ending(value: str, word: str) -> bool:
    """Whether the word only has another ending; "romances" is no misspelling of "romantic"."""
    return word.startswith(value[:-1]) and word[-2:] in ("ly", "al", "ed", "er")


def _plain(around: Surroundings, first: int, last: int) -> bool:
    inside = [t.word for t in around.tokens[first:last]]
    return all(w in _NOT_NAMES or common.ordinary(w, 60) for w in inside)


def _runs(around: Surroundings, known: Sequence[Span]) -> Iterator[tuple[int, int, str]]:
    """(first, last, cue) of word runs that may be names: after a cue, or capitalised."""
    free = [
        not any(s.start < t.end and t.start < s.end for s in known) and t.word.isascii()
        for t in around.tokens
    ]
    place = 0
    while place < len(around.tokens):
        word = around.tokens[place].word
        if not free[place] or word in _NOT_NAMES or word in ("of", "from", "in"):
            place += 1
            continue
        cue = _cue(around, place)
        last = _capital_run(around, place, free)
        if last == place and cue:
            last = _plain_run(around, place, free)
        if last > place and (cue or around.proper(place, last)):
            yield place, last, cue
            place = last
        else:
            place += 1


def _cue(around: Surroundings, first: int) -> str:
    before = around.before(first)
    if _AFTER_PERSON_CUE.search(before):
        return "person"
    return "title" if _AFTER_TITLE_CUE.search(before) else ""


def _capital_run(around: Surroundings, first: int, free: Sequence[bool]) -> int:
    """End of the capitalised run that starts at `first` (small words inside are bridged)."""
    if around.shape == "title" or not around.tokens[first].capital:
        return first
    if around.opens(first) and common.ordinary(around.tokens[first].word):
        return first
    last = first + 1
    while last < len(around.tokens) and free[last] and last - first < 6:
        token = around.tokens[last]
        gap = around.text[around.tokens[last - 1].end : token.start]
        if not re.fullmatch(r"[ :.&'’-]{1,3}", gap):
            break
        if token.capital or token.word.isdigit():
            last += 1
            continue
        bridged = token.word in ("of", "the", "and", "in", "a") and last + 1 < len(around.tokens)
        if bridged and (around.tokens[last + 1].capital or around.tokens[last + 1].word == "the"):
            last += 1
            continue
        break
    while last > first + 1 and not (
        around.tokens[last - 1].capital or around.tokens[last - 1].word.isdigit()
    ):
        last -= 1
    return last


def _plain_run(around: Surroundings, first: int, free: Sequence[bool]) -> int:
    last = first
    while last < len(around.tokens) and free[last] and last - first < 5:
        token = around.tokens[last]
        if last > first and not around.text[around.tokens[last - 1].end : token.start].isspace():
            break
        if token.word in _STOP:
            break
        last += 1
    return last
