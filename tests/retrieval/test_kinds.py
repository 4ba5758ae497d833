"""What kind of thing a question asks for, and what follows from it for an answer."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.kinds import KINDS, kinds
from retrieval.ranking import DENSE, FEATURES, standing, weights_for


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Who can open an account?", "who"),
        ("谁可以开户", "who"),
        ("how long does delivery take", "how long"),
        ("退款多久到账", "how long"),
        ("礼品卡能用几年", "how long"),
        ("at what point do I pay", "when"),
        ("什么时候扣款？", "when"),
        ("how much is postage", "price"),
        ("运费多少钱", "price"),
        ("which papers do you need", "papers"),
        ("需要什么证件", "papers"),
        ("why should I buy it", "why"),
        ("what if I lose my card", "what becomes of it"),
        ("包裹丢了怎么办", "what becomes of it"),
        ("how does it differ from the other", "difference"),
        ("可以分期付款吗", "whether"),
        ("Time limit", "how long"),
    ],
)
def test_names_what_is_asked_for_in_both_languages(text: str, kind: str) -> None:
    assert kinds(text)[KINDS.index(kind)] == 1.0


def test_says_nothing_of_what_is_not_asked() -> None:
    assert not kinds("red boots").any()
    assert not kinds("红色的靴子").any()
    assert kinds("how much is it")[KINDS.index("how much")] == 0.0
    assert set(np.unique(kinds("who and when"))) == {0.0, 1.0}


def test_standing_is_one_for_the_highest_and_falls_with_the_place() -> None:
    found = standing(np.array([0.2, 0.9, 0.5, 0.9], dtype=np.float32))
    assert found.tolist() == pytest.approx([1 / 4, 1.0, 1 / 3, 1 / 2])


@pytest.mark.parametrize("embedder", ["hash-384-v1", "all-MiniLM-L6-v2:53aa5117"])
def test_shipped_weights_have_one_number_a_feature(embedder: str) -> None:
    weights = weights_for(embedder)
    for chinese in (False, True):
        head = weights.head(chinese=chinese)
        assert head.rank.shape == (len(FEATURES),)
        assert head.sure.shape == (len(FEATURES) + 2,)
        by_words = not head.rank[list(DENSE)].any()
        assert by_words == embedder.startswith("hash")
