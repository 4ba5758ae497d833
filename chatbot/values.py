"""The values a conversation is made of. All frozen; none knows where it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from retrieval.constraints import Interval, Limit
from retrieval.query import Candidate

Stance = Literal["like", "avoid", "require", "forbid", "seen"]
"""`like`/`avoid` weigh; `require`/`forbid` are hard limits; `seen` is about a title only."""

Scope = Literal["always", "session"]
Role = Literal["user", "assistant"]
Language = Literal["en", "zh"]

Intent = Literal[
    "recommend",  # wants items; may state wishes
    "inform",  # states tastes without asking yet
    "critique",  # changes the last list ("funnier", "more like the second")
    "ask_item",  # a question about an item
    "compare",
    "explain",  # why this? what would change the list?
    "accept",
    "reject",
    "seen",
    "draft",
    "support",
    "handoff",
    "greet",
    "thanks",
    "goodbye",
    "smalltalk",
    "help",  # what can you do?
    "out_of_scope",
    "reset",  # start over, forget everything said
    "more",  # others of the same kind
    "skip",  # does not want to answer the question
    "unclear",
]


@dataclass(frozen=True, slots=True)
class Preference:
    """One belief about the user and the words it rests on.

    Attributes:
        stance: see `Stance`.
        facet: a facet of the catalogue's schema, "person", "title", or "term" for free words.
        value: the catalogue's spelling of the value (for "title": the item id), or an interval.
        strength: 0 to 1.
        source: the user's own words.
        turn: the number of the user turn it came from, first turn 1; 0 = edited by hand.
        scope: "session" ends with the session ("tonight …").
        pinned: never replaced by later words, only by the user's hand.
        group: alternatives ("comedy or horror") share a non-empty group: any of them will do.
            Requirements without a group must all hold.
        about: whom it is about when not the user ("my son"), "" otherwise.
    """

    stance: Stance
    facet: str
    value: str | Interval
    strength: float = 1.0
    source: str = ""
    turn: int = 0
    scope: Scope = "always"
    pinned: bool = False
    group: str = ""
    about: str = ""

    @property
    def key(self) -> str:
        """Identifies the belief within a profile: what it is about, whatever the stance."""
        if isinstance(self.value, tuple):
            return f"{self.facet}:interval"
        return f"{self.facet}:{self.value}"


@dataclass(frozen=True, slots=True)
class Profile:
    """What is believed about one user, oldest belief first. See `chatbot.profile` for changes."""

    preferences: tuple[Preference, ...] = ()


@dataclass(frozen=True, slots=True)
class Assert:
    """An update: believe `preference` (replacing an older belief with the same key)."""

    preference: Preference


@dataclass(frozen=True, slots=True)
class Withdraw:
    """An update: drop beliefs about `facet` (and `value`, unless None), of `stances` if given."""

    facet: str
    value: str | Interval | None = None
    stances: tuple[Stance, ...] = ()
    source: str = ""


Update = Assert | Withdraw


@dataclass(frozen=True, slots=True)
class Mention:
    """An item or value found in the text. `item_ids` holds several ids for homonyms.

    `start`, `end` are character offsets into the user's text; `sentiment` in [-1, 1], 0 neutral.
    """

    facet: str
    value: str
    start: int
    end: int
    item_ids: tuple[str, ...] = ()
    sentiment: float = 0.0
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Critique:
    """A change asked of the last list: more or less of a facet, or nearer to or away from items.

    `direction` is "more", "less", "like" or "unlike"; `items` are the items it refers to. `value`
    names the category value that "funnier" asks more of; "" for a number or an ordered category.
    """

    facet: str
    direction: Literal["more", "less", "like", "unlike"]
    items: tuple[str, ...] = ()
    source: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What one user turn means.

    Attributes:
        intent: the main intent; `also` lists further ones in the same message.
        updates: changes of the profile, in the order of the text.
        mentions: everything linked to the catalogue.
        critiques: for "critique" (also beside other intents).
        items: item ids the turn is about (for questions, comparisons, drafts, accept/reject).
        aspect: for "ask_item": facet asked about ("runtime", "plot", "cast", "scary", "similar").
        terms: free words that name no facet but belong in the query.
        count: how many items were asked for, or None.
        language: language to answer in.
        confidence: 0 to 1; low confidence asks instead of guessing.
        ambiguous: item ids among which the user must choose.
        unknown: names the user gave that the catalogue does not have.
        unrecorded: keys of what was asked for and no item's facts tell (awards, colour, …).
        degraded: whether a slower or better reader failed and this is the embedded reading.
    """

    intent: Intent
    updates: tuple[Update, ...] = ()
    mentions: tuple[Mention, ...] = ()
    critiques: tuple[Critique, ...] = ()
    items: tuple[str, ...] = ()
    aspect: str = ""
    terms: tuple[str, ...] = ()
    count: int | None = None
    language: Language = "en"
    confidence: float = 1.0
    also: tuple[Intent, ...] = ()
    ambiguous: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    degraded: str = ""
    unrecorded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One question to the user: which value of `facet`? `options` are schema values."""

    facet: str
    text: str
    options: tuple[str, ...] = ()


ActionName = Literal[
    "recommend", "ask", "answer", "explain", "compare", "draft", "support", "handoff", "chat"
]


@dataclass(frozen=True, slots=True)
class Reason:
    """A checkable reason: `text` for people, `signal` and `value` name the evidence behind it."""

    text: str
    signal: str
    value: float
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """One recommended item as it is shown."""

    id: str
    title: str
    score: float
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """One knowledge passage that an answer rests on; `passage` is its id."""

    title: str
    url: str
    quote: str
    score: float
    passage: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one user turn: what `replay` prints and the API returns.

    `strategy` is the way to rank that made the list, "" where there is none.
    """

    id: str
    session: str
    turn: int
    text: str
    action: ActionName
    language: Language = "en"
    cards: tuple[Card, ...] = ()
    profile: Profile = field(default_factory=Profile)
    relaxed: tuple[Limit, ...] = ()
    suggestions: tuple[str, ...] = ()
    question: Question | None = None
    citations: tuple[Citation, ...] = ()
    handoff: Mapping[str, object] | None = None
    degraded: str = ""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    strategy: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as it is kept: the user's words, what was understood, what was answered."""

    number: int
    text: str
    understanding: Understanding
    reply: Reply
    ranked: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """One conversation. `shown` holds item ids in the order they were first shown.

    `opening` is what the user said first, "" before that; `site` names the site it is held on.
    `context` is the situation as a program told it: "company", "time_of_day", "mood", "device".
    `about` holds attributes of the user that an operator or its site vouches for.
    """

    id: str
    catalogue: str
    channel: Literal["web", "support", "studio", "api", "terminal", "replay"] = "web"
    language: Language | None = None
    profile: Profile = field(default_factory=Profile)
    shown: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()
    surprise: float = 0.3
    user: str = ""
    opening: str = ""
    site: str = ""
    context: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)


# What a turn streams, in this order: Status*, Items?, TextDelta*, Done.
@dataclass(frozen=True, slots=True)
class Status:
    """What is going on now, for a progress line."""

    phase: Literal["understand", "retrieve", "explain"]


@dataclass(frozen=True, slots=True)
class Items:
    """The cards, before any prose."""

    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a turn, with everything that was said."""

    reply: Reply


Event = Status | Items | TextDelta | Done
