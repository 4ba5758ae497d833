# ruff: noqa: E501  (cases and word lists read best on one line)
import pytest

from chatbot.critique import NOVELTY, apply, suggested
from chatbot.profile import limits, merge
from chatbot.values import Assert, Critique, Preference, Profile, Withdraw
from retrieval.catalogue import Catalogue
from retrieval.constraints import Constraints
from retrieval.items import Item
from retrieval.schema import Facet, Schema

SCHEMA = Schema(
    {
        "runtime": Facet("runtime", "number", unit="minutes", more=("longer", "长一点"), less=("shorter", "短一点")),
        "scary": Facet("scary", "number", more=("scarier", "更吓人"), less=("less scary", "没那么吓人")),
        "certificate": Facet("certificate", "category", order=("G", "PG", "R")),
        "mood": Facet("mood", "category", many=True, value_labels={"funny": {"zh": "搞笑"}}),
        "genre": Facet("genre", "category", many=True, value_labels={"Drama": {"zh": "剧情"}}),
    }
)  # fmt: skip


@pytest.fixture
def catalogue() -> Catalogue:
    items = [
        Item(
            f"f{n}",
            f"Film {n}",
            {
                "runtime": 80.0 + 10 * n,
                "scary": float(n % 4),
                "certificate": ("G", "PG", "R")[n % 3],
                "mood": ("funny",) if n >= 5 else ("dark",),
                "genre": ("Drama", "Crime") if n < 6 else ("Comedy",),
            },
        )
        for n in range(10)
    ]
    return Catalogue("films", items, SCHEMA)


def believed(change_updates: object) -> list[Preference]:
    return [u.preference for u in change_updates if isinstance(u, Assert)]  # type: ignore[attr-defined]


def test_less_goes_below_the_median_of_the_list(catalogue: Catalogue) -> None:
    (belief,) = believed(
        apply(Critique("runtime", "less", source="shorter"), ["f4", "f5", "f6"], catalogue).updates
    )
    assert (belief.stance, belief.facet, belief.value) == ("require", "runtime", (None, 129.0))
    assert belief.source == "shorter"


def test_more_goes_above_the_item_referred_to(catalogue: Catalogue) -> None:
    change = apply(Critique("runtime", "more", ("f2",)), ["f0", "f1", "f2"], catalogue)
    assert believed(change.updates)[0].value == (101.0, None)


def test_the_items_left_really_are_beyond(catalogue: Catalogue) -> None:
    listed = ["f4", "f5", "f6"]
    change = apply(Critique("runtime", "less"), listed, catalogue, turn=2)
    constraints = Constraints(limits(merge(Profile(), change.updates)))
    left = [i for i in catalogue.items if constraints.admits(i, SCHEMA)]
    assert left and all((i.number("runtime") or 0) < 130 for i in left)


def test_nothing_lies_beyond_the_end(catalogue: Catalogue) -> None:
    change = apply(Critique("scary", "less"), ["f0", "f4", "f8"], catalogue)
    assert change.blocked and believed(change.updates)[0].value == (None, 0.0)


def test_earlier_limits_stay_where_both_can_hold(catalogue: Catalogue) -> None:
    held = Profile((Preference("require", "runtime", (None, 150.0)),))
    change = apply(Critique("runtime", "more"), ["f2", "f3"], catalogue)
    (left,) = merge(held, change.updates).preferences
    assert left.value == (106.0, 150.0)


def test_ordered_categories(catalogue: Catalogue) -> None:
    change = apply(Critique("certificate", "less"), ["f2", "f5"], catalogue, turn=4)
    assert [(p.value, p.group) for p in believed(change.updates)] == [
        ("G", "t4.certificate"),
        ("PG", "t4.certificate"),
    ]
    assert isinstance(change.updates[0], Withdraw)


def test_values_become_tastes(catalogue: Catalogue) -> None:
    more = believed(apply(Critique("mood", "more", value="funny"), [], catalogue).updates)
    less = believed(apply(Critique("mood", "less", value="dark"), [], catalogue).updates)
    assert [(p.stance, p.value) for p in (*more, *less)] == [("like", "funny"), ("avoid", "dark")]


