"""Pages of figures. Each function gets what it shows and gives a node; nothing is read here."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.backoffice.clusters import Cluster
from chatbot.backoffice.figures import Figures, Taken
from chatbot.backoffice.frame import View, filters, nothing, when
from chatbot.backoffice.html import Node, el, many

_ENDS = (
    ("confirmed", "the visitor said so"),
    ("assumed", "ended without return"),
    ("by_person", "a person solved it"),
    ("escalated", "a person was called"),
    ("unresolved", "the visitor said it did not help"),
    ("open", "still going on"),
)


def overview(view: View, f: Figures) -> Node:
    """The numbers of the time, how support ended, what was asked."""
    ends = f.resolutions
    support = sum(ends.values())
    settled = ends["confirmed"] + ends["assumed"] + ends["by_person"]
    decided = support - ends["open"]
    rated = sum(f.ratings.values())
    stats = [
        ("Conversations", f"{f.conversations:,}", f"{f.visitors:,} visitors"),
        ("Messages", f"{f.messages:,}", _slow(f)),
        ("Unanswered", f"{len(f.unanswered):,}", _share(len(f.unanswered), f.messages)),
        ("Resolved", _percent(settled, decided),
         f"of {decided:,} support conversations, {ends['by_person']:,} by a person"),
        ("Satisfaction", "–" if f.satisfaction is None else f"{f.satisfaction:.1f}",
         f"of 5, {rated:,} ratings"),
    ]  # fmt: skip
    return many(
        [
            el("div", el("h1", "Overview"), filters(view), class_="top"),
            el(
                "dl",
                [
                    el("div", el("dt", name), el("dd", value), el("dd", more, class_="dim"))
                    for name, value, more in stats
                ],
                class_="stats",
            ),
            el("section", el("h2", "Messages a day"), _columns(f.by_day), class_="box wide"),
            el(
                "div",
                el("section", el("h2", "How support ended"),
                   _bars([(n.replace("_", " "), ends[n], why) for n, why in _ENDS], support),
                   class_="box"),
                el("section", el("h2", "Satisfaction"),
                   _bars([(f"{n} of 5", f.ratings[n], "") for n in (5, 4, 3, 2, 1)], rated),
                   class_="box"),
                el("section", el("h2", "What was done"),
                   _bars([(k, v, "") for k, v in f.actions.items()], f.messages), class_="box"),
                el("section", el("h2", "Languages"),
                   _bars([({"en": "English", "zh": "中文"}.get(k, k), v, "")
                          for k, v in f.languages.items()], f.messages), class_="box"),
                el("section", el("h2", "What is wanted"), _wishes(f.wanted, f), class_="box"),
                el("section", el("h2", "What is refused"), _wishes(f.avoided, f), class_="box"),
                class_="grid",
            ),
        ]
    )  # fmt: skip


def unanswered(
    view: View,
    found: Sequence[tuple[Cluster, str, bool]],
    total: int,
) -> Node:
    """Clusters of unanswered questions, each with a place to answer it.

    Args:
        view: see `View`.
        found: (cluster, its catalogue, whether the help pages answer it by now).
        total: unanswered messages in all.
    """
    top = el(
        "div",
        el("h1", "Unanswered"),
        el("p", f"{total:,} messages in {len(found):,} groups; the largest first.", class_="dim"),
        filters(view),
        class_="top",
    )
    if not found:
        return many([top, nothing("Every question of this time got an answer.")])
    return many([top, [_group(view, *one) for one in found[:50]]])


def _group(view: View, cluster: Cluster, catalogue: str, now: bool) -> Node:
    first, *others = cluster.texts
    return el(
        "article",
        el(
            "div",
            el("h2", first),
            el("span", "answered now" if now else "", class_="tag good") if now else None,
            el("span", _times(cluster.count), class_="tag"),
            class_="line",
        ),
        others and el("ul", [el("li", text) for text in others[:6]], class_="said"),
        el("p", f"{catalogue} · last asked {when(cluster.latest)} · ",
           el("a", "try it", href=_try(first, catalogue, view.site)), class_="dim"),
        el(
            "details",
            el("summary", "Write an answer"),
            answer_form(catalogue, first, "", cluster.texts[1:12]),
        ),
        class_="box",
    )  # fmt: skip


def answer_form(catalogue: str, question: str, answer: str = "", asked: Sequence[str] = ()) -> Node:
    """A question and its answer, to be put into the help pages."""
    return el(
        "form",
        el("input", type="hidden", name="catalogue", value=catalogue),
        el("label", "Question", el("input", name="question", value=question, required=True,
                                   maxlength=300)),
        el("label", "Answer, as visitors shall read it",
           el("textarea", answer, name="answer", rows=4, required=True, maxlength=8000)),
        el("label", "Other ways of asking, one a line",
           el("textarea", "\n".join(asked), name="asked", rows=max(2, min(len(asked), 6)))),
        el("label", "Address where it can be read (optional)",
           el("input", name="url", type="url", maxlength=500, placeholder="https://")),
        el("button", "Put into the help pages", class_="solid"),
        method="post",
        action="/operator/answer",
        class_="stack",
    )  # fmt: skip


def items(view: View, f: Figures) -> Node:
    """What is recommended and what is taken."""
    top = el("div", el("h1", "Items"), filters(view), class_="top")
    if not f.items:
        return many([top, nothing("Nothing was recommended in this time.")])
    return many(
        [
            top,
            el(
                "div",
                el(
                    "table",
                    el("thead", el("tr", *(el("th", t, scope="col", class_=c) for t, c in (
                        ("Item", ""), ("Catalogue", ""), ("Shown", "n"), ("Liked", "n"),
                        ("Not for me", "n"), ("Taken", "n"))))),
                    el("tbody", [_item(one) for one in f.items]),
                ),
                class_="box scroll",
            ),
        ]
    )  # fmt: skip


def _item(one: Taken) -> Node:
    rate = "–" if one.rate is None else f"{one.rate:.0%}"
    return el(
        "tr",
        el("th", one.title, scope="row"),
        el("td", one.catalogue, class_="dim"),
        *(el("td", f"{n:,}", class_="n") for n in (one.shown, one.liked, one.disliked)),
        el("td", rate, class_="n"),
    )


# Small parts


def _bars(rows: Sequence[tuple[str, int, str]], total: int) -> Node:
    """Horizontal bars with their numbers; drawn with attributes, which any policy allows."""
    if not total:
        return el("p", "Nothing yet.", class_="dim")
    return el(
        "table",
        [
            el(
                "tr",
                el("th", name, why and el("small", why), scope="row"),
                el("td", el("meter", f"{n / total:.0%}", value=n, max=total), class_="bar"),
                el("td", f"{n:,}", class_="n"),
                el("td", f"{n / total:.0%}", class_="n dim"),
            )
            for name, n, why in rows
        ],
        class_="bars",
    )


def _columns(series: Sequence[tuple[str, int]]) -> Node:
    """One column a day as SVG, with a title each."""
    top = max((n for _, n in series), default=0)
    if not top:
        return el("p", "Nothing yet.", class_="dim")
    width, height = 1000.0, 120.0
    step = width / len(series)
    bars = [
        el(
            "rect",
            el("title", f"{day}: {n}"),
            x=f"{i * step + step * 0.12:.1f}",
            y=f"{height - height * n / top:.1f}",
            width=f"{step * 0.76:.1f}",
            height=f"{max(height * n / top, 1):.1f}",
            rx=3,
            class_="zero" if not n else None,
        )
        for i, (day, n) in enumerate(series)
    ]
    return many(
        [
            el(
                "svg",
                bars,
                viewBox=f"0 0 {width:.0f} {height:.0f}",
                preserveAspectRatio="none",
                role="img",
                aria_label=f"Messages a day, at most {top}",
                class_="columns",
            ),
            el(
                "p",
                el("span", series[0][0]),
                el("span", f"most: {top:,}"),
                el("span", series[-1][0]),
                class_="ends dim",
            ),
        ]
    )


def _wishes(found: Sequence[tuple[tuple[str, str], int]], f: Figures) -> Node:
    return _bars([(value, n, facet) for (facet, value), n in found[:8]], max(f.conversations, 1))


def _share(part: int, whole: int) -> str:
    return f"{_percent(part, whole)} of messages"


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _slow(f: Figures) -> str:
    return "" if f.slow_ms is None else f"95 % answered in {f.slow_ms / 1000:.2f} s"


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n:,} times"


def _try(text: str, catalogue: str, site: str) -> str:
    from urllib.parse import urlencode

    return "/operator/try?" + urlencode({"q": text, "catalogue": catalogue, "of": site})
