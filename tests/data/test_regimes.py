"""Regimes: where a history begins, and what is before a break."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gruforecast.data.regimes import begun, spliced

RNG = np.random.default_rng(0)
SEASONS = [1, 4, 12, 24]


def level(season: int, length: int = 144) -> np.ndarray:
    """[T] a level that walks a little, a season, and noise."""
    walk = np.cumsum(RNG.normal(0, 0.005, length))
    wave = 0.2 * np.sin(2 * np.pi * (np.arange(length) + 0.3) / season) if season > 1 else 0
    return np.asarray(100 * np.exp(walk + wave + RNG.normal(0, 0.01, length)))


@pytest.mark.parametrize("zeros", [4, 12, 80])
def test_zeros_before_the_beginning_are_no_history(zeros: int) -> None:
    y = level(12)
    y[:zeros] = 0
    assert np.isnan(begun(y[None])[0, :zeros]).all()
    np.testing.assert_array_equal(begun(y[None])[0, zeros:], y[zeros:])


def test_gaps_before_the_beginning_stay_gaps() -> None:
    y = np.concatenate([[np.nan, 0, np.nan], np.zeros(9), level(12)])
    found = begun(y[None])[0]
    assert np.isnan(found[:12]).all() and np.isfinite(found[12:]).all()


def test_zeros_that_come_again_belong_to_the_history() -> None:
    rare = (RNG.random((50, 120)) < 0.3) * RNG.poisson(5, (50, 120)).astype(float)
    assert (np.isnan(begun(rare)).sum(axis=1) > 0).mean() < 0.05
    nothing, one = np.zeros((1, 40)), np.where(np.arange(40) == 39, 5.0, 0.0)[None]
    for y in (nothing, one, np.full((1, 40), np.nan), np.arange(-3.0, 9.0)[None]):
        np.testing.assert_array_equal(begun(y), y)


@pytest.mark.parametrize("factor", [0.001, 0.1, 4, 1000])
@pytest.mark.parametrize("season", SEASONS)
def test_what_is_before_a_break_comes_to_the_level_of_today(season: int, factor: float) -> None:
    y = level(season)
    for place in (2 * season, 3 * season + season // 2, 144 - 3 * season):
        broken = np.where(np.arange(144) < place, factor * y, y)
        found = spliced(broken[None], season)[0]
        lost = np.isnan(found)
        assert lost.sum() in ((0,) if season == 1 else (season,))
        assert not lost.any() or abs(np.flatnonzero(lost).mean() - place) < season
        np.testing.assert_allclose(found[~lost], y[~lost], rtol=0.15)
        np.testing.assert_array_equal(found[place + season :], y[place + season :])


@pytest.mark.parametrize("season", SEASONS)
def test_other_histories_stay_as_they_are(season: int) -> None:
    t = np.arange(144)
    others = {
        "level": level(season),
        "growth": level(season) * 1.05**t,
        "squares": (t + 1.0) ** 2,
        "walk": np.exp(np.cumsum(RNG.normal(0, 0.3, 144))),
        "noise": np.exp(RNG.normal(0, 1, 144)),
        "wild season": np.exp(2 * np.sin(2 * np.pi * t / 12)),
        "a pulse": np.where((t > 40) & (t < 60), 10, 1) * level(season),
        "a step that is usual": np.where(t < 50, 1, 1.5) * level(season),
        "steps": 10.0 ** (t // 40) * level(season),
        "too new": np.where(t < 143, 1, 10) * level(season),
        "zeros": np.where(t < 50, 0, 5.0),
        "negative": np.where(t < 50, -5.0, 5.0) + 0.01 * level(season),
        "constant": np.full(144, 3.0),
        "nothing": np.full(144, np.nan),
    }
    for name, y in others.items():
        np.testing.assert_array_equal(spliced(y[None], season)[0], y, err_msg=name)


def test_a_short_history_has_no_break() -> None:
    y = np.array([[1.0, 1.1, 100.0, 101.0]])
    np.testing.assert_array_equal(spliced(y, 1), y)


@given(st.lists(st.floats(0, 1e300) | st.just(np.nan), min_size=1, max_size=60), st.sampled_from(SEASONS))
def test_what_is_newest_is_never_touched(values: list[float], season: int) -> None:
    y = np.array([values])
    with np.errstate(all="ignore"):  # as the forecaster has it
        found = spliced(begun(y), season)
    kept = max(2, 2 * season)
    known = np.isfinite(found[0, -kept:])
    assert found.shape == y.shape and not np.isnan(y[np.isfinite(found)]).any()
    np.testing.assert_array_equal(found[0, -kept:][known], y[0, -kept:][known])
