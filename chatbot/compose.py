"""The words of a reply, put together from decided facts. Chooses wording, never items."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatbot import answers
from chatbot.explain import group_name, named_interval, show_limit, title_of
from chatbot.phrases import listed, say
from chatbot.policy import Recommend
from chatbot.values import Card, Language, Preference, Profile, Question, Understanding
from chatbot.writer import Brief, Subject
from retrieval.catalogue import Catalogue
from retrieval.query import Ranking


def recommendation(
    action: Recommend,
    cards: Sequence[Card],
    ranking: Ranking,
    profile: Profile,
    understanding: Understanding,
    catalogue: Catalogue,
    language: Language,
    *,
    request: str,
    turn: int,
    question: Question | None = None,
    again: bool = False,
) -> Brief:
    """The brief of a list: what it answers to, what was given up, the first pick, one question.

    `again` says that nothing but items shown before fits.
    """
    must = [*_unknown(understanding, language), *_relaxed(action, ranking, catalogue, language)]
    if again:
        must.append(say("list.again", language))
    schema = catalogue.schema
    if not cards:
        must.append(_nothing(profile, catalogue, language))
        return Brief("recommend", language, request, (), _joined(must, language), tuple(must))
    profile = _without(profile, ranking)
    intro = _intro(action, cards, profile, understanding, catalogue, language, turn)
    sentences = [*must, intro]
    first = cards[0]
    reason = _telling(cards)
    if reason and len(cards) > 1:
        title = title_of(catalogue[first.id], language)
        sentences.append(say("list.top", language, turn, title=title, reason=reason))
    if question is not None:
        sentences.append(question.text)
    subjects = tuple(
        Subject(
            card.id,
            title_of(catalogue[card.id], language),
            (
                answers.facts_line(catalogue[card.id], schema, language),
                *(reason.text for reason in card.reasons),
                catalogue[card.id].text("overview"),
            ),
        )
        for card in cards[:_WORDED]
    )
    if question is not None:
        must.append(question.text)
    text = _joined(sentences, language)
    return Brief("recommend", language, request, subjects, text, tuple(must))


def _without(profile: Profile, ranking: Ranking) -> Profile:
    """The profile without what was given up: a list is not introduced by limits it breaks."""
    gone = {(x.facet, v) for x in ranking.relaxed for v in (*x.values, x.interval)}
    return Profile(
        tuple(
            p
            for p in profile.preferences
            if p.stance != "require" or (p.facet, p.value) not in gone
        )
    )


def _telling(cards: Sequence[Card]) -> str:
    """What sets the first card apart: its strongest reason that is not everybody's."""
    others = [{r.text for r in card.reasons} for card in cards[1:]]
    for reason in cards[0].reasons:
        if not all(reason.text in texts for texts in others):
            return reason.text
    return ""


def _intro(
    action: Recommend,
    cards: Sequence[Card],
    profile: Profile,
    understanding: Understanding,
    catalogue: Catalogue,
    language: Language,
    turn: int,
) -> str:
    nouns = catalogue.schema.noun if len(cards) == 1 else catalogue.schema.nouns
    words = {"n": _count(len(cards), catalogue, language), "nouns": nouns.get(language, "")}
    if language == "zh":
        words["nouns"] = catalogue.schema.noun.get("zh", "")
    if action.mood == "more":
        return say("list.more", language, turn, **words)
    if action.mood == "skip":
        return say("skip", language)
    if action.mood == "critique" and understanding.critiques:
        change = listed([c.source or c.facet for c in understanding.critiques], language)
        return say("list.critique", language, turn, change=change[:1].lower() + change[1:], **words)
    wishes = wish_phrase(profile, catalogue, language)
    titles = [
        title_of(catalogue[str(p.value)], language)
        for p in profile.preferences
        if p.facet == "title" and p.stance in ("like", "require") and str(p.value) in catalogue
    ][-3:]
    if language == "zh" and _refusing(wishes):
        turn = 0  # 「想要不要恐怖」 would be odd; the first wording quotes the wish
    if wishes and not titles and len(cards) == 1 and language == "en":
        return say("list.one", language, turn, noun=words["nouns"], wishes=wishes)
    if titles and wishes:
        return say(
            "list.like_and_wishes",
            language,
            turn,
            titles=listed(titles, language),
            wishes=wishes,
            **words,
        )
    if titles:
        return say("list.like", language, turn, titles=listed(titles, language), **words)
    if wishes:
        return say("list.wishes", language, turn, wishes=wishes, **words)
    return say("list.plain", language, turn, **words)


_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight"}


def _count(n: int, catalogue: Catalogue, language: Language) -> str:
    measure = catalogue.schema.noun.get("zh_measure", "个")
    return f"{n} {measure}" if language == "zh" else _NUMBERS.get(n, str(n))


def wish_words(
    profile: Profile, catalogue: Catalogue, language: Language, most: int = 5
) -> list[str]:
    """What the list was asked to be, latest last, in words of `language`."""
    words = []
    for beliefs in together(profile, catalogue):
        p = beliefs[0]
        if p.facet == "title" or p.stance == "seen":
            continue
        shown = (
            belief(p, catalogue, language)
            if len(beliefs) == 1
            else group_belief(beliefs, catalogue, language)
        )
        if shown:
            words.append(_inline(shown, str(p.value)) if p.facet in _KINDS else shown)
    return words[-most:]


_WORDED = 20
"""So many cards are told to whoever words the answer: more are never shown."""

_KINDS = frozenset({"genre", "category"})
"""Facets whose values are common nouns, written small in a sentence; the rest may be names."""


