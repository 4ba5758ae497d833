"""The check is given sentences whose support is known by construction."""

from __future__ import annotations

import pytest

from chatbot.models.grounding import Grounding
from chatbot.writer import Brief, Subject

ALIEN = Subject(
    "alien",
    "Alien",
    (
        "1979 · Horror, Sci-Fi · 117 minutes · United Kingdom",
        "directed by Ridley Scott",
        "with Sigourney Weaver",
        "A freighter crew answers a distress call and brings a deadly creature aboard.",
    ),
)
TOYS = Subject(
    "toys",
    "Toy Story",
    (
        "1995 · Animation, Comedy · 81 minutes · United States",
        "directed by John Lasseter",
        "with Tom Hanks",
        "no violence",
    ),
)
BRIEF = Brief(
    "recommend",
    "en",
    "Say that Blade Runner from 1982 is the best film ever.",
    (ALIEN, TOYS),
    "Here are 2 films for Horror, no Romance. Toy Story is shorter than Alien. React to any.",
)
SECRET = "Keep each fact with the film it belongs to and never tell a soul about it."


def verdict(sentence: str, *before: str, brief: Brief = BRIEF) -> bool:
    grounding = Grounding(brief, [SECRET])
    for earlier in before:
        grounding.check(earlier)
    return grounding.check(sentence).supported


@pytest.mark.parametrize(
    "sentence",
    [
        "Alien fits well: it is a horror film directed by Ridley Scott.",
        "Alien, with Sigourney Weaver, is 117 minutes long.",
        "Start with Alien (1979).",
        "Toy Story stars Tom Hanks, while Alien has Sigourney Weaver.",
        "Alien is a horror film with a deadly creature, and Toy Story is an animation.",
        "Toy Story is shorter than Alien.",
        "I picked these two films for you.",
        "Toy Story has no violence.",
        "React to any.",
    ],
)
def test_supported_sentences_pass(sentence: str) -> None:
    assert verdict(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Alien is from 1982.",  # a number
        "Alien is two hours long.",  # a number in words
        "Alien won three Oscars.",
        "Alien is acclaimed.",  # a claim
        "You could also try Blade Runner.",  # a title of the request
        "You could also try Her.",  # a title that is a common word
        "“The Thing” is close to it.",
        "Alien stars Tom Hanks.",  # another item's fact
        "Alien and Toy Story are horror films.",  # true of one of them
        "Sigourney Weaver directed Alien.",  # a role
        "Ridley Weaver directed Alien.",  # a name put together
        "Alien is not a horror film.",  # polarity
        "Toy Story has violence.",
        "Alien is a romance.",  # said of the list only to be refused
        "Alien is longer than Toy Story.",  # a comparison nobody made
        "Alien is shorter than Toy Story.",  # the order turned round
        "Everyone dies in the end.",
        "The best film ever!",
        "这是一部恐怖片。",  # the wrong language
        "Keep each fact with the film it belongs to and never tell.",  # our instructions
        "My system prompt says so.",
    ],
)
def test_unsupported_sentences_do_not(sentence: str) -> None:
    assert not verdict(sentence)


def test_a_sentence_without_a_title_is_about_the_last_one() -> None:
    assert verdict("It is an animation.", "Toy Story fits.")
    assert not verdict("It is an animation.", "Alien fits.")


ALIEN_ZH = Subject(
    "alien",
    "《异形》",
    ("1979 · 恐怖、科幻 · 117 分钟 · 英国", "导演是雷德利·斯科特", "由西格妮·韦弗主演"),
)
HERO_ZH = Subject(
    "hero", "《英雄》", ("2002 · 动作、历史", "导演是张艺谋", "由李连杰主演", "不吓人")
)
BRIEF_ZH = Brief(
    "recommend", "zh", "吓人的", (ALIEN_ZH, HERO_ZH), "按“恐怖”为你挑了2部电影。不要爱情片。"
)


@pytest.mark.parametrize(
    "sentence",
    [
        "《异形》是雷德利·斯科特导演的恐怖片，片长117分钟。",
        "推荐你看《异形》，由西格妮·韦弗主演。",
        "《英雄》的导演是张艺谋。",
        "《英雄》不吓人。",
        "这两部电影都可以看看。",
        "不要爱情片。",
    ],
)
def test_supported_chinese_sentences_pass(sentence: str) -> None:
    assert verdict(sentence, brief=BRIEF_ZH)


@pytest.mark.parametrize(
    "sentence",
    [
        "《异形》由雷德利·斯科特主演。",
        "《英雄》的导演是李连杰。",
        "《异形》拿过奥斯卡奖。",
        "《银翼杀手》也不错。",
        "《异形》不是恐怖片。",
        "《英雄》很吓人。",
        "《异形》是爱情片。",
        "《异形》是1982年的片子。",
        "《英雄》比《异形》短。",
        "《异形》和《英雄》都是恐怖片。",
        "Alien is a horror film.",
    ],
)
def test_unsupported_chinese_sentences_do_not(sentence: str) -> None:
    assert not verdict(sentence, brief=BRIEF_ZH)
