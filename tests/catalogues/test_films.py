"""The film catalogue that ships: its form, ranges and coverage, and that its text is our own."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from retrieval.schema import fold

FOLDER = Path(__file__).resolve().parents[2] / "catalogues" / "films"
ITEMS = FOLDER / "items.jsonl"

TYPES: dict[str, type] = {
    "id": str, "title": str, "year": int, "title_zh": str, "aka": list, "directors": list,
    "cast": list, "genres": list, "country": list, "language": list, "runtime": int,
    "certificate": str, "age": int, "scary": int, "violence": int, "moods": list,
    "themes": list, "overview": str, "overview_zh": str,
}  # fmt: skip
LENGTHS = {
    "directors": (1, 3), "cast": (0, 5), "genres": (1, 4), "country": (1, 6), "language": (1, 6),
    "moods": (2, 4), "themes": (3, 6), "aka": (0, 12),
}  # fmt: skip
GENRES = set(
    "Action,Adventure,Animation,Biography,Comedy,Crime,Documentary,Drama,Family,Fantasy,Film-Noir,"
    "History,Horror,Martial Arts,Music,Musical,Mystery,Romance,Sci-Fi,Sport,Thriller,War,Western"
    "".split(",")
)
MOODS = set(
    "feel-good,funny,heartwarming,romantic,uplifting,inspiring,whimsical,playful,nostalgic,cosy,"
    "witty,quirky,satirical,stylish,exciting,action-packed,adventurous,epic,tense,suspenseful,"
    "scary,creepy,dark,gritty,bleak,melancholy,bittersweet,tear-jerker,thought-provoking,"
    "mind-bending,dreamlike,slow-burn,haunting,sensual".split(",")
)
CERTIFICATES = {"G", "PG", "PG-13", "R", "NC-17", "NR"}
AGES = {3, 6, 8, 10, 12, 14, 16, 18}
ENGLISH = {"United States", "United Kingdom", "Ireland", "Canada", "Australia", "New Zealand"}
CHINESE = {"Mandarin", "Cantonese", "Taiwanese Hokkien", "Shanghainese"}
# One theme, one wording: the form on the left was merged into the one on the right.
MERGED = {
    "coming-of-age": "coming of age", "growing up": "coming of age", "ww2": "world war ii",
    "gay": "lgbt", "lgbtq": "lgbt", "spy": "spies", "lawyer": "lawyers", "kungfu": "kung fu",
    "orphan": "orphans", "writers": "writer", "journalist": "journalism", "witch": "witches",
    "twist ending": "plot twist", "buddy cop": "buddy cops", "post-apocalypse": "post-apocalyptic",
}  # fmt: skip


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in ITEMS.read_text(encoding="utf-8").splitlines()]


def ids(rows: list[dict[str, Any]]) -> list[str]:
    """What an assertion shows: the ids of rows that break a rule."""
    return [row["id"] for row in rows]


def grams(text: str, size: int) -> set[tuple[str, ...]]:
    words = fold(text).split()
    return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}


def test_columns_and_types(rows):
    for row in rows:
        assert list(row) == list(TYPES), row["id"]
        for name, kind in TYPES.items():
            value = row[name]
            assert type(value) is kind, (row["id"], name)
            texts = [value] if kind is str else value if kind is list else []
            for text in texts:
                assert isinstance(text, str) and text and text == text.strip(), (row["id"], name)
                assert "  " not in text and "\n" not in text, (row["id"], name)


def test_lists_have_sensible_lengths_and_no_repeats(rows):
    for row in rows:
        for name, (low, high) in LENGTHS.items():
            assert low <= len(row[name]) <= high, (row["id"], name)
            assert len({fold(v) or v for v in row[name]}) == len(row[name]), (row["id"], name)
    silent = [
        r for r in rows if not r["cast"] and not {"Documentary", "Animation"} & set(r["genres"])
    ]
    assert ids(silent) == []


def test_ids_are_slugs_of_the_year(rows):
    assert (
        ids([r for r in rows if not re.fullmatch(rf"[a-z0-9]+(-[a-z0-9]+)*-{r['year']}", r["id"])])
        == []
    )


def test_ranges(rows):
    assert ids([r for r in rows if not 1920 <= r["year"] <= 2026]) == []
    assert ids([r for r in rows if not 5 <= r["runtime"] <= 330]) == []
    assert ids([r for r in rows if r["age"] not in AGES]) == []
    assert (
        ids([r for r in rows if r["scary"] not in range(4) or r["violence"] not in range(4)]) == []
    )


def test_vocabularies(rows):
    assert ids([r for r in rows if not set(r["genres"]) <= GENRES]) == []
    assert ids([r for r in rows if not set(r["moods"]) <= MOODS]) == []
    assert ids([r for r in rows if r["certificate"] not in CERTIFICATES]) == []


def test_films_are_there_once(rows):
    assert [k for k, n in Counter(r["id"] for r in rows).items() if n > 1] == []
    seen: dict[str, set[int]] = {}
    for row in rows:
        years = seen.setdefault(fold(row["title"]), set())
        assert not {row["year"] - 1, row["year"], row["year"] + 1} & years, row["id"]
        years.add(row["year"])


def test_other_names_say_something_new(rows):
    for row in rows:
        own = {fold(row["title"]), fold(row["title_zh"])}
        assert not own & {fold(a) or a for a in row["aka"]}, row["id"]


def test_every_film_has_a_chinese_title(rows):
    numbers = {"1917", "2046", "RRR"}  # written so in Chinese too
    bare = [r for r in rows if not re.search(r"[\u4e00-\u9fff]", r["title_zh"])]
    assert {r["title_zh"] for r in bare} <= numbers
    assert ids([r for r in rows if re.search("[《》]", r["title_zh"])]) == []
    traditional = set(
        "愛國學與關門們這進發現實際時間戰爭龍馬鳥風雲電腦臺灣夢遊麗聖誕術師戀話劇樂園飛殺"
    )
    assert ids([r for r in rows if set(r["title_zh"]) & traditional]) == []


def test_overviews_are_neither_thin_nor_long(rows):
    for row in rows:
        assert 25 <= len(row["overview"].split()) <= 80, row["id"]
        assert row["overview"][-1] in ".?!", row["id"]
        assert "this film" not in row["overview"].lower(), row["id"]


def test_chinese_descriptions_are_chinese_and_of_a_length(rows):
    for row in rows:
        text = row["overview_zh"]
        assert 30 <= len(text) <= 120, row["id"]
        assert text[-1] in "。！？”’", row["id"]
        assert f"《{row['title_zh']}》" not in text, row["id"]
    assert len({row["overview_zh"] for row in rows}) == len(rows)


def test_no_two_overviews_share_a_sentence(rows):
    owner: dict[tuple[str, ...], str] = {}
    for row in rows:
        for gram in grams(row["overview"], 8):
            assert owner.setdefault(gram, row["id"]) == row["id"], (gram, row["id"], owner[gram])


def test_overviews_are_not_near_copies(rows):
    """No overview shares four or more runs of five words with another."""
    owners: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        for gram in grams(row["overview"], 5):
            owners.setdefault(gram, []).append(row["id"])
    pairs = Counter(tuple(sorted(o)) for o in owners.values() if len(o) == 2)
    assert [p for p, n in pairs.items() if n >= 4] == []


def test_age_and_fright_agree_with_the_rest(rows):
    light = {"Comedy", "Family"}
    horror = [r for r in rows if "Horror" in r["genres"] and not light & set(r["genres"])]
    assert ids([r for r in horror if r["scary"] < 2]) == []
    assert ids([r for r in rows if r["certificate"] in {"G", "PG"} and r["age"] > 12]) == []
    harsh = [r for r in rows if r["certificate"] in {"R", "NC-17"} and r["violence"] >= 2]
    assert ids([r for r in harsh if r["age"] < 14]) == []
    assert ids([r for r in rows if max(r["violence"], r["scary"]) == 3 and r["age"] < 14]) == []
    small = [r for r in rows if r["age"] <= 6]
    assert ids([r for r in small if r["violence"] > 1 or r["scary"] > 1]) == []
    assert ids([r for r in rows if "Family" in r["genres"] and r["age"] > 12]) == []


def test_people_are_spelt_one_way(rows):
    spellings: dict[str, set[str]] = {}
    for row in rows:
        for person in (*row["directors"], *row["cast"]):
            spellings.setdefault(" ".join(sorted(fold(person).split())), set()).add(person)
    pairs = {frozenset({"Shi Yu", "Yu Shi"})}  # two actors, seventy years apart
    assert [s for s in spellings.values() if len(s) > 1 and s not in pairs] == []


def test_themes_are_lower_case_and_merged(rows):
    themes = {t for r in rows for t in r["themes"]}
    assert [t for t in themes if t != t.lower() or not 3 <= len(t) <= 30] == []
    assert sorted(themes & MERGED.keys()) == []
    plurals = {t for t in themes if t + "s" in themes}
    assert plurals <= {"amazon"}  # the river, and the warriors


def test_schema_speaks_of_themes_that_films_have(rows):
    """A synonym that stands for a theme no row has would find nothing."""
    schema = tomllib.loads((FOLDER / "schema.toml").read_text(encoding="utf-8"))
    keys = schema["facets"]["theme"]["synonyms"]
    spoken = {value for key in keys for value in re.split(r"[|+]", key)}
    assert sorted(spoken - {t for r in rows for t in r["themes"]}) == []


def test_counts(rows):
    assert len(rows) >= 1000
    decades = Counter(r["year"] // 10 * 10 for r in rows)
    assert all(decades[d] >= 10 for d in range(1920, 2030, 10)), decades
    genres = Counter(g for r in rows for g in r["genres"])
    rare = {"Film-Noir", "Martial Arts", "Sport"}
    assert {g: genres[g] for g in GENRES if genres[g] < (10 if g in rare else 15)} == {}
    assert sum(r["country"][0] not in ENGLISH for r in rows) >= 350
    assert sum(bool(CHINESE & set(r["language"][:1])) for r in rows) >= 120
    assert sum("Family" in r["genres"] for r in rows) >= 60
    assert sum(r["age"] == 3 for r in rows) >= 30


@pytest.mark.parametrize(
    "theme",
    "christmas,heist,courtroom,time travel,pixar,dogs,cats,food,lgbt,sport,road trip,space,"
    "murder mystery,robots,zombies,vampires,superhero,spies,kung fu,wuxia,first love,high school,"
    "father and daughter,mother and son,friendship,wedding,survival,serial killer,haunted house,"
    "artificial intelligence,world war ii,based on a true story,paris,new york,pirates".split(","),
)
def test_ordinary_requests_have_answers(rows, theme):
    assert sum(theme in r["themes"] for r in rows) >= 8


def test_ordinary_combinations_have_answers(rows):
    def count(genre: str, **facts: Any) -> int:
        return sum(
            genre in r["genres"]
            and facts.get("country", r["country"][0]) == r["country"][0]
            and r["age"] >= facts.get("age", 0)
            for r in rows
        )

    assert count("Romance", country="South Korea") >= 8
    assert count("Animation", country="Japan", age=14) >= 8
    assert count("Animation", country="China") >= 8
    assert sum(r["country"][0] == "India" for r in rows) >= 20
    assert sum(r["year"] >= 2020 for r in rows) >= 60
    assert sum(r["runtime"] < 80 for r in rows) >= 20
    assert sum(r["runtime"] <= 90 and r["age"] <= 6 for r in rows) >= 20
