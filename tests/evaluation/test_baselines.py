"""Naive, SeasonalNaive, Drift: textbook answers, gaps, short series, and what all baselines owe."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.data.panel import Panel
from gruforecast.errors import UsageError
from gruforecast.evaluation.baselines import (
    BASELINES,
    DEFAULT_BASELINES,
    Drift,
    Naive,
    SeasonalNaive,
    make_baseline,
)
from gruforecast.evaluation.metrics import in_sample_scale, mase

MakePanel = Callable[..., Panel]
NAN = math.nan
LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
Z90 = 1.2815515655446004

values = st.one_of(st.floats(-1e9, 1e9), st.just(0.0), st.just(NAN))
series = st.lists(values, max_size=30).map(
    # A panel's series start and end on an observation.
    lambda row: [1.5, *row, -2.5] if len(row) % 2 else row[:1] if row and row[0] == row[0] else []
)


def test_naive_repeats_the_last_value(make_panel: MakePanel) -> None:
    forecast = Naive().predict(make_panel([[1, 3, 2, 4], [7]]), 3, (0.1, 0.9))
    np.testing.assert_array_equal(forecast.median, [[4, 4, 4], [7, 7, 7]])
    sigma = math.sqrt((4 + 1 + 4) / 3)
    expected = 4 + Z90 * sigma * np.sqrt([1, 2, 3])
    np.testing.assert_allclose(forecast.quantiles[0, :, 1], expected)
    np.testing.assert_array_equal(forecast.quantiles[1], 7)


def test_seasonal_naive_beyond_one_season(make_panel: MakePanel) -> None:
    panel = make_panel([[1, 2, 3, 4, 3, 2, 3, 8], [5, 6]], season=4)
    forecast = SeasonalNaive().predict(panel, 6, (0.9,))
    np.testing.assert_array_equal(forecast.median[0], [3, 2, 3, 8, 3, 2])
    np.testing.assert_array_equal(forecast.median[1], [6, 6, 5, 6, 6, 6])
    sigma = math.sqrt((4 + 0 + 0 + 16) / 4)
    spread = (forecast.quantiles[0, :, 0] - forecast.median[0]) / Z90
    np.testing.assert_allclose(spread, sigma * np.sqrt([1, 1, 1, 1, 2, 2]))


def test_drift_extends_the_line(make_panel: MakePanel) -> None:
    forecast = Drift().predict(make_panel([[1, 5, 4, 7], [7]]), 2, (0.9,))
    np.testing.assert_allclose(forecast.median, [[9, 11], [7, 7]])
    sigma = math.sqrt((4 + 9 + 1) / 2)
    spread = (forecast.quantiles[0, :, 0] - forecast.median[0]) / Z90
    np.testing.assert_allclose(spread, sigma * np.sqrt([1 * (1 + 1 / 3), 2 * (1 + 2 / 3)]))


def test_gaps_are_bridged(make_panel: MakePanel) -> None:
    panel = make_panel([[1, NAN, 3, NAN, NAN, 6]], season=2)
    # Changes of 2 over two periods and 3 over three: a walk with variance (4/2 + 9/3) / 2 a step.
    spread = Naive().predict(panel, 1, (0.9,)).quantiles[0, 0, 0] - 6
    assert spread == pytest.approx(Z90 * math.sqrt(2.5))
    np.testing.assert_allclose(Drift().predict(panel, 2, ()).median, [[7, 8]])
    # Phases counted from the end: the value before the last is missing, so is the one two before it.
    np.testing.assert_allclose(SeasonalNaive().predict(panel, 2, ()).median, [[3, 6]])


@pytest.mark.parametrize("name", BASELINES)
@given(rows=st.lists(series, min_size=1, max_size=6), season=st.integers(1, 8), horizon=st.integers(1, 20))
@settings(max_examples=25, deadline=None)
def test_any_series_gets_a_finite_sorted_forecast(
    make_panel: MakePanel, name: str, rows: list[list[float]], season: int, horizon: int
) -> None:
    panel = make_panel(rows, season=season)
    forecast = BASELINES[name]().predict(panel, horizon, LEVELS)
    assert forecast.median.shape == (len(rows), horizon)
    assert forecast.quantiles.shape == (len(rows), horizon, len(LEVELS))
    filled = np.array([len(row) > 0 for row in rows])
    assert np.isfinite(forecast.quantiles[filled]).all() and np.isfinite(forecast.median[filled]).all()
    assert np.isnan(forecast.quantiles[~filled]).all() and np.isnan(forecast.median[~filled]).all()
    assert (np.diff(forecast.quantiles[filled], axis=2) >= 0).all()


@pytest.mark.parametrize("name", BASELINES)
@given(seed=st.integers(0, 2**32 - 1), factor=st.floats(1e-3, 1e6))
@settings(max_examples=15, deadline=None)
def test_forecasts_follow_the_unit(make_panel: MakePanel, name: str, seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    rows = [np.exp(rng.normal(1, 0.5, n)) for n in (1, 3, 20, 40)] + [rng.normal(0, 3, 25)]
    one = BASELINES[name]().predict(make_panel(rows, season=4), 6, LEVELS)
    other = BASELINES[name]().predict(make_panel([factor * row for row in rows], season=4), 6, LEVELS)
    scale = np.abs(one.quantiles).max() * factor
    np.testing.assert_allclose(other.quantiles, factor * one.quantiles, atol=1e-9 * scale)


@pytest.mark.parametrize("name", BASELINES)
def test_series_do_not_see_each_other(make_panel: MakePanel, name: str) -> None:
    rng = np.random.default_rng(1)
    rows = [rng.normal(10, 2, n) for n in (30, 7, 1, 19)]
    together = BASELINES[name]().predict(make_panel(rows, season=4), 9, LEVELS)
    for i, row in enumerate(rows):
        alone = make_baseline(name).predict(make_panel([row], season=4), 9, LEVELS)
        np.testing.assert_allclose(together.quantiles[i], alone.quantiles[0])


@pytest.mark.parametrize("name", BASELINES)
def test_an_empty_panel_and_no_levels(make_panel: MakePanel, name: str) -> None:
    assert make_baseline(name).predict(make_panel([]), 3, LEVELS).median.shape == (0, 3)
    assert make_baseline(name).predict(make_panel([[], []]), 3, ()).quantiles.shape == (2, 3, 0)


@given(st.lists(st.integers(-100, 100), min_size=3, max_size=40), st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_one_step_naive_inside_the_history_has_mase_one(make_panel: MakePanel, row: list[int], season: int) -> None:
    """The scale of MASE is the seasonal naive's own error, so inside the history its MASE is exactly 1."""
    panel = make_panel([row], season=season)
    lag = season if len(row) > season else 1
    y = np.array(row, dtype=float)
    actual, naive = y[None, lag:], y[None, :-lag]
    value = mase(actual, naive, in_sample_scale(panel))[0]
    assert np.isnan(value) if (actual == naive).all() else value == pytest.approx(1)


def test_names() -> None:
    assert [kind.name for kind in BASELINES.values()] == ["Naive", "SeasonalNaive", "Drift", "Theta"]
    assert set(DEFAULT_BASELINES) <= set(BASELINES)
    assert make_baseline("SeasonalNaive").name == "SeasonalNaive"
    assert make_baseline("seasonal_naive").name == "SeasonalNaive"
    with pytest.raises(UsageError, match="did you mean seasonal-naive"):
        make_baseline("seasonalnaiv")
    with pytest.raises(UsageError, match="known: naive, "):
        make_baseline("\x1b[31m")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", [name for name in BASELINES if name != "theta"])
def test_huge_values_have_finite_intervals(make_panel: MakePanel, name: str) -> None:
    small = [3.0, -1.0, 2.5, 4.0, -2.0, 0.5] * 4
    panel = make_panel([[1e300 * value for value in small], small])
    forecast = make_baseline(name).predict(panel, 4, LEVELS)
    assert np.isfinite(forecast.quantiles).all()
    np.testing.assert_allclose(forecast.quantiles[0], 1e300 * forecast.quantiles[1], rtol=1e-9)
