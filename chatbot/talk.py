"""The words of every action that is not a list. Says what is recorded and decided, no more."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from chatbot import answers, compose, extremes, policy
from chatbot.explain import title_of
from chatbot.phrases import keys, listed, say
from chatbot.turn import Running, listed_in
from chatbot.values import Language, Question
from chatbot.writer import Brief, Subject
from retrieval.catalogue import Catalogue
from retrieval.items import Item


def talk(action: policy.Action, turn: Running) -> tuple[Brief, Question | None]:
    """The brief of every action that is not a list."""
    catalogue, language = turn.engine.catalogue, turn.language
    words = _nouns(catalogue, language)
    question: Question | None = None
    brief: Brief | None = None
    match action:
        case policy.AskOpen():
            text, question = _open_question(turn, words)
        case policy.AskWhich(items):
            shown = [_with_year(catalogue, i, language) for i in items if i in catalogue]
            text = say("ask.which", language, options=listed(shown, language, last="or"))
            question = Question("title", text, tuple(i for i in items if i in catalogue))
        case policy.AnswerItem(item, aspect):
            text, subject = _about(item, aspect, turn)
            # What nobody recorded is said in our own words: a model would be tempted.
            brief = _answer(subject, text, turn) if subject is not None else None
        case policy.Compare(items):
            text = _compared(items, turn) or say("compare.need_two", language, **words)
        case policy.Explain(item):
            text, subjects = _explanation(item, turn)
            brief = Brief("explain", language, turn.text, subjects, text) if subjects else None
        case policy.Draft(items):
            text = _draft([i for i in items if i in catalogue], turn) or say(
                "draft.none", language, **words
            )
        case policy.Support():
            text = say("support.none", language)
        case policy.HandOff():
            text = turn.handoff.text if turn.handoff is not None else say("handoff", language)
        case policy.Chat(kind):
            text = _chat(kind, turn, words)
        case policy.Recommend():
            raise AssertionError("lists are composed elsewhere")
    return brief or Brief("chat", language, turn.text, (), text, (text,)), question


def _about(item: str, aspect: str, turn: Running) -> tuple[str, Item | None]:
    """(the answer about an item, the item where its facts were known)."""
    catalogue, language = turn.engine.catalogue, turn.language
    if ":" in aspect:
        among = turn.understanding.items
        return extremes.extreme(among, aspect, catalogue, language, turn.engine.quality), None
    found = catalogue.get(item)
    if found is None:
        return say("item.which", language, **_nouns(catalogue, language)), None
    if aspect == "rating":
        rated = extremes.rated(found, catalogue, language, turn.engine.quality)
        if rated:
            return rated, found
    text, known = answers.about_item(found, aspect, catalogue.schema, language)
    return text, found if known else None


def _compared(items: Sequence[str], turn: Running) -> str:
    """The answer to "which is shorter?" where that was asked, and two items side by side."""
    catalogue, language, aspect = turn.engine.catalogue, turn.language, turn.understanding.aspect
    found = [catalogue[i] for i in items if i in catalogue]
    parts = []
    if ":" in aspect and len(found) > 1:
        ids = [item.id for item in found]
        parts.append(extremes.extreme(ids, aspect, catalogue, language, turn.engine.quality))
    if len(found) == 2 or (len(found) > 2 and not parts):
        parts.append(answers.comparison(found[0], found[1], catalogue.schema, language))
    return "\n\n".join(filter(None, parts))


def _answer(item: Item, text: str, turn: Running) -> Brief:
    """An answer from facts, which a model may word anew."""
    schema, language = turn.engine.catalogue.schema, turn.language
    facts = (text, answers.facts_line(item, schema, language), answers.overview_of(item, language))
    subject = Subject(item.id, title_of(item, language), tuple(filter(None, facts)))
    return Brief("answer", language, turn.text, (subject,), text)


def _draft(items: Sequence[str], turn: Running) -> str:
    """A draft on recorded facts, of the kind, tone and length that were asked for."""
    if not items:
        return ""
    from chatbot.studio.desk import Studio
    from chatbot.studio.order import meant, ordered

    before = [i for i in listed_in(turn.session) if i in turn.engine.catalogue]
    items = meant(turn.text, items, before)
    studio = Studio(turn.engine.catalogue)
    draft = studio.plan(ordered(turn.text, items, turn.language))
    # A chat has no pictures; their placeholders belong to the files that a draft is saved as.
    text = re.sub(r"(?m)^!\[.*\n\n?", "", studio.markdown(draft)).strip()
    titles = [_with_year(turn.engine.catalogue, i, turn.language) for i in draft.items]
    views = sum(s.nature == "opinion" for _, _, s in draft.sentences())
    key = "draft.sources_views" if views else "draft.sources"
    sources = say(key, turn.language, titles=listed(titles, turn.language), views=str(views))
    return f"{text}\n\n*{sources}*"


def _nouns(catalogue: Catalogue, language: Language) -> dict[str, str]:
    noun = catalogue.schema.noun.get(language, "")
    nouns = catalogue.schema.nouns.get(language, "")
    return {"noun": noun, "nouns": nouns, "noun_bare": noun, "nouns_bare": nouns}


def _open_question(turn: Running, words: Mapping[str, str]) -> tuple[str, Question]:
    catalogue, language = turn.engine.catalogue, turn.language
    openers = catalogue.schema.suggestions.get(language, ())
    text = say("ask.open", language, turn.number, **words)
    return text, Question("open", text, tuple(openers[:4]))


def _with_year(catalogue: Catalogue, item_id: str, language: Language) -> str:
    item = catalogue[item_id]
    year = item.number("year")
    title = title_of(item, language)
    if year is None:
        return title
    return f"{title}（{int(year)}）" if language == "zh" else f"{title} ({int(year)})"


def _explanation(item_id: str, turn: Running) -> tuple[str, tuple[Subject, ...]]:
    """Why an item was shown, from the evidence kept with the list; what would change the list.

    With the items spoken of and their reasons; () where nothing was recommended yet.
    """
    catalogue, language = turn.engine.catalogue, turn.language
    cards = {c.id: c for t in turn.session.turns for c in t.reply.cards}
    wanted = [item_id] if item_id in cards else list(listed_in(turn.session))[:3]
    lines: list[str] = []
    subjects: list[Subject] = []
    for one in wanted:
        found = tuple(r.text for r in cards[one].reasons)
        if found and one in catalogue:
            title = title_of(catalogue[one], language)
            reasons = ("；" if language == "zh" else "; ").join(found)
            lines.append(say("explain.item", language, title=title, reasons=reasons))
            subjects.append(Subject(one, title, found))
    if not lines:
        shown = [title_of(catalogue[one], language) for one in wanted if one in catalogue]
        if not shown:
            return say("explain.none", language), ()
        return say("explain.weak", language, title=listed(shown, language)), ()
    levers = compose.wish_words(turn.profile, catalogue, language, most=8)
    if levers and not item_id:
        lines.append(say("explain.change", language, levers=listed(levers, language)))
    return ("" if language == "zh" else " ").join(lines), tuple(subjects)


def _chat(kind: policy.ChatKind, turn: Running, words: Mapping[str, str]) -> str:
    language, u = turn.language, turn.understanding
    if kind == "accept":
        item = turn.engine.catalogue.get(u.items[0]) if u.items else None
        if item is None:
            return say("accept.none", language)
        return say("accept", language, title=title_of(item, language))
    pages = turn.engine.knowledge
    if pages is not None and f"{kind}.support" in keys(language) and _at_the_desk(turn):
        topics = listed(pages.topics(language), language)
        kind_said = "greet" if kind == "smalltalk" and not turn.session.turns else kind
        return say(f"{kind_said}.support", language, turn.number, topics=topics)
    if kind == "unclear":
        return say("ask.unclear", language, **words)
    if kind == "smalltalk" and not turn.session.turns:
        return say("greet", language, **words)
    said = say(kind, language, turn.number, **words)
    if kind == "help" and pages is not None:
        both = say("help.both", language, topics=listed(pages.topics(language), language))
        said = f"{said}{'' if language == 'zh' else ' '}{both}"
    return said


def _at_the_desk(turn: Running) -> bool:
    """Whether this conversation is for help rather than for finding something."""
    return turn.session.channel == "support" or not len(turn.engine.catalogue)
