"""Every word of the web page, in English and Chinese. What the assistant says is in `phrases`."""

from __future__ import annotations

from collections.abc import Mapping

from chatbot.values import Language

_WORDS: Mapping[str, tuple[str, str]] = {
    "tagline": ("Say what you are in the mood for.", "说说你现在想要什么。"),
    "placeholder": (
        "A mood, a kind, a name, a title you love…",
        "一种心情、一个类型、一个人名，或者一部你喜欢的作品……",
    ),
    "send": ("Send", "发送"),
    "stop": ("Stop", "停止"),
    "new": ("New conversation", "新对话"),
    "past": ("Earlier conversations", "以前的对话"),
    "no_past": ("None yet.", "还没有。"),
    "cards": ("Recommended", "推荐"),
    "no_cards": ("Your list appears here.", "推荐会出现在这里。"),
    "profile": ("What I understood", "我理解到的"),
    "no_profile": (
        "Nothing yet. Every wish you name becomes a chip here that you can change or remove.",
        "还没有。你说出的每个愿望都会变成这里的标签，可以修改或去掉。",
    ),
    "dial": ("Familiar – surprising", "熟悉 – 惊喜"),
    "language": ("Language", "语言"),
    "theme": ("Light or dark", "深浅色"),
    "love": ("Love it", "很喜欢"),
    "like": ("Like it", "喜欢"),
    "dislike": ("Not for me", "不喜欢"),
    "seen": ("Seen it", "看过了"),
    "undo": ("Undo", "撤销"),
    "because": ("You said", "你说过"),
    "by_hand": ("set by hand", "手动设置"),
    "remove": ("Remove", "去掉"),
    "pin": ("Pin", "固定"),
    "unpin": ("Unpin", "取消固定"),
    "tonight": ("Only tonight", "仅限今晚"),
    "always": ("From now on", "一直有效"),
    "stance": ("Meaning", "含义"),
    "stance.like": ("would be nice", "最好有"),
    "stance.avoid": ("rather not", "尽量不要"),
    "stance.require": ("must", "必须"),
    "stance.forbid": ("never", "绝不"),
    "stance.seen": ("seen", "看过"),
    "evidence": ("Evidence", "依据"),
    "evidence.signal": ("signal", "信号"),
    "evidence.value": ("contribution", "贡献"),
    "evidence.recorded": ("recorded", "记录"),
    "relaxed": ("Given up", "已放宽"),
    "suggestions": ("You could say", "可以这样说"),
    "skip": ("Skip", "跳过"),
    "why": ("Reasons", "理由"),
    "degraded": ("Plainer wording", "措辞从简"),
    "loading": ("{name} is loading, {done} %", "{name} 加载中，{done} %"),
    "chat": ("Chat", "对话"),
    "studio": ("Studio", "工作室"),
    "open_studio": ("Open in the studio", "在工作室中打开"),
    "thinking": ("Looking…", "正在找……"),
    "person": ("a person", "人工"),
    "desk": ("Support desk", "人工客服"),
    "desk_over": (
        "{person} has ended the conversation. The assistant answers again.",
        "{person}已结束人工服务，现在由智能助手回答。",
    ),
    "desk_back": ("You are back with the assistant.", "已回到智能助手。"),
}


def word(key: str, language: Language) -> str:
    """The words of the page called `key`.

    >>> word("stop", "zh")
    '停止'
    """
    english, chinese = _WORDS[key]
    return chinese if language == "zh" else english


def keys() -> frozenset[str]:
    """All keys."""
    return frozenset(_WORDS)
