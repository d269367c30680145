"""Components keep the promises of their docstrings: variance that grows, seasons that repeat, memory that fades."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gruforecast.data.cycles import find_cycles
from gruforecast.pretraining import (
    cycles,
    days,
    draws,
    events,
    gaussian,
    levels,
    noise,
    prices,
    recursions,
    seasons,
    trends,
)
from gruforecast.pretraining.draws import Array
from gruforecast.pretraining.kinds import KINDS

Lag = Callable[[Array, int], float]
Rng = np.random.Generator
MONTHLY, HOURLY = KINDS["monthly"], KINDS["hourly"]


def column(value: float, n: int = 500) -> Array:
    return np.full((n, 1), value, dtype=np.float32)


def test_ar1_matches_the_plain_loop(rng: Rng) -> None:
    shocks, phi = draws.normal(rng, 5, 30), draws.uniform(rng, 5, 0, 1)
    expected = np.zeros((5, 30))
    for i in range(5):
        for t in range(30):
            expected[i, t] = shocks[i, t] + (phi[i, 0] * expected[i, t - 1] if t else 0)
    np.testing.assert_allclose(recursions.ar1(shocks.copy(), phi), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore:Casting complex")
@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
def test_recursions_of_few_and_of_many_series_agree(rng: Rng, dtype: type[np.generic]) -> None:
    n = 2 * recursions.FEW
    shocks = (rng.normal(size=(n, 300)) + 1j * rng.normal(size=(n, 300))).astype(dtype)
    factor = (rng.uniform(0, 1, n) * np.exp(1j * rng.uniform(0, 3, n))).astype(dtype)
    many = recursions.recursion(shocks, factor)
    few = np.concatenate([recursions.recursion(shocks[i : i + 5], factor[i : i + 5]) for i in range(0, n, 5)])
    assert many.dtype == few.dtype == dtype
    np.testing.assert_allclose(few, many, rtol=1e-4, atol=1e-4)


def test_stationary_ar1_has_unit_variance_throughout_and_decays(rng: Rng, autocorrelation: Lag) -> None:
    x = recursions.stationary_ar1(rng, column(0.8, 2000), 400)
    np.testing.assert_allclose(x.var(axis=0), 1, atol=0.2)
    assert autocorrelation(x, 1) == pytest.approx(0.8, abs=0.03)
    assert autocorrelation(x, 4) == pytest.approx(0.8**4, abs=0.05)


def test_stationary_cycle_turns_with_its_period(rng: Rng, autocorrelation: Lag) -> None:
    x = recursions.stationary_cycle(rng, column(0.99, 2000), column(20, 2000), 200)
    assert x.var(axis=0).mean() == pytest.approx(1, abs=0.1)
    assert autocorrelation(x, 20) > 0.5 > -0.5 > autocorrelation(x, 10)


def test_random_walk_variance_grows_linearly(rng: Rng) -> None:
    x = recursions.random_walk(rng, column(0.1, 4000), 100)
    assert x[:, 99].var() / x[:, 24].var() == pytest.approx(4, rel=0.15)
    assert x[:, 99].std() == pytest.approx(1, rel=0.1)


def test_steps_of_a_walk_repeat_a_part_of_the_last_one_and_come_in_clusters(rng: Rng, autocorrelation: Lag) -> None:
    steps = np.diff(levels.walk(rng, MONTHLY, 4000, 200), axis=1)
    steps = steps[np.abs(steps).max(axis=1) > 0]
    steps /= steps.std(axis=1, keepdims=True)
    # Period means of a walk have 1/4 (Working, 1960); 70 % of the walks are such means.
    assert autocorrelation(steps, 1) == pytest.approx(0.7 / 4, abs=0.03)
    assert autocorrelation(steps, 2) == pytest.approx(0, abs=0.02)
    assert autocorrelation(np.abs(steps), 3) > 0.05


def test_clustered_factors_are_positive_and_fade_slowly(rng: Rng, autocorrelation: Lag) -> None:
    logs = np.log(noise.clustered(rng, 2000, 200))
    assert np.isfinite(logs).all() and np.abs(logs.mean()) < 0.1
    assert 1 > autocorrelation(logs, 1) > autocorrelation(logs, 10) > 0.2


def test_local_trend_persists(rng: Rng) -> None:
    x = levels.local_trend(rng, KINDS["yearly"], 4000, 24)
    before, after = x[:, 17] - x[:, 11], x[:, 23] - x[:, 17]
    moving = np.abs(before) > 1e-3
    assert np.mean(np.sign(before[moving]) == np.sign(after[moving])) > 0.75
    assert 0.55 < np.mean(before[moving] > 0) < 0.8


def test_damped_line_loses_its_slope(rng: Rng) -> None:
    steps = np.abs(np.diff(levels.damped_line(rng, MONTHLY, 500, 120), axis=1))
    assert (steps[:, -1] <= steps[:, 0] + 1e-5).all()


def test_growth_is_never_certain(rng: Rng) -> None:
    steps = np.diff(levels.local_trend(rng, KINDS["yearly"], 2000, 40), axis=1)
    moving = np.abs(steps).mean(axis=1) > 1e-6
    assert moving.mean() > 0.9
    # Even the straightest line moves by a tenth of its own slope every step.
    assert (steps[moving].std(axis=1) > 0.05 * np.abs(steps[moving]).mean(axis=1)).all()


def test_mean_reverting_stays_near_its_mean(rng: Rng) -> None:
    x = levels.mean_reverting(rng, MONTHLY, 4000, 200)
    assert x[:, -1].std() == pytest.approx(x[:, 0].std(), rel=0.2)


@pytest.mark.parametrize("component", [trends.piecewise_line, trends.saturation, trends.acceleration, trends.regimes])
def test_trends_are_smooth_or_stepped(rng: Rng, component: Callable[..., Array]) -> None:
    x = component(rng, MONTHLY, 300, 120)
    bends = np.abs(np.diff(x, 2, axis=1)) > 0.05 * np.ptp(x, axis=1, keepdims=True)
    assert x.shape == (300, 120) and bends.mean() < 0.1


def test_the_next_spell_owes_nothing_to_the_last(rng: Rng) -> None:
    slope = np.diff(trends.spells(rng, KINDS["yearly"], 6000, 30), axis=1)
    changes = np.abs(np.diff(slope, axis=1)) > 1e-5
    assert 0.02 < changes.mean() < 0.4
    before, after = slope[:, :-1][changes], slope[:, 1:][changes]
    # Booms end: the fastest tenth is followed by much less, where a line with change points would go on.
    fast = before > np.quantile(before, 0.9)
    assert after[fast].mean() < 0.3 * before[fast].mean()


@pytest.mark.parametrize("period", [4, 7, 12, 24, 52])
def test_seasons_repeat_at_their_period(rng: Rng, autocorrelation: Lag, period: int) -> None:
    x = seasons.season(rng, 300, 8 * period, period, 6)
    assert autocorrelation(x, period) > 0.6 > autocorrelation(x, period // 2)


def test_patterns_have_unit_size(rng: Rng) -> None:
    for table in (
        seasons.pattern(rng, 200, 12, 6),
        seasons.pattern(rng, 200, 364, 8),
        days.any_profile(rng, 200, 24, 8),
    ):
        np.testing.assert_allclose(table.mean(axis=1), 0, atol=1e-4)
        np.testing.assert_allclose(table.std(axis=1), 1, atol=1e-3)


def test_the_dates_of_a_year_are_of_any_smoothness_and_join_at_its_end(rng: Rng) -> None:
    table = seasons.smoothed_pattern(rng, 1000, 364)
    step = np.diff(table, axis=1).std(axis=1)
    assert 0.02 < np.quantile(step, 0.1) < 0.1 < 0.3 < np.quantile(step, 0.9)
    turn = np.abs(table[:, 0] - table[:, -1])
    assert turn.mean() == pytest.approx(np.abs(np.diff(table, axis=1)).mean(), rel=0.2)


def test_hours_follow_day_and_week(rng: Rng, autocorrelation: Lag) -> None:
    x = days.daily_and_weekly(rng, 400, 24 * 28, 24, 8)
    assert autocorrelation(x, 168) > autocorrelation(x, 24) > autocorrelation(x, 12)


def test_sunshine_sleeps_at_night(rng: Rng) -> None:
    x = days.sunshine(rng, 200, 240, 24)
    assert (x >= 0).all() and 0.2 < (x == 0).mean() < 0.7


def test_days_follow_in_order_but_for_feasts(rng: Rng) -> None:
    numbers = days.weekdays(rng, 2000, 70)
    ordered = (np.diff(numbers, axis=1) % 7 == 1).all(axis=1)
    assert 0.75 < ordered.mean() < 0.9
    steps = np.diff(numbers, axis=1)
    assert (numbers[:, 1:][steps % 7 != 1] == 6).mean() > 0.4  # into a feast, and out of it again


def test_a_timetable_or_a_new_one_sets_weeks_apart(rng: Rng) -> None:
    hours = days.week(rng, 1000, 24, 8)
    apart = 1 - np.array([np.corrcoef(week[0], week[1])[0, 1] for week in hours])
    assert (apart > 1e-3).mean() == pytest.approx(0.12, abs=0.03)
    x = days.daily_and_weekly(rng, 1000, 24 * 70, 24, 8)
    changed = 1 - np.array([np.corrcoef(row[:168], row[-168:])[0, 1] for row in x])
    assert 0.03 < (changed > 0.5).mean() < 0.2


@pytest.mark.parametrize("day", [1, 24])
def test_shops_are_closed_at_the_same_hours_every_week(rng: Rng, autocorrelation: Lag, day: int) -> None:
    is_open = days.open_hours(rng, 1000, 70 * day, day)
    assert 0.3 < is_open.mean() < 0.9
    assert set(np.unique(is_open)) == {0, 1}
    assert is_open.any(axis=1).all() and not is_open.all(axis=1).any()
    shut = is_open[is_open.std(axis=1) > 0]
    assert autocorrelation(shut - shut.mean(axis=1, keepdims=True), 7 * day) > 0.8


def test_weekday_counts_are_the_calendars() -> None:
    table = events.weekday_counts(28)
    assert table.shape == (336, 7)
    assert table[:12].sum(axis=1).tolist() == [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]  # 1980 leaps
    assert table.sum() == 28 * 365 + 7


def test_trading_days_and_holidays_come_yearly(rng: Rng, autocorrelation: Lag) -> None:
    assert autocorrelation(events.trading_days(rng, 300, 144), 12) > 0.1
    assert autocorrelation(events.holidays(rng, 300, 52 * 4, 52), 52) > 0.5


def test_promotions_lift_and_fade(rng: Rng) -> None:
    x = events.promotions(rng, 300, 200)
    assert (x >= 0).all() and (x.max(axis=1) > 0).mean() > 0.8


def test_noise_has_fat_tails_and_no_drift(rng: Rng) -> None:
    x = noise.noise(rng, 3000, 100)
    assert abs(x.mean()) < 0.02 and x.std() == pytest.approx(1, abs=0.2)
    assert (np.abs(x) > 4).mean() > 1e-4


def test_shocks_are_rare(rng: Rng) -> None:
    assert 0.002 < (noise.outliers(rng, 500, 200) != 0).mean() < 0.04
    jumps = (np.diff(noise.level_shifts(rng, 500, 200), axis=1) != 0).sum(axis=1)
    assert 0.3 < jumps.mean() < 4


def test_prices_are_walks_with_clustered_volatility(rng: Rng, autocorrelation: Lag) -> None:
    steps = np.diff(prices.prices(rng, KINDS["business"], 500, 300), axis=1)
    assert abs(autocorrelation(steps, 1)) < 0.03
    assert autocorrelation(np.abs(steps), 1) > 0.03


def test_gaussian_processes_are_smooth_under_their_noise(rng: Rng, autocorrelation: Lag) -> None:
    x = gaussian.gaussian_process(rng, HOURLY, 400, 300)
    assert autocorrelation(x, 1) > 0.75
    frequency = np.full((3, 1), 2 * np.pi / 10, dtype=np.float32)
    wave = gaussian.waves(rng, frequency, np.ones((3, 1), np.float32), 40)
    np.testing.assert_allclose(wave[:, 10:], wave[:, :-10], atol=1e-3)


def test_cycles_of_any_period_have_unit_size_and_come_again(rng: Rng) -> None:
    x = cycles.cycle(rng, 3000, 240)
    assert x.std(axis=1).mean() == pytest.approx(1, abs=0.1)
    period, link = find_cycles(x.astype(np.float64))
    assert (link > 0.9).mean() > 0.5  # those whose phase and size keep
    assert np.isin(period, (7, 12, 24)).mean() < 0.25  # no calendar's


def test_a_table_is_read_between_its_points() -> None:
    table = np.arange(64, dtype=np.float32)[None]
    turns = np.array([[0, 0.5, 1.25, 10.5 / 64, 1 - 0.5 / 64]])
    np.testing.assert_allclose(cycles.looked_up(table, turns), [[0, 32, 16, 10.5, 31.5]], atol=1e-4)


def test_half_of_the_weather_moves_smoothly(rng: Rng) -> None:
    x = days.weather(rng, 3000, 24 * 21, 24)
    assert x.std(axis=1).mean() == pytest.approx(1, abs=0.15)
    means = np.diff(x.reshape(3000, 21, 24).mean(axis=2), axis=1)
    link = np.array([np.corrcoef(row[1:], row[:-1])[0, 1] for row in means])
    assert (link > 0.3).mean() > 0.25
    assert (link < 0.1).mean() > 0.25
