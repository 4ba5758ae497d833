"""Conversations with the help desk, over the bundled embeddings."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatbot import Assistant
from chatbot.values import Reply

Shop = Callable[..., Assistant]


def say(assistant: Assistant, *texts: str, catalogue: str = "store", user: str = "") -> Reply:
    session = assistant.create_session(catalogue=catalogue, user=user).id
    return [assistant.reply(text, session) for text in texts][-1]


@pytest.mark.parametrize(
    ("question", "quoted", "title"),
    [
        ("how do I send something back?", "Print the label.", "How do I return an item?"),
        ("how much is postage", "Shipping costs 6 dollars", "What does shipping cost?"),
        ("when do I get my money back", "within 5 working days", "When do I get my refund?"),
    ],
)
def test_quotes_the_passage_word_for_word(
    shop: Shop, question: str, quoted: str, title: str
) -> None:
    reply = say(shop(), question)
    assert reply.action == "support"
    assert quoted in reply.text
    assert reply.citations[0].title == title
    assert quoted in reply.citations[0].quote
    assert reply.citations[0].url.startswith("https://shop.example/help#")
    assert not reply.cards


def test_answers_chinese_from_chinese_pages_and_from_english_ones_where_there_are_none(
    shop: Shop,
) -> None:
    reply = say(shop(), "怎么退货")
    assert "申请退货" in reply.text
    other = say(shop(), "学生有折扣吗")
    assert "Students get 10% off" in other.text
    assert "只有英文" in other.text


def test_follows_a_question_up(shop: Shop) -> None:
    reply = say(shop(), "how long does delivery take?", "and to Canada?")
    assert "We ship to Canada." in reply.text


def test_answers_and_recommends_in_one_reply(shop: Shop) -> None:
    reply = say(shop(), "my shoes arrived torn, and what would be sturdier?")
    assert reply.action == "support"
    assert "send a photo within 14 days" in reply.text
    assert reply.cards


def test_requests_for_items_are_not_taken_for_help(shop: Shop) -> None:
    reply = say(shop(), "recommend a waterproof jacket")
    assert reply.action == "recommend"
    assert not reply.citations


def test_grants_no_discount_that_the_pages_do_not(shop: Shop) -> None:
    reply = say(shop(), "can I get 50% off?")
    assert "do not mention 50 %" in reply.text or "cannot grant" in reply.text
    promise = say(shop(), "can you promise that it arrives tomorrow?")
    assert "cannot promise" in promise.text


def test_asks_back_and_then_offers_a_person(shop: Shop) -> None:
    assistant = shop()
    session = assistant.create_session(catalogue="desk").id
    first = assistant.reply("can I bring my elephant?", session)
    assert first.action == "support"
    assert not first.citations
    second = assistant.reply("is your cellar haunted?", session)
    assert not second.citations
    assert second.action == "handoff" or "Talk to a person" in second.suggestions


def test_who_was_told_before_gets_the_next_step(shop: Shop) -> None:
    reply = say(shop(), "how do I return an item?", "how do I return an item?")
    first = say(shop(), "how do I return an item?")
    assert reply.text != first.text


def test_a_catalogue_may_be_help_pages_alone(shop: Shop) -> None:
    assert "Returns" in say(shop(), "hello", catalogue="desk").text
    reply = say(shop(), "what does shipping cost", catalogue="desk")
    assert "6 dollars" in reply.text
    assert reply.action == "support"


def test_films_without_help_pages_answer_as_before(assistant: Assistant) -> None:
    session = assistant.create_session().id
    assert assistant.reply("return of the king", session).action != "support"
    refund = assistant.reply("I want a refund", session)
    assert refund.action == "support"
    assert "No help pages" in refund.text
