"""Recorded conversations: each its own session, everything in the form of the contract."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chatbot import Assistant
from chatbot.errors import InputError
from chatbot.replay import Replayer, parse


def answer(assistant: Assistant, k: int | None = None, **raw: Any) -> dict[str, Any]:
    replayer = Replayer(assistant.engine("films"))
    return replayer.answer(parse(json.dumps({"id": "x", **raw}), 1), k)


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def other(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def test_the_output_has_the_documented_form(assistant: Assistant) -> None:
    out = answer(assistant, messages=[user("I want sci-fi films, no horror")])
    assert set(out) >= {"id", "text", "action", "items", "profile", "relaxed", "degraded"}
    assert out["id"] == "x"
    assert out["action"] == "recommend"
    assert set(out["timings_ms"]) == {"understand", "retrieve", "rerank", "explain", "total"}
    for item in out["items"]:
        assert set(item) == {"id", "title", "score", "reasons"}
        for reason in item["reasons"]:
            assert set(reason) >= {"text", "signal", "value"}
    stances = {(p["stance"], p["facet"], p["value"]) for p in out["profile"]["preferences"]}
    assert ("require", "genre", "Sci-Fi") in stances
    assert ("forbid", "genre", "Horror") in stances
    assert all(p["source"] for p in out["profile"]["preferences"])
    json.dumps(out, allow_nan=False)


def test_wishes_of_all_user_messages_count_and_named_titles_do_not_come_back(
    assistant: Assistant,
) -> None:
    out = answer(
        assistant,
        30,
        messages=[
            user("I want sci-fi films"),
            other("Have you seen The Matrix? Or Interstellar?"),
            user("from the 2010s please"),
        ],
    )
    assert len(out["items"]) == 30
    ids = {item["id"] for item in out["items"]}
    assert not ids & {"the-matrix-1999", "interstellar-2014"}
    for item_id in ids:
        item = assistant.item(item_id)
        assert "Sci-Fi" in item.values("genre")
        assert 2010 <= (item.number("year") or 0) <= 2019


def test_k_ranks_whatever_the_action_is(assistant: Assistant) -> None:
    for text in ("hello", "thanks!", "is Alien scary?", "asdf qwer"):
        assert len(answer(assistant, 12, messages=[user(text)])["items"]) == 12


def test_a_line_may_say_its_own_k(assistant: Assistant) -> None:
    line = {"messages": [user("I want comedies")], "k": 3}
    out = Replayer(assistant.engine("films")).answer(parse(json.dumps(line), 1), 12)
    assert len(out["items"]) == 3


def test_exclude_takes_ids_and_titles_and_a_profile_may_be_given(assistant: Assistant) -> None:
    first = answer(assistant, messages=[user("I want westerns")])["items"]
    again = answer(
        assistant,
        messages=[user("I want westerns")],
        exclude=[first[0]["id"], first[1]["title"]],
        profile={"preferences": [{"stance": "require", "facet": "country", "value": "Italy"}]},
    )["items"]
    ids = {item["id"] for item in again}
    assert not ids & {first[0]["id"], first[1]["id"]}
    assert all("Italy" in assistant.item(i).values("country") for i in ids)


def test_an_assistant_message_at_the_end_is_answered_from_what_is_known(
    assistant: Assistant,
) -> None:
    out = answer(
        assistant, 5, messages=[user("I love Alien"), other("Great! Let me think of something.")]
    )
    assert len(out["items"]) == 5


def test_lines_do_not_know_each_other(assistant: Assistant) -> None:
    replayer = Replayer(assistant.engine("films"))
    alone = replayer.answer(parse('{"messages": [{"role": "user", "content": "comedies"}]}', 2))
    replayer.answer(parse('{"messages": [{"role": "user", "content": "no comedies"}]}', 1))
    after = replayer.answer(parse('{"messages": [{"role": "user", "content": "comedies"}]}', 2))
    assert [i["id"] for i in alone["items"]] == [i["id"] for i in after["items"]]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "messages"),
        ('{"messages": [{"role": "robot", "content": "x"}]}', "role"),
        ('{"messages": [{"role": "user"}]}', "content"),
        ('{"messages": [{"role": "user", "content": "x"}], "k": 0}', "k should be"),
        ('{"messages": [{"role": "user", "content": "x"}], "profile": [1]}', "profile"),
        (
            '{"messages": [{"role": "user", "content": "x"}],'
            ' "profile": [{"stance": "adore", "facet": "genre", "value": "x"}]}',
            "stance",
        ),
    ],
)
def test_a_malformed_line_is_named(line: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse(line, 7)


def test_a_ranked_list_is_full_and_names_the_limits_its_tail_breaks(assistant: Assistant) -> None:
    said = [user("I want a horror film from 1931")]
    catalogue = assistant.engine("films").catalogue
    fits = {
        i.id for i in catalogue.items if "Horror" in i.values("genre") and i.number("year") == 1931
    }
    out = answer(assistant, 40, messages=said)
    ids = [item["id"] for item in out["items"]]
    assert len(ids) == len(set(ids)) == 40
    assert fits and set(ids[: len(fits)]) == fits
    assert {limit["facet"] for limit in out["relaxed"]} == {"year"}
    assert all("Horror" in catalogue[i].values("genre") for i in ids)
    assert answer(assistant, messages=said)["relaxed"] == []


def test_what_is_forbidden_stays_out_of_the_tail(assistant: Assistant) -> None:
    out = answer(assistant, 60, messages=[user("films from 1931, no horror")])
    catalogue = assistant.engine("films").catalogue
    assert len(out["items"]) == 60
    assert not any("Horror" in catalogue[item["id"]].values("genre") for item in out["items"])


def stances(out: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (p["stance"], p["value"]) for p in out["profile"]["preferences"] if p["facet"] == "genre"
    }


@pytest.mark.parametrize(
    ("first", "then", "held"),
    [
        ("I want a western", "oh nice, I loved that", ("like", "Western")),
        ("I want a western", "no, I said a western", ("require", "Western")),
        ("only westerns", "oh nice, I loved that", ("require", "Western")),
        ("no horror", "oh nice, I loved that", ("forbid", "Horror")),
    ],
)
def test_a_request_that_the_other_side_left_without_protest_was_a_wish(
    assistant: Assistant, first: str, then: str, held: tuple[str, str]
) -> None:
    out = answer(assistant, messages=[user(first), other("Have you seen Alien?"), user(then)])
    assert held in stances(out)


def test_conversations_that_go_on_are_answered_as_if_they_stood_alone(assistant: Assistant) -> None:
    talk = [
        user("I want sci-fi films"),
        other("Have you seen The Matrix?"),
        user("yes, something funnier"),
        other("Galaxy Quest then."),
        user("from the 80s"),
    ]
    cut = [talk[:1], talk[:3], talk, talk[:3], [user("no horror"), *talk[1:3]]]
    lines = [parse(json.dumps({"id": str(n), "messages": m}), n) for n, m in enumerate(cut)]
    engine = assistant.engine("films")
    together = list(Replayer(engine, embedder=engine.ranker.embedder).answers(lines, 5))  # type: ignore[attr-defined]
    alone = [Replayer(engine).answer(line, 5) for line in lines]
    for one, other_one in zip(together, alone, strict=True):
        assert {**one, "timings_ms": 0} == {**other_one, "timings_ms": 0}


class Counting:
    """A reader and an embedder that note how often they are asked for what."""

    def __init__(self, reader: Any, embedder: Any) -> None:
        self.reader, self.embedder = reader, embedder
        self.reads: list[str] = []
        self.embedded: list[list[str]] = []

    def read(self, text: str, context: Any) -> Any:
        self.reads.append(text)
        return self.reader.read(text, context)

    def embed(self, texts: Any) -> Any:
        self.embedded.append(list(texts))
        return self.embedder.embed(texts)


def test_texts_are_embedded_together_and_nothing_is_read_twice(assistant: Assistant) -> None:
    talk = [user("sci-fi films please"), other("The Matrix?"), user("from the 80s")]
    lines = [
        parse(json.dumps({"id": str(n), "messages": m}), n) for n, m in enumerate([talk[:1], talk])
    ]
    engine = assistant.engine("films")
    counting = Counting(engine.reader, engine.ranker.embedder)  # type: ignore[attr-defined]
    replayer = Replayer(replace(engine, reader=counting), embedder=counting)
    assert len(list(replayer.answers(lines, 5))) == 2
    assert sorted(counting.reads) == ["The Matrix?", "from the 80s", "sci-fi films please"]
    said, wished = counting.embedded
    assert said == ["The Matrix?", "from the 80s", "sci-fi films please"]
    assert wished == sorted({"Sci-Fi", *wished})
