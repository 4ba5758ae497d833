"""Alternatives that share a name are one chip, and Chinese subjects without a facet are kept."""

from __future__ import annotations

import pytest

from chatbot.compose import together, wish_words
from chatbot.profile import merge, remove
from chatbot.ui.render import chips
from chatbot.understand import Context
from chatbot.understand.embedded import EmbeddedReader
from chatbot.values import Profile
from retrieval.catalogue import Catalogue


@pytest.mark.parametrize("text", ["European films", "欧洲电影"])
def test_a_continent_is_one_chip(reader: EmbeddedReader, films: Catalogue, text: str) -> None:
    profile = merge(Profile(), reader.read(text, Context(turn=1)).updates)
    assert len(profile.preferences) > 10
    assert len(together(profile, films)) == 1
    assert wish_words(profile, films, "en") == ["European"]
    assert wish_words(profile, films, "zh") == ["欧洲"]
    html = chips(profile, films, "en")
    assert html.count("s-chip s-") == 1 and "European" in html


def test_removing_the_chip_removes_the_group(reader: EmbeddedReader) -> None:
    profile = merge(
        Profile(), reader.read("European comedies before 2000", Context(turn=1)).updates
    )
    group = next(p.group for p in profile.preferences if p.facet == "country")
    left = remove(profile, f"country:group:{group}").preferences
    assert {p.facet for p in left} == {"genre", "year"}


def test_two_alternatives_stay_two_chips(reader: EmbeddedReader, films: Catalogue) -> None:
    profile = merge(Profile(), reader.read("comedy or horror", Context(turn=1)).updates)
    assert len(together(profile, films)) == 2


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("关于钓鱼的电影", "钓鱼"),
        ("给我推荐一部适合全家过年看的贺岁片", "贺岁"),
        ("想看围棋题材的电影", "围棋"),
    ],
)
def test_chinese_subject_without_a_facet(reader: EmbeddedReader, text: str, term: str) -> None:
    u = reader.read(text, Context())
    assert u.terms == (term,) and u.intent == "recommend"


@pytest.mark.parametrize(
    "text", ["第二部讲什么的", "来点纪录片", "有没有老片", "看个大片", "讲讲第一部"]
)
def test_everyday_chinese_is_no_subject(reader: EmbeddedReader, text: str) -> None:
    assert reader.read(text, Context()).terms == ()
