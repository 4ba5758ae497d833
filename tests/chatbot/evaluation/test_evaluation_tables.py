"""Recorded cases, interactions and reports: figures against hand-made answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from chatbot.errors import InputError
from chatbot.evaluation import (
    dialogues,
    interactions,
    interactions_page,
    pages,
    report,
    usage,
)
from chatbot.storage.catalogues import Interaction
from chatbot.storage.sessions import Feedback, MemorySessions
from chatbot.storage.uses import Use, Used
from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.metrics import Interval
from retrieval.schema import Facet, Schema


def line(**more: object) -> str:
    row = {"messages": [{"role": "user", "content": "hi"}], "targets": ["Up"], "seen": [], **more}
    return json.dumps(row)


def test_what_was_seen_is_dropped_before_places_are_counted() -> None:
    [case] = dialogues.read([(1, line(targets=["Up", "Her"], seen=["Alien"]))])
    assert dialogues.ranks(["alien", "jaws", "jaws", "up"], case) == [2, 0]


def test_a_target_that_was_seen_is_no_target() -> None:
    [case] = dialogues.read([(1, line(targets=["Up", "Her"], seen=["up"])), (2, line(targets=[]))])
    assert case.targets == ("her",)


@pytest.mark.parametrize("bad", [line(targets="Up"), line(seen=[1]), "{}", "no"])
def test_a_case_of_another_form_is_named(bad: str) -> None:
    with pytest.raises(InputError, match="line 7"):
        dialogues.read([(7, bad)])


def test_items_are_compared_by_match_name_where_there_is_one() -> None:
    assert dialogues.name_of(Item("1", "Up (2009)", {"match_name": ("Up",)})) == "up"
    assert dialogues.name_of(Item("1", "Her")) == "her"


def taste(groups: int = 2, people: int = 200) -> list[Interaction]:
    """Everybody likes most items of one group of fifteen; ratings below the edge do not count."""
    found = []
    for p in range(people):
        own = p % groups
        for n in range(15):
            if (p * 7 + n * 3) % 5:
                found.append(Interaction(f"u{p}", f"g{own}-{n}", 5.0, None))
        found.append(Interaction(f"u{p}", f"g{1 - own}-0", 1.0, None))
    return found


def test_low_ratings_are_no_likes() -> None:
    liked = interactions.likes(taste())
    assert len(liked) == 200
    assert all(len({i.split("-")[0] for i in items}) == 1 for items in liked.values())


def kinds() -> Catalogue:
    """Items of the groups, with the group as their kind."""
    schema = Schema({"genre": Facet("genre", "category", many=True)})
    items = [
        Item(f"g{g}-{n}", f"Item {g} {n}", {"genre": (f"kind {g}",)})
        for g in range(2)
        for n in range(15)
    ]
    return Catalogue("things", items, schema)


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    liked = interactions.likes(taste())
    found = interactions.evaluate(liked, 1, models=("ease", "items"), catalogue=kinds())
    return {"catalogue": "things", **found}


def test_models_beat_popularity_where_tastes_differ(figures: dict[str, Any]) -> None:
    usual = figures["systems"]["popularity"]
    for name in ("ease", "items"):
        ours = figures["systems"][name]
        assert ours["hit@10"]["mean"] > 0.95
        assert ours["NDCG@100"]["mean"] > usual["NDCG@100"]["mean"] + 0.05
        assert figures["ahead_of_popularity"][name]["low"] > 0
        assert ours["coverage@10"] >= usual["coverage@10"]
        # Everybody likes one kind: a list of that kind is calibrated, popularity's is not.
        assert ours["miscalibration@10"] < usual["miscalibration@10"]
    assert usual["serendipity@10"] == 0


def test_nobody_is_served_worse_where_groups_are_alike(figures: dict[str, Any]) -> None:
    gap = figures["groups"]["ease"]["gap"]
    assert gap["low"] <= 0 <= gap["high"]


def test_the_same_seed_gives_the_same_figures(figures: dict[str, Any]) -> None:
    liked = interactions.likes(taste())
    again = interactions.evaluate(liked, 1, models=("ease", "items"), catalogue=kinds())
    assert {"catalogue": "things", **again} == figures


def test_the_report_is_one_page_that_needs_nothing_else(
    figures: dict[str, Any], tmp_path: Path
) -> None:
    text = interactions_page.readable(figures)
    assert "popularity" in text and "mainstream" in text
    hostile = {**figures, "catalogue": "<script>alert(1)</script>"}
    path = pages.publish(tmp_path / "out", interactions_page.report(hostile), figures)
    html = path.read_text("utf-8")
    assert html.count("<svg") == 4 and "<script" not in html
    assert not re.search(r"(src|href)=[\"'](?!#)", html)
    assert json.loads((tmp_path / "out/figures.json").read_text("utf-8")) == figures
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        pages.publish(tmp_path / "file", html, figures)


def test_the_report_of_dialogues_shows_every_system() -> None:
    row = {f"R@{cut}": {"mean": 0.1, "low": 0.0, "high": 0.2} for cut in dialogues.CUTS}
    html = dialogues.report(
        {
            "catalogue": "films", "cases": 2, "dialogues": 1, "targets": 3,
            "targets_in_catalogue": 2, "systems": {"product": row, "popularity": row},
        }
    )  # fmt: skip
    assert "popularity" in html and html.count("<svg") == 1


def test_too_few_people_and_unknown_models_are_refused() -> None:
    with pytest.raises(InputError, match="too few"):
        interactions.evaluate(interactions.likes(taste(people=10)), 1)
    with pytest.raises(InputError, match="there is no model 'oracle'"):
        interactions.evaluate(interactions.likes(taste()), 1, models=("oracle",))


class Log(MemorySessions):
    """A log as it was told."""

    def __init__(self, uses: list[Used], verdicts: list[Feedback]) -> None:
        super().__init__()
        self._told = tuple(uses), tuple(verdicts)

    def uses(self, catalogue: str, session_id: str | None = None) -> tuple[Used, ...]:
        return self._told[0]

    def verdicts(self, catalogue: str) -> tuple[Feedback, ...]:
        return self._told[1]


def log() -> Log:
    """Two conversations: a list of three of which the second is liked; one without a word."""
    return Log(
        [
            Used("a", 1, Use(("x", "y", "z"), "steady")),
            Used("a", 2, Use(("w",), "bold", reactions={"x": "dislike"})),
            Used("b", 1, Use(("x", "y", "z"), "steady")),
        ],
        [Feedback("f", "a", "things", 1, "y", "love")],
    )


def test_usage_counts_reactions_by_hand() -> None:
    found = usage.evaluate(log(), "things", 1)
    assert (found["conversations"], found["lists"], found["items_shown"]) == (2, 3, 7)
    assert found["verdicts"] == {"love": 1, "dislike": 1}
    assert found["items"]["click-through"]["mean"] == pytest.approx(2 / 7, abs=1e-4)
    assert found["items"]["liked"]["mean"] == pytest.approx(1 / 7, abs=1e-4)
    assert found["by_place"]["2"]["liked"]["mean"] == 0.5
    assert found["by_strategy"]["bold"]["click-through"]["mean"] == 0
    assert found["lists_with"]["something liked"]["mean"] == pytest.approx(1 / 3, abs=1e-4)
    told = found["conversations_with"]
    assert told["any reaction"]["mean"] == 0.5
    assert told["more liked than not, of those who said"]["mean"] == 0
    assert "way to rank" in usage.readable(found)
    assert usage.report(found).count("<svg") == 2


def test_usage_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="ever shown"):
        usage.evaluate(Log([], []), "things", 1)


def test_json_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    report.write(file, {"a": 1})
    assert json.loads(file.read_text("utf-8")) == {"a": 1}
    with pytest.raises(TypeError):
        report.write(file, {"a": object()})
    assert json.loads(file.read_text("utf-8")) == {"a": 1}
    assert [f.name for f in tmp_path.iterdir()] == ["figures.json"]
    with pytest.raises(InputError, match="cannot be written"):
        report.write(tmp_path / "none" / "figures.json", {})


def test_unknown_figures_are_null_and_a_dash() -> None:
    assert report.shown(Interval(float("nan"), float("nan"), float("nan")))["mean"] is None
    assert report.cell({"mean": None}) == "-"
    assert report.cell({"mean": 0.5, "low": 0.25, "high": 0.75}) == "0.500 [0.250, 0.750]"
