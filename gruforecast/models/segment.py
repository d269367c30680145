"""The universal segment GRU: one set of weights for every frequency, context length and horizon.

It reads a window season by season instead of point by point, and answers all future segments in parallel from its
last state (Lin et al., 2023, SegRNN, arXiv 2308.11200). Made universal: segments of any width are padded to one size,
and what normalisation and padding hide comes in as features.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gruforecast.config import ModelConfig
from gruforecast.data.anchors import N_ANCHORS
from gruforecast.data.windows import MAX_WIDTH, N_FEATURES, N_POSITIONS, Batch, Float32
from gruforecast.models.cells import Recurrence
from gruforecast.models.device import on_device


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
        values = _segments(batch.context, width, segments, device)
        observed = _segments(batch.observed, width, segments, device)
        anchors = on_device(batch.anchors, device)
        window = self.features(on_device(batch.features, device)) + self.widths.weight[width]

        back = position_features(torch.arange(segments - 1, -1, -1.0, device=device)).expand(len(batch), -1, -1)
        read = F.silu(self.past(torch.cat([values, observed, back], dim=-1)) + window.unsqueeze(1))
        _, state = self.encoder.run(read, torch.from_numpy(batch.real_steps(width)))

        seasons = [_future(anchors[..., k], width, future) for k in range(1, N_ANCHORS)]
        ahead = position_features(torch.arange(future, dtype=torch.float32, device=device)).expand(len(batch), -1, -1)
        ask = F.silu(self.future(torch.cat([*seasons, ahead], dim=-1)) + window.unsqueeze(1))
        answer = self.decoder.step(ask, state)
        answer = answer + self.unmix(F.silu(self.mix(answer)))

        params = self.output(answer).view(len(batch), future, MAX_WIDTH, self.n_params)[:, :, :width]
        params = params.reshape(len(batch), future * width, self.n_params)
        gates = self.gates(answer).softmax(dim=-1).repeat_interleave(width, dim=1)
        base = F.pad((gates * anchors).sum(-1, keepdim=True), (self.median, self.n_params - self.median - 1))
        result: Tensor = (params + base)[:, :horizon]
        return result


def _segments(x: Float32, width: int, segments: int, device: torch.device) -> Tensor:
    """[B, L] → [B, S, MAX_WIDTH], zero-padded on the right of each segment."""
    tensor = on_device(x, device).view(-1, segments, width)
    return F.pad(tensor, (0, MAX_WIDTH - width))


def _future(x: Tensor, width: int, future: int) -> Tensor:
    """[B, F·width] → [B, F, MAX_WIDTH], zero-padded on the right of each segment."""
    return F.pad(x.view(len(x), future, width), (0, MAX_WIDTH - width))
