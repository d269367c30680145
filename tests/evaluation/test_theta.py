"""Theta against its equivalent definition and a plain loop; its seasonal adjustment; the M3 competition."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from gruforecast.data.panel import Panel
from gruforecast.evaluation import theta
from gruforecast.evaluation.theta import ALPHAS, Theta

MakePanel = Callable[..., Panel]
ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("GRUFORECAST_BENCHMARKS", ROOT.parent / "shared" / "benchmarks")) / "data"


def theta_loop(y: Sequence[float], horizon: int) -> np.ndarray:
    """Hyndman & Billah's form: smoothing of the theta-2 line, averaged with the straight line."""
    t = np.arange(1, len(y) + 1)
    slope, intercept = np.polyfit(t, y, 1)
    z = 2 * np.asarray(y) - (intercept + slope * t)
    best = (math.inf, 0.0)
    for alpha in ALPHAS:
        # The errors are linear in the first level: least squares finds it.
        base, weights, level, weight = [], [], 0.0, 1.0
        for value in z:
            base.append(value - level)
            weights.append(weight)
            level += alpha * (value - level)
            weight *= 1 - alpha
        (start,), *_ = np.linalg.lstsq(np.array(weights)[:, None], np.array(base), rcond=None)
        squares = ((np.array(base) - start * np.array(weights)) ** 2).sum()
        best = min(best, (squares, level + weight * start))
    line = intercept + slope * (len(y) + np.arange(1, horizon + 1))
    return (line + best[1]) / 2


def test_without_season_it_is_the_loop(make_panel: MakePanel) -> None:
    rng = np.random.default_rng(0)
    rows = [50 + np.cumsum(rng.normal(0.3, 1, n)) for n in (4, 11, 60)]
    forecast = Theta().predict(make_panel(rows, season=1), 5, ())
    for i, row in enumerate(rows):
        np.testing.assert_allclose(forecast.median[i], theta_loop(row, 5), rtol=1e-9)


def test_a_clean_season_on_a_line_is_continued(make_panel: MakePanel) -> None:
    t = np.arange(60)
    pattern = np.array([0.8, 1.1, 1.3, 0.8])
    truth = (100 + t) * pattern[t % 4]
    offsets = np.array([-5.0, 2.0, 9.0, -6.0])
    below_zero = -20 + 0.5 * t + offsets[t % 4]
    forecast = Theta().predict(make_panel([truth[:50], below_zero[:50]], season=4), 10, (0.9,))
    # Theta goes on with half of the slope: 1 and 0.5 a period. The season has to be right at every phase.
    h = np.arange(1, 11)
    np.testing.assert_allclose(forecast.median[0], truth[50:] - h / 2 * pattern[t[50:] % 4], rtol=0.003)
    np.testing.assert_allclose(forecast.median[1], below_zero[50:] - h / 4, rtol=1e-6)


@pytest.mark.parametrize("m", [2, 3, 7, 12])
@pytest.mark.parametrize("additive", [False, True])
def test_the_seasonal_index_is_found(m: int, additive: bool) -> None:
    rng = np.random.default_rng(m)
    effect = rng.uniform(0.5, 1.5, m)
    effect = effect - effect.mean() if additive else effect / effect.mean()
    phase = np.arange(6 * m)[::-1] % m
    y = 10 + effect[phase] if additive else 10 * effect[phase]
    rows = np.stack([y, np.linspace(1, 2, 6 * m)])
    inside, kind = np.ones(rows.shape, dtype=bool), np.full((2, 1), additive)
    index = theta.seasonal_index(rows, inside, m, kind)
    np.testing.assert_allclose(index[0], effect, atol=1e-9)


def test_short_or_unseasonal_series_stay_as_they_are(make_panel: MakePanel) -> None:
    noise = np.random.default_rng(5).normal(10, 1, 50)
    short = [1.0, 9.0, 1.0, 9.0, 1.0]
    adjusted, plain = (Theta().predict(make_panel([noise, short], season=m), 4, ()) for m in (2, 1))
    np.testing.assert_allclose(adjusted.median, plain.median)


def test_gaps_are_interpolated() -> None:
    rows = np.array([[np.nan, np.nan, 2, np.nan, np.nan, 5, 7], [1, np.nan, 3, 4, 5, 6, 7]])
    filled, inside = theta.interpolate(rows)
    np.testing.assert_allclose(filled, [[0, 0, 2, 3, 4, 5, 7], [1, 2, 3, 4, 5, 6, 7]])
    np.testing.assert_array_equal(inside.sum(axis=1), [5, 7])


def test_groups_change_nothing(make_panel: MakePanel, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    panel = make_panel([rng.normal(9, 1, n) for n in rng.integers(0, 40, 30)], season=4)
    whole = Theta().predict(panel, 3, (0.9,))
    monkeypatch.setattr(theta, "CHUNK_VALUES", 50)
    np.testing.assert_allclose(Theta().predict(panel, 3, (0.9,)).quantiles, whole.quantiles)


def test_the_far_past_is_not_looked_at(make_panel: MakePanel) -> None:
    recent = np.random.default_rng(4).normal(5, 1, theta.MAX_HISTORY)
    long = np.concatenate([np.full(500, 1e6), recent])
    one = Theta().predict(make_panel([recent]), 3, (0.9,))
    np.testing.assert_array_equal(Theta().predict(make_panel([long]), 3, (0.9,)).quantiles, one.quantiles)


@pytest.mark.bench
@pytest.mark.skipif(not DATA.is_dir(), reason="benchmark data not here")
def test_m3_monthly(make_panel: MakePanel) -> None:
    """The published Theta has sMAPE 13.85 on M3 monthly."""
    import pandas as pd

    from gruforecast.evaluation.metrics import smape

    train, test = (pd.read_csv(DATA / f"m3_monthly.{part}.csv.gz") for part in ("train", "test"))
    rows = [group.to_numpy() for _, group in train.groupby("unique_id", sort=False).y]
    truth = np.stack([group.to_numpy() for _, group in test.groupby("unique_id", sort=False).y])
    median = Theta().predict(make_panel(rows, season=12), 18, ()).median
    assert 13.0 < smape(truth, median).mean() < 13.9
