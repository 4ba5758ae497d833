"""Recorded cases, interactions and reports: figures against hand-made answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatbot.errors import InputError
from chatbot.evaluation import dialogues, interactions, report
from chatbot.storage.catalogues import Interaction
from retrieval.items import Item
from retrieval.metrics import Interval


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


def test_item_to_item_beats_popularity_where_tastes_differ() -> None:
    found = interactions.evaluate(interactions.likes(taste()), 1, ridge=10.0)
    ours, usual = found["systems"]["item-to-item"], found["systems"]["popularity"]
    assert ours["hit@10"]["mean"] > 0.95
    assert ours["NDCG@100"]["mean"] > usual["NDCG@100"]["mean"] + 0.05
    assert ours["coverage@10"] >= usual["coverage@10"]
    assert "popularity" in interactions.readable({**found, "catalogue": "x"})


def test_too_few_people_are_refused() -> None:
    with pytest.raises(InputError, match="too few"):
        interactions.evaluate(interactions.likes(taste(people=10)), 1)


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
