"""Coarser grids: which there are, which windows they guide, and how far."""

from __future__ import annotations

import numpy as np
import pytest

from gruforecast.data.windows import make_layout
from gruforecast.models.coarser import FURTHEST, Coarser, coarser_grids, follow_means, trust_in_means
from gruforecast.models.quantiles import expected

GRID = (0.1, 0.25, 0.5, 0.75, 0.9)
AROUND = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
(WEEKS,) = coarser_grids(make_layout((7, 364)))
FOURS, DAYS = coarser_grids(make_layout((24, 168)))
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
    assert WEEKS.may_guide(CALM[name][None]).tolist() == [True]


@pytest.mark.parametrize("name", OTHERS)
def test_other_years_do_not(name: str) -> None:
    assert WEEKS.may_guide(OTHERS[name][None]).tolist() == [False]


def test_days_guide_hours_from_two_weeks_on_whether_weeks_repeat_or_not() -> None:
    days = RNG.normal(size=(1, 20))
    assert DAYS.may_guide(days[:, :14]).tolist() == [True]
    assert DAYS.may_guide(days[:, :13]).tolist() == [False]
    assert DAYS.may_guide(np.where(np.arange(20) < 7, days, np.nan)).tolist() == [False]


def test_which_grids_guide_which() -> None:
    hours, days, weeks = make_layout((24, 168)), make_layout((7, 364)), make_layout((52,))
    found = {
        (24, 168): [(make_layout((6, 42)), 4), (days, 24)],
        (48, 336): [(make_layout((12, 84)), 4), (days, 48)],
        (96, 672): [(hours, 4)],  # One answer is no whole days.
        (12, 84): [(days, 12)],
        (7, 364): [(weeks, 7)],
        (5, 260): [(weeks, 5)],
        (52,): [(make_layout((13,)), 4)],
        (12,): [],
        (4,): [],
        (1,): [],
    }
    for seasons, guides in found.items():
        assert [(grid.layout, grid.factor) for grid in coarser_grids(make_layout(seasons))] == guides


def test_where_they_guide() -> None:
    answers = (range(56), range(192), range(192, 384), range(384, 576))
    assert [WEEKS.guides(periods) for periods in answers] == [True, True, True, True]
    assert [DAYS.guides(periods) for periods in answers] == [False, False, True, True]
    assert [FOURS.guides(periods) for periods in answers] == [True, True, False, False]
    # A window that does not hold the week is guided through it.
    short = coarser_grids(make_layout((24, 168), 96))[-1]
    assert short.guides(range(24)) and short.must_return and not DAYS.must_return
    # Minutes know the hour that has begun better than hours do.
    hours = coarser_grids(make_layout((60, 1440)))[-1]
    assert hours.layout == make_layout((24, 168)) and hours.factor == 60
    assert [hours.guides(range(stop)) for stop in (60, 120, 240)] == [False, True, True]


def means(history: np.ndarray, factor: int) -> np.ndarray:
    """[N] means of the window [1, L], for a layout of four points."""
    found: np.ndarray = Coarser(make_layout((1,), 4), factor, 0.5).means(history)[0]
    return found


def test_means_are_counted_back_from_the_cutoff() -> None:
    history = np.arange(30.0)[None]
    np.testing.assert_array_equal(means(history, 7), [5, 12, 19, 26])
    np.testing.assert_array_equal(means(history, 5), [2, 7, 12, 17, 22, 27])
    np.testing.assert_array_equal(means(history[:, :6], 5), [np.nan, np.nan, np.nan, 3])


def test_a_mean_of_which_most_is_missing_is_unknown() -> None:
    history = np.arange(28.0)[None]
    history[0, [0, 1, 2, 7, 8, 9, 10]] = np.nan
    np.testing.assert_array_equal(means(history, 7), [4.5, np.nan, 17, 24])


def quantiles(*medians: float, spread: float = 1.0) -> np.ndarray:
    """[1, H, Q] quantiles around *medians*."""
    return np.array(medians)[None, :, None] + spread * AROUND


def guide(factor: int, trust: float, nearest: int = 0) -> Coarser:
    return Coarser(make_layout((1,), 4), factor, trust, True, nearest)


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
    means, points = quantiles(9, 9), np.concatenate([quantiles(1, 2, 3, spread=x) for x in (0.1, 5)], axis=1)
    np.testing.assert_allclose(trust_in_means(points, means, GRID, guide(3, 0.6), range(6)), [[0.006, 0.6]])
    np.testing.assert_array_equal(trust_in_means(points, quantiles(9, 9, spread=0), GRID, guide(3, 0.6), range(6)), 0)
    # What feeds on other forecasts has lost its own uncertainty.
    np.testing.assert_array_equal(trust_in_means(points, means, GRID, guide(3, 0.6), range(6, 12)), 0.6)


def test_the_nearest_points_go_alone() -> None:
    means, points = quantiles(*[9] * 4), quantiles(*range(12), spread=50)
    alone = trust_in_means(points, means, GRID, guide(3, 0.6, nearest=6), range(12))
    np.testing.assert_array_equal(alone, [[0, 0, 0.6, 0.6]])
    later = trust_in_means(points, means, GRID, guide(3, 0.6, nearest=6), range(3, 15))
    np.testing.assert_array_equal(later, [[0, 0.6, 0.6, 0.6]])


def test_windows_without_means_stay_as_they_are() -> None:
    points = np.repeat(quantiles(*range(14)), 2, axis=0)
    means = np.concatenate([np.full((1, 2, 5), np.nan), quantiles(50, 60)])
    for trust in (np.full((2, 2), 0.5), trust_in_means(points, means, GRID, guide(7, 0.5), range(14))):
        found = follow_means(points, means, GRID, np.array([True, False]), trust)
        np.testing.assert_array_equal(found[0], points[0])
        assert (found[1] > points[1]).all()
