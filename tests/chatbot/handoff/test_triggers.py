from __future__ import annotations

import pytest

from chatbot.handoff import triggers
from chatbot.values import Citation, Intent, Reply, Session, Turn, Understanding


def turn(n: int, text: str, action: str = "support", answer: str = "", cited: bool = True,
         intent: Intent = "support") -> Turn:  # fmt: skip
    citations = (Citation("Returns", "/returns", "30 days", 0.9),) if cited else ()
    reply = Reply(f"r{n}", "s", n, answer or f"answer {n}", action, citations=citations)  # type: ignore[arg-type]
    return Turn(n, text, Understanding(intent), reply)


def session(*turns: Turn) -> Session:
    return Session("s", "shop", turns=turns)


def why(before: Session, text: str, intent: Intent = "support", **more: object) -> str | None:
    return triggers.reason(before, text, Understanding(intent), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["talk to a human", "转人工"])
def test_a_request_is_one_in_any_language(text: str) -> None:
    assert why(session(), text, "handoff") == "request"


@pytest.mark.parametrize(
    "text",
    ["you useless bot", "THIS IS RIDICULOUS AND USELESS", "this is unacceptable!!",
     "你这个垃圾机器人", "人工智障", "太差了！！"],
)  # fmt: skip
def test_insults_and_shouted_complaints_call_a_person(text: str) -> None:
    assert why(session(), text) == "frustration"


@pytest.mark.parametrize(
    ("first", "second"),
    [("this is not helpful", "you don't understand me"), ("答非所问", "说了多少遍了"),
     ("that's not what I asked", "I already told you my order number")],
)  # fmt: skip
def test_one_complaint_is_heard_two_call_a_person(first: str, second: str) -> None:
    assert why(session(), first) is None
    assert why(session(turn(1, first)), second) == "frustration"


def test_an_old_complaint_is_forgotten() -> None:
    calm = [turn(n, f"what about question number {n}") for n in (2, 3, 4)]
    assert why(session(turn(1, "this is useless"), *calm), "that is no help") is None


@pytest.mark.parametrize(
    "text",
    ["a stupid comedy, please", "Horrible Bosses", "Dumb and Dumber", "I WANT SCI-FI FILMS",
     "I hate horror", "films that are so frustrating", "I still haven't seen Alien", "没有恐怖的",
     "can you help me choose a tent?", "an idiot abroad", "垃圾袋有吗", "投诉电话是多少"],
)  # fmt: skip
def test_words_about_items_are_no_complaints(text: str) -> None:
    assert triggers.weight(text) == 0


def test_the_same_question_twice_is_a_loop() -> None:
    before = session(turn(1, "Where is my parcel?"))
    assert why(before, "where is my parcel") == "loop"
    assert why(before, "how long is the warranty") is None
    assert why(session(turn(1, "我的包裹在哪里")), "我的包裹在哪里？") == "loop"


def test_asking_for_more_is_no_loop() -> None:
    before = session(turn(1, "show me more tents", action="recommend", intent="recommend"))
    assert why(before, "show me more tents", "recommend") is None


def test_the_same_answer_twice_is_a_loop() -> None:
    before = session(turn(1, "refund?", answer="30 days."), turn(2, "money?", answer="30 days."))
    assert why(before, "so can I get it back") == "loop"
    assert why(before, "thanks", "thanks") is None


def test_two_misses_call_a_person_one_does_not() -> None:
    assert why(session(), "blorb", unanswered=True) is None
    missed = session(turn(1, "frobnicate?", cited=False))
    assert why(missed, "and the blorb?", unanswered=True) == "low_confidence"
    assert why(missed, "and the blorb?") is None
    assert why(session(turn(1, "grrk", "chat", intent="unclear")), "hm hm", "unclear") == (
        "low_confidence"
    )


def test_the_operators_words_are_rules() -> None:
    words = ("lawyer", "起诉", "chargeback")
    assert why(session(), "My LAWYER will write", keywords=words) == "rule"
    assert why(session(), "我要起诉你们", keywords=words) == "rule"
    assert why(session(), "lawyers in films", keywords=words) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [("thanks, that solved it", "confirmed"), ("it works now", "confirmed"),
     ("解决了，谢谢", "confirmed"), ("that didn't help", "unresolved"), ("没有解决", "unresolved"),
     ("还是不行", "unresolved"), ("how is this solved?", None), ("这个问题怎么解决", None),
     ("it works on batteries?", None)],
)  # fmt: skip
def test_what_visitors_say_of_the_help(text: str, said: str | None) -> None:
    assert triggers.verdict(text) == said


@pytest.mark.parametrize(
    ("text", "contact"),
    [("mail ann.b@shop.example please", "ann.b@shop.example"), ("+49 30 1234567", "+49 30 1234567"),
     ("电话13812345678", "13812345678"), ("under 1500 dollars", ""), ("2 or 3 of them", "")],
)  # fmt: skip
def test_addresses_to_reach_a_visitor(text: str, contact: str) -> None:
    assert triggers.contact_in(text) == contact
