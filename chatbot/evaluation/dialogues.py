"""Recommendation from recorded dialogues: what the product ranks against what was recommended."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chatbot.errors import InputError
from chatbot.evaluation import pictures
from chatbot.evaluation.pages import Section, page
from chatbot.evaluation.report import cell, shown, table
from chatbot.replay import Recorded, Replayer, parse
from chatbot.turn import Engine
from retrieval.catalogue import Catalogue
from retrieval.items import Item
from retrieval.metrics import bootstrap
from retrieval.schema import fold
from retrieval.stores import Scores

CUTS = (1, 5, 10, 20, 50)


@dataclass(frozen=True, slots=True)
class Case:
    """One case: a dialogue up to a recommendation, and what was newly recommended then.

    `targets` and `seen` are folded names; `cluster` is the dialogue the case comes from.
    """

    recorded: Recorded
    targets: tuple[str, ...]
    seen: frozenset[str]
    cluster: str


def read(numbered: Iterable[tuple[int, str]]) -> list[Case]:
    """Cases from JSON lines: what `replay` reads, and besides targets, seen and dialogue.

    Raises:
        InputError: a line does not have this form.
    """
    found = []
    for number, line in numbered:
        recorded = parse(line, number)
        raw = json.loads(line)
        targets = _names(raw.get("targets"), number, "targets")
        seen = _names(raw.get("seen") or [], number, "seen")
        left = tuple(dict.fromkeys(t for t in targets if t not in set(seen)))
        cluster = str(raw.get("dialogue", recorded.id))
        if left:
            found.append(Case(recorded, left, frozenset(seen), cluster))
    if not found:
        raise InputError("the file has no case with a target.")
    return found


def _names(raw: object, number: int, field: str) -> list[str]:
    if not isinstance(raw, list) or not all(isinstance(x, str) for x in raw):
        raise InputError(f"line {number}: {field} should be a list of titles.")
    return [fold(x) for x in raw]


def name_of(item: Item) -> str:
    """What an item is compared by."""
    return fold(item.text("match_name") or item.title)


def canonical(cases: Sequence[Case], catalogue: Catalogue) -> list[Case]:
    """The cases with each other name of an item put as the one it is compared by."""
    names = {name_of(item) for item in catalogue.items}
    known: dict[str, str] = {}
    for item in catalogue.items:
        for other in (item.title, *item.aka):
            if fold(other) not in names:
                known.setdefault(fold(other), name_of(item))
    found = []
    for case in cases:
        seen = frozenset(known.get(name, name) for name in case.seen)
        targets = dict.fromkeys(known.get(name, name) for name in case.targets)
        if left := tuple(name for name in targets if name not in seen):
            found.append(replace(case, targets=left, seen=seen))
    return found


def evaluate(
    engine: Engine,
    cases: Sequence[Case],
    counts: Scores | None,
    seed: int,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> dict[str, Any]:
    """Recall at several cuts and MRR, micro over targets, the product beside popularity.

    Args:
        engine: what answers.
        cases: what is asked.
        counts: (items,) how many liked each, NaN = unknown; None leaves popularity out.
        seed: of the resampling.

    Raises:
        InputError: every target had been named before.
    """
    catalogue = engine.catalogue
    cases = canonical(cases, catalogue)
    if not cases:
        raise InputError("every target was named before: the file has no case to measure.")
    replayer = Replayer(engine, embedder=getattr(engine.ranker, "embedder", None))
    most = CUTS[-1] + max(len(c.seen) for c in cases)
    places: dict[str, list[list[int]]] = {"product": []}
    usual = None
    if counts is not None:
        usual = by_popularity(catalogue, counts)
        places["popularity"] = []
    answers = replayer.answers([case.recorded for case in cases], min(1000, 2 * most))
    for number, (case, answer) in enumerate(zip(cases, answers, strict=True)):
        items = answer["items"]
        names = [name_of(catalogue[str(item["id"])]) for item in items]
        places["product"].append(ranks(names, case))
        if usual is not None:
            places["popularity"].append(ranks(usual, case))
        progress("cases", number + 1, len(cases))
    known = {name_of(item) for item in catalogue.items}
    targets = [t for c in cases for t in c.targets]
    return {
        "catalogue": catalogue.name,
        "cases": len(cases),
        "dialogues": len({c.cluster for c in cases}),
        "targets": len(targets),
        "targets_in_catalogue": sum(t in known for t in targets),
        "seed": seed,
        "systems": {name: _figures(found, cases, seed) for name, found in places.items()},
    }


def by_popularity(catalogue: Catalogue, counts: Scores) -> list[str]:
    """Names of all items, the most liked first."""
    order = np.argsort(-np.nan_to_num(counts), kind="stable")
    return [name_of(catalogue.items[int(row)]) for row in order]


def ranks(names: Sequence[str], case: Case) -> list[int]:
    """The place of each target, from 1, once what was seen is dropped; 0 = not found."""
    wanted = set(case.targets)
    found: dict[str, int] = {}
    place = 0
    before: set[str] = set()
    for name in names:
        if name in case.seen or name in before:
            continue
        before.add(name)
        place += 1
        if name in wanted:
            found[name] = place
            if len(found) == len(wanted):
                break
    return [found.get(target, 0) for target in case.targets]


def _figures(
    places: Sequence[Sequence[int]], cases: Sequence[Case], seed: int
) -> dict[str, dict[str, float | None]]:
    flat = [place for found in places for place in found]
    clusters = [c.cluster for c, found in zip(cases, places, strict=True) for _ in found]
    rng = np.random.default_rng(seed)
    figures = {}
    for cut in CUTS:
        hits = [float(0 < place <= cut) for place in flat]
        figures[f"R@{cut}"] = shown(bootstrap(hits, clusters, rng))
    gains = [1 / place if 0 < place <= CUTS[-1] else 0.0 for place in flat]
    figures[f"MRR@{CUTS[-1]}"] = shown(bootstrap(gains, clusters, rng))
    return figures


def readable(figures: dict[str, Any]) -> str:
    """The figures as a table, a row a system."""
    systems = figures["systems"]
    names = list(systems["product"])
    rows = [[name, *(cell(found[x]) for x in names)] for name, found in systems.items()]
    head = (
        f"{figures['cases']:,} cases from {figures['dialogues']:,} dialogues, "
        f"{figures['targets']:,} targets ({figures['targets_in_catalogue']:,} in the catalogue)"
    )
    return f"{head}\n\n{table(['', *names], rows)}"


def report(figures: dict[str, Any]) -> str:
    """The figures as a page."""
    systems = figures["systems"]
    names = list(systems["product"])
    recall = {name: [found[f"R@{cut}"] for cut in CUTS] for name, found in systems.items()}
    rows = [[name, *(cell(found[x]) for x in names)] for name, found in systems.items()]
    picture = pictures.lines("Recall of the first k", CUTS, recall, "k", "recall")
    return page(
        f"Recorded dialogues: {figures['catalogue']}",
        f"{figures['cases']:,} cases from {figures['dialogues']:,} dialogues. What was newly "
        "recommended next should come first; the product finds titles in the text by itself. "
        "Means over targets; intervals: 95%, drawing dialogues.",
        [
            Section(
                "Recall",
                f"{figures['targets']:,} targets, {figures['targets_in_catalogue']:,} of them in "
                "the catalogue; the others count as missed.",
                ["", *names],
                rows,
                [picture],
            )
        ],
    )
