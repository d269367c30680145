"""Gaps: which are bridged, and how."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gruforecast.data.gaps import bridged

TIME = np.arange(60.0)
SEASON = np.tile([5.0, -3.0, 8.0, 0.5, -9.0, 2.0], 10)


def without(y: np.ndarray, *missing: int) -> np.ndarray:
    """[1, T] the series with gaps."""
    return np.where(np.isin(np.arange(len(y)), missing), np.nan, y)[None]


def test_a_line_is_bridged_by_a_line() -> None:
    for season in (4, 12):
        np.testing.assert_allclose(bridged(without(3 + 2 * TIME, 5, 20, 21, 22), season)[0], 3 + 2 * TIME)


@pytest.mark.parametrize("trend", [0.0, 0.7])
def test_a_season_is_bridged_by_its_neighbours(trend: float) -> None:
    y = 20 + SEASON + trend * TIME
    np.testing.assert_allclose(bridged(without(y, 9, 20, 21, 22, 23, 40, 46, 52), 6)[0], y)


def test_a_phase_that_is_never_seen_is_bridged_by_lines() -> None:
    y = 20 + SEASON
    found = bridged(without(y, *range(2, 60, 6)), 6)[0]
    np.testing.assert_allclose(found[8::6], (y[7] + y[9]) / 2)
    np.testing.assert_array_equal(found[y != y[2]], y[y != y[2]])


def test_gaps_of_more_than_a_season_stay() -> None:
    for season, longest in ((1, 1), (6, 6)):
        for missing, kept in ((range(20, 20 + longest), False), (range(20, 21 + longest), True)):
            assert np.isnan(bridged(without(SEASON + TIME, *missing), season)).any() == kept


def test_what_lies_before_and_after_stays_missing() -> None:
    found = bridged(without(TIME, 0, 1, 30, 58, 59), 6)[0]
    assert np.flatnonzero(np.isnan(found)).tolist() == [0, 1, 58, 59]


def test_demand_that_is_mostly_zero_has_no_means_between() -> None:
    y = np.where(TIME % 5 == 0, 7.0, 0.0)
    np.testing.assert_array_equal(bridged(without(y, 11, 15), 6), without(y, 11, 15))


def test_windows_without_gaps_are_given_back() -> None:
    y = np.random.default_rng(0).normal(size=(3, 40))
    assert bridged(y, 7) is y


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 7, 24]), st.integers(1, 80))
def test_observed_values_stay_and_no_bridge_leaves_their_range_by_much(seed: int, season: int, length: int) -> None:
    rng = np.random.default_rng(seed)
    y = np.where(rng.random((4, length)) < rng.random((4, 1)), np.nan, rng.normal(size=(4, length)))
    found = bridged(y, season)
    seen = np.isfinite(y)
    np.testing.assert_array_equal(found[seen], y[seen])
    assert not np.isinf(found).any()
    for row, before in zip(found, y, strict=True):
        if np.isfinite(before).any():
            assert np.nanmax(np.abs(row)) <= 5 * np.nanmax(np.abs(before))
    if season > 1:
        np.testing.assert_allclose(bridged(3 * y, season), 3 * found)
