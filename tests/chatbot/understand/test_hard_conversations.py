# ruff: noqa: E501  (cases and word lists read best on one line)
"""Thirty conversations that are easy to misunderstand; the whole profile is checked after every turn.

A turn is the user's words, then the beliefs that must stand afterwards, one a line as
`stance facet value`; `~` before a line marks beliefs for this session only. `LIST` turns put a list
on the table before the words are read; critiques are applied to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from chatbot.critique import apply
from chatbot.profile import merge
from chatbot.understand import Context
from chatbot.understand.embedded import EmbeddedReader
from chatbot.values import Preference, Profile
from retrieval.catalogue import Catalogue

LIST = (
    "alien-1979",
    "spirited-away-2001",
    "the-godfather-1972",
    "casablanca-1942",
    "in-the-mood-for-love-2000",
)


@dataclass(frozen=True)
class Turn:
    says: str
    holds: str
    listed: tuple[str, ...] = ()
    focus: str = ""


def shown(p: Preference) -> str:
    if isinstance(p.value, tuple):
        value = "..".join("" if v is None else f"{v:g}" for v in p.value)
    else:
        value = p.value
    mark = "~" if p.scope == "session" else ""
    about = f" @{p.about}" if p.about else ""
    return f"{mark}{p.stance} {p.facet} {value}{about}"


def after(
    reader: EmbeddedReader, catalogue: Catalogue, profile: Profile, turn: Turn, n: int
) -> Profile:
    context = Context(profile=profile, turn=n, listed=turn.listed, focus=turn.focus)
    understood = reader.read(turn.says, context)
    if understood.intent == "reset":
        return Profile()
    profile = merge(profile, understood.updates)
    for critique in understood.critiques:
        profile = merge(profile, apply(critique, turn.listed, catalogue, turn=n).updates)
    return profile


CONVERSATIONS: dict[str, list[Turn]] = {
    "limits add up, then one is taken back": [
        Turn("I want a thriller, nothing too violent", "require genre Thriller\nrequire violence ..1"),
        Turn("from the 90s please", "require genre Thriller\nrequire violence ..1\nrequire year 1990..1999"),
        Turn("actually a bit of violence is fine", "require genre Thriller\nrequire year 1990..1999"),
        Turn("never mind the year", "require genre Thriller"),
    ],
    "nothing scary, then horror after all": [
        Turn("something to watch with friends, nothing scary", "require scary ..1\nforbid genre Horror"),
        Turn("comedy or sci-fi", "require scary ..1\nforbid genre Horror\nrequire genre Comedy\nrequire genre Sci-Fi"),
        Turn("actually horror is fine", "require genre Comedy\nrequire genre Sci-Fi"),
    ],
    "like X but": [
        Turn("something like Alien but funny", "like title alien-1979\nlike mood funny"),
        Turn("and not as long", "like title alien-1979\nlike mood funny\nrequire runtime ..116", LIST),
    ],
    "list under one negation": [
        Turn("no horror, war or musicals", "forbid genre Horror\nforbid genre War\nforbid genre Musical"),
        Turn("war is ok though", "forbid genre Horror\nforbid genre Musical"),
    ],
    "negation ends at but": [
        Turn("I don't like musicals but I love westerns", "avoid genre Musical\nlike genre Western"),
        Turn("not the violent ones though", "avoid genre Musical\nlike genre Western\nrequire violence ..1"),
    ],
    "several people": [
        Turn("my son likes dinosaurs and my wife hates horror",
             "like theme dinosaurs @my son\nforbid genre Horror @my wife"),
        Turn("I want an adventure film", "like theme dinosaurs @my son\nforbid genre Horror @my wife\nrequire genre Adventure"),
    ],
    "tonight only": [
        Turn("I love horror", "like genre Horror"),
        Turn("but tonight something light", "like genre Horror\n~like mood feel-good"),
        Turn("under 100 minutes tonight", "like genre Horror\n~like mood feel-good\n~require runtime ..100"),
    ],
    "seen and liked are two things": [
        Turn("I've seen Casablanca and loved it", "seen title casablanca-1942\nlike title casablanca-1942"),
        Turn("I saw Alien too, it was boring",
             "seen title casablanca-1942\nlike title casablanca-1942\nseen title alien-1979\navoid title alien-1979"),
    ],
    "pointing at the list": [
        Turn("I've seen the first one", "seen title alien-1979", LIST),
        Turn("the third was great", "seen title alien-1979\nlike title the-godfather-1972", LIST),
        Turn("more like the second", "seen title alien-1979\nlike title the-godfather-1972\nlike title spirited-away-2001", LIST),
    ],
    "words that only look like titles": [
        Turn("what's up, happy holidays, can it be something for her?", ""),
        Turn("I want to see Up", "like title up-2009"),
        Turn("Her was wonderful", "like title up-2009\nlike title her-2013"),
    ],
    "double idioms": [
        Turn("anything but a romantic comedy", "forbid genre Comedy\nforbid genre Romance"),
        Turn("you can't go wrong with Tom Hanks, nothing but dramas", "forbid genre Comedy\nforbid genre Romance\nrequire person Tom Hanks\nrequire genre Drama"),
    ],
    "people and their works": [
        Turn("films by Kubrick", "require person Stanley Kubrick"),
        Turn("not A Clockwork Orange", "require person Stanley Kubrick\navoid title a-clockwork-orange-1971"),
        Turn("forget Kubrick, what about Hitchcock", "avoid title a-clockwork-orange-1971\nrequire person Alfred Hitchcock"),
    ],
    "that director": [
        Turn("something else by that director", "require person Hayao Miyazaki", LIST[1:2], "spirited-away-2001"),
        Turn("for my 6 year old", "require person Hayao Miyazaki\nrequire age ..6"),
    ],
    "hedges weigh less but stay": [
        Turn("maybe a western, preferably from the 60s", "require genre Western\nrequire year 1960..1969"),
        Turn("the year doesn't matter", "require genre Western"),
    ],
    "critiques move the limits": [
        Turn("shorter", "require runtime ..116", LIST),
        Turn("newer and less violent", "require runtime ..116\nrequire year 1980..\nrequire violence ..0", LIST),
    ],
    "ranges in words": [
        Turn("a late 90s thriller of at most two and a half hours", "require genre Thriller\nrequire year 1996..1999\nrequire runtime ..150"),
        Turn("or rather before 1980", "require genre Thriller\nrequire year ..1979\nrequire runtime ..150"),
    ],
    "sarcasm is not taken at face value": [
        Turn("oh great, another superhero movie, just what I needed", "avoid theme superhero"),
    ],
    "country, language, subtitles": [
        Turn("Korean or Japanese thrillers", "require country South Korea\nrequire country Japan\nrequire genre Thriller"),
        Turn("in English only", "require country South Korea\nrequire country Japan\nrequire genre Thriller\nrequire language English"),
        Turn("subtitles are fine after all", "require country South Korea\nrequire country Japan\nrequire genre Thriller"),
    ],
    "starting over": [
        Turn("I hate westerns", "forbid genre Western"),
        Turn("start over", ""),
        Turn("a western please", "require genre Western"),
    ],
    "questions state no wishes": [
        Turn("is the first one scary?", "", LIST),
        Turn("who directed Casablanca?", ""),
        Turn("have you seen The Godfather?", ""),
    ],
    "先限制后收回": [
        Turn("想看悬疑片，不要太血腥", "require genre Mystery\nrequire violence ..1"),
        Turn("最好是九十年代的", "require genre Mystery\nrequire violence ..1\nrequire year 1990..1999"),
        Turn("年代不限了", "require genre Mystery\nrequire violence ..1"),
    ],
    "恐怖片又可以了": [
        Turn("不要恐怖片，也不要爱情片", "forbid genre Horror\nforbid genre Romance"),
        Turn("恐怖片也可以", "forbid genre Romance"),
        Turn("想看科幻恐怖", "forbid genre Romance\nrequire genre Sci-Fi\nrequire genre Horror"),
    ],
    "看过不等于喜欢": [
        Turn("《活着》看过了，《霸王别姬》我很喜欢", "seen title to-live-1994\nlike title farewell-my-concubine-1993"),
        Turn("有类似的吗", "seen title to-live-1994\nlike title farewell-my-concubine-1993"),
    ],
    "一家人的口味": [
        Turn("老婆喜欢爱情片，儿子讨厌恐怖片", "like genre Romance @老婆\nforbid genre Horror @儿子"),
        Turn("今晚一起看个喜剧", "like genre Romance @老婆\nforbid genre Horror @儿子\n~require genre Comedy"),
    ],
    "指着列表说": [
        Turn("第一部看过了", "seen title alien-1979", LIST),
        Turn("多来点像第二部那样的", "seen title alien-1979\nlike title spirited-away-2001", LIST),
        Turn("第三部是谁导演的", "seen title alien-1979\nlike title spirited-away-2001", LIST),
    ],
    "中英夹杂": [
        Turn("想看 Nolan 的 sci-fi，不要 Tenet 那种太烧脑的",
             "require person Christopher Nolan\nrequire genre Sci-Fi\navoid title tenet-2020\navoid mood mind-bending"),
    ],
    "否定不过的字": [
        Turn("没有爱情线的科幻片", "forbid genre Romance\nrequire genre Sci-Fi"),
        Turn("八十年代的香港片，不要太长", "forbid genre Romance\nrequire genre Sci-Fi\nrequire year 1980..1989\nrequire country Hong Kong\nrequire runtime ..149"),
    ],
    "批评列表": [
        Turn("再短一点，没那么吓人的", "require runtime ..116\nrequire scary ..0", LIST),
        Turn("更浪漫一点", "require runtime ..116\nrequire scary ..0\nlike mood romantic", LIST),
    ],
    "除了": [
        Turn("除了喜剧什么都行", "forbid genre Comedy"),
        Turn("王家卫的，除了《花样年华》", "forbid genre Comedy\nrequire person Wong Kar-wai\navoid title in-the-mood-for-love-2000"),
    ],
    "给孩子看": [
        Turn("给8岁的孩子找一部动画片，不要吓人的", "require age ..8\nrequire genre Animation\nrequire scary ..1\nforbid genre Horror"),
        Turn("两小时以内，最好是国产的", "require age ..8\nrequire genre Animation\nrequire scary ..1\nforbid genre Horror\nrequire runtime ..120\nlike country China"),
    ],
}  # fmt: skip


def test_there_are_thirty_and_ten_are_chinese() -> None:
    chinese = [name for name in CONVERSATIONS if not name.isascii()]
    assert len(CONVERSATIONS) == 30 and len(chinese) == 10


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_profile_after_every_turn(name: str, reader: EmbeddedReader, films: Catalogue) -> None:
    profile = Profile()
    for number, turn in enumerate(CONVERSATIONS[name], start=1):
        profile = after(reader, films, profile, turn, number)
        expected = {line for line in turn.holds.splitlines() if line}
        assert {shown(p) for p in profile.preferences} == expected, turn.says
