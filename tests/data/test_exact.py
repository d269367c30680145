"""What has repeated exactly goes on exactly, and nothing else is touched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gruforecast.data.exact import FEWEST, RESTS, exact_continuation, resting

SHAPES = st.lists(st.integers(-50, 50), min_size=1, max_size=9)


def continued(y: np.ndarray, period: int, horizon: int = 11, seasons: tuple[int, ...] = ()) -> np.ndarray:
    return exact_continuation(y[None], seasons, np.array([period]), horizon)[0]


@given(SHAPES, st.integers(-3, 3), st.sampled_from([0.01, 1.0, 1e6]), st.integers(0, 5), st.booleans())
def test_rhythms_with_growth_go_on(shape: list[int], step: int, unit: float, absent: int, named: bool) -> None:
    lag, time = len(shape), np.arange(3 * len(shape) + FEWEST + 5 + 11)
    y = unit * (np.array(shape)[time % lag] + step * (time // lag))
    past = y[:-11].copy()
    past[:absent] = np.nan  # before the start
    found = continued(past, 0, seasons=(lag, 0)) if named else continued(past, lag)
    np.testing.assert_allclose(found, y[-11:], atol=1e-6 * unit)


@given(SHAPES, st.sampled_from([0.5, 0.99, 1.0, 1.07]))
def test_compound_growth_goes_on(shape: list[int], rate: float) -> None:
    lag, time = len(shape), np.arange(3 * len(shape) + FEWEST + 11)
    y = (51 + np.array(shape))[time % lag] * rate ** (time // lag)
    np.testing.assert_allclose(continued(y[:-11], lag), y[-11:], rtol=1e-6)


@given(SHAPES, st.data())
def test_one_other_value_is_enough_to_doubt(shape: list[int], data: st.DataObject) -> None:
    y = 100.0 + np.tile(np.arange(len(shape)) + 0.1 * np.array(shape), 12)
    y[data.draw(st.integers(0, len(y) - 1))] *= 1.0001
    assert np.isnan(continued(y, len(shape), seasons=(len(shape),))).all()


def test_a_missing_value_is_no_contradiction_unless_it_is_needed() -> None:
    y = np.tile([1.0, 5.0, 2.0], 8)
    early, late = y.copy(), y.copy()
    early[4] = late[-2] = np.nan
    np.testing.assert_allclose(continued(early, 3, 4), [1, 5, 2, 1])
    assert np.isnan(continued(late, 3, 4)).all()
    year = np.tile(np.arange(1.0, 13), 3)
    year[-8] = np.nan
    assert np.isnan(continued(year, 0, 12, seasons=(12,))).all()


@pytest.mark.parametrize("points", range(2, FEWEST + 1))
def test_few_points_prove_nothing(points: int) -> None:
    assert np.isnan(continued(np.arange(float(points)), 0)).all()


def test_every_point_must_have_come_back() -> None:
    week = np.array([3.0, 1, 4, 1, 5, 9, 2])
    assert np.isnan(continued(np.concatenate([week, week[:6]]), 7)).all()
    np.testing.assert_allclose(continued(np.tile(week, 2), 7, 7), week)


def test_zeros_do_not_hide_in_logs() -> None:
    y = np.concatenate([[0.0], 2.0 ** np.arange(20)])
    assert np.isnan(continued(y, 0)).all()


def test_each_window_has_its_own_rhythm() -> None:
    time = np.arange(60)
    y = np.array([time % 5, time % 4, np.random.default_rng(0).normal(size=60)], dtype=np.float64)
    found = exact_continuation(y, (4,), np.array([5, 5, 5]), 4)
    np.testing.assert_allclose(found[:2], [[0, 1, 2, 3], [0, 1, 2, 3]])
    assert np.isnan(found[2]).all()


def test_what_always_rested_at_a_phase_rests() -> None:
    week = np.random.default_rng(0).integers(1, 9, (6, 7)).astype(np.float64)
    week[:, 2] = 0
    week[1:, 5] = 0  # closed lately
    week[:, 6] = [0, 0, np.nan, 0, 0, 0]
    found = resting(week.reshape(1, -1), (7, 1), 9)
    assert found.tolist() == [[False, False, True, False, False, False, True, False, False]]


def test_two_rests_prove_nothing_and_noughts_without_a_season_neither() -> None:
    y = np.tile([0.0, 3.0, 1.0], RESTS - 1)[None]
    assert not resting(y, (3,), 6).any()
    assert resting(np.tile(y, 2), (3,), 6)[0].tolist() == [True, False, False] * 2
    assert not resting(np.zeros((1, 40)), (1, 0), 6).any()


def test_rare_demand_is_not_kept_off_the_phases_that_it_missed() -> None:
    y = np.tile([1.0, 0, 0, 0, 0, 0, 0], 30)[None]
    assert not resting(y[:, : 3 * 52], (52,), 52).any()


def test_the_longer_season_tells_what_the_shorter_one_mixes() -> None:
    day = np.array([0.0, 2, 5, 1])
    weeks = np.tile(np.concatenate([np.tile(day, 6), np.zeros(4)]), RESTS)[None]
    found = resting(weeks, (4, 28), 28)[0].reshape(7, 4)
    assert found[:6].tolist() == [[True, False, False, False]] * 6 and found[6].all()
