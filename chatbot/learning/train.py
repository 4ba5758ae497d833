"""What `train` learns from use: what each way to rank is worth, and weights of the signals.

Both are files under `<data dir>/models/<catalogue>/` that can be thrown away.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chatbot import learning
from chatbot.learning.log import Listed, judged, listed
from chatbot.settings import Settings
from chatbot.storage.sessions import SessionStore
from retrieval import learned
from retrieval.bandit import Posterior
from retrieval.learned import FEWEST, FEWEST_PEOPLE, Verdict
from retrieval.rerank import Weights
from retrieval.strategies import CONTEXT, NAMES

log = logging.getLogger(__name__)

BANDIT = "strategies.npz"
WEIGHTS = "weights.json"
_SEED = 11


@dataclass(frozen=True, slots=True)
class Lesson:
    """What use taught: `lists` were shown, `reacted` of them got a verdict."""

    lists: int
    reacted: int
    bandit: Posterior
    verdict: Verdict


def learn_from_use(settings: Settings, sessions: SessionStore, name: str) -> Lesson:
    """Learn from everything logged about a catalogue, and write what is to be served."""
    lists = listed(sessions, name)
    folder = _folder(settings, name)
    posterior = believed(lists)
    if lists:
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"partial-{BANDIT}"
        posterior.save(partial)
        partial.replace(folder / BANDIT)
    base = Weights()
    verdict = learned.decide(judged(lists, base), base, np.random.default_rng(_SEED))
    if verdict.better and verdict.gain is not None:
        gain = [round(x, 4) for x in (verdict.gain.mean, verdict.gain.low, verdict.gain.high)]
        note = {"lists": verdict.lists, "people": verdict.people, "gain": gain}
        learned.save(verdict.weights, folder / WEIGHTS, note)
    else:
        (folder / WEIGHTS).unlink(missing_ok=True)
    reacted = sum(any(one.verdicts) for one in lists)
    return Lesson(len(lists), reacted, posterior, verdict)


def believed(lists: list[Listed]) -> Posterior:
    """What the lists say about the strategies. Every list counts, also those that got no word."""
    usable = [
        one
        for one in lists
        if one.used.use.strategy in NAMES and len(one.used.use.context) == len(CONTEXT)
    ]
    return learning.start().learned(
        [one.used.use.strategy for one in usable],
        [one.used.use.context for one in usable],
        [one.reward for one in usable],
    )


def load_bandit(settings: Settings, name: str) -> Posterior | None:
    """What is believed about the strategies; None where nothing was learned, or of another time."""
    path = _folder(settings, name) / BANDIT
    if not path.is_file():
        return None
    try:
        found = Posterior.load(path)
    except (OSError, ValueError) as error:
        log.warning("%s is put aside, train again: %s", path, error)
        path.replace(path.with_suffix(".damaged"))
        return None
    return found if learning.fits(found) else None


def load_ranking(settings: Settings, name: str) -> Weights | None:
    """Weights that use taught, None where the shipped ones serve."""
    path = _folder(settings, name) / WEIGHTS
    if not path.is_file():
        return None
    try:
        return learned.load(path, Weights())
    except (OSError, ValueError) as error:
        log.warning("%s is put aside, train again: %s", path, error)
        path.replace(path.with_suffix(".damaged"))
        return None


def told(lesson: Lesson) -> str:
    """What was learned, for people."""
    found = f"{lesson.lists:,} lists were shown, {lesson.reacted:,} of them got a reaction."
    verdict = lesson.verdict
    if verdict.gain is None:
        return (
            f"{found} The shipped weights serve: to learn others, {FEWEST} lists with something "
            f"better and something worse in them are needed, from {FEWEST_PEOPLE} conversations; "
            f"there are {verdict.lists:,} from {verdict.people:,}."
        )
    gain = f"{verdict.gain.mean:+.4f} [{verdict.gain.low:+.4f}, {verdict.gain.high:+.4f}]"
    which = "Learned weights serve" if verdict.better else "The shipped weights serve"
    return (
        f"{found} {which}: on {verdict.lists:,} lists of conversations they had not learned from, "
        f"learned weights explain what people chose by {gain} better (mean log-likelihood)."
    )


def serving(settings: Settings, name: str) -> str:
    """Which weights rank a catalogue and who chooses the way to rank, for people."""
    weights = load_ranking(settings, name)
    found = "shipped weights"
    if weights is not None:
        changed = [f for f in learned.LEARNABLE if getattr(weights, f) != getattr(Weights(), f)]
        found = f"weights learned from use ({', '.join(changed)})"
    if settings.explore <= 0:
        return f"{found}; every list is steady (explore = 0)"
    bandit = load_bandit(settings, name)
    known = (
        "nothing learned yet" if bandit is None else f"{int(bandit.count.sum()):,} lists learned"
    )
    return f"{found}; a bandit chooses for {settings.explore:.0%} of lists ({known})"


def _folder(settings: Settings, name: str) -> Path:
    return settings.data_dir / "models" / name
