"""Two engines over the same weights: they agree to rounding, and numpy's short forecasts are exact prefixes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gruforecast.config import ModelConfig
from gruforecast.data.windows import Layout, make_batch, make_layout
from gruforecast.models.numpy_engine import NumpyEngine, sigmoid, supports
from gruforecast.models.registry import Model

Lively = Callable[..., Model]


@pytest.mark.parametrize("config", [ModelConfig(hidden=16), ModelConfig(hidden=9, layers=2, head="point")])
@pytest.mark.parametrize("seasons", [(1,), (4,), (7, 364), (12,), (24, 168), (52,), (37,)])
def test_engines_agree(
    config: ModelConfig, seasons: tuple[int, ...], lively: Lively, windows: Callable[..., Any]
) -> None:
    layout = make_layout(seasons)
    history = np.concatenate([windows(layout), np.full((1, layout.history), np.nan)])
    batch, model = make_batch(history, layout, 30), lively(config)
    engine = NumpyEngine(config, model.weights())
    assert engine.grid == model.grid
    np.testing.assert_allclose(engine.quantiles(batch), model.quantiles(batch), atol=1e-5, rtol=1e-5)


def test_only_histories_too_short_for_one_segment(lively: Lively, windows: Callable[..., Any]) -> None:
    layout, model = Layout(12, 5, 12, 0), lively(ModelConfig(hidden=8))
    history = windows(layout)
    history[:, :-2] = np.nan
    batch = make_batch(history, layout, 7)
    engine = NumpyEngine(model.config, model.weights())
    np.testing.assert_allclose(engine.quantiles(batch), model.quantiles(batch), atol=1e-5)


@pytest.mark.parametrize("seasons", [(1,), (12,), (24, 168)])
def test_shorter_horizon_is_exactly_a_prefix(
    seasons: tuple[int, ...], lively: Lively, windows: Callable[..., Any]
) -> None:
    layout, model = make_layout(seasons), lively(ModelConfig(hidden=16))
    engine = NumpyEngine(model.config, model.weights())
    longest = engine.quantiles(make_batch(windows(layout), layout, 100))
    for horizon in (1, 2, 13, 24, 99):
        part = engine.quantiles(make_batch(windows(layout), layout, horizon))
        assert part.tobytes() == longest[:, :horizon].tobytes()


def test_engines_agree_where_gates_are_wide_open(lively: Lively, windows: Callable[..., Any]) -> None:
    layout, model = make_layout((12,)), lively(ModelConfig(hidden=8))
    weights = {name: array + 100 if name == "gates.bias" else array for name, array in model.weights().items()}
    model.load(weights)
    batch = make_batch(windows(layout), layout, 7)
    np.testing.assert_allclose(NumpyEngine(model.config, weights).quantiles(batch), model.quantiles(batch), atol=1e-4)


def test_sigmoid_never_overflows() -> None:
    with np.errstate(all="raise"):
        assert sigmoid(np.array([-1e30, 0, 1e30], np.float32)).tolist() == [0, 0.5, 1]


def test_numpy_supports_what_it_computes_only() -> None:
    assert supports(ModelConfig())
    assert not supports(ModelConfig(cell="lstm"))
    assert not supports(ModelConfig(network="pointwise"))
