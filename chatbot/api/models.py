"""What clients may send, and what they get: pydantic only here, where untrusted text comes in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from chatbot.values import Preference, Scope, Stance

Key = Annotated[str, Field(min_length=1, max_length=300)]
Id = Annotated[str, Field(min_length=1, max_length=256)]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e12, le=1e12)]


class _Request(BaseModel):
    """Unknown fields are refused: a misspelt one would otherwise be ignored in silence."""

    model_config = ConfigDict(extra="forbid")


class NewSession(_Request):
    """A conversation to begin."""

    catalogue: str | None = Field(None, max_length=64, description="Default: the server's own.")
    channel: Literal["web", "support", "studio", "api"] = "web"
    language: Literal["en", "zh"] | None = Field(None, description="Default: the user's own.")
    context: dict[
        Literal["company", "time_of_day", "mood", "device"], Annotated[str, Field(max_length=32)]
    ] = Field({}, description="The situation: company kids, time_of_day night. A soft wish.")

    about: dict[Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=60)]] = Field(
        {}, max_length=30, description="Attributes of a person you vouch for; see docs."
    )

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"catalogue": "films", "language": "en"}]}
    )


class NewTurn(_Request):
    """What the user says. Longer texts than the server's limit are refused with 422."""

    text: str

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "I want sci-fi films, nothing scary"}]},
    )


class Belief(_Request):
    """A belief to add, or to put in the place of the one with the same key."""

    stance: Stance
    facet: str = Field(min_length=1, max_length=64)
    value: Annotated[str, Field(min_length=1, max_length=256)] | tuple[Number | None, Number | None]
    strength: float = Field(1.0, ge=0.0, le=1.0)
    scope: Scope = "always"
    pinned: bool = False
    source: str = Field("", max_length=500)

    @field_validator("value")
    @classmethod
    def _ordered(cls, value: Any) -> Any:
        if isinstance(value, tuple):
            low, high = value
            if low is None and high is None:
                raise ValueError("an interval needs at least one end")
            if low is not None and high is not None and low > high:
                raise ValueError("an interval's first end must not be above its second")
        return value

    def to_preference(self) -> Preference:
        """The belief as the engine knows it; turn 0 marks it as edited by hand."""
        return Preference(
            stance=self.stance,
            facet=self.facet,
            value=self.value,
            strength=self.strength,
            source=self.source,
            turn=0,
            scope=self.scope,
            pinned=self.pinned,
        )


class ProfilePatch(_Request):
    """Changes of a profile by hand. `clear` comes first, then `remove`, then `put`."""

    put: Belief | None = None
    remove: Key | None = Field(None, description="The `key` of a belief.")
    clear: bool = False
    surprise: float | None = Field(None, ge=0.0, le=1.0, description="0 familiar, 1 surprising.")

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"remove": "genre:Horror"},
                {"put": {"stance": "forbid", "facet": "genre", "value": "Horror"}},
                {"surprise": 0.8},
            ]
        },
    )

    @model_validator(mode="after")
    def _something(self) -> ProfilePatch:
        if self.put is None and not self.remove and not self.clear and self.surprise is None:
            raise ValueError("nothing to change: give put, remove, clear or surprise")
        return self


class NewFeedback(_Request):
    """A verdict on one item."""

    session: Id
    item: Id
    verdict: Literal["love", "like", "dislike", "seen"]

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"session": "0f3c…", "item": "alien-1979", "verdict": "like"}]
        },
    )


class PreferenceOut(BaseModel):
    """One belief and the words it came from."""

    key: str
    stance: Stance
    facet: str
    value: str | tuple[float | None, float | None]
    strength: float = 1.0
    source: str = ""
    turn: int = 0
    scope: Scope = "always"
    pinned: bool = False
    group: str = ""
    about: str = ""


class ProfileOut(BaseModel):
    """All beliefs, oldest first."""

    preferences: list[PreferenceOut]


class ReasonOut(BaseModel):
    """A reason for people, and the evidence it was made from."""

    text: str
    signal: str
    value: float | None
    detail: dict[str, Any] = {}


class CardOut(BaseModel):
    """A recommended item."""

    id: str
    title: str
    score: float | None
    reasons: list[ReasonOut]


class ReplyOut(BaseModel):
    """One answer."""

    id: str
    session: str
    turn: int
    text: str
    action: str
    language: str
    items: list[CardOut]
    profile: ProfileOut
    relaxed: list[dict[str, Any]] = Field(description="Limits given up so that something fits.")
    suggestions: list[str]
    question: dict[str, Any] | None
    citations: list[dict[str, Any]]
    handoff: dict[str, Any] | None
    degraded: bool
    timings_ms: dict[str, float | None]


class SessionOut(BaseModel):
    """A conversation."""

    id: str
    catalogue: str
    channel: str
    language: str | None
    surprise: float
    shown: list[str] = []


class StoppedOut(BaseModel):
    """Whether there was anything to stop."""

    stopped: bool


class TurnOut(BaseModel):
    """One turn of a conversation."""

    number: int
    text: str
    reply: ReplyOut


class ConversationOut(SessionOut):
    """A conversation with its profile and recent turns, oldest first."""

    profile: ProfileOut
    turns: list[TurnOut]
    messages: list[dict[str, Any]] = Field([], description="What people at the desk said in it.")


class FeedbackOut(BaseModel):
    """A verdict that was kept; `id` undoes it."""

    id: str
    session: str
    item: str
    turn: int
    verdict: str


class ItemOut(BaseModel):
    """One row of a catalogue."""

    id: str
    title: str
    aka: list[str] = []
    facets: dict[str, Any] = {}


class SearchOut(BaseModel):
    """What was found, best first."""

    query: str
    items: list[CardOut]


class ExportOut(BaseModel):
    """Everything that is kept about one user."""

    user: str
    sessions: list[dict[str, Any]]
    drafts: list[dict[str, Any]]
    answers: list[dict[str, Any]] = []

    model_config = ConfigDict(extra="allow")


class ErasedOut(BaseModel):
    """What was erased."""

    erased: bool
    sessions: int


class StatusOut(BaseModel):
    """Whether turns can be answered, and by what."""

    ready: bool
    catalogue: str
    uptime_s: float
    catalogues: dict[str, int]
    embedder: str
    model: dict[str, Any]

    model_config = ConfigDict(extra="allow")


class AdminStatusOut(BaseModel):
    """What is loaded and how busy the server is."""

    ready: bool
    catalogue: str
    uptime_s: float
    embedder: str
    model: dict[str, Any]
    turns_taken: int = Field(description="Turns that run or wait now.")
    turns_at_once: int
    turns_waiting: int = Field(description="Turns that may wait.")


class CatalogueOut(BaseModel):
    """One catalogue, what was imported into it, and what serves now."""

    name: str
    nouns: dict[str, str]
    facets: dict[str, str]
    revision: str
    created: float
    updated: float
    items: int
    interactions: int
    dialogues: int
    sessions: int
    feedback: int
    serving: int | None = Field(description="Items of the index that answers; null = not loaded.")


class ReindexOut(BaseModel):
    """The revision whose index is being built."""

    name: str
    revision: str


class SiteOut(BaseModel):
    """A site that embeds the assistant."""

    name: str
    origins: list[str]
    catalogue: str
    options: dict[str, str]


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    hint: str = ""
    errors: list[dict[str, str]] = []
