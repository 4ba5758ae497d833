"""Weights from lists whose maker's taste is known by construction."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retrieval import learned
from retrieval.learned import FEWEST, FEWEST_PEOPLE, LEARNABLE, Judged
from retrieval.rerank import Weights

BASE = Weights()


def lists(
    rng: np.random.Generator,
    count: int,
    taste: Weights,
    people: int = 60,
    length: int = 5,
    noise: float = 0.6,
) -> list[Judged]:
    """Lists in the order of the shipped weights; people like what `taste` scores high."""
    own = np.array([getattr(taste, name) for name in LEARNABLE])
    shipped = np.array([getattr(BASE, name) for name in LEARNABLE])
    found = []
    for number in range(count):
        signals = rng.normal(size=(length, len(LEARNABLE)))
        rest = rng.normal(size=length)
        order = np.argsort(-(signals @ shipped + rest))
        signals, rest = signals[order], rest[order]
        value = signals @ own + rest + noise * rng.normal(size=length)
        gains = np.where(value > np.sort(value)[-2], 1.0, 0.0)
        found.append(Judged(signals, rest, gains, f"p{number % people}"))
    return found


def test_a_taste_other_than_the_shipped_one_is_found_and_serves(rng: np.random.Generator) -> None:
    taste = replace(BASE, quality=0.9, similar=0.1)
    found = learned.decide(lists(rng, 600, taste), BASE, rng)
    assert found.better
    assert found.gain is not None
    assert found.gain.low > 0
    assert found.gain.mean >= learned.WORTH
    assert found.weights.quality > 1.8 * BASE.quality
    assert found.weights.similar < 0.5 * BASE.similar
    assert found.weights.collaborative == pytest.approx(BASE.collaborative, rel=0.4)


def test_what_was_asked_for_keeps_its_weight(rng: np.random.Generator) -> None:
    found = learned.fit(lists(rng, 600, replace(BASE, quality=0.9)), BASE)
    for name in ("wish", "person", "term", "number", "rare", "avoid", "focus", "fame", "novelty"):
        assert getattr(found, name) == getattr(BASE, name)
        assert name not in LEARNABLE


def test_no_weight_grows_without_bounds_or_turns_round(rng: np.random.Generator) -> None:
    found = learned.fit(lists(rng, 500, replace(BASE, quality=50.0, similar=-5.0)), BASE)
    for name in LEARNABLE:
        assert 0 <= getattr(found, name) <= learned.MOST * getattr(BASE, name) + 1e-6


def test_the_shipped_weights_stay_where_they_are_right() -> None:
    kept = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        found = learned.decide(lists(rng, FEWEST, BASE), BASE, rng)
        assert found.gain is not None
        kept += not found.better
        if not found.better:
            assert found.weights is BASE
    assert kept == 6


def test_a_sure_gain_too_small_to_notice_changes_nothing(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learned, "WORTH", 1.0)
    found = learned.decide(lists(rng, 600, replace(BASE, quality=0.9, similar=0.1)), BASE, rng)
    assert found.gain is not None
    assert found.gain.low > 0
    assert not found.better


def test_the_order_of_the_past_does_not_prove_itself_right(rng: np.random.Generator) -> None:
    """People like the first place whatever stands there; nothing is to be learned from that."""
    found = []
    for one in lists(rng, 600, BASE):
        gains = np.zeros(5)
        gains[min(int(rng.geometric(0.7)) - 1, 4)] = 1.0
        found.append(replace(one, gains=gains))
    judged = learned.decide(found, BASE, rng)
    assert not judged.better
    times = learned.fit(found, BASE)
    assert times.quality == pytest.approx(BASE.quality, rel=0.35)
    assert times.similar == pytest.approx(BASE.similar, rel=0.35)


def test_too_few_lists_or_people_change_nothing(rng: np.random.Generator) -> None:
    taste = replace(BASE, quality=0.9)
    few = learned.decide(lists(rng, FEWEST - 1, taste), BASE, rng)
    alone = learned.decide(lists(rng, 2 * FEWEST, taste, people=FEWEST_PEOPLE - 1), BASE, rng)
    for found in (few, alone):
        assert (found.better, found.gain) == (False, None)
        assert found.weights is BASE
    assert few.lists == FEWEST - 1
    assert alone.people == FEWEST_PEOPLE - 1


def test_nothing_is_concluded_from_what_nobody_may_have_seen() -> None:
    signals = [{"quality": float(n), "wish": 1.0} for n in range(5)]
    one = learned.judged(signals, [None, 0.6, None, None, None], "p", BASE)
    assert one.gains[:3].tolist() == [0.0, 0.6, 0.0]
    assert np.isnan(one.gains[3:]).all()
    assert one.rest.tolist() == [BASE.wish] * 5
    assert one.signals[:, LEARNABLE.index("quality")].tolist() == [0, 1, 2, 3, 4]
    assert learned.telling([one]) == [one]


def test_lists_in_which_nothing_stands_out_teach_nothing() -> None:
    signals = [{"quality": 1.0}, {"quality": 2.0}]
    alike = learned.judged(signals, [0.6, 0.6], "p", BASE)
    silent = learned.judged(signals, [None, None], "p", BASE)
    assert learned.telling([alike, silent]) == []
    assert learned.fit([alike, silent], BASE) == BASE


def test_a_list_is_judged_by_where_the_better_items_stand() -> None:
    signals = [{"quality": 1.0}, {"quality": 2.0}, {"quality": 3.0}]
    best_last = learned.judged(signals, [0.0, 0.0, 1.0], "p", BASE)
    best_first = learned.judged(signals, [1.0, 0.0, 0.0], "p", BASE)
    assert learned.quality(best_last, BASE) == pytest.approx(1.0)
    assert learned.quality(best_first, BASE) == pytest.approx(0.5)


def test_the_file_comes_back_and_damage_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    changed = replace(BASE, quality=0.77, collaborative=0.9)
    learned.save(changed, path, {"lists": 400})
    assert learned.load(path, BASE) == changed
    assert learned.load(path, replace(BASE, wish=9.0)).wish == 9.0
    wrong = ('{"quality": "x"}', '{"quality": -1}', "[]")
    files = ("{", "[]", '{"format": 1}', '{"format": 9, "weights": {}}')
    for broken in (*files, *(f'{{"format": 1, "weights": {w}}}' for w in wrong)):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(ValueError):
            learned.load(path, BASE)
