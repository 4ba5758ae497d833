"""The catalogues we wrote ourselves, shop and courses: what holds for both, rows and help pages."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chatbot.importing.schemas import schema_of
from chatbot.importing.shipped import ensure_shipped
from chatbot.knowledge.conflicts import stale
from chatbot.knowledge.read import read_document
from chatbot.knowledge.split import passages
from chatbot.storage.catalogues import CatalogueStore
from chatbot.storage.database import Database
from retrieval.schema import Schema, fold

ROOT = Path(__file__).resolve().parents[2] / "catalogues"
NAMES = ("shop", "courses")
FEWEST = {"shop": 220, "courses": 130}
ENTRIES = {"shop": 80, "courses": 25}
TRADITIONAL = set(
    "愛國學與關門們這進發現實際時間戰爭龍馬鳥風雲電腦臺灣夢遊麗聖誕術師戀話劇樂園飛殺"
)

Rows = list[dict[str, Any]]


def rows_of(name: str) -> Rows:
    lines = (ROOT / name / "items.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def schema_file(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name / "schema.toml").read_text(encoding="utf-8"))


def values(rows: Rows, column: str) -> set[str]:
    """Every value of a column, lists taken apart."""
    held = (row[column] for row in rows if column in row)
    return {v for value in held for v in (value if isinstance(value, list) else [value])}


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def rows(name: str) -> Rows:
    return rows_of(name)


@pytest.fixture
def schema(name: str) -> Schema:
    return schema_of(schema_file(name))


def test_enough_and_each_once(name: str, rows: Rows) -> None:
    assert len(rows) >= FEWEST[name]
    for key in ("id", "title", "title_zh", "overview", "overview_zh"):
        seen = Counter(fold(row[key]) for row in rows)
        assert [value for value, count in seen.items() if count > 1] == []
    assert [r["id"] for r in rows if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", r["id"])] == []


def test_every_row_becomes_an_item_whole(name: str, rows: Rows, tmp_path: Path) -> None:
    database = Database.open(tmp_path / "s.db")
    store = CatalogueStore(database)
    assert ensure_shipped(store, name)
    loaded = store.load(name)
    database.close()
    assert len(loaded) == len(rows)
    columns = {c for f in loaded.schema.facets.values() for c in f.columns}
    assert {key for row in rows for key in row} - columns <= {"id", "title", "aka"}
    for row in rows:
        item = loaded[row["id"]]
        held = len(set(row) - {"id", "title", "aka"})
        assert len(item.facets) == held, (row["id"], sorted(item.facets))


def test_overviews_are_english_of_a_length(rows: Rows) -> None:
    for row in rows:
        text = row["overview"]
        assert 15 <= len(text.split()) <= 60, row["id"]
        assert text[-1] in ".?!" and "  " not in text, row["id"]
        assert not re.search(r"[\u3400-\u9fff]", text), row["id"]


def test_chinese_is_there_simplified_and_of_a_length(rows: Rows) -> None:
    for row in rows:
        assert re.search(r"[\u4e00-\u9fff]", row["title_zh"]), row["id"]
        text = row["overview_zh"]
        assert 25 <= len(text) <= 120, row["id"]
        assert text[-1] in "。！？”", row["id"]
        assert not TRADITIONAL & set(row["title_zh"] + text), row["id"]


def sentences(text: str) -> list[str]:
    return [fold(s) for s in re.split(r"[.!?。！？]+(?:\s|$|(?=[\u4e00-\u9fff]))", text) if fold(s)]


def test_no_sentence_is_used_twice(rows: Rows) -> None:
    for key in ("overview", "overview_zh"):
        counts = Counter(s for row in rows for s in sentences(row[key]))
        assert [s for s, n in counts.items() if n > 1] == []


def test_no_two_overviews_share_a_run_of_seven_words(rows: Rows) -> None:
    owner: dict[tuple[str, ...], str] = {}
    for row in rows:
        words = fold(row["overview"]).split()
        for at in range(len(words) - 6):
            gram = tuple(words[at : at + 7])
            assert owner.setdefault(gram, row["id"]) == row["id"], (gram, owner[gram])


def test_every_shown_value_has_a_chinese_word(schema: Schema, rows: Rows) -> None:
    for facet in schema.facets.values():
        if facet.kind != "category" or facet.name in ("keyword", "size"):
            continue
        column = facet.columns[0]
        held = values(rows, column)
        assert sorted(held - set(facet.value_labels)) == [], facet.name
        labels = Counter(labels["zh"] for labels in facet.value_labels.values())
        assert [x for x, n in labels.items() if n > 1] == [], facet.name


def test_the_schema_speaks_of_values_that_rows_have(schema: Schema, rows: Rows) -> None:
    for facet in schema.facets.values():
        if facet.kind != "category":
            continue
        held = values(rows, facet.columns[0])
        keys = {k for key in facet.synonyms for k in ([key] if key in held else key.split("|"))}
        spoken = keys | set(facet.value_labels) | set(facet.order)
        assert sorted(spoken - held) == [], facet.name
        if facet.order:
            assert held <= set(facet.order), facet.name


def test_a_word_stands_for_one_value_of_a_facet(schema: Schema) -> None:
    for facet in schema.facets.values():
        words = Counter(fold(w) for group in facet.synonyms.values() for w in set(group))
        assert [w for w, n in words.items() if n > 1] == [], facet.name


def test_openers_in_both_languages(schema: Schema) -> None:
    for language in ("en", "zh"):
        assert len(schema.suggestions[language]) >= 4
        assert schema.noun[language] and schema.nouns[language] and schema.verb[language]


# --- help pages -----------------------------------------------------------------------------


def entries(path: Path) -> list[tuple[str, str]]:
    """(question, answer) of a page."""
    parts = re.split(r"^## (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [(q.strip(), a.strip()) for q, a in zip(parts[1::2], parts[2::2], strict=True)]


def pages(name: str) -> list[tuple[Path, Path]]:
    folder = ROOT / name / "knowledge"
    english = sorted(p for p in folder.glob("*.md") if not p.name.endswith(".zh.md"))
    return [(p, p.with_name(p.stem + ".zh.md")) for p in english]


def test_pages_come_in_pairs_with_the_same_questions(name: str) -> None:
    found = pages(name)
    assert {p for pair in found for p in pair} == set((ROOT / name / "knowledge").iterdir())
    assert sum(len(entries(en)) for en, _ in found) >= ENTRIES[name]
    for en, zh in found:
        assert len(entries(en)) == len(entries(zh)), en.name


def test_questions_are_asked_once_and_answered(name: str) -> None:
    for side in (0, 1):
        asked = [entry for pair in pages(name) for entry in entries(pair[side])]
        assert [q for q, n in Counter(fold(q) for q, _ in asked).items() if n > 1] == []
        assert [q for q, _ in asked if q[-1] not in "?？"] == []
        least = 18 if side else 60
        assert [q for q, a in asked if len(a) < least] == []
        assert [q for q, a in asked if "\n#" in a or len(a) > 700] == []


def figures(text: str) -> list[str]:
    """Numbers and times of a text. Figures are written in digits in both languages."""
    return re.findall(r"\d+(?::\d\d)?(?:\.\d+)?", text.replace(",", ""))


def test_both_languages_state_the_same_figures(name: str) -> None:
    for en, zh in pages(name):
        for (question, answer), (_, chinese) in zip(entries(en), entries(zh), strict=True):
            assert set(figures(answer)) == set(figures(chinese)), question


def test_help_pages_are_read_as_answers_and_are_not_stale(name: str) -> None:
    found = [
        passage
        for pair in pages(name)
        for page in pair
        for passage in passages(read_document(page, f"knowledge/{page.name}"))
    ]
    assert Counter(p.kind for p in found) == {"answer": len(found)}
    assert Counter(p.language for p in found)["en"] == Counter(p.language for p in found)["zh"]
    assert stale(found, date(2026, 1, 1)) == ()