def _inline(words: str, value: str) -> str:
    """`words` with `value` as it stands inside an English sentence.

    >>> _inline("no Horror", "Horror"), _inline("TV series", "TV series")
    ('no horror', 'TV series')
    """
    proper = any(part[1:] != part[1:].lower() for part in re.split(r"[\s-]", value))
    return words if proper or not value.isascii() else words.replace(value, value.lower())


def _attached(words: str) -> bool:
    """Whether English hangs these words on others: "from France", "no Horror"."""
    return words.split(" ", 1)[0] in _HANGING


_HANGING = frozenset("from in with for no not rather without at length price".split())


def _refusing(words: str) -> bool:
    return words.startswith(("不要", "少一点"))


def together(profile: Profile, catalogue: Catalogue) -> list[tuple[Preference, ...]]:
    """The beliefs as they are shown: one entry each, or one for a group that has a name.

    "European" is twenty countries to the recommender and one wish to whoever said it.
    """
    found: list[tuple[Preference, ...]] = []
    done: set[tuple[str, str, str]] = set()
    for p in profile.preferences:
        place = (p.group, p.facet, p.stance)
        if not p.group:
            found.append((p,))
            continue
        if place in done:
            continue
        same = tuple(q for q in profile.preferences if (q.group, q.facet, q.stance) == place)
        values = [str(q.value) for q in same]
        if len(same) > 4 or group_name(p.facet, values, catalogue.schema, "en"):
            done.add(place)
            found.append(same)
        else:
            found.append((p,))
    return found


def group_belief(beliefs: Sequence[Preference], catalogue: Catalogue, language: Language) -> str:
    """Several alternatives as one wish: "European", or the first few of them."""
    values = [str(p.value) for p in beliefs]
    named = group_name(beliefs[0].facet, values, catalogue.schema, language)
    if named:
        return named
    shown = [belief(p, catalogue, language) for p in beliefs[:3]]
    return ("、" if language == "zh" else ", ").join(shown) + " …"


def wish_phrase(profile: Profile, catalogue: Catalogue, language: Language) -> str:
    """The wishes as one phrase: "thriller from South Korea, no horror"."""
    words = wish_words(profile, catalogue, language)
    if language == "zh":
        # What is wanted comes first: 「想要温馨、不要恐怖的话」.
        return "、".join(sorted(words, key=_refusing))
    text = ""
    for word in sorted(words, key=_attached):
        glued = bool(text) and word.split(" ", 1)[0] in ("from", "in", "with")
        text = f"{text} {word}" if glued else ", ".join(filter(None, [text, word]))
    if text.split(" ", 1)[0] in ("from", "in", "with", "for"):
        return f"something {text}"
    return text


def belief(p: Preference, catalogue: Catalogue, language: Language) -> str:
    """One belief in a few words: "Comedy", "no Horror", "length at most 120 minutes"."""
    schema = catalogue.schema
    if p.facet == "title":
        item = catalogue.get(str(p.value))
        return title_of(item, language) if item is not None else ""
    facet = schema.facet(p.facet)
    if p.facet == "novelty":
        return say(f"belief.{p.value}", language)
    if isinstance(p.value, tuple):
        text = named_interval(facet, p.value, language)
    else:
        text = next(
            (
                found.show(p.value, language)
                for name in schema.expand(p.facet)
                if (found := schema.facet(name)) is not None
                and (p.value in found.value_labels or found.kind == "flag")
            ),
            p.value,
        )
    if language == "zh":
        return {"forbid": f"不要{text}", "avoid": f"少一点{text}"}.get(p.stance, text)
    if p.stance in ("forbid", "avoid"):
        return _unwanted(p, text)
    return _preposed(p.facet, text)


def _unwanted(p: Preference, text: str) -> str:
    """An English prohibition or dislike: "no Horror", "not from France", "not too bleak"."""
    if p.facet == "mood":
        return f"not {text}" if p.stance == "forbid" else f"not too {text}"
    if p.facet == "person":
        return f"without {text}"
    word = "not" if isinstance(p.value, tuple) or p.facet in _PREPOSED else "no"
    shown = f"{word} {_preposed(p.facet, text)}"
    return shown if p.stance == "forbid" else f"rather {shown}"


_PREPOSED = {"country": "from", "language": "in", "director": "directed by", "cast": "with"}


def _preposed(facet: str, text: str) -> str:
    """English needs a word before some facets: "from France", "in French"."""
    word = _PREPOSED.get(facet)
    return f"{word} {text}" if word else text


def _relaxed(
    action: Recommend, ranking: Ranking, catalogue: Catalogue, language: Language
) -> list[str]:
    if not ranking.relaxed:
        return []
    shown = [show_limit(x, catalogue.schema, language) for x in ranking.relaxed]
    key = "relaxed.more" if action.mood == "more" else "relaxed"
    return [say(key, language, limits=listed(shown, language))]


def _unknown(understanding: Understanding, language: Language) -> list[str]:
    found = []
    if understanding.unknown:
        names = listed([f"“{name}”" for name in understanding.unknown], language)
        found.append(say("unknown", language, names=names))
    if understanding.unrecorded:
        matters = listed([say(f"matter.{m}", language) for m in understanding.unrecorded], language)
        found.append(say("unrecorded", language, matters=matters))
    return found


def _nothing(profile: Profile, catalogue: Catalogue, language: Language) -> str:
    hard = [p for p in profile.preferences if p.stance in ("require", "forbid")]
    shown = [belief(p, catalogue, language) for p in hard if p.facet != "title"]
    if not shown:
        return say("exhausted", language)
    return say("empty", language, limits=listed(shown, language))


def _joined(sentences: Sequence[str], language: Language) -> str:
    return ("" if language == "zh" else " ").join(s for s in sentences if s)
