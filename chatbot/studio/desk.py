"""The studio's desk: everything the API, the tab and the command line ask of it.

`Studio` holds a catalogue, a place for drafts, a ranking and perhaps a language model. Every method
that changes a draft returns after the change is on disk.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from chatbot.errors import InputError
from chatbot.studio import decisions, generate, learning, ledger, overlap
from chatbot.studio.accepting import accepted
from chatbot.studio.audience import Audience, Rank
from chatbot.studio.brief import Brief, Format, Voice
from chatbot.studio.diffs import Line, difference
from chatbot.studio.draft import Draft, Source
from chatbot.studio.exports import Meta, export
from chatbot.studio.exports.markdown import body
from chatbot.studio.exports.meta import thing
from chatbot.studio.ledger import Ledger, Resolution
from chatbot.studio.plans import write
from chatbot.studio.proposals import Angle, Section, angles, outline, sections, unmet
from chatbot.studio.register import Register
from chatbot.studio.revise import revise
from chatbot.studio.selection import spots_of, with_text
from chatbot.studio.store import DraftStore, Fate, Record, Version
from retrieval.catalogue import Catalogue


class Studio:
    """Drafts over one catalogue. Safe to share between threads.

    Args:
        store: where drafts are kept; None keeps nothing.
        rank: chooses items where a brief names none.
        model: a LangChain chat model or a `Completer`; None composes without one.
        embed: texts to unit vectors, for the overlap in meaning.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        store: DraftStore | None = None,
        rank: Rank | None = None,
        model: Any = None,
        embed: overlap.Embed | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.register = Register(catalogue)
        self._store = store
        self._rank = rank
        self._completer = generate.completer_of(model) if model is not None else None
        self._embed = embed

    @property
    def store(self) -> DraftStore:
        """Where drafts are kept.

        Raises:
            InputError: this studio keeps none.
        """
        if self._store is None:
            raise InputError("this studio keeps no drafts.", hint="Open it with a database.")
        return self._store

    # Brief, angles, outline

    def prepare(
        self, brief: Brief, audience: Audience | None = None
    ) -> tuple[Brief, tuple[str, ...]]:
        """The brief with its items chosen, and warnings about what is left out of it.

        Raises:
            InputError: it asks for private data or a forbidden claim, or nothing fits.
            NotFoundError: it names an item the catalogue does not have.
        """
        return accepted(brief, self.register, self._rank, audience or Audience())

    def angles(self, brief: Brief, count: int = 3) -> tuple[Angle, ...]:
        """Different ways into the same brief, without repeats."""
        return angles(self.prepare(brief)[0], self.catalogue, count)

    def sections(self, brief: Brief) -> tuple[Section, ...]:
        """The parts of what would be written; their headings and order may be changed."""
        return sections(self.plan(brief))

    def outline(self, brief: Brief) -> tuple[str, ...]:
        """The headings and first sentences of what would be written."""
        return outline(self.plan(brief))

    # Drafting

    def plan(self, brief: Brief, audience: Audience | None = None) -> Draft:
        """The composer's whole draft of a brief, not stored: what a model would word anew.

        Raises:
            InputError, NotFoundError: see `prepare`.
        """
        brief, warnings = self.prepare(brief, audience)
        plan = write(brief, self.catalogue, random.Random(brief.seed()))
        return replace(plan, warnings=(*warnings, *unmet(plan)))

    def stream(
        self,
        brief: Brief,
        audience: Audience | None = None,
        *,
        cancel: threading.Event | None = None,
        say: Callable[[str], None] | None = None,
    ) -> Iterator[generate.Passage | Draft]:
        """The draft passage by passage, and at last the whole, which is not stored yet."""
        yield from self.worded(self.plan(brief, audience), cancel=cancel, say=say)

    def worded(
        self,
        plan: Draft,
        *,
        cancel: threading.Event | None = None,
        say: Callable[[str], None] | None = None,
    ) -> Iterator[generate.Passage | Draft]:
        """A plan passage by passage, in a model's words where there is one, at last the whole.

        `cancel` stops the model; what it has not reached stays in the composer's words.
        """
        if self._completer is None:
            yield from (generate.Passage(at, block) for at, block in enumerate(plan.blocks))
            yield plan
            return
        found: list[generate.Passage] = []
        for passage in generate.passages(plan, self.register, self._completer, cancel, say):
            found.append(passage)
            yield passage
        yield generate.finished(plan, found, self._completer.name)

    def compose(
        self,
        brief: Brief,
        audience: Audience | None = None,
        *,
        plan: Draft | None = None,
        user: str = "",
        cancel: threading.Event | None = None,
        say: Callable[[str], None] | None = None,
    ) -> Iterator[Record | generate.Passage | Draft]:
        """A draft that is kept from its first moment: its record, its passages, the whole.

        The composer's words are version 1; a model's become version 2, also where whoever listens
        goes away before the end. A `plan` that was made already is not made again.
        """
        plan = plan or self.plan(brief, audience)
        record = self.keep(plan, user=user)
        yield record
        if self._completer is None:
            yield from self.worded(plan)
            return
        found: list[generate.Passage] = []
        worded = plan
        try:
            for passage in generate.passages(plan, self.register, self._completer, cancel, say):
                found.append(passage)
                yield passage
        finally:
            worded = generate.finished(plan, found, self._completer.name)
            if worded.engine != plan.engine:
                self.store.add(record.id, worded, f"worded by {worded.engine}")
        yield worded

    def draft(self, brief: Brief, audience: Audience | None = None) -> Draft:
        """`stream` consumed: the whole draft at once."""
        last: Draft | None = None
        for event in self.stream(brief, audience):
            if isinstance(event, Draft):
                last = event
        assert last is not None
        return last

    def create(self, brief: Brief, audience: Audience | None = None, *, user: str = "") -> Record:
        """A new draft, stored."""
        if audience is None and user:
            audience = Audience(unwanted=self.unwanted(user))
        return self.keep(self.draft(brief, audience), user=user)

    def keep(self, draft: Draft, *, user: str = "") -> Record:
        """Store a draft that was streamed."""
        return self.store.create(draft, user=user, catalogue=self.catalogue.name)

    # Changing

    def revise(
        self, draft_id: str, instruction: str, selection: str | Sequence[int] | None = None
    ) -> Version:
        """A new version, changed as asked; a model helps where there is one.

        Raises:
            InputError: the instruction cannot be carried out; nothing was changed.
        """
        before = self.store.get(draft_id)
        after = self.revised(before, instruction, selection)
        if after == before:
            raise InputError("this changes nothing in the text.")
        return self.store.add(draft_id, after, instruction[:200])

    def revised(
        self, draft: Draft, instruction: str, selection: str | Sequence[int] | None = None
    ) -> Draft:
        """See `revise`; stores nothing."""
        try:
            return revise(draft, instruction, self.catalogue, selection)
        except InputError:
            if self._completer is None or not instruction.strip():
                raise
            blocks = sorted({b for b, _ in spots_of(draft, selection)})
            return generate.revised(draft, instruction, blocks, self.register, self._completer)

    def edit(self, draft_id: str, block: int, text: str) -> Version:
        """A block in the writer's own words; the ledger will read them like any others.

        Raises:
            InputError: there is no such block, or the text is too long.
        """
        before = self.store.get(draft_id)
        after = with_text(before, block, text)
        return self.store.add(draft_id, after, "edited by hand")

    def resolve(
        self, draft_id: str, block: int, position: int, how: Resolution, note: str = ""
    ) -> Version:
        """Decide about a sentence of the ledger: "remove", "support" or "opinion".

        A `note` says where the writer has it from; with "support" the sentence rests on it.

        Raises:
            InputError: there is no such sentence, nothing supports it, or the note is refused.
        """
        before = self.store.get(draft_id)
        after = decisions.resolve(before, block, position, how, self.register, note)
        return self.store.add(draft_id, after, f"ledger: {how}")

    def undo(self, draft_id: str) -> Draft:
        """See `DraftStore.undo`."""
        return self.store.undo(draft_id)

    def redo(self, draft_id: str) -> Draft:
        """See `DraftStore.redo`."""
        return self.store.redo(draft_id)

    def diff(self, draft_id: str, old: int, new: int) -> tuple[Line, ...]:
        """Two versions sentence by sentence."""
        return difference(self.store.get(draft_id, old), self.store.get(draft_id, new))

    # Reading

    def ledger(self, draft: Draft) -> Ledger:
        """Every sentence with what it rests on."""
        return ledger.audit(draft, self.register)

    def support(self, draft: Draft, text: str) -> tuple[Source, ...]:
        """What can be found on record for a sentence."""
        return decisions.support(text, draft, self.register)

    def overlap(self, draft: Draft) -> overlap.Overlap:
        """What the draft shares with descriptions of its items."""
        return overlap.compare(draft, self.register, self._embed)

    def markdown(self, draft: Draft) -> str:
        """The text that one click copies."""
        return body(draft)

    def export(
        self, draft: Draft, form: Format | None = None, created: float | None = None
    ) -> bytes:
        """The draft as a file."""
        things = {
            i: thing(self.catalogue[i], self.catalogue.schema)
            for i in draft.brief.items
            if i in self.catalogue
        }
        return export(draft, form or draft.brief.format, Meta(created, "", things))

    # Learning

    def judge(self, draft_id: str, fate: Fate) -> None:
        """Remember that a draft was kept, edited or thrown away."""
        if fate not in ("kept", "edited", "thrown"):
            raise InputError(f"unknown fate {fate!r}.", hint="Use kept, edited or thrown.")
        self.store.judge(draft_id, fate)

    def unwanted(self, user: str) -> frozenset[str]:
        """Items of drafts that a user threw away and of none that was kept."""
        return learning.unwanted(self.store, user, self.catalogue.name)

    def voice(self, user: str, language: str, samples: Sequence[str] = ()) -> Voice:
        """A voice card from samples and from the drafts a user kept after editing.

        Raises:
            InputError: there is too little text to tell.
        """
        return learning.voice(self._store, user, "zh" if language == "zh" else "en", samples)


__all__ = ["Angle", "Line", "Section", "Studio", "difference"]
