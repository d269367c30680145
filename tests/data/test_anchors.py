"""Simple forecasts: of the right phase, of the right seasons, and never of the future."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.data.anchors import cycle_values, seasonal_values, usual_values


@settings(deadline=None)
@given(st.integers(2, 12), st.integers(1, 40), st.integers(2, 60))
def test_seasonal_values_are_of_the_same_phase(season: int, horizon: int, length: int) -> None:
    time = np.arange(length, dtype=float)[None]
    found = seasonal_values(time, season, horizon)[0]
    for h, value in enumerate(found):
        expected = [t for t in range(length) if (length + h - t) % season == 0]
        assert value == expected[-1] if expected else np.isnan(value)


def test_seasonal_values_look_past_gaps_but_not_further_than_three_seasons() -> None:
    z = np.arange(20.0)[None]
    z[0, [16, 12, 13, 17, 9]] = np.nan
    np.testing.assert_array_equal(seasonal_values(z, 4, 4)[0], [8, np.nan, 18, 19])


def test_what_is_usual_is_the_mean_of_three_seasons_as_they_were_or_above_their_level() -> None:
    pattern = np.array([0.0, 2, -1, -1])
    levels = np.array([100.0, 4, 7, 10, 0])  # of five seasons; the first is too long ago to count
    z = (pattern + levels[:, None]).reshape(1, -1)
    usual, above = usual_values(z, 4, 4, 6)
    np.testing.assert_allclose(usual[0, :4], pattern + (7 + 10 + 0) / 3)
    # Each season stood 3, 3 and -10 above the one before it.
    np.testing.assert_allclose(above[0, :4], pattern + (3 + 3 - 10) / 3)
    for values in (usual, above):
        np.testing.assert_array_equal(values[0, 4:], values[0, :2])
    z[0, [-4, -8]] = np.nan
    assert usual_values(z, 4, 4, 1)[0][0, 0] == 7
    z[0, -12] = np.nan
    assert np.isnan(usual_values(z, 4, 4, 1)).all()


def test_a_cycle_under_noise_is_the_mean_of_three_and_one_that_changes_the_last() -> None:
    rng = np.random.default_rng(0)
    lasting = np.tile(rng.normal(size=10), 12) + 0.3 * rng.normal(size=120)
    changing = np.cumsum(rng.normal(size=(12, 10)), axis=0).ravel()
    z = np.stack([lasting, changing])
    found = cycle_values(z, np.array([[10], [10]]), 12)
    np.testing.assert_allclose(found[0, :10], lasting[-30:].reshape(3, 10).mean(axis=0))
    np.testing.assert_array_equal(found[1, :10], changing[-10:])
    np.testing.assert_array_equal(found[:, 10:], found[:, :2])


def test_a_cycle_that_was_seen_too_seldom_to_compare_is_the_last_value_known() -> None:
    z = np.tile([5.0, 1, 3], 4)[None] + np.arange(12)
    z[0, -1] = np.nan
    found = cycle_values(np.concatenate([z, z + 1]), np.array([[3], [5]]), 3)
    np.testing.assert_array_equal(found[0], z[0, [-3, -2, -4]])
    np.testing.assert_array_equal(found[1, :2], z[0, [-5, -4]] + 1)
