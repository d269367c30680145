"""The day of the month in daily series."""

from dataclasses import replace

import numpy as np
import pytest

from gruforecast.data import month_days as module
from gruforecast.data.calendar import Frequency
from gruforecast.data.effects import put_back
from gruforecast.data.forecast import Forecast
from gruforecast.data.month_days import find_month_days
from gruforecast.data.panel import Panel

NAN = float("nan")
DAY = Frequency.parse("D")
BEGIN = 18_628  # 2021-01-01


def days(n, freq=DAY):
    """Days since the first, and until the last of the month, of *n* periods from BEGIN on."""
    times = freq.timestamps(BEGIN + np.arange(n)).astype("datetime64[D]")
    month = times.astype("datetime64[M]")
    since = (times - month.astype("datetime64[D]")).astype(int)
    return since, ((month + 1).astype("datetime64[D]") - times).astype(int) - 1


def weekly(n, seed=0, noise=0.1):
    rng = np.random.default_rng(seed)
    return np.exp(4 + rng.normal(0, 0.3, 7)[np.arange(n) % 7] + noise * rng.normal(size=n))


def panel_of(*series, freq=DAY):
    kept = [y[np.isfinite(y).argmax() : len(y) - np.isfinite(y[::-1]).argmax()] for y in series]
    start = [BEGIN + int(np.isfinite(y).argmax()) for y in series]
    ends = np.concatenate([[0], np.cumsum([len(y) for y in kept])]).astype(np.int64)
    names = np.array([f"s{i}" for i in range(len(kept))], dtype=object)
    return Panel(names, np.array(start, np.int64), ends, np.concatenate(kept), freq)


def pay(n, seed=0, freq=DAY):
    return weekly(n, seed) * np.where(np.isin(days(n, freq)[0], (14, 15)), 1.8, 1.0)


def found(*series, freq=DAY):
    month_days = find_month_days(panel_of(*series, freq=freq))
    return [] if month_days is None else month_days.rows.tolist()


@pytest.mark.parametrize("n", [200, 500, 2000])
def test_pay_days_and_last_days_are_seen(n):
    since, until = days(n)
    last = weekly(n, 1) * np.where(until < 2, 0.5, 1.0)
    first = weekly(n, 2) * np.where(since == 0, 20.0, 1.0)
    below_zero = 100 * (since == 9) + np.random.default_rng(3).normal(0, 5, n)
    gappy = pay(n, 4)
    gappy[::9] = NAN
    assert found(weekly(n), pay(n), last, first, below_zero, gappy) == [1, 2, 3, 4, 5]


def test_what_months_do_not_explain_stays():
    rng, n = np.random.default_rng(0), 700
    year = 100 + 50 * np.sin(2 * np.pi * np.arange(n) / 365.25) + rng.normal(0, 5, n)
    spiky = weekly(n, 5)
    spiky[rng.choice(n, 20, replace=False)] *= 30
    walks = [100 + np.cumsum(rng.normal(size=n)) for _ in range(50)]
    noise = [rng.normal(size=length) for length in (180, 200, 250, 400, 700) for _ in range(50)]
    every_second_week = weekly(n, 6) * np.where(np.arange(n) % 14 == 3, 1.8, 1.0)
    every_thirtieth_day = weekly(n, 7) * np.where(np.arange(n) % 30 == 3, 5.0, 1.0)
    for length in (200, 280, 370):
        for period in (10, 15, 28, 30, 31):
            assert (
                found(
                    50 + np.sin(2 * np.pi * np.arange(length) / period),
                    weekly(length) ** (np.arange(length) % period < 3),
                )
                == []
            )
    assert found(year, spiky, *walks, *noise, every_second_week, every_thirtieth_day, np.full(n, 3.0)) == []


