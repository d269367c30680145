"""Windows: layouts for every season, anchors of the right phase, and no look at the future."""

from __future__ import annotations

import warnings
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gruforecast.data.anchors import N_ANCHORS
from gruforecast.data.calendar import Frequency
from gruforecast.data.panel import Panel
from gruforecast.data.windows import (
    MAX_WIDTH,
    N_FEATURES,
    Batch,
    Layout,
    default_context,
    make_batch,
    make_layout,
    mean_step,
    segment_width,
)


@pytest.mark.parametrize("season", range(1, 401))
def test_every_season_has_a_valid_layout(season: int) -> None:
    width, layout = segment_width(season), make_layout((season, 7 * season))
    layout.check()
    assert 3 <= width <= MAX_WIDTH
    points = default_context(season, 7 * season)
    assert season <= points <= layout.context_length < points + width
    assert layout.history >= 3 * 7 * season + season
    # Whole segments a season wherever it has a divisor of a useful size.
    if any(season % w == 0 for w in range(8, MAX_WIDTH + 1)) or 3 <= season <= 8:
        assert season % width == 0


def test_layouts_of_the_common_seasons() -> None:
    widths = {season: segment_width(season) for season in (1, 4, 7, 12, 24, 48, 52, 96)}
    assert widths == {1: 4, 4: 4, 7: 7, 12: 12, 24: 24, 48: 24, 52: 26, 96: 32}
    assert make_layout((12,), 30) == Layout(12, 3, 12, 0)
    assert make_layout((12, 84)) == Layout(12, 21, 12, 84)  # three weeks of two-hourly days
    assert make_layout((12,), 2).segments == 1
    assert [make_layout((1,)).within(n).segments for n in (500, 24, 12, 3)] == [24, 6, 3, 1]
    assert [make_layout((12,)).future_segments(h) for h in (1, 12, 13)] == [1, 1, 2]


def test_seasons_longer_than_windows_are_read_in_parts() -> None:
    """The day of minutes, which a user names, is that of hours."""
    assert make_layout((1440,)) == make_layout((60, 1440)) and make_layout((8640,)) == make_layout((240, 8640))
    assert (make_layout((401,)).season, make_layout((401,)).long_season) == (401, 0)  # a prime


@pytest.mark.parametrize(
    ("name", "value"), [("width", 0), ("width", 33), ("segments", 10**9), ("season", True), ("long_season", -1)]
)
def test_absurd_layouts_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        Layout(**{"width": 4, "segments": 2, "season": 4, "long_season": 0, name: value}).check()


def test_batch_has_the_shapes_it_promises() -> None:
    layout = Layout(12, 3, 12, 24)
    batch = make_batch(np.random.default_rng(0).random((5, 36)) + 1, layout, 14, np.ones((5, 14)))
    assert len(batch) == 5
    assert batch.context.shape == batch.observed.shape == (5, 36)
    assert batch.anchors.shape == (5, 24, N_ANCHORS)
    assert batch.features.shape == (5, N_FEATURES)
    assert batch.target is not None and batch.target.shape == (5, 14)
    assert batch.weight is not None and batch.weight.shape == (5,)


def test_missing_points_are_zero_and_marked() -> None:
    history = np.array([[1.0, np.nan, 3, 4, np.nan, 6, 7, 8]])
    batch = make_batch(history, Layout(4, 2, 4, 0), 4, np.array([[1, np.nan, np.nan, 2]]))
    assert batch.observed.tolist() == [[1, 0, 1, 1, 0, 1, 1, 1]]
    assert batch.context[0, [1, 4]].tolist() == [0, 0]
    assert batch.target is not None and batch.target_observed is not None
    assert batch.target_observed.tolist() == [[1, 0, 0, 1]]
    assert batch.target[0, 1:3].tolist() == [0, 0]
    # The point a season ago is missing and there is none before it: the last value stands in.
    assert batch.anchors[0, 0, 1] != batch.anchors[0, 0, 0]
    first = make_batch(history[:, 4:], Layout(4, 1, 4, 0), 4)
    assert first.anchors[0, 0, 1] == first.anchors[0, 0, 0]


def test_real_steps_count_from_the_first_observation() -> None:
    x = np.nan
    history = np.array([[x, x, x, 1, x, x], [x, x, x, x, x, x], [1, 1, x, x, 1, 1]])
    batch = make_batch(history, Layout(2, 3, 2, 0), 2)
    assert batch.real_steps(2).tolist() == [2, 1, 3]
    assert batch.real_steps(1).tolist() == [3, 1, 6]


def test_anchor_one_long_season_ago() -> None:
    y = np.tile(np.arange(1.0, 8), 4)[None] + np.repeat([0, 10, 20, 30], 7)
    batch = make_batch(y, Layout(7, 2, 7, 28), 7)
    values = batch.scaler.inverse(batch.anchors.astype(np.float64))
    np.testing.assert_allclose(values[0, :, 0], 37, rtol=1e-5)
    np.testing.assert_allclose(values[0, :, 1], np.arange(31, 38), rtol=1e-5)
    np.testing.assert_allclose(values[0, :, 2], np.arange(1, 8), rtol=1e-5)


