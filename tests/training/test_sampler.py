"""Windows drawn from a panel: each target follows its own context, in its own series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest

from gruforecast.data.panel import Panel
from gruforecast.data.windows import Batch, Layout
from gruforecast.training.sampler import RECENCY_HORIZONS, WindowSampler, last_windows

MakePanel = Callable[..., Panel]
LAYOUT = Layout(4, 3, 4, 0)


def values(batch: Batch, name: str) -> np.ndarray:
    """*name* of the batch in original units, NaN where unknown."""
    z, known = getattr(batch, name), getattr(batch, "observed" if name == "context" else "target_observed")
    return np.where(known > 0, batch.scaler.inverse(z.astype(np.float64)), np.nan)


def counting(make_panel: MakePanel) -> Panel:
    """Two series of consecutive numbers, far apart."""
    return make_panel(np.arange(1000.0, 1050), np.arange(5000.0, 5030))


def test_target_follows_its_context_and_never_another_series(make_panel: MakePanel) -> None:
    batch = WindowSampler(counting(make_panel), LAYOUT, 6).sample(np.random.default_rng(0), 400)
    path = np.concatenate([values(batch, "context"), values(batch, "target")], axis=1)
    first = path[:, 11]  # the value at the cutoff, always there in these panels
    assert np.isfinite(first).all() and set(np.round(first // 1000).tolist()) == {1, 5}
    expected = first[:, None] + np.arange(-11, 7)
    known = np.isfinite(path)
    np.testing.assert_allclose(path[known], expected[known], rtol=1e-5)
    # What is unknown lies outside the series.
    low, high = np.where(first < 2000, 1000, 5000), np.where(first < 2000, 1049, 5029)
    outside = (expected < low[:, None] - 0.5) | (expected > high[:, None] + 0.5)
    np.testing.assert_array_equal(~known, outside)


def test_every_window_has_a_past_and_a_first_target(make_panel: MakePanel) -> None:
    nan = float("nan")
    sampler = WindowSampler(make_panel([1.0, 2, nan, 4, 5, 6, nan, 8], [1.0, 2.0], [3.0]), LAYOUT, 2)
    # A season of points comes first, of a short series half; a target that is missing is none.
    assert sampler.stops.tolist() == [4, 5, 7, 9]
    assert sampler.series.tolist() == [0, 0, 0, 1]
    assert len(sampler) == 4


def test_equal_seeds_draw_equal_windows(toy: Panel) -> None:
    one, two, other = (WindowSampler(toy, LAYOUT, 6).sample(np.random.default_rng([seed, 3]), 50) for seed in (1, 1, 2))
    for field in fields(Batch):
        if isinstance(getattr(one, field.name), np.ndarray):
            assert getattr(one, field.name).tobytes() == getattr(two, field.name).tobytes()
    assert one.context.tobytes() != other.context.tobytes()


def test_recent_windows_count_more(make_panel: MakePanel) -> None:
    horizon = 2
    sampler = WindowSampler(make_panel(np.arange(1.0, 101)), LAYOUT, horizon)
    weights = np.round(np.diff(sampler.cumulative, prepend=0), 12)
    assert weights[-1] == weights[-2] == 1
    assert (np.diff(weights) >= 0).all()
    back = int(RECENCY_HORIZONS * horizon)
    assert weights[-1 - horizon + 1 - back] == pytest.approx(np.exp(-1))
    drawn = sampler.sample(np.random.default_rng(0), 4000)
    recent = (values(drawn, "context")[:, -1] > 99 - back).mean()
    assert recent == pytest.approx(weights[-back - 1 :].sum() / weights.sum(), abs=0.03)


def test_last_windows_end_with_each_series(make_panel: MakePanel) -> None:
    panel = make_panel(np.arange(1.0, 41), np.arange(101.0, 121), [1.0, 2.0])
    batch = last_windows(panel, LAYOUT, 6, 4)
    assert batch is not None and len(batch) == 2
    np.testing.assert_allclose(values(batch, "target")[:, :4], [range(37, 41), range(117, 121)], rtol=1e-5)
    np.testing.assert_allclose(values(batch, "context")[:, -3:], [range(34, 37), range(114, 117)], rtol=1e-5)
    assert np.isnan(values(batch, "target")[:, 4:]).all()


def test_last_windows_of_short_series_are_none(make_panel: MakePanel) -> None:
    assert last_windows(make_panel([1.0, 2, 3]), LAYOUT, 6, 4) is None
