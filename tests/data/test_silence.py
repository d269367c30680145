"""What has been zero for longer than ever before."""

from __future__ import annotations

import numpy as np
import pytest

from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import Panel
from gruforecast.data.silence import silence, stay_silent

NAN = float("nan")
SOLD = np.tile([3.0, 5.0, 2.0, 4.0], 30)  # ten years of months


def panel_of(*series: np.ndarray, alias: str = "MS") -> Panel:
    indptr = np.concatenate([[0], np.cumsum([len(y) for y in series])]).astype(np.int64)
    ids = np.array([f"s{i}" for i in range(len(series))], dtype=object)
    return Panel(ids, np.zeros(len(ids), np.int64), indptr, np.concatenate(series), Frequency.parse(alias))


def zeros(n: int) -> np.ndarray:
    return np.zeros(n)


def found(*series: np.ndarray, alias: str = "MS") -> list[int]:
    together = silence(panel_of(*series, alias=alias)).tolist()
    assert together == [silence(panel_of(y, alias=alias))[0] for y in series]
    return together


def test_it_is_counted_beyond_the_longest_before() -> None:
    paused = np.r_[SOLD, zeros(4), SOLD]
    gappy = np.r_[SOLD, 0, NAN, zeros(3), NAN, NAN, zeros(4)]
    assert found(np.r_[SOLD, zeros(9)], np.r_[paused, zeros(9)], gappy) == [9, 5, 8]


def test_zeros_before_the_first_sale_are_none() -> None:
    assert found(np.r_[zeros(30), SOLD, zeros(8)]) == [8]


@pytest.mark.parametrize(
    "y",
    [
        SOLD,
        np.r_[SOLD, zeros(5)],
        np.r_[SOLD, zeros(7), SOLD, zeros(7)],
        np.r_[-SOLD, zeros(9)],
        np.r_[1.0, 2.0, zeros(9)],
        zeros(40),
        np.zeros(0),
    ],
)
def test_what_tells_nothing(y: np.ndarray) -> None:
    assert found(y, np.r_[SOLD, zeros(9)]) == [0, 9]


def test_a_season_may_pass_where_few_were_seen() -> None:
    """The first winter of an ice cream, a shop that is closed for the first time."""
    assert found(np.r_[SOLD[:20], zeros(11)], np.r_[SOLD[:20], zeros(15)], np.r_[SOLD[:24], zeros(11)]) == [0, 3, 11]
    assert found(np.r_[SOLD, zeros(9)], alias="D") == [2] and found(np.r_[SOLD, zeros(9)], alias="YS") == [9]


def test_a_day_may_pass_where_there_are_many() -> None:
    """A shop that is closed at night, on a feast, and at last for good."""
    day = np.r_[zeros(8), np.full(12, 5.0), zeros(4)]
    shop = np.tile(day, 30)
    assert found(shop, np.r_[shop, zeros(24)], np.r_[shop, zeros(48)], alias="h") == [0, 0, 16]


def test_quantiles_that_silence_covers_are_zero() -> None:
    values = np.tile([1.0, 2.0, 3.0], (2, 4, 1))
    moved = stay_silent(values, np.array([0, 6]), 0, (0.1, 0.5, 0.9))
    np.testing.assert_array_equal(moved[0], values[0])
    np.testing.assert_array_equal(moved[1], [[0, 0, 3]] * 4)
    np.testing.assert_array_equal(
        stay_silent(values, np.array([0, 6]), 5, (0.1, 0.5, 0.9))[1, :2], [[0, 0, 3], [0, 2, 3]]
    )
    assert (stay_silent(values, np.array([60, 6]), 0, (0.1, 0.5, 0.9))[0] == 0).all()
