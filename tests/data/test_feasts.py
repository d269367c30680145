"""Dates that come back: Christmas, Easter, the fourth Thursday of November."""

from dataclasses import replace

import numpy as np
import pytest

from gruforecast.data import by_day as module
from gruforecast.data import effects as effects_module
from gruforecast.data import zones
from gruforecast.data.almanac import DAYS, WEEKS
from gruforecast.data.calendar import Frequency
from gruforecast.data.calendar_effects import take_out_calendar
from gruforecast.data.effects import put_back
from gruforecast.data.feasts import find_feasts
from gruforecast.data.forecast import Forecast
from gruforecast.data.panel import Panel

DAY, BUSINESS = Frequency.parse("D"), Frequency.parse("B")
CHRISTMAS, EASTER_MONDAY, THANKSGIVING = 11 * 31 + 24, 372 + 51, 372 + 115 + 10 * 35 + 3 * 5 + 3


def dates(stamps):
    return DAYS.numbers(stamps.astype("datetime64[D]"))


def ordinal(day, freq=DAY):
    return int(freq.ordinals(np.array([day], dtype="datetime64[s]"))[0])


def days(begin, n, freq=DAY):
    return freq.timestamps(ordinal(begin, freq) + np.arange(n)).astype("datetime64[D]")


def shop(n, seed=0, begin="2021-01-04", noise=0.1, freq=DAY, **factors):
    """Sales with weekdays that walk, times a factor on some dates: code → factor."""
    rng, week = np.random.default_rng(seed), 7 if freq is DAY else 5
    level = 4 + rng.normal(0, 0.3, week)[np.arange(n) % week] + np.cumsum(rng.normal(0, 0.01, n))
    codes = dates(days(begin, n, freq))
    on = sum(np.log(factor) * (codes == int(code[1:])).any(axis=1) for code, factor in factors.items())
    return np.exp(level + on + noise * rng.standard_t(4, n))


def panel_of(*series, begin="2021-01-04", freq=DAY):
    ends = np.concatenate([[0], np.cumsum([len(y) for y in series])]).astype(np.int64)
    names = np.array([f"s{i}" for i in range(len(series))], dtype=object)
    return Panel(names, np.full(len(series), ordinal(begin, freq)), ends, np.concatenate(series), freq)


def found(*series, **given):
    effects = find_feasts(panel_of(*series, **given))
    return [] if effects is None else effects.rows.tolist()


def effect_on(effects, k, day, freq=DAY):
    return effects.at(np.array([k]), np.array([ordinal(day, freq)]))[0]


@pytest.mark.parametrize(("n", "freq"), [(780, DAY), (1500, DAY), (3600, DAY), (1100, BUSINESS)])
def test_feasts_are_seen(n, freq):
    feasts = {CHRISTMAS: 0.4, EASTER_MONDAY: 0.3, THANKSGIVING: 0.2}
    years = shop(n, noise=0.05, freq=freq, **{f"c{code}": factor for code, factor in feasts.items()})
    effects = find_feasts(panel_of(shop(n, 1, freq=freq), years, freq=freq))
    k = effects.rows.tolist().index(1)
    for day, factor in (("2024-12-25", 0.4), ("2025-04-21", 0.3), ("2024-11-28", 0.2), ("2024-10-09", 1.0)):
        assert effect_on(effects, k, day, freq) == pytest.approx(np.log(factor), abs=0.2), day


def test_only_what_many_keep_is_believed_when_seen_once():
    some_day, christmas = shop(500), shop(500, 1)
    assert dates(days("2021-01-04", 500))[355, 0] == CHRISTMAS
    some_day[300] *= 0.05
    christmas[355] *= 0.05
    assert found(some_day, christmas) == [1]
    twice = shop(900, 2)
    twice[[300, 665]] *= 0.05
    assert found(twice) == [0]


def test_noise_and_walks_have_none():
    rng = np.random.default_rng(0)
    plain = [shop(1096, seed) for seed in range(150)]
    walks = [100 + np.cumsum(rng.normal(size=1096)) for _ in range(100)]
    counts = [rng.poisson(2, 1096).astype(float) for _ in range(50)]
    assert len(found(*plain, *walks, *counts)) <= 15
    assert found(np.full(1000, 5.0), np.zeros(1000), np.arange(1000.0), 1e300 * rng.normal(size=1000)) == []


