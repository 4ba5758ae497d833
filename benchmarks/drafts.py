"""Twelve drafts with their ledgers as files, and a check of every sentence against the raw rows.

    python -m benchmarks.drafts --output FOLDER

Six kinds in two languages over the films that ship; half of them are worded by a
chat model built here, which rewords the composer's passages and slips false sentences in. The
check shares no code with the ledger: it reads the JSON lines of the catalogue and looks up every
source that a sentence names, every title, every person, every number. Exits with 1 if one is wrong.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from benchmarks.studio import catalogue
from chatbot.studio.brief import brief_of
from chatbot.studio.desk import Studio
from chatbot.studio.draft import Draft, Source, plain
from chatbot.studio.ledger import Entry

Row = dict[str, Any]

ORDERS: tuple[tuple[str, list[str], dict[str, Any]], ...] = (
    ("article", ["ikiru-1952", "paddington-2014", "heat-1995", "yi-yi-2000"],
     {"topic": ("a rainy weekend", "雨天周末")}),
    ("review", ["ikiru-1952"], {"tone": "warm"}),
    ("comparison", ["heat-1995", "oldboy-2003"], {}),
    ("newsletter", ["spirited-away-2001", "paddington-2014", "ratatouille-2007"],
     {"audience": ("families", "家庭"), "tone": "warm"}),
    ("video", ["oldboy-2003", "parasite-2019", "the-handmaiden-2016"], {"tone": "lively"}),
    ("programme", ["rashomon-1950", "ikiru-1952", "yi-yi-2000"],
     {"audience": ("film students", "电影系学生"), "tone": "formal"}),
)  # fmt: skip
FALSE = {
    "en": "It won three Oscars in 1931. Keanu Reeves plays the lead.",
    "zh": "它在 1931 年拿了三座奥斯卡奖。基努·里维斯是主演。",
}


class Rewording(BaseChatModel):
    """A chat model that rewords the given passage a little, and adds what is false."""

    language: str

    @property
    def _llm_type(self) -> str:
        return "rewording"

    def _text(self, messages: list[BaseMessage]) -> str:
        asked = "\n".join(str(m.content) for m in messages)
        passage = asked.rsplit("<plain>", 1)[-1].split("</plain>")[0].strip()
        if self.language == "zh":
            return f"{passage.replace('它是', '这是')}{FALSE['zh']}"
        return f"{passage.replace(' It is ', ' This is ')} {FALSE['en']}"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = AIMessage(content=self._text(messages))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for piece in re.findall(r"\S+\s*", self._text(messages)):
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))


def rows() -> dict[str, Row]:
    """The raw catalogue by id."""
    text = resources.files("catalogues").joinpath("films/items.jsonl").read_text("utf-8")
    return {row["id"]: row for row in map(json.loads, text.splitlines())}


def labels() -> dict[str, list[str]]:
    """What people are called in Chinese, from the raw schema."""
    text = resources.files("catalogues").joinpath("films/schema.toml").read_text("utf-8")
    facets = tomllib.loads(text)["facets"].values()
    return {
        name: [said["zh"]]
        for facet in facets
        for name, said in facet.get("value_labels", {}).items()
        if facet.get("role") == "person" and "zh" in said
    }


class Checker:
    """Looks everything up in the raw rows."""

    def __init__(self, found: dict[str, Row], labels: dict[str, list[str]]) -> None:
        self._rows = found
        self._titles: dict[str, set[str]] = {}
        self._people: dict[str, set[str]] = {}
        for key, row in found.items():
            for name in (row["title"], row.get("title_zh"), *(row.get("aka") or ())):
                if name:
                    self._titles.setdefault(str(name), set()).add(key)
            for name in (*row.get("directors", ()), *row.get("cast", ())):
                self._people.setdefault(name, set()).add(key)
                for other in labels.get(name, ()):
                    self._people.setdefault(other, set()).add(key)

    def wrong(self, draft: Draft, entry: Entry) -> list[str]:
        """What the record does not bear out in one sentence."""
        about = set(draft.items)
        found = [f"source {s.field}={s.value!r}" for s in entry.sources if not self._holds(s)]
        masked = entry.text
        for title in re.findall(r"\*((?:[^*\\]|\\.)+)\*|《([^》]+)》", entry.text):
            name = (title[0] or title[1]).replace("\\", "")
            if name not in self._titles:
                found.append(f"title {name!r}")
            about |= self._titles.get(name, set())
            masked = masked.replace(title[0] or title[1], " ")
        named = [p for p in self._people if len(p) > (6 if p.isascii() else 1) and p in masked]
        found += [f"person {p!r}" for p in named if not self._people[p] & about]
        known = self._numbers([self._rows[i] for i in about], len(draft.items))
        said = re.findall(r"(?<![\w.#/])(\d[\d,]*(?:\.\d+)?)(?!\s*/)", masked)
        found += [f"number {n}" for n in said if float(n.replace(",", "")) not in known]
        return found

    def _holds(self, source: Source) -> bool:
        if source.kind != "field":
            return True  # counts are checked as numbers, notes are the writer's own
        row = self._rows[source.item]
        if source.field == "title":
            return source.item in self._titles.get(source.value, ())
        held = row.get(source.field, row.get(f"{source.field}s", ""))
        values = held if isinstance(held, list) else [held]
        shown = {f"{v:g}" if isinstance(v, int | float) else str(v) for v in values}
        shown.add(", ".join(map(str, values)))
        low = source.value.lower()
        return source.value in shown or any(low in str(v).lower() for v in values)

    def _numbers(self, about: list[Row], count: int) -> set[float]:
        found: set[float] = {float(len(self._rows)), *map(float, range(1, count + 1))}
        for field in ("year", "runtime", "age"):
            values = [float(r[field]) for r in about if r.get(field) is not None]
            found.update(values)
            found.update(abs(a - b) for a in values for b in values)
            found.add(sum(values))
        for row in about:
            for field in ("genres", "country", "language", "moods", "themes"):
                held = row.get(field) or []
                for value in held if isinstance(held, list) else [held]:
                    found.add(float(self._count(field, value)))
        return found

    def _count(self, field: str, value: str) -> int:
        return sum(value in (r.get(field) or ()) for r in self._rows.values())


def written(studio: Studio, order: tuple[str, list[str], dict[str, Any]], language: str) -> Draft:
    """One of the twelve."""
    kind, items, more = order
    place = 1 if language == "zh" else 0
    fields = {k: v[place] if isinstance(v, tuple) else v for k, v in more.items()}
    return studio.draft(brief_of(kind, items=items, language=language, **fields))


def sheet(studio: Studio, draft: Draft, wrong: Callable[[Draft, Entry], list[str]]) -> str:
    """The ledger of a draft as text."""
    ledger = studio.ledger(draft)
    lines = [f"# {plain(draft.title)}", f"engine: {draft.engine}", ""]
    lines += [f"left out: {w}" for w in draft.warnings]
    for entry in ledger.entries:
        rests = "; ".join(
            f"{s.item + ' ' if s.item else ''}{s.field} = {s.value[:60]}" for s in entry.sources
        )
        lines.append(f"[{entry.verdict}] {entry.text}")
        lines.append(f"    rests on: {rests or '(says nothing that could be wrong)'}")
        lines += [f"    WRONG: {w}" for w in wrong(draft, entry)]
    counts = {v: ledger.count(v) for v in ("supported", "opinion", "link")}  # type: ignore[arg-type]
    return "\n".join([*lines, "", f"{counts}, open: {len(ledger.open)}"]) + "\n"


def main() -> int:
    """Write, check, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    folder: Path = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    checker = Checker(rows(), labels())
    failed = sentences = 0
    with tempfile.TemporaryDirectory() as base:
        films = catalogue(Path(base))
        random.seed(0)
        for language in ("en", "zh"):
            plainly = Studio(films)
            model = Studio(films, model=Rewording(language=language))
            for number, order in enumerate(ORDERS):
                # Half of each language by the composer, half worded by the model.
                studio = model if (number + (language == "zh")) % 2 else plainly
                draft = written(studio, order, language)
                ledger = studio.ledger(draft)
                wrong = [w for e in ledger.entries for w in checker.wrong(draft, e)]
                failed += len(wrong) + len(ledger.open)
                sentences += len(ledger.entries)
                name = f"{language}-{order[0]}-{draft.engine}"
                (folder / f"{name}.md").write_bytes(studio.export(draft, "md"))
                (folder / f"{name}.ledger.txt").write_text(sheet(studio, draft, checker.wrong))
                print(f"{name}: {len(ledger.entries)} sentences, {len(wrong)} wrong", *wrong[:4])
    print(f"{sentences} sentences, {failed} wrong or open")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
