"""Networks by name. A new architecture is one file and one line here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from gruforecast.config import ModelConfig
from gruforecast.data.panel import FloatArray
from gruforecast.data.windows import Batch
from gruforecast.models.device import on_device
from gruforecast.models.heads import PointHead, QuantileHead, make_head
from gruforecast.models.pointwise import PointwiseNetwork
from gruforecast.models.segment import SegmentNetwork
from gruforecast.models.spec import Weights


@dataclass
class Model:
    """A network and the head that reads it."""

    single_threaded: ClassVar[bool] = False  # torch's own threads take all cores
    config: ModelConfig
    network: nn.Module
    head: QuantileHead | PointHead

    def loss(self, batch: Batch) -> Tensor:
        """Scalar loss of a batch that has targets."""
        assert batch.target is not None and batch.target_observed is not None and batch.weight is not None
        params = self.network(batch)
        weight = on_device(batch.target_observed * batch.weight[:, None], params.device)
        return self.head.loss(params, on_device(batch.target, params.device), weight)

    def to(self, device: torch.device) -> None:
        """Move the network and what its head computes with."""
        self.network.to(device)
        self.head.to(device)

    @property
    def grid(self) -> tuple[float, ...]:
        return self.head.grid

    @torch.inference_mode()
    def quantiles(self, batch: Batch) -> FloatArray:
        """[B, H, Q] normalised quantiles at ``head.grid``, float64."""
        return self.head.quantiles(self.network(batch)).double().cpu().numpy()

    def load(self, weights: Weights) -> None:
        """Take *weights*, named as the network names them. Raises when names or shapes differ."""
        self.network.load_state_dict({k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in weights.items()})

    def weights(self) -> Weights:
        """The network's weights as float32 arrays on the CPU."""
        return {k: v.detach().float().cpu().numpy() for k, v in self.network.state_dict().items()}

    @property
    def n_parameters(self) -> int:
        return sum(p.numel() for p in self.network.parameters())


def make_model(config: ModelConfig, horizon: int) -> Model:
    """A fresh model. *horizon* matters only to networks whose shape depends on it."""
    head = make_head(config.head, config.quantile_grid)
    median = head.grid.index(0.5)
    network: nn.Module
    if config.network == "pointwise":
        network = PointwiseNetwork(config, head.n_params, median, horizon)
    else:
        network = SegmentNetwork(config, head.n_params, median)
    return Model(config, network, head)
