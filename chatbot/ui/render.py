"""Values to HTML and Markdown for the page. Everything from users and catalogues is escaped here.

Buttons carry `data-act` and `data-…` attributes; the page's script turns a click into one event.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from html import escape

from chatbot.answers import facts_line, overview_of
from chatbot.compose import belief, group_belief, together
from chatbot.explain import title_of
from chatbot.storage.sessions import Feedback
from chatbot.ui.speak import spoken
from chatbot.ui.words import word
from chatbot.values import Card, Citation, Language, Preference, Profile, Reason, Session
from retrieval.catalogue import Catalogue
from retrieval.items import Item

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&$])")
_ICONS = {"love": "♥", "like": "＋", "dislike": "－", "seen": "✓"}
_MARKS = {"like": "＋", "avoid": "－", "require": "●", "forbid": "⊘", "seen": "✓"}


def plain(text: str) -> str:
    r"""`text` so that Markdown shows it exactly as it is.

    >>> plain("*hi* <b>")
    '\\*hi\\* \\<b\\>'
    """
    return _MARKDOWN.sub(r"\\\1", text)


def prose(text: str, *, styled: bool = False) -> str:
    r"""The assistant's text for Markdown: tables and line breaks stay, links and HTML do not work.

    >>> prose("![x](http://e.example/p.png) <img>")
    '!\\[x\\](http://e.example/p.png) &lt;img&gt;'
    """
    text = escape(text, quote=False)
    return re.sub(r"([\[\]])" if styled else r"([\[\]`*_~$])", r"\\\1", text)


def cards(
    found: Sequence[Card],
    catalogue: Catalogue,
    verdicts: Mapping[str, Feedback],
    language: Language,
) -> str:
    """The list of cards; `verdicts` maps item ids to what the user said about them."""
    head = f'<h2 class="s-head">{_w("cards", language)}</h2>'
    if not found:
        return f'{head}<p class="s-empty">{_w("no_cards", language)}</p>'
    parts = [
        card(number, one, catalogue, verdicts.get(one.id), language)
        for number, one in enumerate(found, 1)
        if one.id in catalogue
    ]
    return f'{head}<ol class="s-cards">{"".join(parts)}</ol>'


def card(
    number: int, one: Card, catalogue: Catalogue, verdict: Feedback | None, language: Language
) -> str:
    """One card: poster, title, facts, description, reasons, buttons."""
    item = catalogue[one.id]
    shown = title_of(item, language).strip("《》")
    original = item.title if item.title != shown else ""
    facts = facts_line(item, catalogue.schema, language)
    people = _people(item, catalogue, language)
    why = "".join(_reason(reason, language) for reason in one.reasons)
    overview = overview_of(item, language)
    small = f" <small>{escape(original)}</small>" if original else ""
    body = (
        f'<h3><span class="s-no">{number}</span>{escape(shown)}{small}</h3>'
        f"{_paragraph('s-facts', facts)}{_paragraph('s-people', people)}"
        f"{_paragraph('s-text', overview)}"
        f'<div class="s-why" aria-label="{_w("why", language)}">{why}</div>'
        f'<div class="s-acts">{_buttons(item, verdict, language)}</div>'
    )
    done = " s-done" if verdict else ""
    poster = _poster(item, shown)
    return f'<li class="s-card{done}">{poster}<div class="s-body">{body}</div></li>'


def _paragraph(name: str, text: str) -> str:
    return f'<p class="{name}">{escape(text)}</p>' if text else ""


def _poster(item: Item, shown: str) -> str:
    """A typographic tile whose colours follow from the title: nothing is fetched."""
    hue = int.from_bytes(hashlib.blake2b(item.id.encode(), digest_size=2).digest()) % 360
    year = item.number("year")
    mark = f"{int(year)}" if year is not None else ""
    return (
        f'<div class="s-poster" style="--hue:{hue}" aria-hidden="true">'
        f"<b>{escape(shown[:40])}</b><i>{mark}</i></div>"
    )


def _people(item: Item, catalogue: Catalogue, language: Language) -> str:
    parts = []
    colon, comma = ("：", "、") if language == "zh" else (": ", ", ")
    for name in catalogue.schema.people():
        facet = catalogue.schema.facet(name)
        values = item.values(name)[:3]
        if facet is not None and values:
            label = facet.label(language)
            shown = comma.join(facet.show(value, language) for value in values)
            parts.append(f"{label[:1].upper()}{label[1:]}{colon}{shown}")
    return " · ".join(parts[:2])


def _reason(reason: Reason, language: Language) -> str:
    rows = [
        (word("evidence.signal", language), reason.signal),
        (word("evidence.value", language), f"{reason.value:+.2f}"),
    ]
    for key, value in reason.detail.items():
        shown = _detail(value)
        if shown:
            rows.append((key, shown))
    listing = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in rows)
    return (
        f'<details class="s-reason"><summary>{escape(reason.text)}</summary>'
        f'<dl title="{_w("evidence", language)}">{listing}</dl></details>'
    )


def _detail(value: object) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{k}: {_detail(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def _buttons(item: Item, verdict: Feedback | None, language: Language) -> str:
    if verdict is not None:
        said = f"{_ICONS[verdict.verdict]} {word(verdict.verdict, language)}"
        return (
            f'<span class="s-said">{escape(said)}</span>'
            f"{button('undo', word('undo', language), feedback=verdict.id)}"
        )
    return "".join(
        button(
            "verdict",
            f"{icon} {word(name, language)}",
            item=item.id,
            verdict=name,
            label=f"{word(name, language)}: {item.title}",
        )
        for name, icon in _ICONS.items()
    )


def button(act: str, text: str, /, *, label: str = "", kind: str = "", **data: str) -> str:
    """A button whose click becomes the event `act` with `data`."""
    extra = "".join(f' data-{k}="{escape(v)}"' for k, v in data.items())
    aria = f' aria-label="{escape(label)}"' if label else ""
    name = f"s-btn {kind}".strip()
    shown = escape(text)
    return f'<button type="button" class="{name}" data-act="{act}"{extra}{aria}>{shown}</button>'


def chips(profile: Profile, catalogue: Catalogue, language: Language) -> str:
    """The profile: a chip for each belief, opening its source and what can be done with it."""
    head = f'<h2 class="s-head">{_w("profile", language)}</h2>'
    if not profile.preferences:
        return f'{head}<p class="s-empty">{_w("no_profile", language)}</p>'
    parts = [
        _chip(beliefs[0], catalogue, language)
        if len(beliefs) == 1
        else _group_chip(beliefs, catalogue, language)
        for beliefs in together(profile, catalogue)
    ]
    return f'{head}<div class="s-chips">{"".join(parts)}</div>'


def _group_chip(beliefs: Sequence[Preference], catalogue: Catalogue, language: Language) -> str:
    """One chip for all alternatives of a group; removing it removes them all."""
    p = beliefs[0]
    text = group_belief(beliefs, catalogue, language)
    said = f"{word('because', language)}: “{p.source or word('by_hand', language)}”"
    values = ("、" if language == "zh" else ", ").join(
        belief(q, catalogue, language) or str(q.value) for q in beliefs
    )
    menu = f"{_paragraph('s-said-by', said)}{_paragraph('s-state', values)}"
    remove = button(
        "remove", "×", label=f"{word('remove', language)}: {text}", kind="s-x",
        key=f"{p.facet}:group:{p.group}", stance=p.stance,
    )  # fmt: skip
    mark = f'<span aria-hidden="true">{_MARKS[p.stance]}</span>'
    return (
        f'<span class="s-chip s-{p.stance}"><details><summary title="{escape(said)}">'
        f"{mark} {escape(text)}</summary>"
        f'<div class="s-menu">{menu}</div></details>{remove}</span>'
    )


def _chip(p: Preference, catalogue: Catalogue, language: Language) -> str:
    text = belief(p, catalogue, language) or str(p.value)
    source = p.source or word("by_hand", language)
    states = [word(f"stance.{p.stance}", language)]
    if p.scope == "session":
        states.append(word("tonight", language))
    if p.about:
        states.append(p.about)
    hold = {"key": p.key, "stance": p.stance}
    acts = [
        button("pin", word("unpin" if p.pinned else "pin", language), **hold, on=str(not p.pinned)),
        button(
            "scope",
            word("always" if p.scope == "session" else "tonight", language),
            **hold,
            scope="always" if p.scope == "session" else "session",
        ),
    ]
    if p.stance != "seen":
        others = [s for s in ("like", "avoid", "require", "forbid") if s != p.stance]
        if p.facet == "title":
            others = [s for s in others if s in ("like", "avoid")]
        acts.extend(button("stance", word(f"stance.{s}", language), **hold, to=s) for s in others)
    said = f"{word('because', language)}: “{source}”"
    pin = "📌 " if p.pinned else ""
    remove = button("remove", "×", label=f"{word('remove', language)}: {text}", kind="s-x", **hold)
    menu = (
        f"{_paragraph('s-said-by', said)}{_paragraph('s-state', ' · '.join(states))}{''.join(acts)}"
    )
    mark = f'<span aria-hidden="true">{_MARKS[p.stance]}</span>'
    return (
        f'<span class="s-chip s-{p.stance}"><details><summary title="{escape(said)}">'
        f"{mark} {pin}{escape(text)}</summary>"
        f'<div class="s-menu">{menu}</div></details>{remove}</span>'
    )


def suggestions(texts: Sequence[str], language: Language) -> str:
    """What could be said next, as buttons."""
    if not texts:
        return ""
    shown = "".join(button("say", text, text=text) for text in texts)
    return (
        f'<div class="s-say" role="group" aria-label="{_w("suggestions", language)}">{shown}</div>'
    )


def past(
    sessions: Sequence[Session], current: str, titles: Mapping[str, str], language: Language
) -> str:
    """Earlier conversations of the visitor, each a button."""
    rows = [
        button(
            "open",
            titles[s.id],
            session=s.id,
            kind="s-current" if s.id == current else "",
        )
        for s in sessions
        if s.id in titles
    ]
    shown = "".join(rows) or f'<p class="s-empty">{_w("no_past", language)}</p>'
    return f'<div class="s-past">{shown}</div>'


def header(language: Language) -> str:
    """The page's head line, with the way to the studio."""
    return (
        '<header class="s-top"><span class="s-logo" aria-hidden="true">◗</span>'
        f"<div><h1>Sommelier</h1><p>{_w('tagline', language)}</p></div>"
        f'<nav class="s-rooms"><a href="/chat/" aria-current="page">{_w("chat", language)}</a>'
        f'<a href="/studio/">{_w("studio", language)}</a></nav></header>'
    )


