"""The season that short series take from the others."""

import numpy as np
import pytest

from gruforecast.data.calendar import Frequency
from gruforecast.data.effects import SHARED_SEASON
from gruforecast.data.panel import Panel
from gruforecast.data.shared_season import find_shared_season

MONTH = Frequency.parse("MS")
END = 500  # ordinal after the last month
LOGS = 0.3 * np.sin(2 * np.pi * np.arange(12) / 12) + np.where(np.arange(12) == 11, 0.5, 0.0)


def panel_of(*series, freq=MONTH, end=END):
    ends = np.concatenate([[0], np.cumsum([len(y) for y in series])]).astype(np.int64)
    names = np.array([f"s{i}" for i in range(len(series))], dtype=object)
    start = np.array([end - len(y) for y in series], dtype=np.int64)
    return Panel(names, start, ends, np.concatenate(series), freq)


def shop(n, seed=0, logs=LOGS, noise=0.05, end=END):
    """The newest *n* months of sales that walk, with the season *logs* from January on."""
    rng, t = np.random.default_rng(seed), np.arange(end - n, end)
    return np.exp(4 + seed % 7 + logs[t % 12] + noise * rng.normal(size=n) + np.cumsum(rng.normal(0, 0.03, n)))


SISTERS = [shop(60, seed) for seed in range(10, 18)]


def found(*series, **given):
    effects = find_shared_season(panel_of(*series, **given))
    return [] if effects is None else effects.rows.tolist()


@pytest.mark.parametrize("n", [1, 2, 4, 9, 14, 25, 40])
def test_a_new_shop_has_the_season_of_its_sisters(n):
    effects = find_shared_season(panel_of(*SISTERS, shop(n)))
    assert effects.rows.tolist() == [8] and effects.kind == SHARED_SEASON
    told = effects.at(np.zeros(12, dtype=int), np.arange(12))
    assert np.abs(told - told.mean() - (LOGS - LOGS.mean())).max() < 0.1
    plain = effects.without(panel_of(*SISTERS, shop(n)))
    bare = shop(n, logs=np.zeros(12))
    assert np.ptp(np.log(plain.series(8) / bare)) < 0.15  # up to a factor
    assert all((plain.series(i) == sister).all() for i, sister in enumerate(SISTERS))


def test_from_four_seasons_on_it_has_its_own():
    assert found(*SISTERS, shop(47), shop(48)) == [8]


def test_shops_of_three_years_tell_each_other():
    assert found(*(shop(36, seed) for seed in range(6))) == [0, 1, 2, 3, 4, 5]
    assert found(*(shop(36, seed) for seed in range(4))) == []  # too few
    assert found(*(shop(23, seed) for seed in range(30))) == []  # not two seasons


def test_one_does_not_tell_itself():
    odd = shop(36, 5, logs=np.roll(LOGS, 6))
    assert 7 not in found(*(shop(36, seed) for seed in range(7)), odd)


def test_series_may_end_at_any_time():
    ends = (END, END - 3, END - 7, END, END - 1, END - 30, END)
    series = [shop(60 + i, i, end=end) for i, end in enumerate(ends)] + [shop(6)]
    panel = panel_of(*series)
    panel.start[:-1] = [end - len(y) for end, y in zip(ends, series[:-1], strict=True)]
    told = find_shared_season(panel).at(np.zeros(12, dtype=int), np.arange(12))
    assert np.abs(told - told.mean() - (LOGS - LOGS.mean())).max() < 0.1


def test_what_has_another_season_or_none_keeps_it():
    stranger, level = shop(20, logs=-LOGS), shop(20, logs=np.zeros(12))
    below_zero, flat, line = shop(20) - 40, np.full(20, 7.0), np.arange(20.0)
    assert found(*SISTERS, stranger, level, below_zero, flat, line, shop(20)) == [13]


def test_strangers_share_nothing():
    rng = np.random.default_rng(0)
    for seed in range(20):
        walks = [np.exp(0.1 * np.cumsum(rng.normal(size=60))) for _ in range(8)]
        noise = [np.exp(0.1 * rng.normal(size=60)) for _ in range(8)]
        others = [shop(60, i, logs=np.roll(LOGS, i)) for i in range(12)]
        for panel in (walks, noise, others):
            assert found(*panel, shop(9, seed)) == []


def test_days_that_a_new_shop_has_not_seen_may_be_closed():
    day = Frequency.parse("D")
    rng = np.random.default_rng(1)
    open_ = np.where(np.arange(700) % 7 == 3, 0.0, 1.0)
    sales = [rng.poisson(40, 90) * open_[:90] for _ in range(8)]
    panel = panel_of(*sales, rng.poisson(40, 4).astype(float), freq=day, end=90)
    panel.start[-1] = 88 - 90 % 7  # four days before a closed one
    effects = find_shared_season(panel)
    week = effects.at(np.zeros(7, dtype=int), np.arange(7))
    assert effects.rows.tolist() == [8] and np.exp(week[3]) < 0.01 and np.abs(week[[0, 1, 2, 4, 5, 6]]).max() < 0.3


def test_gaps_and_sizes_do_not_matter():
    gappy = shop(20)
    gappy[[3, 4, 11]] = np.nan
    assert found(*SISTERS, gappy, 1e9 * shop(20), 1e-9 * shop(20)) == [8, 9, 10]
    empty = panel_of(*SISTERS, np.empty(0), shop(5))
    assert find_shared_season(empty).rows.tolist() == [9]


@pytest.mark.parametrize("alias", ["YS", "int"])
def test_no_season_is_shared_where_there_is_none(alias):
    assert found(*SISTERS, shop(5), freq=Frequency.parse(alias)) == []


def test_the_effects_on_some_of_the_series():
    panel = panel_of(*SISTERS, shop(5, 1), shop(30, 2), shop(8, 3))
    index = np.array([9, 0, 8])
    whole, part = find_shared_season(panel), find_shared_season(panel).select(index)
    assert whole.rows.tolist() == [8, 9, 10] and part.rows.tolist() == [0, 2] and part.kind == SHARED_SEASON
    for row, place in ((0, 9), (2, 8)):
        expected = whole.without(panel).series(place)
        assert part.without(panel.select(index)).series(row).tobytes() == expected.tobytes()
    assert part.select(np.array([1])).rows.tolist() == []
