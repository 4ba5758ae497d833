"""Help pages into the database: all of a call or nothing of it, with a report.

Files that cannot be read are reported, and the others imported; what was read from a broken file
before stays as it was.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from chatbot.errors import InputError
from chatbot.knowledge import Document, Passage, Problem
from chatbot.knowledge.conflicts import Conflict, Stale, conflicts, stale
from chatbot.knowledge.read import ENDINGS, found_files, read_document
from chatbot.knowledge.sentences import language_of
from chatbot.knowledge.store import Difference, KnowledgeStore

_SHOWN = 20
_CUT = 110


@dataclass(frozen=True, slots=True)
class KnowledgeReport:
    """What an import of help pages did, or would do.

    Attributes:
        documents: (source, passages, language) of every file that was read.
        problems: files, pages and rows that could not be taken.
        refused: sources of files of which nothing could be taken.
        stored: passages of the catalogue afterwards.
    """

    catalogue: str
    dry_run: bool
    difference: Difference
    documents: tuple[tuple[str, int, str], ...] = ()
    problems: tuple[Problem, ...] = ()
    refused: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    stale: tuple[Stale, ...] = ()
    stored: int = 0
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether anything that was offered could be taken."""
        return bool(self.documents)

    def shape(self) -> dict[str, object]:
        """For JSON."""
        d = self.difference

        def brief(passages: Sequence[Passage]) -> list[dict[str, str]]:
            return [{"id": p.id, "source": p.source, "title": p.breadcrumb} for p in passages]

        return {
            "documents": [
                {"source": s, "passages": n, "language": language}
                for s, n, language in self.documents
            ],
            "added": brief(d.added),
            "changed": brief(d.changed),
            "removed": brief(d.removed),
            "unchanged": d.unchanged,
            "stored": self.stored,
            "problems": [asdict(p) for p in self.problems],
            "refused": list(self.refused),
            "conflicts": [
                {
                    "first": {"id": c.first.id, "source": c.first.source, "says": c.said[0]},
                    "second": {"id": c.second.id, "source": c.second.source, "says": c.said[1]},
                }
                for c in self.conflicts
            ],
            "stale": [
                {"id": s.passage.id, "source": s.passage.source, "day": str(s.day), "says": s.said}
                for s in self.stale
            ],
        }

    def to_text(self) -> str:
        """For a terminal."""
        d = self.difference
        would = "would be " if self.dry_run else ""
        out = [
            f"{source}: {n:,} passages, {language}" for source, n, language in self.documents[:40]
        ]
        if len(self.documents) > 40:
            out.append(f"… and {len(self.documents) - 40:,} more files.")
        counts = [f"{len(d.added):,} {would}added"]
        for count, what in (
            (len(d.changed), f"{would}changed"),
            (d.unchanged, "unchanged"),
            (len(d.removed), f"{would}removed"),
        ):
            if count:
                counts.append(f"{count:,} {what}")
        out.append(f"help pages: {', '.join(counts)}.")
        if d.changed or d.removed:
            out += self._changes()
        out += _listed("What could not be read:", [_problem(p) for p in self.problems])
        out += _listed(
            "Passages that contradict each other:",
            [
                f"{_place(c.first)}: “{_cut(c.said[0])}” / {_place(c.second)}: “{_cut(c.said[1])}”"
                for c in self.conflicts
            ],
        )
        out += _listed(
            "Dates that have passed:",
            [f"{_place(s.passage)}: {s.day}: “{_cut(s.said)}”" for s in self.stale],
        )
        end = (
            "Dry run: nothing was written."
            if self.dry_run
            else f"The help pages of {self.catalogue!r} hold {self.stored:,} passages "
            f"({self.seconds:.1f} s)."
            if self.ok
            else "No help page was imported."
        )
        return "\n".join([*out, end]) + "\n"

    def _changes(self) -> list[str]:
        lines = [f"changed: {_place(p)}" for p in self.difference.changed]
        lines += [f"removed: {_place(p)}" for p in self.difference.removed]
        return _listed("", lines)


