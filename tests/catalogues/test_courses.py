"""The courses: prerequisites that lead somewhere, hours that fit their weeks, fair coverage."""

from __future__ import annotations

import json
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "catalogues" / "courses"
KEYS = [
    "id", "title", "title_zh", "subject", "skills", "level", "hours", "weeks", "format", "price",
    "language", "certificate", "instructor", "prerequisites", "updated", "keywords", "overview",
    "overview_zh",
]  # fmt: skip
LEVELS = ["beginner", "intermediate", "advanced"]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    lines = (FOLDER / "items.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_columns(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        held = [key for key in KEYS if key != "prerequisites" or key in row]
        assert list(row) == held, row["id"]
        assert row["level"] in LEVELS and row["format"] in ("live", "self-paced"), row["id"]
        assert row["language"] in ("English", "Chinese"), row["id"]
        assert type(row["certificate"]) is bool and 2021 <= row["updated"] <= 2026, row["id"]
        assert 1 <= len(row["skills"]) <= 3 and 4 <= len(row["keywords"]) <= 6, row["id"]


def test_hours_fit_weeks_and_prices_fit_hours(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        assert 0.5 <= row["hours"] / row["weeks"] <= 6, row["id"]
        assert 0 <= row["price"] <= 10 * row["hours"], row["id"]


def test_prerequisites_are_courses_and_run_in_no_circle(rows: list[dict[str, Any]]) -> None:
    titles = {row["title"]: row for row in rows}
    graph = {row["title"]: row.get("prerequisites", []) for row in rows}
    assert {p for found in graph.values() for p in found} <= set(titles)
    assert len(list(TopologicalSorter(graph).static_order())) == len(rows)
    for row in rows:
        for name in row.get("prerequisites", []):
            needed = titles[name]
            assert LEVELS.index(needed["level"]) <= LEVELS.index(row["level"]), row["id"]
    assert sum(bool(found) for found in graph.values()) >= 50


def test_who_needs_nothing_and_who_needs_something(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        if row["level"] == "beginner":
            assert "prerequisites" not in row, row["id"]
        if row["level"] == "advanced":
            assert row.get("prerequisites"), row["id"]


def test_coverage(rows: list[dict[str, Any]]) -> None:
    subjects = Counter(row["subject"] for row in rows)
    assert len(subjects) >= 12 and min(subjects.values()) >= 5
    assert min(Counter(row["level"] for row in rows).values()) >= 12
    assert sum(row["price"] == 0 for row in rows) >= 15
    assert sum(row["language"] == "Chinese" for row in rows) >= 20
    assert sum(row["hours"] < 10 for row in rows) >= 40
    assert 25 <= len({row["instructor"] for row in rows}) <= 40
