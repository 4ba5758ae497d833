# ruff: noqa: E501  (word lists read best on one line)
"""Tables of questions and answers, and of labelled utterances, to sections."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.errors import InputError
from chatbot.importing import files as reading
from chatbot.importing.records import Broken, Row
from chatbot.importing.rows import clean
from chatbot.knowledge import Problem, Section
from chatbot.knowledge.outline import MAX_TITLE, slug
from retrieval.columns import unmarked
from retrieval.headers import read_header

_COLUMNS: Mapping[str, frozenset[str]] = {
    "question": frozenset("question questions q faq ask asked title heading query 问题 提问 标题 问 "
                          "问句 用户问题".split()),
    "answer": frozenset("answer answers a response reply body content solution text 答案 回答 答 "
                        "回复 答复 内容 解答".split()),
    "category": frozenset("category class topic section group intent label tag area theme department "
                          "分类 类别 主题 意图 标签 类型".split()),
    "utterance": frozenset("utterance text sentence query message phrase example input instruction "
                           "语句 文本 句子 例句 话术".split()),
    "url": frozenset("url link href source address page 链接 网址 地址".split()),
}  # fmt: skip
MAX_ROWS = 50_000
_SAMPLE = 400
_MOST_LABELS = 2000


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what; "" where none does."""

    question: str = ""
    answer: str = ""
    category: str = ""
    utterance: str = ""
    url: str = ""


def read_pairs(path: Path, source: str) -> tuple[list[Section], list[Problem]]:
    """Sections of a table, one a question or one a label; and what could not be read.

    Raises:
        InputError: it is no table, or has no column of questions.
    """
    found = reading.examine(path, "tsv" if path.suffix.casefold() == ".tsv" else "auto")
    rows: list[Row] = []
    problems: list[Problem] = []
    for record in reading.read(found):
        if isinstance(record, Broken):
            problems.append(Problem(source, record.what, f"line {record.line}"))
        elif len(rows) < MAX_ROWS:
            rows.append(record)
    if not rows:
        raise InputError(f"{path} has no row that can be read.", hint="Check the file.")
    columns = columns_of([row.values for row in rows[:_SAMPLE]])
    if columns.question and columns.answer:
        return _answers(rows, columns, source, problems), problems
    if columns.utterance and columns.category:
        return _templates(rows, columns), problems
    raise InputError(
        f"{path} has no columns of questions and answers.",
        hint="Name them question and answer (and category), or text and category for examples "
        f"of what people say. Columns: {', '.join(rows[0].values)[:200]}.",
    )


def columns_of(rows: Sequence[Mapping[str, Any]]) -> Columns:
    """Columns by their headers, else by what they hold.

    >>> columns_of([{"Question": "Is it free?", "Answer": "Yes.", "Class": "cost"}]).category
    'Class'
    """
    names = list(dict.fromkeys(key for row in rows for key in row))
    keys = {name: read_header(name).key for name in names}

    def named(what: str, *taken: str) -> str:
        return next((n for n in names if keys[n] in _COLUMNS[what] and n not in taken), "")

    question = named("question")
    answer = named("answer", question)
    category = named("category", question, answer)
    url = named("url", question, answer, category)
    if question and answer:
        return Columns(question, answer, category, "", url)
    utterance = named("utterance", category)
    if utterance and category and _repeats(rows, category):
        return Columns("", "", category, utterance, url)
    return _guessed(rows, names)


def _repeats(rows: Sequence[Mapping[str, Any]], column: str) -> bool:
    values = [clean(row.get(column)) for row in rows]
    return 0 < len(set(values)) <= max(2, len(values) * 0.6)


def _guessed(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Columns:
    """By what they hold: the column that asks, and the longest of the others."""
    size: dict[str, float] = {}
    asking: dict[str, float] = {}
    for name in names:
        texts = [clean(row.get(name)) for row in rows]
        filled = [t for t in texts if t]
        size[name] = sum(map(len, filled)) / max(len(filled), 1)
        asking[name] = sum(bool(re.search(r"[?？]\s*$", t)) for t in filled) / max(len(filled), 1)
    question = max(names, key=lambda n: asking[n], default="")
    if not question or asking[question] < 0.3:
        return Columns()
    rest = [n for n in names if n != question and size[n] > 15]
    return Columns(question, max(rest, key=lambda n: size[n], default=""))


def _answers(
    rows: Sequence[Row], columns: Columns, source: str, problems: list[Problem]
) -> list[Section]:
    found: list[Section] = []
    for row in rows:
        question = clean(row.values.get(columns.question))[:MAX_TITLE]
        answer = _text(row.values.get(columns.answer))
        if not question or not answer:
            what = "the question is empty" if not question else "the answer is empty"
            problems.append(Problem(source, what, f"line {row.line}"))
            continue
        group = clean(row.values.get(columns.category)) if columns.category else ""
        trail = (group[:80], question) if group else (question,)
        url = clean(row.values.get(columns.url)) if columns.url else ""
        url = url if re.match(r"https?://", url) else ""
        found.append(Section(trail, answer, slug(question)[:80], 0, "answer", url))
    return found


def _text(raw: Any) -> str:
    """An answer's cell: markup removed, its lines kept."""
    text = "" if raw is None else str(raw)
    if re.search(r"</?[a-z][^>]*>", text, re.IGNORECASE):
        text = unmarked(text)
    return "\n".join(filter(None, (clean(line) for line in text.splitlines())))


def _templates(rows: Sequence[Row], columns: Columns) -> list[Section]:
    """One section a label, with what people say for it."""
    said: dict[str, list[str]] = {}
    for row in rows:
        label = clean(row.values.get(columns.category))[:80]
        text = clean(row.values.get(columns.utterance))[:500]
        if label and text and (label in said or len(said) < _MOST_LABELS):
            said.setdefault(label, []).append(text)
    return [
        Section((readable(label),), "", slug(label), 0, "template", "", tuple(dict.fromkeys(texts)))
        for label, texts in sorted(said.items())
    ]


def readable(label: str) -> str:
    """A label as people write.

    >>> readable("lost_or_stolen_card"), readable("退货")
    ('Lost or stolen card', '退货')
    """
    words = " ".join(re.sub(r"[_\-./]+", " ", label).split())
    return words[:1].upper() + words[1:]
