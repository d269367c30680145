"""Cycles are found whatever their period, and seldom where there are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.data.cycles import autocorrelations, detrended, find_cycles
from gruforecast.data.windows import Layout, make_batch

RNG = np.random.default_rng(5)


def waves(period: float, length: int, noise: float = 0.1, n: int = 40) -> np.ndarray:
    phase = RNG.random((n, 1))
    return np.cos(2 * np.pi * (np.arange(length) / period + phase)) + noise * RNG.standard_normal((n, length))


@settings(deadline=None, max_examples=30)
@given(st.floats(3, 40), st.integers(96, 300))
def test_a_found_period_is_a_multiple_of_the_true_one(period: float, length: int) -> None:
    found, link = find_cycles(waves(period, length))
    off = np.abs(found / period - np.round(found / period)) * period
    assert (found > 0).all() and (2 * found <= length).all()
    assert np.median(off) <= 0.6 and off.max() <= 1.1  # at most a point off
    assert link.min() > 0.7


def test_trends_do_not_hide_a_cycle_and_are_none() -> None:
    line = np.linspace(0, 50, 120)
    found, _ = find_cycles(waves(9, 120) + line)
    assert np.isin(found, (9, 18, 27, 36, 45, 54)).all()
    assert find_cycles(line[None])[0] == 0
    walks = np.cumsum(RNG.standard_normal((500, 120)), axis=1)
    assert (find_cycles(walks)[1] > 0.6).mean() < 0.05
    assert (find_cycles(RNG.standard_normal((500, 120)))[1] > 0.6).mean() < 0.02


def test_gaps_and_short_histories() -> None:
    y = waves(10, 100, noise=0.05)
    y[:, 30:37] = np.nan
    y[:, :20] = np.nan
    found, link = find_cycles(y)
    assert np.isin(found, (10, 20, 30, 40)).all() and link.min() > 0.8
    y[:, :85] = np.nan  # 15 points of a cycle of 10
    assert (find_cycles(y)[0] <= 7).all()


@pytest.mark.parametrize("z", [np.full((2, 30), np.nan), np.ones((2, 30)), np.zeros((2, 3)), np.zeros((0, 30))])
def test_nothing_is_found_where_nothing_is(z: np.ndarray) -> None:
    found, link = find_cycles(z)
    assert found.shape == link.shape == (len(z),)
    assert not found.any() and not link.any()


def test_autocorrelations_match_the_definition() -> None:
    y = np.random.default_rng(5).standard_normal((3, 26))
    y[:, :6] = np.nan  # before the start
    x = detrended(y)
    for row, found in zip(x[:, 6:].astype(np.float64), autocorrelations(x, np.full(3, 6), 19), strict=True):
        pairs = [(row[k:], row[:-k]) for k in range(1, 20)]
        expected = [1.0] + [now @ then / np.sqrt((now @ now) * (then @ then)) for now, then in pairs]
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_found_cycle_is_an_anchor_and_its_strength_a_feature() -> None:
    y = np.tile(np.arange(1.0, 12), 9)[None]  # a cycle of 11 on a grid of weeks
    batch = make_batch(y, Layout(7, 14, 7, 0), 11)
    values = batch.scaler.inverse(batch.anchors.astype(np.float64))
    np.testing.assert_allclose(values[0, :11, 3], np.arange(1, 12), rtol=1e-5)
    assert batch.features[0, 12] == pytest.approx(1, abs=0.02)
    noise = make_batch(np.array([[1.0, 2, 4, 8, 16, 32, 64]]), Layout(7, 1, 7, 0), 7)
    np.testing.assert_array_equal(noise.anchors[..., 3], noise.anchors[..., 1])
    assert noise.features[0, 12:14].tolist() == [0, 0]
