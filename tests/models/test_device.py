"""Where networks compute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from gruforecast.config import CELLS, NETWORKS, ModelConfig
from gruforecast.data.windows import make_layout
from gruforecast.errors import ResourceError
from gruforecast.models.device import choose_device, on_device


def test_missing_gpu_is_a_refusal_and_auto_makes_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ResourceError, match="CUDA"):
        choose_device("cuda")
    assert choose_device("auto").type == choose_device("cpu").type == "cpu"


def test_an_array_keeps_its_numbers_on_the_way() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(on_device(array, choose_device("auto")).cpu().numpy(), array)


@pytest.mark.gpu
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("network", NETWORKS)
def test_a_gpu_computes_what_the_cpu_does(network: str, cell: str, batch: Any, lively: Callable[..., Any]) -> None:
    windows, model = batch(make_layout((4,)), 9), lively(ModelConfig(network, cell, hidden=32), 9)
    here = model.quantiles(windows)
    model.to(choose_device("cuda"))
    np.testing.assert_allclose(model.quantiles(windows), here, rtol=1e-4, atol=1e-4)
