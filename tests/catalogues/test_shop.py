"""The shop: facts that must agree with each other, and requests that must have answers."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "catalogues" / "shop"

# What every product states, and what products of a category state as well.
ALWAYS = {
    "id", "title", "title_zh", "brand", "department", "category", "price", "weight", "use",
    "in_stock", "overview", "overview_zh",
}  # fmt: skip
ALSO = {
    "Tent": {"persons", "materials", "dimensions", "warranty"},
    "Sleeping bag": {"comfort", "warmth", "sizes", "materials", "season"},
    "Sleeping mat": {"r_value", "dimensions"},
    "Backpack": {"capacity", "audience", "warranty"},
    "Daypack": {"capacity", "audience"},
    "Headlamp": {"brightness", "battery_life"},
    "Lantern": {"brightness", "battery_life"},
    "Cookset": {"capacity", "persons"},
    "Cooler": {"capacity"},
    "Power station": {"power", "energy"},
    "Rain jacket": {"water_column", "sizes", "colours", "audience"},
    "Insulated jacket": {"warmth", "sizes", "audience"},
    "Hiking boots": {"sizes", "materials", "warranty"},
    "Trail shoes": {"sizes", "materials"},
    "Vacuum flask": {"capacity"},
    "Kettle": {"capacity"},
    "Water bottle": {"capacity"},
}
PRICES = (5, 1000)
WEIGHTS = (10, 20_000)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    lines = (FOLDER / "items.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def of(rows: list[dict[str, Any]], category: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["category"] == category]


def test_specifications_are_complete(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        needed = ALWAYS | ALSO.get(row["category"], set())
        assert sorted(needed - set(row)) == [], row["id"]
        assert not {"rating", "ratings_count"} & set(row), row["id"]  # nobody has rated anything


def test_ranges(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        assert PRICES[0] <= row["price"] <= PRICES[1], row["id"]
        assert WEIGHTS[0] <= row["weight"] <= WEIGHTS[1], row["id"]
        assert 1 <= row.get("warranty", 1) <= 25, row["id"]
        assert 0 < row.get("capacity", 1) <= 100, row["id"]
        assert type(row["in_stock"]) is bool
        for key in ("materials", "colours", "sizes", "season", "use", "properties", "occasion"):
            values = row.get(key, ["-"])
            assert values and len(set(values)) == len(values), (row["id"], key)


def test_brands_and_categories_are_shelves_not_singles(rows: list[dict[str, Any]]) -> None:
    brands = Counter(row["brand"] for row in rows)
    assert 12 <= len(brands) <= 15 and min(brands.values()) >= 6
    assert min(Counter(row["category"] for row in rows).values()) >= 3
    shelves = {(row["category"], row["department"]) for row in rows}
    split = Counter(category for category, _ in shelves)
    assert {c for c, n in split.items() if n > 1} <= {"Blanket"}  # for beaches and for beds


def test_warmer_bags_of_a_line_are_heavier_and_dearer(rows: list[dict[str, Any]]) -> None:
    lines: dict[str, list[dict[str, Any]]] = {}
    for row in of(rows, "Sleeping bag"):
        lines.setdefault(re.split(r" -?\d", row["title"])[0], []).append(row)
    series = [found for found in lines.values() if len(found) > 1]
    assert len(series) >= 3
    for found in series:
        by_cold = sorted(found, key=lambda row: -row["comfort"])
        for key in ("weight", "price"):
            values = [row[key] for row in by_cold]
            assert values == sorted(values), (found[0]["id"], key)


def test_warmth_follows_temperature_and_degrees_stand_in_the_title(
    rows: list[dict[str, Any]],
) -> None:
    order = ["thin", "mid-warm", "warm", "extra warm"]
    bags = sorted(of(rows, "Sleeping bag"), key=lambda row: -row["comfort"])
    down = [order.index(row["warmth"]) for row in bags if "down" in row["materials"]]
    assert down == sorted(down)
    for row in bags:
        named = re.search(r" (-?\d+)(?: |$)", row["title"])
        assert named is None or int(named[1]) == row["comfort"], row["id"]


def test_water_column_and_waterproof_agree(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        column, held = row.get("water_column"), "waterproof" in row.get("properties", [])
        if column is None:
            continue
        assert held == (column >= 2000), (row["id"], column)


def test_persons_and_litres_stand_in_the_title_as_recorded(rows: list[dict[str, Any]]) -> None:
    words = {"Solo": 1, "Two-Person": 2, "Three-Person": 3, "Six-Person": 6}
    for row in rows:
        for word, count in words.items():
            if word in row["title"].split() and row["category"] == "Tent":
                assert row["persons"] == count, row["id"]
        litres = re.search(
            r" (\d+(?:\.\d+)?)(?: L)?(?: (?:Backpack|Daypack|Duffel)|$)", row["title"]
        )
        if litres and row["category"] in ("Backpack", "Daypack", "Duffel bag", "Vacuum flask"):
            assert row["capacity"] == float(litres[1]), row["id"]


def test_vegan_things_hold_nothing_of_animals(rows: list[dict[str, Any]]) -> None:
    animal = {"leather", "suede", "wool", "merino wool", "down", "silk", "beeswax"}
    for row in rows:
        held = set(row.get("materials", []))
        if "vegan" in row.get("properties", []):
            assert not animal & held, row["id"]
        if "plastic-free" in row.get("properties", []):
            assert not {"plastic", "polyester", "nylon"} & held, row["id"]


def test_ultralight_means_light(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        if "ultralight" in row.get("properties", []):
            assert row["weight"] <= 1300, row["id"]


@pytest.mark.parametrize(
    ("least", "wanted"),
    [
        (3, {"category": "Tent", "persons": 2, "under": 200}),
        (3, {"category": "Sleeping bag", "comfort": 0}),
        (10, {"occasion": "gift", "use": "camping", "under": 50}),
        (2, {"category": "Hiking boots", "without": {"leather", "suede"}}),
        (20, {"audience": "kids"}),
        (15, {"occasion": "housewarming"}),
        (5, {"use": "trail running", "under": 100}),
        (8, {"use": "garden", "under": 60}),
    ],
)
def test_ordinary_requests_have_answers(
    rows: list[dict[str, Any]], least: int, wanted: dict[str, Any]
) -> None:
    def fits(row: dict[str, Any]) -> bool:
        return (
            row["category"] == wanted.get("category", row["category"])
            and row["price"] <= wanted.get("under", 1e9)
            and row.get("persons") == wanted.get("persons", row.get("persons"))
            and row.get("comfort", 99) <= wanted.get("comfort", 1e9)
            and not wanted.get("without", set()) & set(row.get("materials", []))
            and all(
                wanted[key] in row.get(key, [])
                for key in ("occasion", "use", "audience")
                if key in wanted
            )
        )

    assert sum(map(fits, rows)) >= least


# One matter, one figure: wherever the words stand, in whatever entry, the figure is this one.
FIGURES = {
    "en": [
        (r"free from \$(\d+)", "75"),
        (r"(?:over|for a parcel over) (\d+) kg or longer than 120 cm", "10"),
        (r"(?:ordered on Friday before|reaches us before) (\d+:\d+)", "14:00"),
        (r"(?:held there for|waits there for) (\d+) days", "7"),
        (r"have (\d+) days from delivery|same (\d+) days and|return it within (\d+) days", "60"),
        (r"(?:deduct|costs) \$(\d+\.\d+) for the label", "4.95"),
        (r"(?:a photo|write to us).{0,60} within (\d+) days of delivery", "14"),
        (r"Saturday from (10:00 to 18:00)", "10:00 to 18:00"),
        (r"erased after (\d+) days", "30"),
        (r"(?:invoices are kept|stays in your account) for (\d+) years", "10"),
        (r"takes (\d+) working days\.|^(\d+) working days from arrival", "15"),
    ],
    "zh": [
        (r"满(\d+)美元免运费", "75"),
        (r"超过(\d+)公斤或长于120厘米", "10"),
        (r"周[一五].{0,4}?(\d+:00)前下", "14:00"),
        (r"自提点(?:保留)?(\d+)天", "7"),
        (r"周六(10:00至18:00)", "10:00至18:00"),
        (r"发票(?:依法)?.{0,8}保存(\d+)年", "10"),
        (r"(\d+)天后删除", "30"),
    ],
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_help_pages_give_one_figure_for_one_matter(language: str) -> None:
    texts = [
        path.read_text(encoding="utf-8")
        for path in sorted((FOLDER / "knowledge").iterdir())
        if path.name.endswith(".zh.md") == (language == "zh")
    ]
    for pattern, figure in FIGURES[language]:
        found = [
            next(g for g in match.groups() if g)
            for text in texts
            for match in re.finditer(pattern, text, re.MULTILINE)
        ]
        assert set(found) == {figure}, (pattern, found)


def test_help_pages_keep_to_the_products(rows: list[dict[str, Any]]) -> None:
    """What help pages say of the warranties is what the products record."""
    years = [row["warranty"] for row in rows if "warranty" in row]
    text = (FOLDER / "knowledge" / "warranty.md").read_text(encoding="utf-8")
    assert f"from {min(years)} year for mugs to {max(years)} years" in text
    bare = {row["category"] for row in rows if "warranty" not in row}
    assert bare == {"Candle", "Water filter"}  # "candles and tablets have none"
