"""The season of series whose times only count."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import Panel
from gruforecast.data.seasonality import SEASONS, find_season


def panel_of(*series, ids=None):
    ends = np.concatenate([[0], np.cumsum([len(y) for y in series])]).astype(np.int64)
    names = np.array(ids or [f"s{i:03}" for i in range(len(series))], dtype=object)
    y = np.concatenate([np.asarray(y, dtype=float) for y in series])
    return Panel(names, np.zeros(len(series), np.int64), ends, y, Frequency.parse("int"))


def wave(rng, season, n, noise=2.0):
    return 100 + 10 * np.sin(2 * np.pi * np.arange(n) / season + rng.uniform(0, 6)) + noise * rng.normal(size=n)


def pattern(rng, season, n, noise=0.3):
    return rng.normal(size=season)[np.arange(n) % season] + noise * rng.normal(size=n)


@pytest.mark.parametrize("season", SEASONS)
@pytest.mark.parametrize("shape", [wave, pattern])
def test_a_season_is_found_under_trend_and_noise(season, shape):
    rng = np.random.default_rng(season)
    n = 10 * season + 3
    y = shape(rng, season, n)
    assert find_season(panel_of(y)) == season
    assert find_season(panel_of(y + 0.05 * np.arange(n))) == season
    assert find_season(panel_of(1e-3 * y - 5)) == season


def test_gaps_and_outliers_do_not_hide_it():
    rng = np.random.default_rng(0)
    y = wave(rng, 24, 400)
    y[rng.random(400) < 0.2] = np.nan
    y[100] = 1e6
    assert find_season(panel_of(y)) == 24


@pytest.mark.parametrize("n", [40, 160, 400])
def test_noise_and_walks_have_none(n):
    rng = np.random.default_rng(n)
    noise = [find_season(panel_of(rng.normal(size=n))) for _ in range(100)]
    walks = [find_season(panel_of(np.cumsum(rng.normal(size=n)))) for _ in range(100)]
    counts = [find_season(panel_of(rng.poisson(3, size=n))) for _ in range(100)]
    assert sum(season > 1 for season in noise + walks + counts) <= 6


@pytest.mark.parametrize("period", [10, 11, 20, 23, 25, 30])
def test_a_cycle_of_another_period_is_not_taken_for_one(period):
    assert find_season(panel_of(wave(np.random.default_rng(period), period, 300))) == 1


def test_a_panel_has_the_season_that_an_eighth_of_it_shows():
    rng = np.random.default_rng(3)
    seasonal = [wave(rng, 12, 100) for _ in range(5)]
    flat = [rng.normal(size=100) for _ in range(35)]
    assert find_season(panel_of(*seasonal, *flat)) == 12
    assert find_season(panel_of(*seasonal[:3], *flat)) == 1


def test_the_order_of_the_series_makes_no_difference():
    rng = np.random.default_rng(4)
    series = [wave(rng, 7, 60) if i % 3 else wave(rng, 12, 60) for i in range(301)]
    ids = [f"s{i:03}" for i in range(301)]
    order = rng.permutation(301)
    shuffled = panel_of(*(series[i] for i in order), ids=[ids[i] for i in order])
    assert find_season(shuffled) == find_season(panel_of(*series, ids=ids)) == 7


@given(st.lists(st.sampled_from([np.nan, 0.0, 1.0, -1e300, 1e300, 5e-324]), max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_values_have_an_answer(values):
    with np.errstate(all="raise", under="ignore"):
        assert find_season(panel_of(values)) in (1, *SEASONS)
