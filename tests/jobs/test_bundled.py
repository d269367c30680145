"""The weights in the box: they give the forecasts that were recorded with them, whatever computes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from typing import Any

import numpy as np
import pytest

from gruforecast.config import ModelConfig, TrainConfig
from gruforecast.data.calendar import Frequency
from gruforecast.data.curves import CLOSE_LOOKS
from gruforecast.data.panel import FloatArray, Panel
from gruforecast.data.windows import MAX_FUTURE
from gruforecast.errors import ModelRefused
from gruforecast.jobs.bundled import bundled_model, model_card, on_grid, recorded_forecasts, unpacked
from gruforecast.jobs.predict_panel import predict_panel
from gruforecast.jobs.train import train_panel
from gruforecast.pretraining.recursions import recursion


@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_every_engine_gives_the_recorded_forecasts(engine: str) -> None:
    found, recorded = recorded_forecasts(bundled_model(), engine), model_card()["recorded"]
    assert found.keys() == recorded.keys() and len(found) >= 8
    for alias, values in recorded.items():
        np.testing.assert_allclose(found[alias], values, rtol=1e-5, err_msg=alias)


def test_the_weights_are_small_and_the_card_says_where_they_come_from() -> None:
    weights = resources.files("gruforecast.models") / "weights" / "universal.safetensors"
    card = model_card()
    assert len(weights.read_bytes()) < 8_000_000
    assert "synthetic series only" in card["trained_on"]
    assert card["pretraining"]["windows"] > 1_000_000
    assert card["held_out_losses"].keys() == card["kinds"].keys()
    assert card["future_segments"] == MAX_FUTURE


def test_other_weights_than_the_cards_are_refused() -> None:
    with pytest.raises(ModelRefused, match="damaged"):
        unpacked(model_card(), b"something else")


@pytest.mark.parametrize("alias", ["YS", "QE", "MS", "W-SUN", "D", "B", "h", "30min", "15min", "5min", "min", "int"])
def test_awkward_histories_get_finite_ordered_forecasts(alias: str) -> None:
    rng = np.random.default_rng(0)
    series = [
        rng.gamma(2, 50, 20),
        np.array([3.0, 4.0, 5.0]),
        np.full(40, 7.0),
        np.zeros(30),
        rng.normal(0, 1e-9, 60),
        rng.poisson(0.3, 80).astype(float),
        np.where(rng.random(90) < 0.4, np.nan, rng.lognormal(3, 2, 90)),
        1e9 + rng.normal(0, 1e-3, 50),
    ]
    for y in series:
        y[0] = y[-1] = np.nan_to_num(y[-1], nan=1.0)
    ends = np.concatenate([[0], np.cumsum([len(y) for y in series])]).astype(np.int64)
    ids = np.array([f"s{i}" for i in range(len(series))], dtype=object)
    freq = Frequency.parse(alias)
    panel = Panel(ids, np.zeros(len(ids), dtype=np.int64), ends, np.concatenate(series), freq)
    forecast = predict_panel(on_grid(bundled_model(), freq), panel, levels=(80, 95)).forecast
    assert np.isfinite(forecast.median).all() and np.isfinite(forecast.quantiles).all()
    assert (np.diff(forecast.quantiles, axis=2) >= 0).all()
    assert (forecast.median[:4] >= 0).all()
    np.testing.assert_allclose(forecast.median[2], 7.0)


def continued(alias: str, shape: Callable[[FloatArray], FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Forecasts of eight stretches of nearly *shape* (of time), 200 points each, and what comes: [8, H] both."""
    time = np.arange(200.0 + Frequency.parse(alias).default_horizon) + 13 * np.arange(8.0)[:, None]
    y = shape(time)
    return medians(alias, nearly(y[:, :200])), y[:, 200:]


