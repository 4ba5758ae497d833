"""What the page sends. Everything is bounded here or by `brief_of`; nothing else is trusted."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Short = Annotated[str, StringConstraints(max_length=600)]
Line = Annotated[str, StringConstraints(max_length=2_000)]
Text = Annotated[str, StringConstraints(max_length=20_000)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class VoiceIn(_Body):
    """A voice card as the page holds it."""

    words: float = Field(0.0, ge=0, le=400)
    contractions: bool | None = None
    address: Literal["", "you", "we", "both"] = ""
    exclaims: float = Field(0.0, ge=0, le=1)
    avoid: list[Short] = Field(default_factory=list, max_length=50)
    samples: int = Field(0, ge=0, le=1000)


class BriefIn(_Body):
    """The form. Lengths of texts are checked, and explained, by `brief_of`."""

    kind: Short = "article"
    topic: Text = ""
    audience: Text = ""
    readers: Literal["words", "passport", "cluster"] = "words"
    cluster: int = Field(0, ge=0, le=50)
    tone: Short = "neutral"
    length: Short = "medium"
    words: int | None = Field(None, ge=0, le=100_000)
    language: Short = "en"
    items: list[Annotated[str, StringConstraints(max_length=256)]] = Field(
        default_factory=list, max_length=100
    )
    count: int | None = Field(None, ge=0, le=1000)
    keywords: Text = ""
    spoilers: Short = "none"
    notes: Text = ""
    voice: VoiceIn | None = None
    variant: int = Field(0, ge=0, le=9_999)
    headings: dict[str, Line] = Field(default_factory=dict, max_length=100)

    def fields(self) -> dict[str, Any]:
        """Arguments of `brief_of`, without the kind."""
        from chatbot.studio.brief import Voice

        card = self.voice
        voice = Voice() if card is None else Voice(
            card.words, card.contractions, card.address, card.exclaims, tuple(card.avoid),
            card.samples,
        )  # fmt: skip
        return {
            "topic": self.topic,
            "audience": self.audience if self.readers == "words" else "",
            "tone": self.tone,
            "length": self.length,
            "words": self.words or None,
            "language": self.language,
            "items": list(self.items),
            "count": self.count or None,
            "keywords": self.keywords,
            "spoilers": self.spoilers,
            "notes": [line for line in self.notes.splitlines() if line.strip()],
            "voice": voice,
            "variant": self.variant,
            "headings": dict(self.headings),
        }


class ReviseIn(_Body):
    """An instruction, for the whole or for what is selected."""

    instruction: Line
    selection: Text | None = None
    blocks: list[Annotated[int, Field(ge=0, le=10_000)]] | None = Field(None, max_length=500)


class EditIn(_Body):
    """A paragraph in the writer's own words."""

    block: int = Field(ge=0, le=10_000)
    text: Annotated[str, StringConstraints(max_length=40_000)]


class ResolveIn(_Body):
    """A decision about one sentence."""

    block: int = Field(ge=0, le=10_000)
    position: int = Field(ge=0, le=10_000)
    how: Literal["remove", "support", "opinion"]
    note: Line = ""


class ShowIn(_Body):
    """A version to go to."""

    number: int = Field(ge=1, le=1_000_000)


class FateIn(_Body):
    """What became of a draft."""

    fate: Literal["kept", "edited", "thrown"]


class VoicesIn(_Body):
    """Samples to learn a voice from."""

    samples: Text = ""
    language: Literal["en", "zh"] = "en"
    avoid: Line = ""


class FromChatIn(_Body):
    """Where in a conversation the draft stands."""

    session: Id
    turn: int = Field(ge=1, le=1_000_000)
