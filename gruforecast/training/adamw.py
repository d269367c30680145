"""AdamW, without what torch's own optimiser objects load."""

from __future__ import annotations

import torch
from torch import nn
from torch.optim.adamw import adamw


class AdamW:
    """Adam with decoupled weight decay (Loshchilov & Hutter, 2019), computed by torch's fused kernel.

    The first use of any ``torch.optim.Optimizer`` imports torch's compiler, which takes as long as importing torch. The
    function underneath needs none of it. ``exp_avg`` and ``exp_avg_sq`` are the moments, by parameter.
    """

    def __init__(self, network: nn.Module, weight_decay: float = 0.01) -> None:
        self.parameters = dict(network.named_parameters())
        self.weight_decay = weight_decay
        self.exp_avg = {name: torch.zeros_like(p) for name, p in self.parameters.items()}
        self.exp_avg_sq = {name: torch.zeros_like(p) for name, p in self.parameters.items()}
        self.restart(0)

    def restart(self, step: int) -> None:
        """Go on as after *step* steps, with the moments as they are."""
        self._steps = [torch.tensor(float(step), device=p.device) for p in self.parameters.values()]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """One step against the gradients, which every parameter must have."""
        adamw(
            list(self.parameters.values()),
            [p.grad for p in self.parameters.values() if p.grad is not None],
            list(self.exp_avg.values()),
            list(self.exp_avg_sq.values()),
            [],
            self._steps,
            fused=True,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=rate,
            weight_decay=self.weight_decay,
            eps=1e-8,
            maximize=False,
        )
