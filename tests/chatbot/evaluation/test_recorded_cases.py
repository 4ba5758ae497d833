"""Recorded cases: what counts as found."""

from __future__ import annotations

import json

import pytest

from chatbot import Assistant
from chatbot.errors import InputError
from chatbot.evaluation.dialogues import canonical, evaluate, read
from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.schema import Schema, fold


def line(targets: list[str], seen: list[str], text: str = "sci-fi films please") -> str:
    messages = [{"role": "user", "content": text}]
    return json.dumps({"id": "a", "messages": messages, "targets": targets, "seen": seen})


def test_an_item_is_found_by_its_other_names() -> None:
    items = [
        Item("1", "Dumb & Dumber", aka=("Dumb and Dumber",)),
        Item("2", "Up", aka=("飞屋环游记",)),
    ]
    catalogue = Catalogue("c", items, Schema({}))
    cases = read([(1, line(["Dumb and Dumber", "Unknown"], ["飞屋环游记", "up"]))])
    (case,) = canonical(cases, catalogue)
    assert case.targets == (fold("Dumb & Dumber"), "unknown")
    assert case.seen == {"up"}


def test_a_target_named_before_under_another_name_is_none() -> None:
    catalogue = Catalogue("c", [Item("1", "Up", aka=("飞屋环游记",))], Schema({}))
    assert canonical(read([(1, line(["飞屋环游记"], ["Up"]))]), catalogue) == []


def test_figures_count_other_names_as_in_the_catalogue(assistant: Assistant) -> None:
    engine = assistant.engine("films")
    item = next(i for i in engine.catalogue.items if i.aka)
    found = evaluate(engine, read([(1, line([item.aka[0]], []))]), None, 1)
    assert (found["targets"], found["targets_in_catalogue"]) == (1, 1)
    with pytest.raises(InputError, match="named before"):
        evaluate(engine, read([(1, line([item.aka[0]], [item.title]))]), None, 1)
