"""Means of seasons: which of them guide their points, and how far."""

from __future__ import annotations

import numpy as np
import pytest

from gruforecast.data.windows import Layout, make_layout
from gruforecast.models.coarser import FURTHEST, SEEN, UNSEEN, follow_means, guides, season_means, trust_in_means
from gruforecast.models.quantiles import expected

GRID = (0.1, 0.25, 0.5, 0.75, 0.9)
AROUND = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
DAYS, HOURS = make_layout((7, 364)), make_layout((24, 168))
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
def test_years_that_repeat_guide_days(name: str) -> None:
    assert guides(CALM[name][None], DAYS).tolist() == [True]


@pytest.mark.parametrize("name", OTHERS)
def test_other_years_do_not(name: str) -> None:
    assert guides(OTHERS[name][None], DAYS).tolist() == [False]


def test_days_guide_hours_whose_window_sees_the_week_from_two_weeks_on() -> None:
    days = RNG.normal(size=(1, 20))
    assert guides(days[:, :14], HOURS).tolist() == [True]
    assert guides(days[:, :13], HOURS).tolist() == [False]
    assert guides(np.where(np.arange(20) < 7, days, np.nan), HOURS).tolist() == [False]
    assert guides(days, make_layout((24, 168), 96)).tolist() == [False]


def test_which_grids_have_a_coarser_one() -> None:
    of_days = Layout(width=7, segments=26, season=7, long_season=364)
    assert make_layout((24, 168)).coarser() == make_layout((48, 336)).coarser() == DAYS == of_days
    assert DAYS.coarser() == make_layout((5, 260)).coarser() == make_layout((52,))
    for seasons in ((1,), (12,), (52,), (60, 1440), (288, 2016)):
        assert make_layout(seasons).coarser() is None


def test_seasons_are_counted_back_from_the_cutoff() -> None:
    history = np.arange(16.0)[None]
    np.testing.assert_array_equal(season_means(history, 7), [[5, 12]])
    np.testing.assert_array_equal(season_means(history, 5), [[3, 8, 13]])
    assert season_means(history[:, :6], 7).shape == (1, 0)


def test_a_season_that_is_mostly_missing_is_unknown() -> None:
    history = np.arange(14.0)[None]
    history[0, [0, 1, 2, 7, 8, 9, 10]] = np.nan
    np.testing.assert_array_equal(season_means(history, 7), [[4.5, np.nan]])


def quantiles(*medians: float, spread: float = 1.0) -> np.ndarray:
    """[1, H, Q] quantiles around *medians*."""
    return np.array(medians)[None, :, None] + spread * AROUND


SIGNED, NONNEGATIVE = np.array([False]), np.array([True])


def test_points_follow_their_means_as_far_as_these_are_trusted() -> None:
    points, trust = quantiles(1, 2, 3, 4, 5, 6), np.array([[0.5, 0.8]])
    found = follow_means(points, quantiles(2, 15), GRID, SIGNED, trust)
    np.testing.assert_allclose(found[0, :3], points[0, :3])
    np.testing.assert_allclose(found[0, 3:], points[0, 3:] + 0.8 * 10)


def test_what_is_never_negative_is_multiplied_and_zero_stays_zero() -> None:
    points, trust = np.maximum(quantiles(0, 8, 4), 0), np.array([[0.75]])
    points[0, 0] = 0
    found = follow_means(points, quantiles(8), GRID, NONNEGATIVE, trust)
    assert (found[0, 0] == 0).all()
    np.testing.assert_allclose(found[0], points[0] * (8 / expected(points, GRID).mean()) ** 0.75)
    far = follow_means(points, quantiles(1e9), GRID, NONNEGATIVE, trust)
    np.testing.assert_allclose(far, points * FURTHEST**0.75)
    assert (follow_means(np.zeros((1, 7, 5)), quantiles(3), GRID, NONNEGATIVE, trust) == 0).all()


def test_the_surer_points_are_the_less_they_follow() -> None:
    means = quantiles(9, 9)
    points = np.concatenate([quantiles(1, 2, 3, spread=x) for x in (0.1, 5)], axis=1)
    np.testing.assert_allclose(trust_in_means(points, means, GRID, DAYS, 0), [[UNSEEN / 100, UNSEEN]])
    np.testing.assert_array_equal(trust_in_means(points, quantiles(9, 9, spread=0), GRID, DAYS, 0), 0)
    # What feeds on other forecasts has lost its own uncertainty.
    np.testing.assert_array_equal(trust_in_means(points, means, GRID, DAYS, 14), UNSEEN)
    np.testing.assert_array_equal(trust_in_means(points, means, GRID, HOURS, 192), SEEN)


def test_windows_without_means_stay_as_they_are() -> None:
    points = np.repeat(quantiles(*range(14)), 2, axis=0)
    means = np.concatenate([np.full((1, 2, 5), np.nan), quantiles(50, 60)])
    for trust in (np.full((2, 2), 0.5), trust_in_means(points, means, GRID, DAYS, 0)):
        found = follow_means(points, means, GRID, np.array([True, False]), trust)
        np.testing.assert_array_equal(found[0], points[0])
        assert (found[1] > points[1]).all()
