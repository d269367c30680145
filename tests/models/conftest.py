"""Windows to feed a network with, and networks whose every weight matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from gruforecast.config import ModelConfig
from gruforecast.data.panel import FloatArray
from gruforecast.data.windows import Layout, make_batch
from gruforecast.models.registry import Model, make_model


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny networks are fastest on one thread; leave torch as it was found."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def histories(layout: Layout, rows: int = 7, seed: int = 0) -> FloatArray:
    """[rows, layout.history] seasonal windows: the first few short, sparse, ending in a gap, or constant."""
    rng = np.random.default_rng(seed)
    t = np.arange(layout.history)
    y = 50 + 10 * np.sin(2 * np.pi * t / max(layout.season, 5)) + rng.normal(0, 2, (rows, layout.history))
    y[0, : -max(2, layout.width // 2)] = np.nan
    y[1, rng.random(layout.history) < 0.4] = np.nan
    y[2, -layout.width :] = np.nan
    y[3] = 7.0
    y[4] -= 50
    return y


@pytest.fixture
def windows() -> Callable[..., FloatArray]:
    """See :func:`histories`."""
    return histories


@pytest.fixture
def batch() -> Callable[..., Any]:
    """Seven windows of a layout, as a network reads them."""
    return lambda layout, horizon: make_batch(histories(layout), layout, horizon)


@pytest.fixture
def lively() -> Callable[..., Model]:
    """A model of random weights. A fresh one's last layer is zero, which would hide what comes before it."""

    def make(config: ModelConfig, horizon: int = 12, seed: int = 0) -> Model:
        torch.manual_seed(seed)
        model = make_model(config, horizon)
        with torch.no_grad():
            for parameter in model.network.parameters():
                parameter.normal_(0, 0.25)
        return model

    return make
