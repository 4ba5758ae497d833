"""Dialogues of simulated users with the real dialogue manager, and what is counted in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from chatbot.evaluation.goals import Desire, Goal, Goals
from chatbot.evaluation.report import cell, shown, table
from chatbot.evaluation.users import SimulatedUser
from chatbot.evaluation.words import Words
from chatbot.manager import DialogueManager
from chatbot.storage.sessions import MemorySessions
from chatbot.turn import Engine
from chatbot.understand import Context
from chatbot.values import Language, Reply, Session, Understanding
from retrieval.constraints import Constraints
from retrieval.metrics import bootstrap

PATIENCE = 8
"""Turns after which a user gives up."""

WITHIN = 5
KEPT = 25
"""Failing dialogues that are kept word for word."""


@dataclass
class Outcome:
    """What happened in one dialogue.

    Attributes:
        success: the turn in which a satisfying item was shown, None if never.
        broken: hard limits that a shown item broke, though others were left that keep all of them.
        given_up: the same where nothing was left and the reply said so.
        repeats: items shown again.
        cards, fitting: items shown, and those of them that satisfy every wish said by then.
        misheard: choices ("I take the second one") that were not taken as such.
        unanswered: messages answered with neither a list nor a question.
        empty: replies without text, or lists without items.
    """

    language: Language
    goal: Goal
    turns: int = 0
    success: int | None = None
    broken: list[str] = field(default_factory=list)
    given_up: int = 0
    repeats: list[str] = field(default_factory=list)
    unanswered: int = 0
    empty: int = 0
    questions: int = 0
    misheard: int = 0
    cards: int = 0
    fitting: int = 0
    lines: list[str] = field(default_factory=list)

    @property
    def fine(self) -> bool:
        """Whether nothing is wrong with it."""
        soon = self.success is not None and self.success <= WITHIN
        return soon and not (self.broken or self.repeats or self.unanswered or self.empty)


def dialogue(engine: Engine, goals: Goals, language: Language, rng: np.random.Generator) -> Outcome:
    """One dialogue of a fresh user in a session that nothing else sees."""
    goal = goals.draw(rng)
    words = Words(engine.catalogue, language, goals.unmistakable)
    user = SimulatedUser(goal, words, rng)
    store = MemorySessions()
    store.create(Session("simulated", engine.catalogue.name, language=language))
    manager = DialogueManager(store, lambda _: engine)
    found = Outcome(language, goal)
    seen: set[str] = set()
    said = user.opening()
    for number in range(1, PATIENCE + 2):
        reply = manager.reply("simulated", said.text)
        cards = reply.cards if reply.action == "recommend" else ()
        items = [engine.catalogue[card.id] for card in cards]
        found.lines += [f"user: {said.text}", f"assistant ({reply.action}): {reply.text}"]
        found.lines += [f"  - {item.title}" for item in items]
        found.empty += not reply.text
        if said.ends:
            found.misheard += reply.action != "chat"
            break
        found.turns = number
        found.questions += reply.question is not None
        found.empty += reply.action == "recommend" and not cards
        found.unanswered += reply.action not in ("recommend", "ask")
        found.repeats += [item.title for item in items if item.id in seen]
        _check(found, user, reply, engine, seen, number)
        found.cards += len(items)
        said_now = Constraints(tuple(d.limit for d in user.required()))
        found.fitting += sum(said_now.admits(item, engine.catalogue.schema) for item in items)
        seen |= {item.id for item in items}
        if found.success is None and any(user.pleased(item) for item in items):
            found.success = number
        if number >= PATIENCE and found.success is None:
            break
        said = user.answer(reply, items)
    return found


def _check(
    found: Outcome,
    user: SimulatedUser,
    reply: Reply,
    engine: Engine,
    seen: set[str],
    number: int,
) -> None:
    """Count the limits that the cards break, by what the user really said."""
    hard = [d for d in user.required() if d.kind in ("forbid", "limit")]
    cards = reply.cards if reply.action == "recommend" else ()
    schema = engine.catalogue.schema
    wrong: list[tuple[Desire, str]] = [
        (d, card.title)
        for card in cards
        for d in hard
        if not d.limit.holds(engine.catalogue[card.id], schema)
    ]
    if not wrong:
        return
    kept = Constraints(tuple(d.limit for d in user.required()), frozenset(seen))
    possible = bool(engine.catalogue.allowed(kept).any())
    named = {limit.facet for limit in reply.relaxed}
    for desire, title in wrong:
        if not possible and desire.facet in named:
            found.given_up += 1
        else:
            found.broken.append(f"turn {number}: {desire_text(desire)}: {title}")


class _Deaf:
    """The baseline: hears nothing and goes on showing what is well regarded."""

    def read(self, text: str, context: Context) -> Understanding:
        """See `chatbot.understand.Reader.read`."""
        return Understanding("more", language=context.language or "en")


def desire_text(desire: Desire) -> str:
    """A desire in the notation of the reports."""
    if desire.value:
        return f"{desire.kind} {desire.facet}={desire.value}"
    low = "" if desire.low is None else f"{desire.low:g}"
    high = "" if desire.high is None else f"{desire.high:g}"
    return f"{desire.kind} {desire.facet}={low}..{high}"


def simulate(
    engine: Engine,
    languages: Sequence[Language],
    dialogues: int,
    seed: int,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> dict[str, Any]:
    """`dialogues` dialogues a language: figures with intervals, and the failing ones to read.

    Every dialogue has its own stream of chance, so that one of them can be run again alone.
    """
    figures: dict[str, Any] = {
        "catalogue": engine.catalogue.name,
        "items": len(engine.catalogue),
        "dialogues": dialogues,
        "seed": seed,
        "languages": {},
    }
    for language in languages:
        goals = Goals(engine.catalogue, language)
        outcomes = []
        for number in range(dialogues):
            rng = np.random.default_rng([seed, number, int(language == "zh")])
            outcomes.append(dialogue(engine, goals, language, rng))
            progress(f"simulated dialogues ({language})", number + 1, dialogues)
        found = summary(outcomes, np.random.default_rng(seed))
        found["without_hearing"] = _luck(engine, goals, language, min(dialogues, 200), seed)
        figures["languages"][language] = found
    return figures


def _luck(
    engine: Engine, goals: Goals, language: Language, dialogues: int, seed: int
) -> dict[str, Any]:
    """How often users are pleased by an assistant that hears nothing."""
    deaf = replace(engine, reader=_Deaf())
    outcomes = [
        dialogue(deaf, goals, language, np.random.default_rng([seed, n, int(language == "zh")]))
        for n in range(dialogues)
    ]
    found = summary(outcomes, np.random.default_rng(seed))
    kept = (f"success_within_{WITHIN}", "cards_that_fit_all_said", "broken_limits")
    return {"dialogues": dialogues, **{name: found[name] for name in kept}}


def summary(outcomes: Sequence[Outcome], rng: np.random.Generator) -> dict[str, Any]:
    """Figures of one language."""
    ids = range(len(outcomes))

    def mean(values: Sequence[float]) -> dict[str, float | None]:
        return shown(bootstrap(values, ids, rng, rounds=1000))

    soon = [float(o.success is not None and o.success <= WITHIN) for o in outcomes]
    failing = [(at, o) for at, o in enumerate(outcomes) if not o.fine]
    return {
        f"success_within_{WITHIN}": mean(soon),
        "success": mean([float(o.success is not None) for o in outcomes]),
        "turns_to_success": mean([float(o.success or np.nan) for o in outcomes]),
        "cards_that_fit_all_said": shown(
            bootstrap(
                [o.fitting / o.cards if o.cards else np.nan for o in outcomes],
                ids,
                rng,
                weights=[float(o.cards) for o in outcomes],
                rounds=1000,
            )
        ),
        "broken_limits": sum(len(o.broken) for o in outcomes),
        "dialogues_with_broken_limits": sum(bool(o.broken) for o in outcomes),
        "limits_given_up_openly": sum(o.given_up for o in outcomes),
        "repeats": sum(len(o.repeats) for o in outcomes),
        "unanswered": sum(o.unanswered for o in outcomes),
        "empty": sum(o.empty for o in outcomes),
        "choices_misheard": sum(o.misheard for o in outcomes),
        "questions": sum(o.questions for o in outcomes),
        "turns": sum(o.turns for o in outcomes),
        "failing": [_verbatim(at, o) for at, o in failing[:KEPT]],
    }


def _verbatim(number: int, outcome: Outcome) -> dict[str, Any]:
    return {
        "dialogue": number,
        "goal": [desire_text(d) for d in outcome.goal.desires],
        "targets": len(outcome.goal.targets),
        "success": outcome.success,
        "broken": outcome.broken,
        "repeats": outcome.repeats,
        "unanswered": outcome.unanswered,
        "lines": outcome.lines,
    }


def readable(figures: dict[str, Any]) -> str:
    """The figures as a table, a column a language."""
    languages = list(figures["languages"])
    first = figures["languages"][languages[0]]
    names = [n for n in first if n not in ("failing", "without_hearing")]
    rows = [
        [name.replace("_", " "), *(cell(figures["languages"][x][name]) for x in languages)]
        for name in names
    ]
    lucky = [figures["languages"][x].get("without_hearing", {}) for x in languages]
    for name in (f"success_within_{WITHIN}", "cards_that_fit_all_said"):
        label = f"{name.replace('_', ' ')}, hearing nothing"
        rows.append([label, *(cell(found.get(name)) for found in lucky)])
    head = f"{figures['dialogues']:,} dialogues a language over {figures['catalogue']}"
    return f"{head}\n\n{table(['', *languages], rows)}"