def test_a_shop_may_be_closed_and_a_balance_below_zero():
    rng = np.random.default_rng(1)
    christmas = (dates(days("2021-01-04", 2000)) == CHRISTMAS).any(axis=1)
    closed = rng.poisson(60, 2000) * np.where(christmas | (np.arange(2000) % 7 == 6), 0.0, 1.0)
    balance = rng.normal(0, 5, 2000) - 80 * christmas
    gappy = shop(2000, **{f"c{CHRISTMAS}": 3.0})
    gappy[5:1990:9] = np.nan
    effects = find_feasts(panel_of(closed, balance, gappy))
    assert effects.rows.tolist() == [0, 1, 2] and effects.relative.tolist() == [True, False, True]
    assert np.exp(effect_on(effects, 0, "2024-12-25")) < 0.01
    assert effect_on(effects, 1, "2024-12-25") == pytest.approx(-80, abs=8)
    assert effect_on(effects, 2, "2024-12-25") == pytest.approx(np.log(3), abs=0.2)
    assert np.abs(effects.at(np.arange(3)[:, None], ordinal("2024-07-05") + np.arange(9)[None])).max() == 0


def test_only_days_have_them_and_only_of_a_year():
    assert found(shop(349, begin="2021-04-04", **{f"c{CHRISTMAS}": 0.01}), begin="2021-04-04") == []
    for alias in ("7h", "MS", "2D"):
        assert found(shop(1500, **{f"c{CHRISTMAS}": 0.1}), freq=Frequency.parse(alias), begin="1970-01-01") == []


def test_many_series_are_looked_at_in_parts(monkeypatch):
    panel = panel_of(*(shop(1200 + 10 * seed, seed, **{f"c{CHRISTMAS}": 0.3}) for seed in range(9)))
    whole = find_feasts(panel)
    monkeypatch.setattr(module, "CHUNK", 3000)
    parts = find_feasts(panel)
    assert whole.rows.tolist() == parts.rows.tolist() == list(range(9))
    assert whole.without(panel).y.tobytes() == parts.without(panel).y.tobytes()
    some = whole.select(np.array([7, 2]))
    assert some.without(panel.select(np.array([7, 2]))).series(1).tobytes() == whole.without(panel).series(2).tobytes()


def test_the_first_of_every_month_is_no_feast():
    since = dates(days("2021-01-04", 1096))[:, 0] % 31
    bills = shop(1096) * np.where(since == 0, 5.0, 1.0) * np.where(since == 14, 0.4, 1.0)
    plain, effects = take_out_calendar(panel_of(bills, shop(1096, 1, **{f"c{CHRISTMAS}": 0.1})))
    assert [effect.rows.tolist() for effect in effects] == [[0], [1]]
    assert np.abs(np.log(plain.series(0) / shop(1096))).max() < 0.3


def by_hour(n_days, freq, closed_until=12, seed=0, zone=None):
    """Hours of *n_days* from 2021 on: on Christmas nothing before noon, and twice as much after; in *zone*."""
    rng = np.random.default_rng(seed)
    begin = ordinal("2021-01-04", freq)
    per = 86_400 // freq.step
    stamps = freq.timestamps(begin + np.arange(n_days * per))
    wall = stamps if zone is None else stamps + zones.utc_offsets(stamps, zone, wall=False).astype("timedelta64[s]")
    hour = (wall - wall.astype("datetime64[D]")).astype(int) // 3600
    on = (dates(wall) == CHRISTMAS).any(axis=1)
    factor = np.where(on, np.where(hour < closed_until, 0.1, 2.0), 1.0)
    y = 50 * (1 + 0.5 * np.sin(2 * np.pi * hour / 24)) * factor * np.exp(0.05 * rng.normal(size=len(hour)))
    ends = np.array([0, len(y)], dtype=np.int64)
    return Panel(np.array(["s"], object), np.array([begin]), ends, y, freq), hour, on


