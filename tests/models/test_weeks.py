"""Weeks: which years repeat, and how days follow their weeks."""

from __future__ import annotations

import numpy as np
import pytest

from gruforecast.models.quantiles import expected
from gruforecast.models.weeks import FURTHEST, TRUST, comes_back, follow_weeks, week_means

GRID = (0.1, 0.25, 0.5, 0.75, 0.9)
AROUND = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
RNG = np.random.default_rng(0)
TIME = np.arange(156)
YEARS = np.sin(2 * np.pi * TIME / 52)
CALM = {
    "seasons": YEARS + RNG.normal(0, 0.3, 156),
    "seasons and a walk": 5 * YEARS + np.cumsum(RNG.normal(0, 0.2, 156)),
    "weeks of their own": np.tile(RNG.normal(size=52), 3) + RNG.normal(0, 0.2, 156),
    "two years": YEARS[:104] + RNG.normal(0, 0.1, 104),
    "gaps": np.where(RNG.random(156) < 0.2, np.nan, YEARS),
}
OTHERS = {
    "noise": RNG.normal(size=156),
    "a walk": np.cumsum(RNG.normal(size=156)),
    "a straight line": TIME.astype(np.float64),
    "a constant": np.full(156, 3.0),
    "less than two years": YEARS[:103],
    "two years with gaps": np.where(TIME[:104] % 9 == 0, np.nan, YEARS[:104]),
    "half a year": YEARS[:26],
    "nothing": np.full(156, np.nan),
}


@pytest.mark.parametrize("name", CALM)
def test_years_that_repeat(name: str) -> None:
    assert comes_back(CALM[name][None]).tolist() == [True]


@pytest.mark.parametrize("name", OTHERS)
def test_others(name: str) -> None:
    assert comes_back(OTHERS[name][None]).tolist() == [False]


def test_weeks_are_counted_back_from_the_cutoff() -> None:
    history = np.arange(16.0)[None]
    np.testing.assert_array_equal(week_means(history, 7), [[5, 12]])
    np.testing.assert_array_equal(week_means(history, 5), [[3, 8, 13]])
    assert week_means(history[:, :6], 7).shape == (1, 0)


def test_a_week_that_is_mostly_missing_is_unknown() -> None:
    history = np.arange(14.0)[None]
    history[0, [0, 1, 2, 7, 8, 9, 10]] = np.nan
    np.testing.assert_array_equal(week_means(history, 7), [[4.5, np.nan]])


def quantiles(*medians: float, spread: float = 1.0) -> np.ndarray:
    """[1, H, Q] quantiles around *medians*."""
    return np.array(medians)[None, :, None] + spread * AROUND


def test_days_follow_their_weeks_most_of_the_way() -> None:
    days, weeks = quantiles(1, 2, 3, 4, 5, 6, spread=10), quantiles(2, 15)
    found = follow_weeks(days, weeks, GRID, np.array([False]), soon=True)
    np.testing.assert_allclose(found[0, :3], days[0, :3])
    np.testing.assert_allclose(found[0, 3:], days[0, 3:] + TRUST * 10)


def test_what_is_never_negative_is_multiplied_and_zero_stays_zero() -> None:
    days = np.maximum(quantiles(0, 8, 4), 0)
    days[0, 0] = 0
    found = follow_weeks(days, quantiles(8, spread=0.1), GRID, np.array([True]), soon=True)
    assert (found[0, 0] == 0).all()
    np.testing.assert_allclose(found[0], days[0] * (8 / expected(days, GRID).mean()) ** TRUST)
    far = follow_weeks(days, quantiles(1e9), GRID, np.array([True]), soon=False)
    np.testing.assert_allclose(far, days * FURTHEST**TRUST)
    none = follow_weeks(np.zeros((1, 7, 5)), quantiles(3), GRID, np.array([True]), soon=False)
    assert (none == 0).all()


def test_days_that_are_surer_than_their_weeks_stay_nearly_where_they_were() -> None:
    sure, unsure, weeks = quantiles(*range(7), spread=0.1), quantiles(*range(7), spread=5), quantiles(9)
    for nonnegative in (False, True):
        kind = np.array([nonnegative])
        little, much = (follow_weeks(x, weeks, GRID, kind, soon=True) - x for x in (sure, unsure))
        assert 0 < np.abs(little).max() < 0.1 * np.abs(much).max()
        # What follows other forecasts has lost its own uncertainty.
        later = follow_weeks(sure, weeks, GRID, kind, soon=False) - sure
        assert np.abs(later).max() > 10 * np.abs(little).max()


def test_windows_without_weeks_stay_as_they_are() -> None:
    days = np.repeat(quantiles(*range(14)), 2, axis=0)
    weeks = np.concatenate([np.full((1, 2, 5), np.nan), quantiles(50, 60)])
    found = follow_weeks(days, weeks, GRID, np.array([True, False]), soon=True)
    np.testing.assert_array_equal(found[0], days[0])
    assert (found[1] > days[1]).all()
