import numpy as np
import pytest

from retrieval.rerank import LIMIT, neutral, standardised


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def test_the_unknown_neither_helps_nor_hurts() -> None:
    z = standardised(column(1, 2, 3, 4, 5, np.nan))
    assert z[5] == 0 and z[2] == 0 and z[4] == -z[0] > 0


def test_scale_and_place_do_not_matter() -> None:
    x = column(3, 1, 4, 1, 5, 9, 2, 6)
    assert standardised(x * 100 - 7) == pytest.approx(standardised(x), abs=1e-4)


def test_outliers_keep_their_order_but_do_not_rule() -> None:
    z = standardised(column(*range(20), 1000, 2000))
    assert LIMIT < z[20] < z[21] < 4 * LIMIT < 1000


def test_what_does_not_vary_or_is_unknown_says_nothing() -> None:
    for x in (column(2, 2, 2), column(np.nan, np.nan), column(5), column()):
        assert standardised(x).tolist() == [0.0] * x.size


def test_mostly_zero_columns_still_tell_who_is_not() -> None:
    z = standardised(column(*[0] * 30, 1))
    assert z[30] > 1 and not z[:30].any()


def test_neutral_is_the_mean_of_the_known() -> None:
    assert neutral(column(0, 1, np.nan)).tolist() == [0, 1, 0.5]
    assert neutral(column(np.nan)).tolist() == [0]