@pytest.mark.parametrize(
    ("alias", "zone"), [("h", None), ("30min", None), ("4h", None), ("h", "America/Chicago"), ("h", "+09:00")]
)
def test_hours_of_a_feast_have_each_their_own(alias, zone):
    freq = replace(Frequency.parse(alias), tz=zone)
    panel, hour, on = by_hour(800, freq, zone=zone)
    effects = find_feasts(panel)
    effect = effects.at(np.zeros(len(on), dtype=int), panel.start[0] + np.arange(len(on)))
    assert np.abs(effect[~on]).max() < 0.3 and (effect[~on] == 0).mean() > 0.98
    # Two of them are seen, and a third of the way they follow the mean of the day.
    assert effect[on & (hour < 12)].max() < np.log(0.25) and effect[on & (hour >= 12)].min() > np.log(1.3)
    left = effects.without(panel).y
    assert np.ptp(np.log(left[on & (hour == 12)])) < 0.5


def test_a_long_series_of_minutes_is_read_in_parts(monkeypatch):
    panel, _, _ = by_hour(800, Frequency.parse("30min"))
    whole = find_feasts(panel).without(panel).y
    monkeypatch.setattr(effects_module, "PORTION", 5_000)
    assert find_feasts(panel).without(panel).y.tobytes() == whole.tobytes()
    monkeypatch.setattr(module, "MOST", 48 * 60)
    assert find_feasts(panel) is None  # the newest sixty days hold no Christmas


def test_weeks_know_what_moves_against_them():
    week = Frequency.parse("W-SUN")
    stamps = week.timestamps(ordinal("2016-01-03", week) + np.arange(420))
    easter = WEEKS.numbers(stamps.astype("datetime64[D]"))[:, 0] == 8
    rng = np.random.default_rng(0)
    chocolate = 100 * np.where(easter, 3.0, 1.0) * np.exp(0.05 * rng.normal(size=420))
    panel = panel_of(chocolate, 100 * np.exp(0.05 * rng.normal(size=420)), begin="2016-01-03", freq=week)
    effects = find_feasts(panel)
    assert effects.rows.tolist() == [0] and easter.sum() == 8
    ahead = effects.at(np.zeros(60, dtype=int), int(panel.cutoff[0]) + 1 + np.arange(60))
    assert week.timestamps(panel.cutoff[0] + 1 + int(np.argmax(ahead))).astype("datetime64[D]") == np.datetime64(
        "2024-03-31"
    )
    assert ahead.max() == pytest.approx(np.log(3), abs=0.1) and (ahead != 0).sum() == 1


def test_a_feast_is_in_doubt():
    panel = panel_of(shop(1100, c365=0.3), 50 + np.random.default_rng(0).normal(0, 60, 1100))
    effects = find_feasts(panel)
    assert effects.rows.tolist() == [0]
    ahead = int(np.flatnonzero((dates(days("2024-01-09", 365)) == CHRISTMAS).any(axis=1))[0])
    assert panel.freq.timestamps(panel.cutoff[0] + 1).astype("datetime64[D]") == np.datetime64("2024-01-09")
    levels, median = (0.025, 0.1, 0.5, 0.9, 0.975), np.full((2, 365), 1000.0)
    quantiles = np.broadcast_to([900.0, 950, 1000, 1060, 1100], (2, 365, 5)).copy()
    made = put_back([effects], Forecast(panel.ids, panel.cutoff, DAY, median, quantiles, levels), panel)
    christmas, day_after = made.quantiles[0, ahead], made.quantiles[0, ahead + 1]
    assert day_after.tolist() == quantiles[0, 0].tolist() and (made.quantiles[1] == quantiles[1]).all()
    assert christmas[2] == made.median[0, ahead] == pytest.approx(300, rel=0.2)
    assert (np.diff(christmas) > 0).all()
    # A fifth of ln .3 on either side, and what the day itself varies.
    assert np.log(christmas[4] / christmas[2]) == pytest.approx(
        np.hypot(0.2 * 1.96 * np.log(0.3), np.log(1.1)), rel=0.1
    )
    # Where the forecast is sure, the feast is not.
    sure = np.broadcast_to(1000.0, (2, 365, 5)).copy()
    again = put_back([effects], Forecast(panel.ids, panel.cutoff, DAY, median, sure, levels), panel).quantiles[0]
    assert np.ptp(again[ahead + 1]) == 0 and (np.diff(again[ahead]) > 0).all()


