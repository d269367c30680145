"""Which windows are curves, and how smooth they are."""

from __future__ import annotations

import numpy as np
import pytest

from gruforecast.data.curves import NEAR, NEWEST, bend
from gruforecast.data.windows import make_batch, make_layout

TIME = np.arange(60.0)
RNG = np.random.default_rng(0)


def bends(*series: np.ndarray, seasons: tuple[int, ...] = (1,)) -> np.ndarray:
    layout = make_layout(seasons)
    windows = np.full((len(series), layout.history), np.nan)
    for window, y in zip(windows, series, strict=True):
        window[-len(y) :] = y
    return bend(make_batch(windows, layout, 8))


CURVES = {
    "square": TIME**2,
    "exponential": 1e7 * 1.02**TIME,
    "logistic": 1 / (1 + np.exp(-(TIME - 40) / 6)),
    "falling": -1e3 * np.log(TIME + 1),
    "half as long": TIME[:30] ** 2,
    "with noise": TIME**2 + RNG.normal(0, 5, 60),
    "smooth of late": np.concatenate([RNG.normal(0, 50, 30), TIME[:NEWEST] ** 2]),
    "with a gap": np.where(TIME == 50, np.nan, TIME**2),
}
OTHERS = {
    "noise": RNG.normal(0, 1, 60),
    "a walk": np.cumsum(RNG.normal(0, 1, 60)),
    "a cycle": np.sin(2 * np.pi * TIME / 15),
    "a constant": np.full(60, 3.0),
    "one point": np.array([3.0]),
    "two points": np.array([3.0, 4.0]),
    "nothing": np.array([np.nan]),
    "a young one": TIME[:NEAR] ** 2,
}


@pytest.mark.parametrize("name", CURVES)
def test_curves(name: str) -> None:
    assert bends(CURVES[name]) < 0.7


@pytest.mark.parametrize("name", OTHERS)
def test_others(name: str) -> None:
    assert bends(OTHERS[name]) > 1.2


def test_each_window_is_judged_by_itself() -> None:
    together = bends(CURVES["square"], OTHERS["noise"], CURVES["falling"])
    np.testing.assert_allclose(together, np.concatenate([bends(CURVES["square"]), [np.inf], bends(CURVES["falling"])]))


def test_what_has_a_season_is_no_curve() -> None:
    assert bends(CURVES["square"], seasons=(12,)) == np.inf


def test_the_steps_of_a_walk_bend_by_their_length_times_the_root_of_two() -> None:
    walks = np.cumsum(np.random.default_rng(1).normal(0, 1, (400, 96)), axis=1)
    found = bends(*walks)
    assert np.median(found[np.isfinite(found)]) == pytest.approx(np.sqrt(2), rel=0.1)
