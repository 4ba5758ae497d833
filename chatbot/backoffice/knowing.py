"""The pages that change help pages, and that try a question and say what decided."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.backoffice.bench import MAYBE, SURE, Trial
from chatbot.backoffice.frame import View, select
from chatbot.backoffice.html import Child, Node, el, many
from chatbot.backoffice.pages import answer_form
from chatbot.knowledge import Document, Passage
from chatbot.knowledge.base import Hit
from chatbot.values import Assert, Withdraw

MOST = 60
"""Passages on one page; a search narrows them."""


def help_pages(
    view: View,
    catalogue: str,
    catalogues: Sequence[str],
    documents: Sequence[Document],
    passages: Sequence[Passage],
    wanted: str,
    edited: str = "",
) -> Node:
    """Documents and passages of a catalogue, to be read, searched and changed in place."""
    parts: list[Child] = [
        el(
            "div",
            el("h1", "Help pages"),
            el(
                "form",
                select("catalogue", catalogue, [(c, c) for c in catalogues], "Catalogue"),
                el("label", el("span", "Search", class_="sr"),
                   el("input", name="find", type="search", value=wanted,
                      placeholder="Search the help pages")),
                el("button", "Search"),
                class_="filters",
                method="get",
            ),
            class_="top",
        ),
        el(
            "details",
            el("summary", "Write a new answer"),
            answer_form(catalogue, ""),
            class_="box",
        ),
    ]  # fmt: skip
    if not passages:
        text = (
            "No passage has these words."
            if wanted
            else f"{catalogue} has no help pages. Import them with "
            f"`python app.py import --name {catalogue} --knowledge FOLDER`, or write an answer."
        )
        parts.append(el("p", text, class_="box nothing"))
        return many(parts)
    titles = {d.source: d for d in documents}
    shown = passages[:MOST]
    for source in dict.fromkeys(p.source for p in shown):
        parts.append(_document(catalogue, titles.get(source), source, shown, edited))
    if len(passages) > MOST:
        parts.append(
            el("p", f"{len(passages) - MOST:,} more passages: search to find them.", class_="dim")
        )
    return many(parts)


def _document(
    catalogue: str,
    document: Document | None,
    source: str,
    passages: Sequence[Passage],
    edited: str,
) -> Node:
    mine = [p for p in passages if p.source == source]
    return el(
        "section",
        el(
            "div",
            el("h2", document.title if document and document.title else source),
            el("span", source, class_="dim"),
            el(
                "form",
                el("input", type="hidden", name="catalogue", value=catalogue),
                el("input", type="hidden", name="source", value=source),
                el("button", "Delete", class_="plain danger",
                   data_ask=f"Delete “{source}” with {len(mine)} passages?"),
                method="post",
                action="/operator/delete",
            ),
            class_="line",
        ),
        [_passage(catalogue, p, p.id == edited) for p in mine],
        class_="box",
    )  # fmt: skip


def _passage(catalogue: str, p: Passage, open_: bool) -> Node:
    return el(
        "details",
        el("summary", el("b", p.title), el("span", p.language, class_="tag"),
           el("span", p.text.replace("\n", " ")[:140], class_="dim peek")),
        len(p.trail) > 1 and el("p", p.breadcrumb, class_="dim"),
        el(
            "form",
            el("input", type="hidden", name="catalogue", value=catalogue),
            el("input", type="hidden", name="passage", value=p.id),
            el("label", "Text",
               el("textarea", p.text, name="text", rows=min(12, 3 + len(p.text) // 90),
                  required=True, maxlength=20000)),
            el("button", "Save", class_="solid"),
            p.url.startswith(("http://", "https://"))
            and el("a", "where visitors read it", href=p.url, rel="noreferrer"),
            method="post",
            action="/operator/edit",
            class_="stack",
        ),
        id=f"p-{p.id}",
        open=open_,
    )  # fmt: skip


def bench(
    view: View,
    text: str,
    catalogue: str,
    catalogues: Sequence[str],
    site: str,
    found: Trial | None,
    problem: str = "",
) -> Node:
    """A question, its answer, and everything that decided about it."""
    form = el(
        "form",
        el("label", el("span", "Question", class_="sr"),
           el("input", name="q", value=text, placeholder="What a visitor would write",
              required=True, maxlength=2000, autofocus=found is None)),
        select("catalogue", catalogue, [(c, c) for c in catalogues], "Catalogue"),
        view.sites and select("of", site, [("", "No site"), *((s, s) for s in view.sites)], "Site"),
        el("button", "Try", class_="solid"),
        class_="filters ask",
        method="get",
        data_keep=True,
    )  # fmt: skip
    parts: list[Child] = [
        el("div", el("h1", "Try a question"), class_="top"),
        form,
        el("p", "Answered as for a new visitor; nothing of it is kept.", class_="dim"),
        problem and el("p", problem, class_="bad", role="alert"),
    ]
    if found is not None:
        parts += [_answer(found), _decision(found), _passages(catalogue, found), _reading(found)]
    return many(parts)


def _answer(t: Trial) -> Node:
    r = t.reply
    return el(
        "section",
        el("div", el("h2", "Answer"), el("span", r.action, class_="tag"),
           el("span", f"{r.timings_ms.get('total', 0):.0f} ms", class_="tag"), class_="line"),
        el("p", r.text, class_="pre"),
        r.citations and el(
            "ul",
            [el("li", el("b", c.title), f" · chance {c.score:.2f}: ", el("q", c.quote))
             for c in r.citations],
        ),
        r.cards and el(
            "table",
            [el("tr", el("th", c.title, scope="row"),
                el("td", "; ".join(f"{x.text} ({x.signal} {x.value:.2f})" for x in c.reasons)))
             for c in r.cards],
            class_="evidence",
        ),
        class_="box",
    )  # fmt: skip


def _decision(t: Trial) -> Node:
    """The rules in the order in which they are asked, and what each said."""
    rules: list[tuple[str, str]] = []
    best = t.hits[0].chance if t.hits else 0.0
    if not t.pages:
        rules.append(("Help pages", "this catalogue has none"))
    elif best >= SURE:
        rules.append(
            (
                "Help pages",
                f"the best passage answers it with chance {best:.2f}, "
                f"at least {SURE:.2f}: it may be quoted",
            )
        )
    elif best >= MAYBE:
        rules.append(
            (
                "Help pages",
                f"the best passage has chance {best:.2f}, between {MAYBE:.2f} "
                f"and {SURE:.2f}: not quoted, asked back",
            )
        )
    else:
        rules.append(
            (
                "Help pages",
                f"the best passage has chance {best:.2f}, under {MAYBE:.2f}: nothing is near",
            )
        )
    u = t.understanding
    rules.append(
        (
            "Reading",
            f"intent {u.intent}, sure to {u.confidence:.2f}"
            + (f"; also {', '.join(u.also)}" if u.also else ""),
        )
    )
    rules.append(("Complaint", f"weight {t.weight} of 2"))
    rules.append(("Words of yours", ", ".join(t.keywords) or "none are set"))
    rules.append(("A person", f"called: {t.why.replace('_', ' ')}" if t.why else "not called"))
    rules.append(("Done", t.reply.action))
    return el(
        "section",
        el("h2", "What decided"),
        el("dl", [el("div", el("dt", a), el("dd", b)) for a, b in rules], class_="rules"),
        class_="box",
    )  # fmt: skip


def _passages(catalogue: str, t: Trial) -> Node | None:
    if not t.hits:
        return None
    return el(
        "section",
        el("h2", "Passages found"),
        el("p", f"Quoted from {SURE:.2f} on; near from {MAYBE:.2f} on. {t.pages:,} in all.",
           class_="dim"),
        [_hit(catalogue, h) for h in t.hits],
        class_="box",
    )  # fmt: skip


def _hit(catalogue: str, hit: Hit) -> Node:
    from urllib.parse import urlencode

    p = hit.passage
    tone = "good" if hit.chance >= SURE else "wait" if hit.chance >= MAYBE else ""
    where = "/operator/help?" + urlencode({"catalogue": catalogue, "edit": p.id}) + f"#p-{p.id}"
    return el(
        "div",
        el("div", el("span", f"{hit.chance:.2f}", class_=f"tag {tone}"), el("b", p.breadcrumb),
           el("a", "edit", href=where), class_="line"),
        el("p", p.text[:400]),
        class_="hit",
    )  # fmt: skip


def _reading(t: Trial) -> Node:
    u = t.understanding
    lines = []
    for update in u.updates:
        if isinstance(update, Assert):
            b = update.preference
            lines.append(f"{b.stance} {b.facet} = {b.value} (“{b.source}”)")
        elif isinstance(update, Withdraw):
            lines.append(f"take back {update.facet} {update.value or ''}")
    if u.terms:
        lines.append(f"free words: {', '.join(u.terms)}")
    if u.unknown:
        lines.append(f"names not in the catalogue: {', '.join(u.unknown)}")
    return el(
        "section",
        el("h2", "What was read in it"),
        el("ul", [el("li", line) for line in lines])
        if lines
        else el("p", "No wishes.", class_="dim"),
        class_="box",
    )
