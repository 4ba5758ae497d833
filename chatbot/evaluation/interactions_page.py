"""Figures of `interactions` as tables and as a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatbot.evaluation import pictures
from chatbot.evaluation.interactions import CUTS, TOP
from chatbot.evaluation.pages import Section, page
from chatbot.evaluation.report import cell, table


def _head(figures: Mapping[str, Any]) -> str:
    return (
        f"{figures['held_out']:,} of {figures['people']:,} people held out, "
        f"{figures['items']:,} items, {figures['likes']:,} likes"
    )


def _rows(figures: Mapping[str, Any]) -> list[list[str]]:
    systems = figures["systems"]
    names = list(next(iter(systems.values())))
    return [[name, *(cell(found[name]) for found in systems.values())] for name in names]


def _group_rows(figures: Mapping[str, Any]) -> list[list[str]]:
    groups = figures["groups"]
    names = list(next(iter(groups.values())))
    return [[name, *(cell(found[name]) for found in groups.values())] for name in names]


def readable(figures: dict[str, Any]) -> str:
    """The figures as tables, a column a system."""
    heads = ["", *figures["systems"]]
    groups = table(["NDCG@100 of people", *figures["groups"]], _group_rows(figures))
    return f"{_head(figures)}\n\n{table(heads, _rows(figures))}\n\n{groups}"


def report(figures: dict[str, Any]) -> str:
    """The figures as a page."""
    systems = figures["systems"]
    heads = ["", *systems]
    recall = {name: [found[str(k)] for k in CUTS] for name, found in figures["recall_at"].items()}
    against = {
        name: (found[f"novelty@{TOP}"], found["NDCG@100"]["mean"])
        for name, found in systems.items()
        if found[f"novelty@{TOP}"] is not None and found["NDCG@100"]["mean"] is not None
    }
    gaps = {name: found["gap"] for name, found in figures["groups"].items()}
    return page(
        f"What people like: {figures.get('catalogue', '')}",
        f"{_head(figures)}. Each held-out person gives four fifths of their likes; the rest should "
        "come first. Intervals: 95%, drawing people. Popularity stands beside.",
        [
            Section(
                "Accuracy",
                "NDCG and recall of everything that was to be found; every item is ranked.",
                heads,
                _rows(figures),
                [
                    pictures.bars("NDCG@100", {n: s["NDCG@100"] for n, s in systems.items()}, ""),
                    pictures.lines("Recall of the first k", CUTS, recall, "k", "recall"),
                ],
            ),
            Section(
                "Beyond accuracy",
                f"Of the first {TOP} places. Novelty: mean -log2 of the share of people who like "
                "an item. Serendipity: share of places with a hit that popularity would not have "
                "shown. Miscalibration: how far the kinds shown are from the kinds liked.",
                pictures=[
                    pictures.points("Accuracy and novelty", against, "novelty, bits", "NDCG@100")
                ],
            ),
            Section(
                "Whom it serves",
                "People in three groups of one size, by how popular what they like is. A gap above "
                "0 means that people of common taste are served better.",
                ["NDCG@100 of people", *figures["groups"]],
                _group_rows(figures),
                [pictures.bars("Gap, mainstream - niche", gaps, "NDCG@100")],
            ),
        ],
    )
