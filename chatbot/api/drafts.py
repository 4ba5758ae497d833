"""Drafts as clients send and get them: bodies, and shapes made from the studio's values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chatbot.studio.brief import KINDS, Brief, Format
from chatbot.studio.desk import Studio
from chatbot.studio.draft import Block, Draft, length_of, plain
from chatbot.studio.ledger import Entry, Ledger, Resolution, Verdict
from chatbot.studio.store import Fate, Record, Version

Line = Annotated[str, StringConstraints(max_length=2_000)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewDraft(_Request):
    """An order for a draft. Items that are not named are those of the session's last list, or
    chosen for the audience.
    """

    kind: str = Field(max_length=60, description=f"{', '.join(KINDS)}, or an everyday word.")
    topic: str = Field("", max_length=2_000)
    audience: str = Field("", max_length=2_000, description="Whom it is for, in plain words.")
    tone: str = Field("neutral", max_length=60)
    length: str | int = Field("medium", description="short, medium, long or a number of words.")
    language: str = Field("en", max_length=20, description="en or zh.")
    items: list[Id] = Field(default=[], max_length=100, description="Ids, in order.")
    session: str | None = Field(None, max_length=64, description="Take its last list as items.")
    count: int | None = Field(None, ge=1, le=30, description="How many items to choose.")
    keywords: list[Line] = Field(default=[], max_length=50)
    notes: list[Line] = Field(default=[], max_length=50, description="Your own facts and wishes.")
    spoilers: Literal["none", "light"] = "none"
    angle: str = Field("", max_length=2_000)
    variant: int = Field(0, ge=0, le=9_999, description="Another number, other wording.")
    catalogue: str | None = Field(None, max_length=64, description="Default: the server's own.")

    def fields(self) -> dict[str, Any]:
        """Arguments of `brief_of`, without the kind and what the brief does not know."""
        return self.model_dump(exclude={"kind", "session", "catalogue"})


class Revision(_Request):
    """A change asked of a draft, or of a part of it."""

    instruction: str = Field(min_length=1, max_length=2_000)
    selection: Annotated[str, StringConstraints(max_length=20_000)] | list[int] | None = Field(
        None, description="A piece of the draft's text, or numbers of its blocks; else all of it."
    )


class BlockText(_Request):
    """A block in the writer's own words; empty takes it out."""

    text: str = Field(max_length=20_000)


class Decision(_Request):
    """What to do about a sentence of the ledger."""

    block: int = Field(ge=0, le=10_000)
    position: int = Field(ge=0, le=10_000)
    how: Resolution
    note: str = Field("", max_length=1_000, description="Where you have it from, for `support`.")


class Shown(_Request):
    """The version to go to."""

    version: int = Field(ge=1, le=1_000_000)


class Judged(_Request):
    """What became of a draft."""

    fate: Fate


class BlockOut(BaseModel):
    """One paragraph, heading, list entry, post or shot."""

    shape: str
    text: str
    item: str = ""
    seconds: float = 0.0
    shot: str = ""
    rows: list[list[str]] = []


class DraftOut(BaseModel):
    """A stored draft without its text."""

    id: str
    title: str
    kind: str
    language: str
    catalogue: str
    version: int
    created: float
    updated: float
    fate: str = ""


class WholeDraftOut(DraftOut):
    """A draft with its text."""

    summary: str
    items: list[str]
    engine: str = Field(description="`composer`, or the model that worded it.")
    words: int = Field(description="Words, or characters of a Chinese text.")
    open: int = Field(description="Sentences of the ledger that need a decision.")
    warnings: list[str]
    blocks: list[BlockOut]
    text: str = Field(description="All of it as Markdown.")


class VersionOut(BaseModel):
    """One version. `parent` 0 for the first; `change` says what made it."""

    number: int
    parent: int
    change: str
    created: float
    current: bool


class LineOut(BaseModel):
    """One line of a comparison."""

    kind: Literal["same", "gone", "new"]
    text: str


class SourceOut(BaseModel):
    """What a sentence rests on."""

    kind: str
    field: str
    value: str
    item: str = ""


class EntryOut(BaseModel):
    """One sentence of the ledger."""

    block: int
    position: int
    text: str
    verdict: Verdict
    open: bool
    why: str
    sources: list[SourceOut]


class LedgerOut(BaseModel):
    """Every sentence with what it rests on, in order."""

    version: int
    counts: dict[str, int]
    entries: list[EntryOut]


def draft_out(record: Record) -> DraftOut:
    """A stored draft without its text."""
    return DraftOut(
        id=record.id,
        title=plain(record.title),
        kind=record.kind,
        language=record.language,
        catalogue=record.catalogue,
        version=record.current,
        created=record.created,
        updated=record.updated,
        fate=record.fate,
    )


def whole(
    studio: Studio, record: Record, draft: Draft, version: int | None = None
) -> WholeDraftOut:
    """A draft, or one version of it, with its text."""
    head = draft_out(record).model_dump()
    head |= {"version": version or record.current, "title": plain(draft.title)}
    return WholeDraftOut(
        **head,
        summary=plain(draft.summary),
        items=list(draft.items),
        engine=draft.engine,
        words=length_of(draft),
        open=len(studio.ledger(draft).open),
        warnings=list(draft.warnings),
        blocks=[block_out(block, draft.brief) for block in draft.blocks],
        text=studio.markdown(draft),
    )


def block_out(block: Block, brief: Brief) -> BlockOut:
    """One block, its emphasis in Markdown."""
    return BlockOut(
        shape=block.shape,
        text=block.text(brief.language),
        item=block.item,
        seconds=block.seconds,
        shot=block.shot,
        rows=[list(row) for row in block.rows],
    )


def versions_out(versions: tuple[Version, ...], current: int) -> list[VersionOut]:
    """All versions, oldest first."""
    return [
        VersionOut(
            number=v.number,
            parent=v.parent,
            change=v.change,
            created=v.created,
            current=v.number == current,
        )
        for v in versions
    ]


def ledger_out(found: Ledger, version: int) -> LedgerOut:
    """The ledger with how many sentences have which verdict."""
    counts: dict[str, int] = {}
    for entry in found.entries:
        counts[entry.verdict] = counts.get(entry.verdict, 0) + 1
    return LedgerOut(version=version, counts=counts, entries=[_entry(e) for e in found.entries])


def _entry(entry: Entry) -> EntryOut:
    return EntryOut(
        block=entry.block,
        position=entry.position,
        text=plain(entry.text),
        verdict=entry.verdict,
        open=entry.open,
        why=entry.why,
        sources=[
            SourceOut(kind=s.kind, field=s.field, value=s.value, item=s.item) for s in entry.sources
        ],
    )


MEDIA: Mapping[Format, str] = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
