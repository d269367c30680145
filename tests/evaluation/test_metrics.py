"""Every measure against a slow loop, published definitions on paper-sized examples, and its invariants."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.data.panel import Panel
from gruforecast.evaluation import metrics as m

NAN = math.nan
LEVELS = (0.1, 0.5, 0.9)


def average(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else NAN


def point_loop(name: str, y: Sequence[float], f: Sequence[float]) -> float:
    """The measures over one series, written as the textbooks do."""
    terms = []
    for actual, guess in zip(y, f, strict=True):
        if math.isnan(actual) or (name == "mape" and actual == 0):
            continue
        error = abs(actual - guess)
        size = abs(actual) + abs(guess)
        terms.append(
            {
                "mae": error,
                "mse": error**2,
                "rmse": error**2,
                "smape": 200 * error / size if size else 0.0,
                "mape": 100 * error / abs(actual) if actual else 0.0,
            }[name]
        )
    return math.sqrt(average(terms)) if name == "rmse" and terms else average(terms)


@pytest.fixture
def example() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    actual = rng.normal(5, 4, (6, 9)).round(1)
    actual[0, :3], actual[1], actual[2, 2], actual[3, 4] = NAN, NAN, 0.0, NAN
    quantiles = np.sort(rng.normal(5, 4, (6, 9, 3)), axis=2)
    quantiles[2, 2] = 0.0
    return actual, quantiles[:, :, 1], quantiles


@pytest.mark.parametrize("name", ["mae", "mse", "rmse", "smape", "mape"])
def test_point_measures_match_the_loop(name: str, example: tuple[np.ndarray, ...]) -> None:
    actual, median, _ = example
    expected = [point_loop(name, y, f) for y, f in zip(actual, median, strict=True)]
    np.testing.assert_allclose(getattr(m, name)(actual, median), expected)


def test_quantile_measures_match_the_loop(example: tuple[np.ndarray, ...]) -> None:
    actual, _, quantiles = example
    scale = np.array([1.0, 2.0, 0.5, 3.0, NAN, 1.5])
    for i, row in enumerate(actual):
        losses, sizes, inside, scores = [], [], [], []
        for h, y in enumerate(row):
            if math.isnan(y):
                continue
            for q, level in zip(quantiles[i, h], LEVELS, strict=True):
                losses.append(level * (y - q) if y >= q else (1 - level) * (q - y))
            sizes.append(abs(y))
            low, high = quantiles[i, h, 0], quantiles[i, h, 2]
            inside.append(1.0 if low <= y <= high else 0.0)
            width = high - low
            scores.append((width + 10 * max(low - y, 0) + 10 * max(y - high, 0)) / scale[i])
        one = slice(i, i + 1)
        low, high = quantiles[one, :, 0], quantiles[one, :, 2]
        np.testing.assert_allclose(m.pinball(actual[one], quantiles[one], LEVELS), average(losses))
        wql = 2 * sum(losses) / 3 / sum(sizes) if sizes else NAN
        np.testing.assert_allclose(m.wql(actual[one], quantiles[one], LEVELS), wql)
        np.testing.assert_allclose(m.coverage(actual[one], low, high), average(inside))
        np.testing.assert_allclose(m.msis(actual[one], low, high, 80, scale[one]), average(scores))


def scale_loop(y: Sequence[float], season: int, power: int) -> float:
    observed = sum(not math.isnan(v) for v in y)
    for lag in dict.fromkeys([season if observed > season else 1, 1]):
        steps = [abs(y[t] - y[t - lag]) ** power for t in range(lag, len(y))]
        steps = [step for step in steps if not math.isnan(step)]
        if steps:
            return average(steps) or NAN
    return NAN


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("season", [1, 4, 50])
def test_scale_matches_the_loop(make_panel: Callable[..., Panel], season: int, power: int) -> None:
    rows = [[1, 5, 2, 8, 3, 9], [4, 4, 4], [1, 2], [7], [], [1, NAN, 3, NAN, NAN, 9, 2], [1, 2, 3, 4]]
    panel = make_panel(rows, season=season)
    expected = [scale_loop(row, season, power) for row in rows]
    np.testing.assert_allclose(m.in_sample_scale(panel, power=power), expected)


def test_scale_of_an_empty_panel(make_panel: Callable[..., Panel]) -> None:
    assert m.in_sample_scale(make_panel([])).shape == (0,)


def test_scaled_errors_take_one_scale_or_one_a_point() -> None:
    actual, median = np.array([[1.0, 2.0, NAN]]), np.array([[2.0, 4.0, 9.0]])
    assert m.mase(actual, median, np.array([2.0]))[0] == pytest.approx(0.75)
    assert m.mase(actual, median, np.array([[1.0, 2.0, 4.0]]))[0] == pytest.approx(1.0)
    assert m.rmsse(actual, median, np.array([2.0]))[0] == pytest.approx(math.sqrt(5 / 4))
    assert np.isnan(m.mase(actual, median, np.array([NAN]))[0])


def test_known_answers() -> None:
    zero = np.array([[0.0, 10.0]])
    assert m.smape(zero, zero)[0] == 0
    assert m.smape(zero, np.array([[5.0, 0.0]]))[0] == 200
    assert m.mape(zero, np.array([[5.0, 5.0]]))[0] == 50
    assert np.isnan(m.mape(zero[:, :1], zero[:, :1])[0])


def test_a_missing_forecast_is_never_skipped() -> None:
    actual, hole = np.array([[1.0, 2.0]]), np.array([[1.0, NAN]])
    for measure in (m.mae, m.mse, m.rmse, m.smape, m.mape):
        assert np.isnan(measure(actual, hole)[0])
    assert np.isnan(m.coverage(actual, hole, hole)[0])
    assert np.isnan(m.wql(actual, hole[:, :, None], (0.5,))[0])


@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e6))
@settings(max_examples=30, deadline=None)
def test_relative_measures_ignore_the_unit(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    actual, scale = rng.normal(0, 3, (4, 5)), rng.uniform(0.5, 2, 4)
    quantiles = np.sort(rng.normal(0, 3, (4, 5, 3)), axis=2)
    median, low, high = quantiles[:, :, 1], quantiles[:, :, 0], quantiles[:, :, 2]
    k = factor
    np.testing.assert_allclose(m.smape(k * actual, k * median), m.smape(actual, median))
    np.testing.assert_allclose(m.mase(k * actual, k * median, k * scale), m.mase(actual, median, scale))
    np.testing.assert_allclose(m.wql(k * actual, k * quantiles, LEVELS), m.wql(actual, quantiles, LEVELS))
    np.testing.assert_allclose(m.mae(k * actual, k * median), k * m.mae(actual, median))
    np.testing.assert_allclose(
        m.msis(k * actual, k * low, k * high, 80, k * scale), m.msis(actual, low, high, 80, scale)
    )