def nearly(y: FloatArray) -> FloatArray:
    """*y* with one old value off by a thousandth, so that the network has to answer (see gruforecast.data.exact)."""
    spoilt = y.copy()
    spoilt[np.arange(len(y)), y[:, : y.shape[1] // 2].argmax(axis=1)] *= 1.001
    return spoilt


def medians(alias: str, y: FloatArray) -> FloatArray:
    """[N, H] forecasts of the series *y* [N, T]."""
    freq = Frequency.parse(alias)
    return predict_panel(on_grid(bundled_model(), freq), panel_of(freq, y)).forecast.median


def read_whole(alias: str, y: FloatArray) -> FloatArray:
    """[N, H] what the network says of the series *y* [N, T] when none is read in a way of its own."""
    freq = Frequency.parse(alias)
    forecaster = replace(on_grid(bundled_model(), freq).forecaster(), universal=False, guides=())
    return forecaster.predict(panel_of(freq, y), freq.default_horizon, ()).median


def panel_of(freq: Frequency, y: FloatArray) -> Panel:
    """The series *y* [N, T] on the grid *freq*."""
    n, length = y.shape
    ids = np.array([f"s{i}" for i in range(n)], dtype=object)
    return Panel(ids, np.zeros(n, dtype=np.int64), length * np.arange(n + 1, dtype=np.int64), y.ravel(), freq)


WAVES = [
    ("int", 5),
    ("int", 10),
    ("int", 20),
    ("MS", 9),
    ("MS", 18),
    ("D", 10),
    ("D", 30.4),
    ("h", 12.42),
    ("h", 20),
    ("h", 30),
]


@pytest.mark.parametrize(("alias", "period"), WAVES)
def test_a_wave_goes_on_whatever_its_period(alias: str, period: float) -> None:
    found, truth = continued(alias, lambda time: 5 + np.sin(2 * np.pi * time / period))
    assert np.abs(found - truth).mean() < 0.2 * np.abs(truth - 5).mean()


@pytest.mark.parametrize("alias", ["int", "YS", "QS", "MS", "D", "h"])
def test_a_straight_line_goes_on(alias: str) -> None:
    found, truth = continued(alias, lambda time: 100 + time)
    last = truth[:, :1] - 1
    assert 0.7 < (found - last).mean() / (truth - last).mean() < 1.3


@pytest.mark.parametrize("alias", ["int", "YS", "QE", "MS", "W-SUN", "D", "h", "15min"])
def test_what_never_broke_its_rhythm_goes_on_exactly(alias: str) -> None:
    freq = Frequency.parse(alias)
    season, past = max(freq.seasons[0], 5), 3 * max(*freq.seasons, 12)
    time = np.arange(float(past + 2 * freq.default_horizon))
    y = np.array([100 + time, 2000 - 0.1 * time, 50 * 1.002**time, 5 + time % season, (time % 7 == 0) + 0.01 * time])
    model, panel = on_grid(bundled_model(), freq), panel_of(freq, y[:, :past])
    forecast = predict_panel(model, panel, horizon=len(time) - past, levels=(95,)).forecast
    np.testing.assert_allclose(forecast.median, y[:, past:], rtol=1e-8)
    # It is still not certain, but to the nearest whole number where there are no others.
    low, high = forecast.quantiles[..., 0], forecast.quantiles[..., -1]
    whole = (y == np.rint(y)).all(axis=1)
    assert (low[~whole] < y[~whole, past:]).all() and (high[~whole] > y[~whole, past:]).all()
    assert (low <= y[:, past:] + 1e-6).all() and (high >= y[:, past:] - 1e-6).all() and whole.sum() == 2


@pytest.mark.parametrize("alias", ["int", "W-SUN", "D", "h"])
def test_demand_at_equal_distances_is_expected_there_alone(alias: str) -> None:
    found, truth = continued(alias, lambda time: 10.0 * (time % 7 == 0))
    assert found[truth > 0].mean() > 5
    assert found[truth == 0].mean() < 1


@pytest.mark.parametrize("shape", ["desk", "timetable"])
@pytest.mark.parametrize("alias", ["6h", "2h", "h", "30min", "15min", "10min", "5min"])
def test_weeks_come_again(alias: str, shape: str) -> None:
    freq = Frequency.parse(alias)
    day, week = freq.seasons
    rng, point = np.random.default_rng(0), np.arange(week)
    weeks = rng.integers(0, 20, (8, week)).astype(np.float64)
    if shape == "desk":
        # Open on working days from half past eight to seven.
        is_open = (point < 5 * day) & (point % day / day >= 0.35) & (point % day / day < 0.8)
        weeks = is_open * (100 + 30 * np.sin(2 * np.pi * point / day) + weeks)
    reach = min(freq.default_horizon, week)
    y = np.array([np.roll(np.tile(row, 4), i * day) for i, row in enumerate(weeks)])
    found, truth = medians(alias, nearly(y))[:, :reach], y[:, :reach]
    assert np.abs(found - truth).mean() < 0.2 * np.abs(truth - truth.mean()).mean()
    if shape == "desk":
        assert (found[truth == 0] == 0).mean() > 0.9


def test_a_curve_is_read_by_its_newest_points() -> None:
    time = np.arange(96.0) + 7 * np.arange(8.0)[:, None]
    y = 3e6 / (1 + np.exp((time - 90) / 25))  # people of a town that is left
    past, truth = y[:, :90], y[:, 90:]
    found = medians("YS", past)[:, :6]
    np.testing.assert_array_equal(found, medians("YS", past[:, -max(CLOSE_LOOKS) :])[:, :6])
    assert np.abs(found - truth).mean() < 0.8 * np.abs(read_whole("YS", past)[:, :6] - truth).mean()


def test_what_is_no_curve_is_read_whole() -> None:
    y = 100 + np.cumsum(np.random.default_rng(0).normal(0, 1, (8, 60)), axis=1)
    assert (medians("YS", y) != medians("YS", y[:, -max(CLOSE_LOOKS) :])).any(axis=1).all()


@pytest.mark.parametrize("alias", ["D", "h"])
def test_a_meter_counts_on_in_its_own_rhythm(alias: str) -> None:
    freq, rng = Frequency.parse(alias), np.random.default_rng(0)
    season, horizon = freq.season_length, freq.default_horizon
    steps = np.exp(rng.normal(0, 0.5, (8, season)))[:, np.arange(20 * season + horizon) % season]
    y = 1e4 + np.cumsum(steps * np.exp(rng.normal(0, 0.2, steps.shape)), axis=1)
    past, truth = y[:, :-horizon], y[:, -horizon:]
    model, panel = on_grid(bundled_model(), freq), panel_of(freq, past)
    forecast = predict_panel(model, panel, horizon=horizon, levels=(80,)).forecast
    assert np.abs(forecast.median - truth).mean() < 0.7 * np.abs(read_whole(alias, past) - truth).mean()
    assert 0.65 < ((forecast.quantiles[..., 0] < truth) & (truth < forecast.quantiles[..., -1])).mean() < 0.97
    assert (np.diff(forecast.median, axis=1) >= 0).all() and (forecast.quantiles >= past[:, -1, None, None]).all()


@pytest.mark.parametrize("alias", ["D", "h"])
def test_a_meter_never_falls_however_far(alias: str) -> None:
    freq = Frequency.parse(alias)
    y = np.cumsum(np.random.default_rng(0).gamma(2, 3, (4, 1000)), axis=1)
    model = on_grid(bundled_model(), freq)
    forecast = predict_panel(model, panel_of(freq, y), horizon=2 * model.direct_horizon + 5).forecast
    assert (np.diff(forecast.median, axis=1) >= 0).all()


YEARS = [("D", 365.25), ("B", 261.0)]


def warm_and_cold(year: float, n: int, length: int) -> FloatArray:
    """[n, length] temperatures of made-up places, by the day."""
    rng, time = np.random.default_rng(0), np.arange(length)
    y = 10 + 10 * np.sin(2 * np.pi * (time + year * rng.random((n, 1))) / year)
    weather: FloatArray = recursion(rng.normal(0, 2, (n, length)), np.full(n, 0.7))
    return y + weather


@pytest.mark.parametrize("engine", ["numpy", "torch"])
@pytest.mark.parametrize(("alias", "year"), YEARS)
def test_days_come_back_after_a_year(alias: str, year: float, engine: str) -> None:
    freq, y = Frequency.parse(alias), warm_and_cold(year, 8, 1400)
    past, truth = y[:, :1200], y[:, 1200:]
    model, panel = on_grid(bundled_model(), freq), panel_of(freq, past)
    forecast = predict_panel(model, panel, horizon=200, levels=(80,), engine=engine).forecast
    naive = past[:, 1200 - int(year) :][:, :200]
    assert np.abs(forecast.median - truth).mean() < np.abs(naive - truth).mean()
    for leads in (slice(0, 20), slice(20, 60), slice(60, 200)):
        inside = (forecast.quantiles[:, leads, 0] < truth[:, leads]) & (
            truth[:, leads] < forecast.quantiles[:, leads, -1]
        )
        assert 0.6 < inside.mean() < 0.95


def busy_hours(day: int, n: int, days: int) -> FloatArray:
    """[n, days * day] what is used within a day, a little less at weekends, at a level that comes back slowly."""
    rng, time = np.random.default_rng(0), np.arange(days * day)
    level: FloatArray = recursion(rng.normal(0, 0.1 / day**0.5, (n, len(time))), np.full(n, 1 - 0.3 / day))
    week = 0.4 * np.sin(2 * np.pi * time / day) - 0.2 * (time // day % 7 > 4)
    return np.exp(5 + week + level + rng.normal(0, 0.02, level.shape))


@pytest.mark.parametrize("alias", ["h", "30min"])
def test_days_guide_what_is_hours_ahead_beyond_one_answer(alias: str) -> None:
    freq = Frequency.parse(alias)
    day = freq.season_length
    y = busy_hours(day, 12, 70)
    past, truth = y[:, : 50 * day], y[:, 50 * day :]
    ready = on_grid(bundled_model(), freq).forecaster()
    by_day = replace(ready, guides=[(grid, guide) for grid, guide in ready.guides if grid.is_season])
    alone = replace(ready, guides=())
    reach = ready.layout.reach
    guided, unguided = (f.predict(panel_of(freq, past), 20 * day, ()).median for f in (by_day, alone))
    np.testing.assert_array_equal(guided[:, :reach], unguided[:, :reach])
    assert np.abs(guided - truth)[:, reach:].mean() < 0.95 * np.abs(unguided - truth)[:, reach:].mean()


@pytest.mark.parametrize("alias", ["h", "30min", "W-SUN"])
def test_two_readings_are_better_than_one(alias: str) -> None:
    freq, rng = Frequency.parse(alias), np.random.default_rng(0)
    season = freq.season_length
    pattern, length = rng.normal(0, 0.3, (40, season)), 8 * season + freq.default_horizon
    level = np.cumsum(rng.normal(0, 0.01, (40, length)), axis=1)
    y = np.exp(5 + pattern[:, np.arange(length) % season] + level + rng.normal(0, 0.1, level.shape))
    past, truth = y[:, : 8 * season], y[:, 8 * season :]
    ready = on_grid(bundled_model(), freq).forecaster()
    both, one = (
        np.abs(f.predict(panel_of(freq, past), freq.default_horizon, ()).median - truth).mean()
        for f in (ready, replace(ready, guides=()))
    )
    assert both < one


def test_hours_have_days_and_those_have_weeks() -> None:
    forecaster, factors = on_grid(bundled_model(), Frequency.parse("h")).forecaster(), []
    while forecaster.guides:
        grid, forecaster = forecaster.guides[-1]
        factors.append(grid.factor)
    assert factors == [24, 7, 4]


@pytest.mark.parametrize("length", [1000, 1200])
def test_what_was_below_zero_has_no_logarithm_when_only_its_medians_are_above(length: int) -> None:
    freq, y = Frequency.parse("D"), warm_and_cold(365.25, 16, length)
    forecast = predict_panel(on_grid(bundled_model(), freq), panel_of(freq, y), horizon=365, levels=(95,)).forecast
    assert np.ptp(forecast.quantiles, axis=2).max() < 1.2 * np.ptp(y)
    assert (forecast.quantiles[..., 0].min(axis=1) < 0).all()


def test_what_was_below_zero_has_no_bound_where_it_is_read_closely() -> None:
    """A curve whose newest points, which are read alone, are all above zero."""
    freq, t = Frequency.parse("YS"), np.arange(60)
    y = 63 - ((t - 40) / 4) ** 2 * 2 + np.random.default_rng(1).normal(0, 0.05, 60)
    assert y.min() < -100 and y[-9:].min() > 0
    forecast = predict_panel(on_grid(bundled_model(), freq), panel_of(freq, y[None]), horizon=8, levels=(80,)).forecast
    assert forecast.median[0, -1] < -10 and forecast.quantiles[0, -1, 0] < -15


@pytest.mark.parametrize(
    ("alias", "far", "near"),
    [("D", 365, (3, 30, 60)), ("B", 365, (3, 30)), ("h", 400, (5, 200)), ("W-SUN", 300, (3, 13, 40))],
)
def test_a_nearer_horizon_is_exactly_a_prefix(alias: str, far: int, near: tuple[int, ...]) -> None:
    freq = Frequency.parse(alias)
    y = np.concatenate(
        [warm_and_cold(364, 3, 1000), np.cumsum(np.random.default_rng(1).normal(size=(3, 1000)), axis=1)]
    )
    model, panel = on_grid(bundled_model(), freq), panel_of(freq, y)
    long = predict_panel(model, panel, horizon=far, levels=(80,)).forecast
    for horizon in near:
        short = predict_panel(model, panel, horizon=horizon, levels=(80,)).forecast
        assert short.median.tobytes() == long.median[:, :horizon].tobytes()
        assert short.quantiles.tobytes() == long.quantiles[:, :horizon].tobytes()


def rough(season: int) -> FloatArray:
    """[4, 300] levels that walk, seasons, and noise of two per cent."""
    rng, t = np.random.default_rng(0), np.arange(300)
    level = np.cumsum(rng.normal(0, 0.01, (4, 300)), axis=1)
    return np.asarray(100 * np.exp(level + 0.2 * np.sin(2 * np.pi * t / season) + rng.normal(0, 0.02, (4, 300))))


@pytest.mark.parametrize("times", [0, 10, 0.1, -1])
@pytest.mark.parametrize(("alias", "season"), [("YS", 300), ("QS", 4), ("MS", 12), ("D", 7), ("h", 24), ("int", 300)])
def test_a_slip_of_the_pen_is_read_as_missing_and_said_to_be(alias: str, season: int, times: float) -> None:
    freq, clean = Frequency.parse(alias), rough(season)
    slipped, missing = clean.copy(), clean.copy()
    slipped[[0, 2], [270, 282]] *= times
    missing[[0, 2], [270, 282]] = np.nan
    found, wanted = (predict_panel(on_grid(bundled_model(), freq), panel_of(freq, y)) for y in (slipped, missing))
    assert found.forecast.median.tobytes() == wanted.forecast.median.tobytes()
    assert found.forecast.left_out.tolist() == [[0, 270], [2, 282]] and not len(wanted.forecast.left_out)
    assert wanted.notes == [] and len(found.notes) == 1
    assert f"first: {slipped[0, 270]:g} of series 's0' at {freq.format([270])[0]}" in found.notes[0]


SEASONS = [("YS", 300), ("QS", 4), ("MS", 12), ("W-SUN", 52), ("D", 7), ("h", 24), ("int", 300)]


@pytest.mark.parametrize(("alias", "season"), SEASONS)
def test_zeros_before_a_series_began_change_nothing(alias: str, season: int) -> None:
    y = rough(season)[:, -150:]
    padded = np.concatenate([np.zeros((4, 50)), y], axis=1)
    assert medians(alias, padded).tobytes() == medians(alias, y).tobytes()


@pytest.mark.parametrize("factor", [0.001, 50.0])
@pytest.mark.parametrize(("alias", "season"), SEASONS)
def test_another_unit_long_ago_changes_little(alias: str, season: int, factor: float) -> None:
    y = rough(season)
    broken = y.copy()
    broken[:, :180] *= factor
    found, wanted, plain = medians(alias, broken), medians(alias, y), read_whole(alias, broken)
    assert np.abs(found / wanted - 1).mean() < 0.07
    # What is read of quarters and years may all lie after the break.
    assert np.array_equal(broken[:, -40:], y[:, -40:]) and np.abs(found - wanted).sum() <= np.abs(plain - wanted).sum()


def test_days_that_vary_alike_are_as_uncertain_when_they_are_low() -> None:
    freq, rng = Frequency.parse("D"), np.random.default_rng(0)
    level = np.cumsum(rng.normal(0, 0.1, (40, 214)), axis=1)
    y = np.resize([16.0, 16, 16, 15, 16, 5, 3], 214) + level + rng.normal(0, 0.8, (40, 214))
    y = y[y.min(axis=1) > 0]
    assert len(y) > 20
    panel, levels = panel_of(freq, y[:, :200]), (0.1, 0.5, 0.9)
    forecaster = on_grid(bundled_model(), freq).forecaster()
    found, plain = (f.predict(panel, 14, levels) for f in (forecaster, replace(forecaster, universal=False)))
    widths = (np.diff(f.quantiles[..., [0, 2]])[..., 0].mean(axis=0) for f in (found, plain))
    even, uneven = (w.min() / w.max() for w in widths)
    assert even > 0.55 > 0.45 > uneven
    error, before = (np.abs(f.median - y[:, 200:]).mean() for f in (found, plain))
    assert error < 0.97 * before


@pytest.mark.parametrize("alias", ["YS", "MS"])
def test_small_numbers_that_touch_zero_are_forecast_better_read_twice(alias: str) -> None:
    freq, rng = Frequency.parse(alias), np.random.default_rng(0)
    y = 0.3 * np.round(np.exp(1.5 + np.cumsum(rng.normal(0, 0.3, (1500, 46)), axis=1)))
    zeros = (y[:, :40] == 0).mean(axis=1)
    y = y[(zeros > 0) & (zeros < 0.2)]
    forecaster, panel = on_grid(bundled_model(), freq).forecaster(), panel_of(freq, y[:, :40])
    found, plain = (f.predict(panel, 6, ()).median for f in (forecaster, replace(forecaster, universal=False)))
    error, before = (np.abs(f - y[:, 40:]).mean(axis=1) / y[:, :40].mean(axis=1) for f in (found, plain))
    assert len(y) > 100 and error.mean() < before.mean()
    assert np.log((error + 0.05) / (before + 0.05)).mean() < -0.03


def test_weeks_are_not_asked_where_years_do_not_repeat() -> None:
    freq, y = Frequency.parse("D"), warm_and_cold(365.25, 4, 1200)
    walk = np.cumsum(np.random.default_rng(1).normal(size=(4, 1200)), axis=1)
    ready = on_grid(bundled_model(), freq).forecaster()
    for series, asked in ((walk, False), (y[:, -700:], False), (y, True)):
        panel = panel_of(freq, series)
        guided, alone = (f.predict(panel, 100, ()).median for f in (ready, replace(ready, guides=())))
        assert (guided != alone).any(axis=1).tolist() == [asked] * 4


def bills(n: int, count: int = 12) -> np.ndarray:
    """[count, n] days from 1970 on, whose weekdays differ, and on the first of the month is five times as much."""
    rng, times = np.random.default_rng(0), np.arange(n).astype("datetime64[D]")
    first = times == times.astype("datetime64[M]").astype("datetime64[D]")
    weekdays = np.exp(rng.normal(0, 0.3, (count, 7)))[:, np.arange(n) % 7]
    return np.asarray(np.round(100 * weekdays * np.where(first, 5.0, 1.0) * np.exp(0.1 * rng.normal(size=(count, n)))))


def test_the_first_of_the_month_is_expected() -> None:
    freq, horizon = Frequency.parse("D"), 45
    y = bills(400 + horizon)
    model, panel = on_grid(bundled_model(), freq), panel_of(freq, y[:, :400])
    made = predict_panel(model, panel, horizon=horizon, levels=(80,)).forecast
    plain = model.forecaster().predict(panel, horizon, ())
    truth = y[:, 400:]
    error, before = (np.abs(f.median - truth) for f in (made, plain))
    assert error.mean() < 0.65 * before.mean() and error.max(axis=1).mean() < 0.4 * before.max(axis=1).mean()
    assert (made.median == np.rint(made.median)).all()
    inside = (made.quantiles[..., 0] <= truth) & (truth <= made.quantiles[..., -1])
    assert 0.7 < inside.mean() < 0.95
    prefix = predict_panel(model, panel, horizon=10).forecast
    np.testing.assert_array_equal(prefix.median, made.median[:, :10])


def test_adapting_learns_days_without_their_months(monkeypatch: pytest.MonkeyPatch) -> None:
    freq = Frequency.parse("D")
    y = bills(400)
    seen: list[Panel] = []

    def noting(panel: Panel, *_: Any, **__: Any) -> Any:
        seen.append(panel)
        raise KeyboardInterrupt

    monkeypatch.setattr("gruforecast.training.trainer.train_members", noting)
    for scratch in (False, True):
        with pytest.raises(KeyboardInterrupt):
            train_panel(panel_of(freq, y), ModelConfig(), TrainConfig(from_scratch=scratch))
    adapted, own = (panel.y.reshape(12, 400) for panel in seen)
    assert adapted.max() < 0.5 * y.max()
    np.testing.assert_array_equal(own, y)


def test_products_that_are_not_sold_any_more() -> None:
    freq, rng = Frequency.parse("MS"), np.random.default_rng(1)
    y = rng.poisson(200, (3, 144)).astype(float)
    for row, silent in enumerate((12, 24, 60)):
        y[row, -silent:] = 0
    done = predict_panel(on_grid(bundled_model(), freq), panel_of(freq, y), horizon=12, levels=(80,))
    assert (done.forecast.median == 0).all() and (done.forecast.quantiles[:, -1, 1] > 50).all()
    assert done.notes == ["3 of 3 series are zero for longer than ever before: the longer, the longer it may last"]


def test_intervals_a_year_ahead_are_as_wide_where_an_answer_begins_as_where_it_ends() -> None:
    """Later answers feed on medians, which are smoother than any history."""
    freq, rng, t = Frequency.parse("D"), np.random.default_rng(0), np.arange(1461 + 364)
    y = 60 - 9 * np.cos(2 * np.pi * t / 365.25) + rng.normal(0, 2, (12, len(t)))
    done = predict_panel(on_grid(bundled_model(), freq), panel_of(freq, y[:, :1461]), horizon=364, levels=(80,))
    low, high = np.moveaxis(done.forecast.quantiles, -1, 0)
    width = (high - low).mean(axis=0).reshape(-1, 28).mean(axis=1)  # noise alone: 5.1
    inside = ((low <= y[:, 1461:]) & (y[:, 1461:] <= high)).mean()
    assert width.min() > 4.2 and width.max() < 6.5 and np.abs(np.diff(width)).max() < 0.8
    assert 0.7 < inside < 0.9


@pytest.mark.parametrize(("alias", "season", "length"), [("D", 7, 365), ("B", 5, 261), ("h", 24, 169)])
def test_one_pair_a_long_season_apart_says_nothing(alias: str, season: int, length: int) -> None:
    """By luck it may be near, and a year ago is no forecast then."""
    freq, rng = Frequency.parse(alias), np.random.default_rng(1)
    mean = 100 + rng.normal(0, 12, (40, season))[:, np.arange(length + 4 * season) % season]
    y = mean + rng.normal(0, 8, mean.shape)
    done = predict_panel(
        on_grid(bundled_model(), freq), panel_of(freq, y[:, :length]), horizon=4 * season, levels=(80,)
    )
    low, high = np.moveaxis(done.forecast.quantiles, -1, 0)
    truth = y[:, length:]
    assert np.abs(done.forecast.median - truth).mean() < 1.17 * np.abs(mean[:, length:] - truth).mean()
    assert 0.76 < ((low <= truth) & (truth <= high)).mean() < 0.9