def test_the_usual_value_is_of_the_longest_season_seen() -> None:
    weeks = np.tile(np.arange(1.0, 15), 4)[None]
    layout = Layout(7, 2, 7, 14)

    def usual(y: np.ndarray) -> np.ndarray:
        batch = make_batch(np.concatenate([np.full((1, 49), np.nan), y], axis=1)[:, -layout.history :], layout, 7)
        return batch.scaler.inverse(batch.anchors[..., 4].astype(np.float64))[0]

    np.testing.assert_allclose(usual(weeks), np.arange(1, 8), rtol=1e-4)
    np.testing.assert_allclose(usual(weeks[:, -13:]), [8, 2, 3, 4, 5, 6, 7], rtol=1e-4)
    np.testing.assert_allclose(usual(weeks[:, -5:])[:2], 14, rtol=1e-4)


def test_without_a_season_the_last_steps_go_on() -> None:
    y = np.array([[np.nan, 10, 20, 30, 60, 50, 65.0], [1, 1, np.nan, 1, 2, np.nan, 4]])
    batch = make_batch(y - 100, Layout(4, 2, 1, 0), 4)
    values = batch.scaler.inverse(batch.anchors.astype(np.float64)) + 100
    ahead = np.arange(1, 5)
    np.testing.assert_allclose(values[0, :, 4], 65 + 15 * ahead, rtol=1e-5)
    np.testing.assert_allclose(values[0, :, 5], 65 + 45 / 4 * ahead, rtol=1e-5)
    np.testing.assert_allclose(values[1, :, 4], 4, rtol=1e-5)  # the last but one is missing
    np.testing.assert_allclose(values[1, :, 5], 4, rtol=1e-5)


def test_a_constant_window_teaches_nothing() -> None:
    batch = make_batch(np.full((1, 8), 5.0), Layout(4, 2, 4, 0), 2, np.array([[9.0, 9.0]]))
    assert batch.target_observed is not None and not batch.target_observed.any()


def test_mean_step_skips_pairs_with_a_gap() -> None:
    z = np.array([[0, 1, np.nan, 5, 8], [np.nan, 1, np.nan, 2, np.nan]])
    assert mean_step(z, 1).tolist() == [2, 1]
    assert mean_step(z, 9).tolist() == [1, 1]
    # A few pairs may be near by luck.
    assert mean_step(z, 1, least=2).tolist() != [1, 1] and mean_step(z, 1, least=99).tolist() == [1, 1]


def anything() -> st.SearchStrategy[np.ndarray]:
    values = st.floats(-1e308, 1e308) | st.sampled_from([0.0, 1.0, 1.0, 5e-324, float("nan")])
    return arrays(np.float64, (2, 24), elements=values)


@settings(max_examples=200, deadline=None)
@given(anything(), st.sampled_from([(1,), (4,), (7, 21), (12, 24)]), st.integers(1, 30))
def test_what_a_network_reads_is_finite_whatever_the_input(
    history: np.ndarray, seasons: tuple[int, ...], horizon: int
) -> None:
    layout = make_layout(seasons, 24)
    history = np.concatenate([np.full((2, 4 + layout.history - 24), np.nan), history], axis=1)[:, -layout.history :]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        batch = make_batch(history, layout, horizon, np.repeat(history[:, -1:], horizon, axis=1))
    for field in fields(Batch):
        value = getattr(batch, field.name)
        if isinstance(value, np.ndarray) and field.name != "period":  # which is for others
            assert value.dtype == np.float32
            assert np.isfinite(value).all(), field.name
            assert np.abs(value).max() < 1e3 or field.name == "context"


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 34), st.integers(0, 99))
def test_no_batch_changes_when_the_future_does(cutoff: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, layout = rng.normal(size=72), make_layout((4,), 12)
    other = y.copy()
    indptr = np.array([0, 36, 72])
    other[cutoff + 1 : 36] = 1e9
    other[36 + cutoff + 1 :] = np.nan
    other[71] = 5.0
    batches = []
    for values in (y, other):
        panel = Panel(np.array(["a", "b"], object), np.zeros(2, np.int64), indptr, values, Frequency("month"))
        batches.append(make_batch(panel.until(cutoff).tail(layout.history), layout, 8))
    for field in ("context", "observed", "anchors", "features"):
        assert getattr(batches[0], field).tobytes() == getattr(batches[1], field).tobytes()


def test_rounding_noise_of_a_huge_constant_is_not_read() -> None:
    history = np.array([[np.nextafter(-1e300, 0), -1e300, -1e300, -1e300]])
    batch = make_batch(history, Layout(4, 1, 4, 0), 2)
    assert batch.context.tolist() == [[0, 0, 0, 0]]
    assert batch.observed.all()
