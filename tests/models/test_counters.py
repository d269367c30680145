"""Counters: which windows are some, and what their steps make of them."""

from __future__ import annotations

import numpy as np
import pytest

from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import Panel
from gruforecast.models.counters import FEWEST, counted_up, is_counter, rises, with_rises

GRID = (0.1, 0.25, 0.5, 0.75, 0.9)
RNG = np.random.default_rng(0)
STEPS = RNG.gamma(2, 3, 120)
COUNTERS = {
    "a meter": 1e5 + np.cumsum(STEPS),
    "rare events": np.cumsum(RNG.poisson(0.1, 120)).astype(np.float64),
    "one that comes from below zero": np.cumsum(STEPS) - 500,
    "with gaps": np.where(RNG.random(120) < 0.2, np.nan, np.cumsum(STEPS)),
    "a young one": np.concatenate([np.full(60, np.nan), np.cumsum(STEPS)[:60]]),
}
OTHERS = {
    "it fell once": np.cumsum(np.where(np.arange(120) == 7, -1, STEPS)),
    "a meter that was replaced": np.concatenate([np.cumsum(STEPS[:60]), np.cumsum(STEPS[60:])]),
    "a fall within a gap": np.concatenate([np.cumsum(STEPS[:60]), [np.nan, np.nan], np.cumsum(STEPS[60:])]),
    "too short to tell": np.cumsum(STEPS)[:FEWEST],
    "a straight line": 0.1 * np.arange(120),
    "a constant": np.full(120, 4.0),
    "nothing": np.full(120, np.nan),
    "one point": np.array([3.0]),
}


@pytest.mark.parametrize("name", COUNTERS)
def test_counters(name: str) -> None:
    assert is_counter(COUNTERS[name][None]).tolist() == [True]


@pytest.mark.parametrize("name", OTHERS)
def test_others(name: str) -> None:
    assert is_counter(OTHERS[name][None]).tolist() == [False]


def test_rises_are_the_steps() -> None:
    np.testing.assert_array_equal(rises(np.array([[np.nan, 1.0, 4.0, 4.0]])), [[np.nan, np.nan, 3, 0]])


def test_certain_steps_add_up() -> None:
    steps = np.repeat(np.array([1.0, 0, 5])[None, :, None], len(GRID), axis=2)
    found = counted_up(np.array([[7.0, 9.0, np.nan]]), steps, GRID)
    np.testing.assert_allclose(found, np.repeat(np.array([10.0, 10, 15])[None, :, None], len(GRID), axis=2))


def test_what_is_expected_is_the_mean_and_not_the_median() -> None:
    steps = np.tile([0.0, 0.0, 0.0, 2.0, 4.0], (1, 20, 1))
    found = counted_up(np.array([[0.0]]), steps, GRID)
    assert 0.8 * 20 < found[0, -1, 2] < 1.2 * 20


def test_errors_grow_faster_than_those_of_a_walk_and_slower_than_in_step() -> None:
    steps = 50 + np.tile([-2.0, -1.0, 0.0, 1.0, 2.0], (1, 16, 1))
    found = counted_up(np.array([[0.0]]), steps, GRID)
    width = found[0, :, -1] - found[0, :, 0]
    assert width[0] == pytest.approx(4)
    assert 4 * 4 < width[-1] < 4 * 16
    assert (np.diff(found, axis=2) >= 0).all()


def test_a_counter_never_falls() -> None:
    steps = np.tile([-3.0, -2.0, -1.0, 1.0, 9.0], (1, 5, 1))
    assert (counted_up(np.array([[5.0]]), steps, GRID) >= 5).all()


def panel_of(*series: np.ndarray) -> Panel:
    indptr = np.concatenate([[0], np.cumsum([len(y) for y in series])]).astype(np.int64)
    ids = np.array([f"s{i}" for i in range(len(series))], dtype=object)
    return Panel(ids, np.arange(len(ids)) * 10, indptr, np.concatenate(series), Frequency.parse("D"))


def test_counters_of_a_panel_give_way_to_their_steps() -> None:
    meter, gappy = np.cumsum(STEPS), np.cumsum(STEPS)
    gappy[[1, 60, -2]] = np.nan
    noise, empty = RNG.normal(size=80), np.zeros(0)
    found = with_rises(panel_of(noise, meter, empty, gappy, OTHERS["it fell once"]), 200)
    assert found.lengths.tolist() == [80, 119, 0, 115, 120]
    assert found.start.tolist() == [0, 11, 20, 33, 40]
    np.testing.assert_array_equal(found.series(0), noise)
    np.testing.assert_allclose(found.series(1), STEPS[1:])
    np.testing.assert_allclose(found.series(3)[:5], STEPS[3:8])
    assert np.isfinite(found.series(3)[[0, -1]]).all() and np.isnan(found.series(3)).sum() == 2
    np.testing.assert_array_equal(found.series(4), OTHERS["it fell once"])


def test_a_counter_that_was_reset_long_ago_is_one() -> None:
    """As in a forecast, which sees its newest points only."""
    meter = np.cumsum(STEPS)
    meter[:20] += 1e6
    panel = panel_of(meter)
    assert with_rises(panel, 110) is panel
    steps = with_rises(panel, 100).series(0)
    np.testing.assert_allclose(np.delete(steps, 19), np.delete(STEPS[1:], 19), atol=1e-6)
    assert np.isnan(steps[19])


def test_a_panel_without_counters_stays_as_it_is() -> None:
    panel = panel_of(RNG.normal(size=80), np.arange(90.0))
    assert with_rises(panel, 200) is panel
