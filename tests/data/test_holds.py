"""What holds its value for a while."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.data.holds import FEWEST, follow_holds, holding

NAN = float("nan")
GRID = (0.025, 0.1, 0.3, 0.5, 0.7, 0.9, 0.975)


def prices(rng, n=200, moves=0.05):
    """A price that moves by chance, every twentieth time."""
    step = np.where(rng.random(n) < moves, rng.choice([-1.0, 1.5], n) * rng.uniform(0.5, 1, n), 0.0)
    return 50 + np.cumsum(step)


def some(kind, n=200):
    rng = np.random.default_rng(3)
    return {
        "prices": lambda: prices(rng, n),
        "rates": lambda: 4 + 0.25 * np.cumsum((rng.random(n) < 0.2) * rng.choice([-1, 1], n)),
        "a tariff": lambda: 100.0 + 3 * (np.arange(n) // 12),
        "a meter that often rests": lambda: np.cumsum((rng.random(n) < 0.2) * rng.uniform(1, 3, n)),
        "a walk": lambda: np.cumsum(rng.normal(size=n)),
        "a rare demand": lambda: (rng.random(n) < 0.1) * rng.integers(1, 9, n).astype(float),
        "small counts": lambda: rng.poisson(0.7, n).astype(float),
        "a constant": lambda: np.full(n, 7.0),
        "opening hours": lambda: 10.0 * ((np.arange(n) % 24 > 7) & (np.arange(n) % 24 < 20)) + np.arange(n) // 50,
        "a price that is reduced now and then": lambda: np.where(np.arange(n) % 30 < 24, 9.99, 7.99),
    }[kind]()


@pytest.mark.parametrize("kind", ["prices", "rates", "a tariff", "a meter that often rests"])
def test_what_holds(kind):
    y = some(kind)
    assert holding(y[None])[0]
    y[20:25] = NAN
    assert holding(np.stack([y, 1e-3 * y - 5])).all()


@pytest.mark.parametrize("kind", ["a walk", "a rare demand", "small counts", "a constant"])
def test_what_is_equal_by_chance_or_moves(kind):
    assert not holding(some(kind)[None])[0]


def test_a_few_steps_tell_nothing():
    y = np.repeat([1.0, 2, 4, 7, 11, 16], 4)
    assert holding(y[None, -FEWEST - 1 :])[0] and not holding(y[None, -FEWEST:])[0]
    assert not holding(np.append(y, NAN)[None])[0]
    assert holding(np.zeros((0, 9))).shape == (0,)


def test_the_median_stays_as_long_as_staying_is_likely():
    y = some("a tariff", 195)  # moves every twelfth month, the next time in nine
    spread = np.linspace(-3, 3, len(GRID)) + np.arange(1, 25)[:, None] / 8
    moved = follow_holds((y[-1] + spread)[None], y[None], GRID)[0]
    stays = 1 - np.arange(1, 25) / 12  # it never falls
    for period, share in enumerate(stays):
        covered = (np.array(GRID) > 0.01) & (np.array(GRID) < share - 0.02)
        assert (moved[period, covered] == y[-1]).all()
    assert moved[3, 3] == y[-1] and moved[12, 3] > y[-1]
    assert (np.diff(moved, axis=1) >= 0).all()
    np.testing.assert_array_equal(moved[12:, 3:], y[-1] + np.maximum(spread[12:, 3:], 0))


def test_other_windows_stay_as_they_were():
    history = np.stack([some("a walk"), some("prices"), some("a rare demand")])
    values = history[:, -1, None, None] + np.random.default_rng(0).normal(size=(3, 9, 1)) + np.linspace(-1, 1, 7)
    moved = follow_holds(values, history, GRID)
    assert (moved != values).any(axis=(1, 2)).tolist() == [False, True, False]


def test_what_comes_back_with_the_season_is_left_to_the_network():
    y = some("opening hours", 20 * 24)[None]
    values = np.random.default_rng(0).normal(size=(1, 48, 1)) + np.linspace(-1, 1, 7)
    assert holding(y)[0]
    assert (follow_holds(values, y, GRID, (24, 168)) == values).all()
    assert (follow_holds(values, y, GRID, (1, 0)) != values).any()
    held = np.stack([prices(np.random.default_rng(seed), 480) for seed in range(30)])
    moved = follow_holds(np.zeros((30, 5, 7)), held, GRID, (7, 364))
    assert (moved[..., 3] == held[:, -1, None]).all(axis=1).mean() > 0.8


def test_a_value_that_was_left_before_stays_as_long_as_it_did_then():
    y = some("a price that is reduced now and then", 30 * 6 + 28)[None]  # reduced for four of six days
    values = 9.5 + np.zeros((1, 9, 7))
    moved = follow_holds(values, y, GRID)[0]
    assert moved[0, 3] == 7.99 and (moved[4:, 3:] == 9.5).all()
    usual = follow_holds(values, y[:, :-10], GRID)[0]  # at the usual price, which stays for longer
    assert (usual[:5, 3] == 9.99).all()


@settings(max_examples=100)
@given(st.data())
def test_quantiles_stay_in_order_whatever_the_window(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 9999)))
    n, horizon = data.draw(st.integers(2, 260)), data.draw(st.integers(1, 60))
    history = np.stack([prices(rng, n, data.draw(st.floats(0, 0.4))) for _ in range(3)])
    history[rng.random(history.shape) < data.draw(st.sampled_from([0, 0.1, 0.6]))] = NAN
    values = 50 + np.sort(rng.normal(size=(3, horizon, len(GRID))), axis=-1)
    moved = follow_holds(values, history, GRID)
    assert np.isfinite(moved).all() and (np.diff(moved, axis=-1) >= 0).all()
