"""Lifted readings: which windows are read above their zero, and how much of it counts."""

from __future__ import annotations

import numpy as np
import pytest

from gruforecast.data.lifted import lifts
from gruforecast.data.windows import make_layout

RNG = np.random.default_rng(0)
DAYS, HOURS, MONTHS, YEARS = (make_layout(seasons) for seasons in ((7, 364), (24, 168), (12,), (1,)))
WEEK = np.resize([10.0, 10, 9, 10, 11, 3, 2], 182)
DAY = np.tile(10 + 8 * np.sin(2 * np.pi * np.arange(24) / 24), 20)


def share(y: np.ndarray, layout: object) -> float:
    """What the lifted reading of one window counts."""
    return float(lifts(y[None], layout)[1][0])  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize(("pattern", "layout"), [(WEEK, DAYS), (DAY, HOURS)])
def test_movements_of_one_size_are_read_lifted_and_those_in_proportion_in_logs(
    pattern: np.ndarray, layout: object, missing: float
) -> None:
    noise = RNG.normal(size=len(pattern))
    gaps = np.where(RNG.random(len(pattern)) < missing, np.nan, 1.0)
    assert share((pattern + 0.3 * noise) * gaps, layout) == 1
    assert share(pattern * np.exp(0.1 * noise) * gaps, layout) == 0


def test_where_seasons_are_long_growth_decides() -> None:
    y = np.resize(WEEK, 96) + 0.3 * RNG.normal(size=96)
    assert share(y, MONTHS) == share(y, YEARS) == 0


def test_levels_that_touch_zero_are_read_in_both_ways_on_slow_grids() -> None:
    few, many = np.where(np.arange(90) % 5 == 0, 0.0, 7.0), np.where(np.arange(90) % 5 < 3, 0.0, 7.0)
    for layout in (MONTHS, YEARS):
        assert share(few, layout) == 0.5
        assert share(many, layout) == share(few - 1, layout) == share(few + 1, layout) == 0
    assert share(few, DAYS) == 0  # Zeros of days and hours are closing times.


@pytest.mark.parametrize("layout", [DAYS, HOURS, MONTHS, YEARS])
def test_nothing_and_constants_are_read_as_they_are(layout: object) -> None:
    for y in (np.full(90, np.nan), np.full(90, 3.0), np.zeros(90)):
        assert share(y, layout) == 0


def test_the_lift_is_the_mean() -> None:
    mean, _ = lifts(np.array([[1.0, np.nan, 3.0], [0.0, 0.0, 6.0]]), YEARS)
    np.testing.assert_allclose(mean, [2, 2])
