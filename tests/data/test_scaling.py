"""Normalisation: exact round trips, bounded inverses, and no unit of measurement left over."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gruforecast.data.scaling import MAX_LOG_STEP, LocScale, fit_scale, last_observed, median_observed

SEASONS = st.sampled_from([1, 4, 12])
TOP = np.finfo(np.float64).max


def rows(low: float, high: float) -> st.SearchStrategy[np.ndarray]:
    """[2, 9] windows with values in low … high, some missing."""
    values = st.floats(low, high) | st.just(float("nan"))
    return arrays(np.float64, (2, 9), elements=values)


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def loss_of_round_trip(x: np.ndarray, season: int) -> float:
    """Largest error, relative to the largest magnitude of each window."""
    scaler = fit_scale(x, season)
    back = scaler.inverse(scaler.normalise(x))
    positive = scaler.log[:, None]
    # A window whose quotients overflow counts as constant.
    with np.errstate(over="ignore"):
        plain = ~(positive & np.isinf(x / np.where(positive, scaler.ref[:, None], 1))).any(axis=1, keepdims=True)
    known = np.isfinite(x) & plain
    assert np.isfinite(back[known]).all()
    # Positive values more than e^20 away from the last one are read as just that far away.
    with np.errstate(over="ignore"):
        reach = np.exp([[-MAX_LOG_STEP, MAX_LOG_STEP]]) * scaler.ref[:, None]
    expected = np.where(positive, np.clip(x, reach[:, :1], reach[:, 1:]), x)
    unit = np.where(known, np.abs(x), 0).max(axis=1, keepdims=True)
    return float(np.where(known, np.abs(back / 2 - expected / 2) / np.where(unit > 0, unit, 1), 0).max())


@settings(deadline=None)
@given(rows(-1e6, 1e6) | rows(-1e300, 1e300) | rows(-1e-300, 1e-300), SEASONS)
def test_round_trip_of_any_sign_and_size(x: np.ndarray, season: int) -> None:
    assert loss_of_round_trip(x, season) < 1e-12


@settings(deadline=None)
@given(rows(1.0, 1e6), st.integers(-300, 300), SEASONS)
def test_round_trip_of_positive_values_of_any_size(x: np.ndarray, power: int, season: int) -> None:
    assert loss_of_round_trip(x * 10.0**power, season) < 1e-12


@settings(deadline=None)
@given(st.floats(-1, 1), SEASONS)
def test_small_swings_on_a_large_offset_survive(phase: float, season: int) -> None:
    x = 1e9 + 1e-3 * np.sin(np.arange(24)[None] + phase)
    scaler = fit_scale(x, season)
    assert (scaler.scale > 0).all()
    np.testing.assert_allclose(scaler.inverse(scaler.normalise(x)), x, rtol=0, atol=2.5e-7)


@pytest.mark.parametrize("value", [0.0, 7.0, -7.0, 1e300, -1e300, 5e-324, 0.1])
def test_a_constant_is_its_own_forecast_whatever_the_network_says(value: float) -> None:
    scaler = fit_scale(np.full((1, 12), value), 4)
    assert scaler.scale.tolist() == [0]
    assert scaler.inverse(np.array([[-50.0, 0, 50]])).tolist() == [[value] * 3]


def test_nothing_observed_is_zero() -> None:
    scaler = fit_scale(np.full((1, 5), np.nan), 4)
    assert scaler.inverse(np.array([[1.0]])).tolist() == [[0]]
    assert last_observed(np.array([[1.0, np.nan], [np.nan, np.nan]])).tolist() == [1, 0]


@pytest.mark.parametrize("x", [[1e308, 1.7e308, 1e-300], [-1.7e308, 1.7e308, 1.0], [1.5e308, 1.7e308, 1.6e308]])
def test_values_near_the_largest_float_stay_finite(x: list[float]) -> None:
    for season in (1, 2):
        scaler = fit_scale(np.array([x]), season)
        assert np.isfinite(scaler.inverse(np.array([[-30.0, 0.0, 30.0]]))).all()
        assert np.isfinite([scaler.ref, scaler.loc, scaler.scale]).all()


def test_a_large_positive_level_is_not_cut_down() -> None:
    assert loss_of_round_trip(np.array([[1.5e308, 1.7e308, 1.6e308]]), 1) < 1e-12


@settings(deadline=None)
@given(rows(0, 1e6) | rows(-1e300, 1e300) | rows(1e-320, 1e300), st.floats(-1e300, 1e300), SEASONS)
def test_inverse_is_finite_and_not_below_the_floor(x: np.ndarray, z: float, season: int) -> None:
    scaler = fit_scale(x, season)
    values = scaler.inverse(np.full((2, 3, 2), z))
    assert values.shape == (2, 3, 2)
    assert np.isfinite(values).all()
    nonnegative = ~(x < 0).any(axis=1)
    assert (values[nonnegative] >= 0).all()


@settings(deadline=None)
@given(rows(1.0, 1e6), st.sampled_from([1e-9, 0.5, 3.0, 1024.0, 1e12]), SEASONS)
def test_units_of_positive_series_do_not_matter(x: np.ndarray, factor: float, season: int) -> None:
    small, large = fit_scale(x, season), fit_scale(x * factor, season)
    # Below this a window may count as constant in one unit and not in the other.
    for one, other in ((small.scale, large.scale), (small.loc, large.loc)):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    z = np.array([[-1.0, 0.5], [2.0, 0.0]])
    np.testing.assert_allclose(small.inverse(z) * factor, large.inverse(z), rtol=1e-9)


def test_positive_windows_take_the_logarithm_and_no_others() -> None:
    x = np.array([[1.0, 2, 4], [0, 2, 4], [-1, 2, 4], [np.nan, 2, 4]])
    scaler = fit_scale(x, 1)
    assert scaler.log.tolist() == [True, False, False, True]
    assert scaler.floor.tolist() == [0, 0, -np.inf, 0]
    z = scaler.normalise(x)
    np.testing.assert_allclose(z[0] * scaler.scale[0], np.log([0.25, 0.5, 1]))


def test_growth_is_bounded() -> None:
    scaler = LocScale(np.array([2.0]), np.zeros(1), np.ones(1), np.array([True]), np.zeros(1))
    assert scaler.inverse(np.array([[1e9]]))[0, 0] == pytest.approx(2 * np.exp(MAX_LOG_STEP))
    assert scaler.inverse(np.array([[-1e9]]))[0, 0] > 0
    assert scaler.normalise(np.array([[-5.0, 0.0]])).tolist() == [[np.log(1e-9)] * 2]


def test_what_was_low_elsewhere_counts() -> None:
    x = np.tile([[3.0, 4.0, 5.0]], (4, 1))
    scaler = fit_scale(x, 1, np.array([np.inf, 2.0, 0.0, -1.0]))
    assert scaler.log.tolist() == [True, True, False, False]
    assert scaler.floor.tolist() == [0, 0, 0, -np.inf]


@given(arrays(np.float64, (3, 7), elements=st.floats(-1e300, 1e300) | st.just(np.nan)))
def test_medians_are_of_what_is_observed(x: np.ndarray) -> None:
    expected = [np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan for row in x]
    np.testing.assert_allclose(median_observed(x), expected)
