"""The textbook network: a recurrent layer over single points and one linear layer to the whole horizon."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gruforecast.config import ModelConfig
from gruforecast.data.windows import N_FEATURES, Batch
from gruforecast.models.cells import Recurrence
from gruforecast.models.device import on_device


class PointwiseNetwork(nn.Module):
    """Batch → [B, H, n_params] with H fixed at construction; kept for comparison with the segment network."""

    def __init__(self, config: ModelConfig, n_params: int, median: int, horizon: int) -> None:
        super().__init__()
        self.n_params, self.median, self.horizon = n_params, median, horizon
        self.encoder = Recurrence(config.cell, config.hidden, config.layers, inputs=2 + N_FEATURES)
        self.output = nn.Linear(config.hidden, horizon * n_params)

    def forward(self, batch: Batch) -> Tensor:
        device = self.output.weight.device
        points, observed = on_device(batch.context, device), on_device(batch.observed, device)
        window = on_device(batch.features, device).unsqueeze(1).expand(-1, points.shape[1], -1)
        read = torch.cat([points.unsqueeze(-1), observed.unsqueeze(-1), window], dim=-1)
        last, _ = self.encoder.run(read, torch.from_numpy(batch.real_steps(1)))
        params: Tensor = self.output(last)
        return params.view(len(batch), self.horizon, self.n_params)[:, : batch.horizon]
