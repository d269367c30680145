"""The working days of months in monthly series."""

import numpy as np
import pytest

from gruforecast.data.calendar import Frequency
from gruforecast.data.effects import put_back
from gruforecast.data.forecast import Forecast
from gruforecast.data.panel import Panel
from gruforecast.data.working_days import find_working_days, working_days

MONTH = Frequency.parse("MS")
BEGIN = 400  # 2003-05


def panel_of(*series, freq=MONTH):
    ends = np.concatenate([[0], np.cumsum([len(y) for y in series])]).astype(np.int64)
    names = np.array([f"s{i}" for i in range(len(series))], dtype=object)
    return Panel(names, np.full(len(series), BEGIN), ends, np.concatenate(series), freq)


def output(n, seed=0, of_days=0.008, noise=0.02):
    """What is made in a month: a level that walks, a season, and more where there are more working days."""
    rng, t = np.random.default_rng(seed), np.arange(n)
    season = 0.2 * np.sin(2 * np.pi * t / 12 + seed)
    days = of_days * working_days(MONTH, BEGIN + t)
    return 100 * np.exp(season + days + noise * rng.normal(size=n) + np.cumsum(rng.normal(0, 0.01, n)))


def found(*series, freq=MONTH):
    effects = find_working_days(panel_of(*series, freq=freq))
    return [] if effects is None else effects.rows.tolist()


def test_days_are_counted():
    ordinals = MONTH.ordinals(np.array(["2024-02-01", "2024-03-01", "2021-02-01"], dtype="datetime64[s]"))
    # 21 weekdays and 8 others; 21 and 10; 20 and 8
    assert working_days(MONTH, ordinals).tolist() == [1.0, -4.0, 0.0]
    ends = Frequency.parse("ME")
    stamps = np.array(["2024-02-29", "2024-03-31"], dtype="datetime64[s]")
    assert working_days(ends, ends.ordinals(stamps)).tolist() == [1.0, -4.0]


@pytest.mark.parametrize("n", [60, 120, 400])
def test_output_follows_them(n):
    gappy = output(n, 1)
    gappy[5:n:11] = np.nan
    cash = 50 * working_days(MONTH, BEGIN + np.arange(n)) + np.random.default_rng(2).normal(0, 30, n)
    assert found(output(n), gappy, output(n, 3, of_days=0.0), cash) == [0, 1, 3]


def test_noise_and_walks_do_not():
    rng = np.random.default_rng(0)
    plain = [output(120, seed, of_days=0.0) for seed in range(300)]
    walks = [100 + np.cumsum(rng.normal(size=150)) for _ in range(100)]
    assert len(found(*plain, *walks)) <= 20
    less = [output(120, seed, of_days=-0.008) for seed in range(20)]  # fewer working days, more: no one's law
    assert found(*less, np.full(100, 5.0), np.zeros(100), 1e300 * rng.normal(size=100)) == []


def test_only_months_of_long_series_have_them():
    assert found(output(47)) == [] and found(output(49)) == [0]
    for alias in ("D", "QS", "YS", "int"):
        assert find_working_days(panel_of(output(120), freq=Frequency.parse(alias))) is None


def test_no_series_depends_on_another():
    many = [output(60 + 10 * i, i, of_days=0.008 * (i % 3)) for i in range(9)]
    together = find_working_days(panel_of(*many))
    months = BEGIN + np.arange(200)
    for k, row in enumerate(together.rows.tolist()):
        alone = find_working_days(panel_of(many[row]))
        np.testing.assert_allclose(together.at(k, months), alone.at(0, months), rtol=1e-9)
    assert set(range(9)) - set(together.rows.tolist()) >= {i for i, y in enumerate(many) if not found(y)}


def test_what_is_taken_out_is_put_back():
    n, horizon = 150, 18
    whole = panel_of(np.round(output(n), 2), output(n, 3, of_days=0.0))
    past = whole.drop_last(horizon)
    effects = find_working_days(past)
    assert effects.rows.tolist() == [0]
    plain = effects.without(whole)
    assert (
        np.abs(np.diff(np.log(plain.series(0)), 12)).mean() < 0.8 * np.abs(np.diff(np.log(whole.series(0)), 12)).mean()
    )
    median = plain.tail(horizon)
    made = Forecast(past.ids, past.cutoff, MONTH, median, median[..., None], (0.5,))
    np.testing.assert_array_equal(put_back([effects], made, past).median, whole.tail(horizon))
