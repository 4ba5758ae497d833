"""Every intent leads to the action its user expects."""

from __future__ import annotations

import pytest

from chatbot import policy
from chatbot.policy import State, decide
from chatbot.values import Critique, Intent, Preference, Profile, Understanding

SOME = Profile((Preference("like", "genre", "Comedy"),))


@pytest.mark.parametrize(
    ("understanding", "state", "expected"),
    [
        (Understanding("recommend"), State(SOME, True), policy.Recommend()),
        (Understanding("inform"), State(SOME, True), policy.Recommend()),
        (Understanding("recommend"), State(Profile(), False), policy.AskOpen()),
        (
            Understanding("recommend"),
            State(Profile(), False, asked_open=True),
            policy.Recommend(),
        ),
        (Understanding("more"), State(SOME, False), policy.Recommend("more")),
        (Understanding("skip"), State(Profile(), False), policy.Recommend("skip")),
        (
            Understanding("critique", critiques=(Critique("runtime", "less"),)),
            State(SOME, True),
            policy.Recommend("critique"),
        ),
        (
            Understanding("recommend", ambiguous=("a", "b")),
            State(SOME, True),
            policy.AskWhich(("a", "b")),
        ),
        (
            Understanding("ask_item", items=("a",), aspect="runtime"),
            State(SOME, False),
            policy.AnswerItem("a", "runtime"),
        ),
        (
            Understanding("ask_item", aspect="runtime"),
            State(SOME, False, focus="b"),
            policy.AnswerItem("b", "runtime"),
        ),
        (
            Understanding("compare"),
            State(SOME, False, listed=("a", "b", "c")),
            policy.Compare(("a", "b")),
        ),
        (Understanding("explain"), State(SOME, False), policy.Explain("")),
        (Understanding("explain", items=("a",)), State(SOME, False), policy.Explain("a")),
        (Understanding("support"), State(SOME, False), policy.Support()),
        (Understanding("handoff"), State(SOME, False), policy.HandOff()),
        (Understanding("accept", items=("a",)), State(SOME, True), policy.Chat("accept")),
        (Understanding("unclear", confidence=0.1), State(SOME, False), policy.Chat("unclear")),
    ],
)
def test_decisions(understanding: Understanding, state: State, expected: policy.Action) -> None:
    assert decide(understanding, state) == expected


@pytest.mark.parametrize("intent", ["greet", "thanks", "goodbye", "help", "out_of_scope"])
def test_talk_is_talk_until_a_wish_comes_with_it(intent: Intent) -> None:
    assert decide(Understanding(intent), State(SOME, False)) == policy.Chat(intent)  # type: ignore[arg-type]
    assert decide(Understanding(intent), State(SOME, True)) == policy.Recommend()


def test_low_confidence_asks_instead_of_guessing() -> None:
    unsure = Understanding("recommend", confidence=0.1)
    assert decide(unsure, State(SOME, False)) == policy.Chat("unclear")
    assert decide(unsure, State(SOME, True)) == policy.Recommend()


def test_every_action_has_a_name_of_the_contract() -> None:
    actions = policy.Action.__args__  # type: ignore[attr-defined]
    assert set(policy.NAMES) == set(actions)
