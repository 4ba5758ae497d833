"""Simulated users over a small catalogue whose right answers are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from chatbot.evaluation.goals import Desire, Goal, Goals
from chatbot.evaluation.simulate import dialogue, readable, simulate, summary
from chatbot.evaluation.users import SimulatedUser
from chatbot.evaluation.words import Words
from chatbot.turn import Engine
from chatbot.understand import Context
from chatbot.values import Question, Reply, Understanding
from chatbot.writer import Brief
from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.query import Candidate, Query, Ranking
from retrieval.schema import Facet, Schema

KINDS = ("tea", "coffee", "juice", "water")
PLACES = ("north", "south", "east")


def shop() -> Catalogue:
    schema = Schema(
        {
            "kind": Facet("kind", "category", many=True, value_labels={"tea": {"zh": "茶"}}),
            "place": Facet("place", "category", many=True),
            "price": Facet("price", "number", unit="USD", labels={"zh": "价格"}),
        }
    )
    items = [
        Item(
            f"i{n}",
            f"Secret {n}",
            {
                "kind": (KINDS[n % 4],),
                "place": (PLACES[n % 3],),
                "price": float(n % 40 + 1),
            },
        )
        for n in range(120)
    ]
    return Catalogue("shop", items, schema)


class Deaf:
    """A reader that understands nothing."""

    def read(self, text: str, context: Context) -> Understanding:
        return Understanding("recommend", terms=("x",), language=context.language or "en")


class Rows:
    """A ranker that shows the catalogue from the top; `stuck` forgets what it has shown."""

    def __init__(self, catalogue: Catalogue, stuck: bool = False) -> None:
        self.catalogue = catalogue
        self.stuck = stuck

    def rank(self, query: Query) -> Ranking:
        out = frozenset() if self.stuck else query.constraints.exclude
        left = [i for i in self.catalogue.items if i.id not in out]
        return Ranking(tuple(Candidate(i.id, 1.0) for i in left[: query.k]))


class Plain:
    """A writer that reads out the template."""

    degraded = ""

    def write(self, brief: Brief, cancel: object) -> Iterator[str]:
        yield brief.template


def engine(stuck: bool = False) -> Engine:
    catalogue = shop()
    return Engine(catalogue, Rows(catalogue, stuck), Deaf(), Plain())  # type: ignore[arg-type]


def user(desires: Sequence[Desire], seed: int = 0, detour: Desire | None = None) -> SimulatedUser:
    catalogue = shop()
    goals = Goals(catalogue)
    words = Words(catalogue, "en", goals.unmistakable)
    goal = Goal(tuple(desires), frozenset(), detour)
    return SimulatedUser(goal, words, np.random.default_rng(seed))


TEA = Desire("want", "kind", "tea")
NORTH = Desire("want", "place", "north")
NO_NORTH = Desire("forbid", "place", "north")
CHEAP = Desire("limit", "price", high=10.0)


def reply(**more: object) -> Reply:
    return Reply("r", "s", 1, "Here.", "recommend", **more)  # type: ignore[arg-type]


def test_every_goal_can_be_met_and_its_targets_satisfy_it() -> None:
    catalogue = shop()
    goals = Goals(catalogue)
    for seed in range(60):
        goal = goals.draw(np.random.default_rng(seed))
        assert len(goal.firm) >= 2
        kept = {
            item.id
            for item in catalogue.items
            if all(d.limit.holds(item, catalogue.schema) for d in goal.firm)
        }
        assert goal.targets == kept
        assert kept


def test_the_same_seed_draws_the_same_dialogue() -> None:
    shown = [
        dialogue(engine(), Goals(shop()), "en", np.random.default_rng(7)).lines for _ in range(2)
    ]
    assert shown[0] == shown[1]
    assert shown[0] != dialogue(engine(), Goals(shop()), "en", np.random.default_rng(8)).lines


def test_a_user_never_says_a_title() -> None:
    for language in ("en", "zh"):
        for seed in range(30):
            found = dialogue(engine(), Goals(shop()), language, np.random.default_rng(seed))
            told = [line for line in found.lines if line.startswith("user:")]
            assert told
            assert not any("Secret" in line for line in told)


def test_a_user_of_chinese_uses_chinese_words() -> None:
    catalogue = shop()
    words = Words(catalogue, "zh", Goals(catalogue).unmistakable)
    rng = np.random.default_rng(0)
    assert "茶" in words.wish(TEA, rng)
    assert "10美元" in words.wish(CHEAP, rng)


def test_an_item_that_satisfies_everything_is_accepted() -> None:
    catalogue = shop()
    someone = user([TEA, NORTH])
    someone.opening()
    right = next(i for i in catalogue.items if someone.pleased(i))
    wrong = next(i for i in catalogue.items if not someone.pleased(i))
    said = someone.answer(reply(), [wrong, right])
    assert said.ends
    assert "second" in said.text


def test_a_broken_prohibition_is_criticised_once_and_then_the_agenda_goes_on() -> None:
    someone = user([NO_NORTH, TEA, CHEAP])
    someone.said.append(NO_NORTH)
    someone._agenda.remove(NO_NORTH)
    bad = [i for i in shop().items if "north" in i.values("place") and i.number("price") != 1.0][:3]
    bad = [i for i in bad if not someone.pleased(i)]
    first = someone.answer(reply(), bad)
    assert "I said" in first.text
    assert "north" in first.text
    second = someone.answer(reply(), bad)
    assert "north" not in second.text


def test_a_question_about_the_goal_is_answered() -> None:
    someone = user([TEA, CHEAP, NORTH])
    someone._tell(TEA)
    question = Question("place", "Which place?", ("north", "south"))
    tea = [i for i in shop().items if "tea" in i.values("kind") and not someone.pleased(i)][:2]
    assert "north" in someone.answer(reply(question=question), tea).text.lower()
    assert NORTH in someone.said


def test_a_detour_is_taken_back() -> None:
    south = Desire("want", "place", "south")
    someone = user([TEA, CHEAP], detour=south)
    someone._may_have_seen = False
    someone._tell(TEA)
    some = [i for i in shop().items if {"tea", "south"} <= {*i.values("kind"), *i.values("place")}]
    some = [i for i in some if not someone.pleased(i)][:2]
    someone.answer(reply(), some)
    assert south in someone.required()
    assert "south" in someone.answer(reply(), some).text
    assert south not in someone.required()


def test_limits_are_checked_against_what_the_user_said_not_what_was_understood() -> None:
    found = simulate(engine(), ["en"], 40, 3)["languages"]["en"]
    assert found["broken_limits"] > 0  # the reader is deaf: its profile has no limits at all
    assert found["repeats"] == 0
    assert found["empty"] == 0
    assert found["failing"]
    assert found["cards_that_fit_all_said"]["mean"] < 0.7
    assert found["without_hearing"]["dialogues"] == 40


def test_repeats_are_counted() -> None:
    outcomes = [
        dialogue(engine(stuck=True), Goals(shop()), "en", np.random.default_rng(n))
        for n in range(10)
    ]
    assert summary(outcomes, np.random.default_rng(0))["repeats"] > 0


def test_figures_are_readable() -> None:
    text = readable(simulate(engine(), ["en", "zh"], 3, 1))
    assert "success within 5" in text
    assert "zh" in text


def test_a_catalogue_without_facets_is_refused() -> None:
    bare = Catalogue("bare", [Item("1", "One")], Schema({}))
    with pytest.raises(ValueError, match="bare"):
        Goals(bare).draw(np.random.default_rng(0))
