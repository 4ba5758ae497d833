"""A model beside the embedded reader: who is believed, and what happens when it fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatbot.models.errors import ModelBusyError, ModelError, ModelTimeoutError
from chatbot.models.reader import ModelReader
from chatbot.models.reading import ModelReading, dump
from chatbot.models.settle import interval_of, settle
from chatbot.understand import Context
from chatbot.values import Assert, Mention, Preference, Profile, Understanding, Withdraw

CONTEXT = Context(listed=("alien", "hero", "up"), turn=2)


def heard(intent: str = "recommend", **fields: Any) -> str:
    base: dict[str, Any] = {"language": "en", "intent": intent, "wants": [], "titles": []}
    return dump({**base, "items": [], "aspect": "", "count": 0, **fields})


def want(stance: str, facet: str, value: str, words: str) -> dict[str, str]:
    return {"stance": stance, "facet": facet, "value": value, "words": words}


def titled(stance: str, title: str, words: str) -> dict[str, str]:
    return {"stance": stance, "title": title, "words": words}


def believed(found: Understanding) -> dict[str, str]:
    return {u.preference.key: u.preference.stance for u in found.updates if isinstance(u, Assert)}


def settled(
    linker: Any, text: str, theirs: str, ours: Understanding | None = None, context: Any = CONTEXT
) -> Understanding:
    reading = ModelReading.model_validate_json(theirs)
    return settle(text, context, ours or Understanding("recommend"), reading, linker)


def our(*preferences: Preference, **fields: Any) -> Understanding:
    base = Understanding("recommend", updates=tuple(Assert(p) for p in preferences))
    return replace(base, **fields)


# Rule 1: words that stand in the message, values that stand in the catalogue.


def test_a_value_is_linked_however_it_is_spelled(linker: Any) -> None:
    text = "something funny with sigourney weaver"
    theirs = heard(
        wants=[
            want("like", "genre", "funny", "something funny"),
            want("like", "person", "sigourney weaver", "with sigourney weaver"),
        ]
    )
    assert believed(settled(linker, text, theirs)) == {
        "genre:Comedy": "like",
        "person:Sigourney Weaver": "like",
    }


def test_chinese_values_are_linked_too(linker: Any) -> None:
    theirs = heard(wants=[want("forbid", "genre", "恐怖片", "不要恐怖片")])
    assert believed(settled(linker, "不要恐怖片", theirs)) == {"genre:Horror": "forbid"}


@pytest.mark.parametrize(
    "wish",
    [
        want("forbid", "genre", "Drama", "no drama"),  # nobody said so
        want("forbid", "genre", "Drama", ""),
        want("require", "genre", "Quantum", "funny"),  # no such value
        want("require", "year", ">=1990", "funny"),  # no number was said
        want("require", "person", "Nobody Atall", "funny"),
        want("withdraw", "genre", "Comedy", "funny"),  # nothing to take back
    ],
)
def test_what_was_not_said_or_does_not_exist_is_not_believed(linker: Any, wish: Any) -> None:
    assert settled(linker, "something funny", heard(wants=[wish])).updates == ()


def test_a_free_word_is_kept_as_a_wish(linker: Any) -> None:
    theirs = heard(wants=[want("like", "term", "cosy", "cosy")])
    found = settled(linker, "something cosy", theirs)
    assert found.terms == ("cosy",)
    assert believed(found) == {"term:cosy": "like"}


# Rules 2 to 4: refusals and limits of either side hold; where both heard the same, ours stands.

HORROR = Preference("like", "genre", "Horror", source="horror")


def test_refusal_wins_whoever_heard_it(linker: Any) -> None:
    no = heard(wants=[want("forbid", "genre", "Horror", "horror is not for me")])
    yes = heard(wants=[want("like", "genre", "Horror", "horror is not for me")])
    text = "horror is not for me"
    refused = replace(HORROR, stance="forbid")
    assert believed(settled(linker, text, no, our(HORROR))) == {"genre:Horror": "forbid"}
    assert believed(settled(linker, text, yes, our(refused))) == {"genre:Horror": "forbid"}


def test_a_refusal_without_a_refusing_word_does_not_overrule_us(linker: Any) -> None:
    theirs = heard(wants=[want("forbid", "genre", "Horror", "horror please")])
    assert believed(settled(linker, "horror please", theirs, our(HORROR))) == {
        "genre:Horror": "like"
    }


def test_limits_of_either_side_hold(linker: Any) -> None:
    theirs = heard(wants=[want("forbid", "genre", "Horror", "no horror")])
    comedy = Preference("require", "genre", "Comedy", source="comedy")
    found = settled(linker, "comedy, no horror", theirs, our(comedy))
    assert believed(found) == {"genre:Comedy": "require", "genre:Horror": "forbid"}


def test_our_numbers_stand(linker: Any) -> None:
    mine = Preference("require", "runtime", (None, 90.0), source="under 90 minutes")
    theirs = heard(wants=[want("require", "runtime", "<=120", "under 90 minutes")])
    found = settled(linker, "under 90 minutes", theirs, our(mine))
    assert found.updates == (Assert(mine),)


def test_a_range_only_the_model_heard(linker: Any) -> None:
    theirs = heard(wants=[want("require", "year", "1980-1989", "made in the 1980s")])
    found = settled(linker, "made in the 1980s", theirs)
    assert [u.preference.value for u in found.updates] == [(1980.0, 1989.0)]


def test_our_strength_and_group_stand(linker: Any) -> None:
    mine = Preference("require", "genre", "Comedy", 0.4, "comedy", group="g")
    theirs = heard(wants=[want("like", "genre", "Comedy", "comedy")])
    assert settled(linker, "comedy", theirs, our(mine)).updates == (Assert(mine),)


# Rule 5: titles.


def test_titles_only_the_model_heard(linker: Any) -> None:
    theirs = heard(titles=[titled("like", "the ring", "enjoyed the ring")])
    found = settled(linker, "i enjoyed the ring", theirs)
    assert believed(found) == {"title:the-ring": "like"}
    assert [m.item_ids for m in found.mentions] == [("the-ring",)]


def test_a_title_nobody_has_is_named_as_unknown(linker: Any) -> None:
    theirs = heard(titles=[titled("like", "Blade Runner", "Blade Runner")])
    found = settled(linker, "like Blade Runner", theirs)
    assert found.unknown == ("Blade Runner",)
    assert found.updates == ()


@pytest.mark.parametrize(("confidence", "kept"), [(0.5, False), (0.9, True)])
def test_a_doubtful_title_needs_the_model_too(linker: Any, confidence: float, kept: bool) -> None:
    up = Preference("like", "title", "up", source="up")
    mention = Mention("title", "up", 6, 8, ("up",), 0.5, confidence)
    ours = our(up, mentions=(mention,))
    assert bool(settled(linker, "cheer up", heard(), ours).updates) is kept
    named = heard(titles=[titled("like", "Up", "up")])
    assert settled(linker, "cheer up", named, ours).updates


# Rules 7 to 9.


def test_taking_back_needs_a_belief(linker: Any) -> None:
    context = replace(CONTEXT, profile=Profile((replace(HORROR, stance="forbid"),)))
    theirs = heard(wants=[want("withdraw", "genre", "Horror", "horror is fine")])
    found = settled(linker, "horror is fine now", theirs, context=context)
    assert found.updates == (Withdraw("genre", "Horror", source="horror is fine"),)
    assert settled(linker, "horror is fine now", theirs).updates == ()


@pytest.mark.parametrize(
    ("ours", "sure", "theirs", "intent"),
    [
        ("recommend", 0.9, "smalltalk", "recommend"),
        ("recommend", 0.4, "smalltalk", "smalltalk"),
        ("unclear", 0.9, "recommend", "recommend"),
        ("recommend", 0.4, "unclear", "recommend"),
        ("unclear", 0.2, "reset", "unclear"),  # nothing is done because of a model alone
        ("recommend", 0.2, "handoff", "recommend"),
        ("reset", 0.9, "recommend", "reset"),
    ],
)
def test_the_intent(linker: Any, ours: Any, sure: float, theirs: str, intent: str) -> None:
    mine = Understanding(ours, confidence=sure)
    assert settled(linker, "text", heard(theirs), mine).intent == intent


def test_positions_aspect_and_count_fill_what_we_did_not_find(linker: Any) -> None:
    theirs = heard("ask_item", items=[2, 9], aspect="cast", count=3)
    mine = Understanding("ask_item", confidence=0.5)
    found = settled(linker, "who plays in that", theirs, mine)
    assert (found.items, found.aspect, found.count) == (("hero",), "cast", 3)
    mine = Understanding("ask_item", items=("up",), aspect="plot", count=1)
    found = settled(linker, "who plays in that", theirs, mine)
    assert (found.items, found.aspect, found.count) == (("up",), "plot", 1)


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        (">=90", (90.0, None)),
        ("<=120", (None, 120.0)),
        ("1994", (1994.0, 1994.0)),
        ("1980-1989", (1980.0, 1989.0)),
        ("1989-1980", None),
        ("<=1980-1989", None),
        ("x", None),
    ],
)
def test_ranges_as_models_write_them(text: str, interval: Any) -> None:
    assert interval_of(text) == interval


# The reader around it.


def reader(scripted: Any, embedded: Any, linker: Any, *answers: Any) -> tuple[ModelReader, Any]:
    completer = scripted(*answers)
    return ModelReader(completer, embedded, linker, deadline=5), completer


def test_the_model_is_shown_the_conversation_as_data(
    scripted: Any, embedded: Any, linker: Any
) -> None:
    model, completer = reader(scripted, embedded, linker, heard())
    context = replace(CONTEXT, history=(("user", "hi </before>"), ("assistant", "Hello!")))
    model.read("zebra </message> the second one", context)
    messages = completer.asked[0].messages
    assert messages[0].role == "system"
    assert "zebra" not in messages[0].text
    assert messages[-1].text.count("</message>") == 1
    assert "2. Hero" in messages[-1].text
    assert "you: Hello!" in messages[-1].text
    assert [m.role for m in messages[1:]] == ["user", "assistant"] * (len(messages) // 2 - 1) + [
        "user"
    ]


def test_the_beginning_of_every_prompt_is_the_same(
    scripted: Any, embedded: Any, linker: Any
) -> None:
    model, completer = reader(scripted, embedded, linker, heard())
    model.read("something with robots", CONTEXT)
    model.read("anything but robots", Context())
    first, second = (ask.messages for ask in completer.asked)
    assert first[:-1] == second[:-1]


@pytest.mark.parametrize("text", ["thanks!", "谢谢", "hello"])
def test_plain_turns_need_no_model(scripted: Any, embedded: Any, linker: Any, text: str) -> None:
    model, completer = reader(scripted, embedded, linker, heard("out_of_scope"))
    ours = embedded.read(text, Context())
    if ours.confidence >= 0.9:
        assert model.read(text, Context()) == ours
        assert completer.asked == []


FAULTS = [
    ModelError("the server answered 500."),
    ModelTimeoutError(),
    ModelBusyError(3),
    "",
    "I would love to help you with films!",
    '{"intent": "recommend", "wants": [{"stance": "for',
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("text", ["something funny but no horror", "不要恐怖片，想看喜剧"])
def test_whatever_fails_the_embedded_reading_is_the_answer(
    scripted: Any, embedded: Any, linker: Any, fault: Any, text: str
) -> None:
    model, _ = reader(scripted, embedded, linker, fault)
    found = model.read(text, CONTEXT)
    assert found.degraded
    assert replace(found, degraded="") == embedded.read(text, CONTEXT)


def test_a_server_that_does_not_constrain_may_repair(
    scripted: Any, embedded: Any, linker: Any
) -> None:
    wants = [want("forbid", "genre", "Horror", "no horror")]
    model, completer = reader(scripted, embedded, linker, "Sure!", heard(wants=wants))
    found = model.read("no horror", CONTEXT)
    assert found.degraded == ""
    assert len(completer.asked) == 2
    assert completer.asked[1].messages[-2].text == "Sure!"


def test_bugs_are_not_relabelled(scripted: Any, embedded: Any, linker: Any) -> None:
    model, _ = reader(scripted, embedded, linker, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        model.read("no horror", CONTEXT)
