"""Outliers: which values of a window are not believed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gruforecast.data.outliers import FEW, RARE, ZERO_FEW, ZERO_RARE, outliers

GRIDS = {"years": (1, 0), "quarters": (4, 0), "months": (12, 0), "days": (7, 364), "hours": (24, 168)}
SLIPS = {"zero": 0.0, "ten times": 10.0, "a hundred times": 100.0, "a tenth": 0.1, "sign": -1.0, "sentinel": -999.0}


def window(season: int, seed: int = 0, length: int = 200) -> np.ndarray:
    """[T] a level that walks, a season, and noise of a per cent."""
    rng, t = np.random.default_rng(seed), np.arange(length)
    level = np.cumsum(rng.normal(0, 0.01, length)) + (season > 1) * 0.3 * np.sin(2 * np.pi * (t + 0.3) / season)
    return np.asarray(100 * np.exp(level + rng.normal(0, 0.01, length)))


def found(y: np.ndarray, *seasons: int) -> list[int]:
    """Where the outliers of a series are."""
    return np.flatnonzero(outliers(y[None], *seasons)[0]).tolist()


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("grid", GRIDS)
def test_one_slip_is_found_wherever_it_is(grid: str, slip: str) -> None:
    for place in (0, 1, 60, 131, 198):
        y = window(GRIDS[grid][0])
        y[place] = -999.0 if slip == "sentinel" else y[place] * SLIPS[slip]
        assert found(y, *GRIDS[grid]) == [place]


@pytest.mark.parametrize("grid", GRIDS)
def test_nothing_is_found_in_what_is_usual(grid: str) -> None:
    rng, t = np.random.default_rng(0), np.arange(200)
    usual = {
        "clean": window(GRIDS[grid][0]),
        "noise": rng.normal(size=200),
        "fat tails": np.exp(0.1 * rng.standard_t(4, 200)),
        "counts": rng.poisson(3.0, 200).astype(float),
        "rare demand": rng.poisson(0.3, 200).astype(float),
        "a line": 5.0 + t,
        "constant": np.full(200, 3.0),
        "zero": np.zeros(200),
        "a step": np.where(t < 120, 100.0, 300.0) + rng.normal(size=200),
        "nothing": np.full(200, np.nan),
        "one value": np.where(t == 199, 1.0, np.nan),
    }
    assert {name: found(y, *GRIDS[grid]) for name, y in usual.items()} == {name: [] for name in usual}


@pytest.mark.parametrize("slip", [0.0, 10.0])
@pytest.mark.parametrize("grid", GRIDS)
def test_what_the_last_values_say_may_be_new(grid: str, slip: float) -> None:
    for count in (1, 2):
        y = window(GRIDS[grid][0])
        y[-count:] *= slip
        assert found(y, *GRIDS[grid]) == []


@pytest.mark.parametrize("times", [0.0, 20.0])
def test_what_comes_every_season_belongs_to_it(times: float) -> None:
    hour, month = window(24, length=480), window(12)
    hour[100::168] *= times
    month[5::12] *= times
    assert found(hour, 24, 168) == []
    assert found(month, 12) == []


def test_a_feast_of_every_year_is_none_and_one_of_a_single_year_is() -> None:
    day = window(7, length=800)
    day[[150, 514]] *= 8
    assert found(day, 7, 364) == []
    day[150] /= 8
    assert found(day, 7, 364) == [514]


def test_an_outage_of_hours_is_found_whole() -> None:
    y = window(24, length=480)
    y[200:208] = 0
    assert found(y, 24, 168) == list(range(200, 208))


def test_two_failures_of_a_short_history_are_found() -> None:
    y = window(1, length=14)
    y[4:6] = 0
    assert found(y, 1) == [4, 5]


def test_failures_at_random_are_mostly_found_though_some_are_a_season_apart() -> None:
    rng, y = np.random.default_rng(0), np.repeat(window(24, length=504)[None], 200, axis=0)
    failed = rng.random(y.shape) < 0.03
    failed[:, -1] = False
    y[failed] = 0
    left_out = outliers(y, 24, 168)
    assert not left_out[~failed].any()
    assert (left_out == failed).all(axis=1).mean() > 0.9


@pytest.mark.parametrize("slip", SLIPS)
def test_slips_of_what_hardly_moves_are_found(slip: str) -> None:
    for y in (np.full(200, 50.0), np.repeat([50.0, 51, 49, 50], 50)):
        y[[30, 77]] = -999.0 if slip == "sentinel" else 50 * SLIPS[slip]
        assert found(y, 24, 168) == [30, 77]


def test_rain_after_a_drought_is_believed() -> None:
    y = np.zeros(200)
    y[[30, 77]] = 20.0
    assert not found(y, 7, 364)
    # A history may be far shorter than what is read of one.
    assert not found(np.concatenate([np.full(1000, np.nan), y[:70]]), 7, 364)


def test_two_zeros_a_season_apart_are_believed() -> None:
    y = window(12)
    y[[60, 72]] = 0
    assert not found(y, 12)


def test_zeros_are_believed_where_values_vary_much_or_are_small() -> None:
    rough = 100 * np.exp(0.3 * np.random.default_rng(0).normal(size=200))
    rough[60] = 0
    assert found(rough, 12) == []
    y = window(12)
    y[:100] /= np.linspace(1, 100, 100)
    y[[97, 150]] = 0
    assert found(y, 12) == [150]


def test_events_of_two_periods_are_believed() -> None:
    y = window(12)
    y[60:62] *= 10
    assert found(y, 12) == []


@given(
    st.lists(st.one_of(st.floats(-1e300, 1e300), st.just(0.0), st.just(np.nan)), max_size=60),
    st.sampled_from(list(GRIDS.values())),
)
def test_few_are_found_and_none_that_is_missing(values: list[float], seasons: tuple[int, int]) -> None:
    y = np.array(values)
    with np.errstate(over="ignore", invalid="ignore"):  # as the forecaster has it
        places = found(y, *seasons)
    assert np.isfinite(y[places]).all()
    most = max(ZERO_FEW, ZERO_RARE * len(y)) + max(FEW, RARE * len(y))
    assert len(places) <= most and len(y) - 1 not in places


@given(st.integers(0, 1000), st.sampled_from(list(GRIDS.values())), st.floats(1e-6, 1e6), st.sampled_from([0.0, 9.0]))
def test_units_do_not_matter(seed: int, seasons: tuple[int, int], unit: float, slip: float) -> None:
    y = window(seasons[0], seed, 90)
    y[seed % 90] *= slip
    assert found(unit * y, *seasons) == found(y, *seasons)
