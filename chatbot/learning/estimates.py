"""Off-policy estimates from the stored log: what each way to rank would have got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import InputError
from chatbot.evaluation.report import table
from chatbot.learning.log import Listed, decisions, listed
from chatbot.learning.train import believed
from chatbot.storage.sessions import SessionStore
from retrieval.metrics import bootstrap
from retrieval.offpolicy import Log, OverlapError, estimates
from retrieval.strategies import NAMES

BANDIT = "bandit"
"""What the bandit would do, learned from half of the conversations and judged on the
others: a policy must not be judged by what it was made from."""

Array = NDArray[np.float64]


def evaluate(
    sessions: SessionStore, catalogue: str, strategy: str | None, clip: float | None, seed: int
) -> dict[str, Any]:
    """Estimates for one strategy, or for all of them and the bandit.

    A list is worth its verdicts added up, between -1 and 1.

    Raises:
        InputError: an unknown strategy, or a log that cannot answer.
    """
    if strategy not in (None, BANDIT, *NAMES):
        raise InputError(
            f"unknown strategy {strategy!r}.", hint=f"Use {', '.join((*NAMES, BANDIT))}."
        )
    everything = listed(sessions, catalogue)
    kept, log = decisions(everything)
    if not kept:
        raise InputError(
            f"nothing can be said: of {len(everything):,} lists none was left to chance.",
            hint="Serve with SOMMELIER_EXPLORE=0.1 for a while, then ask again.",
        )
    targets: dict[str, Any] = {}
    for name in (*NAMES, BANDIT) if strategy is None else (strategy,):
        rng = np.random.default_rng(seed)
        try:
            lists, cases, target = _target(name, kept, log, rng)
            found = estimates(*_as_lists(lists, cases, target), rng, clip=clip)
            targets[name] = {e.method: asdict(e) for e in found}
        except OverlapError as error:
            if strategy is not None:
                raise InputError(
                    f"nothing can be said about {name}: {error}.",
                    hint="Log longer, or with a larger SOMMELIER_EXPLORE.",
                ) from None
            targets[name] = {"refused": str(error)}
    logged = bootstrap(log.rewards.tolist(), log.clusters, np.random.default_rng(seed))
    return {
        "catalogue": catalogue,
        "lists": len(everything),
        "left_to_chance": len(kept),
        "conversations": len(set(log.clusters)),
        "logged": {"mean": logged.mean, "low": logged.low, "high": logged.high},
        "clip": clip,
        "seed": seed,
        "targets": targets,
    }


def _target(
    name: str, kept: list[Listed], log: Log, rng: np.random.Generator
) -> tuple[list[Listed], Log, Array]:
    """(lists, their decisions, (n, strategies) what the target would do in them)."""
    if name != BANDIT:
        return kept, log, np.tile(np.eye(len(NAMES))[NAMES.index(name)], (len(kept), 1))
    order = {session: at for at, session in enumerate(dict.fromkeys(log.clusters))}
    early = [one for one in kept if order[one.used.session] < len(order) / 2]
    late = [one for one in kept if order[one.used.session] >= len(order) / 2]
    posterior = believed(early)
    late, cases = decisions(late)
    found = [posterior.probabilities(x, rng) for x in cases.contexts]
    return late, cases, np.array(found).reshape(-1, len(NAMES))


def _as_lists(lists: Sequence[Listed], log: Log, target: Array) -> tuple[Log, Array]:
    """Log and target with lists for actions: strategies that would show the same list are one.

    The first of them stands for all, whichever was taken, so that nothing but the context decides
    what an action means.
    """
    chances, wanted = np.zeros_like(log.chances), np.zeros_like(target)
    actions = log.actions.copy()
    for at, one in enumerate(lists):
        first: dict[tuple[str, ...], int] = {}
        for place, name in enumerate(NAMES):
            stands = first.setdefault(one.used.use.rivals.get(name, (name,)), place)
            chances[at, stands] += log.chances[at, place]
            wanted[at, stands] += target[at, place]
            if log.actions[at] == place:
                actions[at] = stands
    return Log(log.contexts, actions, chances, log.rewards, log.clusters), wanted


def readable(figures: dict[str, Any]) -> str:
    """The estimates as a table, a row a strategy."""
    rows: list[list[str]] = []
    for name, found in figures["targets"].items():
        if "refused" in found:
            rows.append([name, "nothing can be said", "", "", ""])
            continue
        cells = [
            f"{found[m]['mean']:+.3f} [{found[m]['low']:+.3f}, {found[m]['high']:+.3f}]"
            for m in ("ips", "snips", "dr")
        ]
        rows.append([name, *cells, f"{found['dr']['effective']:,.0f}"])
    logged = figures["logged"]
    head = (
        f"{figures['left_to_chance']:,} of {figures['lists']:,} lists were left to chance, in "
        f"{figures['conversations']:,} conversations; what was done got {logged['mean']:+.3f} "
        f"[{logged['low']:+.3f}, {logged['high']:+.3f}] a list"
    )
    kinds = ["", "IPS", "SNIPS", "doubly robust", "effective lists"]
    return f"{head}\n\n{table(kinds, rows)}"
