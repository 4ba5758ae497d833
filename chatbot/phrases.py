"""Every fixed sentence the product says, in English and Chinese. Words only, no decisions.

A phrase is looked up by key and language and filled with `str.format`. Where a key has several
wordings, `variant` chooses one; the caller passes something steady (the turn number), so that the
same conversation reads the same when it is replayed.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.values import Language

Wordings = tuple[str, ...]

_EN: dict[str, Wordings] = {
    # recommending
    "list.wishes": (
        "Here are {n} {nouns} for {wishes}.",
        "Asked for {wishes}, I found these {n} {nouns}.",
        "For {wishes}, I would look at these {n} {nouns}.",
    ),
    "list.like": (
        "Because you like {titles}, here are {n} {nouns} you may enjoy.",
        "Going by {titles}, these {n} {nouns} come closest.",
    ),
    "list.like_and_wishes": (
        "With {titles} in mind and {wishes} on top, these {n} {nouns} stand out.",
        "Starting from {titles} and keeping to {wishes}, I would suggest these {n} {nouns}.",
    ),
    "list.plain": (
        "Here are {n} {nouns} to start from. Tell me what you like or dislike about them.",
        "To begin with, {n} quite different {nouns}. React to any of them and I will adjust.",
    ),
    "list.one": ("Here is one {noun} that fits {wishes}.",),
    "list.critique": (
        "Here is the list again, {change} this time.",
        "Understood, {change}. These {n} {nouns} instead.",
    ),
    "list.more": (
        "Here are {n} more in the same spirit.",
        "Here are {n} others you have not seen here yet.",
    ),
    "list.limits": ("I kept to {limits}.",),
    "list.top": ("My first pick would be {title}: {reason}.", "{title} comes first: {reason}."),
    "belief.lesser known": ("lesser known",),
    "belief.better known": ("well known",),
    "list.again": ("You saw these before; nothing else fits all of it.",),
    "relaxed": ("Nothing fits all of it, so I gave up {limits}.",),
    "relaxed.more": ("Nothing else fits all of it, so I gave up {limits}.",),
    "relax.offer": (
        "Nothing in the catalogue fits all of that. I would let go of {limits} first.",
    ),
    "empty": (
        "Nothing is left in the catalogue under these limits: {limits}. "
        "Remove one of them and I will look again.",
    ),
    "exhausted": ("That was everything that fits. Loosen a wish and I can go on.",),
    "unrecorded": ("The catalogue does not record {matters}, so I cannot tell by that.",),
    "matter.awards": ("awards",),
    "matter.availability": ("where a film can be seen",),
    "matter.women": ("whether a woman directed",),
    "matter.colour": ("what is in black and white",),
    "matter.takings": ("box office takings",),
    "unknown": ("I do not have {names} in this catalogue, so I left it out.",),
    "noted": ("Noted: {beliefs}.",),
    "withdrawn": ("All right, {what} is welcome again.", "I took that back: {what} is fine again."),
    # asking
    "ask.open": ("What are you in the mood for?", "Happy to. What sort of {noun} shall it be?"),
    "ask.facet": ("Which {label} would you like?", "Any wish for the {label}?"),
    "ask.options": ("For example {options}. You can also skip this.",),
    "ask.number": ("Which {label}: {options}?",),
    "ask.which": ("Which one do you mean: {options}?",),
    "ask.unclear": (
        "I am not sure I understood. Tell me a mood, a kind of {noun}, a name or a title you like.",
    ),
    # about items
    "item.intro": ("{title}",),
    "item.unknown_fact": (
        "The catalogue does not record the {aspect} of {title}, so I do not know.",
    ),
    "item.rated": ("{title} is rated {value}.",),
    "extreme.one": ("That is {title} ({value})",),
    "extreme.tie": ("That would be {title}, level with each other ({value})",),
    "extreme.then": (", followed by {titles}",),
    "extreme.silent": (" The catalogue does not record the {aspect} of {titles}.",),
    "extreme.unknown": ("The catalogue does not record the {aspect} of these, so I do not know.",),
    "item.which": ("Which {noun} do you mean? Name it, or say “the second one”.",),
    "item.fact": ("{aspect_cap} of {title}: {value}.",),
    "compare.need_two": ("Tell me which two {nouns} to compare.",),
    "compare.intro": ("{a} and {b} side by side:",),
    "explain.none": ("Nothing has been recommended yet, so there is nothing to explain.",),
    "explain.weak": (
        "I have no strong reason for {title}: it keeps to what you asked for, and nothing recorded "
        "speaks more for it. Tell me what you liked or disliked, and I can do better.",
    ),
    "explain.item": ("Why {title}: {reasons}.",),
    "explain.change": ("What would change the list: {levers}.",),
    # talk
    "greet": (
        "Hello! Tell me what you are in the mood for: a mood, a kind of {noun}, someone's name, "
        "or a title you love.",
    ),
    "thanks": ("You are welcome. Say “more” any time.", "With pleasure."),
    "smalltalk": (
        "Good to know. Say “more” for other {nouns}, or tell me what to change.",
        "I see. Shall I go on? Name a mood, a title or a person, or say “more”.",
    ),
    "goodbye": ("Enjoy it, and come back whenever you like.",),
    "accept": ("Good choice. Enjoy {title}!",),
    "accept.none": ("Lovely. Enjoy it!",),
    "help": (
        "I recommend {nouns} from this catalogue. Say in your own words what you want or do not "
        "want, react to the cards, ask about any of them, or say “shorter”, “older”, "
        "“more like the second”.",
    ),
    "out_of_scope": ("That is outside what I can do: I know the {nouns} in this catalogue.",),
    "reset": ("Everything is forgotten. What would you like now?",),
    "skip": ("No problem, here is what I would suggest so far.",),
    "handoff": (
        "I cannot reach a person from here: no support desk has been set up for this site.",
    ),
    "support.none": ("No help pages have been set up here, so I cannot answer that.",),
    "support.source": ("— {place}{link}",),
    "support.only_en": ("The help pages have this in English only:",),
    "support.only_zh": ("The help pages have this in Chinese only:",),
    "support.next": ("What the help pages say further:",),
    "support.again": ("That is all the help pages say on this:",),
    "support.stale": ("Mind the date: {day} has passed, so ask whether this still holds.",),
    "support.mean": ("Do you mean “{topics}”? If not, say it in other words.",),
    "support.which": ("I am not sure which of these you mean: {topics}?",),
    "support.nothing": (
        "I found nothing on that in the help pages. They are about {topics}, among other things.",
    ),
    "support.topic": (
        "I take it this is about “{topic}”, but the help pages have no text on it yet.",
    ),
    "support.person": (
        "I did not find that in the help pages either, and I would rather not guess. "
        "Say “talk to a person”, and I will see whether somebody can take over.",
    ),
    "support.person_option": ("Talk to a person",),
    "fence.discount": (
        "Nothing in the help pages says so: they offer no such discount, and I cannot grant one.",
    ),
    "fence.promise": ("I cannot promise anything that the help pages do not say.",),
    "fence.legal": ("I cannot say anything on legal matters beyond what the help pages say.",),
    "fence.exception": ("I cannot make exceptions: I only know what the help pages say.",),
    "fence.but": ("What they do say:",),
    "fence.number": ("The help pages do not mention {number}. What they say:",),
    "greet.support": ("Hello! Ask me about {topics}, or anything else in the help pages.",),
    "help.support": (
        "I answer from the help pages, word for word and with the place they come from: {topics} "
        "and more. If they do not answer it, I say so.",
    ),
    "help.both": ("I also answer from the help pages: {topics} and more.",),
    "out_of_scope.support": (
        "That is not something the help pages speak of. They are about {topics}.",
    ),
    "smalltalk.support": ("I see. What would you like to know? The help pages cover {topics}.",),
    "thanks.support": ("You are welcome.", "With pleasure."),
    "draft.sources": ("Rests on the catalogue’s records of {titles}.",),
    "draft.sources_views": (
        "Rests on the catalogue’s records of {titles}; sentences that are views: {views}.",
    ),
    "draft.none": ("Tell me which {noun} to write about, or get a list first.",),
}

_ZH: dict[str, Wordings] = {
    "list.wishes": (
        "按“{wishes}”为你挑了 {n}{nouns}。",
        "照“{wishes}”来找，下面这 {n}{nouns}比较合适。",
        "想要{wishes}的话，可以看看这 {n}{nouns}。",
    ),
    "list.like": (
        "既然你喜欢{titles}，这 {n}{nouns}你也许会喜欢。",
        "从{titles}出发，这 {n}{nouns}最接近。",
    ),
    "list.like_and_wishes": (
        "参考{titles}，再加上{wishes}，这 {n}{nouns}最突出。",
        "以{titles}为参照，再看{wishes}：{n}{nouns}。",
    ),
    "list.plain": (
        "先看看这 {n}{nouns}，告诉我喜欢或不喜欢哪一点。",
        "先给你 {n}{nouns}不同路数的，随便评价哪一个，我会马上调整。",
    ),
    "list.one": ("按“{wishes}”为你挑了一{noun}。",),
    "list.critique": ("{change}，按这个要求重新排好了。", "明白，{change}。换成这 {n}{nouns}。"),
    "list.more": ("再来 {n}{nouns}，路数相近。", "这里还有 {n}{nouns}，都是前面没出现过的。"),
    "list.limits": ("我遵守了：{limits}。",),
    "list.top": ("首推{title}：{reason}。", "最推荐{title}：{reason}。"),
    "belief.lesser known": ("冷门一点",),
    "belief.better known": ("知名一点",),
    "list.again": ("这些你之前看过，除此之外没有全部符合的。",),
    "relaxed": ("没有全部符合的，所以我放宽了{limits}。",),
    "relaxed.more": ("没有别的全部符合了，所以我放宽了{limits}。",),
    "relax.offer": ("目录里没有全部符合的。我会先放宽{limits}。",),
    "empty": ("在这些条件下目录里已经没有了：{limits}。去掉其中一个，我再找。",),
    "exhausted": ("符合条件的都给你看过了。放宽一点，我就能继续找。",),
    "unrecorded": ("目录里没有记录{matters}，所以没法按这个筛选。",),
    "matter.awards": ("获奖情况",),
    "matter.availability": ("在哪里能看",),
    "matter.women": ("导演的性别",),
    "matter.colour": ("是不是黑白片",),
    "matter.takings": ("票房",),
    "unknown": ("目录里没有{names}，这一条我先略过。",),
    "noted": ("记住了：{beliefs}。",),
    "withdrawn": ("好的，{what}又可以了。", "收回刚才的话：{what}可以。"),
    "ask.open": ("你现在想看点什么？", "好的，想要哪一类{noun_bare}？"),
    "ask.facet": ("{label}方面有什么偏好吗？", "想要哪种{label}？"),
    "ask.options": ("比如{options}。也可以跳过。",),
    "ask.number": ("{label}想要哪个范围：{options}？",),
    "ask.which": ("你说的是哪一个：{options}？",),
    "ask.unclear": ("我没太听明白。说说心情、类型、人名，或者一部你喜欢的作品都行。",),
    "item.intro": ("{title}",),
    "item.unknown_fact": ("目录里没有记录{title}的{aspect}，所以我不知道。",),
    "item.rated": ("{title}的评分是 {value}。",),
    "extreme.one": ("是{title}（{value}）",),
    "extreme.tie": ("{title}并列（{value}）",),
    "extreme.then": ("，其次是{titles}",),
    "extreme.silent": ("目录里没有记录{titles}的{aspect}。",),
    "extreme.unknown": ("目录里没有记录这几个的{aspect}，所以我不知道。",),
    "item.which": ("你指的是哪一个？说出名字，或者说“第二个”。",),
    "item.fact": ("{title}的{aspect}：{value}。",),
    "compare.need_two": ("告诉我要比较哪两个。",),
    "compare.intro": ("{a}和{b}对比如下：",),
    "explain.none": ("还没有推荐过，所以没什么可解释的。",),
    "explain.weak": (
        "推荐{title}并没有很强的理由：它符合你的要求，但没有别的记录特别支持它。告诉我你喜欢或不喜欢什么，我会选得更准。",
    ),
    "explain.item": ("推荐{title}，因为{reasons}。",),
    "explain.change": ("下面这些会改变结果：{levers}。",),
    "greet": ("你好！说说你现在想要什么：一种心情、一个类型、一个人名，或者一部你喜欢的作品。",),
    "thanks": ("不客气，想继续就说“再来几个”。", "很高兴能帮上忙。"),
    "smalltalk": (
        "好的。想继续就说“再来几个”，或者告诉我想改哪一点。",
        "明白。要接着找吗？说个心情、名字或人名都行，也可以说“再来几个”。",
    ),
    "goodbye": ("祝你愉快，随时再来。",),
    "accept": ("好选择，祝你享受{title}！",),
    "accept.none": ("太好了，祝你愉快！",),
    "help": (
        "我从这个目录里为你推荐{nouns_bare}。用自己的话说想要什么、不想要什么，对卡片表态，"
        "问任何一个的情况，或者说“短一点”“老一点”“多来点像第二个的”。",
    ),
    "out_of_scope": ("这超出了我的能力范围：我只了解这个目录里的{nouns_bare}。",),
    "reset": ("都忘掉了。现在想要什么？",),
    "skip": ("没关系，按目前知道的给你推荐。",),
    "handoff": ("我这里联系不到人工：这个站点还没有设置人工客服。",),
    "support.none": ("这里还没有设置帮助文档，所以这个问题我答不了。",),
    "support.source": ("——{place}{link}",),
    "support.only_en": ("这一条帮助文档里只有英文：",),
    "support.only_zh": ("这一条帮助文档里只有中文：",),
    "support.next": ("帮助文档里还写着：",),
    "support.again": ("关于这一点，帮助文档里只有这些：",),
    "support.stale": ("请留意：{day}已经过了，是否仍然有效请再确认。",),
    "support.mean": ("你是想问“{topics}”吗？如果不是，请换个说法。",),
    "support.which": ("不太确定你问的是哪一个：{topics}？",),
    "support.nothing": ("帮助文档里没有找到这个问题的答案。里面讲的是{topics}等内容。",),
    "support.topic": ("看起来你问的是“{topic}”，但帮助文档里还没有这方面的内容。",),
    "support.person": (
        "这个在帮助文档里也没找到，我不想乱猜。说一声“转人工”，我看看能不能请人来接手。",
    ),
    "support.person_option": ("转人工",),
    "fence.discount": ("帮助文档里没有这样的优惠，我也不能自己答应打折。",),
    "fence.promise": ("帮助文档里没写的，我不能替商家保证。",),
    "fence.legal": ("法律方面的事，除了帮助文档里写的，我不能多说。",),
    "fence.exception": ("我不能破例，只能按帮助文档里写的来。",),
    "fence.but": ("帮助文档里是这样写的：",),
    "fence.number": ("帮助文档里没有提到{number}，写的是：",),
    "greet.support": ("你好！可以问我{topics}，或者帮助文档里的其他问题。",),
    "help.support": ("我按帮助文档原文回答，并注明出处：{topics}等。文档里没有的，我会直说。",),
    "help.both": ("我也可以按帮助文档回答问题：{topics}等。",),
    "out_of_scope.support": ("这不在帮助文档的范围内。里面讲的是{topics}等内容。",),
    "smalltalk.support": ("好的。想了解什么？帮助文档里有{topics}等内容。",),
    "thanks.support": ("不客气。", "很高兴能帮上忙。"),
    "draft.sources": ("依据：目录中{titles}的记录。",),
    "draft.sources_views": ("依据：目录中{titles}的记录；其中 {views} 句是看法。",),
    "draft.none": ("告诉我要写哪一个，或者先让我推荐几个。",),
}

_BY_LANGUAGE: dict[Language, dict[str, Wordings]] = {"en": _EN, "zh": _ZH}


def say(key: str, language: Language, variant: int = 0, /, **values: object) -> str:
    """The phrase `key` in `language`, filled in.

    Raises:
        KeyError: there is no such phrase, or a value it needs is missing.

    >>> say("list.limits", "en", limits="nothing scary")
    'I kept to nothing scary.'
    """
    wordings = _BY_LANGUAGE[language][key]
    return wordings[variant % len(wordings)].format(**values)


def keys(language: Language) -> frozenset[str]:
    """All phrase keys of a language; both languages have the same."""
    return frozenset(_BY_LANGUAGE[language])


def listed(parts: Sequence[str], language: Language, *, last: str = "and") -> str:
    """Parts joined as people do; `last` is "and" or "or".

    >>> listed(["a", "b", "c"], "en"), listed(["甲", "乙"], "zh", last="or")
    ('a, b and c', '甲或乙')
    """
    if language == "zh":
        join = "或" if last == "or" else "和"
        return join.join(filter(None, ["、".join(parts[:-1]), *parts[-1:]]))
    return f" {last} ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
