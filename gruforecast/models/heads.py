"""Output heads: how many numbers a network gives per future point, their loss, and the quantiles they mean."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# The median is what people read first, so its error counts as much as this many other levels.
MEDIAN_WEIGHT = 3.0


class QuantileHead(nn.Module):
    """Quantiles on a fixed grid: the median, and positive increments away from it, so levels never cross.

    Loss: pinball (Koenker & Bassett, 1978) averaged over the grid.
    """

    probabilities: Tensor
    weights: Tensor

    def __init__(self, grid: tuple[float, ...]) -> None:
        super().__init__()
        self.grid = grid
        self.n_params = len(grid)
        self.middle = grid.index(0.5)
        weights = torch.ones(len(grid))
        weights[self.middle] = MEDIAN_WEIGHT
        self.register_buffer("probabilities", torch.tensor(grid), persistent=False)
        self.register_buffer("weights", weights / weights.sum(), persistent=False)

    def quantiles(self, params: Tensor) -> Tensor:
        middle = self.middle
        median = params[..., middle : middle + 1]
        # softplus(-2) ≈ .13 per step: an untrained head starts with modest intervals.
        steps = F.softplus(params - 2.0)
        below = steps[..., :middle].flip(-1).cumsum(-1).flip(-1)
        above = steps[..., middle + 1 :].cumsum(-1)
        return torch.cat([median - below, median, median + above], dim=-1)

    def loss(self, params: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        error = target.unsqueeze(-1) - self.quantiles(params)
        pinball = torch.maximum(self.probabilities * error, (self.probabilities - 1) * error)
        return ((2 * pinball * self.weights).sum(-1) * weight).sum() / weight.sum().clamp_min(1.0)


class PointHead(nn.Module):
    """A median alone, by absolute error."""

    def __init__(self) -> None:
        super().__init__()
        self.grid: tuple[float, ...] = (0.5,)
        self.n_params = 1

    def quantiles(self, params: Tensor) -> Tensor:
        return params

    def loss(self, params: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        return ((target - params[..., 0]).abs() * weight).sum() / weight.sum().clamp_min(1.0)


def make_head(name: str, grid: tuple[float, ...]) -> QuantileHead | PointHead:
    """The head called *name* ("quantile" or "point")."""
    return PointHead() if name == "point" else QuantileHead(grid)