def test_only_days_of_long_series_have_months():
    assert found(pay(179)) == [] and found(pay(190)) == [0]
    for alias in ("h", "MS", "2D", "W-SUN", "int"):
        assert find_month_days(replace(panel_of(pay(400)), freq=Frequency.parse(alias))) is None
    business = Frequency.parse("B")
    n = 600
    rng, (since, _) = np.random.default_rng(0), days(n, business)
    y = np.exp(4 + rng.normal(0, 0.3, 5)[np.arange(n) % 5] + 0.1 * rng.normal(size=n)) * np.where(since < 3, 2.0, 1.0)
    assert found(y, freq=business) == [0]


def test_no_series_depends_on_another(monkeypatch):
    many = [pay(300 + 10 * i, i) if i % 3 else weekly(300 + 10 * i, i) for i in range(9)]
    alone = [find_month_days(panel_of(y)) for y in many]
    together = find_month_days(panel_of(*many))
    monkeypatch.setattr(module, "CHUNK", 3 * module.SPAN)
    parts = find_month_days(panel_of(*many))
    assert together.rows.tolist() == parts.rows.tolist() == [i for i, one in enumerate(alone) if one is not None]
    month = BEGIN + np.arange(90)
    for k, row in enumerate(together.rows):
        for other in (alone[row].at(0, month), parts.at(k, month)):
            np.testing.assert_allclose(together.at(k, month), other, rtol=1e-9)


def test_what_is_taken_out_is_put_back():
    n, horizon = 600, 40
    since, _ = days(n)
    relative, level = np.round(pay(n), 2), np.round(100 * (since == 9) + np.random.default_rng(3).normal(0, 5, n), 1)
    whole = panel_of(relative, weekly(n, 9), level)
    past = whole.drop_last(horizon)
    month_days = find_month_days(past)
    assert month_days.rows.tolist() == [0, 2] and month_days.relative.tolist() == [True, False]
    plain = month_days.without(whole)
    assert np.std(plain.series(0)) < 0.8 * np.std(relative) and (plain.series(1) == whole.series(1)).all()
    median = plain.tail(horizon)
    made = Forecast(past.ids, past.cutoff, DAY, median, np.stack([median, median], axis=2), (0.4, 0.6))
    back = put_back([month_days], made, past)
    np.testing.assert_array_equal(back.median, whole.tail(horizon))
    np.testing.assert_array_equal(back.quantiles[..., 1], back.median)


def test_not_below_zero_unless_it_was_or_may_be():
    n = 600
    since, _ = days(n)
    y = np.maximum(np.random.default_rng(0).normal(20, 4, n) - 30 * (since == 9), 0)
    panel = panel_of(y)
    month_days = find_month_days(panel)
    low = np.zeros((1, 62))
    made = Forecast(panel.ids, panel.cutoff, DAY, low, low[..., None], (0.5,))
    assert put_back([month_days], made, panel).median.min() == 0
    assert put_back([month_days], made, panel, allow_negative=True).median.min() < -5


def test_the_edges_of_time_and_of_numbers():
    early = replace(panel_of(pay(400)), start=np.array([-719_162], dtype=np.int64))  # 0001-01-01
    assert find_month_days(early) is not None  # a year like 2021
    rng = np.random.default_rng(0)
    assert found(1e300 * rng.normal(size=400), 1e-300 * rng.random(400), np.zeros(400)) == []
    sparse = np.full(400, NAN)
    sparse[[0, 100, 399]] = 1.0
    assert found(sparse) == []


@pytest.mark.parametrize("period", [21.0, 21.4, 21.74, 22.1])
def test_waves_of_a_month_of_business_days_are_waves(period):
    freq, t = Frequency.parse("B"), np.arange(1000)
    rng = np.random.default_rng(0)
    waves = [100 + 10 * np.sin(2 * np.pi * (t / period + rng.random())) + rng.normal(0, 1, 1000) for _ in range(10)]
    assert found(*waves, pay(1000, freq=freq), freq=freq) == [10]


@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1.0, 1e12])
def test_no_unit_hides_them(unit):
    """Counts with zeros, which are not read in logarithms."""
    y = np.random.default_rng(0).poisson(3, 1000) + 20.0 * (days(1000)[0] == 0)
    assert (y == 0).any() and found(unit * y) == [0]
