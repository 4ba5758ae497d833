"""What is asked of retrieval and what comes back. All values are frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from retrieval.constraints import Constraints, Interval, Limit


@dataclass(frozen=True, slots=True)
class Wish:
    """A soft wish: matching raises the score by `weight` (negative lowers it), nothing is excluded.

    `facet` may be "term" for free words that name no facet. Exactly one of `value`, `interval`.
    """

    facet: str
    value: str = ""
    interval: Interval | None = None
    weight: float = 1.0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """One request to the recommender; dialogue state has already been folded into it.

    Attributes:
        text: positive wishes only, in the user's and our words; embeddings do not negate.
        wishes: soft wishes, positive and negative.
        liked: (item id, weight in (0, 1]) in the order they came up: the session's history.
        disliked: the same for what was disliked.
        ignored: the same for what was shown again and again without a word from the user.
        constraints: hard limits.
        messages: recent utterances, oldest first, for models that read the conversation; each is
            (role, text, ids of items it named).
        fame: -1 = lesser known items please, 1 = well known ones, 0 = whatever fits.
        surprise: 0 = the safest list, 1 = the most adventurous; the dial.
        k: how many candidates to return.
        context: "time_of_day", "company", "mood", "device" where known.
        strategy: the way to rank, one of `retrieval.strategies`.
        about: attributes of the person that an operator vouches for; nothing here is guessed.
    """

    text: str = ""
    wishes: tuple[Wish, ...] = ()
    liked: tuple[tuple[str, float], ...] = ()
    disliked: tuple[tuple[str, float], ...] = ()
    ignored: tuple[tuple[str, float], ...] = ()
    constraints: Constraints = field(default_factory=Constraints)
    messages: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    fame: float = 0.0
    surprise: float = 0.3
    k: int = 5
    context: Mapping[str, str] = field(default_factory=dict)
    strategy: str = "steady"
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a candidate stands where it stands; a reason may be built on nothing else.

    `signal` names the part that spoke ("genre", "person", "similar", "collaborative", "mood",
    "text", "quality", …), `value` its contribution to the score, `detail` the recorded facts it
    rests on (for "collaborative": {"because": item id, "lift": …}; for facets: {"value": …}).
    """

    signal: str
    value: float
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One item in a ranking. `score` orders within one ranking only.

    `signals` holds, for the first places of a ranking, what each field of the weights was
    multiplied by: what a log needs for weights to be learned from it.
    """

    item_id: str
    score: float
    evidence: tuple[Evidence, ...] = ()
    signals: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates, best first, ties by item id. `relaxed` names limits given up, in order."""

    candidates: tuple[Candidate, ...] = ()
    relaxed: tuple[Limit, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
