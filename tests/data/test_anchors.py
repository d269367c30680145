"""Simple forecasts: of the right phase, of the right seasons, and never of the future."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.data.anchors import seasonal_values, usual_values


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