def sisters(n_others=3, begin="2021-01-04", n=1100):
    """Eight shops that are quiet at Christmas, and others that are not."""
    quiet = [shop(n, seed, begin=begin, noise=0.05, c365=0.3) for seed in range(8)]
    return [*quiet, *(shop(n, seed, begin=begin, noise=0.05) for seed in range(50, 50 + n_others))]


def started(panel, rows, late):
    """*panel* in which the series at *rows* begin *late* days later."""
    keep = [panel.series(i)[late if i in rows else 0 :] for i in range(len(panel))]
    start = panel.start + np.where(np.isin(np.arange(len(panel)), rows), late, 0)
    ends = np.concatenate([[0], np.cumsum([len(y) for y in keep])]).astype(np.int64)
    return replace(panel, start=start, indptr=ends, y=np.concatenate(keep))


@pytest.mark.parametrize("length", [1, 9, 60, 340])
def test_a_new_shop_takes_over_what_most_others_keep(length):
    new = shop(1100, 70, noise=0.05, c365=0.3)
    panel = started(panel_of(*sisters(), new), [11], 1100 - length)
    effects = find_feasts(panel)
    assert effects.rows.tolist() == [*range(8), 11]
    assert effect_on(effects, 8, "2024-12-25") == pytest.approx(np.log(0.3), abs=0.1)
    assert effect_on(effects, 8, "2024-12-20") == 0


def test_not_where_its_own_days_speak_against_it():
    # The last 25 days: Christmas and the New Year were like any other days.
    n = 1092
    assert str(days("2021-01-04", n)[-1]) == "2023-12-31"
    panel = started(
        panel_of(*sisters(n=n), shop(n, 70, noise=0.05), shop(n, 71, noise=0.05, c365=0.3)), [11, 12], n - 40
    )
    assert find_feasts(panel).rows.tolist() == [*range(8), 12]


def test_nor_what_fewer_than_half_keep_nor_what_never_changes():
    half = [*sisters(9), shop(60)]
    assert find_feasts(started(panel_of(*half[:-1], shop(1100)), [17], 1000)).rows.tolist() == list(range(8))
    constant, below_zero = np.full(1100, 7.0), shop(1100) - 80
    panel = started(panel_of(*sisters(), constant, below_zero), [11, 12], 1000)
    assert find_feasts(panel).rows.tolist() == list(range(8))


def test_hours_are_taken_over_too():
    freq = Frequency.parse("4h")
    panels = [by_hour(800, freq, seed=seed)[0] for seed in range(6)]
    whole = replace(
        panels[0],
        ids=np.array([f"s{i}" for i in range(6)], dtype=object),
        start=np.concatenate([panel.start for panel in panels]),
        indptr=np.arange(7) * len(panels[0].y),
        y=np.concatenate([panel.y for panel in panels]),
    )
    effects = find_feasts(started(whole, [5], 700 * 6))
    assert effects.rows.tolist() == [0, 1, 2, 3, 4, 5]
    christmas = ordinal("2024-12-25", freq) + np.arange(6)
    alone, taken = (effects.at(np.full(6, k), christmas) for k in (0, 5))
    np.testing.assert_allclose(taken, alone, atol=0.1)
    assert taken[0] < -1 and taken[-1] > 0.2


@pytest.mark.filterwarnings("error")
def test_huge_balances_are_taken_out_in_silence():
    christmas = (dates(days("2021-01-04", 1200)) == CHRISTMAS).any(axis=1)
    balance = 1e100 * (np.random.default_rng(0).normal(0, 5, 1200) - 80 * christmas)
    panel = panel_of(balance)
    effects = find_feasts(panel)
    median = np.zeros((1, 365))
    made = Forecast(panel.ids, panel.cutoff, DAY, median, median[..., None], (0.9,))
    back = put_back([effects], made, panel)
    assert np.isfinite(effects.without(panel).y).all() and np.isfinite(back.quantiles).all()
    assert back.median.min() == pytest.approx(-80e100, rel=0.2)
