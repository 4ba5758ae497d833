"""What visitors are told about a handoff, in both languages. Each sentence is true of one state."""

from __future__ import annotations

from chatbot.handoff import State
from chatbot.handoff.hours import Hours
from chatbot.values import Language

_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}
_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "delivered": "I have passed our conversation to the support desk; they have it now.",
        "queued": "I am passing our conversation to the support desk. It is kept safely and is "
        "sent again until it arrives.",
        "outside_delivered": "The support desk is closed at the moment; they answer from {when}. "
        "Our conversation is already with them.",
        "outside_queued": "The support desk is closed at the moment; they answer from {when}. "
        "Our conversation is kept safely and on its way to them.",
        "outside_never": "The support desk is closed, and no opening is planned. "
        "Our conversation is kept for them.",
        "failed": "I could not reach the support desk: our conversation has not been passed on.",
        "unavailable": "I cannot reach a person from here: no support desk has been set up for "
        "this site.",
        "contact": "You can reach a person yourself: {contact}",
        "reach": "Tell me an e-mail address or a telephone number and I will pass it on, so that "
        "they can reach you.",
        "reachable": "They can reach you at {contact}.",
        "noted": "Thank you. I am passing {contact} on to the support desk.",
        "again_delivered": "The support desk has our conversation already.",
        "again_queued": "Our conversation is on its way to the support desk already; it has "
        "not been confirmed yet.",
        "held": "{person} has our conversation and answers you here.",
        "closed": "{person} has ended their part; you are talking with the assistant again.",
        "holding": "{person} has our conversation now, so I do not answer myself. "
        "Your message is on its way to them.",
        "passing": "On its way to {person}",
        "back": "You are talking with me, the assistant, again; the support desk is told so. "
        "What can I do for you?",
        "leave": "Back to the assistant",
        "somebody": "The support desk",
        "somebody_there": "the support desk",
    },
    "zh": {
        "delivered": "我已经把我们的对话转给人工客服，他们已经收到。",
        "queued": "正在把我们的对话转给人工客服。内容已妥善保存，会一直重发直到送达。",
        "outside_delivered": "人工客服现在不在线，{when}起答复。我们的对话他们已经收到。",
        "outside_queued": "人工客服现在不在线，{when}起答复。我们的对话已妥善保存，正在转给他们。",
        "outside_never": "人工客服现在不在线，也没有排定的上班时间。我们的对话已为他们保存。",
        "failed": "我没能联系上人工客服：这段对话还没有转过去。",
        "unavailable": "我这里联系不到人工：这个站点还没有设置人工客服。",
        "contact": "你可以直接联系：{contact}",
        "reach": "留个邮箱或电话，我会一并转过去，方便他们联系你。",
        "reachable": "他们会通过{contact}联系你。",
        "noted": "谢谢。我会把{contact}转给人工客服。",
        "again_delivered": "人工客服已经收到我们的对话了。",
        "again_queued": "我们的对话已经在转给人工客服的路上，对方还没有确认收到。",
        "held": "{person}已接手我们的对话，会在这里答复你。",
        "closed": "{person}已结束人工服务，现在又是智能助手在和你对话。",
        "holding": "{person}已接手我们的对话，所以我不再作答。你的消息正在转给对方。",
        "passing": "正在转给{person}",
        "back": "现在又是我，智能助手，在和你对话；人工客服会得知。有什么可以帮你？",
        "leave": "回到智能助手",
        "somebody": "人工客服",
        "somebody_there": "人工客服",
    },
}


def opening(opens: float, now: float, hours: Hours, language: Language) -> str:
    """When a desk opens, on its own clock: "Monday 9:00 (Europe/Berlin)"; the date when far off."""
    there, here = hours.local(opens), hours.local(now)
    day = _DAYS[language][there.weekday()]
    clock = f"{there.hour}:{there.minute:02d}"
    far = (there.date() - here.date()).days > 6
    if language == "zh":
        date = f"{there.month}月{there.day}日" if far else ""
        return f"{date}{day} {clock}（{hours.name} 时间）"
    date = f" {there.date().isoformat()}" if far else ""
    return f"{day}{date} {clock} ({hours.name} time)"


def told(
    state: State,
    language: Language,
    *,
    delivered: bool = False,
    when: str = "",
    contact: str = "",
    reach: str = "",
    again: bool = False,
) -> str:
    """The whole sentence for a state.

    Args:
        state: what is true.
        language: of the visitor.
        delivered: whether the desk has it, where the state is "outside_hours".
        when: the next opening in words, "" where there is none.
        contact: the operator's own, for visitors who cannot be passed on.
        reach: how the visitor can be reached, where they said so.
        again: whether it was passed on before this message.
    """
    texts = _TEXTS[language]
    if state == "outside_hours":
        key = f"outside_{'delivered' if delivered else 'queued'}" if when else "outside_never"
    else:
        key = f"again_{state}" if again and f"again_{state}" in texts else state
    parts = [texts[key].format(when=when)]
    if state in ("failed", "unavailable"):
        if contact:
            parts.append(texts["contact"].format(contact=contact))
    else:
        parts.append(texts["reachable"].format(contact=reach) if reach else texts["reach"])
    return ("" if language == "zh" else " ").join(parts)


def noted(contact: str, language: Language) -> str:
    """Thanks for an address left after the handoff."""
    return _TEXTS[language]["noted"].format(contact=contact)


def standing(what: str, person: str, language: Language) -> str:
    """What is said while a person has the conversation, and at its end.

    >>> standing("passing", "", "en"), standing("held", "Anna", "zh")
    ('On its way to the support desk', 'Anna已接手我们的对话，会在这里答复你。')
    """
    texts = _TEXTS[language]
    text = texts[what]
    nobody = "somebody" if text.startswith("{person}") else "somebody_there"
    return text.format(person=person or texts[nobody])
