"""Names a user types, and how values per series become one figure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from gruforecast.data.panel import Panel
from gruforecast.errors import GruforecastError, UsageError
from gruforecast.evaluation import metrics as m
from gruforecast.evaluation.metrics import in_sample_scale
from gruforecast.evaluation.registry import DECILES, DEFAULT_METRICS, METRICS, Scored, levels_needed, metric

LEVELS = (0.025, *DECILES, 0.975)


@pytest.fixture
def scored() -> Scored:
    rng = np.random.default_rng(0)
    quantiles = np.sort(rng.normal(10, 3, (5, 4, len(LEVELS))), axis=2)
    actual = rng.normal(10, 3, (5, 4))
    actual[4] = math.nan
    scale = np.array([1.0, 2.0, math.nan, 1.0, 1.0])
    return Scored(actual, quantiles[:, :, 5], quantiles, LEVELS, scale, scale**2)


@pytest.mark.parametrize("name", [*METRICS, *DEFAULT_METRICS, "MSIS-80", "coverage-60"])
def test_every_name_gives_a_value_per_series_and_one_overall(name: str, scored: Scored) -> None:
    measure = metric(name.lower())
    assert measure.name == name
    values = measure.per_series(scored)
    assert values.shape == (5,) and np.isnan(values[4])
    assert math.isfinite(measure.overall(scored))
    assert set(measure.levels) <= set(LEVELS)


def test_most_are_averaged_over_the_series_that_have_a_value(scored: Scored) -> None:
    values = metric("MASE").per_series(scored)
    assert np.isnan(values).sum() == 2
    assert metric("MASE").overall(scored) == pytest.approx(np.nanmean(values))


def test_rmse_is_the_root_of_the_mean_square_over_all(scored: Scored) -> None:
    expected = np.sqrt(np.nanmean((scored.actual - scored.median) ** 2))
    assert metric("RMSE").overall(scored) == pytest.approx(expected)


def test_wql_is_pooled(scored: Scored) -> None:
    seen, quantiles = scored.actual[:4], scored.at(DECILES)[:4]
    pooled = m.wql(seen.reshape(1, -1), quantiles.reshape(1, -1, 9), DECILES)[0]
    assert metric("WQL").overall(scored) == pytest.approx(pooled)


def test_overall_of_nothing_is_nan(scored: Scored) -> None:
    empty = replace(scored, actual=np.full((5, 4), math.nan))
    assert all(math.isnan(metric(name).overall(empty)) for name in METRICS)


@pytest.mark.parametrize(
    ("typed", "hint"), [("smappe", "sMAPE"), ("coverage80", "coverage-80"), ("rms", "RMSE"), ("owl", "WQL")]
)
def test_an_unknown_name_gets_the_nearest(typed: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"did you mean {hint}") as refusal:
        metric(typed)
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize("typed", ["coverage-0", "coverage-100", "coverage-٨٠", "zzzzzz", "", "a\x1b[31m"])
def test_nonsense_is_refused_in_one_line(typed: str) -> None:
    with pytest.raises(UsageError) as refusal:
        metric(typed)
    assert "\x1b" not in str(refusal.value) and "\n" not in str(refusal.value)


def test_levels_needed() -> None:
    assert levels_needed(["MASE", "coverage-80"]) == (0.1, 0.9)
    assert levels_needed(["MSIS", "WQL"]) == (0.025, *DECILES, 0.975)


def test_an_absent_quantile_is_named(scored: Scored) -> None:
    with pytest.raises(GruforecastError, match=r"no quantile 0\.005"):
        metric("coverage-99").per_series(scored)


def test_the_m_competitions_own_figures(make_panel: Callable[..., Panel]) -> None:
    """Values of an independent scorer that follows the M competitions' definitions, on the same numbers."""
    train = make_panel(
        [[12, 15, 9, 20, 13, 17, 10, 22, 15, 18], [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5], [100, 101]], season=4
    )
    actual = np.array([[11, 24, 16, 20], [8, 9, 7, 9], [104, 0, 103, 99]], dtype=float)
    median = np.array([[12, 22, 15, 19], [5] * 4, [101] * 4], dtype=float)
    width = np.array([3.0, 2.0, 10.0])[:, None, None]
    shifts = np.array([-2.0, *(q / 5 - 1 for q in range(1, 10)), 2.0])
    quantiles = median[:, :, None] + width * shifts
    scored = Scored(actual, median, quantiles, LEVELS, in_sample_scale(train), in_sample_scale(train, power=2))
    expected = {
        "sMAPE": 35.8026,
        "MASE": 9.5694,
        "MAE": 10.5,
        "coverage-95": 0.9167,
        "MSIS": 286.7179,
        "WQL": 0.2903,
    }
    for name, value in expected.items():
        assert round(metric(name).overall(scored), 4) == pytest.approx(value, abs=1e-9), name
