"""Panels: cutting in time and choosing series against plain lists; forecasts count from their own cutoff."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gruforecast.data.calendar import Frequency
from gruforecast.data.forecast import Forecast, interval_quantiles
from gruforecast.data.panel import Panel

NAN = float("nan")
values = st.sampled_from([1.0, 2.0, NAN])
# As readers give them: a series begins and ends with an observed value, or is empty.
series = st.lists(values, max_size=6).map(lambda y: [3.0, *y, 4.0]) | st.just([5.0]) | st.just([])
panels = st.lists(st.tuples(st.integers(-5, 5), series), min_size=1, max_size=4)


def panel_of(parts: list[tuple[int, list[float]]]) -> Panel:
    indptr = np.concatenate([[0], np.cumsum([len(y) for _, y in parts])]).astype(np.int64)
    return Panel(
        np.array([f"s{i}" for i in range(len(parts))], object),
        np.array([start for start, _ in parts], np.int64),
        indptr,
        np.array([v for _, y in parts for v in y], dtype=np.float64),
        Frequency("month"),
    )


def lists(panel: Panel) -> list[list[float]]:
    return [panel.series(i).tolist() for i in range(len(panel))]


def trimmed(y: list[float]) -> list[float]:
    """Without the missing values at the end."""
    while y and np.isnan(y[-1]):
        y = y[:-1]
    return y


@settings(deadline=None)
@given(panels, st.integers(-8, 12))
def test_until_keeps_the_past_and_ends_on_an_observation(parts: list[tuple[int, list[float]]], cutoff: int) -> None:
    cut = panel_of(parts).until(cutoff)
    for (start, y), kept, last in zip(parts, lists(cut), cut.cutoff, strict=True):
        np.testing.assert_array_equal(kept, trimmed(y[: max(0, cutoff - start + 1)]))
        assert last == start + len(kept) - 1 <= max(cutoff, start - 1)


@settings(deadline=None)
@given(panels, st.integers(0, 5))
def test_drop_last_takes_each_series_own_end(parts: list[tuple[int, list[float]]], periods: int) -> None:
    for (_, y), kept in zip(parts, lists(panel_of(parts).drop_last(periods)), strict=True):
        np.testing.assert_array_equal(kept, trimmed(y[: max(0, len(y) - periods)]))


@settings(deadline=None)
@given(panels, st.integers(1, 8), st.integers(0, 4))
def test_tail_is_right_aligned_and_padded(parts: list[tuple[int, list[float]]], length: int, drop: int) -> None:
    for (_, y), row in zip(parts, panel_of(parts).tail(length, drop), strict=True):
        past = y[: max(0, len(y) - drop)]
        np.testing.assert_array_equal(row, ([NAN] * length + past)[-length:])


@settings(deadline=None)
@given(panels, st.data())
def test_select_takes_series_in_any_order(parts: list[tuple[int, list[float]]], data: st.DataObject) -> None:
    index = data.draw(st.lists(st.integers(0, len(parts) - 1), max_size=5))
    chosen = panel_of(parts).select(np.array(index, dtype=np.int64))
    assert chosen.ids.tolist() == [f"s{i}" for i in index]
    for i, y in zip(index, lists(chosen), strict=True):
        np.testing.assert_array_equal(y, parts[i][1])


def test_cut_per_series() -> None:
    cut = panel_of([(0, [1.0, 2, 3]), (10, [4.0, 5])]).until(np.array([0, 11]))
    assert lists(cut) == [[1], [4, 5]]


def test_forecast_periods_follow_each_cutoff() -> None:
    numbers = np.zeros((2, 3))
    cutoff = Frequency("month").ordinals(np.array(["2024-11-01", "2020-01-01"], "datetime64[s]"))
    forecast = Forecast(np.array(["a", "b"], object), cutoff, Frequency("month"), numbers, numbers[..., None], (0.5,))
    assert forecast.horizon == 3
    assert forecast.ds.astype("datetime64[M]").astype(str).tolist() == [
        ["2024-12", "2025-01", "2025-02"],
        ["2020-02", "2020-03", "2020-04"],
    ]


@pytest.mark.parametrize(
    ("levels", "expected"), [((80, 95), (0.025, 0.1, 0.9, 0.975)), ((), ()), ((99.9,), (0.0005, 0.9995))]
)
def test_bounds_of_intervals(levels: tuple[float, ...], expected: tuple[float, ...]) -> None:
    assert interval_quantiles(levels) == expected
