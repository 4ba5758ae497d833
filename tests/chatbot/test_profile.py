"""Merging: later words win, withdrawals withdraw, pins stay, the bridge carries everything over."""

from __future__ import annotations

from chatbot.profile import assert_, edit, limits, merge, remove, tastes, to_query
from chatbot.values import Assert, Preference, Profile, Withdraw
from retrieval.constraints import Limit


def believe(*preferences: Preference) -> Profile:
    return merge(Profile(), [Assert(p) for p in preferences])


def test_later_words_replace_earlier_ones_about_the_same_value() -> None:
    profile = believe(
        Preference("forbid", "genre", "Horror", source="no horror", turn=1),
        Preference("like", "genre", "Horror", source="I love horror after all", turn=2),
    )
    assert [(p.stance, p.source) for p in profile.preferences] == [
        ("like", "I love horror after all")
    ]


def test_a_withdrawal_takes_back_only_what_it_names() -> None:
    profile = believe(
        Preference("forbid", "genre", "Horror"),
        Preference("forbid", "genre", "War"),
        Preference("like", "genre", "Comedy"),
    )
    assert [p.value for p in merge(profile, [Withdraw("genre", "Horror")]).preferences] == [
        "War",
        "Comedy",
    ]
    only_negative = merge(profile, [Withdraw("genre", stances=("forbid", "avoid"))])
    assert [p.value for p in only_negative.preferences] == ["Comedy"]
    assert merge(profile, [Withdraw("*")]).preferences == ()


def test_intervals_narrow_while_something_is_left_and_else_the_later_stands() -> None:
    after = Preference("require", "year", (1980.0, None), source="after 1980")
    before = Preference("require", "year", (None, 1990.0), source="before 1990")
    old = Preference("require", "year", (None, 1970.0), source="older than 1970")
    (both,) = believe(after, before).preferences
    assert both.value == (1980.0, 1990.0)
    assert both.source == "after 1980; before 1990"
    (last,) = believe(after, old).preferences
    assert last.value == (None, 1970.0)


def test_a_forbidden_interval_lives_beside_a_required_one() -> None:
    profile = believe(
        Preference("require", "year", (None, 2000.0)),
        Preference("forbid", "year", (1980.0, 1989.0)),
    )
    assert [p.stance for p in profile.preferences] == ["require", "forbid"]


def test_a_title_may_be_liked_and_seen_but_not_liked_and_disliked() -> None:
    profile = believe(
        Preference("like", "title", "alien"),
        Preference("seen", "title", "alien"),
        Preference("avoid", "title", "alien"),
    )
    assert [p.stance for p in profile.preferences] == ["seen", "avoid"]


def test_a_pinned_belief_survives_words_but_not_the_hand() -> None:
    pinned = Preference("forbid", "genre", "Horror", pinned=True)
    profile = Profile((pinned,))
    said = merge(profile, [Assert(Preference("like", "genre", "Horror")), Withdraw("genre")])
    assert said == profile
    assert remove(profile, "genre:Horror").preferences == ()
    by_hand = assert_(profile, Preference("like", "genre", "Horror"))
    assert [p.stance for p in by_hand.preferences] == ["like"]


def test_editing_keeps_the_place() -> None:
    profile = believe(Preference("like", "genre", "War"), Preference("like", "genre", "Comedy"))
    changed = edit(profile, "genre:War", Preference("avoid", "genre", "War"))
    assert [(p.stance, p.value) for p in changed.preferences] == [
        ("avoid", "War"),
        ("like", "Comedy"),
    ]


def test_what_outlives_the_session_is_taste() -> None:
    profile = believe(
        Preference("require", "genre", "Comedy"),
        Preference("like", "mood", "funny"),
        Preference("forbid", "genre", "Horror"),
        Preference("like", "person", "Tom Hanks", scope="session"),
        Preference("seen", "title", "alien"),
        Preference("require", "language", "French", pinned=True),
    )
    assert [p.value for p in tastes(profile).preferences] == ["Horror", "alien", "French"]


def test_alternatives_are_one_limit_and_the_rest_must_all_hold() -> None:
    profile = believe(
        Preference("require", "genre", "Comedy", group="a"),
        Preference("require", "genre", "Horror", group="a"),
        Preference("require", "country", "France"),
        Preference("forbid", "person", "Adam Sandler"),
        Preference("like", "mood", "dark"),
    )
    assert limits(profile) == (
        Limit("genre", "require", ("Comedy", "Horror")),
        Limit("country", "require", ("France",)),
        Limit("person", "forbid", ("Adam Sandler",)),
    )


def test_the_query_text_holds_no_negation_and_named_titles_do_not_come_back() -> None:
    profile = believe(
        Preference("require", "genre", "Comedy", turn=2),
        Preference("forbid", "genre", "Horror", turn=2),
        Preference("avoid", "mood", "bleak", turn=2),
        Preference("like", "title", "alien", turn=2),
        Preference("avoid", "title", "saw", turn=2),
        Preference("seen", "title", "up", turn=2),
    )
    query = to_query(profile, turn=2, exclude=("shown",))
    assert query.text == "Comedy"
    assert query.liked == (("alien", 1.0),)
    assert query.disliked == (("saw", 1.0),)
    assert query.constraints.exclude == {"alien", "saw", "up", "shown"}
    assert {(w.value, w.weight) for w in query.wishes} == {
        ("Comedy", 1.0),
        ("Horror", -1.0),
        ("bleak", -1.0),
    }


def test_older_wishes_weigh_less_unless_pinned() -> None:
    profile = believe(
        Preference("like", "genre", "War", turn=1),
        Preference("like", "genre", "Comedy", turn=3),
        Preference("like", "genre", "Crime", turn=1, pinned=True),
    )
    weight = {w.value: w.weight for w in to_query(profile, turn=3).wishes}
    assert weight["War"] < weight["Comedy"] == weight["Crime"] == 1.0


def test_lesser_known_and_better_known_replace_each_other() -> None:
    profile = believe(
        Preference("like", "novelty", "lesser known"),
        Preference("like", "novelty", "better known"),
    )
    assert [p.value for p in profile.preferences] == ["better known"]
    assert to_query(profile, turn=1).fame == 1.0
    assert to_query(believe(Preference("like", "novelty", "lesser known")), turn=1).fame == -1.0
