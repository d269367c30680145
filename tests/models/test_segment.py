"""The universal network: one set of weights for every season, and a sane forecast before any training."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from gruforecast.config import CELLS, HEADS, NETWORKS, ModelConfig
from gruforecast.data.windows import N_FEATURES, Layout, make_batch, make_layout
from gruforecast.models.pointwise import PointwiseNetwork
from gruforecast.models.registry import Model, make_model
from gruforecast.models.segment import SegmentNetwork
from gruforecast.models.spec import weight_spec

SEASONS = (1, 4, 7, 12, 24, 48, 52, 96)
SMALL = ModelConfig(hidden=6)
Batches = Callable[[Layout, int], Any]


def test_one_network_serves_every_season_width_and_horizon(batch: Batches, lively: Callable[..., Model]) -> None:
    model = lively(SMALL)
    for season, horizon in itertools.product(SEASONS, (1, 60)):
        quantiles = model.quantiles(batch(make_layout((season,)), horizon))
        assert quantiles.shape == (7, horizon, len(model.grid))
        assert np.isfinite(quantiles).all()


@pytest.mark.parametrize("season", SEASONS)
def test_untrained_network_forecasts_the_blend_of_its_anchors(season: int, batch: Batches) -> None:
    windows = batch(make_layout((season, 3 * season)), 20)
    median = make_model(SMALL, 1).quantiles(windows)[..., SMALL.quantile_grid.index(0.5)]
    np.testing.assert_allclose(median, windows.anchors[:, :20].mean(axis=-1), atol=1e-6)


@pytest.mark.parametrize(("network", "cell", "head"), [*itertools.product(NETWORKS, CELLS, HEADS)])
@pytest.mark.parametrize("layers", [1, 2])
def test_spec_names_exactly_the_weights_of_the_network(network: str, cell: str, head: str, layers: int) -> None:
    config = ModelConfig(network, cell, head, hidden=4, layers=layers)
    weights = make_model(config, 9).weights()
    assert weight_spec(config, 9) == {name: array.shape for name, array in weights.items()}
    assert all(array.dtype == np.float32 for array in weights.values())


@pytest.mark.parametrize("network", NETWORKS)
def test_loaded_weights_give_the_same_forecast(network: str, batch: Batches, lively: Callable[..., Model]) -> None:
    config = ModelConfig(network, hidden=4)
    windows, first, second = batch(make_layout((4,)), 9), lively(config, 9), make_model(config, 9)
    second.load(first.weights())
    np.testing.assert_array_equal(first.quantiles(windows), second.quantiles(windows))
    assert first.n_parameters == sum(array.size for array in first.weights().values())


def test_weights_of_another_shape_are_refused(lively: Callable[..., Model]) -> None:
    with pytest.raises(RuntimeError, match="size mismatch"):
        make_model(SMALL, 1).load(lively(ModelConfig(hidden=5)).weights())


def test_history_before_the_first_segment_of_a_series_does_not_matter(
    lively: Callable[..., Model], windows: Callable[..., Any]
) -> None:
    model, short, long = lively(SMALL), Layout(4, 3, 4, 0), Layout(4, 9, 4, 0)
    history = windows(short)
    padded = np.concatenate([np.full((len(history), 24), np.nan), history], axis=1)
    np.testing.assert_allclose(
        model.quantiles(make_batch(padded, long, 6)), model.quantiles(make_batch(history, short, 6)), atol=1e-5
    )


def test_pointwise_network_skips_points_before_a_series_begins(windows: Callable[..., Any]) -> None:
    network = PointwiseNetwork(ModelConfig("pointwise", hidden=4), 1, 0, horizon=6)
    short, long = Layout(4, 3, 4, 0), Layout(4, 9, 4, 0)
    history = windows(short)
    padded = np.concatenate([np.full((len(history), 24), np.nan), history], axis=1)
    torch.testing.assert_close(
        network(make_batch(padded, long, 6)), network(make_batch(history, short, 6)), atol=1e-6, rtol=0
    )
    assert network(make_batch(history, short, 2)).shape == (7, 2, 1)


def test_every_weight_of_the_network_learns(batch: Batches) -> None:
    torch.manual_seed(0)
    network = SegmentNetwork(SMALL, 1, 0)
    torch.nn.init.normal_(network.output.weight)
    torch.nn.init.normal_(network.gates.weight)
    network(batch(make_layout((12, 24)), 18)).square().sum().backward()
    idle = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert idle == []
    assert network.features.weight.shape[1] == N_FEATURES