def test_towards_and_away_from_items(catalogue: Catalogue) -> None:
    towards = apply(Critique("title", "like", ("f7",)), ["f1", "f7"], catalogue)
    assert towards.items == ("f7",)
    assert [(p.stance, p.value) for p in believed(towards.updates)] == [("like", "f7")]
    assert {(w.facet, w.value, w.weight > 0) for w in towards.wishes} == {
        ("genre", "Comedy", True),
        ("mood", "funny", True),
    }
    away = apply(Critique("title", "unlike", ("f7",)), ["f7"], catalogue)
    assert away.items == () and all(w.weight < 0 for w in away.wishes)


def test_less_known_is_a_wish_where_nobody_counts(catalogue: Catalogue) -> None:
    change = apply(Critique("popularity", "less"), ["f1"], catalogue)
    (belief,) = believed(change.updates)
    assert (belief.stance, belief.facet, belief.value) == ("like", NOVELTY, "lesser known")


def test_less_known_is_a_limit_where_somebody_counts() -> None:
    schema = Schema({"votes": Facet("votes", "number")})
    items = [Item(str(n), str(n), {"votes": float(n)}) for n in range(10)]
    change = apply(Critique("popularity", "less"), ["8", "9"], Catalogue("c", items, schema))
    assert believed(change.updates)[0].value == (None, 8.0)


def test_a_facet_the_catalogue_lacks_changes_nothing(catalogue: Catalogue) -> None:
    change = apply(Critique("price", "less"), ["f1"], catalogue)
    assert (change.updates, change.wishes) == ((), ())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_suggestions_would_change_the_list(catalogue: Catalogue, language: str) -> None:
    order = [f"f{n}" for n in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)]
    said = suggested(order, catalogue, language)  # type: ignore[arg-type]
    assert said and len(said) == len(set(said)) <= 4
    assert all(text.isascii() == (language == "en") for text in said)
    if language == "en":
        assert "Longer" in said and "Shorter" not in said


def test_no_suggestions_without_alternatives(catalogue: Catalogue) -> None:
    assert suggested(["f1", "f2"], catalogue, "en") == ()


def test_a_word_of_two_facets_means_the_one_that_the_list_records() -> None:
    bigger = {"more": ("bigger", "更大")}
    schema = Schema(
        {
            "capacity": Facet("capacity", "number", unit="l", **bigger),  # type: ignore[arg-type]
            "persons": Facet("persons", "number", unit="people", **bigger),  # type: ignore[arg-type]
        }
    )
    items = [
        Item("bottle", "Bottle", {"capacity": 1.0}),
        Item("flask", "Flask", {"capacity": 2.0}),
        Item("tent", "Tent", {"persons": 2.0}),
        Item("house", "House", {"persons": 6.0}),
    ]
    shop = Catalogue("shop", items, schema)
    for source, listed, facet, low in (
        ("bigger", ["tent"], "persons", 3.0),
        ("更大的", ["tent"], "persons", 3.0),
        ("bigger", ["bottle"], "capacity", 2.0),
    ):
        change = apply(Critique("capacity", "more", source=source), listed, shop)
        (belief,) = believed(change.updates)
        assert (belief.facet, belief.value) == (facet, (low, None))


@pytest.mark.parametrize(
    ("shown", "others", "offered"),
    [
        ([0, 0, 0], [1, 1, 1, 0], set()),  # hardly scary at all, all of them
        ([0, 0, 1], [2, 3, 2, 1], {"Scarier"}),
        ([3, 2, 3], [0, 1, 0, 1], {"Tamer"}),
        ([1, 1, 1], [0, 0, 0, 0], set()),
    ],
)
def test_a_level_is_moved_only_where_it_is_felt(
    shown: list[int], others: list[int], offered: set[str]
) -> None:
    levels = {str(n): {"en": f"level {n}"} for n in range(4)}
    scary = Facet("scary", "number", more=("scarier",), less=("tamer",), levels=levels)
    items = [Item(str(n), str(n), {"scary": float(v)}) for n, v in enumerate([*shown, *others])]
    found = Catalogue("c", items, Schema({"scary": scary}))
    said = suggested([item.id for item in items], found, "en", shown=len(shown))
    assert set(said) == offered
