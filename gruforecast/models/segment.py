"""The universal segment GRU: one set of weights for every frequency, context length and horizon.

It reads a window season by season instead of point by point, and answers all future segments in parallel from its
last state (Lin et al., 2023, SegRNN, arXiv 2308.11200). Made universal: it has weights for segments of up to MAX_WIDTH
points, narrower ones use the first of them, and what normalisation hides comes in as features.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gruforecast.config import ModelConfig
from gruforecast.data.anchors import N_ANCHORS
from gruforecast.data.windows import MAX_WIDTH, N_FEATURES, N_POSITIONS, Batch
from gruforecast.models.cells import Recurrence
from gruforecast.models.device import on_device
from gruforecast.models.spec import used_inputs


def position_features(steps: Tensor) -> Tensor:
    """[F] segment numbers, 0 = next to the cutoff → [F, N_POSITIONS]: smooth, so that unseen distances extrapolate."""
    return torch.stack([steps / 8, torch.log1p(steps), 1 / (1 + steps), torch.exp(-steps / 8)], dim=-1)


class SegmentNetwork(nn.Module):
    """Batch → [B, H, n_params].

    The first parameter group of every point is added to a learned blend of the batch's anchors; the last layer starts
    at zero, so an untrained network forecasts that blend.
    """

    def __init__(self, config: ModelConfig, n_params: int, median: int) -> None:
        super().__init__()
        hidden = config.hidden
        self.n_params, self.median = n_params, median
        self.features = nn.Linear(N_FEATURES, hidden)
        self.widths = nn.Embedding(MAX_WIDTH + 1, hidden)
        self.past = nn.Linear(2 * MAX_WIDTH + N_POSITIONS, hidden)
        self.future = nn.Linear((N_ANCHORS - 1) * MAX_WIDTH + N_POSITIONS, hidden)
        self.encoder = Recurrence(config.cell, hidden, config.layers)
        self.decoder = Recurrence(config.cell, hidden, config.layers)
        self.mix = nn.Linear(hidden, 2 * hidden)
        self.unmix = nn.Linear(2 * hidden, hidden)
        self.output = nn.Linear(hidden, MAX_WIDTH * n_params)
        self.gates = nn.Linear(hidden, N_ANCHORS)
        for layer in (self.output, self.gates):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.widths.weight)

    def forward(self, batch: Batch) -> Tensor:
        device = self.output.weight.device
        width, segments, horizon = batch.layout.width, batch.layout.segments, batch.horizon
        future = batch.layout.future_segments(horizon)
        values, observed = (on_device(x, device).view(-1, segments, width) for x in (batch.context, batch.observed))
        anchors = on_device(batch.anchors, device)
        window = self.features(on_device(batch.features, device)) + self.widths.weight[width]

        back = position_features(torch.arange(segments - 1, -1, -1.0, device=device)).expand(len(batch), -1, -1)
        read = F.silu(_narrow(self.past, 2, torch.cat([values, observed, back], dim=-1), width) + window.unsqueeze(1))
        _, state = self.encoder.run(read, torch.from_numpy(batch.real_steps(width)))

        seasons = [anchors[..., k].view(-1, future, width) for k in range(1, N_ANCHORS)]
        ahead = position_features(torch.arange(future, dtype=torch.float32, device=device)).expand(len(batch), -1, -1)
        asked = torch.cat([*seasons, ahead], dim=-1)
        ask = F.silu(_narrow(self.future, len(seasons), asked, width) + window.unsqueeze(1))
        answer = self.decoder.step(ask, state)
        answer = answer + self.unmix(F.silu(self.mix(answer)))

        first = width * self.n_params
        params = F.linear(answer, self.output.weight[:first], self.output.bias[:first])
        params = params.view(len(batch), future * width, self.n_params)
        gates = self.gates(answer).softmax(dim=-1).repeat_interleave(width, dim=1)
        base = F.pad((gates * anchors).sum(-1, keepdim=True), (self.median, self.n_params - self.median - 1))
        result: Tensor = (params + base)[:, :horizon]
        return result


def _narrow(layer: nn.Linear, blocks: int, x: Tensor, width: int) -> Tensor:
    """*layer* over *blocks* of MAX_WIDTH inputs and the positions, of which *x* holds those that *width* uses."""
    columns = torch.from_numpy(used_inputs(blocks, width)).to(x.device)
    return F.linear(x, layer.weight.index_select(1, columns), layer.bias)
