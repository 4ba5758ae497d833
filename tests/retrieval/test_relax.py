import pytest

from retrieval.catalogue import Catalogue
from retrieval.constraints import Constraints, Limit
from retrieval.relax import relaxed


def need(facet: str, *values: str, strength: float = 1.0, **more) -> Limit:
    return Limit(facet, "require", values, strength=strength, **more)


def names(found: tuple[Limit, ...]) -> list[str]:
    return [limit.facet for limit in found]


def ids(catalogue: Catalogue, mask) -> set[str]:
    return {item.id for item, kept in zip(catalogue.items, mask, strict=True) if kept}


def test_nothing_is_given_up_while_one_item_fits(catalogue: Catalogue) -> None:
    constraints = Constraints((need("genre", "Horror"), need("country", "United Kingdom")))
    mask, given_up = relaxed(catalogue, constraints)
    assert ids(catalogue, mask) == {"alien"} and given_up == ()


def test_the_weakest_goes_first(catalogue: Catalogue) -> None:
    horror, japan = need("genre", "Horror", strength=0.4), need("country", "Japan", strength=0.9)
    assert relaxed(catalogue, Constraints((japan, horror)))[1] == (horror,)


@pytest.mark.parametrize("turned", [False, True])
def test_among_equals_numbers_then_categories_then_people(
    catalogue: Catalogue, turned: bool
) -> None:
    year = Limit("year", "require", interval=(1990.0, None))
    pairs = [
        ([year, need("country", "Japan")], "year"),
        ([need("person", "Akira Kurosawa"), need("genre", "Comedy")], "genre"),
        ([need("director", "Akira Kurosawa"), year], "year"),
    ]
    for limits, first in pairs:
        given = tuple(reversed(limits)) if turned else tuple(limits)
        assert names(relaxed(catalogue, Constraints(given))[1]) == [first]


def test_nothing_is_given_up_in_vain(catalogue: Catalogue) -> None:
    year = Limit("year", "require", interval=(1950.0, None), strength=0.1)
    iceland = need("country", "Iceland")
    mask, given_up = relaxed(catalogue, Constraints((year, iceland)))
    assert given_up == (iceland,)
    assert "undated" not in ids(catalogue, mask)


def test_prohibitions_and_exclusions_are_never_given_up(catalogue: Catalogue) -> None:
    forbid = Limit("genre", "forbid", ("Drama",), strength=0.0)
    wanted = need("director", "Akira Kurosawa")
    constraints = Constraints((forbid, wanted), frozenset({"up"}))
    mask, given_up = relaxed(catalogue, constraints)
    assert given_up == (wanted,)
    assert ids(catalogue, mask) == {"alien", "aliens", "amelie"}


def test_when_prohibitions_leave_nothing_no_limit_is_named(catalogue: Catalogue) -> None:
    constraints = Constraints((need("genre", "Horror"),), frozenset(catalogue.row_of))
    mask, given_up = relaxed(catalogue, constraints)
    assert not mask.any() and given_up == ()


def test_several_may_have_to_go(catalogue: Catalogue) -> None:
    limits = (need("genre", "Horror"), need("country", "Iceland"), need("mood", "gloomy"))
    assert set(relaxed(catalogue, Constraints(limits))[1]) == set(limits[1:])