def _listed(head: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    more = [f"  … and {len(lines) - _SHOWN:,} more."] if len(lines) > _SHOWN else []
    return [*([head] if head else []), *(f"  {line}" for line in lines[:_SHOWN]), *more]


def _problem(p: Problem) -> str:
    return f"{p.source}{', ' + p.where if p.where else ''}: {p.what}"


def _place(p: Passage) -> str:
    return f"{p.source} ({_cut(p.breadcrumb, 60)})"


def _cut(text: str, size: int = _CUT) -> str:
    text = " ".join(text.split())
    return text if len(text) <= size else text[: size - 1] + "…"


def import_knowledge(
    store: KnowledgeStore,
    catalogue: str,
    paths: Sequence[Path],
    *,
    dry_run: bool = False,
    today: date | None = None,
    check: bool = True,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> KnowledgeReport:
    """Read files and folders of help pages and store what changed.

    Args:
        store: where to.
        catalogue: whose help pages; it exists already, maybe without items.
        paths: files and folders. A folder is taken as a whole: documents of an earlier import of
            it that are no longer there are removed.
        dry_run: read and report only.
        today: for dates that have passed.
        check: look for contradictions and passed dates.
        progress: called with (what, done, of how many).

    Raises:
        InputError: a path does not exist.
        StorageError: the database cannot be written; nothing has changed then.
    """
    started = time.monotonic()
    read: list[Document] = []
    problems: list[Problem] = []
    refused: list[str] = []
    files = [found for path in paths for found in found_files(path)]
    single = {path.name for path in paths if path.is_file()}
    for number, (file, source) in enumerate(files):
        if progress is not None:
            progress("reading help pages", number, len(files))
        if file.suffix.casefold() not in ENDINGS and source not in single:
            continue
        try:
            document = read_document(file, source)
        except InputError as error:
            problems.append(Problem(source, str(error)))
            refused.append(source)
            continue
        problems += document.problems
        if document.sections:
            read.append(document)
        else:
            problems.append(Problem(source, "holds no text that can be used"))
            refused.append(source)
    roots = [path.resolve().name for path in paths if path.is_dir()]
    found = store.difference(catalogue, read, roots)
    # A file that is there but broken is not gone.
    kept = set(refused)
    found = Difference(
        found.added, found.changed,
        tuple(p for p in found.removed if p.source not in kept),
        found.unchanged, found.documents,
        tuple(s for s in found.gone if s not in kept), found.before,
    )  # fmt: skip
    if not dry_run and (read or found.gone):
        store.save(catalogue, read, found)
    everything = _after(store, catalogue, found, dry_run=dry_run)
    return KnowledgeReport(
        catalogue,
        dry_run,
        found,
        tuple((d.source, sum(p.source == d.source for p in everything), d.language) for d in read),
        tuple(problems),
        tuple(refused),
        conflicts(everything) if check else (),
        stale(everything, today or date.today()) if check else (),
        len(everything),
        time.monotonic() - started,
    )


def _after(
    store: KnowledgeStore, catalogue: str, found: Difference, *, dry_run: bool
) -> list[Passage]:
    """The catalogue's passages once the difference is stored."""
    stored = {p.id: p for p in store.passages(catalogue)}
    if dry_run:
        for p in found.removed:
            stored.pop(p.id, None)
        stored.update({p.id: p for p in (*found.added, *found.changed)})
    return list(stored.values())


def written(source: str, question: str, answer: str) -> Document:
    """A document of one question, written by hand (an operator's answer to an open question)."""
    from chatbot.knowledge import Section
    from chatbot.knowledge.outline import slug

    question = " ".join(re.sub(r"\s+", " ", question).split())
    section = Section((question,), answer.strip(), slug(question), 0, "answer")
    return Document(source, question, language_of(f"{question} {answer}"), "", (section,))
