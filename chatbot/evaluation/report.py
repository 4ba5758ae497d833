"""Figures as files and as tables."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chatbot.errors import InputError
from retrieval.metrics import Interval


def shown(interval: Interval) -> dict[str, float | None]:
    """An interval, ready for JSON; NaN becomes null."""
    return {
        "mean": _number(interval.mean),
        "low": _number(interval.low),
        "high": _number(interval.high),
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


def cell(value: Mapping[str, float | None] | float | int | None) -> str:
    """A figure as it stands in a table, with its interval where it has one."""
    if isinstance(value, Mapping):
        if value.get("mean") is None:
            return "-"
        return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else f"{value:,}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns."""
    widths = [max(len(str(row[at])) for row in (head, *rows)) for at in range(len(head))]
    lines = [
        "  ".join(str(text).ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def write(path: Path, figures: Mapping[str, Any]) -> None:
    """Write JSON, all or nothing.

    Raises:
        InputError: the file cannot be written.
    """
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("w", encoding="utf-8") as file:
            file.write(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error}.") from None
    finally:
        partial.unlink(missing_ok=True)
