"""A year in brackets names a title; it is no wish, also where the title is not known."""

from __future__ import annotations

import pytest

from chatbot import Assistant


@pytest.mark.parametrize(
    "text",
    ["I saw Foobar Quux (2017) it was great", "have you seen Zzyzx Road Trip (2009)?"],
)
def test_a_bracketed_year_is_no_limit(assistant: Assistant, text: str) -> None:
    beliefs = assistant.reply(text, session=text[:20]).profile.preferences
    assert not [p for p in beliefs if p.facet == "year"]


def test_a_year_that_is_asked_for_still_is(assistant: Assistant) -> None:
    beliefs = assistant.reply("a comedy from 2017", session="s").profile.preferences
    assert [p.value for p in beliefs if p.facet == "year"] == [(2017.0, 2017.0)]