def to_studio(session_id: str, turn: int, language: Language) -> str:
    """A line of Markdown that opens a turn's draft in the studio; ids are our own."""
    return f"\n\n[{word('open_studio', language)} →](/studio/?chat={session_id}.{turn})"


def from_desk(kind: str, person: str, text: str, language: Language) -> str:
    r"""What came from a person at the desk, marked as such, as Markdown.

    >>> from_desk("person", "Anna", "Hi <b>", "en")
    '👤 **Anna** · a person\n\nHi \\<b\\>'
    """
    who = plain(person or word("desk", language))
    if kind == "person":
        return f"👤 **{who}** · {word('person', language)}\n\n{_linked(text)}"
    key = "desk_back" if kind == "back" else "desk_over"
    return f"*{plain(word(key, language).format(person=person or word('desk', language)))}*"


def _linked(text: str) -> str:
    """`text` as it is, its addresses as links that open beside the chat."""
    parts = re.split(r"(https?://[^\s<>\"'()（）]+[^\s<>\"'()（）.,;:!?。，；])", text)
    return "".join(
        f'<a href="{escape(part)}" target="_blank" rel="noopener nofollow">{plain(part)}</a>'
        if n % 2
        else plain(part)
        for n, part in enumerate(parts)
    )


def cited(text: str, found: Sequence[Citation]) -> str:
    """An answer with links to the pages that were quoted, where they can be read, in the place of
    the lines that name them; they open beside the chat.
    """
    links = {c.url: c.title for c in found if c.url.startswith(("https://", "http://", "/help/"))}
    told = "\n".join(
        line
        for line in text.split("\n")
        if not (line.startswith("—") and any(title in line for title in links.values()))
    )
    return prose(told) + "".join(
        f'\n\n<a href="{escape(url)}" target="_blank" rel="noopener">— {plain(title)} ↗</a>'
        for url, title in links.items()
    )


def note(degraded: str, model: Mapping[str, object], language: Language) -> str:
    """Quiet lines below the conversation: why the last answer is plain, how far the model is."""
    lines = []
    if degraded:
        lines.append(f"{word('degraded', language)} – {spoken(degraded, language)}")
    if model.get("state") == "loading":
        share = model.get("progress", 0.0)
        done = round(100 * share) if isinstance(share, float | int) else 0
        name = str(model.get("name", ""))
        lines.append(word("loading", language).format(name=name, done=done))
    shown = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<ul class="s-note" role="status">{shown}</ul>' if shown else ""


def _w(key: str, language: Language) -> str:
    return escape(word(key, language))
