"""Drafts as the page shows them: JSON of plain values. The page builds text nodes, never HTML."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from chatbot.explain import title_of
from chatbot.studio.desk import Line, Studio
from chatbot.studio.draft import Block, Draft, Sentence, Source, runs
from chatbot.studio.figures import figures
from chatbot.studio.ledger import Entry
from chatbot.studio.store import Record, Version
from chatbot.ui.speak import spoken
from chatbot.values import Language
from retrieval.catalogue import Catalogue

_VALUE = 160
"""Characters of a source that are shown."""


def record(found: Record) -> dict[str, Any]:
    """A draft in the list."""
    keys = ("id", "title", "kind", "language", "created", "updated", "fate")
    return {key: getattr(found, key) for key in keys}


def item(catalogue: Catalogue, item_id: str, language: Language) -> dict[str, Any]:
    """An item as a chip: its title in the reader's language, and its year."""
    found = catalogue.get(item_id)
    if found is None:
        return {"id": item_id, "title": item_id, "year": ""}
    year = found.number("year")
    title = title_of(found, language).strip("《》")
    return {"id": item_id, "title": title, "year": f"{year:.0f}" if year is not None else ""}


def draft(studio: Studio, kept: Record, shown: Draft, language: Language) -> dict[str, Any]:
    """Everything the page shows of a draft, in the page's language where it is not the text."""
    ledger = studio.ledger(shown)
    entries = {(e.block, e.position): e for e in ledger.entries}
    versions = studio.store.versions(kept.id)
    now = next(v for v in versions if v.number == kept.current)
    return {
        **record(kept),
        "title": runs(shown.title),
        "engine": shown.engine,
        "warnings": [spoken(w, language) for w in shown.warnings],
        "brief": brief(studio.catalogue, shown, language),
        "blocks": [
            block(at, one, entries, studio.catalogue, language)
            for at, one in enumerate(shown.blocks)
        ],
        "counts": {
            v: ledger.count(v)
            for v in ("supported", "opinion", "link", "unsupported", "contradicted")
        },
        "cells": [
            {"text": e.text, "why": spoken(e.why, language)}
            for e in ledger.entries
            if e.position < 0
        ],
        "current": kept.current,
        "versions": [version(v) for v in versions],
        "undo": bool(now.parent),
        "redo": any(v.parent == kept.current for v in versions),
    }


def version(found: Version) -> dict[str, Any]:
    """A version in the history."""
    return asdict(found)


def brief(catalogue: Catalogue, shown: Draft, language: Language) -> dict[str, Any]:
    """The brief, so that the form can be filled again."""
    one = shown.brief
    return {
        "kind": one.kind,
        "topic": one.topic,
        "audience": one.audience,
        "tone": one.tone,
        "length": one.length,
        "words": one.words,
        "language": one.language,
        "keywords": "，".join(one.keywords) if one.language == "zh" else ", ".join(one.keywords),
        "spoilers": one.spoilers,
        "notes": "\n".join(one.notes),
        "items": [item(catalogue, i, language) for i in one.items],
        "variant": one.variant,
        "headings": dict(one.headings),
    }


def block(
    at: int,
    one: Block,
    entries: dict[tuple[int, int], Entry],
    catalogue: Catalogue,
    language: Language,
) -> dict[str, Any]:
    """One paragraph with its sentences and what each rests on."""
    said = enumerate(one.sentences)
    return {
        "at": at,
        "shape": one.shape,
        "role": one.role,
        "item": one.item,
        "seconds": one.seconds,
        "shot": one.shot,
        "rows": [list(row) for row in one.rows],
        "sentences": [
            sentence(s, entries.get((at, n)), catalogue, language) | {"at": n} for n, s in said
        ],
    }


def sentence(
    one: Sentence, entry: Entry | None, catalogue: Catalogue, language: Language
) -> dict[str, Any]:
    """A sentence with its verdict, why, and its sources."""
    sources = entry.sources if entry is not None else one.sources
    return {
        "runs": runs(one.text),
        "text": one.text,
        "verdict": entry.verdict if entry is not None else "link",
        "why": spoken(entry.why, language) if entry is not None and entry.why else "",
        "sources": [source(s, catalogue, language) for s in _told(sources)],
    }


def _told(sources: tuple[Source, ...]) -> list[Source]:
    """Sources worth showing: a title says nothing where something else does."""
    rest = [s for s in sources if s.field not in ("title", "title_zh")] or list(sources)
    seen: dict[tuple[str, str, str], Source] = {}
    for one in rest:  # the same count under two names is one count
        field = "" if one.kind == "figure" else one.field
        seen.setdefault((field, one.value, one.item), one)
    return list(seen.values())[:12]


def source(one: Source, catalogue: Catalogue, language: Language) -> dict[str, str]:
    """A source in words: whose, which field, what it says."""
    facet = catalogue.schema.facet(one.field)
    label = facet.label(language) if facet is not None else spoken(one.field, language)
    shown = facet.show(one.value, language) if facet is not None and facet.many else one.value
    about = catalogue.get(one.item) if one.item else None
    return {
        "kind": one.kind,
        "label": label,
        "value": shown[:_VALUE] + ("…" if len(shown) > _VALUE else ""),
        "item": title_of(about, language).strip("《》") if about is not None else "",
    }


def readings(studio: Studio, shown: Draft) -> dict[str, Any]:
    """Figures and overlap of a draft."""
    overlap = studio.overlap(shown)
    return {
        **asdict(figures(shown)),
        "original": overlap.original,
        "share": round(overlap.share, 4),
        "runs": [list(x) for x in overlap.runs[:10]],
        "near": [[i, s, round(c, 2)] for i, s, c in overlap.near[:10]],
    }


def difference(lines: tuple[Line, ...]) -> list[dict[str, str]]:
    """Two versions, line by line."""
    return [{"kind": one.kind, "text": one.text} for one in lines]


def side(shown: Draft) -> dict[str, Any]:
    """A version to read beside another: title and paragraphs only."""
    language = shown.brief.language
    return {
        "title": runs(shown.title),
        "blocks": [
            {"shape": b.shape, "runs": runs(b.text(language)), "rows": [list(r) for r in b.rows]}
            for b in shown.blocks
            if b.shape != "image"
        ],
    }
