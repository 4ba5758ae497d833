"""Figures as pictures: SVG texts by matplotlib, which is imported when one is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import Any

Bounds = Mapping[str, float | None]
"""A figure with its interval, as `report.shown` gives it."""

_COLOURS = ("#2a6f77", "#c08a2d", "#8c2f39", "#5b6ea6", "#6f8f3a", "#8a5a83", "#777777", "#3a3a3a")
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "sommelier",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}


def bars(title: str, values: Mapping[str, Bounds], label: str) -> str:
    """A horizontal bar a name, with its interval, in the order given from the top."""
    known = {name: v for name, v in values.items() if v.get("mean") is not None}
    with _drawn(6.4, 0.7 + 0.34 * max(len(known), 1)) as (axes, svg):
        for at, value in enumerate(known.values()):
            mean = value["mean"] or 0.0
            low, high = (mean if (v := value.get(k)) is None else v for k in ("low", "high"))
            spread = [[max(0.0, mean - low)], [max(0.0, high - mean)]]
            axes.barh(at, mean, color=_colour(at), alpha=0.85, height=0.62)
            axes.errorbar(mean, at, xerr=spread, color="#222222", lw=1, capsize=3)
            label_at = {"xytext": (7, 0), "textcoords": "offset points"}
            axes.annotate(f"{mean:.3f}", (high, at), va="center", fontsize=8, **label_at)
        axes.set_yticks(range(len(known)), list(known))
        axes.invert_yaxis()
        axes.set(title=title, xlabel=label)
        axes.margins(x=0.12)
    return svg()


def lines(
    title: str, xs: Sequence[float], values: Mapping[str, Sequence[Bounds]], x: str, y: str
) -> str:
    """A line a name over `xs`, with its interval shaded."""
    with _drawn(6.4, 3.6) as (axes, svg):
        for at, (name, column) in enumerate(values.items()):
            nan = float("nan")
            mean, low, high = (
                [nan if v.get(k) is None else v[k] for v in column] for k in ("mean", "low", "high")
            )
            axes.plot(xs, mean, "o-", ms=3, lw=1.6, color=_colour(at), label=name)
            axes.fill_between(xs, low, high, color=_colour(at), alpha=0.15, lw=0)
        if len(xs) <= 12:
            axes.set_xticks(xs, [f"{at:g}" for at in xs])
        axes.set(title=title, xlabel=x, ylabel=y)
        axes.legend(fontsize=8)
    return svg()


def points(title: str, values: Mapping[str, tuple[float, float]], x: str, y: str) -> str:
    """A named point each."""
    with _drawn(6.4, 3.4) as (axes, svg):
        for at, (name, (across, up)) in enumerate(values.items()):
            axes.plot(across, up, "o", color=_colour(at))
            axes.annotate(name, (across, up), (6, 4), textcoords="offset points", fontsize=8)
        axes.set(title=title, xlabel=x, ylabel=y)
        axes.margins(0.15)
    return svg()


def _colour(at: int) -> str:
    return _COLOURS[at % len(_COLOURS)]


@contextmanager
def _drawn(width: float, height: float) -> Iterator[tuple[Any, Callable[[], str]]]:
    """Axes to draw on, and what gives the picture afterwards."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        canvas = FigureCanvasSVG(figure)
        out = StringIO()

        def svg() -> str:
            return re.sub(r"^.*?(?=<svg)", "", out.getvalue(), flags=re.DOTALL)

        yield figure.subplots(), svg
        canvas.print_svg(out, metadata={"Date": None, "Creator": None})
